/* SPDX-License-Identifier: MIT */
#include "emrs_text.h"

bool emrs_text_is(emrs_text a, emrs_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

bool emrs_text_spells(emrs_text text, const char *word)
{
    return emrs_text_is(text, (emrs_text){word, strlen(word)});
}

int emrs_hex_digit(char c)
{
    char lower = emrs_to_lower(c);
    return emrs_is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

char emrs_to_hex(unsigned digit)
{
    return (char)('0' + digit + ((9u - digit) >> 8 & 1u) * (unsigned)('a' - '9' - 1));
}

void emrs_put(emrs_pen *pen, emrs_text text)
{
    if (!emrs_pen_full(pen) && text.size > 0 && text.size <= pen->size - pen->used)
        memcpy(pen->bytes + pen->used, text.bytes, text.size);
    pen->used += text.size;
}

void emrs_put_byte(emrs_pen *pen, char byte)
{
    if (pen->used < pen->size)
        pen->bytes[pen->used] = byte;
    pen->used++;
}

void emrs_put_decimal(emrs_pen *pen, int32_t value)
{
    uint32_t left = value < 0 ? 0u - (uint32_t)value : (uint32_t)value, unit = 1;
    if (value < 0)
        emrs_put_byte(pen, '-');
    while (left / unit >= 10u)
        unit *= 10u;
    for (; unit > 0; unit /= 10u)
        emrs_put_byte(pen, (char)('0' + left / unit % 10u));
}

void emrs_put_form(emrs_pen *pen, const char *form, const emrs_text *values)
{
    for (; *form != '\0'; form++)
        if (*form == '*')
            emrs_put(pen, *values++);
        else
            emrs_put_byte(pen, *form);
}

void emrs_wipe(void *memory, size_t size)
{
    volatile unsigned char *at = memory;
    while (size-- > 0)
        *at++ = 0;
}
