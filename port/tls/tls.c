/* SPDX-License-Identifier: MIT */
/* One private member of mbedTLS is read: the alert that ended a handshake, for which there is no
 * function. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "tls.h"

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/ssl_ciphersuites.h>

#include "compat.h"

enum { IDLE, CONNECTING, HANDSHAKING, OPEN, PLAIN };
enum { LOOK_COUNT_MAX = 256 }; /* receives of one look: a record takes two, a server sends few */

/* What checking a chain may cost, as nobody has verified its sender yet: mbedTLS tries each issuer
 * that has the right name, goes on upwards past wrong signatures, and takes the sizes of the keys
 * from the chain. AWS sends four certificates; the largest CA key in use is RSA-4096. */
enum { CHAIN_COUNT_MAX = 5, NAMESAKE_COUNT_MAX = 2, RSA_BITS_MAX = 4096, EXPONENT_BITS_MAX = 32 };

/* Forward secrecy and authenticated encryption, which every AWS endpoint offers. mbedTLS passes
 * over those that its build lacks, but for AES-256 in a build of AES-128 alone: it would offer
 * that, and fail once it is taken. */
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

/* What a certificate may be signed with, and its key. */
static const mbedtls_x509_crt_profile profile = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384)
        | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    0xFFFFFFF, /* RSA and ECDSA: mbedTLS has no other that signs */
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1)
        | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    2048};

/* Why a handshake or a record failed */

static emrs_reason reason_of_flags(uint32_t flags)
{
    static const struct {
        uint32_t flags;
        emrs_reason reason;
    } reasons[] = {
        {MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
         EMRS_REASON_WEAK},
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED, EMRS_REASON_ISSUER},
        {MBEDTLS_X509_BADCERT_REVOKED, EMRS_REASON_REVOKED},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, EMRS_REASON_NAME_MISMATCH},
        {MBEDTLS_X509_BADCERT_FUTURE, EMRS_REASON_NOT_YET_VALID},
        {MBEDTLS_X509_BADCERT_EXPIRED, EMRS_REASON_EXPIRED},
        {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE
             | MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
         EMRS_REASON_USAGE},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if ((flags & reasons[i].flags) != 0)
            return reasons[i].reason;
    return EMRS_REASON_CERTIFICATE;
}

/* mbedTLS adds a high-level code (a multiple of 0x80) and a low-level one. */
static int high_of(int code)
{
    return -(-code & ~0x7F);
}

static bool is_memory(int code)
{
    static const int high[] = {-0x7F00 /* ssl */, -0x2880 /* x509 */,   -0x3F80 /* pk */,
                               -0x4D80 /* ecp */, -0x6180 /* cipher */, -0x5180 /* md */};
    int low = -code & 0x7F;
    for (size_t i = 0; i < sizeof high / sizeof high[0]; i++)
        if (high_of(code) == high[i])
            return true;
    return low == 0x10 /* bignum */ || low == 0x6A /* asn1 */;
}

/* A handshake_failure is about version or suite only while no ServerHello has come. TLS 1.2 has no
 * alert for a missing client certificate: OpenSSL says handshake_failure, Go bad_certificate. */
static emrs_reason reason_of_alert(const emrs_tls *tls)
{
    enum { CERTIFICATE_REQUIRED = 116 }; /* TLS 1.3: mbedTLS 2.28 has no name for it */
    bool is_early = tls->ssl.state <= MBEDTLS_SSL_SERVER_HELLO;
    switch (tls->ssl.in_msg[1]) {
    case CERTIFICATE_REQUIRED:
        return EMRS_REASON_TLS_CLIENT_CERTIFICATE;
    case MBEDTLS_SSL_ALERT_MSG_BAD_CERT:
        return tls->was_asked ? EMRS_REASON_TLS_CLIENT_CERTIFICATE : EMRS_REASON_TLS_ALERT;
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
        if (tls->was_asked)
            return EMRS_REASON_TLS_CLIENT_CERTIFICATE;
        return is_early ? EMRS_REASON_TLS_VERSION : EMRS_REASON_TLS_ALERT;
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION:
    case MBEDTLS_SSL_ALERT_MSG_INSUFFICIENT_SECURITY:
        return is_early ? EMRS_REASON_TLS_VERSION : EMRS_REASON_TLS_ALERT;
    case MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR: /* the peer's own trouble, which may pass */
        return tls->state == OPEN ? EMRS_REASON_TLS_ALERT : EMRS_REASON_TLS_CUT;
    default:
        return EMRS_REASON_TLS_ALERT;
    }
}

/* mbedTLS has the same codes for other faults of a record: its own header tells. */
static bool is_too_large(const unsigned char *record)
{
    return record != NULL && record[0] >= MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC
           && record[0] <= MBEDTLS_SSL_MSG_APPLICATION_DATA
           && (record[3] << 8 | record[4]) > MBEDTLS_SSL_IN_CONTENT_LEN;
}

static uint32_t flags_of(const emrs_tls *tls)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&tls->ssl);
    return tls->flags | (flags == UINT32_MAX ? 0 : flags); /* all ones: there is no result */
}

/* A signature that could not be checked for want of memory is a wrong one to mbedTLS, a key that
 * found none a bad one. */
static bool has_run_out(const emrs_tls *tls)
{
    return tls->config.ran_out != NULL && tls->config.ran_out(tls->config.context);
}

static emrs_reason reason_of(const emrs_tls *tls, int code)
{
    if (tls->random_failed)
        return EMRS_REASON_ENTROPY;
    if (tls->memory_failed || is_memory(code) || has_run_out(tls))
        return EMRS_REASON_TLS_MEMORY;
    if (tls->is_costly)
        return EMRS_REASON_CHAIN_COST;
    switch (high_of(code)) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case BAD_CERTIFICATE: /* its usage is looked at after its chain */
        return reason_of_flags(flags_of(tls));
    case MBEDTLS_ERR_X509_FATAL_ERROR: /* chain too long, and faults of the chain's own form */
        return EMRS_REASON_CERTIFICATE;
    case MBEDTLS_ERR_PK_INVALID_PUBKEY: /* a number in it that found no memory, most of the time */
    case MBEDTLS_ERR_PK_INVALID_ALG:
    case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
    case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
        return EMRS_REASON_KEY;
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        return reason_of_alert(tls);
    case BAD_VERSION:
    case NO_COMMON_SUITE:
        return EMRS_REASON_TLS_VERSION;
    case MBEDTLS_ERR_SSL_CONN_EOF:
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return EMRS_REASON_TLS_CUT;
    case MBEDTLS_ERR_SSL_BAD_INPUT_DATA:
    case MBEDTLS_ERR_SSL_INVALID_RECORD:
        return is_too_large(tls->ssl.in_hdr) ? EMRS_REASON_TLS_RECORD : EMRS_REASON_TLS;
    case MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE:
        return has_no_reassembly() ? EMRS_REASON_TLS_PIECES : EMRS_REASON_TLS;
    default: /* whatever X.509 cannot read is a fault of the certificate */
        return code <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE
                       && high_of(code) >= MBEDTLS_ERR_X509_BUFFER_TOO_SMALL
                   ? EMRS_REASON_CERTIFICATE
                   : EMRS_REASON_TLS;
    }
}

/* CRYPTO_IN_PROGRESS: the image has mbedTLS do its curves in pieces (mbedtls_ecp_set_max_ops). */
static bool is_later(int code)
{
    return code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE
           || code == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS;
}

/* In the handshake whatever ends it is its failure: first a fault that mbedTLS found itself, as the
 * peer may well have gone when it was told, then the stream's. */
static emrs_report explain_handshake(const emrs_tls *tls, int code)
{
    const emrs_report *inner = &tls->inner_report;
    code = own_fault(&tls->ssl, code);
    if (code != MBEDTLS_ERR_SSL_CONN_EOF || inner->news == EMRS_PENDING)
        return emrs_failed(reason_of(tls, code), code);
    if (inner->news == EMRS_FAILED && inner->detail != EMRS_REASON_RESET)
        return *inner;
    return emrs_failed(EMRS_REASON_TLS_CUT, inner->native);
}

/* Afterwards the stream speaks for itself. */
static emrs_report explain_record(const emrs_tls *tls, int code)
{
    if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return emrs_report_of(EMRS_CLOSED);
    if (tls->inner_report.news == EMRS_FAILED)
        return tls->inner_report;
    if (code == 0 || code == MBEDTLS_ERR_SSL_CONN_EOF)
        return emrs_report_of(EMRS_CUT);
    return emrs_failed(reason_of(tls, code), code);
}

/* What mbedTLS did not do, as a report. A read of nothing is an empty record, unless the stream
 * below has ended. */
static emrs_report explain(emrs_tls *tls, int code)
{
    if (is_later(code) || (code == 0 && tls->inner_report.news == EMRS_PENDING))
        return emrs_report_of(EMRS_PENDING);
    emrs_report report =
        tls->state == OPEN ? explain_record(tls, code) : explain_handshake(tls, code);
    tls->broken = tls->broken || report.news == EMRS_FAILED;
    return report;
}

/* What a chain may cost */

/* Curves below 255 bits are left to mbedTLS's profile, which refuses them as weak. */
static bool is_costly_key(const mbedtls_pk_context *key)
{
    if (mbedtls_pk_can_do(key, MBEDTLS_PK_RSA))
        return mbedtls_pk_get_bitlen(key) > RSA_BITS_MAX
               || mbedtls_mpi_bitlen(&mbedtls_pk_rsa(*key)->E) > EXPONENT_BITS_MAX;
    mbedtls_ecp_group_id curve = curve_of(key);
    return mbedtls_pk_get_bitlen(key) >= 255 && curve != MBEDTLS_ECP_DP_SECP256R1
           && curve != MBEDTLS_ECP_DP_SECP384R1 && curve != MBEDTLS_ECP_DP_SECP521R1;
}

/* mbedTLS compares names without regard to the case of letters, and takes a PrintableString for a
 * UTF8String: two names that are one to it have the same bytes once these are folded. */
static unsigned char folded(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (unsigned char)(byte | 0x20);
    return byte == MBEDTLS_ASN1_PRINTABLE_STRING ? MBEDTLS_ASN1_UTF8_STRING : byte;
}

static bool may_be_issuer(const mbedtls_x509_crt *child, const mbedtls_x509_crt *parent)
{
    const mbedtls_x509_buf *issuer = &child->issuer_raw, *name = &parent->subject_raw;
    bool same = issuer->len == name->len;
    for (size_t i = 0; same && i < name->len; i++)
        same = folded(issuer->p[i]) == folded(name->p[i]);
    return same;
}

/* Whether checking a chain, leaf first, may take longer than a device or a deadline can bear. Looks
 * at what was parsed, and computes nothing. */
static bool is_costly_chain(const mbedtls_x509_crt *leaf)
{
    int count = 0;
    for (const mbedtls_x509_crt *child = leaf; child != NULL; child = child->next) {
        int issuer_count = 0;
        for (const mbedtls_x509_crt *next = child->next; next != NULL; next = next->next)
            issuer_count += may_be_issuer(child, next);
        if (++count > CHAIN_COUNT_MAX || issuer_count > NAMESAKE_COUNT_MAX
            || is_costly_key(&child->pk))
            return true;
    }
    return false;
}

/* What mbedTLS asks of us: bytes, randomness, and a look at each certificate */

static void say_alive(const emrs_tls *tls)
{
    if (tls->config.alive != NULL)
        tls->config.alive(tls->config.context);
}

static int note(emrs_tls *tls, emrs_report report, emrs_news progress, int wanted)
{
    if (report.news == progress && report.size > 0) /* 0 would be an end to mbedTLS */
        return (int)report.size;
    if (report.news == progress || report.news == EMRS_PENDING)
        return wanted;
    tls->inner_report = report;
    return MBEDTLS_ERR_SSL_CONN_EOF;
}

static int send_inner(void *context, const unsigned char *bytes, size_t size)
{
    emrs_tls *tls = context;
    say_alive(tls);
    /* In TLS 1.2 what is sent between these two is a Certificate, an empty one, if it was asked
     * for: each message is sent with the state behind it. */
    tls->was_asked = tls->was_asked || tls->ssl.state == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE;
    emrs_move move = {.until_ms = tls->until_ms,
                      .owner = tls->owner,
                      .send = bytes,
                      .size = size,
                      .more = tls->more};
    emrs_report report = tls->config.inner->send(tls->config.inner->context, &move);
    return note(tls, report, EMRS_SENT, MBEDTLS_ERR_SSL_WANT_WRITE);
}

#if defined(CERTIFICATES_ARE_READABLE)
static bool is_costly_message(const unsigned char *list, size_t size)
{
    mbedtls_x509_crt chain;
    size_t at = 3, count = 0, length; /* behind the length of the whole */
    bool is_costly = false;
    mbedtls_x509_crt_init(&chain);
    for (; at + 3u <= size && count <= CHAIN_COUNT_MAX; at += length, count++) {
        length = (size_t)list[at] << 16 | (size_t)list[at + 1] << 8 | list[at + 2];
        at += 3;
        if (length > size - at || mbedtls_x509_crt_parse_der(&chain, list + at, length) != 0)
            break; /* mbedTLS refuses the same, before it checks a signature */
    }
    is_costly = count > 0 && is_costly_chain(&chain);
    mbedtls_x509_crt_free(&chain);
    return is_costly;
}

/* Looks through a record of the handshake, once it is whole, for the Certificate message. mbedTLS
 * 2.28 takes a message in one record only, and before encryption begins. */
static bool brings_costly_chain(const mbedtls_ssl_context *ssl, const unsigned char *end)
{
    const unsigned char *record = ssl->in_hdr, *message = record + 5;
    if (ssl->transform_in != NULL || end < message || record[0] != MBEDTLS_SSL_MSG_HANDSHAKE
        || (size_t)(end - message) != ((size_t)record[3] << 8 | record[4]))
        return false;
    while (end - message >= 4) {
        size_t size = (size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3],
               left = (size_t)(end - message) - 4u;
        size = size < left ? size : left;
        if (message[0] == MBEDTLS_SSL_HS_CERTIFICATE && is_costly_message(message + 4, size))
            return true;
        message += 4u + size;
    }
    return false;
}
#endif

/* mbedTLS reads on through records that carry nothing; past `until` it is told that nothing is
 * there, so that a peer who floods it with them cannot hold it. A look has no time: there it is
 * told so after a number of receives. */
static int receive_inner(void *context, unsigned char *bytes, size_t size)
{
    emrs_tls *tls = context;
    say_alive(tls);
    uint32_t now_ms = tls->config.now(tls->config.now_context).ms;
    bool looks = tls->look_count > 0;
    tls->dry = true;
    if (looks ? --tls->look_count == 0 : now_ms - tls->until_ms < 0x80000000u)
        return MBEDTLS_ERR_SSL_WANT_READ;
    emrs_move move = {.until_ms = looks ? now_ms : tls->until_ms,
                      .owner = tls->owner,
                      .receive = bytes,
                      .size = size};
    emrs_report report = tls->config.inner->receive(tls->config.inner->context, &move);
    tls->dry = report.news != EMRS_RECEIVED;
#if defined(CERTIFICATES_ARE_READABLE)
    if (report.news == EMRS_RECEIVED && brings_costly_chain(&tls->ssl, bytes + report.size)) {
        tls->is_costly = true;
        return MBEDTLS_ERR_X509_FATAL_ERROR;
    }
#endif
    return note(tls, report, EMRS_RECEIVED, MBEDTLS_ERR_SSL_WANT_READ);
}

static int random_inner(void *context, unsigned char *bytes, size_t size)
{
    emrs_tls *tls = context;
    say_alive(tls); /* asked for in the middle of every operation on a curve */
    int code = tls->config.random(tls->config.random_context, bytes, size);
    tls->random_failed = tls->random_failed || code != 0;
    return code;
}

/* Seconds since 1970, for dates of the proleptic Gregorian calendar. A year has four digits: to
 * divide in 64 bits would cost a small device a function. */
static int64_t seconds_of(const mbedtls_x509_time *date)
{
    int32_t year = date->mon <= 2 ? date->year - 1 : date->year;
    int32_t month = date->mon <= 2 ? date->mon + 9 : date->mon - 3;
    int32_t day =
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date->day - 1;
    return (((int64_t)(day - 719468) * 24 + date->hour) * 60 + date->min) * 60 + date->sec;
}

/* Where time begins at the floor, it is as early as it can be: no certificate may have ended before
 * the build, nor before another of its chain began. */
static int64_t time_to_check(const emrs_tls *tls)
{
    int64_t now_s = tls->config.now(tls->config.now_context).utc_s, floor_s = EMRS_BUILD_TIME_S;
    if (!tls->config.clock_floor || now_s >= floor_s)
        return now_s;
    return tls->session_from_s > floor_s ? tls->session_from_s : floor_s;
}

/* Whether resolvers take a host for an address: with a colon, or with a last label of digits. */
static bool is_address(const char *host)
{
    size_t i = strlen(host);
    while (i > 0 && host[i - 1] >= '0' && host[i - 1] <= '9')
        i--;
    return strchr(host, ':') != NULL || (host[i] != '\0' && (i == 0 || host[i - 1] == '.'));
}

/* mbedTLS has compared the names already. A common name is no host name to us, and no name, least
 * of all a pattern, is an address: RFC 9525, 6.3 and 6.5. */
static bool may_name(const mbedtls_x509_crt *certificate, const char *host)
{
    return is_address(host) ? names_address(certificate, host) : has_alternative_name(certificate);
}

static int verify(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    emrs_tls *tls = context;
    say_alive(tls);
    int64_t from_s = seconds_of(&certificate->valid_from),
            to_s = seconds_of(&certificate->valid_to);
    tls->session_from_s = from_s > tls->session_from_s ? from_s : tls->session_from_s;
    tls->session_until_s = to_s < tls->session_until_s ? to_s : tls->session_until_s;
    int64_t now_s = time_to_check(tls);
    *flags &=
        ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE); /* libc's view */
    if (depth == 0 && !may_name(certificate, tls->ssl.hostname))
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (now_s < from_s)
        *flags |= MBEDTLS_X509_BADCERT_FUTURE;
    if (now_s > tls->session_until_s) /* of all above it too: else it was refused there */
        *flags |= MBEDTLS_X509_BADCERT_EXPIRED;
    tls->flags |= *flags;
    return 0;
}

#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
/* Adds a trusted certificate, parsed, to those found, if it has the name that the child says its
 * issuer has. One that this mbedTLS cannot read (a curve it was built without) is passed over.
 * err: X509_ALLOC_FAILED */
static int parse_root(const emrs_root *root, const mbedtls_x509_crt *child,
                      mbedtls_x509_crt **found)
{
    mbedtls_x509_crt *parsed = mbedtls_calloc(1, sizeof *parsed);
    if (parsed == NULL)
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    mbedtls_x509_crt_init(parsed);
    int code = mbedtls_x509_crt_parse_der_nocopy(parsed, root->der, root->size);
    const mbedtls_x509_buf *name = &parsed->subject_raw, *issuer = &child->issuer_raw;
    if (code == 0 && name->len == issuer->len && memcmp(name->p, issuer->p, name->len) == 0) {
        /* A leaf that is trusted itself need not be a CA: mbedTLS asks that of version 3 alone. */
        if (child->raw.len == root->size && memcmp(child->raw.p, root->der, root->size) == 0)
            parsed->version = 1;
        parsed->next = *found;
        *found = parsed;
        return 0;
    }
    mbedtls_x509_crt_free(parsed);
    mbedtls_free(parsed);
    return is_memory(code) ? code : 0;
}

/* Of a bundle of a hundred CAs only those with the right name are parsed again. */
static int find_in_trust(const emrs_tls *tls, const mbedtls_x509_crt *child,
                         mbedtls_x509_crt **found)
{
    int code = 0;
    for (const mbedtls_x509_crt *each = tls->config.trust; code == 0 && each != NULL;
         each = each->next) {
        const emrs_root root = {each->raw.p, each->raw.len};
        if (may_be_issuer(child, each))
            code = parse_root(&root, child, found);
    }
    return code;
}

/* mbedTLS calls this for each certificate of the chain, leaf first, before it checks a signature,
 * and frees what is found once it has looked at it. Five roots parsed all the time would cost a
 * small device 4 KB. */
static int find_issuer(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **found)
{
    emrs_tls *tls = context;
    int code = 0;
    say_alive(tls);
    tls->is_costly = is_costly_chain(child);
    if (tls->is_costly)
        return MBEDTLS_ERR_X509_FATAL_ERROR;
    for (size_t i = 0; code == 0 && i < tls->config.root_count; i++)
        code = parse_root(&tls->config.roots[i], child, found);
    if (tls->config.root_count == 0)
        code = find_in_trust(tls, child, found);
    tls->memory_failed = tls->memory_failed || code != 0;
    return code;
}

static bool trust(emrs_tls *tls)
{
    mbedtls_ssl_conf_ca_cb(&tls->ssl_config, find_issuer, tls);
    return true;
}
#else
static bool trust(emrs_tls *tls)
{
    mbedtls_ssl_conf_ca_chain(&tls->ssl_config, tls->config.trust, NULL);
    return tls->config.root_count == 0; /* else somebody counts on what this mbedTLS has not */
}
#endif

/* Sessions */

static void drop_session(emrs_tls *tls)
{
    mbedtls_ssl_session_free(&tls->session);
    mbedtls_ssl_session_init(&tls->session);
    tls->has_session = false;
}

/* Only with the host it was made with, and only while the certificates that vouched for it are
 * valid. */
static bool session_fits(const emrs_tls *tls, const char *host, size_t size)
{
    int64_t now_s = tls->config.now(tls->config.now_context).utc_s;
    bool is_known = !tls->config.clock_floor || now_s >= (int64_t)EMRS_BUILD_TIME_S;
    return tls->has_session && is_known && memcmp(host, tls->session_host, size) == 0
           && now_s >= tls->session_from_s && now_s <= tls->session_until_s;
}

static void offer_session(emrs_tls *tls, const char *host)
{
    size_t size = strlen(host) + 1u;
    bool is_short = size <= sizeof tls->session_host; /* else too long to remember */
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

static emrs_report begin(emrs_tls *tls, const emrs_move *move)
{
    tls->flags = 0;
    tls->random_failed = tls->memory_failed = tls->is_costly = tls->was_asked = false;
    tls->broken = tls->answered = tls->used = false;
    tls->inner_report = emrs_report_of(EMRS_PENDING);
    mbedtls_ssl_init(&tls->ssl);
    limit_versions(&tls->ssl_config, tls->is_old ? EMRS_TLS_1_2 : tls->config.version_max);
    tls->state = CONNECTING; /* from here close() has something to give back */
    int code = mbedtls_ssl_setup(&tls->ssl, &tls->ssl_config);
    if (code == 0)
        code = mbedtls_ssl_set_hostname(&tls->ssl, move->host);
    if (code != 0)
        return emrs_failed(reason_of(tls, code), code);
    mbedtls_ssl_set_bio(&tls->ssl, tls, send_inner, receive_inner, NULL);
    offer_session(tls, move->host);
    return emrs_connecting(EMRS_PHASE_NAME);
}

/* Whether nothing came unasked: an answer that nobody asked for would be taken for the next one,
 * and an end is better found before the request goes. What has come is there at once, so the look
 * waits for nothing. On a stream that was never used part of a record may be part of a ticket.
 * ret: 0 if nothing came; else that there is an end, or an alert */
static int look(emrs_tls *tls)
{
    unsigned char byte;
    int code;
    tls->look_count = LOOK_COUNT_MAX;
    do { /* behind a ticket, or an alert that is only a warning, more may stand */
        tls->dry = false;
        code = mbedtls_ssl_read(&tls->ssl, &byte, sizeof byte);
        if (is_ticket(code))
            save_session(tls);
    } while (tls->look_count > 0
             && (is_ticket(code) || (code == MBEDTLS_ERR_SSL_WANT_READ && !tls->dry)));
    bool is_whole = tls->look_count > 0 && (!tls->used || tls->ssl.in_left == 0);
    tls->look_count = 0;
    if (code == MBEDTLS_ERR_SSL_WANT_READ && is_whole)
        return 0;
    return code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ? code : MBEDTLS_ERR_SSL_CONN_EOF;
}

/* One step a call: a step may run for millions of instructions, and whoever loops may feed a
 * watchdog. */
static emrs_report shake_hands(emrs_tls *tls)
{
    int code = mbedtls_ssl_handshake_step(&tls->ssl);
    if (code != 0)
        return explain(tls, code);
    if (!handshake_is_over(&tls->ssl))
        return emrs_report_of(EMRS_PENDING);
    uint32_t flags = mbedtls_ssl_get_verify_result(&tls->ssl);
    if (flags != 0) /* the library has already refused it: belt and braces */
        return emrs_failed(reason_of_flags(flags), MBEDTLS_ERR_X509_CERT_VERIFY_FAILED);
    tls->state = OPEN;
    code = look(tls);
    if (code != 0) /* an answer to no request: the next connection may be better */
        return explain_handshake(tls, code);
    return emrs_connected(EMRS_PEER_VERIFIED);
}

static void close_tls(void *context)
{
    emrs_tls *tls = context;
    if (tls->state == OPEN) {
        tls->until_ms = tls->config.now(tls->config.now_context).ms; /* said, not waited for */
        tls->more = false;
        (void)mbedtls_ssl_close_notify(&tls->ssl);
        if (!session_is_a_ticket(&tls->ssl))
            save_session(tls);
    }
    if (tls->broken) /* a session does not outlive a fault of its stream: RFC 5246, section 7.2.2 */
        drop_session(tls);
    if (tls->state != IDLE && tls->state != PLAIN)
        mbedtls_ssl_free(&tls->ssl);
    tls->state = IDLE;
    tls->config.inner->close(tls->config.inner->context);
}

/* A server that is older than TLS 1.3 refuses a ClientHello that offers 1.3 alone. Nothing was
 * sent, so the stream is opened once more within the same CONNECT, and 1.2 alone is offered; which
 * is remembered for that host, until it refuses that. */
static emrs_report try_older(emrs_tls *tls, const emrs_move *move, emrs_report refusal)
{
    bool may = offers_one_version(tls->config.version_max) && !tls->is_old;
    tls->is_old = false;
    if (!may)
        return refusal;
    close_tls(tls);
    tls->is_old = tls->is_again = true;
    emrs_report report = begin(tls, move);
    return report.news == EMRS_FAILED ? report : emrs_report_of(EMRS_PENDING);
}

/* Whether this is not the stream that is asked for: the one before was never closed, or given up on
 * half-way, for another client, another host, or of the other kind. */
static bool is_other(const emrs_tls *tls, const emrs_move *move)
{
    if (tls->state == IDLE)
        return false;
    return tls->state == OPEN || tls->owner != move->owner || move->tls != (tls->state != PLAIN)
           || (move->tls && tls->ssl.hostname != NULL
               && strcmp(tls->ssl.hostname, move->host) != 0);
}

static emrs_report connect_tls(void *context, const emrs_move *move)
{
    emrs_tls *tls = context;
    const emrs_stream *inner = tls->config.inner;
    if (is_other(tls, move))
        close_tls(tls);
    tls->until_ms = move->until_ms;
    tls->more = false;
    tls->owner = move->owner;
    if (!move->tls) {
        tls->state = PLAIN;
        return inner->connect(inner->context, move);
    }
    if (tls->fault != EMRS_REASON_NONE)
        return emrs_failed(tls->fault, 0);
    if (tls->config.root_count == 0
        && (tls->config.trust == NULL || tls->config.trust->raw.len == 0))
        return emrs_failed(EMRS_REASON_TRUST, 0);
    if (!HAS_ADDRESSES && is_address(move->host)) /* no certificate would do */
        return emrs_failed(EMRS_REASON_NAME_MISMATCH, 0);
    if (tls->state == IDLE) {
        unsigned char
            byte; /* early after a start there may be none to draw: a deadline bounds that */
        int code = random_inner(tls, &byte, sizeof byte);
        if (code != 0)
            return code == EMRS_RANDOM_LATER ? emrs_report_of(EMRS_PENDING)
                                             : emrs_failed(EMRS_REASON_ENTROPY, code);
        tls->is_old = tls->is_old && strcmp(tls->session_host, move->host) == 0;
        tls->is_again = false;
        return begin(tls, move);
    }
    if (tls->state == HANDSHAKING) {
        emrs_report report = shake_hands(tls);
        bool is_version = report.news == EMRS_FAILED && report.detail == EMRS_REASON_TLS_VERSION;
        return is_version ? try_older(tls, move, report) : report;
    }
    emrs_report report = inner->connect(inner->context, move);
    if (report.news == EMRS_CONNECTING && tls->is_again) /* a phase has one share of time */
        return emrs_report_of(EMRS_PENDING);
    if (report.news != EMRS_CONNECTED)
        return report;
    tls->state = HANDSHAKING;
    return emrs_connecting(EMRS_PHASE_TLS);
}

/* A stream may have been closed, or opened for another, since its owner last used it. */
static bool is_its_owners(const emrs_tls *tls, const emrs_move *move)
{
    return tls->state == OPEN && tls->owner == move->owner;
}

static emrs_report receive_tls(void *context, const emrs_move *move)
{
    emrs_tls *tls = context;
    const emrs_stream *inner = tls->config.inner;
    if (tls->state == PLAIN)
        return inner->receive(inner->context, move);
    if (!is_its_owners(tls, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    tls->until_ms = move->until_ms;
    tls->more = false;
    int code = mbedtls_ssl_read(&tls->ssl, move->receive, move->size);
    if (is_ticket(code)) {
        save_session(tls);
        return emrs_report_of(EMRS_PENDING);
    }
    tls->answered = tls->answered || code > 0;
    return code > 0 ? emrs_moved(EMRS_RECEIVED, (size_t)code) : explain(tls, code);
}

static emrs_report send_tls(void *context, const emrs_move *move)
{
    emrs_tls *tls = context;
    const emrs_stream *inner = tls->config.inner;
    if (tls->state == PLAIN)
        return inner->send(inner->context, move);
    if (!is_its_owners(tls, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    int code = tls->answered || !tls->used ? look(tls) : 0;
    if (code != 0)
        return emrs_failed(code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE ? reason_of(tls, code)
                                                                       : EMRS_REASON_TLS,
                           code);
    tls->answered = false;
    tls->used = true;
    tls->until_ms = move->until_ms;
    tls->more = move->more;
    code = mbedtls_ssl_write(&tls->ssl, move->send, move->size);
    return code > 0 ? emrs_moved(EMRS_SENT, (size_t)code) : explain(tls, code);
}

emrs_reason emrs_tls_init(emrs_tls *tls, const emrs_tls_config *config)
{
    memset(tls, 0, sizeof *tls);
    tls->config = *config;
    tls->stream = (emrs_stream){tls, connect_tls, send_tls, receive_tls, close_tls};
    mbedtls_ssl_session_init(&tls->session);
    mbedtls_ssl_config_init(&tls->ssl_config);
    if (!start_crypto())
        return tls->fault = EMRS_REASON_ENTROPY;
    int code =
        mbedtls_ssl_config_defaults(&tls->ssl_config, MBEDTLS_SSL_IS_CLIENT,
                                    MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (code != 0)
        return tls->fault = reason_of(tls, code);
    limit_curves(&tls->ssl_config);
    mbedtls_ssl_conf_cert_profile(&tls->ssl_config, &profile);
    if (config->keep_session)
        ask_for_tickets(&tls->ssl_config);
    mbedtls_ssl_conf_authmode(&tls->ssl_config, MBEDTLS_SSL_VERIFY_REQUIRED);
    if (!trust(tls))
        return tls->fault = EMRS_REASON_TRUST;
    mbedtls_ssl_conf_ciphersuites(&tls->ssl_config, suites);
    mbedtls_ssl_conf_rng(&tls->ssl_config, random_inner, tls);
    mbedtls_ssl_conf_verify(&tls->ssl_config, verify, tls);
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
    return tls->state == OPEN ? mbedtls_ssl_get_version(&tls->ssl) : "none";
}
