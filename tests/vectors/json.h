/* SPDX-License-Identifier: MIT */
/* JSON documents, what the sieve must make of each, and the function that tries one. Needs neither
 * an operating system nor a test library, so the same table runs on every target. */
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
    uint8_t fault;    /* row of the fault matrix; 0: plain grammar */
    uint8_t verdict;  /* json_verdict */
    bool outermost;   /* refused only as the outermost value: as a member's value it is fine */
    emrs_text sieved; /* if accepted: the sieve's output */
    emrs_value values[JSON_MEMBER_COUNT]; /* and its values */
} json_vector;

extern const json_vector json_vectors[];
extern const size_t json_vector_count;

size_t json_vector_size(const json_vector *vector);

/* Bytes of the document from `at` on; at + size is within it. */
void json_vector_copy(const json_vector *vector, size_t at, char *bytes, size_t size);

/* Says how large the next piece is: at most `left` of it counts, and 0 is an empty piece. */
typedef size_t json_cutter(void *state, size_t left);

size_t json_cut_nowhere(void *state, size_t left);
size_t json_cut_bytes(void *state, size_t left);

/* Sieves a vector's document piece by piece, reads its values, and compares all of it. A piece lies
 * at the very end of the window, so that a guard behind the window sees a read too far.
 * in:  window of at least a byte: no piece is larger
 * ret: NULL if everything is as the vector says, else what is not */
const char *json_vector_run(const json_vector *vector, emrs_pen window, json_cutter *cut,
                            void *state);

/* Ends the document at every byte, as one that came byte by byte. An accepted one that lost a byte,
 * white space apart, is refused; one that is refused in the end may have been whole before.
 * out: at is where it went wrong      ret: what did; NULL: nothing */
const char *json_vector_ends(const json_vector *vector, size_t *at);

#endif
