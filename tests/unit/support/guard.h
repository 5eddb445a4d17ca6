/* SPDX-License-Identifier: MIT */
/* Memory between two inaccessible pages: a read or write one byte past either end faults. */
#ifndef EMRS_TESTS_GUARD_H
#define EMRS_TESTS_GUARD_H

#include <stddef.h>

typedef struct {
    char *bytes; /* the inaccessible pages are right before bytes and right after bytes + size */
    size_t size; /* a multiple of the page size: at least what was asked for */
} guard;

/* ret: bytes NULL if there is no memory */
guard guard_open(size_t size);

void guard_close(guard *g);

/* Copies bytes to the place right before, or right after, an inaccessible page.
 * in:  size: 0 to g->size
 * ret: the copy, valid until the next one is made */
char *guard_lay_before_page(guard *g, const void *bytes, size_t size);
char *guard_lay_after_page(guard *g, const void *bytes, size_t size);

#endif
