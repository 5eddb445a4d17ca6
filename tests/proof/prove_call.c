/* SPDX-License-Identifier: MIT */
/* function: emrs_step, with all of call.c, answer.c and effect.c: the promise of the effect
 * method: induction over steps, ghost flags
 * bound: all lengths of a call, any report, any port
 * unwind: 6
 * options: --object-bits 12 --unwindset emrs_answer_take.0:4
 * claims: --no-standard-checks
 * control: effect.c s/ \&\& attempt->confirmed;/;/
 * control: call.c s/attempt.verified = fits;/attempt.verified = true;/;s/if (!fits)/if (0)/
 * control: call.c s/shown || !move->more;/shown || move->more;/
 * control: call.c s/call->code = EMRS_E_TIMEOUT;/;/
 * control: call.c s/call->open = client->kept;/;/
 * control: call.c s/: (held->renew_s | held->expires_s) != 0;/: false;/
 */
#include "proof.h"

#include "call.c"
#include "answer.c"
#include "effect.c"
#include "emrs_text.h"

/* What really happened in this attempt, as the harness and its stubs record it */
static struct {
    bool verified; /* the port reported CONNECTED, with a verified peer or plain http as allowed */
    bool shown;    /* the last window was shown */
    bool whole;    /* the parser reached the end of an answer */
    int status;    /* its status */
    bool strict;   /* the sieve found complete and strict JSON */
    bool equal;    /* the operation found both ids equal */
    bool named;    /* the service's error has a name */
    bool open;     /* there is a stream: from CONNECT on, or from the call before, until CLOSE */
} ghost;
static bool ever_shown; /* in any attempt of the call */

enum { WORK_SIZE = EMRS_WORK_SIZE + 64, BYTES = 512 };
/* States of response.c; prove_response.c checks the numbers. */
enum { LINE = 2, ANSWERED = 5, ANSWER_DONE = 12 };
static char work[WORK_SIZE];
static char bytes[BYTES]; /* what slices point to */

emrs_call nondet_call(void);
emrs_credentials nondet_credentials(void);
emrs_client nondet_client(void);
emrs_result nondet_result(void);
emrs_report nondet_report(void);
emrs_now nondet_now(void);
emrs_response nondet_response(void);
emrs_sieve nondet_sieve(void);
emrs_attempt nondet_attempt(void);
emrs_value nondet_value(void);
uint32_t nondet_uint32(void);

static emrs_text any_text(void)
{
    size_t at = nondet_size(), size = nondet_size();
    ASSUME(at <= BYTES && size <= BYTES - at);
    return (emrs_text){bytes + at, size};
}

/* The proof needs only the sizes of a result's texts, not where they begin. */
static emrs_text any_text_of(size_t size_max)
{
    size_t size = nondet_size();
    ASSUME(size <= size_max && size <= BYTES);
    return (emrs_text){bytes, size};
}

static void any_texts(emrs_result *of)
{
    of->request_id = any_text_of(EMRS_REQUEST_ID_SIZE_MAX);
    of->error_name = any_text_of(EMRS_ERROR_NAME_SIZE_MAX);
    of->message = any_text_of(EMRS_MESSAGE_SIZE_MAX);
}

/* The functions of lower levels: they do anything that their contracts allow */

void emrs_response_init(emrs_response *r, uint32_t body_size_max, emrs_pen request_id,
                        emrs_pen error_name)
{
    PROVE(body_size_max > 0 && body_size_max <= EMRS_BODY_COUNT_MAX);
    memset(r, 0, sizeof *r);
    r->request_id = request_id;
    r->error_name = error_name;
}

static void any_answer(emrs_response *r)
{
    emrs_response was = *r;
    *r = nondet_response();
    r->request_id = was.request_id;
    r->error_name = was.error_name;
    r->request_id.used = nondet_size();
    r->error_name.used = nondet_size();
    ASSUME(r->request_id.used <= r->request_id.size && r->error_name.used <= r->error_name.size);
    ASSUME(r->error <= 0);
    bool answered = was.trailers || was.state >= ANSWERED; /* then its status does not change */
    ASSUME(!answered || ((r->trailers || r->state >= ANSWERED) && r->status == was.status));
}

/* The contract is from prove_response.c. After each round of the loop all of the parser's state may
 * be anything. So two rounds prove the same as any number of them. */
static unsigned rounds;
size_t emrs_response_take(emrs_response *r, const char *from, size_t size, emrs_text *body)
{
    *body = (emrs_text){from, 0};
    if (size == 0 || r->error < 0 || emrs_response_is_done(r))
        return 0;
    PROVE(__CPROVER_r_ok(from, size));
    size_t taken = nondet_size();
    any_answer(r);
    ASSUME(taken <= size && (taken > 0 || r->error < 0));
    *body = (emrs_text){from, nondet_size()};
    ASSUME(body->size <= taken && (body->size == 0 || r->state >= ANSWERED));
    rounds++;
    ASSUME(rounds < 2 || taken == size || r->error < 0 || emrs_response_is_done(r));
    if (emrs_response_is_done(r)) {
        ASSUME(r->status >= 200 && r->status <= 599);
        ghost.whole = true;
        ghost.status = r->status;
    }
    return taken;
}

int emrs_response_end(emrs_response *r, bool authenticated)
{
    (void)authenticated;
    any_answer(r);
    ASSUME((r->error == 0) == emrs_response_is_done(r));
    if (r->error == 0) {
        ASSUME(r->status >= 200 && r->status <= 599);
        ghost.whole = true;
        ghost.status = r->status;
    }
    return r->error;
}

bool emrs_response_is_done(const emrs_response *r)
{
    return r->state == ANSWER_DONE && r->error == 0;
}

int emrs_response_status(const emrs_response *r)
{
    return r->state >= LINE && r->status >= 200 ? r->status : 0;
}

void emrs_sieve_init(emrs_sieve *s, const emrs_member *members, uint8_t count, emrs_pen out)
{
    PROVE(__CPROVER_w_ok(out.bytes, out.size));
    memset(s, 0, sizeof *s);
    s->members = members;
    s->member_count = count;
    s->out = out;
}

void emrs_sieve_take(emrs_sieve *s, const char *from, size_t size)
{
    PROVE(__CPROVER_r_ok(from, size) && s->members != NULL);
    s->error = nondet_bool() ? EMRS_E_JSON : s->error;
}

int emrs_sieve_end(emrs_sieve *s)
{
    if (s->error == 0)
        s->error = nondet_bool()   ? EMRS_OK
                   : nondet_bool() ? EMRS_E_JSON
                   : nondet_bool() ? EMRS_E_SPACE
                                   : EMRS_E_UNVERIFIED;
    ghost.strict = s->error == 0;
    return s->error;
}

void emrs_json_read(emrs_sieve *s, emrs_value values[])
{
    PROVE(s->error == 0); /* it reads only what the sieve has passed */
    for (uint8_t i = 0; i < s->member_count; i++) {
        values[i].kind = nondet_value().kind;
        values[i].text = any_text();
    }
}

/* prove_cancel.c: DONE only for both ids equal. */
static int read_any(const void *input, const emrs_value values[], void *output)
{
    (void)input;
    (void)output;
    (void)values;
    int code = nondet_int();
    ASSUME(code <= 0);
    ghost.equal = code == EMRS_DONE;
    return code;
}
static emrs_field check_any(const void *input, emrs_rule *rule)
{
    (void)input;
    *rule = (emrs_rule)nondet_int();
    return (emrs_field)nondet_int();
}
static char store[64];
static emrs_pen room;
static void prepare_any(emrs_sieve *s, const void *input, void *output)
{
    (void)input;
    (void)output;
    s->out = room;
    s->more = nondet_unsigned();
}
static const emrs_member members[2];
static emrs_operation operation;

/* Signed or not, with any of the optional parts */
static void any_operation(void)
{
    bool is_plain = nondet_bool();
    operation = (emrs_operation){.check = check_any,
                                 .service = {"s", nondet_bool()},
                                 .members = is_plain ? NULL : members,
                                 .member_count = is_plain ? 0 : 2,
                                 .changes = nondet_bool(),
                                 .body_size_max = nondet_bool() ? EMRS_BODY_SIZE_MAX : 0,
                                 .work_size = nondet_size(),
                                 .prepare = nondet_bool() ? prepare_any : NULL,
                                 .read = read_any};
    room = (emrs_pen){store, nondet_size(), 0};
    ASSUME(room.size <= sizeof store);
}

/* The pen: prove_text.c */
void emrs_put(emrs_pen *pen, emrs_text text)
{
    PROVE(__CPROVER_r_ok(text.bytes, text.size) && __CPROVER_w_ok(pen->bytes, pen->size));
    pen->used += text.size;
}

const emrs_member emrs_error_members[EMRS_ERROR_MEMBER_COUNT];

int emrs_error_read(emrs_result *result, emrs_text header, const emrs_value values[])
{
    static const int codes[] = {EMRS_E_SERVICE, EMRS_E_AUTH, EMRS_E_THROTTLED, EMRS_E_PROXY};
    unsigned which = nondet_unsigned();
    ASSUME(which < 4);
    (void)header;
    (void)values;
    result->error = (emrs_error)nondet_int();
    result->error_name = any_text_of(EMRS_ERROR_NAME_SIZE_MAX);
    result->message = any_text_of(EMRS_MESSAGE_SIZE_MAX);
    ghost.named = result->error_name.size > 0;
    return codes[which];
}
void emrs_error_clean_name(emrs_text text)
{
    PROVE(text.size == 0 || __CPROVER_w_ok(text.bytes, text.size));
}
/* prove_errors.c */
uint16_t emrs_error_keep_texts(emrs_result *result, char *room, size_t size)
{
    size_t id_size = result->request_id.size, name_size = result->error_name.size,
           message_size = nondet_size();
    PROVE(__CPROVER_w_ok(room, size) && id_size + name_size <= size);
    ASSUME(message_size <= result->message.size && message_size <= size - id_size - name_size);
    result->request_id.bytes = room;
    result->error_name.bytes = room + id_size;
    result->message = (emrs_text){room + id_size + name_size, message_size};
    return (uint16_t)(id_size + name_size + message_size);
}
int emrs_error_of_reason(emrs_reason reason)
{
    int code = nondet_int();
    ASSUME(code < 0);
    (void)reason;
    return code;
}

/* A new attempt begins to send: nothing of it has happened yet. */
int emrs_request_write(emrs_call *call, uint32_t utc_s, emrs_pen *pen)
{
    (void)utc_s;
    pen->used = nondet_size();
    for (unsigned i = 0; i < EMRS_WINDOW_COUNT; i++)
        call->windows[i] = any_text();
    ASSUME(pen->used > 0 && call->windows[0].size > 0 && call->windows[2].size > 0);
    PROVE(operation.service.size == 0 || call->credentials.access_key_id.size > 0);
    ghost.shown = ghost.whole = ghost.strict = ghost.equal = ghost.named = false;
    ghost.status = 0;
    return nondet_bool() ? EMRS_OK : EMRS_E_RESOURCE;
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
int emrs_client_check_credentials(const emrs_client *client, emrs_result *result)
{
    const emrs_credentials *given = client->config.credentials;
    (void)result;
    return nondet_bool() && (given->access_key_id.size > 0 || given->renew_s == EMRS_RENEW_NOW)
               ? EMRS_DONE
               : EMRS_E_ARGUMENT;
}
uint32_t emrs_client_utc(const emrs_client *client, emrs_now now)
{
    (void)client;
    (void)now;
    return nondet_uint32();
}
bool emrs_client_learn_time(emrs_client *client, emrs_now now, const emrs_attempt *attempt,
                            const emrs_response *response)
{
    (void)now;
    (void)response;
    PROVE(attempt->verified && ghost.verified && ghost.whole); /* no other answer */
    client->offset_s = nondet_int();
    return nondet_bool();
}
void emrs_forget(emrs_client *client)
{
    (void)client;
}
emrs_retry emrs_retry_of(const emrs_result *result, const emrs_response *response,
                         bool was_misdated)
{
    (void)result;
    (void)was_misdated;
    (void)response;
    return (emrs_retry)nondet_int();
}
uint32_t emrs_retry_delay(emrs_retry retry, bool persistent, unsigned count, uint32_t random,
                          const emrs_response *response)
{
    (void)retry;
    (void)persistent;
    (void)count;
    (void)random;
    (void)response;
    return nondet_uint32();
}
uint8_t emrs_retry_take(uint16_t *tokens, emrs_retry retry)
{
    (void)retry;
    *tokens = (uint16_t)nondet_uint32();
    return (uint8_t)nondet_uint32();
}
void emrs_retry_refund(uint16_t *tokens, uint8_t cost)
{
    (void)cost;
    *tokens = (uint16_t)nondet_uint32();
}
bool emrs_clock_is_past(uint32_t now_ms, uint32_t until_ms)
{
    return now_ms - until_ms < 0x80000000u;
}
void emrs_wipe(void *memory, size_t size)
{
    PROVE(__CPROVER_w_ok(memory, size));
}

/* The invariant, between any two steps of a call that has not ended */

/* What the call records of its attempt is what happened. */
static bool is_believed(const emrs_call *call)
{
    const emrs_attempt *a = &call->attempt;
    bool exchanges = call->state == EMRS_MOVE_SEND || call->state == EMRS_MOVE_RECEIVE;
    return (!a->verified || ghost.verified) && (!exchanges || a->verified)
           && (call->state > EMRS_MOVE_CONNECT || (!a->verified && !a->shown))
           && (!a->shown || ghost.shown) && (!a->whole || (ghost.whole && a->verified))
           && (a->status == 0 || (a->whole && a->status == ghost.status))
           && (!a->confirmed
               || (a->status == 200 && (ghost.strict || operation.members == NULL) && ghost.equal))
           && (!a->refused || (a->whole && ghost.named)) && (!call->client->kept || ghost.verified)
           && (!call->client->kept || call->state == STARTED || call->state == EMRS_MOVE_WAIT
               || call->state == ENDED)
           && (!ghost.open || call->open || call->client->kept)
           && (!call->open || call->client->kept
               || (call->state != STARTED && call->state < EMRS_MOVE_WAIT) || call->state == ENDED)
           && (!call->client->kept || call->open || call->state != EMRS_MOVE_WAIT);
}

/* A request is signed with credentials. If there are none, the call asks for them. A call that is
 * not signed has none. */
static bool has_key(const emrs_call *call)
{
    const emrs_credentials *c = &call->credentials;
    bool asks = (c->renew_s | c->expires_s) != 0
                && (call->state == STARTED || call->state >= EMRS_MOVE_CLOSE);
    if (operation.service.size == 0)
        return c->access_key_id.size == 0 && (c->renew_s | c->expires_s) == 0;
    return call->state == ENDED || c->access_key_id.size > 0 || asks;
}

/* All later windows are empty. */
static bool is_last(const emrs_call *call)
{
    bool is = true;
    for (unsigned next = call->window + 1u; next < EMRS_WINDOW_COUNT; next++)
        is = is && call->windows[next].size == 0;
    return is;
}

/* If a last window was shown, the effect is not NONE. ACCEPTED ends the call, and DONE means
 * ACCEPTED. */
static bool is_true(const emrs_call *call)
{
    emrs_effect effect = emrs_effect_of(call->before, &call->attempt);
    bool accepted = effect == EMRS_EFFECT_ACCEPTED;
    return (unsigned)call->before <= EMRS_EFFECT_UNKNOWN
           && (!operation.changes || !ever_shown || call->attempt.shown
               || call->before != EMRS_EFFECT_NONE)
           && (operation.changes || call->before == EMRS_EFFECT_NONE)
           && (call->state >= EMRS_MOVE_CLOSE ? accepted == (call->code == EMRS_DONE) : !accepted)
           && (call->state >= EMRS_MOVE_CLOSE || !call->attempt.whole)
           && (!accepted || call->state == ENDED
               || (call->state == EMRS_MOVE_CLOSE && call->next == ENDED));
}

static bool is_answered(const emrs_response *r)
{
    return r->trailers || r->state >= ANSWERED;
}

static bool is_pen_at(const emrs_pen *pen, const char *at, size_t size)
{
    return pen->bytes == NULL ? pen->size == 0 && pen->used == 0
                              : pen->bytes == at && pen->size == size && pen->used <= size;
}

static bool is_safe(const emrs_call *call)
{
    const emrs_sieve *s = &call->sieve;
    const emrs_text *window = &call->windows[call->window < EMRS_WINDOW_COUNT ? call->window : 0];
    bool ok = call->response.status == 200;
    return call->kept_size + EMRS_REQUEST_SIZE_MAX <= WORK_SIZE
           && (call->last.status == 0 || call->last.code < 0)
           && (call->result->status == 0 || call->state >= EMRS_MOVE_CLOSE) && call->state <= ENDED
           && call->next <= ENDED
           && (call->next >= EMRS_MOVE_WAIT || call->state != EMRS_MOVE_CLOSE)
           && (call->state != EMRS_MOVE_SEND
               || (call->window < EMRS_WINDOW_COUNT && call->windows[2].size > 0))
           && (call->state != EMRS_MOVE_SEND || __CPROVER_r_ok(window->bytes, window->size))
           && call->response.error <= 0 && s->error <= 0 && call->code <= 0
           && (call->state > EMRS_MOVE_SEND || s->out.bytes == NULL)
           && (call->state != EMRS_MOVE_CONNECT || call->window == 0)
           && (operation.service.size > 0
               || (call->state != EMRS_MOVE_CREDENTIALS && call->next != EMRS_MOVE_CREDENTIALS))
           && (call->state != EMRS_MOVE_RECEIVE
               || (call->response.request_id.bytes != NULL && call->response.error == 0
                   && !emrs_response_is_done(&call->response)))
           && is_pen_at(&call->response.request_id, work, EMRS_REQUEST_ID_SIZE_MAX)
           && is_pen_at(&call->response.error_name, work + EMRS_REQUEST_ID_SIZE_MAX,
                        EMRS_ERROR_NAME_SIZE_MAX)
           && (s->out.bytes == NULL
               || (is_answered(&call->response)
                   && s->members == (ok ? operation.members : emrs_error_members)
                   && s->member_count == (ok ? operation.member_count : EMRS_ERROR_MEMBER_COUNT)
                   && __CPROVER_w_ok(s->out.bytes, s->out.size)));
}

/* The time of a state ends at the deadline or before it, but at most a day before. */
static bool is_timely(const emrs_call *call)
{
    const uint32_t *share_ms = &call->share_ms, *end_ms = &call->deadline_ms;
    bool waits = call->state >= EMRS_MOVE_WAIT
                 || (call->state == EMRS_MOVE_CLOSE && call->next == EMRS_MOVE_WAIT);
    if (call->state == STARTED || call->state == ENDED)
        return true;
    if (call->state < EMRS_MOVE_CLOSE && call->result->error == EMRS_ERROR_EXPIRED_TOKEN)
        return false;
    if (call->state < EMRS_MOVE_CLOSE)
        return *end_ms - *share_ms <= EMRS_TIMEOUT_MAX_MS
               && *end_ms - call->quiet_ms <= EMRS_TIMEOUT_MAX_MS;
    return !waits || *end_ms - call->wait_ms <= EMRS_TIMEOUT_MAX_MS
           || (call->wait_ms == call->now.ms && call->now.ms - *end_ms < 0x40000000u); /* at once */
}

static bool holds(const emrs_call *call)
{
    bool fresh = call->state != STARTED
                 || (call->before == EMRS_EFFECT_NONE && !call->open && !call->stopped);
    return fresh && is_believed(call) && is_true(call) && is_safe(call) && has_key(call);
}

/* A call in any state */

static emrs_client client;
static emrs_result result;
static emrs_credentials credentials;

static void any_client(void)
{
    any_operation();
    client = nondet_client();
    result = nondet_result();
    client.config.work = work;
    client.config.work_size = WORK_SIZE;
    client.config.credentials = operation.service.size > 0 ? &credentials : NULL;
    credentials = nondet_credentials();
    /* emrs_init checks this */
    ASSUME(client.config.timeout_ms > 0 && client.config.timeout_ms <= EMRS_TIMEOUT_MAX_MS
           && client.config.connect_timeout_ms <= EMRS_TIMEOUT_MAX_MS
           && client.config.receive_timeout_ms <= EMRS_TIMEOUT_MAX_MS);
    any_texts(&result);
    ever_shown = nondet_bool();
}

static emrs_call any_call(void)
{
    emrs_call call = nondet_call();
    any_client();
    call.client = &client;
    call.operation = &operation;
    call.result = &result;
    ASSUME(call.timeout_ms > 0 && call.timeout_ms <= EMRS_TIMEOUT_MAX_MS);
    any_texts(&call.last);
    call.windows[0] = any_text();
    call.windows[1] = any_text();
    call.windows[2] = any_text();
    call.response.request_id.bytes = nondet_bool() ? work : NULL;
    call.response.error_name.bytes = nondet_bool() ? work + EMRS_REQUEST_ID_SIZE_MAX : NULL;
    call.sieve.members = nondet_bool() ? NULL : nondet_bool() ? members : emrs_error_members;
    call.sieve.out.bytes = nondet_bool() ? NULL
                           : nondet_bool()
                               ? store
                               : work + EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX;
    ghost.verified = nondet_bool();
    ghost.shown = nondet_bool();
    ghost.whole = nondet_bool();
    ghost.strict = nondet_bool();
    ghost.equal = nondet_bool();
    ghost.named = nondet_bool();
    ghost.open = nondet_bool();
    ghost.status = nondet_int();
    return call;
}

static bool is_empty(const emrs_move *move)
{
    return move->send == NULL && move->receive == NULL && move->size == 0 && move->host == NULL
           && move->owner == NULL && !move->more;
}

/* The promise of the effect, for what a step returns */
static void prove_promise(const emrs_call *call, int code, const emrs_move *move)
{
    emrs_effect effect = result.effect;
    bool changes = operation.changes;
    PROVE(code == result.code);
    PROVE((effect != EMRS_EFFECT_ACCEPTED && code != EMRS_DONE)
          || (ghost.verified && ghost.shown && ghost.whole && ghost.status == 200
              && (ghost.strict || operation.members == NULL) && ghost.equal));
    PROVE(changes ? effect != EMRS_EFFECT_NONE || !ever_shown : effect == EMRS_EFFECT_NONE);
    PROVE(!changes
          || (code == EMRS_DONE) == (call->state == ENDED && effect == EMRS_EFFECT_ACCEPTED));
    PROVE((code <= EMRS_DONE) == (call->state == ENDED));
    PROVE(code > EMRS_DONE || is_empty(move));
    PROVE(code > EMRS_DONE || client.call == NULL);
    PROVE(code != EMRS_MOVE_SEND || (__CPROVER_r_ok(move->send, move->size) && ghost.verified));
    PROVE((move->owner == &client) == (code > EMRS_DONE && code <= EMRS_MOVE_RECEIVE));
    PROVE(code != EMRS_MOVE_RECEIVE || __CPROVER_w_ok(move->receive, move->size));
}

/* After the deadline a step shows at most one CLOSE, and then the call ends. It is so if the tick
 * never goes back, and is read within 12 days after the deadline: later, it may have wrapped. */
static void prove_deadline(const emrs_call *call, uint32_t before_ms, uint32_t now_ms, int code,
                           bool was_closing)
{
    bool runs = now_ms - before_ms < 0x80000000u;
    bool is_late = runs && now_ms - call->deadline_ms < 0x40000000u;
    bool is_early = runs && call->deadline_ms - now_ms <= EMRS_TIMEOUT_MAX_MS;
    PROVE(!(is_late || is_early) || is_timely(call));
    PROVE(!is_late || code <= EMRS_DONE || (code == EMRS_MOVE_CLOSE && !was_closing));
    REACHED(is_late && code == EMRS_MOVE_CLOSE);
    REACHED(is_late && code == EMRS_DONE);
}

static void prove_step(void)
{
    emrs_call call = any_call();
    client.call = &call;
    ASSUME(call.state < ENDED && holds(&call));
    ASSUME(is_timely(&call));
    uint8_t state = call.state;
    uint32_t before_ms = call.now.ms;
    emrs_report report = nondet_report();
    emrs_now now = nondet_now();
    emrs_move move;
    bool asked = state == EMRS_MOVE_CONNECT; /* CONNECT was shown */
    if (report.news == EMRS_NEWS_CONNECTED && asked)
        ghost.verified = report.detail == EMRS_PEER_PLAIN
                             ? !client.tls
                             : report.detail == EMRS_PEER_VERIFIED
                                   || report.detail == EMRS_PEER_VERIFIED_ELSEWHERE;
    int code = emrs_step(&call, now, report, &move);
    if (code == EMRS_MOVE_SEND && is_last(&call))
        ghost.shown = ever_shown = true;
    PROVE(code != EMRS_MOVE_SEND || move.more == !is_last(&call));
    if (code == EMRS_MOVE_CONNECT)
        ghost.verified = false;
    if (state == EMRS_MOVE_CLOSE && code != EMRS_MOVE_CLOSE)
        ghost.open = false;
    PROVE(code != EMRS_MOVE_CREDENTIALS || !ghost.open);
    PROVE(code != EMRS_MOVE_CONNECT || !ghost.open || state == EMRS_MOVE_CONNECT);
    ghost.open = ghost.open || code == EMRS_MOVE_CONNECT;
    prove_promise(&call, code, &move);
    prove_deadline(&call, state == STARTED ? now.ms : before_ms, now.ms, code,
                   state == EMRS_MOVE_CLOSE);
    PROVE(is_believed(&call));
    PROVE(is_true(&call));
    PROVE(is_safe(&call));
    PROVE(has_key(&call));
    PROVE(call.state != STARTED && (state != STARTED || code != EMRS_DONE));
    REACHED(state == STARTED && code == EMRS_MOVE_CONNECT);
    REACHED(state == STARTED && code == EMRS_MOVE_SEND);
    REACHED(state == EMRS_MOVE_CONNECT && code == EMRS_MOVE_SEND);
    REACHED(state == EMRS_MOVE_SEND && code == EMRS_MOVE_RECEIVE);
    REACHED(state == EMRS_MOVE_SEND && code == EMRS_MOVE_WAIT);
    REACHED(state == EMRS_MOVE_RECEIVE && code == EMRS_MOVE_CREDENTIALS);
    REACHED(state == STARTED && code == EMRS_MOVE_CREDENTIALS);
    REACHED(state == STARTED && code == EMRS_MOVE_CLOSE);
    REACHED(state == EMRS_MOVE_CLOSE && code == EMRS_MOVE_CREDENTIALS);
    REACHED(state == EMRS_MOVE_WAIT && code == EMRS_MOVE_CREDENTIALS);
    REACHED(state == EMRS_MOVE_CREDENTIALS && code == EMRS_MOVE_CONNECT);
    REACHED(state == EMRS_MOVE_CREDENTIALS && code == EMRS_E_CREDENTIALS
            && result.effect == EMRS_EFFECT_UNKNOWN);
    REACHED(state == EMRS_MOVE_RECEIVE && code == EMRS_DONE);
    REACHED(state == EMRS_MOVE_CLOSE && code == EMRS_DONE);
    REACHED(state == EMRS_MOVE_CLOSE && code == EMRS_MOVE_WAIT);
    REACHED(state == EMRS_MOVE_WAIT && code == EMRS_MOVE_CONNECT
            && result.effect == EMRS_EFFECT_UNKNOWN);
    REACHED(state == EMRS_MOVE_WAIT && code == EMRS_MOVE_SEND);
    REACHED(code == EMRS_E_STOPPED && result.effect == EMRS_EFFECT_NONE);
    REACHED(code == EMRS_E_TIMEOUT && result.effect == EMRS_EFFECT_UNKNOWN);
    REACHED(code < 0 && result.effect == EMRS_EFFECT_REFUSED);
    REACHED(code == EMRS_DONE && !operation.changes && operation.members == NULL);
    REACHED(code == EMRS_DONE && operation.service.size == 0 && operation.prepare != NULL);
    REACHED(code == EMRS_E_SPACE && state == EMRS_MOVE_CLOSE);
    PROVE(code != EMRS_MOVE_CREDENTIALS || operation.service.size > 0);
}

static void prove_base(void)
{
    emrs_call call;
    any_client();
    ever_shown = false;
    ghost.open = client.kept;
    ghost.verified = client.kept; /* prove_step: a call keeps only a verified stream */
    client.call = NULL;
    int code = emrs_call_start(&call, &client, &operation, NULL, NULL, &result);
    PROVE(code < 0 || (code == EMRS_OK && holds(&call) && call.state < ENDED));
    PROVE(code == 0 || (call.state == ENDED && call.code == code && code < 0));
    REACHED(code == EMRS_OK);
    REACHED(code < 0);
}

/* After emrs_init was called on its client, a call ends and shows no move. If only the CLOSE was
 * left to do, its result stays as it was. */
static void prove_forgotten(void)
{
    emrs_call call = any_call();
    emrs_move move;
    ASSUME(call.state < ENDED);
    int code = call.state == EMRS_MOVE_CLOSE && call.next == ENDED ? call.code : EMRS_E_STATE;
    client.call = NULL;
    PROVE(emrs_step(&call, nondet_now(), nondet_report(), &move) == code);
    PROVE(is_empty(&move) && call.state == ENDED && result.code == code);
    call.state = STARTED;
    call.client = NULL; /* never started */
    PROVE(emrs_step(&call, nondet_now(), nondet_report(), &move) == EMRS_E_STATE);
}

/* After its end a call returns the same code for any report, and changes nothing. */
static void prove_sticky(void)
{
    emrs_call call = any_call();
    emrs_move move;
    call.state = ENDED;
    emrs_effect effect = result.effect;
    int before = call.code;
    PROVE(emrs_step(&call, nondet_now(), nondet_report(), &move) == before && is_empty(&move));
    PROVE(result.effect == effect && call.state == ENDED && call.code == before);
}

void proof(void)
{
    if (nondet_bool())
        prove_base();
    else if (nondet_bool())
        prove_sticky();
    else if (nondet_bool())
        prove_forgotten();
    else
        prove_step();
}
