/* SPDX-License-Identifier: MIT */
/* Simulates a secure element that has a P-256 key: it signs with a private number from a file, 32
 * bytes, most significant first. It reads the file for each signature, so that the number stays
 * in RAM no longer than needed. A product asks its element instead: the time that this arithmetic
 * takes depends on the numbers, so it would reveal the key. */
#include <string.h>

#include <mbedtls/ecdsa.h>

#include "board.h"
#include "emrs_text.h"
#include "say.h"

enum { NUMBER_SIZE = 32, PATH_SIZE = 128 };

typedef int random_source(void *context, unsigned char *bytes, size_t size);

static char path[PATH_SIZE];
static uint32_t signature_count;

int board_element_start(const char *name, size_t size)
{
    if (size >= sizeof path)
        return -1;
    memcpy(path, name, size);
    path[size] = '\0';
    return 0;
}

/* ret: 0, or mbedTLS's error */
static int read_private_number(mbedtls_mpi *number)
{
    unsigned char bytes[NUMBER_SIZE + 1]; /* one more, to notice a longer file */
    int size = board_read_file(path, bytes, sizeof bytes);
    int code = size == NUMBER_SIZE ? mbedtls_mpi_read_binary(number, bytes, NUMBER_SIZE)
                                   : MBEDTLS_ERR_ECP_INVALID_KEY;
    emrs_wipe(bytes, sizeof bytes);
    return code;
}

/* s = (hash + r * number) / k
 * src: FIPS 186-5, section 6.4.1 */
static int finish(const mbedtls_mpi *order, const mbedtls_mpi *r, mbedtls_mpi *s, mbedtls_mpi *k,
                  const unsigned char *hash, size_t size)
{
    mbedtls_mpi number;
    mbedtls_mpi_init(&number);
    int code = read_private_number(&number);
    if (code == 0)
        code = mbedtls_mpi_mul_mpi(&number, &number, r);
    if (code == 0)
        code = mbedtls_mpi_read_binary(s, hash, size < NUMBER_SIZE ? size : NUMBER_SIZE);
    if (code == 0)
        code = mbedtls_mpi_add_mpi(&number, &number, s);
    if (code == 0)
        code = mbedtls_mpi_inv_mod(k, k, order);
    if (code == 0)
        code = mbedtls_mpi_mul_mpi(&number, &number, k);
    if (code == 0)
        code = mbedtls_mpi_mod_mpi(s, &number, order);
    mbedtls_mpi_free(&number);
    return code;
}

/* Replaces mbedTLS's function (MBEDTLS_ECDSA_SIGN_ALT). `d` is 0: only this file has the key. */
int mbedtls_ecdsa_sign(mbedtls_ecp_group *group, mbedtls_mpi *r, mbedtls_mpi *s,
                       const mbedtls_mpi *d, const unsigned char *hash, size_t size,
                       random_source *random, void *context)
{
    mbedtls_ecp_point point;
    mbedtls_mpi k;
    (void)d;
    if (group->id != MBEDTLS_ECP_DP_SECP256R1)
        return MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&k);
    int code = mbedtls_ecp_gen_keypair(group, &k, &point, random, context);
    if (code == 0)
        code = mbedtls_mpi_mod_mpi(r, &point.MBEDTLS_PRIVATE(X), &group->N);
    if (code == 0)
        code = finish(&group->N, r, s, &k, hash, size);
    mbedtls_mpi_free(&k);
    mbedtls_ecp_point_free(&point);
    say("secure element: signature ");
    say_number(++signature_count, 0);
    say("\n");
    return code;
}
