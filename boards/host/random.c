/* SPDX-License-Identifier: MIT */
#include "emrs_posix.h"

#include <psa/crypto.h>

/* Random bytes for TLS 1.3 in `make static`. With musl, mbedTLS itself would open /dev/urandom,
 * which an empty root file system does not have. */
#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *unused,
                                             uint8_t *bytes, size_t size, size_t *got)
{
    (void)unused;
    *got = size;
    return emrs_posix_random(NULL, bytes, size) == 0 ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_ENTROPY;
}
#endif
