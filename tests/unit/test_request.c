/* SPDX-License-Identifier: MIT */
/* The request in the windows of SEND: its exact bytes, its windows, its largest size. The
 * signatures are botocore's. */
#include "unit.h"

#include "emrs_config.h"
#include "request.h"
#include "vectors/sigv4.h"

#define NOW_S 1893553445u /* 2030-01-02T03:04:05Z */
#define PATH "/applications/00fabcdefg123456/jobruns/00fhijklmn789012"
#define TOKEN "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJH+/=="

/* A call with all that it needs. The work buffer is on the heap, so that ASan finds a write past
 * it. */
typedef struct {
    emrs_credentials credentials;
    emrs_config config;
    emrs_cancel_job_run_input input;
    emrs_client client;
    emrs_call call;
    emrs_result result;
    emrs_move move;
    uint32_t utc_s;
} rig;

static rig *new_rig(void)
{
    rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->utc_s = NOW_S;
    r->credentials.access_key_id = EMRS_TEXT(SIGV4_ACCESS_KEY_ID);
    r->credentials.secret_access_key = EMRS_TEXT(SIGV4_SECRET);
    r->config.region = EMRS_TEXT("us-east-1");
    r->config.credentials = &r->credentials;
    r->config.work_size = EMRS_WORK_SIZE;
    r->config.work = malloc(r->config.work_size);
    assert_non_null(r->config.work);
    r->input.application_id = EMRS_TEXT("00fabcdefg123456");
    r->input.job_run_id = EMRS_TEXT("00fhijklmn789012");
    return r;
}

static void free_rig(rig *r)
{
    free(r->config.work);
    free(r);
}

static int step(rig *r, emrs_report report)
{
    int code = emrs_step(&r->call, (emrs_now){.ms = 1000, .utc_s = r->utc_s}, report, &r->move);
    assert_int_equal(r->result.code, code);
    return code;
}

static int report_sent(rig *r, size_t size)
{
    return step(r, (emrs_report){.news = EMRS_NEWS_SENT, .size = size});
}

/* Initialises and starts a call, up to CONNECT. */
static void start(rig *r)
{
    assert_int_equal(emrs_init(&r->client, &r->config, &r->result), EMRS_DONE);
    assert_int_equal(emrs_cancel_job_run_start(&r->call, &r->client, &r->input, &r->result),
                     EMRS_DONE);
    assert_int_equal(step(r, (emrs_report){.news = EMRS_NEWS_PENDING}), EMRS_MOVE_CONNECT);
}

static int connected(rig *r)
{
    int peer = r->client.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN;
    return step(r, (emrs_report){.news = EMRS_NEWS_CONNECTED, .detail = peer});
}

/* Ends a call in any state. */
static void stop(rig *r)
{
    int code = step(r, (emrs_report){.news = EMRS_NEWS_STOP});
    if (code == EMRS_MOVE_CLOSE)
        code = step(r, (emrs_report){.news = EMRS_NEWS_CLOSED});
    assert_int_equal(code, EMRS_E_STOPPED);
}

/* Sends the request into text, at most size_max bytes per report.
 * ret: bytes of the request */
static size_t send_all(rig *r, size_t size_max, char *text, size_t room)
{
    size_t used = 0;
    int code = EMRS_MOVE_SEND;
    while (code == EMRS_MOVE_SEND) {
        size_t size = r->move.size < size_max ? r->move.size : size_max;
        assert_in_range(size, 1, room - used);
        memcpy(text + used, r->move.send, size);
        used += size;
        code = report_sent(r, size);
    }
    assert_int_equal(code, EMRS_MOVE_RECEIVE);
    return used;
}

/* Exact bytes */

#define REQUEST(target, host, region, headers, signature, agent)                                   \
    "DELETE " target " HTTP/1.1\r\n"                                                               \
    "Host: " host "\r\n"                                                                           \
    "X-Amz-Date: 20300102T030405Z\r\n"                                                             \
    "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20300102/" region                      \
    "/emr-serverless/aws4_request, SignedHeaders=" headers ", Signature=" signature "\r\n"         \
    "User-Agent: emrs/" EMRS_VERSION agent "\r\n"                                                  \
    "Content-Length: 0"
#define PLAIN(target, host, region, signature)                                                     \
    REQUEST(target, host, region, "host;x-amz-date", signature, "")
#define WITH_TOKEN(target, host, region, signature)                                                \
    REQUEST(target, host, region, "host;x-amz-date;x-amz-security-token", signature, "")           \
    "\r\nX-Amz-Security-Token: "
#define US_EAST_1 "emr-serverless.us-east-1.amazonaws.com"

static const struct {
    emrs_text region, endpoint, token, user_agent;
    emrs_grace grace;
    int32_t seconds;
    const char *first; /* up to the token, or to the end of the last header */
} rows[] = {
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""),
     EMRS_GRACE_ABSENT, 0,
     PLAIN(PATH, US_EAST_1, "us-east-1",
           "aa43bdbed851bf0057ec2eba4e882b224f7bba5385607961e31904713ed1126b")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(TOKEN), EMRS_TEXT_INIT(""),
     EMRS_GRACE_ABSENT, 0,
     WITH_TOKEN(PATH, US_EAST_1, "us-east-1",
                "80a7cc9755be644e05e4882a045147ea68bc7f7866e037b125f8bd6f8e2820b8")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""),
     EMRS_GRACE_SECONDS, 0,
     PLAIN(PATH "?shutdownGracePeriodInSeconds=0", US_EAST_1, "us-east-1",
           "51beb175ab619d0978caa55fba39832c4de84c1e0383acc9db6fa80ce28dcada")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(TOKEN), EMRS_TEXT_INIT(""),
     EMRS_GRACE_SECONDS, 300,
     WITH_TOKEN(PATH "?shutdownGracePeriodInSeconds=300", US_EAST_1, "us-east-1",
                "2ee9a415b0155d260739912edf021de1b9398acffdcb112ca636dcd51caf3640")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""),
     EMRS_GRACE_UNCHECKED, INT32_MIN,
     PLAIN(PATH "?shutdownGracePeriodInSeconds=-2147483648", US_EAST_1, "us-east-1",
           "317ca19ac5535244ec5ed689e2a233342c4d0022731f7b75d9d6aed66977010e")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT("https://localhost:8443/"), EMRS_TEXT_INIT(""),
     EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT, 0,
     PLAIN(PATH, "localhost:8443", "us-east-1",
           "5fdcf9325ea4ab42f14c264324abaacafc3b6a86999e151a7812088ccd453595")},
    {EMRS_TEXT_INIT("eu-west-1"), EMRS_TEXT_INIT("http://127.0.0.1:8080/emr/v1.0"),
     EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""), EMRS_GRACE_SECONDS, 15,
     PLAIN("/emr/v1.0" PATH "?shutdownGracePeriodInSeconds=15", "127.0.0.1:8080", "eu-west-1",
           "bff9aea416cee43e7fc51e4044fdeba13a0bebdefc8bac6726015e83134a6a47")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT("https://[FD00::1]:8443"), EMRS_TEXT_INIT(TOKEN),
     EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT, 0,
     WITH_TOKEN(PATH, "[fd00::1]:8443", "us-east-1",
                "e25f8ceb600cd1cdec87c7f36e0c46399f257e7b04d825c87cc264206631ceb0")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT("https://[fd00::1]"), EMRS_TEXT_INIT(""),
     EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT, 0,
     PLAIN(PATH, "[fd00::1]", "us-east-1",
           "ac3d6f9ea6576cdad556a32bd290c33ce4511a8e36e902fc84fc35ecc5521ffa")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT("http://127.0.0.1:80"), EMRS_TEXT_INIT(""),
     EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT, 0,
     PLAIN(PATH, "127.0.0.1", "us-east-1",
           "95f6d2a3030f30d14e994d7bc5b812d4b123c432f312c7cb72e18b9532d27d21")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT("http://127.0.0.1:443"), EMRS_TEXT_INIT(""),
     EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT, 0,
     PLAIN(PATH, "127.0.0.1:443", "us-east-1",
           "00a37adf6e72bc88a9f84c952f4c9cfc883072074caaf1407bddf2739a2b1a47")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT("https://localhost:80"), EMRS_TEXT_INIT(""),
     EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT, 0,
     PLAIN(PATH, "localhost:80", "us-east-1",
           "226bbc06b15d72bf19ab0ddc5837f2e686470998ac797584a8631fa90f9d389e")},
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT("https://Gateway.Example:443/Base/"),
     EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT, 0,
     PLAIN("/Base" PATH, "gateway.example", "us-east-1",
           "11d38874625990f26e80f25362a6ecc745514b0d81ea313517367309c076bb1d")},
    {EMRS_TEXT_INIT("cn-north-1"), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""),
     EMRS_GRACE_ABSENT, 0,
     PLAIN(PATH, "emr-serverless.cn-north-1.amazonaws.com.cn", "cn-north-1",
           "1fa70b1ea5735dc7b9dcabb081d210878732937000470741b205cd3120167949")},
    /* The user agent is not signed, so the signature is that of the first row */
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT(""),
     EMRS_TEXT_INIT("gateway/7 (rev B)"), EMRS_GRACE_ABSENT, 0,
     REQUEST(PATH, US_EAST_1, "us-east-1", "host;x-amz-date",
             "aa43bdbed851bf0057ec2eba4e882b224f7bba5385607961e31904713ed1126b",
             " gateway/7 (rev B)")},
    /* Values of one byte */
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_TEXT_INIT("t"), EMRS_TEXT_INIT("g"),
     EMRS_GRACE_ABSENT, 0,
     REQUEST(PATH, US_EAST_1, "us-east-1", "host;x-amz-date;x-amz-security-token",
             "43dfff51f4b755d32b33af70a98b851e3656399b4f42ad6b7759c1c31d9acf95",
             " g") "\r\nX-Amz-Security-Token: "},
};

/* ret: a call in SEND, with the request of a row */
static rig *rig_of_row(size_t i)
{
    rig *r = new_rig();
    r->config.region = rows[i].region;
    r->config.endpoint = rows[i].endpoint;
    r->config.user_agent = rows[i].user_agent;
    r->credentials.session_token = rows[i].token;
    r->input.grace = rows[i].grace;
    r->input.shutdown_grace_period_s = rows[i].seconds;
    start(r);
    assert_int_equal(connected(r), EMRS_MOVE_SEND);
    return r;
}

/* Asserts that a step without news gives the same window. */
static void assert_window_stays(rig *r)
{
    emrs_move before = r->move;
    assert_int_equal(step(r, (emrs_report){.news = EMRS_NEWS_PENDING}), EMRS_MOVE_SEND);
    assert_int_equal(report_sent(r, 0), EMRS_MOVE_SEND);
    assert_ptr_equal(r->move.send, before.send);
    assert_int_equal(r->move.size, before.size);
    assert_int_equal(r->move.more, before.more);
}

static void test_windows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rig *r = rig_of_row(i);
        bool has_token = rows[i].token.size > 0;
        assert_int_equal(r->move.size, strlen(rows[i].first));
        assert_memory_equal(r->move.send, rows[i].first, r->move.size);
        assert_ptr_equal(r->move.send, r->config.work);
        assert_true(r->move.more);
        assert_window_stays(r);
        assert_int_equal(report_sent(r, r->move.size), EMRS_MOVE_SEND);
        if (has_token) {
            assert_ptr_equal(r->move.send,
                             rows[i].token.bytes); /* in the caller's memory, not a copy */
            assert_int_equal(r->move.size, rows[i].token.size);
            assert_true(r->move.more);
            assert_window_stays(r);
            assert_int_equal(report_sent(r, r->move.size), EMRS_MOVE_SEND);
        }
        assert_int_equal(r->move.size, 4);
        assert_memory_equal(r->move.send, "\r\n\r\n", r->move.size);
        assert_false(r->move.more);
        assert_window_stays(r);
        assert_int_equal(report_sent(r, r->move.size), EMRS_MOVE_RECEIVE);
        assert_null(r->move.send);
        stop(r);
        free_rig(r);
    }
}

/* The same bytes are sent, however few the stream takes at a time. */
static void test_short_sends(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t size_max = 1; size_max < 40; size_max++) {
            char text[EMRS_WORK_SIZE], expected[EMRS_WORK_SIZE];
            rig *r = rig_of_row(i);
            int size = snprintf(expected, sizeof expected, "%s%s\r\n\r\n", rows[i].first,
                                rows[i].token.bytes);
            assert_int_equal(send_all(r, size_max, text, sizeof text), size);
            assert_memory_equal(text, expected, (size_t)size);
            stop(r);
            free_rig(r);
        }
}

static void test_a_short_send_moves_the_window(void **state)
{
    rig *r = rig_of_row(1);
    const char *first = r->move.send;
    size_t size = r->move.size;
    (void)state;
    assert_int_equal(report_sent(r, 10), EMRS_MOVE_SEND);
    assert_ptr_equal(r->move.send, first + 10);
    assert_int_equal(r->move.size, size - 10);
    assert_true(r->move.more);
    assert_int_equal(report_sent(r, size - 10), EMRS_MOVE_SEND);
    assert_int_equal(report_sent(r, 7), EMRS_MOVE_SEND);
    assert_ptr_equal(r->move.send, rows[1].token.bytes + 7);
    assert_int_equal(r->move.size, rows[1].token.size - 7);
    stop(r);
    free_rig(r);
}

/* The 6 emr vectors that are a CancelJobRun, through emrs_request_write: their date is before
 * EMRS_BUILD_TIME_S, so no step would sign them. */
static void test_emr_vectors(void **state)
{
    static const struct {
        const char *name;
        emrs_text region, endpoint;
        emrs_grace grace;
        int32_t seconds;
    } cases[] = {
        {"emr: cancel-no-grace", EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT,
         0},
        {"emr: cancel-grace-0", EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""), EMRS_GRACE_SECONDS,
         0},
        {"emr: cancel-grace-300", EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""),
         EMRS_GRACE_SECONDS, 300},
        {"emr: cancel-grace-300-token", EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT(""),
         EMRS_GRACE_SECONDS, 300},
        {"emr: cancel-cn", EMRS_TEXT_INIT("cn-north-1"), EMRS_TEXT_INIT(""), EMRS_GRACE_ABSENT, 0},
        {"emr: cancel-custom-port", EMRS_TEXT_INIT("us-east-1"),
         EMRS_TEXT_INIT("https://localhost:8443"), EMRS_GRACE_ABSENT, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const sigv4_vector *vector = &sigv4_vectors[i];
        char authorization[256];
        rig *r = new_rig();
        emrs_pen pen = emrs_pen_on(r->config.work, r->config.work_size);
        assert_string_equal(vector->names, cases[i].name);
        r->config.region = cases[i].region;
        r->config.endpoint = cases[i].endpoint;
        r->credentials.session_token = vector->signing.token;
        r->input.grace = cases[i].grace;
        r->input.shutdown_grace_period_s = cases[i].seconds;
        start(r);
        emrs_request_write(&r->call, 1767323045u, &pen);
        assert_false(emrs_pen_full(&pen));
        emrs_put_byte(&pen, '\0');
        (void)snprintf(
            authorization, sizeof authorization,
            "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" SIGV4_ACCESS_KEY_ID
            "/20260102/%.*s/emr-serverless/aws4_request, SignedHeaders=host;x-amz-date%s,"
            " Signature=%s\r\n",
            (int)cases[i].region.size, cases[i].region.bytes,
            vector->signing.token.size > 0 ? ";x-amz-security-token" : "", vector->signature);
        assert_non_null(strstr(r->call.windows[0].bytes, authorization));
        stop(r);
        free_rig(r);
    }
}

/* The request has these headers in this order, and no other. */
static void test_no_other_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        static const char *const names[] = {"Host",       "X-Amz-Date",     "Authorization",
                                            "User-Agent", "Content-Length", "X-Amz-Security-Token"};
        size_t count = rows[i].token.size > 0 ? 6 : 5, at = 0;
        char text[EMRS_WORK_SIZE];
        rig *r = rig_of_row(i);
        text[send_all(r, SIZE_MAX, text, sizeof text - 1)] = '\0';
        char *line = strstr(text, "\r\n") + 2;
        for (; strncmp(line, "\r\n", 2) != 0; line = strstr(line, "\r\n") + 2, at++) {
            assert_in_range(at, 0, count - 1);
            assert_memory_equal(line, names[at], strlen(names[at]));
            assert_memory_equal(line + strlen(names[at]), ": ", 2);
        }
        assert_int_equal(at, count);
        assert_string_equal(line, "\r\n"); /* no body */
        stop(r);
        free_rig(r);
    }
}

/* Sizes */

/* ret: a call in which every part has its largest size */
static rig *largest_rig(const char *host, size_t host_size)
{
    static char many[512], url[512];
    rig *r = new_rig();
    memset(many, 'z', sizeof many);
    int size = snprintf(url, sizeof url, "https://%.*s:65535/%.*s", (int)host_size, host,
                        (int)EMRS_BASE_PATH_SIZE_MAX - 1, many);
    r->config.endpoint = (emrs_text){url, (size_t)size};
    r->config.region = (emrs_text){many, EMRS_REGION_SIZE_MAX};
    r->config.user_agent = (emrs_text){many, EMRS_USER_AGENT_SIZE_MAX};
    r->credentials.access_key_id = (emrs_text){many, EMRS_ACCESS_KEY_ID_SIZE_MAX};
    r->credentials.secret_access_key = (emrs_text){many, EMRS_SECRET_SIZE_MAX};
    r->credentials.session_token = (emrs_text){many, sizeof many};
    r->input.application_id = (emrs_text){many, EMRS_ID_SIZE_MAX};
    r->input.job_run_id = (emrs_text){many, EMRS_ID_SIZE_MAX};
    r->input.grace = EMRS_GRACE_UNCHECKED;
    r->input.shutdown_grace_period_s = INT32_MIN;
    return r;
}

/* emrs_config.h adds up six literals by sizeof, each with its NUL. Only these bytes are left
 * over. */
static void test_the_largest_request_fits_exactly(void **state)
{
    char host[EMRS_HOST_SIZE_MAX];
    (void)state;
    memset(host, 'h', sizeof host);
    rig *r = largest_rig(host, sizeof host);
    start(r);
    assert_int_equal(connected(r), EMRS_MOVE_SEND);
    assert_int_equal(r->move.size, EMRS_REQUEST_SIZE_MAX - 6);
    assert_in_range(r->move.size, 1, EMRS_WORK_SIZE);
    assert_memory_equal((const char *)r->move.send + r->move.size - 24,
                        "\r\nX-Amz-Security-Token: ", 24);
    stop(r);
    free_rig(r);
}

/* The brackets of an IPv6 literal are not counted in emrs_config.h. They must fit in the bytes of
 * these NULs. */
static void test_the_largest_literal_fits(void **state)
{
    char host[EMRS_HOST_SIZE_MAX + 2];
    (void)state;
    memset(host, '0', sizeof host);
    memcpy(host, "[::", 3);
    host[sizeof host - 1] = ']';
    rig *r = largest_rig(host, sizeof host);
    if (emrs_init(&r->client, &r->config, &r->result) == EMRS_DONE) {
        start(r);
        assert_int_equal(connected(r), EMRS_MOVE_SEND);
        assert_int_equal(r->move.size, EMRS_REQUEST_SIZE_MAX - 6 + 2);
        assert_in_range(r->move.size, 1, EMRS_REQUEST_SIZE_MAX);
        stop(r);
    }
    free_rig(r);
}

/* The size of a token has no limit. */
static void test_a_token_of_any_size(void **state)
{
    enum { SIZE = 70000 };
    char *token = malloc(SIZE), *text = malloc(SIZE + EMRS_WORK_SIZE);
    rig *r = new_rig();
    (void)state;
    assert_non_null(token);
    assert_non_null(text);
    memset(token, 't', SIZE);
    r->credentials.session_token = (emrs_text){token, SIZE};
    start(r);
    assert_int_equal(connected(r), EMRS_MOVE_SEND);
    size_t first = r->move.size;
    assert_int_equal(send_all(r, 1460, text, SIZE + EMRS_WORK_SIZE), first + SIZE + 4);
    assert_memory_equal(text + first, token, SIZE);
    stop(r);
    free_rig(r);
    free(text);
    free(token);
}

/* Time and keys */

/* The request is signed when SEND begins. So after a handshake over midnight it has the new
 * date. */
static void test_the_date_is_that_of_the_first_send(void **state)
{
    char text[EMRS_WORK_SIZE];
    rig *r = new_rig();
    (void)state;
    r->utc_s = 1893542399u; /* 2030-01-01T23:59:59Z */
    start(r);
    r->utc_s += 2;
    assert_int_equal(connected(r), EMRS_MOVE_SEND);
    r->utc_s += 86400; /* later steps do not sign again */
    text[send_all(r, 100, text, sizeof text - 1)] = '\0';
    assert_non_null(strstr(text, "\r\nX-Amz-Date: 20300102T000001Z\r\n"));
    assert_non_null(strstr(text, "Credential=AKIDEXAMPLE/20300102/us-east-1/"));
    stop(r);
    free_rig(r);
}

/* One more call on the same client. */
static void assert_next_call_sends(rig *r, const char *expected)
{
    char text[EMRS_WORK_SIZE];
    assert_int_equal(emrs_cancel_job_run_start(&r->call, &r->client, &r->input, &r->result),
                     EMRS_DONE);
    assert_int_equal(step(r, (emrs_report){.news = EMRS_NEWS_PENDING}), EMRS_MOVE_CONNECT);
    assert_int_equal(connected(r), EMRS_MOVE_SEND);
    size_t size = send_all(r, SIZE_MAX, text, sizeof text);
    assert_int_equal(size, strlen(expected) + 4);
    assert_memory_equal(text, expected, strlen(expected));
    stop(r);
}

/* Credentials may be replaced between calls. After emrs_forget the next call derives the key
 * again. */
static void test_keys_between_calls(void **state)
{
    static const emrs_signing_key none;
    rig *r = rig_of_row(0);
    (void)state;
    stop(r);
    assert_next_call_sends(r, rows[0].first);
    const emrs_signing_key first = r->client.key;
    r->credentials.secret_access_key = EMRS_TEXT("another");
    assert_int_equal(emrs_cancel_job_run_start(&r->call, &r->client, &r->input, &r->result),
                     EMRS_DONE);
    assert_int_equal(step(r, (emrs_report){.news = EMRS_NEWS_PENDING}), EMRS_MOVE_CONNECT);
    assert_int_equal(connected(r), EMRS_MOVE_SEND);
    assert_memory_not_equal(r->move.send, rows[0].first, strlen(rows[0].first));
    assert_memory_not_equal(&r->client.key, &first, sizeof first);
    stop(r);
    r->credentials.secret_access_key = EMRS_TEXT(SIGV4_SECRET);
    assert_next_call_sends(r, rows[0].first);
    emrs_forget(&r->client);
    assert_memory_equal(&r->client.key, &none, sizeof none);
    assert_next_call_sends(r, rows[0].first);
    free_rig(r);
}

/* The signed request is wiped from the work buffer before the first RECEIVE. */
static void test_the_request_is_wiped_once_sent(void **state)
{
    char text[EMRS_WORK_SIZE];
    rig *r = rig_of_row(1);
    const char *work = r->config.work;
    (void)state;
    assert_int_equal(*work, 'D');
    (void)send_all(r, SIZE_MAX, text, sizeof text);
    for (size_t at = 0; at < EMRS_REQUEST_SIZE_MAX; at++)
        assert_int_equal(work[at], 0);
    stop(r);
    free_rig(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_short_sends),
        cmocka_unit_test(test_a_short_send_moves_the_window),
        cmocka_unit_test(test_emr_vectors),
        cmocka_unit_test(test_no_other_header),
        cmocka_unit_test(test_the_largest_request_fits_exactly),
        cmocka_unit_test(test_the_largest_literal_fits),
        cmocka_unit_test(test_a_token_of_any_size),
        cmocka_unit_test(test_the_date_is_that_of_the_first_send),
        cmocka_unit_test(test_keys_between_calls),
        cmocka_unit_test(test_the_request_is_wiped_once_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
