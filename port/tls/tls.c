/* SPDX-License-Identifier: MIT */
/* The stream over TLS: handshakes, records and sessions. */
#include "inside.h"

#include <string.h>

#include <mbedtls/ssl_ciphersuites.h>

enum { LOOK_COUNT_MAX = 256 }; /* the most receives in one look(); a record takes two */

/* Suites with forward secrecy and authenticated encryption. Every AWS endpoint has some of them.
 * mbedTLS skips those that its build lacks, except for AES-256 in a build with AES-128 alone. There
 * it would offer them, and fail if the server chose one. */
static const int suites[] = {
#if defined(EMRS_HAS_TLS_1_3)
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
#if !defined(MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH)
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
#endif
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
#if !defined(MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH)
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    0};

/* mbedTLS's callbacks: bytes and randomness */

static int note(emrs_tls *tls, emrs_report report, emrs_news progress, int wanted)
{
    if (report.news == progress && report.size > 0) /* mbedTLS treats 0 as an end */
        return (int)report.size;
    if (report.news == progress || report.news == EMRS_NEWS_PENDING)
        return wanted;
    tls->inner_report = report;
    return MBEDTLS_ERR_SSL_CONN_EOF;
}

static int send_inner(void *context, const unsigned char *bytes, size_t size)
{
    emrs_tls *tls = context;
    emrs_tls_say_alive(tls);
    /* In this state of TLS 1.2 mbedTLS sends only our Certificate, which may be empty, and only if
     * the server asked for one: the state is already that of the next message. */
    tls->was_asked = tls->was_asked || tls->ssl.state == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE;
    emrs_move move = {.until_ms = tls->until_ms,
                      .owner = tls->owner,
                      .send = bytes,
                      .size = size,
                      .more = tls->more};
    emrs_report report = tls->config.inner->send(tls->config.inner->context, &move);
    return note(tls, report, EMRS_NEWS_SENT, MBEDTLS_ERR_SSL_WANT_WRITE);
}

/* Receives for mbedTLS, which goes on reading while records are empty. After `until_ms` it gets
 * WANT_READ, so that a peer cannot hold it with a flood of them. look() may not wait, so it ends
 * after LOOK_COUNT_MAX receives. */
static int receive_inner(void *context, unsigned char *bytes, size_t size)
{
    emrs_tls *tls = context;
    emrs_tls_say_alive(tls);
    uint32_t now_ms = tls->config.now(tls->config.context).ms;
    bool looks = tls->look_count > 0;
    tls->dry = true;
    if (looks ? --tls->look_count == 0 : emrs_left_ms(now_ms, tls->until_ms) == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    emrs_move move = {.until_ms = looks ? now_ms : tls->until_ms,
                      .owner = tls->owner,
                      .receive = bytes,
                      .size = size};
    emrs_report report = tls->config.inner->receive(tls->config.inner->context, &move);
    tls->dry = report.news != EMRS_NEWS_RECEIVED;
#if defined(CERTIFICATES_ARE_READABLE)
    if (report.news == EMRS_NEWS_RECEIVED
        && emrs_tls_brings_costly_chain(&tls->ssl, bytes + report.size)) {
        tls->is_costly = true;
        return MBEDTLS_ERR_X509_FATAL_ERROR;
    }
#endif
    return note(tls, report, EMRS_NEWS_RECEIVED, MBEDTLS_ERR_SSL_WANT_READ);
}

static int random_inner(void *context, unsigned char *bytes, size_t size)
{
    emrs_tls *tls = context;
    emrs_tls_say_alive(tls); /* called during every operation on a curve */
    int code = tls->config.random(tls->config.context, bytes, size);
    tls->random_failed = tls->random_failed || code != 0;
    return code;
}

/* Sessions */

static void drop_session(emrs_tls *tls)
{
    mbedtls_ssl_session_free(&tls->session);
    mbedtls_ssl_session_init(&tls->session);
    tls->has_session = false;
}

/* Whether the session may be offered: only to the host that it was made with, and only while the
 * certificates of its chain are valid. */
static bool session_fits(const emrs_tls *tls, const char *host, size_t size)
{
    int64_t now_s = tls->config.now(tls->config.context).utc_s;
    bool is_known = !tls->config.clock_floor || now_s >= (int64_t)EMRS_BUILD_TIME_S;
    return tls->has_session && is_known && memcmp(host, tls->session_host, size) == 0
           && now_s >= tls->session_from_s && now_s <= tls->session_until_s;
}

static void offer_session(emrs_tls *tls, const char *host)
{
    size_t size = strlen(host) + 1u;
    bool is_short = size <= sizeof tls->session_host; /* else it is not remembered */
    bool fits = is_short && session_fits(tls, host, size);
    if (!fits || mbedtls_ssl_set_session(&tls->ssl, &tls->session) != 0)
        drop_session(tls);
    if (!tls->has_session) {
        tls->session_from_s = 0;
        tls->session_until_s = INT64_MAX;
    }
    tls->session_host[0] = '\0';
    if (is_short)
        memcpy(tls->session_host, host, size);
}

static void save_session(emrs_tls *tls)
{
    drop_session(tls);
    if (tls->config.keep_session)
        tls->has_session = mbedtls_ssl_get_session(&tls->ssl, &tls->session) == 0;
}

/* The stream */

/* Frees this device's certificate and key, which only a handshake needs. */
static void withdraw(emrs_tls *tls)
{
    if (tls->config.identity != NULL)
        tls->config.identity->end(tls);
}

static emrs_report begin(emrs_tls *tls, const emrs_move *move)
{
    tls->flags = 0;
    tls->random_failed = tls->memory_failed = tls->is_costly = tls->was_asked = false;
    tls->broken = tls->answered = tls->used = false;
    tls->inner_report = emrs_report_of(EMRS_NEWS_PENDING);
    mbedtls_ssl_init(&tls->ssl);
    tls->state = EMRS_TLS_CONNECTING; /* from here on close() must free something */
    int code = tls->config.identity != NULL ? tls->config.identity->begin(tls) : 0;
    limit_versions(&tls->ssl_config, tls->is_old ? EMRS_TLS_1_2 : tls->config.version_max);
    if (code == 0)
        code = mbedtls_ssl_setup(&tls->ssl, &tls->ssl_config);
    if (code == 0)
        code = mbedtls_ssl_set_hostname(&tls->ssl, move->host);
    if (code != 0)
        return emrs_failed(emrs_tls_reason(tls, code), code);
    mbedtls_ssl_set_bio(&tls->ssl, tls, send_inner, receive_inner, NULL);
    offer_session(tls, move->host);
    return emrs_connecting(EMRS_PHASE_NAME);
}

/* Reads what has arrived, up to the first byte of data: more may follow a ticket, an empty record
 * or a warning alert.
 * ret: mbedTLS's code */
static int read_on(emrs_tls *tls)
{
    unsigned char byte;
    for (;;) {
        tls->dry = false;
        int code = mbedtls_ssl_read(&tls->ssl, &byte, sizeof byte);
        bool is_empty = code == 0 && tls->inner_report.news == EMRS_NEWS_PENDING;
        if (is_ticket(code))
            save_session(tls);
        else if (!is_empty && (code != MBEDTLS_ERR_SSL_WANT_READ || tls->dry))
            return code;
        if (tls->look_count == 0)
            return MBEDTLS_ERR_SSL_CONN_EOF; /* a flood: the stream is not usable */
    }
}

/* Checks that the peer has sent no data before a request: an early answer would be taken for the
 * answer to the next request. It is also better to find an end before the request is sent. Reads
 * what has arrived, and does not wait. Part of a record counts as data, except on a stream that was
 * never used: there it may be part of a ticket.
 * ret: 0 if no data came; else the code of an end, or of an alert */
static int look(emrs_tls *tls)
{
    tls->look_count = LOOK_COUNT_MAX;
    int code = read_on(tls);
    bool is_in_part = tls->look_count == 0 || (tls->used && tls->ssl.in_left != 0);
    tls->look_count = 0;
    if (code == MBEDTLS_ERR_SSL_WANT_READ && !is_in_part)
        return 0;
    return code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ? code : MBEDTLS_ERR_SSL_CONN_EOF;
}

static emrs_report shake_hands(emrs_tls *tls)
{
    int code = mbedtls_ssl_handshake_step(&tls->ssl);
    if (code != 0)
        return emrs_tls_explain(tls, code);
    if (!handshake_is_over(&tls->ssl))
        return emrs_report_of(EMRS_NEWS_PENDING);
    uint32_t flags = mbedtls_ssl_get_verify_result(&tls->ssl);
    if (flags != 0) /* a second check: mbedTLS has refused it already */
        return emrs_failed(emrs_tls_reason_of_flags(flags), MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
    tls->state = EMRS_TLS_OPEN;
    withdraw(tls);
    code = look(tls);
    if (code != 0) /* an answer without a request: a new connection may work */
        return emrs_tls_explain_handshake(tls, code);
    return emrs_connected(EMRS_PEER_VERIFIED);
}

static void close_tls(void *context)
{
    emrs_tls *tls = context;
    if (tls->state == EMRS_TLS_OPEN) {
        tls->until_ms = tls->config.now(tls->config.context).ms; /* do not wait */
        tls->more = false;
        (void)mbedtls_ssl_close_notify(&tls->ssl);
        if (!session_is_a_ticket(&tls->ssl))
            save_session(tls);
    }
    if (tls->broken) /* its session must not be used again: RFC 5246, section 7.2.2 */
        drop_session(tls);
    if (tls->state != EMRS_TLS_IDLE && tls->state != EMRS_TLS_PLAIN)
        mbedtls_ssl_free(&tls->ssl);
    withdraw(tls);
    tls->state = EMRS_TLS_IDLE;
    tls->config.inner->close(tls->config.inner->context);
}

/* Opens the stream once more, within the same CONNECT, and offers TLS 1.2 alone. A server without
 * TLS 1.3 refuses a ClientHello that offers 1.3 alone, and no request was sent yet. This is
 * remembered for the host, until the host refuses 1.2. */
static emrs_report try_older(emrs_tls *tls, const emrs_move *move, emrs_report refusal)
{
    bool may = offers_one_version(tls->config.version_max) && !tls->is_old;
    tls->is_old = false;
    if (!may)
        return refusal;
    close_tls(tls);
    tls->is_old = tls->is_again = true;
    emrs_report report = begin(tls, move);
    return report.news == EMRS_NEWS_FAILED ? report : emrs_report_of(EMRS_NEWS_PENDING);
}

/* Compares two strings. The C library's strcmp takes 440 bytes of a small device. */
static bool is_same(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return *a == *b;
}

/* Whether the stream must be closed first: it is open already, it is being opened for another owner
 * or host, or exactly one of stream and move uses TLS. */
static bool is_other(const emrs_tls *tls, const emrs_move *move)
{
    if (tls->state == EMRS_TLS_IDLE)
        return false;
    return tls->state == EMRS_TLS_OPEN || tls->owner != move->owner
           || move->tls != (tls->state != EMRS_TLS_PLAIN)
           || (move->tls && tls->ssl.hostname != NULL && !is_same(tls->ssl.hostname, move->host));
}

/* ret: why no stream can be opened; NONE: it can */
static emrs_reason refusal_of(const emrs_tls *tls, const char *host)
{
    const emrs_tls_config *config = &tls->config;
    if (tls->fault != EMRS_REASON_NONE)
        return tls->fault;
    if (config->root_count == 0 && config->trust == NULL)
        return EMRS_REASON_TRUST;
    if (!emrs_tls_can_verify(host))
        return EMRS_REASON_NAME_MISMATCH;
    return EMRS_REASON_NONE;
}

/* Begins a stream. If there is no randomness yet, early after a boot, it opens nothing and reports
 * PENDING. The next call of connect then asks again. */
static emrs_report start(emrs_tls *tls, const emrs_move *move)
{
    unsigned char byte;
    emrs_reason refusal = refusal_of(tls, move->host);
    if (refusal != EMRS_REASON_NONE)
        return emrs_failed(refusal, 0);
    int code = random_inner(tls, &byte, sizeof byte);
    if (code != 0)
        return code == EMRS_RANDOM_LATER ? emrs_report_of(EMRS_NEWS_PENDING)
                                         : emrs_failed(EMRS_REASON_ENTROPY, code);
    tls->is_old = tls->is_old && is_same(tls->session_host, move->host);
    tls->is_again = false;
    return begin(tls, move);
}

static emrs_report dial(emrs_tls *tls, const emrs_move *move)
{
    emrs_report report = tls->config.inner->connect(tls->config.inner->context, move);
    if (report.news == EMRS_NEWS_CONNECTING && tls->is_again) /* these phases were reported */
        return emrs_report_of(EMRS_NEWS_PENDING);
    if (report.news != EMRS_NEWS_CONNECTED)
        return report;
    tls->state = EMRS_TLS_HANDSHAKING;
    return emrs_connecting(EMRS_PHASE_TLS);
}

static emrs_report connect_tls(void *context, const emrs_move *move)
{
    emrs_tls *tls = context;
    if (is_other(tls, move))
        close_tls(tls);
    tls->until_ms = move->until_ms;
    tls->more = false;
    tls->owner = move->owner;
    if (!move->tls) {
        tls->state = EMRS_TLS_PLAIN;
        return tls->config.inner->connect(tls->config.inner->context, move);
    }
    if (tls->state == EMRS_TLS_IDLE)
        return start(tls, move);
    if (tls->state == EMRS_TLS_CONNECTING)
        return dial(tls, move);
    emrs_report report = shake_hands(tls);
    bool is_version = report.news == EMRS_NEWS_FAILED && report.detail == EMRS_REASON_TLS_VERSION;
    return is_version ? try_older(tls, move, report) : report;
}

/* False if the stream was closed, or opened for another owner, since this owner last used it. */
static bool is_its_owners(const emrs_tls *tls, const emrs_move *move)
{
    return tls->state == EMRS_TLS_OPEN && tls->owner == move->owner;
}

static emrs_report receive_tls(void *context, const emrs_move *move)
{
    emrs_tls *tls = context;
    const emrs_stream *inner = tls->config.inner;
    if (tls->state == EMRS_TLS_PLAIN)
        return inner->receive(inner->context, move);
    if (!is_its_owners(tls, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    tls->until_ms = move->until_ms;
    tls->more = false;
    int code = mbedtls_ssl_read(&tls->ssl, move->receive, move->size);
    if (is_ticket(code)) {
        save_session(tls);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
    tls->answered = tls->answered || code > 0;
    return code > 0 ? emrs_moved(EMRS_NEWS_RECEIVED, (size_t)code) : emrs_tls_explain(tls, code);
}

static emrs_report send_tls(void *context, const emrs_move *move)
{
    emrs_tls *tls = context;
    const emrs_stream *inner = tls->config.inner;
    if (tls->state == EMRS_TLS_PLAIN)
        return inner->send(inner->context, move);
    if (!is_its_owners(tls, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    int code = tls->answered || !tls->used ? look(tls) : 0;
    if (code != 0)
        return emrs_failed(code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ? emrs_tls_reason(tls, code)
                                                                       : EMRS_REASON_TLS,
                           code);
    tls->answered = false;
    tls->used = true;
    tls->until_ms = move->until_ms;
    tls->more = move->more;
    code = mbedtls_ssl_write(&tls->ssl, move->send, move->size);
    return code > 0 ? emrs_moved(EMRS_NEWS_SENT, (size_t)code) : emrs_tls_explain(tls, code);
}

emrs_reason emrs_tls_init(emrs_tls *tls, const emrs_tls_config *config)
{
    memset(tls, 0, sizeof *tls);
    tls->config = *config;
    tls->config.keep_session = config->keep_session && config->identity == NULL;
    tls->stream = (emrs_stream){tls, connect_tls, send_tls, receive_tls, close_tls};
    mbedtls_ssl_session_init(&tls->session);
    mbedtls_ssl_config_init(&tls->ssl_config);
    if (!start_crypto())
        return tls->fault = EMRS_REASON_ENTROPY;
    int code =
        mbedtls_ssl_config_defaults(&tls->ssl_config, MBEDTLS_SSL_IS_CLIENT,
                                    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (code != 0)
        return tls->fault = emrs_tls_reason(tls, code);
    limit_curves(&tls->ssl_config);
    if (tls->config.keep_session)
        ask_for_tickets(&tls->ssl_config);
    if (!emrs_tls_trust(tls))
        return tls->fault = EMRS_REASON_TRUST;
    mbedtls_ssl_conf_ciphersuites(&tls->ssl_config, suites);
    mbedtls_ssl_conf_rng(&tls->ssl_config, random_inner, tls);

    return EMRS_REASON_NONE;
}

void emrs_tls_free(emrs_tls *tls)
{
    mbedtls_ssl_session_free(&tls->session);
    mbedtls_ssl_config_free(&tls->ssl_config);
    memset(tls, 0, sizeof *tls);
}

const char *emrs_tls_version_words(const emrs_tls *tls)
{
    return tls->state == EMRS_TLS_OPEN ? mbedtls_ssl_get_version(&tls->ssl) : "none";
}
