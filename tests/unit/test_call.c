/* SPDX-License-Identifier: MIT */
/* One attempt of a call: the order of the moves, windows, time limits, ends, and the effect. After
 * every step bench_step checks what must always be true. */
#include "unit.h"

#include "operation.h"
#include "request.h"
#include "support/bench.h"

#define CLOSED emrs_report_of(EMRS_NEWS_CLOSED)
#define CUT emrs_report_of(EMRS_NEWS_CUT)
#define PENDING emrs_report_of(EMRS_NEWS_PENDING)
#define STOP emrs_report_of(EMRS_NEWS_STOP)
#define RENEWED emrs_report_of(EMRS_NEWS_RENEWED)
#define RESET emrs_failed(EMRS_REASON_RESET, 104)

#define OK_HEAD                                                                                    \
    "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 11112222\r\nContent-Type: application/json\r\n"
#define OK_ANSWER OK_HEAD "Content-Length: 66\r\n\r\n" BENCH_ANSWER_BODY

static bench b;

static int setup(void **state)
{
    (void)state;
    bench_init(&b);
    return 0;
}

/* Order and windows */

/* Asserts that no byte of a request is left, and no pointer to a part of it. */
static void assert_request_is_wiped(void)
{
    for (size_t at = 0; at < sizeof b.work; at++)
        assert_int_equal(b.work[at], 0);
    for (size_t i = 0; i < EMRS_WINDOW_COUNT; i++)
        assert_true(b.call.windows[i].bytes == NULL && b.call.windows[i].size == 0);
}

static void test_the_moves_in_order(void **state)
{
    (void)state;
    bench_start(&b);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
    assert_string_equal(b.move.host, "emr-serverless.us-east-1.amazonaws.com");
    assert_int_equal(b.move.port, 443);
    assert_true(b.move.tls);
    assert_int_equal(bench_step(&b, emrs_connecting(EMRS_PHASE_TLS)), EMRS_MOVE_CONNECT);
    assert_int_equal(b.result.phase, EMRS_PHASE_TLS);
    assert_int_equal(bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED)), EMRS_MOVE_SEND);
    assert_true(b.move.more);
    assert_memory_equal(b.move.send, "DELETE /applications/", 21);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size)), EMRS_MOVE_SEND);
    assert_ptr_equal(b.move.send, b.credentials.session_token.bytes); /* from where it lies */
    assert_true(b.move.more);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size)), EMRS_MOVE_SEND);
    assert_memory_equal(b.move.send, "\r\n\r\n", 4);
    assert_false(b.move.more);
    assert_int_equal(b.result.effect,
                     EMRS_EFFECT_UNKNOWN); /* a window that was given to the port may be sent */
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 4)), EMRS_MOVE_RECEIVE);
    assert_request_is_wiped(); /* before the first answer */
    assert_int_equal(bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 4096), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_DONE);
    assert_int_equal(b.result.effect, EMRS_EFFECT_ACCEPTED);
    assert_int_equal(b.result.status, 200);
    assert_int_equal(b.result.peer, EMRS_PEER_VERIFIED);
    assert_memory_equal(b.result.request_id.bytes, "11112222", 8);
}

static void check_same_move(void)
{
    emrs_move before = b.move;
    int what = b.what;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench_step(&b, PENDING), what);
        assert_int_equal(b.move.until_ms, before.until_ms);
        assert_ptr_equal(b.move.send, before.send);
        assert_ptr_equal(b.move.receive, before.receive);
        assert_int_equal(b.move.size, before.size);
        assert_int_equal(b.move.more, before.more);
    }
}

static void test_a_step_without_news_is_the_same_move(void **state)
{
    (void)state;
    bench_start(&b);
    bench_step(&b, PENDING);
    check_same_move();
    bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED));
    for (int windows = 0; windows < 3; windows++) {
        check_same_move();
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 1));
        check_same_move();
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    }
    check_same_move();
    bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 7);
    check_same_move();
    bench_end(&b);
}

static void test_short_writes_walk_through_every_window(void **state)
{
    static char whole[2048], sent[2048];
    size_t whole_size = 0, sent_size = 0;
    (void)state;
    for (int piecewise = 0; piecewise < 2; piecewise++) {
        char *to = piecewise ? sent : whole;
        size_t *size = piecewise ? &sent_size : &whole_size;
        bench_start(&b);
        bench_to_send(&b);
        while (b.what == EMRS_MOVE_SEND) {
            size_t now = piecewise ? 1 : b.move.size;
            memcpy(to + *size, b.move.send, now);
            *size += now;
            bench_step(&b, emrs_moved(EMRS_NEWS_SENT, now));
        }
        bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 1);
        assert_int_equal(bench_end(&b), EMRS_DONE);
    }
    assert_int_equal(sent_size, whole_size);
    assert_memory_equal(sent, whole, whole_size);
}

static void test_a_stale_report_changes_nothing(void **state)
{
    (void)state;
    bench_start(&b);
    bench_step(&b, PENDING);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 5)), EMRS_MOVE_CONNECT);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_RECEIVED, 5)), EMRS_MOVE_CONNECT);
    assert_int_equal(bench_step(&b, RENEWED), EMRS_MOVE_CONNECT);
    assert_int_equal(bench_step(&b, emrs_report_of((emrs_news)(EMRS_NEWS_STOP + 1))),
                     EMRS_MOVE_CONNECT);
    emrs_report connected = emrs_connected(EMRS_PEER_VERIFIED);
    connected.size = 3; /* has no meaning here */
    assert_int_equal(bench_step(&b, connected), EMRS_MOVE_SEND);
    assert_memory_equal(b.move.send, "DELETE /", 8);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 7)), EMRS_MOVE_SEND);
    assert_int_equal(bench_step(&b, connected), EMRS_MOVE_SEND);
    assert_memory_equal(b.move.send, "/applications/", 14);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_RECEIVED, 5)), EMRS_MOVE_SEND);
    assert_int_equal(bench_step(&b, emrs_connecting(EMRS_PHASE_NAME)), EMRS_MOVE_SEND);
    assert_int_equal(b.result.phase, EMRS_PHASE_SEND);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 0)), EMRS_MOVE_SEND);
    assert_int_equal(bench_step(&b, RENEWED), EMRS_MOVE_SEND);
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 5)), EMRS_MOVE_RECEIVE);
    assert_int_equal(bench_step(&b, connected), EMRS_MOVE_RECEIVE);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_RECEIVED, 0)), EMRS_MOVE_RECEIVE);
    assert_int_equal(bench_step(&b, RENEWED), EMRS_MOVE_RECEIVE);
}

/* The first report of a call is ignored: it may still be that of the call before. */
static void test_the_first_report_is_ignored(void **state)
{
    (void)state;
    bench_start(&b);
    assert_int_equal(bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED)), EMRS_MOVE_CONNECT);
    bench_init(&b);
    bench_start(&b);
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_CUT)), EMRS_MOVE_CONNECT);
}

static void test_a_port_that_miscounts_is_stopped(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_send(&b);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size + 1)), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_PORT);
    bench_start(&b);
    bench_to_receive(&b);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_RECEIVED, b.move.size + 1)),
                     EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_PORT);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
}

/* Time */

static void test_every_move_has_an_end(void **state)
{
    (void)state;
    b.config.connect_timeout_ms = 5000;
    b.config.receive_timeout_ms = 2000;
    b.now.ms = 0xffffff00u; /* the tick wraps within the call */
    bench_start(&b);
    bench_step(&b, PENDING);
    assert_int_equal(b.move.until_ms, (uint32_t)(0xffffff00u + 5000u));
    b.now.ms += 4999;
    assert_int_equal(bench_step(&b, emrs_connecting(EMRS_PHASE_TLS)), EMRS_MOVE_CONNECT);
    assert_int_equal(b.move.until_ms, (uint32_t)(0xffffff00u + 5000u)); /* of all phases together */
    bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED));
    assert_int_equal(b.move.until_ms, b.now.ms + 2000);
    b.now.ms += 1500;
    bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 1)); /* progress restarts the time limit */
    assert_int_equal(b.move.until_ms, b.now.ms + 2000);
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    b.now.ms += 1999;
    assert_int_equal(bench_answer(&b, "H", 1, 1), EMRS_MOVE_RECEIVE);
    b.now.ms += 2000;
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_TIMEOUT);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
}

static void test_the_connect_timeout_is_over_all_phases(void **state)
{
    (void)state;
    b.config.connect_timeout_ms = 5000;
    bench_start(&b);
    bench_step(&b, PENDING);
    b.now.ms += 4999;
    assert_int_equal(bench_step(&b, emrs_connecting(EMRS_PHASE_TLS)), EMRS_MOVE_CONNECT);
    b.now.ms += 1;
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_TIMEOUT);
    assert_int_equal(b.result.phase, EMRS_PHASE_TLS);
}

static void test_a_drip_does_not_move_the_deadline(void **state)
{
    static const char answer[] = OK_ANSWER;
    (void)state;
    b.config.receive_timeout_ms = 2000;
    bench_start(&b);
    bench_to_receive(&b);
    uint32_t start_ms = b.now.ms;
    for (size_t at = 0; at < sizeof answer - 1 && b.what == EMRS_MOVE_RECEIVE; at++) {
        b.now.ms += 1000; /* a byte a second */
        bench_answer(&b, answer + at, 1, 1);
    }
    assert_int_equal(b.now.ms - start_ms, 30000);
    assert_int_equal(bench_end(&b), EMRS_E_TIMEOUT);
}

static void to_state(int state)
{
    bench_start(&b);
    if (state == EMRS_MOVE_CONNECT)
        bench_step(&b, PENDING);
    if (state == EMRS_MOVE_SEND)
        bench_to_send(&b);
    if (state == EMRS_MOVE_RECEIVE)
        bench_to_receive(&b);
}

static void test_the_deadline_holds_in_every_state(void **state)
{
    (void)state;
    for (int at = EMRS_MOVE_CONNECT; at <= EMRS_MOVE_RECEIVE; at++) {
        to_state(at);
        b.now.ms += 29999;
        assert_int_equal(bench_step(&b, PENDING), at);
        b.now.ms += 1;
        assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CLOSE);
        assert_int_equal(bench_step(&b, PENDING),
                         EMRS_E_TIMEOUT); /* a port that never reports CLOSED */
        assert_int_equal(bench_end(&b), EMRS_E_TIMEOUT);
        assert_int_equal(b.result.effect,
                         at == EMRS_MOVE_RECEIVE ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE);
    }
}

static void test_news_at_the_deadline_still_counts(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    b.now.ms += 40000;
    assert_int_equal(bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 4096), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_DONE);
}

static void test_the_default_deadline_is_a_minute(void **state)
{
    (void)state;
    b.config.timeout_ms = 0;
    bench_start(&b);
    bench_step(&b, PENDING);
    assert_int_equal(b.move.until_ms, 61000);
}

/* The limit of one call may be set after its start; the client's configuration stays. */
static void test_a_call_has_a_time_limit_of_its_own(void **state)
{
    (void)state;
    bench_start(&b);
    assert_int_equal(b.call.timeout_ms, 30000);
    b.call.timeout_ms = 7000;
    bench_step(&b, PENDING);
    assert_int_equal(b.move.until_ms, b.now.ms + 7000);
    bench_step(&b, STOP);
    bench_end(&b);
    bench_start(&b);
    bench_step(&b, PENDING);
    assert_int_equal(b.move.until_ms, b.now.ms + 30000);
}

static void test_a_clock_that_is_not_set(void **state)
{
    static const uint32_t wrong[] = {0, 1, EMRS_BUILD_TIME_S - 1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        bench_start(&b);
        b.now.utc_s = wrong[i];
        assert_int_equal(bench_step(&b, PENDING), EMRS_E_CLOCK); /* before any packet */
        assert_int_equal(bench_end(&b), EMRS_E_CLOCK);
        assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
        bench_start(&b);
        assert_int_equal(bench_step(&b, STOP), EMRS_E_CLOCK); /* the first code is kept */
        b.now.utc_s = BENCH_UTC_S;
        bench_start(&b);
        bench_step(&b, PENDING);
        b.now.utc_s = wrong[i]; /* lost while connecting */
        assert_int_equal(bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED)), EMRS_MOVE_CLOSE);
        assert_int_equal(bench_end(&b), EMRS_E_CLOCK);
        b.now.utc_s = EMRS_BUILD_TIME_S;
        bench_start(&b);
        bench_to_send(&b);
        bench_step(&b, STOP);
        bench_end(&b);
    }
}

/* Ends */

typedef struct {
    const char *name;
    emrs_report report;
    int connect, send, receive; /* code in each state */
} ending;

static void test_ends_in_every_state(void **state)
{
    const ending endings[] = {
        {"closed", CLOSED, EMRS_E_CONNECT, EMRS_E_CONNECT, EMRS_E_TRUNCATED},
        {"cut", CUT, EMRS_E_CONNECT, EMRS_E_CONNECT, EMRS_E_TRUNCATED},
        {"reset", RESET, EMRS_E_CONNECT, EMRS_E_CONNECT, EMRS_E_CONNECT},
        {"refused", emrs_failed(EMRS_REASON_REFUSED, 111), EMRS_E_CONNECT, EMRS_E_CONNECT,
         EMRS_E_CONNECT},
        {"cut in TLS", emrs_failed(EMRS_REASON_TLS_CUT, 0), EMRS_E_TLS, EMRS_E_TLS, EMRS_E_TLS},
        {"unknown name", emrs_failed(EMRS_REASON_NAME_UNKNOWN, 0), EMRS_E_RESOLVE, EMRS_E_RESOLVE,
         EMRS_E_RESOLVE},
        {"expired", emrs_failed(EMRS_REASON_EXPIRED, 0), EMRS_E_CERTIFICATE, EMRS_E_CERTIFICATE,
         EMRS_E_CERTIFICATE},
        {"record", emrs_failed(EMRS_REASON_TLS, 0), EMRS_E_TLS, EMRS_E_TLS, EMRS_E_TLS},
        {"arena", emrs_failed(EMRS_REASON_TLS_MEMORY, 0), EMRS_E_TLS_MEMORY, EMRS_E_TLS_MEMORY,
         EMRS_E_TLS_MEMORY},
        {"stop", STOP, EMRS_E_STOPPED, EMRS_E_STOPPED, EMRS_E_STOPPED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings) * 2u; i++)
        for (int at = EMRS_MOVE_CONNECT; at <= EMRS_MOVE_RECEIVE; at++) {
            const ending *e = &endings[i / 2u];
            int code = at == EMRS_MOVE_CONNECT ? e->connect
                       : at == EMRS_MOVE_SEND  ? e->send
                                               : e->receive;
            bench_init(&b);
            if (i % 2u != 0)
                b.credentials.session_token = EMRS_TEXT("");
            to_state(at);
            bench_step(&b, e->report);
            assert_int_equal(b.what, EMRS_MOVE_CLOSE);
            assert_int_equal(bench_end(&b), code);
            assert_int_equal(b.result.effect,
                             at == EMRS_MOVE_RECEIVE ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE);
        }
}

/* After a failure of TLS during SEND the call does not look for an early answer. */
static void test_a_request_that_failed_is_wiped(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_send(&b);
    bench_step(&b, emrs_failed(EMRS_REASON_TLS, 0));
    assert_int_equal(bench_end(&b), EMRS_E_TLS);
    assert_request_is_wiped();
}

/* After STOP inside an answer the result has what was read of it. */
static void test_stop_inside_an_answer(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    bench_answer(&b, OK_HEAD, sizeof OK_HEAD - 1, 4096);
    assert_int_equal(bench_step(&b, STOP), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_STOPPED);
    assert_int_equal(b.result.status, 200);
    assert_true(emrs_text_spells(b.result.request_id, "11112222"));
}

/* A failure while the stream closes does not change the result. */
static void test_a_failure_while_closing(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 4096);
    assert_int_equal(b.what, EMRS_MOVE_CLOSE);
    bench_step(&b, RESET);
    assert_int_equal(bench_end(&b), EMRS_DONE);
    assert_int_equal(b.result.reason, EMRS_REASON_NONE);
    assert_int_equal(b.result.native, 0);
}

/* The time in which an early answer may come begins when sending ends. */
static void test_the_time_for_an_early_answer(void **state)
{
    (void)state;
    b.config.receive_timeout_ms = 2000;
    bench_start(&b);
    bench_to_send(&b);
    bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 1));
    b.now.ms += 1500;
    assert_int_equal(bench_step(&b, RESET), EMRS_MOVE_RECEIVE);
    assert_int_equal(b.move.until_ms, b.now.ms + 2000);
}

static void test_an_end_in_the_middle_of_sending(void **state)
{
    const emrs_report ends[] = {CLOSED, CUT, RESET};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        bench_start(&b);
        bench_to_send(&b);
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 1));
        assert_int_equal(bench_step(&b, ends[i]), EMRS_MOVE_RECEIVE);
        assert_int_equal(bench_step(&b, ends[i]), EMRS_MOVE_CLOSE);
        assert_int_equal(bench_end(&b), EMRS_E_CONNECT);
        assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    }
}

/* The last bytes have their own window, with a session token or without. So if the stream is dead
 * before its first byte, the port never had the complete request. */
static void test_the_first_window_is_not_the_last(void **state)
{
    (void)state;
    b.credentials.session_token = EMRS_TEXT("");
    bench_start(&b);
    bench_to_send(&b);
    assert_true(b.move.more);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size)), EMRS_MOVE_SEND);
    assert_false(b.move.more);
    assert_int_equal(b.move.size, 4);
    assert_memory_equal(b.move.send, "\r\n\r\n", 4);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
}

static void begin_to_send(void)
{
    bench_start(&b);
    bench_to_send(&b);
    bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 1));
}

static void test_an_early_answer_is_an_answer(void **state)
{
    static const char refusal[] =
        "HTTP/1.1 413 Too Large\r\nx-amzn-ErrorType: RequestEntityTooLargeException\r\n"
        "Content-Length: 0\r\n\r\n";
    static const char lie[] = OK_ANSWER;
    (void)state;
    begin_to_send();
    bench_step(&b, RESET);
    assert_int_equal(b.result.reason, EMRS_REASON_RESET);
    assert_int_equal(bench_answer(&b, refusal, sizeof refusal - 1, 4096), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_SERVICE);
    assert_int_equal(b.result.effect, EMRS_EFFECT_REFUSED);
    assert_int_equal(b.result.error, EMRS_ERROR_REQUEST_TOO_LARGE);
    assert_int_equal(b.result.reason,
                     EMRS_REASON_NONE); /* the answer is complete in spite of the reset */
    assert_int_equal(b.result.native, 0);
    begin_to_send();
    bench_step(&b, RESET);
    bench_answer(&b, refusal, 20, 4096); /* without the rest */
    bench_step(&b, CUT);
    assert_int_equal(bench_end(&b), EMRS_E_TRUNCATED);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    begin_to_send();
    bench_step(&b, RESET);
    bench_answer(&b, lie, sizeof lie - 1,
                 4096); /* a 200 to a request that was not sent completely */
    assert_int_equal(bench_end(&b), EMRS_E_PROTOCOL);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
}

static void test_only_a_verified_peer_gets_the_request(void **state)
{
    static const struct {
        const char *endpoint;
        emrs_peer peer;
        int what;
    } cases[] = {
        {"", EMRS_PEER_VERIFIED, EMRS_MOVE_SEND},
        {"", EMRS_PEER_VERIFIED_ELSEWHERE, EMRS_MOVE_SEND},
        {"", EMRS_PEER_UNVERIFIED, EMRS_MOVE_CLOSE},
        {"", EMRS_PEER_PLAIN, EMRS_MOVE_CLOSE},
        {"http://127.0.0.1", EMRS_PEER_PLAIN, EMRS_MOVE_SEND},
        {"http://127.0.0.1", EMRS_PEER_UNVERIFIED, EMRS_MOVE_CLOSE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bench_init(&b);
        b.config.endpoint = (emrs_text){cases[i].endpoint, strlen(cases[i].endpoint)};
        bench_start(&b);
        bench_step(&b, PENDING);
        assert_int_equal(bench_step(&b, emrs_connected(cases[i].peer)), cases[i].what);
        if (b.what == EMRS_MOVE_CLOSE)
            assert_int_equal(bench_end(&b), EMRS_E_INSECURE);
    }
}

/* Answers */

typedef struct {
    const char *answer;
    int code, status;
    emrs_effect effect;
    emrs_error error;
} answer_case;

#define ANSWER(status, headers, body) "HTTP/1.1 " status " X\r\n" headers "\r\n" body
#define JSON_ERROR(status, type)                                                                   \
    ANSWER(status, "x-amzn-ErrorType: " type "\r\nContent-Length: 15\r\n", "{\"message\":\"m\"}")

static const answer_case answers[] = {
    {OK_ANSWER, EMRS_DONE, 200, EMRS_EFFECT_ACCEPTED, 0},
    {OK_ANSWER "HTTP/1.1 500 trailing\r\n\r\n", EMRS_DONE, 200, EMRS_EFFECT_ACCEPTED, 0},
    {ANSWER("200", "Transfer-Encoding: chunked\r\n", "42\r\n" BENCH_ANSWER_BODY "\r\n0\r\n\r\n"),
     EMRS_DONE, 200, EMRS_EFFECT_ACCEPTED, 0},
    {"HTTP/1.1 100 Continue\r\n\r\n" OK_ANSWER, EMRS_DONE, 200, EMRS_EFFECT_ACCEPTED, 0},
    {ANSWER("200", "Content-Length: 0\r\n", ""), EMRS_E_UNVERIFIED, 200, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("200", "Content-Length: 2\r\n", "{}"), EMRS_E_UNVERIFIED, 200, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("200", "Content-Length: 36\r\n", "{\"applicationId\":\"00fabcdefg123456\"}"),
     EMRS_E_UNVERIFIED, 200, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("200", "Content-Length: 34\r\n", "{\"applicationId\":1,\"jobRunId\":\"2\"}"),
     EMRS_E_JSON, 200, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("200", "Content-Length: 36\r\n", "{\"applicationId\":\"1\",\"jobRunId\":\"2\"}"),
     EMRS_E_MISMATCH, 200, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("200", "Content-Type: text/html\r\nContent-Length: 6\r\n", "<html>"), EMRS_E_PROTOCOL,
     200, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("200", "Content-Length: 6\r\n", "<html>"), EMRS_E_JSON, 200, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("200", "Content-Length: 1048577\r\n", ""), EMRS_E_TOO_BIG, 200, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("201", "Content-Length: 66\r\n", BENCH_ANSWER_BODY), EMRS_E_PROTOCOL, 201,
     EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("204", "", ""), EMRS_E_PROTOCOL, 204, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("304", "", ""), EMRS_E_PROTOCOL, 304, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("302", "Location: https://example.com/\r\nContent-Length: 0\r\n", ""), EMRS_E_REDIRECT,
     302, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("299", "Content-Length: 0\r\n", ""), EMRS_E_PROTOCOL, 299, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("300", "Content-Length: 0\r\n", ""), EMRS_E_REDIRECT, 300, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("399", "Content-Length: 0\r\n", ""), EMRS_E_REDIRECT, 399, EMRS_EFFECT_UNKNOWN, 0},
    {JSON_ERROR("400", "x"), EMRS_E_SERVICE, 400, EMRS_EFFECT_REFUSED, EMRS_ERROR_OTHER},
    {JSON_ERROR("400", "ValidationException"), EMRS_E_SERVICE, 400, EMRS_EFFECT_REFUSED,
     EMRS_ERROR_VALIDATION},
    {JSON_ERROR("404", "ResourceNotFoundException:http://x/"), EMRS_E_SERVICE, 404,
     EMRS_EFFECT_REFUSED, EMRS_ERROR_RESOURCE_NOT_FOUND},
    {JSON_ERROR("403", "AccessDeniedException"), EMRS_E_AUTH, 403, EMRS_EFFECT_REFUSED,
     EMRS_ERROR_ACCESS_DENIED},
    {JSON_ERROR("400", "ThrottlingException"), EMRS_E_THROTTLED, 400, EMRS_EFFECT_REFUSED,
     EMRS_ERROR_THROTTLING},
    {JSON_ERROR("500", "InternalServerException"), EMRS_E_SERVICE, 500, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_INTERNAL_SERVER},
    {ANSWER("400", "Content-Length: 40\r\n", "{\"__type\":\"a.b#FooError:http://x\",\"x\":1}"),
     EMRS_E_SERVICE, 400, EMRS_EFFECT_REFUSED, EMRS_ERROR_OTHER},
    {ANSWER("403", "Content-Length: 25\r\n", "<Error><Code>X</Code></E>"), EMRS_E_AUTH, 403,
     EMRS_EFFECT_UNKNOWN,
     0}, /* XML is not the service's error format, so a proxy may have sent it */
    {ANSWER("400", "Content-Length: 15\r\n", "{\"message\":\"m\"}"), EMRS_E_SERVICE, 400,
     EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("429", "Content-Length: 0\r\n", ""), EMRS_E_THROTTLED, 429, EMRS_EFFECT_UNKNOWN, 0},
    {ANSWER("407", "Content-Length: 0\r\n", ""), EMRS_E_PROXY, 407, EMRS_EFFECT_UNKNOWN, 0},
    {JSON_ERROR("407", "foo"), EMRS_E_PROXY, 407, EMRS_EFFECT_UNKNOWN, EMRS_ERROR_OTHER},
    {JSON_ERROR("408", "foo"), EMRS_E_SERVICE, 408, EMRS_EFFECT_UNKNOWN, EMRS_ERROR_OTHER},
    {JSON_ERROR("400", "RequestTimeoutException"), EMRS_E_SERVICE, 400, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_REQUEST_TIMEOUT},
    /* Names that say that the work failed or was abandoned, not that it was refused */
    {JSON_ERROR("400", "RequestAbortedException"), EMRS_E_SERVICE, 400, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_REQUEST_ABORTED},
    {JSON_ERROR("400", "InternalServerException"), EMRS_E_SERVICE, 400, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_INTERNAL_SERVER},
    {JSON_ERROR("400", "InternalServerError"), EMRS_E_SERVICE, 400, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_INTERNAL_SERVER},
    {JSON_ERROR("400", "InternalFailure"), EMRS_E_SERVICE, 400, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_INTERNAL_SERVER},
    {JSON_ERROR("424", "InternalError"), EMRS_E_SERVICE, 424, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_INTERNAL_SERVER},
    {JSON_ERROR("400", "ServiceUnavailable"), EMRS_E_SERVICE, 400, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_SERVICE_UNAVAILABLE},
    {JSON_ERROR("499", "timeout"), EMRS_E_SERVICE, 499, EMRS_EFFECT_UNKNOWN, EMRS_ERROR_OTHER},
    {JSON_ERROR("499", "ValidationException"), EMRS_E_SERVICE, 499, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_VALIDATION},
    {JSON_ERROR("408", "AccessDeniedException"), EMRS_E_AUTH, 408, EMRS_EFFECT_UNKNOWN,
     EMRS_ERROR_ACCESS_DENIED},
    {ANSWER("503", "Content-Length: 4\r\n", "busy"), EMRS_E_SERVICE, 503, EMRS_EFFECT_UNKNOWN, 0},
    {"HTTP/2 200\r\n\r\n", EMRS_E_PROTOCOL, 0, EMRS_EFFECT_UNKNOWN, 0},
};

static void check_answer(const answer_case *c, size_t piece)
{
    bench_start(&b);
    bench_to_receive(&b);
    bench_answer(&b, c->answer, strlen(c->answer), piece);
    if (bench_end(&b) != c->code)
        print_message("answer: %s\n", c->answer);
    assert_int_equal(b.result.code, c->code);
    assert_int_equal(b.result.status, c->status);
    assert_int_equal(b.result.effect, c->effect);
    assert_int_equal(b.result.error, c->error);
}

static void test_every_answer_in_any_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(answers); i++)
        for (size_t piece = 1; piece <= 129; piece += 16)
            check_answer(&answers[i], piece);
}

/* A prefix of an answer is never accepted, however the stream then ends. */
static void test_an_answer_cut_at_every_byte(void **state)
{
    const emrs_report ends[] = {CLOSED, CUT, RESET, STOP, emrs_failed(EMRS_REASON_TLS, 1)};
    const char *garbage = "\xff\x00garbage";
    (void)state;
    for (size_t size = 0; size < sizeof OK_ANSWER - 1; size++)
        for (size_t how = 0; how <= COUNT_OF(ends) + 1; how++) {
            bench_start(&b);
            bench_to_receive(&b);
            bench_answer(&b, OK_ANSWER, size, 4096);
            if (how < COUNT_OF(ends))
                bench_step(&b, ends[how]);
            else if (how == COUNT_OF(ends))
                bench_answer(&b, garbage, 9, 9);
            b.now.ms +=
                b.what == EMRS_MOVE_RECEIVE ? 30000 : 0; /* the rest of the answer does not come */
            bench_step(&b, PENDING);
            assert_true(bench_end(&b) < 0);
            assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
        }
}

static void test_the_request_cut_at_every_byte(void **state)
{
    const emrs_report ends[] = {CLOSED, CUT, RESET, STOP, PENDING};
    (void)state;
    for (size_t how = 0; how < COUNT_OF(ends); how++)
        for (size_t size = 0;; size++) {
            bench_start(&b);
            bench_to_send(&b);
            for (size_t sent = 0; sent < size && b.what == EMRS_MOVE_SEND; sent++)
                bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 1));
            bool whole = b.what == EMRS_MOVE_RECEIVE, shown = b.last_was_shown;
            bench_step(&b, ends[how]);
            if (b.what == EMRS_MOVE_RECEIVE)
                bench_step(&b, CUT);
            b.now.ms += 30000;
            bench_step(&b, PENDING);
            assert_true(bench_end(&b) < 0);
            assert_int_equal(b.result.effect, shown ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE);
            if (whole)
                break;
        }
}

/* Calls in the wrong state */

static void test_states_of_the_client(void **state)
{
    emrs_call second;
    emrs_result result;
    (void)state;
    memset(&b.client, 0, sizeof b.client);
    assert_int_equal(emrs_cancel_job_run_start(&second, &b.client, &b.input, &result),
                     EMRS_E_STATE);
    bench_start(&b);
    bench_to_send(&b);
    assert_int_equal(emrs_cancel_job_run_start(&second, &b.client, &b.input, &b.result),
                     EMRS_E_STATE);
    assert_int_equal(emrs_step(&second, b.now, STOP, &b.move), EMRS_E_STATE);
    assert_int_equal(emrs_cancel_job_run_start(&b.call, &b.client, &b.input, &b.result),
                     EMRS_E_STATE);
    bench_step(&b, PENDING); /* neither disturbs the running call */
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 4096);
    assert_int_equal(bench_end(&b), EMRS_DONE);
    bench_start(&b);
    bench_step(&b, STOP); /* before the first move: there is nothing to close */
    assert_int_equal(bench_end(&b), EMRS_E_STOPPED);
    bench_start(&b);
}

/* A start on a busy client reports STATE in its own result. The running call and its result do not
 * change. */
static void test_a_busy_client_says_so_in_the_result(void **state)
{
    emrs_call second;
    emrs_result result;
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    emrs_call *const calls[] = {&second, &b.call};
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        memset(&result, 0xa5, sizeof result);
        assert_int_equal(emrs_cancel_job_run_start(calls[i], &b.client, &b.input, &result),
                         EMRS_E_STATE);
        assert_int_equal(result.code, EMRS_E_STATE);
        assert_int_equal(result.effect, EMRS_EFFECT_NONE);
        assert_int_equal(emrs_cancel_job_run_start(calls[i], &b.client, &b.input, &b.result),
                         EMRS_E_STATE);
        assert_int_equal(b.result.code, EMRS_MOVE_RECEIVE);
        assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
    }
    bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 4096);
    assert_int_equal(bench_end(&b), EMRS_DONE);
}

static void test_a_call_that_was_never_started(void **state)
{
    (void)state;
    memset(&b.call, 0, sizeof b.call);
    b.move.size = 1;
    assert_int_equal(emrs_step(&b.call, b.now, PENDING, &b.move), EMRS_E_STATE);
    assert_int_equal(b.move.size, 0);
    assert_int_equal(emrs_step(&b.call, b.now, STOP, &b.move), EMRS_E_STATE);
}

/* emrs_init during a call: the call's next step ends it in any state, with the effect so far. */
static void test_init_during_a_call_ends_it(void **state)
{
    (void)state;
    for (int at = EMRS_MOVE_CONNECT; at <= EMRS_MOVE_RECEIVE; at++)
        for (int other = 0; other < 2; other++) {
            emrs_call second;
            emrs_result result;
            bench_init(&b);
            bench_start(&b);
            if (at == EMRS_MOVE_CONNECT)
                bench_step(&b, PENDING);
            if (at == EMRS_MOVE_SEND)
                bench_to_send(&b);
            if (at == EMRS_MOVE_RECEIVE)
                bench_to_receive(&b);
            assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
            if (other)
                assert_int_equal(emrs_cancel_job_run_start(&second, &b.client, &b.input, &result),
                                 EMRS_OK);
            assert_int_equal(bench_step(&b, PENDING), EMRS_E_STATE);
            assert_int_equal(b.result.effect,
                             at == EMRS_MOVE_RECEIVE ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE);
            assert_int_equal(bench_end(&b), EMRS_E_STATE);
            if (other) /* the new call goes on */
                assert_int_equal(emrs_step(&second, b.now, PENDING, &b.move), EMRS_MOVE_CONNECT);
        }
}

/* If only CLOSE was left of the call, emrs_init does not change its result. */
static void test_init_while_a_call_closes_leaves_its_code(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 4096);
    assert_int_equal(b.what, EMRS_MOVE_CLOSE);
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    assert_int_equal(bench_step(&b, PENDING), EMRS_DONE);
    assert_int_equal(b.result.effect, EMRS_EFFECT_ACCEPTED);
}

static void test_moves_name_the_client_whose_stream_it_is(void **state)
{
    (void)state;
    bench_start(&b);
    bench_step(&b, PENDING);
    assert_ptr_equal(b.move.owner, &b.client);
    bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED));
    while (b.what == EMRS_MOVE_SEND) {
        assert_ptr_equal(b.move.owner, &b.client);
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    }
    assert_ptr_equal(b.move.owner, &b.client);
    bench_answer(&b, OK_ANSWER, sizeof OK_ANSWER - 1, 4096);
    assert_null(b.move.owner); /* CLOSE */
    bench_end(&b);
    assert_null(b.move.owner);
}

static void refused(emrs_field field, emrs_rule rule)
{
    bool was_ready = b.client.ready != 0;
    int code = was_ready ? EMRS_DONE : emrs_init(&b.client, &b.config, &b.result);
    if (code == EMRS_DONE)
        code = emrs_cancel_job_run_start(&b.call, &b.client, &b.input, &b.result);
    assert_int_equal(code, EMRS_E_ARGUMENT);
    assert_int_equal(b.result.code, EMRS_E_ARGUMENT);
    assert_int_equal(b.result.field, field);
    assert_int_equal(b.result.rule, rule);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    assert_null(b.client.call);
    bench_init(&b);
}

static void test_steps_after_a_refused_start_return_its_error(void **state)
{
    (void)state;
    memset(&b.call, 0xff, sizeof b.call);
    b.input.job_run_id = EMRS_TEXT("NO");
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    assert_true(b.result.code > 0); /* nothing is done yet */
    assert_int_equal(emrs_cancel_job_run_start(&b.call, &b.client, &b.input, &b.result),
                     EMRS_E_ARGUMENT);
    b.what = bench_step(&b, PENDING);
    assert_int_equal(bench_end(&b), EMRS_E_ARGUMENT);
    bench_init(&b);
    bench_start(&b);
    assert_true(b.result.code > 0);
}

static void test_localhost_is_this_machine(void **state)
{
    static const struct {
        const char *endpoint;
        bool allowed;
        const char *host;
    } rows[] = {
        {"http://localhost:1", false, "127.0.0.1"},
        {"http://localhost:1", true, "localhost"},
        {"https://localhost:1", false, "localhost"},
        {"http://127.0.0.2:1", false, "127.0.0.2"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bench_init(&b);
        b.config.endpoint = (emrs_text){rows[i].endpoint, strlen(rows[i].endpoint)};
        b.config.allow_plain_http = rows[i].allowed;
        bench_start(&b);
        assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
        assert_string_equal(b.move.host, rows[i].host);
        bench_step(&b, STOP);
        bench_end(&b);
    }
}

static void test_input_is_refused_by_field_and_rule(void **state)
{
    (void)state;
    b.input.application_id = EMRS_TEXT("");
    refused(EMRS_FIELD_APPLICATION_ID, EMRS_RULE_MISSING);
    b.input.job_run_id = EMRS_TEXT("../x");
    refused(EMRS_FIELD_JOB_RUN_ID, EMRS_RULE_BYTE);
    b.input.grace = EMRS_GRACE_SECONDS;
    b.input.shutdown_grace_period_s = 14;
    refused(EMRS_FIELD_SHUTDOWN_GRACE_PERIOD, EMRS_RULE_RANGE);
    b.config.region = EMRS_TEXT("");
    refused(EMRS_FIELD_REGION, EMRS_RULE_MISSING_REGION);
    b.config.region = EMRS_TEXT("us.east");
    refused(EMRS_FIELD_REGION, EMRS_RULE_BYTE);
    b.config.endpoint = EMRS_TEXT("ftp://x");
    refused(EMRS_FIELD_ENDPOINT, EMRS_RULE_ENDPOINT_SCHEME);
    b.config.credentials = NULL;
    refused(EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING);
    b.credentials.access_key_id = EMRS_TEXT("A B");
    refused(EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_KEY_ID);
    b.credentials.access_key_id = EMRS_TEXT("");
    b.credentials.renew_s = EMRS_RENEW_NOW + 1u; /* only RENEW_NOW means that there are none yet */
    refused(EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING);
    b.credentials.access_key_id = EMRS_TEXT("A B");
    b.credentials.renew_s = EMRS_RENEW_NOW;
    refused(EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_KEY_ID);
    b.credentials.secret_access_key = EMRS_TEXT("");
    refused(EMRS_FIELD_SECRET_ACCESS_KEY, EMRS_RULE_MISSING);
    b.credentials.session_token = EMRS_TEXT("pasted\n");
    refused(EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_BYTE);
    b.config.user_agent = EMRS_TEXT("a\r\nb");
    refused(EMRS_FIELD_USER_AGENT, EMRS_RULE_BYTE);
    b.config.timeout_ms = 86400001u;
    refused(EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    b.config.connect_timeout_ms = 86400001u;
    refused(EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    b.config.receive_timeout_ms = 86400001u;
    refused(EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    b.config.idle_timeout_ms = 86400001u;
    refused(EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    b.config.timeout_ms = b.config.connect_timeout_ms = 86400000u; /* a day is fine */
    b.config.receive_timeout_ms = b.config.idle_timeout_ms = 86400000u;
    bench_start(&b);
    bench_init(&b);
    b.config.work = NULL;
    refused(EMRS_FIELD_WORK, EMRS_RULE_MISSING);
    b.config.work_size = EMRS_WORK_SIZE - 1;
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_E_SPACE);
    assert_int_equal(b.result.needed_size, EMRS_WORK_SIZE);
}

/* An operation gets as many values as it has members. Sanitizers find a read past them. */
static void test_no_value_past_the_members(void **state)
{
    const emrs_value values[] = {{b.input.application_id, EMRS_VALUE_STRING},
                                 {b.input.job_run_id, EMRS_VALUE_STRING}};
    (void)state;
    assert_int_equal(emrs_operation_cancel_job_run.member_count, COUNT_OF(values));
    assert_int_equal(emrs_operation_cancel_job_run.read(&b.input, values, NULL), EMRS_DONE);
}

/* An operation of this test, with a path that is longer than any buffer. */
enum { LONG_PATH_SIZE = 2 * EMRS_WORK_SIZE };

static void put_long_path(emrs_pen *pen, const void *input)
{
    (void)input;
    for (size_t at = 0; at < LONG_PATH_SIZE; at++)
        emrs_put_byte(pen, '/');
}

static void put_no_path(emrs_pen *pen, const void *input)
{
    (void)pen;
    (void)input;
}

static void start_with(emrs_operation *operation,
                       void (*put_path)(emrs_pen *pen, const void *input))
{
    *operation = emrs_operation_cancel_job_run;
    operation->put_path = put_path;
    bench_init(&b);
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    assert_int_equal(emrs_call_start(&b.call, &b.client, operation, &b.input, NULL, &b.result),
                     EMRS_OK);
}

static void test_a_request_that_does_not_fit(void **state)
{
    emrs_operation operation;
    (void)state;
    start_with(&operation, put_no_path);
    bench_to_send(&b);
    size_t rest_size = b.move.size;
    start_with(&operation, put_long_path);
    bench_step(&b, PENDING);
    assert_int_equal(bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED)), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_SPACE);
    assert_int_equal(b.result.needed_size, LONG_PATH_SIZE + rest_size);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
}

/* An operation of this test that only reads: its output has a copy of a value. */

typedef struct {
    char name[8];
    size_t size;
} named;

static void put_name_path(emrs_pen *pen, const void *input)
{
    emrs_put(pen, EMRS_TEXT("/names/"));
    emrs_put(pen, *(const emrs_text *)input);
}

static emrs_field check_name(const void *input, emrs_rule *rule)
{
    *rule = ((const emrs_text *)input)->size > 0 ? EMRS_RULE_NONE : EMRS_RULE_MISSING;
    return *rule == EMRS_RULE_NONE ? EMRS_FIELD_NONE : EMRS_FIELD_JOB_RUN_ID;
}

static int read_name(const void *input, const emrs_value values[], void *output)
{
    named *to = output;
    (void)input;
    if (values[0].kind != EMRS_VALUE_STRING || values[0].text.size > sizeof to->name)
        return EMRS_E_UNVERIFIED;
    memcpy(to->name, values[0].text.bytes, values[0].text.size);
    to->size = values[0].text.size;
    return EMRS_DONE;
}

static void test_an_operation_reads_into_its_output(void **state)
{
    static const char answer[] = OK_HEAD "Content-Length: 27\r\n\r\n"
                                         "{\"size\":7,\"name\":\"b\\u00e9\"}";
    static const emrs_member wanted = {.name = EMRS_TEXT_INIT("name"), .size_max = 16};
    static const emrs_operation reads = {.method = EMRS_TEXT_INIT("GET"),
                                         .service = EMRS_TEXT_INIT("emr-serverless"),
                                         .check = check_name,
                                         .put_path = put_name_path,
                                         .put_query = put_no_path,
                                         .members = &wanted,
                                         .member_count = 1,
                                         .read = read_name};
    emrs_text input = EMRS_TEXT("");
    named output = {"", 0};
    (void)state;
    bench_init(&b);
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    assert_int_equal(emrs_call_start(&b.call, &b.client, &reads, &input, &output, &b.result),
                     EMRS_E_ARGUMENT);
    assert_int_equal(b.result.field, EMRS_FIELD_JOB_RUN_ID);
    input = EMRS_TEXT("b");
    assert_int_equal(emrs_call_start(&b.call, &b.client, &reads, &input, &output, &b.result),
                     EMRS_OK);
    bench_to_send(&b);
    assert_memory_equal(b.move.send, "GET /names/b HTTP/1.1\r\n", 23);
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    bench_answer(&b, answer, sizeof answer - 1, 1);
    assert_int_equal(bench_end(&b), EMRS_DONE);
    memset(b.work, 0, sizeof b.work); /* the output is a copy */
    assert_int_equal(output.size, 3);
    assert_memory_equal(output.name, "b\xc3\xa9", 3);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE); /* it changes nothing */
}

/* A service name may have one letter: the request is signed, and a page instead of JSON is treated
 * as the answer of a proxy. */
static void test_a_service_of_one_letter(void **state)
{
    static const char page[] =
        ANSWER("200", "Content-Type: text/html\r\nContent-Length: 6\r\n", "<html>");
    emrs_operation operation = emrs_operation_cancel_job_run;
    (void)state;
    operation.service = EMRS_TEXT("s");
    bench_init(&b);
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    assert_int_equal(emrs_call_start(&b.call, &b.client, &operation, &b.input, NULL, &b.result),
                     EMRS_OK);
    bench_to_send(&b);
    assert_non_null(
        strstr(b.move.send, " Credential=AKIDEXAMPLE/20270115/us-east-1/s/aws4_request, "));
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    bench_answer(&b, page, sizeof page - 1, 4096);
    assert_int_equal(bench_end(&b), EMRS_E_PROTOCOL);
}

/* An operation of this test that is not signed, like those of a provider. Its path, its query
 * and the value of its header are sent as the caller gave them. */

typedef struct {
    emrs_text target, token;
} fetch_input;

typedef struct {
    emrs_pen room;
    emrs_value values[4];
    size_t read_count;
} fetched;

static emrs_field check_fetch(const void *input, emrs_rule *rule)
{
    (void)input;
    *rule = EMRS_RULE_NONE;
    return EMRS_FIELD_NONE;
}

static void put_target(emrs_pen *pen, const void *input)
{
    emrs_put(pen, ((const fetch_input *)input)->target);
}

static emrs_text token_header(const void *input, emrs_text *value)
{
    *value = ((const fetch_input *)input)->token;
    return EMRS_TEXT("Authorization");
}

static void prepare_fetched(emrs_sieve *sieve, const void *input, void *output)
{
    (void)input;
    sieve->out = ((fetched *)output)->room;
    sieve->more = EMRS_BODY_COUNT_MAX;
}

enum { WRAP, KEY, TOKEN, VERSION, FETCHED_COUNT };
static const emrs_member fetched_members[FETCHED_COUNT] = {
    [WRAP] = {.name = EMRS_TEXT_INIT("credentials"), .size_max = 1},
    [KEY] = {.name = EMRS_TEXT_INIT("key"), .size_max = 8, .inside = 1 + WRAP},
    [TOKEN] = {.name = EMRS_TEXT_INIT("token"),
               .size_max = 8,
               .takes_more = true,
               .inside = 1 + WRAP},
    [VERSION] = {.name = EMRS_TEXT_INIT("Version"), .size_max = 1},
};

static int read_fetched(const void *input, const emrs_value values[], void *output)
{
    fetched *to = output;
    (void)input;
    to->read_count++;
    memcpy(to->values, values, sizeof to->values);
    return values[KEY].kind == EMRS_VALUE_STRING ? EMRS_DONE : EMRS_E_UNVERIFIED;
}

static int read_plain(const void *input, const emrs_value values[], void *output)
{
    fetched *to = output;
    (void)input;
    to->read_count++;
    to->values[0] = values[0];
    return values[0].kind == EMRS_VALUE_STRING ? EMRS_DONE : EMRS_E_UNVERIFIED;
}

static const emrs_operation fetches = {.method = EMRS_TEXT_INIT("GET"),
                                       .check = check_fetch,
                                       .put_path = put_target,
                                       .header = token_header,
                                       .members = fetched_members,
                                       .member_count = FETCHED_COUNT,
                                       .work_size = EMRS_WORK_SIZE,
                                       .prepare = prepare_fetched,
                                       .read = read_fetched};

static const emrs_operation fetches_plain = {.method = EMRS_TEXT_INIT("PUT"),
                                             .check = check_fetch,
                                             .put_path = put_target,
                                             .work_size = EMRS_WORK_SIZE,
                                             .prepare = prepare_fetched,
                                             .read = read_plain};

static char store[256];
static fetched output;
static const fetch_input fetch = {EMRS_TEXT_INIT("/v1/a%20b/?x=1&y=%2F/"),
                                  EMRS_TEXT_INIT("Bearer abc")};

/* Starts an unsigned call: no credentials, no region, no clock. */
static void start_fetch(const emrs_operation *operation, size_t room)
{
    uint8_t attempt_count = b.config.attempt_count;
    bench_init(&b);
    b.config.attempt_count = attempt_count;
    b.config.endpoint = EMRS_TEXT("http://127.0.0.1:1234");
    b.config.region = EMRS_TEXT("");
    b.config.credentials = NULL;
    b.now.utc_s = 0;
    output = (fetched){.room = emrs_pen_on(store + sizeof store - room, room)};
    memset(store, 'x', sizeof store);
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    assert_int_equal(emrs_call_start(&b.call, &b.client, operation, &fetch, &output, &b.result),
                     EMRS_OK);
}

static void fetch_to_receive(char *sent, size_t size)
{
    size_t used = 0;
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
    bench_step(&b, emrs_connected(EMRS_PEER_PLAIN));
    while (b.what == EMRS_MOVE_SEND) {
        assert_true(used + b.move.size < size);
        memcpy(sent + used, b.move.send, b.move.size);
        used += b.move.size;
        if (b.move.size == fetch.token.size)
            assert_ptr_equal(b.move.send, fetch.token.bytes); /* no copy of it */
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    }
    sent[used] = '\0';
    assert_int_equal(b.what, EMRS_MOVE_RECEIVE);
}

#define FETCHED_TOKEN "IQoJb3JpZ2luX2Vj//IQoJb3JpZ2luX2Vj=="
#define FETCHED "{\"Version\":1,\"credentials\":{\"key\":\"AKID\",\"token\":\"" FETCHED_TOKEN "\"}}"

static int fetch_answer(const char *head, const char *body, size_t piece)
{
    char answer[512];
    int size = snprintf(answer, sizeof answer, "%s\r\nContent-Length: %u\r\n\r\n%s", head,
                        (unsigned)strlen(body), body);
    bench_answer(&b, answer, (size_t)size, piece);
    return bench_end(&b);
}

static void test_an_unsigned_operation(void **state)
{
    char sent[512];
    (void)state;
    for (size_t piece = 1; piece < 120; piece++) {
        start_fetch(&fetches, sizeof store);
        fetch_to_receive(sent, sizeof sent);
        assert_string_equal(sent, "GET /v1/a%20b/?x=1&y=%2F/ HTTP/1.1\r\nHost: 127.0.0.1:1234\r\n"
                                  "User-Agent: emrs/" EMRS_VERSION
                                  "\r\nAuthorization: Bearer abc\r\n\r\n");
        assert_int_equal(fetch_answer("HTTP/1.1 200 OK", FETCHED, piece), EMRS_DONE);
        assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
        assert_int_equal(output.read_count, 1);
        assert_true(emrs_text_spells(output.values[KEY].text, "AKID"));
        assert_true(emrs_text_spells(output.values[TOKEN].text, FETCHED_TOKEN));
        assert_int_equal(output.values[VERSION].kind, EMRS_VALUE_NUMBER);
        assert_true(emrs_text_spells(output.values[VERSION].text, "1"));
        for (int i = KEY; i < FETCHED_COUNT; i++) /* they lie in the store */
            assert_true(output.values[i].text.bytes >= store
                        && output.values[i].text.bytes < store + sizeof store);
    }
}

/* Without a value there is no header. A method other than GET has Content-Length: 0. */
static void test_an_unsigned_operation_without_a_header(void **state)
{
    char sent[512];
    (void)state;
    start_fetch(&fetches_plain, sizeof store);
    fetch_to_receive(sent, sizeof sent);
    assert_string_equal(sent, "PUT /v1/a%20b/?x=1&y=%2F/ HTTP/1.1\r\nHost: 127.0.0.1:1234\r\n"
                              "User-Agent: emrs/" EMRS_VERSION "\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(fetch_answer("HTTP/1.1 200 OK", "a {plain} \xff", 3), EMRS_DONE);
    assert_true(emrs_text_spells(output.values[0].text, "a {plain} \xff"));
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
}

/* With a store of every size: nothing is written past it, and the result has the needed size. */
static void test_a_store_that_is_too_small(void **state)
{
    char sent[512];
    const size_t needed = strlen(",D1,At,B\"AKID\",C\"" FETCHED_TOKEN "\"");
    (void)state;
    for (size_t room = 0; room <= needed + 1; room++) {
        start_fetch(&fetches, room);
        fetch_to_receive(sent, sizeof sent);
        bool fits = room >= needed;
        assert_int_equal(fetch_answer("HTTP/1.1 200 OK", FETCHED, 7),
                         fits ? EMRS_DONE : EMRS_E_SPACE);
        assert_int_equal(b.result.needed_size, fits ? 0 : needed);
        assert_int_equal(output.read_count, fits);
        for (size_t at = 0; at < sizeof store - room; at++)
            assert_int_equal(store[at], 'x');
    }
    for (size_t room = 0; room < 5; room++) {
        start_fetch(&fetches_plain, room);
        fetch_to_receive(sent, sizeof sent);
        assert_int_equal(fetch_answer("HTTP/1.1 200 OK", "plain", 2), EMRS_E_SPACE);
        assert_int_equal(b.result.needed_size, 5);
    }
    start_fetch(&fetches_plain, 5);
    fetch_to_receive(sent, sizeof sent);
    assert_int_equal(fetch_answer("HTTP/1.1 200 OK", "plain", 2), EMRS_DONE);
}

/* Errors are read like those of the service, into the work buffer. The store does not change. */
static void test_an_error_of_an_unsigned_operation(void **state)
{
    char sent[512];
    (void)state;
    b.config.attempt_count = 2;
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        start_fetch(is_plain ? &fetches_plain : &fetches, sizeof store);
        fetch_to_receive(sent, sizeof sent);
        assert_int_equal(fetch_answer("HTTP/1.1 403 Forbidden",
                                      "{\"code\":\"ExpiredToken\",\"message\":\"old\"}", 5),
                         EMRS_E_AUTH); /* it does not ask for credentials, as it needs none */
        assert_true(emrs_text_spells(b.result.message, "old"));
        assert_int_equal(b.result.error, EMRS_ERROR_EXPIRED_TOKEN);
        assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
        assert_int_equal(output.read_count, 0);
        assert_int_equal(store[0], 'x');
    }
    b.config.attempt_count = 1;
    start_fetch(&fetches, sizeof store); /* as Greengrass lite answers when it fails */
    fetch_to_receive(sent, sizeof sent);
    assert_int_equal(fetch_answer("HTTP/1.1 200 OK\r\nContent-Type: application/json", "null", 5),
                     EMRS_E_JSON);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
}

/* A client without a region cannot make a signed call. */
static void test_a_signed_call_needs_a_region(void **state)
{
    (void)state;
    start_fetch(&fetches, sizeof store);
    bench_init(&b);
    b.config.endpoint = EMRS_TEXT("https://localhost:1234");
    b.config.region = EMRS_TEXT("");
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    assert_int_equal(emrs_cancel_job_run_start(&b.call, &b.client, &b.input, &b.result),
                     EMRS_E_ARGUMENT);
    assert_int_equal(b.result.field, EMRS_FIELD_REGION);
    assert_int_equal(b.result.rule, EMRS_RULE_MISSING_REGION);
}

/* An unsigned call goes on if the clock is lost during it. */
static void test_an_unsigned_call_needs_no_clock(void **state)
{
    char sent[512];
    (void)state;
    start_fetch(&fetches, sizeof store);
    b.now.utc_s = BENCH_UTC_S;
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
    b.now.utc_s = 0;
    fetch_to_receive(sent, sizeof sent);
    assert_int_equal(fetch_answer("HTTP/1.1 200 OK", FETCHED, 512), EMRS_DONE);
}

/* An operation may need a larger work buffer than others. */
static void test_an_operation_with_a_larger_work_buffer(void **state)
{
    emrs_operation larger = fetches;
    (void)state;
    larger.work_size = EMRS_WORK_SIZE + 1;
    start_fetch(&fetches, sizeof store);
    bench_init(&b);
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    assert_int_equal(emrs_call_start(&b.call, &b.client, &larger, &fetch, &output, &b.result),
                     EMRS_E_SPACE);
    assert_int_equal(b.result.needed_size, EMRS_WORK_SIZE + 1);
}

/* An operation that only reads may get a larger body than one that changes something. Both have a
 * limit. */
static void test_the_limit_of_a_body(void **state)
{
    static const struct {
        uint32_t size_max;
        const char *length;
        int code;
    } rows[] = {
        {8, "8", EMRS_MOVE_RECEIVE},       {8, "9", EMRS_E_TOO_BIG},
        {1, "1", EMRS_MOVE_RECEIVE},       {1, "2", EMRS_E_TOO_BIG},
        {0, "1048577", EMRS_MOVE_RECEIVE}, {0, "268435455", EMRS_MOVE_RECEIVE},
        {0, "268435456", EMRS_E_TOO_BIG},  {0, "4294967296", EMRS_E_TOO_BIG},
        {0, "4294967297", EMRS_E_TOO_BIG},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_operation limited = fetches_plain;
        char sent[512], head[128];
        limited.body_size_max = rows[i].size_max;
        start_fetch(&limited, sizeof store);
        fetch_to_receive(sent, sizeof sent);
        int size = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
                            rows[i].length);
        bench_answer(&b, head, (size_t)size, 64);
        if (rows[i].code < 0)
            bench_end(&b);
        assert_int_equal(b.what, rows[i].code);
    }
}

/* Half of what a work buffer has above the least size is for the message, up to the maximum. The
 * receive window gets the rest. */
static void test_the_parts_of_a_larger_work_buffer(void **state)
{
    enum { LEAST = EMRS_MESSAGE_SIZE_MIN, MOST = EMRS_MESSAGE_SIZE_MAX, SPAN = MOST - LEAST };
    enum { WINDOW = EMRS_WORK_SIZE - EMRS_KEPT_SIZE };
    static const struct {
        size_t added, kept, window;
    } rows[] = {
        {0, LEAST, WINDOW},
        {1, LEAST, WINDOW + 1},
        {2, LEAST + 1, WINDOW + 1},
        {3, LEAST + 1, WINDOW + 2},
        {1001, LEAST + 500, WINDOW + 501},
        {2 * SPAN - 2, MOST - 1, WINDOW + SPAN - 1},
        {2 * SPAN, MOST, WINDOW + SPAN},
        {2 * SPAN + 2, MOST, WINDOW + SPAN + 2},
        {3 * SPAN, MOST, WINDOW + 2 * SPAN},
    };
    static char work[EMRS_WORK_SIZE + 3 * SPAN], message[MOST + 1], answer[MOST + 256];
    (void)state;
    for (size_t at = 0; at < sizeof message; at++)
        message[at] = (char)('a' + at % 26);
    int size = snprintf(answer, sizeof answer,
                        ANSWER("403", "x-amzn-RequestId: 11112222\r\nContent-Length: %u\r\n",
                               "{\"message\":\"%.*s\"}"),
                        (unsigned)(sizeof message + strlen("{\"message\":\"\"}")),
                        (int)sizeof message, message);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bench_init(&b);
        b.config.work = work;
        b.config.work_size = EMRS_WORK_SIZE + rows[i].added;
        bench_start(&b);
        bench_to_receive(&b);
        assert_int_equal(b.move.size, rows[i].window);
        bench_answer(&b, answer, (size_t)size, sizeof answer);
        assert_int_equal(bench_end(&b), EMRS_E_AUTH);
        assert_true(emrs_text_spells(b.result.request_id, "11112222"));
        assert_int_equal(b.result.message.size, rows[i].kept);
        assert_memory_equal(b.result.message.bytes, message, rows[i].kept);
        assert_true(b.result.message_cut);
    }
}

static bool holds_key(void)
{
    static const emrs_signing_key none;
    return memcmp(&b.client.key, &none, sizeof none) != 0;
}

static void test_the_key_is_kept_until_forget_or_expiry(void **state)
{
    static const char expired[] = JSON_ERROR("403", "ExpiredTokenException");
    (void)state;
    check_answer(&answers[0], 4096);
    assert_true(holds_key());
    emrs_forget(&b.client);
    assert_false(holds_key());
    check_answer(&answers[0], 4096);
    bench_start(&b);
    bench_to_receive(&b);
    bench_answer(&b, expired, sizeof expired - 1, 4096);
    assert_int_equal(bench_end(&b), EMRS_E_AUTH);
    assert_int_equal(b.result.error, EMRS_ERROR_EXPIRED_TOKEN);
    assert_false(holds_key());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_moves_in_order, setup),
        cmocka_unit_test_setup(test_a_step_without_news_is_the_same_move, setup),
        cmocka_unit_test_setup(test_short_writes_walk_through_every_window, setup),
        cmocka_unit_test_setup(test_a_stale_report_changes_nothing, setup),
        cmocka_unit_test_setup(test_the_first_report_is_ignored, setup),
        cmocka_unit_test_setup(test_a_port_that_miscounts_is_stopped, setup),
        cmocka_unit_test_setup(test_every_move_has_an_end, setup),
        cmocka_unit_test_setup(test_the_connect_timeout_is_over_all_phases, setup),
        cmocka_unit_test_setup(test_a_drip_does_not_move_the_deadline, setup),
        cmocka_unit_test_setup(test_the_deadline_holds_in_every_state, setup),
        cmocka_unit_test_setup(test_news_at_the_deadline_still_counts, setup),
        cmocka_unit_test_setup(test_the_default_deadline_is_a_minute, setup),
        cmocka_unit_test_setup(test_a_call_has_a_time_limit_of_its_own, setup),
        cmocka_unit_test_setup(test_a_clock_that_is_not_set, setup),
        cmocka_unit_test_setup(test_ends_in_every_state, setup),
        cmocka_unit_test_setup(test_a_request_that_failed_is_wiped, setup),
        cmocka_unit_test_setup(test_stop_inside_an_answer, setup),
        cmocka_unit_test_setup(test_a_failure_while_closing, setup),
        cmocka_unit_test_setup(test_the_time_for_an_early_answer, setup),
        cmocka_unit_test_setup(test_an_end_in_the_middle_of_sending, setup),
        cmocka_unit_test_setup(test_the_first_window_is_not_the_last, setup),
        cmocka_unit_test_setup(test_an_early_answer_is_an_answer, setup),
        cmocka_unit_test_setup(test_only_a_verified_peer_gets_the_request, setup),
        cmocka_unit_test_setup(test_every_answer_in_any_pieces, setup),
        cmocka_unit_test_setup(test_an_answer_cut_at_every_byte, setup),
        cmocka_unit_test_setup(test_the_request_cut_at_every_byte, setup),
        cmocka_unit_test_setup(test_states_of_the_client, setup),
        cmocka_unit_test_setup(test_a_busy_client_says_so_in_the_result, setup),
        cmocka_unit_test_setup(test_a_call_that_was_never_started, setup),
        cmocka_unit_test_setup(test_init_during_a_call_ends_it, setup),
        cmocka_unit_test_setup(test_init_while_a_call_closes_leaves_its_code, setup),
        cmocka_unit_test_setup(test_moves_name_the_client_whose_stream_it_is, setup),
        cmocka_unit_test_setup(test_steps_after_a_refused_start_return_its_error, setup),
        cmocka_unit_test_setup(test_localhost_is_this_machine, setup),
        cmocka_unit_test_setup(test_input_is_refused_by_field_and_rule, setup),
        cmocka_unit_test_setup(test_no_value_past_the_members, setup),
        cmocka_unit_test_setup(test_a_request_that_does_not_fit, setup),
        cmocka_unit_test_setup(test_an_operation_reads_into_its_output, setup),
        cmocka_unit_test_setup(test_a_service_of_one_letter, setup),
        cmocka_unit_test_setup(test_an_unsigned_operation, setup),
        cmocka_unit_test_setup(test_an_unsigned_operation_without_a_header, setup),
        cmocka_unit_test_setup(test_a_store_that_is_too_small, setup),
        cmocka_unit_test_setup(test_an_error_of_an_unsigned_operation, setup),
        cmocka_unit_test_setup(test_a_signed_call_needs_a_region, setup),
        cmocka_unit_test_setup(test_an_unsigned_call_needs_no_clock, setup),
        cmocka_unit_test_setup(test_an_operation_with_a_larger_work_buffer, setup),
        cmocka_unit_test_setup(test_the_limit_of_a_body, setup),
        cmocka_unit_test_setup(test_the_parts_of_a_larger_work_buffer, setup),
        cmocka_unit_test_setup(test_the_key_is_kept_until_forget_or_expiry, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
