/* SPDX-License-Identifier: MIT */
/* TLS over any byte stream, by mbedTLS 2.28 or 3.6. The peer must be verified, SNI and host name
 * are always set, TLS 1.2 is the oldest version, and dates are checked against the port's clock. If
 * anything fails, the stream fails. port/tls/README.md has the details, and the three memory
 * modes. */
#ifndef EMRS_TLS_H
#define EMRS_TLS_H

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    EMRS_TLS_BEST, /* the newest that both sides have */
    EMRS_TLS_1_2,
    EMRS_TLS_1_3
} emrs_tls_version;

/* The certificate of a trusted CA in DER. It is used in place, so it can be in flash */
typedef struct {
    const unsigned char *der;
    size_t size;
} emrs_root;

struct emrs_tls;

/* Signs with an RSA key that cannot be read out: PKCS#1 v1.5 over the hash, with the DigestInfo of
 * its type (MBEDTLS_MD_SHA256, ...).
 * out: signature: as many bytes as the key's modulus has
 * ret: 0; anything else: there is no signature, and the handshake fails */
typedef int emrs_rsa_sign(void *context, mbedtls_md_type_t hash_type, const unsigned char *hash,
                          size_t hash_size, unsigned char *signature);

/* This device's certificate and private key, for servers that ask for one (mutual TLS). One of the
 * functions below makes it; its members are for port/tls alone. port/tls/README.md explains it. */
typedef struct {
    const unsigned char *certificate, *key;
    size_t certificate_size, key_size;
    emrs_rsa_sign *sign;
    void *context;
    const struct emrs_tls
        *user; /* the emrs_tls whose handshake uses the next two members; NULL: none */
    mbedtls_x509_crt parsed;
    mbedtls_pk_context parsed_key; /* of a key in memory, or for `sign` */
    mbedtls_pk_context *signs_with;
    size_t rsa_size;
    bool is_unusable; /* begin failed */
    /* The functions of identity.c, which is linked only where an identity is made. */
    int (*begin)(struct emrs_tls *tls);
    int (*take_key)(struct emrs_tls *tls);
    void (*end)(const struct emrs_tls *tls);
    emrs_reason (*reason)(const struct emrs_tls *tls, int code);
} emrs_identity;

/* What the pointers point to must stay in place as long as the emrs_tls is used. */
typedef struct {
    /* The stream below: TCP, without TLS. */
    const emrs_stream *inner;
    /* The trusted CAs, parsed. If mbedtls_x509_crt_parse_file returns a positive number, so many
     * certificates of the file could not be read by this mbedTLS, and are not trusted. */
    mbedtls_x509_crt *trust;
    /* The trusted CAs in DER, instead of `trust`. Each is parsed only while a chain that needs it
     * is checked. Needs an mbedTLS with MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK. */
    const emrs_root *roots;
    size_t root_count;
    /* Fills the bytes with randomness.
     * ret: 0: all bytes are random; EMRS_RANDOM_LATER: there is none yet. connect then opens
     *      nothing, reports PENDING, and asks again. Anything else: there is no randomness */
    int (*random)(void *context, unsigned char *bytes, size_t size);
    /* The port's clock. The dates of certificates are checked against it, never against libc's. */
    emrs_now (*now)(void *context);
    /* Called during the long steps of a handshake, so that it can feed a watchdog (tests/SIZE.md
     * has their length). NULL: not called. */
    void (*alive)(void *context);
    /* Returns whether mbedTLS was refused memory since the last connect. mbedTLS sometimes reports
     * that as a fault of the peer. NULL: never. */
    bool (*ran_out)(void *context);
    /* Passed to each of these functions. */
    void *context;
    /* The newest version of TLS to offer. */
    emrs_tls_version version_max;
    /* Connects even if `now` gives no time after EMRS_BUILD_TIME_S. port/tls/README.md says what is
     * checked then. */
    bool clock_floor;
    /* Resumes the session in later handshakes with the same host. Takes the memory of one session.
     * With an identity no session is kept. */
    bool keep_session;
    /* This device's certificate and key, for this emrs_tls alone. NULL: there are none, and a
     * server that requires one ends the handshake. */
    emrs_identity *identity;
} emrs_tls_config;

typedef struct emrs_tls {
    emrs_stream stream; /* context is this struct; a move without tls goes to `inner` as it is */
    emrs_tls_config config;
    mbedtls_ssl_config ssl_config;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_session session;
    char session_host[EMRS_HOST_SIZE_MAX + 1u];
    int64_t session_from_s; /* when all certificates of the session's chain are valid */
    int64_t session_until_s;
    emrs_report inner_report; /* the last end or failure of the inner stream */
    const void *owner;        /* move->owner of the last connect */
    uint32_t until_ms, flags;
    uint16_t look_count; /* receives left while tls.c looks for unexpected bytes; else 0 */
    int state;
    emrs_reason fault; /* of init: no stream ever opens */
    bool has_session, more, random_failed, memory_failed, broken;
    bool is_old;    /* session_host refused an offer of TLS 1.3 alone: offer TLS 1.2 */
    bool is_again;  /* the stream was opened once more for that */
    bool was_asked; /* the server asked for a client certificate, in TLS 1.2 */
    bool is_costly; /* the peer's chain is too costly, and was not checked */
    bool used;      /* a request was sent, at least a part of it */
    bool answered;  /* bytes were received since the last send */
    bool dry;       /* the last receive from the stream below found nothing */
} emrs_tls;

/* Initialises TLS, once, at boot.
 * ret: EMRS_REASON_NONE, TRUST, TLS_MEMORY, ENTROPY or TLS. After a fault every connect with TLS
 *      fails with that reason */
emrs_reason emrs_tls_init(emrs_tls *tls, const emrs_tls_config *config);

/* Each of these three functions makes an identity. They parse nothing: certificate and key are
 * parsed at connect. If that fails, or if they do not belong together, connect fails with
 * EMRS_REASON_OWN_CERTIFICATE, and nothing is sent. What was parsed is freed when the handshake
 * ends, and the parsed key is wiped. Your bytes must stay in place as long as the identity is used.
 * in:  certificate: PEM, with its NUL, which counts as a byte; or DER, which is not copied. PEM may
 *      have the intermediate CAs after the certificate */

/* in:  key: its private key, RSA or on a curve, unencrypted: PEM, with its NUL, or DER (PKCS#1,
 *      SEC1, PKCS#8) */
void emrs_identity_with_key(emrs_identity *identity, const void *certificate,
                            size_t certificate_size, const void *key, size_t key_size);

/* For an RSA key that cannot be read out: `sign` signs with it, and gets `context`. The key is
 * never used to decrypt. TLS 1.2 is used, since TLS 1.3 needs RSA-PSS signatures, which mbedTLS
 * cannot get from such a key. Needs MBEDTLS_PK_RSA_ALT_SUPPORT, which is on by default. */
void emrs_identity_with_rsa(emrs_identity *identity, const void *certificate,
                            size_t certificate_size, emrs_rsa_sign *sign, void *context);

/* For an ECDSA key that cannot be read out. You link your own mbedtls_ecdsa_sign, which signs with
 * that key. Its argument for the private number is 0. Needs MBEDTLS_ECDSA_SIGN_ALT: without it
 * connect fails. */
void emrs_identity_with_image(emrs_identity *identity, const void *certificate,
                              size_t certificate_size);

/* Frees what init took. Close the stream first. */
void emrs_tls_free(emrs_tls *tls);

/* The version of the open stream, such as "TLSv1.2"; "none" if no stream is open. For logs. */
const char *emrs_tls_version_words(const emrs_tls *tls);

/* ret: false if no certificate can match this host: resolvers read it as an address, and mbedTLS
 *      before 3.5 does not read the addresses in certificates. Every connect to it over TLS then
 *      fails with EMRS_REASON_NAME_MISMATCH. */
bool emrs_tls_can_verify(const char *host);

#ifdef __cplusplus
}
#endif
#endif
