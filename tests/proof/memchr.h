/* SPDX-License-Identifier: MIT */
/* memchr, which CBMC does not support (C99 7.21.5.1). It reads no byte after the first hit, but all
 * `size` bytes must be readable. */
#ifndef EMRS_TESTS_PROOF_MEMCHR_H
#define EMRS_TESTS_PROOF_MEMCHR_H

void *memchr(const void *bytes, int byte, size_t size)
{
    const unsigned char *at = bytes;
    __CPROVER_precondition(__CPROVER_r_ok(bytes, size), "memchr reads inside its bytes");
    for (size_t i = 0; i < size; i++)
        if (at[i] == (unsigned char)byte)
            return (void *)(at + i);
    return NULL;
}

#endif
