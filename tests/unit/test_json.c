/* SPDX-License-Identifier: MIT */
/* The values that sieve and jsmn give together: order, kinds, unescaping, limits. */
#include "unit.h"

#include "quiet_jsmn.h"

#include "json.h"
#include "emrs_config.h"
#include "sieve.h"
#include "vectors/json.h"

/* A document and its values. The sieve's output is moved to memory of its exact size, where ASan
 * finds an access past it. */
typedef struct {
    emrs_value values[EMRS_MEMBER_COUNT_MAX];
    char *out;
    size_t out_size;
} reading;

static void sieve_all(emrs_sieve *sieve, const emrs_member *members, uint8_t count, emrs_text text)
{
    static char out[EMRS_MEMBER_COUNT_MAX * 1024];
    emrs_sieve_init(sieve, members, count, emrs_pen_on(out, emrs_sieve_size(members, count)));
    assert_true(sieve->out.size <= sizeof out);
    emrs_sieve_take(sieve, text.bytes, text.size);
}

static reading read_document(const emrs_member *members, uint8_t count, emrs_text text)
{
    reading r;
    emrs_sieve sieve;
    sieve_all(&sieve, members, count, text);
    assert_int_equal(emrs_sieve_end(&sieve), EMRS_DONE);
    r.out_size = sieve.out.used;
    r.out = malloc(r.out_size);
    assert_non_null(r.out);
    memcpy(r.out, sieve.out.bytes, r.out_size);
    sieve.out.bytes = r.out;
    memset(r.values, 0xff, sizeof r.values);
    emrs_json_read(&sieve, r.values);
    return r;
}

static void check(const reading *r, size_t at, emrs_value_kind kind, emrs_text text)
{
    assert_int_equal(r->values[at].kind, kind);
    if (kind == EMRS_VALUE_STRING || kind == EMRS_VALUE_CUT || kind == EMRS_VALUE_NUMBER) {
        assert_int_equal(r->values[at].text.size, text.size);
        assert_memory_equal(r->values[at].text.bytes, text.bytes, text.size);
        assert_true(r->values[at].text.bytes >= r->out);
        assert_true(r->values[at].text.bytes + text.size <= r->out + r->out_size);
    }
}

#define MEMBER(text)                                                                               \
    {                                                                                              \
        .name = EMRS_TEXT_INIT(text), .size_max = 16                                               \
    }
static const emrs_member sixteen[] = {MEMBER("a"),  MEMBER("ab"), MEMBER("abc"), MEMBER("b"),
                                      MEMBER("ba"), MEMBER("A"),  MEMBER("a.b"), MEMBER("\xc3\xa9"),
                                      MEMBER("c"),  MEMBER("d"),  MEMBER("e"),   MEMBER("f"),
                                      MEMBER("g"),  MEMBER("h"),  MEMBER("i"),   MEMBER("j")};

static void test_values_come_in_the_members_order(void **state)
{
    static const char *const documents[] = {
        "{\"a\":\"0\",\"ab\":\"1\",\"abc\":\"2\",\"b\":\"3\",\"ba\":\"4\",\"A\":\"5\",\"a.b\":"
        "\"6\",\"\xc3\xa9\":\"7\",\"c\":\"8\",\"d\":\"9\",\"e\":\"a\",\"f\":\"b\",\"g\":\"c\","
        "\"h\":\"d\",\"i\":\"e\",\"j\":\"f\"}",
        "{\"j\":\"f\",\"i\":\"e\",\"h\":\"d\",\"g\":\"c\",\"f\":\"b\",\"e\":\"a\",\"d\":\"9\","
        "\"c\":\"8\",\"\\u00e9\":\"7\",\"a.b\":\"6\",\"A\":\"5\",\"ba\":\"4\",\"b\":\"3\","
        "\"abc\":\"2\",\"ab\":\"1\",\"a\":\"0\"}",
        "{\"abcd\":\"x\",\"abc\":\"2\",\"a.b\":\"6\",\"\":\"x\",\"a\":\"0\",\"\xc3\xa9\":\"7\","
        "\"b\":\"3\",\"bab\":\"x\",\"A\":\"5\",\"ab\":\"1\",\"ba\":\"4\",\"aa\":\"x\",\"d\":\"9\","
        "\"j\":\"f\",\"c\":\"8\",\"h\":\"d\",\"k\":\"x\",\"g\":\"c\",\"i\":\"e\",\"e\":\"a\","
        "\"f\":\"b\"}"};
    (void)state;
    for (size_t d = 0; d < COUNT_OF(documents); d++) {
        emrs_text text = {documents[d], strlen(documents[d])};
        reading r = read_document(sixteen, COUNT_OF(sixteen), text);
        for (size_t i = 0; i < COUNT_OF(sixteen); i++)
            check(&r, i, EMRS_VALUE_STRING, (emrs_text){&"0123456789abcdef"[i], 1});
        free(r.out);
    }
}

static void test_each_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sixteen); i++) {
        char text[64];
        int size = snprintf(text, sizeof text, "{\"%s\":\"v\"}", sixteen[i].name.bytes);
        reading r = read_document(sixteen, COUNT_OF(sixteen), (emrs_text){text, (size_t)size});
        for (size_t at = 0; at < COUNT_OF(sixteen); at++)
            check(&r, at, at == i ? EMRS_VALUE_STRING : EMRS_VALUE_ABSENT,
                  at == i ? EMRS_TEXT("v") : EMRS_TEXT(""));
        free(r.out);
    }
}

static void test_kinds(void **state)
{
    static const struct {
        const char *value;
        emrs_value_kind kind;
        emrs_text text;
    } of[] = {
        {"\"v\"", EMRS_VALUE_STRING, EMRS_TEXT_INIT("v")},
        {"\"\"", EMRS_VALUE_STRING, EMRS_TEXT_INIT("")},
        {"\"null\"", EMRS_VALUE_STRING, EMRS_TEXT_INIT("null")},
        {"\"{}\"", EMRS_VALUE_STRING, EMRS_TEXT_INIT("{}")},
        {"\"0123456789abcdef\"", EMRS_VALUE_STRING, EMRS_TEXT_INIT("0123456789abcdef")},
        {"\"0123456789abcdef0\"", EMRS_VALUE_CUT, EMRS_TEXT_INIT("0123456789abcdef")},
        {"\"\\ud83d\\ude00\\\"\"", EMRS_VALUE_STRING, EMRS_TEXT_INIT("\xf0\x9f\x98\x80\"")},
        {"0", EMRS_VALUE_NUMBER, EMRS_TEXT_INIT("0")},
        {"-12.5e+3", EMRS_VALUE_NUMBER, EMRS_TEXT_INIT("-12.5e+3")},
        {"1.7E9", EMRS_VALUE_NUMBER, EMRS_TEXT_INIT("1.7E9")},
        {"123456789012345678901234", EMRS_VALUE_NUMBER, EMRS_TEXT_INIT("123456789012345678901234")},
        {"1234567890123456789012345", EMRS_VALUE_OTHER, EMRS_TEXT_INIT("")},
        {"true", EMRS_VALUE_OTHER, EMRS_TEXT_INIT("")},
        {"false", EMRS_VALUE_OTHER, EMRS_TEXT_INIT("")},
        {"null", EMRS_VALUE_NULL, EMRS_TEXT_INIT("")},
        {"{}", EMRS_VALUE_OTHER, EMRS_TEXT_INIT("")},
        {"{\"a\":\"x\",\"ab\":\"y\"}", EMRS_VALUE_OTHER, EMRS_TEXT_INIT("")},
        {"[]", EMRS_VALUE_OTHER, EMRS_TEXT_INIT("")},
        {"[\"x\",{\"abc\":\"z\"}]", EMRS_VALUE_OTHER, EMRS_TEXT_INIT("")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(of); i++) { /* between two strings, which must not change */
        char text[128];
        int size =
            snprintf(text, sizeof text, "{\"b\":\"x\\\"\",\"a\":%s,\"ab\":\"y\"}", of[i].value);
        reading r = read_document(sixteen, COUNT_OF(sixteen), (emrs_text){text, (size_t)size});
        check(&r, 0, of[i].kind, of[i].text);
        check(&r, 1, EMRS_VALUE_STRING, EMRS_TEXT("y"));
        check(&r, 2, EMRS_VALUE_ABSENT, EMRS_TEXT(""));
        check(&r, 3, EMRS_VALUE_STRING, EMRS_TEXT("x\""));
        free(r.out);
    }
}

static void test_no_members(void **state)
{
    (void)state;
    reading r = read_document(sixteen, 0, EMRS_TEXT("{\"a\":\"v\"}"));
    assert_int_equal(r.out_size, 0);
    free(r.out);
}

/* Checks what json.c relies on: the output is a list of a comma, a letter and one value, and jsmn
 * finds exactly one token in each value. */
static void check_tokens(emrs_text sieved, int wanted_count)
{
    size_t at = 0;
    int count = 0;
    for (; at < sieved.size; count++) {
        jsmntok_t token;
        jsmn_parser parser;
        assert_true(sieved.bytes[at] == ',' && sieved.bytes[at + 1] >= 'A');
        assert_true(sieved.bytes[at + 1] < 'A' + (int)EMRS_MEMBER_COUNT_MAX);
        at += 2;
        jsmn_init(&parser);
        int found = jsmn_parse(&parser, sieved.bytes + at, sieved.size - at, &token, 1);
        at += parser.pos - (found == JSMN_ERROR_NOMEM); /* back to the comma */
        assert_true(found == 1 || found == JSMN_ERROR_NOMEM);
        assert_true(token.type == JSMN_STRING || token.type == JSMN_PRIMITIVE);
        assert_int_equal(token.start, token.type == JSMN_STRING);
    }
    assert_int_equal(count, wanted_count);
}

static void test_contract_with_jsmn(void **state)
{
    static char document[80000];
    emrs_sieve sieve;
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++) {
        const json_vector *v = &json_vectors[i];
        size_t size = json_vector_size(v);
        assert_true(size <= sizeof document);
        json_vector_copy(v, 0, document, size);
        sieve_all(&sieve, json_members, JSON_MEMBER_COUNT, (emrs_text){document, size});
        int wanted_count = (v->values[JSON_APPLICATION_ID].kind != EMRS_VALUE_ABSENT)
                           + (v->values[JSON_JOB_RUN_ID].kind != EMRS_VALUE_ABSENT);
        if (emrs_sieve_end(&sieve) == EMRS_DONE)
            check_tokens(emrs_pen_text(&sieve.out), wanted_count);
    }
    sieve_all(
        &sieve, sixteen, COUNT_OF(sixteen),
        EMRS_TEXT("{\"a\":0,\"ab\":\"\",\"abc\":{\"a\":[]},\"b\":[1,2],\"ba\":\"\\\\\",\"A\":null,"
                  "\"a.b\":\"\\\"\",\"\xc3\xa9\":-1e5,\"c\":1,\"d\":\"2\",\"e\":3,\"f\":4,"
                  "\"g\":5,\"h\":6,\"i\":7,\"j\":8}"));
    assert_int_equal(emrs_sieve_end(&sieve), EMRS_DONE);
    check_tokens(emrs_pen_text(&sieve.out), COUNT_OF(sixteen));
}

/* Strings of one repeated unit: one unit less than the limit, as many as it allows, one more. */
static void test_hostile_units_at_the_limit(void **state)
{
    static const struct {
        const char *raw;
        emrs_text unit;
        size_t size; /* as the sieve passes it on */
    } of[] = {
        {"a", EMRS_TEXT_INIT("a"), 1},
        {"\\\"", EMRS_TEXT_INIT("\""), 2},
        {"\\\\", EMRS_TEXT_INIT("\\"), 2},
        {"\\u0022", EMRS_TEXT_INIT("\""), 2},
        {"\\n", EMRS_TEXT_INIT("\n"), 6},
        {"\\u0000", EMRS_TEXT_INIT("\0"), 6},
        {"\\u001F", EMRS_TEXT_INIT("\x1f"), 6},
        {"\x7f", EMRS_TEXT_INIT("\x7f"), 1},
        {"\xc3\xa9", EMRS_TEXT_INIT("\xc3\xa9"), 2},
        {"\\u20ac", EMRS_TEXT_INIT("\xe2\x82\xac"), 3},
        {"\\ud83d\\ude00", EMRS_TEXT_INIT("\xf0\x9f\x98\x80"), 4},
    };
    enum { UNITS = EMRS_MESSAGE_SIZE_MIN + 44 };
    static char text[UNITS * 16], expected[UNITS * 4];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(of); i++)
        for (size_t limit = of[i].size; limit <= EMRS_MESSAGE_SIZE_MIN;
             limit += limit < 60 ? 1 : 49)
            for (size_t fits = limit / of[i].size, count = fits - 1; count <= fits + 1; count++) {
                const emrs_member member = {.name = EMRS_TEXT_INIT("m"),
                                            .size_max = (uint16_t)limit};
                size_t kept = count < fits ? count : fits;
                int size = snprintf(text, sizeof text, "{\"m\":\"");
                for (size_t n = 0; n < count; n++)
                    size += snprintf(text + size, sizeof text - (size_t)size, "%s", of[i].raw);
                size += snprintf(text + size, sizeof text - (size_t)size, "\"}");
                for (size_t n = 0; n < kept; n++)
                    memcpy(expected + n * of[i].unit.size, of[i].unit.bytes, of[i].unit.size);
                reading r = read_document(&member, 1, (emrs_text){text, (size_t)size});
                check(&r, 0, count > fits ? EMRS_VALUE_CUT : EMRS_VALUE_STRING,
                      (emrs_text){expected, kept * of[i].unit.size});
                free(r.out);
            }
}

/* Every byte below 0x80 is read as itself, escaped if JSON requires that. */
static void test_every_ascii_byte(void **state)
{
    static const emrs_member member = {.name = EMRS_TEXT_INIT("m"), .size_max = 6};
    (void)state;
    for (unsigned byte = 0; byte < 0x80; byte++) {
        char text[32], c = (char)byte;
        int size = snprintf(text, sizeof text, "{\"m\":\"\\u%04x\"}", byte);
        reading r = read_document(&member, 1, (emrs_text){text, (size_t)size});
        check(&r, 0, EMRS_VALUE_STRING, (emrs_text){&c, 1});
        free(r.out);
    }
}

/* Random strings, escaped at random */

static uint32_t seed = 0x6a736f6eu;

static uint32_t random_below(uint32_t bound)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % bound;
}

typedef struct {
    emrs_pen document, expected;
    size_t passed_size, limit;
    bool cut;
} strings;

/* Adds a character to the document, escaped or not, and to the expected value. */
static void put_character(strings *s)
{
    static const char characters[] = "\"\\/ \b\f\n\r\t\0\x01\x1f\x7f"
                                     "aZ0u";
    static const char shorts[] = "\"\\/\b\f\n\r\t", letters[] = "\"\\/bfnrt";
    char c = characters[random_below(sizeof characters - 1)];
    const char *found = c != '\0' ? strchr(shorts, c) : NULL;
    bool must = (unsigned char)c < ' ' || c == '"' || c == '\\';
    size_t passed_size = (unsigned char)c < ' ' ? 6 : must ? 2 : 1;
    if (found != NULL && random_below(2) == 0) {
        emrs_put_byte(&s->document, '\\');
        emrs_put_byte(&s->document, letters[found - shorts]);
    } else if (must || random_below(4) == 0) {
        char escape[8];
        size_t size = (size_t)snprintf(escape, sizeof escape,
                                       random_below(2) == 0 ? "\\u%04x" : "\\u%04X", (unsigned)c);
        emrs_put(&s->document, (emrs_text){escape, size});
    } else {
        emrs_put_byte(&s->document, c);
    }
    s->cut = s->cut || s->passed_size + passed_size > s->limit;
    if (!s->cut)
        emrs_put_byte(&s->expected, c);
    s->passed_size += passed_size;
}

static void test_random_strings(void **state)
{
    static char document[16384], expected[EMRS_MEMBER_COUNT_MAX][512];
    (void)state;
    printf("# seed 0x%08x\n", (unsigned)seed);
    for (int times = 0; times < 1500; times++) {
        emrs_member members[EMRS_MEMBER_COUNT_MAX];
        strings of[EMRS_MEMBER_COUNT_MAX];
        emrs_pen pen = emrs_pen_on(document, sizeof document);
        for (size_t i = 0; i < COUNT_OF(sixteen); i++) {
            members[i] = (emrs_member){.name = sixteen[i].name,
                                       .size_max = (uint16_t)(1 + random_below(60))};
            emrs_put(&pen, i == 0 ? EMRS_TEXT("{\"") : EMRS_TEXT(",\""));
            emrs_put(&pen, members[i].name);
            emrs_put(&pen, EMRS_TEXT("\":\""));
            of[i] = (strings){.document = pen,
                              .expected = emrs_pen_on(expected[i], sizeof expected[i]),
                              .limit = members[i].size_max};
            for (uint32_t count = random_below(30); count > 0; count--)
                put_character(&of[i]);
            pen = of[i].document;
            emrs_put(&pen, EMRS_TEXT("\""));
        }
        emrs_put(&pen, EMRS_TEXT("}"));
        reading r = read_document(members, COUNT_OF(sixteen), emrs_pen_text(&pen));
        for (size_t i = 0; i < COUNT_OF(sixteen); i++)
            check(&r, i, of[i].cut ? EMRS_VALUE_CUT : EMRS_VALUE_STRING,
                  emrs_pen_text(&of[i].expected));
        free(r.out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_in_the_members_order),
        cmocka_unit_test(test_each_alone),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_no_members),
        cmocka_unit_test(test_contract_with_jsmn),
        cmocka_unit_test(test_hostile_units_at_the_limit),
        cmocka_unit_test(test_every_ascii_byte),
        cmocka_unit_test(test_random_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
