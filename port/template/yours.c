/* SPDX-License-Identifier: MIT */
/* The port: a stack that has its own TLS, and the time. For a TCP stack without TLS, write the
 * four functions of emrs_stream instead (emrs_port.h), and put port/tls on top. */
#include "yours.h"

#include "emrs_verified.h"

/* TODO: include your stack's header */

typedef struct {
    bool is_begun; /* whether `handle` must be closed: 0 may be a valid handle of other code */
    int handle;    /* TODO: what your stack calls a connection */
} connection;

static connection yours;
static emrs_verified verified;

/* Opens a connection. It is called until it returns 1, each time with the time that is left. Let it
 * go on where it was. If it must begin anew each time, let it wait for all of left_ms. Only a
 * connection that is EMRS_FOR_CREDENTIALS may show this device's certificate. */
static int open_yours(void *context, emrs_purpose purpose, const char *host, uint16_t port,
                      uint32_t left_ms)
{
    connection *c = context;
    (void)c, (void)purpose, (void)host, (void)port, (void)left_ms;
    /* TODO: begin and set is_begun, or go on; let chain, name (host) and dates be verified */
    return -1; /* TODO: 1 open and verified, 0 not yet, else your stack's negative error */
}

static int send_yours(void *context, const void *bytes, size_t size, uint32_t left_ms)
{
    connection *c = context;
    (void)c, (void)bytes, (void)size, (void)left_ms;
    return -1; /* TODO: bytes taken, 0 for "no room yet", else your stack's negative error */
}

/* In most stacks a read of 0 bytes is a FIN: return EMRS_VERIFIED_CUT. Return EMRS_VERIFIED_CLOSED
 * only if your stack saw a close_notify. */
static int receive_yours(void *context, void *bytes, size_t size, uint32_t left_ms)
{
    connection *c = context;
    (void)c, (void)bytes, (void)size, (void)left_ms;
    return -1; /* TODO: bytes received, 0 for "none yet", an end, or a negative error */
}

static void close_yours(void *context)
{
    connection *c = context;
    if (c->is_begun)
        c->handle = 0; /* TODO: free all that open took, even if it did not finish; do not wait */
    c->is_begun = false;
}

static emrs_reason reason_of(int error)
{
    switch (error) { /* TODO: your stack's errors, for the person who reads the log */
    default:
        return EMRS_REASON_TLS;
    }
}

/* Gives the time. UTC is needed to sign. While you don't know it, it is 0: the call then ends with
 * EMRS_E_CLOCK. */
static emrs_now now_of_yours(void *context)
{
    (void)context;
    uint32_t ms = 0;     /* TODO: milliseconds that only go forward; they may wrap */
    uint32_t utc_s = 0;  /* TODO: seconds since 1970, UTC */
    uint32_t random = 0; /* TODO: a number that differs from device to device, call to call */
    return (emrs_now){.ms = ms, .utc_s = utc_s, .random = random};
}

/* Waits. Without this a task would use its whole processor until the next attempt. */
static void wait_of_yours(void *context, uint32_t until_ms)
{
    int ms = emrs_wait_ms(now_of_yours(context).ms, until_ms);
    (void)ms; /* TODO: let the task sleep for so many ms; with emrs_turn it is not needed */
}

/* The stream is made once, since a call with keep_stream leaves it open for the next call. */
const emrs_port *yours_port(void)
{
    static const emrs_port port = {
        .stream = &verified.stream, .now = now_of_yours, .wait = wait_of_yours};
    static bool is_ready;
    const emrs_verified_config config = {
        .context = &yours,
        .open = open_yours,
        .send = send_yours,
        .receive = receive_yours,
        .close = close_yours,
        .reason = reason_of,
        .now = now_of_yours,
        .confirmation = EMRS_NOT_CONFIRMED, /* TODO: verified/README.md: when to confirm */
    };
    if (!is_ready)
        emrs_verified_init(&verified, &config);
    is_ready = true;
    return &port;
}
