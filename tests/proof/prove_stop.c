/* SPDX-License-Identifier: MIT */
/* function: all of stop.c: the rules for effect, seen and guard, and the end of the wait
 * method: induction over steps, ghost record of every call
 * bound: any number of steps, any report, any call within the contract of emrs_step
 * unwind: 10
 * options: --object-bits 10
 * claims: --no-standard-checks
 * control: stop.c s/return EMRS_GUARD_TAG;/continue;/
 * control: stop.c s/emrs_effect_with(stop->before, result->cancel.effect)/result->cancel.effect/
 * control: stop.c s/is_live \&\& may_cancel/may_cancel/
 * control: stop.c s/count < EMRS_STOP_CANCEL_COUNT_MAX/count <= EMRS_STOP_CANCEL_COUNT_MAX/
 * control: stop.c s/!run->name_cut \&\& //
 * control: stop.c s/else if (stop->call.timeout_ms > most_ms)/else if (false)/
 * control: stop.c s/stop->is_timed \&\& emrs_clock_is_past(now_ms, stop->deadline_ms)/false/
 */
#include "proof.h"

#include "stop.c"
#include "effect.c"

enum { BYTES = 16 };
static char bytes[BYTES]; /* what slices point to */
static emrs_stop stop;
static emrs_client client;
static emrs_tag tags[EMRS_TAG_COUNT_MAX];

emrs_client nondet_client(void);
emrs_stop nondet_stop(void);
emrs_result nondet_result(void);
emrs_job_run nondet_run(void);
emrs_attempt nondet_attempt(void);
emrs_report nondet_report(void);
emrs_move nondet_move(void);
emrs_now nondet_now(void);
uint32_t nondet_uint32(void);
uint8_t nondet_uint8(void);

/* What really happened, as the stubs of the calls record it */
static struct {
    emrs_effect before, current; /* of the cancellations that have ended, and of the last one */
    unsigned cancel_count;
    emrs_seen seen;       /* by the last whole look */
    bool is_live;         /* by the last look, if no cancellation began after it */
    bool guard_was_equal; /* all that the guard expects was compared, and is equal */
    unsigned equal_count;
    bool is_stepped; /* in this step */
    uint32_t now_ms;
} ghost;

static emrs_text any_text(void)
{
    size_t size = nondet_size();
    ASSUME(size <= BYTES);
    return (emrs_text){bytes, size};
}

/* The functions of lower levels, by their contracts */

bool emrs_client_is_ready(const emrs_client *of)
{
    return of->ready != 0;
}
int emrs_client_refuse(emrs_result *result, emrs_field field, emrs_rule rule)
{
    result->field = field;
    result->rule = rule;
    return EMRS_E_ARGUMENT;
}
bool emrs_clock_is_past(uint32_t now_ms, uint32_t until_ms)
{
    return now_ms - until_ms < 0x80000000u; /* clock.c */
}
uint32_t emrs_retry_part(uint32_t ms, uint32_t random)
{
    uint32_t part = nondet_uint32();
    (void)random;
    ASSUME(part <= ms);
    return part;
}
bool emrs_text_is(emrs_text a, emrs_text b)
{
    bool is = nondet_bool();
    (void)a;
    (void)b;
    ghost.equal_count += is;
    return is;
}
uint16_t emrs_error_keep_texts(emrs_result *result, char *room, size_t size)
{
    PROVE(__CPROVER_w_ok(room, size));
    PROVE(result->request_id.size + result->error_name.size <= size);
    return nondet_uint8();
}
static emrs_field check(const void *input, emrs_rule *rule)
{
    (void)input;
    *rule = EMRS_RULE_NONE;
    return nondet_bool() ? EMRS_FIELD_NONE : EMRS_FIELD_JOB_RUN_ID;
}
const emrs_operation emrs_operation_cancel_job_run = {.check = check};
const emrs_operation emrs_operation_get_job_run = {.check = check};

static bool has_expectations(void)
{
    return stop.config.expected_name.size > 0 || stop.config.expected_tag_count > 0;
}

int emrs_call_start(emrs_call *call, emrs_client *of, const emrs_operation *operation,
                    const void *input, void *output, emrs_result *result)
{
    bool is_cancel = operation == &emrs_operation_cancel_job_run;
    int code = nondet_bool() ? EMRS_OK : EMRS_E_ARGUMENT;
    PROVE(call == &stop.call && of == &client && client.call == NULL);
    PROVE(is_cancel
              ? input == &stop.config.input && result == &stop.result.cancel
              : input == &stop.look && output == &stop.result.run && result == &stop.result.look);
    *result = (emrs_result){.code = code < 0 ? code : EMRS_MOVE_CONNECT};
    if (is_cancel) {
        PROVE(!has_expectations() || ghost.guard_was_equal); /* only if the guard holds */
        PROVE(ghost.before != EMRS_EFFECT_ACCEPTED && ghost.current != EMRS_EFFECT_ACCEPTED);
        PROVE(ghost.cancel_count == 0 || ghost.is_live); /* again only if it is live */
        PROVE(ghost.cancel_count > 0 || !has_expectations() || ghost.is_live);
        PROVE(!is_over(ghost.seen));
    }
    if (code < 0)
        return code;
    if (is_cancel) {
        ghost.before = emrs_effect_with(ghost.before, ghost.current);
        ghost.current = EMRS_EFFECT_NONE;
        ghost.cancel_count++;
        ghost.is_live = false;
        PROVE(ghost.cancel_count <= EMRS_STOP_CANCEL_COUNT_MAX);
    }
    client.call = call;
    call->timeout_ms = client.config.timeout_ms;
    return EMRS_OK;
}

static void any_result(emrs_result *result, int code)
{
    *result = nondet_result();
    result->code = code;
    result->request_id = result->error_name = result->message = any_text();
}

/* A cancellation: DONE exactly if it was accepted (prove_call.c). */
static void step_cancel(int code)
{
    any_result(&stop.result.cancel, code);
    emrs_effect effect = stop.result.cancel.effect;
    ASSUME(effect >= EMRS_EFFECT_NONE && effect <= EMRS_EFFECT_ACCEPTED);
    ASSUME(code > EMRS_DONE || (code == EMRS_DONE) == (effect == EMRS_EFFECT_ACCEPTED));
    ASSUME(effect != EMRS_EFFECT_ACCEPTED || code == EMRS_DONE || code == EMRS_MOVE_CLOSE);
    /* ACCEPTED is never changed: only CLOSE can follow */
    ASSUME(ghost.current != EMRS_EFFECT_ACCEPTED || effect == EMRS_EFFECT_ACCEPTED);
    ghost.current = effect;
}

static void step_look(int code)
{
    any_result(&stop.result.look, code);
    if (nondet_bool())
        empty_run(&stop); /* the body of an answer began */
    if (code == EMRS_DONE) {
        stop.result.run = nondet_run();
        ghost.seen = seen_of(stop.result.run.state);
        ghost.is_live = ghost.seen == EMRS_SEEN_LIVE;
        ghost.equal_count = 0;
    } else if (code < 0 && stop.result.look.error == EMRS_ERROR_RESOURCE_NOT_FOUND
               && emrs_effect_of(EMRS_EFFECT_NONE, &stop.call.attempt) == EMRS_EFFECT_REFUSED) {
        ghost.seen = EMRS_SEEN_GONE;
    }
}

int emrs_step(emrs_call *call, emrs_now now, emrs_report report, emrs_move *move)
{
    int code = nondet_int();
    (void)report;
    PROVE(call == &stop.call && (stop.state == LOOKING || stop.state == CANCELLING));
    ASSUME(code > EMRS_E_GUARD && code <= EMRS_MOVE_CREDENTIALS);
    ghost.is_stepped = true;
    *move = nondet_move();
    call->attempt = nondet_attempt();
    if (client.call != call) /* emrs_init was called: it ends */
        ASSUME(code <= EMRS_DONE);
    if (stop.state == CANCELLING)
        step_cancel(code);
    else
        step_look(code);
    if (code <= EMRS_DONE && client.call == call)
        client.call = NULL;
    (void)now;
    return code;
}

/* What holds between two steps */

static bool fits_guard(void)
{
    const emrs_stop_result *r = &stop.result;
    switch (r->guard) {
    case EMRS_GUARD_HOLDS:
        return !has_expectations() || ghost.guard_was_equal;
    case EMRS_GUARD_UNSEEN:
        return has_expectations() && ghost.cancel_count == 0
               && (stop.state == LOOKING || stop.state == ENDED);
    default:
        return has_expectations() && ghost.cancel_count == 0 && stop.state == ENDED;
    }
}

static bool fits_effect(void)
{
    const emrs_stop_result *r = &stop.result;
    return r->effect == emrs_effect_with(ghost.before, ghost.current)
           && r->cancel_count == ghost.cancel_count
           && ghost.cancel_count <= EMRS_STOP_CANCEL_COUNT_MAX
           && (stop.state != CANCELLING
               || (stop.before == ghost.before && ghost.before != EMRS_EFFECT_ACCEPTED
                   && ghost.cancel_count > 0))
           && (ghost.cancel_count > 0 || r->effect == EMRS_EFFECT_NONE)
           && (stop.state == CANCELLING || ghost.cancel_count == 0
               || (r->cancel.code <= EMRS_DONE
                   && (r->cancel.code == EMRS_DONE) == (ghost.current == EMRS_EFFECT_ACCEPTED)));
}

static bool fits_state(void)
{
    const emrs_stop_result *r = &stop.result;
    bool may_cancel_next = ghost.is_live && r->effect != EMRS_EFFECT_ACCEPTED
                           && r->guard == EMRS_GUARD_HOLDS
                           && ghost.cancel_count < EMRS_STOP_CANCEL_COUNT_MAX;
    return r->seen == ghost.seen && stop.config.client == &client
           && (!ghost.is_live || r->seen == EMRS_SEEN_LIVE || r->seen == EMRS_SEEN_GONE)
           && (stop.state == ENDED || !is_over(r->seen))
           && (stop.state != TO_CANCEL || may_cancel_next)
           && (stop.state != TO_LOOK || (stop.is_timed && r->guard == EMRS_GUARD_HOLDS))
           && (stop.state != ENDED || r->code <= EMRS_DONE)
           && stop.pause_ms >= EMRS_STOP_PAUSE_MIN_MS && stop.pause_ms <= EMRS_STOP_PAUSE_MAX_MS;
}

static bool is_invariant(void)
{
    return stop.state >= LOOKING && stop.state <= ENDED && fits_guard() && fits_effect()
           && fits_state();
}

static void any_config(void)
{
    emrs_stop_config *config = &stop.config;
    config->client = &client;
    config->expected_name = any_text();
    config->expected_tags = tags;
    ASSUME(config->expected_tag_count <= EMRS_TAG_COUNT_MAX);
    ASSUME(config->wait_ms <= EMRS_TIMEOUT_MAX_MS);
    ASSUME(client.config.timeout_ms > 0 && client.config.timeout_ms <= EMRS_TIMEOUT_MAX_MS);
    config->store_size = EMRS_STOP_STORE_SIZE((size_t)config->expected_tag_count);
    config->store = any_bytes(config->store_size);
}

/* If a look sets the guard to HOLDS, all that is expected was compared completely, and is equal. */
static void note_guard(emrs_guard before)
{
    const emrs_job_run *run = &stop.result.run;
    uint8_t count = stop.config.expected_tag_count;
    unsigned expected = count + (stop.config.expected_name.size > 0 ? 1u : 0u);
    if (before != EMRS_GUARD_UNSEEN || stop.result.guard != EMRS_GUARD_HOLDS)
        return;
    PROVE(ghost.equal_count == expected);
    PROVE(stop.config.expected_name.size == 0 || !run->name_cut);
    PROVE((run->tags_there & ((1u << count) - 1u)) == (1u << count) - 1u);
    ghost.guard_was_equal = true;
}

static void prove_outcome(void)
{
    const emrs_stop_result *r = &stop.result;
    emrs_outcome outcome = emrs_stop_outcome(r);
    PROVE(outcome != EMRS_OUTCOME_OVER || is_over(ghost.seen));
    PROVE(outcome != EMRS_OUTCOME_STOPPING || r->effect == EMRS_EFFECT_ACCEPTED
          || ghost.seen == EMRS_SEEN_STOPPING);
    PROVE(outcome != EMRS_OUTCOME_HELD || ghost.cancel_count == 0);
    PROVE((outcome != EMRS_OUTCOME_REFUSED && outcome != EMRS_OUTCOME_NOT_SENT)
          || r->effect == EMRS_EFFECT_NONE || r->effect == EMRS_EFFECT_REFUSED);
    PROVE(r->code != EMRS_DONE || outcome == EMRS_OUTCOME_OVER
          || (outcome == EMRS_OUTCOME_STOPPING && !stop.config.wait));
    REACHED(outcome == EMRS_OUTCOME_HELD && is_over(ghost.seen));
    REACHED(outcome == EMRS_OUTCOME_REFUSED && r->guard == EMRS_GUARD_UNSEEN);
}

static void prove_start(void)
{
    emrs_stop_config config = nondet_stop().config;
    stop = nondet_stop();
    client = nondet_client();
    memset(&ghost, 0, sizeof ghost);
    stop.config = config;
    any_config();
    config = stop.config;
    config.wait_ms = nondet_uint32();
    client.call = NULL;
    int code = emrs_stop_start(&stop, &config);
    PROVE(code < 0 ? stop.result.code == code && stop.state == ENDED && client.call == NULL
                   : is_invariant() && client.call == &stop.call && stop.state != ENDED);
    PROVE(code < 0 || (has_expectations() ? stop.state == LOOKING : stop.state == CANCELLING));
    REACHED(code == EMRS_OK && has_expectations());
    REACHED(code == EMRS_E_SPACE || code == EMRS_E_STATE);
}

static void prove_step(void)
{
    stop = nondet_stop();
    client = nondet_client();
    any_config();
    ghost.before = stop.before;
    ghost.current = (emrs_effect)nondet_uint8();
    ghost.cancel_count = nondet_uint8();
    ghost.seen = (emrs_seen)nondet_uint8();
    ghost.is_live = nondet_bool();
    ghost.guard_was_equal = nondet_bool();
    ghost.is_stepped = false;
    if (stop.state != CANCELLING)
        ghost.before = (emrs_effect)nondet_uint8();
    ASSUME(ghost.before <= EMRS_EFFECT_ACCEPTED && ghost.current <= EMRS_EFFECT_ACCEPTED);
    ASSUME(ghost.seen <= EMRS_SEEN_GONE && stop.result.guard <= EMRS_GUARD_UNSEEN);
    stop.result.cancel.request_id = stop.result.cancel.error_name = any_text();
    ASSUME(is_invariant());
    bool is_lost = nondet_bool() || stop.state == ENDED;
    client.call = is_lost ? NULL : &stop.call;

    emrs_stop before = stop;
    emrs_move move;
    emrs_now now = nondet_now();
    bool was_waiting = is_waiting(&stop);
    bool is_late = stop.is_timed && emrs_clock_is_past(now.ms, stop.deadline_ms)
                   && emrs_clock_is_past(now.ms, stop.next_ms);
    ghost.now_ms = now.ms;
    int code = emrs_stop_step(&stop, now, nondet_report(), &move);
    note_guard(before.result.guard);

    PROVE(is_invariant());
    PROVE(stop.result.code == code);
    PROVE(code > EMRS_DONE ? client.call == &stop.call : client.call == NULL);
    PROVE((code > EMRS_DONE) == (stop.state != ENDED));
    PROVE(!was_waiting || !is_late || code <= EMRS_DONE); /* after its time the machine ends */
    PROVE(!is_waiting(&stop) || (code == EMRS_MOVE_WAIT && move.until_ms == stop.next_ms));
    PROVE(before.state != ENDED || (code == before.result.code && !ghost.is_stepped));
    PROVE(!is_lost || code <= EMRS_DONE);
    /* A call that begins before the deadline gets only the time that is left. */
    PROVE(!was_waiting || !ghost.is_stepped || !before.is_timed || stop.state == ENDED
          || is_waiting(&stop) || stop.call.timeout_ms <= before.deadline_ms - now.ms);
    if (stop.state == ENDED && before.state != ENDED)
        prove_outcome();
    REACHED(stop.state == CANCELLING && ghost.cancel_count == 3);
    REACHED(stop.state == TO_CANCEL && ghost.cancel_count == 2);
    REACHED(code == EMRS_E_TIMEOUT && is_late);
    REACHED(code == EMRS_DONE && ghost.seen == EMRS_SEEN_STOPPED);
    REACHED(code == EMRS_E_GUARD && stop.result.guard == EMRS_GUARD_TAG);
    REACHED(stop.state == TO_CANCEL && before.result.guard == EMRS_GUARD_UNSEEN);
}

void proof(void)
{
    if (nondet_bool())
        prove_start();
    else
        prove_step();
}
