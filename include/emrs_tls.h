/* SPDX-License-Identifier: MIT */
/* TLS over any byte stream, by mbedTLS 2.28 or 3.6: verification required, SNI and host name
 * always, TLS 1.2 at least, dates checked against the port's clock. Fails closed. README.md: the
 * three memory modes. */
#ifndef EMRS_TLS_H
#define EMRS_TLS_H

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    EMRS_TLS_BEST, /* the newest that both know */
    EMRS_TLS_1_2,
    EMRS_TLS_1_3
} emrs_tls_version;

/* A trusted CA's certificate in DER, where it lies: in flash, say */
typedef struct {
    const unsigned char *der;
    size_t size;
} emrs_root;

/* What is pointed to stays where it is for the struct's life. */
typedef struct {
    /* The stream below: TCP, without TLS. */
    const emrs_stream *inner;
    /* The trusted CAs, parsed. If mbedtls_x509_crt_parse_file returns a positive number, so many
     * certificates of the file could not be read by this mbedTLS, and are not trusted. */
    mbedtls_x509_crt *trust;
    /* The trusted CAs in DER, instead of `trust`: each is parsed only while a chain is checked that
     * asks for it. Needs an mbedTLS with MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK. */
    const emrs_root *roots;
    size_t root_count;
    /* Fills the bytes with randomness.
     * ret: 0: all bytes are random; EMRS_RANDOM_LATER: not yet: it is called before a stream is
     *      opened, which is then PENDING; anything else: there is no randomness */
    int (*random)(void *context, unsigned char *bytes, size_t size);
    /* The port's clock. The dates of certificates are checked against it, never against libc's. */
    emrs_now (*now)(void *context);
    /* NULL: not called. Called inside the long steps of a handshake, so that a watchdog may be fed
     * (tests/SIZE.md: how long they are). */
    void (*alive)(void *context);
    /* NULL: never. Whether mbedTLS was refused memory since the last connect, which it takes for a
     * fault of the peer at times. */
    bool (*ran_out)(void *context);
    /* Handed to each of the functions here. */
    void *context;
    /* The newest version of TLS to offer. */
    emrs_tls_version version_max;
    /* Go on while `now` knows no time since EMRS_BUILD_TIME_S. port/tls/README.md: what is checked
     * then, and what is not. */
    bool clock_floor;
    /* Resume later handshakes with the same host. Costs the memory of one session. */
    bool keep_session;
} emrs_tls_config;

typedef struct {
    emrs_stream stream; /* context is this struct; where a move has no tls it only passes through */
    emrs_tls_config config;
    mbedtls_ssl_config ssl_config;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_session session;
    char session_host[EMRS_HOST_SIZE_MAX + 1u];
    int64_t session_from_s; /* when all the certificates that vouch for it are valid */
    int64_t session_until_s;
    emrs_report inner_report; /* the last that was neither progress nor nothing */
    const void *owner;        /* of the stream: from the last connect */
    uint32_t until_ms, flags;
    uint16_t look_count; /* receives left in a look; 0: not in a look */
    int state;
    emrs_reason fault; /* of init: then no stream ever opens */
    bool has_session, more, random_failed, memory_failed, broken;
    bool is_old;    /* the host session_host refused TLS 1.3 alone */
    bool is_again;  /* the stream was opened once more for that */
    bool was_asked; /* the server asked for a client certificate, in TLS 1.2 */
    bool is_costly; /* the peer's chain is too costly, and was not checked */
    bool used;      /* a request was sent, at least a part of it */
    bool answered;  /* bytes were received since the last send */
    bool dry;       /* the last receive from the stream below found nothing */
} emrs_tls;

/* ret: EMRS_REASON_NONE, TLS_MEMORY, ENTROPY, TLS. After a fault every connect over TLS says it. */
emrs_reason emrs_tls_init(emrs_tls *tls, const emrs_tls_config *config);

/* Gives back what init took. Close the stream first. */
void emrs_tls_free(emrs_tls *tls);

/* "TLSv1.2" of the open stream; "none" where there is none. For logs. */
const char *emrs_tls_version_words(const emrs_tls *tls);

#ifdef __cplusplus
}
#endif
#endif
