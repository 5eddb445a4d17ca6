/* SPDX-License-Identifier: MIT */
/* Every result has words, and every result except success has a next step. */
#include "unit.h"

#include <limits.h>

#include "emrs_config.h"
#include "emrs_stop.h"

#define WORDS_SIZE_MAX 120u
#define CODE_COUNT (1 - EMRS_E_GUARD)
#define EFFECT_COUNT (EMRS_EFFECT_ACCEPTED + 1)
#define PHASE_COUNT (EMRS_PHASE_ANSWER + 1)
#define REASON_COUNT (EMRS_REASON_PROXY_FAILED + 1)
#define FIELD_COUNT (EMRS_FIELD_WORK + 1)
#define RULE_COUNT (EMRS_RULE_MISSING_REGION + 1)
#define ERROR_COUNT (EMRS_ERROR_UNRECOGNIZED_CLIENT + 1)

static void check_words(const char *words)
{
    assert_non_null(words);
    assert_true(words[0] != '\0');
    assert_string_not_equal(words, "unknown");
    for (const char *at = words; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            fail_msg("not printable ASCII: %s", words);
    if (strlen(words) > WORDS_SIZE_MAX)
        fail_msg("longer than %u bytes: %s", WORDS_SIZE_MAX, words);
}

/* Checks the words for 0 to count - 1, or for the negative numbers: all are different, and the next
 * number is unknown. */
static void check_kind(const char *(*words_of)(int), int count, int sign)
{
    for (int i = 0; i < count; i++) {
        check_words(words_of(sign * i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(words_of(sign * i), words_of(sign * j));
    }
    assert_string_equal(words_of(sign * count),
                        "unknown"); /* if this fails, correct the count in this test */
}

static const char *effect_words(int effect)
{
    return emrs_effect_words((emrs_effect)effect);
}

static const char *phase_words(int phase)
{
    return emrs_phase_words((emrs_phase)phase);
}

static const char *reason_words(int reason)
{
    return emrs_reason_words((emrs_reason)reason);
}

static const char *field_words(int field)
{
    return emrs_field_words((emrs_field)field);
}

static void test_every_code(void **state)
{
    (void)state;
    check_kind(emrs_code_words, CODE_COUNT, -1);
    for (int move = EMRS_MOVE_CONNECT; move <= EMRS_MOVE_CLOSE; move++)
        assert_string_equal(emrs_code_words(move), "not finished");
}

static void test_every_effect_phase_reason_and_field(void **state)
{
    (void)state;
    check_kind(effect_words, EFFECT_COUNT, 1);
    check_kind(phase_words, PHASE_COUNT, 1);
    check_kind(reason_words, REASON_COUNT, 1);
    check_kind(field_words, FIELD_COUNT, 1);
}

static void test_every_field_and_rule(void **state)
{
    (void)state;
    for (int field = 0; field < FIELD_COUNT; field++) {
        for (int rule = 0; rule < RULE_COUNT; rule++)
            check_words(emrs_rule_words((emrs_field)field, (emrs_rule)rule));
        assert_string_equal(emrs_rule_words((emrs_field)field, (emrs_rule)RULE_COUNT), "unknown");
    }
}

static void assert_says(const char *words, const char *part)
{
    if (strstr(words, part) == NULL)
        fail_msg("no \"%s\" in: %s", part, words);
}

static void check_figure(emrs_field field, emrs_rule rule, unsigned figure)
{
    char text[16];
    const char *words = emrs_rule_words(field, rule);
    snprintf(text, sizeof text, " %u", figure);
    if (strstr(words, text) == NULL)
        fail_msg("no%s in: %s", text, words);
}

/* The numbers in the words are those of emrs_config.h. */
static void test_figures(void **state)
{
    (void)state;
    check_figure(EMRS_FIELD_APPLICATION_ID, EMRS_RULE_TOO_LONG, EMRS_ID_SIZE_MAX);
    check_figure(EMRS_FIELD_JOB_RUN_ID, EMRS_RULE_TOO_LONG, EMRS_ID_SIZE_MAX);
    check_figure(EMRS_FIELD_REGION, EMRS_RULE_TOO_LONG, EMRS_REGION_SIZE_MAX);
    check_figure(EMRS_FIELD_ENDPOINT, EMRS_RULE_TOO_LONG, EMRS_HOST_SIZE_MAX);
    check_figure(EMRS_FIELD_ENDPOINT, EMRS_RULE_TOO_LONG, EMRS_BASE_PATH_SIZE_MAX);
    check_figure(EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_TOO_LONG, EMRS_ACCESS_KEY_ID_SIZE_MAX);
    check_figure(EMRS_FIELD_SECRET_ACCESS_KEY, EMRS_RULE_TOO_LONG, EMRS_SECRET_SIZE_MAX);
    check_figure(EMRS_FIELD_USER_AGENT, EMRS_RULE_TOO_LONG, EMRS_USER_AGENT_SIZE_MAX);
    check_figure(EMRS_FIELD_SHUTDOWN_GRACE_PERIOD, EMRS_RULE_RANGE, EMRS_GRACE_MIN_S);
    check_figure(EMRS_FIELD_SHUTDOWN_GRACE_PERIOD, EMRS_RULE_RANGE, EMRS_GRACE_MAX_S);
    check_figure(EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE, EMRS_TIMEOUT_MAX_MS / 3600000u);
    check_figure(EMRS_FIELD_TAG_KEY, EMRS_RULE_TOO_LONG, EMRS_TAG_KEY_SIZE_MAX);
    check_figure(EMRS_FIELD_TAG_KEY, EMRS_RULE_RANGE, EMRS_TAG_COUNT_MAX);
    check_figure(EMRS_FIELD_EXPECTED_NAME, EMRS_RULE_TOO_LONG, EMRS_NAME_SIZE_MAX);
}

/* The words say which bytes a field may have. */
static void test_bytes_that_are_refused(void **state)
{
    (void)state;
    assert_says(emrs_rule_words(EMRS_FIELD_APPLICATION_ID, EMRS_RULE_BYTE), "only 0-9 and a-z");
    assert_says(emrs_rule_words(EMRS_FIELD_REGION, EMRS_RULE_BYTE), "a-z, 0-9 and '-'");
    assert_says(emrs_rule_words(EMRS_FIELD_USER_AGENT, EMRS_RULE_BYTE), "single spaces");
    assert_says(emrs_rule_words(EMRS_FIELD_SECRET_ACCESS_KEY, EMRS_RULE_BYTE), "pasted");
    assert_says(emrs_rule_words(EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_BYTE), "pasted");
}

static void check_step(const emrs_result *result)
{
    const char *step = emrs_next_step(result);
    if (step == NULL || step[0] == '\0')
        fail_msg("no next step: effect %d, code %d, error %d, reason %d", (int)result->effect,
                 result->code, (int)result->error, (int)result->reason);
    check_words(step);
    assert_int_equal(step[strlen(step) - 1], '.');
}

static void check_steps(emrs_effect effect)
{
    for (int code = EMRS_E_ARGUMENT; code >= EMRS_E_THROTTLED; code--)
        for (int error = 0; error < ERROR_COUNT; error++)
            for (int reason = 0; reason < REASON_COUNT; reason++) {
                emrs_result result = {.effect = effect,
                                      .code = code,
                                      .error = (emrs_error)error,
                                      .reason = (emrs_reason)reason};
                check_step(&result);
                if (effect == EMRS_EFFECT_UNKNOWN) /* for every error: check the job run */
                    assert_non_null(strstr(emrs_next_step(&result), "job run's state"));
            }
}

static void test_next_step_of_none(void **state)
{
    (void)state;
    check_steps(EMRS_EFFECT_NONE);
}

static void test_next_step_of_unknown(void **state)
{
    (void)state;
    check_steps(EMRS_EFFECT_UNKNOWN);
}

static void test_next_step_of_refused(void **state)
{
    (void)state;
    check_steps(EMRS_EFFECT_REFUSED);
}

/* Texts must be true in each case in which they are printed. */
static void test_words_are_true(void **state)
{
    (void)state;
    /* With NONE, a part of a request may have been sent. */
    assert_says(emrs_effect_words(EMRS_EFFECT_NONE), "no whole request was sent");
    /* The result of emrs_init may be OK too. */
    assert_says(emrs_code_words(EMRS_OK), "no error");
    assert_says(emrs_code_words(EMRS_E_STATE), "in another call");
    /* The number was given, only EMRS_GRACE_SECONDS was not. */
    assert_says(emrs_rule_words(EMRS_FIELD_SHUTDOWN_GRACE_PERIOD, EMRS_RULE_MISSING),
                "without EMRS_GRACE_SECONDS");
    /* An alert may also come after the handshake. A time-out of TCP proves no missing route. */
    assert_says(emrs_reason_words(EMRS_REASON_TLS_ALERT), "ended TLS with an alert");
    assert_says(emrs_reason_words(EMRS_REASON_UNREACHABLE), "cannot be reached");
    assert_says(emrs_reason_words(EMRS_REASON_TLS_RECORD), "malformed or too large");
    /* Another TLS library reports this too, so its text does not name mbedTLS. */
    const emrs_result mismatch = {.code = EMRS_E_CERTIFICATE, .reason = EMRS_REASON_NAME_MISMATCH};
    assert_null(strstr(emrs_next_step(&mismatch), "mbedTLS"));
}

/* The next step depends on why the service says it denied access. */
static void test_next_step_of_access_denied(void **state)
{
    static const struct {
        emrs_text message;
        const char *part;
    } rows[] = {
        {EMRS_TEXT_INIT(""), "caller's role"},
        {EMRS_TEXT_INIT("Access denied"), "caller's role"},
        {EMRS_TEXT_INIT("... because no identity-based policy allows the x action"),
         "caller's role"},
        {EMRS_TEXT_INIT("... because no VPC endpoint policy allows the x action"),
         "policy that the mess"},
        {EMRS_TEXT_INIT("... because no service control policy allows the x action"),
         "policy that the mess"},
        {EMRS_TEXT_INIT("... because no session policy allows the x action"),
         "policy that the mess"},
        {EMRS_TEXT_INIT("... because no permissions boundary allows the x action"),
         "policy that the mess"},
        {EMRS_TEXT_INIT("... with an explicit deny in a service control policy"), "denies"},
        {EMRS_TEXT_INIT("... with an explicit deny in an identity-based policy"), "denies"},
        {EMRS_TEXT_INIT("explicit deny"), "denies"},
        {EMRS_TEXT_INIT("explicit den"), "caller's role"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_result result = {.effect = EMRS_EFFECT_REFUSED,
                              .code = EMRS_E_AUTH,
                              .error = EMRS_ERROR_ACCESS_DENIED,
                              .message = rows[i].message};
        check_step(&result);
        assert_says(emrs_next_step(&result), rows[i].part);
        result.effect = EMRS_EFFECT_UNKNOWN;
        assert_says(emrs_next_step(&result), "job run's state");
    }
}

static void test_next_steps_name_the_cause(void **state)
{
    static const struct {
        emrs_result result;
        const char *part;
    } rows[] = {
        {{.code = EMRS_E_AUTH, .error = EMRS_ERROR_INCOMPLETE_SIGNATURE}, "access key id"},
        {{.code = EMRS_E_TLS, .reason = EMRS_REASON_TLS_PIECES}, "3.6.3"},
        {{.code = EMRS_E_TLS, .reason = EMRS_REASON_TLS_CLIENT_CERTIFICATE}, "client certificate"},
        {{.code = EMRS_E_CERTIFICATE, .reason = EMRS_REASON_CHAIN_COST}, "certificates"},
        {{.code = EMRS_E_PORT}, "port"},
        {{.code = EMRS_E_CREDENTIALS}, "source"},
        {{.code = EMRS_E_TLS, .reason = EMRS_REASON_OWN_CERTIFICATE}, "belong together"},
        {{.code = EMRS_E_TLS, .reason = EMRS_REASON_OWN_CERTIFICATE_REFUSED}, "server knows"},
        {{.code = EMRS_E_PROXY, .reason = EMRS_REASON_PROXY_AUTH}, "password"},
        {{.code = EMRS_E_PROXY, .reason = EMRS_REASON_PROXY_REFUSED}, "proxy's rules"},
        {{.code = EMRS_E_CONNECT, .reason = EMRS_REASON_PROXY_FAILED}, "proxy"},
        {{.code = EMRS_E_CLOCK}, "Set the clock"},
        {{.code = EMRS_E_INSECURE}, "https"},
        {{.code = EMRS_E_STATE}, "Initialise"},
        {{.code = EMRS_E_SPACE}, "EMRS_WORK_SIZE"},
        {{.code = EMRS_E_TIMEOUT}, "more time"},
        {{.code = EMRS_E_STOPPED}, "more time"},
        {{.code = EMRS_E_ARGUMENT}, "Correct that, then"},
        {{.code = EMRS_E_SERVICE, .effect = EMRS_EFFECT_REFUSED}, "what the service says"},
        /* The first numbers past the tables */
        {{.code = EMRS_E_TLS, .reason = (emrs_reason)REASON_COUNT}, "Correct that, then"},
        {{.code = EMRS_E_SERVICE, .error = (emrs_error)ERROR_COUNT}, "Correct that, then"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_says(emrs_next_step(&rows[i].result), rows[i].part);
}

static void test_success_needs_no_next_step(void **state)
{
    static const emrs_result result = {.effect = EMRS_EFFECT_ACCEPTED, .code = EMRS_DONE};
    (void)state;
    assert_string_equal(emrs_next_step(&result), "");
}

/* Numbers out of range, which a wrong port may report. This test is the last, since without a check
 * it would read wild memory and end the program. */
static void test_numbers_out_of_range(void **state)
{
    static const int wild[] = {-1, -2, -1000, 1000, INT_MIN + 1, INT_MAX, INT_MIN};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wild); i++) {
        emrs_result result = {.reason = (emrs_reason)wild[i]};
        assert_string_equal(effect_words(wild[i]), "unknown");
        assert_string_equal(phase_words(wild[i]), "unknown");
        assert_string_equal(reason_words(wild[i]), "unknown");
        assert_string_equal(field_words(wild[i]), "unknown");
        assert_string_equal(emrs_rule_words(EMRS_FIELD_NONE, (emrs_rule)wild[i]), "unknown");
        assert_non_null(emrs_code_words(wild[i]));
        check_step(&result);
        result = (emrs_result){.error = (emrs_error)wild[i]};
        check_step(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code),
        cmocka_unit_test(test_every_effect_phase_reason_and_field),
        cmocka_unit_test(test_every_field_and_rule),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_bytes_that_are_refused),
        cmocka_unit_test(test_next_step_of_none),
        cmocka_unit_test(test_next_step_of_unknown),
        cmocka_unit_test(test_next_step_of_refused),
        cmocka_unit_test(test_words_are_true),
        cmocka_unit_test(test_next_step_of_access_denied),
        cmocka_unit_test(test_next_steps_name_the_cause),
        cmocka_unit_test(test_success_needs_no_next_step),
        cmocka_unit_test(test_numbers_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
