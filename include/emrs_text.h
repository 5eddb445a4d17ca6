/* SPDX-License-Identifier: MIT */
/* Functions on slices, and on the pen. The pen is a bounded writer that remembers an overflow: a
 * function checks once, after its last write, and `used` is then the size that was needed. */
#ifndef EMRS_TEXT_H
#define EMRS_TEXT_H

#include <string.h>

#include "emrs.h"

#ifdef __cplusplus
extern "C" {
#endif

bool emrs_text_is(emrs_text a, emrs_text b);

/* in:  word ends with NUL */
bool emrs_text_spells(emrs_text text, const char *word);

/* Value of a hex digit of either case; -1 for any other byte. */
int emrs_hex_digit(char c);

/* in:  0 to 15      out: lower-case */
char emrs_to_hex(unsigned digit);

void emrs_put(emrs_pen *pen, emrs_text text);
void emrs_put_byte(emrs_pen *pen, char byte);
void emrs_put_decimal(emrs_pen *pen, int32_t value);

/* Writes `form`, a template, with the next value in place of each asterisk.
 * in:  values: as many as there are asterisks; NULL if there is none */
void emrs_put_form(emrs_pen *pen, const char *form, const emrs_text *values);

/* ret: the size of the first character if it could move a terminal's cursor, split a log line or
 *      reorder it, as control characters do; else 0 */
size_t emrs_text_hostile_size(emrs_text utf8);

/* Wipes a secret, with stores that no optimiser may drop. */
void emrs_wipe(void *memory, size_t size);

static inline bool emrs_text_starts(emrs_text text, emrs_text start)
{
    return text.size >= start.size && memcmp(text.bytes, start.bytes, start.size) == 0;
}

static inline emrs_text emrs_text_from(emrs_text text, size_t at)
{
    emrs_text rest;
    rest.bytes = text.bytes + at;
    rest.size = text.size - at;
    return rest;
}

/* Index of the first byte that is `byte`; text.size if there is none. */
static inline size_t emrs_text_find(emrs_text text, char byte)
{
    size_t at = 0;
    while (at < text.size && text.bytes[at] != byte)
        at++;
    return at;
}

static inline bool emrs_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool emrs_is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

static inline bool emrs_is_alnum(char c)
{
    return emrs_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool emrs_has_bit(uint32_t mask, unsigned at)
{
    return (mask >> at & 1u) != 0;
}

static inline char emrs_to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline emrs_pen emrs_pen_on(void *bytes, size_t size)
{
    emrs_pen pen;
    pen.bytes = (char *)bytes;
    pen.size = size;
    pen.used = 0;
    return pen;
}

static inline bool emrs_pen_full(const emrs_pen *pen)
{
    return pen->used > pen->size;
}

static inline emrs_text emrs_pen_text(const emrs_pen *pen)
{
    emrs_text text;
    text.bytes = pen->bytes;
    text.size = emrs_pen_full(pen) ? 0 : pen->used;
    return text;
}

#ifdef __cplusplus
}
#endif

#endif
