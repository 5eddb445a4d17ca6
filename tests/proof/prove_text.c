/* SPDX-License-Identifier: MIT */
/* function: put, put_byte, put_decimal, text_is, hex_digit: the pen
 * method: all inputs, all loops to their end
 * bound: pens and texts of 0 to 16 bytes; every 32-bit number
 * unwind: 18
 * control: text.c s/text.size <= pen->size - pen->used/text.size <= pen->size/
 * control: text.c s/if (pen->used < pen->size)/if (pen->used <= pen->size)/
 */
#include "proof.h"

#include "text.c"

enum { MAX = 16 };

void proof(void)
{
    size_t size = nondet_size(), text_size = nondet_size();
    ASSUME(size <= MAX && text_size <= MAX);
    emrs_pen pen = emrs_pen_on(any_bytes(size), size);
    emrs_text text = {any_bytes(text_size), text_size};
    pen.used = nondet_size(); /* it may be full already */
    ASSUME(pen.used <= 2 * MAX);
    size_t used = pen.used;
    if (nondet_bool()) {
        emrs_put(&pen, text);
        PROVE(pen.used == used + text_size);
    } else if (nondet_bool()) {
        emrs_put_byte(&pen, nondet_char());
        PROVE(pen.used == used + 1);
    } else {
        int value = nondet_int();
        bool is_port = value >= 0 && value <= UINT16_MAX;
        emrs_put_decimal(&pen, value);
        PROVE(!is_port || pen.used <= used + sizeof "65535" - 1);
        PROVE(pen.used > used && pen.used <= used + sizeof "-2147483648" - 1);
        REACHED(pen.used == used + sizeof "-2147483648" - 1);
    }
    PROVE(emrs_pen_text(&pen).size <= size);
    PROVE(used <= size || emrs_pen_full(&pen)); /* it stays full */
    REACHED(emrs_pen_full(&pen) && used == 0);
}
