/* SPDX-License-Identifier: MIT */
#include "retry.h"

#include "effect.h"
#include "emrs_config.h"

/* The stream's faults: what passes by itself. A certificate, a name that does not exist, a version
 * that is not spoken will be the same next time. */
static bool reason_passes(const emrs_result *result)
{
    switch (result->reason) {
    case EMRS_REASON_NAME_FAILED:
    case EMRS_REASON_REFUSED:
    case EMRS_REASON_UNREACHABLE:
    case EMRS_REASON_RESET:
    case EMRS_REASON_RESOURCE:
    case EMRS_REASON_TLS_CUT:
        return true;
    case EMRS_REASON_TLS: /* a flipped bit; in the handshake it is somebody who speaks no TLS */
        return result->phase != EMRS_PHASE_TLS;
    default:
        return false;
    }
}

/* By status: what may be mended by now. 501 and its like say that it will not be. */
static bool status_passes(int status)
{
    return status == 500 || (status >= 502 && status <= 504);
}

/* A page of somebody else's, and an encoding nobody asked for, stand where they stand. */
static bool is_fixture(const emrs_response *response)
{
    return response->encoded || (response->status == 200 && response->not_json);
}

emrs_retry emrs_retry_of(const emrs_result *result, const emrs_response *response)
{
    bool passes = false;
    switch (result->code) {
    case EMRS_E_THROTTLED:
        return EMRS_RETRY_THROTTLE;
    case EMRS_E_SERVICE:
        passes =
            status_passes(result->status) || emrs_effect_may_be_late(result->status, result->error);
        break;
    case EMRS_E_RESOLVE:
    case EMRS_E_CONNECT:
    case EMRS_E_RESOURCE:
    case EMRS_E_TLS:
        passes = reason_passes(result) || result->reason == EMRS_REASON_NONE;
        break;
    case EMRS_E_PROTOCOL:
        passes = !is_fixture(response);
        break;
    case EMRS_E_TIMEOUT:
    case EMRS_E_TRUNCATED:
    case EMRS_E_JSON:
    case EMRS_E_UNVERIFIED:
        passes = true;
        break;
    default:
        break;
    }
    return passes ? EMRS_RETRY_TRANSIENT : EMRS_RETRY_NEVER;
}

/* A product, as a division in 64 bits costs a small device a function. */
static uint32_t part_of(uint32_t ms, uint32_t random)
{
    return random == 0 ? ms : (uint32_t)(((uint64_t)random + 1u) * ms >> 32);
}

/* Twice as long with each retry, until it is the most. */
static uint32_t backoff_of(emrs_retry retry, unsigned count, uint32_t most_ms)
{
    uint32_t ms =
        retry == EMRS_RETRY_THROTTLE ? EMRS_BACKOFF_THROTTLE_MS : EMRS_BACKOFF_TRANSIENT_MS;
    while (count-- > 0 && ms < most_ms)
        ms *= 2u;
    return ms < most_ms ? ms : most_ms;
}

/* The service may ask for more, but not for much more. */
static uint32_t with_hint(uint32_t ms, const emrs_response *response)
{
    if (!response->has_retry_after || response->retry_after_ms <= ms)
        return ms;
    return response->retry_after_ms - ms < EMRS_RETRY_AFTER_SPAN_MS ? response->retry_after_ms
                                                                    : ms + EMRS_RETRY_AFTER_SPAN_MS;
}

/* Full jitter, so that those who failed together do not come back together. Where the quota alone
 * bounds a fleet the last half is jittered: by then they are apart, and a wait near nothing would
 * be one more refusal. */
uint32_t emrs_retry_delay(emrs_retry retry, bool persistent, unsigned count, uint32_t random,
                          const emrs_response *response)
{
    uint32_t most_ms = persistent ? EMRS_BACKOFF_PERSISTENT_MAX_MS : EMRS_BACKOFF_MAX_MS;
    uint32_t ms = backoff_of(retry, count, most_ms);
    bool is_last = persistent && ms == most_ms;
    ms = is_last ? ms / 2u + part_of(ms / 2u, random) : part_of(ms, random);
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
