/* SPDX-License-Identifier: MIT */
/* What a file of a certificate or a key contains. tests/peer/test_sources.py tests files that
 * OpenSSL's library wrote. */
#include "unit.h"

#include "key_file.h"

/* The file is in memory of exactly its size and a NUL, so that ASan finds an access past either
 * end. */
static key_file_kind kind_of(const char *bytes, size_t size)
{
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    key_file_kind kind = key_file_holds((emrs_text){copy, size}, HOLDS_PRIVATE_KEY);
    free(copy);
    return kind;
}

#define DER(bytes, kind)                                                                           \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, kind                                                             \
    }

static const struct {
    const char *bytes;
    size_t size;
    key_file_kind kind;
} files[] = {
    DER("\x30\x08\x30\x03\xa0\x01\x02\x30\x00", HOLDS_CERTIFICATE),
    DER("\x30\x08\x30\x04\x02\x02\x01\x00\x30\x00",
        HOLDS_CERTIFICATE), /* version 1: begins with the serial number */
    DER("\x30\x07\x30\x03\x02\x01\x00\x30\x00", HOLDS_REQUEST),
    DER("\x30\x05\x02\x01\x00\x30\x00", HOLDS_PRIVATE_KEY),         /* PKCS#8 */
    DER("\x30\x82\x00\x05\x02\x01\x01\x04\x00", HOLDS_PRIVATE_KEY), /* SEC1, a size of two bytes */
    DER("\x30\x05\x02\x01\x03\x30\x00", HOLDS_PKCS12),
    DER("\x30\x05\x02\x01\x03\x04\x00", HOLDS_PRIVATE_KEY),
    DER("\x30\x07\x30\x03\x06\x01\x2a\x04\x00", HOLDS_ENCRYPTED_KEY),
    DER("\x30\x07\x30\x03\x06\x01\x2a\x03\x00", HOLDS_PUBLIC_KEY),
    DER("\x30\x07\x30\x03\x06\x01\x2a\x05\x00", HOLDS_OTHER),
    DER("\x30\x07\x02\x02\x00\xff\x02\x01\x03", HOLDS_PUBLIC_KEY), /* PKCS#1 */
    DER("\x30\x04\x30\x02\x05\x00", HOLDS_OTHER),
    DER("\x30\x02\x05\x00", HOLDS_OTHER),
    DER("\x30\x80\x02\x01\x00\x00\x00", HOLDS_OTHER), /* indefinite length */
    DER("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff", HOLDS_OTHER),
    DER("\x31\x03\x02\x01\x00", HOLDS_NOTHING),
    DER("", HOLDS_NOTHING),
    DER("-----BEGIN EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----", HOLDS_PRIVATE_KEY),
    DER("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED", HOLDS_ENCRYPTED_KEY),
    DER("-----BEGIN NEW CERTIFICATE REQUEST-----", HOLDS_REQUEST),
    DER("-----BEGIN X509 CRL-----", HOLDS_OTHER),
    DER("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----", HOLDS_PRIVATE_KEY),
};

static void test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++)
        if (kind_of(files[i].bytes, files[i].size) != files[i].kind)
            fail_msg("file %zu: %s, not %s", i,
                     key_file_words(kind_of(files[i].bytes, files[i].size)),
                     key_file_words(files[i].kind));
    assert_int_equal(
        key_file_holds(EMRS_TEXT("-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----"),
                       HOLDS_CERTIFICATE),
        HOLDS_CERTIFICATE);
}

/* Each file, cut after each of its bytes, and with each byte changed to each value. */
static void test_broken_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char bytes[80];
        assert_true(files[i].size < sizeof bytes);
        memcpy(bytes, files[i].bytes, files[i].size);
        for (size_t at = 0; at < files[i].size; at++) {
            (void)kind_of(bytes, at);
            for (int value = 0; value < 256; value++) {
                bytes[at] = (char)value;
                assert_non_null(key_file_words(kind_of(bytes, files[i].size)));
            }
            bytes[at] = files[i].bytes[at];
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_broken_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
