/* SPDX-License-Identifier: MIT */
/* HMAC, signatures compared with those of other programs, and the cached key. */
#include "unit.h"

#include "emrs_config.h"
#include "emrs_sha256.h"
#include "sign.h"
#include "vectors/sigv4.h"

/* HMAC */

/* key and message: one byte repeated, or a text */
typedef struct {
    emrs_text key, message;
    const char *mac;
} hmac_row;

#define REPEAT_20(byte)                                                                            \
    byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte \
        byte
#define REPEAT_50(byte)                                                                            \
    REPEAT_20(byte) REPEAT_20(byte) byte byte byte byte byte byte byte byte byte byte
#define REPEAT_131(byte)                                                                           \
    REPEAT_50(byte)                                                                                \
    REPEAT_50(byte) REPEAT_20(byte) byte byte byte byte byte byte byte byte byte byte byte

/* RFC 4231, cases 1 to 7, and keys around the size of a block. Of case 5 the RFC has only the first
 * 16 bytes. */
static const hmac_row hmac_rows[] = {
    {EMRS_TEXT_INIT(REPEAT_20("\x0b")), EMRS_TEXT_INIT("Hi There"),
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {EMRS_TEXT_INIT("Jefe"), EMRS_TEXT_INIT("what do ya want for nothing?"),
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {EMRS_TEXT_INIT(REPEAT_20("\xaa")), EMRS_TEXT_INIT(REPEAT_50("\xdd")),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {EMRS_TEXT_INIT(
         "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14"
         "\x15\x16\x17\x18\x19"),
     EMRS_TEXT_INIT(REPEAT_50("\xcd")),
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {EMRS_TEXT_INIT(REPEAT_20("\x0c")), EMRS_TEXT_INIT("Test With Truncation"),
     "a3b6167473100ee06e0c796c2955552bfa6f7c0a6a8aef8b93f860aab0cd20c5"},
    {EMRS_TEXT_INIT(REPEAT_131("\xaa")),
     EMRS_TEXT_INIT("Test Using Larger Than Block-Size Key - Hash Key First"),
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {EMRS_TEXT_INIT(REPEAT_131("\xaa")),
     EMRS_TEXT_INIT(
         "This is a test using a larger than block-size key and a larger than block-size "
         "data. The key needs to be hashed before being used by the HMAC algorithm."),
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    {EMRS_TEXT_INIT(""), EMRS_TEXT_INIT("message"),
     "eb08c1f56d5ddee07f7bdf80468083da06b64cf4fac64fe3a90883df5feacae4"},
    {EMRS_TEXT_INIT("k"), EMRS_TEXT_INIT("message"),
     "9831a5afefa770d5fe6c985f6c343796ca3d27651d69e24864f1f9948debfacf"},
    {EMRS_TEXT_INIT(REPEAT_50("k") "kkkkkkkkkkkkk"), EMRS_TEXT_INIT("message"),
     "e27efa30bcbfbc25b4d936ffd8553392f398eb2edada1dac2423a961af0c305b"},
    {EMRS_TEXT_INIT(REPEAT_50("k") "kkkkkkkkkkkkkk"), EMRS_TEXT_INIT("message"),
     "890f3a16e0ca0aaa3bf180f70fa8e3970b3fd6505e98fde157988dcc19d1685c"},
    {EMRS_TEXT_INIT(REPEAT_50("k") "kkkkkkkkkkkkkkk"), EMRS_TEXT_INIT("message"),
     "0c256505306af48015530c139bb7add5ad7a6a9291cd511278a067e765816fbd"},
};

static void test_hmac(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hmac_rows); i++) {
        const hmac_row *row = &hmac_rows[i];
        uint8_t mac[131];
        char hex[65];
        for (int in_place = 0; in_place < 2; in_place++) { /* the MAC may be written over the key */
            memcpy(mac, row->key.bytes, row->key.size);
            assert_true(emrs_hmac_of(in_place ? (const void *)mac : row->key.bytes, row->key.size,
                                     row->message, mac));
            for (size_t at = 0; at < 32; at++)
                (void)snprintf(hex + 2 * at, 3, "%02x", (unsigned)mac[at]);
            assert_string_equal(hex, row->mac);
        }
    }
}

/* The signature */

static void test_vectors(void **state)
{
    unsigned case_count = 0;
    (void)state;
    for (size_t i = 0; i < sigv4_vector_count; i++) {
        emrs_signing_key key = {.origin = {0}};
        if (!sigv4_vector_passes(&sigv4_vectors[i], &key))
            fail_msg("%s", sigv4_vectors[i].names);
        case_count += sigv4_vectors[i].case_count;
    }
    assert_int_equal(sigv4_vector_count, 32);
    assert_int_equal(case_count, 8 + 30 + 26);
}

static void test_vectors_with_one_key(void **state)
{
    (void)state;
    const sigv4_vector *failed = sigv4_vectors_run();
    if (failed != NULL)
        fail_msg("%s", failed->names);
}

/* A wrong digit in a vector is found. Otherwise the two tests above prove nothing. */
static void test_a_wrong_digit_fails(void **state)
{
    (void)state;
    for (size_t at = 0; at < 64; at++) {
        emrs_signing_key key = {.origin = {0}};
        sigv4_vector wrong = sigv4_vectors[0];
        wrong.signature[at] = wrong.signature[at] == '0' ? '1' : '0';
        assert_false(sigv4_vector_passes(&wrong, &key));
    }
}

/* Every part of the request is in the signature. */
static void test_every_part_is_signed(void **state)
{
    const sigv4_vector *base = &sigv4_vectors[3]; /* with query and token */
    const emrs_text other = EMRS_TEXT("other");
    (void)state;
    for (int part = 0; part < 8; part++) {
        emrs_signing_key key = {.origin = {0}};
        sigv4_vector changed = *base;
        emrs_text *const fields[] = {&changed.signing.method, &changed.signing.path,
                                     &changed.signing.query,  &changed.signing.host,
                                     &changed.signing.token,  &changed.signing.region,
                                     &changed.signing.service};
        assert_true(sigv4_vector_passes(&changed, &key));
        if (part < 7)
            *fields[part] = other;
        else
            changed.signing.date = "20260102T030406Z";
        memset(&key, 0, sizeof key);
        assert_false(sigv4_vector_passes(&changed, &key));
    }
}

static void test_signed_headers(void **state)
{
    emrs_signing signing = {.token = EMRS_TEXT("")};
    (void)state;
    assert_true(emrs_text_is(emrs_signed_headers(&signing), EMRS_TEXT("host;x-amz-date")));
    signing.token = EMRS_TEXT("t");
    assert_true(emrs_text_is(emrs_signed_headers(&signing),
                             EMRS_TEXT("host;x-amz-date;x-amz-security-token")));
}

/* The key cache */

static const emrs_signing monday = {.method = EMRS_TEXT_INIT("DELETE"),
                                    .path = EMRS_TEXT_INIT("/"),
                                    .query = EMRS_TEXT_INIT(""),
                                    .host = EMRS_TEXT_INIT("localhost"),
                                    .token = EMRS_TEXT_INIT(""),
                                    .date = "20301104T030405Z",
                                    .region = EMRS_TEXT_INIT("us-east-1"),
                                    .service = EMRS_TEXT_INIT("emr-serverless")};
#define OLD_SECRET "The-old-secret-access-key-of-the-fleet"

static void poke(emrs_signing_key *key)
{
    for (size_t i = 0; i < sizeof key->derived; i++)
        key->derived[i] ^= 1u;
}

static bool same_key(const emrs_signing_key *a, const emrs_signing_key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Overwrites the key, makes it again, and compares.      ret: whether it was derived again */
static bool is_derived_anew(emrs_signing_key key, emrs_text secret, const emrs_signing *signing)
{
    emrs_signing_key fresh = {.origin = {0}}, poked;
    poke(&key);
    poked = key;
    assert_true(emrs_signing_key_make(&key, secret, signing));
    assert_true(emrs_signing_key_make(&fresh, secret, signing));
    if (same_key(&key, &poked))
        return false;
    assert_true(same_key(&key, &fresh));
    return true;
}

/* Whether any run of 8 bytes of a text is in memory. */
static bool holds_part_of(const void *memory, size_t size, emrs_text text)
{
    for (size_t at = 0; at + 8 <= size; at++)
        for (size_t run = 0; run + 8 <= text.size; run++)
            if (memcmp((const char *)memory + at, text.bytes + run, 8) == 0)
                return true;
    return false;
}

static void test_same_content_is_not_derived_again(void **state)
{
    emrs_signing_key key = {.origin = {0}}, before;
    char secret[] = OLD_SECRET, region[] = "us-east-1", date[] = "20301104T235959Z";
    char right[64], poked[64];
    emrs_signing elsewhere = monday;
    (void)state;
    assert_true(emrs_signing_key_make(&key, EMRS_TEXT(OLD_SECRET), &monday));
    assert_true(emrs_sign(&key, &monday, right));
    before = key;
    assert_true(emrs_sign(&key, &monday, poked));
    assert_true(same_key(&key, &before)); /* signing does not change the key */
    assert_memory_equal(poked, right, sizeof right);

    /* The same content at other addresses, another second of the day, other requests. */
    elsewhere.region = (emrs_text){region, sizeof region - 1};
    elsewhere.date = date;
    elsewhere.path = EMRS_TEXT("/other");
    elsewhere.token = EMRS_TEXT("token");
    assert_false(is_derived_anew(key, (emrs_text){secret, sizeof secret - 1}, &elsewhere));

    /* emrs_sign uses the cached key. */
    poke(&key);
    assert_true(emrs_signing_key_make(&key, (emrs_text){secret, sizeof secret - 1}, &monday));
    assert_true(emrs_sign(&key, &monday, poked));
    assert_memory_not_equal(poked, right, sizeof right);
}

static void test_other_content_is_derived_anew(void **state)
{
    static const char *const dates[] = {"20301105T030405Z", "20301204T030405Z", "20311104T030405Z"};
    static const emrs_text regions[] = {EMRS_TEXT_INIT("us-east-2"), EMRS_TEXT_INIT("us-east-11"),
                                        EMRS_TEXT_INIT("us-east-"), EMRS_TEXT_INIT("vs-east-1")};
    static const emrs_text secrets[] = {EMRS_TEXT_INIT("The-old-secret-access-key-of-the-fleeT"),
                                        EMRS_TEXT_INIT("the-old-secret-access-key-of-the-fleet"),
                                        EMRS_TEXT_INIT("The-old-secret-access-key-of-the-flee"),
                                        EMRS_TEXT_INIT("The-old-secret-access-key-of-the-fleet2"),
                                        EMRS_TEXT_INIT("T")};
    emrs_signing_key key = {.origin = {0}};
    (void)state;
    assert_true(emrs_signing_key_make(&key, EMRS_TEXT(OLD_SECRET), &monday));
    assert_false(is_derived_anew(key, EMRS_TEXT(OLD_SECRET), &monday));
    for (size_t i = 0; i < COUNT_OF(dates); i++) {
        emrs_signing other = monday;
        other.date = dates[i];
        assert_true(is_derived_anew(key, EMRS_TEXT(OLD_SECRET), &other));
    }
    for (size_t i = 0; i < COUNT_OF(regions); i++) {
        emrs_signing other = monday;
        other.region = regions[i];
        assert_true(is_derived_anew(key, EMRS_TEXT(OLD_SECRET), &other));
    }
    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        assert_true(is_derived_anew(key, secrets[i], &monday));
}

/* If any byte of the origin differs, the key is derived again. */
static void test_every_byte_of_the_origin_counts(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof((emrs_signing_key *)0)->origin; at++) {
        emrs_signing_key key = {.origin = {0}};
        assert_true(emrs_signing_key_make(&key, EMRS_TEXT(OLD_SECRET), &monday));
        key.origin[at] ^= 1u;
        assert_true(is_derived_anew(key, EMRS_TEXT(OLD_SECRET), &monday));
    }
}

/* If a letter moves from the region to the secret, the key is derived again. */
static void test_region_and_secret_are_told_apart(void **state)
{
    emrs_signing_key key = {.origin = {0}};
    emrs_signing other = monday;
    (void)state;
    other.region = EMRS_TEXT("us-east-11");
    assert_true(emrs_signing_key_make(&key, EMRS_TEXT("1" OLD_SECRET), &monday));
    assert_true(is_derived_anew(key, EMRS_TEXT(OLD_SECRET), &other));
}

static void test_a_changed_secret_leaves_nothing_of_the_old(void **state)
{
    emrs_signing_key key = {.origin = {0}}, old;
    (void)state;
    assert_true(emrs_signing_key_make(&key, EMRS_TEXT(OLD_SECRET), &monday));
    assert_false(
        holds_part_of(&key, sizeof key, EMRS_TEXT(OLD_SECRET))); /* nor of the old secret */
    old = key;
    assert_true(emrs_signing_key_make(&key, EMRS_TEXT("New"), &monday));
    assert_memory_not_equal(key.derived, old.derived, sizeof key.derived);
    assert_memory_not_equal(key.origin, old.origin, sizeof key.origin);
}

/* The longest secret and region. With a longer secret no key is kept, and no other memory
 * changes. */
static void test_limits_of_the_key(void **state)
{
    char secret[EMRS_SECRET_SIZE_MAX + 1], region[EMRS_REGION_SIZE_MAX];
    static const emrs_signing_key none;
    emrs_signing_key key = {.origin = {0}};
    emrs_signing longest = monday;
    uint8_t expected[32];
    emrs_text scope[EMRS_SCOPE_COUNT];
    char start[4 + EMRS_SECRET_SIZE_MAX];
    (void)state;
    memset(secret, 's', sizeof secret);
    memset(region, 'r', sizeof region);
    longest.region = (emrs_text){region, EMRS_REGION_SIZE_MAX};
    assert_true(emrs_signing_key_make(&key, (emrs_text){secret, EMRS_SECRET_SIZE_MAX}, &longest));
    assert_false(is_derived_anew(key, (emrs_text){secret, EMRS_SECRET_SIZE_MAX}, &longest));
    memcpy(start, "AWS4", 4);
    memset(start + 4, 's', EMRS_SECRET_SIZE_MAX);
    emrs_signing_scope(&longest, scope);
    assert_true(emrs_hmac_of(start, sizeof start, scope[0], expected));
    for (size_t i = 1; i < EMRS_SCOPE_COUNT; i++)
        assert_true(emrs_hmac_of(expected, sizeof expected, scope[i], expected));
    assert_memory_equal(key.derived, expected, sizeof expected);
    assert_false(
        emrs_signing_key_make(&key, (emrs_text){secret, EMRS_SECRET_SIZE_MAX + 1}, &longest));
    assert_true(same_key(&key, &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_vectors_with_one_key),
        cmocka_unit_test(test_a_wrong_digit_fails),
        cmocka_unit_test(test_every_part_is_signed),
        cmocka_unit_test(test_signed_headers),
        cmocka_unit_test(test_same_content_is_not_derived_again),
        cmocka_unit_test(test_other_content_is_derived_anew),
        cmocka_unit_test(test_every_byte_of_the_origin_counts),
        cmocka_unit_test(test_region_and_secret_are_told_apart),
        cmocka_unit_test(test_a_changed_secret_leaves_nothing_of_the_old),
        cmocka_unit_test(test_limits_of_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
