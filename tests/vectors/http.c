/* SPDX-License-Identifier: MIT */
#include "http.h"

#include "response.h"
#include "emrs_text.h"

#define TEXT_INIT EMRS_TEXT_INIT

/* The bytes of a vector */

size_t http_vector_size(const http_vector *v)
{
    return v->prefix.size + v->unit.size * v->unit_count + v->suffix.size;
}

/* ret: the bytes from `at` on that lie together in memory */
static emrs_text piece_at(const http_vector *v, size_t at)
{
    size_t units_size = v->unit.size * v->unit_count;
    if (at < v->prefix.size)
        return emrs_text_from(v->prefix, at);
    at -= v->prefix.size;
    if (at < units_size)
        return emrs_text_from(v->unit, at % v->unit.size);
    return emrs_text_from(v->suffix, at - units_size);
}

void http_vector_copy(const http_vector *v, size_t at, char *into, size_t size)
{
    while (size > 0) {
        emrs_text piece = piece_at(v, at);
        size_t count = piece.size < size ? piece.size : size;
        memcpy(into, piece.bytes, count);
        at += count;
        into += count;
        size -= count;
    }
}

/* The body is compared by its size and a hash (FNV-1a) */

#define HASH_START 0x811c9dc5u

static void add_body(http_outcome *outcome, emrs_text run)
{
    for (size_t at = 0; at < run.size; at++)
        outcome->body_hash = (outcome->body_hash ^ (unsigned char)run.bytes[at]) * 0x01000193u;
    outcome->body_size += (uint32_t)run.size;
}

/* One run of the parser, with canaries around everything that it may write */

enum { CANARY = 0xa5, CANARY_SIZE = 16 };

typedef struct {
    unsigned char canary_1[CANARY_SIZE];
    emrs_response response;
    unsigned char canary_2[CANARY_SIZE];
    char request_id[EMRS_REQUEST_ID_SIZE_MAX];
    unsigned char canary_3[CANARY_SIZE];
    char error_name[EMRS_ERROR_NAME_SIZE_MAX];
    unsigned char canary_4[CANARY_SIZE];
} http_run;

static bool canary_lives(const unsigned char *canary)
{
    unsigned differs = 0;
    for (unsigned at = 0; at < CANARY_SIZE; at++)
        differs |= canary[at] ^ (unsigned)CANARY;
    return differs == 0;
}

static void breach(http_outcome *outcome, bool allowed, const char *words)
{
    if (!allowed && outcome->breach == NULL)
        outcome->breach = words;
}

static bool is_over(const emrs_response *r)
{
    return r->error < 0 || emrs_response_is_done(r);
}

static void check_state(http_run *run, http_outcome *outcome)
{
    const emrs_response *r = &run->response;
    int status = emrs_response_status(r);
    breach(outcome, r->error <= 0, "error is positive");
    breach(outcome, r->head_size <= EMRS_HEAD_SIZE_MAX, "head_size is above its limit");
    breach(outcome, r->body_size <= EMRS_BODY_SIZE_MAX, "body_size is above its limit");
    breach(outcome, r->body_size == outcome->body_size, "body_size is not what was passed on");
    breach(outcome, r->part_size <= sizeof r->part, "part_size is above its limit");
    breach(outcome, r->request_id.used <= r->request_id.size,
           "the request id is larger than its buffer");
    breach(outcome, r->error_name.used <= r->error_name.size,
           "the error name is larger than its buffer");
    breach(outcome, status == 0 || (status >= 200 && status <= 599), "no such status");
}

static void check_canaries(const http_run *run, http_outcome *outcome)
{
    breach(outcome, canary_lives(run->canary_1) && canary_lives(run->canary_2),
           "wrote outside the parser's state");
    breach(outcome, canary_lives(run->canary_3) && canary_lives(run->canary_4),
           "wrote outside the buffers of what is kept");
}

/* Checks what response.h guarantees for one call. */
static void check_take(const emrs_response *r, emrs_text given, size_t read, emrs_text body,
                       http_outcome *outcome)
{
    breach(outcome, read <= given.size, "read more than was given");
    breach(outcome,
           body.size == 0 || (body.size <= read && body.bytes + body.size == given.bytes + read),
           "body is not the last run read");
    breach(outcome, read == given.size || body.size > 0 || is_over(r), "stopped without a reason");
}

static void take(http_run *run, emrs_text segment, http_outcome *outcome)
{
    size_t at = 0;
    do {
        emrs_text body, given = emrs_text_from(segment, at);
        size_t read = emrs_response_take(&run->response, given.bytes, given.size, &body);
        check_take(&run->response, given, read, body, outcome);
        add_body(outcome, body);
        check_state(run, outcome);
        at += read;
    } while (at < segment.size && !is_over(&run->response) && outcome->breach == NULL);
    outcome->read_size += (uint32_t)at;
}

/* Checks that after the end neither bytes nor ends change anything. */
static void check_sticks(http_run *run, http_outcome *outcome)
{
    static const char more[] = "\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
    emrs_text body;
    emrs_response before;
    memcpy(&before, &run->response, sizeof before);
    size_t read = emrs_response_take(&run->response, more, sizeof more - 1u, &body);
    int cut = emrs_response_end(&run->response, false);
    int closed = emrs_response_end(&run->response, true);
    breach(outcome, read == 0 && body.size == 0, "read on after the end");
    breach(outcome, cut == before.error && closed == before.error,
           "the error changed after the end");
    breach(outcome, memcmp(&before, &run->response, sizeof before) == 0, "changed after the end");
}

static int code_of(emrs_response *r, http_end end)
{
    if (end != HTTP_OPEN)
        return emrs_response_end(r, end == HTTP_CLOSED);
    return r->error < 0 ? r->error : emrs_response_is_done(r) ? (int)EMRS_DONE : HTTP_WAITING;
}

static void finish(http_run *run, http_end end, http_outcome *outcome)
{
    emrs_response *r = &run->response;
    outcome->code = code_of(r, end);
    if (is_over(r))
        check_sticks(run, outcome);
    check_canaries(run, outcome);
    outcome->status = emrs_response_status(r);
    outcome->close = r->close;
    outcome->not_json = r->not_json;
    outcome->request_id_size = r->request_id.used;
    outcome->error_name_size = r->error_name.used;
    memcpy(outcome->request_id, run->request_id, sizeof run->request_id);
    memcpy(outcome->error_name, run->error_name, sizeof run->error_name);
}

/* xorshift32: the same sizes on every target */
static size_t random_size(uint32_t *seed, size_t size_max)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % (uint32_t)(size_max + 1u);
}

static size_t next_size(const http_feed *feed, size_t at, size_t left, uint32_t *seed)
{
    size_t size = *seed != 0 ? random_size(seed, feed->step) : at == 0 ? feed->first : feed->step;
    if (size > left || (size == 0 && feed->seed == 0))
        size = left;
    return size < feed->buffer_size ? size : feed->buffer_size;
}

void http_vector_run(const http_vector *v, const http_feed *feed, http_outcome *outcome)
{
    http_run run;
    size_t at = 0, all_size = http_vector_size(v);
    uint32_t seed = feed->seed;
    memset(outcome, 0, sizeof *outcome);
    memset(&run, CANARY, sizeof run);
    memset(run.request_id, 0, sizeof run.request_id);
    memset(run.error_name, 0, sizeof run.error_name);
    outcome->body_hash = HASH_START;
    emrs_response_init(&run.response, EMRS_BODY_SIZE_MAX,
                       emrs_pen_on(run.request_id, sizeof run.request_id),
                       emrs_pen_on(run.error_name, sizeof run.error_name));
    while (at < all_size && !is_over(&run.response) && outcome->breach == NULL) {
        size_t size = next_size(feed, at, all_size - at, &seed);
        char *bytes = feed->at_start ? feed->buffer : feed->buffer + (feed->buffer_size - size);
        http_vector_copy(v, at, bytes, size);
        take(&run, (emrs_text){bytes, size}, outcome);
        at += size;
    }
    finish(&run, v->end, outcome);
}

/* Comparing outcomes */

static bool kept_is(const char *bytes, size_t size, emrs_text text)
{
    return emrs_text_is((emrs_text){bytes, size}, text);
}

static bool body_is(const http_outcome *outcome, const http_vector *v)
{
    http_outcome wanted = {.body_hash = HASH_START};
    uint32_t count = v->body_count == 0 ? 1u : v->body_count;
    if (outcome->body_size != v->body.size * count)
        return false;
    while (count-- > 0)
        add_body(&wanted, v->body);
    return outcome->body_hash == wanted.body_hash;
}

const char *http_outcome_differs(const http_outcome *a, const http_outcome *b)
{
    if (a->breach != b->breach)
        return a->breach != NULL ? a->breach : b->breach;
    if (a->code != b->code)
        return "code";
    if (a->status != b->status)
        return "status";
    if (a->body_size != b->body_size || a->body_hash != b->body_hash)
        return "body";
    if (!kept_is(a->request_id, a->request_id_size, (emrs_text){b->request_id, b->request_id_size}))
        return "request id";
    if (!kept_is(a->error_name, a->error_name_size, (emrs_text){b->error_name, b->error_name_size}))
        return "error name";
    if (a->close != b->close || a->not_json != b->not_json)
        return a->close != b->close ? "close" : "not_json";
    return a->read_size != b->read_size ? "bytes read" : NULL;
}

const char *http_vector_fails(const http_vector *v, const http_outcome *outcome)
{
    if (outcome->breach != NULL)
        return outcome->breach;
    if (outcome->code != v->code)
        return "code";
    if (outcome->status != v->status)
        return "status";
    if (!body_is(outcome, v))
        return "body";
    if (!kept_is(outcome->request_id, outcome->request_id_size, v->request_id))
        return "request id";
    if (!kept_is(outcome->error_name, outcome->error_name_size, v->error_name))
        return "error name";
    if (v->code != EMRS_DONE)
        return NULL;
    if (outcome->close != v->close || outcome->not_json != v->not_json)
        return outcome->close != v->close ? "close" : "not_json";
    return outcome->read_size != http_vector_size(v) - v->extra_size ? "bytes read" : NULL;
}

const http_vector *http_vectors_run(const http_feed *feed)
{
    for (size_t i = 0; i < http_vector_count; i++) {
        http_outcome outcome;
        http_vector_run(&http_vectors[i], feed, &outcome);
        if (http_vector_fails(&http_vectors[i], &outcome) != NULL)
            return &http_vectors[i];
    }
    return NULL;
}

/* Ends */

enum { ENDED_SIZE = 2048 }; /* a vector up to this size is ended at every byte */

typedef struct {
    emrs_response response;
    char request_id[EMRS_REQUEST_ID_SIZE_MAX], error_name[EMRS_ERROR_NAME_SIZE_MAX];
    uint32_t body_size;
} reader;

/* ret: the code if the stream ended now. r stays as it is */
static int end_of(const reader *r, bool authenticated)
{
    reader copy = *r;
    return emrs_response_end(&copy.response, authenticated);
}

/* ret: if the body ends with the stream: the size of all heads before it, interim ones too; else
 *      SIZE_MAX. The heads must lie in the prefix. */
static size_t head_size_of(const http_vector *v)
{
    const char *bytes = v->prefix.bytes;
    size_t at = 0, size = v->prefix.size;
    while (v->to_close && at < size) {
        bool interim = size - at > 9 && bytes[at + 9] == '1';
        while (at + 4 <= size && memcmp(bytes + at, "\r\n\r\n", 4) != 0)
            at++;
        at += 4;
        if (!interim)
            return at;
    }
    return SIZE_MAX;
}

static bool is_looked_at(size_t at, size_t size)
{
    return size <= ENDED_SIZE || at < 300 || size - at < 300 || at % 499 == 0
           || (at > EMRS_HEAD_SIZE_MAX - 64 && at < EMRS_HEAD_SIZE_MAX + 64);
}

/* Before the answer is complete, an end gives TRUNCATED. Only an authenticated end completes a body
 * that ends with the stream. */
static const char *end_early(const reader *r, size_t at, size_t head_size)
{
    int early = EMRS_E_TRUNCATED;
    if (emrs_response_is_done(&r->response))
        return "done early";
    if (end_of(r, false) != early)
        return "cut";
    if (end_of(r, true) != (at >= head_size ? (int)EMRS_DONE : early))
        return "closed";
    return at >= head_size && r->body_size != at - head_size ? "body" : NULL;
}

static const char *end_over(const reader *r, size_t at, const http_outcome *whole)
{
    if (end_of(r, false) != whole->code || end_of(r, true) != whole->code)
        return "the code changed after the end";
    return whole->code == EMRS_DONE && at != whole->read_size ? "done early" : NULL;
}

const char *http_vector_ends(const http_vector *v, const http_outcome *whole, size_t *at)
{
    size_t size = http_vector_size(v), head_size = head_size_of(v);
    reader r = {.body_size = 0};
    emrs_response_init(&r.response, EMRS_BODY_SIZE_MAX,
                       emrs_pen_on(r.request_id, sizeof r.request_id),
                       emrs_pen_on(r.error_name, sizeof r.error_name));
    for (*at = 0; *at <= size; ++*at) {
        emrs_text body;
        char byte;
        const char *what = NULL;
        if (is_over(&r.response))
            return end_over(&r, *at, whole);
        if (is_looked_at(*at, size))
            what = end_early(&r, *at, head_size);
        if (what != NULL || *at == size)
            return what != NULL || whole->code == HTTP_WAITING || v->end != HTTP_OPEN
                       ? what
                       : "never complete, never an error";
        http_vector_copy(v, *at, &byte, 1);
        (void)emrs_response_take(&r.response, &byte, 1, &body);
        r.body_size += (uint32_t)body.size;
    }
    return NULL;
}

/* The vectors */

/* clang-format off */
#define WIRE(text) .prefix = TEXT_INIT(text)
#define LONG(before, piece, count, after)                                                          \
    .prefix = TEXT_INIT(before), .unit = TEXT_INIT(piece), .unit_count = (uint32_t)(count),        \
    .suffix = TEXT_INIT(after)
#define ENDS(by) .end = HTTP_##by
#define TO_CLOSE .to_close = true

#define DONE(status_, body_) .code = EMRS_DONE, .status = status_, .body = TEXT_INIT(body_)
#define PROTOCOL(status_) .code = EMRS_E_PROTOCOL, .status = status_
#define TOO_BIG(status_) .code = EMRS_E_TOO_BIG, .status = status_
#define TRUNCATED(status_) .code = EMRS_E_TRUNCATED, .status = status_
#define WAITING(status_) .code = HTTP_WAITING, .status = status_
#define BODY(text) .body = TEXT_INIT(text)
#define BODY_OF(piece, count) .body = TEXT_INIT(piece), .body_count = (uint32_t)(count)
#define ID(text) .request_id = TEXT_INIT(text)
#define ERROR(text) .error_name = TEXT_INIT(text)
#define CLOSE .close = true
#define NOT_JSON .not_json = true
#define EXTRA(size_) .extra_size = size_

#define OK "HTTP/1.1 200 OK\r\n"
#define OK_10 "HTTP/1.0 200 OK\r\n"
#define FIVE "Content-Length: 5\r\n"
#define TE "Transfer-Encoding: chunked\r\n"
#define HELLO "\r\nhello"
#define CHUNKED OK TE "\r\n"
#define HELLO_CHUNK "5\r\nhello\r\n"
#define LAST "0\r\n\r\n"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define JSON "{\"applicationId\":\"00f1\",\"jobRunId\":\"00f2\"}" /* 42 bytes */
#define BLANKS "                                " /* 32: what is kept of a compared value */
#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

/* A complete answer with the body "hello". Only the status line, a header line or the chunks are
 * under test. */
#define LINE(row, name, line) {row, name, WIRE(line FIVE HELLO), PROTOCOL(0)}
#define GOOD_LINE(row, name, line, status) {row, name, WIRE(line FIVE HELLO), DONE(status, "hello")}
#define HEADER(row, name, header) {row, name, WIRE(OK header FIVE HELLO), PROTOCOL(200)}
#define GOOD_HEADER(row, name, header) {row, name, WIRE(OK header FIVE HELLO), DONE(200, "hello")}
#define LENGTH(row, name, value)                                                                   \
    {row, name, WIRE(OK "Content-Length:" value "\r\n" HELLO), PROTOCOL(200)}
#define CODING(row, name, value)                                                                   \
    {row, name, WIRE(OK "Transfer-Encoding:" value "\r\n\r\n" HELLO_CHUNK LAST), PROTOCOL(200)}
#define CHUNKS(row, name, chunks, body) {row, name, WIRE(CHUNKED chunks), PROTOCOL(200), BODY(body)}
#define GOOD_CHUNKS(row, name, chunks, body) {row, name, WIRE(CHUNKED chunks), DONE(200, body)}

/* The number of bytes that fill the head to its limit. */
#define FILL(rest) (EMRS_HEAD_SIZE_MAX - (sizeof(rest) - 1u))

const http_vector http_vectors[] = {
    /* Valid answers */
    {0, "accepted, as the service answers",
     WIRE(OK "Date: Fri, 02 Jan 2026 03:04:05 GMT\r\nContent-Type: application/json\r\n"
          "Content-Length: 42\r\nConnection: keep-alive\r\n"
          "x-amzn-RequestId: 2f5b9a52-6d1c-4b1e-9c0e-0f5a6f3f2d11\r\n"
          "X-Content-Type-Options: nosniff\r\n\r\n" JSON),
     DONE(200, JSON), ID("2f5b9a52-6d1c-4b1e-9c0e-0f5a6f3f2d11")},
    {0, "refused, as the service answers",
     WIRE("HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.1\r\n"
          "Content-Length: 21\r\nx-amzn-ErrorType: ValidationException\r\n"
          "x-amzn-RequestId: 2f5b9a52\r\n\r\n{\"message\":\"no such\"}"),
     DONE(400, "{\"message\":\"no such\"}"), ID("2f5b9a52"), ERROR("ValidationException")},
    {0, "accepted, in chunks",
     WIRE(OK "Content-Type: application/json\r\n" TE "\r\n2a\r\n" JSON "\r\n" LAST),
     DONE(200, JSON)},
    {0, "a load balancer's page",
     WIRE("HTTP/1.1 503 Service Unavailable\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\n"
          FIVE "Connection: keep-alive\r\n" HELLO), DONE(503, "hello"), NOT_JSON},
    {0, "every status class: 201", WIRE("HTTP/1.1 201 Created\r\n" FIVE HELLO), DONE(201, "hello")},
    {0, "every status class: 302", WIRE("HTTP/1.1 302 Found\r\n" FIVE HELLO), DONE(302, "hello")},
    {0, "every status class: 404", WIRE("HTTP/1.1 404 No\r\n" FIVE HELLO), DONE(404, "hello")},
    {0, "every status class: 599", WIRE("HTTP/1.1 599 No\r\n" FIVE HELLO), DONE(599, "hello")},
    {0, "every status class: 205, which has a body", WIRE("HTTP/1.1 205 R\r\n" FIVE HELLO),
     DONE(205, "hello")},

    /* 59: no byte, or only a part of the head */
    {59, "nothing, cut", WIRE(""), ENDS(CUT), TRUNCATED(0)},
    {59, "nothing, closed", WIRE(""), ENDS(CLOSED), TRUNCATED(0)},
    {59, "nothing, open", WIRE(""), WAITING(0)},
    {59, "an empty line, cut", WIRE("\r\n"), ENDS(CUT), TRUNCATED(0)},
    {59, "two empty lines, closed", WIRE("\r\n\r\n"), ENDS(CLOSED), TRUNCATED(0)},
    {59, "one letter, closed", WIRE("H"), ENDS(CLOSED), TRUNCATED(0)},
    {59, "half a status line, closed", WIRE("HTTP/1.1 20"), ENDS(CLOSED), TRUNCATED(0)},
    {59, "a status line, closed", WIRE(OK), ENDS(CLOSED), TRUNCATED(200)},
    {59, "a status line without LF, closed", WIRE("HTTP/1.1 200 OK\r"), ENDS(CLOSED), TRUNCATED(0)},
    {59, "half a header, closed", WIRE(OK "Content-Le"), ENDS(CLOSED), TRUNCATED(200)},
    {59, "a head without its empty line, closed", WIRE(OK FIVE), ENDS(CLOSED), TRUNCATED(200)},
    {59, "a head without its last LF, closed", WIRE(OK FIVE "\r"), ENDS(CLOSED), TRUNCATED(200)},

    /* 60: the status line */
    LINE(60, "HTTP/2", "HTTP/2 200\r\n"),
    LINE(60, "HTTP/2 with a reason", "HTTP/2 200 OK\r\n"),
    LINE(60, "HTTP/2.0", "HTTP/2.0 200 OK\r\n"),
    LINE(60, "HTTP/3", "HTTP/3 200 OK\r\n"),
    LINE(60, "HTTP/0.9", "HTTP/0.9 200 OK\r\n"),
    LINE(60, "HTTP/1", "HTTP/1 200 OK\r\n"),
    LINE(60, "HTTP/1.2", "HTTP/1.2 200 OK\r\n"),
    LINE(60, "HTTP/1.10", "HTTP/1.10 200 OK\r\n"),
    LINE(60, "HTTP/11.1", "HTTP/11.1 200 OK\r\n"),
    LINE(60, "HTTP/1.x", "HTTP/1.x 200 OK\r\n"),
    LINE(60, "HTTP/1,1", "HTTP/1,1 200 OK\r\n"),
    LINE(60, "HTTP/ 1.1", "HTTP/ 1.1 200 OK\r\n"),
    LINE(60, "http/1.1", "http/1.1 200 OK\r\n"),
    LINE(60, "HTTPS/1.1", "HTTPS/1.1 200 OK\r\n"),
    LINE(60, "HHTTP/1.1", "HHTTP/1.1 200 OK\r\n"),
    LINE(60, "ICY", "ICY 200 OK\r\n"),
    LINE(60, "a version alone", "HTTP/1.1\r\n"),
    LINE(60, "a blank first", " HTTP/1.1 200 OK\r\n"),
    LINE(60, "a byte order mark first", "\xef\xbb\xbf" OK),
    LINE(60, "status of no digit", "HTTP/1.1 \r\n"),
    LINE(60, "status of two digits", "HTTP/1.1 20\r\n"),
    LINE(60, "status of two digits and a reason", "HTTP/1.1 20 OK\r\n"),
    LINE(60, "status of four digits", "HTTP/1.1 2000\r\n"),
    LINE(60, "status of four digits and a reason", "HTTP/1.1 2000 OK\r\n"),
    LINE(60, "status -01", "HTTP/1.1 -01\r\n"),
    LINE(60, "status -200", "HTTP/1.1 -200 OK\r\n"),
    LINE(60, "status +20", "HTTP/1.1 +20 OK\r\n"),
    LINE(60, "status 000", "HTTP/1.1 000 OK\r\n"),
    LINE(60, "status 099", "HTTP/1.1 099 OK\r\n"),
    {60, "status 000, then an answer", WIRE("HTTP/1.1 000 OK\r\n\r\n" OK FIVE HELLO), PROTOCOL(0)},
    {60, "status 099, then an answer", WIRE("HTTP/1.1 099 OK\r\n\r\n" OK FIVE HELLO), PROTOCOL(0)},
    LINE(60, "status 600", "HTTP/1.1 600 OK\r\n"),
    LINE(60, "status 999", "HTTP/1.1 999 OK\r\n"),
    LINE(60, "status 2x0", "HTTP/1.1 2x0 OK\r\n"),
    LINE(60, "status 20x", "HTTP/1.1 20x OK\r\n"),
    LINE(60, "status 0x2", "HTTP/1.1 0x2 OK\r\n"),
    LINE(60, "status 20.", "HTTP/1.1 20. OK\r\n"),
    LINE(60, "status OK", "HTTP/1.1 OK\r\n"),
    LINE(60, "no blank before the reason", "HTTP/1.1 200OK\r\n"),
    LINE(60, "a tab before the status", "HTTP/1.1\t200 OK\r\n"),
    LINE(60, "a tab before the reason", "HTTP/1.1 200\tOK\r\n"),
    LINE(60, "two blanks before the status", "HTTP/1.1  200 OK\r\n"),
    LINE(60, "a request", "GET / HTTP/1.1\r\n"),
    LINE(60, "a page without a head", "<html>\r\n"),
    LINE(60, "a header first", "Content-Type: text/html\r\n"),
    LINE(60, "another protocol", "SSH-2.0-OpenSSH_9.2\r\n"),
    {60, "a TLS alert", WIRE("\x15\x03\x01\0\x02\x02\x46"), PROTOCOL(0)},
    {60, "HTTP/2 settings", WIRE("\0\0\0\x04\0\0\0\0\0"), PROTOCOL(0)},
    GOOD_LINE(60, "no reason", "HTTP/1.1 200\r\n", 200),
    GOOD_LINE(60, "an empty reason", "HTTP/1.1 200 \r\n", 200),
    GOOD_LINE(60, "a reason of words, a tab and UTF-8", "HTTP/1.1 200 a \tb \xc3\xa9\r\n", 200),
    GOOD_LINE(60, "another reason than the status'", "HTTP/1.1 403 OK\r\n", 403),

    /* 61: the body ends with the stream */
    {61, "1.0 to the close, closed", WIRE(OK_10 HELLO), ENDS(CLOSED), TO_CLOSE,
     DONE(200, "hello"), CLOSE},
    {61, "1.0 to the close, cut", WIRE(OK_10 HELLO), ENDS(CUT), TO_CLOSE,
     TRUNCATED(200), BODY("hello")},
    {61, "1.0 to the close, open", WIRE(OK_10 HELLO), TO_CLOSE, WAITING(200), BODY("hello")},
    {61, "1.1 to the close, closed", WIRE(OK HELLO), ENDS(CLOSED), TO_CLOSE,
     DONE(200, "hello"), CLOSE},
    {61, "1.1 to the close, cut", WIRE(OK HELLO), ENDS(CUT), TO_CLOSE,
     TRUNCATED(200), BODY("hello")},
    {61, "1.1 to the close with the header, closed", WIRE(OK "Connection: close\r\n" HELLO),
     ENDS(CLOSED), TO_CLOSE, DONE(200, "hello"), CLOSE},
    {61, "1.1 to the close in spite of keep-alive, closed",
     WIRE(OK "Connection: keep-alive\r\n" HELLO), ENDS(CLOSED), TO_CLOSE,
     DONE(200, "hello"), CLOSE},
    {61, "no body, closed", WIRE(OK "\r\n"), ENDS(CLOSED), TO_CLOSE, DONE(200, ""), CLOSE},
    {61, "no body, cut", WIRE(OK "\r\n"), ENDS(CUT), TO_CLOSE, TRUNCATED(200)},
    {61, "an error, closed", WIRE("HTTP/1.0 403 No\r\nx-amzn-ErrorType: AccessDenied\r\n" HELLO),
     ENDS(CLOSED), TO_CLOSE, DONE(403, "hello"), ERROR("AccessDenied"), CLOSE},
    {61, "an error, cut", WIRE("HTTP/1.0 403 No\r\nx-amzn-ErrorType: AccessDenied\r\n" HELLO),
     ENDS(CUT), TO_CLOSE, TRUNCATED(403), BODY("hello"), ERROR("AccessDenied")},
    {61, "1.0 with a length", WIRE(OK_10 FIVE HELLO), DONE(200, "hello"), CLOSE},
    {61, "1.0 with a length and keep-alive", WIRE(OK_10 FIVE "Connection: keep-alive\r\n" HELLO),
     DONE(200, "hello"), CLOSE},
    {61, "1.0 with chunks", WIRE(OK_10 TE "\r\n" HELLO_CHUNK LAST), PROTOCOL(200)},
    {61, "what looks like a second answer is body", WIRE(OK "\r\n" OK FIVE HELLO), ENDS(CLOSED),
     TO_CLOSE, DONE(200, OK FIVE HELLO), CLOSE},

    /* 62: empty lines before the status line */
    GOOD_LINE(62, "one empty line", "\r\n" OK, 200),
    GOOD_LINE(62, "two empty lines", "\r\n\r\n" OK, 200),
    LINE(62, "three empty lines", "\r\n\r\n\r\n" OK),
    LINE(62, "an empty line of LF", "\n" OK),
    LINE(62, "an empty line of CR", "\r" OK),
    LINE(62, "an empty line of CR CR LF", "\r\r\n" OK),
    LINE(62, "an empty line with a blank", " \r\n" OK),
    LINE(62, "an empty line with NUL", "\0\r\n" OK),
    {62, "two empty lines, then another protocol", WIRE("\r\n\r\nICY 200 OK\r\n"), PROTOCOL(0)},
    {62, "64 KB of empty lines", LONG("", "\r\n", 32768, OK FIVE HELLO), PROTOCOL(0)},
    {62, "64 KB of LF", LONG("", "\n\n", 32768, OK FIVE HELLO), PROTOCOL(0)},

    /* 63: bare CR, bare LF, NUL, folded lines */
    LINE(63, "CR in the reason", "HTTP/1.1 200 O\rK\r\n"),
    LINE(63, "CR CR LF after the reason", "HTTP/1.1 200 OK\r\r\n"),
    LINE(63, "CR alone after the reason", "HTTP/1.1 200 OK\r"),
    LINE(63, "LF alone after the reason", "HTTP/1.1 200 OK\n"),
    LINE(63, "LF alone after the status", "HTTP/1.1 200\n"),
    LINE(63, "NUL in the reason", "HTTP/1.1 200 O\0K\r\n"),
    LINE(63, "NUL in the status", "HTTP/1.1 2\0" "0 OK\r\n"),
    LINE(63, "NUL first", "\0" OK),
    HEADER(63, "CR in a name", "X\rY: a\r\n"),
    HEADER(63, "CR in an unwanted value", "X: a\rb\r\n"),
    HEADER(63, "CR first in an unwanted value", "X: \rb\r\n"),
    HEADER(63, "CR CR LF after a value", "X: a\r\r\n"),
    HEADER(63, "CR alone after a value", "X: a\r"),
    HEADER(63, "CR in a content type", "Content-Type: a\rb\r\n"),
    HEADER(63, "LF alone after a value", "X: a\n"),
    HEADER(63, "LF CR after a value", "X: a\n\r"),
    HEADER(63, "LF alone after an empty value", "X:\n"),
    HEADER(63, "LF alone after the connection", "Connection: keep-alive\n"),
    HEADER(63, "LF in a name", "X\nY: a\r\n"),
    HEADER(63, "LF at the start of a line", "\nX: a\r\n"),
    HEADER(63, "NUL in a name", "X\0Y: a\r\n"),
    HEADER(63, "NUL first in a name", "\0X: a\r\n"),
    HEADER(63, "NUL in an unwanted value", "X: a\0b\r\n"),
    HEADER(63, "NUL first in an unwanted value", "X: \0b\r\n"),
    HEADER(63, "NUL in the connection", "Connection: keep\0alive\r\n"),
    HEADER(63, "NUL in a length", "Content-Length: 5\0\r\n"),
    {63, "NUL in a request id", WIRE(OK "x-amzn-RequestId: ab\0cd\r\n" FIVE HELLO),
     PROTOCOL(200), ID("ab")},
    {63, "CR in a request id", WIRE(OK "x-amzn-RequestId: ab\rcd\r\n" FIVE HELLO),
     PROTOCOL(200), ID("ab")},
    {63, "LF in a request id", WIRE(OK "x-amzn-RequestId: ab\ncd\r\n" FIVE HELLO),
     PROTOCOL(200), ID("ab")},
    {63, "LF after an error name", WIRE("HTTP/1.1 400 No\r\nx-amzn-ErrorType: ab\n" FIVE HELLO),
     PROTOCOL(400), ERROR("ab")},
    {63, "LF LF ends no head", WIRE(OK FIVE "\n\nhello"), PROTOCOL(200)},
    {63, "LF alone ends no head", WIRE(OK FIVE "\nhello"), PROTOCOL(200)},
    {63, "CR alone ends no head", WIRE(OK FIVE "\rhello"), PROTOCOL(200)},
    {63, "CR CR LF ends no head", WIRE(OK FIVE "\r\r\nhello"), PROTOCOL(200)},
    HEADER(63, "a line folded by a blank", "X: a\r\n b\r\n"),
    HEADER(63, "a line folded by a tab", "X: a\r\n\tb\r\n"),
    HEADER(63, "a line folded to nothing", "X: a\r\n \r\n"),
    HEADER(63, "the first line folded", " X: a\r\n"),
    HEADER(63, "a blank before a length", "X: a\r\n Content-Length: 5\r\n"),
    CODING(63, "the chunking folded", "\r\n chunked"),

    /* 64: names */
    HEADER(64, "no colon", "X\r\n"),
    HEADER(64, "no colon, words", "no colon here\r\n"),
    HEADER(64, "a blank before the colon", "X : a\r\n"),
    HEADER(64, "a tab before the colon", "X\t: a\r\n"),
    HEADER(64, "a blank between length and colon", "Content-Length : 5\r\n"),
    {64, "a blank between chunking and colon",
     WIRE(OK "Transfer-Encoding : chunked\r\n\r\n" HELLO_CHUNK LAST), PROTOCOL(200)},
    HEADER(64, "a blank in a name", "X Y: a\r\n"),
    HEADER(64, "an empty name", ": a\r\n"),
    HEADER(64, "an empty name and value", ":\r\n"),
    HEADER(64, "two colons first", "::\r\n"),
    HEADER(64, "a parenthesis in a name", "X(: a\r\n"),
    HEADER(64, "an at sign in a name", "X@Y: a\r\n"),
    HEADER(64, "a slash in a name", "X/Y: a\r\n"),
    HEADER(64, "a quote in a name", "\"X\": a\r\n"),
    HEADER(64, "a bracket in a name", "X[0]: a\r\n"),
    HEADER(64, "a comma in a name", "X,Y: a\r\n"),
    HEADER(64, "a semicolon in a name", "X;Y: a\r\n"),
    HEADER(64, "an equals sign in a name", "X=Y: a\r\n"),
    HEADER(64, "ESC in a name", "X\x1bY: a\r\n"),
    HEADER(64, "DEL in a name", "X\x7fY: a\r\n"),
    HEADER(64, "a byte past ASCII in a name", "X\x80: a\r\n"),
    HEADER(64, "UTF-8 in a name", "\xc3\xa9: a\r\n"),
    GOOD_HEADER(64, "every byte that a name may have",
                "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ: a\r\n"),

    /* 65: the limit of the head */
    {65, "a header line of 64 KB", LONG(OK "X: ", A64, 1024, "\r\n" FIVE HELLO), TOO_BIG(200)},
    {65, "a header line of 1 MB", LONG(OK "X: ", A64, 16384, "\r\n" FIVE HELLO), TOO_BIG(200)},
    {65, "a header name of 64 KB", LONG(OK, A64, 1024, ": a\r\n" FIVE HELLO), TOO_BIG(200)},
    {65, "64 KB of blanks before a value", LONG(OK "X:", BLANKS, 2048, "a\r\n" FIVE HELLO),
     TOO_BIG(200)},
    {65, "64 KB of blanks after a length", LONG(OK "Content-Length: 5", BLANKS, 2048, "\r\n" HELLO),
     TOO_BIG(200)},
    {65, "a reason of 64 KB", LONG("HTTP/1.1 200 ", A64, 1024, "\r\n" FIVE HELLO), TOO_BIG(0)},
    {65, "a length of 64 KB", LONG(OK "Content-Length: ", "0000000000000000", 4096, "5\r\n" HELLO),
     TOO_BIG(200)},
    {65, "a request id of 64 KB", LONG(OK "x-amzn-RequestId: ", A64, 1024, "\r\n" FIVE HELLO),
     TOO_BIG(200), ID(A64)},
    {65, "10000 headers", LONG(OK, "X-Filler: abcdefgh\r\n", 10000, FIVE HELLO), TOO_BIG(200)},
    {65, "10000 shortest headers", LONG(OK, "X:\r\n", 10000, FIVE HELLO), TOO_BIG(200)},
    {65, "10000 connection headers", LONG(OK, "Connection: keep-alive\r\n", 10000, FIVE HELLO),
     TOO_BIG(200)},
    {65, "headers without end", LONG(OK, "X-Filler: abcdefgh\r\n", 65536, ""), TOO_BIG(200)},
    {65, "200 headers", LONG(OK, "X-Filler: abcdefgh\r\n", 200, FIVE HELLO), DONE(200, "hello")},
    {65, "a head of 16384 bytes, one value",
     LONG(OK FIVE "X: ", "a", FILL(OK FIVE "X: \r\n\r\n"), "\r\n" HELLO), DONE(200, "hello")},
    {65, "a head of 16385 bytes, one value",
     LONG(OK FIVE "X: ", "a", FILL(OK FIVE "X: \r\n\r\n") + 1, "\r\n" HELLO), TOO_BIG(200)},
    {65, "a head of 16384 bytes, one name",
     LONG(OK FIVE, "a", FILL(OK FIVE ":\r\n\r\n"), ":\r\n" HELLO), DONE(200, "hello")},
    {65, "a head of 16385 bytes, one name",
     LONG(OK FIVE, "a", FILL(OK FIVE ":\r\n\r\n") + 1, ":\r\n" HELLO), TOO_BIG(200)},
    {65, "a head of 16384 bytes, the reason",
     LONG("HTTP/1.1 200 ", "a", FILL("HTTP/1.1 200 \r\n" FIVE "\r\n"), "\r\n" FIVE HELLO),
     DONE(200, "hello")},
    {65, "a head of 16385 bytes, the reason",
     LONG("HTTP/1.1 200 ", "a", FILL("HTTP/1.1 200 \r\n" FIVE "\r\n") + 1, "\r\n" FIVE HELLO),
     TOO_BIG(200)},
    {65, "a head of 16384 bytes, with empty lines and an interim answer",
     LONG("\r\n\r\n" CONTINUE OK FIVE "X: ", "a",
          FILL("\r\n\r\n" CONTINUE OK FIVE "X: \r\n\r\n"), "\r\n" HELLO), DONE(200, "hello")},
    {65, "a head of 16385 bytes, with empty lines and an interim answer",
     LONG("\r\n\r\n" CONTINUE OK FIVE "X: ", "a",
          FILL("\r\n\r\n" CONTINUE OK FIVE "X: \r\n\r\n") + 1, "\r\n" HELLO), TOO_BIG(200)},
    {65, "an interim answer's head counts",
     LONG("HTTP/1.1 103 E\r\nX: ", "a", 16300, "\r\n\r\n" OK FIVE "X: " A64 "\r\n" HELLO),
     TOO_BIG(200)},
    {65, "256 letters before a wanted name", LONG(OK, A64, 4, "Content-Length: 9\r\n" FIVE HELLO),
     DONE(200, "hello")},
    {65, "256 letters after a wanted name",
     LONG(OK "Content-Length", A64, 4, ": 9\r\n" FIVE HELLO), DONE(200, "hello")},
    {65, "a wanted name many times over",
     LONG(OK, "Content-Length", 256, ": 9\r\n" FIVE HELLO), DONE(200, "hello")},
    {65, "256 letters before a wanted value",
     LONG(OK FIVE "Connection: ", A64, 4, "keep-alive\r\n" HELLO), DONE(200, "hello"), CLOSE},
    {65, "256 letters after a wanted value",
     LONG(OK FIVE "Connection: keep-alive", A64, 4, "\r\n" HELLO), DONE(200, "hello"), CLOSE},
    {65, "256 blanks before a length", LONG(OK "Content-Length:", BLANKS, 8, "5\r\n" HELLO),
     DONE(200, "hello")},
    {65, "256 blanks after a length", LONG(OK "Content-Length: 5", BLANKS, 8, "\r\n" HELLO),
     DONE(200, "hello")},
    {65, "256 blanks inside a length", LONG(OK "Content-Length: 5", BLANKS, 8, "5\r\n" HELLO),
     PROTOCOL(200)},

    /* 66: interim answers */
    {66, "100 once", WIRE(CONTINUE OK FIVE HELLO), DONE(200, "hello")},
    {66, "100 without a reason", WIRE("HTTP/1.1 100\r\n\r\n" OK FIVE HELLO), DONE(200, "hello")},
    {66, "102", WIRE("HTTP/1.1 102 Processing\r\n\r\n" OK FIVE HELLO), DONE(200, "hello")},
    {66, "103 with headers",
     WIRE("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n" OK FIVE HELLO),
     DONE(200, "hello")},
    {66, "199", WIRE("HTTP/1.1 199 What\r\n\r\n" OK FIVE HELLO), DONE(200, "hello")},
    {66, "four", LONG("", CONTINUE, 4, OK FIVE HELLO), DONE(200, "hello")},
    {66, "five", LONG("", CONTINUE, 5, OK FIVE HELLO), PROTOCOL(0)},
    {66, "10000", LONG("", CONTINUE, 10000, OK FIVE HELLO), PROTOCOL(0)},
    {66, "256 shortest", LONG("", "HTTP/1.1 100\r\n\r\n", 256, OK FIVE HELLO), PROTOCOL(0)},
    {66, "101", WIRE("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" OK FIVE HELLO),
     PROTOCOL(0)},
    {66, "100, then 101", WIRE(CONTINUE "HTTP/1.1 101 S\r\n\r\n" OK FIVE HELLO), PROTOCOL(0)},
    {66, "its request id and error name are not kept",
     WIRE("HTTP/1.1 100 C\r\nx-amzn-RequestId: a\r\nx-amzn-ErrorType: b\r\n\r\n" OK FIVE HELLO),
     DONE(200, "hello")},
    {66, "the final answer's are",
     WIRE("HTTP/1.1 100 C\r\nx-amzn-RequestId: aa\r\nx-amzn-ErrorType: bb\r\n\r\n"
          "HTTP/1.1 400 No\r\nx-amzn-ErrorType: d\r\nx-amzn-RequestId: c\r\n" FIVE HELLO),
     DONE(400, "hello"), ID("c"), ERROR("d")},
    {66, "its length, chunking, encoding and type are not the answer's",
     WIRE("HTTP/1.1 100 C\r\nContent-Length: 9\r\n" TE "Content-Encoding: gzip\r\n"
          "Content-Type: text/html\r\n\r\n" OK FIVE HELLO), DONE(200, "hello")},
    {66, "its length is not compared",
     WIRE("HTTP/1.1 100 C\r\nContent-Length: 9\r\n\r\n" OK HELLO), ENDS(CLOSED), TO_CLOSE,
     DONE(200, "hello"), CLOSE},
    {66, "its length must be one",
     WIRE("HTTP/1.1 100 C\r\nContent-Length: x\r\n\r\n" OK FIVE HELLO),
     PROTOCOL(0)},
    {66, "it has no body", WIRE("HTTP/1.1 100 C\r\n" FIVE "\r\nhello" OK FIVE HELLO), PROTOCOL(0)},
    {66, "no empty line after it", WIRE(CONTINUE "\r\n" OK FIVE HELLO), PROTOCOL(0)},
    {66, "alone, closed", WIRE(CONTINUE), ENDS(CLOSED), TRUNCATED(0)},
    {66, "alone, open", WIRE(CONTINUE), WAITING(0)},
    {66, "another protocol after it", WIRE(CONTINUE "ICY 200 OK\r\n"), PROTOCOL(0)},
    {66, "1.0 after it", WIRE(CONTINUE OK_10 HELLO), ENDS(CLOSED), TO_CLOSE,
     DONE(200, "hello"), CLOSE},

    /* 67: a length more than once */
    GOOD_HEADER(67, "twice the same", FIVE),
    GOOD_HEADER(67, "three times the same, apart", FIVE "X: a\r\ncontent-length:5 \r\n"),
    GOOD_HEADER(67, "twice the same number", "Content-Length: 005\r\n"),
    HEADER(67, "twice, different", "Content-Length: 6\r\n"),
    HEADER(67, "twice, the first is 0", "Content-Length: 0\r\n"),
    HEADER(67, "twice, the first is past the limit", "Content-Length: 9999999\r\n"),
    HEADER(67, "twice, the first is empty", "Content-Length:\r\n"),
    {67, "twice, the second different",
     WIRE(OK FIVE "Content-Length: 50\r\n" HELLO), PROTOCOL(200)},
    {67, "twice, the second empty", WIRE(OK FIVE "Content-Length:\r\n" HELLO), PROTOCOL(200)},
    {67, "twice, 5 and 2^32 + 5",
     WIRE(OK FIVE "Content-Length: 4294967301\r\n" HELLO), PROTOCOL(200)},
    {67, "twice the same, past the limit",
     WIRE(OK "Content-Length: 9999999\r\nContent-Length: 9999999\r\n" HELLO), TOO_BIG(200)},
    LENGTH(67, "a list of the same", " 5, 5"),
    LENGTH(67, "a list of the same, without blanks", " 5,5"),
    LENGTH(67, "a list of different ones", " 5, 6"),
    LENGTH(67, "a list of one", " 5,"),

    /* 68: a length that is no number */
    LENGTH(68, "+5", " +5"),
    LENGTH(68, "-1", " -1"),
    LENGTH(68, "-5", " -5"),
    LENGTH(68, "0x10", " 0x10"),
    LENGTH(68, "0x5", " 0x5"),
    LENGTH(68, "5x", " 5x"),
    LENGTH(68, "x5", " x5"),
    LENGTH(68, "empty", ""),
    LENGTH(68, "a blank", " "),
    LENGTH(68, "a tab and blanks", "\t  "),
    LENGTH(68, "5 5", " 5 5"),
    LENGTH(68, "5 and a tab and 5", " 5\t5"),
    LENGTH(68, "5;", " 5;"),
    LENGTH(68, "5.0", " 5.0"),
    LENGTH(68, "5e0", " 5e0"),
    LENGTH(68, "5 in quotes", " \"5\""),
    LENGTH(68, "a wide 5", " \xef\xbc\x95"),
    LENGTH(68, "5 and a vertical tab", " 5\v"),
    LENGTH(68, "five", " five"),
    LENGTH(68, ":5", ":5"),
    LENGTH(68, "bytes around the digits", " /:"),

    /* 69: a length above the limit, or too large for an integer */
    {69, "2^31 - 1", WIRE(OK "Content-Length: 2147483647\r\n" HELLO), TOO_BIG(200)},
    {69, "2^31", WIRE(OK "Content-Length: 2147483648\r\n" HELLO), TOO_BIG(200)},
    {69, "2^32", WIRE(OK "Content-Length: 4294967296\r\n" HELLO), TOO_BIG(200)},
    {69, "2^32 + 5", WIRE(OK "Content-Length: 4294967301\r\n" HELLO), TOO_BIG(200)},
    {69, "2^63", WIRE(OK "Content-Length: 9223372036854775808\r\n" HELLO), TOO_BIG(200)},
    {69, "2^64", WIRE(OK "Content-Length: 18446744073709551616\r\n" HELLO), TOO_BIG(200)},
    {69, "2^64 + 5", WIRE(OK "Content-Length: 18446744073709551621\r\n" HELLO), TOO_BIG(200)},
    {69, "40 digits", LONG(OK "Content-Length: ", "9", 40, "\r\n" HELLO), TOO_BIG(200)},
    {69, "400 digits", LONG(OK "Content-Length: ", "1234567890", 40, "\r\n" HELLO), TOO_BIG(200)},
    {69, "32 digits that say 5", LONG(OK "Content-Length: ", "0", 31, "5\r\n" HELLO),
     DONE(200, "hello")},
    {69, "33 digits that say 5: not looked at", LONG(OK "Content-Length: ", "0", 32, "5\r\n" HELLO),
     TOO_BIG(200)},
    {69, "one past the limit", LONG(OK "Content-Length: 1048577\r\n\r\n", A64, 16384, "a"),
     TOO_BIG(200)},
    {69, "ten times the limit", WIRE(OK "Content-Length: 10485760\r\n" HELLO), TOO_BIG(200)},

    /* 70: length and chunks */
    {70, "length, then chunks", WIRE(OK FIVE TE "\r\n" HELLO_CHUNK LAST), PROTOCOL(200)},
    {70, "chunks, then length", WIRE(OK TE FIVE "\r\n" HELLO_CHUNK LAST), PROTOCOL(200)},
    {70, "length 0, then chunks", WIRE(OK "Content-Length: 0\r\n" TE "\r\n" LAST), PROTOCOL(200)},
    {70, "chunks, then length, apart",
     WIRE(OK "transfer-encoding:chunked\r\nX: a\r\ncontent-length:5\r\n" HELLO), PROTOCOL(200)},
    {70, "length, then chunks, with an error", WIRE("HTTP/1.1 400 No\r\n" FIVE TE HELLO),
     PROTOCOL(400)},
    {70, "length, then chunks, without a body", WIRE("HTTP/1.1 204 No\r\n" FIVE TE "\r\n"),
     PROTOCOL(204)},

    /* 71: Transfer-Encoding */
    CODING(71, "gzip, chunked", " gzip, chunked"),
    CODING(71, "xchunked", " xchunked"),
    CODING(71, "chunkedx", " chunkedx"),
    CODING(71, "chunke", " chunke"),
    CODING(71, "identity", " identity"),
    CODING(71, "gzip", " gzip"),
    CODING(71, "empty", ""),
    CODING(71, "chunked, chunked", " chunked, chunked"),
    CODING(71, "chunked, identity", " chunked, identity"),
    CODING(71, "chunked and a comma", " chunked,"),
    CODING(71, "a comma and chunked", " ,chunked"),
    CODING(71, "chunked with a parameter", " chunked;q=1"),
    CODING(71, "chunked in quotes", " \"chunked\""),
    CODING(71, "a vertical tab before chunked", " \vchunked"),
    CODING(71, "a form feed after chunked", " chunked\f"),
    CODING(71, "a no-break space before chunked", " \xa0" "chunked"),
    CODING(71, "gzip past what is kept", " chunked" BLANKS ", gzip"),
    {71, "twice", WIRE(OK TE TE "\r\n" HELLO_CHUNK LAST), PROTOCOL(200)},
    {71, "chunked, then identity",
     WIRE(OK TE "Transfer-Encoding: identity\r\n\r\n" HELLO_CHUNK LAST), PROTOCOL(200)},
    {71, "identity, then chunked",
     WIRE(OK "Transfer-Encoding: identity\r\n" TE "\r\n" HELLO_CHUNK LAST), PROTOCOL(200)},
    {71, "CHUNKED", WIRE(OK "TRANSFER-ENCODING: CHUNKED\r\n\r\n" HELLO_CHUNK LAST),
     DONE(200, "hello")},
    {71, "blanks round chunked",
     WIRE(OK "Transfer-Encoding:\t chunked" BLANKS "\t\r\n\r\n" HELLO_CHUNK LAST),
     DONE(200, "hello")},

    /* 72: case, order, blanks; names and values of headers that are almost those that count */
    {72, "lower case", WIRE(OK "content-length: 5\r\nx-amzn-requestid: a\r\n" HELLO),
     DONE(200, "hello"), ID("a")},
    {72, "upper case", WIRE(OK "CONTENT-LENGTH: 5\r\nX-AMZN-REQUESTID: a\r\n" HELLO),
     DONE(200, "hello"), ID("a")},
    {72, "mixed case", WIRE(OK "cOnTeNt-LeNgTh: 5\r\nX-aMzN-rEqUeStId: a\r\n" HELLO),
     DONE(200, "hello"), ID("a")},
    {72, "length first", WIRE(OK FIVE "x-amzn-RequestId: a\r\nServer: b\r\n" HELLO),
     DONE(200, "hello"), ID("a")},
    {72, "length last", WIRE(OK "Server: b\r\nx-amzn-RequestId: a\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("a")},
    {72, "no blanks", WIRE(OK "Content-Length:5\r\nx-amzn-RequestId:a\r\n" HELLO),
     DONE(200, "hello"), ID("a")},
    {72, "many blanks", WIRE(OK "Content-Length:   5   \r\nx-amzn-RequestId:   a   \r\n" HELLO),
     DONE(200, "hello"), ID("a")},
    {72, "tabs", WIRE(OK "Content-Length:\t5\t\r\nx-amzn-RequestId:\t \ta\t \t\r\n" HELLO),
     DONE(200, "hello"), ID("a")},
    {72, "empty values", WIRE(OK "X:\r\nY: \r\nx-amzn-RequestId:\r\n" FIVE HELLO),
     DONE(200, "hello")},
    GOOD_HEADER(72, "colons in a value", "X: a:b::c\r\n"),
    GOOD_HEADER(72, "any byte but CR, LF and NUL in a value", "X: \x01\x1b\x7f\x80\xff \" \\\r\n"),
    GOOD_HEADER(72, "the same header often", "Set-Cookie: a\r\nSet-Cookie: b\r\nSet-Cookie: a\r\n"),
    GOOD_HEADER(72, "a name one letter shorter", "Content-Lengt: 9\r\n"),
    GOOD_HEADER(72, "a name one letter longer", "Content-Length2: 9\r\n"),
    GOOD_HEADER(72, "a name with another end", "Content-Lengtx: 9\r\n"),
    GOOD_HEADER(72, "a name with another start", "Xontent-Length: 9\r\n"),
    GOOD_HEADER(72, "a name with an underscore", "Content_Length: 9\r\n"),
    GOOD_HEADER(72, "a name inside a name", "X-Content-Length: 9\r\n"),
    GOOD_HEADER(72, "half of two wanted names", "Content-Type-Length: 9\r\n"),
    GOOD_HEADER(72, "a wanted name in a value", "X: Content-Length: 9\r\n"),
    {72, "the request id's other name", WIRE(OK "x-amz-request-id: a\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("a")},
    GOOD_HEADER(72, "not the request id: one letter shorter", "x-amzn-RequestI: a\r\n"),
    GOOD_HEADER(72, "not the request id: one letter longer", "x-amzn-RequestId2: a\r\n"),
    GOOD_HEADER(72, "not the request id: x-amz-id-2", "x-amz-id-2: a\r\n"),
    GOOD_HEADER(72, "Connection: keep-alive", "Connection: keep-alive\r\n"),
    GOOD_HEADER(72, "Connection: Keep-Alive", "Connection:Keep-Alive \r\n"),
    GOOD_HEADER(72, "Keep-Alive is another header", "Keep-Alive: timeout=5, max=0\r\n"),
    {72, "Connection: close", WIRE(OK "Connection: close\r\n" FIVE HELLO),
     DONE(200, "hello"), CLOSE},
    {72, "Connection: CLOSE", WIRE(OK "CONNECTION:CLOSE\r\n" FIVE HELLO),
     DONE(200, "hello"), CLOSE},
    {72, "Connection: keep-alive, close", WIRE(OK "Connection: keep-alive, close\r\n" FIVE HELLO),
     DONE(200, "hello"), CLOSE},
    {72, "Connection: close, then keep-alive",
     WIRE(OK "Connection: close\r\nConnection: keep-alive\r\n" FIVE HELLO),
     DONE(200, "hello"), CLOSE},
    {72, "Connection: keep-alive, then close",
     WIRE(OK "Connection: keep-alive\r\n" FIVE "Connection: close\r\n" HELLO),
     DONE(200, "hello"), CLOSE},
    {72, "Connection: upgrade", WIRE(OK "Connection: upgrade\r\n" FIVE HELLO),
     DONE(200, "hello"), CLOSE},
    {72, "Connection: nothing", WIRE(OK "Connection:\r\n" FIVE HELLO), DONE(200, "hello"), CLOSE},
    {72, "Connection: close past what is kept",
     WIRE(OK "Connection: keep-alive" BLANKS ", close\r\n" FIVE HELLO), DONE(200, "hello"), CLOSE},
    GOOD_HEADER(72, "JSON", "Content-Type: application/json\r\n"),
    GOOD_HEADER(72, "JSON in capitals", "CONTENT-TYPE:APPLICATION/JSON\r\n"),
    GOOD_HEADER(72, "JSON with a charset", "Content-Type: application/json; charset=utf-8\r\n"),
    GOOD_HEADER(72, "JSON with a charset apart",
                "Content-Type: application/json ;charset=utf-8\r\n"),
    GOOD_HEADER(72, "JSON with long parameters",
                "Content-Type: application/json; charset=utf-8; profile=\"" A64 "\"\r\n"),
    GOOD_HEADER(72, "Amazon's JSON", "Content-Type: application/x-amz-json-1.1\r\n"),
    GOOD_HEADER(72, "Amazon's JSON with a charset",
                "Content-Type: application/x-amz-json-1.1; charset=utf-8\r\n"),
    {72, "HTML", WIRE(OK "Content-Type: text/html\r\n" FIVE HELLO), DONE(200, "hello"), NOT_JSON},
    {72, "HTML with JSON in a parameter",
     WIRE(OK "Content-Type: text/html; application/json\r\n" FIVE HELLO),
     DONE(200, "hello"), NOT_JSON},
    {72, "a type that starts like JSON", WIRE(OK "Content-Type: application/jsonp\r\n" FIVE HELLO),
     DONE(200, "hello"), NOT_JSON},
    {72, "a type cut short", WIRE(OK "Content-Type: application/jso\r\n" FIVE HELLO),
     DONE(200, "hello"), NOT_JSON},
    {72, "an empty type", WIRE(OK "Content-Type:\r\n" FIVE HELLO), DONE(200, "hello"), NOT_JSON},
    {72, "a type that is only a semicolon", WIRE(OK "Content-Type: ;\r\n" FIVE HELLO),
     DONE(200, "hello"), NOT_JSON},
    {72, "a type past what is kept",
     WIRE(OK "Content-Type: application/json" BLANKS ", text/html\r\n" FIVE HELLO),
     DONE(200, "hello"), NOT_JSON},

    /* 73: Content-Encoding. The request asks for none */
    HEADER(73, "gzip", "Content-Encoding: gzip\r\n"),
    HEADER(73, "GZIP", "CONTENT-ENCODING:GZIP\r\n"),
    HEADER(73, "deflate", "Content-Encoding: deflate\r\n"),
    HEADER(73, "br", "Content-Encoding: br\r\n"),
    HEADER(73, "aws-chunked", "Content-Encoding: aws-chunked\r\n"),
    HEADER(73, "identity, gzip", "Content-Encoding: identity, gzip\r\n"),
    HEADER(73, "gzip, identity", "Content-Encoding: gzip, identity\r\n"),
    HEADER(73, "identityx", "Content-Encoding: identityx\r\n"),
    HEADER(73, "identity, then gzip", "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"),
    HEADER(73, "gzip, then identity", "Content-Encoding: gzip\r\nContent-Encoding: identity\r\n"),
    HEADER(73, "gzip past what is kept", "Content-Encoding: identity" BLANKS ", gzip\r\n"),
    {73, "gzip, in chunks", WIRE(OK TE "Content-Encoding: gzip\r\n\r\n" LAST), PROTOCOL(200)},
    {73, "gzip, to the close", WIRE(OK "Content-Encoding: gzip\r\n" HELLO), PROTOCOL(200)},
    {73, "gzip, with an error", WIRE("HTTP/1.1 403 No\r\nContent-Encoding: gzip\r\n" FIVE HELLO),
     PROTOCOL(403)},
    {73, "gzip, and a length above the limit: the first error is kept",
     WIRE(OK "Content-Encoding: gzip\r\nContent-Length: 2000000\r\n" HELLO), PROTOCOL(200)},
    GOOD_HEADER(73, "identity", "Content-Encoding: identity\r\n"),
    GOOD_HEADER(120, "empty", "Content-Encoding:\r\n"),
    GOOD_HEADER(120, "blanks", "Content-Encoding: \t \r\n"),
    GOOD_HEADER(120, "empty, then identity", "Content-Encoding:\r\nContent-Encoding: identity\r\n"),
    HEADER(73, "empty, then gzip", "Content-Encoding:\r\nContent-Encoding: gzip\r\n"),
    GOOD_HEADER(73, "IDENTITY", "content-encoding:IDENTITY\t\r\n"),
    GOOD_HEADER(73, "identity twice",
                "Content-Encoding: identity\r\nContent-Encoding: identity\r\n"),

    /* 74: what is kept of an answer: unchanged (errors.c cleans it), as much as its buffer
     * holds, and only the first of several */
    {74, "ESC in a request id", WIRE(OK "x-amzn-RequestId: \x1b[31mred\x1b[0m\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("\x1b[31mred\x1b[0m")},
    {74, "control bytes in a request id",
     WIRE(OK "x-amzn-RequestId: \x01\x08\x0b\x1f\x7f\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("\x01\x08\x0b\x1f\x7f")},
    {74, "bytes past ASCII in a request id",
     WIRE(OK "x-amzn-RequestId: \xc2\x9b\xff\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("\xc2\x9b\xff")},
    {74, "blanks inside a request id", WIRE(OK "x-amzn-RequestId: a \t b \t\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("a \t b")},
    {74, "ESC in an error name",
     WIRE("HTTP/1.1 400 No\r\nx-amzn-ErrorType: \x1b]0;a\x07" "b\r\n" FIVE HELLO),
     DONE(400, "hello"), ERROR("\x1b]0;a\x07" "b")},
    {74, "an error name with its page",
     WIRE("HTTP/1.1 400 No\r\nx-amzn-ErrorType: A:http://internal.amazon.com/b/\r\n" FIVE HELLO),
     DONE(400, "hello"), ERROR("A:http://internal.amazon.com/b/")},
    {74, "a request id of 64 bytes", WIRE(OK "x-amzn-RequestId: " A64 "\r\n" FIVE HELLO),
     DONE(200, "hello"), ID(A64)},
    {74, "a request id of 65 bytes", WIRE(OK "x-amzn-RequestId: " A64 "b\r\n" FIVE HELLO),
     DONE(200, "hello"), ID(A64)},
    {74, "a request id of 1024 bytes",
     LONG(OK "x-amzn-RequestId: ", A64, 16, "\r\n" FIVE HELLO), DONE(200, "hello"), ID(A64)},
    {74, "a request id of 63 bytes, blanks, and more",
     WIRE(OK "x-amzn-RequestId: " A16 A16 A16 "aaaaaaaaaaaaaaa  b\r\n" FIVE HELLO),
     DONE(200, "hello"), ID(A16 A16 A16 "aaaaaaaaaaaaaaa")},
    {74, "an error name of 128 bytes",
     WIRE("HTTP/1.1 400 No\r\nx-amzn-ErrorType: " A64 A64 "\r\n" FIVE HELLO),
     DONE(400, "hello"), ERROR(A64 A64)},
    {74, "an error name of 129 bytes",
     WIRE("HTTP/1.1 400 No\r\nx-amzn-ErrorType: " A64 A64 "b\r\n" FIVE HELLO),
     DONE(400, "hello"), ERROR(A64 A64)},
    {74, "two request ids", WIRE(OK "x-amzn-RequestId: a\r\nx-amzn-RequestId: bb\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("a")},
    {74, "a request id by either name",
     WIRE(OK "x-amz-request-id: a\r\nx-amzn-RequestId: bb\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("a")},
    {74, "a request id larger than its buffer, then another",
     WIRE(OK "x-amzn-RequestId: " A64 "b\r\nx-amzn-RequestId: c\r\n" FIVE HELLO),
     DONE(200, "hello"), ID(A64)},
    {74, "an empty request id, then another",
     WIRE(OK "x-amzn-RequestId: \r\nx-amzn-RequestId: b\r\n" FIVE HELLO),
     DONE(200, "hello"), ID("b")},
    {74, "two error names",
     WIRE("HTTP/1.1 400 No\r\nx-amzn-ErrorType: ValidationException\r\n"
          "X-Amzn-ErrorType: ThrottlingException\r\n" FIVE HELLO),
     DONE(400, "hello"), ERROR("ValidationException")},
    {74, "a request id and an error name in the trailers are not kept",
     WIRE(CHUNKED HELLO_CHUNK "0\r\nx-amzn-RequestId: a\r\nx-amzn-ErrorType: b\r\n\r\n"),
     DONE(200, "hello")},

    /* 75: fewer bytes than the length says */
    {75, "one byte less, cut", WIRE(OK FIVE "\r\nhell"), ENDS(CUT), TRUNCATED(200), BODY("hell")},
    {75, "one byte less, closed", WIRE(OK FIVE "\r\nhell"), ENDS(CLOSED), TRUNCATED(200),
     BODY("hell")},
    {75, "one byte less, open", WIRE(OK FIVE "\r\nhell"), WAITING(200), BODY("hell")},
    {75, "no body, closed", WIRE(OK FIVE "\r\n"), ENDS(CLOSED), TRUNCATED(200)},
    {75, "no body, cut", WIRE(OK "Connection: close\r\n" FIVE "\r\n"), ENDS(CUT), TRUNCATED(200)},
    {75, "the largest length, five bytes", WIRE(OK "Content-Length: 1048576\r\n" HELLO),
     ENDS(CLOSED), TRUNCATED(200), BODY("hello")},
    {75, "an error, closed",
     WIRE("HTTP/1.1 400 No\r\nx-amzn-ErrorType: A\r\nx-amzn-RequestId: b\r\n" FIVE "\r\nhell"),
     ENDS(CLOSED), TRUNCATED(400), BODY("hell"), ID("b"), ERROR("A")},
    {75, "1.0, one byte less, closed", WIRE(OK_10 FIVE "\r\nhell"), ENDS(CLOSED), TRUNCATED(200),
     BODY("hell")},

    /* 76: bytes after the answer */
    {76, "one byte more", WIRE(OK FIVE HELLO "!"), DONE(200, "hello"), EXTRA(1)},
    {76, "an empty line more", WIRE(OK FIVE HELLO "\r\n"), DONE(200, "hello"), EXTRA(2)},
    {76, "NULs more", WIRE(OK FIVE HELLO "\0\0\0"), DONE(200, "hello"), EXTRA(3)},
    {76, "a second answer", WIRE(OK FIVE HELLO OK FIVE HELLO), DONE(200, "hello"),
     EXTRA(sizeof(OK FIVE HELLO) - 1u)},
    {76, "a second answer after no body", WIRE(OK "Content-Length: 0\r\n\r\n" OK FIVE HELLO),
     DONE(200, ""), EXTRA(sizeof(OK FIVE HELLO) - 1u)},
    {76, "a second answer after chunks", WIRE(CHUNKED HELLO_CHUNK LAST OK FIVE HELLO),
     DONE(200, "hello"), EXTRA(sizeof(OK FIVE HELLO) - 1u)},
    {76, "bytes after trailers", WIRE(CHUNKED HELLO_CHUNK "0\r\nX: a\r\n\r\nmore"),
     DONE(200, "hello"), EXTRA(4)},
    {76, "64 KB more", LONG(OK FIVE HELLO, A64, 1024, ""), DONE(200, "hello"), EXTRA(65536)},
    {76, "one byte more, with close", WIRE(OK FIVE "Connection: close\r\n" HELLO "!"), ENDS(CLOSED),
     DONE(200, "hello"), CLOSE, EXTRA(1)},

    /* 77: a body that is larger than any buffer */
    {77, "an error of 4 KB", LONG("HTTP/1.1 400 No\r\nContent-Length: 4096\r\n\r\n", A64, 64, ""),
     .code = EMRS_DONE, .status = 400, BODY_OF(A64, 64)},
    {77, "an error of 100 KB",
     LONG("HTTP/1.1 400 No\r\nContent-Length: 102400\r\nx-amzn-ErrorType: A\r\n\r\n",
          A64, 1600, ""),
     .code = EMRS_DONE, .status = 400, BODY_OF(A64, 1600), ERROR("A")},
    {77, "an error of 4 KB in chunks",
     LONG("HTTP/1.1 403 No\r\n" TE "\r\n", "40\r\n" A64 "\r\n", 64, LAST),
     .code = EMRS_DONE, .status = 403, BODY_OF(A64, 64)},
    {77, "an error in XML",
     WIRE("HTTP/1.1 403 No\r\nContent-Type: application/xml\r\nContent-Length: 8\r\n\r\n<Error/>"),
     DONE(403, "<Error/>"), NOT_JSON},

    /* 78: a 200 without ids: complete for the parser, but not accepted by the call */
    {78, "length 0", WIRE(OK "Content-Length: 0\r\n\r\n"), DONE(200, "")},
    {78, "length 000", WIRE(OK "Content-Length: 000\r\n\r\n"), DONE(200, "")},
    {78, "no chunk but the last", WIRE(CHUNKED LAST), DONE(200, "")},
    {78, "to the close", WIRE(OK "\r\n"), ENDS(CLOSED), TO_CLOSE, DONE(200, ""), CLOSE},
    {78, "a blank", WIRE(OK "Content-Length: 1\r\n\r\n "), DONE(200, " ")},
    {78, "any byte is allowed: NUL, CR, LF, 0xff",
     WIRE(OK "Content-Length: 6\r\n\r\n\0\r\n\r\n\xff"), DONE(200, "\0\r\n\r\n\xff")},

    /* 79: 204 and 304 have no body, whatever the head says; bytes after the head are not read */
    {79, "204", WIRE("HTTP/1.1 204 No Content\r\n\r\n"), DONE(204, "")},
    {79, "204 with length 0", WIRE("HTTP/1.1 204 N\r\nContent-Length: 0\r\n\r\n"), DONE(204, "")},
    {79, "204 with length and body", WIRE("HTTP/1.1 204 N\r\n" FIVE HELLO), DONE(204, ""),
     EXTRA(5)},
    {79, "204 with chunks", WIRE("HTTP/1.1 204 N\r\n" TE "\r\n" HELLO_CHUNK LAST), DONE(204, ""),
     EXTRA(15)},
    {79, "204 with a body to the close", WIRE("HTTP/1.1 204 N\r\n" HELLO), ENDS(CLOSED),
     DONE(204, ""), EXTRA(5)},
    {79, "204, cut after its head", WIRE("HTTP/1.1 204 N\r\n\r\n"), ENDS(CUT), DONE(204, "")},
    {79, "204 of 1.0", WIRE("HTTP/1.0 204 N\r\n\r\n"), DONE(204, ""), CLOSE},
    {79, "204 with gzip", WIRE("HTTP/1.1 204 N\r\nContent-Encoding: gzip\r\n\r\n"), PROTOCOL(204)},
    {79, "204 with no number for a length", WIRE("HTTP/1.1 204 N\r\nContent-Length: x\r\n\r\n"),
     PROTOCOL(204)},
    {79, "304", WIRE("HTTP/1.1 304 Not Modified\r\n\r\n"), DONE(304, "")},
    {79, "304 with length and no body", WIRE("HTTP/1.1 304 N\r\n" FIVE "\r\n"), DONE(304, "")},
    {79, "304 with length and body", WIRE("HTTP/1.1 304 N\r\n" FIVE HELLO), DONE(304, ""),
     EXTRA(5)},
    {79, "304 with chunks", WIRE("HTTP/1.1 304 N\r\n" TE "\r\n" HELLO_CHUNK LAST), DONE(304, ""),
     EXTRA(15)},

    /* 80: chunk sizes */
    CHUNKS(80, "empty", "\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "empty with an extension", ";a=b\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "-2", "-2\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "-0", "-0\r\n\r\n", ""),
    CHUNKS(80, "+5", "+5\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "0x5", "0x5\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "5h", "5h\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "g", "g\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "5,", "5,\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "5.0", "5.0\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "5 in quotes", "\"5\"\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "bytes around the digits: /", "/\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "bytes around the digits: :", ":\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "bytes around the digits: @", "@\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "bytes around the digits: `", "`\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "NUL", "5\0\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "a blank before", " 5\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "a blank after", "5 \r\nhello\r\n" LAST, ""),
    CHUNKS(80, "a tab after", "5\t\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "a blank inside", "0 5\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "LF alone after", "5\nhello\r\n" LAST, ""),
    CHUNKS(80, "CR alone after", "5\rhello\r\n" LAST, ""),
    CHUNKS(80, "CR CR LF after", "5\r\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "16 F's", "FFFFFFFFFFFFFFFF\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "17 digits", "10000000000000005\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "2^32 + 5", "100000005\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "9 digits that say 5", "000000005\r\nhello\r\n" LAST, ""),
    CHUNKS(80, "9 zeros", "000000000\r\n\r\n", ""),
    {80, "1000 zeros", LONG(CHUNKED, "0", 1000, "5\r\nhello\r\n" LAST), PROTOCOL(200)},
    {80, "64 KB of zeros", LONG(CHUNKED, "0000000000000000", 4096, "\r\n\r\n"), PROTOCOL(200)},
    {80, "8 F's", WIRE(CHUNKED "FFFFFFFF\r\nhello\r\n" LAST), TOO_BIG(200)},
    {80, "2^31", WIRE(CHUNKED "80000000\r\nhello\r\n" LAST), TOO_BIG(200)},
    {80, "one past the limit", WIRE(CHUNKED "100001\r\nhello\r\n" LAST), TOO_BIG(200)},
    {80, "the limit, after five bytes", WIRE(CHUNKED HELLO_CHUNK "100000\r\nhello\r\n" LAST),
     TOO_BIG(200), BODY("hello")},
    {80, "2^32 less five, after five bytes", WIRE(CHUNKED HELLO_CHUNK "FFFFFFFB\r\nhello\r\n" LAST),
     TOO_BIG(200), BODY("hello")},
    CHUNKS(80, "empty, after a chunk", HELLO_CHUNK "\r\n\r\n", "hello"),
    CHUNKS(80, "nine digits, after a chunk", HELLO_CHUNK "000000000\r\n\r\n", "hello"),
    GOOD_CHUNKS(80, "8 digits that say 5", "00000005\r\nhello\r\n" LAST, "hello"),
    GOOD_CHUNKS(80, "8 zeros", HELLO_CHUNK "00000000\r\n\r\n", "hello"),
    GOOD_CHUNKS(80, "8 digits each time", "00000005\r\nhello\r\n00000001\r\n!\r\n" LAST, "hello!"),
    GOOD_CHUNKS(80, "digits of either case", "a\r\n0123456789\r\nA\r\n0123456789\r\n"
                "0b\r\nhello world\r\n" LAST, "01234567890123456789hello world"),
    GOOD_CHUNKS(80, "a chunk that looks like chunks", "f\r\n" HELLO_CHUNK LAST "\r\n" LAST,
                HELLO_CHUNK LAST),

    /* 81: what follows a chunk */
    CHUNKS(81, "nothing", "5\r\nhello0\r\n\r\n", "hello"),
    CHUNKS(81, "LF", "5\r\nhello\n" LAST, "hello"),
    CHUNKS(81, "CR", "5\r\nhello\r" LAST, "hello"),
    CHUNKS(81, "CR CR LF", "5\r\nhello\r\r\n" LAST, "hello"),
    CHUNKS(81, "LF CR", "5\r\nhello\n\r" LAST, "hello"),
    CHUNKS(81, "a byte", "5\r\nhello!\r\n" LAST, "hello"),
    CHUNKS(81, "a byte and LF", "5\r\nhello!\n" LAST, "hello"),
    CHUNKS(81, "LF LF", "5\r\nhello\n\n" LAST, "hello"),
    CHUNKS(81, "a blank", "5\r\nhello \r\n" LAST, "hello"),
    CHUNKS(81, "NUL", "5\r\nhello\0\r\n" LAST, "hello"),
    CHUNKS(81, "the next size, one byte early", "5\r\nhell\r\n" LAST, "hell\r"),
    CHUNKS(81, "an empty line too many", HELLO_CHUNK "\r\n" LAST, "hello"),
    CHUNKS(81, "nothing, after the second chunk", HELLO_CHUNK "5\r\nhello0\r\n\r\n", "hellohello"),

    /* 82: small chunks */
    GOOD_CHUNKS(82, "1-byte chunks",
                "1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n" LAST, "hello"),
    GOOD_CHUNKS(82, "1-byte chunks of CR and LF",
                "1\r\n\r\r\n1\r\n\n\r\n1\r\n\0\r\n" LAST, "\r\n\0"),
    GOOD_CHUNKS(82, "1-byte chunks with extensions", "1;a\r\nh\r\n01;b=c\r\ni\r\n" LAST, "hi"),
    {82, "10000 1-byte chunks", LONG(CHUNKED, "1\r\na\r\n", 10000, LAST), .code = EMRS_DONE,
     .status = 200, BODY_OF("a", 10000)},
    {82, "10000 1-byte chunks, leading zeros", LONG(CHUNKED, "00000001\r\na\r\n", 10000, LAST),
     .code = EMRS_DONE, .status = 200, BODY_OF("a", 10000)},

    /* 83: extensions and trailers share the limit of the head */
    GOOD_CHUNKS(83, "an extension", "5;a=b\r\nhello\r\n" LAST, "hello"),
    GOOD_CHUNKS(83, "an extension without a value", "5;a\r\nhello\r\n0;b\r\n\r\n", "hello"),
    GOOD_CHUNKS(83, "blanks round an extension", "5 \t; a = b \r\nhello\r\n" LAST, "hello"),
    GOOD_CHUNKS(83, "many extensions", "5;a;b=c;d=\"e\"\r\nhello\r\n" LAST, "hello"),
    GOOD_CHUNKS(83, "a quoted extension", "5;a=\";\\\"0\\r\\n\"\r\nhello\r\n" LAST, "hello"),
    GOOD_CHUNKS(83, "a quote ends with its line", "5;a=\"b\r\nhello\r\n" LAST, "hello"),
    CHUNKS(83, "NUL in an extension", "5;a\0b\r\nhello\r\n" LAST, ""),
    CHUNKS(83, "LF in an extension", "5;a\nhello\r\n" LAST, ""),
    CHUNKS(83, "CR in an extension", "5;a\rb\r\nhello\r\n" LAST, ""),
    CHUNKS(83, "CR LF in quotes", "5;a=\"\r\n\"\r\nhello\r\n" LAST, "\"\r\nhe"),
    CHUNKS(83, "blanks without an extension", "5 \t \r\nhello\r\n" LAST, ""),
    CHUNKS(83, "blanks, then a digit", "5 \t 0\r\nhello\r\n" LAST, ""),
    {83, "extensions of 16000 bytes", LONG(CHUNKED "5;", A64, 250, "\r\nhello\r\n" LAST),
     DONE(200, "hello")},
    {83, "an extension of 64 KB", LONG(CHUNKED "5;", A64, 1024, "\r\nhello\r\n" LAST),
     TOO_BIG(200)},
    {83, "an extension of 64 KB on the last chunk",
     LONG(CHUNKED HELLO_CHUNK "0;", A64, 1024, "\r\n\r\n"), TOO_BIG(200), BODY("hello")},
    {83, "64 KB of blanks before an extension",
     LONG(CHUNKED "5", BLANKS, 2048, ";a\r\nhello\r\n" LAST), TOO_BIG(200)},
    {83, "1 MB of blanks that never end", LONG(CHUNKED "5", BLANKS, 32768, ""), TOO_BIG(200)},
    {83, "64 extensions of 60 bytes",
     LONG(CHUNKED, "1;" A16 A16 A16 "aaaaaaaaaaaa\r\na\r\n", 64, LAST), .code = EMRS_DONE,
     .status = 200, BODY_OF("a", 64)},
    GOOD_CHUNKS(83, "trailers", HELLO_CHUNK "0\r\nX: a\r\nY:\r\n\r\n", "hello"),
    GOOD_CHUNKS(83, "length, chunking and encoding in trailers",
                HELLO_CHUNK "0\r\nContent-Length: 9\r\n" TE "Content-Encoding: gzip\r\n\r\n",
                "hello"),
    GOOD_CHUNKS(83, "close and a type in trailers", HELLO_CHUNK "0\r\nConnection: close\r\n"
                "Content-Type: text/html\r\n\r\n", "hello"),
    CHUNKS(83, "a trailer without a colon", HELLO_CHUNK "0\r\nX\r\n\r\n", "hello"),
    CHUNKS(83, "a trailer with a blank before the colon",
           HELLO_CHUNK "0\r\nX : a\r\n\r\n", "hello"),
    CHUNKS(83, "a trailer without a name", HELLO_CHUNK "0\r\n: a\r\n\r\n", "hello"),
    CHUNKS(83, "a trailer folded", HELLO_CHUNK "0\r\nX: a\r\n b\r\n\r\n", "hello"),
    CHUNKS(83, "a trailer with NUL", HELLO_CHUNK "0\r\nX: a\0b\r\n\r\n", "hello"),
    CHUNKS(83, "a trailer with CR", HELLO_CHUNK "0\r\nX: a\rb\r\n\r\n", "hello"),
    CHUNKS(83, "a trailer with LF alone", HELLO_CHUNK "0\r\nX: a\n\r\n", "hello"),
    CHUNKS(83, "a trailer's end with LF alone", HELLO_CHUNK "0\r\nX: a\r\n\n", "hello"),
    {83, "a trailer of 64 KB", LONG(CHUNKED HELLO_CHUNK "0\r\nX: ", A64, 1024, "\r\n\r\n"),
     TOO_BIG(200), BODY("hello")},
    {83, "10000 trailers",
     LONG(CHUNKED HELLO_CHUNK "0\r\n", "X-Filler: abcdefgh\r\n", 10000, "\r\n"),
     TOO_BIG(200), BODY("hello")},
    {83, "head and trailers of 16384 bytes",
     LONG(CHUNKED HELLO_CHUNK "0\r\nX: ", "a", FILL(CHUNKED "X: \r\n\r\n"), "\r\n\r\n"),
     DONE(200, "hello")},
    {83, "head and trailers of 16385 bytes",
     LONG(CHUNKED HELLO_CHUNK "0\r\nX: ", "a", FILL(CHUNKED "X: \r\n\r\n") + 1, "\r\n\r\n"),
     TOO_BIG(200), BODY("hello")},

    /* 84: chunks that end early */
    {84, "no chunk, closed", WIRE(CHUNKED), ENDS(CLOSED), TRUNCATED(200)},
    {84, "in a size, closed", WIRE(CHUNKED "5"), ENDS(CLOSED), TRUNCATED(200)},
    {84, "in a size's CR LF, closed", WIRE(CHUNKED "5\r"), ENDS(CLOSED), TRUNCATED(200)},
    {84, "in an extension, closed", WIRE(CHUNKED "5;a"), ENDS(CLOSED), TRUNCATED(200)},
    {84, "before a chunk's data, closed", WIRE(CHUNKED "5\r\n"), ENDS(CLOSED), TRUNCATED(200)},
    {84, "in a chunk's data, cut", WIRE(CHUNKED "5\r\nhell"), ENDS(CUT), TRUNCATED(200),
     BODY("hell")},
    {84, "after a chunk's data, closed", WIRE(CHUNKED "5\r\nhello"), ENDS(CLOSED), TRUNCATED(200),
     BODY("hello")},
    {84, "after a chunk, closed", WIRE(CHUNKED HELLO_CHUNK), ENDS(CLOSED), TRUNCATED(200),
     BODY("hello")},
    {84, "after a chunk, cut", WIRE(CHUNKED HELLO_CHUNK), ENDS(CUT), TRUNCATED(200), BODY("hello")},
    {84, "after a chunk, open", WIRE(CHUNKED HELLO_CHUNK), WAITING(200), BODY("hello")},
    {84, "in the last size, closed", WIRE(CHUNKED HELLO_CHUNK "0"), ENDS(CLOSED), TRUNCATED(200),
     BODY("hello")},
    {84, "after the last size, closed", WIRE(CHUNKED HELLO_CHUNK "0\r\n"), ENDS(CLOSED),
     TRUNCATED(200), BODY("hello")},
    {84, "before the last LF, closed", WIRE(CHUNKED HELLO_CHUNK "0\r\n\r"), ENDS(CLOSED),
     TRUNCATED(200), BODY("hello")},
    {84, "in a trailer, closed", WIRE(CHUNKED HELLO_CHUNK "0\r\nX: a"), ENDS(CLOSED),
     TRUNCATED(200), BODY("hello")},
    {84, "after a trailer, closed", WIRE(CHUNKED HELLO_CHUNK "0\r\nX: a\r\n"), ENDS(CLOSED),
     TRUNCATED(200), BODY("hello")},
    {84, "whole, cut", WIRE(CHUNKED HELLO_CHUNK LAST), ENDS(CUT), DONE(200, "hello")},

    /* 85: a byte at a time. The deadline belongs to the call; the parser only waits for more */
    {85, "a header that has not ended",
     LONG(OK "Date: Fri, 02 Jan 2026 03:04:05 GMT\r\nX-Drip: ", A64, 100, ""), WAITING(200)},
    {85, "chunks that have not ended", LONG(CHUNKED, "1\r\n \r\n", 600, ""), WAITING(200),
     BODY_OF(" ", 600)},

    /* 86: the limit of the body */
    {86, "10 GB", WIRE(OK "Content-Length: 10737418240\r\n" HELLO), TOO_BIG(200)},
    {86, "a length of 1048576", LONG(OK "Content-Length: 1048576\r\n\r\n", A64, 16384, ""),
     .code = EMRS_DONE, .status = 200, BODY_OF(A64, 16384)},
    {86, "1048576 to the close, closed", LONG(OK "\r\n", A64, 16384, ""), ENDS(CLOSED), TO_CLOSE,
     .code = EMRS_DONE, .status = 200, BODY_OF(A64, 16384), CLOSE},
    {86, "1048576 to the close, cut", LONG(OK "\r\n", A64, 16384, ""), ENDS(CUT), TO_CLOSE,
     TRUNCATED(200), BODY_OF(A64, 16384)},
    {86, "1048577 to the close", LONG(OK "\r\n", A64, 16384, "a"), TO_CLOSE, TOO_BIG(200),
     BODY_OF(A64, 16384)},
    {86, "1048576 in one chunk", LONG(CHUNKED "100000\r\n", A64, 16384, "\r\n" LAST),
     .code = EMRS_DONE, .status = 200, BODY_OF(A64, 16384)},
    {86, "1048576 in chunks of 64", LONG(CHUNKED, "40\r\n" A64 "\r\n", 16384, LAST),
     .code = EMRS_DONE, .status = 200, BODY_OF(A64, 16384)},
    {86, "1048577 in chunks of 64 and one more",
     LONG(CHUNKED, "40\r\n" A64 "\r\n", 16384, "1\r\na\r\n" LAST), TOO_BIG(200),
     BODY_OF(A64, 16384)},
    {86, "chunks without end", LONG(CHUNKED, "40\r\n" A64 "\r\n", 20000, ""), TOO_BIG(200),
     BODY_OF(A64, 16384)},
};
/* clang-format on */

const size_t http_vector_count = sizeof http_vectors / sizeof http_vectors[0];
