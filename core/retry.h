/* SPDX-License-Identifier: MIT */
/* What deserves another attempt, and when: AWS's standard mode of 2026, and a persistent one.
 * src: AWS SDKs and Tools Reference Guide, "Retry behavior" */
#ifndef EMRS_CORE_RETRY_H
#define EMRS_CORE_RETRY_H

#include "emrs.h"

typedef enum { EMRS_RETRY_NEVER, EMRS_RETRY_TRANSIENT, EMRS_RETRY_THROTTLE } emrs_retry;

/* What a failed attempt is, by its result: code, reason, phase, status and the service's error. */
emrs_retry emrs_retry_of(const emrs_result *result, const emrs_response *response);

/* How long to wait before the next attempt.
 * in:  count: retries before it; random: 32 bits, 0: none; response: its hint counts, if it has one
 * ret: ms; the longest where there is no randomness */
uint32_t emrs_retry_delay(emrs_retry retry, bool persistent, unsigned count, uint32_t random,
                          const emrs_response *response);

/* Takes what an attempt costs from the client's tokens.
 * ret: the cost; 0: they do not suffice */
uint8_t emrs_retry_take(uint16_t *tokens, emrs_retry retry);

/* After a success: what its attempt cost comes back, and one where it cost nothing. */
void emrs_retry_refund(uint16_t *tokens, uint8_t cost);

#endif
