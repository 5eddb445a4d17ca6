/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <string.h>

#include "text.h"

enum { RUN_SIZE = 8 }; /* shorter runs of a secret say nothing of it, and stand in any text */

/* Size of the longest run at the start of bytes that stands in the secret. */
static size_t run_in(emrs_text bytes, emrs_text secret)
{
    size_t longest = 0;
    for (size_t at = 0; at < secret.size; at++) {
        size_t size = 0;
        while (size < bytes.size && at + size < secret.size
               && bytes.bytes[size] == secret.bytes[at + size])
            size++;
        longest = size > longest ? size : longest;
    }
    return longest;
}

static size_t secret_at(emrs_text bytes, const emrs_text secrets[], size_t count)
{
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = run_in(bytes, secrets[i]);
        bool whole = size > 0 && size == secrets[i].size; /* a secret may itself be short */
        if ((size >= RUN_SIZE || whole) && size > longest)
            longest = size;
    }
    return longest;
}

void print_masked(FILE *to, emrs_text bytes, const emrs_text secrets[], size_t secret_count)
{
    for (size_t at = 0; at < bytes.size;) {
        size_t masked = secret_at(text_from(bytes, at), secrets, secret_count);
        unsigned char c = (unsigned char)bytes.bytes[at];
        if (masked > 0)
            (void)fputs("[masked]", to);
        else if (c == '\n' || (c >= ' ' && c <= '~'))
            (void)fputc(c, to);
        else if (c != '\r')
            (void)fprintf(to, "\\x%02x", c);
        at += masked > 0 ? masked : 1;
    }
}

static void print_bytes(const trace *t, const char *mark, const char *bytes, size_t size)
{
    const emrs_text secrets[] = {t->credentials->secret_access_key,
                                 t->credentials->session_token,
                                 {t->signature, t->signature[0] != '\0' ? sizeof t->signature : 0}};
    (void)fprintf(stderr, "emrs: %s %zu bytes\n", mark, size);
    print_masked(stderr, (emrs_text){bytes, size}, secrets, sizeof secrets / sizeof secrets[0]);
    (void)fputs("\n", stderr);
}

static void print_report(const char *move, emrs_report report)
{
    static const char *const news[] = {[EMRS_PENDING] = "pending",
                                       [EMRS_CONNECTING] = "connecting",
                                       [EMRS_CONNECTED] = "connected",
                                       [EMRS_SENT] = "sent",
                                       [EMRS_RECEIVED] = "received",
                                       [EMRS_CLOSED] = "closed",
                                       [EMRS_CUT] = "cut",
                                       [EMRS_FAILED] = "failed",
                                       [EMRS_STOP] = "stop"};
    static const char *const peers[] = {"not verified", "verified by TLS", "verified elsewhere",
                                        "plain, no TLS"};
    if (report.news == EMRS_PENDING)
        return;
    (void)fprintf(stderr, "emrs: %s: %s", move, news[report.news]);
    if (report.news == EMRS_CONNECTING)
        (void)fprintf(stderr, ": %s", emrs_phase_words((emrs_phase)report.detail));
    if (report.news == EMRS_CONNECTED)
        (void)fprintf(stderr, ", %s", peers[report.detail]);
    if (report.news == EMRS_FAILED)
        (void)fprintf(stderr, ": %s (%ld)", emrs_reason_words((emrs_reason)report.detail),
                      (long)report.native);
    if (report.size > 0)
        (void)fprintf(stderr, " %zu bytes", report.size);
    (void)fputs("\n", stderr);
}

static emrs_report trace_connect(void *context, const emrs_move *move)
{
    trace *t = context;
    emrs_report report = t->inner->connect(t->inner->context, move);
    char name[300];
    (void)snprintf(name, sizeof name, "connect %s port %u", move->host, (unsigned)move->port);
    print_report(name, report);
    return report;
}

/* The signature goes on being a secret for as long as it would be accepted. */
static void note_signature(trace *t, emrs_text window)
{
    const emrs_text mark = TEXT("Signature=");
    for (size_t at = 0; at + mark.size + sizeof t->signature <= window.size; at++)
        if (memcmp(window.bytes + at, mark.bytes, mark.size) == 0)
            memcpy(t->signature, window.bytes + at + mark.size, sizeof t->signature);
}

static emrs_report trace_send(void *context, const emrs_move *move)
{
    trace *t = context;
    const char *window = move->send;
    if (window != t->next) { /* seen for the first time: whole, so that no secret shows in halves */
        note_signature(t, (emrs_text){window, move->size});
        print_bytes(t, "send", window, move->size);
    }
    emrs_report report = t->inner->send(t->inner->context, move);
    t->next = window + (report.news == EMRS_SENT ? report.size : 0);
    print_report("send", report);
    return report;
}

static emrs_report trace_receive(void *context, const emrs_move *move)
{
    trace *t = context;
    emrs_report report = t->inner->receive(t->inner->context, move);
    print_report("receive", report);
    if (report.news == EMRS_RECEIVED)
        print_bytes(t, "receive", move->receive, report.size);
    return report;
}

static void trace_close(void *context)
{
    trace *t = context;
    (void)fputs("emrs: close\n", stderr);
    t->inner->close(t->inner->context);
}

void trace_init(trace *t, const emrs_stream *inner, const emrs_credentials *credentials)
{
    *t = (trace){.inner = inner, .credentials = credentials};
    t->stream = (emrs_stream){t, trace_connect, trace_send, trace_receive, trace_close};
}
