/* SPDX-License-Identifier: MIT */
/* If the hash engine fails, nothing is signed. This program defines emrs_sha256_* itself, so
 * that the linker does not use the library's. */
#include "unit.h"

#include "request.h"
#include "emrs_sha256.h"
#include "sign.h"
#include "support/bench.h"

/* An engine with meaningless digests, of which one step fails. */
static unsigned step_count, failing_step;
static bool leaves_zeros; /* instead of a digest, when it fails */

static bool fails(void)
{
    return ++step_count == failing_step;
}

void emrs_sha256_init(emrs_sha256 *hash)
{
    memset(hash, 0, sizeof *hash);
    hash->failed = fails();
}

void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        hash->words[at % 8] = hash->words[at % 8] * 31u + ((const uint8_t *)bytes)[at] + 1u;
    hash->failed = fails() || hash->failed;
}

bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    bool ok = !fails() && !hash->failed;
    memcpy(digest, hash->words, 32); /* any bytes on failure */
    if (!ok && leaves_zeros)
        memset(digest, 0, 32);
    memset(hash, 0, sizeof *hash);
    return ok;
}

static bench b;

/* in:  step: the step of the engine that fails, counted from the start of the request; 0: none
 * ret: what emrs_request_write returns */
static int write_request(unsigned step)
{
    bench_init(&b);
    bench_start(&b);
    memset(b.work, 0, sizeof b.work);
    emrs_pen pen = emrs_pen_on(b.work, sizeof b.work);
    step_count = 0;
    failing_step = step;
    return emrs_request_write(&b.call, 1800000000u, &pen);
}

static bool is_anywhere(const char *mark)
{
    size_t size = strlen(mark);
    for (size_t at = 0; at + size <= sizeof b.work; at++)
        if (memcmp(b.work + at, mark, size) == 0)
            return true;
    return false;
}

static void test_every_step_may_fail(void **state)
{
    static const emrs_signing_key none;
    (void)state;
    assert_int_equal(write_request(0), EMRS_OK);
    assert_true(is_anywhere("Signature="));
    unsigned count = step_count;
    assert_true(count > 40);
    for (unsigned step = 1; step <= count; step++) {
        assert_int_equal(write_request(step), EMRS_E_RESOURCE);
        assert_false(is_anywhere("Signature="));
        for (size_t i = 0; i < EMRS_WINDOW_COUNT; i++)
            assert_int_equal(b.call.windows[i].size, 0);
    }
    assert_int_equal(write_request(count + 1), EMRS_OK); /* a later failure has no effect */
    failing_step = 1;
    step_count = 0;
    emrs_pen pen = emrs_pen_on(b.work, sizeof b.work);
    assert_int_equal(emrs_request_write(&b.call, 1800000000u, &pen), EMRS_E_RESOURCE);
    assert_memory_equal(&b.client.key, &none, sizeof none); /* no wrong key is kept */
}

/* In a call: nothing is sent, and nothing is tried again. */
static void test_a_call_ends_before_it_sends(void **state)
{
    (void)state;
    bench_init(&b);
    bench_start(&b);
    step_count = 0;
    failing_step = 7;
    assert_int_equal(bench_step(&b, emrs_report_of(EMRS_NEWS_PENDING)), EMRS_MOVE_CONNECT);
    assert_int_equal(bench_step(&b, emrs_connected(EMRS_PEER_VERIFIED)), EMRS_MOVE_CLOSE);
    assert_int_equal(bench_end(&b), EMRS_E_RESOURCE);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(b.result.attempt_count, 1);
    assert_false(is_anywhere("DELETE"));
}

/* A long secret is hashed first, which takes more steps. */
static void test_every_step_may_fail_of_a_long_secret(void **state)
{
    char secret[EMRS_SECRET_SIZE_MAX];
    const emrs_signing signing = {.date = "20270115T080000Z",
                                  .region = EMRS_TEXT("us-east-1"),
                                  .service = EMRS_TEXT("emr-serverless")};
    emrs_signing_key key = {.origin = {0}};
    static const emrs_signing_key none;
    (void)state;
    memset(secret, 's', sizeof secret);
    step_count = failing_step = 0;
    assert_true(emrs_signing_key_make(&key, (emrs_text){secret, sizeof secret}, &signing));
    for (unsigned i = 0, count = step_count; i < 2 * count; i++) {
        memset(&key, 0, sizeof key);
        step_count = 0;
        failing_step = 1 + i / 2;
        leaves_zeros = i % 2 != 0; /* like a key that was never derived */
        assert_false(emrs_signing_key_make(&key, (emrs_text){secret, sizeof secret}, &signing));
        assert_memory_equal(&key, &none, sizeof none);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_step_may_fail),
        cmocka_unit_test(test_a_call_ends_before_it_sends),
        cmocka_unit_test(test_every_step_may_fail_of_a_long_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
