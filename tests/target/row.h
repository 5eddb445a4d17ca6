/* SPDX-License-Identifier: MIT */
/* A row of TAP: many cases, one verdict, each failure by name. */
#ifndef EMRS_TESTS_TARGET_ROW_H
#define EMRS_TESTS_TARGET_ROW_H

#include "emrs.h"

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

/* What a case came to, where `how` and `at` say which it was ("split at", 12).
 * in: wrong is what differs; NULL: nothing */
void row_case(const char *name, const char *how, size_t at, const char *wrong);

/* Closes the row: "ok 1 - http: 537, byte by byte". No case at all is not ok either.
 * in: what, then the number of cases, then how */
void row_close(const char *what, const char *how);

/* "1..n".      ret: rows that were not ok */
unsigned row_plan(void);

/* A comment line: before, the number, after. */
void row_note(const char *before, uint32_t number, const char *after);

/* xorshift32: the same sequence on every target */
uint32_t row_random(uint32_t *seed);

#endif
