/* SPDX-License-Identifier: MIT */
/* function: emrs_clock_read_rfc3339, by the contract of emrs_clock_read
 * method: all inputs, all loops to their end
 * bound: dates of 0 to 40 bytes: any number of digits in a fraction is one loop
 * unwind: 42
 * instead: clock.c s/^uint32_t emrs_clock_read(/uint32_t unused_read(/
 * control: clock.c s/text.size > size \&\& text.bytes/text.bytes/
 * control: clock.c s/while (size < text.size \&\& emrs/while (emrs/
 */
#include "proof.h"

#include "clock.c"

uint32_t emrs_clock_read(emrs_text date)
{
    PROVE(date.size == 29 && __CPROVER_r_ok(date.bytes, 29));
    uint32_t utc_s = nondet_unsigned();
    ASSUME(utc_s <= 4291747199u); /* the end of 2105 */
    return utc_s;
}

void proof(void)
{
    size_t size = nondet_size();
    ASSUME(size <= 40);
    emrs_text text = {any_bytes(size), size};
    uint32_t utc_s = emrs_clock_read_rfc3339(text);
    PROVE(utc_s == 0 || size >= 20);
    PROVE(utc_s <= 4291747199u + 86340u);
    REACHED(utc_s != 0 && size == 20);
    REACHED(utc_s != 0 && size == 40);
    REACHED(utc_s > 4291747199u);
}
