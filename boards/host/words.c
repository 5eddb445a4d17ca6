/* SPDX-License-Identifier: MIT */
#include "words.h"

#include "emrs_text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads one word. A backslash takes the next byte as it is. In double quotes it does so only before
 * '"' and '\', and else it stays; in single quotes it always stays. */
static words_result read_word(emrs_text text, size_t *at, emrs_pen *pen)
{
    char quote = '\0';
    for (; *at < text.size && (quote != '\0' || !is_blank(text.bytes[*at])); ++*at) {
        char c = text.bytes[*at];
        if (c == '\\' && quote != '\'') {
            if (++*at == text.size)
                return WORDS_NO_ESCAPED;
            c = text.bytes[*at];
            if (quote != '\0' && c != quote && c != '\\')
                emrs_put_byte(pen, '\\');
            emrs_put_byte(pen, c);
        } else if (quote == '\0' ? c == '"' || c == '\'' : c == quote) {
            quote = quote == '\0' ? c : '\0';
        } else {
            emrs_put_byte(pen, c);
        }
    }
    return quote != '\0' ? WORDS_NO_QUOTE : WORDS_SPLIT;
}

words_result words_split(emrs_text text, char *room, size_t size, char **words, size_t most,
                         size_t *count)
{
    emrs_pen pen = emrs_pen_on(room, size);
    *count = 0;
    for (size_t at = 0;; *count += 1) {
        while (at < text.size && is_blank(text.bytes[at]))
            at++;
        if (at == text.size)
            break;
        if (*count + 1 >= most)
            return WORDS_TOO_MANY;
        words[*count] = room + pen.used;
        words_result result = read_word(text, &at, &pen);
        if (result != WORDS_SPLIT)
            return result;
        emrs_put_byte(&pen, '\0');
        if (emrs_pen_full(&pen))
            return WORDS_TOO_MANY;
    }
    words[*count] = NULL;
    return WORDS_SPLIT;
}
