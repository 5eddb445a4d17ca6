/* SPDX-License-Identifier: MIT */
/* Renews credentials by one to three operations, one after the other, on a client of its own. What
 * differs between the sources is in container.c, iot.c and instance.c. */
#include "provider.h"

#include "client.h"
#include "clock.h"
#include "credentials.h"
#include "errors.h"
#include "id.h"
#include "emrs_config.h"
#include "emrs_text.h"

enum { NOT_STARTED = 0, STARTED, RUNNING, ENDED };

#define URL_SIZE_MAX (sizeof "https://:65535/" + EMRS_HOST_SIZE_MAX)

int emrs_provider_read(const void *input, const emrs_value values[], void *output)
{
    emrs_provider *provider = output;
    (void)input;
    return emrs_credentials_take(values, false, &provider->fresh, &provider->result);
}

emrs_field emrs_provider_check_nothing(const void *input, emrs_rule *rule)
{
    (void)input;
    *rule = EMRS_RULE_NONE;
    return EMRS_FIELD_NONE;
}

emrs_rule emrs_provider_check_name(emrs_text name, const char *others, size_t size_max)
{
    const emrs_text more = {others, strlen(others)};
    if (name.size == 0)
        return EMRS_RULE_MISSING;
    if (name.size > size_max)
        return EMRS_RULE_TOO_LONG;
    for (size_t at = 0; at < name.size; at++)
        if (!emrs_is_alnum(name.bytes[at]) && emrs_text_find(more, name.bytes[at]) == more.size)
            return EMRS_RULE_BYTE;
    return EMRS_RULE_NONE;
}

/* The store */

static size_t half_size(const emrs_provider *p)
{
    return p->config.one_half ? p->config.store_size : p->config.store_size / 2u;
}

static char *half_at(const emrs_provider *p, uint8_t half)
{
    return (char *)p->config.store + half * half_size(p);
}

/* The half that a renewal writes into. */
static uint8_t target_of(const emrs_provider *p)
{
    return p->config.one_half ? 0 : (uint8_t)!p->half;
}

static void wipe_half(const emrs_provider *p, uint8_t half)
{
    emrs_wipe(half_at(p, half), half_size(p));
}

/* With one half, whether the old credentials are in it. */
static bool keeps_old(const emrs_provider *p)
{
    return p->config.one_half && p->config.credentials->access_key_id.size > 0;
}

void emrs_provider_prepare(emrs_sieve *sieve, const void *input, void *output)
{
    emrs_provider *provider = output;
    (void)input;
    if (keeps_old(provider)) { /* the answer is written over them */
        *provider->config.credentials = (emrs_credentials){.renew_s = EMRS_RENEW_NOW};
        wipe_half(provider, 0);
    }
    sieve->out = provider->room;
    sieve->more = EMRS_BODY_COUNT_MAX; /* what does not fit is counted */
}

/* The start */

static int check_memory(emrs_provider *p)
{
    const emrs_provider_config *config = &p->config;
    bool has_store = config->credentials != NULL && config->store != NULL && half_size(p) > 0;
    return has_store ? EMRS_OK
                     : emrs_client_refuse(&p->result, EMRS_FIELD_STORE, EMRS_RULE_MISSING);
}

/* Prepares the client. An error about its endpoint becomes one about the URI. */
static int init_client(emrs_provider *p)
{
    char bytes[URL_SIZE_MAX];
    emrs_pen url = emrs_pen_on(bytes, sizeof bytes);
    emrs_config client = {.work = p->config.work,
                          .work_size = p->config.work_size,
                          .clock_floor = p->config.clock_floor};
    emrs_rule rule;
    emrs_field field = p->config.source->set_up(p, &client, &url, &rule);
    if (field != EMRS_FIELD_NONE)
        return emrs_client_refuse(&p->result, field, rule);
    int code = emrs_init(&p->client, &client, &p->result);
    p->client.config.endpoint = EMRS_TEXT(""); /* it has been read, and may lie in `bytes` */
    if (code == EMRS_E_INSECURE)
        (void)emrs_client_refuse(&p->result, EMRS_FIELD_URI, EMRS_RULE_PLAIN_HOST);
    if (p->result.field == EMRS_FIELD_ENDPOINT)
        p->result.field = EMRS_FIELD_URI;
    return code;
}

int emrs_provider_init(emrs_provider *provider, const emrs_provider_config *config)
{
    memset(provider, 0, sizeof *provider);
    provider->config = *config;
    int code = check_memory(provider);
    if (code == EMRS_OK)
        code = init_client(provider);
    provider->result.code = code == EMRS_OK ? EMRS_E_STATE : code; /* until it is started */
    if (code == EMRS_OK)
        *config->credentials = (emrs_credentials){.renew_s = EMRS_RENEW_NOW};
    return code;
}

void emrs_provider_start(emrs_provider *provider, uint32_t until_ms)
{
    bool is_free = provider->state == NOT_STARTED || provider->state == ENDED;
    if (!is_free || !emrs_client_is_ready(&provider->client))
        return;
    provider->state = STARTED;
    provider->until_ms = until_ms;
}

/* The operations */

/* Starts the operation of this stage, with the time that is left. */
static int start_operation(emrs_provider *p, uint32_t now_ms)
{
    uint32_t left_ms = p->until_ms - now_ms;
    if (emrs_clock_is_past(now_ms, p->until_ms)) {
        memset(&p->call, 0, sizeof p->call); /* it belongs to the previous renewal */
        memset(&p->result, 0, sizeof p->result);
        return EMRS_E_TIMEOUT;
    }
    int code = emrs_call_start(&p->call, &p->client, &p->config.source->operations[p->stage], p, p,
                               &p->result);
    p->call.timeout_ms = left_ms < EMRS_TIMEOUT_MAX_MS ? left_ms : EMRS_TIMEOUT_MAX_MS;
    return code;
}

static int begin(emrs_provider *p, uint32_t now_ms)
{
    uint32_t most_ms = p->config.source->time_max_ms;
    if (most_ms > 0 && emrs_clock_is_past(p->until_ms, now_ms + most_ms))
        p->until_ms = now_ms + most_ms;
    p->state = RUNNING;
    p->stage = 0;
    p->room = emrs_pen_on(half_at(p, target_of(p)), half_size(p));
    return start_operation(p, now_ms);
}

/* Goes on to the next operation. What was read stays in the half, and the next answer is put after
 * it. */
static int begin_next(emrs_provider *p, uint32_t now_ms)
{
    p->room = emrs_pen_on(p->room.bytes + p->room.used, p->room.size - p->room.used);
    p->stage++;
    return start_operation(p, now_ms);
}

/* The end of a renewal */

/* Passes on what the client learnt of the time from an answer over TLS. */
static void teach(emrs_provider *p)
{
    bool has_date = p->client.tls && p->call.attempt.whole && p->call.response.date_s > 0;
    if (p->config.teaches != NULL && has_date)
        emrs_client_teach(p->config.teaches, &p->client);
}

/* ret: this device's time, as answers over TLS corrected it; if there is none, the Date of this
 *      answer; 0: unknown */
static uint32_t utc_of(const emrs_provider *p, emrs_now now)
{
    const emrs_client *clock = p->config.teaches != NULL ? p->config.teaches : &p->client;
    return emrs_utc(clock, now) > 0 ? emrs_client_utc(clock, now) : p->call.response.date_s;
}

/* Puts the credentials in place, and wipes the old ones. Refuses them if they have expired, both by
 * this device's clock and by the Date of the answer if it has one. The clock alone may be wrong: a
 * call then learns the time from the service. */
static int publish(emrs_provider *p, emrs_now now)
{
    uint32_t utc_s = utc_of(p, now), date_s = p->call.response.date_s;
    if (p->fresh.expires_s <= utc_s && date_s > 0)
        utc_s = date_s;
    if (p->fresh.expires_s <= utc_s) {
        (void)emrs_client_refuse(&p->result, EMRS_FIELD_EXPIRATION, EMRS_RULE_PASSED);
        return EMRS_E_CREDENTIALS;
    }
    emrs_credentials_plan(&p->fresh, utc_s);
    *p->config.credentials = p->fresh;
    if (!p->config.one_half) {
        wipe_half(p, p->half);
        p->half = target_of(p);
    }
    emrs_wipe(p->config.work, p->config.work_size);
    p->result.request_id = EMRS_TEXT(""); /* it lay there */
    return EMRS_DONE;
}

/* Turns needed_size into the size of the whole store. It was that of the room, which is only the
 * rest of a half. */
static void set_needed_size(emrs_provider *p)
{
    size_t used = (size_t)(p->room.bytes - half_at(p, target_of(p)));
    p->result.field = EMRS_FIELD_STORE;
    p->result.needed_size = (used + p->result.needed_size) * (p->config.one_half ? 1u : 2u);
}

/* Copies the Code of an instance's answer to the end of the work buffer, before the half is wiped.
 * No other text of a result lies there. */
static void keep_refusal(emrs_provider *p)
{
    emrs_text name = p->refusal;
    if (name.size == 0)
        return;
    char *end = (char *)p->config.work + p->config.work_size;
    memcpy(end - name.size, name.bytes, name.size);
    p->result.error_name = (emrs_text){end - name.size, name.size};
    emrs_error_clean_name(p->result.error_name);
}

static void fail(emrs_provider *p, int code)
{
    if (code == EMRS_E_SPACE)
        set_needed_size(p);
    keep_refusal(p);
    if (!keeps_old(p))
        wipe_half(p, target_of(p));
}

static int finish(emrs_provider *p, emrs_now now, int code)
{
    teach(p);
    if (code == EMRS_DONE)
        code = publish(p, now);
    if (code < 0)
        fail(p, code);
    p->fresh = (emrs_credentials){.renew_s = 0};
    p->token = p->role = p->refusal = EMRS_TEXT("");
    p->state = ENDED;
    p->result.code = code;
    return code;
}

/* Starts the next operation after one has succeeded, or ends the renewal. */
static int go_on(emrs_provider *p, emrs_now now, int code, emrs_move *move)
{
    while (code == EMRS_DONE && p->stage + 1 < p->config.source->operation_count) {
        code = begin_next(p, now.ms);
        if (code == EMRS_OK)
            code = emrs_step(&p->call, now, emrs_report_of(EMRS_NEWS_PENDING), move);
    }
    return code > EMRS_DONE ? code : finish(p, now, code);
}

int emrs_provider_step(emrs_provider *provider, emrs_now now, emrs_report report, emrs_move *move)
{
    int code = EMRS_OK;
    *move = (emrs_move){.until_ms = now.ms};
    if (provider->state == NOT_STARTED || provider->state == ENDED)
        return provider->result.code;
    if (provider->state == STARTED)
        code = begin(provider, now.ms);
    if (code == EMRS_OK)
        code = emrs_step(&provider->call, now, report, move);
    return go_on(provider, now, code, move);
}
