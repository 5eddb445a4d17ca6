/* SPDX-License-Identifier: MIT */
#include "sha256.h"

#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#include "limits.h"
#include "text.h"

/* 2.28 deprecates the names that 3.x made the only ones. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

/* An accelerated build (MBEDTLS_SHA256_ALT) may hold more: then raise EMRS_HASH_WORDS. */
EMRS_STATIC_ASSERT(hash_fits, sizeof(mbedtls_sha256_context) <= sizeof(emrs_sha256));
struct alignment {
    char byte;
    mbedtls_sha256_context context;
};
EMRS_STATIC_ASSERT(hash_is_aligned, offsetof(struct alignment, context) <= sizeof(uint32_t));

static mbedtls_sha256_context *context_of(emrs_sha256 *hash)
{
    return (mbedtls_sha256_context *)(void *)hash->words;
}

/* The software functions cannot fail. A failing accelerator gives a wrong signature, which the
 * service refuses: the effect stays true. */
void emrs_sha256_init(emrs_sha256 *hash)
{
    mbedtls_sha256_init(context_of(hash));
    (void)mbedtls_sha256_starts(context_of(hash), 0);
}

void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    (void)mbedtls_sha256_update(context_of(hash), bytes, size);
}

void emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    (void)mbedtls_sha256_finish(context_of(hash), digest);
    mbedtls_sha256_free(context_of(hash));
    wipe(hash, sizeof *hash);
}

void emrs_sha256_copy(emrs_sha256 *to, const emrs_sha256 *from)
{
    mbedtls_sha256_init(context_of(to));
    mbedtls_sha256_clone(context_of(to), (const mbedtls_sha256_context *)(const void *)from->words);
}
