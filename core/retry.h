/* SPDX-License-Identifier: MIT */
/* Which failures are tried again, and when: AWS's standard mode of 2026, and a persistent mode.
 * src: AWS SDKs and Tools Reference Guide, "Retry behavior" */
#ifndef EMRS_CORE_RETRY_H
#define EMRS_CORE_RETRY_H

#include "emrs.h"

typedef enum { EMRS_RETRY_NEVER, EMRS_RETRY_TRANSIENT, EMRS_RETRY_THROTTLE } emrs_retry;

/* Whether another attempt may follow a failed one, by its code, reason, phase, status and error.
 * in:  was_misdated: the request was signed with a wrong date. Then an error that may be about the
 *      date is tried again, even if it is one about keys or permissions */
emrs_retry emrs_retry_of(const emrs_result *result, const emrs_response *response,
                         bool was_misdated);

/* How long to wait before the next attempt.
 * in:  count: retries so far; random: 32 bits, or 0 for none; response: for its x-amz-retry-after
 * ret: ms; the longest wait if random is 0 */
uint32_t emrs_retry_delay(emrs_retry retry, bool persistent, unsigned count, uint32_t random,
                          const emrs_response *response);

/* The part of `ms` that a random number of 32 bits selects; all of it if that is 0. */
uint32_t emrs_retry_part(uint32_t ms, uint32_t random);

/* Takes the cost of a retry from the client's tokens.
 * ret: the cost; 0 if there are too few tokens */
uint8_t emrs_retry_take(uint16_t *tokens, emrs_retry retry);

/* After a success: gives back the tokens that the attempt cost, or one token if it cost none. */
void emrs_retry_refund(uint16_t *tokens, uint8_t cost);

#endif
