/* SPDX-License-Identifier: MIT */
/* function: emrs_retry_of, emrs_retry_delay, emrs_retry_take, emrs_retry_refund
 * method: all inputs, all loops to their end; the tokens by induction over attempts
 * bound: none
 * unwind: 16
 * control: retry.c s/return ms < most_ms ? ms : most_ms;/return ms;/
 * control: retry.c s/sum < EMRS_TOKEN_COUNT ? sum/sum <= EMRS_TOKEN_COUNT + 1u ? sum/
 * control: retry.c s/(\*tokens < cost)/(*tokens + 1u < cost)/
 */
#include "proof.h"

#include "effect.c"
#include "retry.c"

emrs_result nondet_result(void);
emrs_response nondet_response(void);
uint32_t nondet_uint32(void);
uint16_t nondet_uint16(void);
uint8_t nondet_uint8(void);

static void prove_class(void)
{
    emrs_result result = nondet_result();
    emrs_response response = nondet_response();
    bool was_misdated = nondet_bool();
    emrs_retry retry = emrs_retry_of(&result, &response, was_misdated);
    PROVE(retry <= EMRS_RETRY_THROTTLE);
    PROVE(was_misdated || (retry == EMRS_RETRY_THROTTLE) == (result.code == EMRS_E_THROTTLED));
    /* An error that would be the same next time is never tried again. */
    PROVE(retry == EMRS_RETRY_NEVER || (was_misdated && retry == EMRS_RETRY_TRANSIENT)
          || (result.code < 0 && result.code != EMRS_E_ARGUMENT && result.code != EMRS_E_STOPPED
              && result.code != EMRS_E_CERTIFICATE && result.code != EMRS_E_AUTH
              && result.code != EMRS_E_MISMATCH && result.code != EMRS_E_REDIRECT));
    REACHED(retry == EMRS_RETRY_TRANSIENT && result.code == EMRS_E_SERVICE);
    REACHED(retry == EMRS_RETRY_NEVER && result.code == EMRS_E_PROTOCOL);
    REACHED(retry == EMRS_RETRY_TRANSIENT && result.code == EMRS_E_AUTH);
}

static void prove_delay(void)
{
    emrs_response response = nondet_response();
    emrs_retry retry = nondet_bool() ? EMRS_RETRY_THROTTLE : EMRS_RETRY_TRANSIENT;
    bool persistent = nondet_bool();
    uint32_t random = nondet_uint32();
    uint32_t most_ms = persistent ? EMRS_BACKOFF_PERSISTENT_MAX_MS : EMRS_BACKOFF_MAX_MS;
    uint32_t ms = emrs_retry_delay(retry, persistent, nondet_unsigned(), random, &response);
    bool told = response.has_retry_after;
    PROVE(ms <= most_ms + (told ? EMRS_RETRY_AFTER_SPAN_MS : 0));
    PROVE(!told || ms >= response.retry_after_ms || ms >= EMRS_RETRY_AFTER_SPAN_MS);
    /* The doubling never wraps: without jitter a wait is never shorter than the one before. */
    unsigned count = nondet_unsigned();
    ASSUME(count < UINT32_MAX);
    uint32_t shorter = emrs_retry_delay(retry, persistent, count, 0, &response);
    uint32_t longer = emrs_retry_delay(retry, persistent, count + 1, 0, &response);
    PROVE(shorter >= EMRS_BACKOFF_TRANSIENT_MS && shorter <= longer);
    REACHED(!told && ms == EMRS_BACKOFF_PERSISTENT_MAX_MS);
    REACHED(told && ms == EMRS_BACKOFF_PERSISTENT_MAX_MS + EMRS_RETRY_AFTER_SPAN_MS);
    REACHED(ms == 0);
}

/* The tokens stay between 0 and 500, after any number of takes and refunds. */
static void prove_tokens(void)
{
    uint16_t tokens = nondet_uint16(), before = tokens;
    ASSUME(tokens <= EMRS_TOKEN_COUNT);
    uint8_t cost =
        emrs_retry_take(&tokens, nondet_bool() ? EMRS_RETRY_THROTTLE : EMRS_RETRY_TRANSIENT);
    PROVE(tokens <= EMRS_TOKEN_COUNT && tokens + cost == before);
    REACHED(cost == 0);
    tokens = nondet_uint16();
    ASSUME(tokens <= EMRS_TOKEN_COUNT);
    emrs_retry_refund(&tokens, nondet_uint8());
    PROVE(tokens > 0 && tokens <= EMRS_TOKEN_COUNT);
    REACHED(tokens == EMRS_TOKEN_COUNT);
}

void proof(void)
{
    prove_class();
    prove_delay();
    prove_tokens();
}
