/* SPDX-License-Identifier: MIT */
/* Runs a credential_process: a program of the user that prints credentials. */
#ifndef EMRS_HOST_PROCESS_H
#define EMRS_HOST_PROCESS_H

#include "emrs.h"

enum { PROCESS_ANSWER_SIZE_MAX = 65536, PROCESS_WHY_SIZE = 1200 };

typedef struct {
    emrs_text answer; /* what it printed on stdout: a secret */
    /* What is wrong, as the end of a sentence: "ended with exit status 1: ...". It includes what
     * the program printed on stderr; text that it also printed on stdout is masked. */
    char why[PROCESS_WHY_SIZE];
} process_result;

/* Runs the command without a shell. The program gets the caller's stdin, so that it can ask for a
 * code. Its stdout and stderr are read; no other file descriptor is open in it. If it runs longer
 * than limit_ms, it is killed.
 * in:  command: is split into words by words_split
 * ret: false: result->why says why there is no answer */
bool process_run(emrs_text command, uint32_t limit_ms, process_result *result);

/* Wipes the answer and the words of the last run. */
void process_wipe(void);

#endif
