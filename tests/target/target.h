/* SPDX-License-Identifier: MIT */
/* The interface between the test runner and a target. A target supplies target_say and calls
 * target_run from its main. Neither side needs a C library beyond mem* and strlen. */
#ifndef EMRS_TESTS_TARGET_H
#define EMRS_TESTS_TARGET_H

#include <stddef.h>

/* Prints text, which ends with a newline. The target supplies it. */
void target_say(const char *text);

/* Runs all tests, and prints the results as TAP.
 * in:  window: the buffer for input, a few KB or more. A vector that is larger than it is fed in
 *      pieces, in the tests of whole vectors too
 * ret: rows that are not ok */
unsigned target_run(char *window, size_t window_size);

#endif
