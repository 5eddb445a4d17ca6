/* SPDX-License-Identifier: MIT */
/* One call: the state machine that returns the moves, over all attempts. Of the core, only stop.c
 * and provider.c use it. */
#include "answer.h"
#include "client.h"
#include "clock.h"
#include "effect.h"
#include "errors.h"
#include "emrs_config.h"
#include "operation.h"
#include "request.h"
#include "response.h"
#include "retry.h"
#include "emrs_text.h"

/* The state of a call is the move that its steps return, or STARTED before the first step, or ENDED
 * when no move follows. An attempt goes through CONNECT, SEND and RECEIVE. `open` is set once
 * CONNECT was returned, or if the previous call left its stream open: CLOSE must then follow. A
 * move is "shown" when a step returns it. */
enum { STARTED = 0, ENDED = EMRS_MOVE_CREDENTIALS + 1 };

/* The start of a call */

/* Only an operation that is signed needs credentials, a region and a clock. */
static bool is_signed(const emrs_operation *operation)
{
    return operation->service.size > 0;
}

static int check_start(const emrs_client *client, const emrs_operation *operation,
                       const void *input, emrs_result *result)
{
    if (!emrs_client_is_ready(client))
        return EMRS_E_STATE;
    if (client->config.work_size < operation->work_size) {
        result->needed_size = operation->work_size;
        return EMRS_E_SPACE;
    }
    emrs_rule rule = EMRS_RULE_NONE;
    emrs_field field = operation->check(input, &rule);
    if (field != EMRS_FIELD_NONE)
        return emrs_client_refuse(result, field, rule);
    return is_signed(operation) ? emrs_client_check_credentials(client, result) : EMRS_OK;
}

static void take_credentials(emrs_call *call)
{
    if (is_signed(call->operation))
        call->credentials = *call->client->config.credentials;
}

/* If the start fails, later steps return the same error. */
int emrs_call_start(emrs_call *call, emrs_client *client, const emrs_operation *operation,
                    const void *input, void *output, emrs_result *result)
{
    bool is_busy = emrs_client_is_ready(client) && client->call != NULL;
    if (!is_busy || client->result != result) { /* else the call in flight uses the result */
        memset(result, 0, sizeof *result);
        result->code = EMRS_E_STATE;
    }
    if (is_busy && client->call == call)
        return EMRS_E_STATE; /* the call in flight goes on */
    memset(call, 0, sizeof *call);
    call->state = ENDED;
    call->code = EMRS_E_STATE;
    if (is_busy)
        return EMRS_E_STATE;
    call->result = result;
    call->code = check_start(client, operation, input, result);
    result->code = call->code;
    if (call->code < 0)
        return call->code;
    call->state = STARTED;
    call->client = client;
    call->operation = operation;
    call->input = input;
    call->output = output;
    call->timeout_ms = client->config.timeout_ms;
    take_credentials(call);
    client->call = call;
    client->result = result;
    result->code = EMRS_MOVE_CONNECT;
    return EMRS_OK;
}

/* An operation that only reads has no effect. */
static emrs_effect effect_of(const emrs_call *call)
{
    return call->operation->changes ? emrs_effect_of(call->before, &call->attempt)
                                    : EMRS_EFFECT_NONE;
}

static uint32_t utc_of(const emrs_call *call)
{
    return emrs_client_utc(call->client, call->now);
}

/* Milliseconds until the deadline. */
static uint32_t left_ms(const emrs_call *call)
{
    return emrs_clock_is_past(call->now.ms, call->deadline_ms) ? 0
                                                               : call->deadline_ms - call->now.ms;
}

/* Credentials */

/* Whether a time of the credentials has passed. A time that is not set (0) never passes. If UTC is
 * unknown (0), no time has passed. */
static bool has_passed(uint32_t at_s, uint32_t utc_s)
{
    return at_s - 1u < utc_s;
}

/* Whether there are credentials that do not expire within for_s seconds by the clock, and that the
 * service did not refuse with ExpiredToken. */
static bool has_credentials(const emrs_call *call, uint32_t for_s)
{
    return call->credentials.access_key_id.size > 0
           && !has_passed(call->credentials.expires_s, utc_of(call) + for_s)
           && call->result->error != EMRS_ERROR_EXPIRED_TOKEN;
}

/* Begins to ask for credentials. It takes only a share of the time that is left, so that attempts
 * can follow. The share is smaller if the old ones can still be used at its end. */
static void begin_renewal(emrs_call *call)
{
    uint32_t share_ms = left_ms(call) / 2u, most_ms = EMRS_RENEW_MAX_MS;
    if (has_credentials(call, (EMRS_RENEW_EARLY_MAX_MS + 999u) / 1000u)) {
        share_ms /= 2u;
        most_ms = EMRS_RENEW_EARLY_MAX_MS;
    }
    call->renewed = false;
    call->wait_ms = call->now.ms + (share_ms < most_ms ? share_ms : most_ms);
}

/* The end of a call */

static void wipe_request(emrs_call *call)
{
    const emrs_config *config = &call->client->config;
    emrs_wipe((char *)config->work + call->kept_size, config->work_size - call->kept_size);
    memset(call->windows, 0, sizeof call->windows);
}

/* Ends the call. Wipes the receive window, since a peer may have echoed what it was sent. */
static void end_call(emrs_call *call)
{
    emrs_text window = emrs_answer_window(call);
    emrs_wipe((char *)window.bytes, window.size);
    call->state = ENDED;
    call->client->call = NULL;
}

static void go_on(emrs_call *call, uint8_t state)
{
    call->state = state;
    if (state == ENDED)
        end_call(call);
    if (state == EMRS_MOVE_CREDENTIALS)
        begin_renewal(call);
}

static void leave_stream(emrs_call *call)
{
    call->client->kept_ms = call->now.ms;
    call->client->peer = (uint8_t)call->result->peer;
}

/* Whether the stream may stay open: for the next call, or during a wait that is short enough. */
static bool may_stay(const emrs_call *call, uint8_t state)
{
    const emrs_config *config = &call->client->config;
    if (state == ENDED)
        return config->keep_stream;
    return state == EMRS_MOVE_WAIT && call->wait_ms - call->now.ms < config->idle_timeout_ms;
}

/* Goes on to `state`: through CLOSE, unless the stream may stay open for what comes next. */
static void go_on_after(emrs_call *call, uint8_t state)
{
    bool stays = call->open && may_stay(call, state) && emrs_answer_leaves_stream(call);
    call->next = state;
    call->client->kept = stays;
    if (stays && call->state != EMRS_MOVE_WAIT) /* else it was left at the end of the attempt */
        leave_stream(call);
    go_on(call, call->open && !stays ? EMRS_MOVE_CLOSE : state);
}

/* The end of an attempt */

static bool has_attempts_left(const emrs_call *call)
{
    const emrs_config *config = &call->client->config;
    return config->persistent || call->result->attempt_count < config->attempt_count;
}

/* Makes the attempt again, at once and at no cost, if the stream that was left open turns out to be
 * dead: that is no failure of the service. Does nothing after a time-out, which does not prove that
 * the stream is dead. Does nothing if this device lacks memory or sockets, since it would lack them
 * again. Until the next answer the result is that of the previous attempt. */
static bool try_again_free(emrs_call *call)
{
    emrs_result *result = call->result;
    bool is_dead =
        call->code == EMRS_E_CONNECT || call->code == EMRS_E_TLS || call->code == EMRS_E_TRUNCATED;
    if (!is_dead || !call->attempt.reused || call->response.head_size > 0)
        return false;
    call->wait_ms = call->now.ms;
    result->attempt_count--;
    if (call->last.status > 0) {
        call->last.attempt_count = result->attempt_count;
        *result = call->last;
        call->code = call->last.code;
    }
    return true;
}

/* Tokens are taken last, so that a retry that cannot happen costs none. */
static bool try_again(emrs_call *call, emrs_retry retry)
{
    bool is_persistent = call->client->config.persistent;
    if (retry == EMRS_RETRY_NEVER || !has_attempts_left(call))
        return false;
    uint32_t delay_ms = emrs_retry_delay(retry, is_persistent, call->result->attempt_count - 1u,
                                         call->now.random, &call->response);
    if (delay_ms >= left_ms(call))
        return false;
    call->wait_ms = call->now.ms + delay_ms;
    call->cost = is_persistent ? 0 : emrs_retry_take(&call->client->tokens, retry);
    return is_persistent || call->cost > 0;
}

/* Whether to ask for credentials after the attempt: only if it was signed, and the service answered
 * ExpiredToken. The key that was made from the expired ones is then wiped. It does not ask if this
 * was the first attempt with fresh ones: the next ones would be refused too. */
static bool asks_after_refusal(emrs_call *call)
{
    if (call->result->error != EMRS_ERROR_EXPIRED_TOKEN || !is_signed(call->operation))
        return false;
    emrs_forget(call->client);
    return !call->renewed && call->credentials.access_key_id.size > 0 && has_attempts_left(call);
}

/* Asks for credentials before an attempt, if there are none, or if it is time for fresh ones. While
 * the old ones can still be used, it asks once a minute at most. A stream that was left open is
 * closed first: to fetch credentials may need the memory of TLS.
 * ret: whether it asks */
static bool ask_first(emrs_call *call)
{
    emrs_client *client = call->client;
    const emrs_credentials *held = &call->credentials;
    uint32_t utc_s = utc_of(call);
    bool is_soon = (uint16_t)(utc_s - client->asked_s) < EMRS_RENEW_AGAIN_S;
    bool asks = has_credentials(call, 0) ? !is_soon && has_passed(held->renew_s, utc_s)
                                         : (held->renew_s | held->expires_s) != 0;
    call->renewed = false;
    if (!asks || left_ms(call) == 0)
        return false;
    client->asked_s = (uint16_t)utc_s;
    call->open = client->kept;
    go_on_after(call, EMRS_MOVE_CREDENTIALS);
    return true;
}

/* Learns the time from the answer, only over TLS: a request is sent only to a verified peer, so the
 * answer is from one.
 * ret: whether the request was signed with a time that the service may have refused */
static bool learn_time(emrs_call *call)
{
    bool is_from_tls = call->attempt.whole && call->client->tls;
    return is_from_tls
           && emrs_client_learn_time(call->client, call->now, &call->attempt, &call->response)
           && is_signed(call->operation);
}

static void note_end(emrs_call *call, int code)
{
    emrs_result *result = call->result;
    bool ended = call->before == EMRS_EFFECT_UNKNOWN && call->attempt.refused
                 && result->error == EMRS_ERROR_VALIDATION;
    call->code = code;
    result->code = code;
    result->probably_ended = ended;
    result->status = emrs_response_status(&call->response);
    result->request_id = emrs_pen_text(&call->response.request_id);
    emrs_error_clean_name(result->request_id);
}

/* Ends an attempt with `code`, and decides what follows. */
static void finish(emrs_call *call, int code)
{
    if (call->state == EMRS_MOVE_SEND)
        wipe_request(call);
    note_end(call, code);
    bool was_misdated = learn_time(call);
    uint8_t next = ENDED;
    if (code == EMRS_DONE) {
        emrs_retry_refund(&call->client->tokens, call->cost);
    } else if (asks_after_refusal(call)) {
        call->cost = 0;
        next = EMRS_MOVE_CREDENTIALS;
    } else {
        emrs_retry retry = emrs_retry_of(call->result, &call->response, was_misdated);
        next = try_again_free(call) || try_again(call, retry) ? EMRS_MOVE_WAIT : ENDED;
    }
    go_on_after(call, next);
}

/* Whether the result is final: at most a CLOSE is left. */
static bool has_ended(const emrs_call *call)
{
    return call->state == ENDED || (call->state == EMRS_MOVE_CLOSE && call->next == ENDED);
}

/* Ends the call with `code` and without another attempt, because the application gave up, or
 * because of an error that another attempt would not fix: of the application, its port, its clock
 * or its hash. Does nothing once the result is final. */
static void give_up(emrs_call *call, int code)
{
    if (has_ended(call))
        return;
    if (call->state == EMRS_MOVE_SEND)
        wipe_request(call);
    if (call->state < EMRS_MOVE_CLOSE)
        note_end(call, code);
    call->code = code;
    if (call->state == EMRS_MOVE_CLOSE)
        call->next = ENDED;
    else
        go_on_after(call, ENDED);
}

/* The beginning of an attempt */

/* Begins a phase, and sets its limit. While another attempt may follow a time-out, the phase takes
 * at most half of the time that is left, and at most EMRS_PHASE_MAX_MS. If half is too short for a
 * handshake, the phase may take all that is left. */
static void begin_phase(emrs_call *call, emrs_phase phase)
{
    const emrs_client *client = call->client;
    bool has_tokens = client->config.persistent || client->tokens >= EMRS_COST_TRANSIENT;
    uint32_t most_ms = left_ms(call), half_ms = most_ms / 2u;
    if (has_attempts_left(call) && has_tokens && half_ms >= EMRS_PHASE_MIN_MS)
        most_ms = half_ms < EMRS_PHASE_MAX_MS ? half_ms : EMRS_PHASE_MAX_MS;
    call->result->phase = phase;
    call->share_ms = call->now.ms + most_ms;
}

/* Begins each phase of CONNECT only once, even if the port goes back to it for the next address:
 * all addresses together have one limit for the phase. */
static void take_connecting(emrs_call *call, int phase)
{
    bool is_next = phase > (int)call->result->phase && phase <= (int)EMRS_PHASE_TLS;
    if (call->state == EMRS_MOVE_CONNECT && is_next)
        begin_phase(call, (emrs_phase)phase);
}

/* Moves the texts of the previous answer to the front of the work buffer, where they stay until the
 * next answer. The request is written after them. The message is cut to the room that the longest
 * request leaves.
 * ret: the size of the texts together */
static uint16_t keep_texts(emrs_call *call)
{
    const emrs_config *config = &call->client->config;
    return emrs_error_keep_texts(&call->last, config->work,
                                 config->work_size - EMRS_REQUEST_SIZE_MAX);
}

static void begin_send(emrs_call *call)
{
    emrs_client *client = call->client;
    call->kept_size = call->attempt.reused ? keep_texts(call) : 0;
    emrs_pen pen = emrs_pen_on((char *)client->config.work + call->kept_size,
                               client->config.work_size - call->kept_size);
    call->attempt.utc_s = call->now.utc_s;
    call->attempt.signed_s = utc_of(call);
    if (call->attempt.signed_s == 0 && is_signed(call->operation)) { /* the clock was lost */
        give_up(call, EMRS_E_CLOCK);
        return;
    }
    call->attempt.sent_ms = call->quiet_ms = call->now.ms;
    if (call->now.utc_s >= EMRS_BUILD_TIME_S)
        call->result->clock_offset_s = (int32_t)(call->attempt.signed_s - call->now.utc_s);
    int code = emrs_request_write(call, call->attempt.signed_s, &pen);
    call->state = EMRS_MOVE_SEND;
    begin_phase(call, EMRS_PHASE_SEND);
    if (emrs_pen_full(&pen)) {
        call->result->needed_size = pen.used;
        code = EMRS_E_SPACE;
    }
    if (code < 0)
        give_up(call, code);
}

/* Begins an attempt, and clears the previous one from the result. If no time is left, the call ends
 * with the result of the previous attempt. */
static void begin_attempt(emrs_call *call)
{
    emrs_client *client = call->client;
    emrs_result *result = call->result;
    if (left_ms(call) == 0) {
        go_on_after(call, ENDED);
        return;
    }
    call->before = effect_of(call);
    memset(&call->attempt, 0, sizeof call->attempt);
    memset(&call->response, 0, sizeof call->response);
    memset(&call->sieve, 0, sizeof call->sieve);
    call->window = 0;
    call->last = *result;
    call->last.code = call->code;
    *result = (emrs_result){.attempt_count = (uint16_t)(result->attempt_count + 1u),
                            .clock_offset_s = result->clock_offset_s};
    call->attempt.reused = client->kept;
    call->state = EMRS_MOVE_CONNECT;
    client->kept = false;
    call->quiet_ms = call->now.ms;
    if (!call->attempt.reused) {
        begin_phase(call, EMRS_PHASE_NAME);
        return;
    }
    call->open = call->attempt.verified = true;
    result->peer = (emrs_peer)client->peer;
    begin_send(call);
}

/* The reports */

static void take_connected(emrs_call *call, int peer)
{
    bool fits = peer == EMRS_PEER_PLAIN
                    ? !call->client->tls
                    : peer == EMRS_PEER_VERIFIED || peer == EMRS_PEER_VERIFIED_ELSEWHERE;
    if (call->state != EMRS_MOVE_CONNECT)
        return;
    call->result->peer = (emrs_peer)peer;
    call->attempt.verified = fits;
    if (!fits)
        give_up(call, EMRS_E_INSECURE);
    else
        begin_send(call);
}

static void begin_answer(emrs_call *call)
{
    wipe_request(call);
    call->state = EMRS_MOVE_RECEIVE;
    call->quiet_ms = call->now.ms;
    begin_phase(call, EMRS_PHASE_ANSWER);
    emrs_answer_begin(call);
}

static void take_sent(emrs_call *call, size_t size)
{
    if (call->state != EMRS_MOVE_SEND || size == 0)
        return;
    if (size > call->windows[call->window].size) {
        give_up(call, EMRS_E_PORT);
        return;
    }
    call->attempt.begun = true;
    call->quiet_ms = call->now.ms;
    call->windows[call->window] = emrs_text_from(call->windows[call->window], size);
    while (call->window < EMRS_WINDOW_COUNT && call->windows[call->window].size == 0)
        call->window++;
    if (call->window == EMRS_WINDOW_COUNT)
        begin_answer(call);
}

static void take_received(emrs_call *call, size_t size)
{
    if (call->state != EMRS_MOVE_RECEIVE || size == 0)
        return;
    call->quiet_ms = call->now.ms;
    if (size > emrs_answer_window(call).size) {
        give_up(call, EMRS_E_PORT);
        return;
    }
    int code = emrs_answer_take(call, size);
    if (code != EMRS_ANSWER_GOES_ON)
        finish(call, code);
}

/* Ends the answer at the end of the stream. If the stream ended during SEND and no answer came, the
 * code is CONNECT. */
static int end_answer(emrs_call *call, int code, bool authenticated)
{
    if (call->attempt.ended_early && call->response.head_size == 0)
        return EMRS_E_CONNECT;
    return code == EMRS_OK ? emrs_answer_end(call, authenticated) : code;
}

/* Whether an answer may have come before the stream ended in SEND. Bytes that came before the port
 * took the first byte of the request cannot be its answer. */
static bool may_have_answered(const emrs_call *call, int code)
{
    return call->state == EMRS_MOVE_SEND && call->attempt.begun
           && (code == EMRS_E_CONNECT || code == EMRS_OK);
}

/* Takes the end of the stream. */
static void take_end(emrs_call *call, int code, bool authenticated)
{
    if (call->state == EMRS_MOVE_CLOSE) {
        call->open = false;
        go_on(call, call->next);
    } else if (may_have_answered(call, code)) { /* RECEIVE once: an answer may be there */
        begin_answer(call);
        call->attempt.ended_early = true;
    } else if (call->state == EMRS_MOVE_RECEIVE) {
        finish(call, end_answer(call, code, authenticated));
    } else if (call->state < EMRS_MOVE_CLOSE) {
        finish(call, code < 0 ? code : EMRS_E_CONNECT);
    }
}

/* Takes the report on CREDENTIALS. It sets the end of the move to now: take_time then goes on. */
static void take_renewed(emrs_call *call, bool renewed)
{
    if (call->state != EMRS_MOVE_CREDENTIALS)
        return;
    call->renewed = renewed;
    call->wait_ms = call->now.ms;
}

static void take_failed(emrs_call *call, const emrs_report *report)
{
    take_renewed(call, false);
    if (call->state < EMRS_MOVE_CLOSE) {
        call->result->reason = (emrs_reason)report->detail;
        call->result->native = report->native;
    }
    take_end(call, emrs_error_of_reason((emrs_reason)report->detail), false);
}

/* After the first STOP only CLOSE is left. A second STOP counts as the answer to CLOSE: an
 * application that puts STOP into the report of emrs_turn overwrites that answer, and the stream is
 * closed by then. */
static void take_stop(emrs_call *call)
{
    if (call->stopped)
        take_end(call, EMRS_OK, false);
    else
        give_up(call, EMRS_E_STOPPED);
    call->stopped = true;
}

static void take_report(emrs_call *call, const emrs_report *report)
{
    switch (report->news) {
    case EMRS_NEWS_CONNECTING:
        take_connecting(call, report->detail);
        break;
    case EMRS_NEWS_CONNECTED:
        take_connected(call, report->detail);
        break;
    case EMRS_NEWS_SENT:
        take_sent(call, report->size);
        break;
    case EMRS_NEWS_RECEIVED:
        take_received(call, report->size);
        break;
    case EMRS_NEWS_CLOSED:
    case EMRS_NEWS_CUT:
        take_end(call, EMRS_OK, report->news == EMRS_NEWS_CLOSED);
        break;
    case EMRS_NEWS_FAILED:
        take_failed(call, report);
        break;
    case EMRS_NEWS_RENEWED:
        take_renewed(call, true);
        break;
    case EMRS_NEWS_STOP:
        take_stop(call);
        break;
    case EMRS_NEWS_PENDING:
        break;
    }
}

/* Time */

static uint32_t earlier(uint32_t a_ms, uint32_t b_ms)
{
    return emrs_clock_is_past(a_ms, b_ms) ? b_ms : a_ms;
}

/* ret: when the state ends by time: at the end of its phase, or earlier if no bytes move */
static uint32_t until_of(const emrs_call *call)
{
    const emrs_config *config = &call->client->config;
    uint32_t silence_ms =
        call->state == EMRS_MOVE_CONNECT ? config->connect_timeout_ms : config->receive_timeout_ms;
    if (call->state >= EMRS_MOVE_CLOSE)
        return call->state == EMRS_MOVE_CLOSE ? call->deadline_ms : call->wait_ms;
    uint32_t until_ms = earlier(call->deadline_ms, call->share_ms);
    return silence_ms == 0 ? until_ms : earlier(until_ms, call->quiet_ms + silence_ms);
}

/* Takes the credentials that are there after a renewal: the fresh ones, or the old ones if they can
 * still be used. A renewal that failed may have wiped the old ones. Fresh ones are not compared
 * with the clock, which may be wrong: only an answer of the service corrects it.
 * ret: false: there are none. call->code is then the error: the service's own after ExpiredToken */
static bool end_renewal(emrs_call *call)
{
    take_credentials(call);
    bool is_there =
        call->renewed ? call->credentials.access_key_id.size > 0 : has_credentials(call, 0);
    int code = EMRS_E_CREDENTIALS;
    if (is_there)
        code = emrs_client_check_credentials(call->client, call->result);
    else if (call->result->error == EMRS_ERROR_EXPIRED_TOKEN)
        code = call->code;
    if (code == EMRS_OK)
        return true;
    call->code = code;
    return false;
}

static void take_time(emrs_call *call)
{
    switch (call->state) {
    case EMRS_MOVE_CLOSE: /* the port did not close the stream in time */
        call->open = false;
        go_on(call, ENDED);
        break;
    case EMRS_MOVE_WAIT:
        if (!ask_first(call))
            begin_attempt(call);
        break;
    case EMRS_MOVE_CREDENTIALS:
        if (end_renewal(call))
            begin_attempt(call);
        else
            go_on(call, ENDED);
        break;
    default:
        finish(call, EMRS_E_TIMEOUT);
        break;
    }
}

/* Begins a call. A stream that was left open too long ago is closed first: the peer may have closed
 * it. */
static void begin_call(emrs_call *call)
{
    emrs_client *client = call->client;
    bool is_stale =
        client->kept && call->now.ms - client->kept_ms >= client->config.idle_timeout_ms;
    call->deadline_ms = call->now.ms + call->timeout_ms;
    if (utc_of(call) == 0 && is_signed(call->operation)) {
        call->code = EMRS_E_CLOCK;
        go_on(call, ENDED);
        return;
    }
    call->code = EMRS_E_TIMEOUT; /* if the port does not close the stream in time */
    if (ask_first(call))
        return;
    if (is_stale) {
        call->open = true;
        call->wait_ms = call->now.ms;
        go_on_after(call, EMRS_MOVE_WAIT); /* closes it, as no answer allows to keep it */
        return;
    }
    begin_attempt(call);
}

/* The moves */

static void show_send(emrs_call *call, emrs_move *move)
{
    emrs_text window = call->windows[call->window];
    move->send = window.bytes;
    move->size = window.size;
    move->more = call->window + 1u < EMRS_WINDOW_COUNT; /* the last one is never empty */
    call->attempt.shown = call->attempt.shown || !move->more;
}

static int show(emrs_call *call, emrs_move *move)
{
    if (call->state == ENDED)
        return call->code;
    move->until_ms = until_of(call);
    if (call->state <= EMRS_MOVE_RECEIVE)
        move->owner = call->client;
    if (call->state == EMRS_MOVE_CONNECT) {
        call->open = true;
        move->host = call->client->is_localhost ? "127.0.0.1" : call->client->host;
        move->port = call->client->port;
        move->tls = call->client->tls;
    } else if (call->state == EMRS_MOVE_SEND) {
        show_send(call, move);
    } else if (call->state == EMRS_MOVE_RECEIVE) {
        emrs_text window = emrs_answer_window(call);
        move->receive = (char *)window.bytes;
        move->size = window.size;
    }
    return call->state;
}

/* Does the work of a step: begins the call in the first step, takes the report, and then the
 * time. */
static void advance(emrs_call *call, emrs_report *report)
{
    if (call->state == STARTED) {
        begin_call(call);
        if (report->news != EMRS_NEWS_STOP)
            report->news = EMRS_NEWS_PENDING; /* no move of this call was shown before */
    }
    bool was_closing = call->state == EMRS_MOVE_CLOSE; /* a CLOSE that begins now is shown first */
    take_report(call, report);
    bool is_shown = call->state != EMRS_MOVE_CLOSE || was_closing;
    if (call->state < ENDED && is_shown && emrs_clock_is_past(call->now.ms, until_of(call)))
        take_time(call);
}

int emrs_step(emrs_call *call, emrs_now now, emrs_report report, emrs_move *move)
{
    *move = (emrs_move){.until_ms = now.ms};
    if (call->state == ENDED)
        return call->code;
    if (call->client == NULL) /* never started */
        return EMRS_E_STATE;
    call->now = now;
    if (call->client->call == call) {
        advance(call, &report);
    } else { /* emrs_init was called in between */
        if (!has_ended(call))
            call->code = EMRS_E_STATE;
        call->state = ENDED;
    }
    int code = show(call, move);
    call->result->code = code;
    call->result->effect = effect_of(call);
    return code;
}
