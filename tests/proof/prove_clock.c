/* SPDX-License-Identifier: MIT */
/* function: emrs_clock_read, emrs_clock_write
 * method: all inputs, all loops to their end
 * bound: dates of 0 to 32 bytes: as many as the parser keeps
 * unwind: 33
 * control: clock.c s/fits = date.size == sizeof form - 1u/fits = date.size >= 20u/
 */
#include "proof.h"

#include "clock.c"

void proof(void)
{
    size_t size = nondet_size();
    ASSUME(size <= 32);
    emrs_text date = {any_bytes(size), size};
    uint32_t utc_s = emrs_clock_read(date);
    PROVE(utc_s == 0 || size == 29);
    REACHED(utc_s != 0);
    REACHED(utc_s == 0 && size == 29);
}
