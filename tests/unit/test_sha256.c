/* SPDX-License-Identifier: MIT */
/* The hash seam: whoever stands behind it must pass these.
 * src: NIST, "SHA-256" examples and additional examples; CAVP SHA256ShortMsg */
#include "unit.h"

#include "emrs_sha256.h"

static void assert_digest(const uint8_t digest[32], const char *expected)
{
    char hex[65];
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)digest[i]);
    assert_string_equal(hex, expected);
}

static void hash_of(const void *bytes, size_t size, uint8_t digest[32])
{
    emrs_sha256 hash;
    emrs_sha256_init(&hash);
    emrs_sha256_update(&hash, bytes, size);
    assert_true(emrs_sha256_finish(&hash, digest));
}

static void test_nist_messages(void **state)
{
    static const struct {
        emrs_text message;
        const char *digest;
    } rows[] = {
        {EMRS_TEXT_INIT(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {EMRS_TEXT_INIT("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {EMRS_TEXT_INIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {EMRS_TEXT_INIT(
             "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
             "klmnopqrlmnopqrsmnopqrstnopqrstu"),
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
        {EMRS_TEXT_INIT("\xbd"),
         "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"},
        {EMRS_TEXT_INIT("\xd3"),
         "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
        {EMRS_TEXT_INIT("\x11\xaf"),
         "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"},
        {EMRS_TEXT_INIT("\xc9\x8c\x8e\x55"),
         "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t digest[32];
        hash_of(rows[i].message.bytes, rows[i].message.size, digest);
        assert_digest(digest, rows[i].digest);
    }
}

/* One byte over and over, at the sizes where padding changes its shape. */
static void test_runs(void **state)
{
    static const struct {
        char byte;
        size_t size;
        const char *digest;
    } rows[] = {
        {0, 55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"},
        {0, 56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"},
        {0, 57, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"},
        {0, 63, "c7723fa1e0127975e49e62e753db53924c1bd84b8ac1ac08df78d09270f3d971"},
        {0, 64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"},
        {0, 65, "98ce42deef51d40269d542f5314bef2c7468d401ad5d85168bfab4c0108f75f7"},
        {0, 119, "f616b0d54e78571a9611f343c9f8e022e859e920381ab0e4d3da01e193a7bd7e"},
        {0, 120, "6edd9f6f9cc92cded36e6c4a580933f9c9f1b90562b46903b806f21902a1a54f"},
        {0, 128, "38723a2e5e8a17aa7950dc008209944e898f69a7bd10a23c839d341e935fd5ca"},
        {0, 1000, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"},
        {'A', 1000, "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4"},
        {'U', 1005, "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0"},
        {'a', 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
        {0, 1000000, "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t digest[32];
        char *message = malloc(rows[i].size);
        assert_non_null(message);
        memset(message, rows[i].byte, rows[i].size);
        hash_of(message, rows[i].size, digest);
        free(message);
        assert_digest(digest, rows[i].digest);
    }
}

/* Any two cuts of a message of three blocks: pieces, empty ones too, hash as the whole does. */
static void test_pieces(void **state)
{
    uint8_t message[150], whole[32], pieces[32];
    (void)state;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 7u + 3u);
    hash_of(message, sizeof message, whole);
    for (size_t first = 0; first <= sizeof message; first++)
        for (size_t second = first; second <= sizeof message; second++) {
            emrs_sha256 hash;
            emrs_sha256_init(&hash);
            emrs_sha256_update(&hash, message, first);
            emrs_sha256_update(&hash, message + first, second - first);
            emrs_sha256_update(&hash, message + second, sizeof message - second);
            assert_true(emrs_sha256_finish(&hash, pieces));
            assert_memory_equal(pieces, whole, sizeof whole);
        }
}

/* A hash may be dropped at any time: the next one in the same memory is right, and so is another
 * one that went on meanwhile. */
static void test_abandoned_states(void **state)
{
    static const uint8_t message[130] = "The same beginning, and then each its own end.";
    emrs_sha256 beside;
    uint8_t digest[32], expected[32];
    (void)state;
    emrs_sha256_init(&beside);
    for (size_t at = 0; at <= sizeof message; at++) {
        emrs_sha256 hash;
        emrs_sha256_init(&hash);
        emrs_sha256_update(&hash, message, at);
        emrs_sha256_init(&hash);
        emrs_sha256_update(&hash, "abc", 3);
        assert_true(emrs_sha256_finish(&hash, digest));
        assert_digest(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        emrs_sha256_update(&beside, at < sizeof message ? message + at : message,
                           at < sizeof message);
    }
    assert_true(emrs_sha256_finish(&beside, digest));
    hash_of(message, sizeof message, expected);
    assert_memory_equal(digest, expected, sizeof expected);
}

static void test_finish_wipes(void **state)
{
    static const emrs_sha256 nothing;
    emrs_sha256 hash;
    uint8_t digest[32];
    (void)state;
    memset(&hash, 0xa5, sizeof hash); /* also what the library does not use */
    emrs_sha256_init(&hash);
    emrs_sha256_update(&hash, "AWS4secretsecretsecret", 22);
    assert_true(emrs_sha256_finish(&hash, digest));
    assert_memory_equal(hash.words, nothing.words, sizeof nothing.words);
}

/* finish returns that a step failed, even if all later steps succeeded. */
static void test_a_failed_step_is_told(void **state)
{
    static const emrs_sha256 nothing;
    emrs_sha256 hash;
    uint8_t digest[32];
    (void)state;
    emrs_sha256_init(&hash);
    hash.failed = true;
    emrs_sha256_update(&hash, "abc", 3);
    assert_false(emrs_sha256_finish(&hash, digest));
    assert_memory_equal(hash.words, nothing.words, sizeof nothing.words);
    emrs_sha256_init(&hash); /* the next one starts well */
    emrs_sha256_update(&hash, "abc", 3);
    assert_true(emrs_sha256_finish(&hash, digest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nist_messages), cmocka_unit_test(test_runs),
        cmocka_unit_test(test_pieces),        cmocka_unit_test(test_abandoned_states),
        cmocka_unit_test(test_finish_wipes),  cmocka_unit_test(test_a_failed_step_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
