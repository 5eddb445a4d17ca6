/* SPDX-License-Identifier: MIT */
/* This client shows no certificate of its own, so it never signs: mbedTLS's signing is left out
 * (MBEDTLS_ECDSA_SIGN_ALT). */
#include <mbedtls/ecdsa.h>
#include <mbedtls/error.h>

int mbedtls_ecdsa_sign(mbedtls_ecp_group *group, mbedtls_mpi *r, mbedtls_mpi *s,
                       const mbedtls_mpi *d, const unsigned char *buf, size_t blen,
                       int (*f_rng)(void *, unsigned char *, size_t), void *p_rng)
{
    (void)group;
    (void)r;
    (void)s;
    (void)d;
    (void)buf;
    (void)blen;
    (void)f_rng;
    (void)p_rng;
    return MBEDTLS_ERR_PLATFORM_FEATURE_UNSUPPORTED;
}
