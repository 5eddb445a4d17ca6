/* SPDX-License-Identifier: MIT */
/* Random bytes for TLS, lwIP and emrs_now: a DRBG that is seeded from the board's entropy. */
#ifndef EMRS_BARE_RANDOM_H
#define EMRS_BARE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* ret: 0; negative if the board gave no entropy */
int random_start(void);

/* ret: 0; negative without entropy: then the bytes are not random */
int random_bytes(void *unused, unsigned char *bytes, size_t size);

uint32_t random_word(void); /* for port numbers and ids, not for secrets */

#endif
