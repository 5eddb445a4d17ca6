/* SPDX-License-Identifier: MIT */
/* The one hash seam. Hardware SHA or another library stands in by replacing sha256.c alone. The
 * state is plain bytes that may be abandoned at any time: nothing has to be given back. A step that
 * fails is told by finish. */
#ifndef EMRS_CORE_SHA256_H
#define EMRS_CORE_SHA256_H

#include "emrs.h"

/* One hash under way */
typedef struct {
    uint32_t words[27]; /* the library's state: sha256.c checks that it fits */
    bool failed;
} emrs_sha256;

void emrs_sha256_init(emrs_sha256 *hash);
void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size);

/* out: 32 bytes, of no meaning on failure; the state is wiped
 * ret: whether this and each step before it succeeded */
bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32]);

#endif
