/* SPDX-License-Identifier: MIT */
/* What a trace prints of a call, line by line, and what it must not print. */
#include "unit.h"

#include "emrs_trace.h"
#include "support/bench.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TOKEN "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJH+/=="
#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n"
#define GOOD OK_HEAD BENCH_ANSWER_BODY

enum { TEXT_SIZE = 16384, LONG_SIZE = 3000 };

static struct {
    bench bench;
    emrs_trace trace;
    emrs_stream inner;
    emrs_port port;
    const char *answers[4]; /* to the attempts; NULL: the stream is cut */
    unsigned attempt;
    size_t answered, piece;
    int peer; /* as connect reports it */
    emrs_report failure;
    char text[TEXT_SIZE]; /* what was written, with a line end after each line */
    size_t text_size, longest;
} s;

static emrs_report inner_connect(void *context, const emrs_move *move)
{
    assert_ptr_equal(context, &s);
    assert_true(move->tls);
    if (s.failure.news == EMRS_NEWS_FAILED)
        return s.failure;
    return s.peer < 0 ? emrs_connecting((emrs_phase)-s.peer) : emrs_connected((emrs_peer)s.peer);
}

static emrs_report inner_send(void *context, const emrs_move *move)
{
    assert_ptr_equal(context, &s);
    return emrs_moved(EMRS_NEWS_SENT, move->size);
}

static emrs_report inner_receive(void *context, const emrs_move *move)
{
    unsigned attempt = s.bench.result.attempt_count - 1u;
    const char *answer = s.answers[attempt];
    assert_ptr_equal(context, &s);
    if (s.attempt != attempt)
        s.answered = 0;
    s.attempt = attempt;
    size_t left = answer == NULL ? 0 : strlen(answer) - s.answered;
    size_t size = left < s.piece ? left : s.piece;
    size = size < move->size ? size : move->size;
    if (size == 0)
        return emrs_report_of(EMRS_NEWS_CUT);
    memcpy(move->receive, answer + s.answered, size);
    s.answered += size;
    return emrs_moved(EMRS_NEWS_RECEIVED, size);
}

static void inner_close(void *context)
{
    assert_ptr_equal(context, &s);
}

static void write_line(void *context, const char *line, size_t size)
{
    assert_ptr_equal(context, &s);
    assert_true(s.text_size + size + 1 < sizeof s.text);
    for (size_t i = 0; i < size; i++)
        assert_true(emrs_is_printable(line[i]));
    memcpy(s.text + s.text_size, line, size);
    s.text_size += size;
    s.text[s.text_size++] = '\n';
    s.longest = size > s.longest ? size : s.longest;
}

static const char *version(void *context)
{
    assert_ptr_equal(context, &s);
    return "TLSv1.2";
}

static emrs_now now(void *context)
{
    assert_ptr_equal(context, &s);
    return s.bench.now;
}

static void wait_until(void *context, uint32_t until_ms)
{
    assert_ptr_equal(context, &s);
    emrs_trace_wait(&s.trace, until_ms);
    emrs_trace_wait(&s.trace, until_ms); /* a wait that returned early is printed once */
    s.bench.now.ms = until_ms;
}

static int set_up(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    bench_init(&s.bench);
    s.bench.credentials.access_key_id = EMRS_TEXT("AKID"); /* too short to be masked */
    s.piece = SIZE_MAX;
    s.peer = EMRS_PEER_VERIFIED;
    s.inner = (emrs_stream){&s, inner_connect, inner_send, inner_receive, inner_close};
    emrs_trace_init(&s.trace, &(emrs_trace_config){.inner = &s.inner,
                                                   .call = &s.bench.call,
                                                   .credentials = &s.bench.credentials,
                                                   .write = write_line,
                                                   .tls_version = version,
                                                   .context = &s});
    s.port = (emrs_port){.stream = &s.trace.stream, .now = now, .wait = wait_until, .context = &s};
    return 0;
}

/* A whole call.      ret: its code */
static int run(void)
{
    bench_start(&s.bench);
    int code = emrs_run(&s.bench.call, &s.port);
    emrs_trace_end(&s.trace);
    return code;
}

static int run_with(const char *answer)
{
    s.answers[0] = answer;
    return run();
}

static void assert_told(const char *line)
{
    char whole[EMRS_TRACE_LINE_SIZE + 2];
    (void)snprintf(whole, sizeof whole, "%s\n", line);
    const char *at = strstr(s.text, whole);
    if (at == NULL || (at != s.text && at[-1] != '\n'))
        fail_msg("no line \"%s\" in:\n%s", line, s.text);
}

#define REQUEST                                                                                    \
    "> DELETE /applications/" BENCH_APPLICATION_ID "/jobruns/" BENCH_JOB_RUN_ID " HTTP/1.1\n"      \
    "> Host: emr-serverless.us-east-1.amazonaws.com\n"                                             \
    "> X-Amz-Date: 20270115T080000Z\n"                                                             \
    "> Authorization: AWS4-HMAC-SHA256 Credential=AKID/20270115/us-east-1/emr-serverless/"         \
    "aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[64 bytes]\n"     \
    "> User-Agent: emrs/" EMRS_VERSION "\n"                                                        \
    "> Content-Length: 0\n"                                                                        \
    "> X-Amz-Security-Token: [56 bytes]\n"

/* Takes the lines "send: N bytes sent" out of the text. */
static void drop_sizes(void)
{
    char *at = s.text;
    while ((at = strstr(at, "\nsend: ")) != NULL) {
        char *end = strchr(at + 1, '\n');
        memmove(at, end, strlen(end) + 1);
    }
}

static void test_whole(void **state)
{
    (void)state;
    s.bench.config.attempt_count = 2;
    s.bench.now.random = 1;
    s.answers[0] = "HTTP/1.1 503 Busy\r\nServer: s\r\nX-Secret: 12345\r\nContent-Length: 33\r\n\r\n"
                   "{\"code\":\"Busy\",\"message\":\"later\"}";
    s.answers[1] = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" GOOD;
    assert_int_equal(run(), EMRS_DONE);
    drop_sizes();
    assert_string_equal(s.text,
                        "attempt 1: connect emr-serverless.us-east-1.amazonaws.com port 443\n"
                        "connected, verified by TLS (TLSv1.2)\n" REQUEST
                        "< HTTP/1.1 503 Busy\n< Server: s\n< X-Secret: [5 bytes]\n"
                        "< Content-Length: 33\n"
                        "the answer so far: head 69 bytes, body 33 bytes\n"
                        "the answer says: Busy: later\n"
                        "attempt 2 in 0 ms, because the answer was status 503 Busy\n" REQUEST
                        "< HTTP/1.1 103 Early Hints\n< Link: [4 bytes]\n"
                        "< HTTP/1.1 200 OK\n< Content-Length: 66\n"
                        "the answer so far: head 79 bytes, body 66 bytes\n"
                        "the answer says: A\"" BENCH_APPLICATION_ID "\",B\"" BENCH_JOB_RUN_ID "\"\n"
                        "close\nend\n");
}

/* The lines do not depend on the pieces of the answer. */
static void test_pieces(void **state)
{
    char whole[TEXT_SIZE];
    (void)run_with(GOOD);
    char *from = strstr(s.text, "< HTTP");
    assert_non_null(from);
    (void)snprintf(whole, sizeof whole, "%s", from);
    for (size_t piece = 1; piece < sizeof GOOD; piece++) {
        (void)set_up(state);
        s.piece = piece;
        assert_int_equal(run_with(GOOD), EMRS_DONE);
        assert_string_equal(strstr(s.text, "< HTTP"), whole);
    }
}

/* A peer may send back what it received, or send terminal control bytes. */
static void test_nothing_raw(void **state)
{
    static const struct {
        const char *answer, *line, *absent;
    } rows[] = {
        {"HTTP/1.1 400 " SECRET "\r\n\r\n",
         "< HTTP/1.1 400 ****************************************", SECRET},
        {"HTTP/1.1 400 A\r\nServer: " TOKEN "\r\n\r\n",
         "< Server: ********************************************************", "IQoJb3Jp"},
        {"HTTP/1.1 400 A\r\nContent-Length: 73\r\n\r\n"
         "{\"message\":\"0123456789abcdef0123456789abcdef0123456789abcdef\",\"code\":\"A\"}",
         "the answer says: A: ************************************************", "89abcdef"},
        {"HTTP/1.1 400 A\r\nno header\r\n\r\n", "< a line that is no header, 9 bytes",
         "no header\n"},
        {"220 mail.invalid ESMTP\r\n\r\n", "< a line that is no status line, 22 bytes", "ESMTP"},
        {"HTTP/1.1 200 \x1b[2J\xc3\xa9\r\n\r\n", "< HTTP/1.1 200 ?[2J??", "\x1b"},
        {"HTTP/1.1 400 A\r\nX\rY: z\r\n\r\n", "< X?Y: [1 bytes]", ": z"},
        {"HTTP/1.1 200 A\r\nContent-Length: 6\r\n\r\n<html>",
         "the answer so far: head 37 bytes, body 6 bytes", "html"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)set_up(state);
        (void)run_with(rows[i].answer);
        assert_told(rows[i].line);
        assert_null(strstr(s.text, rows[i].absent));
    }
}

/* A trace below port/proxy prints the request to the proxy. */
static void test_a_proxy_request(void **state)
{
    static const char request[] = "CONNECT emrs.test:443 HTTP/1.1\r\nHost: emrs.test:443\r\n"
                                  "Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n\r\n";
    const emrs_move move = {.send = request, .size = sizeof request - 1};
    (void)state;
    bench_start(&s.bench);
    (void)s.trace.stream.send(s.trace.stream.context, &move);
    assert_told("> CONNECT emrs.test:443 HTTP/1.1");
    assert_told("> Proxy-Authorization: [43 bytes]");
    assert_null(strstr(s.text, "dXNlcj"));
}

/* The value of the last header comes in its own window. */
static void test_a_value_from_elsewhere(void **state)
{
    static const struct {
        const char *request, *value, *line;
    } rows[] = {
        {"GET /c HTTP/1.1\r\nHost: h\r\nx-amzn-iot-thingname: ", "gateway-17",
         "> x-amzn-iot-thingname: gateway-17"},
        {"PUT /t HTTP/1.1\r\nx-aws-ec2-metadata-token-ttl-seconds: ", "21600",
         "> x-aws-ec2-metadata-token-ttl-seconds: 21600"},
        {"GET /c HTTP/1.1\r\nx-aws-ec2-metadata-token: ", "AQAEAHs7kq0=",
         "> x-aws-ec2-metadata-token: [12 bytes]"},
        {"GET /c HTTP/1.1\r\nAuthorization: ", "0123456789ABCDEF", "> Authorization: [16 bytes]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const emrs_move move = {.send = rows[i].request, .size = strlen(rows[i].request)};
        (void)set_up(state);
        bench_start(&s.bench);
        s.bench.call.windows[1] = (emrs_text){rows[i].value, strlen(rows[i].value)};
        (void)s.trace.stream.send(s.trace.stream.context, &move);
        assert_told(rows[i].line);
    }
}

/* The core wipes what it received at the end of a call, and so does the trace. */
static void test_nothing_stays(void **state)
{
    static const char part[] = "JpZ2luX2"; /* of the token */
    const char *bytes = (const char *)&s.trace;
    (void)state;
    (void)run_with("HTTP/1.1 400 A\r\nServer: " TOKEN "\r\n\r\n");
    assert_told("< Server: ********************************************************");
    for (size_t at = 0; at + sizeof part <= sizeof s.trace; at++)
        assert_memory_not_equal(bytes + at, part, sizeof part - 1);
}

/* A line has a limit, and a header that is longer than its buffer is cut. */
static void test_long_lines(void **state)
{
    static char answer[LONG_SIZE], xs[301], ys[1001];
    (void)state;
    memset(xs, 'x', sizeof xs - 1);
    memset(ys, 'y', sizeof ys - 1);
    (void)snprintf(answer, sizeof answer,
                   "HTTP/1.1 400 A\r\nX-Long: %s\r\nServer: s\r\nContent-Length: 1025\r\n\r\n"
                   "{\"code\":\"A\",\"message\":\"%s\"}",
                   xs, ys);
    (void)run_with(answer);
    assert_told("< X-Long: [248 bytes]"); /* of EMRS_TRACE_HEADER_SIZE */
    assert_told("< Server: s");
    assert_true(s.longest <= EMRS_TRACE_LINE_SIZE);
    const char *at = strstr(s.text, "\nthe answer says: A: yyy");
    assert_non_null(at);
    assert_non_null(strstr(at, "yyy...\n"));
}

/* If a line would be too long, it ends early. */
static void test_a_full_line(void **state)
{
    static emrs_result result;
    static char name[1200];
    (void)state;
    memset(name, 'n', sizeof name);
    bench_start(&s.bench);
    result.error_name = (emrs_text){name, sizeof name};
    result.message = result.error_name;
    s.bench.call.result = &result;
    s.trace.head_size = 1;
    emrs_trace_end(&s.trace);
    assert_int_equal(s.longest, EMRS_TRACE_LINE_SIZE);
}

static void test_failures(void **state)
{
    s.failure = emrs_failed(EMRS_REASON_REFUSED, -111);
    assert_int_equal(run(), EMRS_E_CONNECT);
    assert_told("connect failed: the connection was refused (-111)");
    (void)set_up(state);
    assert_true(run_with(NULL) < 0);
    assert_told("receive: the connection was cut");
}

/* An attempt that ended without an answer, and the wait after it. */
static void test_wait(void **state)
{
    (void)state;
    s.bench.config.attempt_count = 2;
    s.bench.now.random = UINT32_MAX;
    s.answers[1] = GOOD;
    assert_int_equal(run(), EMRS_DONE);
    const char *at = strstr(s.text, "attempt 2 in ");
    assert_non_null(at);
    assert_non_null(strstr(at, " ms, because the connection ended before a whole answer\n"));
    assert_null(strstr(at + 1, "attempt 2 in "));
    assert_told("attempt 2: connect emr-serverless.us-east-1.amazonaws.com port 443");
}

/* The wait of emrs_stop.h between two calls is not printed as one for an attempt. */
static void test_a_pause_between_calls(void **state)
{
    (void)state;
    s.answers[0] = GOOD;
    bench_start(&s.bench);
    assert_int_equal(emrs_run(&s.bench.call, &s.port), EMRS_DONE);
    emrs_trace_wait(&s.trace, s.bench.call.now.ms + 1500u);
    emrs_trace_wait(&s.trace, s.bench.call.now.ms + 1500u);
    assert_told("the next call in 1500 ms");
    assert_null(strstr(s.text, "attempt 2"));
}

/* A port with defects may report a number that emrs_peer does not have. */
static void test_a_port_with_defects(void **state)
{
    (void)state;
    s.peer = 77;
    s.trace.config.tls_version = NULL;
    assert_int_equal(run(), EMRS_E_INSECURE);
    assert_told("connected, not verified (TLS)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_whole, set_up),
        cmocka_unit_test_setup(test_pieces, set_up),
        cmocka_unit_test_setup(test_nothing_raw, set_up),
        cmocka_unit_test_setup(test_a_proxy_request, set_up),
        cmocka_unit_test_setup(test_a_value_from_elsewhere, set_up),
        cmocka_unit_test_setup(test_nothing_stays, set_up),
        cmocka_unit_test_setup(test_long_lines, set_up),
        cmocka_unit_test_setup(test_a_full_line, set_up),
        cmocka_unit_test_setup(test_failures, set_up),
        cmocka_unit_test_setup(test_wait, set_up),
        cmocka_unit_test_setup(test_a_pause_between_calls, set_up),
        cmocka_unit_test_setup(test_a_port_with_defects, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
