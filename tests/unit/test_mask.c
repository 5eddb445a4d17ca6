/* SPDX-License-Identifier: MIT */
/* What is masked in a text before it is printed: secrets, and everything that may be a
 * signature. */
#include "unit.h"

#include "errors.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define TOKEN "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ=="
#define HEX_16 "0123456789abcdef"
#define HEX_32 HEX_16 HEX_16
#define HEX_64 HEX_32 HEX_32
#define STARS_16 "****************"
#define STARS_64 STARS_16 STARS_16 STARS_16 STARS_16

static const emrs_credentials both = {.access_key_id = EMRS_TEXT_INIT("AKIDEXAMPLE"),
                                      .secret_access_key = EMRS_TEXT_INIT(SECRET),
                                      .session_token = EMRS_TEXT_INIT(TOKEN)};

/* Masks the text with a guard byte on either side, so that a write outside of it is found. */
static const char *masked(const emrs_credentials *credentials, const char *text)
{
    static char ground[1024];
    size_t size = strlen(text);
    assert_true(size + 2 < sizeof ground);
    ground[0] = 'G';
    memcpy(ground + 1, text, size);
    memcpy(ground + 1 + size, "G", 2);
    emrs_mask_secrets(credentials, (emrs_text){ground + 1, size});
    assert_int_equal(ground[0], 'G');
    assert_string_equal(ground + 1 + size, "G");
    ground[1 + size] = '\0';
    return ground + 1;
}

static void test_a_secret_at_every_offset(void **state)
{
    (void)state;
    for (size_t offset = 0; offset < 20; offset++) {
        char text[128], wanted[128];
        snprintf(text, sizeof text, "%.*s" SECRET ".", (int)offset, "....................");
        snprintf(wanted, sizeof wanted, "%.*s%.*s.", (int)offset, "....................",
                 (int)strlen(SECRET), STARS_64);
        assert_string_equal(masked(&both, text), wanted);
    }
}

/* 8 consecutive bytes of a secret are masked, from any place in it. 7 may be the same by chance. */
static void test_every_run_of_eight(void **state)
{
    (void)state;
    const emrs_text secrets[] = {both.secret_access_key, both.session_token};
    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        for (size_t at = 0; at + 8 <= secrets[i].size; at++) {
            char text[16];
            snprintf(text, sizeof text, "!%.8s!", secrets[i].bytes + at);
            assert_string_equal(masked(&both, text), "!********!");
            snprintf(text, sizeof text, "!%.7s!", secrets[i].bytes + at);
            assert_string_equal(masked(&both, text), text);
        }
}

/* Inside a run, the search goes on at each byte, so that runs which overlap are found. */
static void test_runs_that_overlap(void **state)
{
    (void)state;
    const emrs_credentials credentials = {.secret_access_key = EMRS_TEXT("abcdefghijkl"),
                                          .session_token = EMRS_TEXT("efghijklmnop")};
    assert_string_equal(masked(&credentials, "abcdefghijklmnop."), "****************.");
    assert_string_equal(masked(&credentials, "bcdefghijklmno."), "**************.");
    /* 8 bytes are equal to the start of the secret, but 10 are equal to its second half */
    const emrs_credentials twice = {.secret_access_key = EMRS_TEXT("abcdefgh-abcdefghij")};
    assert_string_equal(masked(&twice, "abcdefghij."), "**********.");
}

static void test_two_secrets_side_by_side(void **state)
{
    (void)state;
    assert_string_equal(masked(&both, "a" SECRET TOKEN "z"), "a" STARS_64 STARS_16 STARS_16 "z");
    assert_int_equal(strlen(SECRET TOKEN), 96);
}

/* If a cut message ends inside the secret, 8 or more bytes of it are masked. */
static void test_a_secret_cut_by_the_end(void **state)
{
    (void)state;
    for (size_t size = 1; size < strlen(SECRET); size++) {
        char text[64], wanted[64];
        snprintf(text, sizeof text, "key=%.*s", (int)size, SECRET);
        snprintf(wanted, sizeof wanted, "key=%.*s", (int)size, size < 8 ? SECRET : STARS_64);
        assert_string_equal(masked(&both, text), wanted);
    }
}

static void test_a_short_secret_is_masked_whole(void **state)
{
    (void)state;
    const emrs_credentials credentials = {.secret_access_key = EMRS_TEXT("k3y")};
    assert_string_equal(masked(&credentials, "k3 is not k3yk3y, 3y"), "k3 is not ******, 3y");
    const emrs_credentials seven = {.session_token = EMRS_TEXT("1234567")};
    assert_string_equal(masked(&seven, "123456 1234567 12345678"), "123456 ******* *******8");
    const emrs_credentials eight = {.session_token = EMRS_TEXT("12345678")};
    assert_string_equal(masked(&eight, "1234567 12345678"), "1234567 ********");
}

static void test_without_secrets_nothing_is_masked(void **state)
{
    (void)state;
    const emrs_credentials none = {.access_key_id = EMRS_TEXT("AKIDEXAMPLE")};
    assert_string_equal(masked(&none, "AKIDEXAMPLE said " SECRET), "AKIDEXAMPLE said " SECRET);
    assert_string_equal(masked(&none, ""), "");
    emrs_mask_secrets(&both, (emrs_text){NULL, 0});
}

/* More than 32 hex digits may be a signature, or the beginning of one. */
static void test_hex_digits(void **state)
{
    (void)state;
    assert_string_equal(masked(&both, "S=" HEX_64 "."), "S=" STARS_64 ".");
    assert_string_equal(masked(&both, "S=" HEX_64 "0."), "S=" STARS_64 "*.");
    assert_string_equal(masked(&both, "S=" HEX_64), "S=" STARS_64);
    assert_string_equal(masked(&both, HEX_32 HEX_16 "0123456789ABCDEF"), STARS_64);
    assert_string_equal(masked(&both, "S=" HEX_32 "0..."), "S=" STARS_16 STARS_16 "*...");
    assert_string_equal(masked(&both, "S=" HEX_32 "."), "S=" HEX_32 ".");
    const char broken[] = HEX_32 "g" HEX_32 ".";
    assert_string_equal(masked(&both, broken), broken);
}

/* A message may be cut inside a signature. A request id that is a UUID stays. */
static void test_hex_digits_at_the_end(void **state)
{
    (void)state;
    assert_string_equal(masked(&both, "S=" HEX_32), "S=" HEX_32);
    assert_string_equal(masked(&both, "S=" HEX_32 "0"), "S=" STARS_16 STARS_16 "*");
    const char id[] = "6f1d0e2a-93c4-4b7e-8f15-0123456789ab";
    assert_string_equal(masked(&both, id), id);
}

/* Callers replace each control byte by one byte before they mask, so no byte is dropped in
 * printing, and no escape sequence adds digits to a run. */
static void test_control_bytes_hide_no_run(void **state)
{
    (void)state;
    char text[] = "wJalrXU\rtnFEMI/K7MDENG\x01"
                  "bPxRfiC";
    emrs_text message = {text, sizeof text - 1};
    emrs_error_clean_message(message);
    emrs_mask_secrets(&both, message);
    assert_string_equal(text, "wJalrXU?**************?bPxRfiC");
}

/* Bytes after the text or a secret in memory do not count. Each would make a run longer. */
static void test_nothing_past_an_end_is_read(void **state)
{
    static const char secrets[] = "12345678";
    static const struct {
        const char *bytes;
        size_t size, secret_size;
        const char *masked;
    } rows[] = {
        {SECRET, 7, 0, "wJalrXUt"},      /* the next byte would make 8 of the key */
        {"12345678", 8, 7, "*******8"},  /* the byte after the secret is not part of it */
        {HEX_32 "0", 32, 0, HEX_32 "0"}, /* a 33rd digit */
        {HEX_32 "01", 33, 0, STARS_16 STARS_16 "*1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_credentials credentials = both;
        char text[64];
        credentials.session_token = (emrs_text){secrets, rows[i].secret_size};
        snprintf(text, sizeof text, "%s", rows[i].bytes);
        emrs_mask_secrets(&credentials, (emrs_text){text, rows[i].size});
        assert_memory_equal(text, rows[i].masked, strlen(rows[i].masked));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_secret_at_every_offset),
        cmocka_unit_test(test_every_run_of_eight),
        cmocka_unit_test(test_runs_that_overlap),
        cmocka_unit_test(test_two_secrets_side_by_side),
        cmocka_unit_test(test_a_secret_cut_by_the_end),
        cmocka_unit_test(test_a_short_secret_is_masked_whole),
        cmocka_unit_test(test_without_secrets_nothing_is_masked),
        cmocka_unit_test(test_hex_digits),
        cmocka_unit_test(test_hex_digits_at_the_end),
        cmocka_unit_test(test_control_bytes_hide_no_run),
        cmocka_unit_test(test_nothing_past_an_end_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
