/* SPDX-License-Identifier: MIT */
/* The vectors need only SHA-256 of mbedTLS. calloc and free are replaced, so no heap is linked. */
#define MBEDTLS_SHA256_C
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO(count, size) NULL
#define MBEDTLS_PLATFORM_FREE_MACRO(memory) ((void)(memory))
