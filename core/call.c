/* SPDX-License-Identifier: MIT */
/* One call: the machine of moves. The top floor: it knows every room below, and none knows it. */
#include "clock.h"
#include "effect.h"
#include "endpoint.h"
#include "error.h"
#include "id.h"
#include "json.h"
#include "limits.h"
#include "operation.h"
#include "request.h"
#include "response.h"
#include "sieve.h"
#include "text.h"

/* States, in the order a call goes through them. `open` says that CONNECT was shown, so CLOSE is
 * owed. */
enum { CONNECT, SEND, RECEIVE, CLOSE, END };

#define READY 0x656d7273u /* "emrs": tells an initialised client from a zeroed one */

/* The client */

static int refuse(emrs_result *result, emrs_field field, emrs_rule rule)
{
    result->field = field;
    result->rule = rule;
    return EMRS_E_ARGUMENT;
}

static int config_check(const emrs_config *config, emrs_result *result)
{
    emrs_rule rule = emrs_region_check(config->region);
    if (rule != EMRS_RULE_NONE)
        return refuse(result, EMRS_FIELD_REGION,
                      rule == EMRS_RULE_MISSING ? EMRS_RULE_MISSING_REGION : rule);
    rule = emrs_user_agent_check(config->user_agent);
    if (rule != EMRS_RULE_NONE)
        return refuse(result, EMRS_FIELD_USER_AGENT, rule);
    if (config->timeout_ms > EMRS_TIMEOUT_MAX_MS || config->connect_timeout_ms > EMRS_TIMEOUT_MAX_MS
        || config->receive_timeout_ms > EMRS_TIMEOUT_MAX_MS)
        return refuse(result, EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    if (config->work == NULL)
        return refuse(result, EMRS_FIELD_WORK, EMRS_RULE_MISSING);
    if (config->work_size < EMRS_WORK_SIZE) {
        result->needed_size = EMRS_WORK_SIZE;
        return EMRS_E_SPACE;
    }
    return EMRS_DONE;
}

int emrs_init(emrs_client *client, const emrs_config *config, emrs_result *result)
{
    memset(result, 0, sizeof *result);
    wipe(client, sizeof *client);
    client->config = *config;
    if (client->config.timeout_ms == 0)
        client->config.timeout_ms = EMRS_TIMEOUT_DEFAULT_MS;
    result->code = config_check(&client->config, result);
    if (result->code == EMRS_DONE)
        result->code = emrs_endpoint_find(client, result);
    if (result->code < 0)
        return result->code;
    client->ready = READY;
    result->code = EMRS_CONNECT; /* what comes next: nothing is done yet */
    return EMRS_OK;
}

void emrs_forget(emrs_client *client)
{
    wipe(&client->key, sizeof client->key);
}

/* The start of a call */

static int credentials_check(const emrs_credentials *credentials, emrs_result *result)
{
    if (credentials == NULL)
        return refuse(result, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING);
    emrs_rule rule = emrs_secret_check(credentials->access_key_id, EMRS_ACCESS_KEY_ID_SIZE_MAX);
    if (rule != EMRS_RULE_NONE)
        return refuse(result, EMRS_FIELD_ACCESS_KEY_ID, rule);
    rule = emrs_secret_check(credentials->secret_access_key, EMRS_SECRET_SIZE_MAX);
    if (rule != EMRS_RULE_NONE)
        return refuse(result, EMRS_FIELD_SECRET_ACCESS_KEY, rule);
    if (credentials->session_token.size == 0)
        return EMRS_DONE;
    rule = emrs_secret_check(credentials->session_token, SIZE_MAX);
    return rule == EMRS_RULE_NONE ? EMRS_DONE : refuse(result, EMRS_FIELD_SESSION_TOKEN, rule);
}

static int check(const emrs_client *client, const emrs_operation *operation, const void *input,
                 emrs_result *result)
{
    if (client->ready != READY)
        return EMRS_E_STATE;
    emrs_rule rule = EMRS_RULE_NONE;
    emrs_field field = operation->check(input, &rule);
    return field != EMRS_FIELD_NONE ? refuse(result, field, rule)
                                    : credentials_check(client->config.credentials, result);
}

/* A call that may not start is one that has ended: stepping it says so again. */
int emrs_call_start(emrs_call *call, emrs_client *client, const emrs_operation *operation,
                    const void *input, emrs_result *result)
{
    bool is_busy = client->ready == READY && client->call != NULL;
    if (is_busy && client->call == call)
        return EMRS_E_STATE; /* and the call in flight goes on */
    memset(call, 0, sizeof *call);
    call->state = END;
    call->code = EMRS_E_STATE;
    if (is_busy) /* its result may be the same: it is left alone */
        return EMRS_E_STATE;
    memset(result, 0, sizeof *result);
    call->result = result;
    call->code = check(client, operation, input, result);
    result->code = call->code;
    if (call->code < 0)
        return call->code;
    call->state = CONNECT;
    call->client = client;
    call->operation = operation;
    call->input = input;
    call->credentials = *client->config.credentials;
    client->call = call;
    result->code = EMRS_CONNECT;
    return EMRS_OK;
}

/* The end of a call */

static void wipe_request(emrs_call *call)
{
    wipe(call->client->config.work, EMRS_REQUEST_SIZE_MAX);
    memset(call->windows, 0, sizeof call->windows);
}

/* The receive window is given back wiped too: a peer may have echoed what it was sent. */
static void end(emrs_call *call)
{
    const emrs_config *config = &call->client->config;
    wipe((char *)config->work + EMRS_KEPT_SIZE, config->work_size - EMRS_KEPT_SIZE);
    call->state = END;
    call->client->call = NULL;
}

/* The first code stands. */
static void finish(emrs_call *call, int code)
{
    if (call->state >= CLOSE)
        return;
    if (call->state == SEND)
        wipe_request(call);
    call->code = code;
    call->result->status = emrs_response_status(&call->response);
    call->result->request_id = pen_text(&call->response.request_id);
    emrs_error_clean_name(call->result->request_id);
    call->state = CLOSE;
    if (!call->open)
        end(call);
}

/* The answer */

static char *work_at(const emrs_call *call, size_t at)
{
    return (char *)call->client->config.work + at;
}

static emrs_text receive_window(const emrs_call *call)
{
    return (emrs_text){work_at(call, EMRS_KEPT_SIZE),
                       call->client->config.work_size - EMRS_KEPT_SIZE};
}

static void begin_answer(emrs_call *call)
{
    wipe_request(call);
    call->state = RECEIVE;
    call->result->phase = EMRS_PHASE_ANSWER;
    emrs_response_init(&call->response, pen_on(work_at(call, 0), EMRS_REQUEST_ID_SIZE_MAX),
                       pen_on(work_at(call, EMRS_REQUEST_ID_SIZE_MAX), EMRS_ERROR_NAME_SIZE_MAX));
}

/* Which members are wanted depends on the status, known once there is a body or an end. */
static void begin_body(emrs_call *call)
{
    if (call->sieve.members != NULL)
        return;
    bool ok = call->response.status == 200;
    emrs_sieve_init(&call->sieve, ok ? call->operation->members : emrs_error_members,
                    ok ? call->operation->member_count : EMRS_ERROR_MEMBER_COUNT,
                    pen_on(work_at(call, EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX),
                           EMRS_SIEVED_SIZE_MAX));
}

static int judge_success(emrs_call *call)
{
    emrs_value values[EMRS_MEMBER_COUNT_MAX];
    int code = emrs_sieve_end(&call->sieve);
    if (code == EMRS_E_JSON && call->response.not_json)
        return EMRS_E_PROTOCOL; /* a page of somebody else's: a captive portal, a proxy */
    if (code < 0)
        return code;
    emrs_json_read(&call->sieve, values);
    code = call->operation->read(call->input, values);
    call->attempt.confirmed = code == EMRS_DONE;
    /* An answer to a request that never left whole answers something else. */
    return call->attempt.confirmed && !call->attempt.shown ? EMRS_E_PROTOCOL : code;
}

static int judge_error(emrs_call *call)
{
    emrs_value values[EMRS_ERROR_MEMBER_COUNT];
    bool readable = emrs_sieve_end(&call->sieve) == EMRS_DONE; /* XML, HTML: the status remains */
    if (readable)
        emrs_json_read(&call->sieve, values);
    int code = emrs_error_read(call->result, pen_text(&call->response.error_name),
                               readable ? values : NULL);
    /* A proxy, or whoever ran out of patience, may speak after the service did its work. */
    bool may_be_late = code == EMRS_E_PROXY || call->result->status == 408
                       || call->result->error == EMRS_ERROR_REQUEST_TIMEOUT;
    call->attempt.refused = call->result->error_name.size > 0 && !may_be_late;
    if (call->result->error == EMRS_ERROR_EXPIRED_TOKEN)
        emrs_forget(call->client);
    return code;
}

static int judge(emrs_call *call)
{
    int status = emrs_response_status(&call->response);
    begin_body(call);
    call->result->status = status;
    call->attempt.status = status;
    call->attempt.whole = true;
    if (status == 200)
        return judge_success(call);
    if (status >= 400)
        return judge_error(call);
    return status >= 300 && status != 304 ? EMRS_E_REDIRECT : EMRS_E_PROTOCOL;
}

/* What follows the answer in its stream is nobody's, and is never read. */
static void take_answer(emrs_call *call, const char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && call->response.error == 0 && !emrs_response_is_done(&call->response)) {
        emrs_text body;
        at += emrs_response_take(&call->response, bytes + at, size - at, &body);
        if (body.size > 0) {
            begin_body(call);
            emrs_sieve_take(&call->sieve, body.bytes, body.size);
        }
    }
    if (call->response.error < 0)
        finish(call, call->response.error);
    else if (emrs_response_is_done(&call->response))
        finish(call, judge(call));
}

static void end_answer(emrs_call *call, bool authenticated)
{
    int code = emrs_response_end(&call->response, authenticated);
    finish(call, code < 0 ? code : judge(call));
}

/* The reports */

static void take_connected(emrs_call *call, emrs_now now, int peer)
{
    bool fits = peer == EMRS_PEER_PLAIN
                    ? !call->client->tls
                    : peer == EMRS_PEER_VERIFIED || peer == EMRS_PEER_VERIFIED_ELSEWHERE;
    if (call->state != CONNECT)
        return;
    call->result->peer = (emrs_peer)peer;
    call->attempt.verified = fits;
    if (!fits || now.utc_s < EMRS_BUILD_TIME_S) {
        finish(call, fits ? EMRS_E_CLOCK : EMRS_E_INSECURE);
        return;
    }
    emrs_pen pen = pen_on(call->client->config.work, call->client->config.work_size);
    emrs_request_write(call, now.utc_s, &pen);
    call->state = SEND;
    if (pen_full(&pen)) {
        call->result->needed_size = pen.used;
        finish(call, EMRS_E_SPACE);
        return;
    }
    call->quiet_ms = now.ms;
    call->result->phase = EMRS_PHASE_SEND;
}

static void take_sent(emrs_call *call, emrs_now now, size_t size)
{
    if (call->state != SEND || size == 0)
        return;
    if (size > call->windows[call->window].size) {
        finish(call, EMRS_E_STATE); /* the port counts more than it was given */
        return;
    }
    call->quiet_ms = now.ms;
    call->windows[call->window] = text_from(call->windows[call->window], size);
    while (call->window < EMRS_WINDOW_COUNT && call->windows[call->window].size == 0)
        call->window++;
    if (call->window == EMRS_WINDOW_COUNT)
        begin_answer(call);
}

static void take_received(emrs_call *call, emrs_now now, size_t size)
{
    emrs_text window = receive_window(call);
    if (call->state != RECEIVE || size == 0)
        return;
    call->quiet_ms = now.ms;
    if (size > window.size)
        finish(call, EMRS_E_STATE);
    else
        take_answer(call, window.bytes, size);
}

/* The stream ended. In the middle of sending, an answer may have come before: one look. */
static void take_end(emrs_call *call, int code, bool authenticated)
{
    if (call->state == CLOSE)
        end(call);
    else if (call->state == SEND && (code == EMRS_E_CONNECT || code == EMRS_DONE)) {
        begin_answer(call);
        call->early_code = EMRS_E_CONNECT;
    } else if (call->state == RECEIVE && call->early_code < 0 && call->response.head_size == 0)
        finish(call, call->early_code);
    else if (call->state == RECEIVE && code == EMRS_DONE)
        end_answer(call, authenticated);
    else
        finish(call, code < 0 ? code : EMRS_E_CONNECT);
}

static void take(emrs_call *call, emrs_now now, const emrs_report *report)
{
    switch (report->news) {
    case EMRS_CONNECTING:
        if (call->state == CONNECT)
            call->result->phase = (emrs_phase)report->detail;
        break;
    case EMRS_CONNECTED:
        take_connected(call, now, report->detail);
        break;
    case EMRS_SENT:
        take_sent(call, now, report->size);
        break;
    case EMRS_RECEIVED:
        take_received(call, now, report->size);
        break;
    case EMRS_CLOSED:
    case EMRS_CUT:
        take_end(call, EMRS_DONE, report->news == EMRS_CLOSED);
        break;
    case EMRS_FAILED:
        if (call->state < CLOSE) {
            call->result->reason = (emrs_reason)report->detail;
            call->result->native = report->native;
        }
        take_end(call, emrs_error_of_reason((emrs_reason)report->detail), false);
        break;
    case EMRS_STOP:
        finish(call, EMRS_E_STOPPED);
        break;
    case EMRS_PENDING:
        break;
    }
}

/* The moves */

static uint32_t earlier(uint32_t a_ms, uint32_t b_ms)
{
    return emrs_clock_is_past(a_ms, b_ms) ? b_ms : a_ms;
}

/* When the state in hand has lasted too long: the deadline, or the peer's silence before it. */
static uint32_t until_of(const emrs_call *call)
{
    const emrs_config *config = &call->client->config;
    uint32_t silence_ms =
        call->state == CONNECT ? config->connect_timeout_ms : config->receive_timeout_ms;
    if (silence_ms == 0 || call->state >= CLOSE)
        return call->deadline_ms;
    return earlier(call->deadline_ms, call->quiet_ms + silence_ms);
}

static void start_clock(emrs_call *call, emrs_now now)
{
    if (call->timed)
        return;
    call->timed = true;
    call->quiet_ms = now.ms;
    call->deadline_ms = now.ms + call->client->config.timeout_ms;
    if (now.utc_s < EMRS_BUILD_TIME_S)
        finish(call, EMRS_E_CLOCK);
}

static void show_send(emrs_call *call, emrs_move *move)
{
    emrs_text window = call->windows[call->window];
    move->send = window.bytes;
    move->size = window.size;
    for (unsigned next = call->window + 1u; next < EMRS_WINDOW_COUNT; next++)
        move->more = move->more || call->windows[next].size > 0;
    call->attempt.shown = call->attempt.shown || !move->more;
}

/* "localhost" is this machine, whatever a resolver says of it: plain http goes nowhere else. */
static const char *host_of(const emrs_client *client)
{
    bool is_local =
        !client->tls && text_is((emrs_text){client->host, strlen(client->host)}, TEXT("localhost"));
    return is_local && !client->config.allow_plain_http ? "127.0.0.1" : client->host;
}

static int show(emrs_call *call, emrs_move *move)
{
    static const emrs_code moves[] = {[CONNECT] = EMRS_CONNECT,
                                      [SEND] = EMRS_SEND,
                                      [RECEIVE] = EMRS_RECEIVE,
                                      [CLOSE] = EMRS_CLOSE};
    *move = (emrs_move){.until_ms = until_of(call)};
    if (call->state == END)
        return call->code;
    if (call->state == CONNECT) {
        call->open = true;
        move->host = host_of(call->client);
        move->port = call->client->port;
        move->tls = call->client->tls;
    } else if (call->state == SEND) {
        show_send(call, move);
    } else if (call->state == RECEIVE) {
        move->receive = work_at(call, EMRS_KEPT_SIZE);
        move->size = receive_window(call).size;
    }
    return moves[call->state];
}

int emrs_step(emrs_call *call, emrs_now now, emrs_report report, emrs_move *move)
{
    if (call->state == END) {
        *move = (emrs_move){.until_ms = now.ms};
        return call->code;
    }
    start_clock(call, now);
    bool was_closing = call->state == CLOSE;
    take(call, now, &report);
    if (call->state < END && emrs_clock_is_past(now.ms, until_of(call))) {
        if (was_closing)
            end(call); /* the port had its chance to close */
        else
            finish(call, EMRS_E_TIMEOUT);
    }
    call->result->code = show(call, move);
    call->result->effect = emrs_effect_of(EMRS_EFFECT_NONE, &call->attempt);
    return call->result->code;
}
