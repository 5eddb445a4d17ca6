/* SPDX-License-Identifier: MIT */
/* The three ways in which TLS gets its memory (port/tls/README.md). */
#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>
#include <mbedtls/threading.h>

#include "device.h"

enum { ARENA_SIZE = 640 * 1024 };

static unsigned char arena[ARENA_SIZE];
static memory_mode how;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The host application's allocator counts what each task holds. */
typedef struct {
    long held;
    unsigned long taken;
} account;

typedef union {
    struct {
        account *of;
        size_t size;
    } block;
    long double alignment;
} header;

static __thread account mine;

static void *take(size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / 2 / size)
        return NULL;
    header *h = calloc(1, sizeof *h + count * size);
    if (h == NULL)
        return NULL;
    h->block.of = &mine;
    h->block.size = count * size;
    mine.held += (long)h->block.size;
    mine.taken++;
    return h + 1;
}

/* A task may free only what it allocated itself. */
static void give_back(void *bytes)
{
    if (bytes == NULL)
        return;
    header *h = (header *)bytes - 1;
    if (h->block.of != &mine)
        abort();
    mine.held -= (long)h->block.size;
    free(h);
}

static int no_lock(mbedtls_threading_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

/* LOCKED behaves like a build without the threading layer. */
void memory_begin(memory_mode mode)
{
    how = mode;
    if (mode == SHARED)
        (void)mbedtls_platform_set_calloc_free(take, give_back);
    else
        mbedtls_memory_buffer_alloc_init(arena, sizeof arena);
    if (mode == LOCKED) {
        mbedtls_mutex_lock = no_lock;
        mbedtls_mutex_unlock = no_lock;
    }
}

void memory_lock(void)
{
    if (how == LOCKED)
        (void)pthread_mutex_lock(&lock);
}

void memory_unlock(void)
{
    if (how == LOCKED)
        (void)pthread_mutex_unlock(&lock);
}

long memory_held(void)
{
    return mine.held;
}

unsigned long memory_taken(void)
{
    return mine.taken;
}
