/* SPDX-License-Identifier: MIT */
/* function: emrs_json_read, with any values that the sieve passes on, and jsmn's tokens of them
 * method: all inputs, all loops to their end
 * bound: two members of three, with values of 7 bytes at most
 * unwind: 22
 * options: --unwindset emrs_json_read.0:4
 * control: json.c s/parser.pos += 2;/parser.pos += 1;/
 * control: json.c s/parser.pos++;//
 * control: json.c s/parser.toknext = 0;//
 * control: json.c s/c = bytes\[at++\];$/c = bytes[++at];/
 */
#include "proof.h"

#define JSMN_STATIC
#define JSMN_HEADER /* only the types: the functions are stubs. json.c does not include it again */
#include "jsmn.h"
static int jsmn_parse_string(jsmn_parser *parser, const char *js, const size_t size,
                             jsmntok_t *tokens, const size_t count);
static int jsmn_parse_primitive(jsmn_parser *parser, const char *js, const size_t size,
                                jsmntok_t *tokens, const size_t count);
#include "json.c"
#include "text.c"

enum { COUNT = 3, VALUES = 2, MARKS = 2, VALUE_MAX = 7, SIZE = VALUES * (MARKS + VALUE_MAX) };
static const emrs_member members[COUNT];

static char document[SIZE];
static struct {
    uint8_t member;
    bool is_string;
    int start, end; /* with the quotes */
} passed[VALUES];
static int passed_count, parsed_count;

static void jsmn_init(jsmn_parser *parser)
{
    memset(parser, 0, sizeof *parser);
}

/* Whether a string is escaped as in the sieve's output: after a backslash come a quote, a
 * backslash, or u and four hex digits. */
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

/* The stub of jsmn: it reads one value, up to its last byte. */
static void parse_value(jsmn_parser *parser, const char *js, size_t size, jsmntok_t *token,
                        bool is_string)
{
    PROVE(parsed_count < passed_count && is_string == passed[parsed_count].is_string);
    int start = passed[parsed_count].start, end = passed[parsed_count].end;
    parsed_count++;
    PROVE(js == document && size == (size_t)passed[passed_count - 1].end);
    PROVE(parser->pos == (unsigned)start && parser->toknext == 0);
    token->type = is_string ? JSMN_STRING : JSMN_PRIMITIVE;
    token->start = start + is_string;
    token->end = end - is_string;
    parser->pos = (unsigned)end - 1u;
    parser->toknext = 1;
}

static int jsmn_parse_string(jsmn_parser *parser, const char *js, const size_t size,
                             jsmntok_t *tokens, const size_t count)
{
    PROVE(count == 1);
    parse_value(parser, js, size, tokens, true);
    return 0;
}

static int jsmn_parse_primitive(jsmn_parser *parser, const char *js, const size_t size,
                                jsmntok_t *tokens, const size_t count)
{
    PROVE(count == 1);
    parse_value(parser, js, size, tokens, false);
    return 0;
}

/* A document ",Avalue,Bvalue", with any two different letters and any values. */
static void pass_any(void)
{
    int at = 0;
    passed_count = nondet_int();
    ASSUME(passed_count >= 0 && passed_count <= VALUES);
    __CPROVER_havoc_object(document);
    for (int i = 0; i < passed_count; i++) {
        int size = nondet_int();
        passed[i].member = (uint8_t)nondet_unsigned();
        passed[i].is_string = nondet_bool();
        passed[i].start = at + MARKS;
        ASSUME(size >= 1 + passed[i].is_string && size <= VALUE_MAX && passed[i].member < COUNT);
        at = passed[i].end = passed[i].start + size;
        ASSUME(document[passed[i].start - 1] == 'A' + passed[i].member);
        ASSUME((document[passed[i].start] == '"') == passed[i].is_string);
        ASSUME(!passed[i].is_string || is_escaped(document, passed[i].start + 1, at - 1));
    }
    ASSUME(passed_count < 2 || passed[0].member != passed[1].member);
}

void proof(void)
{
    emrs_value values[COUNT];
    emrs_sieve sieve = {.members = members, .member_count = COUNT};
    pass_any();
    sieve.out =
        (emrs_pen){document, SIZE, passed_count > 0 ? (size_t)passed[passed_count - 1].end : 0};
    sieve.cut = nondet_unsigned();
    emrs_json_read(&sieve, values);
    PROVE(parsed_count == passed_count);
    unsigned which = nondet_unsigned();
    ASSUME(which < COUNT);
    const emrs_value *value = &values[which];
    int of = passed_count > 0 && passed[0].member == which   ? 0
             : passed_count > 1 && passed[1].member == which ? 1
                                                             : -1;
    PROVE(value->kind <= EMRS_VALUE_OTHER && (value->kind == EMRS_VALUE_ABSENT) == (of < 0));
    if (of < 0)
        return;
    bool is_cut = emrs_has_bit(sieve.cut, which);
    PROVE(value->text.bytes == document + passed[of].start + passed[of].is_string
          && value->text.size <= VALUE_MAX);
    PROVE(!passed[of].is_string || value->kind == (is_cut ? EMRS_VALUE_CUT : EMRS_VALUE_STRING));
    PROVE(passed[of].is_string || value->kind >= EMRS_VALUE_NUMBER);
    PROVE(value->kind != EMRS_VALUE_NUMBER || !is_cut);
    REACHED(values[0].kind == EMRS_VALUE_STRING && values[2].kind == EMRS_VALUE_CUT);
    REACHED(values[1].kind == EMRS_VALUE_NUMBER && values[0].kind == EMRS_VALUE_NULL);
    REACHED(values[0].kind == EMRS_VALUE_OTHER && values[1].kind == EMRS_VALUE_ABSENT);
    REACHED(value->kind == EMRS_VALUE_CUT && passed[of].end - passed[of].start == 7
            && value->text.size == 0 + 5);
}
