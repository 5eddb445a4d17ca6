/* SPDX-License-Identifier: MIT */
/* The rules for input: each with every byte and at every limit, then through the public
 * functions. */
#include "unit.h"

#include "id.h"
#include "emrs_config.h"

/* A character class as a list of its members, which is another way than in id.c. */
#define DIGITS "0123456789"
#define LOWERS "abcdefghijklmnopqrstuvwxyz"
#define UPPERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define VISIBLE "!\"#$%&'()*+,-./" DIGITS ":;<=>?@" UPPERS "[\\]^_`" LOWERS "{|}~"

static emrs_rule secret_of_128(emrs_text secret)
{
    return emrs_secret_check(secret, EMRS_SECRET_SIZE_MAX);
}

static const struct {
    emrs_rule (*check)(emrs_text text);
    const char *class; /* bytes that any position may have; inside, a user agent may have ' ' too */
    emrs_rule rule;    /* for any other byte */
    size_t size_max;
    bool may_be_empty, space_inside;
} checks[] = {
    {emrs_id_check, DIGITS LOWERS, EMRS_RULE_BYTE, 64, false, false},
    {emrs_region_check, DIGITS LOWERS "-", EMRS_RULE_BYTE, 63, false, false},
    {emrs_access_key_id_check, DIGITS LOWERS UPPERS "_", EMRS_RULE_KEY_ID, 128, false, false},
    {secret_of_128, VISIBLE, EMRS_RULE_BYTE, 128, false, false},
    {emrs_user_agent_check, VISIBLE, EMRS_RULE_BYTE, 64, true, true},
};

static bool is_in(const char *class, int byte)
{
    return byte != 0 && strchr(class, byte) != NULL;
}

/* Every byte alone, first, in the middle and last. */
static void test_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(checks); i++)
        for (int byte = 0; byte < 256; byte++)
            for (size_t at = 0; at < 4; at++) {
                char text[3] = {'a', '0', 'z'};
                size_t size = at < 3 ? 3 : 1;
                bool inside = at == 1 && checks[i].space_inside && byte == ' ';
                text[at % 3] = (char)byte;
                assert_int_equal(checks[i].check((emrs_text){text, size}),
                                 is_in(checks[i].class, byte) || inside ? EMRS_RULE_NONE
                                                                        : checks[i].rule);
            }
}

/* One bad byte at each position of a text of full length is found. */
static void test_every_position(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(checks); i++)
        for (size_t at = 0; at < checks[i].size_max; at++) {
            char text[128];
            memset(text, 'a', sizeof text);
            assert_int_equal(checks[i].check((emrs_text){text, checks[i].size_max}),
                             EMRS_RULE_NONE);
            text[at] = '\n';
            assert_int_equal(checks[i].check((emrs_text){text, checks[i].size_max}),
                             checks[i].rule);
        }
}

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        char text[160];
        emrs_rule when_empty = checks[i].may_be_empty ? EMRS_RULE_NONE : EMRS_RULE_MISSING;
        memset(text, 'a', sizeof text);
        assert_int_equal(checks[i].check((emrs_text){text, 0}), when_empty);
        assert_int_equal(checks[i].check((emrs_text){NULL, 0}), when_empty);
        for (size_t size = 1; size <= sizeof text; size++)
            assert_int_equal(checks[i].check((emrs_text){text, size}),
                             size <= checks[i].size_max ? EMRS_RULE_NONE : EMRS_RULE_TOO_LONG);
    }
    assert_int_equal(emrs_id_check((emrs_text){NULL, 4}), EMRS_RULE_MISSING);
    assert_int_equal(emrs_region_check((emrs_text){NULL, 4}), EMRS_RULE_MISSING);
    assert_int_equal(emrs_access_key_id_check((emrs_text){NULL, 4}), EMRS_RULE_MISSING);
    assert_int_equal(secret_of_128((emrs_text){NULL, 4}), EMRS_RULE_MISSING);
}

/* The size of a token has no limit. */
static void test_token_of_any_size(void **state)
{
    enum { SIZE = 70000 };
    char *token = malloc(SIZE);
    (void)state;
    assert_non_null(token);
    memset(token, '=', SIZE);
    assert_int_equal(emrs_secret_check((emrs_text){token, SIZE}, SIZE_MAX), EMRS_RULE_NONE);
    token[SIZE - 1] = ' ';
    assert_int_equal(emrs_secret_check((emrs_text){token, SIZE}, SIZE_MAX), EMRS_RULE_BYTE);
    free(token);
}

static void test_user_agent_spaces(void **state)
{
    static const struct {
        emrs_text suffix;
        emrs_rule rule;
    } rows[] = {
        {EMRS_TEXT_INIT("gateway/7"), EMRS_RULE_NONE},
        {EMRS_TEXT_INIT("gateway/7 (fw 1.2)"), EMRS_RULE_NONE},
        {EMRS_TEXT_INIT("a b c"), EMRS_RULE_NONE},
        {EMRS_TEXT_INIT(" "), EMRS_RULE_BYTE},
        {EMRS_TEXT_INIT(" a"), EMRS_RULE_BYTE},
        {EMRS_TEXT_INIT("a "), EMRS_RULE_BYTE},
        {EMRS_TEXT_INIT("a  b"), EMRS_RULE_BYTE},
        {EMRS_TEXT_INIT("a\tb"), EMRS_RULE_BYTE},
        {EMRS_TEXT_INIT("a\r\nX-Evil: 1"), EMRS_RULE_BYTE},
        {EMRS_TEXT_INIT("a\0b"), EMRS_RULE_BYTE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(emrs_user_agent_check(rows[i].suffix), rows[i].rule);
}

static void test_grace(void **state)
{
    static const struct {
        int32_t seconds;
        emrs_rule rule;
    } rows[] = {
        {0, EMRS_RULE_NONE},          {15, EMRS_RULE_NONE},         {16, EMRS_RULE_NONE},
        {120, EMRS_RULE_NONE},        {1799, EMRS_RULE_NONE},       {1800, EMRS_RULE_NONE},
        {-1, EMRS_RULE_RANGE},        {1, EMRS_RULE_RANGE},         {14, EMRS_RULE_RANGE},
        {1801, EMRS_RULE_RANGE},      {-15, EMRS_RULE_RANGE},       {65536, EMRS_RULE_RANGE},
        {INT32_MIN, EMRS_RULE_RANGE}, {INT32_MAX, EMRS_RULE_RANGE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(emrs_grace_check(EMRS_GRACE_SECONDS, rows[i].seconds), rows[i].rule);
        assert_int_equal(emrs_grace_check(EMRS_GRACE_UNCHECKED, rows[i].seconds), EMRS_RULE_NONE);
        assert_int_equal(emrs_grace_check(EMRS_GRACE_ABSENT, rows[i].seconds),
                         rows[i].seconds == 0 ? EMRS_RULE_NONE : EMRS_RULE_MISSING);
        assert_int_equal(emrs_grace_check((emrs_grace)7, rows[i].seconds), EMRS_RULE_MISSING);
    }
}

/* Through the public functions: emrs_init and emrs_cancel_job_run_start name field and rule. */

static char work[EMRS_WORK_SIZE];
static char many[200]; /* filled with 'a'; slices of it have any size */

static emrs_text sized(size_t size)
{
    memset(many, 'a', sizeof many);
    return (emrs_text){many, size};
}

static emrs_config good_config(const emrs_credentials *credentials)
{
    return (emrs_config){.region = EMRS_TEXT("us-east-1"),
                         .credentials = credentials,
                         .work = work,
                         .work_size = sizeof work};
}

static const emrs_credentials good_credentials = {
    EMRS_TEXT_INIT("AKIDEXAMPLE"), EMRS_TEXT_INIT("secret"), EMRS_TEXT_INIT(""), 0, 0};

static void assert_init_refuses(const emrs_config *config, emrs_field field, emrs_rule rule)
{
    static const emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT_INIT("0"),
                                                    .job_run_id = EMRS_TEXT_INIT("0")};
    emrs_client client;
    emrs_call call;
    emrs_result result;
    assert_int_equal(emrs_init(&client, config, &result), EMRS_E_ARGUMENT);
    assert_int_equal(result.code, EMRS_E_ARGUMENT);
    assert_int_equal(result.field, field);
    assert_int_equal(result.rule, rule);
    assert_int_equal(result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(emrs_cancel_job_run_start(&call, &client, &input, &result), EMRS_E_STATE);
}

static void test_init_names_what_is_wrong(void **state)
{
    emrs_config config;
    (void)state;
    config = good_config(&good_credentials);
    config.region = EMRS_TEXT("");
    assert_init_refuses(&config, EMRS_FIELD_REGION, EMRS_RULE_MISSING_REGION);
    config.region = EMRS_TEXT("us_east_1");
    assert_init_refuses(&config, EMRS_FIELD_REGION, EMRS_RULE_BYTE);
    config.region = EMRS_TEXT("us-east-1.evil.example/");
    assert_init_refuses(&config, EMRS_FIELD_REGION, EMRS_RULE_BYTE);
    config.region = sized(64);
    assert_init_refuses(&config, EMRS_FIELD_REGION, EMRS_RULE_TOO_LONG);
    config = good_config(&good_credentials);
    config.user_agent = EMRS_TEXT("a\r\nb");
    assert_init_refuses(&config, EMRS_FIELD_USER_AGENT, EMRS_RULE_BYTE);
    config.user_agent = sized(65);
    assert_init_refuses(&config, EMRS_FIELD_USER_AGENT, EMRS_RULE_TOO_LONG);
    config = good_config(&good_credentials);
    config.timeout_ms = EMRS_TIMEOUT_MAX_MS + 1u;
    assert_init_refuses(&config, EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    config = good_config(&good_credentials);
    config.connect_timeout_ms = UINT32_MAX;
    assert_init_refuses(&config, EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    config = good_config(&good_credentials);
    config.receive_timeout_ms = EMRS_TIMEOUT_MAX_MS + 1u;
    assert_init_refuses(&config, EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE);
    config = good_config(&good_credentials);
    config.work = NULL;
    assert_init_refuses(&config, EMRS_FIELD_WORK, EMRS_RULE_MISSING);
}

static void test_init_says_the_room_it_needs(void **state)
{
    emrs_config config = good_config(&good_credentials);
    emrs_client client;
    emrs_result result;
    (void)state;
    config.work_size = EMRS_WORK_SIZE - 1u;
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_E_SPACE);
    assert_int_equal(result.needed_size, EMRS_WORK_SIZE);
    config.work_size = result.needed_size;
    assert_int_equal(emrs_init(&client, &config, &result), EMRS_DONE);
}

/* ret: what start returns for one call; a call that starts is stopped again */
static int start(const emrs_credentials *credentials, emrs_cancel_job_run_input input,
                 emrs_result *result)
{
    emrs_config config = good_config(credentials);
    emrs_client client;
    emrs_call call;
    emrs_move move;
    assert_int_equal(emrs_init(&client, &config, result), EMRS_DONE);
    int code = emrs_cancel_job_run_start(&call, &client, &input, result);
    assert_int_equal(result->code, code == EMRS_OK ? EMRS_MOVE_CONNECT : code);
    assert_int_equal(client.call != NULL, code == EMRS_DONE);
    if (code == EMRS_DONE) {
        emrs_report stop = {.news = EMRS_NEWS_STOP};
        assert_int_equal(emrs_step(&call, (emrs_now){.utc_s = EMRS_BUILD_TIME_S}, stop, &move),
                         EMRS_E_STOPPED);
        assert_null(client.call);
    }
    return code;
}

static void test_start_names_a_wrong_input(void **state)
{
    const emrs_text id = EMRS_TEXT("00fabcdefg123456");
    const struct {
        emrs_cancel_job_run_input input;
        emrs_field field;
        emrs_rule rule;
    } rows[] = {
        {{id, id, EMRS_GRACE_ABSENT, 7}, EMRS_FIELD_SHUTDOWN_GRACE_PERIOD, EMRS_RULE_MISSING},
        {{id, id, EMRS_GRACE_SECONDS, 0}, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {{id, id, EMRS_GRACE_UNCHECKED, INT32_MIN}, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {{sized(64), id, EMRS_GRACE_SECONDS, 1800}, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {{EMRS_TEXT(""), id, EMRS_GRACE_ABSENT, 0}, EMRS_FIELD_APPLICATION_ID, EMRS_RULE_MISSING},
        {{sized(65), id, EMRS_GRACE_ABSENT, 0}, EMRS_FIELD_APPLICATION_ID, EMRS_RULE_TOO_LONG},
        {{EMRS_TEXT("../x"), id, EMRS_GRACE_ABSENT, 0}, EMRS_FIELD_APPLICATION_ID, EMRS_RULE_BYTE},
        {{id, EMRS_TEXT(""), EMRS_GRACE_ABSENT, 0}, EMRS_FIELD_JOB_RUN_ID, EMRS_RULE_MISSING},
        {{id, sized(65), EMRS_GRACE_ABSENT, 0}, EMRS_FIELD_JOB_RUN_ID, EMRS_RULE_TOO_LONG},
        {{id, EMRS_TEXT("00F"), EMRS_GRACE_ABSENT, 0}, EMRS_FIELD_JOB_RUN_ID, EMRS_RULE_BYTE},
        {{EMRS_TEXT("A"), EMRS_TEXT("A"), EMRS_GRACE_SECONDS, 1},
         EMRS_FIELD_APPLICATION_ID,
         EMRS_RULE_BYTE},
        {{id, id, EMRS_GRACE_SECONDS, 14}, EMRS_FIELD_SHUTDOWN_GRACE_PERIOD, EMRS_RULE_RANGE},
        {{id, id, EMRS_GRACE_SECONDS, -1}, EMRS_FIELD_SHUTDOWN_GRACE_PERIOD, EMRS_RULE_RANGE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        emrs_result result;
        int code = start(&good_credentials, rows[i].input, &result);
        assert_int_equal(code, rows[i].rule == EMRS_RULE_NONE ? EMRS_DONE : EMRS_E_ARGUMENT);
        if (code < 0) { /* the result of a call that started has changed since */
            assert_int_equal(result.field, rows[i].field);
            assert_int_equal(result.rule, rows[i].rule);
        }
    }
}

static void test_start_names_wrong_credentials(void **state)
{
    const emrs_text id = EMRS_TEXT("AKID_example0"), good = EMRS_TEXT("Good+key/0=");
    const struct {
        emrs_credentials credentials;
        emrs_field field;
        emrs_rule rule;
    } rows[] = {
        {{id, good, EMRS_TEXT(""), 0, 0}, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {{id, good, (emrs_text){NULL, 0}, 0, 0}, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {{sized(128), sized(128), sized(200), 0, 0}, EMRS_FIELD_NONE, EMRS_RULE_NONE},
        {{EMRS_TEXT(""), good, good, 0, 0}, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING},
        {{sized(129), good, good, 0, 0}, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_TOO_LONG},
        {{EMRS_TEXT("AKID\r\n"), good, good, 0, 0}, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_KEY_ID},
        {{good, id, good, 0, 0}, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_KEY_ID}, /* the two swapped */
        {{EMRS_TEXT("\"AKID\""), good, good, 0, 0}, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_KEY_ID},
        {{EMRS_TEXT("AWS_ACCESS_KEY_ID=AKID"), good, good, 0, 0},
         EMRS_FIELD_ACCESS_KEY_ID,
         EMRS_RULE_KEY_ID},
        {{EMRS_TEXT("AKID,"), good, good, 0, 0}, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_KEY_ID},
        {{id, EMRS_TEXT(""), good, 0, 0}, EMRS_FIELD_SECRET_ACCESS_KEY, EMRS_RULE_MISSING},
        {{id, sized(129), good, 0, 0}, EMRS_FIELD_SECRET_ACCESS_KEY, EMRS_RULE_TOO_LONG},
        {{id, EMRS_TEXT("secret "), good, 0, 0}, EMRS_FIELD_SECRET_ACCESS_KEY, EMRS_RULE_BYTE},
        {{id, good, EMRS_TEXT("tok\ren"), 0, 0}, EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_BYTE},
        {{id, good, EMRS_TEXT("token\n"), 0, 0}, EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_BYTE},
        {{id, good, EMRS_TEXT("\xc3\xa9"), 0, 0}, EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_BYTE},
        {{id, good, (emrs_text){NULL, 9}, 0, 0}, EMRS_FIELD_SESSION_TOKEN, EMRS_RULE_MISSING},
    };
    const emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT("0"),
                                             .job_run_id = EMRS_TEXT("0")};
    emrs_result result;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int code = start(&rows[i].credentials, input, &result);
        assert_int_equal(code, rows[i].rule == EMRS_RULE_NONE ? EMRS_DONE : EMRS_E_ARGUMENT);
        if (code < 0) {
            assert_int_equal(result.field, rows[i].field);
            assert_int_equal(result.rule, rows[i].rule);
        }
    }
    assert_int_equal(start(NULL, input, &result), EMRS_E_ARGUMENT);
    assert_int_equal(result.field, EMRS_FIELD_ACCESS_KEY_ID);
    assert_int_equal(result.rule, EMRS_RULE_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_every_position),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_token_of_any_size),
        cmocka_unit_test(test_user_agent_spaces),
        cmocka_unit_test(test_grace),
        cmocka_unit_test(test_init_names_what_is_wrong),
        cmocka_unit_test(test_init_says_the_room_it_needs),
        cmocka_unit_test(test_start_names_a_wrong_input),
        cmocka_unit_test(test_start_names_wrong_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
