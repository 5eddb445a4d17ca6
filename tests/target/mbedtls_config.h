/* SPDX-License-Identifier: MIT */
/* Of mbedTLS the vectors need the one hash, and nothing of a platform: no heap is linked. */
#define MBEDTLS_SHA256_C
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO(count, size) NULL
#define MBEDTLS_PLATFORM_FREE_MACRO(memory) ((void)(memory))
