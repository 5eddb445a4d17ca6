/* SPDX-License-Identifier: MIT */
/* Complete cancellations by a main loop (emrs_turn) over lwIP's callbacks, with faults of all
 * kinds. The effect that is reported must be true for what the peer received, and no memory may be
 * left in use. `weather` is the set of faults of a call. */
#include "stream.h"

#include <lwip/priv/tcp_priv.h>
#include <lwip/timeouts.h>

#include "support/bench.h"

#ifndef SOAK_COUNT
#define SOAK_COUNT 10000
#endif
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" BENCH_ANSWER_BODY
#define REFUSAL                                                                                    \
    "HTTP/1.1 403 Forbidden\r\nx-amzn-ErrorType: AccessDeniedException\r\n"                        \
    "Content-Length: 2\r\n\r\n{}"

/* What goes wrong in a call, and at which turn of the loop. NEVER is later than any turn. */
enum { NEVER = 1 << 30 };
typedef struct {
    const char *endpoint, *answer;
    uint32_t timeout_ms;
    int stop_at, break_at, dark_at, light_at, netif_at; /* turns */
    bool end;                                           /* the peer ends after its answer */
} weather;

typedef struct {
    bench bench;
    weather weather;
    int turn, code;
    bool answered, whole; /* the peer has the whole request */
    uint32_t begin_ms, took_ms;
} session;

static session s;

static emrs_now now(void *unused)
{
    (void)unused;
    return (emrs_now){.ms = wire.ms, .utc_s = BENCH_UTC_S + wire.ms / 1000};
}

static bool stopped(void *unused)
{
    (void)unused;
    return s.turn >= s.weather.stop_at;
}

static void follow_peer(void)
{
    peer *p = peer_on(PEER_PORT);
    bool whole = p->size > 4 && memcmp(p->bytes + p->size - 4, "\r\n\r\n", 4) == 0;
    s.whole = s.whole || whole;
    if (!whole || s.answered || p->state != PEER_OPEN)
        return;
    s.answered = true;
    peer_send(p, s.weather.answer, strlen(s.weather.answer));
    if (s.weather.end)
        peer_end(p);
}

static void follow_weather(void)
{
    if (s.turn == s.weather.break_at && peer_on(PEER_PORT)->state == PEER_OPEN)
        peer_break(peer_on(PEER_PORT));
    if (s.turn == s.weather.dark_at)
        netif_set_link_down(&wire_netif);
    if (s.turn == s.weather.light_at)
        netif_set_link_up(&wire_netif);
    if (s.turn == s.weather.netif_at) {
        netif_remove(&wire_netif);
        wire_start();
    }
}

/* The main loop of a device: a turn of the call, then the network, until the call ends. */
static void run(const weather *w)
{
    const emrs_port port = {.stream = &raw.stream, .now = now, .stopped = stopped};
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    memset(&s, 0, sizeof s);
    s.weather = *w;
    s.begin_ms = wire.ms;
    peer_on(PEER_PORT)->size = 0;
    bench_init(&s.bench);
    s.bench.config.endpoint = (emrs_text){w->endpoint, strlen(w->endpoint)};
    s.bench.config.allow_plain_http = true;
    s.bench.config.timeout_ms = w->timeout_ms;
    bench_start(&s.bench);
    do {
        s.code = emrs_turn(&s.bench.call, &port, &report);
        s.turn++;
        follow_weather();
        wire_pass(1);
        follow_peer();
    } while (s.code > EMRS_DONE);
    s.took_ms = wire.ms - s.begin_ms;
}

/* Checks the effect against what the peer received and answered. */
static void check_effect(void)
{
    emrs_effect effect = s.bench.result.effect;
    assert_true(s.code == EMRS_DONE || s.code < 0);
    if (effect == EMRS_EFFECT_NONE)
        assert_false(s.whole);
    if (effect == EMRS_EFFECT_ACCEPTED)
        assert_true(s.answered && s.weather.answer[9] == '2');
    if (effect == EMRS_EFFECT_REFUSED)
        assert_true(s.answered && s.weather.answer[9] == '4');
    assert_true((s.code == EMRS_DONE) == (effect == EMRS_EFFECT_ACCEPTED));
    assert_in_range(s.took_ms, 0, s.weather.timeout_ms + 50);
    assert_true(raw.pcb == NULL && raw.received == NULL);
    assert_null(tcp_active_pcbs);
    assert_null(tcp_tw_pcbs);
}

static const weather fair = {.endpoint = "http://" HOST ":443",
                             .answer = ANSWER,
                             .timeout_ms = 30000,
                             .stop_at = NEVER,
                             .break_at = NEVER,
                             .dark_at = NEVER,
                             .light_at = NEVER,
                             .netif_at = NEVER};

static void test_accepted(void **state)
{
    static const char *const endpoints[] = {"http://" HOST ":443", "http://job.test:443"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endpoints) * 2; i++) {
        weather w = fair;
        w.endpoint = endpoints[i / 2];
        w.end = i % 2 != 0;
        run(&w);
        assert_int_equal(s.code, EMRS_DONE);
        check_effect();
        wire_pass(20);
        assert_int_equal(peer_on(PEER_PORT)->state, PEER_CLOSED);
        assert_int_equal(peer_on(PEER_PORT)->fins, 0);
    }
}

static void test_refused(void **state)
{
    weather w = fair;
    (void)state;
    w.answer = REFUSAL;
    run(&w);
    assert_int_equal(s.code, EMRS_E_AUTH);
    assert_int_equal(s.bench.result.effect, EMRS_EFFECT_REFUSED);
    check_effect();
    peer_on(PEER_PORT)->manner = PEER_REFUSES;
    run(&w);
    assert_int_equal(s.code, EMRS_E_CONNECT);
    assert_int_equal(s.bench.result.reason, EMRS_REASON_REFUSED);
    check_effect();
}

/* Nothing for a loopback address leaves the device, and no resolver is asked. */
static void test_loopback(void **state)
{
    static const char *const endpoints[] = {"http://localhost:443", "http://127.0.0.1:443"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endpoints); i++) {
        weather w = fair;
        w.endpoint = endpoints[i];
        int before = wire.sent;
        memset(&s, 0, sizeof s);
        s.weather = w;
        bench_init(&s.bench);
        s.bench.config.endpoint = (emrs_text){w.endpoint, strlen(w.endpoint)};
        bench_start(&s.bench);
        const emrs_port port = {.stream = &raw.stream, .now = now};
        emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
        while ((s.code = emrs_turn(&s.bench.call, &port, &report)) > EMRS_DONE)
            wire_pass(1);
        assert_int_equal(s.code, EMRS_E_CONNECT);
        assert_int_equal(s.bench.result.reason, EMRS_REASON_UNREACHABLE);
        assert_int_equal(wire.sent, before);
        assert_int_equal(world.asked, 0);
    }
}

/* Each kind of fault, at each turn of a call. */
static void test_at_every_turn(void **state)
{
    (void)state;
    for (int what = 0; what < 5; what++)
        for (int at = 0; at < 30; at++) {
            weather w = fair;
            w.endpoint = "http://10.0.0.1:443";
            w.timeout_ms = what == 4 ? (uint32_t)at + 1 : 5000;
            w.stop_at = what == 0 ? at : NEVER;
            w.break_at = what == 1 ? at : NEVER;
            w.dark_at = what == 2 ? at : NEVER;
            w.netif_at = what == 3 ? at : NEVER;
            run(&w);
            check_effect();
            wire_calm(20260102);
            wire_pass(50);
        }
}

/* The time wraps, at each turn of a call. */
static void test_time_wraps(void **state)
{
    (void)state;
    for (uint32_t before_ms = 0; before_ms < 60; before_ms++) {
        wire_pass(2000);
        wire.ms = 0u - before_ms;
        sys_restart_timeouts();
        run(&fair);
        assert_int_equal(s.code, EMRS_DONE);
        check_effect();
    }
}

/* Many calls with random faults */

static int at_random(uint32_t of_1000, uint32_t below)
{
    return wire_chance(PER_MILLE) < of_1000 ? (int)wire_chance(below) : NEVER;
}

static weather foul(int number)
{
    static char endpoint[64];
    weather w = fair;
    peer *p = peer_on(PEER_PORT);
    wire.faults = (wire_faults){wire_chance(200), wire_chance(100), wire_chance(300),
                                wire_chance(50), wire_chance(400)};
    if (wire_chance(4) == 0)
        memset(&wire.faults, 0, sizeof wire.faults);
    p->manner = wire_chance(10) > 1 ? PEER_ACCEPTS : wire_chance(2) ? PEER_REFUSES : PEER_SILENT;
    p->mss = (uint16_t)(wire_chance(4) ? 1460 : 1 + wire_chance(600));
    p->window = wire_chance(4) ? 0xffff : wire_chance(2000);
    p->segment_max = (uint16_t)(wire_chance(4) ? 0 : 1 + wire_chance(100));
    p->scales = wire_chance(2) != 0;
    p->mute = wire_chance(20) == 0;
    world.manner = wire_chance(5) ? DNS_ANSWERS : (dns_manner)wire_chance(4);
    world.arp_silent = wire_chance(50) == 0;
    wire.piece = wire_chance(5) ? 0 : 100 + wire_chance(500);
    wire.memory_left = MEMP_MEM_MALLOC && wire_chance(20) == 0 ? (long)wire_chance(60) : -1;
    (void)snprintf(endpoint, sizeof endpoint, "http://job%d.test:443", number);
    w.endpoint = wire_chance(2) ? endpoint : fair.endpoint;
    w.answer = wire_chance(4) ? ANSWER : REFUSAL;
    w.end = wire_chance(2) != 0;
    w.timeout_ms = 1 + wire_chance(12000);
    w.stop_at = at_random(100, 300);
    w.break_at = at_random(100, 60);
    w.dark_at = at_random(50, 100);
    w.light_at = w.dark_at != NEVER && wire_chance(2) ? w.dark_at + (int)wire_chance(100) : NEVER;
    w.netif_at = at_random(20, 60);
    return w;
}

/* Makes calls one after the other, with pauses of less than 20 ms. */
static void test_soak(void **state)
{
    int effects[4] = {0};
    const char *seed = getenv("EMRS_SEED");
    uint32_t first = seed != NULL ? (uint32_t)strtoul(seed, NULL, 10) : 20260102;
    (void)state;
    printf("# seed %u, %d calls\n", (unsigned)first, SOAK_COUNT);
    wire.random = first != 0 ? first : 1;
    for (int i = 0; i < SOAK_COUNT; i++) {
        weather w = foul(i);
        run(&w);
        check_effect();
        effects[s.bench.result.effect]++;
        wire_calm(wire.random);
        wire_pass(wire_chance(20));
    }
    printf("# none %d, refused %d, unknown %d, accepted %d\n", effects[EMRS_EFFECT_NONE],
           effects[EMRS_EFFECT_REFUSED], effects[EMRS_EFFECT_UNKNOWN],
           effects[EMRS_EFFECT_ACCEPTED]);
    for (int i = 0; i < 4; i++)
        assert_in_range(effects[i], SOAK_COUNT / 50, SOAK_COUNT);
    world.arp_silent = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_accepted),      TEST(test_refused),    TEST(test_loopback),
        TEST(test_at_every_turn), TEST(test_time_wraps), TEST(test_soak),
    };
    wire_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
