/* SPDX-License-Identifier: MIT */
/* POSIX.1-2008 with threads: TCP, names, time, randomness, and where the CA bundle is. */
#ifndef EMRS_POSIX_H
#define EMRS_POSIX_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "emrs_port.h"

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
    emrs_address addresses[EMRS_ADDRESS_COUNT_MAX];
    const void *owner;       /* for whom connect was called */
    uint32_t share_until_ms; /* of the address being tried */
    int fd, state, look_up, address_count, address;
    emrs_reason reason; /* why the last address failed */
    int native;
} emrs_posix_tcp;

void emrs_posix_tcp_init(emrs_posix_tcp *tcp);

/* Monotonic ms and UTC; a time outside 32 bits of seconds is unknown (0). */
emrs_now emrs_posix_now(void *unused);

/* Lets time pass, a quarter second at most: so that a port notices being stopped. */
void emrs_posix_wait(void *unused, uint32_t until_ms);

/* Fills the bytes with the kernel's randomness, as mbedTLS's callback. If the kernel is not seeded
 * yet, waits some ms on Linux, and on other systems until it is seeded.
 * ret: 0, EMRS_RANDOM_LATER, negative without entropy */
int emrs_posix_random(void *unused, unsigned char *bytes, size_t size);

/* The system's CA bundle: Debian, Ubuntu, Fedora, Alpine and others      ret: path, NULL if none is
 * there */
const char *emrs_posix_ca_bundle(void);

/* Looks a name up in a thread, since no resolver keeps a deadline (names.c). Do not use it in a
 * child of fork() before exec: the threads are not there, and their slots stay taken.
 * ret: a look-up to wait for, or -1: too many are still under way */
int emrs_posix_look_up(const char *host, uint16_t port);

/* Waits until until_ms at the latest.
 * out: at most EMRS_ADDRESS_COUNT_MAX addresses
 * ret: PENDING, CONNECTED (size: how many), FAILED */
emrs_report emrs_posix_look_up_wait(int look_up, uint32_t until_ms, emrs_address addresses[]);

/* Gives up on it; it ends by itself. */
void emrs_posix_look_up_drop(int look_up);

/* emrs_wait_ms from now. */
int emrs_posix_wait_ms(uint32_t until_ms);

#ifdef __cplusplus
}
#endif
#endif
