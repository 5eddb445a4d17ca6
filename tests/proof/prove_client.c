/* SPDX-License-Identifier: MIT */
/* function: all of client.c, by the contracts of id, endpoint and clock
 * method: all inputs, all loops to their end
 * bound: none
 * unwind: 2
 * control: client.c s/config->idle_timeout_ms > EMRS/config->timeout_ms > EMRS/
 * control: client.c s/rule = emrs_secret_check(credentials->session_token, SIZE_MAX);/;/
 */
#include "proof.h"

#include "client.c"

emrs_client nondet_client(void);
emrs_config nondet_config(void);
emrs_result nondet_result(void);
emrs_response nondet_response(void);
emrs_attempt nondet_attempt(void);
emrs_now nondet_now(void);
emrs_credentials nondet_credentials(void);
emrs_rule nondet_rule(void);

/* The functions of lower levels, by their contracts */

void emrs_wipe(void *memory, size_t size)
{
    PROVE(__CPROVER_w_ok(memory, size));
    memset(memory, 0, size);
}

static unsigned checked_count;

emrs_rule emrs_region_check(emrs_text region)
{
    emrs_rule rule = nondet_rule();
    ASSUME(rule != EMRS_RULE_NONE || (region.size > 0 && region.size <= EMRS_REGION_SIZE_MAX));
    return rule;
}
emrs_rule emrs_user_agent_check(emrs_text suffix)
{
    emrs_rule rule = nondet_rule();
    ASSUME(rule != EMRS_RULE_NONE || suffix.size <= EMRS_USER_AGENT_SIZE_MAX);
    return rule;
}
emrs_rule emrs_access_key_id_check(emrs_text id)
{
    emrs_rule rule = nondet_rule();
    ASSUME(rule != EMRS_RULE_NONE || (id.size > 0 && id.size <= EMRS_ACCESS_KEY_ID_SIZE_MAX));
    checked_count++;
    return rule;
}
emrs_rule emrs_secret_check(emrs_text secret, size_t size_max)
{
    emrs_rule rule = nondet_rule();
    ASSUME(rule != EMRS_RULE_NONE || (secret.size > 0 && secret.size <= size_max));
    checked_count++;
    return rule;
}
int emrs_endpoint_find(emrs_client *client, emrs_result *result)
{
    int code = nondet_int();
    ASSUME(code <= 0);
    (void)result;
    client->base_path.size = nondet_size();
    return code;
}
int32_t emrs_clock_skew(uint32_t date_s, uint32_t utc_s, uint32_t took_ms)
{
    (void)date_s;
    (void)utc_s;
    (void)took_ms;
    return nondet_int(); /* clock.c: any value is possible */
}

/* What a call may rely on after emrs_init has returned OK: prove_call.c, prove_request.c */
static void prove_init(void)
{
    emrs_client client = nondet_client();
    emrs_config config = nondet_config();
    emrs_result result = nondet_result();
    int code = emrs_init(&client, &config, &result);
    PROVE(code <= 0 && (code == EMRS_OK) == emrs_client_is_ready(&client));
    PROVE(code == EMRS_OK ? result.code == EMRS_MOVE_CONNECT : result.code == code);
    PROVE(!client.kept && client.call == NULL);
    PROVE(client.tokens == EMRS_TOKEN_COUNT);
    PROVE(code < 0
          || (client.config.timeout_ms > 0 && client.config.timeout_ms <= EMRS_TIMEOUT_MAX_MS
              && client.config.connect_timeout_ms <= EMRS_TIMEOUT_MAX_MS
              && client.config.receive_timeout_ms <= EMRS_TIMEOUT_MAX_MS
              && client.config.idle_timeout_ms > 0
              && client.config.idle_timeout_ms <= EMRS_TIMEOUT_MAX_MS
              && client.config.attempt_count > 0 && client.config.work != NULL
              && client.config.work_size >= EMRS_WORK_SIZE
              && (config.region.size > 0 || config.endpoint.size > 0)
              && config.region.size <= EMRS_REGION_SIZE_MAX
              && config.user_agent.size <= EMRS_USER_AGENT_SIZE_MAX));
    REACHED(code == EMRS_OK && config.timeout_ms == 0);
    REACHED(code == EMRS_E_SPACE && result.needed_size == EMRS_WORK_SIZE);
}

static void prove_credentials(void)
{
    emrs_client client = nondet_client();
    emrs_result result = nondet_result();
    emrs_credentials credentials = nondet_credentials();
    client.config.credentials = nondet_bool() ? NULL : &credentials;
    checked_count = 0;
    int code = emrs_client_check_credentials(&client, &result);
    PROVE(code == EMRS_DONE || (code == EMRS_E_ARGUMENT && result.rule != EMRS_RULE_NONE));
    bool is_asked_for =
        credentials.access_key_id.size == 0 && credentials.renew_s == EMRS_RENEW_NOW;
    PROVE(code < 0 || client.config.region.size > 0);
    PROVE(code < 0 || is_asked_for
          || (credentials.access_key_id.size > 0
              && credentials.access_key_id.size <= EMRS_ACCESS_KEY_ID_SIZE_MAX
              && credentials.secret_access_key.size > 0
              && credentials.secret_access_key.size <= EMRS_SECRET_SIZE_MAX
              && checked_count == (credentials.session_token.size > 0 ? 3 : 2)));
    REACHED(code == EMRS_DONE && is_asked_for);
    REACHED(code == EMRS_DONE && credentials.session_token.size > 65536);
    REACHED(code < 0 && result.field == EMRS_FIELD_SESSION_TOKEN);
}

static void prove_time(void)
{
    emrs_client client = nondet_client(), before = client;
    emrs_attempt attempt = nondet_attempt();
    emrs_response response = nondet_response();
    uint32_t utc_s = emrs_client_utc(&client, nondet_now());
    PROVE(utc_s == 0 || utc_s >= EMRS_BUILD_TIME_S);
    bool learnt = emrs_client_learn_time(&client, nondet_now(), &attempt, &response);
    bool changed = client.offset_s != before.offset_s || client.date_s != before.date_s;
    PROVE(!(learnt || changed)
          || (response.date_s >= EMRS_BUILD_TIME_S && !response.has_age
              && !client.config.no_clock_correction));
    REACHED(learnt && client.offset_s == INT32_MIN);
    REACHED(!learnt && changed && client.date_s != before.date_s);

    emrs_forget(&client);
    size_t at = nondet_size();
    PROVE(at >= sizeof client.key || ((const char *)&client.key)[at] == 0);
    bool kept = client.kept && client.call == NULL && emrs_client_is_ready(&client);
    PROVE(emrs_release(&client) == kept);
    PROVE(!kept || !client.kept);
}

void proof(void)
{
    prove_init();
    prove_credentials();
    prove_time();
}
