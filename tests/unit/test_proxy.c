/* SPDX-License-Identifier: MIT */
/* The stream through a proxy, on a scripted inner stream: what the proxy is sent, how each
 * answer is read, and that user and password are wiped. */
#include "unit.h"

#include "emrs_proxy.h"
#include "support/bench.h"
#include "support/secrets.h"

#define OK "HTTP/1.1 200 Connection established\r\n\r\n"
#define REQUEST "CONNECT emrs.test:443 HTTP/1.1\r\nHost: emrs.test:443\r\n\r\n"
/* What tinyproxy 1.11 of Debian 12 answers without authorization, its page cut short. */
#define TINYPROXY_407                                                                              \
    "HTTP/1.0 407 Proxy Authentication Required\r\nServer: tinyproxy/1.11.1\r\n"                   \
    "Content-Type: text/html\r\nConnection: close\r\n"                                             \
    "Proxy-Authenticate: Basic realm=\"tinyproxy\"\r\n\r\n<html>Access to the proxy</html>"

enum { UNTIL_MS = 500, HEAD_SIZE_MAX = 16384, ENDLESS = 1 << 20 };

static struct {
    emrs_now now;
    emrs_report connect; /* what connect reports after CONNECTING */
    const char *answer;  /* what the proxy sends, and then `end` */
    size_t answer_size, segment, at;
    emrs_report end;      /* PENDING: the stream stays open */
    emrs_report send_end; /* what send reports instead, if it is not PENDING */
    size_t send_most;     /* the most bytes per send; 0: all */
    bool hesitates;       /* every second move has no news */
    unsigned move_count, phase_count;
    unsigned connect_count, close_count;
    char host[64], sent[2048];
    uint16_t port;
    bool tls;
    size_t sent_size;
    uint32_t until_ms; /* of the last move */
    const void *owner;
} s;

static emrs_proxy proxy;

static bool is_late(const emrs_move *move)
{
    s.until_ms = move->until_ms;
    s.owner = move->owner;
    bool may_wait = move->until_ms != s.now.ms; /* not when it only checks for bytes */
    return s.hesitates && may_wait && ++s.move_count % 2 != 0;
}

static emrs_report inner_connect(void *context, const emrs_move *move)
{
    assert_ptr_equal(context, &s);
    if (is_late(move))
        return emrs_report_of(EMRS_NEWS_PENDING);
    (void)snprintf(s.host, sizeof s.host, "%s", move->host);
    s.port = move->port;
    s.tls = move->tls;
    s.connect_count++;
    if (s.phase_count < 2)
        return emrs_connecting(s.phase_count++ == 0 ? EMRS_PHASE_NAME : EMRS_PHASE_TCP);
    return s.connect;
}

static emrs_report inner_send(void *context, const emrs_move *move)
{
    assert_ptr_equal(context, &s);
    if (s.send_end.news != EMRS_NEWS_PENDING)
        return s.send_end;
    if (is_late(move))
        return emrs_report_of(EMRS_NEWS_PENDING);
    size_t size = s.send_most > 0 && move->size > s.send_most ? s.send_most : move->size;
    assert_true(s.sent_size + size < sizeof s.sent);
    memcpy(s.sent + s.sent_size, move->send, size);
    s.sent_size += size;
    return emrs_moved(EMRS_NEWS_SENT, size);
}

static emrs_report inner_receive(void *context, const emrs_move *move)
{
    assert_ptr_equal(context, &s);
    if (is_late(move))
        return emrs_report_of(EMRS_NEWS_PENDING);
    size_t left = s.answer_size - s.at, size = s.segment < left ? s.segment : left;
    size = size < move->size ? size : move->size;
    if (size == 0)
        return s.end;
    memcpy(move->receive, s.answer + s.at, size);
    s.at += size;
    return emrs_moved(EMRS_NEWS_RECEIVED, size);
}

static void inner_close(void *context)
{
    assert_ptr_equal(context, &s);
    s.close_count++;
    s.phase_count = 0;
}

static const emrs_stream inner = {&s, inner_connect, inner_send, inner_receive, inner_close};

static emrs_now now(void *context)
{
    assert_ptr_equal(context, &s);
    return s.now;
}

static const emrs_proxy_config good = {
    .inner = &inner, .host = EMRS_TEXT_INIT("proxy.test"), .port = 3128, .now = now, .context = &s};

static void answers(const char *answer, size_t size)
{
    s.answer = answer;
    s.answer_size = size;
}

static int set_up(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    s.now = (emrs_now){.ms = 1000, .utc_s = BENCH_UTC_S};
    s.connect = emrs_connected(EMRS_PEER_PLAIN);
    s.segment = ENDLESS;
    answers(OK, sizeof OK - 1);
    assert_true(emrs_proxy_init(&proxy, &good));
    return 0;
}

static void set_authorization(emrs_text authorization)
{
    emrs_proxy_config config = good;
    config.authorization = authorization;
    assert_true(emrs_proxy_init(&proxy, &config));
}

/* An owner is an address that is compared, and never read. */
static const char alice, bob;

static emrs_move move_of(const void *owner)
{
    static char bytes[64];
    return (emrs_move){.until_ms = s.now.ms + UNTIL_MS,
                       .host = "emrs.test",
                       .port = 443,
                       .tls = true,
                       .owner = owner,
                       .send = "bytes",
                       .receive = bytes,
                       .size = 5};
}

static emrs_report step(const emrs_move *move)
{
    return proxy.stream.connect(proxy.stream.context, move);
}

/* ret: the report that ends CONNECT; PENDING if none came in as many steps
 * as the longest head needs */
static emrs_report connect_by(const emrs_move *move)
{
    for (unsigned i = 0; i < 8u * HEAD_SIZE_MAX; i++) {
        emrs_report report = step(move);
        if (report.news != EMRS_NEWS_PENDING && report.news != EMRS_NEWS_CONNECTING)
            return report;
    }
    return emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report connect_for(const void *owner)
{
    const emrs_move move = move_of(owner);
    return connect_by(&move);
}

static emrs_report send_for(const void *owner)
{
    const emrs_move move = move_of(owner);
    return proxy.stream.send(proxy.stream.context, &move);
}

static emrs_report receive_for(const void *owner)
{
    const emrs_move move = move_of(owner);
    return proxy.stream.receive(proxy.stream.context, &move);
}

static void close_now(void)
{
    proxy.stream.close(proxy.stream.context);
}

static void assert_failed(emrs_report report, emrs_reason reason, int native)
{
    assert_int_equal(report.news, EMRS_NEWS_FAILED);
    assert_int_equal(report.detail, reason);
    assert_int_equal(report.native, native);
}

static void assert_sent(const char *text)
{
    assert_int_equal(s.sent_size, strlen(text));
    assert_memory_equal(s.sent, text, s.sent_size);
}

/* What is sent */

static void test_the_request(void **state)
{
    (void)state;
    assert_int_equal(connect_for(&alice).news, EMRS_NEWS_CONNECTED);
    assert_sent(REQUEST);
    assert_string_equal(s.host, "proxy.test"); /* the proxy resolves the target's name */
    assert_int_equal(s.port, 3128);
    assert_false(s.tls);
    assert_ptr_equal(s.owner, &alice);
}

static void test_the_request_for_an_address(void **state)
{
    (void)state;
    emrs_move move = move_of(NULL);
    move.host = "2001:db8::1";
    move.port = 8443;
    assert_int_equal(connect_by(&move).news, EMRS_NEWS_CONNECTED);
    assert_sent("CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n\r\n");
}

/* RFC 7617, section 2: "Aladdin" and "open sesame"; RFC 4648, section 10: the other vectors. */
static void test_authorization(void **state)
{
    static const struct {
        emrs_text plain;
        const char *encoded;
    } rows[] = {{EMRS_TEXT_INIT("Aladdin:open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
                {EMRS_TEXT_INIT("f"), "Zg=="},
                {EMRS_TEXT_INIT("fo"), "Zm8="},
                {EMRS_TEXT_INIT("foo"), "Zm9v"},
                {EMRS_TEXT_INIT("foob"), "Zm9vYg=="},
                {EMRS_TEXT_INIT("fooba"), "Zm9vYmE="},
                {EMRS_TEXT_INIT("foobar"), "Zm9vYmFy"},
                {EMRS_TEXT_INIT("\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51"
                                "\x55\x97\x61\x96\x9b\x71\xd7\x9f\x82\x18\xa3\x92\x59\xa7\xa2\x9a"
                                "\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf"),
                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char wanted[256];
        (void)set_up(state);
        set_authorization(rows[i].plain);
        (void)snprintf(wanted, sizeof wanted, "%.*s\r\nProxy-Authorization: Basic %s\r\n\r\n",
                       (int)sizeof REQUEST - 5, REQUEST, rows[i].encoded);
        assert_int_equal(connect_for(NULL).news, EMRS_NEWS_CONNECTED);
        assert_sent(wanted);
    }
}

static void test_the_longest_request(void **state)
{
    static char secret[EMRS_PROXY_AUTHORIZATION_SIZE_MAX], host[254];
    (void)state;
    memset(secret, 'x', sizeof secret);
    memset(host, ':', sizeof host - 1); /* in brackets, so it is the longest */
    set_authorization((emrs_text){secret, sizeof secret});
    emrs_move move = move_of(NULL);
    move.host = host;
    move.port = 65535;
    assert_int_equal(connect_by(&move).news, EMRS_NEWS_CONNECTED);
    assert_true(s.sent_size <= EMRS_PROXY_REQUEST_SIZE_MAX);
    assert_memory_equal(s.sent + s.sent_size - 4, "\r\n\r\n", 4);
}

static void test_a_host_that_is_too_long(void **state)
{
    static char host[2000];
    (void)state;
    memset(host, 'x', sizeof host - 1);
    emrs_move move = move_of(NULL);
    move.host = host;
    assert_failed(connect_by(&move), EMRS_REASON_RESOURCE, 0);
    assert_int_equal(s.sent_size, 0);
}

static void test_what_init_refuses(void **state)
{
    static char longest[EMRS_PROXY_AUTHORIZATION_SIZE_MAX + 1];
    emrs_proxy_config rows[] = {good, good, good, good};
    (void)state;
    memset(longest, 'x', sizeof longest);
    rows[0].host = EMRS_TEXT("");
    rows[1].host = (emrs_text){longest, EMRS_HOST_SIZE_MAX + 1};
    rows[2].port = 0;
    rows[3].authorization = (emrs_text){longest, sizeof longest};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_false(emrs_proxy_init(&proxy, &rows[i]));
        assert_failed(connect_for(NULL), EMRS_REASON_RESOURCE, 0);
        assert_int_equal(s.connect_count, 0);
    }
}

/* Answers */

static const struct {
    const char *answer;
    emrs_news news;
    emrs_reason reason;
    int native;
    const char *schemes;
} rows[] = {
#define OPENS(answer)                                                                              \
    {                                                                                              \
        answer, EMRS_NEWS_CONNECTED, EMRS_REASON_NONE, 0, ""                                       \
    }
#define ENDS(answer, reason, native)                                                               \
    {                                                                                              \
        answer, EMRS_NEWS_FAILED, EMRS_REASON_PROXY_##reason, native, ""                           \
    }
#define ASKS(headers, schemes)                                                                     \
    {                                                                                              \
        "HTTP/1.1 407 x\r\n" headers "\r\n", EMRS_NEWS_FAILED, EMRS_REASON_PROXY_AUTH, 407,        \
            schemes                                                                                \
    }
    OPENS(OK),
    OPENS("HTTP/1.0 200 x\r\nVia: a\r\nProxy-Agent: b\r\n\r\n"),
    OPENS("HTTP/1.1 200\r\n\r\n"),
    OPENS("HTTP/1.1 299 x\n\n"),
    OPENS("HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\n"), /* ignored here: RFC 9110, 9.3.6 */
    OPENS("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nA: b\r\n\r\n" OK),
    ENDS(OK "x", FAILED, 200),
    ENDS(OK "HTTP/1.1 200 x\r\n\r\n", FAILED, 200),
    ENDS("HTTP/1.1 101 Switching\r\n\r\n", FAILED, 101),
    ENDS("HTTP/1.1 300 x\r\n\r\n", REFUSED, 300),
    ENDS("HTTP/1.1 302 x\r\nLocation: http://a/\r\n\r\n", REFUSED, 302),
    ENDS("HTTP/1.1 400 x\r\n\r\n<html>", REFUSED, 400),
    ENDS("HTTP/1.1 403 Filtered\r\n\r\n<html>", REFUSED, 403),
    ENDS("HTTP/1.1 429 x\r\n\r\n", REFUSED, 429),
    ENDS("HTTP/1.1 499 x\r\n\r\n", REFUSED, 499),
    ENDS("HTTP/1.1 500 Unable to connect\r\n\r\n<html>", FAILED, 500),
    ENDS("HTTP/1.1 502 x\r\n\r\n", FAILED, 502),
    ENDS("HTTP/1.1 999 x\r\n\r\n", FAILED, 999),
    ENDS("HTTP/1.1 099 x\r\n\r\n", FAILED, 0),
    ENDS("HTTP/1.1 20\r\n\r\n", FAILED, 0),
    ENDS("HTTP/1.1 100 x\n\nHTTP/1.1 2\n\n", FAILED, 0), /* the rest of a line does not count */
    ENDS("HTTP/1.1 2000 x\r\n\r\n", FAILED, 0),
    ENDS("HTTP/1.1 2x0 x\r\n\r\n", FAILED, 0),
    ENDS("HTTP/1.1  200 x\r\n\r\n", FAILED, 0),
    ENDS("HTTP/1.2 200 x\r\n\r\n", FAILED, 0),
    ENDS("HTTP/2.0 200 x\r\n\r\n", FAILED, 0),
    ENDS("http/1.1 200 x\r\n\r\n", FAILED, 0),
    ENDS("\r\n" OK, FAILED, 0),
    ENDS("SSH-2.0-OpenSSH_9.2\r\n", FAILED, 0),
    ENDS("\x15\x03\x01\x00\x02\x02\x46", FAILED, 0), /* a proxy with TLS, which closes */
    ENDS("", FAILED, 0),
    ASKS("", ""),
    ENDS("HTTP/1.1 401 Unauthorized\r\n\r\n", AUTH, 401), /* tinyproxy, to a wrong password */
    ASKS("Proxy-Authenticate: Basic realm=\"a\"\r\n", "Basic"),
    ASKS("proxy-authenticate:basic\r\n", "Basic"),
    ASKS("Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n", "Negotiate, NTLM"),
    ASKS("Proxy-Authenticate: Basic\r\nX: y\r\nPROXY-AUTHENTICATE: Basic realm=b\r\n", "Basic"),
    ASKS("Proxy-Authenticate: Digest realm=\"a, Basic\", nonce=\"\\\", Bearer\", NTLM\r\n",
         "Digest, NTLM"),
    ASKS("Proxy-Authenticate: Digest realm = a , nonce\t=b,,Kerberos\r\n", "Digest, Kerberos"),
    ASKS("Proxy-Authenticate: NTLM TlRMTVNTUAAC==, Bearer a=b\r\n", "Bearer, NTLM"),
    ASKS("Proxy-Authenticate: \"Basic\r\nProxy-Authenticate: \"\\\r\n", "an unknown scheme"),
    ASKS("Proxy-Authenticate: Basics\r\nProxy-Authenticate: Bas\r\nWWW-Authenticate: Basic\r\n",
         "an unknown scheme"),
    ASKS("Proxy-Authenticate: hunter2\x1b[2J, Negotiate\r\n", "Negotiate, an unknown scheme"),
    ASKS("Proxy-Authenticate: Basic,Bearer,Digest,Kerberos,Negotiate,NTLM,x\r\n",
         "Basic, Bearer, Digest, Kerberos, Negotiate, NTLM, an unknown scheme"),
    {TINYPROXY_407, EMRS_NEWS_FAILED, EMRS_REASON_PROXY_AUTH, 407, "Basic"},
};

static void assert_row(size_t row)
{
    emrs_report report = connect_for(NULL);
    assert_int_equal(report.news, rows[row].news);
    if (report.news == EMRS_NEWS_FAILED)
        assert_failed(report, rows[row].reason, rows[row].native);
    else
        assert_int_equal(report.detail, EMRS_PEER_UNVERIFIED);
    assert_true(emrs_text_spells(proxy.schemes, rows[row].schemes));
    assert_int_equal(s.close_count, report.news == EMRS_NEWS_FAILED);
    close_now();
}

static void play(void **state, size_t row)
{
    (void)set_up(state);
    answers(rows[row].answer, strlen(rows[row].answer));
    s.end = emrs_report_of(rows[row].news == EMRS_NEWS_FAILED ? EMRS_NEWS_CUT : EMRS_NEWS_PENDING);
}

static void test_answers(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        play(state, i);
        assert_row(i);
    }
}

/* The request is sent in pieces of the same size. */
static void test_answers_in_segments_of_each_size(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t size = 1; size <= strlen(rows[i].answer); size++) {
            play(state, i);
            s.segment = s.send_most = size;
            s.hesitates = size % 2 != 0;
            assert_row(i);
            assert_sent(REQUEST);
        }
}

static void test_bytes_after_the_head_in_another_segment(void **state)
{
    (void)state;
    answers(OK "x", sizeof OK);
    s.segment = sizeof OK - 1;
    assert_failed(connect_for(NULL), EMRS_REASON_PROXY_FAILED, 200);
    assert_int_equal(s.at, sizeof OK); /* the check reads one byte */
}

static void test_the_check_does_not_wait(void **state)
{
    (void)state;
    assert_int_equal(connect_for(NULL).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(s.until_ms, s.now.ms);
    assert_int_equal(s.at, sizeof OK - 1); /* nothing was read after the head */
}

static void test_the_stream_ends_after_the_head(void **state)
{
    static const emrs_news ends[] = {EMRS_NEWS_CUT, EMRS_NEWS_CLOSED, EMRS_NEWS_FAILED};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        (void)set_up(state);
        s.end = emrs_report_of(ends[i]);
        assert_failed(connect_for(NULL), EMRS_REASON_PROXY_FAILED, 200);
    }
}

static void test_a_head_cut_at_every_byte(void **state)
{
    for (size_t size = 0; size < sizeof OK - 1; size++) {
        (void)set_up(state);
        answers(OK, size);
        s.end = emrs_report_of(EMRS_NEWS_CUT);
        assert_failed(connect_for(NULL), EMRS_REASON_PROXY_FAILED, 0);
        close_now();
    }
}

/* One byte more than the limit is refused. All bytes of a long line count. */
static void test_the_largest_head(void **state)
{
    static char head[HEAD_SIZE_MAX + 1];
    static const char start[] = "HTTP/1.1 200 x\r\nA: ";
    for (size_t size = HEAD_SIZE_MAX; size <= HEAD_SIZE_MAX + 1; size++) {
        (void)set_up(state);
        memset(head, 'x', sizeof head);
        memcpy(head, start, sizeof start - 1);
        memcpy(head + size - 4, "\r\n\r\n", 4);
        answers(head, size);
        s.segment = 100;
        emrs_report report = connect_for(NULL);
        if (size == HEAD_SIZE_MAX)
            assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
        else
            assert_failed(report, EMRS_REASON_PROXY_FAILED, 0);
        close_now();
    }
}

/* Interim answers count for the same limit. */
static void test_endless_interim_answers(void **state)
{
    static char flood[2 * HEAD_SIZE_MAX];
    static const char interim[] = "HTTP/1.1 102 Processing\r\n\r\n";
    (void)state;
    for (size_t at = 0; at < sizeof flood; at++)
        flood[at] = interim[at % (sizeof interim - 1)];
    answers(flood, sizeof flood);
    assert_failed(connect_for(NULL), EMRS_REASON_PROXY_FAILED, 0);
    assert_true(s.at <= HEAD_SIZE_MAX + sizeof proxy.bytes);
}

/* A faulty inner stream may report more bytes than the window has. */
static emrs_report report_too_much(void *context, const emrs_move *move)
{
    (void)context;
    memset(move->receive, 'x', move->size);
    return emrs_moved(EMRS_NEWS_RECEIVED, move->size + 100000);
}

static emrs_report send_too_much(void *context, const emrs_move *move)
{
    (void)inner_send(context, move);
    return emrs_moved(EMRS_NEWS_SENT, move->size + 100000);
}

static void test_more_than_the_window(void **state)
{
    emrs_stream faulty = inner;
    emrs_proxy_config config = good;
    (void)state;
    faulty.send = send_too_much;
    faulty.receive = report_too_much;
    config.inner = &faulty;
    assert_true(emrs_proxy_init(&proxy, &config));
    assert_failed(connect_for(NULL), EMRS_REASON_PROXY_FAILED, 0);
    assert_sent(REQUEST);
}

/* Failures of the inner stream */

static void test_the_proxy_cannot_be_reached(void **state)
{
    static const emrs_reason reasons[] = {EMRS_REASON_NAME_UNKNOWN, EMRS_REASON_REFUSED,
                                          EMRS_REASON_RESET, EMRS_REASON_RESOURCE};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        (void)set_up(state);
        s.connect = emrs_failed(reasons[i], 7);
        assert_failed(connect_for(NULL), reasons[i], 7);
        assert_int_equal(s.sent_size, 0);
    }
}

static void test_the_stream_fails_under_the_request(void **state)
{
    static const struct {
        emrs_news news;
        emrs_reason reason, told;
    } faults[] = {{EMRS_NEWS_FAILED, EMRS_REASON_RESET, EMRS_REASON_PROXY_FAILED},
                  {EMRS_NEWS_FAILED, EMRS_REASON_UNREACHABLE, EMRS_REASON_UNREACHABLE},
                  {EMRS_NEWS_CUT, EMRS_REASON_NONE, EMRS_REASON_PROXY_FAILED},
                  {EMRS_NEWS_CLOSED, EMRS_REASON_NONE, EMRS_REASON_PROXY_FAILED}};
    for (size_t i = 0; i < 2 * COUNT_OF(faults); i++) {
        emrs_report end = emrs_failed(faults[i / 2].reason, 9);
        end.news = faults[i / 2].news;
        (void)set_up(state);
        answers("", 0);
        s.end = end;
        if (i % 2 != 0)
            s.send_end = end;
        assert_failed(connect_for(NULL), faults[i / 2].told, end.news == EMRS_NEWS_FAILED ? 9 : 0);
        assert_int_equal(s.close_count, 1);
    }
}

/* The inner stream is given the until_ms of the move. If the proxy hangs, the report is PENDING. */
static void test_a_proxy_that_hangs(void **state)
{
    static const char *const parts[] = {"", "HTTP/1.1 200", "HTTP/1.1 200 x\r\nA: b\r\n"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        (void)set_up(state);
        answers(parts[i], strlen(parts[i]));
        assert_int_equal(connect_for(NULL).news, EMRS_NEWS_PENDING);
        assert_int_equal(s.until_ms, s.now.ms + UNTIL_MS);
        close_now();
        assert_int_equal(s.close_count, 1);
    }
}

static void let_time_pass(void *context, uint32_t until_ms)
{
    assert_ptr_equal(context, &s);
    s.now.ms = until_ms;
}

static emrs_now now_passing(void *context)
{
    emrs_now at = now(context);
    s.now.ms += 10;
    return at;
}

/* Whole calls: how they end, and how many attempts they make. */
static void test_calls(void **state)
{
    static const struct {
        const char *answer;
        int code;
        unsigned attempt_count;
        emrs_reason reason;
    } calls[] = {
        {OK, EMRS_E_INSECURE, 1, EMRS_REASON_NONE}, /* without TLS nothing is sent to the service */
        {TINYPROXY_407, EMRS_E_PROXY, 1, EMRS_REASON_PROXY_AUTH},
        {"HTTP/1.1 403 x\r\n\r\n", EMRS_E_PROXY, 1, EMRS_REASON_PROXY_REFUSED},
        {"HTTP/1.1 502 x\r\n\r\n", EMRS_E_CONNECT, 3, EMRS_REASON_PROXY_FAILED},
        {"SSH-2.0\r\n", EMRS_E_CONNECT, 3, EMRS_REASON_PROXY_FAILED},
        {"HTTP/1.1 200", EMRS_E_TIMEOUT, 3, EMRS_REASON_NONE},
    };
    static bench b;
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        (void)set_up(state);
        bench_init(&b);
        b.config.attempt_count = 3;
        answers(calls[i].answer, strlen(calls[i].answer));
        int code = EMRS_OK;
        const emrs_port port = {
            .stream = &proxy.stream, .now = now_passing, .wait = let_time_pass, .context = &s};
        emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
        bench_start(&b);
        do {
            if (code == EMRS_MOVE_CLOSE || code == EMRS_MOVE_WAIT) {
                s.at = 0; /* the next attempt gets the same answer */
                s.phase_count = 0;
            }
            code = emrs_turn(&b.call, &port, &report);
            if (code == EMRS_MOVE_WAIT)
                s.now.ms += 100;
        } while (code > 0);
        assert_int_equal(code, calls[i].code);
        assert_int_equal(b.result.attempt_count, calls[i].attempt_count);
        assert_int_equal(b.result.reason, calls[i].reason);
        assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
        assert_int_equal(b.result.phase, EMRS_PHASE_TCP);
    }
}

static void test_phases(void **state)
{
    static const emrs_phase phases[] = {EMRS_PHASE_NAME, EMRS_PHASE_TCP};
    const emrs_move move = move_of(NULL);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        emrs_report report = step(&move);
        assert_int_equal(report.news, EMRS_NEWS_CONNECTING);
        assert_int_equal(report.detail, phases[i]);
    }
    emrs_report report = step(&move);
    while (report.news == EMRS_NEWS_PENDING)
        report = step(&move); /* CONNECT and its answer are a part of TCP */
    assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
}

/* Owners */

static void test_no_byte_for_another_owner(void **state)
{
    (void)state;
    assert_failed(send_for(&alice), EMRS_REASON_RESET, 0); /* nothing is open */
    assert_failed(receive_for(&alice), EMRS_REASON_RESET, 0);
    assert_int_equal(connect_for(&alice).news, EMRS_NEWS_CONNECTED);
    s.sent_size = 0;
    assert_failed(send_for(&bob), EMRS_REASON_RESET, 0);
    assert_failed(receive_for(&bob), EMRS_REASON_RESET, 0);
    assert_int_equal(s.sent_size, 0);
    assert_int_equal(send_for(&alice).news, EMRS_NEWS_SENT);
    assert_sent("bytes");
    answers("answer", 6);
    s.at = 0;
    assert_int_equal(receive_for(&alice).size, 5);
    close_now();
    assert_failed(send_for(&alice), EMRS_REASON_RESET, 0);
}

/* TLS must not reach the proxy before the tunnel is open. */
static void test_no_byte_before_the_tunnel(void **state)
{
    const emrs_move move = move_of(&alice);
    (void)state;
    for (int i = 0; i < 8 && step(&move).news != EMRS_NEWS_CONNECTED; i++) {
        assert_failed(send_for(&alice), EMRS_REASON_RESET, 0);
        assert_failed(receive_for(&alice), EMRS_REASON_RESET, 0);
    }
    assert_sent(REQUEST);
}

static void test_connecting_again_begins_anew(void **state)
{
    (void)state;
    assert_int_equal(connect_for(&alice).news, EMRS_NEWS_CONNECTED);
    s.at = s.sent_size = 0;
    assert_int_equal(connect_for(&alice).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(s.close_count, 1);
    assert_sent(REQUEST);
}

/* At each step of connecting for one owner, another owner connects. */
static void test_another_owner_begins_anew(void **state)
{
    for (int count = 1; count < 6; count++) {
        (void)set_up(state);
        const emrs_move move = move_of(&alice);
        for (int i = 0; i < count; i++)
            (void)step(&move);
        s.at = s.sent_size = 0;
        assert_int_equal(connect_for(&bob).news, EMRS_NEWS_CONNECTED);
        assert_int_equal(s.close_count, 1);
        assert_sent(REQUEST);
        assert_ptr_equal(s.owner, &bob);
    }
}

/* Plain http */

static void test_plain_http_does_not_use_the_proxy(void **state)
{
    (void)state;
    emrs_move move = move_of(&alice);
    move.tls = false;
    move.port = 80;
    s.phase_count = 2;
    emrs_report report = step(&move);
    assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
    assert_int_equal(report.detail, EMRS_PEER_PLAIN);
    assert_string_equal(s.host, "emrs.test");
    assert_int_equal(s.port, 80);
    assert_int_equal(send_for(&alice).news, EMRS_NEWS_SENT);
    assert_sent("bytes");
    assert_int_equal(receive_for(&alice).news, EMRS_NEWS_RECEIVED);
}

static void test_plain_and_tls_in_turn(void **state)
{
    (void)state;
    emrs_move plain = move_of(&alice);
    plain.tls = false;
    s.phase_count = 2;
    assert_int_equal(step(&plain).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(connect_for(&alice).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(s.close_count, 1);
    assert_sent(REQUEST);
    assert_int_equal(connect_by(&plain).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(s.close_count, 2);
    assert_string_equal(s.host, "emrs.test");
}

/* Secrets */

#define PASSWORD "correct-horse-battery-staple"
#define ENCODED "dXNlcjpjb3JyZWN0LWhvcnNlLWJhdHRlcnktc3RhcGxl"

static const emrs_text password = EMRS_TEXT_INIT("user:" PASSWORD);

/* The secret is in memory only until the request is sent, or until the stream is closed at any step
 * of connecting. */
static void test_the_request_is_wiped(void **state)
{
    secrets_note(EMRS_TEXT(PASSWORD));
    secrets_note(EMRS_TEXT(ENCODED));
    bool was_seen = false;
    for (int count = 1; count < 40; count++) {
        (void)set_up(state);
        set_authorization(password);
        s.send_most = 30;
        const emrs_move move = move_of(NULL);
        for (int i = 0; i < count; i++)
            if (step(&move).news == EMRS_NEWS_CONNECTED)
                break;
        bool is_sent = s.sent_size > 0 && memcmp(s.sent + s.sent_size - 4, "\r\n\r\n", 4) == 0;
        size_t found = secrets_count(&proxy, sizeof proxy);
        was_seen = was_seen || found > 0;
        assert_true(!is_sent || found == 0);
        close_now();
        assert_int_equal(secrets_count(&proxy, sizeof proxy), 0);
    }
    assert_true(was_seen); /* the search works */
}

static void connect_with_secret(void *context)
{
    *(emrs_report *)context = connect_for(NULL);
}

static void test_the_stack_holds_no_secret(void **state)
{
    emrs_report report;
    (void)state;
    secrets_note(EMRS_TEXT(PASSWORD));
    secrets_note(EMRS_TEXT(ENCODED));
    set_authorization(password);
    secrets_run(connect_with_secret, &report);
    assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
    assert_int_equal(secrets_count_on_stack(), 0);
}

/* A proxy may send the secret back. */
static void test_an_answer_that_repeats_the_secret(void **state)
{
    static const char *const repeats[] = {
        "HTTP/1.1 407 " PASSWORD "\r\nProxy-Authenticate: " PASSWORD "\r\nX: " ENCODED "\r\n\r\n",
        ("HTTP/1.1 403 " ENCODED "\r\n\r\n" PASSWORD), ("HTTP/1.1 200 x\r\n\r\n" PASSWORD)};
    secrets_note(EMRS_TEXT(PASSWORD));
    secrets_note(EMRS_TEXT(ENCODED));
    for (size_t i = 0; i < COUNT_OF(repeats); i++) {
        (void)set_up(state);
        set_authorization(password);
        answers(repeats[i], strlen(repeats[i]));
        assert_int_equal(connect_for(NULL).news, EMRS_NEWS_FAILED);
        assert_int_equal(secrets_count(&proxy, sizeof proxy), 0);
    }
}

static void test_schemes_are_of_the_last_answer(void **state)
{
    (void)state;
    answers(TINYPROXY_407, sizeof TINYPROXY_407 - 1);
    assert_failed(connect_for(NULL), EMRS_REASON_PROXY_AUTH, 407);
    assert_true(emrs_text_spells(proxy.schemes, "Basic"));
    static const char ntlm[] = "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\n\r\n";
    answers(ntlm, sizeof ntlm - 1);
    s.at = 0;
    assert_failed(connect_for(NULL), EMRS_REASON_PROXY_AUTH, 407);
    assert_true(emrs_text_spells(proxy.schemes, "NTLM"));
    answers(OK, sizeof OK - 1);
    s.at = 0;
    assert_int_equal(connect_for(NULL).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(proxy.schemes.size, 0);
}

#define CASE(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_request),
        CASE(test_the_request_for_an_address),
        CASE(test_authorization),
        CASE(test_the_longest_request),
        CASE(test_a_host_that_is_too_long),
        CASE(test_what_init_refuses),
        CASE(test_answers),
        CASE(test_answers_in_segments_of_each_size),
        CASE(test_bytes_after_the_head_in_another_segment),
        CASE(test_the_check_does_not_wait),
        CASE(test_the_stream_ends_after_the_head),
        CASE(test_a_head_cut_at_every_byte),
        CASE(test_the_largest_head),
        CASE(test_endless_interim_answers),
        CASE(test_more_than_the_window),
        CASE(test_the_proxy_cannot_be_reached),
        CASE(test_the_stream_fails_under_the_request),
        CASE(test_a_proxy_that_hangs),
        CASE(test_calls),
        CASE(test_phases),
        CASE(test_no_byte_for_another_owner),
        CASE(test_no_byte_before_the_tunnel),
        CASE(test_connecting_again_begins_anew),
        CASE(test_another_owner_begins_anew),
        CASE(test_plain_http_does_not_use_the_proxy),
        CASE(test_plain_and_tls_in_turn),
        CASE(test_the_request_is_wiped),
        CASE(test_the_stack_holds_no_secret),
        CASE(test_an_answer_that_repeats_the_secret),
        CASE(test_schemes_are_of_the_last_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
