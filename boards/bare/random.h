/* SPDX-License-Identifier: MIT */
/* Randomness for TLS, lwIP and the clock's low bits: a DRBG seeded by the board's entropy. */
#ifndef EMRS_BARE_RANDOM_H
#define EMRS_BARE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* ret: 0, or negative: the board gave no entropy */
int random_start(void);

/* ret: 0, or negative without entropy: then the bytes are not random */
int random_bytes(void *unused, unsigned char *bytes, size_t size);

uint32_t random_word(void); /* for ports and transaction ids; secrets ask random_bytes */

#endif
