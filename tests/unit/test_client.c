/* SPDX-License-Identifier: MIT */
/* The correction of the clock by the service's answers: AWS's own vectors, run through whole calls;
 * answers that correct nothing; a device without a clock. */
#include "unit.h"

#include <time.h>

#include "client.h"
#include "emrs_config.h"
#include "support/bench.h"

/* An attempt: the client's clock when the request is sent and when the answer comes, in seconds
 * from the vector's start; the answer (status 0: none); and the time that must have been signed. */
typedef struct {
    int32_t sent_s, received_s;
    int status;
    const char *error;
    int32_t date_s; /* NO_DATE: none */
    bool age;
    int32_t signed_s;
} exchange;

#define NO_DATE INT32_MIN

typedef struct {
    int32_t skew_before, skew_after; /* the client's correction, before and after */
    uint8_t attempt_count;
    bool succeeds;
    exchange exchanges[2];
} operation;

typedef struct {
    const char *name;
    operation operations[2];
} vector;

/* The ten vectors that AWS's SDKs share since 2026. They count their times from 2026-01-01. */
static const vector vectors[] = {
    {"clocks agree", {{0, 0, 0, true, {{0, 2, 200, NULL, 1, false, 0}}}}},
    {"definite skew: corrected, and kept",
     {{0,
       300,
       0,
       true,
       {{0, 2, 403, "RequestTimeTooSkewed", 301, false, 0}, {2, 4, 200, NULL, 303, false, 302}}},
      {300, 300, 0, true, {{60, 62, 200, NULL, 361, false, 360}}}}},
    {"no attempt left: the correction is kept",
     {{0, 300, 1, false, {{0, 2, 403, "RequestTimeTooSkewed", 301, false, 0}}}}},
    {"an answer after 16 minutes corrects nothing",
     {{0, 0, 0, true, {{0, 960, 200, NULL, 600, false, 0}}},
      {0, 300, 0, true, {{1020, 1022, 200, NULL, 1321, false, 1020}}}}},
    {"a success replaces an old correction",
     {{300, 0, 0, true, {{0, 2, 200, NULL, 1, false, 300}}}}},
    {"two minutes of skew: corrected, but not tried again",
     {{0, 120, 0, false, {{0, 2, 400, "InvalidSignatureException", 121, false, 0}}}}},
    {"five minutes of skew: corrected, and tried again",
     {{0,
       300,
       0,
       true,
       {{0, 2, 400, "InvalidSignatureException", 301, false, 0},
        {2, 4, 200, NULL, 303, false, 302}}}}},
    {"no date, no skew",
     {{0, 0, 0, false, {{0, 2, 403, "RequestTimeTooSkewed", NO_DATE, false, 0}}}}},
    {"a cached answer corrects nothing, the next one does",
     {{0, 0, 0, true, {{60660, 60662, 200, NULL, 43381, true, 60660}}},
      {0, 300, 0, true, {{60670, 60672, 200, NULL, 60971, false, 60670}}}}},
    {"a cached answer corrects nothing, and the clock was right",
     {{0, 0, 0, true, {{60660, 60662, 200, NULL, 43381, true, 60660}}},
      {0, 0, 0, true, {{60670, 60672, 200, NULL, 60671, false, 60670}}}}},
};

#define START_S BENCH_UTC_S

static bench b;

static void put_date(char *text, size_t size, uint32_t utc_s)
{
    time_t at = (time_t)utc_s;
    struct tm utc;
    assert_non_null(gmtime_r(&at, &utc));
    assert_true(strftime(text, size, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc) > 0);
}

static void set_clock(int32_t second)
{
    b.now.utc_s = START_S + (uint32_t)second;
    b.now.ms = 1000u + (uint32_t)second * 1000u;
}

static void answer_with(int status, const char *error, const char *date, const char *more)
{
    char text[400];
    const char *body = status == 200 ? BENCH_ANSWER_BODY : "{}";
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 %d x\r\n%s%sx-amzn-errortype: %s\r\nContent-Length: %u\r\n\r\n%s",
                        status, date, more, error ? error : "", (unsigned)strlen(body), body);
    assert_in_range(size, 1, sizeof text - 1);
    bench_answer(&b, text, (size_t)size, 4096);
}

static void exchange_once(const exchange *e)
{
    char date[64] = "";
    set_clock(e->sent_s);
    bench_go_on(&b);
    assert_int_equal(b.call.attempt.signed_s, START_S + (uint32_t)e->signed_s);
    set_clock(e->received_s);
    if (e->date_s != NO_DATE)
        put_date(date, sizeof date, START_S + (uint32_t)e->date_s);
    answer_with(e->status, e->error, date, e->age ? "Age: 17280\r\n" : "");
    if (b.what == EMRS_MOVE_CLOSE)
        bench_step(&b, emrs_report_of(EMRS_NEWS_CLOSED));
}

/* Sets the correction as if an answer had just given it. */
static void set_correction(int32_t offset_s)
{
    b.client.offset_s = offset_s;
    b.client.learnt_s = b.now.utc_s;
    b.client.learnt_ms = b.now.ms;
}

static void run(const vector *v)
{
    bench_init(&b);
    b.config.timeout_ms = 3600000;
    b.now.random = 1; /* the shortest waits */
    for (size_t i = 0; i < COUNT_OF(v->operations) && v->operations[i].exchanges[0].status; i++) {
        const operation *o = &v->operations[i];
        b.config.attempt_count = o->attempt_count > 0 ? o->attempt_count : 3;
        b.client.config.attempt_count = b.config.attempt_count;
        set_clock(o->exchanges[0].sent_s);
        bench_start(&b);
        set_correction(o->skew_before);
        for (size_t j = 0; j < COUNT_OF(o->exchanges) && o->exchanges[j].status != 0; j++)
            exchange_once(&o->exchanges[j]);
        if ((b.what == EMRS_DONE) != o->succeeds || b.client.offset_s != o->skew_after)
            fail_msg("%s: ends with %d, offset %d", v->name, b.what, b.client.offset_s);
    }
}

static void test_official_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(vectors); i++)
        run(&vectors[i]);
}

/* Answers that must not correct the clock. */
static void test_answers_that_do_not_correct_the_clock(void **state)
{
    char date[64], twice[140];
    (void)state;
    put_date(date, sizeof date, START_S + 600);
    (void)snprintf(twice, sizeof twice, "%s%s", date, date);
    const struct {
        const char *date, *more;
        emrs_peer peer;
        bool never;
    } rows[] = {
        {"Date: tomorrow\r\n", "", EMRS_PEER_VERIFIED, false},
        {twice, "", EMRS_PEER_VERIFIED, false},
        {"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n", "", EMRS_PEER_VERIFIED, false}, /* long ago */
        {date, "Age: 0\r\n", EMRS_PEER_VERIFIED, false},
        {date, "", EMRS_PEER_PLAIN, false}, /* anyone may have sent it */
        {date, "", EMRS_PEER_VERIFIED, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bench_init(&b);
        b.config.no_clock_correction = rows[i].never;
        if (rows[i].peer == EMRS_PEER_PLAIN)
            b.config.endpoint = EMRS_TEXT("http://127.0.0.1");
        bench_start(&b);
        bench_to_receive(&b);
        answer_with(403, "RequestTimeTooSkewed", rows[i].date, rows[i].more);
        assert_int_equal(bench_end(&b), EMRS_E_AUTH);
        if (b.client.offset_s != 0)
            fail_msg("row %u: offset %d", (unsigned)i, b.client.offset_s);
    }
}

/* The limits for a correction: the earliest clock, the earliest Date, and the longest exchange. */
static void test_the_limits_of_a_correction(void **state)
{
    static const struct {
        uint32_t utc_s, date_s, took_ms;
        int32_t offset_s;
    } rows[] = {
        {EMRS_BUILD_TIME_S, EMRS_BUILD_TIME_S + 600u, 0, 600},
        {EMRS_BUILD_TIME_S + 600u, EMRS_BUILD_TIME_S, 0, -600},
        {EMRS_BUILD_TIME_S + 600u, EMRS_BUILD_TIME_S - 1u, 0, 0},
        {START_S, START_S + 1050u, EMRS_EXCHANGE_MAX_MS, 600},
        {START_S, START_S + 1050u, EMRS_EXCHANGE_MAX_MS + 1u, 0},
    };
    char date[64];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bench_init(&b);
        b.config.timeout_ms = 3600000;
        b.now.utc_s = rows[i].utc_s;
        bench_start(&b);
        bench_to_receive(&b);
        b.now.ms += rows[i].took_ms;
        b.now.utc_s += rows[i].took_ms / 1000u;
        put_date(date, sizeof date, rows[i].date_s);
        answer_with(200, NULL, date, "");
        assert_int_equal(bench_end(&b), EMRS_DONE);
        if (b.client.offset_s != rows[i].offset_s)
            fail_msg("row %u: offset %d", (unsigned)i, b.client.offset_s);
        bench_start(&b);
        bench_to_send(&b);
        assert_int_equal(b.result.clock_offset_s, rows[i].offset_s);
    }
}

/* A device without a clock that begins at the build date (clock_floor).
 * in:  took_ms, half_s: the length of an exchange, and half of it in whole seconds */
static void check_clock_floor(uint32_t took_ms, uint32_t half_s)
{
    char date[64];
    bench_init(&b);
    b.config.clock_floor = true;
    b.config.attempt_count = 2;
    b.now.utc_s = 0;
    b.now.random = UINT32_MAX;
    bench_start(&b);
    bench_go_on(&b);
    assert_int_equal(b.call.attempt.signed_s, EMRS_BUILD_TIME_S);
    assert_int_equal(emrs_utc(&b.client, b.now),
                     0); /* the build date is not reported as the time */
    b.now.ms += took_ms;
    put_date(date, sizeof date, START_S + 2 - half_s);
    answer_with(403, "InvalidSignatureException", date, "");
    if (b.what == EMRS_MOVE_CLOSE)
        bench_step(&b, emrs_report_of(EMRS_NEWS_CLOSED));
    assert_int_equal(b.what, EMRS_MOVE_WAIT);
    b.now.ms = b.move.until_ms + 8000;
    bench_go_on(&b);
    assert_int_equal(b.call.attempt.signed_s, START_S + 10);
    assert_int_equal(emrs_utc(&b.client, b.now), START_S + 10);
    answer_with(200, NULL, "", "");
    assert_int_equal(bench_end(&b), EMRS_DONE);
    /* The next call, an hour later, begins with the corrected time. */
    b.now.ms += 3600000;
    bench_start(&b);
    bench_go_on(&b);
    assert_int_equal(b.call.attempt.signed_s, START_S + 3610);
    assert_int_equal(emrs_utc(&b.client, b.now), START_S + 3610);
}

static void test_clock_floor(void **state)
{
    (void)state;
    check_clock_floor(3999, 1);
    check_clock_floor(4000, 2);
}

/* emrs_utc returns a clock that is set. The correction is only for the date of a request. */
static void test_utc(void **state)
{
    (void)state;
    bench_init(&b);
    bench_start(&b);
    assert_int_equal(emrs_utc(&b.client, b.now), b.now.utc_s);
    set_correction(-100);
    assert_int_equal(emrs_utc(&b.client, b.now), b.now.utc_s);
    assert_int_equal(emrs_client_utc(&b.client, b.now), b.now.utc_s - 100u);
    b.now.utc_s = EMRS_BUILD_TIME_S;
    assert_int_equal(emrs_utc(&b.client, b.now), EMRS_BUILD_TIME_S);
    b.now.utc_s = EMRS_BUILD_TIME_S - 1u;
    assert_int_equal(emrs_utc(&b.client, b.now), 0);
}

/* One client passes its correction to another: with a wrong clock, and without a clock. */
static void test_teach(void **state)
{
    static const emrs_client blank;
    emrs_client pupil = blank;
    (void)state;
    bench_init(&b);
    b.now.ms = 3600000;
    bench_start(&b);
    pupil.offset_s = 7;
    pupil.date_s = 9;
    emrs_client_teach(&pupil, &b.client); /* which has no correction */
    assert_int_equal(pupil.offset_s, 7);
    assert_int_equal(pupil.date_s, 9);
    set_correction(-100);
    emrs_client_teach(&pupil, &b.client);
    assert_int_equal(pupil.date_s, 9);
    assert_int_equal(emrs_client_utc(&pupil, b.now), b.now.utc_s - 100u);
    b.client.learnt_s = 0;
    b.client.offset_s = 0;
    b.client.date_s = START_S + 50u;
    b.client.date_ms = b.now.ms - 2000u;
    emrs_client_teach(&pupil, &b.client);
    assert_int_equal(pupil.offset_s, -100);
    b.now.utc_s = 0;
    assert_int_equal(emrs_utc(&pupil, b.now), 0); /* without clock_floor it is not used */
    pupil.config.clock_floor = true;
    assert_int_equal(emrs_utc(&pupil, b.now), START_S + 52u);
    pupil = blank;
    pupil.config.no_clock_correction = true;
    emrs_client_teach(&pupil, &b.client);
    assert_int_equal(pupil.date_s, 0);
}

/* The expiry of credentials is compared with the corrected time. */
static void test_expiry_in_corrected_time(void **state)
{
    (void)state;
    for (int behind = 0; behind < 2; behind++) {
        bench_init(&b);
        b.credentials.expires_s = START_S + 1800u;
        bench_start(&b);
        set_correction(behind ? 3600 : 0);
        bench_step(&b, emrs_report_of(EMRS_NEWS_PENDING));
        assert_int_equal(b.what, behind ? EMRS_MOVE_CREDENTIALS : EMRS_MOVE_CONNECT);
    }
}

/* If the corrected time is before the build, the clock is used as it is. */
static void test_no_correction_to_before_the_build(void **state)
{
    (void)state;
    bench_init(&b);
    bench_start(&b);
    b.now.utc_s = EMRS_BUILD_TIME_S + 40u * 86400u;
    set_correction(-40 * 86400);
    assert_int_equal(emrs_client_utc(&b.client, b.now), EMRS_BUILD_TIME_S);
    b.now.utc_s -= 200;
    assert_int_equal(emrs_client_utc(&b.client, b.now), b.now.utc_s);
}

/* A first call finds that the clock is wrong. Then the clock is set, by SNTP or by hand. */
static void learn_then_set(int32_t offset_s, uint32_t passed_s, int32_t set_s)
{
    char date[64];
    bench_init(&b);
    bench_start(&b);
    bench_go_on(&b);
    put_date(date, sizeof date, START_S + (uint32_t)offset_s);
    answer_with(200, NULL, date, "");
    assert_int_equal(bench_end(&b), EMRS_DONE);
    assert_int_equal(b.client.offset_s, offset_s);
    b.now.ms += passed_s * 1000u;
    b.now.utc_s += passed_s + (uint32_t)set_s;
    bench_start(&b);
    bench_go_on(&b);
    answer_with(200, NULL, "", "");
    assert_int_equal(bench_end(&b), EMRS_DONE);
}

static void test_what_was_learnt_is_void_once_the_clock_is_set(void **state)
{
    static const struct {
        int32_t offset_s, set_s;
        uint32_t passed_s;
        bool is_set;
    } rows[] = {
        {3600, 3600, 60, true},       {3600, 0, 60, false},          {-3600, -3600, 60, true},
        {3600, 239, 60, false},       {3600, 240, 60, true},         {3600, -239, 60, false},
        {3600, -240, 60, true},       {300, 300, 0, true},           {300, 0, 0, false},
        {3600, 0, 40 * 86400, false}, {3600, 3600, 40 * 86400, true}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        learn_then_set(rows[i].offset_s, rows[i].passed_s, rows[i].set_s);
        uint32_t signed_s = b.now.utc_s + (uint32_t)(rows[i].is_set ? 0 : rows[i].offset_s);
        if (b.call.attempt.signed_s != signed_s)
            fail_msg("row %u: signed %d s off", (unsigned)i,
                     (int)(b.call.attempt.signed_s - signed_s));
        assert_int_equal(b.result.clock_offset_s, rows[i].is_set ? 0 : rows[i].offset_s);
    }
}

static void test_without_floor_a_clock_is_needed(void **state)
{
    (void)state;
    bench_init(&b);
    b.now.utc_s = 0;
    bench_start(&b);
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_PENDING)), EMRS_E_CLOCK);
}

/* Errors with `may` are tried again if the clock was wrong by 4 minutes or more. The others are
 * final. */
static void test_errors_that_may_be_about_the_clock(void **state)
{
    static const struct {
        const char *error;
        bool may;
    } rows[] = {{"InvalidSignatureException", true},
                {"SignatureDoesNotMatch", true},
                {"AuthFailure", true},
                {"RequestTimeTooSkewed", true},
                {"RequestExpired", true},
                {"RequestInTheFuture", true},
                {"AccessDeniedException", true},
                {"UnrecognizedClientException", false},
                {"ValidationException", false},
                {"IncompleteSignature", false}};
    char date[64];
    (void)state;
    static const int32_t offsets[] = {239, 240, -239, -240};
    for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(offsets); i++) {
        bool is_off = i % 2u != 0;
        int32_t offset_s = offsets[i % COUNT_OF(offsets)];
        const char *error = rows[i / COUNT_OF(offsets)].error;
        bench_init(&b);
        b.config.attempt_count = 3;
        bench_start(&b);
        bench_to_receive(&b);
        put_date(date, sizeof date, START_S + (uint32_t)offset_s);
        answer_with(403, error, date, "");
        if (b.what == EMRS_MOVE_CLOSE)
            bench_step(&b, emrs_report_of(EMRS_NEWS_CLOSED));
        if ((b.what == EMRS_MOVE_WAIT) != (is_off && rows[i / COUNT_OF(offsets)].may))
            fail_msg("%s, %d s off", error, (int)offset_s);
    }
}

/* Memory that was never initialised as a client has no stream, whatever its bytes are. */
static void test_only_a_client_has_a_stream(void **state)
{
    (void)state;
    memset(&b.client, 0xff, sizeof b.client);
    b.client.kept = true;
    assert_false(emrs_release(&b.client));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_official_vectors),
        cmocka_unit_test(test_answers_that_do_not_correct_the_clock),
        cmocka_unit_test(test_the_limits_of_a_correction),
        cmocka_unit_test(test_clock_floor),
        cmocka_unit_test(test_utc),
        cmocka_unit_test(test_teach),
        cmocka_unit_test(test_expiry_in_corrected_time),
        cmocka_unit_test(test_no_correction_to_before_the_build),
        cmocka_unit_test(test_what_was_learnt_is_void_once_the_clock_is_set),
        cmocka_unit_test(test_without_floor_a_clock_is_needed),
        cmocka_unit_test(test_only_a_client_has_a_stream),
        cmocka_unit_test(test_errors_that_may_be_about_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
