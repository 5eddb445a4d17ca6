/* SPDX-License-Identifier: MIT */
/* function: emrs_clock_read, emrs_clock_write
 * method: all inputs, loops whole
 * bound: dates of 0 to 32 bytes: what the reader keeps
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
