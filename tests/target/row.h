/* SPDX-License-Identifier: MIT */
/* Prints TAP. A row is one TAP test made of many cases; the first failures are named. */
#ifndef EMRS_TESTS_TARGET_ROW_H
#define EMRS_TESTS_TARGET_ROW_H

#include "emrs.h"

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

/* Records the result of a case. `how` and `at` say which it was ("split at", 12).
 * in: wrong says what differs; NULL: the case passed */
void row_case(const char *name, const char *how, size_t at, const char *wrong);

/* Ends the row and prints its result. With what = "http" and how = "byte by byte", after 537 cases:
 * "ok 1 - http: 537 byte by byte". A row without a case is not ok. */
void row_close(const char *what, const char *how);

/* Prints "1..n".      ret: rows that were not ok */
unsigned row_plan(void);

/* Prints a line of three parts. Only a line that begins with '#' is a comment in TAP. */
void row_note(const char *before, uint32_t number, const char *after);

/* xorshift32: the same sequence on every target */
uint32_t row_random(uint32_t *seed);

#endif
