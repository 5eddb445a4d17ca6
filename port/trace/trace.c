/* SPDX-License-Identifier: MIT */
#include "emrs_trace.h"

#include <string.h>

#include "emrs_text.h"

enum {
    TEXT_SHOWN = 500, /* bytes of a text that a line shows */
    VALUE_COUNT_MAX = 4
};

/* Lines */

typedef struct {
    char bytes[sizeof "-2147483648"];
} digits;

static emrs_text number(digits *room, int32_t value)
{
    emrs_pen pen = emrs_pen_on(room->bytes, sizeof room->bytes);
    emrs_put_decimal(&pen, value);
    return emrs_pen_text(&pen);
}

static emrs_text count(digits *room, size_t value)
{
    return number(room, value < INT32_MAX ? (int32_t)value : INT32_MAX);
}

static emrs_text words(const char *string)
{
    return (emrs_text){string, strlen(string)};
}

static emrs_text shown(emrs_text text)
{
    return (emrs_text){text.bytes, text.size < TEXT_SHOWN ? text.size : TEXT_SHOWN};
}

static void put(emrs_trace *t, emrs_text text)
{
    size_t room = sizeof t->line - t->line_size;
    size_t size = text.size < room ? text.size : room;
    if (size > 0)
        memcpy(t->line + t->line_size, text.bytes, size);
    t->line_size += size;
}

/* Writes a line: the format, with the next value in place of each asterisk. Unprintable bytes are
 * replaced before secrets are masked, since the secrets must be compared with the bytes that are
 * written. */
static void tell(emrs_trace *t, const char *format, const emrs_text values[VALUE_COUNT_MAX])
{
    size_t next = 0;
    t->line_size = 0;
    for (; *format != '\0'; format++)
        put(t, *format == '*' && next < VALUE_COUNT_MAX ? values[next++] : (emrs_text){format, 1});
    for (size_t at = 0; at < t->line_size; at++)
        if (!emrs_is_printable(t->line[at]))
            t->line[at] = '?';
    emrs_mask_secrets(t->config.credentials, (emrs_text){t->line, t->line_size});
    t->config.write(t->config.context, t->line, t->line_size);
}

static void tell_words(emrs_trace *t, const char *line)
{
    tell(t, "*", (const emrs_text[VALUE_COUNT_MAX]){words(line)});
}

static void tell_report(emrs_trace *t, const char *move, emrs_report report)
{
    digits room;
    if (report.news == EMRS_NEWS_PENDING)
        return;
    t->news = report.news;
    if (report.news == EMRS_NEWS_FAILED)
        tell(t, "* failed: * (*)",
             (const emrs_text[VALUE_COUNT_MAX]){
                 words(move), words(emrs_reason_words((emrs_reason)report.detail)),
                 number(&room, report.native)});
    else if (report.news == EMRS_NEWS_SENT)
        tell(t, "*: * bytes sent",
             (const emrs_text[VALUE_COUNT_MAX]){words(move), count(&room, report.size)});
    else if (report.news == EMRS_NEWS_CLOSED)
        tell(t, "*: the server closed the connection",
             (const emrs_text[VALUE_COUNT_MAX]){words(move)});
    else if (report.news == EMRS_NEWS_CUT)
        tell(t, "*: the connection was cut", (const emrs_text[VALUE_COUNT_MAX]){words(move)});
}

/* Between the attempts */

/* Writes what the core kept of the body: an error's name and message, or the values of a 200. If
 * the effect is NONE, the operation only reads. Its values may be secrets, and are not written. */
static void tell_values(emrs_trace *t, const emrs_result *result)
{
    emrs_text passed = emrs_pen_text(&t->config.call->sieve.out);
    bool is_cut = result->message_cut || result->message.size > TEXT_SHOWN;
    if (result->error_name.size > 0 || result->message.size > 0)
        tell(t, "the answer says: *: **",
             (const emrs_text[VALUE_COUNT_MAX]){shown(result->error_name), shown(result->message),
                                                words(is_cut ? "..." : "")});
    else if (result->status == 200 && result->effect != EMRS_EFFECT_NONE && passed.size > 0)
        tell(t, "the answer says: *",
             (const emrs_text[VALUE_COUNT_MAX]){shown(emrs_text_from(passed, 1))});
}

static void tell_answer(emrs_trace *t, const emrs_result *result)
{
    digits head, body;
    if (t->head_size == 0)
        return;
    tell(
        t, "the answer so far: head * bytes, body * bytes",
        (const emrs_text[VALUE_COUNT_MAX]){count(&head, t->head_size), count(&body, t->body_size)});
    tell_values(t, result);
    emrs_wipe(t->header, sizeof t->header); /* it may hold secrets that the peer sent back */
    t->head_size = t->body_size = t->header_size = 0;
    t->in_body = t->has_status = false;
}

static const char *cause_of(const emrs_trace *t, const emrs_result *result)
{
    if (result->reason != EMRS_REASON_NONE)
        return emrs_reason_words(result->reason);
    return t->news == EMRS_NEWS_CUT || t->news == EMRS_NEWS_CLOSED
               ? "the connection ended before a whole answer"
               : "no whole answer came in time";
}

static void tell_wait(emrs_trace *t, const emrs_result *result, uint32_t wait_ms)
{
    digits attempt, wait, status;
    const emrs_text attempt_text = count(&attempt, result->attempt_count + 1u),
                    wait_text = count(&wait, wait_ms);
    if (result->status > 0)
        tell(t, "attempt * in * ms, because the answer was status * *",
             (const emrs_text[VALUE_COUNT_MAX]){attempt_text, wait_text,
                                                number(&status, result->status),
                                                shown(result->error_name)});
    else
        tell(t, "attempt * in * ms, because *",
             (const emrs_text[VALUE_COUNT_MAX]){attempt_text, wait_text,
                                                words(cause_of(t, result))});
}

/* The call has ended, and the machine that made it (emrs_stop.h) makes another one later. */
static void tell_pause(emrs_trace *t, uint32_t pause_ms)
{
    digits pause;
    tell(t, "the next call in * ms", (const emrs_text[VALUE_COUNT_MAX]){count(&pause, pause_ms)});
}

/* Called before each CONNECT and SEND. If a new attempt follows without a wait, there was no WAIT
 * move, and the result of the previous attempt is written here. */
static void tell_attempt(emrs_trace *t)
{
    const emrs_call *call = t->config.call;
    bool is_next = t->attempt_count > 0 && call->result->attempt_count > t->attempt_count;
    if (is_next && !t->is_waiting) {
        tell_answer(t, &call->last);
        tell_wait(t, &call->last, 0);
    }
    t->attempt_count = call->result->attempt_count;
}

/* Connecting */

static const char *version_of(const emrs_trace *t, const emrs_move *move)
{
    if (!move->tls)
        return "no TLS";
    return t->config.tls_version != NULL ? t->config.tls_version(t->config.context) : "TLS";
}

static const char *peer_of(int peer)
{
    static const char *const peers[] = {[EMRS_PEER_UNVERIFIED] = "not verified",
                                        [EMRS_PEER_VERIFIED] = "verified by TLS",
                                        [EMRS_PEER_VERIFIED_ELSEWHERE] = "verified elsewhere",
                                        [EMRS_PEER_PLAIN] = "plain"};
    bool is_known = peer >= 0 && peer <= (int)EMRS_PEER_PLAIN;
    return peers[is_known ? peer : (int)EMRS_PEER_UNVERIFIED];
}

static void tell_connect(emrs_trace *t, const emrs_move *move, emrs_report report)
{
    digits attempt, port;
    if (!t->is_connecting) {
        tell(t, "attempt *: connect * port *",
             (const emrs_text[VALUE_COUNT_MAX]){count(&attempt, t->attempt_count),
                                                words(move->host), number(&port, move->port)});
        t->phase = -1;
    }
    if (report.news == EMRS_NEWS_CONNECTED)
        tell(t, "connected, * (*)",
             (const emrs_text[VALUE_COUNT_MAX]){words(peer_of(report.detail)),
                                                words(version_of(t, move))});
    if (report.news != EMRS_NEWS_CONNECTING || t->phase == report.detail)
        return;
    tell_words(t, emrs_phase_words((emrs_phase)report.detail));
    t->phase = report.detail;
}

static emrs_report trace_connect(void *context, const emrs_move *move)
{
    emrs_trace *t = context;
    tell_attempt(t);
    emrs_report report = t->config.inner->connect(t->config.inner->context, move);
    tell_connect(t, move, report);
    tell_report(t, "connect", report);
    t->is_connecting = true;
    t->is_sending = t->is_waiting = false;
    return report;
}

/* The request */

/* Writes "...Signature=[64 bytes]" instead of the signature, which is after the last "Signature="
 * of the Authorization line. */
static void tell_authorization(emrs_trace *t, emrs_text line)
{
    const emrs_text mark = EMRS_TEXT("Signature=");
    digits room;
    size_t at = line.size;
    while (at > 0 && !emrs_text_starts(emrs_text_from(line, at - 1), mark))
        at--;
    if (at == 0) {
        tell(t, "> Authorization: [* bytes]",
             (const emrs_text[VALUE_COUNT_MAX]){count(&room, line.size)});
        return;
    }
    at += mark.size - 1;
    tell(t, "> *[* bytes]",
         (const emrs_text[VALUE_COUNT_MAX]){{line.bytes, at}, count(&room, line.size - at)});
}

static bool is_name(emrs_text name, const char *lower)
{
    size_t at = 0;
    while (at < name.size && lower[at] != '\0' && emrs_to_lower(name.bytes[at]) == lower[at])
        at++;
    return at == name.size && lower[at] == '\0';
}

/* Writes the header whose value is sent from another buffer: call->windows[1]. The value may be a
 * secret: a session token, or the token of a container or of an instance. */
static void tell_last(emrs_trace *t, emrs_text name)
{
    const emrs_text value = t->config.call->windows[1];
    digits room;
    if (is_name(name, "x-amzn-iot-thingname")
        || is_name(name, "x-aws-ec2-metadata-token-ttl-seconds"))
        tell(t, "> *: *", (const emrs_text[VALUE_COUNT_MAX]){name, shown(value)});
    else
        tell(t, "> *: [* bytes]",
             (const emrs_text[VALUE_COUNT_MAX]){name, count(&room, value.size)});
}

static void tell_line(emrs_trace *t, emrs_text line)
{
    size_t colon = emrs_text_find(line, ':');
    digits room;
    if (colon + sizeof ": " - 1 == line.size)
        tell_last(t, (emrs_text){line.bytes, colon});
    else if (emrs_text_starts(line, EMRS_TEXT("Authorization:")))
        tell_authorization(t, line);
    else if (emrs_text_starts(line, EMRS_TEXT("Proxy-Authorization:"))) /* if proxy/ is above */
        tell(t, "> Proxy-Authorization: [* bytes]",
             (const emrs_text[VALUE_COUNT_MAX]){count(&room, line.size)});
    else
        tell(t, "> *", (const emrs_text[VALUE_COUNT_MAX]){shown(line)});
}

/* Writes the lines of the first window of a request: all up to the value of the last header. */
static void tell_request(emrs_trace *t, emrs_text window)
{
    while (window.size > 0) {
        emrs_text line = {window.bytes, emrs_text_find(window, '\n')};
        window = emrs_text_from(window, line.size < window.size ? line.size + 1 : line.size);
        if (line.size > 0 && line.bytes[line.size - 1] == '\r')
            line.size--;
        if (line.size > 0)
            tell_line(t, line);
    }
}

static emrs_report trace_send(void *context, const emrs_move *move)
{
    emrs_trace *t = context;
    tell_attempt(t);
    if (!t->is_sending)
        tell_request(t, (emrs_text){move->send, move->size});
    t->is_sending = true;
    t->is_connecting = t->is_waiting = false;
    emrs_report report = t->config.inner->send(t->config.inner->context, move);
    tell_report(t, "send", report);
    return report;
}

/* The answer */

/* Whether a header's value is written: if it helps to find an error and is never secret. */
static bool is_told(emrs_text name)
{
    static const char *const names[] = {
        "date",           "x-amzn-requestid", "x-amzn-errortype",  "content-type",
        "content-length", "connection",       "transfer-encoding", "server"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (is_name(name, names[i]))
            return true;
    return false;
}

static void tell_header(emrs_trace *t, emrs_text line)
{
    digits room;
    emrs_text name = {line.bytes, emrs_text_find(line, ':')};
    if (name.size == line.size || name.size == 0) {
        tell(t, "< a line that is no header, * bytes",
             (const emrs_text[VALUE_COUNT_MAX]){count(&room, line.size)});
        return;
    }
    emrs_text value = emrs_text_from(line, name.size + 1);
    while (value.size > 0 && *value.bytes == ' ')
        value = emrs_text_from(value, 1);
    if (is_told(name))
        tell(t, "< *: *", (const emrs_text[VALUE_COUNT_MAX]){name, value});
    else
        tell(t, "< *: [* bytes]",
             (const emrs_text[VALUE_COUNT_MAX]){name, count(&room, value.size)});
}

static void tell_status(emrs_trace *t, emrs_text line)
{
    digits room;
    t->has_status = true;
    t->is_interim = emrs_text_starts(line, EMRS_TEXT("HTTP/1.1 1"))
                    && !emrs_text_starts(line, EMRS_TEXT("HTTP/1.1 101"));
    if (emrs_text_starts(line, EMRS_TEXT("HTTP/")))
        tell(t, "< *", (const emrs_text[VALUE_COUNT_MAX]){line});
    else
        tell(t, "< a line that is no status line, * bytes",
             (const emrs_text[VALUE_COUNT_MAX]){count(&room, line.size)});
}

/* Reads a complete line of the head. Another head follows the head of an interim answer. */
static void take_line(emrs_trace *t)
{
    emrs_text line = {t->header, t->header_size};
    t->header_size = 0;
    if (line.size > 0 && line.bytes[line.size - 1] == '\r')
        line.size--;
    if (!t->has_status) {
        tell_status(t, line);
    } else if (line.size > 0) {
        tell_header(t, line);
    } else {
        t->in_body = !t->is_interim;
        t->has_status = false;
    }
}

static void take_bytes(emrs_trace *t, const char *bytes, size_t size)
{
    size_t at = 0;
    for (; at < size && !t->in_body; at++) {
        t->head_size++;
        if (bytes[at] == '\n')
            take_line(t);
        else if (t->header_size < sizeof t->header)
            t->header[t->header_size++] = bytes[at];
    }
    t->body_size += size - at;
}

static emrs_report trace_receive(void *context, const emrs_move *move)
{
    emrs_trace *t = context;
    emrs_report report = t->config.inner->receive(t->config.inner->context, move);
    tell_report(t, "receive", report);
    t->is_sending = false;
    if (report.news == EMRS_NEWS_RECEIVED && report.size <= move->size)
        take_bytes(t, move->receive, report.size);
    return report;
}

static void trace_close(void *context)
{
    emrs_trace *t = context;
    tell_answer(t, t->config.call->result);
    tell_words(t, "close");
    t->is_connecting = t->is_sending = false;
    t->config.inner->close(t->config.inner->context);
}

void emrs_trace_wait(emrs_trace *trace, uint32_t until_ms)
{
    const emrs_call *call = trace->config.call;
    if (trace->is_waiting)
        return;
    trace->is_waiting = true;
    tell_answer(trace, call->result); /* a stream that is kept open gets no CLOSE */
    if (call->result->code <= EMRS_DONE)
        tell_pause(trace, emrs_left_ms(call->now.ms, until_ms));
    else
        tell_wait(trace, call->result, emrs_left_ms(call->now.ms, until_ms));
}

void emrs_trace_end(emrs_trace *trace)
{
    tell_answer(trace, trace->config.call->result);
    tell_words(trace, "end");
}

void emrs_trace_init(emrs_trace *trace, const emrs_trace_config *config)
{
    memset(trace, 0, sizeof *trace);
    trace->config = *config;
    trace->stream = (emrs_stream){trace, trace_connect, trace_send, trace_receive, trace_close};
}
