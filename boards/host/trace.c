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

enum { SECRET_COUNT = 3 };

static void secrets_of(const options *o, emrs_text secrets[SECRET_COUNT])
{
    secrets[0] = o->credentials.secret_access_key;
    secrets[1] = o->credentials.session_token;
    secrets[2] = (emrs_text){o->signature, o->signature[0] != '\0' ? sizeof o->signature : 0};
}

/* Size of what has to be masked at the start of bytes: a run of a secret, or all of a short one. */
static size_t secret_at(emrs_text bytes, const options *o)
{
    emrs_text secrets[SECRET_COUNT];
    size_t longest = 0;
    secrets_of(o, secrets);
    for (size_t i = 0; i < SECRET_COUNT; i++) {
        size_t size = run_in(bytes, secrets[i]);
        bool whole = size > 0 && size == secrets[i].size;
        if ((size >= RUN_SIZE || whole) && size > longest)
            longest = size;
    }
    return longest;
}

size_t open_end_of(emrs_text bytes, const options *o)
{
    emrs_text secrets[SECRET_COUNT];
    secrets_of(o, secrets);
    for (size_t at = 0; at < bytes.size; at++)
        for (size_t i = 0; i < SECRET_COUNT; i++)
            if (run_in(text_from(bytes, at), secrets[i]) == bytes.size - at)
                return bytes.size - at;
    return 0;
}

static void print_byte(FILE *to, char c, bool lines)
{
    if (is_printable(c) || (lines && c == '\n'))
        (void)fputc(c, to);
    else if (!lines || c != '\r')
        (void)fprintf(to, "\\x%02x", (unsigned)(unsigned char)c);
}

void print_masked(FILE *to, emrs_text bytes, const options *o, bool lines)
{
    for (size_t at = 0; at < bytes.size;) {
        size_t masked = secret_at(text_from(bytes, at), o);
        if (lines && (at == 0 || bytes.bytes[at - 1] == '\n'))
            (void)fputs("emrs: | ", to);
        if (masked > 0)
            (void)fputs("[masked]", to);
        else
            print_byte(to, bytes.bytes[at], lines);
        at += masked > 0 ? masked : 1;
    }
}

static void print_report(const trace *t, const char *move, emrs_report report)
{
    static const char *const news[] = {[EMRS_CONNECTED] = "connected",
                                       [EMRS_SENT] = "sent",
                                       [EMRS_RECEIVED] = "received",
                                       [EMRS_CLOSED] = "closed",
                                       [EMRS_CUT] = "cut",
                                       [EMRS_FAILED] = "failed",
                                       [EMRS_STOP] = "stop"};
    static const char *const peers[] = {"not verified", "verified by TLS", "verified elsewhere",
                                        "plain, no TLS"};
    if (!t->o->debug || report.news == EMRS_PENDING)
        return;
    (void)fprintf(stderr, "emrs: %s: %s", move,
                  report.news == EMRS_CONNECTING ? emrs_phase_words((emrs_phase)report.detail)
                                                 : news[report.news]);
    if (report.news == EMRS_CONNECTED)
        (void)fprintf(stderr, ", %s", peers[report.detail]);
    if (report.news == EMRS_FAILED)
        (void)fprintf(stderr, ": %s (%ld)", emrs_reason_words((emrs_reason)report.detail),
                      (long)report.native);
    if (report.size > 0)
        (void)fprintf(stderr, " %zu bytes", report.size);
    (void)fputs("\n", stderr);
}

/* What was received is printed as far as it cannot be the beginning of a secret. */
static void print_held(trace *t, bool all)
{
    emrs_text held = {t->held, t->held_size};
    size_t kept = all ? 0 : open_end_of(held, t->o);
    if (kept == sizeof t->held)
        kept = 0; /* one run of a secret, longer than what is held: it is masked as it is */
    held.size -= kept;
    if (held.size == 0)
        return;
    print_masked(stderr, held, t->o, true);
    (void)fputs("\n", stderr);
    memmove(t->held, t->held + held.size, kept);
    t->held_size = kept;
}

static void hold(trace *t, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        if (t->held_size == sizeof t->held)
            print_held(t, false);
        t->held[t->held_size++] = bytes[at];
    }
    print_held(t, false);
}

static emrs_report trace_connect(void *context, const emrs_move *move)
{
    trace *t = context;
    emrs_report report = t->inner->connect(t->inner->context, move);
    char name[300];
    (void)snprintf(name, sizeof name, "connect %s port %u", move->host, (unsigned)move->port);
    print_report(t, name, report);
    return report;
}

static void note_signature(options *o, emrs_text window)
{
    const emrs_text mark = TEXT("Signature=");
    for (size_t at = 0; at + mark.size + sizeof o->signature <= window.size; at++)
        if (memcmp(window.bytes + at, mark.bytes, mark.size) == 0)
            memcpy(o->signature, window.bytes + at + mark.size, sizeof o->signature);
}

static emrs_report trace_send(void *context, const emrs_move *move)
{
    trace *t = context;
    emrs_text window = {move->send, move->size};
    bool is_new = window.bytes != t->next;
    if (is_new) { /* it is whole now, so that no secret shows in halves */
        note_signature(t->o, window);
        if (t->o->debug) {
            (void)fprintf(stderr, "emrs: send %zu bytes\n", window.size);
            print_masked(stderr, window, t->o, true);
            (void)fputs("\n", stderr);
        }
    }
    emrs_report report = t->inner->send(t->inner->context, move);
    t->next = window.bytes + (report.news == EMRS_SENT ? report.size : 0);
    print_report(t, "send", report);
    return report;
}

static emrs_report trace_receive(void *context, const emrs_move *move)
{
    trace *t = context;
    emrs_report report = t->inner->receive(t->inner->context, move);
    print_report(t, "receive", report);
    if (t->o->debug && report.news == EMRS_RECEIVED)
        hold(t, move->receive, report.size);
    return report;
}

static void trace_close(void *context)
{
    trace *t = context;
    if (t->o->debug) {
        print_held(t, true);
        (void)fputs("emrs: close\n", stderr);
    }
    t->inner->close(t->inner->context);
}

void trace_init(trace *t, const emrs_stream *inner, options *o)
{
    *t = (trace){.inner = inner, .o = o};
    t->stream = (emrs_stream){t, trace_connect, trace_send, trace_receive, trace_close};
}
