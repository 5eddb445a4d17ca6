/* SPDX-License-Identifier: MIT */
/* Renewals of each source. The bytes are answers, one per request, with 0xfe between them. The
 * steering sets the source, the store, the clock, and any reports of the port. After the last
 * steering byte a correct port goes on. Checks that the effect is NONE, that windows are inside
 * their buffers, that a request has only its own lines and goes only where the configuration says,
 * and that each CONNECT has one CLOSE. In the end complete credentials are in a half of the store,
 * or the old ones are as they were, or with `one_half` there are none. All else is wiped. */
#include "fuzz.h"

#include "emrs_port.h"
#include "emrs_provider.h"

#define MARK '\xfe'
#define TOKEN "fuzz authorization"
enum { STORE_SIZE = 4096, STEP_COUNT_MAX = 20000 };

typedef struct {
    fuzz_input input;
    emrs_provider provider;
    emrs_credentials credentials;
    emrs_now now;
    emrs_move move;
    int what, open_count;
    emrs_text answer;
    size_t answers_at;
    char sent[4096];
    size_t sent_size;
    char store[STORE_SIZE], work[EMRS_WORK_SIZE];
} world;

static bool is_inside(const void *at, size_t size, const char *room, size_t room_size)
{
    const char *bytes = at;
    return bytes >= room && size <= room_size && bytes + size <= room + room_size;
}

static void check_wiped(const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        CHECK(bytes[at] == 0);
}

/* The complete request has lines of printable bytes, and one empty line at its end. */
static void check_request(const world *w)
{
    emrs_text rest = {w->sent, w->sent_size};
    CHECK(emrs_text_starts(rest, EMRS_TEXT("GET /")) || emrs_text_starts(rest, EMRS_TEXT("PUT /")));
    while (rest.size > 0) {
        size_t end = emrs_text_find(rest, '\r');
        for (size_t at = 0; at < end; at++)
            CHECK(emrs_is_printable(rest.bytes[at]));
        CHECK(end + 1u < rest.size && rest.bytes[end + 1u] == '\n');
        CHECK(end > 0 || rest.size == 2);
        rest = emrs_text_from(rest, end + 2u);
    }
}

static void check_move(world *w)
{
    const emrs_move *m = &w->move;
    CHECK(w->provider.result.effect == EMRS_EFFECT_NONE);
    CHECK(w->what > EMRS_DONE || w->provider.result.code == w->what);
    if (w->what == EMRS_MOVE_CONNECT)
        CHECK(strcmp(m->host, "127.0.0.1") == 0
              && m->tls == (w->provider.config.source == &emrs_source_iot));
    if (w->what == EMRS_MOVE_RECEIVE)
        CHECK(is_inside(m->receive, m->size, w->work, sizeof w->work));
    if (w->what == EMRS_MOVE_SEND)
        CHECK(m->size > 0 && m->send != NULL);
}

/* What a correct port reports. */
static emrs_report answer_move(world *w, size_t piece)
{
    emrs_text rest = emrs_text_from(w->input.bytes, w->answers_at);
    switch (w->what) {
    case EMRS_MOVE_CONNECT:
        return emrs_connected(w->move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN);
    case EMRS_MOVE_SEND:
        CHECK(w->sent_size + w->move.size <= sizeof w->sent);
        memcpy(w->sent + w->sent_size, w->move.send, w->move.size);
        w->sent_size += w->move.size;
        if (!w->move.more) {
            check_request(w);
            w->answer = (emrs_text){rest.bytes, emrs_text_find(rest, MARK)};
            w->answers_at += w->answer.size + (w->answer.size < rest.size);
        }
        return emrs_moved(EMRS_NEWS_SENT, w->move.size);
    case EMRS_MOVE_RECEIVE:
        piece = piece < w->move.size ? piece : w->move.size;
        piece = piece < w->answer.size ? piece : w->answer.size;
        if (piece == 0)
            return emrs_report_of(EMRS_NEWS_CUT);
        memcpy(w->move.receive, w->answer.bytes, piece);
        w->answer = emrs_text_from(w->answer, piece);
        return emrs_moved(EMRS_NEWS_RECEIVED, piece);
    case EMRS_MOVE_WAIT:
        w->now.ms = w->move.until_ms;
        return emrs_report_of(EMRS_NEWS_PENDING);
    default:
        return emrs_report_of(EMRS_NEWS_CLOSED);
    }
}

/* What the steering says: mostly a correct report, else any report without bytes. */
static emrs_report any_report(world *w)
{
    uint8_t byte = fuzz_next(&w->input);
    if (byte < 0xc0)
        return answer_move(w, byte + 1u);
    w->now.ms += byte == 0xff ? 40000u : byte & 7u;
    return byte < 0xd0   ? emrs_report_of(EMRS_NEWS_PENDING)
           : byte < 0xe0 ? emrs_failed((emrs_reason)(byte & 15u), 0)
           : byte < 0xf0 ? emrs_report_of((emrs_news)(byte % (EMRS_NEWS_STOP + 1)))
                         : emrs_connected((emrs_peer)(byte & 3u));
}

static void step(world *w, emrs_report report)
{
    w->what = emrs_provider_step(&w->provider, w->now, report, &w->move);
    if (w->what != EMRS_MOVE_SEND)
        w->sent_size = 0;
    check_move(w);
}

/* ret: the code */
static int run(world *w)
{
    int before = 0, step_count = 0;
    w->what = EMRS_OK;
    w->sent_size = 0;
    w->open_count = 0;
    step(w, emrs_report_of(EMRS_NEWS_PENDING));
    while (w->what > EMRS_DONE) {
        CHECK(++step_count < STEP_COUNT_MAX);
        if (w->what == EMRS_MOVE_CONNECT && before != EMRS_MOVE_CONNECT)
            CHECK(w->open_count++ == 0);
        if (w->what == EMRS_MOVE_CLOSE && before != EMRS_MOVE_CLOSE)
            CHECK(w->open_count-- == 1);
        before = w->what;
        step(w, fuzz_has_steering(&w->input) ? any_report(w) : answer_move(w, 512));
    }
    return w->what;
}

static void check_end(const world *w, int code, const emrs_credentials *old)
{
    const emrs_credentials *c = &w->credentials;
    bool one_half = w->provider.config.one_half;
    size_t half_size = STORE_SIZE / (one_half ? 1u : 2u);
    if (code == EMRS_DONE) {
        const char *half = w->store + w->provider.half * half_size;
        CHECK(is_inside(c->access_key_id.bytes, c->access_key_id.size, half, half_size));
        CHECK(is_inside(c->secret_access_key.bytes, c->secret_access_key.size, half, half_size));
        CHECK(is_inside(c->session_token.bytes, c->session_token.size, half, half_size));
        CHECK(c->access_key_id.size > 0 && c->secret_access_key.size > 0);
        CHECK(c->session_token.size > 0 && c->renew_s <= c->expires_s && c->expires_s > 0);
        check_wiped(w->work, sizeof w->work);
    } else if (one_half && c->access_key_id.size == 0) {
        CHECK(c->renew_s == EMRS_RENEW_NOW);
        check_wiped(w->store, sizeof w->store);
    } else {
        CHECK(memcmp(c, old, sizeof *old) == 0);
    }
    if (!one_half)
        check_wiped(w->store + !w->provider.half * half_size, half_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const emrs_source *const all[] = {&emrs_source_container, &emrs_source_iot,
                                             &emrs_source_instance};
    static world w;
    memset(&w, 0, sizeof w);
    w.input = fuzz_input_of(data, size);
    uint8_t flags = fuzz_next(&w.input), source = fuzz_next(&w.input) % 3u;
    emrs_provider_config config = {
        .source = all[source],
        .uri = source == 1 ? EMRS_TEXT("127.0.0.1") : EMRS_TEXT("http://127.0.0.1:80"),
        .authorization = EMRS_TEXT(TOKEN),
        .role_alias = EMRS_TEXT("alias"),
        .thing_name = EMRS_TEXT("thing"),
        .credentials = &w.credentials,
        .store = w.store,
        .store_size = sizeof w.store,
        .one_half = (flags & 1u) != 0,
        .work = w.work,
        .work_size = sizeof w.work,
        .clock_floor = (flags & 2u) != 0,
    };
    w.now = (emrs_now){.ms = flags, .utc_s = (flags & 4u) != 0 ? 1800000000u : 0, .random = flags};
    CHECK(emrs_provider_init(&w.provider, &config) == EMRS_OK);
    for (int renewal = 0; renewal < 3; renewal++) {
        emrs_credentials old = w.credentials;
        emrs_provider_start(&w.provider, w.now.ms + 30000u);
        check_end(&w, run(&w), &old);
    }
    return 0;
}
