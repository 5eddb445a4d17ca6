/* SPDX-License-Identifier: MIT */
/* The port over another TLS stack (emrs_verified.h), here a scripted one: what it is asked, and
 * how its results are reported, by the stream alone and in calls. */
#include "unit.h"

#include "support/bench.h"
#include "emrs_verified.h"

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" BENCH_ANSWER_BODY
#define ENDLESS_ANSWER "HTTP/1.1 200 OK\r\n\r\n" BENCH_ANSWER_BODY
#define CONFIRMED EMRS_CONFIRMED_CHAIN_NAME_AND_DATES

enum { BROKEN = -77, ODD_SIZE = 7 };

typedef struct {
    emrs_now now;
    int open_code, later_count; /* open returns 0 later_count times, then open_code */
    int send_code, receive_code, end;
    const char *answer;
    size_t at;
    int open_count, send_count, receive_count, close_count;
    size_t sent_size, size; /* bytes in all; bytes of the last window */
    uint32_t left_ms;
    char host[64], sent[2048];
    uint16_t port;
    emrs_purpose purpose;
} stack;

static stack s;
static emrs_verified verified;

static int open_stack(void *context, emrs_purpose purpose, const char *host, uint16_t port,
                      uint32_t left_ms)
{
    assert_ptr_equal(context, &s);
    s.purpose = purpose;
    s.open_count++;
    s.left_ms = left_ms;
    s.port = port;
    (void)snprintf(s.host, sizeof s.host, "%s", host);
    return s.later_count-- > 0 ? 0 : s.open_code;
}

static int send_stack(void *context, const void *bytes, size_t size, uint32_t left_ms)
{
    assert_ptr_equal(context, &s);
    s.size = size;
    s.left_ms = left_ms;
    if (++s.send_count % 2 == 0 || s.send_code < 0)
        return s.send_code;
    size = size < ODD_SIZE ? size : ODD_SIZE;
    assert_true(s.sent_size + size <= sizeof s.sent);
    memcpy(s.sent + s.sent_size, bytes, size);
    s.sent_size += size;
    return (int)size;
}

static int receive_stack(void *context, void *bytes, size_t size, uint32_t left_ms)
{
    assert_ptr_equal(context, &s);
    s.size = size;
    s.left_ms = left_ms;
    if (++s.receive_count % 2 == 0 || s.receive_code < 0)
        return s.receive_code;
    size = size < ODD_SIZE ? size : ODD_SIZE;
    size_t left = s.answer == NULL ? 0 : strlen(s.answer) - s.at;
    size = size < left ? size : left;
    if (size == 0)
        return s.end;
    memcpy(bytes, s.answer + s.at, size);
    s.at += size;
    return (int)size;
}

static void close_stack(void *context)
{
    assert_ptr_equal(context, &s);
    s.close_count++;
}

static emrs_reason reason_of(int error)
{
    return error == BROKEN ? EMRS_REASON_RESET : EMRS_REASON_WEAK;
}

static emrs_now now(void *context)
{
    assert_ptr_equal(context, &s);
    return s.now;
}

static const emrs_verified_config good = {.context = &s,
                                          .open = open_stack,
                                          .send = send_stack,
                                          .receive = receive_stack,
                                          .close = close_stack,
                                          .reason = reason_of,
                                          .now = now,
                                          .confirmation = CONFIRMED};

static int set_up(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    s.now = (emrs_now){.ms = 1000, .utc_s = BENCH_UTC_S};
    s.open_code = 1;
    s.end = EMRS_VERIFIED_CUT;
    s.answer = ANSWER;
    emrs_verified_init(&verified, &good);
    return 0;
}

static emrs_move move_of(void *bytes, size_t size)
{
    return (emrs_move){.until_ms = s.now.ms + 500,
                       .host = "emrs.test",
                       .port = 443,
                       .tls = true,
                       .send = bytes,
                       .receive = bytes,
                       .size = size};
}

/* An owner is an address that is compared, and never read. */
static const char alice, bob;

static emrs_report connect_once(const void *owner)
{
    emrs_move move = move_of(NULL, 0);
    move.owner = owner;
    return verified.stream.connect(verified.stream.context, &move);
}

static emrs_report connect_for(const void *owner)
{
    emrs_report report = connect_once(owner);
    return report.news == EMRS_NEWS_CONNECTING ? connect_once(owner) : report;
}

static emrs_report connect_now(void)
{
    return connect_for(NULL);
}

static emrs_report send_for(const void *owner)
{
    emrs_move move = move_of("bytes", 5);
    move.owner = owner;
    return verified.stream.send(verified.stream.context, &move);
}

static emrs_report send_now(void)
{
    return send_for(NULL);
}

static emrs_report receive_for(const void *owner)
{
    static char bytes[64];
    emrs_move move = move_of(bytes, sizeof bytes);
    move.owner = owner;
    return verified.stream.receive(verified.stream.context, &move);
}

static emrs_report receive_now(void)
{
    return receive_for(NULL);
}

static void close_now(void)
{
    verified.stream.close(verified.stream.context);
}

static void assert_failed(emrs_report report, emrs_reason reason, int native)
{
    assert_int_equal(report.news, EMRS_NEWS_FAILED);
    assert_int_equal(report.detail, reason);
    assert_int_equal(report.native, native);
}

static void assert_untouched(void)
{
    assert_int_equal(s.open_count + s.send_count + s.receive_count + s.close_count, 0);
}

static void let_time_pass(void *context, uint32_t until_ms)
{
    assert_ptr_equal(context, &s);
    s.now.ms = until_ms;
}

/* A whole call.      ret: its code */
static int run(bench *b)
{
    const emrs_port port = {
        .stream = &verified.stream, .now = now, .wait = let_time_pass, .context = &s};
    bench_start(b);
    return emrs_run(&b->call, &port);
}

/* The confirmation */

static void assert_unconfirmed(emrs_verified_confirmation confirmation)
{
    static bench b;
    emrs_verified_config config = good;
    config.confirmation = confirmation;
    emrs_verified_init(&verified, &config);
    bench_init(&b);
    assert_int_equal(run(&b), EMRS_E_INSECURE);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(b.result.peer, EMRS_PEER_UNVERIFIED);
    assert_untouched();
}

static void test_nothing_is_sent_unconfirmed(void **state)
{
    (void)state;
    assert_unconfirmed((emrs_verified_confirmation)0);
    assert_unconfirmed(EMRS_NOT_CONFIRMED);
    assert_unconfirmed((emrs_verified_confirmation) true); /* a flag is no confirmation */
    assert_unconfirmed((emrs_verified_confirmation)(CONFIRMED + 1));
    assert_unconfirmed((emrs_verified_confirmation)-1);
}

static void test_a_zeroed_config_signs_nothing(void **state)
{
    (void)state;
    emrs_verified_init(&verified, &(emrs_verified_config){.context = &s});
    assert_int_equal(connect_now().detail, EMRS_PEER_UNVERIFIED);
    close_now();
}

/* Nothing is sent, whatever a driver that confirms nothing reports. */
static void test_no_byte_passes_unconfirmed(void **state)
{
    emrs_verified_config config = good;
    (void)state;
    config.confirmation = EMRS_NOT_CONFIRMED;
    emrs_verified_init(&verified, &config);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(connect_now().news, EMRS_NEWS_CONNECTED);
        assert_failed(send_now(), EMRS_REASON_RESET, 0);
        assert_failed(receive_now(), EMRS_REASON_RESET, 0);
        close_now();
    }
    assert_untouched();
}

static void test_plain_is_never_verified(void **state)
{
    static bench b;
    (void)state;
    bench_init(&b);
    b.config.endpoint = EMRS_TEXT("http://127.0.0.1:8080");
    assert_int_equal(run(&b), EMRS_E_INSECURE);
    assert_int_equal(b.result.peer, EMRS_PEER_UNVERIFIED);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    assert_untouched();
}

/* Whole calls */

static void test_accepted(void **state)
{
    static bench b;
    (void)state;
    bench_init(&b);
    s.later_count = 3;
    assert_int_equal(run(&b), EMRS_DONE);
    assert_int_equal(b.result.effect, EMRS_EFFECT_ACCEPTED);
    assert_int_equal(b.result.peer, EMRS_PEER_VERIFIED_ELSEWHERE);
    assert_int_equal(s.open_count, 4);
    assert_int_equal(s.close_count, 1);
    assert_string_equal(s.host, "emr-serverless.us-east-1.amazonaws.com");
    assert_int_equal(s.port, 443);
    assert_memory_equal(s.sent, "DELETE /applications/", 21);
    assert_memory_equal(s.sent + s.sent_size - 4, "\r\n\r\n", 4);
}

/* An answer that ends with the stream is complete only if this end is authenticated. */
static void test_ends(void **state)
{
    static const struct {
        int end, code;
        emrs_effect effect;
    } rows[] = {{EMRS_VERIFIED_CLOSED, EMRS_DONE, EMRS_EFFECT_ACCEPTED},
                {EMRS_VERIFIED_CUT, EMRS_E_TRUNCATED, EMRS_EFFECT_UNKNOWN},
                {BROKEN, EMRS_E_CONNECT, EMRS_EFFECT_UNKNOWN}};
    static bench b;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)set_up(state);
        bench_init(&b);
        s.answer = ENDLESS_ANSWER;
        s.end = rows[i].end;
        assert_int_equal(run(&b), rows[i].code);
        assert_int_equal(b.result.effect, rows[i].effect);
        assert_int_equal(s.close_count, 1);
    }
}

static void test_a_call_that_cannot_open(void **state)
{
    static bench b;
    (void)state;
    bench_init(&b);
    s.open_code = BROKEN;
    assert_int_equal(run(&b), EMRS_E_CONNECT);
    assert_int_equal(b.result.reason, EMRS_REASON_RESET);
    assert_int_equal(b.result.native, BROKEN);
    assert_int_equal(s.send_count, 0);
    assert_int_equal(s.close_count, 1);
}

/* A TLS error in the handshake is final. */
static void test_a_fault_of_tls_is_final(void **state)
{
    static bench b;
    emrs_verified_config config = good;
    (void)state;
    config.reason = NULL;
    emrs_verified_init(&verified, &config);
    bench_init(&b);
    b.config.attempt_count = 3;
    s.open_code = BROKEN;
    assert_int_equal(run(&b), EMRS_E_TLS);
    assert_int_equal(b.result.attempt_count, 1);
    assert_int_equal(b.result.phase, EMRS_PHASE_TLS);
}

/* While the stack opens a connection, each call takes 250 ms. */
static int open_slowly(void *context, emrs_purpose purpose, const char *host, uint16_t port,
                       uint32_t left_ms)
{
    s.now.ms += 250;
    return open_stack(context, purpose, host, port, left_ms);
}

/* If the stack does not tell what it waits for, a time-out is not reported as one of the name. */
static void test_phase_of_a_time_out(void **state)
{
    static const struct {
        int open_code;
        emrs_phase phase;
    } rows[] = {{0, EMRS_PHASE_TLS},
                {EMRS_VERIFIED_IN_NAME, EMRS_PHASE_NAME},
                {EMRS_VERIFIED_IN_TCP, EMRS_PHASE_TCP},
                {EMRS_VERIFIED_IN_TLS, EMRS_PHASE_TLS}};
    static bench b;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)set_up(state);
        emrs_verified_config config = good;
        config.open = open_slowly;
        emrs_verified_init(&verified, &config);
        bench_init(&b);
        s.open_code = rows[i].open_code;
        assert_int_equal(run(&b), EMRS_E_TIMEOUT);
        assert_int_equal(b.result.phase, rows[i].phase);
        assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    }
}

/* If a kept stream was closed without the core, the core finds it dead and opens another. */
static void test_a_kept_stream_that_is_gone(void **state)
{
    static bench b;
    (void)state;
    bench_init(&b);
    b.config.keep_stream = true;
    assert_int_equal(run(&b), EMRS_DONE);
    emrs_verified_init(&verified, &good); /* as an application may do for each call */
    s.at = 0;
    assert_int_equal(run(&b), EMRS_DONE);
    assert_int_equal(s.open_count, 2);
}

/* The stream */

static void test_opening(void **state)
{
    (void)state;
    s.later_count = 2;
    emrs_report report = connect_once(NULL);
    assert_int_equal(report.news, EMRS_NEWS_CONNECTING);
    assert_int_equal(report.detail, EMRS_PHASE_TLS);
    assert_int_equal(connect_once(NULL).news, EMRS_NEWS_PENDING);
    report = connect_once(NULL);
    assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
    assert_int_equal(report.detail, EMRS_PEER_VERIFIED_ELSEWHERE);
    assert_int_equal(s.open_count, 3);
}

/* The stack is told for which connections it may use this device's certificate. */
static void test_purpose(void **state)
{
    static const emrs_purpose purposes[] = {EMRS_FOR_THE_SERVICE, EMRS_FOR_CREDENTIALS};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        emrs_verified_config config = good;
        config.purpose = purposes[i];
        emrs_verified_init(&verified, &config);
        s.purpose = (emrs_purpose)-1;
        assert_int_equal(connect_now().news, EMRS_NEWS_CONNECTED);
        assert_int_equal(s.purpose, purposes[i]);
        close_now();
    }
}

/* The phase is reported before the error, and open is not called again until close. */
static void test_an_error_stays_until_close(void **state)
{
    (void)state;
    s.open_code = BROKEN;
    assert_int_equal(connect_once(NULL).news, EMRS_NEWS_CONNECTING);
    assert_failed(connect_once(NULL), EMRS_REASON_RESET, BROKEN);
    assert_failed(connect_once(NULL), EMRS_REASON_RESET, BROKEN);
    assert_int_equal(s.open_count, 1);
    close_now();
    s.open_code = 1;
    assert_int_equal(connect_once(NULL).news, EMRS_NEWS_CONNECTED);
}

/* The old connection may lead to another host. */
static void test_connecting_again_begins_anew(void **state)
{
    (void)state;
    assert_int_equal(connect_for(&alice).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(connect_for(&alice).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(s.close_count, 1);
    assert_int_equal(s.open_count, 2);
    assert_int_equal(send_for(&alice).news, EMRS_NEWS_SENT);
}

static void test_no_byte_for_another_owner(void **state)
{
    (void)state;
    assert_failed(send_for(NULL), EMRS_REASON_RESET, 0); /* nothing is open */
    assert_failed(receive_for(NULL), EMRS_REASON_RESET, 0);
    assert_int_equal(connect_for(&alice).news, EMRS_NEWS_CONNECTED);
    assert_failed(send_for(&bob), EMRS_REASON_RESET, 0);
    assert_failed(receive_for(&bob), EMRS_REASON_RESET, 0);
    assert_int_equal(s.send_count + s.receive_count, 0);
    assert_int_equal(send_for(&alice).news, EMRS_NEWS_SENT);
    assert_int_equal(receive_for(&alice).news, EMRS_NEWS_RECEIVED);
}

static void test_another_owner_begins_anew(void **state)
{
    (void)state;
    s.later_count = 1;
    assert_int_equal(connect_once(&alice).news, EMRS_NEWS_CONNECTING);
    assert_int_equal(connect_once(&bob).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(s.close_count, 1);
    assert_int_equal(send_for(&bob).news, EMRS_NEWS_SENT);
}

/* Only 1 means open. A descriptor, a size or an end does not. */
static void test_no_other_code_opens(void **state)
{
    static const int codes[] = {2, 3, INT_MAX, -1, EMRS_VERIFIED_CLOSED, EMRS_VERIFIED_CUT};
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        (void)set_up(state);
        s.open_code = codes[i];
        assert_int_equal(connect_now().news, EMRS_NEWS_FAILED);
        assert_int_equal(send_now().news, EMRS_NEWS_FAILED);
        assert_int_equal(s.send_count, 0);
        close_now();
        assert_int_equal(s.close_count, 1);
    }
    assert_failed(connect_now(), EMRS_REASON_TLS_CUT,
                  0); /* the last row is CUT, here in the handshake */
}

static void test_news(void **state)
{
    (void)state;
    (void)connect_now();
    emrs_report report = send_now();
    assert_int_equal(report.news, EMRS_NEWS_SENT);
    assert_int_equal(report.size, 5);
    assert_int_equal(send_now().news, EMRS_NEWS_PENDING);
    report = receive_now();
    assert_int_equal(report.news, EMRS_NEWS_RECEIVED);
    assert_int_equal(report.size, ODD_SIZE);
    assert_int_equal(receive_now().news, EMRS_NEWS_PENDING);
    s.receive_code = s.send_code = EMRS_VERIFIED_CUT;
    assert_int_equal(receive_now().news, EMRS_NEWS_CUT);
    assert_int_equal(send_now().news, EMRS_NEWS_CUT);
    s.receive_code = EMRS_VERIFIED_CLOSED;
    assert_int_equal(receive_now().news, EMRS_NEWS_CLOSED);
    s.receive_code = s.send_code = BROKEN;
    assert_failed(receive_now(), EMRS_REASON_RESET, BROKEN);
    assert_failed(send_now(), EMRS_REASON_RESET, BROKEN);
}

static void test_no_reasons(void **state)
{
    emrs_verified_config config = good;
    (void)state;
    config.reason = NULL;
    emrs_verified_init(&verified, &config);
    s.open_code = BROKEN;
    assert_failed(connect_now(), EMRS_REASON_TLS, BROKEN);
}

static void test_time_left(void **state)
{
    static const struct {
        uint32_t now_ms, until_ms, left_ms;
    } rows[] = {{1000, 1500, 500},
                {1500, 1500, 0},
                {1501, 1500, 0},
                {0xffffff00u, 0x100, 0x200},
                {0x100, 0xffffff00u, 0}};
    char byte = 0;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_move move = move_of(&byte, 1);
        move.until_ms = rows[i].until_ms;
        s.now.ms = rows[i].now_ms;
        close_now();
        (void)verified.stream.connect(&verified, &move);
        assert_int_equal(s.left_ms, rows[i].left_ms);
        s.left_ms = 1;
        (void)verified.stream.send(&verified, &move);
        assert_int_equal(s.left_ms, rows[i].left_ms);
        s.left_ms = 1;
        (void)verified.stream.receive(&verified, &move);
        assert_int_equal(s.left_ms, rows[i].left_ms);
    }
}

/* The stack's sizes and results are ints. */
static void test_windows_beyond_int(void **state)
{
    char byte = 0;
    emrs_move move = move_of(&byte, (size_t)INT_MAX + 1u);
    (void)state;
    (void)connect_now();
    s.send_code = s.receive_code = BROKEN; /* nothing is read or written */
    (void)verified.stream.send(&verified, &move);
    assert_int_equal(s.size, INT_MAX);
    s.size = 0;
    (void)verified.stream.receive(&verified, &move);
    assert_int_equal(s.size, INT_MAX);
}

static void test_closing(void **state)
{
    (void)state;
    close_now();
    assert_int_equal(s.close_count, 0); /* nothing was opened */
    s.later_count = 1;
    (void)connect_now();
    close_now();
    close_now();
    assert_int_equal(s.close_count, 1);
    assert_int_equal(connect_now().news, EMRS_NEWS_CONNECTED); /* it can be opened again */
    close_now();
    assert_int_equal(s.close_count, 2);
    assert_int_equal(send_now().news, EMRS_NEWS_FAILED);
    assert_int_equal(s.send_count, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_sent_unconfirmed),
        TEST(test_a_zeroed_config_signs_nothing),
        TEST(test_no_byte_passes_unconfirmed),
        TEST(test_plain_is_never_verified),
        TEST(test_accepted),
        TEST(test_ends),
        TEST(test_a_call_that_cannot_open),
        TEST(test_a_fault_of_tls_is_final),
        TEST(test_phase_of_a_time_out),
        TEST(test_a_kept_stream_that_is_gone),
        TEST(test_opening),
        TEST(test_purpose),
        TEST(test_an_error_stays_until_close),
        TEST(test_connecting_again_begins_anew),
        TEST(test_no_byte_for_another_owner),
        TEST(test_another_owner_begins_anew),
        TEST(test_no_other_code_opens),
        TEST(test_news),
        TEST(test_no_reasons),
        TEST(test_time_left),
        TEST(test_windows_beyond_int),
        TEST(test_closing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
