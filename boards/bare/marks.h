/* SPDX-License-Identifier: MIT */
/* High-water marks: the memory and time that a call used, printed at its end. */
#ifndef EMRS_BARE_MARKS_H
#define EMRS_BARE_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* Call marks_returned before and after each turn of the call, and marks_fed each time the watchdog
 * is fed. marks_say prints the longest time between two calls of each. */
void marks_returned(void);
void marks_fed(void);

/* in: in_call_size: bytes of RAM that are used only during a call, without the arena; arena_used:
 *     the most bytes of the arena in use; arena_size: its size; icount_shift: log2 of the ns per
 *     instruction if the emulator counts instructions, else negative */
void marks_say(size_t in_call_size, size_t arena_used, size_t arena_size, int icount_shift);

#endif
