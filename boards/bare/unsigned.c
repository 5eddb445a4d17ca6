/* SPDX-License-Identifier: MIT */
/* Small functions that replace mbedTLS's signing, RSA encryption and decryption, and checks of key
 * pairs. A client without a certificate needs none of these, but tables of mbedTLS would link them.
 * MBEDTLS_ECDSA_SIGN_ALT replaces one; firmware.mk renames mbedTLS's calls of the others. In an
 * image with a certificate the board's secure element signs. */
#include <mbedtls/ecdsa.h>
#include <mbedtls/error.h>
#include <mbedtls/rsa.h>

enum { UNSUPPORTED = MBEDTLS_ERR_PLATFORM_FEATURE_UNSUPPORTED };

typedef int random_source(void *context, unsigned char *bytes, size_t size);

#if !defined(BARE_IDENTITY)
int mbedtls_ecdsa_sign(mbedtls_ecp_group *group, mbedtls_mpi *r, mbedtls_mpi *s,
                       const mbedtls_mpi *d, const unsigned char *hash, size_t size,
                       random_source *random, void *context)
{
    (void)group, (void)r, (void)s, (void)d, (void)hash, (void)size, (void)random, (void)context;
    return UNSUPPORTED;
}
#endif

int bare_rsa_sign(mbedtls_rsa_context *rsa, random_source *random, void *context,
                  mbedtls_md_type_t kind, unsigned int size, const unsigned char *hash,
                  unsigned char *signature);
int bare_rsa_sign(mbedtls_rsa_context *rsa, random_source *random, void *context,
                  mbedtls_md_type_t kind, unsigned int size, const unsigned char *hash,
                  unsigned char *signature)
{
    (void)rsa, (void)random, (void)context, (void)kind, (void)size, (void)hash, (void)signature;
    return UNSUPPORTED;
}

int bare_rsa_decrypt(mbedtls_rsa_context *rsa, random_source *random, void *context, size_t *used,
                     const unsigned char *input, unsigned char *output, size_t size);
int bare_rsa_decrypt(mbedtls_rsa_context *rsa, random_source *random, void *context, size_t *used,
                     const unsigned char *input, unsigned char *output, size_t size)
{
    (void)rsa, (void)random, (void)context, (void)used, (void)input, (void)output, (void)size;
    return UNSUPPORTED;
}

int bare_rsa_check_pair(const mbedtls_rsa_context *public, const mbedtls_rsa_context *private);
int bare_rsa_check_pair(const mbedtls_rsa_context *public, const mbedtls_rsa_context *private)
{
    (void)public, (void)private;
    return UNSUPPORTED;
}

int bare_rsa_encrypt(mbedtls_rsa_context *rsa, random_source *random, void *context, size_t size,
                     const unsigned char *input, unsigned char *output);
int bare_rsa_encrypt(mbedtls_rsa_context *rsa, random_source *random, void *context, size_t size,
                     const unsigned char *input, unsigned char *output)
{
    (void)rsa, (void)random, (void)context, (void)size, (void)input, (void)output;
    return UNSUPPORTED;
}

int bare_ecp_check_pair(const mbedtls_ecp_keypair *public, const mbedtls_ecp_keypair *private,
                        random_source *random, void *context);
int bare_ecp_check_pair(const mbedtls_ecp_keypair *public, const mbedtls_ecp_keypair *private,
                        random_source *random, void *context)
{
    (void)public, (void)private, (void)random, (void)context;
    return UNSUPPORTED;
}
