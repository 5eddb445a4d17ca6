/* SPDX-License-Identifier: MIT */
/* A stream over a TLS stack of your own, which verifies the peer: esp-tls, the TLS sockets of
 * Zephyr, a modem. You wrap its functions in four of yours, and sign for what it verifies.
 * port/verified/README.md: how. */
#ifndef EMRS_VERIFIED_H
#define EMRS_VERIFIED_H

#include <limits.h>

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether you vouch that the stack checks certificates. Any number but the last does not. */
typedef enum {
    EMRS_SIGNED_BY_NOBODY,
    /* The stack's configuration was read and tried, against a server of an untrusted CA, one of
     * another name, and one that has expired: it refused all three. */
    EMRS_SIGNED_CHAIN_NAME_AND_DATES_ARE_VERIFIED = 0x51674e
} emrs_verified_signature;

/* What receive says of an end: no error number of a stack's */
#define EMRS_VERIFIED_CLOSED INT_MIN    /* the stack saw the peer's close_notify */
#define EMRS_VERIFIED_CUT (INT_MIN + 1) /* any other end, and where the stack does not say which */

/* What open returns instead of 0 if the stack tells what it is waiting for: from the first call on,
 * and in this order. A time-out then names the phase. */
#define EMRS_VERIFIED_IN_NAME (INT_MIN + 2)
#define EMRS_VERIFIED_IN_TCP (INT_MIN + 3)
#define EMRS_VERIFIED_IN_TLS (INT_MIN + 4)

/* open, send and receive come back within left_ms, which is all the time that is left: often half a
 * minute. If it is 0, they do what they can at once. While one of them waits, `stopped` is not
 * asked. So send and receive wait for a quarter second at most, and then return 0. The same holds
 * for an open that the next call continues. An open that begins anew at each call takes all of
 * left_ms: with less it never connects to a server that needs more. */
typedef struct {
    /* Opens a connection, TLS included, or goes on opening it. One that blocks returns 0 if its
     * own time-out ended it (README.md: how).
     * ret: 1 it is open, and verified; 0 or EMRS_VERIFIED_IN_*: not yet, call again; another
     * negative number: the stack's error */
    int (*open)(void *context, const char *host, uint16_t port, uint32_t left_ms);
    /* ret: bytes that the stack has taken, and needs no longer; 0 none now; negative: error, or
     * EMRS_VERIFIED_CUT */
    int (*send)(void *context, const void *bytes, size_t size, uint32_t left_ms);
    /* ret: bytes received; 0 none now; negative: error, EMRS_VERIFIED_CLOSED or _CUT */
    int (*receive)(void *context, void *bytes, size_t size, uint32_t left_ms);
    /* Gives back all that open took, whatever became of it. Does not wait. */
    void (*close)(void *context);
    /* The stack's error, for people and for the decision to try again. NULL: always TLS, which is
     * final where it comes from open: a refused connection is then not tried again. If the stack
     * only says that the dates are wrong, return EMRS_REASON_EXPIRED. */
    emrs_reason (*reason)(int error);
    /* The port's clock. */
    emrs_now (*now)(void *context);
    /* Handed to each of the functions here but `reason`. */
    void *context;
    /* Who answers for the certificate: you, if you set it. */
    emrs_verified_signature signature;
} emrs_verified_config;

typedef struct {
    emrs_stream stream; /* context is this struct */
    emrs_verified_config config;
    const void *owner; /* for whom connect was called */
    int state, error;  /* error: of open */
    bool has_phase;
} emrs_verified;

/* Without a signature, and for a move without TLS, connect opens nothing and says so of its peer
 * (EMRS_PEER_UNVERIFIED): the call ends with EMRS_E_INSECURE before a byte has left. */
void emrs_verified_init(emrs_verified *verified, const emrs_verified_config *config);

#ifdef __cplusplus
}
#endif
#endif
