/* SPDX-License-Identifier: MIT */
/* This program's hash interface: works like the library's until a case makes the engine fail. It is
 * defined here, so the linker leaves the library's object out. */
#include "faults/stage.h"

#define emrs_sha256_finish working_finish
#include "sha256.c"
#undef emrs_sha256_finish

bool stage_hash_fails;

bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32]);
bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    return working_finish(hash, digest) && !stage_hash_fails;
}
