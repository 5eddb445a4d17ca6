/* SPDX-License-Identifier: MIT */
#include "json.h"

/* Without JSMN_STRICT, since the sieve has already checked what comes here. */
#define JSMN_STATIC
#ifdef __GNUC__ /* jsmn.h is taken as it is */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif
#ifdef EMRS_JSMN /* -DEMRS_JSMN='<jsmn.h>' takes another copy than the one here */
#include EMRS_JSMN
#else
#include "jsmn.h"
#endif
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

#include "emrs_config.h"
#include "emrs_text.h"

/* The sieve passes on a flat object of wanted members: one token for the object, and a key and a
 * value for each member. */
#define TOKEN_COUNT_MAX (2u * EMRS_MEMBER_COUNT_MAX + 1u)

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

static emrs_text text_of(char *document, const jsmntok_t *token)
{
    return (emrs_text){document + token->start, (size_t)(token->end - token->start)};
}

static void read_value(emrs_value *value, char *document, const jsmntok_t *token, bool is_cut)
{
    value->kind = EMRS_VALUE_OTHER;
    if (token->type != JSMN_STRING)
        return;
    value->kind = is_cut ? EMRS_VALUE_CUT : EMRS_VALUE_STRING;
    value->text = text_of(document, token);
    value->text.size = unescape(document + token->start, value->text.size);
}

void emrs_json_read(emrs_sieve *sieve, emrs_value values[])
{
    jsmntok_t tokens[TOKEN_COUNT_MAX];
    jsmn_parser parser;
    char *document = sieve->out.bytes;
    jsmn_init(&parser);
    int count = jsmn_parse(&parser, document, sieve->out.used, tokens, TOKEN_COUNT_MAX);
    for (uint8_t i = 0; i < sieve->member_count; i++) {
        values[i] = (emrs_value){.kind = EMRS_VALUE_ABSENT};
        for (int key = 1; key + 1 < count; key += 2)
            if (emrs_text_is(text_of(document, &tokens[key]), sieve->members[i].name))
                read_value(&values[i], document, &tokens[key + 1], emrs_has_bit(sieve->cut, i));
    }
}
