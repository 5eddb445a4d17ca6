/* SPDX-License-Identifier: MIT */
/* Runs one call on a fake stream with a fake clock, with a fault in each attempt, and checks what
 * must be true after every call, whatever went wrong in it. */
#ifndef EMRS_TESTS_STAGE_H
#define EMRS_TESTS_STAGE_H

#include "support/bench.h"

enum { STAGE_ATTEMPT_COUNT = 5 };
#define STAGE_ALL_BUT_ONE SIZE_MAX /* for sent_size: all but the last byte of the request */

/* What goes wrong in an attempt, and where. Everything before it goes well. */
typedef struct {
    emrs_phase at;
    emrs_report fault; /* what the port reports there; EMRS_NEWS_PENDING: silence, without end */
    size_t sent_size;  /* at SEND: bytes of the request that were sent before */
    /* The answer: head, prefix, unit_count times unit, suffix. It comes before the fault if the
     * complete request was sent. If the fault is in SEND, it comes when the core looks for an early
     * answer. */
    emrs_text head, prefix, unit, suffix;
    uint32_t unit_count;
    size_t piece;      /* bytes per step; 0: as many as the window has */
    uint32_t pause_ms; /* passes in every step of the stream */
    uint32_t drip_ms;  /* passes before each byte of the answer */
    size_t extra_size; /* how many of the last bytes come after the complete answer */
    bool hesitates;    /* every second step makes no progress */
    emrs_report close; /* what is reported for CLOSE; EMRS_NEWS_PENDING: EMRS_NEWS_CLOSED */
} fault_peer;

/* A peer that accepts, and ends the stream with close_notify. */
extern const fault_peer stage_good;

typedef struct stage stage;
struct stage {
    bench b; /* the configuration, the input, the client, the call, the result */
    const fault_peer *peers[STAGE_ATTEMPT_COUNT]; /* of each attempt; later ones get the last */
    const emrs_operation *operation;
    bool no_client;              /* start without emrs_init */
    bool renews;                 /* CREDENTIALS is answered with fresh ones */
    int stop_in;                 /* the application gives up at this move; 0: never */
    int32_t jump_s;              /* the wall clock is wrong by this in every second step */
    void (*in_flight)(stage *s); /* called once, at the first move that is in_flight_at */
    int in_flight_at;            /* EMRS_MOVE_SEND by default */

    /* What happened: */
    int code;               /* of the last step, or of the start */
    unsigned attempt_count; /* attempts that the peer saw begin */
    unsigned whole_count;   /* requests whose last byte was sent */
    bool shown;             /* the last window of a request was given to the port */
    bool has_answered;      /* a complete answer was received */
    unsigned connect_count, close_count, wait_count;
    uint32_t start_ms, waited_ms;
    size_t taken_size;  /* bytes of the request that were sent in the last attempt */
    const char *breach; /* the first rule that was broken; NULL: none */

    /* The state of the stream: */
    unsigned start_utc_s, step_count;
    bool open, fresh, told, hesitated, stopped, was_in_flight;
    int phase, was;
    size_t given_size;
    char after[16]; /* after the work buffer; must not change */
};

/* A valid call of one attempt, with a session token, to a good peer. */
void stage_init(stage *s);

/* Whether the hash engine fails, from here to the next stage_init */
extern bool stage_hash_fails;

/* How often the stack was searched, in all calls so far */
extern unsigned stage_look_count;

/* Runs a call from its start to its end, and checks all rules. Its steps run on a separate stack,
 * which is searched for secrets.      ret: the code; s->breach: the first rule that was broken */
int stage_run(stage *s);

#endif
