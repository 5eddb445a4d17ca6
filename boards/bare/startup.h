/* SPDX-License-Identifier: MIT */
/* The painted stack: startup.c paints it before main, and tells how much lost its paint. */
#ifndef EMRS_BARE_STARTUP_H
#define EMRS_BARE_STARTUP_H

#include <stddef.h>

size_t stack_size(void);
size_t stack_used(void); /* the most there ever was */

#endif
