/* SPDX-License-Identifier: MIT */
/* A stream between TCP and TLS: it asks an HTTP proxy to connect to the host (CONNECT, RFC 9110,
 * section 9.3.6). Only moves with TLS go through the proxy, so the proxy sees host and port, and
 * no byte of a request. port/proxy/README.md has the details. */
#ifndef EMRS_PROXY_H
#define EMRS_PROXY_H

#include "emrs_config.h"
#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    EMRS_PROXY_AUTHORIZATION_SIZE_MAX = 512, /* of "user:password" */
    /* Two times the longest "[host]:port", and the longest authorization in base64. */
    EMRS_PROXY_REQUEST_SIZE_MAX = 1280,
    EMRS_PROXY_SCHEMES_SIZE = 80
};

/* What the pointers point to must stay in place as long as the emrs_proxy is used. */
typedef struct {
    /* The stream below: TCP. */
    const emrs_stream *inner;
    /* The proxy: a name or an address, an IPv6 address without brackets. */
    emrs_text host;
    uint16_t port;
    /* "user:password", not encoded; empty: none is sent. It is a secret. It is read while the
     * stream connects, and its encoded copy is wiped once it has been sent. */
    emrs_text authorization;
    /* The port's clock. */
    emrs_now (*now)(void *context);
    /* Passed to `now`. */
    void *context;
} emrs_proxy_config;

typedef struct {
    emrs_stream stream; /* context is this struct: hand &proxy.stream to TLS */
    emrs_proxy_config config;
    /* After EMRS_REASON_PROXY_AUTH: the schemes that the proxy offers, such as "Negotiate, NTLM".
     * It holds only names from a table of ours, and no byte that the proxy sent. */
    emrs_text schemes;
    const void *owner; /* move->owner of the last connect */
    char scheme_names[EMRS_PROXY_SCHEMES_SIZE];
    char host[EMRS_HOST_SIZE_MAX + 1u]; /* empty: init failed */
    /* The request. Then the answer's last line so far, and the bytes that were just received. */
    char bytes[EMRS_PROXY_REQUEST_SIZE_MAX];
    /* The size of the request, and how much of it was sent. Then the size of the answer's head, and
     * of its last line, so far. */
    size_t size, at;
    int state, status; /* status: of the answer; 0: not read yet */
    unsigned offered;  /* a bit for each scheme */
} emrs_proxy;

/* Initialises the stream, once, at boot.
 * ret: false: the host is empty or too long, the port is 0, or the authorization is too long. Every
 *      connect with TLS then fails with EMRS_REASON_RESOURCE */
bool emrs_proxy_init(emrs_proxy *proxy, const emrs_proxy_config *config);

#ifdef __cplusplus
}
#endif
#endif
