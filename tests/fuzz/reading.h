/* SPDX-License-Identifier: MIT */
/* A second parser for an HTTP answer and its JSON. It reads the whole answer at once and keeps no
 * state. It is more lenient than the core: if the core accepts an answer, this parser must accept
 * it too, but not the other way round. */
#ifndef EMRS_TESTS_READING_H
#define EMRS_TESTS_READING_H

#include "emrs.h"

typedef struct {
    int status;
    emrs_text body; /* in `room` */
} reading;

/* in:  room: for the body, of the size of the answer; ended: the stream ended, authenticated
 * ret: whether there is a complete final answer */
bool reading_of(emrs_text answer, bool ended, char *room, reading *r);

/* Whether the body is a JSON object, by libjansson, that has these two members as strings. */
bool reading_proves(emrs_text body, emrs_text application_id, emrs_text job_run_id);

#endif
