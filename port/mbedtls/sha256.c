/* SPDX-License-Identifier: MIT */
/* The hash of emrs_sha256.h, with mbedTLS 2.28 or 3.6 */
#include "emrs_sha256.h"

#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#include "emrs_config.h"

/* The names of 3.x, which 2.28 deprecates. */
#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

/* mbedTLS's own context has 27 words; an accelerated one (MBEDTLS_SHA256_ALT) may have more. If it
 * does not fit, use core/sha256.c (README.md). */
EMRS_STATIC_ASSERT(hash_fits, sizeof(mbedtls_sha256_context) <= sizeof(((emrs_sha256 *)0)->words));
struct alignment {
    char byte;
    mbedtls_sha256_context context;
};
EMRS_STATIC_ASSERT(hash_is_aligned, offsetof(struct alignment, context) <= sizeof(uint32_t));

static mbedtls_sha256_context *context_of(emrs_sha256 *hash)
{
    return (mbedtls_sha256_context *)(void *)hash->words;
}

void emrs_sha256_init(emrs_sha256 *hash)
{
    mbedtls_sha256_init(context_of(hash));
    hash->failed = mbedtls_sha256_starts(context_of(hash), 0) != 0;
}

void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    if (!hash->failed)
        hash->failed = mbedtls_sha256_update(context_of(hash), bytes, size) != 0;
}

bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    bool ok = !hash->failed;
    if (ok)
        ok = mbedtls_sha256_finish(context_of(hash), digest) == 0;
    mbedtls_sha256_free(context_of(hash)); /* wipes it */
    hash->failed = false;
    return ok;
}
