/* SPDX-License-Identifier: MIT */
/* This device's certificate and its private key. They are parsed when a stream is opened, and
 * freed when its handshake ends. A program that makes no identity links none of this. */
#include "inside.h"

static void end_identity(const emrs_tls *tls)
{
    emrs_identity *identity = tls->config.identity;
    if (identity->user != tls)
        return;
    mbedtls_pk_free(&identity->parsed_key);
    mbedtls_x509_crt_free(&identity->parsed);
    identity->user = NULL;
}

/* ret: mbedTLS's code, or how many certificates of a PEM text cannot be read */
static int read_certificate(const emrs_identity *identity, mbedtls_x509_crt *certificate)
{
    enum { SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE }; /* begins DER */
    const unsigned char *bytes = identity->certificate;
    size_t size = identity->certificate_size;
    if (size > 0 && bytes[0] == SEQUENCE)
        return mbedtls_x509_crt_parse_der_nocopy(certificate, bytes, size);
    return mbedtls_x509_crt_parse(certificate, bytes, size);
}

/* Lets mbedTLS use the certificate. The list in its configuration can only grow. So it gets one
 * entry, at the first connect, which points to our structs. */
static int show(emrs_tls *tls)
{
    const emrs_identity *identity = tls->config.identity;
    if (tls->ssl_config.key_cert != NULL)
        return 0;
    return mbedtls_ssl_conf_own_cert(&tls->ssl_config, &tls->config.identity->parsed,
                                     identity->signs_with);
}

/* Parses certificate and key.      ret: 0, or mbedTLS's code: nothing may be sent then */
static int begin_identity(emrs_tls *tls)
{
    emrs_identity *identity = tls->config.identity;
    identity->is_unusable = true;
    if (identity->user != NULL) /* the caller's mistake: another stream uses it */
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    identity->user = tls;
    mbedtls_x509_crt_init(&identity->parsed);
    mbedtls_pk_init(&identity->parsed_key);
    int code = read_certificate(identity, &identity->parsed);
    if (code == 0)
        code = identity->take_key(tls);
    if (code == 0)
        code = show(tls);
    identity->is_unusable = code != 0;
    return code;
}

/* ret: the reason, if the alert is about our certificate. decrypt_error: our signature does not fit
 *      it. handshake_failure: before TLS 1.3 a server may refuse any certificate with it */
static emrs_reason reason_of_alert(const emrs_tls *tls)
{
    switch (tls->ssl.in_msg[1]) {
    case MBEDTLS_SSL_ALERT_MSG_DECRYPT_ERROR:
        return EMRS_REASON_OWN_CERTIFICATE;
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
        return tls->was_asked ? EMRS_REASON_OWN_CERTIFICATE_REFUSED : EMRS_REASON_NONE;
    case MBEDTLS_SSL_ALERT_MSG_BAD_CERT:
    case MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT:
    case MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED:
    case MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED:
    case MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN:
    case MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA:
    case MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED:
        return EMRS_REASON_OWN_CERTIFICATE_REFUSED;
    default:
        return EMRS_REASON_NONE;
    }
}

/* ret: NONE: the code is not about our certificate */
static emrs_reason reason_of_identity(const emrs_tls *tls, int code)
{
    if (tls->config.identity->is_unusable)
        return EMRS_REASON_OWN_CERTIFICATE;
    if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        return reason_of_alert(tls);
    /* In these states mbedTLS only signs. */
    bool signs = is_signing(&tls->ssl) && tls->state == EMRS_TLS_HANDSHAKING;
    return signs && code != MBEDTLS_ERR_SSL_CONN_EOF ? EMRS_REASON_OWN_CERTIFICATE
                                                     : EMRS_REASON_NONE;
}

static void init(emrs_identity *identity, const void *certificate, size_t size,
                 int (*take_key)(emrs_tls *tls))
{
    *identity = (emrs_identity){.certificate = certificate,
                                .certificate_size = size,
                                .begin = begin_identity,
                                .take_key = take_key,
                                .end = end_identity,
                                .reason = reason_of_identity};
    identity->signs_with = &identity->parsed_key;
}

/* A key in memory */

/* mbedTLS has several codes for a key that does not belong to the certificate. They become one, so
 * that the caller can tell this error from a key that cannot be read. */
static int take_key(emrs_tls *tls)
{
    emrs_identity *identity = tls->config.identity;
    mbedtls_pk_context *key = &identity->parsed_key;
    int code = parse_private_key(key, identity->key, identity->key_size, &tls->ssl_config);
    if (code != 0)
        return code;
    code = check_pair(&identity->parsed.pk, key, &tls->ssl_config);
    return code == 0 || emrs_tls_is_memory(code) ? code : MBEDTLS_ERR_PK_TYPE_MISMATCH;
}

void emrs_identity_with_key(emrs_identity *identity, const void *certificate,
                            size_t certificate_size, const void *key, size_t key_size)
{
    init(identity, certificate, certificate_size, take_key);
    identity->key = key;
    identity->key_size = key_size;
}

/* An RSA key that cannot be read out */

static int take_rsa(emrs_tls *tls)
{
#if defined(MBEDTLS_PK_RSA_ALT_SUPPORT)
    emrs_identity *identity = tls->config.identity;
    if (mbedtls_pk_can_do(&identity->parsed.pk, MBEDTLS_PK_RSA) == 0)
        return MBEDTLS_ERR_PK_TYPE_MISMATCH;
    identity->rsa_size = mbedtls_pk_get_len(&identity->parsed.pk);
    tls->config.version_max = EMRS_TLS_1_2; /* for 1.3 mbedTLS would need RSA-PSS */
    return mbedtls_pk_setup_rsa_alt(&identity->parsed_key, identity, decrypt_nothing,
                                    sign_elsewhere, size_of_rsa);
#else
    (void)tls;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
#endif
}

void emrs_identity_with_rsa(emrs_identity *identity, const void *certificate,
                            size_t certificate_size, emrs_rsa_sign *sign, void *context)
{
    init(identity, certificate, certificate_size, take_rsa);
    identity->sign = sign;
    identity->context = context;
}

/* An elliptic-curve key that cannot be read out */

/* The certificate's public key names the curve. mbedTLS passes 0 as the private key to
 * mbedtls_ecdsa_sign, which the image defines: only that function can use the real one. */
static int take_none(emrs_tls *tls)
{
#if defined(MBEDTLS_ECDSA_SIGN_ALT)
    const emrs_identity *identity = tls->config.identity;
    return mbedtls_pk_can_do(&identity->parsed.pk, MBEDTLS_PK_ECDSA) ? 0
                                                                     : MBEDTLS_ERR_PK_TYPE_MISMATCH;
#else
    (void)tls;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
#endif
}

void emrs_identity_with_image(emrs_identity *identity, const void *certificate,
                              size_t certificate_size)
{
    init(identity, certificate, certificate_size, take_none);
    identity->signs_with = &identity->parsed.pk;
}
