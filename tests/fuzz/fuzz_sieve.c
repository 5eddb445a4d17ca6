/* SPDX-License-Identifier: MIT */
/* The sieve with jsmn. The result is the same for a document as a whole and in segments. What is
 * passed on is a flat list, of which jsmn reads one value at a time. libjansson agrees on what is
 * JSON, and on every value. The intended differences are in `may_differ` and `ours_refuses`. The
 * steering chooses the table, gives the names that come from the input, and says where the document
 * is cut. */
#include "fuzz.h"

#include <jansson.h>

#include "quiet_jsmn.h"

#include "errors.h"
#include "json.h"
#include "emrs_config.h"
#include "sieve.h"

enum { OUT_SIZE = 2048 };

typedef struct {
    emrs_sieve sieve;
    char out[OUT_SIZE];
    int code;
} sieved;

static const emrs_member ids[] = {{.name = EMRS_TEXT_INIT("applicationId"), .size_max = 8},
                                  {.name = EMRS_TEXT_INIT("jobRunId"), .size_max = 64}};
static const emrs_member odd[] = {{.name = EMRS_TEXT_INIT("a"), .size_max = 1},
                                  {.name = EMRS_TEXT_INIT("ab"), .size_max = 2},
                                  {.name = EMRS_TEXT_INIT(""), .size_max = 3},
                                  {.name = EMRS_TEXT_INIT("b\xc3\xa9"), .size_max = 70}};
static const emrs_member nested[] = {{.name = EMRS_TEXT_INIT("a"), .size_max = 1},
                                     {.name = EMRS_TEXT_INIT("a"), .size_max = 40, .inside = 1},
                                     {.name = EMRS_TEXT_INIT("b"), .size_max = 3, .inside = 2},
                                     {.name = EMRS_TEXT_INIT("b"), .size_max = 9}};
enum { NAME_COUNT = 2, NAMED_AT = 2, NAME_SIZE_MAX = 5 };
static const emrs_member named[NAMED_AT + NAME_COUNT] = {
    {.name = EMRS_TEXT_INIT("a"), .size_max = 1},
    {.name = EMRS_TEXT_INIT("b"), .size_max = 9},
    {.name = EMRS_TEXT_INIT("no name"), .size_max = 3, .inside = 1},
    {.name = EMRS_TEXT_INIT("no name"), .size_max = 40, .inside = 1}};
static const struct {
    const emrs_member *members;
    uint8_t count;
} tables[] = {
    {ids, 2}, {emrs_error_members, EMRS_ERROR_MEMBER_COUNT}, {odd, 4}, {nested, 4}, {named, 4}};
static emrs_text names[NAME_COUNT]; /* of the last members of `named` */

/* Reads the two names. If they are the same, `begin` leaves the second member out. */
static void any_names(fuzz_input *input)
{
    for (unsigned i = 0; i < NAME_COUNT; i++) {
        char name[NAME_SIZE_MAX];
        size_t size = fuzz_next(input) % (NAME_SIZE_MAX + 1u);
        for (size_t at = 0; at < size; at++)
            name[at] = (char)fuzz_next(input);
        names[i] = (emrs_text){fuzz_copy((emrs_text){name, size}), size};
    }
}

static void free_names(void)
{
    for (unsigned i = 0; i < NAME_COUNT; i++) {
        free((char *)names[i].bytes);
        names[i] = (emrs_text){NULL, 0};
    }
}

static void begin(sieved *s, unsigned table)
{
    size_t size = emrs_sieve_size(tables[table].members, tables[table].count);
    CHECK(size <= sizeof s->out);
    memset(s->out, 0x5a, sizeof s->out);
    emrs_sieve_init(&s->sieve, tables[table].members, tables[table].count,
                    emrs_pen_on(s->out, size));
    if (tables[table].members == named) {
        s->sieve.names = names;
        s->sieve.named_at = NAMED_AT;
        s->sieve.member_count -= emrs_text_is(names[0], names[1]);
    }
}

static emrs_text name_of(const sieved *s, uint8_t i)
{
    return i < s->sieve.named_at ? s->sieve.members[i].name : names[i - s->sieve.named_at];
}

static void take(sieved *s, emrs_text piece)
{
    char *copy = fuzz_copy(piece);
    int before = s->sieve.error;
    emrs_sieve_take(&s->sieve, copy, piece.size);
    CHECK(before == 0 || s->sieve.error == before);
    CHECK(s->sieve.depth <= EMRS_JSON_DEPTH_MAX && s->sieve.out.used <= s->sieve.out.size);
    free(copy);
}

/* Each item is a comma, a letter, and one value that jsmn reads with one token. */
static void check_flat(const sieved *s)
{
    for (size_t at = 0; at < s->sieve.out.used;) {
        jsmntok_t token;
        jsmn_parser parser;
        CHECK(s->out[at] == ',' && s->out[at + 1] >= 'A');
        CHECK(s->out[at + 1] < 'A' + s->sieve.member_count);
        at += 2;
        jsmn_init(&parser);
        int found = jsmn_parse(&parser, s->out + at, s->sieve.out.used - at, &token, 1);
        CHECK(found == 1 || found == JSMN_ERROR_NOMEM);
        CHECK(token.type == JSMN_STRING || token.type == JSMN_PRIMITIVE);
        at += parser.pos - (found == JSMN_ERROR_NOMEM); /* back to the comma */
    }
}

/* libjansson refuses a number that is too large for a double, and a NUL in a key. */
static bool may_differ(const json_error_t *error)
{
    enum json_error_code code = json_error_code(error);
    return code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static unsigned depth_of(const json_t *value)
{
    unsigned deepest = 0;
    const char *name;
    json_t *element;
    size_t at;
    if (!json_is_object(value) && !json_is_array(value))
        return 0;
    json_object_foreach((json_t *)value, name, element) deepest =
        larger(deepest, depth_of(element));
    json_array_foreach(value, at, element) deepest = larger(deepest, depth_of(element));
    return deepest + 1;
}

/* What the sieve refuses on purpose: a document that is not an object (RFC 8259 allows any value),
 * more than 32 levels, a wanted member twice, a NUL (libjansson ignores one after a number). */
static bool ours_refuses(const json_t *root, emrs_text document)
{
    bool is_twice = false;
    json_error_t error;
    json_t *once = json_loadb(document.bytes, document.size,
                              JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    is_twice = once == NULL && json_error_code(&error) == json_error_duplicate_key;
    json_decref(once);
    return !json_is_object(root) || is_twice || emrs_text_find(document, '\0') < document.size
           || depth_of(root) > EMRS_JSON_DEPTH_MAX;
}

/* The member itself, or the earlier member of which it is another name. */
static uint8_t first_name(const sieved *s, uint8_t i)
{
    while (s->sieve.members[i].size_max == 0)
        i--;
    return i;
}

/* The value of a member as libjansson has it; NULL if it is absent. */
static json_t *their_value(const sieved *s, uint8_t i, const json_t *root)
{
    const emrs_member *member = &s->sieve.members[i];
    const json_t *around = member->inside > 0 ? their_value(s, member->inside - 1, root) : root;
    emrs_text name = name_of(s, i);
    return json_object_getn(around, name.bytes, name.size);
}

/* Whether another name of the same member has a string. */
static bool is_shadowed(const sieved *s, uint8_t i, const json_t *root)
{
    for (uint8_t other = 0; other < s->sieve.member_count; other++) {
        if (other != i && first_name(s, other) == first_name(s, i)
            && json_string_length(their_value(s, other, root)) > 0)
            return true;
    }
    return false;
}

static void check_value(const sieved *s, uint8_t i, const emrs_value *ours, const json_t *root)
{
    const emrs_member *member = &s->sieve.members[i];
    const json_t *theirs = their_value(s, i, root);
    if (ours->kind == EMRS_VALUE_ABSENT && is_shadowed(s, i, root))
        return;
    member = &s->sieve.members[first_name(s, i)];
    CHECK((theirs == NULL) == (ours->kind == EMRS_VALUE_ABSENT));
    if (theirs == NULL)
        return;
    if (!json_is_string(theirs)) {
        CHECK(!json_is_null(theirs) || ours->kind == EMRS_VALUE_NULL);
        CHECK(json_is_null(theirs) || json_is_number(theirs) || ours->kind == EMRS_VALUE_OTHER);
        CHECK(ours->kind == EMRS_VALUE_NULL || ours->kind == EMRS_VALUE_OTHER
              || (ours->kind == EMRS_VALUE_NUMBER && json_is_number(theirs)
                  && ours->text.size <= EMRS_NUMBER_SIZE_MAX));
        return;
    }
    emrs_text text = {json_string_value(theirs), json_string_length(theirs)};
    CHECK(ours->kind == EMRS_VALUE_STRING || ours->kind == EMRS_VALUE_CUT);
    CHECK(ours->text.size <= member->size_max && emrs_text_starts(text, ours->text));
    CHECK(ours->kind == EMRS_VALUE_CUT || emrs_text_is(text, ours->text));
    if (ours->kind == EMRS_VALUE_CUT) /* no room for the next escape, of 6 bytes at most */
        CHECK(text.size > ours->text.size && ours->text.size * 6u + 6u > member->size_max);
}

static void compare(sieved *s, emrs_text document)
{
    json_error_t error;
    json_t *root =
        json_loadb(document.bytes, document.size, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (s->code == EMRS_DONE) {
        emrs_value values[EMRS_MEMBER_COUNT_MAX];
        CHECK(json_is_object(root) || (root == NULL && may_differ(&error)));
        emrs_json_read(&s->sieve, values);
        for (uint8_t i = 0; root != NULL && i < s->sieve.member_count; i++)
            check_value(s, i, &values[i], root);
    } else {
        CHECK(root == NULL || ours_refuses(root, document));
    }
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sieved whole, cut;
    fuzz_input input = fuzz_input_of(data, size);
    unsigned table = fuzz_next(&input) % (sizeof tables / sizeof tables[0]);
    if (tables[table].members == named)
        any_names(&input);
    begin(&whole, table);
    begin(&cut, table);
    take(&whole, input.bytes);
    for (size_t at = 0; at < input.bytes.size;) {
        size_t piece = fuzz_has_steering(&input) ? fuzz_next(&input) : 1;
        piece = piece < input.bytes.size - at ? piece : input.bytes.size - at;
        take(&cut, (emrs_text){input.bytes.bytes + at, piece});
        at += piece;
    }
    whole.code = emrs_sieve_end(&whole.sieve);
    cut.code = emrs_sieve_end(&cut.sieve);
    CHECK(whole.code == cut.code && emrs_sieve_end(&whole.sieve) == whole.code);
    CHECK(whole.sieve.out.used == cut.sieve.out.used && whole.sieve.cut == cut.sieve.cut);
    CHECK(memcmp(whole.out, cut.out, sizeof whole.out) == 0);
    for (size_t at = whole.sieve.out.size; at < sizeof whole.out; at++)
        CHECK(whole.out[at] == 0x5a);
    if (whole.code == EMRS_DONE)
        check_flat(&whole);
    compare(&whole, input.bytes);
    free_names();
    return 0;
}
