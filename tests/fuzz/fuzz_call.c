/* SPDX-License-Identifier: MIT */
/* A complete call. The bytes are answers, one per attempt, with 0xfe between them. The steering
 * bytes make the port break every rule: any report at any time, clocks that jump, credentials
 * that do not work. After the last of them a correct port goes on for 400 steps, and then only time
 * passes. Each step checks the windows, the effect by a second parser for what was received, one
 * CLOSE per CONNECT, nothing begun after the deadline, and nothing signed without a time. */
#include "fuzz.h"

#include "clock.h"
#include "emrs_config.h"
#include "emrs_port.h"
#include "reading.h"

#define APPLICATION_ID "00fabcdefg123456"
#define JOB_RUN_ID "00fhijklmn789012"
#define MARK '\xfe'
/* Each secret is a run of one byte that occurs nowhere else, so that a part of it is easy to
 * find. */
#define SECRET "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
#define TOKEN "||||||||||||||||||||||||||||||||||||||||||||||||||||||||"
enum { RUN_SIZE = 8, STEP_COUNT_MAX = 100000, HEARD_SIZE_MAX = 8192 };

typedef struct {
    fuzz_input input;
    emrs_credentials credentials;
    emrs_config config;
    emrs_cancel_job_run_input cancel;
    emrs_client client;
    emrs_call call;
    emrs_result result;
    emrs_now now;
    emrs_move move;
    int what;
    char work[EMRS_WORK_SIZE];

    emrs_text answer; /* the rest of this attempt's answer */
    size_t answers_at;
    bool open;      /* there is a stream */
    bool is_closed; /* streams end authenticated */
    bool echoes;    /* the input itself has such a run */
    bool is_timed;  /* the call's first step was made */
    uint32_t deadline_ms;
    emrs_effect least_before, most_before; /* of the attempts before this one */
    /* Of this attempt */
    bool shown, ended; /* the last window was handed out; the stream ended, authenticated */
    emrs_effect least, most;
    size_t heard_size;
    char heard[HEARD_SIZE_MAX];
} world;

static bool has_run(const void *memory, size_t size)
{
    const char *bytes = memory;
    size_t run = 0;
    for (size_t at = 0; at < size; at++) {
        run = bytes[at] != '~' && bytes[at] != '|'   ? 0
              : at > 0 && bytes[at] == bytes[at - 1] ? run + 1
                                                     : 1;
        if (run == RUN_SIZE)
            return true;
    }
    return false;
}

/* The attempts */

/* Sets the least and the most effect that this attempt may have, by what was sent and received. */
static void judge(world *w)
{
    char room[HEARD_SIZE_MAX];
    reading r;
    bool whole = reading_of((emrs_text){w->heard, w->heard_size}, w->ended, room, &r);
    w->least = w->most = w->shown ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE;
    if (whole && r.status / 100 == 4) {
        w->least = w->shown ? EMRS_EFFECT_REFUSED : EMRS_EFFECT_NONE;
        w->most = w->shown ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_REFUSED;
    } else if (whole && w->shown && r.status == 200
               && reading_proves(r.body, w->cancel.application_id, w->cancel.job_run_id)) {
        w->most = EMRS_EFFECT_ACCEPTED;
    }
}

static emrs_effect larger(emrs_effect a, emrs_effect b)
{
    return a > b ? a : b;
}

static void begin_attempt(world *w)
{
    CHECK(!emrs_clock_is_past(w->now.ms, w->deadline_ms));
    w->least_before = larger(w->least_before, w->least);
    w->most_before = larger(w->most_before, w->most);
    w->shown = w->ended = false;
    w->heard_size = 0;
    judge(w);
    emrs_text rest = emrs_text_from(w->input.bytes, w->answers_at);
    w->answer = (emrs_text){rest.bytes, emrs_text_find(rest, MARK)};
    w->answers_at += w->answer.size + (w->answer.size < rest.size);
}

/* The checks */

static bool is_inside(const world *w, const void *window, size_t size)
{
    const char *at = window;
    return at >= w->work && size <= sizeof w->work && at + size <= w->work + sizeof w->work;
}

/* The date of a request is never before EMRS_BUILD_TIME_S. */
static void check_request(const world *w)
{
    static const char field[] = "\r\nX-Amz-Date: ", start[] = "DELETE /";
    char least[16];
    const char *found = memmem(w->move.send, w->move.size, field, sizeof field - 1);
    emrs_clock_write(EMRS_BUILD_TIME_S, least);
    CHECK(w->move.size > sizeof start && memcmp(w->move.send, start, sizeof start - 1) == 0);
    CHECK(found != NULL && memcmp(found + sizeof field - 1, least, sizeof least) >= 0);
}

static void check_windows(const world *w)
{
    const emrs_move *m = &w->move;
    CHECK((m->send != NULL) == (w->what == EMRS_MOVE_SEND));
    CHECK((m->receive != NULL) == (w->what == EMRS_MOVE_RECEIVE));
    CHECK((m->size > 0) == (w->what == EMRS_MOVE_SEND || w->what == EMRS_MOVE_RECEIVE));
    CHECK((m->host != NULL) == (w->what == EMRS_MOVE_CONNECT));
    CHECK(!m->more || w->what == EMRS_MOVE_SEND);
    if (w->what == EMRS_MOVE_RECEIVE)
        CHECK(is_inside(w, m->receive, m->size) && m->size >= EMRS_RECEIVE_SIZE_MIN);
    if (w->what == EMRS_MOVE_SEND && !is_inside(w, m->send, m->size))
        CHECK(has_run(m->send, m->size) || m->size < RUN_SIZE || m->size == 4);
    if (w->what == EMRS_MOVE_RECEIVE && w->heard_size == 0)
        CHECK(w->echoes || !has_run(w->work, sizeof w->work));
}

static void check_effect(const world *w)
{
    const emrs_result *r = &w->result;
    bool accepted = r->effect == EMRS_EFFECT_ACCEPTED;
    CHECK(r->code == w->what);
    CHECK(r->effect >= larger(w->least_before, w->least));
    CHECK(r->effect <= larger(w->most_before, w->most));
    CHECK(w->what != EMRS_DONE || accepted);
    CHECK(!accepted || w->what == EMRS_DONE || w->what == EMRS_MOVE_CLOSE);
    CHECK(!accepted || r->peer != EMRS_PEER_UNVERIFIED);
    CHECK(!accepted || r->status == 200);
    CHECK(!r->probably_ended || r->effect >= EMRS_EFFECT_UNKNOWN);
    CHECK(w->config.persistent || w->config.attempt_count == 0
          || r->attempt_count <= w->config.attempt_count);
}

static void check_text(const world *w, emrs_text text, size_t size_max)
{
    CHECK(text.size <= size_max && (text.size == 0 || is_inside(w, text.bytes, text.size)));
    for (size_t at = 0; at < text.size; at++)
        CHECK((unsigned char)text.bytes[at] >= ' ' && text.bytes[at] != 0x7f);
}

static void check_end(world *w)
{
    int code = w->what;
    emrs_effect effect = w->result.effect;
    check_text(w, w->result.request_id, EMRS_REQUEST_ID_SIZE_MAX);
    check_text(w, w->result.error_name, EMRS_ERROR_NAME_SIZE_MAX);
    check_text(w, w->result.message, EMRS_MESSAGE_SIZE_MAX);
    CHECK(w->client.call == NULL && w->client.kept == w->open);
    CHECK(w->client.tokens <= EMRS_TOKEN_COUNT);
    CHECK(w->echoes || !has_run(w->work, sizeof w->work));
    CHECK(w->echoes || !has_run(&w->call, sizeof w->call));
    CHECK(emrs_code_words(code) != NULL && emrs_next_step(&w->result) != NULL);
    CHECK(emrs_reason_words(w->result.reason) != NULL && emrs_phase_words(w->result.phase) != NULL);
    for (int news = EMRS_NEWS_PENDING; news <= EMRS_NEWS_STOP; news++) {
        emrs_report report = {.news = (emrs_news)news, .detail = EMRS_PEER_VERIFIED, .size = 1};
        CHECK(emrs_step(&w->call, w->now, report, &w->move) == code);
        CHECK(w->result.effect == effect && w->move.size == 0 && w->move.send == NULL);
    }
}

/* Checks that each CONNECT has one CLOSE, and that bytes move only between them. */
static void follow(world *w, int before)
{
    bool is_new = w->what != before;
    bool begins = w->what == EMRS_MOVE_CONNECT
                      ? is_new
                      : w->what == EMRS_MOVE_SEND && is_new && before != EMRS_MOVE_CONNECT;
    if (begins)
        begin_attempt(w);
    if (w->what == EMRS_MOVE_CONNECT && is_new) {
        CHECK(!w->open);
        w->open = true;
    }
    if (w->what == EMRS_MOVE_SEND || w->what == EMRS_MOVE_RECEIVE)
        CHECK(w->open);
    if (w->what == EMRS_MOVE_SEND && is_new)
        check_request(w);
    if (w->what == EMRS_MOVE_CLOSE && is_new) {
        CHECK(w->open);
        w->open = false;
    }
    if (w->what == EMRS_MOVE_SEND && !w->move.more && !w->shown) {
        w->shown = true;
        judge(w);
    }
    if (w->what > EMRS_DONE)
        CHECK(emrs_clock_is_past(w->deadline_ms, w->move.until_ms));
}

static bool is_same(const emrs_move *a, const emrs_move *b)
{
    return a->until_ms == b->until_ms && a->host == b->host && a->port == b->port
           && a->tls == b->tls && a->send == b->send && a->receive == b->receive
           && a->size == b->size && a->more == b->more;
}

static void step(world *w, emrs_report report)
{
    int before = w->is_timed ? w->what : EMRS_MOVE_CLOSE; /* a move that begins nothing */
    if (!w->is_timed) {
        w->is_timed = true;
        uint32_t timeout_ms = w->config.timeout_ms;
        w->deadline_ms = w->now.ms + (timeout_ms > 0 ? timeout_ms : EMRS_TIMEOUT_DEFAULT_MS);
        before = -1;
    }
    w->what = emrs_step(&w->call, w->now, report, &w->move);
    follow(w, before);
    check_windows(w);
    check_effect(w);
    if (w->what <= EMRS_DONE) {
        check_end(w);
    } else if (!emrs_clock_is_past(w->now.ms, w->move.until_ms)) {
        emrs_move again;
        CHECK(emrs_step(&w->call, w->now, emrs_report_of(EMRS_NEWS_PENDING), &again) == w->what);
        CHECK(is_same(&again, &w->move));
    }
}

/* The port */

static emrs_report receive(world *w, size_t size)
{
    size_t room = HEARD_SIZE_MAX - w->heard_size;
    size = size < w->move.size ? size : w->move.size;
    size = size < w->answer.size ? size : w->answer.size;
    if (size == 0 || size > room) {
        w->ended = w->is_closed;
        judge(w);
        return emrs_report_of(w->ended ? EMRS_NEWS_CLOSED : EMRS_NEWS_CUT);
    }
    memcpy(w->move.receive, w->answer.bytes, size);
    memcpy(w->heard + w->heard_size, w->answer.bytes, size);
    w->heard_size += size;
    w->answer = emrs_text_from(w->answer, size);
    judge(w);
    return emrs_moved(EMRS_NEWS_RECEIVED, size);
}

static emrs_report sensible(world *w, size_t piece)
{
    switch (w->what) {
    case EMRS_MOVE_CONNECT:
        return emrs_connected(w->move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN);
    case EMRS_MOVE_SEND:
        return emrs_moved(EMRS_NEWS_SENT, piece < w->move.size ? piece : w->move.size);
    case EMRS_MOVE_RECEIVE:
        return receive(w, piece);
    case EMRS_MOVE_CLOSE:
        return emrs_report_of(EMRS_NEWS_CLOSED);
    case EMRS_MOVE_WAIT:
        w->now.ms = w->move.until_ms;
        return emrs_report_of(EMRS_NEWS_PENDING);
    default:
        return emrs_report_of(EMRS_NEWS_RENEWED);
    }
}

/* Any report, except that it never reports received bytes that it did not write. */
static emrs_report any(world *w, uint8_t news, uint8_t detail)
{
    emrs_report report = {.news = (emrs_news)(news % (EMRS_NEWS_STOP + 1)), .detail = detail};
    report.size = detail == 255 ? SIZE_MAX : detail;
    bool is_read = w->what == EMRS_MOVE_RECEIVE;
    if (is_read && report.news == EMRS_NEWS_RECEIVED && detail > 0 && report.size <= w->move.size)
        return receive(w, detail);
    if (is_read && report.news == EMRS_NEWS_CLOSED) {
        w->ended = true;
        judge(w);
    }
    if (report.news == EMRS_NEWS_RENEWED)
        w->credentials.secret_access_key =
            detail % 4 == 3 ? EMRS_TEXT("no secret") : EMRS_TEXT(SECRET);
    if (report.news == EMRS_NEWS_FAILED)
        report.native = -1;
    return report;
}

static void turn_clocks(world *w, uint8_t how)
{
    static const uint32_t utc[] = {1800000000u,       0,           EMRS_BUILD_TIME_S - 1u,
                                   EMRS_BUILD_TIME_S, 1800001000u, 4294967295u,
                                   1799999000u,       2500000000u};
    static const uint32_t ms[] = {0, 1, 20, 300, 4000, 15000, 60000, 3600000};
    w->now.ms += ms[how % 8u];
    w->now.utc_s += ms[how % 8u] / 1000u * (w->now.utc_s > 0);
    if ((how & 0x40u) != 0)
        w->now.utc_s = utc[how >> 3 & 7u];
    if ((how & 0x80u) != 0)
        w->now.random = w->now.random * 2654435761u + how;
}

static void run_call(world *w)
{
    int step_count = 0;
    w->is_timed = false;
    w->least_before = w->most_before = EMRS_EFFECT_NONE;
    w->shown = w->ended = false;
    w->heard_size = 0;
    judge(w);
    w->what = emrs_cancel_job_run_start(&w->call, &w->client, &w->cancel, &w->result);
    if (w->what < 0)
        return;
    step(w, emrs_report_of(EMRS_NEWS_PENDING));
    while (w->what > EMRS_DONE && fuzz_has_steering(&w->input)) {
        uint8_t act = fuzz_next(&w->input), detail = fuzz_next(&w->input);
        if (act == 0xff)
            break; /* the next call uses the rest of the steering bytes */
        if (act >= 0x80)
            step(w, sensible(w, detail + 1u));
        else if (act >= 0x60)
            turn_clocks(w, detail);
        else
            step(w, any(w, act, detail));
    }
    while (w->what > EMRS_DONE && step_count++ < 400)
        step(w, sensible(w, SIZE_MAX));
    while (w->what > EMRS_DONE) {
        CHECK(step_count++ < STEP_COUNT_MAX);
        w->now.ms = w->move.until_ms;
        step(w, emrs_report_of(EMRS_NEWS_PENDING));
    }
}

/* ret: the number of calls */
static int configure(world *w)
{
    static const uint32_t timeouts[] = {0, 1, 1000, 30000, 600000};
    uint8_t flags = fuzz_next(&w->input), more = fuzz_next(&w->input), times = fuzz_next(&w->input);
    uint8_t clocks = fuzz_next(&w->input);
    w->credentials = (emrs_credentials){EMRS_TEXT("AKIDEXAMPLE"), EMRS_TEXT(SECRET),
                                        (flags & 1u) != 0 ? EMRS_TEXT(TOKEN) : EMRS_TEXT(""), 0, 0};
    w->config = (emrs_config){.region = EMRS_TEXT("us-east-1"),
                              .endpoint = (flags & 2u) != 0 ? EMRS_TEXT("http://127.0.0.1:8080")
                                                            : EMRS_TEXT(""),
                              .credentials = &w->credentials,
                              .work = w->work,
                              .work_size = sizeof w->work,
                              .keep_stream = (flags & 4u) != 0,
                              .persistent = (flags & 8u) != 0,
                              .clock_floor = (flags & 16u) != 0,
                              .no_clock_correction = (flags & 32u) != 0,
                              .attempt_count = more & 3u,
                              .idle_timeout_ms = more >> 4,
                              .timeout_ms = timeouts[times % 5u],
                              .connect_timeout_ms = timeouts[times / 5u % 5u],
                              .receive_timeout_ms = timeouts[times / 25u % 5u]};
    if (times >= 125u) { /* between two of the times of turn_clocks */
        w->credentials.renew_s = 1799999500u;
        w->credentials.expires_s = 1800000500u;
    }
    if ((more & 4u) == 0)
        w->config.idle_timeout_ms *= 1000u;
    w->cancel = (emrs_cancel_job_run_input){.application_id = EMRS_TEXT(APPLICATION_ID),
                                            .job_run_id = EMRS_TEXT(JOB_RUN_ID)};
    w->is_closed = (more & 8u) == 0;
    w->now = (emrs_now){.ms = (flags & 64u) != 0 ? 0u - 1500u : 1000u, .utc_s = 1800000000u};
    turn_clocks(w, clocks);
    return flags & 128u ? 3 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world w;
    memset(&w, 0, sizeof w);
    w.input = fuzz_input_of(data, size);
    w.echoes = has_run(data, size);
    int call_count = configure(&w);
    CHECK(emrs_init(&w.client, &w.config, &w.result) == EMRS_OK);
    while (call_count-- > 0) {
        run_call(&w);
        turn_clocks(&w, fuzz_next(&w.input));
        if (fuzz_next(&w.input) % 4 == 3) {
            CHECK(emrs_release(&w.client) == w.open);
            w.open = false;
        }
    }
    emrs_forget(&w.client);
    CHECK(!has_run(&w.client, sizeof w.client));
    return 0;
}
