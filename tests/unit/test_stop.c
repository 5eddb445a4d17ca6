/* SPDX-License-Identifier: MIT */
/* The state machine of emrs_stop.h on the real core. The network is a script: "G=RUNNING D=200"
 * means that a GetJobRun is answered with this state, and then a CancelJobRun with status 200.
 * The clock moves only during waits, and during calls that get no answer. */
#include "unit.h"

#include "emrs_stop.h"
#include "emrs_port.h"
#include "support/bench.h"

#define NAME "nightly-report"
#define START_MS 0xfffff000u /* the tick wraps soon */
#define PART_SIZE_MAX 2048

typedef struct {
    emrs_config config;
    emrs_credentials credentials;
    emrs_client client;
    emrs_stop_config stop_config;
    emrs_tag tags[EMRS_TAG_COUNT_MAX + 1u];
    emrs_stop stop;
    emrs_now now;
    emrs_move move;
    int what;
    const char *script;  /* the rest of the script */
    char made[512];      /* the calls that were made: "G D G" */
    uint32_t at_ms[64];  /* when each call began, from the start */
    unsigned call_count; /* connections */
    const char *run_name, *run_details;
    const char *tag; /* the value of the tag "team"; NULL: there is none */
    bool is_open;
    size_t sent_size;
    char sent[PART_SIZE_MAX], answer[4096];
    char work[EMRS_WORK_SIZE], store[EMRS_STOP_STORE_SIZE(EMRS_TAG_COUNT_MAX)];
} stop_bench;

static stop_bench b;

static int setup(void **state)
{
    (void)state;
    memset(&b, 0, sizeof b);
    b.credentials = (emrs_credentials){.access_key_id = EMRS_TEXT("AKIDEXAMPLE"),
                                       .secret_access_key = EMRS_TEXT("secret")};
    b.config = (emrs_config){.region = EMRS_TEXT("us-east-1"),
                             .credentials = &b.credentials,
                             .attempt_count = 1,
                             .work = b.work,
                             .work_size = sizeof b.work};
    b.stop_config = (emrs_stop_config){.client = &b.client,
                                       .input = {.application_id = EMRS_TEXT(BENCH_APPLICATION_ID),
                                                 .job_run_id = EMRS_TEXT(BENCH_JOB_RUN_ID)},
                                       .expected_tags = b.tags,
                                       .store = b.store,
                                       .store_size = sizeof b.store};
    b.now = (emrs_now){.ms = START_MS, .utc_s = BENCH_UTC_S};
    b.run_name = NAME;
    b.run_details = "";
    b.script = "";
    return 0;
}

static uint32_t passed_ms(void)
{
    return b.now.ms - START_MS;
}

static void pass(uint32_t ms)
{
    b.now.utc_s = BENCH_UTC_S + (passed_ms() + ms) / 1000u;
    b.now.ms += ms;
}

static void expect_name(void)
{
    b.stop_config.expected_name = EMRS_TEXT(NAME);
}

static void expect_tag(const char *key, const char *value)
{
    emrs_tag *tag = &b.tags[b.stop_config.expected_tag_count++];
    tag->key = (emrs_text){key, strlen(key)};
    tag->value = (emrs_text){value, strlen(value)};
}

/* The network */

static int answer_of(char *into, size_t size, int status, const char *name, const char *body)
{
    return snprintf(into, size,
                    "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nx-amzn-RequestId: id-%u\r\n"
                    "%s%s%sContent-Length: %zu\r\n\r\n%s",
                    status, b.call_count, name[0] != '\0' ? "x-amzn-ErrorType: " : "", name,
                    name[0] != '\0' ? "\r\n" : "", strlen(body), body);
}

static int error_answer(char *into, size_t size, int status)
{
    static const struct {
        int status;
        const char *name;
    } names[] = {
        {400, "ValidationException"},
        {403, "AccessDeniedException"},
        {404, "ResourceNotFoundException"},
        {409, "ConflictException"},
        {429, "ThrottlingException"},
        {500, "InternalServerException"},
        {401, ""},
        {499, "ValidationException"},
        {503, "ResourceNotFoundException"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (names[i].status == status)
            return answer_of(into, size, status, names[i].name, "{\"message\":\"words of it\"}");
    fail_msg("no error for status %d", status);
    return 0;
}

static int run_answer(char *into, size_t size, const char *state)
{
    char body[2048], tags[512] = "{}", name[1024] = "null";
    if (b.tag != NULL)
        snprintf(tags, sizeof tags, "{\"team\":\"%s\"}", b.tag);
    if (b.run_name != NULL)
        snprintf(name, sizeof name, "\"%s\"", b.run_name);
    snprintf(body, sizeof body,
             "{\"jobRun\":{\"applicationId\":\"" BENCH_APPLICATION_ID
             "\",\"jobRunId\":\"" BENCH_JOB_RUN_ID
             "\",\"state\":\"%s\",\"stateDetails\":\"%s\",\"name\":%s,\"tags\":%s}}",
             state, b.run_details, name, tags);
    return answer_of(into, size, 200, "", body);
}

/* Takes the next part of the script, which must have this method.      out: its answer */
static void take_part(char method, char *answer, size_t size)
{
    size_t part_size = strcspn(b.script, " ");
    if (part_size < 3 || b.script[0] != method)
        fail_msg("%c was sent after \"%s\", and the script goes on with \"%s\"", method, b.made,
                 b.script);
    assert_true(part_size - 2u < size);
    memcpy(answer, b.script + 2, part_size - 2u);
    answer[part_size - 2u] = '\0';
    b.script += part_size + (b.script[part_size] == ' ');
}

static void note_call(char method)
{
    size_t at = strlen(b.made);
    assert_true(at + 2u < sizeof b.made && b.call_count < COUNT_OF(b.at_ms));
    if (at > 0)
        b.made[at++] = ' ';
    b.made[at] = method;
    b.at_ms[b.call_count++] = passed_ms();
}

/* ret: whether the next part of the script refuses the connection */
static bool is_refused(void)
{
    bool refused = strlen(b.script) >= 6 && strncmp(b.script + 2, "none", 4) == 0;
    char ignored[16];
    if (refused) {
        note_call(b.script[0]);
        take_part(b.script[0], ignored, sizeof ignored);
    }
    return refused;
}

static int step(emrs_report report)
{
    b.what = emrs_stop_step(&b.stop, b.now, report, &b.move);
    assert_int_equal(b.stop.result.code, b.what);
    if (b.what < EMRS_DONE || b.what == EMRS_DONE)
        assert_null(b.client.call);
    else
        assert_ptr_equal(b.client.call, &b.stop.call);
    return b.what;
}

static emrs_report on_receive(void)
{
    char part[64];
    char method = b.sent[0];
    int size;
    note_call(method);
    take_part(method, part, sizeof part);
    if (strcmp(part, "late") == 0) {
        pass(b.move.until_ms - b.now.ms);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
    if (strcmp(part, "cut") == 0)
        return emrs_report_of(EMRS_NEWS_CUT);
    if (strcmp(part, "half") == 0)
        size = run_answer(b.answer, sizeof b.answer, "RUNNING") - 20;
    else if (method == 'D' && strcmp(part, "200") == 0)
        size = answer_of(b.answer, sizeof b.answer, 200, "", BENCH_ANSWER_BODY);
    else if (emrs_is_digit(part[0]))
        size = error_answer(b.answer, sizeof b.answer, atoi(part));
    else
        size = run_answer(b.answer, sizeof b.answer, part);
    for (size_t at = 0; at < (size_t)size && b.what == EMRS_MOVE_RECEIVE;) {
        size_t piece = (size_t)size - at < b.move.size ? (size_t)size - at : b.move.size;
        memcpy(b.move.receive, b.answer + at, piece);
        at += piece;
        if (at == (size_t)size && strcmp(part, "half") != 0)
            return emrs_moved(EMRS_NEWS_RECEIVED, piece);
        step(emrs_moved(EMRS_NEWS_RECEIVED, piece));
    }
    return emrs_report_of(EMRS_NEWS_CUT);
}

/* Does what the move says.      ret: the report for it */
static emrs_report act(void)
{
    switch (b.what) {
    case EMRS_MOVE_CONNECT:
        assert_false(b.is_open);
        b.is_open = true;
        b.sent_size = 0;
        return is_refused() ? emrs_failed(EMRS_REASON_REFUSED, 111)
                            : emrs_connected(EMRS_PEER_VERIFIED);
    case EMRS_MOVE_SEND:
        assert_true(b.sent_size + b.move.size < sizeof b.sent);
        memcpy(b.sent + b.sent_size, b.move.send, b.move.size);
        b.sent_size += b.move.size;
        return emrs_moved(EMRS_NEWS_SENT, b.move.size);
    case EMRS_MOVE_RECEIVE:
        return on_receive();
    case EMRS_MOVE_CLOSE:
        b.is_open = false;
        return emrs_report_of(EMRS_NEWS_CLOSED);
    default:
        assert_int_equal(b.what, EMRS_MOVE_WAIT);
        pass(emrs_left_ms(b.now.ms, b.move.until_ms));
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
}

static void start(void)
{
    emrs_result result;
    assert_int_equal(emrs_init(&b.client, &b.config, &result), EMRS_OK);
    memset(&b.stop, 0xff, sizeof b.stop); /* the earlier content is not read */
    assert_int_equal(emrs_stop_start(&b.stop, &b.stop_config), EMRS_OK);
    assert_int_equal(b.stop.result.code, EMRS_MOVE_CONNECT);
}

/* Goes on until the move is `until`, or the machine ends. */
static int run_to(int until)
{
    emrs_report report;
    do {
        report = act();
        step(report);
    } while (b.what > EMRS_DONE && b.what != until);
    return b.what;
}

static int run_started(void)
{
    if (step(emrs_report_of(EMRS_NEWS_PENDING)) > EMRS_DONE)
        run_to(EMRS_DONE);
    assert_false(b.is_open);
    if (b.script[0] != '\0')
        fail_msg("after \"%s\" nothing was sent for \"%s\"", b.made, b.script);
    return b.what;
}

static int run(const char *script)
{
    b.script = script;
    start();
    return run_started();
}

/* The answers to the calls, and the result */

enum { PLAIN = 0, GUARD = 1, WAIT = 2, BOTH = 3 };

static const struct {
    int mode;
    const char *script;
    int code;
    emrs_effect effect;
    emrs_seen seen;
    emrs_outcome outcome;
} rows[] = {
#define ROW(mode, script, code, effect, seen, outcome)                                             \
    {mode, script, EMRS_##code, EMRS_EFFECT_##effect, EMRS_SEEN_##seen, EMRS_OUTCOME_##outcome},
    /* Without guard and wait: one request, unless its effect is unknown */
    ROW(PLAIN, "D=200", DONE, ACCEPTED, NOTHING, STOPPING) ROW(PLAIN, "D=403", E_AUTH, REFUSED,
                                                               NOTHING, REFUSED)
        ROW(PLAIN, "D=404", E_SERVICE, REFUSED, NOTHING, REFUSED) ROW(PLAIN, "D=409", E_SERVICE,
                                                                      REFUSED, NOTHING, REFUSED)
            ROW(PLAIN, "D=429", E_THROTTLED, REFUSED, NOTHING, REFUSED)
                ROW(PLAIN, "D=none", E_CONNECT, NONE, NOTHING, NOT_SENT)
                    ROW(PLAIN, "D=cut G=CANCELLING", DONE, UNKNOWN, STOPPING, STOPPING)
                        ROW(PLAIN, "D=cut G=CANCELLED", DONE, UNKNOWN, STOPPED, OVER)
                            ROW(PLAIN, "D=500 G=SUCCESS", DONE, UNKNOWN, ENDED, OVER)
                                ROW(PLAIN, "D=cut G=403", E_AUTH, UNKNOWN, NOTHING, UNKNOWN)
                                    ROW(PLAIN, "D=cut G=none G=429 G=500 G=cut G=half G=CANCELLING",
                                        DONE, UNKNOWN, STOPPING, STOPPING)
    /* The looks are at 0, 2, 5, 9.5, 16.25 s. After a look, CancelJobRun is sent again if 10 s
     * have passed since the last CancelJobRun */
    ROW(PLAIN, "D=cut G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING D=200", DONE, ACCEPTED,
        LIVE, STOPPING) ROW(PLAIN,
                            "D=cut G=RUNNING G=QUEUED G=PENDING G=SCHEDULED G=SUBMITTED "
                            "D=cut G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=HOPPING "
                            "D=none G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING",
                            E_CONNECT, UNKNOWN, LIVE, UNKNOWN)
    /* A refusal after UNKNOWN leaves the effect UNKNOWN */
    ROW(PLAIN, "D=cut G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING D=403 G=RUNNING G=FAILED",
        DONE, UNKNOWN, ENDED, OVER)
        ROW(PLAIN,
            "D=cut G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING D=400 G=RUNNING G=RUNNING "
            "G=RUNNING G=RUNNING G=RUNNING D=400 G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING "
            "G=RUNNING",
            E_SERVICE, UNKNOWN, LIVE, UNKNOWN)
    /* A job run that is not known is not cancelled again */
    ROW(PLAIN, "D=cut G=404 G=404 G=404 G=404 G=404 G=404 G=404 G=404", E_TRUNCATED, UNKNOWN, GONE,
        UNKNOWN)
    /* A look takes 15 s at most. They begin at 0, 17, 35, 54.5 s, and the last one has 5.5 s */
    ROW(PLAIN, "D=cut G=late G=late G=late G=late", E_TRUNCATED, UNKNOWN, NOTHING, UNKNOWN)
    /* A state that was seen before the CancelJobRun does not cause another one */
    ROW(GUARD, "G=RUNNING D=cut G=late G=403", E_AUTH, UNKNOWN, LIVE, UNKNOWN)
    /* After a validation error the job run may have ended */
    ROW(PLAIN, "D=400 G=SUCCESS", DONE, REFUSED, ENDED,
        OVER) ROW(PLAIN, "D=400 G=FAILED", DONE, REFUSED, ENDED,
                  OVER) ROW(PLAIN, "D=400 G=CANCELLED", DONE, REFUSED, STOPPED, OVER)
        ROW(PLAIN, "D=400 G=CANCELLING", DONE, REFUSED, STOPPING,
            STOPPING) ROW(WAIT, "D=400 G=CANCELLING G=CANCELLED", DONE, REFUSED, STOPPED, OVER)
            ROW(PLAIN, "D=400 G=RUNNING G=RUNNING G=RUNNING", E_SERVICE, REFUSED, LIVE, REFUSED)
                ROW(PLAIN, "D=400 G=500 G=RUNNING G=404 G=cut G=SUCCESS", DONE, REFUSED, ENDED,
                    OVER) ROW(PLAIN, "D=400 G=404 G=404 G=404", E_SERVICE, REFUSED, GONE, REFUSED)
                    ROW(GUARD, "G=RUNNING D=400 G=RUNNING G=RUNNING G=RUNNING", E_SERVICE, REFUSED,
                        LIVE, REFUSED) ROW(PLAIN, "D=400 G=403", E_AUTH, REFUSED, NOTHING, REFUSED)
                        ROW(PLAIN, "D=400 G=late G=late G=late G=late", E_SERVICE, REFUSED, NOTHING,
                            REFUSED)
    /* Waiting */
    ROW(WAIT, "D=200 G=CANCELLED", DONE, ACCEPTED, STOPPED, OVER)
        ROW(WAIT, "D=200 G=CANCELLING G=CANCELLING G=SUCCESS", DONE, ACCEPTED, ENDED, OVER)
            ROW(WAIT, "D=200 G=RUNNING G=404 G=SCHEDULED G=CANCELLING G=RUNNING G=CANCELLED", DONE,
                ACCEPTED, STOPPED, OVER)
                ROW(WAIT, "D=200 G=429 G=none G=500 G=half G=late G=FAILED", DONE, ACCEPTED, ENDED,
                    OVER) ROW(WAIT, "D=200 G=403", E_AUTH, ACCEPTED, NOTHING, STOPPING)
                    ROW(WAIT, "D=200 G=CANCELLING G=403", E_AUTH, ACCEPTED, STOPPING, STOPPING)
                        ROW(WAIT, "D=cut G=CANCELLING G=CANCELLED", DONE, UNKNOWN, STOPPED, OVER)
                            ROW(WAIT, "D=403", E_AUTH, REFUSED, NOTHING, REFUSED)
                                ROW(WAIT, "D=none", E_CONNECT, NONE, NOTHING, NOT_SENT)
    /* Guards */
    ROW(GUARD, "G=RUNNING D=200", DONE, ACCEPTED, LIVE,
        STOPPING) ROW(GUARD, "G=RUNNING D=403", E_AUTH, REFUSED, LIVE,
                      REFUSED) ROW(GUARD, "G=RUNNING D=none", E_CONNECT, NONE, LIVE, NOT_SENT)
        ROW(GUARD, "G=CANCELLED", DONE, NONE, STOPPED,
            OVER) ROW(GUARD, "G=SUCCESS", DONE, NONE, ENDED,
                      OVER) ROW(GUARD, "G=CANCELLING", DONE, NONE, STOPPING, STOPPING)
            ROW(BOTH, "G=CANCELLING G=500 G=CANCELLING G=CANCELLED", DONE, NONE, STOPPED, OVER)
                ROW(BOTH, "G=CANCELLING G=404 G=RUNNING D=200 G=CANCELLED", DONE, ACCEPTED, STOPPED,
                    OVER) ROW(BOTH, "G=RUNNING D=200 G=CANCELLING G=CANCELLED", DONE, ACCEPTED,
                              STOPPED, OVER) ROW(GUARD, "G=404", E_GUARD, NONE, GONE, REFUSED)
                    ROW(GUARD, "G=403", E_GUARD, NONE, NOTHING,
                        REFUSED) ROW(GUARD, "G=400", E_GUARD, NONE, NOTHING, REFUSED)
                        ROW(GUARD, "G=499", E_GUARD, NONE, NOTHING,
                            REFUSED) ROW(GUARD, "G=429", E_GUARD, NONE, NOTHING, NOT_SENT)
                            ROW(GUARD, "G=500", E_GUARD, NONE, NOTHING,
                                NOT_SENT) ROW(GUARD, "G=401", E_GUARD, NONE, NOTHING, NOT_SENT)
                                ROW(GUARD, "G=503", E_GUARD, NONE, NOTHING, NOT_SENT)
                                    ROW(GUARD, "G=none", E_GUARD, NONE, NOTHING, NOT_SENT)
                                        ROW(GUARD, "G=half", E_GUARD, NONE, NOTHING, NOT_SENT)
                                            ROW(GUARD, "G=late", E_GUARD, NONE, NOTHING, NOT_SENT)};

static void test_rows(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        setup(state);
        if (rows[i].mode & GUARD)
            expect_name();
        b.stop_config.wait = (rows[i].mode & WAIT) != 0;
        run(rows[i].script);
        const emrs_stop_result *r = &b.stop.result;
        emrs_outcome outcome = emrs_stop_outcome(r);
        if (r->code != rows[i].code || r->effect != rows[i].effect || r->seen != rows[i].seen
            || outcome != rows[i].outcome)
            fail_msg("%s: code %d effect %d seen %d outcome %d, not %d %d %d %d", rows[i].script,
                     r->code, r->effect, r->seen, outcome, rows[i].code, rows[i].effect,
                     rows[i].seen, rows[i].outcome);
    }
}

/* The guard */

static void assert_held(emrs_guard guard, const char *script)
{
    assert_int_equal(run(script), EMRS_E_GUARD);
    assert_int_equal(b.stop.result.guard, guard);
    assert_int_equal(b.stop.result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(b.stop.result.cancel_count, 0);
    assert_int_equal(b.stop.result.cancel.code, EMRS_E_STATE);
    assert_int_equal(emrs_stop_outcome(&b.stop.result), EMRS_OUTCOME_HELD);
}

static void test_name(void **state)
{
    static const char *const others[] = {"nightly-repor", "nightly-report2", "Nightly-report", "",
                                         "nightly-reporu"};
    static const char *const ends[] = {"G=RUNNING", "G=SUCCESS", "G=CANCELLED", "G=CANCELLING"};
    static char longer[EMRS_NAME_SIZE_MAX + 65u];
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        setup(state);
        expect_name();
        b.run_name = others[i];
        assert_held(EMRS_GUARD_NAME, "G=RUNNING");
    }
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        setup(state);
        expect_name();
        b.run_name = NULL;
        assert_held(EMRS_GUARD_NAME, ends[i]);
    }
    /* A guard of one byte */
    setup(state);
    b.stop_config.expected_name = EMRS_TEXT("n");
    assert_held(EMRS_GUARD_NAME, "G=RUNNING");
    /* A name that was cut is not compared */
    setup(state);
    memset(longer, 'n', sizeof longer - 1u);
    b.stop_config.expected_name = (emrs_text){longer, EMRS_NAME_SIZE_MAX};
    b.stop_config.store_size = EMRS_STOP_STORE_SIZE(0);
    b.run_name = longer;
    assert_held(EMRS_GUARD_NAME, "G=RUNNING");
}

static void test_tags(void **state)
{
    expect_tag("team", "data");
    b.tag = "data";
    assert_int_equal(run("G=RUNNING D=200"), EMRS_DONE);
    assert_int_equal(b.stop.result.guard, EMRS_GUARD_HOLDS);
    setup(state);
    expect_tag("team", "data");
    expect_tag("owner", "me");
    b.tag = "data\",\"owner\":\"me"; /* two tags */
    assert_int_equal(run("G=RUNNING D=200"), EMRS_DONE);
    assert_int_equal(b.stop.result.guard, EMRS_GUARD_HOLDS);
    assert_int_equal(b.stop.result.guard_tag, 0);
    setup(state); /* the largest number of tags */
    for (size_t i = 0; i < EMRS_TAG_COUNT_MAX; i++)
        expect_tag(&"abcdefgh"[i], "data");
    b.tag = "data";
    assert_held(EMRS_GUARD_TAG, "G=RUNNING");
    setup(state);
    expect_tag("team", "data");
    b.tag = "date";
    assert_held(EMRS_GUARD_TAG, "G=RUNNING");
    setup(state);
    expect_tag("team", "data");
    expect_tag("owner", "");
    b.tag = "data";
    assert_held(EMRS_GUARD_TAG, "G=RUNNING");
    assert_int_equal(b.stop.result.guard_tag, 1);
    /* The name comes first */
    setup(state);
    expect_name();
    expect_tag("team", "data");
    b.run_name = "other";
    assert_held(EMRS_GUARD_NAME, "G=RUNNING");
}

/* Until the look of the guard has ended, the result has EMRS_GUARD_UNSEEN. */
static void test_guard_is_right_after_each_step(void **state)
{
    (void)state;
    expect_name();
    b.script = "G=RUNNING D=200";
    start();
    assert_int_equal(b.stop.result.guard, EMRS_GUARD_UNSEEN);
    assert_int_equal(b.stop.result.cancel.code, EMRS_E_STATE);
    step(emrs_report_of(EMRS_NEWS_PENDING));
    run_to(EMRS_MOVE_CLOSE);
    assert_int_equal(b.stop.result.guard, EMRS_GUARD_UNSEEN);
    assert_int_equal(run_to(EMRS_MOVE_WAIT), EMRS_MOVE_WAIT);
    assert_int_equal(b.stop.result.guard, EMRS_GUARD_HOLDS);
    assert_int_equal(b.move.until_ms, b.now.ms);
}

/* Times */

static void test_pauses(void **state)
{
    static const uint32_t accepted[] = {0, 2000, 5000, 9500, 16250, 26375, 41375, 56375};
    static const uint32_t unknown[] = {0, 0, 2000, 5000, 9500, 16250, 16250, 18250};
    b.stop_config.wait = true;
    run("D=200 G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=SUCCESS");
    for (size_t i = 0; i < COUNT_OF(accepted); i++)
        assert_int_equal(b.at_ms[i], accepted[i]);
    setup(state);
    b.stop_config.wait = true;
    run("D=cut G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING D=200 G=SUCCESS");
    for (size_t i = 0; i < COUNT_OF(unknown); i++)
        assert_int_equal(b.at_ms[i], unknown[i]);
    /* The second half of a pause is random */
    setup(state);
    b.stop_config.wait = true;
    b.now.random = 1;
    run("D=200 G=RUNNING G=RUNNING G=SUCCESS");
    assert_int_equal(b.at_ms[1], 1000);
    assert_int_equal(b.at_ms[2], 1000 + 1500);
}

static uint32_t wait_of(const char *script)
{
    b.stop_config.wait = true;
    assert_int_equal(run(script), EMRS_E_TIMEOUT);
    assert_int_equal(emrs_stop_outcome(&b.stop.result), EMRS_OUTCOME_STOPPING);
    return passed_ms();
}

static uint32_t wait_for(emrs_grace grace, int32_t grace_s)
{
    b.stop_config.input.grace = grace;
    b.stop_config.input.shutdown_grace_period_s = grace_s;
    b.stop_config.wait = true;
    b.script = "D=200";
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    run_to(EMRS_MOVE_WAIT);
    return b.stop.deadline_ms - b.now.ms;
}

static void test_waits(void **state)
{
    assert_int_equal(wait_for(EMRS_GRACE_ABSENT, 0), 300000);
    setup(state);
    assert_int_equal(wait_for(EMRS_GRACE_SECONDS, 0), 180000);
    setup(state);
    assert_int_equal(wait_for(EMRS_GRACE_SECONDS, 1800), 1980000);
    setup(state);
    assert_int_equal(wait_for(EMRS_GRACE_UNCHECKED, INT32_MIN), 180000);
    setup(state);
    assert_int_equal(wait_for(EMRS_GRACE_UNCHECKED, -1), 180000);
    setup(state);
    assert_int_equal(wait_for(EMRS_GRACE_UNCHECKED, INT32_MAX), EMRS_TIMEOUT_MAX_MS);
    setup(state);
    b.stop_config.wait_ms = EMRS_TIMEOUT_MAX_MS;
    assert_int_equal(wait_for(EMRS_GRACE_ABSENT, 0), EMRS_TIMEOUT_MAX_MS);
    setup(state);
    b.stop_config.wait_ms = 1;
    assert_int_equal(wait_for(EMRS_GRACE_ABSENT, 0), 1);
    setup(state);
    b.stop_config.wait_ms = 30000;
    assert_int_equal(
        wait_of("D=200 G=CANCELLING G=CANCELLING G=CANCELLING G=CANCELLING G=CANCELLING"), 30000);
    /* If the look of the guard shows that no cancellation is needed, it begins the wait */
    setup(state);
    expect_name();
    b.stop_config.wait_ms = 4000;
    assert_int_equal(wait_of("G=CANCELLING G=CANCELLING"), 4000);
    /* A look has no more than the time that is left */
    setup(state);
    b.stop_config.wait_ms = 5000;
    assert_int_equal(wait_of("D=200 G=late"), 5000);
}

/* A look that fails with a final error ends the wait. */
static void test_lasting_ends(void **state)
{
    static const emrs_credentials malformed = {.access_key_id = EMRS_TEXT_INIT("a b"),
                                               .secret_access_key = EMRS_TEXT_INIT("secret")};
    static const struct {
        int move, code;
        emrs_report report;
    } ends[] = {
        {EMRS_MOVE_CONNECT, EMRS_E_INSECURE, {.news = EMRS_NEWS_CONNECTED}},
        {EMRS_MOVE_SEND, EMRS_E_PORT, {.news = EMRS_NEWS_SENT, .size = 1000000}},
        {EMRS_MOVE_CREDENTIALS, EMRS_E_ARGUMENT, {.news = EMRS_NEWS_RENEWED}},
    };
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        setup(state);
        b.stop_config.wait = true;
        b.script = "D=200";
        start();
        step(emrs_report_of(EMRS_NEWS_PENDING));
        run_to(EMRS_MOVE_WAIT);
        if (ends[i].move == EMRS_MOVE_CREDENTIALS)
            b.credentials.renew_s = 1;
        run_to(ends[i].move);
        if (ends[i].move == EMRS_MOVE_CREDENTIALS)
            b.credentials = malformed;
        b.is_open = false;
        step(ends[i].report);
        while (b.what == EMRS_MOVE_CLOSE)
            step(act());
        assert_int_equal(b.what, ends[i].code);
        assert_int_equal(b.stop.result.effect, EMRS_EFFECT_ACCEPTED);
    }
}

/* A step before the end of a wait changes nothing. */
static void test_early_step(void **state)
{
    (void)state;
    b.stop_config.wait = true;
    b.script = "D=200 G=CANCELLED";
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    run_to(EMRS_MOVE_WAIT);
    uint32_t until_ms = b.move.until_ms;
    pass(1999);
    assert_int_equal(step(emrs_moved(EMRS_NEWS_RECEIVED, 9)), EMRS_MOVE_WAIT);
    assert_int_equal(b.move.until_ms, until_ms);
    assert_int_equal(run_to(EMRS_DONE), EMRS_DONE);
    assert_int_equal(b.at_ms[1], 2000);
}

/* A look saw another client's cancellation, and the next look did not. */
static void test_wait_without_a_cancellation(void **state)
{
    (void)state;
    expect_name();
    b.stop_config.wait = true;
    b.stop_config.wait_ms = 4000;
    assert_int_equal(run("G=CANCELLING G=404"), EMRS_E_TIMEOUT);
    assert_int_equal(emrs_stop_outcome(&b.stop.result), EMRS_OUTCOME_NOT_SENT);
}

/* The last CancelJobRun also ends at the deadline. */
static void test_late_cancellation(void **state)
{
    (void)state;
    b.config.timeout_ms = 20000;
    assert_int_equal(run("D=cut G=RUNNING G=RUNNING G=RUNNING G=RUNNING G=RUNNING D=late"),
                     EMRS_E_TIMEOUT);
    assert_int_equal(passed_ms(), 20000);
    assert_int_equal(b.stop.result.cancel_count, 2);
    assert_int_equal(b.stop.result.look_count, 5);
}

/* What is kept */

static void assert_text(emrs_text text, const char *words)
{
    if (!emrs_text_spells(text, words))
        fail_msg("\"%.*s\" is not \"%s\"", (int)text.size, text.bytes, words);
}

static bool is_in_store(emrs_text text)
{
    return text.bytes >= b.store && text.bytes + text.size <= b.store + sizeof b.store;
}

static void test_texts(void **state)
{
    (void)state;
    b.run_details = "going down";
    run("D=500 G=RUNNING G=CANCELLING");
    const emrs_stop_result *r = &b.stop.result;
    assert_text(r->cancel.request_id, "id-1");
    assert_text(r->cancel.error_name, "InternalServerException");
    assert_text(r->cancel.message, "words of it");
    assert_true(is_in_store(r->cancel.message) && is_in_store(r->run.state_details));
    assert_text(r->look.request_id, "id-3");
    assert_text(r->run.name, NAME);
    assert_text(r->run.state_details, "going down");
    assert_int_equal(r->state, EMRS_JOB_RUN_CANCELLING);
    assert_int_equal(r->seen_s, BENCH_UTC_S + 2u);
    assert_int_equal(r->look_count, 2);
    assert_int_equal(r->cancel_count, 1);
}

/* A store of the least size keeps as much of a look as a store of GetJobRun. */
static void test_least_store(void **state)
{
    static char details[301];
    (void)state;
    memset(details, 'd', sizeof details - 1u);
    b.run_details = details;
    b.stop_config.store_size = EMRS_STOP_STORE_SIZE(0);
    run("D=cut G=CANCELLING");
    assert_int_equal(b.stop.result.run.state_details.size, 256);
    assert_true(b.stop.result.run.state_details_cut);
}

/* The texts of a look are valid until the next call begins. Those that a failed look overwrote are
 * empty. */
static void test_lost_texts(void **state)
{
    (void)state;
    expect_name();
    b.stop_config.wait = true;
    b.script = "G=RUNNING D=200 G=none G=half G=RUNNING G=404 G=CANCELLED";
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    run_to(EMRS_MOVE_WAIT);
    assert_text(b.stop.result.look.request_id, "id-1");
    run_to(EMRS_MOVE_SEND);
    assert_int_equal(b.stop.result.look.request_id.size, 0);
    run_to(EMRS_MOVE_WAIT); /* accepted */
    run_to(EMRS_MOVE_WAIT); /* no connection */
    assert_text(b.stop.result.run.name, NAME);
    run_to(EMRS_MOVE_WAIT); /* half an answer */
    assert_int_equal(b.stop.result.run.name.size, 0);
    assert_int_equal(b.stop.result.seen, EMRS_SEEN_LIVE);
    assert_int_equal(b.stop.result.state, EMRS_JOB_RUN_RUNNING);
    run_to(EMRS_MOVE_WAIT);
    assert_text(b.stop.result.run.name, NAME);
    run_to(EMRS_MOVE_WAIT); /* 404 */
    assert_int_equal(b.stop.result.run.name.size, 0);
    assert_int_equal(b.stop.result.state, EMRS_JOB_RUN_OTHER);
    run_to(EMRS_DONE);
    assert_text(b.stop.result.run.name, NAME);
}

/* Giving up */

/* Reports STOP when the move is `at` for the nth time.      ret: the final code */
static int stop_at(const char *script, int at, int nth)
{
    b.script = script;
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    while (b.what != at || --nth > 0) {
        assert_true(b.what > EMRS_DONE);
        emrs_report report = act();
        step(report);
    }
    step(emrs_report_of(EMRS_NEWS_STOP));
    while (b.what == EMRS_MOVE_CLOSE)
        step(act());
    assert_false(b.is_open);
    emrs_move move;
    assert_int_equal(emrs_stop_step(&b.stop, b.now, emrs_report_of(EMRS_NEWS_SENT), &move), b.what);
    return b.what;
}

static void test_stop(void **state)
{
    b.stop_config.wait = true;
    assert_int_equal(stop_at("D=200", EMRS_MOVE_WAIT, 1), EMRS_E_STOPPED);
    assert_int_equal(b.stop.result.effect, EMRS_EFFECT_ACCEPTED);
    setup(state);
    b.stop_config.wait = true;
    assert_int_equal(stop_at("D=200", EMRS_MOVE_CLOSE, 1), EMRS_E_STOPPED);
    assert_int_equal(b.stop.result.effect, EMRS_EFFECT_ACCEPTED);
    setup(state); /* it is final already */
    assert_int_equal(stop_at("D=200", EMRS_MOVE_CLOSE, 1), EMRS_DONE);
    setup(state);
    assert_int_equal(stop_at("D=200", EMRS_MOVE_RECEIVE, 1), EMRS_E_STOPPED);
    assert_int_equal(b.stop.result.effect, EMRS_EFFECT_UNKNOWN);
    setup(state);
    assert_int_equal(stop_at("D=200", EMRS_MOVE_CONNECT, 1), EMRS_E_STOPPED);
    assert_int_equal(b.stop.result.effect, EMRS_EFFECT_NONE);
    setup(state);
    expect_name();
    assert_int_equal(stop_at("G=RUNNING", EMRS_MOVE_RECEIVE, 1), EMRS_E_STOPPED);
    assert_int_equal(b.stop.result.cancel_count, 0);
    setup(state);
    b.script = "";
    start();
    assert_int_equal(step(emrs_report_of(EMRS_NEWS_STOP)), EMRS_E_STOPPED);
}

/* The client */

static void test_states(void **state)
{
    emrs_stop zero;
    emrs_call other;
    emrs_result result;
    emrs_move move;
    emrs_report none = emrs_report_of(EMRS_NEWS_PENDING);
    (void)state;
    memset(&zero, 0, sizeof zero);
    assert_int_equal(emrs_stop_step(&zero, b.now, none, &move), EMRS_E_STATE);
    assert_int_equal(emrs_stop_start(&zero, &b.stop_config), EMRS_E_STATE); /* not initialised */
    assert_int_equal(emrs_stop_step(&zero, b.now, none, &move), EMRS_E_STATE);
    b.script = "D=200 G=CANCELLED";
    b.stop_config.wait = true;
    start();
    emrs_stop_config other_config = b.stop_config;
    other_config.input.job_run_id = EMRS_TEXT("A");
    assert_int_equal(emrs_stop_start(&zero, &other_config), EMRS_E_STATE); /* busy */
    step(none);
    run_to(EMRS_MOVE_WAIT);
    assert_int_equal(emrs_stop_start(&b.stop, &b.stop_config), EMRS_E_STATE);
    assert_int_equal(emrs_cancel_job_run_start(&other, &b.client, &b.stop_config.input, &result),
                     EMRS_E_STATE);
    assert_int_equal(run_to(EMRS_DONE), EMRS_DONE); /* it went on */
    assert_int_equal(emrs_stop_step(&b.stop, b.now, emrs_report_of(EMRS_NEWS_STOP), &move),
                     EMRS_DONE);
}

/* If the client is initialised again, the machine sends nothing more. */
static void test_lost_client(void **state)
{
    static const int moves[] = {EMRS_MOVE_CONNECT, EMRS_MOVE_RECEIVE, EMRS_MOVE_WAIT};
    emrs_result result;
    emrs_move move;
    for (size_t i = 0; i < COUNT_OF(moves); i++) {
        setup(state);
        b.script = "D=200";
        b.stop_config.wait = true;
        start();
        step(emrs_report_of(EMRS_NEWS_PENDING));
        while (b.what != moves[i])
            step(act());
        assert_int_equal(emrs_init(&b.client, &b.config, &result), EMRS_OK);
        assert_int_equal(emrs_stop_step(&b.stop, b.now, emrs_report_of(EMRS_NEWS_PENDING), &move),
                         EMRS_E_STATE);
        assert_null(b.client.call);
    }
    /* Only CLOSE was left of the first call: its result is kept */
    setup(state);
    b.script = "D=200";
    b.stop_config.wait = true;
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    run_to(EMRS_MOVE_CLOSE);
    assert_int_equal(emrs_init(&b.client, &b.config, &result), EMRS_OK);
    assert_int_equal(emrs_stop_step(&b.stop, b.now, emrs_report_of(EMRS_NEWS_CLOSED), &move),
                     EMRS_E_STATE);
    assert_int_equal(b.stop.result.effect, EMRS_EFFECT_ACCEPTED);
    assert_null(b.client.call);
    /* The client is in another call, which goes on */
    setup(state);
    emrs_call other;
    b.script = "D=200";
    b.stop_config.wait = true;
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    run_to(EMRS_MOVE_WAIT);
    assert_int_equal(emrs_init(&b.client, &b.config, &result), EMRS_OK);
    assert_int_equal(emrs_cancel_job_run_start(&other, &b.client, &b.stop_config.input, &result),
                     EMRS_OK);
    assert_int_equal(emrs_stop_step(&b.stop, b.now, emrs_report_of(EMRS_NEWS_PENDING), &move),
                     EMRS_E_STATE);
    assert_ptr_equal(b.client.call, &other);
    /* The same with a guard's look */
    setup(state);
    expect_name();
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    assert_int_equal(emrs_init(&b.client, &b.config, &result), EMRS_OK);
    assert_int_equal(emrs_stop_step(&b.stop, b.now, emrs_report_of(EMRS_NEWS_PENDING), &move),
                     EMRS_E_STATE);
}

/* The clock is needed in the first step, at the end of a wait, and after CONNECTED, where the
 * request is signed. Other steps may be without it. */
static void test_clock(void **state)
{
    (void)state;
    expect_name();
    b.script = "G=RUNNING D=200";
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    while (b.what > EMRS_DONE) {
        emrs_report report = act();
        bool needs_clock = b.what == EMRS_MOVE_WAIT || report.news == EMRS_NEWS_CONNECTED;
        b.now.utc_s = needs_clock ? BENCH_UTC_S : 0;
        step(report);
    }
    assert_int_equal(b.what, EMRS_DONE);
    assert_int_equal(b.stop.result.seen_s, BENCH_UTC_S);
}

/* The start */

static void assert_refused(int code, emrs_field field, emrs_rule rule, size_t needed_size)
{
    emrs_result result;
    const emrs_result *cancel = &b.stop.result.cancel;
    emrs_move move;
    assert_int_equal(emrs_init(&b.client, &b.config, &result), EMRS_OK);
    assert_int_equal(emrs_stop_start(&b.stop, &b.stop_config), code);
    assert_int_equal(b.stop.result.code, code);
    assert_int_equal(cancel->code, code);
    assert_int_equal(cancel->field, field);
    assert_int_equal(cancel->rule, rule);
    assert_int_equal(cancel->needed_size, needed_size);
    assert_null(b.client.call);
    assert_int_equal(emrs_stop_step(&b.stop, b.now, emrs_report_of(EMRS_NEWS_PENDING), &move),
                     code);
    assert_int_equal(emrs_stop_outcome(&b.stop.result), EMRS_OUTCOME_NOT_SENT);
    setup(NULL);
}

static void test_start(void **state)
{
    static char longer[EMRS_NAME_SIZE_MAX + 1u];
    (void)state;
    b.stop_config.input.job_run_id = EMRS_TEXT("A");
    assert_refused(EMRS_E_ARGUMENT, EMRS_FIELD_JOB_RUN_ID, EMRS_RULE_BYTE, 0);
    b.stop_config.input.grace = EMRS_GRACE_SECONDS;
    b.stop_config.input.shutdown_grace_period_s = 14;
    expect_name();
    assert_refused(EMRS_E_ARGUMENT, EMRS_FIELD_SHUTDOWN_GRACE_PERIOD, EMRS_RULE_RANGE, 0);
    b.stop_config.expected_name = (emrs_text){longer, sizeof longer};
    assert_refused(EMRS_E_ARGUMENT, EMRS_FIELD_EXPECTED_NAME, EMRS_RULE_TOO_LONG, 0);
    b.stop_config.expected_tag_count = EMRS_TAG_COUNT_MAX + 1u;
    assert_refused(EMRS_E_ARGUMENT, EMRS_FIELD_TAG_KEY, EMRS_RULE_RANGE, 0);
    expect_tag("", "a key is never empty");
    assert_refused(EMRS_E_ARGUMENT, EMRS_FIELD_TAG_KEY, EMRS_RULE_MISSING, 0);
    b.stop_config.wait_ms = EMRS_TIMEOUT_MAX_MS + 1u;
    assert_refused(EMRS_E_ARGUMENT, EMRS_FIELD_TIMEOUT, EMRS_RULE_RANGE, 0);
    b.stop_config.store = NULL;
    assert_refused(EMRS_E_SPACE, EMRS_FIELD_NONE, EMRS_RULE_NONE, EMRS_STOP_STORE_SIZE(0));
    expect_tag("team", "data");
    b.stop_config.store_size = EMRS_STOP_STORE_SIZE(1) - 1u;
    assert_refused(EMRS_E_SPACE, EMRS_FIELD_NONE, EMRS_RULE_NONE, EMRS_STOP_STORE_SIZE(1));
    b.credentials.access_key_id = EMRS_TEXT("");
    assert_refused(EMRS_E_ARGUMENT, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING, 0);
    b.credentials.access_key_id = EMRS_TEXT("");
    expect_name();
    assert_refused(EMRS_E_ARGUMENT, EMRS_FIELD_ACCESS_KEY_ID, EMRS_RULE_MISSING, 0);
}

/* A call that cannot start ends the machine. What was found before stays. */
static void test_later_start(void **state)
{
    (void)state;
    expect_name();
    b.script = "G=RUNNING";
    start();
    step(emrs_report_of(EMRS_NEWS_PENDING));
    run_to(EMRS_MOVE_WAIT);
    b.credentials.secret_access_key = EMRS_TEXT("");
    assert_int_equal(step(act()), EMRS_E_ARGUMENT);
    assert_int_equal(b.stop.result.cancel.field, EMRS_FIELD_SECRET_ACCESS_KEY);
    assert_int_equal(b.stop.result.seen, EMRS_SEEN_LIVE);
    assert_int_equal(b.stop.result.effect, EMRS_EFFECT_NONE);
    assert_int_equal(b.stop.result.cancel_count, 0);
}

/* The loops */

static emrs_report loop_connect(void *context, const emrs_move *move)
{
    (void)context;
    b.what = EMRS_MOVE_CONNECT;
    b.move = *move;
    return act();
}

static emrs_report loop_send(void *context, const emrs_move *move)
{
    (void)context;
    b.what = EMRS_MOVE_SEND;
    b.move = *move;
    return act();
}

/* Receives an answer in one piece, which fits in the window. */
static emrs_report loop_receive(void *context, const emrs_move *move)
{
    (void)context;
    b.what = EMRS_MOVE_RECEIVE;
    b.move = *move;
    return act();
}

static void loop_close(void *context)
{
    (void)context;
    b.is_open = false;
}

static emrs_now loop_now(void *context)
{
    (void)context;
    return b.now;
}

static void loop_wait(void *context, uint32_t until_ms)
{
    (void)context;
    pass(emrs_left_ms(b.now.ms, until_ms));
}

static unsigned renew_count;

static emrs_report loop_renew(void *context, uint32_t until_ms)
{
    (void)context;
    renew_count++;
    pass(emrs_left_ms(b.now.ms, until_ms));
    return emrs_report_of(EMRS_NEWS_PENDING);
}

static void test_loops(void **state)
{
    const emrs_stream stream = {NULL, loop_connect, loop_send, loop_receive, loop_close};
    emrs_port port = {.stream = &stream, .now = loop_now, .wait = loop_wait, .renew = loop_renew};
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    int what;
    b.stop_config.wait = true;
    b.script = "D=200 G=CANCELLING G=CANCELLED";
    start();
    assert_int_equal(emrs_stop_run(&b.stop, &port), EMRS_DONE);
    assert_int_equal(b.stop.result.look_count, 2);
    /* Without `wait`, emrs_turn returns at once */
    setup(state);
    port.wait = NULL;
    b.script = "D=200";
    start();
    do
        what = emrs_stop_turn(&b.stop, &port, &report);
    while (what > EMRS_DONE);
    assert_int_equal(what, EMRS_DONE);
    setup(state);
    start();
    assert_int_equal(emrs_stop_run(&b.stop, &port), EMRS_E_PORT);
    assert_int_equal(b.stop.result.code, EMRS_E_PORT);
    /* renew is called a last time when its time is over */
    setup(state);
    b.credentials = (emrs_credentials){.renew_s = EMRS_RENEW_NOW};
    port.wait = loop_wait;
    start();
    assert_int_equal(emrs_stop_run(&b.stop, &port), EMRS_E_CREDENTIALS);
    assert_int_equal(renew_count, 2);
}

/* Words */

static void test_words(void **state)
{
    (void)state;
    for (int i = 0; i <= EMRS_OUTCOME_NOT_SENT; i++)
        assert_string_not_equal(emrs_outcome_words((emrs_outcome)i), "unknown");
    for (int i = 0; i <= EMRS_SEEN_GONE; i++)
        assert_string_not_equal(emrs_seen_words((emrs_seen)i), "unknown");
    for (int i = 0; i <= EMRS_GUARD_UNSEEN; i++)
        assert_string_not_equal(emrs_guard_words((emrs_guard)i), "unknown");
    assert_string_equal(emrs_seen_words((emrs_seen)(EMRS_SEEN_GONE + 1)), "unknown");
    assert_string_equal(emrs_guard_words((emrs_guard)-1), "unknown");
}

static void assert_step(const char *words)
{
    const char *step = emrs_stop_next_step(&b.stop.result);
    if (strstr(step, words) == NULL || (words[0] == '\0' && step[0] != '\0'))
        fail_msg("\"%s\" does not hold \"%s\"", step, words);
}

static void test_next_steps(void **state)
{
    static const struct {
        int mode;
        const char *script, *words;
    } steps[] = {
        {PLAIN, "D=200", "until it is over: it is billed until then"},
        {PLAIN, "D=404", "Check the application id"},
        {PLAIN, "D=400 G=403", "If the job run has already ended"},
        {PLAIN, "D=cut G=403", "Allow emr-serverless:GetJobRun"},
        {PLAIN, "D=cut G=late G=late G=late G=late", "cancelling twice is safe"},
        {WAIT, "D=200 G=CANCELLED", ""},
        {WAIT, "D=200 G=403", "Allow emr-serverless:GetJobRun"},
        {GUARD, "G=403", "Allow emr-serverless:GetJobRun"},
        {GUARD, "G=404", "Check the application id"},
        {GUARD, "G=401", "then call again"},
        {BOTH, "G=CANCELLING G=404 G=403", "Allow emr-serverless:GetJobRun"},
    };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        setup(state);
        if (steps[i].mode & GUARD)
            expect_name();
        b.stop_config.wait = (steps[i].mode & WAIT) != 0;
        run(steps[i].script);
        assert_step(steps[i].words);
    }
    setup(state);
    expect_name();
    b.run_name = "other";
    run("G=RUNNING");
    assert_step("Check which job run this is");
    setup(state);
    b.stop_config.wait = true;
    b.stop_config.wait_ms = 3000;
    run("D=200 G=CANCELLING");
    assert_step("Look at the job run again");
    setup(state);
    expect_name();
    stop_at("G=RUNNING", EMRS_MOVE_WAIT, 1);
    assert_step("Call again");
    setup(state);
    b.config.work_size = EMRS_WORK_SIZE;
    b.stop_config.store_size = 0;
    (void)emrs_init(&b.client, &b.config, &b.stop.result.look);
    (void)emrs_stop_start(&b.stop, &b.stop_config);
    assert_int_equal(b.stop.result.code, EMRS_E_SPACE);
    assert_step("Give");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rows, setup),
        cmocka_unit_test_setup(test_name, setup),
        cmocka_unit_test_setup(test_tags, setup),
        cmocka_unit_test_setup(test_guard_is_right_after_each_step, setup),
        cmocka_unit_test_setup(test_pauses, setup),
        cmocka_unit_test_setup(test_waits, setup),
        cmocka_unit_test_setup(test_wait_without_a_cancellation, setup),
        cmocka_unit_test_setup(test_late_cancellation, setup),
        cmocka_unit_test_setup(test_lasting_ends, setup),
        cmocka_unit_test_setup(test_early_step, setup),
        cmocka_unit_test_setup(test_texts, setup),
        cmocka_unit_test_setup(test_least_store, setup),
        cmocka_unit_test_setup(test_lost_texts, setup),
        cmocka_unit_test_setup(test_stop, setup),
        cmocka_unit_test_setup(test_states, setup),
        cmocka_unit_test_setup(test_lost_client, setup),
        cmocka_unit_test_setup(test_clock, setup),
        cmocka_unit_test_setup(test_start, setup),
        cmocka_unit_test_setup(test_later_start, setup),
        cmocka_unit_test_setup(test_loops, setup),
        cmocka_unit_test_setup(test_words, setup),
        cmocka_unit_test_setup(test_next_steps, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
