/* SPDX-License-Identifier: MIT */
#include "ini.h"

#include "emrs_text.h"

/* The white space of Python's str.strip outside ASCII, in UTF-8. */
static const char *const spaces[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80",
                                     "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84",
                                     "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88",
                                     "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
                                     "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

static bool is_space(char c)
{
    return (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= ' ');
}

/* ret: size of the white-space character at the start of the text; 0: there is none */
static size_t space_size(emrs_text text)
{
    if (text.size == 0 || (unsigned char)*text.bytes < 0x80)
        return text.size > 0 && is_space(*text.bytes) ? 1 : 0;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        const emrs_text space = {spaces[i], strlen(spaces[i])};
        if (emrs_text_starts(text, space))
            return space.size;
    }
    return 0;
}

/* ret: size of the white-space character at the end of the text; 0: there is none */
static size_t space_size_before(emrs_text text)
{
    for (size_t size = 1; size <= 3 && size <= text.size; size++)
        if (space_size(emrs_text_from(text, text.size - size)) == size)
            return size;
    return 0;
}

/* Removes white space at both ends.
 * in:  indent: receives how many characters were removed at the start; or NULL */
static emrs_text strip(emrs_text text, size_t *indent)
{
    size_t size, count = 0;
    for (; (size = space_size(text)) > 0; count++)
        text = emrs_text_from(text, size);
    while ((size = space_size_before(text)) > 0)
        text.size -= size;
    if (indent != NULL)
        *indent = count;
    return text;
}

/* Takes the next line from the text, without its end.      ret: false: the text is empty */
static bool take_line(emrs_text *text, emrs_text *line)
{
    size_t size = 0;
    if (text->size == 0)
        return false;
    while (size < text->size && text->bytes[size] != '\n' && text->bytes[size] != '\r')
        size++;
    *line = (emrs_text){text->bytes, size};
    *text = emrs_text_from(*text, size);
    if (emrs_text_starts(*text, EMRS_TEXT("\r\n")))
        *text = emrs_text_from(*text, 2);
    else if (text->size > 0)
        *text = emrs_text_from(*text, 1);
    return true;
}

static bool is_comment(emrs_text stripped)
{
    return stripped.size > 0 && (*stripped.bytes == '#' || *stripped.bytes == ';');
}

bool ini_more(emrs_text *more, emrs_text *line)
{
    while (take_line(more, line)) {
        *line = strip(*line, NULL);
        if (!is_comment(*line))
            return true;
    }
    return false;
}

bool ini_split(emrs_text line, emrs_text *key, emrs_text *value)
{
    size_t at = emrs_text_find(line, '=');
    if (at == line.size)
        return false;
    *key = strip((emrs_text){line.bytes, at}, NULL);
    *value = strip(emrs_text_from(line, at + 1), NULL);
    return true;
}

/* Sizes of UTF-8 characters by their first byte, with the bounds of the second byte. The bounds
 * exclude overlong forms, surrogates and values above U+10FFFF (RFC 3629). */
static const struct {
    unsigned char first, last, least, most;
    size_t size;
} characters[] = {
    {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

static bool is_between(char c, unsigned char least, unsigned char most)
{
    return (unsigned char)c >= least && (unsigned char)c <= most;
}

/* ret: size of the UTF-8 character at the start of a text that is not empty; 0: it is not valid */
static size_t character_size(emrs_text text)
{
    const size_t count = sizeof characters / sizeof characters[0];
    size_t i = 0, at = 1;
    while (i < count && !is_between(*text.bytes, characters[i].first, characters[i].last))
        i++;
    if (i == count || characters[i].size > text.size)
        return 0;
    unsigned char least = characters[i].least, most = characters[i].most;
    while (at < characters[i].size && is_between(text.bytes[at], least, most)) {
        at++;
        least = 0x80;
        most = 0xbf;
    }
    return at == characters[i].size ? at : 0;
}

/* ret: what is wrong with the bytes of a line; NULL: nothing */
static const char *fault_in(emrs_text line)
{
    size_t size;
    for (; line.size > 0; line = emrs_text_from(line, size)) {
        size = character_size(line);
        if (size == 0)
            return "is not UTF-8";
        if (*line.bytes == '\0')
            return "holds a NUL byte";
    }
    return NULL;
}

/* ret: whether the line is "[name]"; text after the last bracket is ignored */
static bool is_header(emrs_text line, emrs_text *name)
{
    size_t end = line.size;
    if (line.size == 0 || *line.bytes != '[')
        return false;
    while (end > 0 && line.bytes[end - 1] != ']')
        end--;
    if (end < 3)
        return false;
    *name = (emrs_text){line.bytes + 1, end - 2};
    return true;
}

/* Reads the lines that continue an item, up to the first line whose indent is not deeper. */
static void take_more(ini_reader *reader, ini_event *event)
{
    emrs_text rest = emrs_text_from(reader->bytes, reader->at), raw;
    const char *start = rest.bytes;
    unsigned line = reader->line;
    event->more = (emrs_text){start, 0};
    while (take_line(&rest, &raw)) {
        size_t indent;
        emrs_text text = strip(raw, &indent);
        line++;
        if (text.size == 0 || is_comment(text))
            continue;
        if (indent <= reader->indent)
            return;
        if (event->fault == NULL)
            event->fault = fault_in(text);
        event->more.size = (size_t)(text.bytes + text.size - start);
        reader->at = reader->bytes.size - rest.size;
        reader->line = line;
    }
}

static const char no_section[] =
    "begins with '[', but is no [section] with a name and both brackets";

/* ret: what is wrong with a line before the first section that is no section header */
static const char *fault_at_start(const ini_event *event, emrs_text line)
{
    if (event->line == 1 && emrs_text_starts(line, EMRS_TEXT("\xef\xbb\xbf")))
        return "begins with a byte order mark: save the file as UTF-8 without it";
    return *line.bytes == '[' ? no_section : "stands before the first [section]";
}

/* Reads a line that is no section header: an item, or a fault. */
static void read_item(ini_reader *reader, ini_event *event, emrs_text line)
{
    size_t equals = emrs_text_find(line, '='), colon = emrs_text_find(line, ':'),
           at = equals < colon ? equals : colon;
    event->kind = INI_FAULT;
    if (!reader->has_section) {
        event->hides_section = true;
        event->fault = fault_at_start(event, line);
        return;
    }
    if (at == line.size) {
        event->hides_section = *line.bytes == '[';
        event->fault = event->hides_section ? no_section : "is neither a [section] nor key = value";
        return;
    }
    event->name = strip((emrs_text){line.bytes, at}, NULL);
    reader->has_key = event->name.size > 0;
    if (!reader->has_key) {
        event->fault = "has no key before its '=' or ':'";
        return;
    }
    event->kind = INI_ITEM;
    event->value = strip(emrs_text_from(line, at + 1), NULL);
    take_more(reader, event);
}

void ini_next(ini_reader *reader, ini_event *event)
{
    emrs_text rest = emrs_text_from(reader->bytes, reader->at), raw;
    *event = (ini_event){.kind = INI_END};
    while (take_line(&rest, &raw)) {
        size_t indent;
        emrs_text line = strip(raw, &indent);
        reader->at = reader->bytes.size - rest.size;
        reader->line++;
        if (line.size == 0 || is_comment(line))
            continue;
        /* Continues an item after a faulty line; the fault has been reported. */
        if (reader->has_section && reader->has_key && indent > reader->indent)
            continue;
        reader->indent = indent;
        event->line = reader->line;
        event->fault = fault_in(line);
        if (is_header(line, &event->name)) {
            event->kind = INI_SECTION;
            reader->has_section = true;
            reader->has_key = false;
        } else {
            read_item(reader, event, line);
        }
        return;
    }
}
