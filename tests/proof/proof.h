/* SPDX-License-Identifier: MIT */
/* The macros of a harness: what it assumes, what it proves, and what it reaches. */
#ifndef EMRS_TESTS_PROOF_H
#define EMRS_TESTS_PROOF_H

#include <stdlib.h>
#include <string.h>

#define ASSUME(condition) __CPROVER_assume(condition)

/* REACHED: in some run the condition is true here. Without this a proof could be about nothing. The
 * harness is run once to prove all, and once with REACH to find such a run for each REACHED. */
#ifdef REACH
#define PROVE(condition) ((void)0)
#define REACHED(condition) __CPROVER_assert(!(condition), "reached: " #condition)
#else
#define PROVE(condition) __CPROVER_assert((condition), #condition)
#define REACHED(condition) ((void)0)
#endif

/* Checks the index into an array that is a member of a struct. one.sh puts it into a copy of the
 * core, because CBMC checks only the bounds of the whole struct. */
static inline size_t proof_index(size_t at, size_t size)
{
    __CPROVER_assert(at < size, "index inside the member array");
    return at;
}

size_t nondet_size(void);
int nondet_int(void);
_Bool nondet_bool(void);
char nondet_char(void);
unsigned nondet_unsigned(void);

/* Memory of exactly this size, with any bytes */
static inline void *any_bytes(size_t size)
{
    void *bytes = malloc(size);
    ASSUME(bytes != NULL);
    return bytes;
}

#endif
