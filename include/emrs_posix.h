/* SPDX-License-Identifier: MIT */
/* POSIX.1-2008 with threads: TCP, time, randomness, and where the CA bundle is. Names are looked up
 * in threads of their own: do not use it in a child of fork() before exec (port/README.md). */
#ifndef EMRS_POSIX_H
#define EMRS_POSIX_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "emrs_bsd.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EMRS_ADDRESS_COUNT_MAX = 16 };

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} emrs_address;

typedef struct {
    emrs_stream stream; /* context is this struct: hand &tcp.stream to TLS, or to a port */
    emrs_bsd bsd;
    emrs_address addresses[EMRS_ADDRESS_COUNT_MAX];
} emrs_posix_tcp;

/* Once, at boot: not while the stream is open. */
void emrs_posix_tcp_init(emrs_posix_tcp *tcp);

/* Monotonic ms and UTC; a time outside 32 bits of seconds is unknown (0). */
emrs_now emrs_posix_now(void *unused);

/* For the port's `wait`: sleeps until until_ms, a quarter second at most. */
void emrs_posix_wait(void *unused, uint32_t until_ms);

/* Fills the bytes with the kernel's randomness, as mbedTLS's callback. If the kernel is not seeded
 * yet, waits some ms on Linux, and on other systems until it is seeded.
 * ret: 0, EMRS_RANDOM_LATER, negative without entropy */
int emrs_posix_random(void *unused, unsigned char *bytes, size_t size);

/* The system's CA bundle: Debian, Ubuntu, Fedora, Alpine and others.
 * ret: its path; NULL: none is there */
const char *emrs_posix_ca_bundle(void);

#ifdef __cplusplus
}
#endif
#endif
