/* SPDX-License-Identifier: MIT */
#include "words.h"

#include "emrs_text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads a backslash and the byte after it. In double quotes the backslash is kept, except before
 * '"' and before another backslash.
 * ret: false: nothing follows */
static bool read_escaped(emrs_text text, size_t *at, char quote, emrs_pen *pen)
{
    if (++*at == text.size)
        return false;
    char c = text.bytes[*at];
    if (quote != '\0' && c != quote && c != '\\')
        emrs_put_byte(pen, '\\');
    emrs_put_byte(pen, c);
    return true;
}

/* ret: whether the byte begins or ends a quotation */
static bool is_quote(char c, char quote)
{
    return quote == '\0' ? c == '"' || c == '\'' : c == quote;
}

static bool is_in_word(emrs_text text, size_t at, char quote)
{
    return at < text.size && (quote != '\0' || !is_blank(text.bytes[at]));
}

/* Reads one word. In single quotes a backslash is an ordinary byte. */
static words_result read_word(emrs_text text, size_t *at, emrs_pen *pen)
{
    char quote = '\0';
    for (; is_in_word(text, *at, quote); ++*at) {
        char c = text.bytes[*at];
        if (is_quote(c, quote))
            quote = quote == '\0' ? c : '\0';
        else if (c != '\\' || quote == '\'')
            emrs_put_byte(pen, c);
        else if (!read_escaped(text, at, quote, pen))
            return WORDS_NO_ESCAPED;
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
