/* SPDX-License-Identifier: MIT */
/* A stage for one call: a fake stream, a fake clock, a peer told what to do in each attempt; and
 * what must hold after every call, whatever went wrong in it. */
#ifndef EMRS_TESTS_STAGE_H
#define EMRS_TESTS_STAGE_H

#include "support/bench.h"

enum { STAGE_ATTEMPT_COUNT = 5 };
#define STAGE_ALL_BUT_ONE SIZE_MAX /* for sent_size: the request but for its last byte */

/* What goes wrong in an attempt, and where. Everything before it goes well. */
typedef struct {
    emrs_phase at;
    emrs_report fault; /* what the port reports there; EMRS_NEWS_PENDING: silence, for ever */
    size_t sent_size;  /* at SEND: bytes of the request taken before */
    /* The answer: head, prefix, unit_count times unit, suffix. It comes before the fault, if the
     * request left whole, or if the fault struck in sending and the core looks once more. */
    emrs_text head, prefix, unit, suffix;
    uint32_t unit_count;
    size_t piece;      /* bytes at a time; 0: as many as there is room for */
    uint32_t pause_ms; /* passes in every turn of the stream */
    uint32_t drip_ms;  /* passes for each byte of the answer */
    size_t extra_size; /* the last bytes of the answer are none of it */
    bool hesitates;    /* every other turn brings nothing */
    emrs_report close; /* the answer to CLOSE; EMRS_NEWS_PENDING: EMRS_NEWS_CLOSED */
} fault_peer;

/* Accepts, and ends the stream as TLS should. */
extern const fault_peer stage_good;

typedef struct stage stage;
struct stage {
    bench b; /* the configuration, the input, the client, the call, the result */
    const fault_peer *peers[STAGE_ATTEMPT_COUNT]; /* of each attempt; the last goes on */
    const emrs_operation *operation;
    bool no_client;              /* start without emrs_init */
    bool renews;                 /* CREDENTIALS brings fresh ones */
    int stop_in;                 /* the application gives up when this move is shown; 0: never */
    int32_t jump_s;              /* the wall clock is off by this in every other step */
    void (*in_flight)(stage *s); /* called once, when this move is first shown: */
    int in_flight_at;            /* SEND */

    /* What happened: */
    int code;               /* of the last step, or of the start */
    unsigned attempt_count; /* that the peer has seen begin */
    unsigned whole_count;   /* requests whose last byte was taken */
    bool shown;             /* some request's last window was shown */
    bool has_answered;      /* an answer was handed over whole */
    unsigned connect_count, close_count, wait_count;
    uint32_t start_ms, waited_ms;
    size_t taken_size;  /* of the request, in the last attempt */
    const char *breach; /* of what must hold; NULL: none */

    /* The stream's own: */
    unsigned start_utc_s, step_count;
    bool open, fresh, told, hesitated, stopped, was_in_flight;
    int phase, was;
    size_t given_size;
    char after[16]; /* nobody's: behind the work buffer */
};

/* A valid call of one attempt, with a session token, to a good peer. */
void stage_init(stage *s);

/* Whether the hash engine fails, from here to the next stage_init */
extern bool stage_hash_fails;

/* How often the stack was looked at, in all calls so far */
extern unsigned stage_look_count;

/* Runs a call from its start to its end, its steps on a stack of their own, and looks at all that
 * must hold.      ret: the code; s->breach says what did not hold */
int stage_run(stage *s);

#endif
