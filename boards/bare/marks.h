/* SPDX-License-Identifier: MIT */
/* High-water marks: the memory and time that a call used, printed at its end. */
#ifndef EMRS_BARE_MARKS_H
#define EMRS_BARE_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* Note that the call has returned to the main loop, and that the watchdog was fed. The longest time
 * between two such moments is printed. */
void marks_returned(void);
void marks_fed(void);

/* in: lent_size: bytes of RAM that are used only during a call, without the arena; arena_used: the
 *     most bytes of the arena in use; arena_size: its size; icount_shift: log2 of the ns per
 *     instruction if the emulator counts instructions, else negative */
void marks_say(size_t lent_size, size_t arena_used, size_t arena_size, int icount_shift);

#endif
