/* SPDX-License-Identifier: MIT */
/* The effect for every combination of the facts about an attempt. */
#include "unit.h"

#include "effect.h"

/* The table of core/README.md, written in another way than in effect.c. */
static emrs_effect expected(const emrs_attempt *a)
{
    if (!a->verified || !a->whole)
        return a->shown ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE;
    if (a->status >= 400 && a->status <= 499 && a->refused)
        return EMRS_EFFECT_REFUSED;
    if (!a->shown)
        return EMRS_EFFECT_NONE;
    return a->status == 200 && a->confirmed ? EMRS_EFFECT_ACCEPTED : EMRS_EFFECT_UNKNOWN;
}

static void test_truth_table(void **state)
{
    static const uint16_t statuses[] = {0, 200, 201, 204, 302, 399, 400, 404, 499, 500, 503};
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        for (unsigned bits = 0; bits < 32; bits++) {
            emrs_attempt a = {.shown = bits & 1,
                              .verified = bits >> 1 & 1,
                              .whole = bits >> 2 & 1,
                              .confirmed = bits >> 3 & 1,
                              .refused = bits >> 4 & 1,
                              .status = statuses[i]};
            assert_int_equal(emrs_effect_of(EMRS_EFFECT_NONE, &a), expected(&a));
        }
}

static void test_attempts_join(void **state)
{
    static const emrs_attempt of[] = {
        [EMRS_EFFECT_NONE] = {.shown = false},
        [EMRS_EFFECT_REFUSED] =
            {.shown = true, .verified = true, .whole = true, .refused = true, .status = 400},
        [EMRS_EFFECT_UNKNOWN] = {.shown = true},
        [EMRS_EFFECT_ACCEPTED] =
            {.shown = true, .verified = true, .whole = true, .confirmed = true, .status = 200},
    };
    static const emrs_effect joined[4][4] = {
        /* [effect before][effect of this attempt] */
        {EMRS_EFFECT_NONE, EMRS_EFFECT_REFUSED, EMRS_EFFECT_UNKNOWN, EMRS_EFFECT_ACCEPTED},
        {EMRS_EFFECT_REFUSED, EMRS_EFFECT_REFUSED, EMRS_EFFECT_UNKNOWN, EMRS_EFFECT_ACCEPTED},
        {EMRS_EFFECT_UNKNOWN, EMRS_EFFECT_UNKNOWN, EMRS_EFFECT_UNKNOWN, EMRS_EFFECT_ACCEPTED},
        {EMRS_EFFECT_ACCEPTED, EMRS_EFFECT_ACCEPTED, EMRS_EFFECT_ACCEPTED, EMRS_EFFECT_ACCEPTED},
    };
    (void)state;
    for (int before = 0; before < 4; before++)
        for (int now = 0; now < 4; now++)
            assert_int_equal(emrs_effect_of((emrs_effect)before, &of[now]), joined[before][now]);
}

/* Errors that do not refuse, by status or by name. Both lists are complete. */
static void test_errors_that_refuse_nothing(void **state)
{
    (void)state;
    for (int status = 0; status <= 599; status++)
        assert_int_equal(emrs_effect_may_be_late(status, EMRS_ERROR_OTHER),
                         status == 408 || status == 499);
    for (int error = EMRS_ERROR_NONE; error <= EMRS_ERROR_UNRECOGNIZED_CLIENT; error++)
        assert_int_equal(emrs_effect_may_be_late(400, (emrs_error)error),
                         error == EMRS_ERROR_INTERNAL_SERVER || error == EMRS_ERROR_REQUEST_ABORTED
                             || error == EMRS_ERROR_REQUEST_TIMEOUT
                             || error == EMRS_ERROR_SERVICE_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truth_table),
        cmocka_unit_test(test_attempts_join),
        cmocka_unit_test(test_errors_that_refuse_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
