/* SPDX-License-Identifier: MIT */
/* The sources of credentials: what each sends, what it accepts, and where the credentials are put.
 * The network is a list of answers, one per connection. The clock moves only during waits.
 * This program writes the part of tests/FAULTS.md about the sources (--write FILE). */
#include "unit.h"

#include "emrs_provider.h"
#include "emrs_renew.h"
#include "faults/page.h"
#include "operation.h"
#include "support/guard.h"
#include "support/secrets.h"

#define UTC_S 1800000000u /* 2027-01-15T08:00:00Z */
#define LATER "2027-01-15T09:00:00Z"
#define LATER_S (UTC_S + 3600u)
#define ID "ASIAEXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TOKEN "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJH+/=="
#define CONTAINER_BODY                                                                             \
    "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"" TOKEN            \
    "\",\"Expiration\":\"" LATER "\"}"
#define IOT_BODY                                                                                   \
    "{\"credentials\":{\"accessKeyId\":\"" ID "\",\"secretAccessKey\":\"" SECRET                   \
    "\",\"sessionToken\":\"" TOKEN "\",\"expiration\":\"" LATER "\"}}"
#define INSTANCE_BODY                                                                              \
    "{\"Code\":\"Success\",\"LastUpdated\":\"2027-01-15T07:00:00Z\",\"Type\":\"AWS-HMAC\","        \
    "\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"" TOKEN             \
    "\",\"Expiration\":\"" LATER "\"}"
#define GREENGRASS "http://localhost:8080/2016-11-01/credentialprovider/"
#define IMDS_TOKEN "AQAEANxlGeDGeXlOrvLJRUWq"

#define CONNECTION_COUNT_MAX 64
#define STORE_SIZE 4096u

typedef struct {
    const char *headers; /* of the answer, after its first line; NULL: none */
    const char *body;
    int status; /* 0: the connection is refused; -1: it ends without an answer */
} answer;

typedef struct {
    emrs_provider_config config;
    emrs_provider provider;
    emrs_credentials credentials;
    emrs_now now;
    emrs_move move;
    int what;
    const answer *answers;
    size_t answer_count;        /* the last one is given again and again */
    size_t connection_count;    /* opened in this renewal */
    size_t answer_size;         /* of the last answer, uncut */
    size_t cut, cut_connection; /* the stream of this connection ends after `cut` bytes */
    char sent[CONNECTION_COUNT_MAX][2048];
    size_t sent_size[CONNECTION_COUNT_MAX];
    char host[256];
    uint16_t port;
    bool tls;
    size_t piece; /* bytes that are received at a time */
    char store[STORE_SIZE], work[EMRS_WORK_SIZE];
} source_bench;

static source_bench b;

static emrs_text text_of(const char *words)
{
    return (emrs_text){words, strlen(words)};
}

static void assert_text(emrs_text text, const char *expected)
{
    if (!emrs_text_spells(text, expected))
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.size, text.bytes, expected);
}

static int setup(void **state)
{
    (void)state;
    memset(&b, 0, sizeof b);
    b.config = (emrs_provider_config){.source = &emrs_source_container,
                                      .uri = EMRS_TEXT(GREENGRASS),
                                      .authorization = EMRS_TEXT("0123456789ABCDEF"),
                                      .role_alias = EMRS_TEXT("emrs-alias"),
                                      .credentials = &b.credentials,
                                      .store = b.store,
                                      .store_size = sizeof b.store,
                                      .work = b.work,
                                      .work_size = sizeof b.work};
    b.now = (emrs_now){.ms = 1000, .utc_s = UTC_S, .random = 0};
    b.piece = 4096;
    return 0;
}

static void use(const emrs_source *source, const char *uri)
{
    b.config.source = source;
    b.config.uri = text_of(uri);
}

static void init(void)
{
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_OK);
}

static emrs_report step_on_connect(void)
{
    const answer *a =
        &b.answers[b.connection_count < b.answer_count ? b.connection_count : b.answer_count - 1u];
    assert_true(b.connection_count < CONNECTION_COUNT_MAX);
    strcpy(b.host, b.move.host);
    b.port = b.move.port;
    b.tls = b.move.tls;
    b.sent_size[b.connection_count++] = 0;
    return a->status == 0 ? emrs_failed(EMRS_REASON_REFUSED, 111)
                          : emrs_connected(b.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN);
}

static emrs_report step_on_send(void)
{
    size_t at = b.connection_count - 1u;
    assert_true(b.sent_size[at] + b.move.size < sizeof b.sent[at]);
    memcpy(b.sent[at] + b.sent_size[at], b.move.send, b.move.size);
    b.sent_size[at] += b.move.size;
    b.sent[at][b.sent_size[at]] = '\0';
    return emrs_moved(EMRS_NEWS_SENT, b.move.size);
}

/* Feeds the complete answer in pieces, and then ends the stream. */
static void receive_all(void)
{
    static char bytes[1u << 18];
    size_t at =
        b.connection_count <= b.answer_count ? b.connection_count - 1u : b.answer_count - 1u;
    const answer *a = &b.answers[at];
    int size = 0;
    if (a->status > 0)
        size = snprintf(bytes, sizeof bytes,
                        "HTTP/1.1 %d X\r\n%sConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                        a->status, a->headers != NULL ? a->headers : "", strlen(a->body), a->body);
    assert_true(size >= 0 && size < (int)sizeof bytes);
    b.answer_size = (size_t)size;
    if (b.cut > 0 && b.connection_count == b.cut_connection)
        size = (int)b.cut;
    for (size_t from = 0; from < (size_t)size && b.what == EMRS_MOVE_RECEIVE;) {
        size_t now = (size_t)size - from < b.piece ? (size_t)size - from : b.piece;
        now = now < b.move.size ? now : b.move.size;
        memcpy(b.move.receive, bytes + from, now);
        from += now;
        b.what =
            emrs_provider_step(&b.provider, b.now, emrs_moved(EMRS_NEWS_RECEIVED, now), &b.move);
    }
    if (b.what == EMRS_MOVE_RECEIVE)
        b.what = emrs_provider_step(&b.provider, b.now, emrs_report_of(EMRS_NEWS_CUT), &b.move);
}

/* Steps a started renewal to its end, with these answers. */
static int run_on(const answer *answers, size_t count)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    b.answers = answers;
    b.answer_count = count;
    b.connection_count = 0;
    b.what = emrs_provider_step(&b.provider, b.now, report, &b.move);
    while (b.what > EMRS_DONE) {
        assert_int_equal(b.provider.result.effect, EMRS_EFFECT_NONE);
        if (b.what == EMRS_MOVE_RECEIVE) {
            receive_all();
            continue;
        }
        report = emrs_report_of(EMRS_NEWS_CLOSED);
        if (b.what == EMRS_MOVE_CONNECT)
            report = step_on_connect();
        else if (b.what == EMRS_MOVE_SEND)
            report = step_on_send();
        else if (b.what == EMRS_MOVE_WAIT) {
            uint32_t passed_ms = b.move.until_ms - b.now.ms;
            b.now.ms += passed_ms;
            report = emrs_report_of(EMRS_NEWS_PENDING);
        }
        b.what = emrs_provider_step(&b.provider, b.now, report, &b.move);
    }
    assert_int_equal(b.provider.result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(b.provider.result.code, b.what);
    return b.what;
}

static int renew_on(const answer *answers, size_t count)
{
    emrs_provider_start(&b.provider, b.now.ms + 30000u);
    return run_on(answers, count);
}

static int renew(int status, const char *body)
{
    answer one = {NULL, body, status};
    return renew_on(&one, 1);
}

static void assert_wiped(const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        if (bytes[at] != '\0')
            fail_msg("byte %zu is not wiped", at);
}

static void assert_in_half(emrs_text text, int half)
{
    assert_true(text.bytes >= b.store + (size_t)half * STORE_SIZE / 2u);
    assert_true(text.bytes + text.size <= b.store + (size_t)(half + 1) * STORE_SIZE / 2u);
}

static void assert_credentials(void)
{
    assert_text(b.credentials.access_key_id, ID);
    assert_text(b.credentials.secret_access_key, SECRET);
    assert_text(b.credentials.session_token, TOKEN);
    assert_int_equal(b.credentials.expires_s, LATER_S);
}

static void assert_none(void)
{
    assert_int_equal(b.credentials.access_key_id.size, 0);
    assert_int_equal(b.credentials.renew_s, EMRS_RENEW_NOW);
}

static void assert_refusal(int code, emrs_field field, emrs_rule rule)
{
    const emrs_result *r = &b.provider.result;
    if (r->code != code || r->field != field || r->rule != rule)
        fail_msg("code %d field %d rule %d, not %d %d %d", r->code, r->field, r->rule, code, field,
                 rule);
}

/* The results of the runs of each row, for tests/FAULTS.md. */

#define HERE(name) "tests/unit/test_provider.c: test_" name
#define PEER(name) "tests/peer/test_provider.py: " name
#define AND "; "

enum {
    ROW_DOWN = 129,
    ROW_SILENT,
    ROW_NO_TLS,
    ROW_5XX,
    ROW_REFUSAL,
    ROW_REDIRECT,
    ROW_NO_CREDENTIALS,
    ROW_MISSING,
    ROW_TYPE,
    ROW_VALUE,
    ROW_EXPIRATION,
    ROW_CUT,
    ROW_TOO_BIG,
    ROW_STORE,
    ROW_INSTANCE,
    ROW_STOPPED,
    ROW_END
};

static const fault_row rows_of_sources[] = {
    {ROW_DOWN, "the source is not up",
     HERE("what_is_tried_again") AND HERE("the_time_ends_a_renewal") AND PEER("not_up_yet"), NULL},
    {ROW_SILENT, "the source does not answer, or no time is left",
     HERE("the_time_of_a_renewal_is_over") AND PEER("imds_is_silent"),
     "an instance is asked during one second at most"},
    {ROW_NO_TLS, "AWS IoT over a stream without TLS", HERE("iot_refuses_a_stream_without_tls"),
     "nothing is sent"},
    {ROW_5XX, "the source answers with a temporary 5xx",
     HERE("the_time_ends_a_renewal") AND PEER("asked_again"), NULL},
    {ROW_REFUSAL, "the source refuses, or fails for good",
     HERE("refusals_are_final") AND PEER("iot_refuses") AND PEER("nucleus") AND PEER("lite"), NULL},
    {ROW_REDIRECT, "the source redirects", HERE("refusals_are_final") AND PEER("redirect"),
     "no redirect is followed"},
    {ROW_NO_CREDENTIALS, "200 with null, a page, half a body, or nothing",
     HERE("answers_that_are_no_credentials") AND PEER("lite_fails"), NULL},
    {ROW_MISSING, "a value that is missing, null or empty", HERE("answers_that_are_no_credentials"),
     NULL},
    {ROW_TYPE, "a value that is not a string", HERE("answers_that_are_no_credentials"), NULL},
    {ROW_VALUE, "a value with a line end, a space or other bytes; one that is too long",
     HERE("answers_that_are_no_credentials") AND PEER("half_answers"), NULL},
    {ROW_EXPIRATION, "an expiration that is not a date, or has passed",
     HERE("answers_that_are_no_credentials") AND HERE("a_date_against_the_clock")
         AND PEER("half_answers"),
     NULL},
    {ROW_CUT, "the stream ends after any byte of the answer", HERE("an_answer_cut_after_each_byte"),
     "in these cases the source refuses when it is asked again (AUTH)"},
    {ROW_TOO_BIG, "an answer that is too big", HERE("an_answer_that_is_too_big"), NULL},
    {ROW_STORE, "the memory for the credentials is too small",
     HERE("a_store_that_is_too_small") AND PEER("store"), "the result says what is needed"},
    {ROW_INSTANCE, "a metadata token or a role that cannot be used; a Code that is not Success",
     HERE("instance_tokens") AND HERE("instance_roles") AND HERE("instance_says_why")
         AND PEER("imds_fails"),
     NULL},
    {ROW_STOPPED, "the application gives up, in each state", HERE("stop_in_every_state"), NULL},
};

static fault_tally tallies[ROW_END];

/* Counts the renewal that just failed. */
static void count_row(int row)
{
    const emrs_result *r = &b.provider.result;
    assert_true(r->code < 0);
    page_count(&tallies[row], r->code, r->attempt_count > 1 ? FAULT_YES : FAULT_NEVER, r->effect);
}

/* ret: the row of an answer that is refused */
static int row_of_answer(void)
{
    const emrs_result *r = &b.provider.result;
    if (r->field == EMRS_FIELD_NONE)
        return ROW_NO_CREDENTIALS;
    if (r->rule == EMRS_RULE_MISSING)
        return ROW_MISSING;
    if (r->rule == EMRS_RULE_TYPE)
        return ROW_TYPE;
    return r->field == EMRS_FIELD_EXPIRATION ? ROW_EXPIRATION : ROW_VALUE;
}

static void test_the_file_says_what_this_run_says(void **state)
{
    (void)state;
    page_say(PAGE_SOURCES_TITLE
             "\nThe same for renewals from a container, AWS IoT and an instance. "
             "`tests/unit/test_provider.c` compares it with its own run.\n\"yes\": the source is "
             "asked again until the time is over. A renewal that fails keeps nothing of the "
             "answer. If the store has\ntwo halves, it leaves the credentials as they were.\n\n");
    page_head();
    for (size_t i = 0; i < COUNT_OF(rows_of_sources); i++) {
        assert_true(tallies[rows_of_sources[i].number].triple_count > 0);
        page_check_elsewhere(&rows_of_sources[i]);
        page_row(&rows_of_sources[i], &tallies[rows_of_sources[i].number]);
    }
    page_settle(PAGE_SOURCES);
}

/* The container */

static void test_container_request(void **state)
{
    (void)state;
    init();
    assert_none();
    assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
    assert_string_equal(b.sent[0], "GET /2016-11-01/credentialprovider/ HTTP/1.1\r\n"
                                   "Host: localhost:8080\r\n"
                                   "User-Agent: emrs/" EMRS_VERSION "\r\n"
                                   "Authorization: 0123456789ABCDEF\r\n\r\n");
    assert_string_equal(b.host, "127.0.0.1"); /* an address, so that no resolver is asked */
    assert_int_equal(b.port, 8080);
    assert_false(b.tls);
    assert_credentials();
    assert_int_equal(b.credentials.renew_s, LATER_S - 600u);
    assert_in_half(b.credentials.session_token, 1);
}

static void test_the_work_buffer_is_wiped(void **state)
{
    const answer one = {"x-amzn-RequestId: 11112222\r\n", CONTAINER_BODY, 200};
    (void)state;
    init();
    assert_int_equal(renew_on(&one, 1), EMRS_DONE);
    assert_int_equal(b.provider.result.request_id.size, 0); /* it was in the work buffer */
    assert_wiped(b.work, sizeof b.work);
}

static void test_without_authorization(void **state)
{
    (void)state;
    use(&emrs_source_container, "http://169.254.170.2/v2/credentials/0a1b-2c3d");
    b.config.authorization = EMRS_TEXT("");
    init();
    assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
    assert_string_equal(b.sent[0], "GET /v2/credentials/0a1b-2c3d HTTP/1.1\r\n"
                                   "Host: 169.254.170.2\r\n"
                                   "User-Agent: emrs/" EMRS_VERSION "\r\n\r\n");
    assert_string_equal(b.host, "169.254.170.2");
    assert_int_equal(b.port, 80);
}

static void test_path_and_query_are_sent_as_they_are(void **state)
{
    static const char *const rows[][2] = {
        {"http://127.0.0.1", "GET / HTTP"},
        {"http://127.0.0.1/", "GET / HTTP"},
        {"http://127.0.0.1?a=1", "GET /?a=1 HTTP"},
        {"http://127.0.0.1:99/a//b/../c/?x=%2F&y=[1]:@'(~)",
         "GET /a//b/../c/?x=%2F&y=[1]:@'(~) HTTP"},
        {"https://creds.example/a%20b", "GET /a%20b HTTP"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        use(&emrs_source_container, rows[i][0]);
        init();
        assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
        if (strncmp(b.sent[0], rows[i][1], strlen(rows[i][1])) != 0)
            fail_msg("%s: %s", rows[i][0], b.sent[0]);
    }
}

static void test_hosts(void **state)
{
    static const struct {
        const char *uri;
        int code;
        emrs_rule rule;
    } rows[] = {
        {"http://localhost/x", EMRS_OK, EMRS_RULE_NONE},
        {"http://LocalHost:1/x", EMRS_OK, EMRS_RULE_NONE},
        {"http://127.0.0.1/x", EMRS_OK, EMRS_RULE_NONE},
        {"http://127.255.255.254:65535", EMRS_OK, EMRS_RULE_NONE},
        {"http://[::1]:8080/x", EMRS_OK, EMRS_RULE_NONE},
        {"http://169.254.170.2/x", EMRS_OK, EMRS_RULE_NONE},
        {"http://169.254.170.23/v1/credentials", EMRS_OK, EMRS_RULE_NONE},
        {"http://[fd00:ec2::23]/v1/credentials", EMRS_OK, EMRS_RULE_NONE},
        {"https://anywhere.example:8443/x", EMRS_OK, EMRS_RULE_NONE},
        {"http://169.254.170.3/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://169.254.169.254/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://127.0.0.01/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://127.1/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://127.0.0.1.example/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://localhost.example/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://169.254.170.2.example/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://10.0.0.1/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://[::]/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://[::ffff:169.254.170.2]/x", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"http://evil.example/?http://localhost/", EMRS_E_INSECURE, EMRS_RULE_PLAIN_HOST},
        {"", EMRS_E_ARGUMENT, EMRS_RULE_MISSING},
        {"/v2/credentials/x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_SCHEME},
        {"file:///etc/passwd", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_SCHEME},
        {"http:/localhost", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_SCHEME},
        {"HTTP://localhost", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_SCHEME},
        {"http://", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_HOST},
        {"http://?x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_HOST},
        {"https://?x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_HOST},
        {"http:///x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_HOST},
        {"http://local host/x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_HOST},
        {"http://localhost\\@evil.example/x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_EXTRA},
        {"http://localhost@evil.example/x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_EXTRA},
        {"http://localhost:0/x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_PORT},
        {"http://localhost:65536/x", EMRS_E_ARGUMENT, EMRS_RULE_ENDPOINT_PORT},
        {"http://localhost/x#y", EMRS_E_ARGUMENT, EMRS_RULE_BYTE},
        {"http://localhost#y", EMRS_E_ARGUMENT, EMRS_RULE_BYTE},
        {"http://localhost/a b", EMRS_E_ARGUMENT, EMRS_RULE_BYTE},
        {"http://localhost/a\r\nHost: x", EMRS_E_ARGUMENT, EMRS_RULE_BYTE},
        {"http://localhost/\x7f", EMRS_E_ARGUMENT, EMRS_RULE_BYTE},
        {"http://localhost/\xc3\xa9", EMRS_E_ARGUMENT, EMRS_RULE_BYTE},
    };
    guard page = guard_open(64);
    (void)state;
    assert_non_null(page.bytes);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t size = strlen(rows[i].uri);
        b.config.uri = (emrs_text){guard_lay_before_page(&page, rows[i].uri, size), size};
        int code = emrs_provider_init(&b.provider, &b.config);
        const emrs_result *r = &b.provider.result;
        if (code != rows[i].code || r->rule != rows[i].rule)
            fail_msg("%s: code %d, rule %d", rows[i].uri, code, r->rule);
        assert_int_equal(r->field, code == EMRS_OK ? EMRS_FIELD_NONE : EMRS_FIELD_URI);
        if (code < 0) { /* it does not start */
            emrs_provider_start(&b.provider, b.now.ms + 1000u);
            assert_int_equal(
                emrs_provider_step(&b.provider, b.now, emrs_report_of(EMRS_NEWS_PENDING), &b.move),
                code);
        }
    }
    guard_close(&page);
}

/* A URI that was never set is NULL. clang's sanitizer reports arithmetic with it. */
static void test_container_without_uri(void **state)
{
    (void)state;
    b.config.uri = (emrs_text){NULL, 0};
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_ARGUMENT);
    assert_refusal(EMRS_E_ARGUMENT, EMRS_FIELD_URI, EMRS_RULE_MISSING);
}

static void test_longest_target(void **state)
{
    char uri[1024] = "http://127.0.0.1/";
    size_t host_size = strlen(uri) - 1u;
    (void)state;
    memset(uri + host_size + 1u, 'a', EMRS_URI_TARGET_SIZE_MAX);
    b.config.uri = (emrs_text){uri, host_size + EMRS_URI_TARGET_SIZE_MAX};
    init();
    assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
    assert_int_equal(b.sent[0][4 + EMRS_URI_TARGET_SIZE_MAX], ' ');
    b.config.uri.size++;
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_ARGUMENT);
    assert_refusal(EMRS_E_ARGUMENT, EMRS_FIELD_URI, EMRS_RULE_TOO_LONG);
}

/* Each byte is tried in emrs_provider_init, and in a value that was replaced before a renewal. */
static void test_every_byte_of_the_authorization(void **state)
{
    static const emrs_text old = EMRS_TEXT_INIT("old");
    (void)state;
    for (int i = 0; i < 3 * 256; i++) {
        char value[] = "aaa";
        int byte = i / 3;
        bool good = byte >= 0x20 && byte != 0x7f;
        value[i % 3] = (char)byte;
        b.config.authorization = (emrs_text){value, 3};
        int code = emrs_provider_init(&b.provider, &b.config);
        assert_int_equal(code, good ? EMRS_OK : EMRS_E_ARGUMENT);
        if (!good)
            assert_refusal(EMRS_E_ARGUMENT, EMRS_FIELD_AUTHORIZATION, EMRS_RULE_BYTE);
        b.config.authorization = old;
        init();
        b.provider.config.authorization = (emrs_text){value, 3};
        assert_int_equal(renew(200, CONTAINER_BODY), good ? EMRS_DONE : EMRS_E_ARGUMENT);
        assert_int_equal(b.connection_count, good);
        if (!good)
            assert_refusal(EMRS_E_ARGUMENT, EMRS_FIELD_AUTHORIZATION, EMRS_RULE_BYTE);
        else
            assert_non_null(strstr(b.sent[0], "\r\nAuthorization: "));
    }
}

/* IoT */

static void test_iot_request(void **state)
{
    (void)state;
    use(&emrs_source_iot, "c1abc.credentials.iot.us-east-1.amazonaws.com");
    b.config.thing_name = EMRS_TEXT("press:4_a-B");
    init();
    assert_int_equal(renew(200, IOT_BODY), EMRS_DONE);
    assert_string_equal(b.sent[0], "GET /role-aliases/emrs-alias/credentials HTTP/1.1\r\n"
                                   "Host: c1abc.credentials.iot.us-east-1.amazonaws.com\r\n"
                                   "User-Agent: emrs/" EMRS_VERSION "\r\n"
                                   "x-amzn-iot-thingname: press:4_a-B\r\n\r\n");
    assert_string_equal(b.host, "c1abc.credentials.iot.us-east-1.amazonaws.com");
    assert_int_equal(b.provider.client.config.endpoint.size, 0); /* the text was on the stack */
    assert_int_equal(b.port, 443);
    assert_true(b.tls);
    assert_credentials();
    b.config.uri = EMRS_TEXT("https://localhost:8443/");
    b.config.thing_name = EMRS_TEXT("");
    init();
    assert_int_equal(renew(200, IOT_BODY), EMRS_DONE);
    assert_int_equal(b.port, 8443);
    assert_null(strstr(b.sent[0], "thingname"));
}

static void test_iot_refuses_a_stream_without_tls(void **state)
{
    (void)state;
    use(&emrs_source_iot, "localhost");
    init();
    emrs_provider_start(&b.provider, b.now.ms + 1000u);
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, report, &b.move), EMRS_MOVE_CONNECT);
    assert_true(b.move.tls);
    report = emrs_connected(EMRS_PEER_PLAIN);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, report, &b.move), EMRS_MOVE_CLOSE);
    report = emrs_report_of(EMRS_NEWS_CLOSED);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, report, &b.move), EMRS_E_INSECURE);
    count_row(ROW_NO_TLS);
    assert_none();
}

static void check_iot(const char *uri, emrs_text alias, emrs_text thing, emrs_field field,
                      emrs_rule rule)
{
    use(&emrs_source_iot, uri);
    b.config.role_alias = alias;
    b.config.thing_name = thing;
    int code = emrs_provider_init(&b.provider, &b.config);
    assert_int_equal(code, field == EMRS_FIELD_NONE ? EMRS_OK : EMRS_E_ARGUMENT);
    if (b.provider.result.field != field || b.provider.result.rule != rule)
        fail_msg("%s %.*s: field %d, rule %d", uri, (int)alias.size, alias.bytes,
                 b.provider.result.field, b.provider.result.rule);
}

static void test_iot_uri(void **state)
{
    static char longest[512];
    const emrs_text alias = EMRS_TEXT("a"), none = EMRS_TEXT("");
    (void)state;
    check_iot("host.example", alias, none, EMRS_FIELD_NONE, EMRS_RULE_NONE);
    check_iot("host.example:8443", alias, none, EMRS_FIELD_NONE, EMRS_RULE_NONE);
    check_iot("", alias, none, EMRS_FIELD_URI, EMRS_RULE_MISSING);
    check_iot("http://host.example", alias, none, EMRS_FIELD_URI, EMRS_RULE_HOST_ONLY);
    check_iot("http://localhost", alias, none, EMRS_FIELD_URI, EMRS_RULE_HOST_ONLY);
    check_iot("ftp://host.example", alias, none, EMRS_FIELD_URI, EMRS_RULE_HOST_ONLY);
    check_iot("host.example/role-aliases", alias, none, EMRS_FIELD_URI, EMRS_RULE_HOST_ONLY);
    check_iot("https://host.example/a", alias, none, EMRS_FIELD_URI, EMRS_RULE_HOST_ONLY);
    check_iot("https://host.example/a//b", alias, none, EMRS_FIELD_URI, EMRS_RULE_HOST_ONLY);
    check_iot("https://host.example?a", alias, none, EMRS_FIELD_URI, EMRS_RULE_HOST_ONLY);
    check_iot("host example", alias, none, EMRS_FIELD_URI, EMRS_RULE_ENDPOINT_HOST);
    memset(longest, 'a', EMRS_HOST_SIZE_MAX);
    check_iot(longest, alias, none, EMRS_FIELD_NONE, EMRS_RULE_NONE);
    longest[EMRS_HOST_SIZE_MAX] = 'a';
    check_iot(longest, alias, none, EMRS_FIELD_URI, EMRS_RULE_TOO_LONG);
    memset(longest, 'a', sizeof longest - 1u);
    check_iot(longest, alias, none, EMRS_FIELD_URI, EMRS_RULE_TOO_LONG);
}

static void test_iot_names(void **state)
{
    static char longest[129];
    const emrs_text alias = EMRS_TEXT("a"), none = EMRS_TEXT("");
    (void)state;
    memset(longest, 'x', sizeof longest);
    check_iot("h", (emrs_text){longest, 128}, (emrs_text){longest, 128}, EMRS_FIELD_NONE,
              EMRS_RULE_NONE);
    check_iot("h", (emrs_text){longest, 129}, none, EMRS_FIELD_ROLE_ALIAS, EMRS_RULE_TOO_LONG);
    check_iot("h", alias, (emrs_text){longest, 129}, EMRS_FIELD_THING_NAME, EMRS_RULE_TOO_LONG);
    check_iot("h", none, none, EMRS_FIELD_ROLE_ALIAS, EMRS_RULE_MISSING);
    for (int i = 0; i < 3 * 256; i++) {
        char name[] = "aaa";
        int byte = i / 3;
        bool is_word = byte < 0x80 && (emrs_is_alnum((char)byte) || byte == '_');
        bool in_alias = is_word || (byte != 0 && strchr("=,@-", byte) != NULL);
        bool in_thing = is_word || byte == ':' || byte == '-';
        name[i % 3] = (char)byte;
        emrs_text text = {name, 3};
        check_iot("h", text, none, in_alias ? EMRS_FIELD_NONE : EMRS_FIELD_ROLE_ALIAS,
                  in_alias ? EMRS_RULE_NONE : EMRS_RULE_BYTE);
        check_iot("h", alias, text, in_thing ? EMRS_FIELD_NONE : EMRS_FIELD_THING_NAME,
                  in_thing ? EMRS_RULE_NONE : EMRS_RULE_BYTE);
    }
}

/* The instance */

static const answer good_instance[] = {
    {"Content-Type: text/plain\r\n", IMDS_TOKEN, 200},
    {"Content-Type: text/plain\r\n", "emrs-role", 200},
    {"Content-Type: text/plain\r\n", INSTANCE_BODY, 200},
};

static void test_instance_requests(void **state)
{
    (void)state;
    use(&emrs_source_instance, "");
    init();
    assert_int_equal(renew_on(good_instance, 3), EMRS_DONE);
    assert_int_equal(b.connection_count, 3);
    assert_string_equal(b.sent[0], "PUT /latest/api/token HTTP/1.1\r\n"
                                   "Host: 169.254.169.254\r\n"
                                   "User-Agent: emrs/" EMRS_VERSION "\r\n"
                                   "Content-Length: 0\r\n"
                                   "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\r\n");
    assert_string_equal(b.sent[1], "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n"
                                   "Host: 169.254.169.254\r\n"
                                   "User-Agent: emrs/" EMRS_VERSION "\r\n"
                                   "x-aws-ec2-metadata-token: " IMDS_TOKEN "\r\n\r\n");
    assert_string_equal(b.sent[2],
                        "GET /latest/meta-data/iam/security-credentials/emrs-role HTTP/1.1\r\n"
                        "Host: 169.254.169.254\r\n"
                        "User-Agent: emrs/" EMRS_VERSION "\r\n"
                        "x-aws-ec2-metadata-token: " IMDS_TOKEN "\r\n\r\n");
    assert_credentials();
    assert_in_half(b.credentials.session_token, 1);
}

static void test_instance_endpoint(void **state)
{
    (void)state;
    use(&emrs_source_instance, "http://[fd00:ec2::254]");
    init();
    assert_int_equal(renew_on(good_instance, 3), EMRS_DONE);
    assert_string_equal(b.host, "fd00:ec2::254");
    assert_non_null(strstr(b.sent[2], "\r\nHost: [fd00:ec2::254]\r\n"));
    use(&emrs_source_instance, "ftp://x");
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_ARGUMENT);
    assert_refusal(EMRS_E_ARGUMENT, EMRS_FIELD_URI, EMRS_RULE_ENDPOINT_SCHEME);
}

static int renew_with_role(const char *role)
{
    answer answers[3];
    memcpy(answers, good_instance, sizeof answers);
    answers[1].body = role;
    return renew_on(answers, 3);
}

static void test_instance_roles(void **state)
{
    static const struct {
        const char *role;
        emrs_rule rule;
    } rows[] = {
        {"emrs-role\n", EMRS_RULE_NONE},
        {"emrs-role\r\nanother", EMRS_RULE_NONE},
        {"a_b+c=d,e.f@g-h", EMRS_RULE_NONE},
        {"0123456789012345678901234567890123456789012345678901234567890123", EMRS_RULE_NONE},
        {"01234567890123456789012345678901234567890123456789012345678901234", EMRS_RULE_TOO_LONG},
        {"", EMRS_RULE_MISSING},
        {"\nrole", EMRS_RULE_MISSING},
        {".", EMRS_RULE_BYTE},
        {"..", EMRS_RULE_BYTE},
        {"a/b", EMRS_RULE_BYTE},
        {"../../user-data", EMRS_RULE_BYTE},
        {"a b", EMRS_RULE_BYTE},
        {"a?b", EMRS_RULE_BYTE},
        {"a%2fb", EMRS_RULE_BYTE},
        {"<html>", EMRS_RULE_BYTE},
    };
    (void)state;
    use(&emrs_source_instance, "");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        init();
        bool good = rows[i].rule == EMRS_RULE_NONE;
        int code = renew_with_role(rows[i].role);
        if (good != (code == EMRS_DONE) || b.provider.result.rule != rows[i].rule)
            fail_msg("%s: code %d, rule %d", rows[i].role, code, b.provider.result.rule);
        assert_int_equal(b.connection_count, good ? 3 : 2);
        if (good)
            continue;
        assert_int_equal(b.provider.result.field, EMRS_FIELD_ROLE);
        count_row(ROW_INSTANCE);
    }
}

static void test_instance_tokens(void **state)
{
    static const char *const wrong[] = {"", "a b", "a\r\nX: y", "a\n", "\x7f", "\xc3\xa9"};
    (void)state;
    use(&emrs_source_instance, "");
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        answer one = {NULL, wrong[i], 200};
        init();
        assert_true(renew_on(&one, 1) < 0);
        assert_int_equal(b.connection_count, 1);
        assert_int_equal(b.provider.result.field, EMRS_FIELD_METADATA_TOKEN);
        count_row(ROW_INSTANCE);
    }
}

static void test_instance_says_why(void **state)
{
    answer answers[3];
    (void)state;
    use(&emrs_source_instance, "");
    init();
    memcpy(answers, good_instance, sizeof answers);
    answers[2].body =
        "{\"Code\":\"AssumeRoleUnauthorizedAccess\\u001b\",\"Message\":\"EC2 cannot\"}";
    assert_int_equal(renew_on(answers, 3), EMRS_E_CREDENTIALS);
    assert_refusal(EMRS_E_CREDENTIALS, EMRS_FIELD_ANSWER_CODE, EMRS_RULE_VALUE);
    count_row(ROW_INSTANCE);
    assert_text(b.provider.result.error_name, "AssumeRoleUnauthorizedAccess?");
    assert_true(b.provider.result.error_name.bytes >= b.work);
    answers[2].body = CONTAINER_BODY; /* without a Code */
    assert_int_equal(renew_on(answers, 3), EMRS_E_UNVERIFIED);
    assert_refusal(EMRS_E_UNVERIFIED, EMRS_FIELD_ANSWER_CODE, EMRS_RULE_MISSING);
    assert_text(b.provider.result.error_name, ""); /* the Code of the renewal before is not kept */
    count_row(ROW_INSTANCE);
    answers[2].body = "{\"Code\":7}";
    assert_int_equal(renew_on(answers, 3), EMRS_E_CREDENTIALS);
    count_row(ROW_INSTANCE);
    assert_none();
}

/* IMDS is also asked on computers that are not instances, so it is tried once, for a second. */
static void test_instance_is_tried_once_for_a_second(void **state)
{
    emrs_report pending = emrs_report_of(EMRS_NEWS_PENDING);
    (void)state;
    use(&emrs_source_instance, "");
    init();
    assert_int_equal(renew(0, ""), EMRS_E_CONNECT);
    count_row(ROW_DOWN);
    assert_int_equal(b.connection_count, 1);
    assert_int_equal(renew(503, ""), EMRS_E_SERVICE);
    count_row(ROW_5XX);
    assert_int_equal(b.connection_count, 1);
    emrs_provider_start(&b.provider, b.now.ms + 30000u);
    uint32_t start_ms = b.now.ms;
    assert_int_equal(emrs_provider_step(&b.provider, b.now, pending, &b.move), EMRS_MOVE_CONNECT);
    assert_int_equal(b.move.until_ms, start_ms + 1000u);
    b.now.ms += 1000u;
    assert_int_equal(emrs_provider_step(&b.provider, b.now, pending, &b.move), EMRS_MOVE_CLOSE);
    pending = emrs_report_of(EMRS_NEWS_CLOSED);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, pending, &b.move), EMRS_E_TIMEOUT);
    count_row(ROW_SILENT);
    assert_int_equal(renew_on(good_instance, 3), EMRS_DONE); /* less than a second is left */
    emrs_provider_start(&b.provider, b.now.ms + 10u);
    pending = emrs_report_of(EMRS_NEWS_PENDING);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, pending, &b.move), EMRS_MOVE_CONNECT);
    assert_int_equal(b.move.until_ms, b.now.ms + 10u);
}

/* If the second is over when the first answer is complete, no other request is sent. */
static void test_instance_has_no_time_for_the_next_request(void **state)
{
    static const char token[] = "HTTP/1.1 200 X\r\nContent-Length: 1\r\n\r\nt";
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    (void)state;
    use(&emrs_source_instance, "");
    init();
    emrs_provider_start(&b.provider, b.now.ms + 30000u);
    do {
        b.what = emrs_provider_step(&b.provider, b.now, report, &b.move);
        report = b.what == EMRS_MOVE_CONNECT ? emrs_connected(EMRS_PEER_PLAIN)
                                             : emrs_moved(EMRS_NEWS_SENT, b.move.size);
    } while (b.what != EMRS_MOVE_RECEIVE);
    memcpy(b.move.receive, token, sizeof token - 1u);
    report = emrs_moved(EMRS_NEWS_RECEIVED, sizeof token - 1u);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, report, &b.move), EMRS_MOVE_CLOSE);
    b.now.ms += 1000u;
    report = emrs_report_of(EMRS_NEWS_CLOSED);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, report, &b.move), EMRS_E_TIMEOUT);
    count_row(ROW_SILENT);
    assert_none();
}

/* What an answer may be */

typedef struct {
    const char *what;
    const char *from, *to; /* what is replaced in the good body; NULL: `to` is the body */
    int code;
    emrs_field field;
    emrs_rule rule;
} bad_answer;

static const bad_answer bad_answers[] = {
    {"null", NULL, "null", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
    {"an empty object", NULL, "{}", EMRS_E_UNVERIFIED, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING},
    {"nothing", NULL, "", EMRS_E_UNVERIFIED, EMRS_FIELD_NONE, EMRS_RULE_NONE},
    {"an array", NULL, "[]", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
    {"a page", NULL, "<html></html>", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
    {"half a body", "}", "", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
    {"more than a body", "}", "}}}", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
    {"no key id", "ccessKeyId\":", "x\":", EMRS_E_UNVERIFIED, EMRS_FIELD_ACCESS_KEY_ID,
     EMRS_RULE_MISSING},
    {"no secret", "ecretAccessKey\":", "x\":", EMRS_E_UNVERIFIED, EMRS_FIELD_SECRET_ACCESS_KEY,
     EMRS_RULE_MISSING},
    {"no token", "oken\":", "x\":", EMRS_E_UNVERIFIED, EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_MISSING},
    {"no expiration", "xpiration\":", "x\":", EMRS_E_UNVERIFIED, EMRS_FIELD_EXPIRATION,
     EMRS_RULE_MISSING},
    {"an empty key id", ID, "", EMRS_E_UNVERIFIED, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING},
    {"an empty secret", SECRET, "", EMRS_E_UNVERIFIED, EMRS_FIELD_SECRET_ACCESS_KEY,
     EMRS_RULE_MISSING},
    {"an empty token", TOKEN, "", EMRS_E_UNVERIFIED, EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_MISSING},
    {"an empty expiration", LATER, "", EMRS_E_UNVERIFIED, EMRS_FIELD_EXPIRATION, EMRS_RULE_MISSING},
    {"null for a token", "\"" TOKEN "\"", "null", EMRS_E_UNVERIFIED, EMRS_FIELD_SESSION_TOKEN,
     EMRS_RULE_MISSING},
    {"a number for a token", "\"" TOKEN "\"", "7", EMRS_E_JSON, EMRS_FIELD_SESSION_TOKEN,
     EMRS_RULE_TYPE},
    {"true for a secret", "\"" SECRET "\"", "true", EMRS_E_JSON, EMRS_FIELD_SECRET_ACCESS_KEY,
     EMRS_RULE_TYPE},
    {"a list for a key id", "\"" ID "\"", "[\"" ID "\"]", EMRS_E_JSON, EMRS_FIELD_ACCESS_KEY_ID,
     EMRS_RULE_TYPE},
    {"a number for an expiration", "\"" LATER "\"", "1800003600", EMRS_E_JSON,
     EMRS_FIELD_EXPIRATION, EMRS_RULE_TYPE},
    {"a line end in a token", TOKEN, "abc\\r\\nX-Evil: 1", EMRS_E_CREDENTIALS,
     EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_BYTE},
    {"a space in a token", TOKEN, "abc def", EMRS_E_CREDENTIALS, EMRS_FIELD_SESSION_TOKEN,
     EMRS_RULE_BYTE},
    {"a line end in a secret", SECRET, "abc\\n", EMRS_E_CREDENTIALS, EMRS_FIELD_SECRET_ACCESS_KEY,
     EMRS_RULE_BYTE},
    {"UTF-8 in a token", TOKEN, "\xc3\xa9", EMRS_E_CREDENTIALS, EMRS_FIELD_SESSION_TOKEN,
     EMRS_RULE_BYTE},
    {"a slash in a key id", ID, "AS/IA", EMRS_E_CREDENTIALS, EMRS_FIELD_ACCESS_KEY_ID,
     EMRS_RULE_KEY_ID},
    {"a key id of 129 bytes", ID,
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
     "AAAA"
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
     EMRS_E_CREDENTIALS, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_TOO_LONG},
    {"an expiration in words", LATER, "tomorrow", EMRS_E_CREDENTIALS, EMRS_FIELD_EXPIRATION,
     EMRS_RULE_DATE},
    {"an HTTP date", LATER, "Fri, 15 Jan 2027 09:00:00 GMT", EMRS_E_CREDENTIALS,
     EMRS_FIELD_EXPIRATION, EMRS_RULE_DATE},
    {"an expiration of 2200", LATER, "2200-01-15T09:00:00Z", EMRS_E_CREDENTIALS,
     EMRS_FIELD_EXPIRATION, EMRS_RULE_DATE},
    {"an expiration that has passed", LATER, "2027-01-15T07:59:59Z", EMRS_E_CREDENTIALS,
     EMRS_FIELD_EXPIRATION, EMRS_RULE_PASSED},
    {"an expiration that is now", LATER, "2027-01-15T08:00:00Z", EMRS_E_CREDENTIALS,
     EMRS_FIELD_EXPIRATION, EMRS_RULE_PASSED},
};

enum { CONTAINER, IOT, INSTANCE };

/* Each source, its good body, and the answers before that of the credentials. */
static const struct {
    const emrs_source *source;
    const char *uri, *body;
    size_t before;
} sources[] = {
    [CONTAINER] = {&emrs_source_container, GREENGRASS, CONTAINER_BODY, 0},
    [IOT] = {&emrs_source_iot, "localhost", IOT_BODY, 0},
    [INSTANCE] = {&emrs_source_instance, "", INSTANCE_BODY, 2},
};

/* ret: the good body of a source, changed by a row */
static const char *body_of(const char *good, const bad_answer *row)
{
    static char body[8192];
    if (row->from == NULL)
        return row->to;
    const char *at = strstr(good, row->from);
    if (at == NULL)
        fail_msg("%s: not in %s", row->what, good);
    (void)snprintf(body, sizeof body, "%.*s%s%s", (int)(at - good), good, row->to,
                   at + strlen(row->from));
    return body;
}

/* Renews with this as the last answer of the source; those before are good. */
static int renew_source(size_t source, answer last)
{
    answer answers[3];
    memcpy(answers, good_instance, sizeof answers);
    answers[sources[source].before] = last;
    return renew_on(answers, sources[source].before + 1u);
}

static void init_source(size_t source)
{
    use(sources[source].source, sources[source].uri);
    init();
}

/* Renews with success, so that the old credentials are in the second half. */
static void keep_old(size_t source)
{
    memset(b.store, 0, sizeof b.store);
    init_source(source);
    answer good = {NULL, sources[source].body, 200};
    assert_int_equal(renew_source(source, good), EMRS_DONE);
    assert_in_half(b.credentials.session_token, 1);
}

/* After a failure the old credentials are as they were, and nothing of the answer is kept. */
static void assert_old_stay(void)
{
    assert_credentials();
    assert_in_half(b.credentials.access_key_id, 1);
    assert_in_half(b.credentials.session_token, 1);
    assert_wiped(b.store, STORE_SIZE / 2u);
}

/* Checks the result for a bad answer. If an answer of an instance has no Code, it is refused for
 * this reason. */
static void check_bad(size_t source, const bad_answer *row)
{
    bool lacks_code = sources[source].source == &emrs_source_instance && row->from == NULL
                      && row->field != EMRS_FIELD_NONE;
    keep_old(source);
    int code = renew_source(source, (answer){NULL, body_of(sources[source].body, row), 200});
    const emrs_result *r = &b.provider.result;
    if (code != row->code || r->rule != row->rule
        || r->field != (lacks_code ? EMRS_FIELD_ANSWER_CODE : row->field))
        fail_msg("source %zu, %s: code %d, field %d, rule %d", source, row->what, code, r->field,
                 r->rule);
    assert_int_equal(r->status, 200);
    assert_old_stay();
    count_row(row_of_answer());
}

static void test_answers_that_are_no_credentials(void **state)
{
    (void)state;
    for (size_t source = 0; source < COUNT_OF(sources); source++)
        for (size_t i = 0; i < COUNT_OF(bad_answers); i++)
            check_bad(source, &bad_answers[i]);
}

/* The result does not depend on the segments. */
static void test_answers_in_pieces(void **state)
{
    static const size_t pieces[] = {1, 2, 7, 61};
    (void)state;
    for (size_t source = 0; source < COUNT_OF(sources); source++)
        for (size_t i = 0; i < COUNT_OF(pieces); i++) {
            b.piece = pieces[i];
            keep_old(source);
            assert_credentials();
        }
}

static void test_members_in_any_order_and_more_of_them(void **state)
{
    (void)state;
    init();
    assert_int_equal(renew(200, "{\"Expiration\":\"" LATER "\",\"RoleArn\":\"x\",\"Code\":1,"
                                "\"Code\":2,\"Nested\":{\"Token\":"
                                "\"no\"},\"Token\":\"" TOKEN "\",\"SecretAccessKey\":\"" SECRET
                                "\",\"AccountId\":null,\"AccessKeyId\":\"" ID "\"}"),
                     EMRS_DONE);
    assert_credentials();
    use(&emrs_source_iot, "localhost");
    init();
    assert_int_equal(renew(200, CONTAINER_BODY),
                     EMRS_E_UNVERIFIED); /* this format is not one of a container */
}

/* Failures */

static void test_what_is_tried_again(void **state)
{
    static const answer answers[] = {
        {NULL, "", 0}, {NULL, "", 0},       {NULL, "", 500},           {NULL, "", -1},
        {NULL, "", 0}, {NULL, "null", 200}, {NULL, "Try again.", 503}, {NULL, CONTAINER_BODY, 200},
    };
    (void)state;
    init();
    assert_int_equal(renew_on(answers, COUNT_OF(answers)), EMRS_DONE);
    assert_int_equal(b.connection_count, COUNT_OF(answers));
    assert_credentials();
}

/* The waits grow, so that a source that is not up is asked about ten times in half a
 * minute. */
static void test_the_time_ends_a_renewal(void **state)
{
    static const answer rows[] = {
        {NULL, "", 0}, {NULL, "", 503}, {"Content-Type: text/html\r\n", "null", 200}};
    static const int codes[] = {EMRS_E_CONNECT, EMRS_E_SERVICE, EMRS_E_JSON},
                     numbers[] = {ROW_DOWN, ROW_5XX, ROW_NO_CREDENTIALS};
    (void)state;
    for (size_t source = 0; source < 2; source++)
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            uint32_t start_ms = b.now.ms;
            keep_old(source);
            assert_int_equal(renew_source(source, rows[i]), codes[i]);
            count_row(numbers[i]);
            assert_true(b.connection_count > 5 && b.connection_count < 15);
            assert_true(b.now.ms - start_ms <= 30000u);
            assert_old_stay();
        }
}

static void test_no_time_at_all(void **state)
{
    (void)state;
    init();
    for (uint32_t late_ms = 0; late_ms < 2; late_ms++) {
        assert_int_equal(renew(403, ""), EMRS_E_AUTH);
        emrs_provider_start(&b.provider, b.now.ms - late_ms);
        answer one = {NULL, CONTAINER_BODY, 200};
        assert_int_equal(run_on(&one, 1), EMRS_E_TIMEOUT);
        count_row(ROW_SILENT);
        assert_int_equal(b.connection_count, 0);
        assert_int_equal(b.provider.result.status, 0); /* not the 403 of the renewal before */
        assert_none();
    }
}

/* 4xx is final. The result has the source's message if that is in JSON. */
static void test_refusals_are_final(void **state)
{
    static const struct {
        int status;
        const char *headers, *body;
        int code;
        const char *name, *message;
    } rows[] = {
        {400, "Content-Type: text/html\r\n", "SVCUID length must be exactly 16.", EMRS_E_SERVICE,
         "", ""},
        {401, NULL, "{\"Code\":\"Unauthorized\",\"Message\":\"no\"}", EMRS_E_AUTH, "", "no"},
        {403, NULL, "", EMRS_E_AUTH, "", ""},
        {403, "x-amzn-ErrorType: AccessDeniedException\r\n", "{\"message\":\"Access Denied\"}",
         EMRS_E_AUTH, "AccessDeniedException", "Access Denied"},
        {404, NULL, "{\"message\":\"Role alias does not exist\"}", EMRS_E_SERVICE, "",
         "Role alias does not exist"},
        {405, NULL, "", EMRS_E_SERVICE, "", ""},
        {301, "Location: http://evil.example/\r\n", "", EMRS_E_REDIRECT, "", ""},
        {307, "Location: http://evil.example/\r\n", "", EMRS_E_REDIRECT, "", ""},
        {501, NULL, "", EMRS_E_SERVICE, "", ""},
    };
    (void)state;
    for (size_t source = 0; source < COUNT_OF(sources); source++)
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            keep_old(source);
            answer one = {rows[i].headers, rows[i].body, rows[i].status};
            assert_int_equal(renew_source(source, one), rows[i].code);
            count_row(rows[i].code == EMRS_E_REDIRECT ? ROW_REDIRECT : ROW_REFUSAL);
            assert_int_equal(b.connection_count, sources[source].before + 1u);
            assert_int_equal(b.provider.result.status, rows[i].status);
            assert_text(b.provider.result.error_name, rows[i].name);
            assert_text(b.provider.result.message, rows[i].message);
            assert_old_stay();
        }
}

static void test_an_answer_that_is_too_big(void **state)
{
    static char body[EMRS_PROVIDER_BODY_SIZE_MAX + 2u];
    (void)state;
    for (size_t source = 0; source < COUNT_OF(sources); source++) {
        memset(body, ' ', sizeof body - 1u);
        memcpy(body, sources[source].body, strlen(sources[source].body));
        keep_old(source);
        assert_int_equal(renew_source(source, (answer){NULL, body, 200}), EMRS_E_TOO_BIG);
        count_row(ROW_TOO_BIG);
        assert_int_equal(b.connection_count, sources[source].before + 1u);
        assert_old_stay();
        body[EMRS_PROVIDER_BODY_SIZE_MAX] = '\0';
        assert_int_equal(renew_source(source, (answer){NULL, body, 200}), EMRS_DONE);
    }
}

/* The stream ends after each byte of an answer: nothing of it is kept. The source is asked again,
 * except an instance. */
static void test_an_answer_cut_after_each_byte(void **state)
{
    (void)state;
    for (size_t source = 0; source < COUNT_OF(sources); source++) {
        bool is_last = sources[source].source == &emrs_source_instance;
        b.cut = 0;
        keep_old(source);
        b.cut_connection = sources[source].before + 1u;
        for (size_t size = b.answer_size; ++b.cut < size;) {
            answer answers[4];
            memcpy(answers, good_instance, sizeof good_instance);
            answers[sources[source].before] = (answer){NULL, sources[source].body, 200};
            answers[sources[source].before + 1u] = (answer){NULL, "", 403};
            assert_int_equal(renew_on(answers, sources[source].before + 2u),
                             is_last ? EMRS_E_TRUNCATED : EMRS_E_AUTH);
            count_row(ROW_CUT);
            assert_int_equal(b.connection_count, sources[source].before + (is_last ? 1u : 2u));
            assert_old_stay();
        }
    }
}

/* STOP in each state: one CLOSE at most, and the old credentials stay. */
static void test_stop_in_every_state(void **state)
{
    (void)state;
    for (int steps = 0; steps < 6; steps++) {
        static const emrs_news stop = EMRS_NEWS_STOP;
        emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
        int what = EMRS_OK, close_count = 0;
        keep_old(0);
        emrs_provider_start(&b.provider, b.now.ms + 30000u);
        for (int i = 0; i < steps; i++) {
            what = emrs_provider_step(&b.provider, b.now, report, &b.move);
            report = what == EMRS_MOVE_CONNECT ? emrs_connected(EMRS_PEER_PLAIN)
                     : what == EMRS_MOVE_SEND  ? emrs_moved(EMRS_NEWS_SENT, b.move.size)
                                               : emrs_report_of(EMRS_NEWS_CUT);
        }
        report = emrs_report_of(stop);
        do {
            what = emrs_provider_step(&b.provider, b.now, report, &b.move);
            close_count += what == EMRS_MOVE_CLOSE;
            report = emrs_report_of(EMRS_NEWS_CLOSED);
        } while (what > EMRS_DONE);
        assert_int_equal(what, EMRS_E_STOPPED);
        count_row(ROW_STOPPED);
        assert_true(close_count <= 1);
        assert_old_stay();
    }
}

static void test_states_of_the_machine(void **state)
{
    emrs_report pending = emrs_report_of(EMRS_NEWS_PENDING);
    (void)state;
    emrs_provider_start(&b.provider, 5000); /* before emrs_provider_init it does nothing */
    init();
    assert_int_equal(emrs_provider_step(&b.provider, b.now, pending, &b.move), EMRS_E_STATE);
    emrs_provider_start(&b.provider, b.now.ms + 30000u);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, pending, &b.move), EMRS_MOVE_CONNECT);
    uint32_t until_ms = b.move.until_ms;
    emrs_provider_start(&b.provider, b.now.ms + 5u); /* during a renewal it does nothing */
    assert_int_equal(emrs_provider_step(&b.provider, b.now, pending, &b.move), EMRS_MOVE_CONNECT);
    assert_int_equal(b.move.until_ms, until_ms);
    answer one = {NULL, CONTAINER_BODY, 200};
    assert_int_equal(run_on(&one, 1), EMRS_DONE);
    assert_int_equal(emrs_provider_step(&b.provider, b.now, pending, &b.move), EMRS_DONE);
    assert_int_equal(
        emrs_provider_step(&b.provider, b.now, emrs_report_of(EMRS_NEWS_STOP), &b.move), EMRS_DONE);
}

static void test_what_init_refuses(void **state)
{
    (void)state;
    b.config.store = NULL;
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_ARGUMENT);
    assert_refusal(EMRS_E_ARGUMENT, EMRS_FIELD_STORE, EMRS_RULE_MISSING);
    b.config.store = b.store;
    b.config.store_size = 1; /* one half has no byte */
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_ARGUMENT);
    assert_refusal(EMRS_E_ARGUMENT, EMRS_FIELD_STORE, EMRS_RULE_MISSING);
    b.config.store_size = 2; /* each half has a byte */
    init();
    b.config.store_size = sizeof b.store;
    b.config.credentials = NULL;
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_ARGUMENT);
    b.config.credentials = &b.credentials;
    b.config.work = NULL;
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_ARGUMENT);
    assert_refusal(EMRS_E_ARGUMENT, EMRS_FIELD_WORK, EMRS_RULE_MISSING);
    b.config.work = b.work;
    b.config.work_size = EMRS_WORK_SIZE - 1u;
    assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_SPACE);
    assert_int_equal(b.provider.result.needed_size, EMRS_WORK_SIZE);
}

/* Time */

static void test_when_to_renew(void **state)
{
    static const struct {
        const char *expiration;
        uint32_t renew_s;
    } rows[] = {
        {"2027-01-15T09:00:00Z", UTC_S + 3600u - 600u},
        {"2027-01-15T20:00:00Z", UTC_S + 43200u - 600u},
        {"2027-01-15T08:45:00Z", UTC_S + 2700u - 600u},
        {"2027-01-15T08:40:00Z", UTC_S + 2400u - 600u},
        {"2027-01-15T08:39:56Z", UTC_S + 2396u - 599u},
        {"2027-01-15T08:15:00Z", UTC_S + 900u - 225u},
        {"2027-01-15T08:00:03Z", UTC_S + 3u},
        {"2027-01-15T10:15:00+02:00", UTC_S + 900u - 225u},
    };
    (void)state;
    init();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bad_answer row = {"", LATER, rows[i].expiration, 0, EMRS_FIELD_NONE, EMRS_RULE_NONE};
        assert_int_equal(renew(200, body_of(CONTAINER_BODY, &row)), EMRS_DONE);
        assert_int_equal(b.credentials.renew_s, rows[i].renew_s);
    }
}

/* Without a clock the lifetime is counted from the answer's Date. Without a Date it is not
 * known. */
static void test_a_device_without_time(void **state)
{
    const answer dated = {"Date: Fri, 15 Jan 2027 08:50:00 GMT\r\n", CONTAINER_BODY, 200};
    const answer late = {"Date: Fri, 15 Jan 2027 09:00:00 GMT\r\n", CONTAINER_BODY, 200};
    (void)state;
    b.now.utc_s = 0;
    init();
    assert_int_equal(renew_on(&dated, 1), EMRS_DONE);
    assert_int_equal(b.credentials.renew_s, LATER_S - 150u);
    assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
    assert_int_equal(b.credentials.renew_s, LATER_S - 600u);
    assert_int_equal(renew_on(&late, 1), EMRS_E_CREDENTIALS);
    assert_refusal(EMRS_E_CREDENTIALS, EMRS_FIELD_EXPIRATION, EMRS_RULE_PASSED);
    b.config.clock_floor = true;
    init();
    assert_int_equal(renew_on(&dated, 1), EMRS_DONE);
    assert_int_equal(b.credentials.renew_s, LATER_S - 150u);
}

static emrs_client service;

static void init_service(bool clock_floor)
{
    static char work[EMRS_WORK_SIZE];
    emrs_result result;
    emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                          .credentials = &b.credentials,
                          .work = work,
                          .work_size = sizeof work,
                          .clock_floor = clock_floor};
    assert_int_equal(emrs_init(&service, &config, &result), EMRS_OK);
    b.config.teaches = &service;
}

/* By a clock that is 90 minutes ahead, the credentials have expired. */
static void test_expiry_counts_in_corrected_time(void **state)
{
    const answer dated = {"Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n", IOT_BODY, 200};
    (void)state;
    init_service(false);
    b.now.utc_s = UTC_S + 5400u;
    init();
    assert_int_equal(renew(200, CONTAINER_BODY), EMRS_E_CREDENTIALS);
    assert_refusal(EMRS_E_CREDENTIALS, EMRS_FIELD_EXPIRATION, EMRS_RULE_PASSED);
    use(&emrs_source_iot, "localhost");
    init();
    assert_int_equal(renew_on(&dated, 1), EMRS_DONE);
    assert_int_equal(b.credentials.renew_s, LATER_S - 600u);
    assert_int_equal(service.offset_s, -5400);
    use(&emrs_source_container, GREENGRASS);
    init();
    assert_int_equal(renew(200, CONTAINER_BODY),
                     EMRS_DONE); /* the service's client has the correction now */
}

/* A renewal passes on only the time that it learnt itself, not that of a renewal before: the
 * service's client may have a better one by then. */
static void test_what_a_renewal_does_not_pass_on(void **state)
{
    const answer dated = {"Date: Fri, 15 Jan 2027 08:10:00 GMT\r\n", IOT_BODY, 200};
    (void)state;
    init_service(false);
    use(&emrs_source_iot, "localhost");
    init();
    assert_int_equal(renew_on(&dated, 1), EMRS_DONE);
    assert_int_equal(service.offset_s, 600);
    service.offset_s = 7;
    emrs_provider_start(&b.provider, b.now.ms); /* no time is left for it */
    assert_int_equal(run_on(&dated, 1), EMRS_E_TIMEOUT);
    assert_int_equal(service.offset_s, 7);
    assert_int_equal(renew(200, IOT_BODY), EMRS_DONE); /* without a Date */
    assert_int_equal(service.offset_s, 7);
    b.config.teaches = NULL;
    init();
    assert_int_equal(renew_on(&dated, 1), EMRS_DONE);
    assert_int_equal(service.offset_s, 7);
}

/* A Date without TLS does not correct the clock, but may show that it is wrong. */
static void test_a_date_against_the_clock(void **state)
{
    const answer good = {"Date: Fri, 15 Jan 2027 08:50:00 GMT\r\n", CONTAINER_BODY, 200};
    const answer late = {"Date: Fri, 15 Jan 2027 09:00:00 GMT\r\n", CONTAINER_BODY, 200};
    (void)state;
    init_service(false);
    init();
    b.now.utc_s = LATER_S; /* by the clock they expire now */
    assert_int_equal(renew_on(&good, 1), EMRS_DONE);
    b.now.utc_s = UTC_S + 5400u;
    assert_int_equal(renew_on(&good, 1), EMRS_DONE);
    assert_int_equal(b.credentials.renew_s, LATER_S - 150u);
    assert_int_equal(service.offset_s, 0);
    assert_int_equal(renew_on(&late, 1), EMRS_E_CREDENTIALS);
    b.now.utc_s = UTC_S;
    assert_int_equal(renew_on(&late, 1), EMRS_DONE); /* by the clock they have not expired */
    assert_int_equal(b.credentials.renew_s, LATER_S - 600u);
}

/* A refusal with a Date gives the time too, before the first signature. */
static void test_iot_gives_the_time_to_a_device_without_clock(void **state)
{
    const answer dated = {"Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n", "{\"message\":\"no\"}", 403};
    (void)state;
    b.now.utc_s = 0;
    b.config.clock_floor = true;
    init_service(true);
    use(&emrs_source_iot, "localhost");
    init();
    assert_int_equal(emrs_utc(&service, b.now), 0);
    assert_int_equal(renew_on(&dated, 1), EMRS_E_AUTH);
    assert_int_equal(emrs_utc(&service, b.now), UTC_S);
}

/* The store */

static void test_halves_take_turns(void **state)
{
    (void)state;
    init();
    memset(b.store, '#', sizeof b.store);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
        int half = i % 2 == 0;
        assert_in_half(b.credentials.access_key_id, half);
        assert_in_half(b.credentials.secret_access_key, half);
        assert_in_half(b.credentials.session_token, half);
        assert_wiped(b.store + (half ? 0 : STORE_SIZE / 2u), STORE_SIZE / 2u);
        assert_credentials();
    }
    assert_int_equal(renew(403, ""), EMRS_E_AUTH);
    assert_in_half(b.credentials.access_key_id, 1);
    assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
    assert_in_half(b.credentials.access_key_id, 0);
}

/* The old ones stay until a 200 begins, since its values take their place. */
static void test_one_half_wipes_the_old_ones(void **state)
{
    static const answer refused = {NULL, "{}", 404}, empty = {NULL, "{}", 200};
    (void)state;
    b.config.one_half = true;
    init();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
        assert_credentials();
        assert_int_equal(renew_on(&refused, 1), EMRS_E_SERVICE);
        assert_credentials();
        emrs_provider_start(&b.provider, b.now.ms);
        assert_int_equal(run_on(&refused, 1), EMRS_E_TIMEOUT);
        assert_credentials();
        assert_int_equal(renew_on(&empty, 1), EMRS_E_UNVERIFIED);
        assert_none();
        assert_wiped(b.store, sizeof b.store);
    }
}

/* New values that are shorter than the old ones leave nothing of these. */
static void test_one_half_has_nothing_of_longer_old_ones(void **state)
{
    (void)state;
    b.config.one_half = true;
    init();
    assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
    memset(b.store + STORE_SIZE / 2u, '#', STORE_SIZE / 2u); /* as a longer token would have left */
    assert_int_equal(renew(200, CONTAINER_BODY), EMRS_DONE);
    assert_wiped(b.store + STORE_SIZE / 2u, STORE_SIZE / 2u);
}

/* Asserts that a store of needed_size works, and that one byte less gives the same needed_size.
 * ret: needed_size */
static size_t check_needed_size(size_t source, bool one_half)
{
    answer good = {NULL, sources[source].body, 200};
    memset(b.store, 0, sizeof b.store);
    b.config.one_half = one_half;
    b.config.store_size = 140;
    init_source(source);
    assert_int_equal(renew_source(source, good), EMRS_E_SPACE);
    size_t needed = b.provider.result.needed_size;
    assert_int_equal(b.provider.result.field, EMRS_FIELD_STORE);
    count_row(ROW_STORE);
    assert_true(needed > 140 && needed <= sizeof b.store);
    b.config.store_size = needed - 1u;
    init_source(source);
    assert_int_equal(renew_source(source, good), EMRS_E_SPACE);
    assert_int_equal(b.provider.result.needed_size, needed);
    assert_none();
    assert_wiped(b.store, needed);
    b.config.store_size = needed;
    init_source(source);
    assert_int_equal(renew_source(source, good), EMRS_DONE);
    assert_credentials();
    return needed;
}

/* Metadata token and role of an instance stay until the end of a renewal. */
static void test_a_store_that_is_too_small(void **state)
{
    static const char values[] = ",A\"" ID "\",B\"" SECRET "\",C\"" TOKEN "\",D\"" LATER "\"";
    static const size_t sizes[] = {
        [CONTAINER] = sizeof values - 1u,
        [IOT] = sizeof values - 1u + sizeof ",Et" - 1u,
        [INSTANCE] = sizeof values - 1u + sizeof ",E\"Success\"" IMDS_TOKEN "emrs-role" - 1u};
    (void)state;
    for (size_t source = 0; source < COUNT_OF(sources); source++) {
        assert_int_equal(check_needed_size(source, true), sizes[source]);
        assert_int_equal(check_needed_size(source, false), 2u * sizes[source]);
    }
}

/* Of a value that is longer than its limit, only the beginning is stored. */
static void test_values_that_are_too_long(void **state)
{
    static char value[STORE_SIZE + 1u], body[STORE_SIZE + 64u];
    (void)state;
    memset(value, 'x', sizeof value - 1u);
    (void)snprintf(body, sizeof body, "{\"Code\":\"%s\"}", value);
    use(&emrs_source_instance, "");
    init();
    assert_int_equal(renew_source(INSTANCE, (answer){NULL, body, 200}), EMRS_E_CREDENTIALS);
    assert_refusal(EMRS_E_CREDENTIALS, EMRS_FIELD_ANSWER_CODE, EMRS_RULE_VALUE);
    assert_text(b.provider.result.error_name, "");
    b.config.one_half = true;
    b.config.store_size = strlen(",E\"a\"");
    init_source(IOT);
    assert_int_equal(renew(200, "{\"credentials\":\"ab\"}"), EMRS_E_UNVERIFIED);
    assert_refusal(EMRS_E_UNVERIFIED, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING);
}

/* Secrets */

/* What is received in a renewal, and how it ends. It is prepared before, since printf leaves
 * copies on the stack. */
static struct {
    char bytes[3][1024];
    size_t size[3], count, at;
    emrs_news end; /* reported instead of the last byte; PENDING: the last byte comes */
} prepared;

static void prepare(const char *body, emrs_news end)
{
    char *bytes = prepared.bytes[prepared.count];
    int size = snprintf(bytes, sizeof prepared.bytes[0],
                        "HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                        strlen(body), body);
    assert_true(size > 0 && (size_t)size < sizeof prepared.bytes[0]);
    prepared.size[prepared.count++] = (size_t)size - (end != EMRS_NEWS_PENDING);
    prepared.end = end;
}

static emrs_report receive_prepared(size_t connection)
{
    size_t size = prepared.size[connection] - prepared.at;
    size = size < b.move.size ? size : b.move.size;
    if (size == 0)
        return emrs_report_of(prepared.end);
    memcpy(b.move.receive, prepared.bytes[connection] + prepared.at, size);
    prepared.at += size;
    return emrs_moved(EMRS_NEWS_RECEIVED, size);
}

static void run_prepared(void *unused)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    size_t connection = 0;
    (void)unused;
    prepared.at = 0;
    emrs_provider_start(&b.provider, b.now.ms + 900u);
    while ((b.what = emrs_provider_step(&b.provider, b.now, report, &b.move)) > EMRS_DONE) {
        report = emrs_report_of(EMRS_NEWS_CLOSED);
        if (b.what == EMRS_MOVE_CONNECT) {
            report = connection == prepared.count
                         ? emrs_report_of(EMRS_NEWS_STOP)
                         : emrs_connected(b.move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN);
        } else if (b.what == EMRS_MOVE_SEND) {
            report = emrs_moved(EMRS_NEWS_SENT, b.move.size);
        } else if (b.what == EMRS_MOVE_RECEIVE) {
            report = receive_prepared(connection);
        } else if (b.what == EMRS_MOVE_CLOSE) {
            connection++;
            prepared.at = 0;
        } else {
            b.now.ms = b.move.until_ms;
            report = emrs_report_of(EMRS_NEWS_PENDING);
        }
    }
}

static void run_with_secrets(size_t source, const char *body, emrs_news end)
{
    memset(&prepared, 0, sizeof prepared);
    init_source(source);
    if (sources[source].before > 0) {
        prepare(IMDS_TOKEN, EMRS_NEWS_PENDING);
        prepare("role", EMRS_NEWS_PENDING);
    }
    prepare(body, end);
    (void)secrets_count_on_stack();
    secrets_run(run_prepared, NULL);
}

/* ret: the body of a source, with the secrets that are searched for */
static const char *secret_body(size_t source, const char *expiration)
{
    static char body[1024];
    bool is_iot = sources[source].source == &emrs_source_iot;
    (void)snprintf(body, sizeof body,
                   is_iot
                       ? "{\"credentials\":{\"accessKeyId\":\"A\",\"secretAccessKey\":\"%s\","
                         "\"sessionToken\":\"%s\",\"expiration\":\"%s\"}}"
                       : "{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"%s\","
                         "\"Token\":\"%s\",\"Expiration\":\"%s\"}",
                   secrets_key.bytes, secrets_token.bytes, expiration);
    return body;
}

/* After a renewal, only the half of the store that is in use contains 8 consecutive secret bytes.
 * The work buffer, the provider, the result and the stack do not. */
static void test_secrets_are_not_left(void **state)
{
    static const struct {
        const char *expiration;
        emrs_news end;
        int code;
    } rows[] = {
        {LATER, EMRS_NEWS_PENDING, EMRS_DONE},
        {"2020-01-15T07:59:59Z", EMRS_NEWS_PENDING, EMRS_E_CREDENTIALS},
        {"soon", EMRS_NEWS_PENDING, EMRS_E_CREDENTIALS},
        {LATER, EMRS_NEWS_STOP, EMRS_E_STOPPED},
    };
    (void)state;
    secrets_note(b.config.authorization);
    secrets_note(EMRS_TEXT(IMDS_TOKEN));
    for (size_t source = 0; source < COUNT_OF(sources); source++)
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            memset(b.store, 0, sizeof b.store);
            run_with_secrets(source, secret_body(source, rows[i].expiration), rows[i].end);
            assert_int_equal(b.what, rows[i].code);
            assert_int_equal(secrets_count_on_stack(), 0);
            assert_int_equal(secrets_count(b.work, sizeof b.work), 0);
            assert_int_equal(secrets_count(&b.provider, sizeof b.provider), 0);
            assert_int_equal(secrets_count(b.store, STORE_SIZE / 2u), 0);
            size_t kept = secrets_count(b.store + STORE_SIZE / 2u, STORE_SIZE / 2u);
            assert_int_equal(kept > 0, rows[i].code == EMRS_DONE);
        }
}

/* The answer of a process */

#define PROCESS_BODY                                                                               \
    "{\"Version\":1,\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET                      \
    "\",\"SessionToken\":\"" TOKEN "\",\"Expiration\":\"" LATER "\"}"

static emrs_result result;

static int read_process(const char *json)
{
    b.credentials = (emrs_credentials){.expires_s = 7};
    return emrs_credentials_read(text_of(json), &b.credentials, b.store, sizeof b.store, &result);
}

static void test_process_answers(void **state)
{
    (void)state;
    assert_int_equal(read_process(PROCESS_BODY), EMRS_OK);
    assert_credentials();
    assert_int_equal(b.credentials.renew_s, LATER_S - 600u);
    assert_int_equal(result.code, EMRS_OK);
    static const char *const lasting[] = {
        "{\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET "\",\"Version\":1}",
        "{\"Version\":1,\"AccessKeyId\":\"" ID "\",\"SecretAccessKey\":\"" SECRET
        "\",\"SessionToken\":null,\"Expiration\":null}\n",
    };
    for (size_t i = 0; i < COUNT_OF(lasting); i++) {
        assert_int_equal(read_process(lasting[i]), EMRS_OK);
        assert_text(b.credentials.secret_access_key, SECRET);
        assert_int_equal(b.credentials.session_token.size, 0);
        assert_int_equal(b.credentials.expires_s, 0);
        assert_int_equal(b.credentials.renew_s, 0);
    }
}

/* The lifetime is counted from 1970, as no time is known. */
static void test_process_answers_that_have_expired(void **state)
{
    static const struct {
        const char *expiration;
        uint32_t expires_s, renew_s;
    } rows[] = {
        {"1970-01-01T00:00:01Z", 1, 1},
        {"1970-01-01T00:00:04Z", 4, 3},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bad_answer row = {"", LATER, rows[i].expiration, 0, EMRS_FIELD_NONE, EMRS_RULE_NONE};
        assert_int_equal(read_process(body_of(PROCESS_BODY, &row)), EMRS_OK);
        assert_int_equal(b.credentials.expires_s, rows[i].expires_s);
        assert_int_equal(b.credentials.renew_s, rows[i].renew_s);
    }
}

/* Of a version that is not a number, only the beginning is stored. */
static void test_a_long_version(void **state)
{
    static char json[STORE_SIZE + 64u];
    (void)state;
    (void)snprintf(json, sizeof json, "{\"Version\":\"%0*d\"}", (int)STORE_SIZE, 1);
    assert_int_equal(read_process(json), EMRS_E_CREDENTIALS);
    assert_int_equal(result.field, EMRS_FIELD_VERSION);
}

static void test_process_answers_that_are_refused(void **state)
{
    static const bad_answer rows[] = {
        {"nothing", NULL, "", EMRS_E_UNVERIFIED, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {"words", NULL, "Please log in", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {"null", NULL, "null", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {"no version", "Version", "x", EMRS_E_UNVERIFIED, EMRS_FIELD_VERSION, EMRS_RULE_MISSING},
        {"version 2", "1", "2", EMRS_E_CREDENTIALS, EMRS_FIELD_VERSION, EMRS_RULE_VALUE},
        {"version 1.0", "1", "1.0", EMRS_E_CREDENTIALS, EMRS_FIELD_VERSION, EMRS_RULE_VALUE},
        {"version \"1\"", "1", "\"1\"", EMRS_E_CREDENTIALS, EMRS_FIELD_VERSION, EMRS_RULE_VALUE},
        {"no key id", "AccessKeyId\"", "x\"", EMRS_E_UNVERIFIED, EMRS_FIELD_ACCESS_KEY_ID,
         EMRS_RULE_MISSING},
        {"no secret", "SecretAccessKey", "x", EMRS_E_UNVERIFIED, EMRS_FIELD_SECRET_ACCESS_KEY,
         EMRS_RULE_MISSING},
        {"an empty token", TOKEN, "", EMRS_E_UNVERIFIED, EMRS_FIELD_SESSION_TOKEN,
         EMRS_RULE_MISSING},
        {"a number for a token", "\"" TOKEN "\"", "1", EMRS_E_JSON, EMRS_FIELD_SESSION_TOKEN,
         EMRS_RULE_TYPE},
        {"a line end in a secret", SECRET, "a\\nb", EMRS_E_CREDENTIALS,
         EMRS_FIELD_SECRET_ACCESS_KEY, EMRS_RULE_BYTE},
        {"an expiration in words", LATER, "never", EMRS_E_CREDENTIALS, EMRS_FIELD_EXPIRATION,
         EMRS_RULE_DATE},
        {"an empty expiration", LATER, "", EMRS_E_UNVERIFIED, EMRS_FIELD_EXPIRATION,
         EMRS_RULE_MISSING},
        {"half of it", "}", "", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {"two of them", "}", "}{}", EMRS_E_JSON, EMRS_FIELD_NONE, EMRS_RULE_NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int code = read_process(body_of(PROCESS_BODY, &rows[i]));
        if (code != rows[i].code || result.field != rows[i].field || result.rule != rows[i].rule)
            fail_msg("%s: code %d, field %d, rule %d", rows[i].what, code, result.field,
                     result.rule);
        assert_int_equal(result.code, code);
        assert_int_equal(b.credentials.expires_s, 7); /* as it was */
        assert_wiped(b.store, sizeof b.store);
    }
}

static void test_a_store_for_a_process_that_is_too_small(void **state)
{
    emrs_text json = EMRS_TEXT(PROCESS_BODY);
    (void)state;
    assert_int_equal(emrs_credentials_read(json, &b.credentials, b.store, 10, &result),
                     EMRS_E_SPACE);
    size_t needed = result.needed_size;
    assert_int_equal(result.field, EMRS_FIELD_STORE);
    assert_int_equal(emrs_credentials_read(json, &b.credentials, b.store, needed - 1u, &result),
                     EMRS_E_SPACE);
    assert_int_equal(result.needed_size, needed);
    assert_int_equal(emrs_credentials_read(json, &b.credentials, b.store, needed, &result),
                     EMRS_OK);
    assert_credentials();
}

/* Words */

static void check_words(const char *words)
{
    assert_non_null(words);
    assert_string_not_equal(words, "unknown");
    for (const char *at = words; *at != '\0'; at++)
        assert_true(*at >= ' ' && *at <= '~');
    if (strlen(words) > 120u)
        fail_msg("longer than 120 bytes: %s", words);
}

static void test_every_result_has_words(void **state)
{
    (void)state;
    for (int field = 0; field <= EMRS_FIELD_VERSION; field++) {
        check_words(emrs_provider_field_words((emrs_field)field));
        for (int rule = 0; rule <= EMRS_RULE_HOST_ONLY; rule++)
            check_words(emrs_provider_rule_words((emrs_field)field, (emrs_rule)rule));
    }
    assert_string_equal(emrs_provider_field_words((emrs_field)(EMRS_FIELD_VERSION + 1)), "unknown");
    for (size_t source = 0; source < COUNT_OF(sources); source++)
        for (int code = EMRS_E_CREDENTIALS; code <= EMRS_OK; code++) {
            b.provider.config.source = sources[source].source;
            b.provider.result.code = code;
            check_words(emrs_provider_code_words(&b.provider));
            check_words(emrs_provider_next_step(&b.provider));
            assert_int_equal(emrs_provider_next_step(&b.provider)[0] == '\0', code == EMRS_OK);
        }
    char size[8];
    (void)snprintf(size, sizeof size, " %u", EMRS_URI_TARGET_SIZE_MAX);
    assert_non_null(strstr(emrs_provider_rule_words(EMRS_FIELD_URI, EMRS_RULE_TOO_LONG), size));
}

/* A port without `renew` never asks the provider. Its result says so. */
static void test_a_port_without_renew(void **state)
{
    (void)state;
    init_source(0);
    assert_int_equal(b.provider.result.code, EMRS_E_STATE);
    assert_string_equal(emrs_provider_code_words(&b.provider),
                        "the provider was not asked for credentials");
    assert_non_null(strstr(emrs_provider_next_step(&b.provider), "Set renew in the port"));
}

/* The rule for the URI, in the words of each source. */
static void test_words_of_a_uri(void **state)
{
    static const struct {
        const emrs_source *source;
        const char *uri, *words;
    } rows[] = {
        {&emrs_source_iot, "https://host.example/role-aliases",
         "must be a host name, or https://host[:port], without a path"},
        {&emrs_source_iot, "http://localhost",
         "must be a host name, or https://host[:port], without a path"},
        {&emrs_source_instance, "169.254.169.254", "must begin with http:// or https://"},
        {&emrs_source_container, "/v2/credentials", "must begin with http:// or https://"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        use(rows[i].source, rows[i].uri);
        assert_int_equal(emrs_provider_init(&b.provider, &b.config), EMRS_E_ARGUMENT);
        assert_int_equal(b.provider.result.field, EMRS_FIELD_URI);
        assert_string_equal(emrs_provider_rule_words(EMRS_FIELD_URI, b.provider.result.rule),
                            rows[i].words);
    }
}

/* The next step for each error of a source. `word` is a part of it. */
static void test_next_steps(void **state)
{
    static const struct {
        size_t source;
        int status;
        const char *body, *word;
    } rows[] = {
        {1, 403, "{\"message\":\"Invalid thing name passed\"}", "thing name out"},
        {1, 403, "{\"message\":\"Access Denied\"}", "iot:AssumeRoleWithCertificate"},
        {1, 403, "{\"message\":\"Certificate is invalid on this endpoint\"}", "activate"},
        {1, 404, "{\"message\":\"Role alias does not exist\"}",
         "Check the role alias, and that it"},
        {1, 404, "", "the one for credentials"},
        {1, 400,
         "{\"message\":\"Unable to assume the role, or the role to assume does not exist\"}",
         "credentials.iot.amazonaws.com"},
        {1, 400,
         "{\"message\":\"The requested CredentialDurationSeconds exceeds the MaxSessionDuration "
         "set "
         "for the role\"}",
         "duration"},
        {1, 400, "{\"message\":\"Something else\"}", "what the source says"},
        {0, 400, "", "authorization token: it is new"},
        {0, 401, "", "authorization token: it is new"},
        {0, 403, "", "authorization token: it is new"},
        {0, 404, "", "final slash"},
        {2, 404, "", "Attach a role"},
        {2, 401, "", "metadata service"},
        {2, 403, "", "metadata service"},
        {2, 400, "", "what the source says"},
        {2, 200, "{\"Code\":\"Failed\"}", "EC2 may assume"},
        {0, 200, "null", "log of the source"},
        {0, 503, "", "Try again"},
        {0, 0, "", "is up"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        init_source(rows[i].source);
        (void)renew_source(rows[i].source, (answer){NULL, rows[i].body, rows[i].status});
        const char *step = emrs_provider_next_step(&b.provider);
        if (strstr(step, rows[i].word) == NULL)
            fail_msg("%d %s: %s", rows[i].status, rows[i].body, step);
    }
}

static void assert_says(const char *words, const char *part)
{
    if (strstr(words, part) == NULL)
        fail_msg("no \"%s\" in: %s", part, words);
}

/* The words for an error, by code, field and rule. */
static void test_words_name_the_cause(void **state)
{
    static const struct {
        int code;
        emrs_field field;
        const char *part;
    } codes[] = {
        {EMRS_E_INSECURE, EMRS_FIELD_URI, "credentials is not secure"},
        {EMRS_E_SPACE, EMRS_FIELD_STORE, "store"},
        {EMRS_E_SPACE, EMRS_FIELD_NONE, "work buffer"},
        {EMRS_E_PROTOCOL, EMRS_FIELD_NONE, "not from a source"},
        {EMRS_E_JSON, EMRS_FIELD_NONE, "JSON of credentials"},
        {EMRS_E_UNVERIFIED, EMRS_FIELD_NONE, "lacks"},
        {EMRS_E_CREDENTIALS, EMRS_FIELD_NONE, "cannot be used"},
        {EMRS_E_SERVICE, EMRS_FIELD_NONE, "answered with an error"},
        {EMRS_E_AUTH, EMRS_FIELD_NONE, "refused"},
        {EMRS_E_TIMEOUT, EMRS_FIELD_NONE, "timed out"},
    };
    static const struct {
        emrs_field field;
        emrs_rule rule;
        const char *part;
    } rules[] = {
        {EMRS_FIELD_URI, EMRS_RULE_TOO_LONG, "480"},
        {EMRS_FIELD_ROLE_ALIAS, EMRS_RULE_TOO_LONG, "128"},
        {EMRS_FIELD_THING_NAME, EMRS_RULE_TOO_LONG, "128"},
        {EMRS_FIELD_ROLE, EMRS_RULE_TOO_LONG, "64"},
        {EMRS_FIELD_URI, EMRS_RULE_BYTE, "fragment"},
        {EMRS_FIELD_AUTHORIZATION, EMRS_RULE_BYTE, "another control byte"},
        {EMRS_FIELD_ROLE_ALIAS, EMRS_RULE_BYTE, "_ = , @ -"},
        {EMRS_FIELD_THING_NAME, EMRS_RULE_BYTE, ": _ -"},
        {EMRS_FIELD_ROLE, EMRS_RULE_BYTE, "role name"},
        {EMRS_FIELD_METADATA_TOKEN, EMRS_RULE_BYTE, "holds a space"},
        {EMRS_FIELD_SECRET_ACCESS_KEY, EMRS_RULE_BYTE, "pasted"},
        {EMRS_FIELD_URI, EMRS_RULE_PLAIN_HOST, "loopback"},
        {EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_TYPE, "not a text"},
        {EMRS_FIELD_EXPIRATION, EMRS_RULE_DATE, "RFC 3339"},
        {EMRS_FIELD_EXPIRATION, EMRS_RULE_PASSED, "passed"},
        {EMRS_FIELD_VERSION, EMRS_RULE_VALUE, "must be 1"},
        {EMRS_FIELD_ANSWER_CODE, EMRS_RULE_VALUE, "Success"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        b.provider.result = (emrs_result){.code = codes[i].code, .field = codes[i].field};
        assert_says(emrs_provider_code_words(&b.provider), codes[i].part);
    }
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        assert_says(emrs_provider_rule_words(rules[i].field, rules[i].rule), rules[i].part);
}

/* The next step if there is no answer that names the cause. */
static void test_next_steps_without_an_answer(void **state)
{
    static const struct {
        size_t source;
        emrs_result result;
        const char *part;
    } rows[] = {
        {IOT, {.code = EMRS_E_TLS, .reason = EMRS_REASON_TLS_ALERT}, "presents its certificate"},
        {IOT, {.code = EMRS_E_TLS, .reason = EMRS_REASON_TLS_CUT}, "presents its certificate"},
        {IOT,
         {.code = EMRS_E_TLS, .reason = EMRS_REASON_TLS_CLIENT_CERTIFICATE},
         "presents its certificate"},
        {IOT, {.code = EMRS_E_CONNECT, .reason = EMRS_REASON_REFUSED}, "is up"},
        {CONTAINER,
         {.code = EMRS_E_TLS, .reason = EMRS_REASON_TLS_CLIENT_CERTIFICATE},
         "Give TLS a client certificate"},
        {CONTAINER, {.code = EMRS_E_CREDENTIALS}, "its answer cannot be used"},
        {CONTAINER, {.code = EMRS_E_CREDENTIALS, .rule = EMRS_RULE_PASSED}, "the clock"},
        {CONTAINER, {.code = EMRS_E_JSON}, "log of the source"},
        {CONTAINER, {.code = EMRS_E_UNVERIFIED}, "log of the source"},
        {CONTAINER, {.code = EMRS_E_PROTOCOL}, "Check the URI"},
        {CONTAINER, {.code = EMRS_E_REDIRECT}, "Check the URI"},
        {CONTAINER, {.code = EMRS_E_SPACE, .field = EMRS_FIELD_STORE}, "larger store"},
        {CONTAINER, {.code = EMRS_E_SPACE}, "work buffer"},
        {CONTAINER, {.code = EMRS_E_INSECURE}, "Use https, or"},
        {CONTAINER, {.code = EMRS_E_SERVICE, .status = 499}, "what the source says"},
        {CONTAINER, {.code = EMRS_E_SERVICE, .status = 500}, "Try again"},
        {CONTAINER, {.code = EMRS_E_AUTH, .status = 402}, "what the source says"},
        {CONTAINER, {.code = EMRS_E_THROTTLED, .status = 429}, "what the source says"},
        {CONTAINER, {.code = EMRS_E_CONNECT}, "is up"},
        {CONTAINER, {.code = EMRS_E_TIMEOUT}, "is up"},
        {CONTAINER, {.code = EMRS_E_CLOCK}, "Set the clock"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        b.provider.config.source = sources[rows[i].source].source;
        b.provider.result = rows[i].result;
        assert_says(emrs_provider_next_step(&b.provider), rows[i].part);
    }
}

/* On a port */

static struct {
    const char *answer;
    int open_count, close_count, wait_count, stop_after;
    bool waits, silent;
} fake;

static emrs_report fake_connect(void *context, const emrs_move *move)
{
    (void)context;
    (void)move;
    fake.open_count++;
    return emrs_connected(EMRS_PEER_PLAIN);
}

static emrs_report fake_send(void *context, const emrs_move *move)
{
    (void)context;
    return emrs_moved(EMRS_NEWS_SENT, move->size);
}

static emrs_report fake_receive(void *context, const emrs_move *move)
{
    (void)context;
    if (fake.silent)
        return emrs_report_of(EMRS_NEWS_PENDING);
    size_t size = strlen(fake.answer);
    size = size < move->size ? size : move->size;
    memcpy(move->receive, fake.answer, size);
    fake.answer += size;
    return size > 0 ? emrs_moved(EMRS_NEWS_RECEIVED, size) : emrs_report_of(EMRS_NEWS_CUT);
}

static void fake_close(void *context)
{
    (void)context;
    fake.close_count++;
}

static emrs_now fake_now(void *context)
{
    (void)context;
    return b.now;
}

static const emrs_stream fake_stream = {NULL, fake_connect, fake_send, fake_receive, fake_close};
static const emrs_port fake_port = {.stream = &fake_stream, .now = fake_now};

static emrs_renewal new_renewal(const char *bytes)
{
    memset(&fake, 0, sizeof fake);
    fake.answer = bytes;
    init();
    return (emrs_renewal){.provider = &b.provider, .port = &fake_port};
}

/* ret: the news that ended it */
static emrs_news turns(emrs_renewal *renewal, uint32_t until_ms)
{
    emrs_report report;
    int count = 0;
    do
        report = emrs_renew(renewal, until_ms);
    while (report.news == EMRS_NEWS_PENDING && ++count < 100);
    return report.news;
}

#define SMALL "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define CHUNKED_BODY(size) SMALL size "\r\n" CONTAINER_BODY "\r\n0\r\n\r\n"

static void test_renewals_on_a_port(void **state)
{
    (void)state;
    emrs_renewal renewal = new_renewal(CHUNKED_BODY("c1"));
    assert_int_equal(turns(&renewal, b.now.ms + 30000u), EMRS_NEWS_RENEWED);
    assert_credentials();
    assert_int_equal(fake.open_count, 1);
    assert_int_equal(fake.close_count, 1);
    fake.answer = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"; /* the next one */
    assert_int_equal(turns(&renewal, b.now.ms + 30000u), EMRS_NEWS_FAILED);
    assert_int_equal(b.provider.result.status, 403);
    assert_int_equal(fake.close_count, 2);
    fake.answer = CHUNKED_BODY("c1");
    assert_int_equal(turns(&renewal, b.now.ms + 30000u), EMRS_NEWS_RENEWED);
    assert_int_equal(fake.close_count, 3);
}

/* When the time is over, or the application gives up, one more turn closes the stream and ends the
 * renewal. */
static void test_the_time_of_a_renewal_is_over(void **state)
{
    (void)state;
    emrs_renewal renewal = new_renewal("");
    fake.silent = true;
    assert_int_equal(turns(&renewal, b.now.ms + 30000u), EMRS_NEWS_PENDING);
    assert_int_equal(fake.close_count, 0);
    assert_int_equal(emrs_renew(&renewal, b.now.ms).news, EMRS_NEWS_FAILED);
    assert_int_equal(fake.open_count, 1);
    assert_int_equal(fake.close_count, 1);
    assert_false(renewal.running);
    assert_int_equal(b.provider.result.code, EMRS_E_STOPPED);
    assert_int_equal(emrs_renew(&renewal, b.now.ms - 5u).news, EMRS_NEWS_FAILED);
    assert_int_equal(fake.open_count, 1); /* it did not begin another */
    uint32_t until_ms = b.now.ms + 30000u;
    assert_int_equal(turns(&renewal, until_ms), EMRS_NEWS_PENDING);
    b.now.ms = until_ms;
    assert_int_equal(emrs_renew(&renewal, until_ms).news, EMRS_NEWS_FAILED);
    assert_int_equal(fake.open_count, 2);
    assert_int_equal(fake.close_count, 2);
    assert_int_equal(b.provider.result.code, EMRS_E_TIMEOUT); /* TIMEOUT, not STOPPED */
    assert_int_equal(b.provider.result.phase, EMRS_PHASE_ANSWER);
}

/* The application gives up after the stream was closed, before CLOSED was reported. The stream
 * is not closed again. */
static void test_a_closed_stream_is_not_closed_again(void **state)
{
    (void)state;
    emrs_renewal renewal =
        new_renewal("HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    while (fake.close_count == 0)
        assert_int_equal(emrs_renew(&renewal, b.now.ms + 30000u).news, EMRS_NEWS_PENDING);
    assert_int_equal(emrs_renew(&renewal, b.now.ms).news, EMRS_NEWS_FAILED);
    assert_int_equal(b.provider.result.code, EMRS_E_STOPPED);
    assert_false(renewal.running);
    assert_int_equal(fake.open_count, 1);
    assert_int_equal(fake.close_count, 1);
}

/* If a call's time is over, the old credentials in a store of one half are kept. */
static void test_no_renewal_begins_without_time(void **state)
{
    (void)state;
    b.config.one_half = true;
    emrs_renewal renewal = new_renewal(CHUNKED_BODY("c1"));
    assert_int_equal(turns(&renewal, b.now.ms + 30000u), EMRS_NEWS_RENEWED);
    assert_int_equal(emrs_renew(&renewal, b.now.ms).news, EMRS_NEWS_FAILED);
    assert_credentials();
}

/* A call that has no credentials, on a port that renews by a provider */

#define IDS "{\"applicationId\":\"00app\",\"jobRunId\":\"00run\"}"

static struct {
    emrs_renewal renewal;
    char sent[2048];
    size_t size;
    int open_count, renew_count;
    uint32_t share_ms; /* the part of the call's time that the last renewal had */
} called;

static emrs_report service_connect(void *context, const emrs_move *move)
{
    (void)context;
    (void)move;
    called.open_count++;
    assert_int_equal(fake.open_count, fake.close_count); /* the provider's stream is closed */
    return emrs_connected(EMRS_PEER_VERIFIED);
}

static emrs_report service_send(void *context, const emrs_move *move)
{
    (void)context;
    assert_true(called.size + move->size < sizeof called.sent);
    memcpy(called.sent + called.size, move->send, move->size);
    called.size += move->size;
    return emrs_moved(EMRS_NEWS_SENT, move->size);
}

static emrs_report service_receive(void *context, const emrs_move *move)
{
    static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n" IDS;
    (void)context;
    assert_true(sizeof bytes - 1u <= move->size);
    memcpy(move->receive, bytes, sizeof bytes - 1u);
    return emrs_moved(EMRS_NEWS_RECEIVED, sizeof bytes - 1u);
}

static void service_close(void *context)
{
    (void)context;
}

static void service_wait(void *context, uint32_t until_ms)
{
    (void)context;
    b.now.ms = until_ms;
}

static emrs_report service_renew(void *context, uint32_t until_ms)
{
    (void)context;
    if (!called.renewal.running)
        called.share_ms = until_ms - b.now.ms;
    assert_true(++called.renew_count
                < 1000); /* the clock does not move, so the loop needs a limit */
    return emrs_renew(&called.renewal, until_ms);
}

static const emrs_stream service_stream = {NULL, service_connect, service_send, service_receive,
                                           service_close};
static const emrs_port service_port = {
    .stream = &service_stream, .now = fake_now, .wait = service_wait, .renew = service_renew};

static int call_service(emrs_result *outcome)
{
    const emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT("00app"),
                                             .job_run_id = EMRS_TEXT("00run")};
    called.size = 0;
    int code = emrs_cancel_job_run(&service, &service_port, &input, outcome);
    called.sent[called.size] = '\0';
    return code;
}

static void test_calls_renew_by_a_provider(void **state)
{
    emrs_result outcome;
    (void)state;
    memset(&called, 0, sizeof called);
    init_service(false);
    called.renewal = new_renewal(CHUNKED_BODY("c1"));
    assert_int_equal(call_service(&outcome), EMRS_DONE);
    assert_int_equal(fake.open_count, 1);
    assert_non_null(strstr(called.sent, "Credential=" ID "/"));
    assert_non_null(strstr(called.sent, "X-Amz-Security-Token: " TOKEN "\r\n"));
    assert_int_equal(call_service(&outcome), EMRS_DONE); /* they are still good */
    assert_int_equal(fake.open_count, 1);
    b.now.utc_s = LATER_S - 600u; /* it is time for fresh ones, but the source has none */
    b.now.ms += 3000u * 1000u;
    fake.answer = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(call_service(&outcome), EMRS_DONE); /* with the old ones */
    assert_int_equal(fake.open_count, 2);
    b.now.utc_s = LATER_S; /* the old ones have expired */
    b.now.ms += 600u * 1000u;
    fake.answer = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(call_service(&outcome), EMRS_E_CREDENTIALS);
    assert_int_equal(outcome.effect, EMRS_EFFECT_NONE);
    assert_int_equal(b.provider.result.status, 403);
    assert_int_equal(called.open_count, 3);
}

/* A source that fails costs no credentials, with one half too. */
static void test_calls_keep_one_half_if_the_source_fails(void **state)
{
    emrs_result outcome;
    (void)state;
    memset(&called, 0, sizeof called);
    b.config.one_half = true;
    init_service(false);
    called.renewal = new_renewal(CHUNKED_BODY("c1"));
    assert_int_equal(call_service(&outcome), EMRS_DONE);
    b.now.utc_s = LATER_S - 600u;
    b.now.ms += 3000u * 1000u;
    fake.answer = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    assert_int_equal(call_service(&outcome), EMRS_DONE);
    assert_int_equal(fake.open_count, 2);
    assert_int_equal(called.share_ms, EMRS_RENEW_EARLY_MAX_MS);
    assert_credentials();
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(int count, char **words)
{
    page_write_to = count == 3 && strcmp(words[1], "--write") == 0 ? words[2] : NULL;
    const struct CMUnitTest tests[] = {
        TEST(test_container_request),
        TEST(test_the_work_buffer_is_wiped),
        TEST(test_without_authorization),
        TEST(test_path_and_query_are_sent_as_they_are),
        TEST(test_hosts),
        TEST(test_container_without_uri),
        TEST(test_longest_target),
        TEST(test_every_byte_of_the_authorization),
        TEST(test_iot_request),
        TEST(test_iot_refuses_a_stream_without_tls),
        TEST(test_iot_uri),
        TEST(test_iot_names),
        TEST(test_instance_requests),
        TEST(test_instance_endpoint),
        TEST(test_instance_roles),
        TEST(test_instance_tokens),
        TEST(test_instance_says_why),
        TEST(test_instance_is_tried_once_for_a_second),
        TEST(test_instance_has_no_time_for_the_next_request),
        TEST(test_answers_that_are_no_credentials),
        TEST(test_answers_in_pieces),
        TEST(test_members_in_any_order_and_more_of_them),
        TEST(test_what_is_tried_again),
        TEST(test_the_time_ends_a_renewal),
        TEST(test_no_time_at_all),
        TEST(test_refusals_are_final),
        TEST(test_an_answer_that_is_too_big),
        TEST(test_an_answer_cut_after_each_byte),
        TEST(test_stop_in_every_state),
        TEST(test_states_of_the_machine),
        TEST(test_what_init_refuses),
        TEST(test_when_to_renew),
        TEST(test_a_device_without_time),
        TEST(test_expiry_counts_in_corrected_time),
        TEST(test_what_a_renewal_does_not_pass_on),
        TEST(test_a_date_against_the_clock),
        TEST(test_iot_gives_the_time_to_a_device_without_clock),
        TEST(test_halves_take_turns),
        TEST(test_one_half_wipes_the_old_ones),
        TEST(test_one_half_has_nothing_of_longer_old_ones),
        TEST(test_a_store_that_is_too_small),
        TEST(test_values_that_are_too_long),
        TEST(test_secrets_are_not_left),
        TEST(test_process_answers),
        TEST(test_process_answers_that_have_expired),
        TEST(test_a_long_version),
        TEST(test_process_answers_that_are_refused),
        TEST(test_a_store_for_a_process_that_is_too_small),
        TEST(test_every_result_has_words),
        TEST(test_a_port_without_renew),
        TEST(test_words_of_a_uri),
        TEST(test_next_steps),
        TEST(test_words_name_the_cause),
        TEST(test_next_steps_without_an_answer),
        TEST(test_renewals_on_a_port),
        TEST(test_the_time_of_a_renewal_is_over),
        TEST(test_a_closed_stream_is_not_closed_again),
        TEST(test_no_renewal_begins_without_time),
        TEST(test_calls_renew_by_a_provider),
        TEST(test_calls_keep_one_half_if_the_source_fails),
        TEST(test_the_file_says_what_this_run_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
