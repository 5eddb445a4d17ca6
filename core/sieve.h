/* SPDX-License-Identifier: MIT */
/* A strict JSON reader (RFC 8259) that works byte by byte, in constant memory. It refuses what is
 * not JSON, and passes on one flat object that holds only the wanted members of the outermost
 * object. */
#ifndef EMRS_CORE_SIEVE_H
#define EMRS_CORE_SIEVE_H

#include "emrs.h"
#include "operation.h"

/* The size of the quotes of the name, the colon, the comma and the quotes of the value; and of
 * "null", which is passed on for a value that is not a string. */
enum { EMRS_SIEVE_MARKS_SIZE = 6, EMRS_SIEVE_NULL_SIZE = 4 };

/* The most bytes of output that a document can need for these members. */
static inline size_t emrs_sieve_size(const emrs_member *members, uint8_t count)
{
    size_t size = sizeof "{}" - 1;
    for (uint8_t i = 0; i < count; i++)
        size += members[i].name.size + EMRS_SIEVE_MARKS_SIZE
                + (members[i].size_max > EMRS_SIEVE_NULL_SIZE ? members[i].size_max
                                                              : EMRS_SIEVE_NULL_SIZE);
    return size;
}

/* in:  out: room for emrs_sieve_size bytes or more. If there is more, sieve->more may be set to the
 *      difference afterwards. count: EMRS_MEMBER_COUNT_MAX at most */
void emrs_sieve_init(emrs_sieve *sieve, const emrs_member *members, uint8_t count, emrs_pen out);

/* err: sieve->error: EMRS_E_JSON; it stays set */
void emrs_sieve_take(emrs_sieve *sieve, const char *bytes, size_t size);

/* Takes the end of the document.
 * out: sieve->out is {"name":value,...}: keys as in the table, strings in UTF-8 in which only the
 *      quote, the backslash and control bytes are escaped, and null for any other value
 * err: JSON; UNVERIFIED if there was nothing but white space */
int emrs_sieve_end(emrs_sieve *sieve);

#endif
