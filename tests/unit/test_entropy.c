/* SPDX-License-Identifier: MIT */
/* Random numbers of the kernel. This test replaces getrandom, so that it is not seeded yet, does
 * not exist in the kernel, or is interrupted. */
#include "unit.h"

#include <errno.h>
#include <sys/random.h>

#include "emrs_posix.h"

static int errors[3]; /* errno of the next calls; 0: success */
static int call_count, wait_count;

/* Replaces that of the C library. */
ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
    wait_count += (flags & GRND_NONBLOCK) == 0;
    errno = call_count < 3 ? errors[call_count] : 0;
    call_count++;
    if (errno != 0)
        return -1;
    memset(bytes, 0x5A, size);
    return (ssize_t)size;
}

static int draw(int first, int second, unsigned char *bytes, size_t size)
{
    errors[0] = first;
    errors[1] = second;
    call_count = wait_count = 0;
    int code = emrs_posix_random(NULL, bytes, size);
    assert_int_equal(wait_count, 0); /* it never waits: the caller has the deadline */
    return code;
}

static bool is_filled(const unsigned char *bytes, size_t size)
{
    size_t zeros = 0;
    for (size_t i = 0; i < size; i++)
        zeros += bytes[i] == 0;
    return zeros < 16; /* 16 zeros in 1,000 random bytes: about 3 cases in a million */
}

static void test_entropy(void **state)
{
    static const struct {
        int first, second, code;
    } rows[] = {
        {0, 0, 0},
        {EAGAIN, 0, EMRS_RANDOM_LATER}, /* early boot: not seeded yet */
        {0, EAGAIN, EMRS_RANDOM_LATER},
        {EINTR, 0, 0},
        {ENOSYS, 0, 0}, /* then /dev/urandom is used */
        {EFAULT, 0, -1},
    };
    unsigned char bytes[1000];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        memset(bytes, 0, sizeof bytes);
        assert_int_equal(draw(rows[i].first, rows[i].second, bytes, sizeof bytes), rows[i].code);
        if (rows[i].code == 0)
            assert_true(is_filled(bytes, sizeof bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_entropy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
