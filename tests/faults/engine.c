/* SPDX-License-Identifier: MIT */
/* The hash seam of this program: the library's own, until a case says that the engine fails. It is
 * defined here, so the linker leaves the library's object out. */
#include "faults/stage.h"

#define emrs_sha256_finish library_finish
#include "sha256.c"
#undef emrs_sha256_finish

bool stage_hash_fails;

bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32]);
bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    return library_finish(hash, digest) && !stage_hash_fails;
}
