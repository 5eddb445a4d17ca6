/* SPDX-License-Identifier: MIT */
/* Requests that other programs signed, and their signatures. The table needs neither an operating
 * system nor a test library, so it runs on every target. */
#ifndef EMRS_TESTS_VECTORS_SIGV4_H
#define EMRS_TESTS_VECTORS_SIGV4_H

#include "emrs.h"
#include "sign.h"

/* The public example key of AWS's documentation; every vector is signed with it. */
#define SIGV4_ACCESS_KEY_ID "AKIDEXAMPLE"
#define SIGV4_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

typedef struct {
    const char *names;   /* of the sources' cases that are this same request */
    unsigned case_count; /* the number of these cases */
    emrs_signing signing;
    char signature[65];
} sigv4_vector;

extern const sigv4_vector sigv4_vectors[];
extern const size_t sigv4_vector_count;

/* ret: whether the core makes the vector's signature. key may be that of an earlier vector */
bool sigv4_vector_passes(const sigv4_vector *vector, emrs_signing_key *key);

/* Signs all vectors with one key, which is kept from one to the next, and wiped at the end.
 * ret: the first that fails; NULL if all pass */
const sigv4_vector *sigv4_vectors_run(void);

#endif
