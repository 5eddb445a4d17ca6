/* SPDX-License-Identifier: MIT */
/* Slices, the pen's sticky overflow, decimals, forms and the wipe. */
#include "unit.h"

#include <inttypes.h>

/* A buffer with a guard on either side: the pen may write between them only. */
enum { ROOM = 8, GUARD = 4, FILL = 0x5a };
static char ground[GUARD + ROOM + GUARD];

static emrs_pen fresh_pen(size_t size)
{
    memset(ground, FILL, sizeof ground);
    return pen_on(ground + GUARD, size);
}

/* in: what a pen of fresh_pen should have written, and nothing else */
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
    assert_false(pen_full(&pen));
    assert_int_equal(pen_text(&pen).size, 0);
    put(&pen, TEXT("abc"));
    put(&pen, TEXT(""));
    put_byte(&pen, 'd');
    put(&pen, TEXT("efgh"));
    assert_false(pen_full(&pen));
    assert_int_equal(pen.used, ROOM);
    assert_true(text_is(pen_text(&pen), TEXT("abcdefgh")));
    assert_written("abcdefgh");
}

static void test_pen_of_no_bytes(void **state)
{
    (void)state;
    emrs_pen pen = pen_on(NULL, 0);
    put(&pen, TEXT(""));
    put(&pen, (emrs_text){NULL, 0});
    assert_false(pen_full(&pen));
    put_byte(&pen, 'x');
    put(&pen, TEXT("yz"));
    put_decimal(&pen, -1);
    assert_true(pen_full(&pen));
    assert_int_equal(pen.used, 5);
    assert_int_equal(pen_text(&pen).size, 0);
}

/* A pen of each size against the same three writes: what fits is there, the first that does not fit
 * leaves no part of itself and lets nothing after it through, and used says what was needed. */
static void test_overflow_sticks_and_counts(void **state)
{
    static const char *const written[ROOM + 1] = {"",     "",     "",     "abc", "abcd",
                                                  "abcd", "abcd", "abcd", "abcd"};
    (void)state;
    for (size_t size = 0; size <= ROOM; size++) {
        emrs_pen pen = fresh_pen(size);
        put(&pen, TEXT("abc"));
        put_byte(&pen, 'd');
        put(&pen, TEXT("efghi"));
        assert_true(pen_full(&pen));
        put_byte(&pen, 'j');
        put(&pen, TEXT("k"));
        put_decimal(&pen, 7);
        assert_true(pen_full(&pen));
        assert_int_equal(pen.used, 12);
        assert_int_equal(pen_text(&pen).size, 0);
        assert_written(written[size]);
    }
}

/* put_byte at the very end fits, one further does not. */
static void test_overflow_by_one_byte(void **state)
{
    (void)state;
    emrs_pen pen = fresh_pen(2);
    put_byte(&pen, 'a');
    put_byte(&pen, 'b');
    assert_false(pen_full(&pen));
    put_byte(&pen, 'c');
    assert_true(pen_full(&pen));
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
        emrs_pen pen = pen_on(got, (size_t)size);
        put_decimal(&pen, values[i]);
        assert_int_equal(pen.used, size);
        assert_memory_equal(got, expected, (size_t)size);
        pen = pen_on(got, (size_t)size - 1);
        put_decimal(&pen, values[i]);
        assert_true(pen_full(&pen));
        assert_int_equal(pen.used, size);
    }
}

static void test_forms(void **state)
{
    const emrs_text values[] = {TEXT("b*"), {NULL, 0}, TEXT("d")};
    (void)state;
    emrs_pen pen = fresh_pen(ROOM);
    put_form(&pen, "", NULL);
    put_form(&pen, "a", NULL);
    put_form(&pen, "*c**e", values);
    assert_false(pen_full(&pen));
    assert_written("ab*cde");
    for (size_t size = 0; size < 5; size++) {
        pen = fresh_pen(size);
        put_form(&pen, "*c**e", values);
        assert_true(pen_full(&pen));
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
        wipe(ground + GUARD, size);
        for (size_t at = 0; at < sizeof ground; at++)
            assert_int_equal(ground[at], at >= GUARD && at < GUARD + size ? 0 : FILL);
    }
}

static void test_slices(void **state)
{
    (void)state;
    assert_true(text_is(TEXT(""), (emrs_text){NULL, 0}));
    assert_true(text_is(TEXT("ab"), TEXT("ab")));
    assert_false(text_is(TEXT("ab"), TEXT("aB")));
    assert_false(text_is(TEXT("ab"), TEXT("abc")));
    assert_true(text_is(TEXT("a\0b"), TEXT("a\0b")));
    assert_false(text_is(TEXT("a\0b"), TEXT("a\0c")));
    assert_true(text_spells(TEXT("ab"), "ab"));
    assert_true(text_spells((emrs_text){NULL, 0}, ""));
    assert_false(text_spells(TEXT("ab"), "abc"));
    assert_false(text_spells(TEXT("abc"), "ab"));
    assert_false(text_spells(TEXT("ab"), "aB"));
    assert_false(text_spells(TEXT("ab\0"), "ab"));
    assert_true(text_starts(TEXT("https://x"), TEXT("https://")));
    assert_true(text_starts(TEXT("x"), TEXT("")));
    assert_false(text_starts(TEXT("http"), TEXT("https")));
    assert_true(text_is(text_from(TEXT("abc"), 1), TEXT("bc")));
    assert_int_equal(text_from(TEXT("abc"), 3).size, 0);
    assert_int_equal(text_find(TEXT("a:b:c"), ':'), 1);
    assert_int_equal(text_find(TEXT("abc"), ':'), 3);
    assert_int_equal(text_find(TEXT(""), ':'), 0);
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
        assert_int_equal(is_digit(c), digit);
        assert_int_equal(is_alnum(c), digit || upper || lower);
        assert_int_equal(hex_digit(c), place > 15 ? place - 6 : place);
        if (found != NULL)
            assert_int_equal(to_hex((unsigned)hex_digit(c)), to_lower(c));
        assert_int_equal(to_lower(c), upper ? (char)(byte + 0x20) : c);
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
