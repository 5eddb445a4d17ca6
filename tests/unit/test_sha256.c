/* SPDX-License-Identifier: MIT */
/* The two hashes, the core's and mbedTLS's, pass the same tests, and give the same digests of
 * pseudo-random messages. This program links core/sha256.c as emrs_sha256_*, and mbedTLS's hash
 * with other names.
 * src: NIST, "SHA-256" examples and additional examples; CAVP SHA256ShortMsg */
#include "unit.h"

#include <mbedtls/sha256.h>

#include "support/hashes.h"

#ifndef MBEDTLS_PRIVATE /* in 2.28 every member is public */
#define MBEDTLS_PRIVATE(member) member
#endif

enum { BLOCK_SIZE = 64, DIGEST_SIZE = 32 };

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

typedef struct {
    void (*init)(emrs_sha256 *hash);
    void (*update)(emrs_sha256 *hash, const void *bytes, size_t size);
    bool (*finish)(emrs_sha256 *hash, uint8_t digest[DIGEST_SIZE]);
} hasher;

static hasher plain = {emrs_sha256_init, emrs_sha256_update, emrs_sha256_finish};
static hasher library = {library_init, library_update, library_finish};

static void assert_digest(const uint8_t digest[DIGEST_SIZE], const char *expected)
{
    char hex[2 * DIGEST_SIZE + 1];
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)digest[i]);
    assert_string_equal(hex, expected);
}

static void hash_of(const hasher *by, const void *bytes, size_t size, uint8_t digest[DIGEST_SIZE])
{
    emrs_sha256 hash;
    by->init(&hash);
    by->update(&hash, bytes, size);
    assert_true(by->finish(&hash, digest));
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
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t digest[DIGEST_SIZE];
        hash_of(*state, rows[i].message.bytes, rows[i].message.size, digest);
        assert_digest(digest, rows[i].digest);
    }
}

/* One byte, repeated up to the sizes where the padding needs another block. */
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
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t digest[DIGEST_SIZE];
        char *message = malloc(rows[i].size);
        assert_non_null(message);
        memset(message, rows[i].byte, rows[i].size);
        hash_of(*state, message, rows[i].size, digest);
        free(message);
        assert_digest(digest, rows[i].digest);
    }
}

static void fill(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7u + 3u);
}

/* A message of three blocks, cut at any two places, also in empty pieces, has the same digest. */
static void test_pieces(void **state)
{
    const hasher *by = *state;
    uint8_t message[150], whole[DIGEST_SIZE], pieces[DIGEST_SIZE];
    fill(message, sizeof message);
    hash_of(by, message, sizeof message, whole);
    for (size_t first = 0; first <= sizeof message; first++)
        for (size_t second = first; second <= sizeof message; second++) {
            emrs_sha256 hash;
            by->init(&hash);
            by->update(&hash, message, first);
            by->update(&hash, message + first, second - first);
            by->update(&hash, NULL, 0);
            by->update(&hash, message + second, sizeof message - second);
            assert_true(by->finish(&hash, pieces));
            assert_memory_equal(pieces, whole, sizeof whole);
        }
}

/* A hash may be abandoned at any time. The next one in the same memory is right, and so is
 * another one that was going on. */
static void test_abandoned_states(void **state)
{
    static const uint8_t message[130] = "The same beginning, and then each its own end.";
    const hasher *by = *state;
    emrs_sha256 beside;
    uint8_t digest[DIGEST_SIZE], expected[DIGEST_SIZE];
    by->init(&beside);
    for (size_t at = 0; at <= sizeof message; at++) {
        emrs_sha256 hash;
        by->init(&hash);
        by->update(&hash, message, at);
        if (at % 3 > 0)
            memset(&hash, at % 3 == 1 ? 0 : 0xa5, sizeof hash);
        by->init(&hash);
        by->update(&hash, "abc", 3);
        assert_true(by->finish(&hash, digest));
        assert_digest(digest, abc);
        by->update(&beside, at < sizeof message ? message + at : message, at < sizeof message);
    }
    assert_true(by->finish(&beside, digest));
    hash_of(by, message, sizeof message, expected);
    assert_memory_equal(digest, expected, sizeof expected);
}

static void test_finish_wipes(void **state)
{
    static const emrs_sha256 nothing;
    const hasher *by = *state;
    emrs_sha256 hash;
    uint8_t digest[DIGEST_SIZE];
    memset(&hash, 0, sizeof hash); /* also the part that the library does not use */
    by->init(&hash);
    by->update(&hash, "AWS4secretsecretsecret", 22);
    assert_true(by->finish(&hash, digest));
    assert_memory_equal(hash.words, nothing.words, sizeof nothing.words);
}

/* finish returns that a step failed, even if all later steps succeeded. */
static void test_a_failed_step_is_told(void **state)
{
    static const emrs_sha256 nothing;
    const hasher *by = *state;
    emrs_sha256 hash;
    uint8_t digest[DIGEST_SIZE];
    memset(&hash, 0, sizeof hash);
    by->init(&hash);
    hash.failed = true;
    by->update(&hash, "abc", 3);
    assert_false(by->finish(&hash, digest));
    assert_memory_equal(hash.words, nothing.words, sizeof nothing.words);
    by->init(&hash); /* a new init removes the failure */
    by->update(&hash, "abc", 3);
    assert_true(by->finish(&hash, digest));
    assert_digest(digest, abc);
}

/* Both hashes give the same digest for each size up to more than three blocks, cut at each
 * place. */
static void test_both_say_the_same_at_each_cut(void **state)
{
    uint8_t message[3 * BLOCK_SIZE + 8], expected[DIGEST_SIZE], digest[DIGEST_SIZE];
    (void)state;
    fill(message, sizeof message);
    for (size_t size = 0; size <= sizeof message; size++) {
        hash_of(&library, message, size, expected);
        for (size_t cut = 0; cut <= size; cut++) {
            emrs_sha256 hash;
            emrs_sha256_init(&hash);
            emrs_sha256_update(&hash, message, cut);
            emrs_sha256_update(&hash, message + cut, size - cut);
            assert_true(emrs_sha256_finish(&hash, digest));
            assert_memory_equal(digest, expected, sizeof digest);
        }
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Both give the same digest for random bytes, sizes, places in memory and pieces. */
static void test_both_say_the_same_of_any_bytes(void **state)
{
    enum { SIZE_MAX_HERE = 5000, COUNT = 1000 };
    static uint8_t memory[SIZE_MAX_HERE + 8];
    uint32_t seed = 1;
    (void)state;
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)next_random(&seed);
    for (int round = 0; round < COUNT; round++) {
        uint8_t digest[DIGEST_SIZE], expected[DIGEST_SIZE];
        emrs_sha256 hash, other;
        const uint8_t *message = memory + next_random(&seed) % 8u;
        size_t size = next_random(&seed) % (round % 2 == 0 ? 300u : SIZE_MAX_HERE), piece;
        memory[next_random(&seed) % sizeof memory] ^= (uint8_t)(round + 1);
        emrs_sha256_init(&hash);
        library_init(&other);
        for (size_t at = 0; at < size; at += piece) {
            piece = next_random(&seed) % (size - at + 1u);
            emrs_sha256_update(&hash, message + at, piece);
            library_update(&other, message + at, piece);
        }
        assert_true(emrs_sha256_finish(&hash, digest));
        assert_true(library_finish(&other, expected));
        assert_memory_equal(digest, expected, sizeof digest);
    }
}

/* A message of more than 4 GiB. To hash so much takes a minute, so the count of bytes is set in the
 * state of each hash. */
static void test_both_say_the_same_past_4_gib(void **state)
{
    enum { SIZE_LOW = 24, SIZE_HIGH = 25 }; /* words of core/sha256.c */
    static const uint32_t highs[] = {0, 1, 0x01020304, 0x1fffffff};
    uint8_t message[100], digest[DIGEST_SIZE], expected[DIGEST_SIZE];
    (void)state;
    fill(message, sizeof message);
    for (size_t i = 0; i < COUNT_OF(highs); i++)
        for (size_t size = 0; size <= sizeof message; size += 50) {
            emrs_sha256 hash, other;
            mbedtls_sha256_context *context = (void *)other.words;
            emrs_sha256_init(&hash);
            library_init(&other);
            hash.words[SIZE_LOW] = context->MBEDTLS_PRIVATE(total)[0] = UINT32_MAX - 63u;
            hash.words[SIZE_HIGH] = context->MBEDTLS_PRIVATE(total)[1] = highs[i];
            emrs_sha256_update(&hash, message, size);
            library_update(&other, message, size);
            assert_true(emrs_sha256_finish(&hash, digest));
            assert_true(library_finish(&other, expected));
            assert_memory_equal(digest, expected, sizeof digest);
        }
}

#define OF_BOTH(test)                                                                              \
    cmocka_unit_test_prestate(test, &plain), cmocka_unit_test_prestate(test, &library)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OF_BOTH(test_nist_messages),
        OF_BOTH(test_runs),
        OF_BOTH(test_pieces),
        OF_BOTH(test_abandoned_states),
        OF_BOTH(test_finish_wipes),
        OF_BOTH(test_a_failed_step_is_told),
        cmocka_unit_test(test_both_say_the_same_at_each_cut),
        cmocka_unit_test(test_both_say_the_same_of_any_bytes),
        cmocka_unit_test(test_both_say_the_same_past_4_gib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
