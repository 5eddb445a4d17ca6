/* SPDX-License-Identifier: MIT */
/* Calls of several attempts: the effect over all of them, the kept stream, time limits, STOP,
 * and the renewal of credentials. */
#include "unit.h"

#include "emrs_config.h"
#include "support/bench.h"

#define PENDING emrs_report_of(EMRS_NEWS_PENDING)
#define CLOSED emrs_report_of(EMRS_NEWS_CLOSED)
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" BENCH_ANSWER_BODY

static bench b;

static int setup(void **state)
{
    (void)state;
    bench_init(&b);
    b.config.attempt_count = 3;
    b.now.random = UINT32_MAX;
    return 0;
}

static void answer(const char *status, const char *more, const char *body)
{
    char text[400];
    int size = snprintf(text, sizeof text, "HTTP/1.1 %s\r\n%sContent-Length: %u\r\n\r\n%s", status,
                        more, (unsigned)strlen(body), body);
    assert_in_range(size, 1, sizeof text - 1);
    bench_answer(&b, text, (size_t)size, 4096);
}

static void accept(void)
{
    answer("200 OK", "", BENCH_ANSWER_BODY);
}

static void fail_once(void)
{
    answer("503 x", "", "{}");
}

static void close_if_told(void)
{
    if (b.what == EMRS_MOVE_CLOSE)
        bench_step(&b, CLOSED);
}

static void wait_out(void)
{
    assert_int_equal(b.what, EMRS_MOVE_WAIT);
    b.now.ms = b.move.until_ms;
}

/* The effect over attempts */

static void test_unknown_then_accepted(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
    close_if_told();
    wait_out();
    bench_go_on(&b);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
    accept();
    assert_int_equal(bench_end(&b), EMRS_DONE);
    assert_int_equal(b.result.attempt_count, 2);
}

static void test_unknown_then_refused_stays_unknown(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    close_if_told();
    wait_out();
    bench_go_on(&b);
    answer("400 x", "x-amzn-errortype: ValidationException\r\n", "{\"message\":\"no\"}");
    assert_int_equal(bench_end(&b), EMRS_E_SERVICE);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
    assert_true(b.result.probably_ended);
    assert_true(emrs_text_is(b.result.message, EMRS_TEXT("no")));
}

static void test_a_first_refusal_is_not_probably_ended(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    answer("400 x", "x-amzn-errortype: ValidationException\r\n", "{}");
    assert_int_equal(bench_end(&b), EMRS_E_SERVICE);
    assert_int_equal(b.result.effect, EMRS_EFFECT_REFUSED);
    assert_false(b.result.probably_ended);
}

static void test_throttled_to_the_end_is_refused(void **state)
{
    (void)state;
    bench_start(&b);
    for (int i = 0; i < 3; i++) {
        bench_go_on(&b);
        answer("429 x", "x-amzn-errortype: ThrottlingException\r\n", "{}");
        close_if_told();
        if (i < 2)
            wait_out();
    }
    assert_int_equal(bench_end(&b), EMRS_E_THROTTLED);
    assert_int_equal(b.result.effect, EMRS_EFFECT_REFUSED);
    assert_int_equal(b.result.attempt_count, 3);
}

/* An error of a proxy does not say what the service did, even if it has an error name of AWS. */
static void test_an_error_of_a_proxy_is_unknown(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    answer("407 x", "x-amzn-errortype: AccessDeniedException\r\n", "{}");
    assert_true(bench_end(&b) < 0);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
}

/* The result of an attempt does not mix with that of the one before. */
static void test_each_attempt_begins_anew(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    answer("503 x",
           "x-amzn-requestid: first\r\nx-amzn-errortype: SlowDown\r\nConnection: close\r\n",
           "{\"message\":\"first\"}");
    close_if_told();
    assert_int_equal(b.result.status, 503);
    wait_out();
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
    bench_step(&b, emrs_failed(EMRS_REASON_NAME_UNKNOWN, 7));
    assert_int_equal(bench_end(&b), EMRS_E_RESOLVE);
    assert_int_equal(b.result.status, 0);
    assert_int_equal(b.result.error, EMRS_ERROR_NONE);
    assert_int_equal(b.result.error_name.size + b.result.message.size + b.result.request_id.size,
                     0);
    assert_int_equal(b.result.native, 7);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN); /* because of the first attempt */
}

static void test_each_attempt_is_signed_anew(void **state)
{
    char first[16];
    (void)state;
    bench_start(&b);
    bench_to_send(&b);
    const char *date = strstr((const char *)b.move.send, "X-Amz-Date: ");
    memcpy(first, date + 12, sizeof first);
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
    close_if_told();
    wait_out();
    b.now.utc_s += 61;
    bench_to_send(&b);
    date = strstr((const char *)b.move.send, "X-Amz-Date: ");
    assert_memory_not_equal(date + 12, first, sizeof first);
}

/* The kept stream */

static void test_a_short_wait_keeps_the_stream(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    assert_int_equal(b.what, EMRS_MOVE_WAIT); /* 50 ms: no CLOSE in between */
    wait_out();
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_SEND);
}

static void test_a_stream_that_is_not_used_again(void **state)
{
    static const struct {
        const char *status, *more, *body;
    } rows[] = {
        {"503 x", "Connection: close\r\n", "{}"},
        {"503 x", "", "{}HTTP/1.1 200 OK\r\n"}, /* bytes after the answer, beyond its length */
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[200];
        setup(NULL);
        bench_start(&b);
        bench_to_receive(&b);
        int size = snprintf(text, sizeof text, "HTTP/1.1 %s\r\n%sContent-Length: 2\r\n\r\n%s",
                            rows[i].status, rows[i].more, rows[i].body);
        bench_answer(&b, text, (size_t)size, 4096);
        assert_int_equal(b.what, EMRS_MOVE_CLOSE);
    }
}

/* If the stream ends in SEND, an early answer counts, but the stream is not used again. */
static void test_a_stream_that_ended_in_send_is_not_kept(void **state)
{
    static const emrs_report ends[] = {{.news = EMRS_NEWS_CUT},
                                       {.news = EMRS_NEWS_CLOSED},
                                       {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        setup(NULL);
        b.config.keep_stream = true;
        bench_start(&b);
        bench_to_send(&b);
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 1));
        bench_step(&b, ends[i]);
        assert_int_equal(b.what, EMRS_MOVE_RECEIVE);
        fail_once();
        assert_int_equal(b.what, EMRS_MOVE_CLOSE); /* before the wait of 50 ms */
        bench_step(&b, CLOSED);
        wait_out();
        assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
    }
}

static void test_a_long_wait_closes_the_stream(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    answer("503 x", "x-amz-retry-after: 5000\r\n", "{}");
    assert_int_equal(b.what, EMRS_MOVE_CLOSE);
    bench_step(&b, CLOSED);
    wait_out();
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
}

#define LATE_MS 0x90000000u /* seen from this tick, tick 0 is in the future */

static void call_on_kept_stream(uint32_t idle_ms)
{
    b.config.keep_stream = true;
    bench_start(&b);
    bench_to_receive(&b);
    accept();
    assert_int_equal(b.what, EMRS_DONE); /* without a CLOSE */
    b.now.ms += idle_ms;
    bench_start(&b);
}

static void test_calls_share_a_stream(void **state)
{
    (void)state;
    call_on_kept_stream(4999);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_SEND);
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    accept();
    assert_int_equal(b.what, EMRS_DONE);
    assert_int_equal(b.result.peer, EMRS_PEER_VERIFIED);
    assert_true(emrs_release(&b.client));
    assert_false(emrs_release(&b.client));
}

static void test_an_idle_stream_is_closed_first(void **state)
{
    (void)state;
    b.now.ms = LATE_MS;
    call_on_kept_stream(5000);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_step(&b, CLOSED), EMRS_MOVE_CONNECT);
}

/* Nothing was sent, so the result is not DONE. */
static void test_an_idle_stream_that_never_closes_is_a_timeout(void **state)
{
    (void)state;
    call_on_kept_stream(5000);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CLOSE);
    b.now.ms = b.move.until_ms;
    assert_int_equal(bench_step(&b, PENDING), EMRS_E_TIMEOUT);
    assert_int_equal(b.result.code, EMRS_E_TIMEOUT);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
}

static void test_the_idle_limit_can_be_set(void **state)
{
    (void)state;
    for (uint32_t idle_ms = 99; idle_ms <= 100; idle_ms++) {
        setup(NULL);
        b.config.idle_timeout_ms = 100;
        call_on_kept_stream(idle_ms);
        assert_int_equal(bench_step(&b, PENDING), idle_ms < 100 ? EMRS_MOVE_SEND : EMRS_MOVE_CLOSE);
    }
}

static void test_a_released_stream_is_not_used(void **state)
{
    (void)state;
    b.config.keep_stream = true;
    bench_start(&b);
    bench_to_receive(&b);
    accept();
    assert_true(emrs_release(&b.client));
    bench_start(&b);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
}

/* A call uses the stream until it ends, also during a wait. */
static void test_no_release_during_a_call(void **state)
{
    (void)state;
    call_on_kept_stream(10);
    assert_false(emrs_release(&b.client));
    bench_go_on(&b);
    answer("429 x", "x-amzn-errortype: ThrottlingException\r\n", "{}");
    assert_int_equal(b.what, EMRS_MOVE_WAIT);
    assert_false(emrs_release(&b.client));
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_STOP)), EMRS_E_STOPPED);
    assert_true(emrs_release(&b.client));
    assert_false(emrs_release(&b.client));
    bench_start(&b);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CONNECT);
}

/* A kept stream that fails before the first byte of an answer is replaced once, without counting an
 * attempt, whatever the port reports. */
static void test_a_dead_stream_costs_one_reconnect(void **state)
{
    static const emrs_report ends[] = {{.news = EMRS_NEWS_CUT},
                                       {.news = EMRS_NEWS_CLOSED},
                                       {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET},
                                       {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS},
                                       {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS_ALERT}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        setup(NULL);
        b.config.attempt_count = 1;
        b.now.ms = LATE_MS;
        call_on_kept_stream(10);
        bench_step(&b, PENDING);
        while (b.what == EMRS_MOVE_SEND)
            bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
        uint16_t tokens = b.client.tokens;
        bench_step(&b, ends[i]);
        assert_int_equal(b.what, EMRS_MOVE_CLOSE);
        assert_int_equal(bench_step(&b, CLOSED), EMRS_MOVE_CONNECT); /* at once */
        assert_int_equal(b.client.tokens, tokens);
        assert_int_equal(b.result.attempt_count, 1);
        assert_int_equal(b.result.effect,
                         EMRS_EFFECT_UNKNOWN); /* the service may have received it */
        bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED));
        while (b.what == EMRS_MOVE_SEND)
            bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
        bench_step(&b, ends[i]); /* a failure of the new stream counts */
        assert_true(bench_end(&b) < 0);
    }
}

/* No time is left to make the attempt again, and there was no answer before: the code is that of
 * the dead stream. */
static void test_a_stream_that_is_dead_at_the_deadline(void **state)
{
    (void)state;
    call_on_kept_stream(10);
    bench_go_on(&b);
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_CUT)), EMRS_MOVE_CLOSE);
    b.now.ms = b.move.until_ms;
    assert_int_equal(bench_step(&b, CLOSED), EMRS_E_TRUNCATED);
}

static void to_receive_on_new_stream(void)
{
    assert_int_equal(b.what, EMRS_MOVE_CONNECT);
    bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED));
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
}

#define BUSY "x-amzn-errortype: ThrottlingException\r\nx-amzn-requestid: busy\r\n"

static void throttle(void)
{
    answer("429 x", BUSY, "{\"message\":\"Rate exceeded\"}");
}

/* The peer closes after each answer and does not announce it: each attempt after the first begins
 * on a dead stream and is made again at no cost, so that none of the three is lost. */
static void test_each_attempt_has_a_free_reconnect(void **state)
{
    (void)state;
    bench_start(&b);
    bench_go_on(&b);
    for (int i = 1; i < 3; i++) {
        throttle();
        wait_out();
        assert_int_equal(b.result.attempt_count, i);
        bench_go_on(&b);
        uint16_t tokens = b.client.tokens;
        assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_CUT)), EMRS_MOVE_CLOSE);
        assert_int_equal(bench_step(&b, CLOSED), EMRS_MOVE_CONNECT);
        assert_int_equal(b.client.tokens, tokens);
        assert_int_equal(b.result.attempt_count, i + 1);
        to_receive_on_new_stream();
    }
    uint16_t tokens = b.client.tokens;
    accept();
    assert_int_equal(bench_end(&b), EMRS_DONE);
    assert_int_equal(b.client.tokens, tokens + EMRS_COST_THROTTLE); /* still the same attempt */
}

/* No time is left to make the attempt again: the result is that of the last answer, with its
 * texts. */
static void test_the_last_answer_is_kept_over_a_dead_stream(void **state)
{
    static const struct {
        emrs_report report;
        bool in_send;
    } rows[] = {{{.news = EMRS_NEWS_CUT}, false},
                {{.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET, .native = 104}, false},
                {{.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS_CUT}, true}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows) * 2u; i++) {
        setup(NULL);
        bench_start(&b);
        bench_to_receive(&b);
        if (i % 2u == 0)
            throttle();
        else
            answer("429 x", BUSY, "{\"message\":\"m\"}");
        wait_out();
        if (rows[i / 2u].in_send)
            bench_step(&b, PENDING);
        else
            bench_go_on(&b);
        assert_int_equal(bench_step(&b, rows[i / 2u].report), EMRS_MOVE_CLOSE);
        b.now.ms = 31000; /* the port reports CLOSED at the deadline, or not at all */
        bench_step(&b, i % 2u == 0 ? CLOSED : PENDING);
        assert_int_equal(bench_end(&b), EMRS_E_THROTTLED);
        assert_int_equal(b.result.status, 429);
        assert_int_equal(b.result.error, EMRS_ERROR_THROTTLING);
        assert_int_equal(b.result.reason, EMRS_REASON_NONE);
        assert_int_equal(b.result.native, 0);
        assert_int_equal(b.result.attempt_count, 1);
        assert_int_equal(b.result.effect,
                         rows[i / 2u].in_send ? EMRS_EFFECT_REFUSED : EMRS_EFFECT_UNKNOWN);
        assert_true(emrs_text_is(b.result.error_name, EMRS_TEXT("ThrottlingException")));
        assert_true(emrs_text_spells(b.result.message, i % 2u == 0 ? "Rate exceeded" : "m"));
        assert_true(emrs_text_is(b.result.request_id, EMRS_TEXT("busy")));
    }
}

static const char long_name[] = "a-name-of-the-service-that-is-not-in-any-list-and-goes-on-and-on",
                  long_id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* In the work buffer, only a part of the longest message fits in front of the longest request. It
 * is cut between characters. */
static void test_the_last_message_is_cut_where_the_request_needs_room(void **state)
{
    char body[600] = "{\"message\":\"", text[900];
    (void)state;
    for (int shift = 0; shift < 2; shift++) {
        setup(NULL);
        size_t at = strlen("{\"message\":\"");
        if (shift)
            body[at++] = 'a';
        for (; at < 500; at += 2)
            memcpy(body + at, "\xc3\xa9", 2);
        memcpy(body + at, "\"}", 3);
        int size = snprintf(text, sizeof text,
                            "HTTP/1.1 429 x\r\nx-amzn-errortype: %s\r\nx-amzn-requestid: %s\r\n"
                            "Content-Length: %u\r\n\r\n%s",
                            long_name, long_id, (unsigned)strlen(body), body);
        bench_start(&b);
        bench_to_receive(&b);
        bench_answer(&b, text, (size_t)size, 4096);
        size_t whole_size = b.result.message.size;
        wait_out();
        bench_go_on(&b);
        bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
        b.now.ms = 31000;
        assert_int_equal(bench_end(&b), EMRS_E_THROTTLED);
        emrs_text message = b.result.message;
        size_t room = sizeof b.work - EMRS_REQUEST_SIZE_MAX - strlen(long_name) - strlen(long_id);
        assert_in_range(message.size, room - 1, room < whole_size ? room : whole_size);
        assert_memory_equal(message.bytes, body + strlen("{\"message\":\""), message.size);
        assert_int_equal((message.size - (size_t)shift) % 2u, 0);
        assert_true(b.result.message_cut);
        assert_true(emrs_text_is(b.result.error_name, EMRS_TEXT(long_name)));
        assert_true(emrs_text_is(b.result.request_id, EMRS_TEXT(long_id)));
    }
}

/* A message that just fits in front of the longest request is whole; a longer one is cut. */
static void test_the_longest_last_message_that_is_not_cut(void **state)
{
    const size_t room = sizeof b.work - EMRS_REQUEST_SIZE_MAX - strlen(long_name) - strlen(long_id);
    char headers[256], text[1024];
    (void)state;
    (void)snprintf(headers, sizeof headers, "x-amzn-errortype: %s\r\nx-amzn-requestid: %s",
                   long_name, long_id);
    for (size_t size = room - 1; size <= room + 1; size++) {
        int text_size =
            snprintf(text, sizeof text,
                     "HTTP/1.1 429 x\r\n%s\r\nContent-Length: %u\r\n\r\n"
                     "{\"message\":\"%0*d\"}",
                     headers, (unsigned)(size + strlen("{\"message\":\"\"}")), (int)size, 7);
        setup(NULL);
        bench_start(&b);
        bench_to_receive(&b);
        bench_answer(&b, text, (size_t)text_size, 4096);
        wait_out();
        bench_go_on(&b);
        bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
        b.now.ms = 31000;
        assert_int_equal(bench_end(&b), EMRS_E_THROTTLED);
        assert_int_equal(b.result.message.size, size < room ? size : room);
        assert_int_equal(b.result.message_cut, size > room);
    }
}

/* A stream that fails for a reason that will be the same next time. */
static void test_a_dead_stream_is_not_always_tried_again(void **state)
{
    (void)state;
    call_on_kept_stream(10);
    bench_go_on(&b);
    bench_step(&b, emrs_failed(EMRS_REASON_TLS_MEMORY, 0));
    assert_int_equal(bench_end(&b), EMRS_E_TLS_MEMORY);
    assert_int_equal(b.result.attempt_count, 1);
}

static void test_a_kept_stream_that_answered_is_not_dead(void **state)
{
    (void)state;
    b.config.attempt_count = 1;
    call_on_kept_stream(10);
    bench_go_on(&b);
    bench_answer(&b, "H", 1, 1);
    bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
    assert_int_equal(bench_end(&b), EMRS_E_TRUNCATED);
}

/* Time */

static void test_phases_have_shares(void **state)
{
    (void)state;
    bench_start(&b);
    bench_step(&b, PENDING);
    assert_int_equal(b.move.until_ms - b.now.ms, 15000); /* half of 30 s: the name */
    b.now.ms += 10000;
    bench_step(&b, emrs_connecting(EMRS_PHASE_TCP));
    assert_int_equal(b.move.until_ms - b.now.ms, 10000);
    b.now.ms += 10000;
    bench_step(&b, PENDING);
    assert_int_equal(b.what, EMRS_MOVE_CLOSE);
    bench_step(&b, CLOSED);
    assert_int_equal(b.what, EMRS_MOVE_WAIT); /* with ten seconds left for another attempt */
    assert_int_equal(b.result.phase, EMRS_PHASE_TCP);
}

/* A phase has half of the time that is left, or all of it if half is too short for a handshake. */
static void test_no_share_is_shorter_than_a_handshake(void **state)
{
    static const struct {
        uint32_t timeout_ms, share_ms;
        bool persistent;
    } rows[] = {{120000, EMRS_PHASE_MAX_MS, true},
                {60000, 30000, false},
                {10000, 5000, false},
                {9999, 9999, false},
                {9999, 9999, true},
                {1, 1, true}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        setup(NULL);
        b.config.timeout_ms = rows[i].timeout_ms;
        b.config.persistent = rows[i].persistent;
        bench_start(&b);
        bench_step(&b, PENDING);
        assert_int_equal(b.move.until_ms - b.now.ms, rows[i].share_ms);
    }
}

/* If there are no tokens for another attempt, this one may use all the time. */
static void test_without_tokens_an_attempt_has_all_the_time(void **state)
{
    (void)state;
    for (uint16_t tokens = EMRS_COST_TRANSIENT - 1; tokens <= EMRS_COST_TRANSIENT; tokens++)
        for (int persistent = 0; persistent < 2; persistent++) {
            bool may_follow = persistent || tokens == EMRS_COST_TRANSIENT;
            setup(NULL);
            b.config.persistent = persistent != 0;
            bench_start(&b);
            b.client.tokens = tokens;
            bench_step(&b, PENDING);
            assert_int_equal(b.move.until_ms - b.now.ms, may_follow ? 15000 : 30000);
            bench_to_receive(&b);
            assert_int_equal(b.move.until_ms - b.now.ms, may_follow ? 15000 : 30000);
            answer("403 x", "x-amzn-errortype: ExpiredTokenException\r\n", "{}");
            close_if_told();
            assert_int_equal(b.what, EMRS_MOVE_CREDENTIALS); /* this costs no token */
        }
}

/* A port that tries several addresses reports the same phases several times. */
static void test_a_phase_has_one_share(void **state)
{
    (void)state;
    bench_start(&b);
    bench_step(&b, PENDING);
    bench_step(&b, emrs_connecting(EMRS_PHASE_TCP));
    uint32_t until_ms = b.move.until_ms;
    b.now.ms += 5000;
    bench_step(&b, emrs_connecting(EMRS_PHASE_NAME));
    assert_int_equal(b.move.until_ms, until_ms);
    bench_step(&b, emrs_connecting(EMRS_PHASE_TCP));
    assert_int_equal(b.move.until_ms, until_ms);
    assert_int_equal(b.result.phase, EMRS_PHASE_TCP);   /* how far it came */
    bench_step(&b, emrs_connecting(EMRS_PHASE_ANSWER)); /* not a phase of CONNECT */
    assert_int_equal(b.result.phase, EMRS_PHASE_TCP);
}

static void test_no_wait_goes_past_the_deadline(void **state)
{
    (void)state;
    for (uint32_t timeout_ms = 1999; timeout_ms <= 2001; timeout_ms++) {
        setup(NULL);
        b.config.timeout_ms = timeout_ms;
        bench_start(&b);
        bench_to_receive(&b);
        answer("503 x", "x-amz-retry-after: 2000\r\n", "{}");
        assert_int_equal(b.what, timeout_ms > 2000 ? EMRS_MOVE_WAIT : EMRS_MOVE_CLOSE);
        if (b.what == EMRS_MOVE_WAIT)
            continue;
        assert_int_equal(bench_end(&b), EMRS_E_SERVICE); /* now, not at the deadline */
        assert_int_equal(b.result.attempt_count, 1);
        assert_int_equal(b.client.tokens, EMRS_TOKEN_COUNT);
    }
}

static void test_the_deadline_holds_over_attempts(void **state)
{
    (void)state;
    b.config.persistent = true;
    b.config.timeout_ms = 600000;
    bench_start(&b);
    uint32_t start_ms = b.now.ms;
    int steps = 0;
    while (bench_step(&b, PENDING) > EMRS_DONE && steps++ < 10000) {
        if (b.what == EMRS_MOVE_CONNECT)
            bench_step(&b, emrs_failed(EMRS_REASON_REFUSED, 0));
        if (b.what == EMRS_MOVE_CLOSE)
            bench_step(&b, CLOSED);
        if (b.what == EMRS_MOVE_WAIT)
            b.now.ms = b.move.until_ms;
    }
    assert_int_equal(b.what, EMRS_E_CONNECT);
    assert_true(b.now.ms - start_ms <= 600000);
    assert_true(b.result.attempt_count > 10);
    assert_int_equal(b.client.tokens, EMRS_TOKEN_COUNT); /* persistent: only the deadline ends it */
}

/* The kept stream is closed first, and that takes all the time: nothing was sent. */
static void test_a_close_past_the_deadline_is_no_success(void **state)
{
    (void)state;
    call_on_kept_stream(5000);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CLOSE);
    b.now.ms = b.move.until_ms;
    assert_int_equal(bench_step(&b, PENDING), EMRS_E_TIMEOUT);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
}

static void test_no_attempt_begins_past_the_deadline(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    assert_int_equal(b.what,
                     EMRS_MOVE_WAIT); /* the stream is kept, so a request could follow at once */
    b.now.ms += 30000;
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_SERVICE);
    assert_int_equal(b.result.attempt_count, 1);
}

static void test_the_wrap_changes_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 250; i++) {
        uint32_t start_ms = UINT32_MAX - 200u + i;
        setup(NULL);
        b.now.ms = start_ms;
        bench_start(&b);
        bench_to_receive(&b);
        fail_once();
        wait_out();
        assert_int_equal(b.now.ms - start_ms, 50);
        bench_go_on(&b);
        accept();
        assert_int_equal(bench_end(&b), EMRS_DONE);
    }
}

/* If the clock is lost between two attempts, no request is signed, even if the stream is still
 * open. */
static void test_a_clock_that_is_lost(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    wait_out();
    b.now.utc_s = 0;
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CLOSE); /* it was kept */
    assert_int_equal(bench_end(&b), EMRS_E_CLOCK);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
}

/* STOP */

static void test_stop_while_waiting(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    assert_int_equal(b.what, EMRS_MOVE_WAIT);
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_STOP)),
                     EMRS_MOVE_CLOSE); /* it was kept */
    assert_int_equal(bench_end(&b), EMRS_E_STOPPED);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
}

/* The stream stays open, and its idle time is still counted from the last answer. */
static void test_stop_while_waiting_keeps_the_stream(void **state)
{
    (void)state;
    b.config.keep_stream = true;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    uint32_t kept_ms = b.client.kept_ms;
    b.now.ms += 10;
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_STOP)), EMRS_E_STOPPED);
    assert_true(b.client.kept);
    assert_int_equal(b.client.kept_ms, kept_ms);
}

static void test_stop_while_closing_before_another(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
    assert_int_equal(b.what, EMRS_MOVE_CLOSE);
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_STOP)), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_step(&b, CLOSED), EMRS_E_STOPPED);
    assert_int_equal(bench_end(&b), EMRS_E_STOPPED);
}

static void test_stop_while_closing_after_success(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    accept();
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_STOP)), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_DONE);
}

/* emrs.h allows an application to report STOP again and again, in place of the port's reports. The
 * call then ends in the step after the first CLOSE. */
static void test_stop_reported_again_and_again(void **state)
{
    (void)state;
    for (int at = EMRS_MOVE_CONNECT; at <= EMRS_MOVE_WAIT; at++) {
        int turn_count = 0;
        setup(NULL);
        bench_start(&b);
        if (at <= EMRS_MOVE_CONNECT)
            bench_step(&b, PENDING);
        else if (at == EMRS_MOVE_SEND)
            bench_to_send(&b);
        else
            bench_to_receive(&b);
        if (at == EMRS_MOVE_CLOSE)
            bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
        if (at == EMRS_MOVE_WAIT)
            fail_once();
        assert_int_equal(b.what, at);
        while (bench_step(&b, emrs_report_of(EMRS_NEWS_STOP)) > EMRS_DONE && turn_count < 10)
            turn_count++;
        assert_int_equal(bench_end(&b), EMRS_E_STOPPED);
        assert_int_equal(turn_count, 1);
    }
}

/* The same with emrs_turn, which closes the stream itself. */
static unsigned close_count;

static emrs_report connect_on_and_on(void *context, const emrs_move *move)
{
    (void)context;
    (void)move;
    return PENDING;
}

static void count_close(void *context)
{
    (void)context;
    close_count++;
}

static emrs_now now_of_bench(void *context)
{
    (void)context;
    return b.now;
}

static void test_stop_reported_again_to_turns(void **state)
{
    const emrs_stream stream = {.connect = connect_on_and_on, .close = count_close};
    const emrs_port port = {.stream = &stream, .now = now_of_bench};
    emrs_report report = PENDING;
    unsigned turn_count = 0;
    int what;
    (void)state;
    close_count = 0;
    bench_start(&b);
    assert_int_equal(emrs_turn(&b.call, &port, &report), EMRS_MOVE_CONNECT);
    do {
        report = emrs_report_of(EMRS_NEWS_STOP);
        what = emrs_turn(&b.call, &port, &report);
    } while (what > EMRS_DONE && turn_count++ < 10);
    assert_int_equal(what, EMRS_E_STOPPED);
    assert_int_equal(turn_count, 1);
    assert_int_equal(close_count, 1);
}

/* Reports about the stream change nothing during a WAIT. */
static void test_a_stale_end_while_waiting(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    assert_int_equal(b.what, EMRS_MOVE_WAIT);
    uint32_t until_ms = b.move.until_ms;
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_CUT)), EMRS_MOVE_WAIT);
    assert_int_equal(bench_step(&b, emrs_failed(EMRS_REASON_RESET, 104)), EMRS_MOVE_WAIT);
    assert_int_equal(b.move.until_ms, until_ms);
    assert_int_equal(b.result.status, 503);
    assert_int_equal(b.result.reason, EMRS_REASON_NONE);
}

/* Credentials */

#define EXPIRED "x-amzn-errortype: ExpiredTokenException\r\n"

static void to_credentials(void)
{
    static const emrs_signing_key no_key;
    bench_start(&b);
    bench_to_receive(&b);
    answer("403 x", EXPIRED, "{}");
    assert_int_equal(b.what, EMRS_MOVE_CLOSE); /* CLOSE comes before CREDENTIALS */
    assert_int_equal(bench_step(&b, CLOSED), EMRS_MOVE_CREDENTIALS);
    assert_memory_equal(&b.client.key, &no_key, sizeof no_key);
}

static void test_renewed_credentials(void **state)
{
    (void)state;
    to_credentials();
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CREDENTIALS);
    b.credentials.access_key_id = EMRS_TEXT("AKIDFRESH");
    b.credentials.session_token = EMRS_TEXT("fresh");
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_RENEWED)), EMRS_MOVE_CONNECT);
    bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED));
    assert_non_null(strstr((const char *)b.move.send, "Credential=AKIDFRESH/"));
    while (b.what == EMRS_MOVE_SEND)
        bench_step(&b, emrs_moved(EMRS_NEWS_SENT, b.move.size));
    answer("403 x", EXPIRED, "{}"); /* fresh ones were refused: this is final */
    assert_int_equal(bench_end(&b), EMRS_E_AUTH);
    assert_int_equal(b.result.effect, EMRS_EFFECT_REFUSED);
}

/* An access key id of one letter is accepted. */
static void test_the_shortest_access_key_id(void **state)
{
    (void)state;
    b.credentials.access_key_id = EMRS_TEXT("A");
    b.credentials.expires_s = BENCH_UTC_S + 3600u;
    to_credentials();
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_RENEWED)), EMRS_MOVE_CONNECT);
    to_receive_on_new_stream();
    accept();
    assert_int_equal(bench_end(&b), EMRS_DONE);
}

/* Keys that do not expire have no session token. */
static void test_renewed_to_keys_without_a_token(void **state)
{
    (void)state;
    to_credentials();
    b.credentials.session_token = EMRS_TEXT("");
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_RENEWED)), EMRS_MOVE_CONNECT);
    to_receive_on_new_stream();
    accept();
    assert_int_equal(bench_end(&b), EMRS_DONE);
}

/* The attempt after a renewal takes no token, so its success returns none. */
static void test_a_renewed_attempt_costs_nothing(void **state)
{
    (void)state;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    wait_out();
    bench_go_on(&b);
    answer("403 x", EXPIRED, "{}");
    close_if_told();
    assert_int_equal(b.what, EMRS_MOVE_CREDENTIALS);
    assert_int_equal(b.client.tokens, EMRS_TOKEN_COUNT - EMRS_COST_TRANSIENT);
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_RENEWED)), EMRS_MOVE_CONNECT);
    to_receive_on_new_stream();
    accept();
    assert_int_equal(bench_end(&b), EMRS_DONE);
    assert_int_equal(b.client.tokens, EMRS_TOKEN_COUNT - EMRS_COST_TRANSIENT + 1);
}

static void test_no_fresh_credentials(void **state)
{
    (void)state;
    to_credentials();
    assert_int_equal(bench_step(&b, emrs_failed(EMRS_REASON_NONE, 0)), EMRS_E_AUTH);
    assert_int_equal(bench_end(&b), EMRS_E_AUTH);
    assert_int_equal(b.result.error, EMRS_ERROR_EXPIRED_TOKEN);
    to_credentials();
    b.now.ms = b.move.until_ms; /* no report in time */
    assert_int_equal(bench_step(&b, PENDING), EMRS_E_AUTH);
    to_credentials();
    b.credentials.access_key_id = EMRS_TEXT("not one\r\n");
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_RENEWED)), EMRS_E_ARGUMENT);
    assert_int_equal(b.result.field, EMRS_FIELD_ACCESS_KEY_ID);
    assert_int_equal(b.result.effect, EMRS_EFFECT_REFUSED);
}

/* Credentials before an attempt */

typedef enum { HELD_NONE, HELD_USABLE, HELD_EXPIRED } held;
typedef enum { END_RENEWED, END_RENEWED_LATER, END_FAILED, END_LATE } renewal_end;

#define ASKED_S (BENCH_UTC_S + 10u)

/* Sets credentials. At ASKED_S the call asks for fresh ones, or at once if there are none. */
static void hold(held what)
{
    b.credentials.renew_s = what == HELD_NONE ? EMRS_RENEW_NOW : ASKED_S;
    b.credentials.expires_s = what == HELD_EXPIRED ? ASKED_S : ASKED_S + 600u;
    if (what == HELD_NONE)
        b.credentials.access_key_id = EMRS_TEXT("");
}

static int renew_to(const char *key_id)
{
    b.credentials.access_key_id = (emrs_text){key_id, strlen(key_id)};
    b.credentials.renew_s = b.now.utc_s + 2700u;
    b.credentials.expires_s = b.now.utc_s + 3600u;
    return bench_step(&b, emrs_report_of(EMRS_NEWS_RENEWED));
}

/* Steps on to CREDENTIALS: at the start of a new call, or in a later attempt; with a kept stream or
 * without. */
static void to_first_renewal(held what, bool is_kept, bool is_later)
{
    const char *more = is_kept ? "" : "Connection: close\r\n";
    setup(NULL);
    b.config.keep_stream = true;
    if (is_later)
        hold(what);
    bench_start(&b);
    bench_to_receive(&b);
    if (is_later) {
        answer("503 x", more, "{\"message\":\"busy\"}");
        close_if_told();
        wait_out();
    } else {
        answer("200 OK", more, BENCH_ANSWER_BODY);
        assert_int_equal(is_kept ? b.what : bench_end(&b), EMRS_DONE);
        hold(what);
        bench_start(&b);
    }
    b.now.utc_s = ASKED_S;
    bench_step(&b, PENDING);
    if (is_kept) {
        assert_int_equal(b.what, EMRS_MOVE_CLOSE);
        bench_step(&b, CLOSED);
    }
    assert_int_equal(b.what, EMRS_MOVE_CREDENTIALS);
    assert_false(b.client.kept);
}

static void end_renewal(renewal_end end)
{
    if (end == END_RENEWED_LATER) {
        b.now.ms = b.move.until_ms - 1u;
        assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CREDENTIALS);
    }
    if (end == END_LATE)
        b.now.ms = b.move.until_ms;
    if (end <= END_RENEWED_LATER)
        renew_to("AKIDFRESH");
    else
        bench_step(&b, end == END_LATE ? PENDING : emrs_failed(EMRS_REASON_REFUSED, 111));
}

static void check_renewal(held what, renewal_end end, bool is_kept, bool is_later)
{
    to_first_renewal(what, is_kept, is_later);
    emrs_effect effect = is_later ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE;
    uint16_t tokens = b.client.tokens;
    assert_int_equal(b.move.until_ms - b.now.ms,
                     what == HELD_USABLE ? 5000u : (b.call.deadline_ms - b.now.ms) / 2u);
    end_renewal(end);
    assert_int_equal(b.client.tokens, tokens);
    assert_int_equal(b.result.effect, effect);
    if (end <= END_RENEWED_LATER || what == HELD_USABLE) {
        assert_int_equal(b.what, EMRS_MOVE_CONNECT);
        assert_int_equal(b.result.attempt_count, is_later ? 2 : 1);
        bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED));
        assert_non_null(strstr((const char *)b.move.send, end <= END_RENEWED_LATER
                                                              ? "Credential=AKIDFRESH/"
                                                              : "Credential=AKIDEXAMPLE/"));
        return;
    }
    assert_int_equal(bench_end(&b), EMRS_E_CREDENTIALS);
    assert_int_equal(b.result.effect, effect);
    assert_int_equal(b.result.attempt_count, is_later ? 1 : 0);
    assert_int_equal(b.result.status,
                     is_later ? 503 : 0); /* the texts of the last answer stay valid */
    assert_true(emrs_text_is(b.result.message, is_later ? EMRS_TEXT("busy") : EMRS_TEXT("")));
    assert_int_equal(b.result.reason, EMRS_REASON_NONE);
}

static void test_credentials_before_an_attempt(void **state)
{
    (void)state;
    for (held what = HELD_NONE; what <= HELD_EXPIRED; what++)
        for (renewal_end end = END_RENEWED; end <= END_LATE; end++)
            for (unsigned way = 0; way < 4; way++)
                if (what != HELD_NONE || way < 2) /* a later attempt has credentials */
                    check_renewal(what, end, (way & 1u) != 0, (way & 2u) != 0);
}

/* The call asks from renew_s on, or from expires_s on if that is earlier. 0 in one of them, or a
 * time that is not known, is no reason to ask. With EMRS_RENEW_NOW it asks at any time. */
static void test_when_credentials_are_asked_for(void **state)
{
    static const struct {
        uint32_t renew_s, expires_s, utc_s;
        bool asks;
    } rows[] = {{0, 0, BENCH_UTC_S, false},
                {BENCH_UTC_S + 1u, BENCH_UTC_S + 2u, BENCH_UTC_S, false},
                {BENCH_UTC_S, BENCH_UTC_S + 2u, BENCH_UTC_S, true},
                {0, BENCH_UTC_S + 1u, BENCH_UTC_S, false},
                {0, BENCH_UTC_S, BENCH_UTC_S, true},
                {BENCH_UTC_S + 1u, BENCH_UTC_S, BENCH_UTC_S, true},
                {EMRS_RENEW_NOW, 0, BENCH_UTC_S, true},
                {BENCH_UTC_S, BENCH_UTC_S, 0, false}, /* the build time is before any expiry */
                {EMRS_RENEW_NOW, 0, 0, true}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        setup(NULL);
        b.config.clock_floor = true;
        b.credentials.renew_s = rows[i].renew_s;
        b.credentials.expires_s = rows[i].expires_s;
        b.now.utc_s = rows[i].utc_s;
        bench_start(&b);
        if ((bench_step(&b, PENDING) == EMRS_MOVE_CREDENTIALS) != rows[i].asks)
            fail_msg("row %u", (unsigned)i);
    }
}

static void test_a_renewal_has_a_share(void **state)
{
    static const struct {
        held what;
        uint32_t timeout_ms, share_ms;
    } rows[] = {{HELD_USABLE, 8000, 2000},  {HELD_USABLE, 20000, 5000},  {HELD_USABLE, 20004, 5000},
                {HELD_NONE, 8000, 4000},    {HELD_NONE, 60000, 30000},   {HELD_NONE, 60002, 30000},
                {HELD_EXPIRED, 8000, 4000}, {HELD_EXPIRED, 60002, 30000}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        setup(NULL);
        b.config.timeout_ms = rows[i].timeout_ms;
        hold(rows[i].what);
        b.now.utc_s = ASKED_S;
        bench_start(&b);
        assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CREDENTIALS);
        assert_int_equal(b.move.until_ms - b.now.ms, rows[i].share_ms);
    }
}

/* If the old credentials would expire while the source is asked, they cannot be used when it fails.
 * So the source gets as much time as without credentials. */
static void test_old_ones_that_expire_during_a_renewal(void **state)
{
    (void)state;
    for (uint32_t left_s = 1; left_s < 9; left_s++) {
        setup(NULL);
        b.config.timeout_ms = 60000;
        b.credentials.renew_s = ASKED_S;
        b.credentials.expires_s = ASKED_S + left_s;
        b.now.utc_s = ASKED_S;
        bench_start(&b);
        assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CREDENTIALS);
        assert_int_equal(b.move.until_ms - b.now.ms, left_s <= 5 ? 30000 : 5000);
        b.now.ms = b.move.until_ms;
        b.now.utc_s += left_s <= 5 ? 30 : 5;
        assert_int_equal(bench_step(&b, PENDING),
                         left_s <= 5 ? EMRS_E_CREDENTIALS : EMRS_MOVE_CONNECT);
    }
}

/* While the old ones are usable, a source that failed is asked again after a minute, in later calls
 * too. */
static void test_a_source_that_fails_is_asked_once_a_minute(void **state)
{
    (void)state;
    to_first_renewal(HELD_USABLE, false, false);
    bench_step(&b, emrs_failed(EMRS_REASON_NONE, 0));
    to_receive_on_new_stream();
    fail_once();
    wait_out();
    b.now.utc_s = ASKED_S + 59u;
    bench_go_on(&b); /* does not ask */
    accept();
    assert_int_equal(b.what, EMRS_DONE);
    bench_start(&b);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_SEND);
    bench_step(&b, emrs_report_of(EMRS_NEWS_STOP));
    bench_end(&b);
    b.now.utc_s = ASKED_S + 60u;
    bench_start(&b);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CREDENTIALS);
    bench_step(&b, emrs_report_of(EMRS_NEWS_STOP));
    bench_end(&b);
    b.now.utc_s = b.credentials.expires_s; /* less than a minute later, but they have expired */
    b.client.asked_s = (uint16_t)(b.now.utc_s - 1u);
    bench_start(&b);
    assert_int_equal(bench_step(&b, PENDING), EMRS_MOVE_CREDENTIALS);
    assert_int_equal(b.move.until_ms - b.now.ms, 15000);
}

/* A renewal that failed may have removed the old ones (a store with one half). */
static void test_a_failed_renewal_may_end_the_old_ones(void **state)
{
    (void)state;
    to_first_renewal(HELD_USABLE, false, false);
    hold(HELD_NONE);
    assert_int_equal(bench_step(&b, emrs_failed(EMRS_REASON_NONE, 0)), EMRS_E_CREDENTIALS);
    to_first_renewal(HELD_NONE, false, false); /* RENEWED without credentials */
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_RENEWED)), EMRS_E_CREDENTIALS);
    to_first_renewal(HELD_USABLE, false, false); /* credentials without a secret key */
    b.credentials.secret_access_key = EMRS_TEXT("");
    assert_int_equal(bench_step(&b, emrs_failed(EMRS_REASON_NONE, 0)), EMRS_E_ARGUMENT);
    assert_int_equal(b.result.field, EMRS_FIELD_SECRET_ACCESS_KEY);
}

/* With a clock that is ahead, fresh credentials seem expired. The service's answer corrects the
 * clock. */
static void test_fresh_ones_are_used_by_any_clock(void **state)
{
    (void)state;
    to_first_renewal(HELD_EXPIRED, false, false);
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_RENEWED)), EMRS_MOVE_CONNECT);
    to_receive_on_new_stream();
    answer("403 x",
           "x-amzn-errortype: InvalidSignatureException\r\nDate: Fri, 15 Jan 2027 07:00:00 GMT\r\n",
           "{}");
    close_if_told();
    wait_out();
    assert_int_equal(bench_step(&b, PENDING),
                     EMRS_MOVE_SEND); /* by the corrected time they are valid */
}

/* ExpiredToken with a clock that is behind: the call asks, and signs with the corrected time. */
static void test_expired_and_the_clock_is_behind(void **state)
{
    (void)state;
    b.credentials.expires_s = BENCH_UTC_S + 1800u;
    bench_start(&b);
    bench_to_receive(&b);
    answer("403 x", EXPIRED "Date: Fri, 15 Jan 2027 09:00:00 GMT\r\n", "{}");
    close_if_told();
    assert_int_equal(b.what, EMRS_MOVE_CREDENTIALS);
    assert_int_equal(renew_to("AKIDFRESH"), EMRS_MOVE_CONNECT);
    bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED));
    assert_int_equal(b.call.attempt.signed_s, BENCH_UTC_S + 3600u);
}

/* In persistent mode credentials expire many times. Each set is asked for once. */
static void test_many_expiries_in_one_call(void **state)
{
    (void)state;
    b.config.persistent = true;
    b.config.timeout_ms = EMRS_TIMEOUT_MAX_MS;
    bench_start(&b);
    for (int i = 0; i < 5; i++) {
        bench_go_on(&b);
        answer("429 x", "x-amzn-errortype: ThrottlingException\r\n", "{}");
        close_if_told();
        wait_out();
        bench_go_on(&b);
        answer("403 x", EXPIRED, "{}");
        close_if_told();
        assert_int_equal(b.what, EMRS_MOVE_CREDENTIALS);
        assert_int_equal(renew_to(i % 2 == 0 ? "AKIDEVEN" : "AKIDODD"), EMRS_MOVE_CONNECT);
    }
    bench_go_on(&b);
    bench_step(&b, emrs_report_of(EMRS_NEWS_CUT)); /* this end does not concern the credentials */
    close_if_told();
    wait_out();
    bench_go_on(&b);
    answer("403 x", EXPIRED, "{}");
    close_if_told();
    assert_int_equal(renew_to("AKIDLAST"), EMRS_MOVE_CONNECT);
    bench_go_on(&b);
    answer("403 x", EXPIRED, "{}");
    assert_int_equal(bench_end(&b), EMRS_E_AUTH);
    assert_int_equal(b.result.effect, EMRS_EFFECT_UNKNOWN);
}

/* The call asks because of the clock. If the service then answers ExpiredToken to fresh ones,
 * that is final. If the source had failed, and the old ones were used, the call asks again. */
static void test_expired_after_a_renewal(void **state)
{
    (void)state;
    to_first_renewal(HELD_USABLE, false, false);
    renew_to("AKIDFRESH");
    to_receive_on_new_stream();
    answer("403 x", EXPIRED, "{}");
    assert_int_equal(bench_end(&b), EMRS_E_AUTH);
    to_first_renewal(HELD_USABLE, false, false);
    bench_step(&b, emrs_failed(EMRS_REASON_NONE, 0));
    to_receive_on_new_stream();
    answer("403 x", EXPIRED, "{}");
    close_if_told();
    assert_int_equal(b.what, EMRS_MOVE_CREDENTIALS);
    assert_int_equal(b.move.until_ms - b.now.ms, 15000);
}

/* A request that is not signed has no credentials to renew, even if its peer answers
 * ExpiredToken. */
static void test_an_unsigned_request_renews_nothing(void **state)
{
    static const emrs_credentials none;
    (void)state;
    bench_start(&b);
    b.call.credentials = none;
    bench_to_receive(&b);
    answer("403 x", EXPIRED, "{}");
    assert_int_equal(bench_end(&b), EMRS_E_AUTH);
}

/* If a wait ends late, the result of the last attempt stays. */
static void test_no_renewal_past_the_deadline(void **state)
{
    (void)state;
    b.credentials.expires_s = ASKED_S;
    bench_start(&b);
    bench_to_receive(&b);
    fail_once();
    assert_int_equal(b.what, EMRS_MOVE_WAIT);
    b.now.utc_s = ASKED_S;
    b.now.ms = b.call.deadline_ms;
    bench_step(&b, PENDING);
    assert_int_equal(bench_end(&b), EMRS_E_SERVICE);
}

/* When CREDENTIALS ends by its time or by a reported STOP, emrs_turn first calls renew once
 * more. */

static struct {
    unsigned count;
    uint32_t until_ms;
    emrs_news says;
    int state; /* of the call when renew was last called */
} renewal;

static emrs_report renew_of_bench(void *context, uint32_t until_ms)
{
    (void)context;
    renewal.count++;
    renewal.until_ms = until_ms;
    renewal.state = b.call.state;
    return emrs_report_of(renewal.says);
}

static bool stopped_of_bench(void *context)
{
    return *(bool *)context;
}

static void test_renew_is_called_once_more(void **state)
{
    enum { BY_STOPPED, BY_REPORT, BY_TIME, BY_ANSWER, WAY_COUNT };
    const emrs_stream stream = {.connect = connect_on_and_on, .close = count_close};
    bool stopped;
    const emrs_port port = {.stream = &stream,
                            .now = now_of_bench,
                            .stopped = stopped_of_bench,
                            .renew = renew_of_bench,
                            .context = &stopped};
    (void)state;
    for (int way = 0; way < WAY_COUNT; way++) {
        emrs_report report = PENDING;
        setup(NULL);
        stopped = false;
        hold(HELD_USABLE);
        b.now.utc_s = ASKED_S;
        renewal.count = 0;
        renewal.says = EMRS_NEWS_PENDING;
        bench_start(&b);
        assert_int_equal(emrs_turn(&b.call, &port, &report), EMRS_MOVE_CREDENTIALS);
        uint32_t until_ms = b.now.ms + 5000u;
        assert_int_equal(renewal.until_ms, until_ms);
        renewal.says = way == BY_ANSWER ? EMRS_NEWS_RENEWED : EMRS_NEWS_PENDING;
        stopped = way == BY_STOPPED;
        b.now.ms += 1000;
        assert_int_equal(emrs_turn(&b.call, &port, &report), EMRS_MOVE_CREDENTIALS);
        assert_int_equal(renewal.count, way == BY_STOPPED ? 1 : 2);
        assert_int_equal(renewal.until_ms, until_ms);
        renewal.says = EMRS_NEWS_PENDING;
        if (way == BY_REPORT)
            report = emrs_report_of(EMRS_NEWS_STOP);
        if (way >= BY_TIME)
            b.now.ms = until_ms;
        int what = emrs_turn(&b.call, &port, &report);
        assert_int_equal(what, way >= BY_TIME ? EMRS_MOVE_CONNECT : EMRS_E_STOPPED);
        assert_int_equal(renewal.count, way == BY_REPORT || way == BY_TIME ? 3 : 2);
        assert_int_equal(renewal.state, EMRS_MOVE_CREDENTIALS);
        assert_int_equal(renewal.until_ms, way == BY_ANSWER ? until_ms : b.now.ms);
        stopped = true;
        while (emrs_turn(&b.call, &port, &report) > EMRS_DONE)
            continue;
        assert_int_equal(renewal.count, way == BY_REPORT || way == BY_TIME ? 3 : 2);
    }
}

/* A port without renew cannot renew credentials. */
static void test_a_port_without_renew(void **state)
{
    const emrs_stream stream = {.connect = connect_on_and_on, .close = count_close};
    const emrs_port port = {.stream = &stream, .now = now_of_bench};
    emrs_report report = PENDING;
    (void)state;
    hold(HELD_NONE);
    bench_start(&b);
    assert_int_equal(emrs_turn(&b.call, &port, &report), EMRS_MOVE_CREDENTIALS);
    assert_int_equal(emrs_turn(&b.call, &port, &report), EMRS_E_CREDENTIALS);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
}

/* Three attempts: refused, silent, accepted. */
static emrs_report next_report(void)
{
    switch (b.what) {
    case EMRS_MOVE_CONNECT:
        return b.result.attempt_count == 1 ? emrs_failed(EMRS_REASON_REFUSED, 0)
                                           : emrs_connected(EMRS_PEER_VERIFIED);
    case EMRS_MOVE_SEND:
        return emrs_moved(EMRS_NEWS_SENT, b.move.size);
    case EMRS_MOVE_RECEIVE:
        if (b.result.attempt_count == 2)
            break;
        memcpy(b.move.receive, OK_ANSWER, sizeof OK_ANSWER - 1);
        return emrs_moved(EMRS_NEWS_RECEIVED, sizeof OK_ANSWER - 1);
    case EMRS_MOVE_CLOSE:
        return CLOSED;
    default:
        break;
    }
    b.now.ms = b.move.until_ms;
    return PENDING;
}

/* Makes a call that gets utc_s and random at every step, or only where emrs.h needs them.
 * ret: a checksum of all moves, their until_ms and the bytes sent */
static uint32_t sum_of_call(bool everywhere, uint32_t random)
{
    emrs_report report = PENDING;
    uint32_t sum = 0;
    setup(NULL);
    bench_start(&b);
    b.what = EMRS_MOVE_WAIT; /* the first step needs the time too */
    do {
        bool is_sent = b.what == EMRS_MOVE_WAIT || report.news == EMRS_NEWS_CONNECTED;
        bool may_fail = (report.news >= EMRS_NEWS_RECEIVED && report.news <= EMRS_NEWS_FAILED)
                        || b.now.ms == b.move.until_ms;
        b.now.utc_s = everywhere || is_sent ? BENCH_UTC_S : 0;
        b.now.random = everywhere || may_fail ? random : 0;
        bench_step(&b, report);
        sum = (sum * 31u + (uint32_t)b.what) * 31u + b.move.until_ms;
        for (size_t at = 0; b.what == EMRS_MOVE_SEND && at < b.move.size; at++)
            sum = sum * 31u + ((const unsigned char *)b.move.send)[at];
        report = next_report();
    } while (b.what > EMRS_DONE);
    assert_int_equal(b.what, EMRS_DONE);
    assert_int_equal(b.result.attempt_count, 3);
    return sum;
}

static void test_where_time_and_random_are_used(void **state)
{
    (void)state;
    assert_int_equal(sum_of_call(true, 0x40000000u), sum_of_call(false, 0x40000000u));
    assert_int_not_equal(sum_of_call(false, 0x40000000u), sum_of_call(false, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_unknown_then_accepted, setup),
        cmocka_unit_test_setup(test_unknown_then_refused_stays_unknown, setup),
        cmocka_unit_test_setup(test_a_first_refusal_is_not_probably_ended, setup),
        cmocka_unit_test_setup(test_throttled_to_the_end_is_refused, setup),
        cmocka_unit_test_setup(test_an_error_of_a_proxy_is_unknown, setup),
        cmocka_unit_test_setup(test_each_attempt_begins_anew, setup),
        cmocka_unit_test_setup(test_each_attempt_is_signed_anew, setup),
        cmocka_unit_test_setup(test_a_short_wait_keeps_the_stream, setup),
        cmocka_unit_test_setup(test_a_stream_that_is_not_used_again, setup),
        cmocka_unit_test_setup(test_a_stream_that_ended_in_send_is_not_kept, setup),
        cmocka_unit_test_setup(test_a_long_wait_closes_the_stream, setup),
        cmocka_unit_test_setup(test_calls_share_a_stream, setup),
        cmocka_unit_test_setup(test_an_idle_stream_is_closed_first, setup),
        cmocka_unit_test_setup(test_an_idle_stream_that_never_closes_is_a_timeout, setup),
        cmocka_unit_test_setup(test_the_idle_limit_can_be_set, setup),
        cmocka_unit_test_setup(test_a_released_stream_is_not_used, setup),
        cmocka_unit_test_setup(test_no_release_during_a_call, setup),
        cmocka_unit_test_setup(test_a_dead_stream_costs_one_reconnect, setup),
        cmocka_unit_test_setup(test_a_stream_that_is_dead_at_the_deadline, setup),
        cmocka_unit_test_setup(test_each_attempt_has_a_free_reconnect, setup),
        cmocka_unit_test_setup(test_the_last_answer_is_kept_over_a_dead_stream, setup),
        cmocka_unit_test_setup(test_the_last_message_is_cut_where_the_request_needs_room, setup),
        cmocka_unit_test_setup(test_the_longest_last_message_that_is_not_cut, setup),
        cmocka_unit_test_setup(test_a_dead_stream_is_not_always_tried_again, setup),
        cmocka_unit_test_setup(test_a_kept_stream_that_answered_is_not_dead, setup),
        cmocka_unit_test_setup(test_phases_have_shares, setup),
        cmocka_unit_test_setup(test_no_share_is_shorter_than_a_handshake, setup),
        cmocka_unit_test_setup(test_without_tokens_an_attempt_has_all_the_time, setup),
        cmocka_unit_test_setup(test_a_phase_has_one_share, setup),
        cmocka_unit_test_setup(test_no_wait_goes_past_the_deadline, setup),
        cmocka_unit_test_setup(test_the_deadline_holds_over_attempts, setup),
        cmocka_unit_test_setup(test_a_close_past_the_deadline_is_no_success, setup),
        cmocka_unit_test_setup(test_no_attempt_begins_past_the_deadline, setup),
        cmocka_unit_test_setup(test_the_wrap_changes_nothing, setup),
        cmocka_unit_test_setup(test_a_clock_that_is_lost, setup),
        cmocka_unit_test_setup(test_stop_while_waiting, setup),
        cmocka_unit_test_setup(test_stop_while_waiting_keeps_the_stream, setup),
        cmocka_unit_test_setup(test_stop_while_closing_before_another, setup),
        cmocka_unit_test_setup(test_stop_while_closing_after_success, setup),
        cmocka_unit_test_setup(test_stop_reported_again_and_again, setup),
        cmocka_unit_test_setup(test_stop_reported_again_to_turns, setup),
        cmocka_unit_test_setup(test_a_stale_end_while_waiting, setup),
        cmocka_unit_test_setup(test_renewed_credentials, setup),
        cmocka_unit_test_setup(test_the_shortest_access_key_id, setup),
        cmocka_unit_test_setup(test_renewed_to_keys_without_a_token, setup),
        cmocka_unit_test_setup(test_a_renewed_attempt_costs_nothing, setup),
        cmocka_unit_test_setup(test_no_fresh_credentials, setup),
        cmocka_unit_test(test_credentials_before_an_attempt),
        cmocka_unit_test(test_when_credentials_are_asked_for),
        cmocka_unit_test(test_a_renewal_has_a_share),
        cmocka_unit_test(test_old_ones_that_expire_during_a_renewal),
        cmocka_unit_test(test_a_source_that_fails_is_asked_once_a_minute),
        cmocka_unit_test(test_a_failed_renewal_may_end_the_old_ones),
        cmocka_unit_test(test_fresh_ones_are_used_by_any_clock),
        cmocka_unit_test_setup(test_expired_and_the_clock_is_behind, setup),
        cmocka_unit_test_setup(test_many_expiries_in_one_call, setup),
        cmocka_unit_test(test_expired_after_a_renewal),
        cmocka_unit_test_setup(test_an_unsigned_request_renews_nothing, setup),
        cmocka_unit_test_setup(test_no_renewal_past_the_deadline, setup),
        cmocka_unit_test(test_renew_is_called_once_more),
        cmocka_unit_test_setup(test_a_port_without_renew, setup),
        cmocka_unit_test(test_where_time_and_random_are_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
