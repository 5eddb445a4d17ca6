/* SPDX-License-Identifier: MIT */
/* What every harness says: what it assumes, what it proves, and what it reaches. */
#ifndef EMRS_TESTS_PROOF_H
#define EMRS_TESTS_PROOF_H

#include <stdlib.h>
#include <string.h>

#define ASSUME(condition) __CPROVER_assume(condition)

/* Some run comes here so: without it, whatever is proved could be proved of nothing. The runner
 * asks twice: once whether all is proved, once, with REACH, whether each of these can be had. */
#ifdef REACH
#define PROVE(condition) ((void)0)
#define REACHED(condition) __CPROVER_assert(!(condition), "reached: " #condition)
#else
#define PROVE(condition) __CPROVER_assert((condition), #condition)
#define REACHED(condition) ((void)0)
#endif

/* The index into an array that is a member of a struct: index.sed puts it into the core's own
 * lines, since CBMC looks at the bounds of the whole struct alone. */
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

/* Any bytes, so many of them, and not one more */
static inline void *any_bytes(size_t size)
{
    void *bytes = malloc(size);
    ASSUME(bytes != NULL);
    return bytes;
}

#endif
