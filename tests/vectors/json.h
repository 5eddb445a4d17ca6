/* SPDX-License-Identifier: MIT */
/* JSON documents, what the sieve must make of each, and a function that feeds one to it. It needs
 * neither an operating system nor a test library, so the same table runs on every target. */
#ifndef EMRS_TESTS_VECTORS_JSON_H
#define EMRS_TESTS_VECTORS_JSON_H

#include "emrs.h"
#include "operation.h"

typedef enum {
    JSON_REFUSED, /* EMRS_E_JSON */
    JSON_EMPTY,   /* EMRS_E_UNVERIFIED */
    JSON_ACCEPTED
} json_verdict;

enum { JSON_APPLICATION_ID, JSON_JOB_RUN_ID, JSON_MEMBER_COUNT };
extern const emrs_member json_members[JSON_MEMBER_COUNT]; /* those of a CancelJobRun answer */

typedef struct {
    const char *name;
    emrs_text prefix, unit, suffix; /* the document: prefix, `count` times unit, suffix */
    uint32_t count;
    uint8_t fault;    /* row of the fault matrix; 0: a document without fault */
    uint8_t verdict;  /* json_verdict */
    bool outermost;   /* refused only as the outermost value; valid as the value of a member */
    emrs_text sieved; /* if accepted: what the sieve passes on */
    emrs_value values[JSON_MEMBER_COUNT]; /* if accepted */
} json_vector;

extern const json_vector json_vectors[];
extern const size_t json_vector_count;

size_t json_vector_size(const json_vector *vector);

/* Copies `size` bytes of the document from `at` on; all must be within it. */
void json_vector_copy(const json_vector *vector, size_t at, char *bytes, size_t size);

/* ret: the size of the next piece. More than `left` counts as `left`; 0 is an empty piece */
typedef size_t json_cutter(void *state, size_t left);

size_t json_cut_nowhere(void *state, size_t left);
size_t json_cut_bytes(void *state, size_t left);

/* Feeds a document to the sieve piece by piece, reads its values, and compares everything with the
 * vector. A piece lies at the end of the window, so that a guard after the window catches a read
 * past it.
 * in:  window: at least a byte; no piece is larger
 * ret: what differs from the vector; NULL: nothing */
const char *json_vector_run(const json_vector *vector, emrs_pen window, json_cutter *cut,
                            void *state);

/* Feeds the document byte by byte, and tries an end before each byte. A document that is accepted
 * must be refused if it ends before its last brace. One that is refused may be accepted earlier.
 * out: at: the byte where it was wrong
 * ret: what was wrong; NULL: nothing */
const char *json_vector_ends(const json_vector *vector, size_t *at);

#endif
