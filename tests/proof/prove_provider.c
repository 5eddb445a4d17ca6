/* SPDX-License-Identifier: MIT */
/* function: provider.c but its check of a name, by the contracts of call, client and sources
 * method: induction over steps, ghost flags
 * bound: all lengths of a renewal, any report; a store of 1 to 64 bytes, 1 to 3 operations
 * unwind: 6
 * options: --unwindset go_on.0:2 --slice-formula
 * instead: provider.c s/half . half_size(p);/if_second(half, half_size(p));/
 * claims: --no-standard-checks
 * control: provider.c s/(uint8_t)!p->half;/p->half;/
 * control: provider.c s/^    if (code == EMRS_DONE)$/    if (code <= EMRS_DONE)/
 * control: provider.c s/^        wipe_half(p, target_of(p));/        ;/
 * control: provider.c s/^    if (emrs_clock_is_past(now_ms, p->until_ms)) {/    if (false) {/
 * control: provider.c s/^        memset(&p->call, 0, sizeof p->call);//
 * control: provider.c s/^    if (p->fresh.expires_s <= utc_s) {/    if (false) {/
 * control: provider.c s/^        wipe_half(p, p->half);//
 * control: provider.c s/p->config.one_half ? 1u : 2u/1u/
 * control: provider.c s/p->room.size - p->room.used);/p->room.size);/
 */
#include "proof.h"

#include "emrs.h"

/* The proof needs only where the name of a refusal is, not its bytes. */
static void *copy_nothing(void *to, const void *from, size_t size)
{
    PROVE(__CPROVER_w_ok(to, size) && __CPROVER_r_ok(from, size));
    return to;
}
/* A product of which the first factor is 0 or 1 */
static size_t if_second(uint8_t half, size_t size)
{
    PROVE(half <= 1);
    return half > 0 ? size : 0;
}
#define memcpy copy_nothing
#include "provider.c"
#undef memcpy

enum { STORE_MAX = 64, OPERATION_MAX = 3 };
#define LATE_MS 0x40000000u /* as in prove_call.c: later, a tick may have wrapped */

emrs_provider nondet_provider(void);
emrs_credentials nondet_credentials(void);
emrs_client nondet_client(void);
emrs_result nondet_result(void);
emrs_report nondet_report(void);
emrs_response nondet_response(void);
emrs_attempt nondet_attempt(void);
emrs_now nondet_now(void);
emrs_rule nondet_rule(void);
emrs_field nondet_field(void);
uint32_t nondet_uint32(void);
uint8_t nondet_uint8(void);

static char store[STORE_MAX];
static size_t watch_at; /* a place in the store, any one */
static char watched;    /* the byte there; only the stubs below change the store's bytes */
static char work[EMRS_WORK_SIZE];
static emrs_credentials held; /* where the application keeps its credentials */
static emrs_client service;
static emrs_operation operations[OPERATION_MAX];
static emrs_source source;
static emrs_provider provider;
static emrs_now now;

/* What really happened, as the stubs record it */
static struct {
    bool in_flight;  /* a call of the provider has been started, and has not ended */
    bool is_new;     /* it has had no step: the first one cannot end it with DONE */
    bool confirmed;  /* its whole answer was read, and the operation said DONE: only DONE follows */
    bool judged;     /* an operation before the last one judged an answer: no attempt follows */
    bool valid;      /* the last values that were read are credentials */
    bool asked;      /* this renewal has started a call */
    bool closing;    /* CLOSE was shown */
    bool wiped_work; /* the whole work buffer */
    uint32_t begun_ms, call_ms; /* when its call began, and the call's timeout */
} ghost;

/* The functions of lower levels, by their contracts */

static bool is_inside(const char *bytes, size_t size, const char *from, size_t from_size)
{
    return __CPROVER_same_object(bytes, from) && bytes >= from
           && (size_t)(bytes - from) <= from_size && size <= from_size - (size_t)(bytes - from);
}

static bool is_watched(const char *bytes, size_t size)
{
    return is_inside(store + watch_at, 1, bytes, size);
}

void emrs_wipe(void *memory, size_t size)
{
    PROVE(__CPROVER_w_ok(memory, size));
    if (__CPROVER_same_object(memory, work))
        ghost.wiped_work = size == sizeof work;
    else if (is_watched(memory, size))
        watched = 0;
}
void emrs_error_clean_name(emrs_text text)
{
    PROVE(text.size == 0 || __CPROVER_w_ok(text.bytes, text.size));
}
bool emrs_clock_is_past(uint32_t now_ms, uint32_t until_ms)
{
    return now_ms - until_ms < 0x80000000u;
}
bool emrs_client_is_ready(const emrs_client *client)
{
    return client->ready != 0;
}
int emrs_client_refuse(emrs_result *result, emrs_field field, emrs_rule rule)
{
    result->field = field;
    result->rule = rule;
    return EMRS_E_ARGUMENT;
}
uint32_t emrs_utc(const emrs_client *client, emrs_now at)
{
    (void)client;
    (void)at;
    return nondet_uint32();
}
uint32_t emrs_client_utc(const emrs_client *client, emrs_now at)
{
    (void)client;
    (void)at;
    return nondet_uint32();
}
/* Only an answer over TLS to a call of this renewal teaches the time. */
void emrs_client_teach(emrs_client *to, const emrs_client *from)
{
    PROVE(to == &service && from == &provider.client);
    PROVE(ghost.asked && from->tls && provider.call.attempt.whole
          && provider.call.response.date_s > 0);
}

/* prove_credentials.c: the output gets complete credentials, or stays as it was. */
int emrs_credentials_take(const emrs_value values[], bool is_optional,
                          emrs_credentials *credentials, emrs_result *result)
{
    static const int codes[] = {EMRS_DONE, EMRS_E_UNVERIFIED, EMRS_E_JSON, EMRS_E_CREDENTIALS};
    unsigned which = nondet_unsigned();
    PROVE(!is_optional && credentials == &provider.fresh && result == &provider.result);
    ASSUME(which < 4);
    ghost.valid = which == 0;
    if (ghost.valid) {
        credentials->access_key_id = values[0].text;
        credentials->secret_access_key = values[1].text;
        credentials->session_token = values[2].text;
        credentials->expires_s = nondet_uint32();
        credentials->renew_s = 0;
        ASSUME(credentials->expires_s > 0);
    }
    return codes[which];
}
void emrs_credentials_plan(emrs_credentials *credentials, uint32_t utc_s)
{
    PROVE(utc_s < credentials->expires_s); /* never one that has expired */
    credentials->renew_s = nondet_uint32();
    ASSUME(credentials->renew_s > utc_s && credentials->renew_s <= credentials->expires_s);
}

/* prove_client.c */
int emrs_init(emrs_client *client, const emrs_config *config, emrs_result *result)
{
    int code = nondet_int();
    ASSUME(code <= 0);
    PROVE(client == &provider.client && result == &provider.result);
    PROVE(config->work == work && config->endpoint.size <= EMRS_HOST_SIZE_MAX);
    *client = nondet_client();
    client->config = *config;
    client->ready = code == EMRS_OK;
    *result = nondet_result();
    result->effect = EMRS_EFFECT_NONE;
    return code;
}

/* The sources' contracts: prove_sources.c */

static emrs_field set_up_any(emrs_provider *of, emrs_config *client, emrs_pen *endpoint,
                             emrs_rule *rule)
{
    PROVE(of == &provider && __CPROVER_w_ok(endpoint->bytes, endpoint->size));
    PROVE(endpoint->size > sizeof "https://" + EMRS_HOST_SIZE_MAX);
    client->endpoint = (emrs_text){nondet_bool() ? endpoint->bytes : store, nondet_size()};
    ASSUME(client->endpoint.size <= EMRS_HOST_SIZE_MAX);
    *rule = nondet_rule();
    emrs_field field = nondet_field();
    ASSUME(field != EMRS_FIELD_ENDPOINT);
    return field;
}

/* A half of the store by its number, without the provider's functions */
static char *half_of(unsigned half)
{
    return store + (half > 0 ? provider.config.store_size / 2u : 0);
}
static size_t size_of_half(void)
{
    return provider.config.one_half ? provider.config.store_size : provider.config.store_size / 2u;
}
static unsigned free_half(void)
{
    return provider.config.one_half ? 0 : 1u - provider.half;
}
static bool is_in_half(emrs_text text, unsigned half)
{
    return is_inside(text.bytes, text.size, half_of(half), size_of_half());
}

static emrs_text any_text_in(emrs_pen room)
{
    size_t at = nondet_size(), size = nondet_size();
    ASSUME(at <= room.size && size <= room.size - at);
    return (emrs_text){room.bytes + at, size};
}

static bool is_last(void)
{
    return provider.stage + 1 == source.operation_count;
}

/* An operation before the last one keeps some of its bytes. The last one reads credentials, or
 * refuses them, and may then name the Code. */
static int read_any(const void *input, const emrs_value values[], void *output)
{
    int code = nondet_int();
    PROVE(output == &provider && input == &provider);
    ASSUME(code <= 0);
    if (!is_last()) {
        provider.room.used = values[0].text.size;
        provider.token = values[0].text;
        provider.role = values[0].text;
        return code;
    }
    if (nondet_bool())
        return emrs_provider_read(input, values, output);
    ASSUME(code < 0);
    if (nondet_bool() && values[3].text.size <= EMRS_DATE_SIZE_MAX)
        provider.refusal = values[3].text;
    return code;
}

/* The call, as prove_call.c proves it: at any time bytes of an answer may come into its room, or
 * its whole answer. */

int emrs_call_start(emrs_call *call, emrs_client *client, const emrs_operation *operation,
                    const void *input, void *output, emrs_result *result)
{
    PROVE(!ghost.in_flight && client->ready != 0);
    PROVE(call == &provider.call && client == &provider.client && result == &provider.result);
    PROVE(provider.stage < source.operation_count && operation == &operations[provider.stage]);
    PROVE(input == &provider && output == &provider);
    memset(call, 0, sizeof *call);
    memset(result, 0, sizeof *result);
    int code = nondet_bool() ? EMRS_OK : EMRS_E_ARGUMENT;
    call->operation = operation;
    ghost.asked = true;
    ghost.in_flight = ghost.is_new = code == EMRS_OK;
    ghost.confirmed = ghost.judged = ghost.closing = ghost.valid = false;
    ghost.begun_ms = now.ms;
    return code;
}

static void take_answer(emrs_call *call)
{
    emrs_sieve sieve;
    call->operation->prepare(&sieve, &provider, &provider);
    emrs_pen room = sieve.out;
    emrs_value values[EMRS_MEMBER_COUNT];
    PROVE(is_in_half((emrs_text){room.bytes, room.size}, free_half()) && room.used == 0);
    PROVE(room.bytes + room.size == half_of(free_half()) + size_of_half());
    if (is_watched(room.bytes, room.size))
        watched = nondet_char();
    if (nondet_bool())
        return;
    ghost.judged = !is_last();
    for (unsigned i = 0; i < EMRS_MEMBER_COUNT; i++)
        values[i].text = any_text_in(room);
    bool is_shown = nondet_bool();
    ghost.confirmed = call->operation->read(&provider, values, &provider) == EMRS_DONE && is_shown;
}

static bool is_late(uint32_t after_ms)
{
    return now.ms - ghost.begun_ms >= after_ms;
}

int emrs_step(emrs_call *call, emrs_now at, emrs_report report, emrs_move *move)
{
    int code = nondet_int();
    (void)report;
    PROVE(call == &provider.call && ghost.in_flight && at.ms == now.ms);
    if (ghost.is_new) {
        PROVE(call->timeout_ms > 0 && call->timeout_ms <= EMRS_TIMEOUT_MAX_MS);
        ghost.call_ms = call->timeout_ms;
    }
    if (!ghost.is_new && !ghost.confirmed && !ghost.judged && nondet_bool())
        take_answer(call);
    call->attempt = nondet_attempt();
    call->response = nondet_response();
    emrs_result *result = &provider.result;
    *result = nondet_result();
    *move = (emrs_move){.until_ms = nondet_uint32(), .size = nondet_size()};
    ASSUME(ghost.confirmed ? code == EMRS_DONE || code == EMRS_MOVE_CLOSE
                           : code != EMRS_DONE && code <= EMRS_MOVE_WAIT);
    ASSUME(!ghost.judged || code <= EMRS_DONE || code == EMRS_MOVE_CLOSE);
    ASSUME(!is_late(ghost.call_ms) || code <= EMRS_DONE
           || (code == EMRS_MOVE_CLOSE && !ghost.closing));
    ASSUME(code > EMRS_DONE || move->size == 0);
    ASSUME(code != EMRS_E_SPACE
           || (result->needed_size > provider.room.size && result->needed_size <= 1u << 31));
    result->code = code;
    ASSUME(call->operation->changes || result->effect == EMRS_EFFECT_NONE);
    ghost.closing = code == EMRS_MOVE_CLOSE;
    ghost.is_new = false;
    ghost.in_flight = code > EMRS_DONE;
    return code;
}

/* The invariant, between any two steps */

static bool is_nothing(void)
{
    const emrs_credentials *f = &provider.fresh;
    return f->access_key_id.size == 0 && f->secret_access_key.size == 0
           && f->session_token.size == 0 && f->expires_s == 0 && f->renew_s == 0
           && provider.token.size == 0 && provider.role.size == 0 && provider.refusal.size == 0;
}

static bool are_in_half(const emrs_credentials *c, unsigned half)
{
    return is_in_half(c->access_key_id, half) && is_in_half(c->secret_access_key, half)
           && is_in_half(c->session_token, half);
}

static bool is_running_well(void)
{
    emrs_text room = {provider.room.bytes, provider.room.size};
    uint32_t whole_ms = provider.until_ms - ghost.begun_ms;
    bool has_read = provider.stage > 0 || ghost.judged || ghost.confirmed
                    || provider.refusal.size > 0 || provider.fresh.access_key_id.size > 0;
    return ghost.in_flight && !ghost.is_new && ghost.asked
           && (!provider.config.one_half || !has_read || held.access_key_id.size == 0)
           && (provider.stage > 0 || room.bytes == half_of(free_half()))
           && provider.stage < source.operation_count && is_in_half(room, free_half())
           && room.bytes + room.size == half_of(free_half()) + size_of_half()
           && provider.room.used <= (ghost.judged ? room.size : 0) && ghost.judged <= !is_last()
           && (is_last() || ghost.judged || !ghost.confirmed)
           && (provider.refusal.size == 0
               || (is_in_half(provider.refusal, free_half())
                   && provider.refusal.size <= EMRS_DATE_SIZE_MAX))
           && (!ghost.confirmed || !is_last()
               || (ghost.valid && provider.fresh.expires_s > 0
                   && are_in_half(&provider.fresh, free_half())))
           && whole_ms > 0 && whole_ms <= 0x80000000u && ghost.call_ms > 0
           && ghost.call_ms <= EMRS_TIMEOUT_MAX_MS && ghost.call_ms <= whole_ms;
}

static bool holds(void)
{
    const emrs_provider *p = &provider;
    return p->state <= ENDED && p->half <= (p->config.one_half ? 0 : 1)
           && p->result.effect == EMRS_EFFECT_NONE
           && (p->client.ready != 0 || p->state == NOT_STARTED)
           && (p->state == RUNNING ? is_running_well() : !ghost.in_flight && is_nothing());
}

static void any_config(void)
{
    source = (emrs_source){set_up_any, operations, nondet_uint8(), nondet_uint32()};
    ASSUME(source.operation_count > 0 && source.operation_count <= OPERATION_MAX);
    for (unsigned i = 0; i < OPERATION_MAX; i++)
        operations[i] = (emrs_operation){.prepare = emrs_provider_prepare, .read = read_any};
    provider = nondet_provider();
    provider.config.source = &source;
    provider.config.credentials = &held;
    provider.config.store = store;
    provider.config.work = work;
    provider.config.work_size = sizeof work;
    provider.config.teaches = nondet_bool() ? &service : NULL;
    ASSUME(provider.config.store_size <= STORE_MAX && size_of_half() > 0);
    held = nondet_credentials();
    watch_at = nondet_size();
    watched = nondet_char();
    ASSUME(watch_at < provider.config.store_size);
    ghost.wiped_work = false;
}

static char *any_place(void)
{
    size_t at = nondet_size();
    ASSUME(at <= size_of_half());
    return half_of(free_half()) + at;
}

static void any_provider(void)
{
    any_config();
    ASSUME(provider.half <= 1);
    provider.room.bytes = any_place();
    provider.call.operation = &operations[provider.stage < OPERATION_MAX ? provider.stage : 0];
    provider.refusal.bytes = any_place();
    provider.fresh.access_key_id.bytes = any_place();
    provider.fresh.secret_access_key.bytes = any_place();
    provider.fresh.session_token.bytes = any_place();
    ghost.in_flight = nondet_bool();
    ghost.is_new = false;
    ghost.confirmed = nondet_bool();
    ghost.valid = nondet_bool();
    ghost.judged = nondet_bool();
    ghost.asked = nondet_bool();
    ghost.closing = nondet_bool();
    ghost.begun_ms = nondet_uint32();
    ghost.call_ms = nondet_uint32();
    ASSUME(provider.state == RUNNING || !ghost.asked);
    now = nondet_now();
    ASSUME(holds());
}

static bool is_same_text(emrs_text a, emrs_text b)
{
    return a.bytes == b.bytes && a.size == b.size;
}

static bool is_same(const emrs_credentials *a, const emrs_credentials *b)
{
    return is_same_text(a->access_key_id, b->access_key_id)
           && is_same_text(a->secret_access_key, b->secret_access_key)
           && is_same_text(a->session_token, b->session_token) && a->expires_s == b->expires_s
           && a->renew_s == b->renew_s;
}

static bool is_none(const emrs_credentials *c)
{
    return c->access_key_id.size == 0 && c->secret_access_key.size == 0
           && c->session_token.size == 0 && c->expires_s == 0 && c->renew_s == EMRS_RENEW_NOW;
}

static void prove_init(void)
{
    any_config();
    emrs_provider_config config = provider.config;
    emrs_credentials before = held;
    bool lacks = nondet_bool();
    if (lacks)
        config.store_size = 0;
    if (nondet_bool())
        config.credentials = NULL;
    if (nondet_bool())
        config.store = NULL;
    lacks = lacks || config.credentials == NULL || config.store == NULL;
    int code = emrs_provider_init(&provider, &config);
    PROVE(code <= EMRS_OK && (!lacks || code == EMRS_E_ARGUMENT));
    PROVE(provider.result.code == (code == EMRS_OK ? EMRS_E_STATE : code));
    PROVE(code == EMRS_OK ? is_none(&held) : is_same(&held, &before));
    PROVE((provider.client.ready != 0) == (code == EMRS_OK));
    ghost.in_flight = false;
    PROVE(holds() && provider.state == NOT_STARTED);
    PROVE(provider.result.field != EMRS_FIELD_ENDPOINT);
    PROVE(provider.client.config.endpoint.size == 0 || code < 0);
    REACHED(code == EMRS_OK);
    REACHED(code == EMRS_E_INSECURE && provider.result.field == EMRS_FIELD_URI);
}

static void prove_start(void)
{
    any_provider();
    uint8_t state = provider.state;
    emrs_credentials before = held;
    char byte = watched;
    uint32_t until_ms = nondet_uint32(), was_ms = provider.until_ms;
    bool starts = provider.client.ready != 0 && (state == NOT_STARTED || state == ENDED);
    emrs_provider_start(&provider, until_ms);
    PROVE(provider.state == (starts ? STARTED : state));
    PROVE(provider.until_ms == (starts ? until_ms : was_ms));
    PROVE(holds());
    PROVE(is_same(&held, &before) && watched == byte);
    REACHED(starts && provider.config.one_half);
    REACHED(starts && state == ENDED);
}

/* After a renewal there are complete new credentials and nothing of the old ones, or the old ones
 * and nothing of the answer. */
static void prove_end(int code, unsigned old, const emrs_credentials *before)
{
    const emrs_provider *p = &provider;
    bool is_done = code == EMRS_DONE;
    PROVE(p->state == ENDED && p->result.code == code && !ghost.in_flight);
    PROVE(!is_done || (ghost.confirmed && ghost.valid && is_last()));
    PROVE(!is_done
          || (are_in_half(&held, p->half) && held.expires_s > 0 && held.renew_s > 0
              && held.renew_s <= held.expires_s));
    PROVE(is_done || is_same(&held, before) || (p->config.one_half && is_none(&held)));
    PROVE(p->half == (is_done && !p->config.one_half ? 1u - old : old));
    bool is_in_use = p->config.one_half && (is_done || held.access_key_id.size > 0);
    PROVE(is_in_use || !is_watched(half_of(free_half()), size_of_half()) || watched == 0);
    PROVE(!is_done || ghost.wiped_work);
    PROVE(code != EMRS_E_SPACE
          || (p->result.field == EMRS_FIELD_STORE && p->result.needed_size > p->config.store_size));
    REACHED(is_done && p->config.one_half);
    REACHED(is_done && p->half == 0 && source.operation_count == OPERATION_MAX);
    REACHED(code == EMRS_E_SPACE);
    REACHED(code == EMRS_E_CREDENTIALS && p->result.rule == EMRS_RULE_PASSED);
    REACHED(code == EMRS_E_TIMEOUT && !ghost.asked);
    REACHED(code < 0 && __CPROVER_same_object(p->result.error_name.bytes, work));
}

static void prove_step(void)
{
    any_provider();
    uint8_t state = provider.state, half = provider.half;
    emrs_credentials before = held;
    emrs_move move;
    uint8_t stage = provider.stage;
    char byte = watched;
    bool is_used = is_watched(half_of(half), size_of_half()) && !provider.config.one_half;
    size_t kept_size = (size_t)(provider.room.bytes - half_of(free_half()));
    bool is_kept = state == RUNNING && is_watched(half_of(free_half()), kept_size);
    if (state != RUNNING)
        ghost.begun_ms = now.ms;
    uint32_t begun_ms = ghost.begun_ms;
    bool was_closing = ghost.closing && state == RUNNING;
    ASSUME(now.ms - begun_ms < LATE_MS); /* the tick did not wrap */
    provider.result.code =
        state == RUNNING || state == STARTED ? provider.result.code : nondet_int();
    ASSUME(state == RUNNING || state == STARTED || provider.result.code <= EMRS_DONE);
    int last = provider.result.code;
    int code = emrs_provider_step(&provider, now, nondet_report(), &move);
    PROVE(holds() && provider.result.code == code);
    PROVE(code > EMRS_DONE ? provider.state == RUNNING : provider.state != RUNNING);
    PROVE(code > EMRS_DONE || move.size == 0);
    PROVE(code == EMRS_DONE || !is_used || watched == byte);
    PROVE(code <= EMRS_DONE || !is_kept || watched == byte);
    bool is_ended = provider.config.one_half && is_none(&held);
    PROVE(code <= EMRS_DONE || is_ended || is_same(&held, &before));
    /* With one half the old ones and their bytes stay or end together. */
    PROVE(code == EMRS_DONE || !provider.config.one_half || before.access_key_id.size == 0
          || held.access_key_id.size == 0 || watched == byte);
    REACHED(code > EMRS_DONE && is_ended && before.access_key_id.size > 0);
    bool is_over = now.ms - begun_ms >= provider.until_ms - begun_ms;
    PROVE(!is_over || code <= EMRS_DONE || (code == EMRS_MOVE_CLOSE && !was_closing));
    PROVE(state != STARTED || code <= EMRS_DONE || source.time_max_ms == 0
          || provider.until_ms - now.ms <= source.time_max_ms);
    if (state == RUNNING || state == STARTED) {
        if (code <= EMRS_DONE)
            prove_end(code, half, &before);
        REACHED(is_over && code == EMRS_MOVE_CLOSE);
        REACHED(code > EMRS_DONE && provider.stage == stage + 1);
        REACHED(code > EMRS_DONE && is_kept);
    } else {
        PROVE(code == last && provider.state == state && is_same(&held, &before));
    }
}

void proof(void)
{
    unsigned which = nondet_unsigned();
    if (which == 0)
        prove_init();
    else if (which == 1)
        prove_start();
    else
        prove_step();
}
