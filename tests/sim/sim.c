/* SPDX-License-Identifier: MIT */
/* The real core in a simulated world, one run per seed: what it reports is compared with what
 * really happened.
 * usage: sim [SEED [COUNT [PROCESSES]]]; a COUNT of 1 prints every step of that seed's run */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "processes.h"
#include "emrs_port.h"
#include "emrs_renew.h"

enum {
    CALL_COUNT_MAX = 8,
    STEP_COUNT_MAX = 200000,
    LATE_STEP_COUNT_MAX = 6,
    STORE_SIZE = 2048,
    GUARD_SIZE = 64,
    DAY_S = 86400,
    KIND_COUNT = SOURCE_KIND_COUNT + 1 /* and the application's own source */
};

/* The states of the machine as seen from outside, and the events that it gets: their pairs are
 * counted. */
enum {
    PHASE_COUNT = EMRS_PHASE_ANSWER + 1,
    STATE_COUNT = (EMRS_MOVE_CREDENTIALS + 1) * PHASE_COUNT * 2 * (EMRS_EFFECT_ACCEPTED + 1),
    EVENT_COUNT = (EMRS_NEWS_STOP + 1) * (EMRS_REASON_PROXY_FAILED + 1) * 2
};

typedef struct {
    uint64_t call_count, run_count, step_count, attempt_count, request_count, ms;
    uint64_t effects[EMRS_EFFECT_ACCEPTED + 1];
    uint64_t unknown_accepted; /* reported as UNKNOWN, and really accepted */
    uint64_t kept_count, renewed_count, stopped_count, wrapped_count;
    uint64_t often_count;       /* calls with three renewals or more */
    uint64_t many_count;        /* clients with twenty or more */
    uint64_t failed_count;      /* failed renewals by a provider */
    uint64_t kinds[KIND_COUNT]; /* renewals by each kind of source */
    uint8_t pairs[STATE_COUNT][EVENT_COUNT / 8 + 1];
} totals;

typedef struct {
    uint64_t seed;
    chance chance;
    service service;
    network network;
    totals *totals;
    bool is_told;

    emrs_config config;
    emrs_credentials credentials;
    emrs_cancel_job_run_input input;
    emrs_client client;
    emrs_call call;
    emrs_result result;
    emrs_move move;
    int what;
    char work[EMRS_WORK_SIZE + 64];
    bool is_calm; /* credentials expire often, and little else goes wrong */
    unsigned call_renewal_count, run_renewal_count;

    /* Where the credentials come from: a provider, or the application's own source */
    bool is_own;
    own_source own;
    source source;
    network source_network;
    emrs_provider provider;
    emrs_stream source_stream;
    emrs_port source_port;
    emrs_renewal renewal;
    emrs_credentials before; /* as they were at the start of the renewal */
    char texts_before[3][64];
    uint64_t renewal_ms;                  /* when it began */
    uint32_t renewal_until_ms;            /* the tick when it must end */
    bool is_source_owed, source_end_told; /* as for the service's stream */
    bool is_given_up; /* the renewal is stopped, perhaps before the CONNECT that was shown */
    char uri[64];
    char store[STORE_SIZE + GUARD_SIZE], source_work[EMRS_WORK_SIZE + GUARD_SIZE];

    uint32_t epoch_ms; /* the device's tick at simulated time 0 */
    int32_t skew_s;    /* the device's clock minus the service's */
    bool has_clock, has_random;
    unsigned stop_odds, misfit_odds, clock_odds, late_ms;

    service_run *run;
    unsigned accepted_before;
    uint64_t start_ms, deadline_ms, end_ms;
    uint64_t idle_ms; /* since the end of the call before */
    unsigned late_step_count;
    bool was_shown, end_was_told;
    bool is_owed; /* CONNECT was shown, so a CLOSE must follow */
    unsigned call_step_count;
} world;

static world w;

#define CHECK(holds, what)                                                                         \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fail(what);                                                                            \
    } while (0)

static void fail(const char *what)
{
    printf("not ok 1 - seed %llu: %s\n# replay: make sim SEED=%llu COUNT=1\n",
           (unsigned long long)w.seed, what, (unsigned long long)w.seed);
    fflush(stdout);
    _exit(1);
}

/* The device's time */

static uint32_t tick(uint64_t world_ms)
{
    return (uint32_t)world_ms + w.epoch_ms;
}

static uint64_t world_of(uint32_t until_ms)
{
    int32_t left_ms = (int32_t)(until_ms - tick(w.network.now_ms));
    return w.network.now_ms + (left_ms > 0 ? (uint32_t)left_ms : 0);
}

static emrs_now now(void)
{
    bool has_clock = w.has_clock && !(w.clock_odds > 0 && chance_one_in(&w.chance, w.clock_odds));
    return (emrs_now){.ms = tick(w.network.now_ms),
                      .utc_s = has_clock ? network_utc(&w.network) + (uint32_t)w.skew_s : 0,
                      .random = w.has_random ? (uint32_t)chance_next(&w.chance) : 0};
}

/* A run: its source of credentials, network, service, clock and configuration */

static void draw_source(chance *c)
{
    static const unsigned odds[] = {0, 0, 200, 60}, faults[] = {0, 16, 8, 3};
    static const uint32_t slow_ms[] = {200, 2000, 20000};
    w.service.lifetime_s = chance_one_in(c, 3) ? 5 + chance_below(c, 900) : DAY_S / 2;
    service_revoke(&w.service); /* the first one does not expire */
    w.is_own = chance_one_in(c, 4);
    w.own.is_told_expiry = chance_one_in(c, 2);
    source_init(&w.source, &w.service, (source_kind)chance_below(c, SOURCE_KIND_COUNT));
    w.source.fault_odds = faults[chance_below(c, 4)];
    w.source.date_odds = chance_one_in(c, 4) ? 4 : 0;
    network_init(&w.source_network, &w.service, &w.source);
    w.source_network.odds = odds[chance_below(c, 4)];
    w.source_network.slow_ms = slow_ms[chance_below(c, 3)];
    w.source_network.peer_odds = chance_one_in(c, 32) ? 4 : 0;
    w.source_network.utc_s = w.network.utc_s;
}

/* Persistent calls at a quota that accepts them only after hours. Meanwhile the credentials expire
 * many times, and no call may end because of that. */
static void draw_calm(chance *c)
{
    w.is_calm = true;
    w.network.odds = w.network.peer_odds = w.service.lie_odds = w.service.refuse_odds = 0;
    w.network.slow_ms = 200;
    w.service.rate_ms = 3600000u + chance_below(c, 14400000);
    w.service.burst = 1;
    w.has_clock = true;
    w.skew_s = 0;
    w.clock_odds = w.stop_odds = w.late_ms = 0;
    w.service.lifetime_s = 300 + chance_below(c, 3300);
    w.source_network.odds = w.source_network.peer_odds = w.source.date_odds = 0;
    w.source_network.slow_ms = 200;
    w.source.fault_odds = w.source.kind == SOURCE_INSTANCE ? 0 : 4; /* an instance is asked once */
    w.source.row_max = 2;
    w.config.persistent = true;
    w.config.timeout_ms = 86400000;
    w.config.connect_timeout_ms = w.config.receive_timeout_ms = 0;
}

static void draw_weather(chance *c)
{
    static const unsigned odds[] = {0, 200, 60, 20, 8};
    static const uint32_t slow_ms[] = {200, 2000, 20000, 90000};
    network_init(&w.network, &w.service, NULL);
    w.network.odds = odds[chance_below(c, 5)];
    w.network.slow_ms = slow_ms[chance_below(c, 4)];
    w.network.peer_odds = chance_one_in(c, 16) ? 4 : 0;
    w.network.utc_s = EMRS_BUILD_TIME_S + 86400u + chance_below(c, 1000000000u);
    w.service.lie_odds = odds[chance_below(c, 5)] / 4u;
    w.service.refuse_odds = odds[chance_below(c, 5)] / 2u;
    w.service.earliest_s = EMRS_BUILD_TIME_S;
}

static void draw_clock(chance *c)
{
    static const int32_t skews_s[] = {0,    0,   0,    1,     -1,     200,
                                      -200, 290, 3600, -3600, -86000, 40000000};
    w.epoch_ms = chance_one_in(c, 4) ? 0u - chance_below(c, 100000) : (uint32_t)chance_next(c);
    w.skew_s = skews_s[chance_below(c, 12)];
    w.has_clock = !chance_one_in(c, 8);
    w.has_random = !chance_one_in(c, 8);
    w.config.clock_floor = chance_one_in(c, w.has_clock ? 4 : 16) ? w.has_clock : !w.has_clock;
    w.clock_odds = chance_one_in(c, 64) ? 4 : 0;
    w.config.no_clock_correction = chance_one_in(c, 16);
}

static void draw_config(chance *c)
{
    static const uint32_t timeouts_ms[] = {0, 0, 0, 0, 0, 1, 60, 400, 3000, 3000, 30000, 600000};
    emrs_config *config = &w.config;
    config->region = EMRS_TEXT("eu-west-1");
    config->credentials = &w.credentials;
    config->work = w.work;
    config->work_size = EMRS_WORK_SIZE + chance_below(c, 65);
    config->timeout_ms = timeouts_ms[chance_below(c, 12)];
    config->attempt_count = (uint8_t)(chance_one_in(c, 2) ? 0 : 1 + chance_below(c, 6));
    config->persistent = chance_one_in(c, 8);
    config->keep_stream = chance_one_in(c, 2);
    config->idle_timeout_ms = chance_one_in(c, 2) ? 0 : 1 + chance_below(c, 30000);
    config->connect_timeout_ms = chance_one_in(c, 4) ? 1 + chance_below(c, 5000) : 0;
    config->receive_timeout_ms = chance_one_in(c, 4) ? 1 + chance_below(c, 5000) : 0;
}

/* What really happened, and what the core reports */

static unsigned accepted(void)
{
    return w.run->accepted_count - w.accepted_before;
}

static void check_effect(void)
{
    emrs_effect effect = w.result.effect;
    if (effect == EMRS_EFFECT_ACCEPTED)
        CHECK(accepted() > 0, "ACCEPTED, but the service did not accept");
    if (effect == EMRS_EFFECT_NONE || effect == EMRS_EFFECT_REFUSED)
        CHECK(accepted() == 0, "NONE or REFUSED, but the service accepted");
    if (effect == EMRS_EFFECT_NONE)
        CHECK(!w.was_shown, "NONE, but the last window was shown");
    CHECK(!w.result.probably_ended || effect != EMRS_EFFECT_NONE, "probably_ended with NONE");
    if (w.what == EMRS_DONE)
        CHECK(effect == EMRS_EFFECT_ACCEPTED, "DONE without ACCEPTED");
    if (effect == EMRS_EFFECT_ACCEPTED)
        CHECK(w.what == EMRS_DONE || w.what == EMRS_MOVE_CLOSE, "ACCEPTED, but the call goes on");
    CHECK(w.result.code == w.what, "the result's code is not the step's");
}

/* Windows and secrets */

static bool lies_in(const void *at, size_t size, const void *room, size_t room_size)
{
    uintptr_t start = (uintptr_t)at, from = (uintptr_t)room;
    return start >= from && start - from <= room_size && size <= room_size - (start - from);
}

/* A search of our own, because memmem is not in POSIX. This is the only slow part of the
 * program. */
static bool holds(const void *room, size_t room_size, const char *secret, size_t size)
{
    const char *at = room, *end = at + room_size;
    if (secret == NULL)
        return false;
    while ((at = memchr(at, secret[0], (size_t)(end - at))) != NULL) {
        if ((size_t)(end - at) < size)
            return false;
        if (memcmp(at, secret, size) == 0)
            return true;
        at++;
    }
    return false;
}

static void check_windows(void)
{
    const emrs_move *m = &w.move;
    const char *work = w.work;
    if (w.what == EMRS_MOVE_SEND) {
        CHECK(m->size > 0, "nothing to send");
        CHECK(lies_in(m->send, m->size, work, w.config.work_size)
                  || lies_in(m->send, m->size, w.credentials.session_token.bytes,
                             w.credentials.session_token.size)
                  || m->size <= 4,
              "SEND shows neither the work buffer nor the token");
    } else if (w.what == EMRS_MOVE_RECEIVE) {
        CHECK(m->size > 0, "nowhere to receive");
        CHECK(lies_in(m->receive, m->size, work, w.config.work_size),
              "RECEIVE outside of the work buffer");
    } else {
        CHECK(m->send == NULL && m->receive == NULL && m->size == 0,
              "a move without data has a window");
    }
    for (size_t i = w.config.work_size; i < sizeof w.work; i++)
        CHECK(w.work[i] == 0, "a byte after the work buffer has changed");
}

static void check_wiped(void)
{
    CHECK(w.service.signature[0] == '\0' || !holds(w.work, sizeof w.work, w.service.signature, 64),
          "the signature stays in the work buffer");
    emrs_text token = w.credentials.session_token;
    const char *secret = w.credentials.secret_access_key.bytes;
    CHECK(!holds(w.work, sizeof w.work, token.bytes, token.size), "a token in the work buffer");
    CHECK(!holds(w.work, sizeof w.work, secret, SERVICE_SECRET_SIZE),
          "a secret in the work buffer");
    CHECK(!holds(&w.call, sizeof w.call, secret, SERVICE_SECRET_SIZE), "a secret in the call");
}

/* The stream */

static uint32_t idle_limit_ms(void)
{
    return w.config.idle_timeout_ms > 0 ? w.config.idle_timeout_ms : 5000; /* the default: 5 s */
}

static void check_stream(void)
{
    const network *n = &w.network;
    bool is_on_stream = w.what > EMRS_DONE && w.what <= EMRS_MOVE_RECEIVE;
    CHECK(w.move.owner == (is_on_stream ? &w.client : NULL), "the move names a wrong owner");
    CHECK(w.what <= EMRS_DONE || !emrs_release(&w.client), "a stream is released during a call");
    switch (w.what) {
    case EMRS_MOVE_CONNECT:
        CHECK(!n->is_connected && !n->is_over, "CONNECT while there is a stream");
        break;
    case EMRS_MOVE_SEND:
        CHECK(n->is_connected && !n->is_over, "SEND on no stream, or on one that has ended");
        CHECK(w.call_step_count > 0 || w.idle_ms < idle_limit_ms(), "SEND on a stale stream");
        break;
    case EMRS_MOVE_RECEIVE:
        CHECK(n->is_connected && !w.end_was_told, "RECEIVE on no stream, or on one that has ended");
        break;
    case EMRS_MOVE_CLOSE:
        CHECK(w.is_owed, "CLOSE without a stream");
        break;
    case EMRS_MOVE_WAIT:
        CHECK(!w.is_owed || (n->is_connected && !n->is_over), "a dead stream is kept over a wait");
        CHECK(!w.is_owed || (uint32_t)(w.move.until_ms - tick(n->now_ms)) < idle_limit_ms(),
              "a stream is kept over a long wait");
        break;
    case EMRS_MOVE_CREDENTIALS:
        CHECK(!w.is_owed, "CREDENTIALS while a stream is open");
        break;
    default:
        CHECK(!w.is_owed || (w.config.keep_stream && n->is_connected && !n->is_over),
              "a stream is left open");
        break;
    }
}

/* Time. If the port returns late, the call gets a few steps to end. */

static void check_time(void)
{
    uint32_t left_ms = w.move.until_ms - tick(w.network.now_ms);
    uint64_t until_ms = world_of(w.move.until_ms);
    if (w.what <= EMRS_DONE)
        return;
    CHECK(until_ms <= w.deadline_ms || left_ms >= 0x80000000u || until_ms == w.network.now_ms,
          "a move goes past the deadline");
    if (w.network.now_ms > w.deadline_ms + 1)
        CHECK(++w.late_step_count <= LATE_STEP_COUNT_MAX, "the call goes on after the deadline");
    CHECK(++w.call_step_count < STEP_COUNT_MAX, "the call never ends");
}

/* A step */

static const char *const effect_names[] = {"NONE", "REFUSED", "UNKNOWN", "ACCEPTED"};

static void tell(const emrs_report *report)
{
    char code[12] = "";
    if (w.what < 0)
        snprintf(code, sizeof code, "%d", w.what);
    printf("# %9llu ms  %-10s %3d %4u -> %-11s until +%-7d %4u  %s, accepted %u\n",
           (unsigned long long)(w.network.now_ms - w.start_ms), news_names[report->news],
           report->detail, (unsigned)report->size, w.what < 0 ? code : move_names[w.what],
           (int)(w.move.until_ms - tick(w.network.now_ms)), (unsigned)w.move.size,
           effect_names[w.result.effect], accepted());
}

static void cover(const emrs_report *report)
{
    unsigned is_late = (int32_t)(w.move.until_ms - tick(w.network.now_ms)) <= 0;
    unsigned state = (((unsigned)w.what * PHASE_COUNT + w.result.phase) * 2u + w.move.more)
                         * (EMRS_EFFECT_ACCEPTED + 1u)
                     + w.result.effect;
    unsigned reason = report->news == EMRS_NEWS_FAILED ? (unsigned)report->detail : 0;
    unsigned event = (report->news * (EMRS_REASON_PROXY_FAILED + 1u) + reason) * 2u + is_late;
    w.totals->pairs[state][event / 8u] |= (uint8_t)(1u << event % 8u);
}

/* No attempt begins with credentials that have expired by a right clock, unless the source has just
 * given them. */
static void check_expiry(int before, const emrs_report *report)
{
    bool begins =
        w.what == EMRS_MOVE_CONNECT
            ? before != EMRS_MOVE_CONNECT
            : w.what == EMRS_MOVE_SEND && before != EMRS_MOVE_CONNECT && before != EMRS_MOVE_SEND;
    bool is_right = w.has_clock && w.skew_s == 0 && w.clock_odds == 0
                    && w.config.no_clock_correction && report->news != EMRS_NEWS_RENEWED;
    CHECK(!begins || !is_right || w.credentials.expires_s == 0
              || network_utc(&w.network) < w.credentials.expires_s,
          "an attempt begins with expired credentials");
    CHECK(!begins || w.credentials.access_key_id.size > 0, "an attempt begins without credentials");
}

static void step(emrs_report report)
{
    int before = w.what;
    if (w.call_step_count > 0)
        cover(&report);
    w.what = emrs_step(&w.call, now(), report, &w.move);
    check_expiry(before, &report);
    w.totals->step_count++;
    w.is_owed = w.is_owed || w.what == EMRS_MOVE_CONNECT;
    w.was_shown = w.was_shown || (w.what == EMRS_MOVE_SEND && !w.move.more);
    if (w.is_told)
        tell(&report);
    if (w.service.fault != NULL)
        fail(w.service.fault);
    check_effect();
    check_windows();
    check_stream();
    check_time();
}

/* Without news, and with news that do not fit, nothing changes. */
static void step_idly(emrs_news news)
{
    static const uint16_t fitting[] = {[EMRS_MOVE_CONNECT] =
                                           1u << EMRS_NEWS_CONNECTING | 1u << EMRS_NEWS_CONNECTED,
                                       [EMRS_MOVE_SEND] = 1u << EMRS_NEWS_SENT,
                                       [EMRS_MOVE_RECEIVE] = 1u << EMRS_NEWS_RECEIVED,
                                       [EMRS_MOVE_CLOSE] = 0,
                                       [EMRS_MOVE_WAIT] = 0,
                                       [EMRS_MOVE_CREDENTIALS] = 1u << EMRS_NEWS_RENEWED};
    emrs_move before = w.move;
    int what = w.what;
    bool is_end = news == EMRS_NEWS_CLOSED || news == EMRS_NEWS_CUT || news == EMRS_NEWS_FAILED
                  || news == EMRS_NEWS_STOP;
    if (is_end || (fitting[what] & 1u << news)
        || (int32_t)(w.move.until_ms - tick(w.network.now_ms)) <= 0)
        return;
    step((emrs_report){.news = news, .detail = EMRS_PHASE_TCP, .size = 1});
    CHECK(w.what == what && before.send == w.move.send && before.receive == w.move.receive
              && before.size == w.move.size && before.until_ms == w.move.until_ms
              && before.more == w.move.more,
          "a step without news changes the move");
}

/* The port */

static emrs_report report_of(network_report from)
{
    static const emrs_reason often[] = {EMRS_REASON_RESET, EMRS_REASON_TLS_CUT,
                                        EMRS_REASON_NAME_FAILED, EMRS_REASON_REFUSED};
    emrs_report report = device_report(from);
    if (w.is_calm && report.news == EMRS_NEWS_FAILED)
        report.detail = EMRS_REASON_RESET;
    else if (report.news == EMRS_NEWS_CONNECTED)
        report.detail = from.detail == 0              ? EMRS_PEER_VERIFIED
                        : chance_one_in(&w.chance, 2) ? EMRS_PEER_UNVERIFIED
                                                      : EMRS_PEER_PLAIN;
    else if (report.news == EMRS_NEWS_FAILED)
        report.detail = from.detail <= EMRS_REASON_PROXY_FAILED ? (int)from.detail
                                                                : (int)often[from.detail % 4u];
    else
        report.detail = (int)from.detail;
    return report;
}

/* Renewals by a provider, over a stream to the source */

static const struct {
    const emrs_source *source;
    const char *uri; /* a printf format for the name of the source */
    const char *host;
} kinds[SOURCE_KIND_COUNT] = {
    [SOURCE_CONTAINER] = {&emrs_source_container, "http://169.254.170.23/v2/credentials/%s",
                          "169.254.170.23"},
    [SOURCE_IOT] = {&emrs_source_iot, "c1.credentials.iot.eu-west-1.amazonaws.com",
                    "c1.credentials.iot.eu-west-1.amazonaws.com"},
    [SOURCE_INSTANCE] = {&emrs_source_instance, "", "169.254.169.254"},
};

static emrs_text text_of(const char *words)
{
    return (emrs_text){words, strlen(words)};
}

/* Both networks have the same time: each one goes on where the other one has stopped.
 * ret: until when the move may last */
static uint64_t begin_source_move(const emrs_move *move)
{
    CHECK(move->owner == &w.provider.client, "a move of a renewal names a wrong owner");
    CHECK((int32_t)(w.renewal_until_ms - move->until_ms) >= 0, "a renewal goes past its time");
    CHECK(w.source.kind != SOURCE_INSTANCE || world_of(move->until_ms) <= w.renewal_ms + 1000u
              || world_of(move->until_ms) == w.network.now_ms,
          "an instance is asked for more than a second");
    w.source_network.now_ms = w.network.now_ms;
    return world_of(move->until_ms) + (w.late_ms > 0 ? chance_below(&w.chance, w.late_ms) : 0);
}

static void tell_source(const char *move, const emrs_report *report)
{
    if (w.is_told)
        printf("# %9llu ms    source: %s %s %d %u\n",
               (unsigned long long)(w.network.now_ms - w.start_ms), move, news_names[report->news],
               report->detail, (unsigned)report->size);
}

static emrs_report end_source_move(const char *move, network_report from)
{
    emrs_report report = report_of(from);
    network_wait(&w.network, w.source_network.now_ms);
    w.source_end_told = w.source_end_told || report.news == EMRS_NEWS_CLOSED
                        || report.news == EMRS_NEWS_CUT || report.news == EMRS_NEWS_FAILED;
    if (report.news == EMRS_NEWS_CONNECTED && w.source.kind != SOURCE_IOT)
        report.detail = EMRS_PEER_PLAIN;
    tell_source(move, &report);
    return report;
}

static emrs_report connect_source(void *context, const emrs_move *move)
{
    const network *n = &w.source_network;
    uint64_t until_ms = begin_source_move(move);
    (void)context;
    CHECK(!n->is_connected && !n->is_over, "CONNECT where there is a stream to the source");
    CHECK(strcmp(move->host, kinds[w.source.kind].host) == 0
              && move->tls == (w.source.kind == SOURCE_IOT),
          "the source is another host");
    w.source_end_told = w.source_end_told && w.is_source_owed;
    w.is_source_owed = true;
    return end_source_move("connect", network_connect(&w.source_network, until_ms));
}

static emrs_report send_to_source(void *context, const emrs_move *move)
{
    const network *n = &w.source_network;
    uint64_t until_ms = begin_source_move(move);
    emrs_text header = w.provider.config.authorization;
    (void)context;
    CHECK(n->is_connected && !w.source_end_told, "SEND on no stream to the source");
    CHECK(move->size <= 16 || lies_in(move->send, move->size, w.source_work, EMRS_WORK_SIZE)
              || lies_in(move->send, move->size, header.bytes, header.size)
              || lies_in(move->send, move->size, w.store, STORE_SIZE),
          "SEND shows bytes that are not of a renewal");
    return end_source_move("send",
                           network_send(&w.source_network, move->send, move->size, until_ms));
}

static emrs_report receive_from_source(void *context, const emrs_move *move)
{
    const network *n = &w.source_network;
    uint64_t until_ms = begin_source_move(move);
    (void)context;
    CHECK(n->is_connected, "RECEIVE on no stream to the source");
    CHECK(move->size > 0 && lies_in(move->receive, move->size, w.source_work, EMRS_WORK_SIZE),
          "RECEIVE outside of the provider's work buffer");
    return end_source_move("receive",
                           network_receive(&w.source_network, move->receive, move->size, until_ms));
}

static void close_source(void *context)
{
    (void)context;
    CHECK(w.is_source_owed || w.is_given_up, "CLOSE of no stream to the source");
    w.is_source_owed = w.source_end_told = false;
    w.source_network.now_ms = w.network.now_ms;
    network_close(&w.source_network);
}

static emrs_now now_at_source(void *context)
{
    (void)context;
    return now();
}

/* The stream to the source may be kept during a wait, like that to the service. */
static void wait_for_source(void *context, uint32_t until_ms)
{
    network *n = &w.source_network;
    uint64_t end_ms = world_of(until_ms);
    (void)context;
    CHECK(!w.is_source_owed || (n->is_connected && !n->is_over),
          "a dead stream to the source is kept over a wait");
    CHECK(!w.is_source_owed || end_ms - w.network.now_ms < 5000u, /* the default: 5 s */
          "a stream to the source is kept over a long wait");
    n->now_ms = w.network.now_ms;
    network_idle(n);
    network_wait(n, end_ms);
    network_wait(&w.network, end_ms);
}

static void begin_provider(void)
{
    source_kind kind = w.source.kind;
    (void)snprintf(w.uri, sizeof w.uri, kinds[kind].uri, w.source.name);
    emrs_provider_config config = {.source = kinds[kind].source,
                                   .uri = text_of(w.uri),
                                   .authorization = text_of(w.source.secret),
                                   .role_alias = text_of(w.source.name),
                                   .thing_name = text_of(w.source.secret),
                                   .credentials = &w.credentials,
                                   .store = w.store,
                                   .store_size = STORE_SIZE,
                                   .one_half = !w.is_calm && chance_one_in(&w.chance, 4),
                                   .work = w.source_work,
                                   .work_size = EMRS_WORK_SIZE,
                                   .teaches = chance_one_in(&w.chance, 4) ? NULL : &w.client,
                                   .clock_floor = w.config.clock_floor};
    w.source_stream =
        (emrs_stream){NULL, connect_source, send_to_source, receive_from_source, close_source};
    w.source_port =
        (emrs_port){.stream = &w.source_stream, .now = now_at_source, .wait = wait_for_source};
    w.renewal = (emrs_renewal){.provider = &w.provider, .port = &w.source_port};
    CHECK(emrs_provider_init(&w.provider, &config) == EMRS_OK, "the provider is refused");
}

/* Checks of a renewal */

static bool is_zero(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static bool spells(emrs_text text, const char *words)
{
    return text.size == strlen(words)
           && (text.size == 0 || memcmp(text.bytes, words, text.size) == 0);
}

static void note_before(uint32_t until_ms)
{
    const emrs_credentials *now = &w.credentials;
    const emrs_text texts[] = {now->access_key_id, now->secret_access_key, now->session_token};
    memset(w.texts_before, 0, sizeof w.texts_before);
    for (int i = 0; i < 3; i++)
        if (texts[i].size > 0)
            memcpy(w.texts_before[i], texts[i].bytes, texts[i].size);
    w.before = *now;
    w.renewal_ms = w.network.now_ms;
    w.renewal_until_ms = until_ms;
    w.source.has_given = false;
}

/* The old credentials are in place, or with one half perhaps none. */
static void check_old(void)
{
    const emrs_credentials *now = &w.credentials;
    if (w.provider.config.one_half && now->access_key_id.size == 0) {
        CHECK(now->renew_s == EMRS_RENEW_NOW, "no credentials, and none are asked for");
        return;
    }
    CHECK(now->access_key_id.bytes == w.before.access_key_id.bytes
              && now->expires_s == w.before.expires_s && now->renew_s == w.before.renew_s
              && spells(now->access_key_id, w.texts_before[0])
              && spells(now->secret_access_key, w.texts_before[1])
              && spells(now->session_token, w.texts_before[2]),
          "a failed renewal changes the old credentials");
}

/* Whether the clock is right to some minutes, and no wrong Date has changed it */
static bool is_clock_right(void)
{
    bool is_near = w.skew_s > -300 && w.skew_s < 300;
    return w.has_clock && is_near && w.clock_odds == 0 && w.service.lie_odds == 0
           && w.source.date_odds == 0;
}

/* The credentials in place are those of the source's last complete answer. */
static void check_fresh(void)
{
    const emrs_credentials *now = &w.credentials;
    char key_id[24], secret[SERVICE_SECRET_SIZE + 1], token[64];
    service_credentials(w.source.generation, key_id, secret, token);
    CHECK(w.source.has_given, "a renewal without an answer");
    CHECK(spells(now->access_key_id, key_id) && spells(now->secret_access_key, secret)
              && spells(now->session_token, token) && now->expires_s == w.source.ends_s,
          "other credentials than the source gave");
    CHECK(now->renew_s > 0 && now->renew_s <= now->expires_s, "renewed after they expire");
    CHECK(!w.source.was_over || !is_clock_right(), "a renewal gives credentials that have expired");
}

static void check_renewal_end(void)
{
    const emrs_provider_config *config = &w.provider.config;
    size_t half_size = config->one_half ? STORE_SIZE : STORE_SIZE / 2;
    const char *used = w.credentials.access_key_id.bytes,
               *secret = w.credentials.secret_access_key.bytes;
    CHECK(is_zero(w.store + STORE_SIZE, GUARD_SIZE), "a byte after the store has changed");
    CHECK(is_zero(w.source_work + EMRS_WORK_SIZE, GUARD_SIZE),
          "a byte after the provider's work buffer has changed");
    CHECK(!w.is_source_owed && !w.source_network.is_open, "a stream to the source is never closed");
    for (const char *half = w.store; half < w.store + STORE_SIZE; half += half_size)
        CHECK((w.credentials.access_key_id.size > 0 && lies_in(used, 1, half, half_size))
                  || is_zero(half, half_size),
              "a half that is not in use is not wiped");
    CHECK(!holds(w.source_work, EMRS_WORK_SIZE, secret, SERVICE_SECRET_SIZE)
              && !holds(w.source_work, EMRS_WORK_SIZE, w.source.secret, strlen(w.source.secret)),
          "a secret stays in the provider's work buffer");
    CHECK(!holds(&w.provider, sizeof w.provider, secret, SERVICE_SECRET_SIZE),
          "a secret in the provider");
}

static void check_renewal(emrs_news news)
{
    if (w.source.fault != NULL)
        fail(w.source.fault);
    CHECK(w.provider.result.effect == EMRS_EFFECT_NONE, "a renewal has an effect");
    CHECK((news == EMRS_NEWS_PENDING) == w.renewal.running, "`running` is wrong");
    if (news == EMRS_NEWS_RENEWED)
        check_fresh();
    else
        check_old();
    if (news != EMRS_NEWS_PENDING)
        check_renewal_end();
}

/* Renewals */

static void count_renewal(unsigned kind)
{
    w.totals->renewed_count++;
    w.totals->kinds[kind]++;
    w.call_renewal_count++;
    w.run_renewal_count++;
}

static emrs_report renew_by_provider(uint32_t until_ms)
{
    bool was_running = w.renewal.running;
    bool has_time = (int32_t)(until_ms - tick(w.network.now_ms)) > 0;
    if (!was_running)
        note_before(until_ms);
    emrs_report report = emrs_renew(&w.renewal, until_ms);
    if (!was_running && !has_time) {
        CHECK(report.news == EMRS_NEWS_FAILED && !w.renewal.running, "a renewal without time");
        return report;
    }
    check_renewal(report.news);
    if (report.news == EMRS_NEWS_RENEWED)
        count_renewal(w.source.kind);
    w.totals->failed_count += report.news == EMRS_NEWS_FAILED;
    return report;
}

static void give_renewal_up(void)
{
    w.is_given_up = true;
    (void)renew_by_provider(tick(w.network.now_ms));
    w.is_given_up = false;
}

/* Like emrs_turn: a renewal that has no time left, or is stopped, ends before the call goes on. */
static void end_renewal(const emrs_report *report)
{
    bool is_late = report->news == EMRS_NEWS_PENDING
                   && (int32_t)(w.move.until_ms - tick(w.network.now_ms)) <= 0;
    if (!w.is_own && w.what == EMRS_MOVE_CREDENTIALS && (is_late || report->news == EMRS_NEWS_STOP))
        give_renewal_up();
}

/* The application's own source. It gives new credentials at once, after a while, never, or too
 * late. If it gives none, it sometimes has ended the old ones, like a store of one half. */
static emrs_report renew_by_own(uint64_t until_ms)
{
    uint32_t luck = w.is_calm ? 7 : chance_below(&w.chance, 8);
    if (luck <= 1 && chance_one_in(&w.chance, 4))
        own_source_give_none(&w.own, &w.credentials);
    if (luck == 0)
        return emrs_failed(EMRS_REASON_NONE, 0);
    if (luck == 2)
        until_ms = w.network.now_ms + (until_ms - w.network.now_ms) / 2u;
    network_wait(&w.network, luck <= 2 ? until_ms : w.network.now_ms);
    if (luck <= 2)
        return emrs_report_of(EMRS_NEWS_PENDING);
    own_source_give_newest(&w.own, &w.service, network_utc(&w.network), &w.credentials);
    count_renewal(SOURCE_KIND_COUNT);
    return emrs_report_of(EMRS_NEWS_RENEWED);
}

static emrs_report act(void)
{
    network *n = &w.network;
    uint64_t until_ms = world_of(w.move.until_ms);
    if (w.late_ms > 0)
        until_ms += chance_below(&w.chance, w.late_ms);
    switch (w.what) {
    case EMRS_MOVE_CONNECT:
        w.end_was_told = false;
        return report_of(network_connect(n, until_ms));
    case EMRS_MOVE_SEND:
        return report_of(network_send(n, w.move.send, w.move.size, until_ms));
    case EMRS_MOVE_RECEIVE:
        return report_of(network_receive(n, w.move.receive, w.move.size, until_ms));
    case EMRS_MOVE_CREDENTIALS:
        return w.is_own ? renew_by_own(until_ms) : renew_by_provider(w.move.until_ms);
    case EMRS_MOVE_CLOSE:
        network_close(n);
        w.is_owed = false;
        return emrs_report_of(EMRS_NEWS_CLOSED);
    default:
        network_wait(n, until_ms);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
}

/* A run */

static void begin_run(uint64_t seed)
{
    totals *sum = w.totals;
    bool is_told = w.is_told;
    memset(&w, 0, sizeof w);
    w.totals = sum;
    w.is_told = is_told;
    w.seed = seed;
    w.chance.state = seed;
    service_init(&w.service, &w.chance);
    draw_weather(&w.chance);
    draw_clock(&w.chance);
    draw_config(&w.chance);
    w.stop_odds = chance_one_in(&w.chance, 8) ? 12 : 0;
    w.misfit_odds = chance_one_in(&w.chance, 4) ? 6 : 0;
    w.late_ms = chance_one_in(&w.chance, 8) ? 1 + chance_below(&w.chance, 20) : 0;
    draw_source(&w.chance);
    if (chance_one_in(&w.chance, 32))
        draw_calm(&w.chance);
    if (!w.is_own)
        begin_provider();
    else if (chance_one_in(&w.chance, 16))
        own_source_give_none(&w.own, &w.credentials);
    else
        own_source_give_newest(&w.own, &w.service, network_utc(&w.network), &w.credentials);
    CHECK(emrs_init(&w.client, &w.config, &w.result) == EMRS_OK, "the configuration is refused");
}

/* A call */

static void rotate(unsigned odds)
{
    if (!w.is_calm && chance_one_in(&w.chance, odds))
        service_revoke(&w.service);
}

static void begin_call(void)
{
    w.run = &w.service.runs[chance_below(&w.chance, SERVICE_RUN_COUNT)];
    w.input = (emrs_cancel_job_run_input){
        .application_id = {w.service.application_id, strlen(w.service.application_id)},
        .job_run_id = {w.run->id, strlen(w.run->id)}};
    if (chance_one_in(&w.chance, 4)) {
        w.input.grace = EMRS_GRACE_SECONDS;
        w.input.shutdown_grace_period_s = (int32_t)(15 + chance_below(&w.chance, 1786));
    }
    w.accepted_before = w.run->accepted_count;
    w.start_ms = w.network.now_ms;
    w.idle_ms = w.start_ms - w.end_ms;
    w.deadline_ms =
        w.start_ms + (w.config.timeout_ms > 0 ? w.config.timeout_ms : 60000u); /* default: 60 s */
    w.late_step_count = w.call_step_count = w.call_renewal_count = 0;
    w.what = EMRS_DONE;
    w.was_shown = w.end_was_told = false;
    CHECK(emrs_cancel_job_run_start(&w.call, &w.client, &w.input, &w.result) == EMRS_OK,
          "a call does not start");
}

static void end_call(void)
{
    totals *t = w.totals;
    w.end_ms = w.network.now_ms;
    if (!w.is_owed && !chance_one_in(&w.chance, 4)) /* what was under way had arrived by CLOSE */
        network_wait(&w.network, w.network.now_ms + 10u * w.network.slow_ms);
    check_effect();
    check_wiped();
    unsigned most = w.config.attempt_count > 0 ? w.config.attempt_count : 3;
    CHECK(w.config.persistent || w.result.attempt_count <= most, "too many attempts");
    CHECK(!w.is_calm || (w.what != EMRS_E_AUTH && w.what != EMRS_E_CREDENTIALS),
          "credentials that expire end a call");
    CHECK(!w.renewal.running, "a renewal goes on after its call");
    t->often_count += w.call_renewal_count >= 3;
    t->call_count++;
    t->attempt_count += w.result.attempt_count;
    t->effects[w.result.effect]++;
    t->unknown_accepted += w.result.effect == EMRS_EFFECT_UNKNOWN && accepted() > 0;
    t->stopped_count += w.what == EMRS_E_STOPPED;
    t->ms += w.network.now_ms - w.start_ms;
    t->wrapped_count += tick(w.network.now_ms) < tick(w.start_ms);
}

static void run_call(void)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    bool has_stopped = false;
    begin_call();
    for (;;) {
        end_renewal(&report);
        step(report);
        if (w.what <= EMRS_DONE)
            break;
        if (w.misfit_odds > 0 && chance_one_in(&w.chance, w.misfit_odds))
            step_idly((emrs_news)chance_below(&w.chance, EMRS_NEWS_STOP + 1));
        bool stops =
            w.stop_odds > 0 && w.what != EMRS_MOVE_CLOSE && chance_one_in(&w.chance, w.stop_odds);
        report = stops ? emrs_report_of(EMRS_NEWS_STOP) : act();
        if (has_stopped && w.what == EMRS_MOVE_CLOSE) /* emrs_turn closed it, and STOP came again */
            report = emrs_report_of(EMRS_NEWS_STOP);
        has_stopped = has_stopped || stops;
        w.end_was_told = w.end_was_told
                         || (w.what == EMRS_MOVE_RECEIVE
                             && (report.news == EMRS_NEWS_CLOSED || report.news == EMRS_NEWS_CUT
                                 || report.news == EMRS_NEWS_FAILED));
        rotate(64);
    }
    end_call();
}

static void end_run(void)
{
    network *n = &w.network;
    if (emrs_release(&w.client)) {
        CHECK(w.is_owed, "a stream is released that was closed");
        network_close(n);
        w.is_owed = false;
    }
    CHECK(!w.is_owed && !n->is_open && n->open_count == n->close_count, "a stream is never closed");
    const char *secret = w.credentials.secret_access_key.bytes;
    emrs_forget(&w.client);
    CHECK(!holds(&w.client, sizeof w.client, secret, SERVICE_SECRET_SIZE),
          "a secret in the client after emrs_forget");
    w.totals->request_count += w.service.request_count;
    w.totals->many_count += w.run_renewal_count >= 20;
    w.totals->run_count++;
}

static void run(uint64_t seed)
{
    begin_run(seed);
    unsigned count = 1 + chance_below(&w.chance, CALL_COUNT_MAX);
    for (unsigned i = 0; i < count; i++) {
        run_call();
        if (w.network.is_open) {
            w.totals->kept_count++;
            network_idle(&w.network);
        }
        network_wait(&w.network, w.network.now_ms + chance_below(&w.chance, 7000));
        rotate(8);
    }
    end_run();
}

/* All runs */

static void add(totals *sum, const totals *part)
{
    uint64_t *to = &sum->call_count;
    const uint64_t *from = &part->call_count;
    for (size_t i = 0; i < offsetof(totals, pairs) / sizeof *to; i++)
        to[i] += from[i];
    for (size_t i = 0; i < sizeof sum->pairs; i++)
        ((uint8_t *)sum->pairs)[i] |= ((const uint8_t *)part->pairs)[i];
}

static unsigned count_pairs(const totals *t)
{
    unsigned count = 0;
    for (size_t i = 0; i < sizeof t->pairs; i++)
        for (unsigned bits = ((const uint8_t *)t->pairs)[i]; bits > 0; bits &= bits - 1u)
            count++;
    return count;
}

/* A long run renews by each kind of source, and many times by one client. Some renewals fail. */
static bool reaches_all(const totals *t)
{
    bool reaches = t->many_count > 0 && t->failed_count > 0;
    for (int i = 0; i < KIND_COUNT; i++)
        reaches = reaches && t->kinds[i] > 0;
    return reaches || t->call_count < 10000;
}

#define LONG(number) ((unsigned long long)(number))

static void say(const totals *t, uint64_t seed, double seconds)
{
    printf("ok 1 - %llu calls in %llu runs from seed %llu: all reports are true\n",
           LONG(t->call_count), LONG(t->run_count), LONG(seed));
    printf("# %llu attempts, %llu requests delivered, %llu steps, %.0f simulated days\n",
           LONG(t->attempt_count), LONG(t->request_count), LONG(t->step_count),
           (double)t->ms / 86400e3);
    printf("# reported: %llu ACCEPTED, %llu REFUSED, %llu NONE, %llu UNKNOWN (%llu of these "
           "accepted)\n",
           LONG(t->effects[EMRS_EFFECT_ACCEPTED]), LONG(t->effects[EMRS_EFFECT_REFUSED]),
           LONG(t->effects[EMRS_EFFECT_NONE]), LONG(t->effects[EMRS_EFFECT_UNKNOWN]),
           LONG(t->unknown_accepted));
    printf("# %llu streams kept, %llu stops, %llu wraps; %u state-event pairs\n",
           LONG(t->kept_count), LONG(t->stopped_count), LONG(t->wrapped_count), count_pairs(t));
    printf("# %llu renewals of credentials; three or more in %llu calls, twenty in %llu clients\n",
           LONG(t->renewed_count), LONG(t->often_count), LONG(t->many_count));
    printf("# by a container %llu, AWS IoT %llu, an instance %llu, the application %llu; %llu "
           "failed\n",
           LONG(t->kinds[SOURCE_CONTAINER]), LONG(t->kinds[SOURCE_IOT]),
           LONG(t->kinds[SOURCE_INSTANCE]), LONG(t->kinds[SOURCE_KIND_COUNT]),
           LONG(t->failed_count));
    printf("# %.1f s, %.0f calls per second\n1..1\n", seconds, (double)t->call_count / seconds);
}

static double seconds_now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static totals *parts; /* one for each process */

static void work(const simulation *s, unsigned process)
{
    w.totals = &parts[process];
    w.is_told = s->count == 1;
    for (uint64_t at = s->seed + process; w.totals->call_count < s->count / s->process_count;
         at += s->process_count)
        run(at);
}

int main(int count, char *words[])
{
    simulation s = simulation_read(count, words);
    totals *sum = simulation_shared(sizeof *sum);
    parts = simulation_shared(s.process_count * sizeof *parts);
    double start = seconds_now();
    bool succeeds = simulation_run(&s, work);
    for (unsigned i = 0; i < s.process_count; i++)
        add(sum, &parts[i]);
    if (succeeds && !reaches_all(sum)) {
        printf("not ok 1 - a long run without renewals by each source, and without failures\n");
        succeeds = false;
    }
    if (succeeds)
        say(sum, s.seed, seconds_now() - start);
    return !succeeds;
}
