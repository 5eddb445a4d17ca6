/* SPDX-License-Identifier: MIT */
/* AWS's own retry sequences, run through calls with simulated time and random numbers; and which
 * errors are tried again. */
#include "unit.h"

#include "emrs_config.h"
#include "retry.h"
#include "support/bench.h"

/* The answer to an attempt, and what must follow. */
typedef enum { RETRIES, SUCCEEDS, NO_MORE_ATTEMPTS, NO_MORE_TOKENS, ENDS } outcome;

typedef struct {
    int status;
    const char *error;
    const char *retry_after;
    outcome outcome;
    unsigned tokens, delay_ms;
} turn;

typedef struct {
    const char *name;
    unsigned attempt_count; /* 0: the default */
    int tokens;             /* of the client at the start; negative: those of a new client */
    uint32_t random;
    turn turns[6];
} sequence;

#define ONE UINT32_MAX /* the random number of the official cases */

/* The first twelve are AWS's cases for the standard mode of 2026. Left out are its cases about
 * limits of other services, and its sixth, whose maximal backoff is 200 ms: test_waits_have_a_cap
 * tests our maximum. The other sequences are ours. */
static const sequence sequences[] = {
    {"succeeds in the end",
     0,
     -1,
     ONE,
     {{500, NULL, NULL, RETRIES, 486, 50},
      {500, NULL, NULL, RETRIES, 472, 100},
      {200, NULL, NULL, SUCCEEDS, 486, 0}}},
    {"no more attempts",
     0,
     -1,
     ONE,
     {{502, NULL, NULL, RETRIES, 486, 50},
      {502, NULL, NULL, RETRIES, 472, 100},
      {502, NULL, NULL, NO_MORE_ATTEMPTS, 472, 0}}},
    {"tokens for one retry",
     0,
     14,
     ONE,
     {{500, NULL, NULL, RETRIES, 0, 50}, {500, NULL, NULL, NO_MORE_TOKENS, 0, 0}}},
    {"no tokens at all", 0, 0, ONE, {{500, NULL, NULL, NO_MORE_TOKENS, 0, 0}}},
    {"waits double",
     5,
     -1,
     ONE,
     {{500, NULL, NULL, RETRIES, 486, 50},
      {500, NULL, NULL, RETRIES, 472, 100},
      {500, NULL, NULL, RETRIES, 458, 200},
      {500, NULL, NULL, RETRIES, 444, 400},
      {500, NULL, NULL, NO_MORE_ATTEMPTS, 444, 0}}},
    {"tokens run out",
     5,
     20,
     ONE,
     {{500, NULL, NULL, RETRIES, 6, 50}, {502, NULL, NULL, NO_MORE_TOKENS, 6, 0}}},
    {"tokens come back",
     5,
     30,
     ONE,
     {{500, NULL, NULL, RETRIES, 16, 50},
      {502, NULL, NULL, RETRIES, 2, 100},
      {200, NULL, NULL, SUCCEEDS, 16, 0},
      {500, NULL, NULL, RETRIES, 2, 50},
      {200, NULL, NULL, SUCCEEDS, 16, 0}}},
    {"throttled",
     0,
     -1,
     ONE,
     {{400, "Throttling", NULL, RETRIES, 495, 1000}, {200, NULL, NULL, SUCCEEDS, 500, 0}}},
    {"the service gives the wait",
     0,
     -1,
     0,
     {{500, NULL, "1500", RETRIES, 486, 1500}, {200, NULL, NULL, SUCCEEDS, 500, 0}}},
    {"a wait of the service shorter than the backoff",
     0,
     -1,
     ONE,
     {{500, NULL, "0", RETRIES, 486, 50}, {200, NULL, NULL, SUCCEEDS, 500, 0}}},
    {"a wait of the service more than 5 s longer",
     0,
     -1,
     ONE,
     {{500, NULL, "10000", RETRIES, 486, 5050}, {200, NULL, NULL, SUCCEEDS, 500, 0}}},
    {"a wait of the service that is not a number",
     0,
     -1,
     ONE,
     {{500, NULL, "invalid", RETRIES, 486, 50}, {200, NULL, NULL, SUCCEEDS, 500, 0}}},
    {"half a wait",
     0,
     -1,
     ONE / 2u + 1u,
     {{500, NULL, NULL, RETRIES, 486, 25}, {200, NULL, NULL, SUCCEEDS, 500, 0}}},
    {"without a random number: the longest wait",
     0,
     -1,
     0,
     {{500, NULL, NULL, RETRIES, 486, 50}, {200, NULL, NULL, SUCCEEDS, 500, 0}}},
    {"throttled by status alone",
     0,
     -1,
     ONE,
     {{429, NULL, NULL, RETRIES, 495, 1000}, {503, "SlowDown", NULL, RETRIES, 490, 2000}}},
    {"a status that is not tried again", 0, -1, ONE, {{501, NULL, NULL, ENDS, 500, 0}}},
    {"refused for good", 0, -1, ONE, {{400, "ValidationException", NULL, ENDS, 500, 0}}},
};

static bench b;

static int setup(void **state)
{
    (void)state;
    bench_init(&b);
    return 0;
}

static void answer(const turn *t)
{
    char text[400];
    const char *body = t->status == 200 ? BENCH_ANSWER_BODY : "{}";
    int size = snprintf(
        text, sizeof text, "HTTP/1.1 %d x\r\n%s%s%s%s%s%sContent-Length: %u\r\n\r\n%s", t->status,
        t->error ? "x-amzn-errortype: " : "", t->error ? t->error : "", t->error ? "\r\n" : "",
        t->retry_after ? "x-amz-retry-after: " : "", t->retry_after ? t->retry_after : "",
        t->retry_after ? "\r\n" : "", (unsigned)strlen(body), body);
    assert_in_range(size, 1, sizeof text - 1);
    bench_answer(&b, text, (size_t)size, 4096);
}

/* Steps on from any state to the next RECEIVE. */
static void to_receive(void)
{
    if (b.what <= EMRS_DONE)
        bench_start(&b);
    bench_go_on(&b);
}

static void check_turn(const sequence *s, const turn *t)
{
    static const int codes[] = {[NO_MORE_ATTEMPTS] = 1, [NO_MORE_TOKENS] = 1, [ENDS] = 1};
    if (b.what == EMRS_MOVE_CLOSE)
        bench_step(&b, emrs_report_of(EMRS_NEWS_CLOSED));
    if (b.client.tokens != t->tokens)
        fail_msg("%s: %u tokens, not %u", s->name, b.client.tokens, t->tokens);
    if (t->outcome == RETRIES) {
        assert_int_equal(b.what, EMRS_MOVE_WAIT);
        if (b.move.until_ms - b.now.ms != t->delay_ms)
            fail_msg("%s: waits %u ms, not %u", s->name, b.move.until_ms - b.now.ms, t->delay_ms);
        b.now.ms = b.move.until_ms;
    } else {
        assert_int_equal(b.what < 0, codes[t->outcome]);
    }
}

static void run(const sequence *s)
{
    bench_init(&b);
    b.config.attempt_count = (uint8_t)s->attempt_count;
    b.now.random = s->random;
    b.what = EMRS_DONE;
    for (size_t i = 0; i < COUNT_OF(s->turns) && s->turns[i].status != 0; i++) {
        bool first = i == 0;
        to_receive();
        if (first && s->tokens >= 0)
            b.client.tokens = (uint16_t)s->tokens;
        answer(&s->turns[i]);
        check_turn(s, &s->turns[i]);
    }
}

static void test_official_sequences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sequences); i++)
        run(&sequences[i]);
}

static void test_waits_have_a_cap(void **state)
{
    emrs_response none = {0};
    (void)state;
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_TRANSIENT, false, 8, ONE, &none), 12800);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_TRANSIENT, false, 9, ONE, &none), 20000);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_TRANSIENT, false, 60000, ONE, &none), 20000);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_THROTTLE, false, 4, ONE, &none), 16000);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_THROTTLE, false, 5, ONE, &none), 20000);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_THROTTLE, false, 5, 1, &none), 0);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_TRANSIENT, false, 0, ONE / 2u, &none), 25);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_TRANSIENT, false, 0, ONE / 2u - 1u, &none), 24);
    /* In persistent mode waits grow further, and at the cap a wait is never shorter than half of
     * it. */
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_THROTTLE, true, 5, ONE, &none), 32000);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_THROTTLE, true, 60000, ONE, &none), 900000);
    assert_int_equal(emrs_retry_delay(EMRS_RETRY_THROTTLE, true, 60000, 1, &none), 450000);
}

/* The wait that the service asks for is used, but at most 5 s more than the backoff. */
static void test_retry_after_has_a_span(void **state)
{
    static const uint32_t rows[][2] = {{0, 12800},     {12799, 12800}, {12800, 12800},
                                       {12801, 12801}, {15000, 15000}, {17799, 17799},
                                       {17800, 17800}, {17801, 17800}, {UINT32_MAX, 17800}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_response told = {.has_retry_after = true, .retry_after_ms = rows[i][0]};
        assert_int_equal(emrs_retry_delay(EMRS_RETRY_TRANSIENT, false, 8, ONE, &told), rows[i][1]);
    }
}

static void test_tokens_stay_within_the_bucket(void **state)
{
    uint16_t tokens = EMRS_TOKEN_COUNT;
    (void)state;
    emrs_retry_refund(&tokens, 0);
    emrs_retry_refund(&tokens, 14);
    assert_int_equal(tokens, EMRS_TOKEN_COUNT);
    tokens = 4;
    assert_int_equal(emrs_retry_take(&tokens, EMRS_RETRY_THROTTLE), 0);
    assert_int_equal(tokens, 4);
    tokens = 5;
    assert_int_equal(emrs_retry_take(&tokens, EMRS_RETRY_THROTTLE), 5);
    assert_int_equal(tokens, 0);
    emrs_retry_refund(&tokens, 0);
    assert_int_equal(tokens, 1);
}

/* Which errors are tried again */
typedef struct {
    emrs_result result;
    emrs_response response;
    emrs_retry retry;
} class_row;

#define FAILS(code_, reason_, phase_, retry_)                                                      \
    {                                                                                              \
        .result = {.code = (code_), .reason = (reason_), .phase = (phase_)}, .retry = (retry_)     \
    }

static const class_row classes[] = {
    FAILS(EMRS_E_RESOLVE, EMRS_REASON_NAME_UNKNOWN, EMRS_PHASE_NAME, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_RESOLVE, EMRS_REASON_NAME_FAILED, EMRS_PHASE_NAME, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_CONNECT, EMRS_REASON_REFUSED, EMRS_PHASE_TCP, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_CONNECT, EMRS_REASON_UNREACHABLE, EMRS_PHASE_TCP, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_CONNECT, EMRS_REASON_RESET, EMRS_PHASE_ANSWER, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_CONNECT, EMRS_REASON_NONE, EMRS_PHASE_SEND, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_RESOURCE, EMRS_REASON_RESOURCE, EMRS_PHASE_TCP, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_RESOURCE, EMRS_REASON_ENTROPY, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_RESOURCE, EMRS_REASON_TRUST, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_CERTIFICATE, EMRS_REASON_ISSUER, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_CERTIFICATE, EMRS_REASON_EXPIRED, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_TLS, EMRS_REASON_TLS_CUT, EMRS_PHASE_TLS, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_TLS, EMRS_REASON_TLS_VERSION, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_TLS, EMRS_REASON_TLS_ALERT, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_TLS, EMRS_REASON_TLS, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_TLS, EMRS_REASON_TLS, EMRS_PHASE_ANSWER, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_TLS, EMRS_REASON_TLS_RECORD, EMRS_PHASE_ANSWER, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_TLS_MEMORY, EMRS_REASON_TLS_MEMORY, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_TLS, EMRS_REASON_OWN_CERTIFICATE, EMRS_PHASE_TLS, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_TLS, EMRS_REASON_OWN_CERTIFICATE_REFUSED, EMRS_PHASE_ANSWER, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_PROXY, EMRS_REASON_PROXY_AUTH, EMRS_PHASE_TCP, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_PROXY, EMRS_REASON_PROXY_REFUSED, EMRS_PHASE_TCP, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_CONNECT, EMRS_REASON_PROXY_FAILED, EMRS_PHASE_TCP, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_TIMEOUT, EMRS_REASON_NONE, EMRS_PHASE_TCP, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_TRUNCATED, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_PROTOCOL, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_JSON, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_UNVERIFIED, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_TRANSIENT),
    FAILS(EMRS_E_MISMATCH, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_TOO_BIG, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_REDIRECT, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_PROXY, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_AUTH, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_NEVER),
    FAILS(EMRS_E_THROTTLED, EMRS_REASON_NONE, EMRS_PHASE_ANSWER, EMRS_RETRY_THROTTLE),
    {{.code = EMRS_E_PROTOCOL}, {.encoded = true}, EMRS_RETRY_NEVER},
    {{.code = EMRS_E_PROTOCOL}, {.status = 200, .not_json = true}, EMRS_RETRY_NEVER},
    {{.code = EMRS_E_SERVICE, .status = 500}, {.status = 500}, EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 501}, {.status = 501}, EMRS_RETRY_NEVER},
    {{.code = EMRS_E_SERVICE, .status = 502}, {.status = 502}, EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 503}, {.status = 503}, EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 504}, {.status = 504}, EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 505}, {.status = 505}, EMRS_RETRY_NEVER},
    {{.code = EMRS_E_SERVICE, .status = 408, .error = EMRS_ERROR_REQUEST_TIMEOUT},
     {.status = 408},
     EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 408}, {.status = 408}, EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 499, .error = EMRS_ERROR_OTHER},
     {.status = 499},
     EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 400, .error = EMRS_ERROR_REQUEST_ABORTED},
     {.status = 400},
     EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 400, .error = EMRS_ERROR_INTERNAL_SERVER},
     {.status = 400},
     EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 400, .error = EMRS_ERROR_SERVICE_UNAVAILABLE},
     {.status = 400},
     EMRS_RETRY_TRANSIENT},
    {{.code = EMRS_E_SERVICE, .status = 404, .error = EMRS_ERROR_RESOURCE_NOT_FOUND},
     {.status = 404},
     EMRS_RETRY_NEVER},
};

static void test_classes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (emrs_retry_of(&classes[i].result, &classes[i].response, false) != classes[i].retry)
            fail_msg("row %u: code %d, reason %d", (unsigned)i, classes[i].result.code,
                     (int)classes[i].result.reason);
}

/* A wrong date may be the cause of these errors, so a request with another date is tried. */
static void test_an_error_that_may_be_about_the_date(void **state)
{
    static const struct {
        emrs_error error;
        bool may_be_date;
    } rows[] = {
        {EMRS_ERROR_INVALID_SIGNATURE, true},
        {EMRS_ERROR_REQUEST_EXPIRED, true},
        {EMRS_ERROR_REQUEST_TIME_SKEWED, true},
        {EMRS_ERROR_ACCESS_DENIED, true},
        {EMRS_ERROR_UNRECOGNIZED_CLIENT, false},
        {EMRS_ERROR_INCOMPLETE_SIGNATURE, false},
        {EMRS_ERROR_NONE, false},
    };
    const emrs_response response = {.status = 403};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const emrs_result result = {.code = EMRS_E_AUTH, .error = rows[i].error};
        emrs_retry expected = rows[i].may_be_date ? EMRS_RETRY_TRANSIENT : EMRS_RETRY_NEVER;
        assert_int_equal(emrs_retry_of(&result, &response, true), expected);
        assert_int_equal(emrs_retry_of(&result, &response, false), EMRS_RETRY_NEVER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_official_sequences, setup),
        cmocka_unit_test(test_waits_have_a_cap),
        cmocka_unit_test(test_retry_after_has_a_span),
        cmocka_unit_test(test_tokens_stay_within_the_bucket),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_an_error_that_may_be_about_the_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
