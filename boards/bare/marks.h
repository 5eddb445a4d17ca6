/* SPDX-License-Identifier: MIT */
/* High-water marks: what a call really took, printed at its end. */
#ifndef EMRS_BARE_MARKS_H
#define EMRS_BARE_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* Between two of these, and between two times that the watchdog is fed, nobody else runs. */
void marks_returned(void);
void marks_fed(void);

/* in: bytes of RAM that are lent only while a call runs, and of the arena: ever used, and in all;
 *     log2 of the ns an instruction takes under an emulator that counts them, negative: none */
void marks_say(size_t lent_size, size_t arena_used, size_t arena_size, int icount_shift);

#endif
