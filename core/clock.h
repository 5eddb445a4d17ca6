/* SPDX-License-Identifier: MIT */
/* Time as the protocol writes it. */
#ifndef EMRS_CORE_CLOCK_H
#define EMRS_CORE_CLOCK_H

#include "emrs.h"

/* "20260102T030405Z": ISO 8601 basic, UTC      out: 16 bytes, no NUL */
void emrs_clock_write(uint32_t utc_s, char date[16]);

/* Whether `now` is at or past `until`, across the wrap; both within 2^31 ms of each other. */
bool emrs_clock_is_past(uint32_t now_ms, uint32_t until_ms);

#endif
