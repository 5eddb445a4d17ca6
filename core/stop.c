/* SPDX-License-Identifier: MIT */
/* Cancels a job run and finds out what became of it: decides which call follows the one that has
 * ended. It uses the public functions of call.c, and two members of emrs_call: `attempt`, how the
 * last attempt ended, and `timeout_ms`. */
#include "emrs_stop.h"

#include "client.h"
#include "clock.h"
#include "effect.h"
#include "errors.h"
#include "emrs_config.h"
#include "operation.h"
#include "retry.h"
#include "emrs_text.h"

/* LOOKING and CANCELLING: a call is in flight, and its moves are returned. TO_LOOK and TO_CANCEL: a
 * step returns WAIT until next_ms, and then that call begins. Each call but the first begins after
 * a WAIT, even if that ends at once. So emrs_now.utc_s is needed only at such a step and at the
 * first. */
enum { NOT_STARTED = 0, LOOKING, CANCELLING, TO_LOOK, TO_CANCEL, ENDED };

enum { GO_ON = 1 }; /* what the functions below return if the machine has not ended */

EMRS_STATIC_ASSERT(stop_times_are_wrap_safe,
                   EMRS_STOP_PAUSE_MIN_MS > 0 && EMRS_STOP_PAUSE_MIN_MS <= EMRS_STOP_PAUSE_MAX_MS
                       && EMRS_STOP_PAUSE_MAX_MS <= EMRS_TIMEOUT_MAX_MS
                       && EMRS_STOP_AGAIN_MS <= EMRS_TIMEOUT_MAX_MS && EMRS_LOOK_TIMEOUT_MS > 0
                       && EMRS_LOOK_TIMEOUT_MS <= EMRS_TIMEOUT_MAX_MS);

static bool is_waiting(const emrs_stop *stop)
{
    return stop->state == TO_LOOK || stop->state == TO_CANCEL;
}

/* Whether the client is still busy with this machine. It is so from the start to the end, also
 * between two calls, so that no other call can begin. */
static bool has_client(const emrs_stop *stop)
{
    return stop->config.client->call == &stop->call;
}

/* The start */

static bool has_guard(const emrs_stop_config *config)
{
    return config->expected_name.size > 0 || config->expected_tag_count > 0;
}

/* Both operations need a work buffer of the same size, which the start of the first call checks. */
static int check_space(const emrs_stop_config *config, emrs_result *result)
{
    const size_t store_size = EMRS_STOP_STORE_SIZE((size_t)config->expected_tag_count);
    if (config->store != NULL && config->store_size >= store_size)
        return EMRS_OK;
    result->needed_size = store_size;
    return EMRS_E_SPACE;
}

/* Checks the inputs of both operations at the start, since the second call begins later. */
static int check_config(const emrs_stop_config *config, emrs_result *result)
{
    emrs_rule rule;
    emrs_field field = emrs_operation_cancel_job_run.check(&config->input, &rule);
    if (field != EMRS_FIELD_NONE)
        return emrs_client_refuse(result, field, rule);
    if (config->expected_name.size > EMRS_NAME_SIZE_MAX)
        return emrs_client_refuse(result, EMRS_FIELD_EXPECTED_NAME, EMRS_RULE_TOO_LONG);
    if (config->expected_tag_count > EMRS_TAG_COUNT_MAX)
        return emrs_client_refuse(result, EMRS_FIELD_TAG_KEY, EMRS_RULE_RANGE);
    if (config->wait_ms > EMRS_TIMEOUT_MAX_MS)
        return emrs_client_refuse(result, EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    return check_space(config, result);
}

/* Empties what is kept of a look. */
static void empty_run(emrs_stop *stop)
{
    const emrs_stop_config *config = &stop->config;
    stop->result.run = (emrs_job_run){.store = (char *)config->store + EMRS_STOP_TEXTS_SIZE,
                                      .store_size = config->store_size - EMRS_STOP_TEXTS_SIZE};
}

static int start_look(emrs_stop *stop)
{
    int code = emrs_get_job_run_start(&stop->call, stop->config.client, &stop->look,
                                      &stop->result.run, &stop->result.look);
    stop->state = LOOKING;
    stop->result.look_count = (uint16_t)(stop->result.look_count + (code == EMRS_OK));
    return code;
}

/* The new call uses the work buffer, so the texts of the look before it are lost. */
static int start_cancel(emrs_stop *stop)
{
    emrs_result *look = &stop->result.look;
    int code = emrs_cancel_job_run_start(&stop->call, stop->config.client, &stop->config.input,
                                         &stop->result.cancel);
    look->request_id = look->error_name = look->message = EMRS_TEXT("");
    stop->state = CANCELLING;
    stop->before = stop->result.effect;
    stop->result.cancel_count = (uint8_t)(stop->result.cancel_count + (code == EMRS_OK));
    return code;
}

static int start_first(emrs_stop *stop)
{
    const emrs_stop_config *config = &stop->config;
    int code = check_config(config, &stop->result.cancel);
    if (code < 0)
        return code;
    for (unsigned i = 0; i < config->expected_tag_count; i++)
        stop->tag_keys[i] = config->expected_tags[i].key;
    stop->look = (emrs_get_job_run_input){.application_id = config->input.application_id,
                                          .job_run_id = config->input.job_run_id,
                                          .tag_keys = stop->tag_keys,
                                          .tag_count = config->expected_tag_count};
    empty_run(stop);
    if (!has_guard(config))
        return start_cancel(stop);
    stop->result.guard = EMRS_GUARD_UNSEEN;
    code = start_look(stop);
    if (code < 0)
        stop->result.cancel = stop->result.look;
    return code;
}

int emrs_stop_start(emrs_stop *stop, const emrs_stop_config *config)
{
    const emrs_client *client = config->client;
    bool is_ready = emrs_client_is_ready(client);
    if (is_ready && client->call == &stop->call)
        return EMRS_E_STATE; /* the machine in flight goes on */
    memset(stop, 0, sizeof *stop);
    stop->config = *config;
    stop->result.cancel.code = stop->result.look.code = EMRS_E_STATE; /* until they are made */
    stop->pause_ms = EMRS_STOP_PAUSE_MIN_MS;
    int code = is_ready && client->call == NULL ? start_first(stop) : EMRS_E_STATE;
    if (code < 0) {
        stop->state = ENDED;
        stop->result.cancel.code = code;
    }
    stop->result.code = code < 0 ? code : EMRS_MOVE_CONNECT;
    return code;
}

/* What a look says */

static emrs_seen seen_of(emrs_job_run_state state)
{
    switch (state) {
    case EMRS_JOB_RUN_CANCELLING:
        return EMRS_SEEN_STOPPING;
    case EMRS_JOB_RUN_CANCELLED:
        return EMRS_SEEN_STOPPED;
    case EMRS_JOB_RUN_SUCCESS:
    case EMRS_JOB_RUN_FAILED:
        return EMRS_SEEN_ENDED;
    default:
        return EMRS_SEEN_LIVE;
    }
}

static bool is_over(emrs_seen seen)
{
    return seen == EMRS_SEEN_STOPPED || seen == EMRS_SEEN_ENDED;
}

/* Notes what a complete look said, and when it was signed. */
static void note_seen(emrs_stop *stop, emrs_seen seen)
{
    const emrs_attempt *attempt = &stop->call.attempt;
    stop->result.seen = seen;
    stop->result.state = stop->result.run.state;
    stop->result.seen_s = attempt->signed_s;
    stop->answer_count++;
}

/* Whether the service itself said that it does not know the job run. */
static bool is_gone(const emrs_stop *stop)
{
    return stop->result.look.error == EMRS_ERROR_RESOURCE_NOT_FOUND
           && emrs_effect_of(EMRS_EFFECT_NONE, &stop->call.attempt) == EMRS_EFFECT_REFUSED;
}

static bool name_fits(const emrs_stop *stop)
{
    emrs_text expected = stop->config.expected_name;
    const emrs_job_run *run = &stop->result.run;
    return expected.size == 0 || (!run->name_cut && emrs_text_is(run->name, expected));
}

static emrs_guard check_guard(emrs_stop *stop)
{
    emrs_stop_result *result = &stop->result;
    if (!name_fits(stop))
        return EMRS_GUARD_NAME;
    for (uint8_t i = 0; i < stop->config.expected_tag_count; i++) {
        result->guard_tag = i;
        if (!emrs_has_bit(result->run.tags_there, i)
            || !emrs_text_is(result->run.tags[i], stop->config.expected_tags[i].value))
            return EMRS_GUARD_TAG;
    }
    result->guard_tag = 0;
    return EMRS_GUARD_HOLDS;
}

/* Time */

/* ret: the longest wait. The default is the grace period and EMRS_STOP_EXTRA_MS. A grace period
 *      that was not checked may have any value, so it is limited here. */
static uint32_t wait_of(const emrs_stop *stop)
{
    const emrs_stop_config *config = &stop->config;
    const int32_t grace_max_s = (int32_t)((EMRS_TIMEOUT_MAX_MS - EMRS_STOP_EXTRA_MS) / 1000u);
    int32_t grace_s = config->input.grace == EMRS_GRACE_ABSENT
                          ? EMRS_STOP_GRACE_S
                          : config->input.shutdown_grace_period_s;
    if (!config->wait)
        return config->client->config.timeout_ms;
    if (config->wait_ms > 0)
        return config->wait_ms;
    if (grace_s < 0)
        grace_s = 0;
    if (grace_s > grace_max_s)
        grace_s = grace_max_s;
    return (uint32_t)grace_s * 1000u + EMRS_STOP_EXTRA_MS;
}

/* Takes the next pause, and lets the pause after it be 1.5 times as long.
 * ret: the next pause in ms; its second half is random */
static uint32_t take_pause(emrs_stop *stop, uint32_t random)
{
    uint32_t half_ms = stop->pause_ms / 2u, pause_ms = stop->pause_ms;
    stop->pause_ms =
        pause_ms < EMRS_STOP_PAUSE_MAX_MS - half_ms ? pause_ms + half_ms : EMRS_STOP_PAUSE_MAX_MS;
    return pause_ms - half_ms + emrs_retry_part(half_ms, random);
}

/* Looks after a pause. The first time it also starts the wait: after the first cancellation, or
 * after the look that made a cancellation unnecessary. */
static void look_later(emrs_stop *stop, emrs_now now, uint32_t pause_ms)
{
    if (!stop->is_timed)
        stop->deadline_ms = now.ms + wait_of(stop);
    stop->is_timed = true;
    stop->next_ms = now.ms + pause_ms;
    if (emrs_clock_is_past(stop->next_ms, stop->deadline_ms))
        stop->next_ms = stop->deadline_ms;
    stop->state = TO_LOOK;
}

/* What follows */

static bool is_accepted(const emrs_stop_result *result)
{
    return result->effect == EMRS_EFFECT_ACCEPTED || result->seen == EMRS_SEEN_STOPPING;
}

/* Whether to cancel a job run that was just seen live, for the first time or again. */
static bool may_cancel(const emrs_stop *stop, uint32_t now_ms)
{
    uint8_t count = stop->result.cancel_count;
    return count == 0
           || (count < EMRS_STOP_CANCEL_COUNT_MAX
               && emrs_clock_is_past(now_ms, stop->cancelled_ms + EMRS_STOP_AGAIN_MS));
}

/* Whether no look is needed after a cancellation that was not accepted. After a validation error
 * the job run may have ended. A look that does not show it yet may be old, so some more follow. */
static bool is_settled(const emrs_stop *stop)
{
    const emrs_stop_result *result = &stop->result;
    if (result->cancel_count == 0 || result->effect == EMRS_EFFECT_UNKNOWN)
        return false;
    return result->effect == EMRS_EFFECT_NONE || result->cancel.error != EMRS_ERROR_VALIDATION
           || stop->answer_count == EMRS_STOP_LOOK_COUNT;
}

/* Decides what follows the end of a call.
 * in:  is_live: it was a look, and it saw the job run live
 * ret: GO_ON: stop->state is the next state; else the final code */
static int decide(emrs_stop *stop, emrs_now now, bool is_live)
{
    const emrs_stop_result *result = &stop->result;
    if (is_over(result->seen))
        return EMRS_DONE;
    if (is_accepted(result)) {
        if (!stop->config.wait)
            return EMRS_DONE;
        look_later(stop, now, take_pause(stop, now.random));
        return GO_ON;
    }
    if (is_settled(stop))
        return result->cancel.code;
    if (is_live && may_cancel(stop, now.ms)) {
        stop->next_ms = now.ms;
        stop->state = TO_CANCEL;
    } else {
        bool is_soon = stop->state == CANCELLING;
        look_later(stop, now, is_soon ? 0 : take_pause(stop, now.random));
    }
    return GO_ON;
}

/* ret: the final code when the time has passed */
static int late_code(const emrs_stop_result *result)
{
    return is_accepted(result) || result->cancel_count == 0 ? EMRS_E_TIMEOUT : result->cancel.code;
}

/* The end of a call */

/* Whether another look would end with the same error. */
static bool is_lasting(int code)
{
    return code == EMRS_E_AUTH || code == EMRS_E_ARGUMENT || code == EMRS_E_INSECURE
           || code == EMRS_E_PORT;
}

/* Takes the result of the guard's look.      ret: GO_ON, or the final code */
static int end_first_look(emrs_stop *stop, int code)
{
    if (code == EMRS_DONE)
        stop->result.guard = check_guard(stop);
    if (stop->result.guard == EMRS_GUARD_HOLDS)
        return GO_ON;
    return code == EMRS_E_STOPPED || code == EMRS_E_STATE ? code : EMRS_E_GUARD;
}

/* Takes the result of a look.      ret: as above */
static int end_look(emrs_stop *stop, int code)
{
    emrs_stop_result *result = &stop->result;
    if (code == EMRS_DONE) {
        note_seen(stop, seen_of(result->run.state));
    } else if (is_gone(stop)) {
        empty_run(stop);
        note_seen(stop, EMRS_SEEN_GONE);
    }
    if (result->guard == EMRS_GUARD_UNSEEN)
        return end_first_look(stop, code);
    return is_lasting(code) ? code : GO_ON;
}

/* Moves the texts of the result into the store, before the next call uses the work buffer.
 * ret: as above */
static int end_cancel(emrs_stop *stop, emrs_now now)
{
    (void)emrs_error_keep_texts(&stop->result.cancel, stop->config.store, EMRS_STOP_TEXTS_SIZE);
    stop->cancelled_ms = now.ms;
    stop->pause_ms = EMRS_STOP_PAUSE_MIN_MS;
    stop->answer_count = 0;
    return GO_ON;
}

static void finish(emrs_stop *stop, int code)
{
    if (has_client(stop))
        stop->config.client->call = NULL;
    stop->state = ENDED;
    stop->result.code = code;
}

/* Ends the machine with `end`, or goes on.
 * in:  had_client: whether the client was still busy with this machine before the call ended */
static void end_or_go_on(emrs_stop *stop, int end, bool had_client)
{
    if (end == GO_ON && !had_client)
        end = EMRS_E_STATE;
    if (end == GO_ON && stop->is_stopped)
        end = EMRS_E_STOPPED;
    if (end != GO_ON)
        finish(stop, end);
    else
        stop->config.client->call = &stop->call;
}

/* Ends the call in flight with its code, and decides what follows. */
static void end_call(emrs_stop *stop, emrs_now now, int code, bool had_client)
{
    bool was_look = stop->state == LOOKING;
    int end = was_look ? end_look(stop, code) : end_cancel(stop, now);
    if (end == GO_ON)
        end = decide(stop, now, was_look && code == EMRS_DONE);
    end_or_go_on(stop, end, had_client);
}

/* The steps */

/* Begins the next call, with no more than the time that is left. */
static void begin(emrs_stop *stop, uint32_t now_ms)
{
    bool is_look = stop->state == TO_LOOK;
    uint32_t most_ms = stop->is_timed ? stop->deadline_ms - now_ms : EMRS_TIMEOUT_MAX_MS;
    if (is_look && most_ms > EMRS_LOOK_TIMEOUT_MS)
        most_ms = EMRS_LOOK_TIMEOUT_MS;
    stop->config.client->call = NULL;
    int code = is_look ? start_look(stop) : start_cancel(stop);
    if (code < 0)
        finish(stop, code);
    else if (stop->call.timeout_ms > most_ms)
        stop->call.timeout_ms = most_ms;
}

static void end_wait(emrs_stop *stop, uint32_t now_ms)
{
    if (!has_client(stop))
        finish(stop, EMRS_E_STATE);
    else if (stop->is_stopped)
        finish(stop, EMRS_E_STOPPED);
    else if (!emrs_clock_is_past(now_ms, stop->next_ms))
        return;
    else if (stop->is_timed && emrs_clock_is_past(now_ms, stop->deadline_ms))
        finish(stop, late_code(&stop->result));
    else
        begin(stop, now_ms);
}

/* Steps the call in flight.      ret: what its step returned */
static int step_call(emrs_stop *stop, emrs_now now, emrs_report report, emrs_move *move)
{
    emrs_stop_result *result = &stop->result;
    bool had_client = has_client(stop);
    int code = emrs_step(&stop->call, now, report, move);
    if (stop->state == CANCELLING)
        result->effect = emrs_effect_with(stop->before, result->cancel.effect);
    if (code <= EMRS_DONE)
        end_call(stop, now, code, had_client);
    return code;
}

/* Does the work of a step.
 * ret: the move, which means nothing if the machine ends in this step */
static int advance(emrs_stop *stop, emrs_now now, emrs_report report, emrs_move *move)
{
    int code = EMRS_MOVE_WAIT;
    if (report.news == EMRS_NEWS_STOP)
        stop->is_stopped = true;
    if (is_waiting(stop))
        end_wait(stop, now.ms);
    if (stop->state == LOOKING || stop->state == CANCELLING)
        code = step_call(stop, now, report, move);
    if (is_waiting(stop)) {
        code = EMRS_MOVE_WAIT;
        move->until_ms = stop->next_ms;
    }
    return code;
}

int emrs_stop_step(emrs_stop *stop, emrs_now now, emrs_report report, emrs_move *move)
{
    *move = (emrs_move){.until_ms = now.ms};
    if (stop->state == NOT_STARTED)
        return EMRS_E_STATE;
    if (stop->state == ENDED)
        return stop->result.code;
    int code = advance(stop, now, report, move);
    if (stop->state != ENDED)
        stop->result.code = code;
    return stop->result.code;
}

/* The outcome */

/* Whether the service refused the look with a named error, other than throttling or a 5xx. */
static bool refused_look(const emrs_result *look)
{
    return (look->code == EMRS_E_SERVICE || look->code == EMRS_E_AUTH)
           && look->error != EMRS_ERROR_NONE && look->status < 500;
}

static emrs_outcome outcome_of(emrs_effect effect)
{
    if (effect == EMRS_EFFECT_UNKNOWN)
        return EMRS_OUTCOME_UNKNOWN;
    return effect == EMRS_EFFECT_REFUSED ? EMRS_OUTCOME_REFUSED : EMRS_OUTCOME_NOT_SENT;
}

emrs_outcome emrs_stop_outcome(const emrs_stop_result *result)
{
    if (result->guard == EMRS_GUARD_NAME || result->guard == EMRS_GUARD_TAG)
        return EMRS_OUTCOME_HELD;
    if (is_over(result->seen))
        return EMRS_OUTCOME_OVER;
    if (result->guard == EMRS_GUARD_UNSEEN)
        return refused_look(&result->look) ? EMRS_OUTCOME_REFUSED : EMRS_OUTCOME_NOT_SENT;
    return is_accepted(result) ? EMRS_OUTCOME_STOPPING : outcome_of(result->effect);
}
