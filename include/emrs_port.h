/* SPDX-License-Identifier: MIT */
/* What a porter supplies: a byte stream, the time, and a way to stop. README.md: four steps. */
#ifndef EMRS_PORT_H
#define EMRS_PORT_H

#include "emrs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A byte stream. Each function does what the move says (emrs.h), comes back at move->until_ms at
 * the latest, and may always come back earlier with EMRS_NEWS_PENDING: it is then called again with
 * the same move. If the time runs out, that is EMRS_NEWS_PENDING too, never EMRS_NEWS_FAILED. A
 * stream may use another stream: TLS does.
 * A stream has one owner at a time: connect keeps move->owner, an address that is compared and
 * never read. send and receive for another owner, or where nothing is open, are FAILED with
 * EMRS_REASON_RESET: else a stream that one client left open could carry the request of another
 * client to the wrong host. A stream over another stream hands the owner on. */
typedef struct {
    void *context;
    /* Opens a stream to move->host and move->port, or goes on opening it. Where a stream is open,
     * or is being opened for another owner, it is closed first.
     * ret: CONNECTING, CONNECTED (detail: emrs_peer), FAILED, PENDING */
    emrs_report (*connect)(void *context, const emrs_move *move);
    /* ret: SENT (1 to move->size bytes), CUT, FAILED, PENDING. The next step may wipe the bytes
     * that were reported sent: a stack that keeps a pointer to them, and not a copy, reports only
     * what the peer has acknowledged */
    emrs_report (*send)(void *context, const emrs_move *move);
    /* ret: RECEIVED (1 to move->size bytes), CLOSED, CUT, FAILED, PENDING */
    emrs_report (*receive)(void *context, const emrs_move *move);
    /* Gives back all that connect took, in whatever state it is. Does not wait. */
    void (*close)(void *context);
} emrs_stream;

/* What emrs_run and emrs_turn need. Make all of it once, at boot: the stream, its TLS and the
 * client too. Do not initialise a stream again for the next call: with keep_stream it is still
 * open, and what it holds would be lost. port/README.md has more on keep_stream and deep sleep. */
typedef struct emrs_port {
    const emrs_stream *stream;
    /* The time. Streams that wait, and TLS, read the same clock. */
    emrs_now (*now)(void *context);
    /* NULL: never. Whether the application gives the call up. It is asked before every move but
     * CLOSE, and need not say so twice. */
    bool (*stopped)(void *context);
    /* Sleeps until until_ms at the latest. Comes back after a quarter second at most
     * (emrs_wait_ms), as `stopped` is not asked in the meantime. emrs_run needs it, and without it
     * ends with EMRS_E_PORT before anything is sent: its loop would take a whole processor during
     * every back-off, up to 20 s. With emrs_turn it may be NULL. */
    void (*wait)(void *context, uint32_t until_ms);
    /* NULL: there are no fresh credentials. Puts them where the configuration points to, by
     * until_ms. At no other time may the credentials or their bytes change during a call.
     * ret: RENEWED, FAILED, PENDING */
    emrs_report (*renew)(void *context, uint32_t until_ms);
    /* Handed to each of the functions here. */
    void *context;
} emrs_port;

/* One turn of emrs_run's loop, for a main loop that has more to do: a step, and what its move says.
 * It takes as long as the stream's functions do: a port without waits comes back at once.
 * To give the call up, let `stopped` return true, or put EMRS_NEWS_STOP into the report, once. Then
 * go on with the turns until the call is over: the stream is still to be closed.
 * in:  report: EMRS_NEWS_PENDING before the first turn, then as the turn before left it
 * ret: the move that was made; EMRS_DONE or an EMRS_E_* once the call is over */
int emrs_turn(emrs_call *call, const emrs_port *port, emrs_report *report);

/* Closes the stream that a client left open (keep_stream), if there is one: before deep sleep, or
 * before the network goes down. */
void emrs_hang_up(emrs_client *client, const emrs_port *port);

/* For everything that reads the port's clock: ms from now to until_ms, 0 if that is past. Times
 * wrap, so a time is past if it lies up to half the range, 24 days, before now. */
static inline uint32_t emrs_left_ms(uint32_t now_ms, uint32_t until_ms)
{
    uint32_t left_ms = until_ms - now_ms;
    return left_ms < 0x80000000u ? left_ms : 0;
}

/* What a source of randomness returns while it has none yet, early after a boot: ask it again. */
enum { EMRS_RANDOM_LATER = 1 };

/* For ports that wait: ms from now to until_ms, 0 if past, at most a quarter second, so that
 * `stopped` is asked. */
static inline int emrs_wait_ms(uint32_t now_ms, uint32_t until_ms)
{
    uint32_t left_ms = emrs_left_ms(now_ms, until_ms);
    return left_ms < 250u ? (int)left_ms : 250;
}

#ifdef __cplusplus
}
#endif
#endif
