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

/* Characters that could move a terminal's cursor, split a log line or reorder it: the bytes of
 * their UTF-8 before the last byte, and the range of the last byte. */
static const struct {
    char start[3];
    uint8_t least, most;
} hostile[] = {
    {"", 0x00, 0x1f},         /* C0 */
    {"", 0x7f, 0x7f},         /* DEL */
    {"\xc2", 0x80, 0x9f},     /* C1: U+0080 to U+009F */
    {"\xd8", 0x9c, 0x9c},     /* a mark: U+061C */
    {"\xe2\x80", 0x8e, 0x8f}, /* marks: U+200E, U+200F */
    {"\xe2\x80", 0xa8, 0xae}, /* separators, embeddings: U+2028 to U+202E */
    {"\xe2\x81", 0xa6, 0xa9}, /* isolates: U+2066 to U+2069 */
};

size_t emrs_text_hostile_size(emrs_text text)
{
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        size_t last = strlen(hostile[i].start);
        if (text.size <= last || !emrs_text_starts(text, (emrs_text){hostile[i].start, last}))
            continue;
        uint8_t byte = (uint8_t)text.bytes[last];
        if (byte >= hostile[i].least && byte <= hostile[i].most)
            return last + 1;
    }
    return 0;
}
