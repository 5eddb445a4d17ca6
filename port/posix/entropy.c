/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* getentropy: POSIX since 2024, everywhere before */
#include "posix.h"

#include <unistd.h>

enum { PIECE_SIZE = 256 }; /* as much as getentropy gives at a time */

/* The kernel's own, which waits until it is seeded, and needs no file. */
int emrs_posix_random(void *unused, unsigned char *bytes, size_t size)
{
    (void)unused;
    while (size > 0) {
        size_t now = size < PIECE_SIZE ? size : PIECE_SIZE;
        if (getentropy(bytes, now) != 0)
            return -1;
        bytes += now;
        size -= now;
    }
    return 0;
}
