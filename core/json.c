/* SPDX-License-Identifier: MIT */
#include "json.h"

#define JSMN_STATIC
#define JSMN_STRICT
#include <jsmn.h>

#include "limits.h"
#include "text.h"

/* The sieve's contract: a flat object of wanted members, so the object, a key and a value each. */
#define TOKEN_COUNT_MAX (2u * EMRS_MEMBER_COUNT_MAX + 1u)

static char hex_pair(const char *at)
{
    int high = at[0] - '0', low = is_digit(at[1]) ? at[1] - '0' : at[1] - 'a' + 10;
    return (char)(high << 4 | low);
}

/* Undoes the sieve's own escaping, which knows only \", \\ and \u00XX. */
static emrs_text unescape(char *bytes, size_t size)
{
    size_t used = 0;
    for (size_t at = 0; at < size; at++, used++) {
        if (bytes[at] != '\\') {
            bytes[used] = bytes[at];
        } else if (bytes[at + 1] == 'u') {
            bytes[used] = hex_pair(bytes + at + 4);
            at += 5;
        } else {
            bytes[used] = bytes[at + 1];
            at += 1;
        }
    }
    return (emrs_text){bytes, used};
}

static emrs_value value_of(char *document, const jsmntok_t *token, bool is_cut)
{
    emrs_value value = {TEXT(""), EMRS_VALUE_OTHER};
    if (token->type == JSMN_STRING) {
        value.text = unescape(document + token->start, (size_t)(token->end - token->start));
        value.kind = is_cut ? EMRS_VALUE_CUT : EMRS_VALUE_STRING;
    }
    return value;
}

void emrs_json_read(emrs_sieve *sieve, emrs_value values[])
{
    jsmntok_t tokens[TOKEN_COUNT_MAX];
    jsmn_parser parser;
    char *document = sieve->out.bytes;
    jsmn_init(&parser);
    int count = jsmn_parse(&parser, document, sieve->out.used, tokens, TOKEN_COUNT_MAX);
    for (uint8_t i = 0; i < sieve->member_count; i++)
        values[i] = (emrs_value){TEXT(""), EMRS_VALUE_ABSENT};
    for (int key = 1; key + 1 < count; key += 2) {
        emrs_text name = {document + tokens[key].start,
                          (size_t)(tokens[key].end - tokens[key].start)};
        for (uint8_t i = 0; i < sieve->member_count; i++)
            if (text_is(name, sieve->members[i].name))
                values[i] = value_of(document, &tokens[key + 1], has_bit(sieve->cut, i));
    }
}
