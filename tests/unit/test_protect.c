/* SPDX-License-Identifier: MIT */
/* The command's memory is not written to a core file, nor read by other processes of its user. */
#include "unit.h"

#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "host.h"

static void test_no_core_file(void **state)
{
    (void)state;
    struct rlimit core = {.rlim_cur = 1};
    protect_memory();
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    assert_int_equal(core.rlim_cur, 0);
#ifdef __linux__
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_core_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
