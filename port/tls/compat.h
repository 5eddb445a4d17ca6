/* SPDX-License-Identifier: MIT */
/* What differs between mbedTLS 2.28 and 3.6, and what only a build with TLS 1.3 has. */
#ifndef EMRS_PORT_TLS_COMPAT_H
#define EMRS_PORT_TLS_COMPAT_H

#include <string.h>

#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER >= 0x04000000
#error "emrs works with mbedTLS 2.28 and 3.6. This is mbedTLS 4, whose API differs."
#endif

#include <mbedtls/oid.h>

#include "emrs_tls.h"

/* mbedTLS reads addresses in certificates since 3.5. */
#if MBEDTLS_VERSION_NUMBER < 0x03050000
#define HAS_ADDRESSES false

static inline bool names_address(const mbedtls_x509_crt *certificate, const char *host)
{
    (void)certificate;
    (void)host;
    return false;
}
#else
#define HAS_ADDRESSES true

static inline bool names_address(const mbedtls_x509_crt *certificate, const char *host)
{
    enum { IP_ADDRESS = MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_IP_ADDRESS };
    unsigned char address[16];
    size_t size = mbedtls_x509_crt_parse_cn_inet_pton(host, address);
    for (const mbedtls_x509_sequence *name = &certificate->subject_alt_names;
         size > 0 && name != NULL; name = name->next)
        if (name->buf.tag == IP_ADDRESS && name->buf.len == size
            && memcmp(name->buf.p, address, size) == 0)
            return true;
    return false;
}
#endif

/* mbedTLS reads a handshake message in more than one record only since 3.6.3. The version is
 * checked at run time too, as an older build may run with a newer shared library. */
static inline bool has_no_reassembly(void)
{
    return MBEDTLS_VERSION_NUMBER < 0x03060300 && mbedtls_version_get_number() < 0x03060300u;
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000
/* Without the callback for trusted CAs, the chain can be examined only while it arrives. */
#if !defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
#define CERTIFICATES_ARE_READABLE
#endif

static inline bool handshake_is_over(const mbedtls_ssl_context *ssl)
{
    return ssl->state == MBEDTLS_SSL_HANDSHAKE_OVER;
}

static inline int own_fault(const mbedtls_ssl_context *ssl, int code)
{
    (void)ssl;
    return code;
}

static inline mbedtls_ecp_group_id curve_of(const mbedtls_pk_context *key)
{
    return mbedtls_pk_can_do(key, MBEDTLS_PK_ECKEY) ? mbedtls_pk_ec(*key)->grp.id
                                                    : MBEDTLS_ECP_DP_NONE;
}

static inline bool offers_one_version(emrs_tls_version version_max)
{
    (void)version_max;
    return false;
}

static inline void limit_versions(mbedtls_ssl_config *config, emrs_tls_version version_max)
{
    (void)version_max; /* 2.28 ends at 1.2 */
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
}

static inline bool has_alternative_name(const mbedtls_x509_crt *certificate)
{
    return (certificate->ext_types & MBEDTLS_X509_EXT_SUBJECT_ALT_NAME) != 0;
}

static inline int parse_private_key(mbedtls_pk_context *key, const unsigned char *bytes,
                                    size_t size, const mbedtls_ssl_config *config)
{
    (void)config;
    return mbedtls_pk_parse_key(key, bytes, size, NULL, 0);
}

static inline int check_pair(const mbedtls_pk_context *public, const mbedtls_pk_context *private,
                             const mbedtls_ssl_config *config)
{
    (void)config;
    return mbedtls_pk_check_pair(public, private);
}

static inline bool is_signing(const mbedtls_ssl_context *ssl)
{
    return ssl->state == MBEDTLS_SSL_CERTIFICATE_VERIFY;
}

/* By default 2.28 accepts every curve it has, down to 192 bits, and SHA-224. */
static inline void limit_curves(mbedtls_ssl_config *config)
{
    static const mbedtls_ecp_group_id curves[] = {
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED)
        MBEDTLS_ECP_DP_CURVE25519,
#endif
        MBEDTLS_ECP_DP_SECP256R1,
        MBEDTLS_ECP_DP_SECP384R1,
        MBEDTLS_ECP_DP_SECP521R1,
        MBEDTLS_ECP_DP_NONE
    };
    static const int hashes[] = {MBEDTLS_MD_SHA512, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA256,
                                 MBEDTLS_MD_NONE};
    mbedtls_ssl_conf_curves(config, curves);
    mbedtls_ssl_conf_sig_hashes(config, hashes);
}
#define BAD_VERSION MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION
#define NO_COMMON_SUITE MBEDTLS_ERR_SSL_NO_CIPHER_CHOSEN
#define BAD_CERTIFICATE MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE
#else
static inline bool handshake_is_over(mbedtls_ssl_context *ssl)
{
    return mbedtls_ssl_is_handshake_over(ssl) != 0;
}

/* Returns the error that ended the handshake. In TLS 1.3, if the alert about it cannot be sent,
 * mbedTLS returns the error of the send instead. */
static inline int own_fault(const mbedtls_ssl_context *ssl, int code)
{
    return code == MBEDTLS_ERR_SSL_CONN_EOF && ssl->alert_reason != 0 ? ssl->alert_reason : code;
}

#if defined(MBEDTLS_PK_USE_PSA_EC_DATA)
#include <mbedtls/psa_util.h>

static inline mbedtls_ecp_group_id curve_of(const mbedtls_pk_context *key)
{
    return mbedtls_ecc_group_from_psa(key->ec_family, key->ec_bits);
}
#else
static inline mbedtls_ecp_group_id curve_of(const mbedtls_pk_context *key)
{
    return mbedtls_pk_can_do(key, MBEDTLS_PK_ECKEY) ? mbedtls_pk_ec(*key)->grp.id
                                                    : MBEDTLS_ECP_DP_NONE;
}
#endif

/* Works around a defect of 3.6.6. As a client that offers both versions, it offers RSA-PSS for TLS
 * 1.2, and then refuses the signature that it asked for (Mbed-TLS/mbedtls#10668, corrected in
 * 3.6.7). With one version alone this does not happen. The version is checked at run time, as the
 * library may be shared.
 * ret: whether 1.3 and 1.2 are offered one after the other */
static inline bool offers_one_version(emrs_tls_version version_max)
{
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_PROTO_TLS1_2)
    return version_max != EMRS_TLS_1_2 && mbedtls_version_get_number() == 0x03060600u;
#else
    (void)version_max;
    return false;
#endif
}

/* Called before each handshake: if the server refused TLS 1.3, the next one offers 1.2. */
static inline void limit_versions(mbedtls_ssl_config *config, emrs_tls_version version_max)
{
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
    mbedtls_ssl_conf_min_tls_version(config, offers_one_version(version_max)
                                                 ? MBEDTLS_SSL_VERSION_TLS1_3
                                                 : MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(config, version_max == EMRS_TLS_1_2
                                                 ? MBEDTLS_SSL_VERSION_TLS1_2
                                                 : MBEDTLS_SSL_VERSION_TLS1_3);
#else
    (void)version_max;
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
}

static inline bool has_alternative_name(const mbedtls_x509_crt *certificate)
{
    return mbedtls_x509_crt_has_ext_type(certificate, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME) != 0;
}

static inline int parse_private_key(mbedtls_pk_context *key, const unsigned char *bytes,
                                    size_t size, const mbedtls_ssl_config *config)
{
    return mbedtls_pk_parse_key(key, bytes, size, NULL, 0, config->f_rng, config->p_rng);
}

static inline int check_pair(const mbedtls_pk_context *public, const mbedtls_pk_context *private,
                             const mbedtls_ssl_config *config)
{
    return mbedtls_pk_check_pair(public, private, config->f_rng, config->p_rng);
}

/* In TLS 1.3 MBEDTLS_SSL_CERTIFICATE_VERIFY is the state for the server's signature. */
static inline bool is_signing(const mbedtls_ssl_context *ssl)
{
    return ssl->state
           == (mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3
                   ? MBEDTLS_SSL_CLIENT_CERTIFICATE_VERIFY
                   : MBEDTLS_SSL_CERTIFICATE_VERIFY);
}

/* By default 3.6 accepts brainpool curves too, and finite fields of 8192 bits. */
static inline void limit_curves(mbedtls_ssl_config *config)
{
    static const uint16_t groups[] = {
#if defined(MBEDTLS_ECP_HAVE_CURVE25519)
        MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
#endif
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
#if defined(MBEDTLS_ECP_HAVE_SECP384R1)
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
#endif
#if defined(MBEDTLS_ECP_HAVE_SECP521R1)
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
#endif
        MBEDTLS_SSL_IANA_TLS_GROUP_NONE
    };
    mbedtls_ssl_conf_groups(config, groups);
}
#define BAD_VERSION MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION
#define NO_COMMON_SUITE MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE
#define BAD_CERTIFICATE MBEDTLS_ERR_SSL_BAD_CERTIFICATE
#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03000000 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define EMRS_HAS_TLS_1_3
#endif

/* TLS 1.3 uses PSA, and so does 1.2 in some builds. PSA must be started first. */
#if defined(EMRS_HAS_TLS_1_3) || defined(MBEDTLS_USE_PSA_CRYPTO)
#include <psa/crypto.h>

static inline bool start_crypto(void)
{
    return psa_crypto_init() == PSA_SUCCESS;
}
#else
static inline bool start_crypto(void)
{
    return true;
}
#endif

#if defined(MBEDTLS_PK_RSA_ALT_SUPPORT)
/* mbedTLS calls these functions for an RSA key that cannot be read out. `key` is the identity. 2.28
 * also passes `mode`, the half of the key to use: here it is always the private one. No suite that
 * is offered makes a client decrypt. */
static inline size_t size_of_rsa(void *key)
{
    const emrs_identity *identity = key;
    return identity->rsa_size;
}

typedef int random_source(void *context, unsigned char *bytes, size_t size);

#if MBEDTLS_VERSION_NUMBER < 0x03000000
static inline int sign_elsewhere(void *key, random_source *random, void *context, int mode,
                                 mbedtls_md_type_t type, unsigned int size,
                                 const unsigned char *hash, unsigned char *signature)
{
    const emrs_identity *identity = key;
    (void)random, (void)context, (void)mode;
    return identity->sign(identity->context, type, hash, size, signature);
}

static inline int decrypt_nothing(void *key, int mode, size_t *used, const unsigned char *input,
                                  unsigned char *output, size_t size)
{
    (void)key, (void)mode, (void)used, (void)input, (void)output, (void)size;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}
#else
static inline int sign_elsewhere(void *key, random_source *random, void *context,
                                 mbedtls_md_type_t type, unsigned int size,
                                 const unsigned char *hash, unsigned char *signature)
{
    const emrs_identity *identity = key;
    (void)random, (void)context;
    return identity->sign(identity->context, type, hash, size, signature);
}

static inline int decrypt_nothing(void *key, size_t *used, const unsigned char *input,
                                  unsigned char *output, size_t size)
{
    (void)key, (void)used, (void)input, (void)output, (void)size;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}
#endif
#endif

/* Whether a chain can be examined before its signatures are checked. */
#if defined(CERTIFICATES_ARE_READABLE) || defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
#define CHAINS_ARE_BOUNDED
#endif

#if defined(EMRS_HAS_TLS_1_3)
static inline bool is_ticket(int code)
{
    return code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
}

/* In TLS 1.3 a session comes as a ticket, inside the stream, if it was asked for. */
static inline void ask_for_tickets(mbedtls_ssl_config *config)
{
#if defined(MBEDTLS_SSL_SESSION_TICKETS)                                                           \
    && defined(MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED)
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#else
    (void)config;
#endif
}

static inline bool session_is_a_ticket(const mbedtls_ssl_context *ssl)
{
    return mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
}
#else
static inline void ask_for_tickets(mbedtls_ssl_config *config)
{
    (void)config;
}

static inline bool session_is_a_ticket(const mbedtls_ssl_context *ssl)
{
    (void)ssl;
    return false;
}

static inline bool is_ticket(int code)
{
    (void)code;
    return false;
}
#endif

#endif
