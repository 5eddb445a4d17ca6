/* SPDX-License-Identifier: MIT */
#include "emrs_check.h"

#include <string.h>

#include "watch.h"

enum {
    SHORT_MS = 300, /* for a move whose time must run out */
    EARLY_MS = 500,
    PACE_MS = 1000,
    PROBE_MS = 50,
    CYCLE_COUNT = 50,
    SLACK_MS = 200,
    TIMEOUT_MS = 10000,
    FULL_SIZE_MAX = 8 << 20,
    BULK_SIZE = 64 << 10,
    CLOCK_READ_COUNT = 1 << 26,
    UTC_ERROR_MAX_S = 300 /* the service accepts such an error */
};

/* Data: each byte is 7 bits of a hash of its position, so that lost, doubled or swapped bytes are
 * noticed. It is never a newline, which ends the data. */

static unsigned char pattern(uint32_t at)
{
    return (unsigned char)(0x80u | (at * 2654435761u) >> 25);
}

static bool open_service(emrs_checker *c)
{
    emrs_move move = move_to(c, SERVICE, c->timeout_ms);
    emrs_report report = await(c, c->config->stream->connect, &move);
    c->sent_size = c->received_size = 0;
    if (report.news == EMRS_NEWS_CONNECTED)
        return is_fine(c);
    return find_reason(c, "did not connect to the peer; reason", &report);
}

/* Sends the bytes of c->out from *at up to `size`, and advances *at. Overwrites bytes as soon as
 * they are reported sent.
 * ret: SENT: all is sent; PENDING: there was no room in time; else what the stream reported */
static emrs_news send_some(emrs_checker *c, size_t *at, size_t size, bool more, uint32_t timeout_ms)
{
    while (*at < size) {
        emrs_move move = move_out(c, size - *at, timeout_ms);
        move.send = c->out + *at;
        move.more = more;
        emrs_report report = await(c, c->config->stream->send, &move);
        if (is_fine(c) && report.news != EMRS_NEWS_SENT && report.news != EMRS_NEWS_PENDING)
            find_reason(c, "did not send; reason", &report);
        if (!is_fine(c) || report.news != EMRS_NEWS_SENT)
            return report.news;
        memset(c->out + *at, '!', report.size);
        *at += report.size;
    }
    return EMRS_NEWS_SENT;
}

static bool send_rest(emrs_checker *c, size_t at, size_t size, bool more)
{
    if (send_some(c, &at, size, more, c->timeout_ms) == EMRS_NEWS_PENDING)
        find(c, "found no room to send; bytes left", (int32_t)(size - at));
    return is_fine(c);
}

static bool send_out(emrs_checker *c, size_t size, bool more)
{
    return send_rest(c, 0, size, more);
}

static bool ask(emrs_checker *c, const char *what)
{
    size_t size = strlen(what);
    memcpy(c->out, what, size);
    return open_service(c) && send_out(c, size, false);
}

static void write_pattern(emrs_checker *c, size_t size)
{
    for (size_t i = 0; i < size; i++)
        c->out[i] = pattern(c->sent_size + (uint32_t)i);
    c->sent_size += (uint32_t)size;
}

static bool send_pattern(emrs_checker *c, size_t size)
{
    write_pattern(c, size);
    return send_out(c, size, true);
}

static bool compare(emrs_checker *c, size_t size)
{
    for (size_t i = 0; i < size; i++, c->received_size++) {
        bool is_end = c->received_size == c->sent_size;
        if (c->received_size > c->sent_size)
            return find(c, "more came back than was sent; bytes sent", (int32_t)c->sent_size);
        if (c->in[i] != (is_end ? '\n' : pattern(c->received_size)))
            return find(c, "other bytes came back than were sent, from byte",
                        (int32_t)c->received_size);
    }
    return true;
}

/* Receives until the whole pattern has come back. */
static bool receive_pattern(emrs_checker *c, size_t window_size)
{
    while (c->received_size <= c->sent_size) {
        emrs_move move = move_in(c, window_size, c->timeout_ms);
        emrs_report report = await(c, c->config->stream->receive, &move);
        if (!is_fine(c))
            return false;
        if (report.news != EMRS_NEWS_RECEIVED)
            return find(c, "what was sent did not come back; bytes that did",
                        (int32_t)c->received_size);
        if (!compare(c, report.size))
            return false;
    }
    return true;
}

static bool finish_echo(emrs_checker *c, size_t window_size)
{
    c->out[0] = '\n';
    if (!send_out(c, 1, false) || !receive_pattern(c, window_size))
        return false;
    emrs_move move = move_in(c, window_size, PROBE_MS);
    emrs_report report = await(c, c->config->stream->receive, &move);
    if (report.news != EMRS_NEWS_PENDING)
        return find_news(c, "news, but the peer was silent", report.news);
    return is_fine(c);
}

static bool echo(emrs_checker *c, const char *how, uint32_t size, size_t window_size)
{
    if (!ask(c, how))
        return false;
    while (c->sent_size < size) {
        uint32_t left = size - c->sent_size;
        if (!send_pattern(c, left < window_size ? left : window_size))
            return false;
    }
    return finish_echo(c, window_size);
}

/* Time */

static bool check_clock_moves(emrs_checker *c)
{
    uint32_t begin_ms = now_ms(c);
    for (long i = 0; i < CLOCK_READ_COUNT; i++)
        if (now_ms(c) != begin_ms)
            return true;
    return find(c, "stood still over many readings", CLOCK_READ_COUNT);
}

static bool receive_one(emrs_checker *c)
{
    emrs_move move = move_in(c, 1, c->timeout_ms);
    emrs_report report = await(c, c->config->stream->receive, &move);
    return report.news == EMRS_NEWS_RECEIVED || find_news(c, "did not receive; news", report.news);
}

static bool check_clock_pace(emrs_checker *c)
{
    if (!ask(c, "pace 1000\n") || !receive_one(c))
        return false;
    uint32_t begin_ms = now_ms(c);
    if (!receive_one(c))
        return false;
    uint32_t ms = elapsed_ms(c, begin_ms);
    if (ms + c->slack_ms < PACE_MS || ms > PACE_MS + c->slack_ms)
        return find(c, "ms of this clock in the peer's 1000 ms", (int32_t)ms);
    return true;
}

static bool check_utc(emrs_checker *c)
{
    uint32_t theirs_s = 0, ours_s = c->config->now(c->config->context).utc_s;
    if (ours_s == 0) {
        c->skipped = true;
        return find(c, "UTC is not known yet: no call is possible until it is", 0);
    }
    if (!ask(c, "utc\n"))
        return false;
    do {
        if (!receive_one(c))
            return false;
        if (c->in[0] != '\n')
            theirs_s = theirs_s * 10u + (c->in[0] - (uint32_t)'0');
    } while (c->in[0] != '\n');
    int64_t ahead_s = (int64_t)ours_s - theirs_s;
    if (ahead_s < -UTC_ERROR_MAX_S || ahead_s > UTC_ERROR_MAX_S)
        return find(c, "differs from the peer's clock, by s", (int32_t)ahead_s);
    return true;
}

static bool check_clock_forward(emrs_checker *c)
{
    return c->back_ms == 0 || find(c, "went back, by ms", (int32_t)c->back_ms);
}

/* Opening */

static bool is_verified(int peer)
{
    return peer == EMRS_PEER_VERIFIED || peer == EMRS_PEER_VERIFIED_ELSEWHERE;
}

static bool check_connect(emrs_checker *c)
{
    emrs_move move = move_to(c, SERVICE, c->timeout_ms);
    emrs_report report = await(c, c->config->stream->connect, &move);
    if (report.news != EMRS_NEWS_CONNECTED)
        return find_reason(c, "did not connect to the peer; reason", &report);
    if (report.detail == EMRS_PEER_UNVERIFIED)
        return find(c, "no .confirmation or no .tls: see verified/README.md; emrs_peer", 0);
    if (c->config->tls ? !is_verified(report.detail) : report.detail != EMRS_PEER_PLAIN)
        return find(c, "reported another emrs_peer", report.detail);
    return is_fine(c);
}

/* Asks a TLS stream for a plain one, or a plain stream for TLS. The peer does not support it. */
static bool check_other_kind(emrs_checker *c)
{
    emrs_move move = move_to(c, SERVICE, SHORT_MS);
    move.tls = !move.tls;
    emrs_report report = await(c, c->config->stream->connect, &move);
    if (report.news == EMRS_NEWS_CONNECTED && is_verified(report.detail))
        return find(c, "called an unverified peer verified; emrs_peer", report.detail);
    return is_fine(c);
}

/* The peer never sends on the first stream, so the echo works only on a new one. */
static bool check_connect_again(emrs_checker *c)
{
    return ask(c, "silence\n") && echo(c, "echo 0 65536 0\n", 3, 3);
}

static bool is_reset_for_another(emrs_checker *c, stream_call call, emrs_move move)
{
    move.owner = &c->found; /* any address but the one that connected */
    emrs_report report = await(c, call, &move);
    if (report.news != EMRS_NEWS_FAILED)
        return find_news(c, "did not refuse another owner's move; news", report.news);
    if (report.detail != EMRS_REASON_RESET)
        return find_reason(c, "gave another owner another reason than RESET", &report);
    return is_fine(c);
}

static bool check_owner(emrs_checker *c)
{
    if (!ask(c, "echo 0 65536 0\n") || !send_pattern(c, 3))
        return false;
    return is_reset_for_another(c, c->config->stream->send, move_out(c, 1, SHORT_MS))
           && is_reset_for_another(c, c->config->stream->receive, move_in(c, 1, SHORT_MS))
           && finish_echo(c, 3);
}

static bool check_refused(emrs_checker *c)
{
    emrs_move move = move_to(c, REFUSED, c->timeout_ms);
    emrs_report report = await(c, c->config->stream->connect, &move);
    if (report.news != EMRS_NEWS_FAILED)
        return find_news(c, "did not fail where nobody listens; news", report.news);
    bool is_of_proxy = report.detail == EMRS_REASON_PROXY_FAILED; /* it could not connect */
    if (!is_of_proxy && (report.detail < EMRS_REASON_REFUSED || report.detail > EMRS_REASON_RESET))
        return find_reason(c, "gave another reason than REFUSED, as emrs_reason", &report);
    return is_fine(c);
}

static bool wait_at(emrs_checker *c, int offset)
{
    emrs_move move = move_to(c, offset, SHORT_MS);
    emrs_report report = await(c, c->config->stream->connect, &move);
    if (report.news == EMRS_NEWS_CONNECTED)
        return find(c, "connected where nobody answers; peer", report.detail);
    if (report.news == EMRS_NEWS_FAILED)
        return find_reason(c, "reported a time-out as FAILED, emrs_reason", &report);
    return is_fine(c);
}

static bool check_unanswered(emrs_checker *c)
{
    return wait_at(c, UNANSWERED);
}

static bool check_silent_handshake(emrs_checker *c)
{
    return wait_at(c, SILENT);
}

/* The peer begins its handshake after 600 ms. One call of connect should wait for less. */
static bool check_slow_handshake(emrs_checker *c)
{
    emrs_move move = move_to(c, SLOW, c->timeout_ms);
    emrs_report report = await(c, c->config->stream->connect, &move);
    return report.news == EMRS_NEWS_CONNECTED
           || find_reason(c, "did not connect to a peer that begins after 600 ms; reason", &report);
}

static bool is_refused(emrs_checker *c, int offset)
{
    emrs_move move = move_to(c, offset, c->timeout_ms);
    emrs_report report = await(c, c->config->stream->connect, &move);
    if (report.news != EMRS_NEWS_FAILED)
        return find_news(c, "did not refuse the certificate; news", report.news);
    if (report.detail < EMRS_REASON_TRUST || report.detail > EMRS_REASON_TLS)
        return find_reason(c, "failed, not due to the certificate; reason", &report);
    return is_fine(c);
}

static bool check_untrusted_ca(emrs_checker *c)
{
    return is_refused(c, UNTRUSTED_CA);
}

static bool check_other_name(emrs_checker *c)
{
    return is_refused(c, OTHER_NAME);
}

static bool check_expired(emrs_checker *c)
{
    return is_refused(c, EXPIRED);
}

/* Bytes */

static bool check_drip(emrs_checker *c)
{
    return echo(c, "echo 0 1 1\n", 100, EMRS_CHECK_WINDOW_SIZE);
}

static bool check_window_of_one(emrs_checker *c)
{
    return echo(c, "echo 0 65536 0\n", 100, 1);
}

/* Sends windows of many sizes. */
static bool check_bulk(emrs_checker *c)
{
    if (!ask(c, "echo 0 65536 0\n"))
        return false;
    for (uint32_t size = 1; c->sent_size < BULK_SIZE; size = size * 7u % 509u)
        if (!send_pattern(c, size))
            return false;
    return finish_echo(c, 331);
}

/* Sends until there is no room.      out: at: how much of c->out was sent then */
static bool fill(emrs_checker *c, size_t *at)
{
    uint32_t size_max = c->config->full_size_max ? c->config->full_size_max : FULL_SIZE_MAX;
    emrs_news news = EMRS_NEWS_SENT;
    while (news == EMRS_NEWS_SENT && is_fine(c)) {
        if (c->sent_size >= size_max)
            return find(c, "took more than any buffer holds; bytes", (int32_t)c->sent_size);
        write_pattern(c, EMRS_CHECK_WINDOW_SIZE);
        *at = 0;
        news = send_some(c, at, EMRS_CHECK_WINDOW_SIZE, true, PROBE_MS);
    }
    return is_fine(c);
}

/* If there is no room for a window, sends the same window again, as emrs_step does. */
static bool check_full(emrs_checker *c)
{
    size_t at = 0;
    return ask(c, "echo 1000 65536 0\n") && fill(c, &at)
           && send_rest(c, at, EMRS_CHECK_WINDOW_SIZE, true)
           && send_pattern(c, EMRS_CHECK_WINDOW_SIZE) && finish_echo(c, EMRS_CHECK_WINDOW_SIZE);
}

/* Ends */

/* Receives until the end of what the peer sends, which must be `size` bytes.
 * ret: the news of that end */
static emrs_report receive_end(emrs_checker *c, size_t size)
{
    size_t got = 0;
    for (;;) {
        emrs_move move = move_in(c, EMRS_CHECK_WINDOW_SIZE, c->timeout_ms);
        emrs_report report = await(c, c->config->stream->receive, &move);
        if (report.news != EMRS_NEWS_RECEIVED || !is_fine(c)) {
            if (got != size)
                find(c, "bytes before the end were lost; bytes received", (int32_t)got);
            return report;
        }
        got += report.size;
    }
}

static bool check_cut(emrs_checker *c)
{
    if (!ask(c, "cut 1000\n"))
        return false;
    emrs_report report = receive_end(c, 1000);
    if (report.news != EMRS_NEWS_CUT)
        return find_news(c, "reported a bare FIN as emrs_news", report.news);
    return is_fine(c);
}

static bool check_closed(emrs_checker *c)
{
    emrs_news wanted = c->config->ends_look_alike ? EMRS_NEWS_CUT : EMRS_NEWS_CLOSED;
    if (!ask(c, "close 1000\n"))
        return false;
    emrs_report report = receive_end(c, 1000);
    if (report.news != wanted)
        return find_news(c, "reported close_notify as emrs_news", report.news);
    return is_fine(c);
}

/* Whether the report fits a reset. Some networks turn a reset into an end, but never into a clean
 * one. */
static bool is_reset(emrs_checker *c, const emrs_report *report)
{
    if (report->news != EMRS_NEWS_FAILED && report->news != EMRS_NEWS_CUT)
        return find_news(c, "reported a reset as emrs_news", report->news);
    if (report->news == EMRS_NEWS_FAILED && report->detail != EMRS_REASON_RESET)
        return find_reason(c, "gave a reset another reason, as emrs_reason", report);
    return is_fine(c);
}

static bool check_reset(emrs_checker *c)
{
    if (!ask(c, "reset 1000\n"))
        return false;
    emrs_report report = receive_end(c, 1000);
    return is_reset(c, &report);
}

static bool check_reset_in_send(emrs_checker *c)
{
    emrs_report report;
    if (!ask(c, "reset 0\n"))
        return false;
    uint32_t begin_ms = now_ms(c);
    do {
        emrs_move move = move_out(c, EMRS_CHECK_WINDOW_SIZE, c->timeout_ms);
        report = await(c, c->config->stream->send, &move);
    } while (report.news == EMRS_NEWS_SENT && elapsed_ms(c, begin_ms) < c->timeout_ms
             && is_fine(c));
    if (!is_reset(c, &report))
        return false;
    /* The peer may have answered before the reset. */
    emrs_move move = move_in(c, EMRS_CHECK_WINDOW_SIZE, SHORT_MS);
    report = await(c, c->config->stream->receive, &move);
    return report.news != EMRS_NEWS_CLOSED
           || find_news(c, "reported a reset as emrs_news", report.news);
}

/* Deadlines */

static bool check_silence(emrs_checker *c)
{
    if (!ask(c, "silence\n"))
        return false;
    emrs_move move = move_in(c, EMRS_CHECK_WINDOW_SIZE, SHORT_MS);
    emrs_report report = await(c, c->config->stream->receive, &move);
    if (report.news != EMRS_NEWS_PENDING)
        return find_news(c, "news, but the peer was silent", report.news);
    return is_fine(c);
}

static bool check_past(emrs_checker *c)
{
    emrs_move move = move_to(c, UNANSWERED, 0);
    for (int i = 0; i < 8; i++)
        (void)watch(c, c->config->stream->connect, &move);
    watch_close(c);
    if (!ask(c, "silence\n"))
        return false;
    move = move_in(c, EMRS_CHECK_WINDOW_SIZE, 0);
    move.until_ms -= PACE_MS;
    emrs_report report = watch(c, c->config->stream->receive, &move);
    if (report.news != EMRS_NEWS_PENDING)
        return find_news(c, "news, but the peer was silent", report.news);
    move = move_out(c, EMRS_CHECK_WINDOW_SIZE, 0);
    for (int i = 0; i < 3; i++) {
        report = watch(c, c->config->stream->send, &move);
        if (report.news != EMRS_NEWS_PENDING && report.news != EMRS_NEWS_SENT)
            return find_reason(c, "did not send; reason", &report);
    }
    return is_fine(c);
}

/* Closing */

static bool works(emrs_checker *c)
{
    return echo(c, "echo 0 65536 0\n", 3, 3);
}

static bool check_close_unopened(emrs_checker *c)
{
    watch_close(c);
    watch_close(c);
    if (!works(c))
        return false;
    watch_close(c);
    watch_close(c);
    return is_fine(c) && works(c);
}

/* Closes after one call of connect, after two, and so on: each has other things to free. */
static bool close_early(emrs_checker *c, int offset, int count_max)
{
    bool is_over = false;
    for (int count = 1; count <= count_max && !is_over && is_fine(c); count += 1 + count / 5) {
        emrs_move move = move_to(c, offset, EARLY_MS);
        for (int i = 0; i < count && !is_over; i++) {
            emrs_news news = watch(c, c->config->stream->connect, &move).news;
            is_over = news == EMRS_NEWS_CONNECTED || news == EMRS_NEWS_FAILED;
            if (c->config->idle != NULL)
                c->config->idle(c->config->context);
        }
        watch_close(c);
    }
    return is_fine(c);
}

static bool check_close_early(emrs_checker *c)
{
    return close_early(c, UNANSWERED, 4) && close_early(c, SILENT, 5) && close_early(c, SERVICE, 40)
           && works(c);
}

/* Closes while bytes are unread, and others unsent. */
static bool check_close_busy(emrs_checker *c)
{
    size_t at = 0;
    if (!ask(c, "flood\n") || !fill(c, &at))
        return false;
    watch_close(c);
    return is_fine(c) && works(c);
}

static bool check_cycles(emrs_checker *c)
{
    unsigned count = c->config->cycle_count ? c->config->cycle_count : CYCLE_COUNT;
    for (unsigned i = 0; i < count; i++) {
        bool ok = i % 2u == 0 ? ask(c, "echo 0 65536 0\n") && send_pattern(c, 3) : open_service(c);
        watch_close(c);
        if (!ok || !is_fine(c))
            return find(c, "in cycle", (int32_t)i);
    }
    return works(c);
}

static bool check_frees_all(emrs_checker *c)
{
    if (c->config->in_use == NULL) {
        c->skipped = true;
        return find(c, "in_use is NULL", 0);
    }
    return c->kept_by == NULL || find(c, c->kept_by, (int32_t)c->kept_count);
}

/* The list of checks */

enum { ALWAYS, WITH_TLS };

static const struct check {
    const char *name;
    bool (*run)(emrs_checker *c);
    int when;
    const char *holds, *look;
} checks[] = {
    {"clock moves", check_clock_moves, ALWAYS, "now: monotonic ms",
     "is the tick's interrupt on, is its counter volatile?"},
    {"connects", check_connect, ALWAYS,
     "connect: opens a stream to host and port; detail is emrs_peer",
     "address, peer.py, trust; which emrs_peer is reported?"},
    {"clock pace", check_clock_pace, ALWAYS, "now: ms are milliseconds", "ticks used as ms?"},
    {"utc", check_utc, ALWAYS, "now: UTC seconds, 0 if unknown", "time zone, epoch, time server"},
    {"refused", check_refused, ALWAYS, "connect: FAILED, with its reason",
     "the socket's error after connecting; ERR_RST in lwIP"},
    {"unanswered", check_unanswered, ALWAYS,
     "connect: PENDING until there is news; returns at until_ms at the latest",
     "a connect that lasts until the stack's time-out, or calls that an error"},
    {"silent handshake", check_silent_handshake, WITH_TLS,
     "connect: PENDING until there is news; returns at until_ms at the latest, TLS included",
     "a handshake that lasts until the stack's time-out, or calls that an error"},
    {"slow handshake", check_slow_handshake, WITH_TLS,
     "connect: goes on opening when it is called again",
     "an open that begins anew at each call: let it go on, or wait for all of left_ms"},
    {"connect again", check_connect_again, ALWAYS, "connect: closes a stream that is open",
     "a connect that goes on with the old connection"},
    {"owner", check_owner, ALWAYS, "send and receive: for the owner that connected, else RESET",
     "does it keep move->owner at connect, and compare it?"},
    {"other kind", check_other_kind, ALWAYS, "CONNECTED: detail is how the peer was verified",
     "does it use move->tls? only TLS may be called verified"},
    {"untrusted CA", check_untrusted_ca, WITH_TLS, "VERIFIED: the chain ends at a CA you trust",
     "is verification required, is a trust store set?"},
    {"other name", check_other_name, WITH_TLS, "VERIFIED: the certificate is for move->host",
     "is the host name given to TLS, and compared?"},
    {"expired", check_expired, WITH_TLS, "VERIFIED: the certificate is valid now",
     "does TLS have the time, and check dates?"},
    {"drip", check_drip, ALWAYS, "receive: RECEIVED, 1 to move->size bytes",
     "a receive that waits for a full window"},
    {"window of 1", check_window_of_one, ALWAYS, "send and receive: 1 to move->size bytes",
     "what does not fit the window must be kept for the next"},
    {"bulk", check_bulk, ALWAYS, "send: SENT, bytes that the stream needs no longer",
     "a window sent without a copy; a partial send counted whole"},
    {"full", check_full, ALWAYS, "send: PENDING, and again with the same move",
     "a send that blocks; bytes taken and not reported, or the other way"},
    {"cut", check_cut, ALWAYS, "receive: CUT, any end but an authenticated one",
     "a read of 0 bytes is a FIN: CUT; TLS without close_notify too"},
    {"closed", check_closed, WITH_TLS, "receive: CLOSED, an authenticated end",
     "close_notify; a stack that hides it: ends_look_alike"},
    {"reset", check_reset, ALWAYS, "receive: FAILED, with its reason",
     "ECONNRESET; ERR_RST in lwIP, after which the pcb is gone"},
    {"reset in send", check_reset_in_send, ALWAYS, "send: FAILED or CUT",
     "does a send notice, and does the receive after it return?"},
    {"silence", check_silence, ALWAYS, "receive: returns at until_ms at the latest",
     "the stack's own time-out: in seconds, or none"},
    {"past", check_past, ALWAYS, "until_ms may be past: returns at once",
     "a wait of 0 that means for ever; unsigned underflow"},
    {"close unopened", check_close_unopened, ALWAYS, "close: works in any state",
     "closing twice, or without open: 0 may be a handle; state that open does not reset"},
    {"close early", check_close_early, ALWAYS, "close: frees all that connect took",
     "a look-up, a half-open connection, a handshake under way"},
    {"close busy", check_close_busy, ALWAYS, "close: does not wait",
     "lingering; a close_notify that waits for room or an answer"},
    {"cycles", check_cycles, ALWAYS, "close, then connect again, without end",
     "sockets, pcbs, buffers that run out; TIME_WAIT"},
    {"frees all", check_frees_all, ALWAYS, "close: frees all that connect took",
     "found is the first check after which something was not freed; number below 0: "
     "close closed what was not open (0 may be a handle)"},
    {"clock forward", check_clock_forward, ALWAYS, "now: monotonic; a wrap is fine",
     "a counter read in two halves; UTC in its place"},
};

enum { CHECK_COUNT = sizeof checks / sizeof checks[0], FIRST_COUNT = 2 };

/* Looks for what close did not free. Some streams free it a little later, so it waits for at most
 * one second. */
static void look_for_kept(emrs_checker *c, const char *name)
{
    uint32_t begin_ms = now_ms(c);
    if (c->config->in_use == NULL || c->kept_by != NULL)
        return;
    do {
        if (c->config->idle != NULL)
            c->config->idle(c->config->context);
        c->kept_count = c->config->in_use(c->config->context) - c->in_use_before;
        if (c->kept_count == 0)
            return;
    } while (elapsed_ms(c, begin_ms) < 1000);
    c->kept_by = name;
}

static void say(emrs_checker *c, const struct check *check, emrs_check_verdict verdict)
{
    unsigned *const counts[] = {&c->passed_count, &c->failed_count, &c->skipped_count};
    *counts[verdict] += 1;
    const emrs_check_result result = {
        .verdict = verdict,
        .name = check->name,
        .holds = check->holds,
        .found = c->found ? c->found : "",
        .number = c->number,
        .reason = c->reason != EMRS_REASON_NONE ? emrs_reason_words(c->reason) : "",
        .look = c->reason == EMRS_REASON_RESOURCE ? "what close did not free before" : check->look};
    c->config->say(c->config->context, &result);
}

/* ret: why the check is not run; NULL if it is run */
static const char *excuse(const emrs_checker *c, const struct check *check)
{
    if (c->is_hopeless)
        return "not run: needs a clock and a connection";
    return check->when == WITH_TLS && !c->config->tls ? "only with TLS" : NULL;
}

static void run(emrs_checker *c, const struct check *check)
{
    c->found = excuse(c, check);
    c->number = 0;
    c->reason = EMRS_REASON_NONE;
    c->skipped = c->found != NULL;
    if (!c->skipped) {
        (void)check->run(c);
        if (check->run != check_clock_moves) {
            watch_close(c);
            look_for_kept(c, check->name);
        }
    }
    say(c, check,
        c->skipped         ? EMRS_CHECK_SKIPPED
        : c->found != NULL ? EMRS_CHECK_FAILED
                           : EMRS_CHECK_PASSED);
}

int emrs_check_stream(emrs_checker *checker, const emrs_check_config *config)
{
    memset(checker, 0, sizeof *checker);
    checker->config = config;
    checker->slack_ms = config->slack_ms ? config->slack_ms : SLACK_MS;
    checker->timeout_ms = config->timeout_ms ? config->timeout_ms : TIMEOUT_MS;
    checker->last_ms = config->now(config->context).ms;
    if (config->in_use != NULL)
        checker->in_use_before = config->in_use(config->context);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        run(checker, &checks[i]);
        if (i < FIRST_COUNT && checker->failed_count > 0)
            checker->is_hopeless = true;
    }
    return (int)checker->failed_count;
}
