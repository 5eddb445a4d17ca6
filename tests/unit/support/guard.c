/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

guard guard_open(size_t size)
{
    size_t page = page_size(), inner = (size / page + 1u) * page;
    char *map = mmap(NULL, inner + 2u * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return (guard){NULL, 0};
    if (mprotect(map + page, inner, PROT_READ | PROT_WRITE) != 0) {
        munmap(map, inner + 2u * page);
        return (guard){NULL, 0};
    }
    return (guard){map + page, inner};
}

void guard_close(guard *g)
{
    if (g->bytes != NULL)
        munmap(g->bytes - page_size(), g->size + 2u * page_size());
    *g = (guard){NULL, 0};
}

static char *lay(char *at, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(at, bytes, size);
    return at;
}

char *guard_lay_before_page(guard *g, const void *bytes, size_t size)
{
    return lay(g->bytes + (g->size - size), bytes, size);
}

char *guard_lay_after_page(guard *g, const void *bytes, size_t size)
{
    return lay(g->bytes, bytes, size);
}
