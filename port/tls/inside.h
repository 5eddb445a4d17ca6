/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. They read private members of mbedTLS where it has no
 * function: the alert that ended a handshake, its state, the host, the keys of a chain. */
#ifndef EMRS_PORT_TLS_INSIDE_H
#define EMRS_PORT_TLS_INSIDE_H

#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "emrs_tls.h"

#include "compat.h"

enum { EMRS_TLS_IDLE, EMRS_TLS_CONNECTING, EMRS_TLS_HANDSHAKING, EMRS_TLS_OPEN, EMRS_TLS_PLAIN };

static inline void emrs_tls_say_alive(const emrs_tls *tls)
{
    if (tls->config.alive != NULL)
        tls->config.alive(tls->config.context);
}

/* reason.c */

bool emrs_tls_is_memory(int code);
emrs_reason emrs_tls_reason_of_flags(uint32_t flags);
emrs_reason emrs_tls_reason(const emrs_tls *tls, int code);

/* Turns an error code of mbedTLS, or one that asks to wait, into a report. */
emrs_report emrs_tls_explain(emrs_tls *tls, int code);
emrs_report emrs_tls_explain_handshake(const emrs_tls *tls, int code);

/* trust.c */

/* Configures in mbedTLS which CAs are trusted, and how a chain is checked.
 * ret: false: config.roots is set, and this mbedTLS has no callback for it */
bool emrs_tls_trust(emrs_tls *tls);

/* Whether resolvers treat the host as an address: it has a colon, or its last label is digits. */
bool emrs_tls_is_address(const char *host);

#if defined(CERTIFICATES_ARE_READABLE)
/* Whether the handshake record that ends at `end` is complete, and contains a costly chain. */
bool emrs_tls_brings_costly_chain(const mbedtls_ssl_context *ssl, const unsigned char *end);
#endif

#endif
