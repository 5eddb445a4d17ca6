/* SPDX-License-Identifier: MIT */
/* Writes and reads the dates of the protocols, and computes the difference of two clocks. */
#ifndef EMRS_CORE_CLOCK_H
#define EMRS_CORE_CLOCK_H

#include "emrs.h"

/* Writes "20260102T030405Z": ISO 8601 basic, UTC.      out: 16 bytes, no NUL */
void emrs_clock_write(uint32_t utc_s, char date[16]);

/* Reads an HTTP date, "Sun, 06 Nov 1994 08:49:37 GMT" in any case (IMF-fixdate, the only form that
 * is still sent: RFC 9110, section 5.6.7).
 * ret: seconds since 1970; 0 if it is no such date, or does not fit into 32 bits */
uint32_t emrs_clock_read(emrs_text date);

/* Reads a date of RFC 3339: "2023-02-06T05:54:46Z", with "+01:00" or "-01:00" in place of the 'Z',
 * and with a fraction, which is dropped. There are no leap seconds.
 * ret: seconds since 1970; 0 if it is no such date, or does not fit into 32 bits */
uint32_t emrs_clock_read_rfc3339(emrs_text text);

/* The service's clock minus ours, in seconds: the date of an answer is compared with the middle of
 * the exchange.
 * in:  utc_s: ours when the request was signed; took_ms: from then to the answer */
int32_t emrs_clock_skew(uint32_t date_s, uint32_t utc_s, uint32_t took_ms);

/* Whether now_ms is at or past until_ms, also if the tick has wrapped.
 * in:  both are within 2^31 ms of each other */
bool emrs_clock_is_past(uint32_t now_ms, uint32_t until_ms);

#endif
