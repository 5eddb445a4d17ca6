/* SPDX-License-Identifier: MIT */
/* What you write to port emrs: a byte stream, the time, and a way to stop. port/README.md explains
 * it in four steps. */
#ifndef EMRS_PORT_H
#define EMRS_PORT_H

#include "emrs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A byte stream. Each function does what the move says (emrs.h), and returns at move->until_ms at
 * the latest. It may always return earlier with EMRS_NEWS_PENDING: it is then called again with the
 * same move. If the time runs out, it returns EMRS_NEWS_PENDING too, never EMRS_NEWS_FAILED. A
 * stream may use another stream, as TLS does.
 * A stream has one owner at a time. connect stores move->owner, an address that is only compared.
 * send and receive for another owner, or when nothing is open, return FAILED with
 * EMRS_REASON_RESET. Without this, the request of one client could go to the wrong host, on a
 * stream that another client left open. A stream over another stream passes the owner on. */
typedef struct {
    void *context;
    /* Opens a stream to move->host and move->port, or goes on opening it. If a stream is open, or
     * is being opened for another owner, it closes that first.
     * ret: CONNECTING, CONNECTED (detail: emrs_peer), FAILED, PENDING */
    emrs_report (*connect)(void *context, const emrs_move *move);
    /* ret: SENT (1 to move->size bytes), CUT, FAILED, PENDING
     * The next step may wipe the bytes that were reported sent. So if a stack keeps a pointer to
     * them, and not a copy, report only what the peer has acknowledged. */
    emrs_report (*send)(void *context, const emrs_move *move);
    /* ret: RECEIVED (1 to move->size bytes), CLOSED, CUT, FAILED, PENDING */
    emrs_report (*receive)(void *context, const emrs_move *move);
    /* Frees all that connect took, in any state. Does not wait. */
    void (*close)(void *context);
} emrs_stream;

/* What emrs_run and emrs_turn need. Initialise all of it once, at boot: the stream, its TLS and the
 * client too. Do not initialise a stream again for the next call: with keep_stream it is still
 * open, and what it holds would be lost. */
typedef struct emrs_port {
    const emrs_stream *stream;
    /* The time. Streams that wait, and TLS, must use the same clock. */
    emrs_now (*now)(void *context);
    /* Returns whether the application gives the call up. It is called before every move except
     * CLOSE, and need not return true twice. NULL: the application never gives up. */
    bool (*stopped)(void *context);
    /* Sleeps until until_ms, but for a quarter second at most (emrs_wait_ms), since `stopped` is
     * not called meanwhile. emrs_run needs it. Without it the loop would use a whole processor
     * during a back-off of up to 20 s, so emrs_run returns EMRS_E_PORT before anything is sent.
     * With emrs_turn it may be NULL. */
    void (*wait)(void *context, uint32_t until_ms);
    /* Puts fresh credentials where the configuration points to, by until_ms. The credentials and
     * their bytes must not change at any other time of a call. No stream of the call is open
     * meanwhile. It may return earlier with EMRS_NEWS_PENDING: it is then called again until it
     * returns RENEWED or FAILED. If the application gives up, or the time is over, it is called
     * once more, with the time of that moment as until_ms. If until_ms is past, it must not wait,
     * and must free all that it opened. After FAILED, and after that last call, the configuration
     * must point to the old credentials, or to an empty access key id if they were overwritten.
     * NULL: no fresh credentials can be had.
     * ret: RENEWED, FAILED, PENDING */
    emrs_report (*renew)(void *context, uint32_t until_ms);
    /* Passed to each of these functions. */
    void *context;
} emrs_port;

/* Does one turn of emrs_run's loop: a step, and what its move says. It is for main loops that have
 * other work. It takes as long as the stream's functions do: if they do not wait, it returns at
 * once.
 * To give the call up, let `stopped` return true, or put EMRS_NEWS_STOP into the report, once. Then
 * go on with the turns until the call ends, since the stream must still be closed.
 * in:  report: EMRS_NEWS_PENDING before the first turn, then as the turn before left it
 * ret: the move that was made; EMRS_DONE or an EMRS_E_* once the call has ended */
int emrs_turn(emrs_call *call, const emrs_port *port, emrs_report *report);

/* Closes the stream that a client left open (keep_stream), if there is one. Call it before deep
 * sleep, and before the network goes down. */
void emrs_hang_up(emrs_client *client, const emrs_port *port);

/* Milliseconds from now to until_ms; 0 if that is past. For everything that uses the port's clock.
 * Times wrap: a time is past if it is up to 24 days, half the range, before now. */
static inline uint32_t emrs_left_ms(uint32_t now_ms, uint32_t until_ms)
{
    uint32_t left_ms = until_ms - now_ms;
    return left_ms < 0x80000000u ? left_ms : 0;
}

/* What a source of randomness returns if it has none yet, early after a boot. It is asked again. */
enum { EMRS_RANDOM_LATER = 1 };

/* Milliseconds from now to until_ms, as emrs_left_ms, but at most a quarter second, so that
 * `stopped` is called in time. For ports that wait. */
static inline int emrs_wait_ms(uint32_t now_ms, uint32_t until_ms)
{
    uint32_t left_ms = emrs_left_ms(now_ms, until_ms);
    return left_ms < 250u ? (int)left_ms : 250;
}

#ifdef __cplusplus
}
#endif
#endif
