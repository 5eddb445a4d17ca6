/* SPDX-License-Identifier: MIT */
/* Both hashes of the project under other names. A program can use them with either one linked. */
#ifndef EMRS_TESTS_HASHES_H
#define EMRS_TESTS_HASHES_H

#include "emrs_sha256.h"

/* core/sha256.c; the state's first eight words are the chaining value */
void plain_init(emrs_sha256 *hash);
void plain_update(emrs_sha256 *hash, const void *bytes, size_t size);
bool plain_finish(emrs_sha256 *hash, uint8_t digest[32]);

/* port/mbedtls/sha256.c */
void library_init(emrs_sha256 *hash);
void library_update(emrs_sha256 *hash, const void *bytes, size_t size);
bool library_finish(emrs_sha256 *hash, uint8_t digest[32]);

#endif
