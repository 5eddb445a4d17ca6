/* SPDX-License-Identifier: MIT */
/* Finds the proxy for an https endpoint, and makes the stream through it. */
#ifndef EMRS_HOST_PROXY_H
#define EMRS_HOST_PROXY_H

#include "emrs_proxy.h"

typedef struct {
    const char *variable;  /* where the proxy is from: "https_proxy"; NULL: none is used */
    const char *exception; /* why none is used although one is set; else NULL */
    char host[EMRS_HOST_SIZE_MAX + 1u];
    uint16_t port;
    char authorization[EMRS_PROXY_AUTHORIZATION_SIZE_MAX]; /* "user:password", decoded */
    size_t authorization_size;
    emrs_proxy stream;
} proxy;

/* Finds the proxy for an https endpoint in https_proxy, HTTPS_PROXY, no_proxy and NO_PROXY, and
 * prints errors, without user and password.      ret: -1 to continue, else the exit code */
int proxy_find(proxy *p, const char *host, uint16_t port);

/* ret: the stream for TLS: through the proxy, or `tcp` itself if none is used */
const emrs_stream *proxy_over(proxy *p, const emrs_stream *tcp);

/* Writes a line for --debug that names the proxy, or says why none is used. */
void proxy_tell(const proxy *p);

/* Wipes user and password. */
void proxy_forget(proxy *p);

/* Writes what to do after a failure, in whole lines, if the proxy may be the cause.
 * ret: false: it cannot be, or no proxy is used; nothing is written */
bool proxy_next_step(char *text, size_t size, const proxy *p, const emrs_result *result);

#endif
