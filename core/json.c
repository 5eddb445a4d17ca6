/* SPDX-License-Identifier: MIT */
#include "json.h"

/* JSMN_STRICT is not needed, since the sieve has already checked the text. A project that uses jsmn
 * too may have defined these macros for all its files. */
#undef JSMN_HEADER
#undef JSMN_STATIC
#undef JSMN_STRICT
#define JSMN_STATIC
#ifdef __GNUC__ /* jsmn.h stays unchanged, so its warnings are off */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function" /* jsmn_parse */
#endif
#ifdef EMRS_JSMN /* -DEMRS_JSMN='<jsmn.h>' uses another copy than the one here */
#include EMRS_JSMN
#else
#include "jsmn.h"
#endif
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

#include "emrs_config.h"
#include "emrs_text.h"

/* Undoes the sieve's own escaping, which has only \", \\ and \u00XX. */
static size_t unescape(char *bytes, size_t size)
{
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        char c = bytes[at++];
        bool is_escape = c == '\\';
        if (is_escape)
            c = bytes[at++];
        if (is_escape && c == 'u') {
            c = (char)(emrs_hex_digit(bytes[at + 2]) << 4 | emrs_hex_digit(bytes[at + 3]));
            at += 4;
        }
        bytes[used++] = c;
    }
    return used;
}

static emrs_value value_of(char *bytes, const jsmntok_t *token, bool is_cut)
{
    emrs_value value = {{bytes + token->start, (size_t)(token->end - token->start)},
                        EMRS_VALUE_OTHER};
    char first = value.text.bytes[0];
    if (token->type == JSMN_STRING) {
        value.kind = is_cut ? EMRS_VALUE_CUT : EMRS_VALUE_STRING;
        value.text.size = unescape(bytes + token->start, value.text.size);
    } else if (first == 'n') {
        value.kind = EMRS_VALUE_NULL;
    } else if (first < 'a' && !is_cut) {
        value.kind = EMRS_VALUE_NUMBER;
    }
    return value;
}

/* Calls jsmn's functions for strings and primitives: jsmn_parse would also look for objects and
 * arrays, which the sieve does not pass on. Each function leaves pos at the value's last byte. */
void emrs_json_read(emrs_sieve *sieve, emrs_value values[])
{
    char *bytes = sieve->out.bytes;
    size_t size = sieve->out.used;
    jsmn_parser parser;
    memset(values, 0, sieve->member_count * sizeof *values); /* ABSENT */
    jsmn_init(&parser);
    while (parser.pos < size) {
        jsmntok_t token = {.size = 0}; /* gcc does not see that jsmn fills it in */
        unsigned member = (unsigned)(bytes[parser.pos + 1] - 'A'); /* after a comma */
        parser.pos += 2;
        parser.toknext = 0;
        if (bytes[parser.pos] == '"')
            jsmn_parse_string(&parser, bytes, size, &token, 1);
        else
            jsmn_parse_primitive(&parser, bytes, size, &token, 1);
        parser.pos++;
        values[member] = value_of(bytes, &token, emrs_has_bit(sieve->cut, member));
    }
}
