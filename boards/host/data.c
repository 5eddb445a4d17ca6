/* SPDX-License-Identifier: MIT */
/* Prints texts of the service for scripts. Only secrets, control characters, bidirectional controls
 * and line separators are replaced. */
#include "host.h"

#include <string.h>

#include "emrs_config.h"
#include "emrs_text.h"

/* mask_text gets a text in windows: short, overlapping pieces. A window is shorter than the runs of
 * hex digits that mask_text masks, so a name with such a run is not changed. */
enum {
    DATA_SIZE = 16384,
    WINDOW_SIZE = EMRS_MASK_HEX_SIZE_MIN - 1,
    WINDOW_STEP = 16,
    SIGNATURE_SIZE = 64
};

/* Masks secrets, and what may be a whole signature. The windows overlap, so that each run of
 * EMRS_MASK_RUN_SIZE_MIN bytes of a secret lies in one of them. */
static void mask_data(const char *text, char *shown, size_t size)
{
    for (size_t start = 0; start < size; start += WINDOW_STEP) {
        char window[WINDOW_SIZE];
        size_t count = size - start < sizeof window ? size - start : sizeof window;
        memcpy(window, text + start, count);
        mask_text((emrs_text){window, count});
        for (size_t at = 0; at < count; at++)
            if (window[at] != text[start + at])
                shown[start + at] = window[at];
    }
    for (size_t at = 0, run = 0; at < size; at++) {
        run = emrs_hex_digit(text[at]) >= 0 ? run + 1 : 0;
        if (run >= SIGNATURE_SIZE)
            memset(shown + at + 1 - SIGNATURE_SIZE, '*', SIGNATURE_SIZE);
    }
}

/* Prints an escaped character of a JSON string, as Python does. Python does not escape all of the
 * characters that are escaped here (emrs_text_hostile_size). */
static void print_escaped(FILE *to, unsigned c)
{
    static const char named[] = "\"\\\n\r\t\f\b", names[] = "\"\\nrtfb";
    const char *at = c != 0 ? strchr(named, (int)c) : NULL;
    if (at != NULL)
        (void)fprintf(to, "\\%c", names[at - named]);
    else
        (void)fprintf(to, "\\u%04x", c);
}

/* in:  size: of the character in UTF-8, 1 to 3; 0: a character in ASCII too
 * ret: its code point */
static unsigned code_of(const char *utf8, size_t size)
{
    static const unsigned char bits[] = {0x7f, 0x7f, 0x1f, 0x0f}; /* of the first byte */
    unsigned code = (unsigned char)utf8[0] & (unsigned)bits[size];
    for (size_t at = 1; at < size; at++)
        code = code << 6 | ((unsigned char)utf8[at] & 0x3fu);
    return code;
}

/* Prints one character, or one byte of a longer one.      ret: how many bytes it has */
static size_t print_character(FILE *to, const char *text, size_t size, bool json)
{
    size_t hostile = emrs_text_hostile_size((emrs_text){text, size});
    if (json && (hostile > 0 || *text == '"' || *text == '\\'))
        print_escaped(to, code_of(text, hostile));
    else
        (void)fputc(hostile > 0 ? '?' : *text, to);
    return hostile > 0 ? hostile : 1;
}

void print_data(FILE *to, emrs_text text, bool json)
{
    static char shown[DATA_SIZE];
    size_t size = text.size < sizeof shown ? text.size : sizeof shown;
    if (size == 0)
        return;
    memcpy(shown, text.bytes, size);
    mask_data(text.bytes, shown, size);
    for (size_t at = 0; at < size;)
        at += print_character(to, shown + at, size - at, json);
}

void print_json_text(FILE *to, const char *before, const char *name, emrs_text text)
{
    (void)fprintf(to, "%s    \"%s\": ", before, name);
    if (text.size == 0) {
        (void)fputs("null", to);
        return;
    }
    (void)fputc('"', to);
    print_data(to, text, true);
    (void)fputc('"', to);
}
