/* SPDX-License-Identifier: MIT */
/* Cancels a job run, and finds out what became of it. It is a state machine that makes the calls
 * CancelJobRun and GetJobRun, one after the other, and returns their moves. A "look" is a
 * GetJobRun. A "guard" is the name or the tags that the job run must have.
 *
 * Blocking: emrs_stop_run. A main loop: emrs_stop_turn. Your own loop: emrs_stop_step.
 *
 *   1. With a guard, it looks first. If the name or a tag differs, or if it cannot look, it ends
 *      without cancelling. If the job run has already ended, the machine ends too. If another
 *      client is cancelling the job run, it goes on with step 3.
 *   2. It cancels. If the effect stays unknown, it looks, and if the job run is live, it cancels
 *      again: EMRS_STOP_CANCEL_COUNT_MAX times in all. After "accepted" it never cancels again.
 *      After a validation error it looks, since the job run may have ended. After any other refusal
 *      it ends, unless an earlier CancelJobRun may have been accepted.
 *   3. With `wait`, it looks until the job run is over, or the time has passed. Temporary failures
 *      (throttling, a 5xx, a lost connection) do not end the wait.
 *
 * Promises: `effect` says only what the answers to this machine's own CancelJobRun prove. `seen` is
 * what the last whole answer to one of its looks said.
 * Assumptions: SUCCESS, FAILED and CANCELLED are final. The service may answer a look with a state
 * that is some seconds old. */
#ifndef EMRS_STOP_H
#define EMRS_STOP_H

#include "emrs_job_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the last whole and verified look said */
typedef enum {
    EMRS_SEEN_NOTHING,  /* there was no such look */
    EMRS_SEEN_LIVE,     /* it runs, or will run; also a state that this version does not know */
    EMRS_SEEN_STOPPING, /* CANCELLING: it is being cancelled, and is still billed */
    EMRS_SEEN_STOPPED,  /* CANCELLED */
    EMRS_SEEN_ENDED,    /* SUCCESS or FAILED: it ended by itself */
    EMRS_SEEN_GONE      /* not found. A job run may not be found in its first seconds */
} emrs_seen;

/* Effect, look and guard in one value, for an exit code or an LED */
typedef enum {
    EMRS_OUTCOME_OVER,     /* it was seen STOPPED or ENDED */
    EMRS_OUTCOME_STOPPING, /* accepted or seen STOPPING, and not seen to be over: may be billed */
    EMRS_OUTCOME_HELD,     /* the guard did not match: no CancelJobRun was sent */
    EMRS_OUTCOME_REFUSED,  /* the service said no, or there is no such job run */
    EMRS_OUTCOME_UNKNOWN,  /* it may have been cancelled, and no look showed it */
    EMRS_OUTCOME_NOT_SENT  /* no whole CancelJobRun was sent, for another reason */
} emrs_outcome;

typedef enum {
    EMRS_GUARD_HOLDS, /* it matches, or there is no guard */
    EMRS_GUARD_NAME,  /* the name differs, or the job run has none */
    EMRS_GUARD_TAG,   /* a tag differs, or the job run does not have it */
    EMRS_GUARD_UNSEEN /* the look failed: result.look says why */
} emrs_guard;

typedef struct {
    emrs_text key, value;
} emrs_tag;

typedef struct {
    /* Used for all calls. Its timeout_ms limits each of them. It is busy until the machine has
     * ended, also between two calls: until then the start of another call returns EMRS_E_STATE. */
    emrs_client *client;
    emrs_cancel_job_run_input input;
    /* The guard: what the job run must have, byte by byte. A name has EMRS_NAME_SIZE_MAX bytes at
     * most; empty: the name is not checked. */
    emrs_text expected_name;
    const emrs_tag *expected_tags;
    uint8_t expected_tag_count; /* EMRS_TAG_COUNT_MAX at most */
    bool wait;                  /* until the job run is over */
    /* The longest wait, from the end of the first CancelJobRun. 0: the grace period (120 s if none
     * is given, which the service then uses for a streaming job run) and 180 s more. 24 h
     * at most. Without `wait` it is not used: the looks after an unknown effect then end after the
     * client's timeout_ms */
    uint32_t wait_ms;
    void *store; /* your memory, used until the result has been read */
    size_t store_size;
} emrs_stop_config;

/* Bytes of a name. In a store of the least size, a quote or a backslash counts as two bytes. A name
 * that does not fit into the store never matches. */
#define EMRS_NAME_SIZE_MAX 256u

/* The size of the store: a look, and the texts of the last CancelJobRun. */
#define EMRS_STOP_STORE_SIZE(tag_count) (EMRS_JOB_RUN_STORE_SIZE(tag_count) + EMRS_STOP_TEXTS_SIZE)
#define EMRS_STOP_TEXTS_SIZE                                                                       \
    (EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX + EMRS_MESSAGE_SIZE_MIN)

typedef struct {
    /* EMRS_DONE: the job run is over, or without `wait` its cancellation was accepted or seen.
     * EMRS_E_GUARD: `guard` says why. EMRS_E_TIMEOUT: the time was over. (If the cancellation was
     * neither accepted nor seen by then, it is the code of the last CancelJobRun.) EMRS_E_STOPPED:
     * the application gave up. EMRS_E_STATE: the client was initialised meanwhile. Else the code of
     * the call that ended the machine */
    int code;
    emrs_effect effect; /* of all CancelJobRun that were sent */
    emrs_seen seen;
    emrs_guard guard;
    uint8_t guard_tag;        /* GUARD_TAG: its index */
    uint8_t cancel_count;     /* CancelJobRun calls made */
    uint16_t look_count;      /* GetJobRun calls made */
    uint32_t seen_s;          /* UTC when the last whole look was signed. 0: there was none */
    emrs_job_run_state state; /* of the same look as `seen` */
    /* The rest of the last whole look. Its texts lie in the store. If a later look broke off in the
     * middle of its answer, all of this is empty, while `seen` and `state` stay. */
    emrs_job_run run;
    /* Of the last CancelJobRun. Its texts lie in the work buffer until the call ends, and then in
     * the store. If none was made, its code is EMRS_E_STATE */
    emrs_result cancel;
    /* Of the last GetJobRun. Its texts are valid until the next call begins. If none was made, its
     * code is EMRS_E_STATE */
    emrs_result look;
} emrs_stop_result;

/* Read only `result`; the other members are public only so that you can place it. */
typedef struct {
    emrs_stop_result result; /* up to date after every step */
    emrs_stop_config config;
    emrs_call call; /* the call in flight */
    emrs_get_job_run_input look;
    emrs_text tag_keys[EMRS_TAG_COUNT_MAX];
    emrs_effect before;    /* of the CancelJobRun calls before the last one */
    uint32_t deadline_ms;  /* when the wait ends, if is_timed */
    uint32_t next_ms;      /* when the next call begins */
    uint32_t cancelled_ms; /* when the last CancelJobRun ended */
    uint32_t pause_ms;     /* the limit of the next pause */
    uint8_t state;
    uint8_t answer_count; /* looks answered since the last CancelJobRun ended */
    bool is_timed, is_stopped;
} emrs_stop;

/* Starts the machine. The config is copied; keep what it points to until the machine has ended.
 * out: stop->result; on error its `cancel` names field and rule, or needed_size
 * ret: EMRS_OK      err: ARGUMENT, SPACE, STATE: nothing was sent. If this machine has not ended
 *      yet, it returns STATE and changes nothing */
int emrs_stop_start(emrs_stop *stop, const emrs_stop_config *config);

/* Takes the time and a report, and gives the next move, as emrs_step does. EMRS_MOVE_WAIT is also
 * the pause between two calls. EMRS_NEWS_STOP gives up. It does not undo a cancellation.
 * ret: a move, EMRS_DONE, or a final EMRS_E_*, which is result.code */
int emrs_stop_step(emrs_stop *stop, emrs_now now, emrs_report report, emrs_move *move);

emrs_outcome emrs_stop_outcome(const emrs_stop_result *result);

/* The loops of emrs_port.h for this machine (port/stop_run.c). */
struct emrs_port;
int emrs_stop_turn(emrs_stop *stop, const struct emrs_port *port, emrs_report *report);
int emrs_stop_run(emrs_stop *stop, const struct emrs_port *port);

/* Static English texts for programs that print. They are in stop_hint.c, which is linked only where
 * one of these functions is called. */
const char *emrs_outcome_words(emrs_outcome outcome);
const char *emrs_seen_words(emrs_seen seen);
const char *emrs_guard_words(emrs_guard guard);
const char *emrs_stop_next_step(const emrs_stop_result *result);

#ifdef __cplusplus
}
#endif
#endif
