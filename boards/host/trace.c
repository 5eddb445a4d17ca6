/* SPDX-License-Identifier: MIT */
/* Prints what --debug shows of a call. Of the request: every line, with sizes in place of secret
 * fields. Of an answer: its status line, the names of its headers, the values of a few of them, its
 * sizes, and what the core kept of its body. Nothing else that a peer sent is printed. */
#include "host.h"

#include <string.h>
#include <strings.h>

#include "emrs_posix.h"
#include "emrs_text.h"

enum { TEXT_SHOWN = 500 }; /* bytes of a text that a line shows */

static int shown(emrs_text text)
{
    return text.size < TEXT_SHOWN ? (int)text.size : TEXT_SHOWN;
}

static void tell_report(trace *t, const char *move, emrs_report report)
{
    if (report.news == EMRS_NEWS_PENDING)
        return;
    t->news = report.news;
    if (!t->o->debug)
        return;
    if (report.news == EMRS_NEWS_FAILED)
        debug_line("%s failed: %s (%ld)", move, emrs_reason_words((emrs_reason)report.detail),
                   (long)report.native);
    else if (report.news == EMRS_NEWS_SENT)
        debug_line("%s: %zu bytes sent", move, report.size);
    else if (report.news == EMRS_NEWS_CLOSED)
        debug_line("%s: the server closed the connection", move);
    else if (report.news == EMRS_NEWS_CUT)
        debug_line("%s: the connection was cut", move);
}

/* Between the attempts */

/* Prints what the core kept of the body: an error's name and message, or the ids of a 200. */
static void tell_values(const trace *t, const emrs_result *result)
{
    emrs_text passed = emrs_pen_text(&t->call->sieve.out);
    if (result->error_name.size > 0 || result->message.size > 0)
        debug_line("the answer says: %.*s: %.*s%s", shown(result->error_name),
                   result->error_name.bytes, shown(result->message), result->message.bytes,
                   result->message_cut || result->message.size > TEXT_SHOWN ? "..." : "");
    else if (result->status == 200 && passed.size > 0)
        debug_line("the answer says: %.*s", shown(passed), passed.bytes);
}

static void tell_answer(trace *t, const emrs_result *result)
{
    if (t->head_size == 0)
        return;
    debug_line("the answer so far: head %zu bytes, body %zu bytes", t->head_size, t->body_size);
    tell_values(t, result);
    t->head_size = t->body_size = t->line_size = 0;
    t->in_body = t->has_status = false;
}

static void tell_wait(const trace *t, const emrs_result *result, uint32_t wait_ms)
{
    unsigned attempt = result->attempt_count + 1u;
    if (result->status > 0)
        debug_line("attempt %u in %lu ms, because the answer was status %d %.*s", attempt,
                   (unsigned long)wait_ms, result->status, shown(result->error_name),
                   result->error_name.bytes);
    else
        debug_line("attempt %u in %lu ms, because %s", attempt, (unsigned long)wait_ms,
                   result->reason != EMRS_REASON_NONE ? emrs_reason_words(result->reason)
                   : t->news == EMRS_NEWS_CUT || t->news == EMRS_NEWS_CLOSED
                       ? "the connection ended before a whole answer"
                       : "no whole answer came in time");
}

/* Called before an attempt's first move. If the wait before it was 0 ms, no WAIT was shown: then
 * the result of the attempt before is printed here. */
static void tell_attempt(trace *t)
{
    bool is_next = t->attempt_count > 0 && t->result->attempt_count > t->attempt_count;
    if (is_next && !t->is_waiting) {
        tell_answer(t, &t->call->last);
        tell_wait(t, &t->call->last, 0);
    }
    t->attempt_count = t->result->attempt_count;
}

/* Connecting */

static void tell_connect(trace *t, const emrs_move *move, emrs_report report)
{
    static const char *const peers[] = {"not verified", "verified by TLS", "verified elsewhere",
                                        "plain"};
    if (!t->is_connecting) {
        debug_line("attempt %u: connect %s port %u", (unsigned)t->result->attempt_count, move->host,
                   (unsigned)move->port);
        t->phase = -1;
    }
    if (report.news == EMRS_NEWS_CONNECTED)
        debug_line("connected, %s (%s)", peers[report.detail],
                   move->tls ? emrs_tls_version_words(t->tls) : "no TLS");
    if (report.news != EMRS_NEWS_CONNECTING || t->phase == report.detail)
        return;
    debug_line("%s", emrs_phase_words((emrs_phase)report.detail));
    t->phase = report.detail;
}

static emrs_report trace_connect(void *context, const emrs_move *move)
{
    trace *t = context;
    deadline_hold(t->o, t->client, t->result);
    if (t->o->debug)
        tell_attempt(t);
    emrs_report report = t->inner->connect(t->inner->context, move);
    deadline_release();
    if (t->o->debug)
        tell_connect(t, move, report);
    tell_report(t, "connect", report);
    t->is_connecting = true;
    t->is_sending = t->is_waiting = false;
    return report;
}

/* The request */

/* Prints "...Signature=[64 bytes]" instead of the signature. The signature is after the last
 * "Signature=" of the Authorization line. */
static void tell_authorization(emrs_text line)
{
    const emrs_text mark = EMRS_TEXT("Signature=");
    size_t at = line.size;
    while (at > 0 && !emrs_text_starts(emrs_text_from(line, at - 1), mark))
        at--;
    if (at == 0) {
        debug_line("> Authorization: [%zu bytes]", line.size);
        return;
    }
    at += mark.size - 1;
    debug_line("> %.*s[%zu bytes]", (int)at, line.bytes, line.size - at);
}

static void tell_line(const trace *t, emrs_text line)
{
    if (emrs_text_starts(line, EMRS_TEXT("Authorization:")))
        tell_authorization(line);
    else if (emrs_text_starts(line, EMRS_TEXT("X-Amz-Security-Token:")))
        debug_line("> X-Amz-Security-Token: [%zu bytes]", t->o->credentials.session_token.size);
    else
        debug_line("> %.*s", shown(line), line.bytes);
}

/* Prints the first window of a request: all of it up to the session token. */
static void tell_request(const trace *t, emrs_text window)
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
    trace *t = context;
    if (t->o->debug)
        tell_attempt(t);
    if (t->o->debug && !t->is_sending)
        tell_request(t, (emrs_text){move->send, move->size});
    t->is_sending = true;
    t->is_connecting = t->is_waiting = false;
    emrs_report report = t->inner->send(t->inner->context, move);
    tell_report(t, "send", report);
    return report;
}

/* The answer */

/* Whether a header's value is printed: if it helps to find a fault and holds nothing secret. */
static bool is_told(emrs_text name)
{
    static const char *const names[] = {
        "date",           "x-amzn-requestid", "x-amzn-errortype",  "content-type",
        "content-length", "connection",       "transfer-encoding", "server"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (name.size == strlen(names[i]) && strncasecmp(name.bytes, names[i], name.size) == 0)
            return true;
    return false;
}

static void tell_header(emrs_text line)
{
    emrs_text name = {line.bytes, emrs_text_find(line, ':')};
    if (name.size == line.size || name.size == 0) {
        debug_line("< a line that is no header, %zu bytes", line.size);
        return;
    }
    emrs_text value = emrs_text_from(line, name.size + 1);
    while (value.size > 0 && *value.bytes == ' ')
        value = emrs_text_from(value, 1);
    if (is_told(name))
        debug_line("< %.*s: %.*s", (int)name.size, name.bytes, (int)value.size, value.bytes);
    else
        debug_line("< %.*s: [%zu bytes]", (int)name.size, name.bytes, value.size);
}

static bool is_interim(emrs_text status)
{
    return emrs_text_starts(status, EMRS_TEXT("HTTP/1.1 1"))
           && !emrs_text_starts(status, EMRS_TEXT("HTTP/1.1 101"));
}

/* Takes a whole line of the head. After the head of an interim answer comes another head. */
static void take_line(trace *t)
{
    emrs_text line = {t->line, t->line_size};
    t->line_size = 0;
    if (line.size > 0 && line.bytes[line.size - 1] == '\r')
        line.size--;
    if (t->has_status && line.size == 0) {
        t->in_body = !t->is_interim;
        t->has_status = false;
    } else if (t->has_status) {
        tell_header(line);
    } else {
        t->has_status = true;
        t->is_interim = is_interim(line);
        if (emrs_text_starts(line, EMRS_TEXT("HTTP/")))
            debug_line("< %.*s", (int)line.size, line.bytes);
        else
            debug_line("< a line that is no status line, %zu bytes", line.size);
    }
}

static void take_bytes(trace *t, const char *bytes, size_t size)
{
    size_t at = 0;
    for (; at < size && !t->in_body; at++) {
        t->head_size++;
        if (bytes[at] == '\n')
            take_line(t);
        else if (t->line_size < sizeof t->line)
            t->line[t->line_size++] = bytes[at];
    }
    t->body_size += size - at;
}

static emrs_report trace_receive(void *context, const emrs_move *move)
{
    trace *t = context;
    emrs_report report = t->inner->receive(t->inner->context, move);
    tell_report(t, "receive", report);
    t->is_sending = false;
    if (t->o->debug && report.news == EMRS_NEWS_RECEIVED)
        take_bytes(t, move->receive, report.size);
    return report;
}

static void trace_close(void *context)
{
    trace *t = context;
    if (t->o->debug) {
        tell_answer(t, t->result);
        debug_line("close");
    }
    t->is_connecting = t->is_sending = false;
    t->inner->close(t->inner->context);
}

void trace_wait(trace *t, uint32_t until_ms)
{
    uint32_t wait_ms = until_ms - emrs_posix_now(NULL).ms;
    if (!t->o->debug || t->is_waiting)
        return;
    t->is_waiting = true;
    tell_answer(t, t->result); /* a stream that stays open has no CLOSE */
    tell_wait(t, t->result, wait_ms < 0x80000000u ? wait_ms : 0);
}

void trace_end(trace *t)
{
    if (!t->o->debug)
        return;
    tell_answer(t, t->result);
    debug_line("end");
    debug_end();
}

void trace_init(trace *t, const emrs_tls *tls, const options *o, const emrs_client *client,
                const emrs_call *call, const emrs_result *result)
{
    *t = (trace){.inner = &tls->stream,
                 .tls = tls,
                 .o = o,
                 .client = client,
                 .call = call,
                 .result = result};
    t->stream = (emrs_stream){t, trace_connect, trace_send, trace_receive, trace_close};
    debug_start();
}
