/* SPDX-License-Identifier: MIT */
#include "faults/stage.h"

#include "unit.h"

#include "support/secrets.h"

enum { CANARY = 0x5c };

unsigned stage_look_count;

const fault_peer stage_good = {
    .at = EMRS_PHASE_ANSWER,
    .fault = {.news = EMRS_NEWS_CLOSED},
    .prefix = EMRS_TEXT_INIT("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 66\r\n\r\n" BENCH_ANSWER_BODY),
};

void stage_init(stage *s)
{
    memset(s, 0, sizeof *s);
    stage_hash_fails = false;
    bench_init(&s->b);
    s->b.credentials.secret_access_key = secrets_key;
    s->b.credentials.session_token = secrets_token;
    for (size_t i = 0; i < COUNT_OF(s->peers); i++)
        s->peers[i] = &stage_good;
    s->operation = &emrs_operation_cancel_job_run;
    s->in_flight_at = EMRS_MOVE_SEND;
    s->start_utc_s = s->b.now.utc_s;
    memset(s->after, CANARY, sizeof s->after);
}

/* Notes a rule that was broken. The first one is kept. */
static void hold(stage *s, bool holds, const char *what)
{
    if (!holds && s->breach == NULL)
        s->breach = what;
}

/* The peer */

static const fault_peer *peer_of(const stage *s)
{
    unsigned at = s->attempt_count > 0 ? s->attempt_count - 1u : 0;
    return s->peers[at < COUNT_OF(s->peers) ? at : COUNT_OF(s->peers) - 1u];
}

/* ret: the bytes of the answer from `at` on that lie together in memory */
static emrs_text piece_at(const fault_peer *peer, size_t at)
{
    const emrs_text parts[] = {peer->head, peer->prefix, peer->unit, peer->suffix};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        size_t size = parts[i].size * (i == 2 ? peer->unit_count : 1u);
        if (at < size)
            return emrs_text_from(parts[i], i == 2 ? at % parts[i].size : at);
        at -= size;
    }
    return EMRS_TEXT("");
}

static void copy_answer(const fault_peer *peer, size_t at, char *into, size_t size)
{
    while (size > 0) {
        emrs_text piece = piece_at(peer, at);
        size_t now = piece.size < size ? piece.size : size;
        memcpy(into, piece.bytes, now);
        into += now;
        at += now;
        size -= now;
    }
}

/* The stream */

static void begin_attempt(stage *s)
{
    if (!s->fresh)
        return;
    s->fresh = s->told = false;
    s->attempt_count++;
    s->phase = EMRS_PHASE_NAME;
    s->taken_size = s->given_size = 0;
}

static emrs_report strike(stage *s)
{
    const fault_peer *peer = peer_of(s);
    if (peer->fault.news == EMRS_NEWS_PENDING)
        s->b.now.ms = s->b.move.until_ms;
    return peer->fault;
}

static emrs_report connect(stage *s)
{
    const fault_peer *peer = peer_of(s);
    hold(s, s->b.move.host != NULL && s->b.move.host[0] != '\0', "CONNECT names a host");
    s->connect_count += !s->open;
    s->open = true;
    if (!s->told) {
        s->told = true;
        return emrs_connecting((emrs_phase)s->phase);
    }
    if (peer->at == (emrs_phase)s->phase)
        return strike(s);
    s->told = false;
    if (s->phase++ < EMRS_PHASE_TLS)
        return connect(s);
    return emrs_connected(s->b.move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN);
}

/* The keys derived for the date of the request are secrets too. */
static void note_day(emrs_text request)
{
    const char name[] = "X-Amz-Date: ";
    for (size_t at = 0; at + sizeof name + 8 < request.size; at++)
        if (memcmp(request.bytes + at, name, sizeof name - 1) == 0)
            secrets_note_day(request.bytes + at + sizeof name - 1);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t left_to_take(const stage *s, const fault_peer *peer)
{
    if (peer->sent_size == STAGE_ALL_BUT_ONE)
        return s->b.move.more ? s->b.move.size : s->b.move.size - 1u;
    return peer->sent_size - s->taken_size;
}

static emrs_report send(stage *s)
{
    const fault_peer *peer = peer_of(s);
    const emrs_move *m = &s->b.move;
    size_t size = peer->piece > 0 ? least(peer->piece, m->size) : m->size;
    hold(s, s->open, "nothing is sent into a stream that is not open");
    if (peer->at == EMRS_PHASE_SEND)
        size = least(size, left_to_take(s, peer));
    if (size == 0)
        return strike(s);
    if (s->taken_size == 0)
        note_day((emrs_text){m->send, m->size});
    s->taken_size += size;
    s->whole_count += size == m->size && !m->more;
    return emrs_moved(EMRS_NEWS_SENT, size);
}

static emrs_report receive(stage *s)
{
    const fault_peer *peer = peer_of(s);
    size_t all_size = peer->head.size + peer->prefix.size + peer->unit.size * peer->unit_count
                      + peer->suffix.size;
    size_t size = least(all_size - s->given_size, s->b.move.size);
    hold(s, s->open, "nothing is received from a stream that is not open");
    if (size == 0)
        return strike(s);
    if (peer->drip_ms > 0 || peer->piece > 0)
        size = least(size, peer->drip_ms > 0 ? 1u : peer->piece);
    s->b.now.ms += peer->drip_ms;
    copy_answer(peer, s->given_size, s->b.move.receive, size);
    s->given_size += size;
    s->has_answered = s->has_answered || s->given_size + peer->extra_size >= all_size;
    return emrs_moved(EMRS_NEWS_RECEIVED, size);
}

static emrs_report close(stage *s)
{
    emrs_report report = peer_of(s)->close;
    hold(s, s->open, "a stream is closed once");
    s->open = false;
    s->fresh = true;
    s->close_count++;
    return report.news == EMRS_NEWS_PENDING ? emrs_report_of(EMRS_NEWS_CLOSED) : report;
}

static emrs_report wait(stage *s)
{
    s->fresh = true;
    s->wait_count++;
    s->waited_ms += s->b.move.until_ms - s->b.now.ms;
    s->b.now.ms = s->b.move.until_ms;
    return emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report act_on_stream(stage *s, int what)
{
    /* A new attempt without a wait, on the same stream, shows only as a SEND after a RECEIVE. */
    s->fresh = s->fresh || (what == EMRS_MOVE_SEND && s->was == EMRS_MOVE_RECEIVE);
    s->was = what;
    begin_attempt(s);
    s->b.now.ms += peer_of(s)->pause_ms;
    s->hesitated = peer_of(s)->hesitates && !s->hesitated;
    if (s->hesitated)
        return emrs_report_of(EMRS_NEWS_PENDING);
    return what == EMRS_MOVE_CONNECT ? connect(s) : what == EMRS_MOVE_SEND ? send(s) : receive(s);
}

static emrs_report act(stage *s, int what)
{
    if (what == s->stop_in && !s->stopped) {
        s->stopped = true;
        return emrs_report_of(EMRS_NEWS_STOP);
    }
    switch (what) {
    case EMRS_MOVE_CLOSE:
        return close(s);
    case EMRS_MOVE_WAIT:
        return wait(s);
    case EMRS_MOVE_CREDENTIALS:
        s->fresh = true;
        return s->renews ? emrs_report_of(EMRS_NEWS_RENEWED) : emrs_failed(EMRS_REASON_NONE, 0);
    default:
        return act_on_stream(s, what);
    }
}

/* What must be true after every step */

static bool is_within(const stage *s, uint32_t ms)
{
    return ms - s->start_ms <= s->b.client.config.timeout_ms;
}

static void watch(stage *s, int what)
{
    const emrs_move *m = &s->b.move;
    const emrs_result *r = &s->b.result;
    bool has_window = what == EMRS_MOVE_SEND || what == EMRS_MOVE_RECEIVE;
    s->shown = s->shown || (what == EMRS_MOVE_SEND && !m->more);
    hold(s, what <= EMRS_DONE || is_within(s, m->until_ms), "no move may last beyond the deadline");
    hold(s, has_window == (m->size > 0), "SEND and RECEIVE have a window, no other move has");
    hold(s, m->send == NULL || what == EMRS_MOVE_SEND, "only SEND has bytes to send");
    hold(s, m->receive == NULL || what == EMRS_MOVE_RECEIVE, "only RECEIVE has a buffer");
    hold(s, r->code == what, "the result's code is what the step returned");
    hold(s, r->effect != EMRS_EFFECT_ACCEPTED || s->has_answered,
         "ACCEPTED only after a complete answer");
    hold(s, r->effect != EMRS_EFFECT_ACCEPTED || s->whole_count > 0,
         "ACCEPTED only after a complete request");
    hold(s, r->effect != EMRS_EFFECT_NONE || s->whole_count == 0,
         "NONE only without a complete request");
    hold(s, what != EMRS_DONE || r->effect == EMRS_EFFECT_ACCEPTED, "DONE is ACCEPTED");
    hold(s, what >= 0 || r->effect != EMRS_EFFECT_ACCEPTED, "ACCEPTED is DONE");
}

static emrs_now now_of(stage *s)
{
    emrs_now now = s->b.now;
    if (s->start_utc_s > 0)
        now.utc_s = s->start_utc_s + (now.ms - s->start_ms) / 1000u;
    if (s->step_count++ % 2u != 0)
        now.utc_s += (uint32_t)s->jump_s;
    return now;
}

/* The arguments of a step, which runs on the stack that is searched */
typedef struct {
    stage *s;
    emrs_report report;
    emrs_now now;
} turn;

static void start(void *context)
{
    stage *s = context;
    s->code =
        emrs_call_start(&s->b.call, &s->b.client, s->operation, &s->b.input, NULL, &s->b.result);
}

static void step(void *context)
{
    const turn *t = context;
    t->s->code = emrs_step(&t->s->b.call, t->now, t->report, &t->s->b.move);
}

/* Searches the stack after each step that changed something: a later step may overwrite what this
 * one left. */
static void look(stage *s)
{
    stage_look_count++;
    hold(s, secrets_count_on_stack() == 0, "no secret is left on the stack");
}

static void take_step(stage *s, emrs_report report)
{
    turn t = {s, report, now_of(s)};
    int was = s->code;
    secrets_run(step, &t);
    watch(s, s->code);
    if (s->code != was)
        look(s);
}

/* Checks that no report after the end changes the result. */
static void check_end(stage *s)
{
    emrs_effect effect = s->b.result.effect;
    for (int news = EMRS_NEWS_PENDING; news <= EMRS_NEWS_STOP; news++) {
        emrs_report report = {.news = (emrs_news)news, .detail = EMRS_PEER_VERIFIED, .size = 1};
        int what = emrs_step(&s->b.call, s->b.now, report, &s->b.move);
        hold(s, what == s->code && s->b.result.effect == effect, "an end is final");
        hold(s, s->b.move.send == NULL && s->b.move.receive == NULL && s->b.move.size == 0,
             "at the end every window is empty");
    }
}

static void play(stage *s)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    secrets_run(start, s);
    while (s->code >= 0) {
        take_step(s, report);
        if (s->code <= EMRS_DONE)
            break;
        if (s->code == s->in_flight_at && !s->was_in_flight && s->in_flight != NULL) {
            s->was_in_flight = true;
            s->in_flight(s);
            if (s->code <= EMRS_DONE)
                break;
        }
        report = act(s, s->code);
    }
    check_end(s);
}

/* What must be true after every call */

static bool is_clean(emrs_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if ((unsigned char)text.bytes[at] < 0x20 || text.bytes[at] == 0x7f)
            return false;
    return true;
}

static void check_result(stage *s)
{
    const emrs_result *r = &s->b.result;
    hold(s, s->no_client || r->code == s->code, "the result's code is the one returned");
    hold(s, is_clean(r->error_name) && is_clean(r->message) && is_clean(r->request_id),
         "no control byte of the peer is passed on");
    hold(s, s->code >= 0 || emrs_code_words(s->code)[0] != '\0', "each error has a text");
    hold(s, s->code >= 0 || emrs_next_step(r)[0] != '\0', "each error has a next step");
}

static void check_after(stage *s)
{
    hold(s, is_within(s, s->b.now.ms - peer_of(s)->pause_ms - peer_of(s)->drip_ms),
         "the call ends by its deadline");
    hold(s, s->open == s->b.client.kept, "the stream is closed");
    hold(s, s->connect_count == s->close_count + s->b.client.kept, "each stream is closed once");
    hold(s, s->b.client.call == NULL, "the client is free for its next call");
    for (size_t i = 0; i < sizeof s->after; i++)
        hold(s, s->after[i] == CANARY, "nothing is written after the work buffer");
    check_result(s);
}

static void check_secrets(stage *s)
{
    const void *work = s->b.config.work;
    look(s);
    hold(s, secrets_count(&s->b.call, sizeof s->b.call) == 0, "no secret is left in the call");
    hold(s, work == NULL || secrets_count(work, s->b.config.work_size) == 0,
         "no secret is left in the work buffer");
    hold(s, secrets_count(&s->b.result, sizeof s->b.result) == 0, "no secret is in the result");
    hold(s, secrets_count(&s->b.move, sizeof s->b.move) == 0, "no secret is in the move");
    hold(s, !secrets_are_left_in(&s->b.client), "the client has no secret except its signing key");
    emrs_forget(&s->b.client);
    hold(s, secrets_count(s, sizeof *s) == 0, "no secret is left after emrs_forget");
}

int stage_run(stage *s)
{
    s->start_ms = s->b.now.ms;
    s->fresh = true;
    s->stopped = s->was_in_flight = false;
    s->attempt_count = s->whole_count = 0;
    s->shown = s->has_answered = false;
    s->code = EMRS_OK;
    if (!s->no_client && s->b.client.ready == 0)
        s->code = emrs_init(&s->b.client, &s->b.config, &s->b.result);
    if (s->code >= 0)
        play(s);
    check_after(s);
    check_secrets(s);
    return s->code;
}
