/* SPDX-License-Identifier: MIT */
/* The life of a simulated job run: its states over time, new attempts, other clients that cancel
 * it, and looks that show it as it was some seconds ago. It records what really happened. Like the
 * service it includes nothing of emrs. */
#ifndef EMRS_TESTS_SIM_JOB_H
#define EMRS_TESTS_SIM_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "random.h"

typedef enum {
    JOB_UNBORN, /* the service does not know it yet: 404 */
    JOB_SUBMITTED,
    JOB_QUEUED,
    JOB_PENDING,
    JOB_SCHEDULED,
    JOB_RUNNING,
    JOB_HOPPING, /* a state that no client knows */
    JOB_CANCELLING,
    JOB_CANCELLED,
    JOB_SUCCESS,
    JOB_FAILED,
    JOB_STATE_COUNT
} job_state;

enum { JOB_EVENT_COUNT = 64, JOB_LAG_MAX_MS = 8000 };

typedef struct {
    chance *chance;
    char name[24], tag[24]; /* empty: it has none */
    unsigned lag_odds;      /* one look in lag_odds is old; 0: none */
    uint32_t pace_ms;       /* the longest time in a state */
    struct {
        uint64_t at_ms;
        job_state state;
    } events[JOB_EVENT_COUNT]; /* its states, in order */
    unsigned event_count;
    uint64_t next_ms;   /* when the state changes by itself */
    uint64_t cancel_ms; /* when a cancellation, or one by another client, takes effect; 0: never */
    /* The record */
    unsigned cancel_count; /* cancellations that were asked for by requests, and accepted */
    unsigned said[JOB_STATE_COUNT]; /* looks that were answered with this state */
} job;

void job_init(job *j, chance *c, uint64_t now_ms);

job_state job_at(job *j, uint64_t now_ms);

/* Gets a request to cancel.      ret: whether it is accepted; it takes effect now or later */
bool job_cancel(job *j, uint64_t now_ms);

/* ret: the state for the answer to a look: the one now, or the one of some seconds ago */
job_state job_look(job *j, uint64_t now_ms);

/* Writes the body of the answer to a look. */
void job_write(const job *j, job_state state, const char *application_id, const char *job_run_id,
               char *body, size_t size);

bool job_is_over(job_state state);

#endif
