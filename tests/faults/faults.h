/* SPDX-License-Identifier: MIT */
/* The fault matrix: what may go wrong, row by row, and what must become of the call. */
#ifndef EMRS_TESTS_FAULTS_H
#define EMRS_TESTS_FAULTS_H

#include "faults/stage.h"

enum { FAULT_ROW_COUNT = 128 };

typedef enum {
    FAULT_NONE,  /* nothing to retry: the call succeeds */
    FAULT_NEVER, /* the call ends with this attempt */
    FAULT_YES,   /* another attempt, and another, on a fresh stream or not */
    FAULT_CLOCK, /* one more, signed by the service's clock */
    FAULT_FRESH, /* one more, with fresh credentials */
    FAULT_FREE   /* one more at once, for nothing: the stream was found dead */
} fault_retry;

typedef struct {
    uint8_t row;
    const char *name;
    void (*prepare)(stage *s); /* the configuration, the input, the clock; NULL: as they are */
    fault_peer peer;           /* what the first attempt meets */
    int code;                  /* of a call of one attempt */
    fault_retry retry;
    emrs_effect effect; /* of a call of one attempt */
    emrs_field field;
} fault_case;

typedef struct {
    uint8_t number;
    const char *name;
    const char *elsewhere; /* "file: test", more after "; ": real peers, a whole port; NULL: none */
    const char *note;      /* where the project differs from the matrix as first drawn, and why */
} fault_row;

extern const fault_row fault_rows[FAULT_ROW_COUNT];
extern const fault_case fault_cases[];
extern const size_t fault_case_count;

#endif
