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

typedef struct emrs_port {
    const emrs_stream *stream;
    emrs_now (*now)(void *context);
    bool (*stopped)(void *context); /* NULL: never. Asked before every move */
    void *context;                  /* of the functions here */
    /* Sleeps until until_ms at the latest. emrs_run needs it: without it the loop spins through
     * every back-off, up to 20 s, and takes a whole processor. NULL is for emrs_turn. */
    void (*wait)(void *context, uint32_t until_ms);
    /* Puts fresh credentials where the configuration points to, by until_ms. NULL: there are none.
     * ret: RENEWED, FAILED, PENDING */
    emrs_report (*renew)(void *context, uint32_t until_ms);
} emrs_port;

/* One turn of emrs_run's loop, for a main loop that has more to do: a step, and what its move says.
 * It takes as long as the stream's functions do: a port without waits comes back at once.
 * in:  report: EMRS_NEWS_PENDING before the first turn, then as the turn before left it. To give
 *      the call up, let `stopped` say so, or put EMRS_NEWS_STOP there once. Then go on with the
 *      turns
 * ret: the move that was made; EMRS_DONE or an EMRS_E_* once the call is over */
int emrs_turn(emrs_call *call, const emrs_port *port, emrs_report *report);

/* Closes the stream that a client left open (keep_stream), if there is one. */
void emrs_hang_up(emrs_client *client, const emrs_port *port);

/* What a source of randomness returns while it has none yet, early after a boot: ask it again. */
enum { EMRS_RANDOM_LATER = 1 };

/* For ports that wait: ms from now to until_ms, 0 if past, at most a quarter second, so that
 * `stopped` is asked. */
static inline int emrs_wait_ms(uint32_t now_ms, uint32_t until_ms)
{
    uint32_t left_ms = until_ms - now_ms;
    if (left_ms >= 0x80000000u)
        return 0;
    return left_ms < 250u ? (int)left_ms : 250;
}

#ifdef __cplusplus
}
#endif
#endif
