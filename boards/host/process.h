/* SPDX-License-Identifier: MIT */
/* Runs a credential_process: a program of the user that prints credentials. */
#ifndef EMRS_HOST_PROCESS_H
#define EMRS_HOST_PROCESS_H

#include "emrs.h"

enum { PROCESS_ANSWER_SIZE_MAX = 65536, PROCESS_WHY_SIZE = 1200 };

typedef struct {
    emrs_text answer; /* what it printed on stdout: a secret */
    /* What is wrong, as the end of a sentence: "ended with exit status 1: ...". It holds what the
     * program printed on stderr, without what it printed on stdout too. */
    char why[PROCESS_WHY_SIZE];
} process_result;

/* Runs the command without a shell. stdin is the caller's, so that the program can ask for a code.
 * stdout and stderr are read; no other file descriptor is open in the program. A program that runs
 * longer than limit_ms is killed.
 * in:  command: words as Python's shlex.split takes them
 * ret: false: result->why says why there is no answer */
bool process_run(emrs_text command, uint32_t limit_ms, process_result *result);

/* Wipes the answer and the words of the last run. */
void process_wipe(void);

#endif
