/* SPDX-License-Identifier: MIT */
/* A second reading of an HTTP answer and of its JSON, by other means: the whole answer at once, no
 * state. It is lenient where the core is strict: what the core calls whole and proved must be so
 * here, never the other way round. */
#ifndef EMRS_TESTS_READING_H
#define EMRS_TESTS_READING_H

#include "emrs.h"

typedef struct {
    int status;
    emrs_text body; /* in the room that was given */
} reading;

/* in:  room for the body: as many bytes as the answer has; ended: the stream did, authenticated
 * ret: whether a final answer is there, whole */
bool reading_of(emrs_text answer, bool ended, char *room, reading *r);

/* Whether the body is a JSON object, by libjansson, that has these two members as strings. */
bool reading_proves(emrs_text body, emrs_text application_id, emrs_text job_run_id);

#endif
