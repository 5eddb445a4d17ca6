/* SPDX-License-Identifier: MIT */
/* The only interface to a hash: to use hardware SHA or another library, replace sha256.c alone. The
 * state is plain bytes that may be dropped at any time: there is nothing to release. finish returns
 * whether a step failed. */
#ifndef EMRS_SHA256_H
#define EMRS_SHA256_H

#include "emrs.h"

/* The state of one hash */
typedef struct {
    uint32_t words[27]; /* the library's state: sha256.c checks that it fits */
    bool failed;
} emrs_sha256;

void emrs_sha256_init(emrs_sha256 *hash);
void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size);

/* Ends the hash and wipes the state.
 * out: 32 bytes, which mean nothing on failure
 * ret: whether this and each step before it succeeded */
bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32]);

#endif
