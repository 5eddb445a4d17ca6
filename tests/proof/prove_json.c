/* SPDX-License-Identifier: MIT */
/* function: emrs_json_read, with any tokens of a flat object from jsmn
 * method: all inputs, loops whole
 * bound: documents of 8 bytes, two members
 * unwind: 10
 * options: --unwindset emrs_json_read.0:3,emrs_json_read.1:3,jsmn_parse.0:6
 * control: json.c s/key + 1 < count/key < count/
 * control: json.c s/c = bytes\[at++\];$/c = bytes[++at];/
 */
#include "proof.h"

#define JSMN_STATIC
#define JSMN_HEADER /* jsmn's types; what it does is said below. json.c finds it included already */
#include "jsmn.h"
#include "json.c"
#define emrs_text_is unused_text_is
#include "text.c"
#undef emrs_text_is

enum { SIZE = 8, COUNT = 2, TOKENS = 2 * COUNT + 1 };
static const emrs_member members[COUNT] = {{.name = EMRS_TEXT_INIT("id"), .size_max = 3},
                                           {.name = EMRS_TEXT_INIT("idle"), .size_max = 9}};

jsmntok_t nondet_token(void);
static char document[SIZE]; /* whole: a token may end before it does */
static jsmntok_t made[TOKENS];
static int made_count;

static void jsmn_init(jsmn_parser *parser)
{
    memset(parser, 0, sizeof *parser);
}

/* What stands between two quotes of the sieve's output: a backslash is followed by the quote, by
 * itself, or by u and four hex digits. */
static bool is_escaped(const char *bytes, int start, int end)
{
    int left = 0; /* of an escape; ESCAPE: all of it */
    enum { ESCAPE = 5 };
    bool ok = true;
    for (int at = 0; at < SIZE; at++) {
        if (at < start || at >= end)
            continue;
        char c = bytes[at];
        if (left == ESCAPE) {
            ok = ok && (c == 'u' || c == '"' || c == '\\');
            left = c == 'u' ? 4 : 0;
        } else if (left > 0) {
            ok = ok && emrs_hex_digit(c) >= 0;
            left--;
        } else {
            left = c == '\\' ? ESCAPE : 0;
        }
    }
    return ok && left == 0;
}

/* A key is one member's at most: no two have the same name, and the sieve refuses a key twice. */
bool emrs_text_is(emrs_text a, emrs_text b)
{
    static bool used[TOKENS];
    int key = a.bytes - document == made[1].start ? 1 : 3;
    (void)b;
    PROVE(a.bytes - document == made[key].start && a.size <= SIZE);
    if (used[key] || nondet_bool())
        return false;
    used[key] = true;
    return true;
}

/* The object, and then a key and a value each, one behind the other, or no more room. */
static int jsmn_parse(jsmn_parser *parser, const char *js, const size_t size, jsmntok_t *tokens,
                      const unsigned count)
{
    (void)parser;
    PROVE(js == document && size == SIZE && count >= TOKENS);
    PROVE(__CPROVER_w_ok(tokens, count * sizeof *tokens));
    made_count = nondet_int();
    ASSUME(made_count >= JSMN_ERROR_PART && made_count <= TOKENS);
    int end = 0;
    for (int i = 0; i < TOKENS; i++) {
        made[i] = nondet_token();
        bool is_string = i % 2 == 1 || made[i].type == JSMN_STRING;
        ASSUME(i % 2 == 0 || made[i].type == JSMN_STRING);
        ASSUME(i > 0 || made[i].type == JSMN_OBJECT);
        ASSUME(made[i].start >= end && made[i].end >= made[i].start && made[i].end <= SIZE);
        ASSUME(!is_string || is_escaped(js, made[i].start, made[i].end));
        end = i == 0 ? made[i].start : made[i].end;
        if (i < made_count)
            tokens[i] = made[i];
    }
    return made_count;
}

void proof(void)
{
    emrs_value values[COUNT];
    emrs_sieve sieve = {.members = members, .member_count = COUNT};
    __CPROVER_havoc_object(document);
    sieve.out = (emrs_pen){document, SIZE, SIZE};
    sieve.cut = (uint16_t)nondet_unsigned();
    emrs_json_read(&sieve, values);
    unsigned which = nondet_bool();
    const emrs_value *value = &values[which];
    PROVE(value->kind <= EMRS_VALUE_OTHER);
    bool has_text = value->kind == EMRS_VALUE_STRING || value->kind == EMRS_VALUE_CUT;
    PROVE(!has_text
          || (value->text.bytes >= document && value->text.size <= SIZE
              && __CPROVER_r_ok(value->text.bytes, value->text.size)));
    PROVE(!has_text || (value->kind == EMRS_VALUE_CUT) == emrs_has_bit(sieve.cut, which));
    REACHED(values[0].kind == EMRS_VALUE_STRING && values[1].kind == EMRS_VALUE_CUT);
    REACHED(values[0].kind == EMRS_VALUE_OTHER && values[1].kind == EMRS_VALUE_ABSENT);
    REACHED(value->kind == EMRS_VALUE_STRING && made[2].end - made[2].start == 6
            && value->text.size == 1);
}
