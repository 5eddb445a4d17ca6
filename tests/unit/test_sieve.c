/* SPDX-License-Identifier: MIT */
/* The sieve: every vector in all segments, every short document, every byte in every state. */
#include "unit.h"

#include "errors.h"
#include "emrs_config.h"
#include "sieve.h"
#include "support/guard.h"
#include "vectors/json.h"

/* Documents */

/* A larger document is not split at every place, as that costs size x size. */
#define SPLIT_SIZE_MAX 600u

static char document[80000];

static size_t load(const json_vector *vector)
{
    size_t size = json_vector_size(vector);
    assert_true(size <= sizeof document);
    json_vector_copy(vector, 0, document, size);
    return size;
}

/* ret: a buffer of this size before an inaccessible page */
static emrs_pen guarded(size_t size)
{
    guard pages = guard_open(size);
    assert_non_null(pages.bytes);
    return emrs_pen_on(pages.bytes + pages.size - size, size);
}

static void run(const json_vector *vector, json_cutter *cut, void *state)
{
    static emrs_pen window;
    if (window.size == 0)
        window = guarded(sizeof document);
    const char *wrong = json_vector_run(vector, window, cut, state);
    if (wrong != NULL)
        fail_msg("%s: %s", vector->name, wrong);
}

static void test_table(void **state)
{
    static const uint8_t faults[] = {78, 87, 88, 89, 90, 91, 92, 93, 94, 95};
    (void)state;
    assert_true(json_vector_count >= 200);
    for (size_t f = 0; f < COUNT_OF(faults); f++) {
        size_t count = 0;
        for (size_t i = 0; i < json_vector_count; i++)
            count += json_vectors[i].fault == faults[f];
        assert_int_not_equal(count, 0);
    }
    for (size_t i = 0; i < json_vector_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(json_vectors[i].name, json_vectors[j].name) == 0)
                fail_msg("two vectors are called %s", json_vectors[i].name);
}

/* Segmentations */

static void test_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++)
        run(&json_vectors[i], json_cut_nowhere, NULL);
}

static void test_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++)
        run(&json_vectors[i], json_cut_bytes, NULL);
}

typedef struct {
    size_t first;
    bool done;
} split;

static size_t cut_once(void *state, size_t left)
{
    split *at = state;
    size_t size = at->done ? left : at->first;
    at->done = true;
    return size;
}

/* ret: the next place to split at: all of a short document; of a long one the ends, and some
 *      between */
static size_t next_place(size_t at, size_t size)
{
    bool near_an_end = at < 30 || at + 30 >= size;
    return size <= SPLIT_SIZE_MAX || near_an_end ? at + 1 : at + 1 + size / 20;
}

static void test_every_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++) {
        size_t size = json_vector_size(&json_vectors[i]);
        for (size_t at = 0; at <= size; at = next_place(at, size))
            run(&json_vectors[i], cut_once, &(split){.first = at});
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Cuts mostly tiny pieces, sometimes an empty or a large one. */
static size_t cut_randomly(void *state, size_t left)
{
    uint32_t random = next_random(state);
    (void)left;
    return random % 16 == 0 ? random >> 8 & 0x1fffu : random >> 8 & 7u;
}

static void test_random_pieces(void **state)
{
    uint32_t seed = 0x656d7273u;
    (void)state;
    printf("# seed 0x%08x\n", (unsigned)seed);
    for (size_t i = 0; i < json_vector_count; i++)
        for (int times = json_vector_size(&json_vectors[i]) <= SPLIT_SIZE_MAX ? 50 : 3; times > 0;
             times--)
            run(&json_vectors[i], cut_randomly, &seed);
}

/* Compares all that the next byte can depend on: everything except the address of the output. */
static bool is_same(const emrs_sieve *a, const emrs_sieve *b)
{
    return a->error == b->error && a->state == b->state && a->depth == b->depth
           && a->stack == b->stack && a->point == b->point && a->high == b->high
           && a->matching == b->matching && a->seen == b->seen && a->cut == b->cut
           && a->inside == b->inside && a->inside_depth == b->inside_depth && a->room == b->room
           && a->member == b->member && a->left == b->left && a->point_size == b->point_size
           && a->at == b->at && a->in_key == b->in_key && a->passing == b->passing
           && a->out.used == b->out.used && memcmp(a->out.bytes, b->out.bytes, a->out.used) == 0;
}

/* To take many bytes at once gives the same state as to take them one by one. By induction, no two
 * ways to split a document can differ. */
static void test_many_bytes_are_taken_like_one_by_one(void **state)
{
    char out[2][256];
    emrs_sieve bytewise, run_of;
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++) {
        size_t size = load(&json_vectors[i]);
        emrs_sieve_init(&bytewise, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out[0], 256));
        for (size_t end = 0; end <= size && end <= SPLIT_SIZE_MAX; end++) {
            emrs_sieve_init(&run_of, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out[1], 256));
            emrs_sieve_take(&run_of, document, end);
            if (!is_same(&bytewise, &run_of))
                fail_msg("%s: differs after %u bytes", json_vectors[i].name, (unsigned)end);
            emrs_sieve_take(&bytewise, document + end, end < size);
        }
    }
}

/* Documents that differ from the vectors */

static int sieve(const emrs_member *members, uint8_t count, emrs_text text, emrs_text *sieved)
{
    static char out[2048];
    emrs_sieve s;
    emrs_sieve_init(&s, members, count, emrs_pen_on(out, sizeof out));
    emrs_sieve_take(&s, text.bytes, text.size);
    int code = emrs_sieve_end(&s);
    *sieved = emrs_pen_text(&s.out);
    return code;
}

static int sieve_ids(const char *bytes, size_t size)
{
    emrs_text sieved;
    return sieve(json_members, JSON_MEMBER_COUNT, (emrs_text){bytes, size}, &sieved);
}

/* A document without its last bytes is refused, even if only one is missing. White space after
 * it may be missing. */
static void test_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++) {
        if (json_vectors[i].verdict != JSON_ACCEPTED)
            continue;
        size_t size = load(&json_vectors[i]), end = size;
        while (document[end - 1] != '}')
            end--;
        for (size_t at = 0; at < size; at = next_place(at, size))
            if ((sieve_ids(document, at) == EMRS_DONE) != (at >= end))
                fail_msg("%s: wrong when cut at %u", json_vectors[i].name, (unsigned)at);
    }
}

/* An error is reported at the first byte with which the document cannot be valid. */
#define OPEN_31 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["

static void test_error_at_its_byte(void **state)
{
    static const struct {
        emrs_text good, bad;
    } rows[] = {
        {EMRS_TEXT_INIT("{\"x\":" OPEN_31), EMRS_TEXT_INIT("[")},
        {EMRS_TEXT_INIT("{\"x\":" OPEN_31), EMRS_TEXT_INIT("{")},
        {EMRS_TEXT_INIT("{\"x\":[1"), EMRS_TEXT_INIT("}")},
        {EMRS_TEXT_INIT("{\"x\":{\"y\":1"), EMRS_TEXT_INIT("]")},
        {EMRS_TEXT_INIT("{\"x\":\""), EMRS_TEXT_INIT("\x1f")},
        {EMRS_TEXT_INIT("{\"x\":\"\xc3"), EMRS_TEXT_INIT("a")},
        {EMRS_TEXT_INIT("{\"x\":\"\xe0\x80"), EMRS_TEXT_INIT("\x80")},
        {EMRS_TEXT_INIT("{\"x\":\"\xed\xa0"), EMRS_TEXT_INIT("\x80")},
        {EMRS_TEXT_INIT("{\"x\":\"\xf4\x90\x80"), EMRS_TEXT_INIT("\x80")},
        {EMRS_TEXT_INIT("{\"x\":\"\\"), EMRS_TEXT_INIT("x")},
        {EMRS_TEXT_INIT("{\"x\":\"\\udc0"), EMRS_TEXT_INIT("0")},
        {EMRS_TEXT_INIT("{\"x\":\"\\ud800"), EMRS_TEXT_INIT("a")},
        {EMRS_TEXT_INIT("{\"x\":\"\\ud800\\"), EMRS_TEXT_INIT("n")}, /* no low surrogate follows */
        {EMRS_TEXT_INIT("{\"x\":\"\\ud800\\ud80"), EMRS_TEXT_INIT("0")},
        {EMRS_TEXT_INIT("{\"jobRunId\":1,\"jobRunId"), EMRS_TEXT_INIT("\"")},
    };
    char out[256];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_sieve s;
        emrs_sieve_init(&s, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out, sizeof out));
        emrs_sieve_take(&s, rows[i].good.bytes, rows[i].good.size);
        assert_int_equal(s.error, 0);
        emrs_sieve_take(&s, rows[i].bad.bytes, rows[i].bad.size);
        assert_int_equal(s.error, EMRS_E_JSON);
    }
}

/* Bytes after an error change nothing. */
static void test_error_sticks(void **state)
{
    char out[256];
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++) {
        size_t size = load(&json_vectors[i]), at = 0;
        emrs_sieve s, before;
        emrs_sieve_init(&s, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out, sizeof out));
        while (at < size && s.error == 0)
            emrs_sieve_take(&s, document + at++, 1);
        if (s.error == 0)
            continue;
        assert_int_equal(s.error, EMRS_E_JSON);
        before = s;
        emrs_sieve_take(&s, document + at, size - at);
        emrs_sieve_take(&s, EMRS_TEXT("{\"jobRunId\":\"r\"}").bytes, 16);
        assert_int_equal(emrs_sieve_end(&s), EMRS_E_JSON);
        assert_true(is_same(&s, &before));
    }
}

/* Unwanted members are skipped by other code, but checked in the same way. The only
 * difference: there a member may occur twice. */
static void test_unwanted_members_are_checked_alike(void **state)
{
    static const emrs_member others[] = {{.name = EMRS_TEXT_INIT("other"), .size_max = 64}};
    emrs_text sieved;
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++) {
        const json_vector *v = &json_vectors[i];
        bool accepted = v->verdict == JSON_ACCEPTED || (v->fault == 90 && v->outermost);
        size_t size = load(v);
        for (uint8_t count = 0; count <= 1; count++) {
            int code = sieve(others, count, (emrs_text){document, size}, &sieved);
            if ((code == EMRS_DONE) != accepted || (accepted && sieved.size > 0))
                fail_msg("%s: another result in an unwanted member", v->name);
        }
    }
}

/* As the value of a member, invalid JSON is refused too, and names inside it never count. */
static void test_nested_values_are_checked_alike(void **state)
{
    const emrs_text before = EMRS_TEXT("{\"w\":"), after = EMRS_TEXT(",\"jobRunId\":\"r\"}");
    emrs_text sieved;
    (void)state;
    for (size_t i = 0; i < json_vector_count; i++) {
        const json_vector *v = &json_vectors[i];
        bool is_deep =
            v->verdict == JSON_ACCEPTED && v->fault == 89 && strstr(v->name, "32") != NULL;
        bool accepted = (v->verdict == JSON_ACCEPTED && !is_deep) || v->outermost;
        size_t size = load(v);
        assert_true(before.size + size + after.size <= sizeof document);
        memmove(document + before.size, document, size);
        memcpy(document, before.bytes, before.size);
        memcpy(document + before.size + size, after.bytes, after.size);
        int code = sieve(json_members, JSON_MEMBER_COUNT,
                         (emrs_text){document, before.size + size + after.size}, &sieved);
        if ((code == EMRS_DONE) != accepted
            || (accepted && !emrs_text_is(sieved, EMRS_TEXT(",B\"r\""))))
            fail_msg("%s: another result as a member's value", v->name);
    }
}

/* Every byte in every state */

#define SPACE " \t\n\r"
#define DIGITS "0123456789"

static const struct {
    const char *before, *may_follow;
} states[] = {
    {"", SPACE "{"},
    {" ", SPACE "{"},
    {"{", SPACE "\"}"},
    {"{ ", SPACE "\"}"},
    {"{\"a\"", SPACE ":"},
    {"{\"a\":", SPACE "\"{[-tfn" DIGITS},
    {"{\"a\": ", SPACE "\"{[-tfn" DIGITS},
    {"{\"a\":\"\"", SPACE ",}"},
    {"{\"a\":\"\" ", SPACE ",}"},
    {"{\"a\":\"\",", SPACE "\""},
    {"{\"a\":[", SPACE "\"{[]-tfn" DIGITS},
    {"{\"a\":[\"\"", SPACE ",]"},
    {"{\"a\":[\"\",", SPACE "\"{[-tfn" DIGITS},
    {"{\"a\":[]", SPACE ",}"},
    {"{\"a\":{}", SPACE ",}"},
    {"{\"a\":[{}", SPACE ",]"},
    {"{\"a\":[[]", SPACE ",]"},
    {"{}", SPACE},
    {"{\"a\":[]}", SPACE},
    {"{\"a\":t", "r"},
    {"{\"a\":tr", "u"},
    {"{\"a\":tru", "e"},
    {"{\"a\":true", SPACE ",}"},
    {"{\"a\":f", "a"},
    {"{\"a\":fa", "l"},
    {"{\"a\":fal", "s"},
    {"{\"a\":fals", "e"},
    {"{\"a\":false", SPACE ",}"},
    {"{\"a\":n", "u"},
    {"{\"a\":nu", "l"},
    {"{\"a\":nul", "l"},
    {"{\"a\":null", SPACE ",}"},
    {"{\"a\":-", DIGITS},
    {"{\"a\":0", SPACE ",}.eE"},
    {"{\"a\":-0", SPACE ",}.eE"},
    {"{\"a\":1", SPACE ",}.eE" DIGITS},
    {"{\"a\":[1", SPACE ",].eE" DIGITS},
    {"{\"a\":10", SPACE ",}.eE" DIGITS},
    {"{\"a\":1.", DIGITS},
    {"{\"a\":1.0", SPACE ",}eE" DIGITS},
    {"{\"a\":1e", "+-" DIGITS},
    {"{\"a\":1.5E", "+-" DIGITS},
    {"{\"a\":1e+", DIGITS},
    {"{\"a\":1e-", DIGITS},
    {"{\"a\":1e0", SPACE ",}" DIGITS},
    {"{\"a\":1e+00", SPACE ",}" DIGITS},
    {"{\"a\":\"\\", "\"\\/bfnrtu"},
    {"{\"\\", "\"\\/bfnrtu"},
    {"{\"a\":\"\\u", DIGITS "abcdefABCDEF"},
    {"{\"a\":\"\\u00", DIGITS "abcdefABCDEF"},
    {"{\"a\":\"\\u000", DIGITS "abcdefABCDEF"},
    {"{\"a\":\"\\ud", DIGITS "abcdefABCDEF"},
    {"{\"a\":\"\\ud80", DIGITS "abcdefABCDEF"},
    {"{\"a\":\"\\udc0", ""}, /* a low surrogate first: any digit completes the error */
    {"{\"a\":\"\\ud800", "\\"},
    {"{\"a\":\"\\ud800\\", "u"},
    {"{\"a\":\"\\ud800\\u", DIGITS "abcdefABCDEF"},
    {"{\"a\":\"\\ud800\\udc0", DIGITS "abcdefABCDEF"},
    {"{\"a\":\"\\ud800\\ud80", ""},
    {"{\"a\":\"\\ud800\\u006", ""},
};

static void test_every_byte_in_every_state(void **state)
{
    char out[256];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(states); i++)
        for (int byte = 0; byte < 256; byte++) {
            emrs_sieve s;
            char c = (char)byte;
            emrs_sieve_init(&s, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out, sizeof out));
            emrs_sieve_take(&s, states[i].before, strlen(states[i].before));
            assert_int_equal(s.error, 0);
            emrs_sieve_take(&s, &c, 1);
            bool may = byte != 0 && strchr(states[i].may_follow, byte) != NULL;
            if (may != (s.error == 0))
                fail_msg("byte 0x%02x after %s", (unsigned)byte, states[i].before);
        }
}

/* Strings, all of them */

/* The state inside a string: of a wanted member, of an unwanted one, of a key. */
static const char *const strings[] = {"{\"jobRunId\":\"", "{\"a\":\"", "{\"", "{\"a\":[\""};

static void start(emrs_sieve *s, const char *before, char *out, size_t size)
{
    emrs_sieve_init(s, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out, size));
    emrs_sieve_take(s, before, strlen(before));
}

/* Writes the code point as UTF-8 of `size` bytes, also if that is the wrong size. */
static void spread(uint32_t point, size_t size, char bytes[4])
{
    static const unsigned leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t at = size - 1; at > 0; at--, point >>= 6)
        bytes[at] = (char)(0x80u | (point & 0x3fu));
    bytes[0] = (char)(leads[size] | point);
}

static bool is_character(uint32_t point, size_t size)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return point >= least[size] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

static void check_utf8(uint32_t point, size_t size)
{
    char bytes[4], out[64];
    emrs_sieve s;
    spread(point, size, bytes);
    for (size_t i = 0; i < COUNT_OF(strings); i++) {
        start(&s, strings[i], out, sizeof out);
        size_t used = s.out.used;
        emrs_sieve_take(&s, bytes, size);
        if ((s.error == 0) != is_character(point, size))
            fail_msg("U+%x in %u bytes", (unsigned)point, (unsigned)size);
        if (i == 0 && s.error == 0)
            assert_memory_equal(out + used, bytes, size);
    }
}

/* Every value of each size. Of four bytes only those whose last byte is at an end of its range. */
static void test_every_utf8(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x800; point++)
        check_utf8(point, 2);
    for (uint32_t point = 0; point < 0x10000; point++)
        check_utf8(point, 3);
    for (uint32_t high = 0; high < 0x8000; high++)
        check_utf8(high << 6 | (high & 1) * 0x3f, 4);
}

/* One byte after a string's quote: control bytes, continuations and impossible leads are refused.
 */
static void test_every_first_byte_of_a_string(void **state)
{
    char out[64];
    emrs_sieve s;
    (void)state;
    for (int byte = 0; byte < 256; byte++)
        for (size_t i = 0; i < COUNT_OF(strings); i++) {
            char c = (char)byte;
            bool may = byte >= 0x20 && (byte < 0x80 || (byte >= 0xc2 && byte <= 0xf4));
            start(&s, strings[i], out, sizeof out);
            emrs_sieve_take(&s, &c, 1);
            assert_int_equal(s.error == 0, may);
        }
}

static void take_escape(emrs_sieve *s, unsigned unit, const char *format)
{
    char bytes[8];
    emrs_sieve_take(s, bytes, (size_t)snprintf(bytes, sizeof bytes, format, unit));
}

static void test_every_escape(void **state)
{
    char out[64], bytes[4];
    emrs_sieve s;
    (void)state;
    for (uint32_t unit = 0; unit < 0x10000; unit++) {
        size_t size = unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
        start(&s, strings[0], out, sizeof out);
        size_t used = s.out.used;
        take_escape(&s, unit, unit & 1 ? "\\u%04x" : "\\u%04X");
        emrs_sieve_take(&s, "\"", 1);
        assert_int_equal(s.error == 0, unit < 0xd800 || unit > 0xdfff);
        if (s.error < 0 || unit < ' ' || unit == '"' || unit == '\\')
            continue;
        spread(unit, size, bytes);
        if (size == 1)
            bytes[0] = (char)unit;
        assert_int_equal(s.out.used, used + size + 1);
        assert_memory_equal(out + used, bytes, size);
    }
}

static void check_pair(uint32_t high, uint32_t low)
{
    char out[64], bytes[4];
    emrs_sieve s;
    start(&s, strings[0], out, sizeof out);
    size_t used = s.out.used;
    take_escape(&s, high, "\\u%04x");
    take_escape(&s, low, "\\u%04x");
    assert_int_equal(s.error == 0, low >= 0xdc00 && low <= 0xdfff);
    if (s.error < 0)
        return;
    spread(0x10000u + (high - 0xd800u) * 0x400u + (low - 0xdc00u), 4, bytes);
    assert_int_equal(s.out.used, used + 4);
    assert_memory_equal(out + used, bytes, 4);
}

static void test_every_pair(void **state)
{
    static const uint16_t lows[] = {0, 'a', 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xddab, 0xdfff, 0xe000};
    (void)state;
    for (uint32_t high = 0xd800; high <= 0xdbff; high++)
        for (size_t i = 0; i < COUNT_OF(lows); i++)
            check_pair(high, lows[i]);
    for (uint32_t low = 0; low < 0x10000; low++)
        check_pair(0xd83d, low);
}

/* Numbers, all of up to six characters of "019-+.eE" */

static const char *digits_of(const char *at)
{
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

/* RFC 8259, section 6, written in another way than in sieve.c. */
static bool is_number(const char *at)
{
    at += *at == '-';
    const char *end = digits_of(at);
    if (end == at || (*at == '0' && end > at + 1))
        return false;
    at = end;
    if (*at == '.' && (end = digits_of(at + 1)) == at + 1)
        return false;
    at = end;
    if (*at == 'e' || *at == 'E') {
        at += at[1] == '+' || at[1] == '-' ? 2 : 1;
        if ((end = digits_of(at)) == at)
            return false;
    }
    return *end == '\0';
}

static void test_every_short_number(void **state)
{
    static const char alphabet[] = "01-+.e";
    enum { SIZE = 7, BASE = sizeof alphabet - 1 };
    (void)state;
    for (uint32_t size = 1, count = BASE; size < SIZE; size++, count *= BASE)
        for (uint32_t at = 0; at < count; at++) {
            char number[SIZE + 1] = "", text[32];
            uint32_t left = at;
            for (uint32_t i = 0; i < size; i++, left /= BASE)
                number[i] = alphabet[left % BASE];
            int text_size = snprintf(text, sizeof text, "{\"a\":%s}", number);
            if ((sieve_ids(text, (size_t)text_size) == EMRS_DONE) != is_number(number))
                fail_msg("number %s", number);
        }
}

/* Structure: every document of up to TOKENS tokens. A simple parser accepts all that the sieve
 * accepts, and the sieve accepts as many documents as the grammar has. So it accepts exactly
 * those. */

enum { TOKENS = 15 };
static const char *const tokens[] = {"{", "}", "[", "]", ",", ":", "\"\"", "0"};

static const char *read_value(const char *at);

/* in: at the first element; ret: after the closing bracket; NULL on error */
static const char *read_elements(const char *at, char close)
{
    for (;; at++) {
        if (close == '}') {
            if (strncmp(at, "\"\":", 3) != 0)
                return NULL;
            at += 3;
        }
        if ((at = read_value(at)) == NULL)
            return NULL;
        if (*at != ',')
            return *at == close ? at + 1 : NULL;
    }
}

static const char *read_value(const char *at)
{
    char close = *at == '{' ? '}' : *at == '[' ? ']' : '\0';
    if (close != '\0')
        return at[1] == close ? at + 2 : read_elements(at + 1, close);
    if (*at == '0')
        return at + 1;
    return strncmp(at, "\"\"", 2) == 0 ? at + 2 : NULL;
}

static uint32_t accepted_counts[TOKENS + 1];

static void try_all(const emrs_sieve *before, char *text, size_t size, int count)
{
    emrs_sieve s = *before;
    if (emrs_sieve_end(&s) == EMRS_DONE) {
        text[size] = '\0';
        const char *end = text[0] == '{' ? read_value(text) : NULL;
        if (end != text + size)
            fail_msg("accepted: %s", text);
        accepted_counts[count]++;
    }
    for (size_t i = 0; count < TOKENS && i < COUNT_OF(tokens); i++) {
        size_t token_size = strlen(tokens[i]);
        s = *before;
        emrs_sieve_take(&s, tokens[i], token_size);
        memcpy(text + size, tokens[i], token_size);
        if (s.error == 0)
            try_all(&s, text, size + token_size, count + 1);
    }
}

/* Counts the documents of n tokens by the grammar: a list is one element, or one, a comma and a
 * list. */
static void count_documents(uint32_t objects[TOKENS + 1])
{
    uint32_t values[TOKENS + 1] = {0}, elements[TOKENS + 1] = {0}, members[TOKENS + 1] = {0};
    for (int n = 1; n <= TOKENS; n++) {
        objects[n] = n == 2 ? 1 : n > 2 ? members[n - 2] : 0;
        uint32_t arrays = n == 2 ? 1 : n > 2 ? elements[n - 2] : 0;
        values[n] = (n == 1 ? 2 : 0) + objects[n] + arrays;
        elements[n] = values[n];
        members[n] = n > 2 ? values[n - 2] : 0;
        for (int first = 1; first < n - 1; first++) {
            elements[n] += values[first] * elements[n - 1 - first];
            members[n] += first > 2 ? values[first - 2] * members[n - 1 - first] : 0;
        }
    }
}

static void test_every_short_structure(void **state)
{
    char text[2 * TOKENS + 1], out[64];
    uint32_t counts[TOKENS + 1] = {0};
    emrs_sieve s;
    (void)state;
    emrs_sieve_init(&s, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out, sizeof out));
    try_all(&s, text, 0, 0);
    count_documents(counts);
    assert_int_equal(counts[2], 1);     /* {} */
    assert_int_equal(counts[5], 2);     /* {"":0}, {"":""} */
    assert_int_equal(counts[6], 2);     /* {"":{}}, {"":[]} */
    assert_int_equal(counts[9], 4 + 8); /* of two members, of one */
    for (int n = 0; n <= TOKENS; n++)
        assert_int_equal(accepted_counts[n], counts[n]);
}

/* Sizes */

static void test_sizes(void **state)
{
    static const emrs_cancel_job_run_input input = {EMRS_TEXT_INIT("a"), EMRS_TEXT_INIT("b"),
                                                    EMRS_GRACE_ABSENT, 0};
    static const emrs_credentials credentials = {
        EMRS_TEXT_INIT("AKID"), EMRS_TEXT_INIT("secret"), {NULL, 0}, 0, 0};
    static char work[EMRS_WORK_SIZE];
    emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                          .credentials = &credentials,
                          .work = work,
                          .work_size = sizeof work};
    emrs_client client;
    emrs_call call;
    emrs_result result;
    (void)state;
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_DONE);
    assert_int_equal(emrs_cancel_job_run_start(&call, &client, &input, &result), EMRS_DONE);
    const emrs_operation *operation = call.operation;
    assert_int_equal(operation->member_count, JSON_MEMBER_COUNT);
    for (int i = 0; i < JSON_MEMBER_COUNT; i++) { /* the vectors need the real members */
        assert_true(emrs_text_is(operation->members[i].name, json_members[i].name));
        assert_int_equal(operation->members[i].size_max, json_members[i].size_max);
    }
    assert_true(emrs_sieve_size(operation->members, JSON_MEMBER_COUNT) <= EMRS_SIEVED_SIZE);
    assert_true(emrs_sieve_size(emrs_error_members, EMRS_ERROR_MEMBER_COUNT) <= EMRS_SIEVED_SIZE);
}

static const emrs_member tight[] = {
    {.name = EMRS_TEXT_INIT("a"), .size_max = 1},   {.name = EMRS_TEXT_INIT("ab"), .size_max = 2},
    {.name = EMRS_TEXT_INIT("abc"), .size_max = 3}, {.name = EMRS_TEXT_INIT("b"), .size_max = 24},
    {.name = EMRS_TEXT_INIT("c"), .size_max = 25},  {.name = EMRS_TEXT_INIT("d"), .size_max = 26},
    {.name = EMRS_TEXT_INIT("e"), .size_max = 30},  {.name = EMRS_TEXT_INIT("f"), .size_max = 36},
};

/* With every kind of value in every member at once, the output is never larger than
 * emrs_sieve_size. Numbers use all of it, except the room for quotes and for strings of more than
 * 24 bytes. */
static void test_output_never_outgrows_its_size(void **state)
{
    static const char *const values[] = {"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
                                         "\"\\u0000\\u0000\\u0000\"",
                                         "\"\\\"\\\"\\\"\\\"\\\"\\\"\"",
                                         "\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"",
                                         "1234567890123456789012345",
                                         "false",
                                         "null",
                                         "{\"a\":[]}",
                                         "[[]]",
                                         "\"\"",
                                         "\"a\\u0000b\\\\\xc3\xa9\""};
    enum { COUNT = COUNT_OF(tight) };
    size_t size = emrs_sieve_size(tight, COUNT), largest = 0;
    emrs_pen out = guarded(size);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        emrs_sieve s;
        int used = 0;
        emrs_sieve_init(&s, tight, COUNT, out);
        for (int m = 0; m < COUNT; m++)
            used += snprintf(document + used, sizeof document - (size_t)used, "%c\"%s\":%s",
                             m == 0 ? '{' : ',', tight[m].name.bytes, values[i]);
        emrs_sieve_take(&s, document, (size_t)used);
        emrs_sieve_take(&s, "}", 1);
        assert_int_equal(emrs_sieve_end(&s), EMRS_DONE);
        assert_false(emrs_pen_full(&s.out));
        largest = s.out.used > largest ? s.out.used : largest;
    }
    assert_int_equal(size - largest, COUNT * 2 + (25 - 24) + (26 - 24) + (30 - 24) + (36 - 24));
}

/* Two members with two names each. The second one may use the rest of a larger output. */
static const emrs_member shared[] = {
    {.name = EMRS_TEXT_INIT("a"), .size_max = 3},
    {.name = EMRS_TEXT_INIT("b")},
    {.name = EMRS_TEXT_INIT("c"), .size_max = 4, .takes_more = true},
    {.name = EMRS_TEXT_INIT("d")}};

static const struct {
    const char *document, *passed;
    size_t more; /* bytes of output beyond what is needed */
} shared_rows[] = {
    {"{\"a\":\"123\",\"b\":\"456\"}", ",A\"123\"", 0},
    {"{\"b\":\"456\",\"a\":\"123\"}", ",B\"456\"", 0},
    {"{\"b\":\"4567\",\"a\":\"123\"}", ",B\"456\"", 0},
    {"{\"a\":\"\",\"b\":\"456\"}", ",A\"\",B\"456\"", 0},
    {"{\"a\":7,\"b\":\"456\"}", ",A7,B\"456\"", 0},
    {"{\"a\":1234,\"b\":-5.6e-7}", ",A1234,B-5.6e-7", 0},
    {"{\"a\":\"1\",\"b\":[\"456\"],\"c\":\"x\"}", ",A\"1\",C\"x\"", 0},
    {"{\"a\":{\"b\":\"1\"},\"b\":\"456\"}", ",At,B\"456\"", 0},
    {"{\"d\":\"12345\",\"a\":\"1234\"}", ",D\"1234\",A\"123\"", 0},
    {"{\"d\":\"12345\",\"a\":\"1234\"}", ",D\"12345\",A\"123\"", 1},
    {"{\"d\":\"\",\"c\":\"123456789\"}", ",D\"\",C\"1234567\"", 3},
    {"{\"a\":\"1\",\"b\":\"2\",\"b\":\"3\"}", NULL, 0}, /* the same name twice is refused */
    {"{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}", NULL, 0},
};

static void test_names_that_share_a_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shared_rows); i++) {
        const char *text = shared_rows[i].document, *passed = shared_rows[i].passed;
        size_t size = emrs_sieve_size(shared, COUNT_OF(shared)) + shared_rows[i].more;
        emrs_sieve s;
        emrs_sieve_init(&s, shared, COUNT_OF(shared), guarded(size));
        s.more = (uint32_t)shared_rows[i].more;
        emrs_sieve_take(&s, text, strlen(text));
        assert_int_equal(emrs_sieve_end(&s), passed != NULL ? EMRS_DONE : EMRS_E_JSON);
        if (passed != NULL && !emrs_text_spells(emrs_pen_text(&s.out), passed))
            fail_msg("%s: %.*s", text, (int)s.out.used, s.out.bytes);
    }
}

/* If the output is too small, the sieve writes nothing past it, and counts the size that it
 * needs. */
static void test_too_little_room_is_an_error(void **state)
{
    static const char answer[] = "{\"applicationId\":\"1\",\"jobRunId\":\"2\"}";
    const size_t needed = sizeof ",A\"1\",B\"2\"" - 1;
    (void)state;
    for (size_t room = 0; room < needed + 2; room++) {
        emrs_sieve s;
        emrs_sieve_init(&s, json_members, JSON_MEMBER_COUNT, guarded(room));
        emrs_sieve_take(&s, answer, sizeof answer - 1);
        assert_int_equal(emrs_sieve_end(&s), room < needed ? EMRS_E_SPACE : EMRS_DONE);
        assert_int_equal(s.out.used, needed);
    }
}

/* Members inside objects, as in an answer of GetJobRun */

enum { RUN, STATE, USED, HOURS, GB, NAME, PATH_COUNT };
static const emrs_member paths[PATH_COUNT] = {
    [RUN] = {.name = EMRS_TEXT_INIT("jobRun"), .size_max = 1},
    [STATE] = {.name = EMRS_TEXT_INIT("state"), .size_max = 16, .inside = 1 + RUN},
    [USED] = {.name = EMRS_TEXT_INIT("used"), .size_max = 1, .inside = 1 + RUN},
    [HOURS] = {.name = EMRS_TEXT_INIT("vCPUHour"), .size_max = 16, .inside = 1 + USED},
    [GB] = {.name = EMRS_TEXT_INIT("state"), .size_max = 8, .inside = 1 + USED},
    [NAME] = {.name = EMRS_TEXT_INIT("name"), .size_max = 4},
};

static const struct {
    const char *document, *passed; /* NULL: refused */
} path_rows[] = {
    {"{\"jobRun\":{\"state\":\"RUNNING\",\"used\":{\"vCPUHour\":1.7E9,\"state\":null}},\"name\":"
     "true}",
     ",At,B\"RUNNING\",Ct,D1.7E9,En,Ft"},
    {"{\"name\":\"n\",\"jobRun\":{\"used\":{\"state\":\"x\"},\"state\":\"S\"}}",
     ",F\"n\",At,Ct,E\"x\",B\"S\""},
    {"{\"\\u006aobRun\":{\"stat\\u0065\":\"S\"}}", ",At,B\"S\""},
    /* the same names elsewhere */
    {"{\"state\":\"x\",\"used\":{\"vCPUHour\":1},\"vCPUHour\":2}", ""},
    {"{\"x\":{\"jobRun\":{\"state\":\"x\"},\"state\":\"y\"}}", ""},
    {"{\"jobRun\":{\"jobRun\":{\"state\":\"x\"},\"name\":\"y\",\"vCPUHour\":1}}", ",At"},
    {"{\"jobRun\":{\"x\":{\"state\":\"y\"},\"state\":\"S\"},\"state\":\"z\"}", ",At,B\"S\""},
    {"{\"jobRun\":{\"used\":{\"x\":{\"vCPUHour\":1},\"vCPUHour\":2},\"vCPUHour\":3}}", ",At,Ct,D2"},
    {"{\"jobRun\":{\"used\":{\"used\":{\"vCPUHour\":1}}}}", ",At,Ct"},
    {"{\"jobRunstate\":\"x\",\"jobRun.state\":\"y\",\"jobRun\\u0000state\":\"z\"}", ""},
    /* a value that is not an object has no members */
    {"{\"jobRun\":null}", ",An"},
    {"{\"jobRun\":\"state\",\"name\":\"n\"}", ",A\"s\",F\"n\""},
    {"{\"jobRun\":[{\"state\":\"x\"},[{\"state\":\"y\"}]],\"name\":\"n\"}", ",At,F\"n\""},
    {"{\"jobRun\":{\"used\":[{\"vCPUHour\":1}],\"state\":\"S\"}}", ",At,Ct,B\"S\""},
    {"{\"jobRun\":{\"state\":{\"state\":\"x\"}}}", ",At,Bt"},
    {"{\"jobRun\":{}}", ",At"},
    {"{\"x\":[{\"y\":{}}],\"jobRun\":{\"x\":[[{}]],\"state\":\"S\"}}", ",At,B\"S\""},
    /* twice: it is unclear which counts */
    {"{\"jobRun\":{},\"jobRun\":{}}", NULL},
    {"{\"jobRun\":null,\"jobRun\":{\"state\":\"x\"}}", NULL},
    {"{\"jobRun\":{\"state\":\"x\"},\"jobRun\":null}", NULL},
    {"{\"jobRun\":{\"state\":\"x\",\"state\":\"x\"}}", NULL},
    {"{\"jobRun\":{\"used\":{},\"used\":{}}}", NULL},
    {"{\"jobRun\":{\"used\":{\"state\":1,\"state\":1}}}", NULL},
    {"{\"jobRun\":{\"x\":{\"state\":1,\"state\":1}},\"x\":1,\"x\":1}", ",At"},
};

static void check_path_row(size_t row, size_t first, size_t step)
{
    const char *text = path_rows[row].document, *passed = path_rows[row].passed;
    char out[256];
    emrs_sieve s;
    emrs_sieve_init(&s, paths, PATH_COUNT, emrs_pen_on(out, emrs_sieve_size(paths, PATH_COUNT)));
    for (size_t at = 0, size = first; at < strlen(text); at += size, size = step) {
        if (size > strlen(text) - at)
            size = strlen(text) - at;
        emrs_sieve_take(&s, text + at, size);
    }
    assert_int_equal(emrs_sieve_end(&s), passed != NULL ? EMRS_DONE : EMRS_E_JSON);
    if (passed != NULL && !emrs_text_spells(emrs_pen_text(&s.out), passed))
        fail_msg("%s: %.*s", text, (int)s.out.used, s.out.bytes);
}

static void test_members_inside_objects(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(path_rows); row++) {
        size_t size = strlen(path_rows[row].document);
        for (size_t first = 0; first <= size; first++)
            check_path_row(row, first, size); /* two pieces, cut at every place */
        check_path_row(row, 1, 1);
    }
}

/* A chain of objects as deep as the table allows, and a document that is deeper. */
static void test_as_many_members_as_there_may_be(void **state)
{
    emrs_member chain[EMRS_MEMBER_COUNT_MAX];
    char expected[3 * EMRS_MEMBER_COUNT_MAX + 1];
    size_t size = 0, used = 0;
    emrs_text sieved;
    (void)state;
    for (uint8_t i = 0; i < EMRS_MEMBER_COUNT_MAX; i++) {
        chain[i] = (emrs_member){.name = EMRS_TEXT("a"), .size_max = 1, .inside = i};
        used += (size_t)snprintf(expected + used, sizeof expected - used, ",%ct", 'A' + i);
    }
    for (size_t i = 0; i < EMRS_JSON_DEPTH_MAX; i++, size += 5)
        memcpy(document + size, "{\"a\":", 5);
    document[size++] = '1';
    for (size_t i = 0; i < EMRS_JSON_DEPTH_MAX; i++)
        document[size++] = '}';
    assert_int_equal(sieve(chain, EMRS_MEMBER_COUNT_MAX, (emrs_text){document, size}, &sieved),
                     EMRS_DONE);
    assert_true(emrs_text_spells(sieved, expected));
    for (uint8_t i = 0; i < EMRS_MEMBER_COUNT_MAX; i++) /* and all in one object */
        chain[i].inside = 0;
    assert_int_equal(sieve(chain, 1, EMRS_TEXT("{\"a\":1}"), &sieved), EMRS_DONE);
    assert_true(emrs_text_spells(sieved, ",A1"));
}

/* Members with takes_more share the additional bytes. The names of the last members are given from
 * outside the table. */
static void test_shared_bytes_and_names_from_outside(void **state)
{
    static const emrs_member members[] = {{.name = EMRS_TEXT_INIT("o"), .size_max = 1},
                                          {EMRS_TEXT_INIT("a"), 2, true, 1},
                                          {EMRS_TEXT_INIT("b"), 2, true, 1},
                                          {EMRS_TEXT_INIT("c"), 2, false, 1},
                                          {EMRS_TEXT_INIT("x"), 2, false, 0},
                                          {EMRS_TEXT_INIT("x"), 2, true, 1},
                                          {EMRS_TEXT_INIT("x"), 2, false, 1}};
    static const emrs_text names[] = {EMRS_TEXT_INIT("d"), EMRS_TEXT_INIT("a\"b"),
                                      EMRS_TEXT_INIT("\xc3\xa9")};
    static const struct {
        const char *document, *passed;
    } rows[] = {
        {"{\"o\":{\"a\":\"12345\",\"b\":\"123\",\"c\":\"123\"}}",
         ",At,B\"12345\",C\"123\",D\"12\""},
        {"{\"o\":{\"a\":\"123456\",\"b\":\"123\"}}", ",At,B\"123456\",C\"12\""},
        {"{\"o\":{\"a\":\"1\",\"b\":\"1234567\"}}", ",At,B\"1\",C\"123456\""},
        {"{\"o\":{\"b\":\"\",\"a\":123456789,\"a\\u0022b\":\"123456\"}}",
         ",At,C\"\",B123456789,F\"123456\""},
        {"{\"x\":\"1\",\"d\":\"2\",\"o\":{\"x\":\"3\",\"d\":\"4\",\"\\u00e9\":\"5\",\"\xc3\":0}}",
         NULL},
        {"{\"x\":\"1\",\"d\":\"2\",\"o\":{\"x\":\"3\",\"d\":\"4\",\"\\u00e9\":\"5\"}}",
         ",E\"2\",At,G\"5\""},
        {"{\"o\":{\"\\u00e9\":\"5\",\"\xc3\xa9\":\"5\"}}", NULL},
    };
    enum { MORE = 4 };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_sieve s;
        size_t size = emrs_sieve_size(members, COUNT_OF(members)) + MORE;
        emrs_sieve_init(&s, members, COUNT_OF(members), guarded(size));
        s.more = MORE;
        s.names = names;
        s.named_at = COUNT_OF(members) - COUNT_OF(names);
        emrs_sieve_take(&s, rows[i].document, strlen(rows[i].document));
        assert_int_equal(emrs_sieve_end(&s), rows[i].passed != NULL ? EMRS_DONE : EMRS_E_JSON);
        if (rows[i].passed != NULL && !emrs_text_spells(emrs_pen_text(&s.out), rows[i].passed))
            fail_msg("%s: %.*s", rows[i].document, (int)s.out.used, s.out.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_random_pieces),
        cmocka_unit_test(test_many_bytes_are_taken_like_one_by_one),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_error_at_its_byte),
        cmocka_unit_test(test_error_sticks),
        cmocka_unit_test(test_unwanted_members_are_checked_alike),
        cmocka_unit_test(test_nested_values_are_checked_alike),
        cmocka_unit_test(test_every_byte_in_every_state),
        cmocka_unit_test(test_every_utf8),
        cmocka_unit_test(test_every_first_byte_of_a_string),
        cmocka_unit_test(test_every_escape),
        cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_every_short_number),
        cmocka_unit_test(test_every_short_structure),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_output_never_outgrows_its_size),
        cmocka_unit_test(test_names_that_share_a_room),
        cmocka_unit_test(test_too_little_room_is_an_error),
        cmocka_unit_test(test_members_inside_objects),
        cmocka_unit_test(test_as_many_members_as_there_may_be),
        cmocka_unit_test(test_shared_bytes_and_names_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
