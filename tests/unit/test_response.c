/* SPDX-License-Identifier: MIT */
/* The HTTP/1.1 parser: every vector of vectors/http.c in every kind of segments, and ended at
 * every byte, next to an inaccessible page. The outcome must be the same (http_outcome says what
 * counts). Also each limit, to the byte. Each run checks the parser's invariant, canaries, and
 * that an end is final. */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "response.h"
#include "support/guard.h"
#include "vectors/http.h"

#define SEED 0x656d7273u

enum { SMALL_SIZE = 2048 }; /* a vector up to this size is split everywhere */

typedef struct {
    guard page;
    http_outcome *whole; /* of each vector in one segment */
} bench;

static bench *bench_of(void **state)
{
    return *state;
}

static size_t size_max(void)
{
    size_t max = 0;
    for (size_t i = 0; i < http_vector_count; i++)
        if (http_vector_size(&http_vectors[i]) > max)
            max = http_vector_size(&http_vectors[i]);
    return max;
}

static http_feed feed_of(const bench *b, size_t first, size_t step)
{
    return (http_feed){
        .buffer = b->page.bytes, .buffer_size = b->page.size, .first = first, .step = step};
}

static int set_up(void **state)
{
    static bench b;
    b.page = guard_open(size_max());
    b.whole = calloc(http_vector_count, sizeof *b.whole);
    *state = &b;
    if (b.page.bytes == NULL || b.whole == NULL)
        return -1;
    http_feed feed = feed_of(&b, 0, 0);
    for (size_t i = 0; i < http_vector_count; i++)
        http_vector_run(&http_vectors[i], &feed, &b.whole[i]);
    return 0;
}

static int tear_down(void **state)
{
    guard_close(&bench_of(state)->page);
    free(bench_of(state)->whole);
    return 0;
}

/* ret: failures: 0 or 1 */
static unsigned tell(const http_vector *v, const char *how, size_t at, const char *what)
{
    if (what == NULL)
        return 0;
    print_error("row %u, \"%s\", %s %zu: %s\n", v->row, v->name, how, at, what);
    return 1;
}

/* Compares the outcome with that of the vector in one segment.      ret: failures: 0 or 1 */
static unsigned compare(const bench *b, size_t i, const http_feed *feed, const char *how, size_t at)
{
    http_outcome outcome;
    http_vector_run(&http_vectors[i], feed, &outcome);
    return tell(&http_vectors[i], how, at, http_outcome_differs(&outcome, &b->whole[i]));
}

/* The table itself */

static void test_table(void **state)
{
    bool met[121] = {false};
    (void)state;
    assert_true(http_vector_count >= 150);
    for (size_t i = 0; i < http_vector_count; i++) {
        unsigned row = http_vectors[i].row;
        assert_true(row == 0 || (row >= 59 && row <= 86) || row == 120);
        met[row] = true;
        for (size_t j = 0; j < i; j++)
            if (http_vectors[j].row == row)
                assert_string_not_equal(http_vectors[i].name, http_vectors[j].name);
    }
    for (unsigned row = 59; row <= 86; row++)
        assert_true(met[row]);
}

/* Asserts that a read from a guard page faults. Otherwise the other tests would prove less. */
static void guard_holds(const volatile char *at)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        _exit(*at & 0);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_true(WIFSIGNALED(status));
}

static void test_guard(void **state)
{
    guard *page = &bench_of(state)->page;
    char *before = guard_lay_before_page(page, "abc", 3);
    char *after = guard_lay_after_page(page, "abc", 3);
    assert_memory_equal(before, "abc", 3);
    assert_memory_equal(after, "abc", 3);
    guard_holds(before + 3);
    guard_holds(after - 1);
    guard_holds(guard_lay_before_page(page, "", 0));
}

/* Segmentations */

static void test_whole(void **state)
{
    unsigned failures = 0;
    for (size_t i = 0; i < http_vector_count; i++) {
        const http_outcome *whole = &bench_of(state)->whole[i];
        failures += tell(&http_vectors[i], "whole", whole->read_size,
                         http_vector_fails(&http_vectors[i], whole));
    }
    assert_int_equal(failures, 0);
}

static void test_whole_after_page(void **state)
{
    unsigned failures = 0;
    http_feed feed = feed_of(bench_of(state), 0, 0);
    feed.at_start = true;
    for (size_t i = 0; i < http_vector_count; i++)
        failures += compare(bench_of(state), i, &feed, "after the page", 0);
    assert_int_equal(failures, 0);
}

static void test_byte_by_byte(void **state)
{
    unsigned failures = 0;
    http_feed feed = feed_of(bench_of(state), 1, 1);
    for (size_t i = 0; i < http_vector_count; i++)
        failures += compare(bench_of(state), i, &feed, "step", 1);
    feed.at_start = true;
    for (size_t i = 0; i < http_vector_count; i++)
        if (http_vector_size(&http_vectors[i]) <= SMALL_SIZE)
            failures += compare(bench_of(state), i, &feed, "after the page, step", 1);
    assert_int_equal(failures, 0);
}

static unsigned split(const bench *b, size_t i, size_t at)
{
    size_t size = http_vector_size(&http_vectors[i]);
    http_feed feed = feed_of(b, at, 0);
    return at > 0 && at < size ? compare(b, i, &feed, "split at", at) : 0;
}

/* Splits a large vector around the joints of its parts, the limit of the head, the last byte
 * read, and at some places between. */
static unsigned split_large(const bench *b, size_t i)
{
    const http_vector *v = &http_vectors[i];
    size_t size = http_vector_size(v), seam = v->prefix.size, last = size - v->suffix.size;
    const size_t places[] = {seam,
                             seam + v->unit.size,
                             last,
                             EMRS_HEAD_SIZE_MAX,
                             b->whole[i].read_size,
                             b->whole[i].read_size / 2,
                             size / 3};
    unsigned failures = 0;
    for (size_t place = 0; place < COUNT_OF(places); place++)
        for (size_t at = places[place]; at < places[place] + 3; at++)
            failures += split(b, i, at - 1);
    return failures;
}

static void test_splits(void **state)
{
    const bench *b = bench_of(state);
    unsigned failures = 0;
    for (size_t i = 0; i < http_vector_count; i++) {
        size_t size = http_vector_size(&http_vectors[i]);
        if (size > SMALL_SIZE)
            failures += split_large(b, i);
        for (size_t at = 1; at < size && size <= SMALL_SIZE; at++)
            failures += split(b, i, at);
    }
    assert_int_equal(failures, 0);
}

static void test_random(void **state)
{
    static const size_t small_steps[] = {2, 3, 7, 20, 60, 300}, large_steps[] = {100, 1500, 30000};
    const bench *b = bench_of(state);
    uint32_t seed = SEED;
    unsigned failures = 0;
    printf("# random segmentations from seed 0x%08x\n", (unsigned)seed);
    for (size_t i = 0; i < http_vector_count; i++) {
        bool small = http_vector_size(&http_vectors[i]) <= SMALL_SIZE;
        size_t count = small ? 4 * COUNT_OF(small_steps) : COUNT_OF(large_steps);
        for (size_t round = 0; round < count; round++) {
            size_t step = small ? small_steps[round % COUNT_OF(small_steps)] : large_steps[round];
            http_feed feed = feed_of(b, 0, step);
            feed.seed = ++seed;
            failures += compare(b, i, &feed, "random, seed", seed);
        }
    }
    assert_int_equal(failures, 0);
}

/* Ends */

typedef struct {
    emrs_response response;
    char request_id[EMRS_REQUEST_ID_SIZE_MAX], error_name[EMRS_ERROR_NAME_SIZE_MAX];
    uint32_t body_size;
} reader;

static void begin(reader *r)
{
    emrs_response_init(&r->response, EMRS_BODY_SIZE_MAX,
                       emrs_pen_on(r->request_id, sizeof r->request_id),
                       emrs_pen_on(r->error_name, sizeof r->error_name));
    r->body_size = 0;
}

static size_t take(reader *r, const char *bytes, size_t size)
{
    emrs_text body;
    size_t read = emrs_response_take(&r->response, bytes, size, &body);
    r->body_size += (uint32_t)body.size;
    return read;
}

static bool is_over(const reader *r)
{
    return r->response.error < 0 || emrs_response_is_done(&r->response);
}

static void test_ends(void **state)
{
    bench *b = bench_of(state);
    unsigned failures = 0;
    for (size_t i = 0; i < http_vector_count; i++) {
        size_t at;
        const char *what = http_vector_ends(&http_vectors[i], &b->whole[i], &at);
        failures += tell(&http_vectors[i], "ended at", at, what);
    }
    assert_int_equal(failures, 0);
}

static void test_an_end_is_final(void **state)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\n\r\nhello";
    static const char *const refused[] = {
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: x\r\nContent-Length: 0\r\n\r\n",
    };
    reader r;
    (void)state;
    begin(&r);
    assert_int_equal(take(&r, answer, sizeof answer - 1), sizeof answer - 1);
    assert_int_equal(emrs_response_end(&r.response, false), EMRS_E_TRUNCATED);
    assert_int_equal(emrs_response_end(&r.response, true), EMRS_E_TRUNCATED);
    assert_false(emrs_response_is_done(&r.response));
    assert_int_equal(take(&r, answer, sizeof answer - 1), 0);
    begin(&r);
    take(&r, answer, sizeof answer - 1);
    assert_int_equal(emrs_response_end(&r.response, true), EMRS_DONE);
    assert_int_equal(emrs_response_end(&r.response, false), EMRS_DONE);
    assert_int_equal(take(&r, answer, sizeof answer - 1), 0);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        begin(&r); /* an encoding that was not asked for, without a body */
        take(&r, refused[i], strlen(refused[i]));
        assert_int_equal(r.response.error, EMRS_E_PROTOCOL);
        assert_false(emrs_response_is_done(&r.response));
    }
}

/* What is kept */

static void test_kept_sizes(void **state)
{
    static const char head[] = "HTTP/1.1 400 No\r\nx-amzn-RequestId: abcdef\r\n"
                               "x-amzn-ErrorType: uvwxyz\r\nContent-Length: 0\r\n\r\n";
    (void)state;
    for (size_t room = 0; room <= 8; room++) {
        char kept[32];
        emrs_response r;
        emrs_text body;
        size_t size = room < 6 ? room : 6;
        memset(kept, '.', sizeof kept);
        emrs_response_init(&r, EMRS_BODY_SIZE_MAX, emrs_pen_on(kept + 4, room),
                           emrs_pen_on(kept + 18, room));
        emrs_response_take(&r, head, sizeof head - 1, &body);
        assert_true(emrs_response_is_done(&r));
        assert_true(emrs_text_is(emrs_pen_text(&r.request_id), (emrs_text){"abcdef", size}));
        assert_true(emrs_text_is(emrs_pen_text(&r.error_name), (emrs_text){"uvwxyz", size}));
        for (size_t at = 0; at < sizeof kept; at++)
            if (at - 4 >= size && at - 18 >= size)
                assert_int_equal(kept[at], '.');
    }
}

#define HEAD "HTTP/1.1 200 OK\r\n"
#define TWO "Content-Length: 2\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

/* Date and x-amz-retry-after. 2027-01-15T08:00:00Z is 1800000000. */
#define TIME "Fri, 15 Jan 2027 08:00:00 GMT"

static void test_date_and_retry_after(void **state)
{
    static const struct {
        const char *headers;
        uint32_t date_s;
        bool has_retry_after;
        uint32_t retry_after_ms;
    } rows[] = {
        {"", 0, false, 0},
        {"Date: " TIME "\r\n", 1800000000u, false, 0},
        {"DATE:" TIME " \r\n", 1800000000u, false, 0},
        {"Date: " TIME "    \r\n", 1800000000u, false, 0}, /* more blanks than are kept */
        {"Date: " TIME ", and more\r\n", 0, false, 0},
        {"Date: " TIME "\r\nDate: " TIME "\r\n", 0, false, 0},
        {"Date:\r\n", 0, false, 0},
        {"Content-Type: application/json\r\nDate: " TIME "\r\n", 1800000000u, false, 0},
        {"Content-Encoding: identity\r\n", 0, false, 0},
        {"Age: 5\r\n", 0, false, 0},
        {"x-amz-retry-after: 0\r\n", 0, true, 0},
        {"X-Amz-Retry-After: 1509\r\n", 0, true, 1509},
        {"x-amz-retry-after: 999999999\r\n", 0, true, 999999999},
        {"x-amz-retry-after: 1000000000\r\n", 0, false, 0},
        {"x-amz-retry-after: 00000000000000000000000000000000000000001\r\n", 0, false, 0},
        {"x-amz-retry-after:\r\n", 0, false, 0},
        {"x-amz-retry-after: x1\r\n", 0, false, 0},
        {"x-amz-retry-after: 1x\r\n", 0, false, 0},
        {"x-amz-retry-after: -1\r\n", 0, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        reader r;
        begin(&r);
        take(&r, HEAD TWO, sizeof(HEAD TWO) - 1);
        take(&r, rows[i].headers, strlen(rows[i].headers));
        take(&r, "\r\n", 2);
        take(&r, "hi", 2);
        assert_true(emrs_response_is_done(&r.response));
        assert_false(r.response.not_json);
        if (r.response.date_s != rows[i].date_s
            || r.response.has_retry_after != rows[i].has_retry_after
            || (rows[i].has_retry_after && r.response.retry_after_ms != rows[i].retry_after_ms))
            fail_msg("%s: date %u, retry after %d, %u ms", rows[i].headers,
                     (unsigned)r.response.date_s, r.response.has_retry_after,
                     (unsigned)r.response.retry_after_ms);
    }
}

/* Date and x-amz-retry-after of an interim answer are not those of the final one. */
static void test_an_interim_answer_leaves_no_time(void **state)
{
    static const char bytes[] = "HTTP/1.1 103 E\r\nDate: " TIME "\r\nAge: 1\r\n"
                                "x-amz-retry-after: 1\r\n\r\n" HEAD TWO "\r\n";
    reader r;
    (void)state;
    begin(&r);
    take(&r, bytes, sizeof bytes - 1);
    take(&r, "hi", 2);
    assert_true(emrs_response_is_done(&r.response));
    assert_int_equal(r.response.date_s, 0);
    assert_false(r.response.has_age);
    assert_false(r.response.has_retry_after);
}

/* Chunk sizes, valid and invalid. Some come after a head that used the same buffer. */
static void test_chunk_sizes(void **state)
{
    static const struct {
        const char *bytes;
        bool good;
    } rows[] = {
        {"HTTP/1.1 103 E\r\nContent-Length: 5\r\n\r\n" CHUNKED "2\r\nhi\r\n0\r\n\r\n", true},
        {"\r\n\r\n" CHUNKED "00000002\r\nhi\r\n0\r\n\r\n", true},
        {CHUNKED "2 ;e\r\nhi\r\n0\r\n\r\n", true},
        {CHUNKED "2x;e\r\nhi\r\n0\r\n\r\n", false},
        {CHUNKED "2 x;e\r\nhi\r\n0\r\n\r\n", false},
        {CHUNKED "2\r\nhi\r\n;e\r\n\r\n", false},
        {CHUNKED "2\r\nhi\r\n\r\n\r\n", false},
        {"\r\n" CHUNKED "\r\n\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        reader r;
        size_t size = strlen(rows[i].bytes);
        begin(&r);
        for (size_t at = 0; at < size && !is_over(&r);)
            at += take(&r, rows[i].bytes + at, size - at);
        if (emrs_response_is_done(&r.response) != rows[i].good
            || (rows[i].good && r.body_size != 2))
            fail_msg("row %u: error %d, %u bytes", (unsigned)i, r.response.error,
                     (unsigned)r.body_size);
    }
}

/* An empty value is not trimmed further, whatever is before it in memory. */
static void test_an_empty_value(void **state)
{
    static const char head[] = HEAD "x-amzn-RequestId: \r\n" TWO "\r\n";
    char kept[8];
    emrs_response r;
    emrs_text body;
    (void)state;
    memset(kept, ' ', sizeof kept);
    kept[0] = '.';
    emrs_response_init(&r, EMRS_BODY_SIZE_MAX, emrs_pen_on(kept + 4, 4), emrs_pen_on(kept + 4, 0));
    emrs_response_take(&r, head, sizeof head - 1, &body);
    assert_int_equal(r.error, 0);
    assert_int_equal(r.request_id.used, 0);
}

/* Limits, to the byte: with count_max units an answer is accepted, with one more it is not. */

#define INTERIM "HTTP/1.1 103 E\r\n\r\n"
#define BETWEEN(before, piece, after)                                                              \
    EMRS_TEXT_INIT(before), EMRS_TEXT_INIT(piece), EMRS_TEXT_INIT(after)
#define FILL(rest) (EMRS_HEAD_SIZE_MAX - (sizeof(rest) - 1u))

static const struct {
    const char *name;
    emrs_text prefix, unit, suffix;
    uint32_t count_max;
    int code; /* with one unit more */
} limits[] = {
    {"a value", BETWEEN(HEAD TWO "X: ", "a", "\r\n\r\nhi"), FILL(HEAD TWO "X: \r\n\r\n"),
     EMRS_E_TOO_BIG},
    {"a name", BETWEEN(HEAD TWO, "a", ":\r\n\r\nhi"), FILL(HEAD TWO ":\r\n\r\n"), EMRS_E_TOO_BIG},
    {"a request id", BETWEEN(HEAD TWO "x-amzn-RequestId: ", "a", "\r\n\r\nhi"),
     FILL(HEAD TWO "x-amzn-RequestId: \r\n\r\n"), EMRS_E_TOO_BIG},
    {"a connection", BETWEEN(HEAD TWO "Connection: ", "a", "\r\n\r\nhi"),
     FILL(HEAD TWO "Connection: \r\n\r\n"), EMRS_E_TOO_BIG},
    {"blanks", BETWEEN(HEAD TWO "X:", " ", "\r\n\r\nhi"), FILL(HEAD TWO "X:\r\n\r\n"),
     EMRS_E_TOO_BIG},
    {"a reason", BETWEEN("HTTP/1.1 200 ", "a", "\r\n" TWO "\r\nhi"),
     FILL("HTTP/1.1 200 \r\n" TWO "\r\n"), EMRS_E_TOO_BIG},
    {"an interim head", BETWEEN("HTTP/1.1 103 E\r\nX: ", "a", "\r\n\r\n" HEAD TWO "\r\nhi"),
     FILL("HTTP/1.1 103 E\r\nX: \r\n\r\n" HEAD TWO "\r\n"), EMRS_E_TOO_BIG},
    {"a trailer", BETWEEN(CHUNKED "2\r\nhi\r\n0\r\nX: ", "a", "\r\n\r\n"),
     FILL(CHUNKED "X: \r\n\r\n"), EMRS_E_TOO_BIG},
    {"interim answers", BETWEEN("", INTERIM, HEAD TWO "\r\nhi"), EMRS_INTERIM_COUNT_MAX,
     EMRS_E_PROTOCOL},
    {"empty lines", BETWEEN("", "\r\n", HEAD TWO "\r\nhi"), EMRS_BLANK_COUNT_MAX, EMRS_E_PROTOCOL},
    {"chunk digits", BETWEEN(CHUNKED, "0", "2\r\nhi\r\n0\r\n\r\n"), EMRS_CHUNK_DIGITS_MAX - 1u,
     EMRS_E_PROTOCOL},
    {"digits of the last chunk", BETWEEN(CHUNKED "2\r\nhi\r\n", "0", "0\r\n\r\n"),
     EMRS_CHUNK_DIGITS_MAX - 1u, EMRS_E_PROTOCOL},
};

static void test_limits(void **state)
{
    http_feed feeds[] = {feed_of(bench_of(state), 0, 0), feed_of(bench_of(state), 1, 1)};
    unsigned failures = 0;
    for (size_t i = 0; i < COUNT_OF(limits); i++)
        for (uint32_t more = 0; more < 6; more++) {
            http_vector v = {.name = limits[i].name,
                             .prefix = limits[i].prefix,
                             .unit = limits[i].unit,
                             .suffix = limits[i].suffix,
                             .unit_count = limits[i].count_max + more - 2u};
            int code = more <= 2 ? (int)EMRS_DONE : limits[i].code;
            for (size_t feed = 0; feed < COUNT_OF(feeds); feed++) {
                http_outcome outcome;
                http_vector_run(&v, &feeds[feed], &outcome);
                const char *what = outcome.code != code                  ? "code"
                                   : code == 0 && outcome.body_size != 2 ? "body"
                                                                         : NULL;
                failures += tell(&v, "units:", v.unit_count, what);
            }
        }
    assert_int_equal(failures, 0);
}

/* Runs a body of this size with a length, with chunks, or up to the close. */
enum { BY_LENGTH, BY_CHUNK, TO_THE_CLOSE, FRAMING_COUNT };

static void run_body(const bench *b, unsigned framing, uint32_t size, http_outcome *outcome)
{
    char length[64], chunk[96];
    int length_size = snprintf(length, sizeof length, HEAD "Content-Length: %u\r\n\r\n", size);
    int chunk_size = snprintf(chunk, sizeof chunk, CHUNKED "%x\r\n", size);
    const emrs_text prefixes[] = {[BY_LENGTH] = {length, (size_t)length_size},
                                  [BY_CHUNK] = {chunk, (size_t)chunk_size},
                                  [TO_THE_CLOSE] = EMRS_TEXT_INIT("HTTP/1.0 200 OK\r\n\r\n")};
    http_vector v = {.prefix = prefixes[framing],
                     .unit = EMRS_TEXT_INIT("a"),
                     .unit_count = size,
                     .suffix = framing == BY_CHUNK ? EMRS_TEXT("\r\n0\r\n\r\n") : EMRS_TEXT(""),
                     .end = HTTP_CLOSED};
    http_feed feed = feed_of(b, 1000, 1000);
    http_vector_run(&v, &feed, outcome);
}

static void test_body_limit(void **state)
{
    const uint32_t max = EMRS_BODY_SIZE_MAX;
    for (unsigned framing = 0; framing < FRAMING_COUNT; framing++)
        for (uint32_t size = max - 1; size <= max + 1; size++) {
            http_outcome outcome;
            run_body(bench_of(state), framing, size, &outcome);
            assert_null(outcome.breach);
            assert_int_equal(outcome.code, size <= max ? EMRS_DONE : EMRS_E_TOO_BIG);
            if (size <= max)
                assert_int_equal(outcome.body_size, size);
        }
}

/* Every Content-Length gives its value or is above the limit. None wraps. */
static void test_no_length_wraps(void **state)
{
    static const struct {
        const char *digits;
        int code; /* with five bytes sent, then closed */
    } lengths[] = {
        {"5", EMRS_DONE},
        {"1048576", EMRS_E_TRUNCATED},
        {"1048577", EMRS_E_TOO_BIG},
        {"2147483647", EMRS_E_TOO_BIG},
        {"2147483648", EMRS_E_TOO_BIG},
        {"4294967295", EMRS_E_TOO_BIG},
        {"4294967296", EMRS_E_TOO_BIG},
        {"4294967301", EMRS_E_TOO_BIG},
        {"42949672965", EMRS_E_TOO_BIG},
        {"9223372036854775807", EMRS_E_TOO_BIG},
        {"9223372036854775808", EMRS_E_TOO_BIG},
        {"18446744073709551615", EMRS_E_TOO_BIG},
        {"18446744073709551616", EMRS_E_TOO_BIG},
        {"18446744073709551621", EMRS_E_TOO_BIG},
        {"340282366920938463463374607431768211461", EMRS_E_TOO_BIG},
        {"1000000000000000000000000000000000000005", EMRS_E_TOO_BIG},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        reader r;
        begin(&r);
        take(&r, HEAD "Content-Length: ", sizeof(HEAD "Content-Length: ") - 1);
        take(&r, lengths[i].digits, strlen(lengths[i].digits));
        take(&r, "\r\n\r\n", 4);
        if (!is_over(&r))
            take(&r, "hello", 5);
        assert_int_equal(emrs_response_end(&r.response, true), lengths[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_whole_after_page),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_an_end_is_final),
        cmocka_unit_test(test_kept_sizes),
        cmocka_unit_test(test_date_and_retry_after),
        cmocka_unit_test(test_an_interim_answer_leaves_no_time),
        cmocka_unit_test(test_chunk_sizes),
        cmocka_unit_test(test_an_empty_value),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_body_limit),
        cmocka_unit_test(test_no_length_wraps),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
