/* SPDX-License-Identifier: MIT */
/* The hash of this program: that of the core, which fails when a case sets stage_hash_fails. It is
 * defined here, so the linker does not use the library's. */
#include "faults/stage.h"
#include "support/hashes.h"

bool stage_hash_fails;

void emrs_sha256_init(emrs_sha256 *hash)
{
    plain_init(hash);
}

void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    plain_update(hash, bytes, size);
}

bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    return plain_finish(hash, digest) && !stage_hash_fails;
}
