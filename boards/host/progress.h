/* SPDX-License-Identifier: MIT */
/* The callbacks of a call: they show progress on a terminal, check for signals, and wait. */
#ifndef EMRS_HOST_PROGRESS_H
#define EMRS_HOST_PROGRESS_H

#include "host.h"

typedef struct {
    const options *o;
    emrs_result *result; /* of the call in flight */
    trace *traced;
    uint32_t start_ms, shown_s;
    bool is_shown; /* whether there is a progress line at all */
} progress;

void progress_start(progress *p, const options *o, emrs_result *result, trace *traced);

/* Removes the progress line, before something else is printed. */
void progress_clear(void);

/* For emrs_port.stopped and .wait, with a progress as context. */
bool progress_stopped(void *context);
void progress_wait(void *context, uint32_t until_ms);

#endif
