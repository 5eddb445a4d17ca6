/* SPDX-License-Identifier: MIT */
/* A strict JSON reader (RFC 8259) that works byte by byte, in constant memory. It refuses what is
 * not JSON, and passes on only the wanted members, as one flat list. */
#ifndef EMRS_CORE_SIEVE_H
#define EMRS_CORE_SIEVE_H

#include "emrs.h"
#include "operation.h"

/* The size of the marks around a value: the comma, the letter and the quotes. */
#define EMRS_SIEVE_MARKS_SIZE 4u

/* The most bytes of a number that is kept. Every double fits. */
#define EMRS_NUMBER_SIZE_MAX 24u

/* The most bytes of output that a document can need for these members. */
static inline size_t emrs_sieve_size(const emrs_member *members, uint8_t count)
{
    size_t size = 0;
    for (uint8_t i = 0; i < count; i++)
        size += EMRS_SIEVE_MARKS_SIZE
                + (members[i].size_max > EMRS_NUMBER_SIZE_MAX ? members[i].size_max
                                                              : EMRS_NUMBER_SIZE_MAX);
    return size;
}

/* Prepares the sieve. After this call, `more` may be set to how many bytes `out` has beyond
 * emrs_sieve_size; with a larger value emrs_sieve_end may return SPACE. Also, `names` may be set to
 * the names of the last members of the table, and `named_at` to the first of these members.
 * in:  count: EMRS_MEMBER_COUNT_MAX at most; no two members have the same path, and a name has 255
 *      bytes at most
 *      out: has room for emrs_sieve_size bytes or more */
void emrs_sieve_init(emrs_sieve *sieve, const emrs_member *members, uint8_t count, emrs_pen out);

/* err: sieve->error: EMRS_E_JSON; it stays set */
void emrs_sieve_take(emrs_sieve *sieve, const char *bytes, size_t size);

/* Takes the end of the document.
 * out: sieve->out has ",Avalue" for each member: a letter for its place in the table; a string in
 *      UTF-8 in which only the quote, the backslash and control bytes are escaped; a number as it
 *      is written; n, t and f for null, true and false; t for an object or an array
 * err: JSON; UNVERIFIED if there was nothing but white space; SPACE: out.used is the size needed */
int emrs_sieve_end(emrs_sieve *sieve);

#endif
