/* SPDX-License-Identifier: MIT */
#include "client.h"

#include "clock.h"
#include "endpoint.h"
#include "id.h"
#include "emrs_config.h"
#include "emrs_text.h"

/* Checks that the figures of emrs_config.h fit together. */
EMRS_STATIC_ASSERT(build_time_fits_a_clock, /* a clock at 0 is not set */
                   EMRS_BUILD_TIME_S > 0 && EMRS_BUILD_TIME_S <= 0xffffffffu);
EMRS_STATIC_ASSERT(request_fits_the_work_buffer,
                   EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX + EMRS_REQUEST_SIZE_MAX
                       <= EMRS_WORK_SIZE); /* the request follows these two texts (keep_texts) */
EMRS_STATIC_ASSERT(answer_fits_the_work_buffer,
                   EMRS_KEPT_SIZE + EMRS_RECEIVE_SIZE_MIN <= EMRS_WORK_SIZE);
EMRS_STATIC_ASSERT(message_fits_the_sieve, /* size_max 0 means another name of a member */
                   EMRS_MESSAGE_SIZE_MIN > 0 && EMRS_MESSAGE_SIZE_MIN <= EMRS_MESSAGE_SIZE_MAX
                       && EMRS_MESSAGE_SIZE_MAX <= 0x7fffu);
EMRS_STATIC_ASSERT(depth_fits_the_stack, EMRS_JSON_DEPTH_MAX <= 32u);
EMRS_STATIC_ASSERT(head_fits_its_count, EMRS_HEAD_SIZE_MAX <= 0xffffu);
EMRS_STATIC_ASSERT(body_fits_its_count, /* with one more hex digit it still fits 32 bits */
                   EMRS_BODY_SIZE_MAX > 0 && EMRS_BODY_SIZE_MAX <= EMRS_BODY_COUNT_MAX);
EMRS_STATIC_ASSERT(members_fit_the_masks, EMRS_MEMBER_COUNT_MAX < 32u);
EMRS_STATIC_ASSERT(timeout_is_wrap_safe, EMRS_TIMEOUT_MAX_MS < 0x7fffffffu);
EMRS_STATIC_ASSERT(default_timeouts_are_valid, EMRS_TIMEOUT_DEFAULT_MS > 0
                                                   && EMRS_TIMEOUT_DEFAULT_MS <= EMRS_TIMEOUT_MAX_MS
                                                   && EMRS_IDLE_DEFAULT_MS <= EMRS_TIMEOUT_MAX_MS);
EMRS_STATIC_ASSERT(backoff_is_wrap_safe,
                   EMRS_BACKOFF_MAX_MS <= EMRS_TIMEOUT_MAX_MS
                       && EMRS_BACKOFF_PERSISTENT_MAX_MS <= EMRS_TIMEOUT_MAX_MS);
EMRS_STATIC_ASSERT(phase_is_wrap_safe, EMRS_PHASE_MIN_MS <= EMRS_PHASE_MAX_MS
                                           && EMRS_PHASE_MAX_MS <= EMRS_TIMEOUT_MAX_MS);
EMRS_STATIC_ASSERT(attempts_fit_their_count,
                   EMRS_ATTEMPT_COUNT_DEFAULT > 0 && EMRS_ATTEMPT_COUNT_DEFAULT <= 255u);

#define READY 0x656d7273u /* "emrs": tells an initialised client from a zeroed one */

int emrs_client_refuse(emrs_result *result, emrs_field field, emrs_rule rule)
{
    result->field = field;
    result->rule = rule;
    return EMRS_E_ARGUMENT;
}

static bool has_long_timeout(const emrs_config *config)
{
    return config->timeout_ms > EMRS_TIMEOUT_MAX_MS
           || config->connect_timeout_ms > EMRS_TIMEOUT_MAX_MS
           || config->receive_timeout_ms > EMRS_TIMEOUT_MAX_MS
           || config->idle_timeout_ms > EMRS_TIMEOUT_MAX_MS;
}

/* With an endpoint, only a signed call needs a region. */
static emrs_rule check_region(const emrs_config *config)
{
    if (config->region.size == 0)
        return config->endpoint.size == 0 ? EMRS_RULE_MISSING_REGION : EMRS_RULE_NONE;
    return emrs_region_check(config->region);
}

static int check_config(const emrs_config *config, emrs_result *result)
{
    emrs_rule rule = check_region(config);
    if (rule != EMRS_RULE_NONE)
        return emrs_client_refuse(result, EMRS_FIELD_REGION, rule);
    rule = emrs_user_agent_check(config->user_agent);
    if (rule != EMRS_RULE_NONE)
        return emrs_client_refuse(result, EMRS_FIELD_USER_AGENT, rule);
    if (has_long_timeout(config))
        return emrs_client_refuse(result, EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    if (config->work == NULL)
        return emrs_client_refuse(result, EMRS_FIELD_WORK, EMRS_RULE_MISSING);
    if (config->work_size < EMRS_WORK_SIZE) {
        result->needed_size = EMRS_WORK_SIZE;
        return EMRS_E_SPACE;
    }
    return EMRS_OK;
}

int emrs_init(emrs_client *client, const emrs_config *config, emrs_result *result)
{
    memset(result, 0, sizeof *result);
    emrs_wipe(client, sizeof *client);
    client->config = *config;
    if (client->config.timeout_ms == 0)
        client->config.timeout_ms = EMRS_TIMEOUT_DEFAULT_MS;
    if (client->config.idle_timeout_ms == 0)
        client->config.idle_timeout_ms = EMRS_IDLE_DEFAULT_MS;
    if (client->config.attempt_count == 0)
        client->config.attempt_count = EMRS_ATTEMPT_COUNT_DEFAULT;
    client->tokens = EMRS_TOKEN_COUNT;
    result->code = check_config(&client->config, result);
    if (result->code == EMRS_OK)
        result->code = emrs_endpoint_find(client, result);
    if (result->code < 0)
        return result->code;
    client->ready = READY;
    result->code = EMRS_MOVE_CONNECT; /* the next move: nothing is done yet */
    return EMRS_OK;
}

void emrs_forget(emrs_client *client)
{
    emrs_wipe(&client->key, sizeof client->key);
}

static int check_keys(const emrs_credentials *credentials, emrs_result *result)
{
    emrs_rule rule = emrs_access_key_id_check(credentials->access_key_id);
    if (rule != EMRS_RULE_NONE)
        return emrs_client_refuse(result, EMRS_FIELD_ACCESS_KEY_ID, rule);
    rule = emrs_secret_check(credentials->secret_access_key, EMRS_SECRET_SIZE_MAX);
    if (rule != EMRS_RULE_NONE)
        return emrs_client_refuse(result, EMRS_FIELD_SECRET_ACCESS_KEY, rule);
    if (credentials->session_token.size == 0)
        return EMRS_OK;
    rule = emrs_secret_check(credentials->session_token, SIZE_MAX);
    return rule == EMRS_RULE_NONE ? EMRS_OK
                                  : emrs_client_refuse(result, EMRS_FIELD_SESSION_TOKEN, rule);
}

int emrs_client_check_credentials(const emrs_client *client, emrs_result *result)
{
    const emrs_credentials *credentials = client->config.credentials;
    if (client->config.region.size == 0)
        return emrs_client_refuse(result, EMRS_FIELD_REGION, EMRS_RULE_MISSING_REGION);
    if (credentials == NULL)
        return emrs_client_refuse(result, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING);
    if (credentials->access_key_id.size == 0 && credentials->renew_s == EMRS_RENEW_NOW)
        return EMRS_OK; /* the call asks for them */
    return check_keys(credentials, result);
}

bool emrs_client_is_ready(const emrs_client *client)
{
    return client->ready == READY;
}

bool emrs_release(emrs_client *client)
{
    bool is_free = client->ready == READY && client->call == NULL && client->kept;
    if (is_free)
        client->kept = false;
    return is_free;
}

/* Time */

/* The time without a clock: what a verified answer gave and the time since then, or the build
 * date. */
static uint32_t floor_of(const emrs_client *client, emrs_now now)
{
    if (!client->config.clock_floor)
        return 0;
    return client->date_s == 0 ? EMRS_BUILD_TIME_S
                               : client->date_s + (now.ms - client->date_ms) / 1000u;
}

/* Whether a difference is EMRS_SKEW_MIN_S or more, in either direction. The sum wraps to a small
 * number if the difference is only a little below 0. */
static bool is_skew(int32_t difference_s)
{
    return (uint32_t)difference_s + (EMRS_SKEW_MIN_S - 1u) > 2u * (EMRS_SKEW_MIN_S - 1u);
}

/* The correction that the service's Date gave to this device's clock. If clock and tick disagree on
 * the time since then, the clock was set, and the correction is no longer right. */
static int32_t offset_of(const emrs_client *client, emrs_now now)
{
    uint32_t passed_s = (now.ms - client->learnt_ms) / 1000u;
    int32_t set_s = (int32_t)(now.utc_s - client->learnt_s - passed_s);
    return is_skew(set_s) ? 0 : client->offset_s;
}

uint32_t emrs_client_utc(const emrs_client *client, emrs_now now)
{
    if (now.utc_s < EMRS_BUILD_TIME_S) {
        uint32_t floor_s = floor_of(client, now);
        return floor_s < EMRS_BUILD_TIME_S ? 0 : floor_s;
    }
    uint32_t utc_s = now.utc_s + (uint32_t)offset_of(client, now);
    return utc_s < EMRS_BUILD_TIME_S ? now.utc_s : utc_s; /* a time before it is wrong */
}

uint32_t emrs_utc(const emrs_client *client, emrs_now now)
{
    if (now.utc_s >= EMRS_BUILD_TIME_S)
        return now.utc_s;
    return client->date_s > 0 ? emrs_client_utc(client, now) : 0;
}

void emrs_client_teach(emrs_client *to, const emrs_client *from)
{
    if (to->config.no_clock_correction)
        return;
    if (from->learnt_s > 0) {
        to->offset_s = from->offset_s;
        to->learnt_s = from->learnt_s;
        to->learnt_ms = from->learnt_ms;
    }
    if (from->date_s > 0) {
        to->date_s = from->date_s;
        to->date_ms = from->date_ms;
    }
}

bool emrs_client_learn_time(emrs_client *client, emrs_now now, const emrs_attempt *attempt,
                            const emrs_response *response)
{
    uint32_t took_ms = now.ms - attempt->sent_ms;
    bool is_known = attempt->utc_s >= EMRS_BUILD_TIME_S;
    if (client->config.no_clock_correction || response->date_s < EMRS_BUILD_TIME_S
        || response->has_age || took_ms > EMRS_EXCHANGE_MAX_MS)
        return false;
    int32_t skew_s = emrs_clock_skew(response->date_s, attempt->signed_s, took_ms);
    if (is_known) {
        client->offset_s = emrs_clock_skew(response->date_s, attempt->utc_s, took_ms);
        client->learnt_s = attempt->utc_s;
        client->learnt_ms = attempt->sent_ms;
    } else {
        client->date_s = response->date_s + took_ms / 2000u;
        client->date_ms = now.ms;
    }
    return is_skew(skew_s);
}
