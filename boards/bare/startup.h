/* SPDX-License-Identifier: MIT */
/* The stack: startup.c fills it with a pattern before main, to measure how much was used. */
#ifndef EMRS_BARE_STARTUP_H
#define EMRS_BARE_STARTUP_H

#include <stddef.h>

size_t stack_size(void);
size_t stack_used(void); /* the most bytes that were ever in use */

#endif
