/* SPDX-License-Identifier: MIT */
/* Finds out why a handshake or a record failed. */
#include "inside.h"

#include <string.h>

emrs_reason emrs_tls_reason_of_flags(uint32_t flags)
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

/* The high-level part of a code. A code of mbedTLS is the sum of a high-level code, which is a
 * multiple of 0x80, and a low-level one. */
static int high_of(int code)
{
    return -(-code & ~0x7F);
}

bool emrs_tls_is_memory(int code)
{
    static const int high[] = {MBEDTLS_ERR_SSL_ALLOC_FAILED,    MBEDTLS_ERR_X509_ALLOC_FAILED,
                               MBEDTLS_ERR_PK_ALLOC_FAILED,     MBEDTLS_ERR_ECP_ALLOC_FAILED,
                               MBEDTLS_ERR_CIPHER_ALLOC_FAILED, MBEDTLS_ERR_MD_ALLOC_FAILED};
    int low = code - high_of(code);
    for (size_t i = 0; i < sizeof high / sizeof high[0]; i++)
        if (high_of(code) == high[i])
            return true;
    return low == MBEDTLS_ERR_MPI_ALLOC_FAILED || low == MBEDTLS_ERR_ASN1_ALLOC_FAILED;
}

/* The reason of an alert. A handshake_failure is about version or suite only before the
 * ServerHello. TLS 1.2 has no alert for a missing client certificate: OpenSSL sends
 * handshake_failure, Go bad_certificate. */
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
    case MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR: /* an error of the peer that may be temporary */
        return tls->state == EMRS_TLS_OPEN ? EMRS_REASON_TLS_ALERT : EMRS_REASON_TLS_CUT;
    default:
        return EMRS_REASON_TLS_ALERT;
    }
}

/* Whether the record is too large. mbedTLS has the same codes for other faults of a record, so this
 * reads the header of the record. */
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

/* Whether memory ran out. mbedTLS may then report a key as bad, or a signature as wrong that it
 * could not check. */
static bool has_run_out(const emrs_tls *tls)
{
    return tls->config.ran_out != NULL && tls->config.ran_out(tls->config.context);
}

static emrs_reason reason_of_code(const emrs_tls *tls, int code)
{
    switch (high_of(code)) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case BAD_CERTIFICATE: /* a wrong key usage, which mbedTLS checks after the chain */
        return emrs_tls_reason_of_flags(flags_of(tls));
    case MBEDTLS_ERR_X509_FATAL_ERROR: /* the chain is too long or malformed */
        return EMRS_REASON_CERTIFICATE;
    case MBEDTLS_ERR_PK_INVALID_PUBKEY: /* usually there was no memory for it */
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
    default: /* any other error of mbedTLS's X.509 is a fault of the certificate */
        return code <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE
                       && high_of(code) >= MBEDTLS_ERR_X509_BUFFER_TOO_SMALL
                   ? EMRS_REASON_CERTIFICATE
                   : EMRS_REASON_TLS;
    }
}

emrs_reason emrs_tls_reason(const emrs_tls *tls, int code)
{
    if (tls->random_failed)
        return EMRS_REASON_ENTROPY;
    if (tls->memory_failed || emrs_tls_is_memory(code) || has_run_out(tls))
        return EMRS_REASON_TLS_MEMORY;
    if (tls->is_costly)
        return EMRS_REASON_CHAIN_COST;
    if (tls->config.identity != NULL) {
        emrs_reason own = tls->config.identity->reason(tls, code);
        if (own != EMRS_REASON_NONE)
            return own;
    }
    return reason_of_code(tls, code);
}

/* Whether to try again. CRYPTO_IN_PROGRESS: mbedTLS computes on curves in pieces
 * (mbedtls_ecp_set_max_ops). */
static bool is_later(int code)
{
    return code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE
           || code == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS;
}

/* Reports the failure of a handshake. Any end of the stream is a failure here. If mbedTLS found an
 * error, this error is reported, not that of the stream: the stream may fail only because the peer
 * closes it when it gets the alert. */
emrs_report emrs_tls_explain_handshake(const emrs_tls *tls, int code)
{
    const emrs_report *inner = &tls->inner_report;
    code = own_fault(&tls->ssl, code);
    if (code != MBEDTLS_ERR_SSL_CONN_EOF || inner->news == EMRS_NEWS_PENDING)
        return emrs_failed(emrs_tls_reason(tls, code), code);
    if (inner->news == EMRS_NEWS_FAILED && inner->detail != EMRS_REASON_RESET)
        return *inner;
    return emrs_failed(EMRS_REASON_TLS_CUT, inner->native);
}

/* Reports the failure of a record. An error of the stream below is reported unchanged. */
static emrs_report explain_record(const emrs_tls *tls, int code)
{
    if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return emrs_report_of(EMRS_NEWS_CLOSED);
    if (tls->inner_report.news == EMRS_NEWS_FAILED)
        return tls->inner_report;
    if (code == 0 || code == MBEDTLS_ERR_SSL_CONN_EOF)
        return emrs_report_of(EMRS_NEWS_CUT);
    return emrs_failed(emrs_tls_reason(tls, code), code);
}

/* A read of 0 bytes is an empty record, unless the stream below has ended. */
emrs_report emrs_tls_explain(emrs_tls *tls, int code)
{
    if (is_later(code) || (code == 0 && tls->inner_report.news == EMRS_NEWS_PENDING))
        return emrs_report_of(EMRS_NEWS_PENDING);
    emrs_report report = tls->state == EMRS_TLS_OPEN ? explain_record(tls, code)
                                                     : emrs_tls_explain_handshake(tls, code);
    tls->broken = tls->broken || report.news == EMRS_NEWS_FAILED;
    return report;
}
