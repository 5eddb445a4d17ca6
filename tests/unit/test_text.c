/* SPDX-License-Identifier: MIT */
/* Slices, the pen and its overflow, decimals, templates (emrs_put_form) and emrs_wipe. */
#include "unit.h"

#include <inttypes.h>

/* A buffer with guard bytes on either side. The pen may write only between them. */
enum { ROOM = 8, GUARD = 4, FILL = 0x5a };
static char ground[GUARD + ROOM + GUARD];

static emrs_pen fresh_pen(size_t size)
{
    memset(ground, FILL, sizeof ground);
    return emrs_pen_on(ground + GUARD, size);
}

/* in: all that a pen of fresh_pen should have written */
static void assert_written(const char *text)
{
    size_t size = strlen(text);
    assert_memory_equal(ground + GUARD, text, size);
    for (size_t at = 0; at < sizeof ground; at++)
        if (at < GUARD || at >= GUARD + size)
            assert_int_equal(ground[at], FILL);
}

static void test_pen_takes_what_fits(void **state)
{
    (void)state;
    emrs_pen pen = fresh_pen(ROOM);
    assert_false(emrs_pen_full(&pen));
    assert_int_equal(emrs_pen_text(&pen).size, 0);
    emrs_put(&pen, EMRS_TEXT("abc"));
    emrs_put(&pen, EMRS_TEXT(""));
    emrs_put_byte(&pen, 'd');
    emrs_put(&pen, EMRS_TEXT("efgh"));
    assert_false(emrs_pen_full(&pen));
    assert_int_equal(pen.used, ROOM);
    assert_true(emrs_text_is(emrs_pen_text(&pen), EMRS_TEXT("abcdefgh")));
    assert_written("abcdefgh");
}

static void test_pen_of_no_bytes(void **state)
{
    (void)state;
    emrs_pen pen = emrs_pen_on(NULL, 0);
    emrs_put(&pen, EMRS_TEXT(""));
    emrs_put(&pen, (emrs_text){NULL, 0});
    assert_false(emrs_pen_full(&pen));
    emrs_put_byte(&pen, 'x');
    emrs_put(&pen, EMRS_TEXT("yz"));
    emrs_put_decimal(&pen, -1);
    assert_true(emrs_pen_full(&pen));
    assert_int_equal(pen.used, 5);
    assert_int_equal(emrs_pen_text(&pen).size, 0);
}

/* The same three writes with pens of each size. What fits is written. The first that does not
 * fit is not written at all, nor is anything after it. used counts the size that was needed. */
static void test_overflow_sticks_and_counts(void **state)
{
    static const char *const written[ROOM + 1] = {"",     "",     "",     "abc", "abcd",
                                                  "abcd", "abcd", "abcd", "abcd"};
    (void)state;
    for (size_t size = 0; size <= ROOM; size++) {
        emrs_pen pen = fresh_pen(size);
        emrs_put(&pen, EMRS_TEXT("abc"));
        emrs_put_byte(&pen, 'd');
        emrs_put(&pen, EMRS_TEXT("efghi"));
        assert_true(emrs_pen_full(&pen));
        emrs_put_byte(&pen, 'j');
        emrs_put(&pen, EMRS_TEXT("k"));
        emrs_put_decimal(&pen, 7);
        assert_true(emrs_pen_full(&pen));
        assert_int_equal(pen.used, 12);
        assert_int_equal(emrs_pen_text(&pen).size, 0);
        assert_written(written[size]);
    }
}

/* emrs_put_byte writes the last byte that fits, but not one more. */
static void test_overflow_by_one_byte(void **state)
{
    (void)state;
    emrs_pen pen = fresh_pen(2);
    emrs_put_byte(&pen, 'a');
    emrs_put_byte(&pen, 'b');
    assert_false(emrs_pen_full(&pen));
    emrs_put_byte(&pen, 'c');
    assert_true(emrs_pen_full(&pen));
    assert_int_equal(pen.used, 3);
    assert_written("ab");
}

static void test_decimals(void **state)
{
    static const int32_t values[] = {
        0,    1,    -1,   9,         10,        -10,           99,
        100,  15,   1800, 65535,     999999999, 1000000000,    -999999999,
        1801, 1799, -42,  INT32_MAX, INT32_MIN, INT32_MIN + 1, INT32_MAX - 1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        char expected[16], got[16];
        int size = snprintf(expected, sizeof expected, "%" PRId32, values[i]);
        emrs_pen pen = emrs_pen_on(got, (size_t)size);
        emrs_put_decimal(&pen, values[i]);
        assert_int_equal(pen.used, size);
        assert_memory_equal(got, expected, (size_t)size);
        pen = emrs_pen_on(got, (size_t)size - 1);
        emrs_put_decimal(&pen, values[i]);
        assert_true(emrs_pen_full(&pen));
        assert_int_equal(pen.used, size);
    }
}

static void test_forms(void **state)
{
    const emrs_text values[] = {EMRS_TEXT("b*"), {NULL, 0}, EMRS_TEXT("d")};
    (void)state;
    emrs_pen pen = fresh_pen(ROOM);
    emrs_put_form(&pen, "", NULL);
    emrs_put_form(&pen, "a", NULL);
    emrs_put_form(&pen, "*c**e", values);
    assert_false(emrs_pen_full(&pen));
    assert_written("ab*cde");
    for (size_t size = 0; size < 5; size++) {
        pen = fresh_pen(size);
        emrs_put_form(&pen, "*c**e", values);
        assert_true(emrs_pen_full(&pen));
        assert_int_equal(pen.used, 5);
        for (size_t at = GUARD + size; at < sizeof ground; at++)
            assert_int_equal(ground[at], FILL);
    }
}

static void test_wipe(void **state)
{
    (void)state;
    for (size_t size = 0; size <= ROOM; size++) {
        (void)fresh_pen(0);
        emrs_wipe(ground + GUARD, size);
        for (size_t at = 0; at < sizeof ground; at++)
            assert_int_equal(ground[at], at >= GUARD && at < GUARD + size ? 0 : FILL);
    }
}

static void test_slices(void **state)
{
    (void)state;
    assert_true(emrs_text_is(EMRS_TEXT(""), (emrs_text){NULL, 0}));
    assert_true(emrs_text_is(EMRS_TEXT("ab"), EMRS_TEXT("ab")));
    assert_false(emrs_text_is(EMRS_TEXT("ab"), EMRS_TEXT("aB")));
    assert_false(emrs_text_is(EMRS_TEXT("ab"), EMRS_TEXT("abc")));
    assert_true(emrs_text_is(EMRS_TEXT("a\0b"), EMRS_TEXT("a\0b")));
    assert_false(emrs_text_is(EMRS_TEXT("a\0b"), EMRS_TEXT("a\0c")));
    assert_true(emrs_text_spells(EMRS_TEXT("ab"), "ab"));
    assert_true(emrs_text_spells((emrs_text){NULL, 0}, ""));
    assert_false(emrs_text_spells(EMRS_TEXT("ab"), "abc"));
    assert_false(emrs_text_spells(EMRS_TEXT("abc"), "ab"));
    assert_false(emrs_text_spells(EMRS_TEXT("ab"), "aB"));
    assert_false(emrs_text_spells(EMRS_TEXT("ab\0"), "ab"));
    assert_true(emrs_text_starts(EMRS_TEXT("https://x"), EMRS_TEXT("https://")));
    assert_true(emrs_text_starts(EMRS_TEXT("x"), EMRS_TEXT("")));
    assert_false(emrs_text_starts(EMRS_TEXT("http"), EMRS_TEXT("https")));
    assert_true(emrs_text_is(emrs_text_from(EMRS_TEXT("abc"), 1), EMRS_TEXT("bc")));
    assert_int_equal(emrs_text_from(EMRS_TEXT("abc"), 3).size, 0);
    assert_int_equal(emrs_text_find(EMRS_TEXT("a:b:c"), ':'), 1);
    assert_int_equal(emrs_text_find(EMRS_TEXT("abc"), ':'), 3);
    assert_int_equal(emrs_text_find(EMRS_TEXT(""), ':'), 0);
}

static void test_every_byte(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        bool digit = byte >= 0x30 && byte <= 0x39, upper = byte >= 0x41 && byte <= 0x5a;
        bool lower = byte >= 0x61 && byte <= 0x7a;
        static const char hex[] = "0123456789abcdefABCDEF";
        const char *found = byte != 0 ? strchr(hex, byte) : NULL;
        long place = found != NULL ? found - hex : -1;
        assert_int_equal(emrs_is_digit(c), digit);
        assert_int_equal(emrs_is_alnum(c), digit || upper || lower);
        assert_int_equal(emrs_hex_digit(c), place > 15 ? place - 6 : place);
        if (found != NULL)
            assert_int_equal(emrs_to_hex((unsigned)emrs_hex_digit(c)), emrs_to_lower(c));
        assert_int_equal(emrs_to_lower(c), upper ? (char)(byte + 0x20) : c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pen_takes_what_fits),
        cmocka_unit_test(test_pen_of_no_bytes),
        cmocka_unit_test(test_overflow_sticks_and_counts),
        cmocka_unit_test(test_overflow_by_one_byte),
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
