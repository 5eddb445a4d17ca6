/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <string.h>

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>
#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <psa/crypto.h>
#endif

#include "board.h"

enum { PAINT = 0xc5, HEADER_SIZE = 64 /* the allocator's first header fits in it */ };

static unsigned char *arena;
static size_t arena_size;
static bool ran_out;

/* These functions replace mbedTLS's platform.c. They also note when memory ran out, which the
 * library does not report. */
static void *(*allocate)(size_t count, size_t size);
static void (*release)(void *memory);

int mbedtls_platform_set_calloc_free(void *(*calloc_function)(size_t, size_t),
                                     void (*free_function)(void *))
{
    allocate = calloc_function;
    release = free_function;
    return 0;
}

void *mbedtls_calloc(size_t count, size_t size)
{
    void *memory = allocate(count, size);
    ran_out = ran_out || (memory == NULL && count > 0 && size > 0);
    return memory;
}

void mbedtls_free(void *memory)
{
    release(memory);
}

bool arena_ran_out(void *unused)
{
    (void)unused;
    return ran_out;
}

size_t arena_lend(size_t size)
{
    arena = (unsigned char *)link_free_low;
    arena_size = (size_t)((unsigned char *)link_free_high - arena);
    arena_size = size > 0 && size < arena_size ? size : arena_size;
    ran_out = false;
    mbedtls_memory_buffer_alloc_init(arena, arena_size);
    memset(arena + HEADER_SIZE, PAINT, arena_size - HEADER_SIZE);
    return arena_size;
}

/* The allocator uses the lowest free block that fits. So the highest byte without paint shows the
 * most memory that was in use, with the allocator's headers. */
static size_t high_water(void)
{
    size_t used = arena_size;
    while (used > 0 && arena[used - 1] == PAINT)
        used--;
    return used;
}

size_t arena_take_back(void)
{
    size_t used = high_water();
#if defined(MBEDTLS_PSA_CRYPTO_C)
    mbedtls_psa_crypto_free();
#endif
    mbedtls_memory_buffer_alloc_free();
    memset(arena, 0, arena_size);
    return used;
}
