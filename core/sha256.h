/* SPDX-License-Identifier: MIT */
/* The one hash seam. Hardware SHA or another library stands in by replacing sha256.c alone. */
#ifndef EMRS_CORE_SHA256_H
#define EMRS_CORE_SHA256_H

#include "emrs.h"

void emrs_sha256_init(emrs_sha256 *hash);
void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size);

/* out: 32 bytes; the state is wiped */
void emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32]);

void emrs_sha256_copy(emrs_sha256 *to, const emrs_sha256 *from);

#endif
