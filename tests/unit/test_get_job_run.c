/* SPDX-License-Identifier: MIT */
/* GetJobRun: its request, which answers are accepted, and what is kept of them. */
#include "unit.h"

#include "emrs_job_run.h"
#include "operation.h"
#include "sieve.h"
#include "support/bench.h"
#include "support/secrets.h"

#define PENDING emrs_report_of(EMRS_NEWS_PENDING)
#define IDS "\"applicationId\":\"" BENCH_APPLICATION_ID "\",\"jobRunId\":\"" BENCH_JOB_RUN_ID "\""
#define RUN(members) "{\"jobRun\":{" IDS "," members "}}"
#define RUNNING(members) RUN("\"state\":\"RUNNING\"," members)

static bench b;
static emrs_get_job_run_input input;
static emrs_job_run run;
static char store[EMRS_JOB_RUN_STORE_SIZE(EMRS_TAG_COUNT_MAX) + 4096];

static int setup(void **state)
{
    (void)state;
    bench_init(&b);
    input = (emrs_get_job_run_input){.application_id = EMRS_TEXT(BENCH_APPLICATION_ID),
                                     .job_run_id = EMRS_TEXT(BENCH_JOB_RUN_ID)};
    memset(&run, 0xff, sizeof run); /* a caller sets only store and store_size */
    run.store = store;
    run.store_size = EMRS_JOB_RUN_STORE_SIZE(0);
    return 0;
}

static int start(void)
{
    if (b.client.ready == 0)
        assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    b.last_was_shown = false;
    return emrs_get_job_run_start(&b.call, &b.client, &input, &run, &b.result);
}

static void look_to_receive(void)
{
    assert_int_equal(start(), EMRS_OK);
    bench_to_receive(&b);
}

static void give_head(const char *status, size_t size)
{
    char head[128];
    int used =
        snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", status, size);
    bench_answer(&b, head, (size_t)used, sizeof head);
}

static int look_in_pieces(const char *body, size_t piece)
{
    look_to_receive();
    give_head("200 OK", strlen(body));
    bench_answer(&b, body, strlen(body), piece);
    int code = bench_end(&b);
    assert_int_equal(b.result.effect, EMRS_EFFECT_NONE);
    assert_ptr_equal(run.store, store);
    return code;
}

static int look(const char *body)
{
    return look_in_pieces(body, strlen(body));
}

static void assert_text(emrs_text text, const char *word)
{
    if (!emrs_text_spells(text, word))
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.size, text.bytes, word);
}

static void assert_time(emrs_time time, uint32_t s, uint32_t us)
{
    if (time.s != s || time.us != us)
        fail_msg("%u.%06u is not %u.%06u", time.s, time.us, s, us);
}

/* The request */

static void assert_asks(const char *line)
{
    assert_int_equal(start(), EMRS_OK);
    bench_to_send(&b);
    assert_memory_equal(b.move.send, line, strlen(line));
    emrs_text request = {b.move.send, b.move.size};
    for (size_t at = 0; at < request.size; at++)
        assert_false(emrs_text_starts(emrs_text_from(request, at), EMRS_TEXT("Content-Length")));
    bench_step(&b, emrs_report_of(EMRS_NEWS_STOP));
    bench_end(&b);
}

static void test_the_request(void **state)
{
    (void)state;
    assert_asks("GET /applications/" BENCH_APPLICATION_ID "/jobruns/" BENCH_JOB_RUN_ID
                " HTTP/1.1\r\n");
    input.attempt = 1;
    assert_asks("GET /applications/" BENCH_APPLICATION_ID "/jobruns/" BENCH_JOB_RUN_ID
                "?attempt=1 HTTP/1.1\r\n");
    input.attempt = 65535;
    assert_asks("GET /applications/" BENCH_APPLICATION_ID "/jobruns/" BENCH_JOB_RUN_ID
                "?attempt=65535 HTTP/1.1\r\n");
}

static void assert_refused(emrs_field field, emrs_rule rule)
{
    assert_int_equal(start(), EMRS_E_ARGUMENT);
    assert_int_equal(b.result.field, field);
    assert_int_equal(b.result.rule, rule);
}

static void test_input_that_is_refused(void **state)
{
    static char long_key[EMRS_TAG_KEY_SIZE_MAX + 1];
    emrs_text keys[EMRS_TAG_COUNT_MAX + 1] = {EMRS_TEXT_INIT("a"), EMRS_TEXT_INIT("b"),
                                              EMRS_TEXT_INIT("aa")};
    (void)state;
    memset(long_key, 'k', sizeof long_key);
    input.job_run_id = EMRS_TEXT("");
    assert_refused(EMRS_FIELD_JOB_RUN_ID, EMRS_RULE_MISSING);
    input.application_id = EMRS_TEXT("A");
    assert_refused(EMRS_FIELD_APPLICATION_ID, EMRS_RULE_BYTE);
    setup(NULL);
    input.tag_keys = keys;
    input.tag_count = EMRS_TAG_COUNT_MAX + 1;
    assert_refused(EMRS_FIELD_TAG_KEY, EMRS_RULE_RANGE);
    input.tag_count = 4;
    assert_refused(EMRS_FIELD_TAG_KEY, EMRS_RULE_MISSING);
    keys[3] = (emrs_text){long_key, sizeof long_key};
    assert_refused(EMRS_FIELD_TAG_KEY, EMRS_RULE_TOO_LONG);
    keys[3] = EMRS_TEXT("b");
    assert_refused(EMRS_FIELD_TAG_KEY, EMRS_RULE_RANGE);
    keys[3] = keys[2];
    assert_refused(EMRS_FIELD_TAG_KEY, EMRS_RULE_RANGE);
    keys[3] = (emrs_text){long_key, EMRS_TAG_KEY_SIZE_MAX};
    assert_int_equal(start(), EMRS_OK);
}

/* What an answer must have */

static void test_answers_that_are_not_accepted(void **state)
{
    static const struct {
        const char *body;
        int code;
    } rows[] = {
        {RUN("\"state\":\"RUNNING\""), EMRS_DONE},
        {"{\"jobRun\":{\"state\":\"X\",\"other\":[{}],\"jobRunId\":\"" BENCH_JOB_RUN_ID
         "\",\"applicationId\":\"" BENCH_APPLICATION_ID "\"},\"more\":{\"state\":1}}",
         EMRS_DONE},
        {"{}", EMRS_E_UNVERIFIED},
        {"", EMRS_E_UNVERIFIED},
        {"{\"jobRun\":null}", EMRS_E_UNVERIFIED},
        {"{\"jobRun\":[]}", EMRS_E_UNVERIFIED},
        {"{\"jobRun\":\"" BENCH_JOB_RUN_ID "\"}", EMRS_E_UNVERIFIED},
        {"{" IDS ",\"state\":\"RUNNING\"}", EMRS_E_UNVERIFIED}, /* not in jobRun */
        {"{\"jobRun\":{" IDS "},\"state\":\"RUNNING\"}", EMRS_E_UNVERIFIED},
        {"{\"jobRun\":{" IDS ",\"tags\":{\"state\":\"RUNNING\"}}}", EMRS_E_UNVERIFIED},
        {"{\"jobRun\":{\"applicationId\":\"" BENCH_APPLICATION_ID "\",\"state\":\"RUNNING\"}}",
         EMRS_E_UNVERIFIED},
        {"{\"jobRun\":{\"jobRunId\":\"" BENCH_JOB_RUN_ID "\",\"state\":\"RUNNING\"}}",
         EMRS_E_UNVERIFIED},
        {"{\"jobRun\":{\"applicationId\":\"" BENCH_APPLICATION_ID
         "\",\"jobRunId\":\"" BENCH_JOB_RUN_ID "x\",\"state\":\"RUNNING\"}}",
         EMRS_E_MISMATCH},
        {"{\"jobRun\":{\"applicationId\":\"x\",\"jobRunId\":\"" BENCH_JOB_RUN_ID
         "\",\"state\":\"RUNNING\"}}",
         EMRS_E_MISMATCH},
        {RUN("\"state\":null"), EMRS_E_JSON},
        {RUN("\"state\":1"), EMRS_E_JSON},
        {RUN("\"state\":{}"), EMRS_E_JSON},
        {"{\"jobRun\":{\"applicationId\":null,\"jobRunId\":\"" BENCH_JOB_RUN_ID
         "\",\"state\":\"RUNNING\"}}",
         EMRS_E_JSON},
        {"{\"jobRun\":{\"applicationId\":\"" BENCH_APPLICATION_ID
         "\",\"jobRunId\":12,\"state\":\"RUNNING\"}}",
         EMRS_E_JSON},
        {RUN("\"state\":\"RUNNING\",\"state\":\"RUNNING\""), EMRS_E_JSON},
        {RUN("\"state\":\"RUNNING\",}"), EMRS_E_JSON},
        {"[" RUN("\"state\":\"RUNNING\"") "]", EMRS_E_JSON},
        {"null", EMRS_E_JSON},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int code = look(rows[i].body);
        if (code != rows[i].code)
            fail_msg("%d: %s", code, rows[i].body);
        assert_true(code == EMRS_DONE || (run.state_name.size == 0 && run.name.size == 0));
    }
}

static void test_an_answer_to_half_a_request(void **state)
{
    static const char body[] = RUN("\"state\":\"RUNNING\"");
    (void)state;
    assert_int_equal(start(), EMRS_OK);
    bench_to_send(&b);
    bench_step(&b, emrs_moved(EMRS_NEWS_SENT, 1));
    bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
    assert_int_equal(b.what, EMRS_MOVE_RECEIVE);
    give_head("200 OK", sizeof body - 1);
    bench_answer(&b, body, sizeof body - 1, sizeof body);
    assert_int_equal(bench_end(&b), EMRS_E_PROTOCOL);
}

/* What is kept */

#define WHOLE                                                                                      \
    "{\"jobRun\":{" IDS ",\"arn\":\"arn:aws:emr-serverless:eu-west-1:123456789012:/applications/"  \
    "a/jobruns/b\",\"name\":\"nightly \\u00e9\\ud83d\\ude00 \\\"x\\\"\",\"createdBy\":"            \
    "\"arn:aws:iam::123456789012:user/ann\",\"createdAt\":1764237000.123,\"updatedAt\":1.7E9,"     \
    "\"startedAt\":\"2026-11-27T09:50:00.250Z\",\"endedAt\":1764237001,\"state\":\"SUCCESS\","     \
    "\"stateDetails\":\"done\\n\",\"attempt\":2.0,\"mode\":\"BATCH\",\"releaseLabel\":"            \
    "\"emr-7.9.0\",\"executionTimeoutMinutes\":72E1,\"jobDriver\":{\"sparkSubmit\":{\"name\":"     \
    "\"no\",\"tags\":{\"team\":\"no\"}}},\"billedResourceUtilization\":{\"vCPUHour\":0.25,"        \
    "\"memoryGBHour\":1.5E-4,\"storageGBHour\":0,\"attempt\":9},\"totalResourceUtilization\":"     \
    "{\"vCPUHour\":7},\"tags\":{\"cost\":\"\",\"t\\u0065am\":\"night\",\"x\":\"y\"}}}"

static const emrs_text whole_keys[] = {EMRS_TEXT_INIT("team"), EMRS_TEXT_INIT("owner"),
                                       EMRS_TEXT_INIT("cost")};

static void check_whole(void)
{
    assert_int_equal(run.state, EMRS_JOB_RUN_SUCCESS);
    assert_text(run.state_name, "SUCCESS");
    assert_text(run.state_details, "done\n");
    assert_text(run.name, "nightly \xc3\xa9\xf0\x9f\x98\x80 \"x\"");
    assert_text(run.arn, "arn:aws:emr-serverless:eu-west-1:123456789012:/applications/a/jobruns/b");
    assert_text(run.created_by, "arn:aws:iam::123456789012:user/ann");
    assert_text(run.mode, "BATCH");
    assert_text(run.release_label, "emr-7.9.0");
    assert_false(run.state_details_cut || run.name_cut || run.created_by_cut);
    assert_int_equal(run.attempt, 2);
    assert_int_equal(run.execution_timeout_minutes, 720);
    assert_time(run.created_at, 1764237000, 123000);
    assert_time(run.updated_at, 1700000000, 0);
    assert_time(run.started_at, 1795773000, 250000);
    assert_time(run.ended_at, 1764237001, 0);
    assert_text(run.billed_vcpu_hours, "0.25");
    assert_text(run.billed_memory_gb_hours, "1.5E-4");
    assert_text(run.billed_storage_gb_hours, "0");
    assert_text(run.tags[0], "night");
    assert_text(run.tags[1], "");
    assert_text(run.tags[2], "");
    assert_int_equal(run.tags_there, 5);
}

static void test_a_whole_answer_in_pieces_of_any_size(void **state)
{
    (void)state;
    input.tag_keys = whole_keys;
    input.tag_count = COUNT_OF(whole_keys);
    run.store_size = EMRS_JOB_RUN_STORE_SIZE(COUNT_OF(whole_keys));
    for (size_t piece = 1; piece < sizeof WHOLE; piece += piece < 40 ? 1 : 37) {
        assert_int_equal(look_in_pieces(WHOLE, piece), EMRS_DONE);
        check_whole();
    }
}

static void assert_bare(void)
{
    assert_int_equal(run.state, EMRS_JOB_RUN_RUNNING);
    const emrs_text texts[] = {run.state_details,
                               run.name,
                               run.arn,
                               run.created_by,
                               run.mode,
                               run.release_label,
                               run.billed_vcpu_hours,
                               run.billed_memory_gb_hours,
                               run.billed_storage_gb_hours,
                               run.tags[0]};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_int_equal(texts[i].size, 0);
    assert_false(run.state_details_cut || run.name_cut || run.created_by_cut);
    assert_int_equal(run.attempt, 0);
    assert_int_equal(run.execution_timeout_minutes, 0);
    assert_time(run.created_at, 0, 0);
    assert_time(run.updated_at, 0, 0);
    assert_time(run.started_at, 0, 0);
    assert_time(run.ended_at, 0, 0);
    assert_int_equal(run.tags_there, 0);
}

/* Every member except the two ids and the state may be absent, null, or of a wrong type. */
static void test_values_of_other_types(void **state)
{
    static const char *const strings[] = {"name", "arn",          "createdBy",    "stateDetails",
                                          "mode", "releaseLabel", "executionRole"};
    static const char *const numbers[] = {
        "attempt", "executionTimeoutMinutes", "createdAt", "updatedAt", "startedAt", "endedAt"};
    static const char *const objects[] = {"billedResourceUtilization", "tags"};
    static const char *const values[] = {"null", "true", "false",    "{}",       "[]",
                                         "[{}]", "12",   "\"text\"", "{\"a\":1}"};
    static const emrs_text key = EMRS_TEXT_INIT("a");
    char body[256];
    (void)state;
    input.tag_keys = &key;
    input.tag_count = 1;
    run.store_size = EMRS_JOB_RUN_STORE_SIZE(1);
    assert_int_equal(look(RUN("\"state\":\"RUNNING\"")), EMRS_DONE);
    assert_bare();
    for (size_t v = 0; v < COUNT_OF(values); v++) {
        bool is_number = values[v][0] == '1', is_string = values[v][0] == '"';
        for (size_t i = 0; i < COUNT_OF(strings) && !is_string; i++) {
            snprintf(body, sizeof body, RUNNING("\"%s\":%s"), strings[i], values[v]);
            assert_int_equal(look(body), EMRS_DONE);
            assert_bare();
        }
        for (size_t i = 0; i < COUNT_OF(numbers) && !is_number; i++) {
            snprintf(body, sizeof body, RUNNING("\"%s\":%s"), numbers[i], values[v]);
            assert_int_equal(look(body), EMRS_DONE);
            assert_bare();
        }
        for (size_t i = 0; i < COUNT_OF(objects); i++) {
            snprintf(body, sizeof body, RUNNING("\"%s\":%s"), objects[i], values[v]);
            assert_int_equal(look(body), EMRS_DONE);
            assert_bare();
        }
        if (!is_number) {
            snprintf(body, sizeof body, RUNNING("\"billedResourceUtilization\":{\"vCPUHour\":%s}"),
                     values[v]);
            assert_int_equal(look(body), EMRS_DONE);
            assert_bare();
        }
        if (!is_string) {
            snprintf(body, sizeof body, RUNNING("\"tags\":{\"a\":%s}"), values[v]);
            assert_int_equal(look(body), EMRS_DONE);
            assert_bare();
        }
    }
}

static void test_every_state(void **state)
{
    static const char *const names[] = {"",          "SUBMITTED", "PENDING", "SCHEDULED",
                                        "RUNNING",   "SUCCESS",   "FAILED",  "CANCELLING",
                                        "CANCELLED", "QUEUED"};
    static const char *const others[] = {"PAUSED", "running", "RUNNIN", "RUNNING ", "CANCEL"};
    char body[256];
    (void)state;
    assert_int_equal(COUNT_OF(names), EMRS_JOB_RUN_QUEUED + 1);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(body, sizeof body, RUN("\"state\":\"%s\""), names[i]);
        assert_int_equal(look(body), EMRS_DONE);
        assert_int_equal(run.state, i);
        assert_text(run.state_name, names[i]);
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        snprintf(body, sizeof body, RUN("\"state\":\"%s\""), others[i]);
        assert_int_equal(look(body), EMRS_DONE);
        assert_int_equal(run.state, EMRS_JOB_RUN_OTHER);
        assert_text(run.state_name, others[i]);
    }
    assert_int_equal(look(RUN("\"state\":\"RUNNING_FOR_AS_LONG_AS_THERE_IS_A_CLUSTER\"")),
                     EMRS_DONE);
    assert_int_equal(run.state, EMRS_JOB_RUN_OTHER);
    assert_text(run.state_name, "RUNNING_FOR_AS_LONG_AS_THERE_IS_");
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        uint32_t s, us;
    } rows[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"7", 7, 0},
        {"1.0", 1, 0},
        {"1E0", 1, 0},
        {"1e+0", 1, 0},
        {"1E1", 10, 0},
        {"10E-1", 1, 0},
        {"1.5", 1, 500000},
        {"1764237000.123", 1764237000, 123000},
        {"1764237000.123456", 1764237000, 123456},
        {"1764237000.1234564", 1764237000, 123456},
        {"1764237000.1234566", 1764237000, 123457},
        {"1764237000.9999996", 1764237001, 0},
        {"1.764237000123E9", 1764237000, 123000},
        {"1.764237000123456e+09", 1764237000, 123456},
        {"1764237000123E-3", 1764237000, 123000},
        {"17642370001234560000E-10", 1764237000, 123456},
        {"0.0000001764237E16", 1764237000, 0},
        {"0.000001", 0, 1},
        {"0.0000005", 0, 1},
        {"0.0000004", 0, 0},
        {"1E-7", 0, 0},
        {"5E-7", 0, 1},
        {"5E-8", 0, 0},
        {"9E-99", 0, 0},
        {"9E-1000000000", 0, 0},
        {"0E999999999999", 0, 0},
        {"1E00000000000000000002", 100, 0},
        {"4294967295", UINT32_MAX, 0},
        {"4294967295.999999", UINT32_MAX, 999999},
        {"4294967295.9999996", 0, 0},
        {"4294967296", 0, 0},
        {"4294967299", 0, 0},
        {"4.294967296E9", 0, 0},
        {"42949672950", 0, 0},
        {"1E10", 0, 0},
        {"1E99", 0, 0},
        {"1E100000000000000000000", 0, 0},
        {"0.0000000001E100", 0, 0},
        {"10000000000E-100", 0, 0},
        {"-1", 0, 0},
        {"-1764237000.5", 0, 0},
        {"-1E-1", 0, 0},
        {"1764237000.12345678901234", 0, 0}, /* more than 24 bytes */
    };
    char body[256];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(body, sizeof body, RUNNING("\"createdAt\":%s,\"attempt\":%s"), rows[i].text,
                 rows[i].text);
        assert_int_equal(look(body), EMRS_DONE);
        assert_time(run.created_at, rows[i].s, rows[i].us);
        assert_int_equal(run.attempt, rows[i].us == 0 ? rows[i].s : 0);
    }
}

static void test_dates(void **state)
{
    static const struct {
        const char *text;
        uint32_t s, us;
    } rows[] = {
        {"2026-11-27T09:50:00Z", 1795773000, 0},
        {"2026-11-27T09:50:00.5Z", 1795773000, 500000},
        {"2026-11-27T09:50:00.000001Z", 1795773000, 1},
        {"2026-11-27T09:50:00.123456Z", 1795773000, 123456},
        {"2026-11-27T09:50:00.1234569Z", 1795773000, 123456},
        {"2026-11-27T10:50:00.999999999+01:00", 1795773000, 999999},
        {"2026-11-27T08:20:00.12-01:30", 1795773000, 120000},
        {"2026-11-27T09:50:00", 0, 0},
        {"2026-11-27T09:50:00.Z", 0, 0},
        {"2026-02-30T09:50:00.5Z", 0, 0},
        {"1764237000", 0, 0},
        {"", 0, 0},
        {"2026-11-27T09:50:00.0000000000000000000000Z", 0, 0}, /* more than 40 bytes */
    };
    char body[256];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(body, sizeof body, RUNNING("\"endedAt\":\"%s\""), rows[i].text);
        assert_int_equal(look(body), EMRS_DONE);
        assert_time(run.ended_at, rows[i].s, rows[i].us);
    }
}

static void test_tags(void **state)
{
    static char long_key[EMRS_TAG_KEY_SIZE_MAX], body[2048];
    emrs_text keys[EMRS_TAG_COUNT_MAX] = {
        EMRS_TEXT_INIT("a"),    EMRS_TEXT_INIT("ab"),           EMRS_TEXT_INIT("state"),
        EMRS_TEXT_INIT("tags"), EMRS_TEXT_INIT("\"\\\xc3\xa9"), EMRS_TEXT_INIT("\xf0\x9f\x98\x80"),
        EMRS_TEXT_INIT("gone"), {long_key, sizeof long_key}};
    (void)state;
    memset(long_key, 'k', sizeof long_key);
    input.tag_keys = keys;
    input.tag_count = EMRS_TAG_COUNT_MAX;
    run.store_size = EMRS_JOB_RUN_STORE_SIZE(EMRS_TAG_COUNT_MAX);
    snprintf(
        body, sizeof body,
        RUNNING("\"a\":\"no\",\"tags\":{\"%.128s\":\"7\",\"%.128sk\":\"no\",\"\\u0061b\":\"1\","
                "\"\\ud83d\\ude00\":\"5\",\"b\":\"no\",\"\\\"\\u005c\\u00e9\":\"4\","
                "\"tags\":\"3\",\"state\":\"2\",\"\\u0061\":\"0\",\"a\\u0000\":\"no\","
                "\"A\":\"no\",\"x\":{\"gone\":\"no\"}},\"gone\":\"no\""),
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk");
    assert_int_equal(look(body), EMRS_DONE);
    for (size_t i = 0; i < EMRS_TAG_COUNT_MAX; i++) {
        bool is_there = i != 6;
        assert_int_equal(emrs_has_bit(run.tags_there, (unsigned)i), is_there);
        assert_text(run.tags[i], is_there ? (char[]){(char)('0' + i), '\0'} : "");
    }
}

/* A value of another type leaves the members after it as they are. */
static void test_tags_after_other_types(void **state)
{
    static const emrs_text key = EMRS_TEXT_INIT("a");
    (void)state;
    input.tag_keys = &key;
    input.tag_count = 1;
    run.store_size = EMRS_JOB_RUN_STORE_SIZE(1);
    assert_int_equal(look(RUNNING("\"billedResourceUtilization\":{\"storageGBHour\":\"1\"},"
                                  "\"tags\":{\"a\":\"b\"}")),
                     EMRS_DONE);
    assert_text(run.billed_storage_gb_hours, "");
    assert_text(run.tags[0], "b");
}

static void test_a_tag_is_whole_or_not_there(void **state)
{
    static char body[1024];
    static const emrs_text keys[] = {EMRS_TEXT_INIT("a"), EMRS_TEXT_INIT("b")};
    (void)state;
    input.tag_keys = keys;
    input.tag_count = COUNT_OF(keys);
    run.store_size = sizeof store; /* a larger store changes nothing for tags */
    snprintf(body, sizeof body, RUNNING("\"tags\":{\"a\":\"%0256d\",\"b\":\"%0257d\"}"), 0, 0);
    assert_int_equal(look(body), EMRS_DONE);
    assert_int_equal(run.tags[0].size, EMRS_TAG_SIZE_MAX);
    assert_int_equal(run.tags[1].size, 0);
    assert_int_equal(run.tags_there, 1);
}

/* The store */

static void test_the_store_size_is_exact(void **state)
{
    const emrs_operation *operation = &emrs_operation_get_job_run;
    (void)state;
    for (uint8_t count = 0; count <= EMRS_TAG_COUNT_MAX; count++) {
        uint8_t members = (uint8_t)(operation->member_count - EMRS_TAG_COUNT_MAX + count);
        assert_int_equal(emrs_sieve_size(operation->members, members),
                         EMRS_JOB_RUN_STORE_SIZE(count));
    }
}

/* Every value longer than what is kept of it, and eight tags */
static size_t put_longest(char *body, size_t size, const emrs_text *keys)
{
    static const char *const names[] = {"arn",       "name",      "createdBy",    "stateDetails",
                                        "state",     "mode",      "releaseLabel", "createdAt",
                                        "updatedAt", "startedAt", "endedAt"};
    size_t used = (size_t)snprintf(body, size, "{\"jobRun\":{" IDS);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        used += (size_t)snprintf(body + used, size - used, ",\"%s\":\"%01000d\"", names[i], 0);
    used += (size_t)snprintf(body + used, size - used,
                             ",\"attempt\":1%023d,\"executionTimeoutMinutes\":1e%022d,"
                             "\"billedResourceUtilization\":{\"vCPUHour\":0.%022d,"
                             "\"memoryGBHour\":1.%023d,\"storageGBHour\":1.%022d},\"tags\":{",
                             0, 0, 0, 0, 0);
    for (size_t i = 0; i < EMRS_TAG_COUNT_MAX; i++)
        used += (size_t)snprintf(body + used, size - used, "%s\"%s\":\"%01000d\"", i > 0 ? "," : "",
                                 keys[i].bytes, 0);
    return used + (size_t)snprintf(body + used, size - used, "}}}");
}

static const emrs_text eight_keys[EMRS_TAG_COUNT_MAX] = {
    EMRS_TEXT_INIT("a"), EMRS_TEXT_INIT("b"), EMRS_TEXT_INIT("c"), EMRS_TEXT_INIT("d"),
    EMRS_TEXT_INIT("e"), EMRS_TEXT_INIT("f"), EMRS_TEXT_INIT("g"), EMRS_TEXT_INIT("h")};

static void test_long_values_are_cut(void **state)
{
    static char body[32768];
    (void)state;
    input.tag_keys = eight_keys;
    input.tag_count = EMRS_TAG_COUNT_MAX;
    size_t used = put_longest(body, sizeof body, eight_keys);
    assert_true(used < sizeof body);
    run.store_size = EMRS_JOB_RUN_STORE_SIZE(EMRS_TAG_COUNT_MAX);
    memset(store, 'x', sizeof store);
    assert_int_equal(look(body), EMRS_DONE);
    for (size_t at = run.store_size; at < sizeof store; at++)
        assert_int_equal(store[at], 'x');
    assert_int_equal(run.name.size, 256);
    assert_int_equal(run.state_details.size, 256);
    assert_int_equal(run.created_by.size, 192);
    assert_true(run.name_cut && run.state_details_cut && run.created_by_cut);
    assert_int_equal(run.state_name.size, 32);
    assert_int_equal(run.arn.size + run.mode.size + run.release_label.size, 0);
    assert_int_equal(run.billed_vcpu_hours.size, 24);
    assert_int_equal(run.billed_memory_gb_hours.size, 0); /* it has 25 bytes */
    assert_int_equal(run.tags_there, 0);
}

/* name, stateDetails and createdBy share what a store has beyond the least size. */
static void test_a_larger_store_keeps_more(void **state)
{
    static char body[8192];
    (void)state;
    snprintf(body, sizeof body,
             RUNNING("\"createdBy\":\"%0292d\",\"name\":\"%0300d\",\"stateDetails\":\"%0400d\","
                     "\"mode\":\"%030d\""),
             0, 0, 0, 0);
    for (size_t more = 0; more <= 300; more += more < 20 ? 1 : 10) {
        size_t left = more, taken = left < 100 ? left : 100;
        run.store_size = EMRS_JOB_RUN_STORE_SIZE(0) + more;
        assert_int_equal(look(body), EMRS_DONE);
        assert_int_equal(run.created_by.size, 192 + taken);
        assert_int_equal(run.created_by_cut, taken < 100);
        left -= taken;
        taken = left < 44 ? left : 44;
        assert_int_equal(run.name.size, 256 + taken);
        assert_int_equal(run.name_cut, taken < 44);
        left -= taken;
        taken = left < 144 ? left : 144;
        assert_int_equal(run.state_details.size, 256 + taken);
        assert_int_equal(run.state_details_cut, taken < 144);
        assert_int_equal(run.mode.size, 0);
    }
}

/* With a store_size of 1 GB only what the answer needs is written. */
static void test_a_store_of_any_size(void **state)
{
    (void)state;
    run.store_size = (size_t)1 << 30;
    assert_int_equal(look(RUNNING("\"name\":\"n\"")), EMRS_DONE);
    assert_text(run.name, "n");
}

static void test_a_text_is_cut_before_a_character(void **state)
{
    static char body[1024];
    (void)state;
    snprintf(body, sizeof body,
             RUNNING("\"name\":\"%0254d\\u20ac\",\"stateDetails\":\"%0255d\\n\""), 0, 0);
    assert_int_equal(look(body), EMRS_DONE);
    assert_int_equal(run.name.size, 254);
    assert_int_equal(run.state_details.size, 255);
    assert_true(run.name_cut && run.state_details_cut);
}

static void test_a_store_that_is_too_small(void **state)
{
    size_t needed = 0;
    (void)state;
    input.tag_keys = whole_keys;
    input.tag_count = COUNT_OF(whole_keys);
    run.store_size = 0;
    for (;;) { /* the size that the result names is enough */
        memset(store, 'x', sizeof store);
        int code = look(WHOLE);
        for (size_t at = run.store_size; at < sizeof store; at++)
            assert_int_equal(store[at], 'x');
        if (code == EMRS_DONE)
            break;
        assert_int_equal(code, EMRS_E_SPACE);
        assert_int_equal(b.result.status, 200);
        assert_true(needed == 0 || b.result.needed_size == needed);
        needed = b.result.needed_size;
        assert_int_equal(run.name.size, 0);
        size_t next = run.store_size == 0 ? 1 : run.store_size + 50;
        run.store_size = next < needed ? next : needed;
    }
    assert_int_equal(run.store_size, needed);
    check_whole();
}

static void test_no_store(void **state)
{
    (void)state;
    run.store = NULL;
    run.store_size = 0;
    look_to_receive();
    give_head("200 OK", sizeof WHOLE - 1);
    bench_answer(&b, WHOLE, sizeof WHOLE - 1, 7);
    assert_int_equal(bench_end(&b), EMRS_E_SPACE);
    assert_true(b.result.needed_size > 200);
    assert_null(run.store);
}

/* If a body breaks off, no text points to overwritten bytes. If the stream ends before the body,
 * or the service answers with an error, the texts stay. */
static void test_a_body_that_breaks_off(void **state)
{
    static const char error[] = "{\"message\":\"no\"}";
    static const emrs_job_run none;
    (void)state;
    input.tag_keys = whole_keys;
    input.tag_count = COUNT_OF(whole_keys);
    run.store_size = EMRS_JOB_RUN_STORE_SIZE(COUNT_OF(whole_keys));
    assert_int_equal(look(WHOLE), EMRS_DONE);
    look_to_receive();
    bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
    assert_int_equal(bench_end(&b), EMRS_E_TRUNCATED);
    check_whole();
    look_to_receive();
    give_head("404 Not Found\r\nx-amzn-errortype: ResourceNotFoundException", sizeof error - 1);
    bench_answer(&b, error, sizeof error - 1, 5);
    assert_int_equal(bench_end(&b), EMRS_E_SERVICE);
    check_whole();
    for (size_t size = 1; size < sizeof WHOLE - 1; size += 29) {
        assert_int_equal(look(WHOLE), EMRS_DONE);
        look_to_receive();
        give_head("200 OK", sizeof WHOLE - 1);
        bench_answer(&b, WHOLE, size, 64);
        bench_step(&b, emrs_report_of(EMRS_NEWS_CUT));
        assert_int_equal(bench_end(&b), EMRS_E_TRUNCATED);
        emrs_job_run rest = run;
        rest.store = NULL;
        rest.store_size = 0;
        assert_memory_equal(&rest, &none, sizeof none);
    }
}

/* A body of any size, and what is never kept */

/* 10 MB of one member that is not kept, between others */
static void test_a_body_of_ten_megabytes(void **state)
{
    static const char before[] = "{\"jobRun\":{\"jobDriver\":{\"sparkSubmit\":{\"x\":[\"";
    static const char element[] = "--conf \\\"k\\\"=\\u00e9\xc3\xa9\",\"";
    static const char after[] = "\"]}}," IDS ",\"state\":\"RUNNING\",\"attempt\":3}}";
    const size_t count = 10u * 1024u * 1024u / (sizeof element - 1);
    (void)state;
    look_to_receive();
    give_head("200 OK", sizeof before - 1 + count * (sizeof element - 1) + sizeof after - 1);
    bench_answer(&b, before, sizeof before - 1, 7);
    for (size_t i = 0; i < count; i++)
        bench_answer(&b, element, sizeof element - 1, 128);
    assert_int_equal(b.what, EMRS_MOVE_RECEIVE);
    bench_answer(&b, after, sizeof after - 1, 7);
    assert_int_equal(bench_end(&b), EMRS_DONE);
    assert_int_equal(run.state, EMRS_JOB_RUN_RUNNING);
    assert_int_equal(run.attempt, 3);
}

static char secretive[2048];
static const char *cut_at; /* where the stream ends; NULL: after the body */

static void run_look(void *context)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    size_t given = 0, size = cut_at != NULL ? (size_t)(cut_at - secretive) : strlen(secretive);
    emrs_call call; /* on the stack, which is searched too */
    (void)context;
    assert_int_equal(emrs_get_job_run_start(&call, &b.client, &input, &run, &b.result), EMRS_OK);
    for (;;) {
        int what = emrs_step(&call, b.now, report, &b.move);
        if (what <= EMRS_DONE)
            return;
        if (what == EMRS_MOVE_CONNECT)
            report = emrs_connected(EMRS_PEER_VERIFIED);
        else if (what == EMRS_MOVE_SEND)
            report = emrs_moved(EMRS_NEWS_SENT, b.move.size);
        else if (what == EMRS_MOVE_CLOSE || given == size)
            report = emrs_report_of(EMRS_NEWS_CUT);
        else {
            size_t now = size - given < b.move.size ? size - given : b.move.size;
            memcpy(b.move.receive, secretive + given, now);
            given += now;
            report = emrs_moved(EMRS_NEWS_RECEIVED, now);
        }
    }
}

/* The members that often hold passwords leave nothing in the client, the work buffer, the store,
 * the output, the result, the call, or on the stack. */
static void test_no_password_is_kept(void **state)
{
    static const char *const places[] = {
        "\"jobDriver\":{\"sparkSubmit\":{\"entryPointArguments\":[\"%s\"]}}",
        "\"jobDriver\":{\"hive\":{\"parameters\":\"--hiveconf password=%s\",\"name\":\"%s\"}}",
        "\"configurationOverrides\":{\"tags\":{\"a\":\"%s\"},\"%s\":{\"state\":\"%s\"}}",
        "\"executionIamPolicy\":{\"policy\":\"%s\"}",
        "\"networkConfiguration\":{\"subnetIds\":[\"%s\",{\"name\":\"%s\"}]}",
        "\"%s\":\"%s\"",
        "\"tags\":{\"password\":\"%s\"}",
    };
    static const emrs_text key = EMRS_TEXT_INIT("a");
    const char *password = secrets_key.bytes;
    (void)state;
    input.tag_keys = &key;
    input.tag_count = 1;
    run.store_size = sizeof store;
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    for (size_t i = 0; i < 2 * COUNT_OF(places); i++) {
        char members[512];
        snprintf(members, sizeof members, places[i / 2], password, password, password);
        snprintf(
            secretive, sizeof secretive,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n" RUNNING("%s"),
            sizeof RUNNING("") - 1 + strlen(members), members);
        cut_at = i % 2 == 0 ? NULL : strstr(secretive, password) + strlen(password);
        memset(store, 0, sizeof store);
        secrets_run(run_look, NULL); /* the first run binds the libraries */
        (void)secrets_count_on_stack();
        secrets_run(run_look, NULL);
        assert_int_equal(b.result.code, cut_at == NULL ? EMRS_DONE : EMRS_E_TRUNCATED);
        assert_int_equal(secrets_count_on_stack(), 0);
        assert_int_equal(secrets_count(&b, sizeof b), 0);
        assert_int_equal(secrets_count(&run, sizeof run), 0);
        assert_int_equal(secrets_count(store, sizeof store), 0);
    }
    snprintf(secretive, sizeof secretive, "%s", password);
    assert_true(secrets_count(secretive, sizeof secretive) > 0); /* the search works */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_request, setup),
        cmocka_unit_test_setup(test_input_that_is_refused, setup),
        cmocka_unit_test_setup(test_answers_that_are_not_accepted, setup),
        cmocka_unit_test_setup(test_an_answer_to_half_a_request, setup),
        cmocka_unit_test_setup(test_a_whole_answer_in_pieces_of_any_size, setup),
        cmocka_unit_test_setup(test_values_of_other_types, setup),
        cmocka_unit_test_setup(test_every_state, setup),
        cmocka_unit_test_setup(test_numbers, setup),
        cmocka_unit_test_setup(test_dates, setup),
        cmocka_unit_test_setup(test_tags, setup),
        cmocka_unit_test_setup(test_tags_after_other_types, setup),
        cmocka_unit_test_setup(test_a_tag_is_whole_or_not_there, setup),
        cmocka_unit_test_setup(test_the_store_size_is_exact, setup),
        cmocka_unit_test_setup(test_long_values_are_cut, setup),
        cmocka_unit_test_setup(test_a_larger_store_keeps_more, setup),
        cmocka_unit_test_setup(test_a_store_of_any_size, setup),
        cmocka_unit_test_setup(test_a_text_is_cut_before_a_character, setup),
        cmocka_unit_test_setup(test_a_store_that_is_too_small, setup),
        cmocka_unit_test_setup(test_no_store, setup),
        cmocka_unit_test_setup(test_a_body_that_breaks_off, setup),
        cmocka_unit_test_setup(test_a_body_of_ten_megabytes, setup),
        cmocka_unit_test_setup(test_no_password_is_kept, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
