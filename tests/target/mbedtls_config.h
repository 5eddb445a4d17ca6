/* SPDX-License-Identifier: MIT */
/* Of mbedTLS the vectors need the one hash, and nothing of a platform. */
#define MBEDTLS_SHA256_C
