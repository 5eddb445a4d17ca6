/* SPDX-License-Identifier: MIT */
/* The seam between the runner and whatever it runs on. A target supplies target_say and calls
 * target_run from its main. Neither side needs a C library beyond mem* and strlen. */
#ifndef EMRS_TESTS_TARGET_H
#define EMRS_TESTS_TARGET_H

#include <stddef.h>

/* Supplied by the target: shows text, which ends with its newline. */
void target_say(const char *text);

/* Runs everything, and says it as TAP.
 * in:  a window of at least a few KB; where it is larger than a vector, whole is whole
 * ret: rows that are not ok */
unsigned target_run(char *window, size_t window_size);

#endif
