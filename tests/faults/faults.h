/* SPDX-License-Identifier: MIT */
/* The fault matrix: what may go wrong, row by row, and how the call must end. */
#ifndef EMRS_TESTS_FAULTS_H
#define EMRS_TESTS_FAULTS_H

#include "faults/stage.h"

enum { FAULT_ROW_COUNT = 128 };

typedef enum {
    FAULT_NONE,  /* nothing to retry: the call succeeds */
    FAULT_NEVER, /* the call ends with this attempt */
    FAULT_YES,   /* more attempts, on a new stream or the same */
    FAULT_CLOCK, /* one more, signed with the service's time */
    FAULT_FRESH, /* one more, with fresh credentials */
    FAULT_FREE   /* one more at once, which is not counted: the kept stream was dead */
} fault_retry;

typedef struct {
    uint8_t row;
    const char *name;
    void (*prepare)(stage *s); /* changes configuration, input or clock; NULL: nothing */
    fault_peer peer;           /* what happens in the first attempt */
    int code;                  /* of a call of one attempt */
    fault_retry retry;
    emrs_effect effect; /* of a call of one attempt */
    emrs_field field;
} fault_case;

typedef struct {
    uint8_t number;
    const char *name;
    const char *elsewhere; /* other tests of the row, "file: test; file: test" */
    const char *note;      /* what may be unexpected, and why */
} fault_row;

extern const fault_row fault_rows[FAULT_ROW_COUNT];
extern const fault_case fault_cases[];
extern const size_t fault_case_count;

#endif
