/* SPDX-License-Identifier: MIT */
/* Requests that others signed, and their signatures: freestanding, for hosts and targets. */
#ifndef EMRS_TESTS_VECTORS_SIGV4_H
#define EMRS_TESTS_VECTORS_SIGV4_H

#include "emrs.h"
#include "sign.h"

/* The public example key of AWS's documentation; every vector is signed with it. */
#define SIGV4_ACCESS_KEY_ID "AKIDEXAMPLE"
#define SIGV4_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

typedef struct {
    const char *names;   /* of the cases that are this very request, by source */
    unsigned case_count; /* how many they are */
    emrs_signing signing;
    char signature[65];
} sigv4_vector;

extern const sigv4_vector sigv4_vectors[];
extern const size_t sigv4_vector_count;

/* Whether the core signs as the vector says, with a key that may be held from a vector before. */
bool sigv4_vector_passes(const sigv4_vector *vector, emrs_signing_key *key);

/* Runs them all with one key, kept from each to the next; the key is wiped afterwards.
 * ret: the first that fails; NULL if all pass */
const sigv4_vector *sigv4_vectors_run(void);

#endif
