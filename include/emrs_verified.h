/* SPDX-License-Identifier: MIT */
/* A stream over a TLS stack of your own, which verifies the peer: esp-tls, the TLS sockets of
 * Zephyr, a modem. You wrap its functions in four of yours, and confirm that it verifies the peer.
 * port/verified/README.md explains it. */
#ifndef EMRS_VERIFIED_H
#define EMRS_VERIFIED_H

#include <limits.h>

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a connection is for. If this device has a certificate, your stack must show it to the server
 * that gives credentials for it, and to no other. */
typedef enum {
    EMRS_FOR_THE_SERVICE, /* for the calls: without the certificate */
    EMRS_FOR_CREDENTIALS  /* for a provider of credentials: with it */
} emrs_purpose;

/* Your confirmation that the stack checks certificates. Only the last value confirms it. */
typedef enum {
    EMRS_NOT_CONFIRMED,
    /* You read the stack's configuration, and tried it against three servers: one with a
     * certificate of an untrusted CA, one with a certificate for another name, and one with an
     * expired certificate. The stack refused all three. */
    EMRS_CONFIRMED_CHAIN_NAME_AND_DATES = 0x51674e
} emrs_verified_confirmation;

/* What receive returns when the stream has ended. No stack has such error numbers. */
#define EMRS_VERIFIED_CLOSED INT_MIN    /* the stack saw the peer's close_notify */
#define EMRS_VERIFIED_CUT (INT_MIN + 1) /* any other end, or the stack does not say which */

/* If the stack says what it is waiting for, open returns these instead of 0: from its first call
 * on, in this order. A time-out then names the phase. */
#define EMRS_VERIFIED_IN_NAME (INT_MIN + 2)
#define EMRS_VERIFIED_IN_TCP (INT_MIN + 3)
#define EMRS_VERIFIED_IN_TLS (INT_MIN + 4)

/* open, send and receive return within left_ms, which is all the time that is left: often half a
 * minute. If it is 0, they do what they can at once. While one of them waits, `stopped` is not
 * called. So send and receive wait for a quarter second at most, and then return 0. open does the
 * same if its next call can go on with the connection. If each call of open begins a new
 * connection, it takes all of left_ms: with less it never connects to a server that needs more. */
typedef struct {
    /* Opens a connection, TLS included, or goes on opening it. If it blocks, and its own time-out
     * ends it, it returns 0 (port/verified/README.md).
     * in:  purpose: that of the configuration
     * ret: 1: open and verified; 0 or EMRS_VERIFIED_IN_*: not yet, call again; another negative
     *      number: the stack's error */
    int (*open)(void *context, emrs_purpose purpose, const char *host, uint16_t port,
                uint32_t left_ms);
    /* ret: bytes that the stack has taken and no longer needs; 0: none now; negative: error, or
     *      EMRS_VERIFIED_CUT */
    int (*send)(void *context, const void *bytes, size_t size, uint32_t left_ms);
    /* ret: bytes received; 0: none now; negative: error, EMRS_VERIFIED_CLOSED or _CUT */
    int (*receive)(void *context, void *bytes, size_t size, uint32_t left_ms);
    /* Frees all that open took, in any state. Does not wait. */
    void (*close)(void *context);
    /* Translates the stack's error, for people and for the decision to try again. NULL: every error
     * is EMRS_REASON_TLS. An error of open with this reason ends the call: then even a refused
     * connection is not tried again. If the stack says only that the dates are wrong, return
     * EMRS_REASON_EXPIRED. */
    emrs_reason (*reason)(int error);
    /* The port's clock. */
    emrs_now (*now)(void *context);
    /* Passed to each of these functions but `reason`. */
    void *context;
    /* With it you confirm that the stack verifies the peer's certificate. */
    emrs_verified_confirmation confirmation;
    /* What the stream is for; passed to open. Credentials need a stream of their own. */
    emrs_purpose purpose;
} emrs_verified_config;

typedef struct {
    emrs_stream stream; /* context is this struct */
    emrs_verified_config config;
    const void *owner; /* move->owner of the last connect */
    int state, error;  /* error: what open returned */
    bool has_phase;
} emrs_verified;

/* Without that confirmation, or for a move without TLS, connect opens nothing and reports the peer
 * as EMRS_PEER_UNVERIFIED: the call ends with EMRS_E_INSECURE, and nothing is sent. */
void emrs_verified_init(emrs_verified *verified, const emrs_verified_config *config);

#ifdef __cplusplus
}
#endif
#endif
