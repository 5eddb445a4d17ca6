/* SPDX-License-Identifier: MIT */
#include "say.h"

#include "board.h"
#include "emrs_text.h"

static char line[160];
static size_t used;

static void say_byte(char byte)
{
    line[used++] = byte;
    if (byte != '\n' && used < sizeof line - 1u)
        return;
    line[used] = '\0';
    used = 0;
    board_write(line);
}

void say(const char *string)
{
    while (*string != '\0')
        say_byte(*string++);
}

void say_text(emrs_text text)
{
    for (size_t at = 0; at < text.size; at++)
        say_byte(emrs_is_printable(text.bytes[at]) ? text.bytes[at] : '?');
}

void say_number(uint32_t value, int width)
{
    char digits[12];
    size_t at = sizeof digits - 1u;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10u);
        value /= 10u;
        width--;
    } while (value > 0);
    while (width-- > 0)
        say_byte(' ');
    say(digits + at);
}

void say_signed(int32_t value)
{
    if (value < 0)
        say("-");
    say_number(value < 0 ? 0u - (uint32_t)value : (uint32_t)value, 0);
}
