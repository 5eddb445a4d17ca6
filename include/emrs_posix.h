/* SPDX-License-Identifier: MIT */
/* For POSIX.1-2008 with threads: TCP, time, randomness, and the CA bundle. Names are looked up in
 * threads of their own: do not use it in a child of fork() before exec (port/README.md). */
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

/* Call it once, at boot, not while the stream is open. */
void emrs_posix_tcp_init(emrs_posix_tcp *tcp);

/* For the port's `now`. A UTC time that does not fit 32 bits of seconds is unknown (0). */
emrs_now emrs_posix_now(void *unused);

/* For the port's `wait`: sleeps until until_ms, but a quarter second at most. */
void emrs_posix_wait(void *unused, uint32_t until_ms);

/* Fills the bytes with the kernel's randomness: for emrs_tls_config.random. If the kernel is not
 * seeded yet, it waits some ms on Linux, and on other systems until the kernel is seeded.
 * ret: 0; EMRS_RANDOM_LATER; negative: there is no randomness */
int emrs_posix_random(void *unused, unsigned char *bytes, size_t size);

/* Finds the system's CA bundle: on Debian, Ubuntu, Fedora, Alpine and others.
 * ret: its path; NULL: there is none */
const char *emrs_posix_ca_bundle(void);

#ifdef __cplusplus
}
#endif
#endif
