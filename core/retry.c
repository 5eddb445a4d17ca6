/* SPDX-License-Identifier: MIT */
#include "retry.h"

#include "effect.h"
#include "emrs_config.h"

/* Whether the fault of the stream may be gone at the next attempt. A refused certificate, a name
 * that does not exist or an unsupported TLS version will be the same. */
static bool is_temporary_reason(const emrs_result *result)
{
    switch (result->reason) {
    case EMRS_REASON_NONE:
    case EMRS_REASON_NAME_FAILED:
    case EMRS_REASON_REFUSED:
    case EMRS_REASON_UNREACHABLE:
    case EMRS_REASON_RESET:
    case EMRS_REASON_RESOURCE:
    case EMRS_REASON_TLS_CUT:
    case EMRS_REASON_PROXY_FAILED:
        return true;
    case EMRS_REASON_TLS: /* temporary if a record was damaged; not if the peer has no TLS */
        return result->phase != EMRS_PHASE_TLS;
    default:
        return false;
    }
}

/* Whether the status may change. 501, 505 and others will be the same at the next attempt. */
static bool is_temporary_status(int status)
{
    return status == 500 || (status >= 502 && status <= 504);
}

/* Whether the answer will be the same next time: a captive portal's page, or an encoding that we
 * did not ask for. */
static bool is_lasting_answer(const emrs_response *response)
{
    return response->encoded || (response->status == 200 && response->not_json);
}

/* Whether the error may be about a wrong date. Each of these errors has other causes too. */
static bool may_be_date(emrs_error error)
{
    return error == EMRS_ERROR_INVALID_SIGNATURE || error == EMRS_ERROR_REQUEST_EXPIRED
           || error == EMRS_ERROR_REQUEST_TIME_SKEWED || error == EMRS_ERROR_ACCESS_DENIED;
}

emrs_retry emrs_retry_of(const emrs_result *result, const emrs_response *response,
                         bool was_misdated)
{
    bool is_temporary = false;
    if (was_misdated && may_be_date(result->error))
        return EMRS_RETRY_TRANSIENT;
    switch (result->code) {
    case EMRS_E_THROTTLED:
        return EMRS_RETRY_THROTTLE;
    case EMRS_E_SERVICE:
        is_temporary = is_temporary_status(result->status)
                       || emrs_effect_may_be_late(result->status, result->error);
        break;
    case EMRS_E_RESOLVE:
    case EMRS_E_CONNECT:
    case EMRS_E_RESOURCE:
    case EMRS_E_TLS:
        is_temporary = is_temporary_reason(result);
        break;
    case EMRS_E_PROTOCOL:
        is_temporary = !is_lasting_answer(response);
        break;
    case EMRS_E_TIMEOUT:
    case EMRS_E_TRUNCATED:
    case EMRS_E_JSON:
    case EMRS_E_UNVERIFIED:
        is_temporary = true;
        break;
    default:
        break;
    }
    return is_temporary ? EMRS_RETRY_TRANSIENT : EMRS_RETRY_NEVER;
}

/* Multiplies, since a 64-bit division needs a library function on a small device. */
uint32_t emrs_retry_part(uint32_t ms, uint32_t random)
{
    return random == 0 ? ms : (uint32_t)(((uint64_t)random + 1u) * ms >> 32);
}

/* Doubles the delay with each retry, up to most_ms. */
static uint32_t backoff_of(emrs_retry retry, unsigned count, uint32_t most_ms)
{
    uint32_t ms =
        retry == EMRS_RETRY_THROTTLE ? EMRS_BACKOFF_THROTTLE_MS : EMRS_BACKOFF_TRANSIENT_MS;
    while (count-- > 0 && ms < most_ms)
        ms *= 2u;
    return ms < most_ms ? ms : most_ms;
}

/* Waits longer if the service asks for it, by EMRS_RETRY_AFTER_SPAN_MS at most. */
static uint32_t with_hint(uint32_t ms, const emrs_response *response)
{
    if (!response->has_retry_after || response->retry_after_ms <= ms)
        return ms;
    return response->retry_after_ms - ms < EMRS_RETRY_AFTER_SPAN_MS ? response->retry_after_ms
                                                                    : ms + EMRS_RETRY_AFTER_SPAN_MS;
}

/* The whole wait is random, so that clients that failed together do not come back together. In
 * persistent mode only the second half of the longest wait is random: by then the clients come at
 * different times, and a short wait would only be refused again. */
uint32_t emrs_retry_delay(emrs_retry retry, bool persistent, unsigned count, uint32_t random,
                          const emrs_response *response)
{
    uint32_t most_ms = persistent ? EMRS_BACKOFF_PERSISTENT_MAX_MS : EMRS_BACKOFF_MAX_MS;
    uint32_t ms = backoff_of(retry, count, most_ms);
    bool is_last = persistent && ms == most_ms;
    ms = is_last ? ms / 2u + emrs_retry_part(ms / 2u, random) : emrs_retry_part(ms, random);
    return with_hint(ms, response);
}

uint8_t emrs_retry_take(uint16_t *tokens, emrs_retry retry)
{
    uint8_t cost = retry == EMRS_RETRY_THROTTLE ? EMRS_COST_THROTTLE : EMRS_COST_TRANSIENT;
    if (*tokens < cost)
        return 0;
    *tokens = (uint16_t)(*tokens - cost);
    return cost;
}

void emrs_retry_refund(uint16_t *tokens, uint8_t cost)
{
    unsigned sum = *tokens + (cost > 0 ? cost : 1u);
    *tokens = (uint16_t)(sum < EMRS_TOKEN_COUNT ? sum : EMRS_TOKEN_COUNT);
}
