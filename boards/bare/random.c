/* SPDX-License-Identifier: MIT */
#include "random.h"

#include <mbedtls/ctr_drbg.h>
#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
#include <psa/crypto.h>
#endif

#include "board.h"

static mbedtls_ctr_drbg_context drbg;
static int fault = -1; /* until seeded */

int random_start(void)
{
    mbedtls_ctr_drbg_init(&drbg);
    return fault = mbedtls_ctr_drbg_seed(&drbg, board_entropy, NULL, NULL, 0);
}

int random_bytes(void *unused, unsigned char *bytes, size_t size)
{
    (void)unused;
    int code = fault;
    while (code == 0 && size > 0) {
        size_t now = size < MBEDTLS_CTR_DRBG_MAX_REQUEST ? size : MBEDTLS_CTR_DRBG_MAX_REQUEST;
        code = mbedtls_ctr_drbg_random(&drbg, bytes, now);
        bytes += now;
        size -= now;
    }
    return code;
}

uint32_t random_word(void)
{
    uint32_t word = 0;
    (void)random_bytes(NULL, (unsigned char *)&word, sizeof word);
    return word;
}

#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *unused,
                                             uint8_t *bytes, size_t size, size_t *got)
{
    (void)unused;
    *got = size;
    return random_bytes(NULL, bytes, size) == 0 ? PSA_SUCCESS : PSA_ERROR_INSUFFICIENT_ENTROPY;
}
#endif
