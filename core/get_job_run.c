/* SPDX-License-Identifier: MIT */
/* GetJobRun: GET /applications/{applicationId}/jobruns/{jobRunId}[?attempt=N].
 * src: service model emr-serverless 2021-07-13 */
#include "emrs_job_run.h"

#include "clock.h"
#include "emrs_config.h"
#include "emrs_text.h"
#include "id.h"
#include "operation.h"
#include "sieve.h"

static bool comes_again(const emrs_text *keys, uint8_t count, uint8_t at)
{
    for (uint8_t other = (uint8_t)(at + 1u); other < count; other++)
        if (emrs_text_is(keys[at], keys[other]))
            return true;
    return false;
}

static emrs_rule check_keys(const emrs_text *keys, uint8_t count)
{
    if (count > EMRS_TAG_COUNT_MAX)
        return EMRS_RULE_RANGE;
    for (uint8_t i = 0; i < count; i++) {
        if (keys[i].size == 0)
            return EMRS_RULE_MISSING;
        if (keys[i].size > EMRS_TAG_KEY_SIZE_MAX)
            return EMRS_RULE_TOO_LONG;
        if (comes_again(keys, count, i))
            return EMRS_RULE_RANGE;
    }
    return EMRS_RULE_NONE;
}

static emrs_field check_input(const void *input, emrs_rule *rule)
{
    const emrs_get_job_run_input *look = input;
    if ((*rule = emrs_id_check(look->application_id)) != EMRS_RULE_NONE)
        return EMRS_FIELD_APPLICATION_ID;
    if ((*rule = emrs_id_check(look->job_run_id)) != EMRS_RULE_NONE)
        return EMRS_FIELD_JOB_RUN_ID;
    *rule = check_keys(look->tag_keys, look->tag_count);
    return *rule != EMRS_RULE_NONE ? EMRS_FIELD_TAG_KEY : EMRS_FIELD_NONE;
}

static void put_path(emrs_pen *pen, const void *input)
{
    const emrs_get_job_run_input *look = input;
    const emrs_text ids[] = {look->application_id, look->job_run_id};
    emrs_put_form(pen, "/applications/*/jobruns/*", ids);
}

static void put_query(emrs_pen *pen, const void *input)
{
    const emrs_get_job_run_input *look = input;
    if (look->attempt == 0)
        return;
    emrs_put(pen, EMRS_TEXT("attempt="));
    emrs_put_decimal(pen, look->attempt);
}

/* The members that are kept. Nothing else of the answer is kept: it may hold passwords. */
enum {
    JOB_RUN,
    APPLICATION_ID, /* from here to STATE: what an answer must have */
    JOB_RUN_ID,
    STATE,
    STATE_DETAILS,
    NAME,
    ARN,
    CREATED_BY,
    MODE,
    RELEASE_LABEL,
    ATTEMPT,
    EXECUTION_TIMEOUT,
    CREATED_AT,
    UPDATED_AT,
    STARTED_AT,
    ENDED_AT,
    BILLED,
    VCPU_HOURS,
    MEMORY_GB_HOURS,
    STORAGE_GB_HOURS,
    TAGS,
    FIRST_TAG, /* from here on: the names are the keys of the input */
    MEMBER_COUNT = FIRST_TAG + EMRS_TAG_COUNT_MAX
};
EMRS_STATIC_ASSERT(members_fit_the_sieve, MEMBER_COUNT <= EMRS_MEMBER_COUNT_MAX);

/* Sizes that the model does not give, or gives larger. ARN: with the longest ids and region.
 * CREATED_BY: the ARN of an assumed role with the longest name and session. DATE: with nanoseconds
 * and an offset. */
#define ARN_SIZE_MAX 256u
#define CREATED_BY_SIZE_MAX 192u
#define STATE_SIZE_MAX 32u
#define DATE_SIZE_MAX 40u
#define STRING_SIZE_MAX 256u /* String256 of the model */
#define LABEL_SIZE_MAX 64u
#define SCALAR EMRS_NUMBER_SIZE_MAX

#define MEMBER(text, size, object)                                                                 \
    {                                                                                              \
        EMRS_TEXT_INIT(text), (size), false, 1 + (object)                                          \
    }
#define LONG_MEMBER(text, size)                                                                    \
    {                                                                                              \
        EMRS_TEXT_INIT(text), (size), true, 1 + JOB_RUN                                            \
    }
#define TAG MEMBER("", EMRS_TAG_SIZE_MAX, TAGS)

static const emrs_member members[MEMBER_COUNT] = {
    [JOB_RUN] = {EMRS_TEXT_INIT("jobRun"), 1, false, 0},
    [APPLICATION_ID] = MEMBER("applicationId", EMRS_ID_SIZE_MAX, JOB_RUN),
    [JOB_RUN_ID] = MEMBER("jobRunId", EMRS_ID_SIZE_MAX, JOB_RUN),
    [STATE] = MEMBER("state", STATE_SIZE_MAX, JOB_RUN),
    [STATE_DETAILS] = LONG_MEMBER("stateDetails", STRING_SIZE_MAX),
    [NAME] = LONG_MEMBER("name", STRING_SIZE_MAX),
    [ARN] = MEMBER("arn", ARN_SIZE_MAX, JOB_RUN),
    [CREATED_BY] = LONG_MEMBER("createdBy", CREATED_BY_SIZE_MAX),
    [MODE] = MEMBER("mode", SCALAR, JOB_RUN),
    [RELEASE_LABEL] = MEMBER("releaseLabel", LABEL_SIZE_MAX, JOB_RUN),
    [ATTEMPT] = MEMBER("attempt", SCALAR, JOB_RUN),
    [EXECUTION_TIMEOUT] = MEMBER("executionTimeoutMinutes", SCALAR, JOB_RUN),
    [CREATED_AT] = MEMBER("createdAt", DATE_SIZE_MAX, JOB_RUN),
    [UPDATED_AT] = MEMBER("updatedAt", DATE_SIZE_MAX, JOB_RUN),
    [STARTED_AT] = MEMBER("startedAt", DATE_SIZE_MAX, JOB_RUN),
    [ENDED_AT] = MEMBER("endedAt", DATE_SIZE_MAX, JOB_RUN),
    [BILLED] = MEMBER("billedResourceUtilization", 1, JOB_RUN),
    [VCPU_HOURS] = MEMBER("vCPUHour", SCALAR, BILLED),
    [MEMORY_GB_HOURS] = MEMBER("memoryGBHour", SCALAR, BILLED),
    [STORAGE_GB_HOURS] = MEMBER("storageGBHour", SCALAR, BILLED),
    [TAGS] = MEMBER("tags", 1, JOB_RUN),
    [FIRST_TAG] = TAG,
    TAG,
    TAG,
    TAG,
    TAG,
    TAG,
    TAG,
    TAG,
};

/* Prepares the store for a body. It clears the output, since the body overwrites the texts that lie
 * in the store. Members with takes_more share what the store has beyond the size that every answer
 * needs. */
static void prepare(emrs_sieve *sieve, const void *input, void *output)
{
    const emrs_get_job_run_input *look = input;
    emrs_job_run *run = output;
    void *store = run->store;
    size_t size = run->store_size;
    memset(run, 0, sizeof *run);
    run->store = store;
    run->store_size = size;
    sieve->names = look->tag_keys;
    sieve->named_at = FIRST_TAG;
    sieve->member_count = (uint8_t)(FIRST_TAG + look->tag_count);
    /* Without a store nothing is written, but the pen must have an address. */
    sieve->out = emrs_pen_on(size > 0 ? store : output, size);
    size_t least = emrs_sieve_size(members, sieve->member_count);
    size_t more = size > least ? size - least : 0;
    sieve->more = more < EMRS_BODY_COUNT_MAX ? (uint32_t)more : EMRS_BODY_COUNT_MAX;
}

/* The values */

static emrs_text text_of(const emrs_value *value)
{
    return value->kind == EMRS_VALUE_STRING ? value->text : EMRS_TEXT("");
}

static emrs_text beginning_of(const emrs_value *value, bool *is_cut)
{
    *is_cut = value->kind == EMRS_VALUE_CUT;
    return *is_cut ? value->text : text_of(value);
}

static emrs_text digits_of(const emrs_value *value)
{
    return value->kind == EMRS_VALUE_NUMBER ? value->text : EMRS_TEXT("");
}

static bool is_exponent_mark(char c)
{
    return c == 'e' || c == 'E';
}

/* Reads an exponent, from 'E' on.
 * ret: 0 if the text is empty. A larger exponent than 99 counts as 99. A number of at most
 *      EMRS_NUMBER_SIZE_MAX bytes with this exponent is too large, or rounds to 0 */
static int exponent_of(emrs_text text)
{
    bool is_negative = false;
    int exponent = 0;
    for (size_t at = 1; at < text.size; at++) {
        is_negative = is_negative || text.bytes[at] == '-';
        if (emrs_is_digit(text.bytes[at]) && exponent < 10)
            exponent = exponent * 10 + (text.bytes[at] - '0');
        else if (emrs_is_digit(text.bytes[at]))
            exponent = 99;
    }
    return is_negative ? -exponent : exponent;
}

/* Appends a digit, whose value is digit * 10^place.      ret: false: the number is 2^32 or more */
static bool add_digit(emrs_time *number, uint32_t digit, int place)
{
    if (place >= 0) {
        bool fits = number->s <= (UINT32_MAX - digit) / 10u;
        number->s = number->s * 10u + digit;
        return fits;
    }
    if (place >= -6)
        number->us = number->us * 10u + digit;
    else
        number->us += digit >= 5u; /* the place after the last one rounds it */
    return true;
}

/* ret: the number without its exponent */
static emrs_text mantissa_of(emrs_text text)
{
    size_t end = 0;
    while (end < text.size && !is_exponent_mark(text.bytes[end]))
        end++;
    return (emrs_text){text.bytes, end};
}

/* Reads a number of JSON as seconds and microseconds.
 * ret: 0 if it is negative, or 2^32 or more */
static emrs_time time_of_number(emrs_text text)
{
    emrs_time number = {0, 0};
    emrs_text mantissa = mantissa_of(text);
    int exponent = exponent_of(emrs_text_from(text, mantissa.size));
    int place = (int)emrs_text_find(mantissa, '.') + exponent - 1;
    size_t at = 0;
    bool fits = text.bytes[0] != '-';
    for (; fits && place >= -7; place--) { /* after the last digit, zeros are added */
        at += at < mantissa.size && text.bytes[at] == '.';
        uint32_t digit = at < mantissa.size ? (uint32_t)(text.bytes[at] - '0') : 0;
        fits = add_digit(&number, digit, place);
        at++;
    }
    if (number.us == 1000000u)
        number = (emrs_time){number.s + 1u, 0}; /* 2^32 wraps to 0, as it must */
    return fits ? number : (emrs_time){0, 0};
}

/* ret: 0 if it is not a whole number */
static uint32_t count_of(const emrs_value *value)
{
    if (value->kind != EMRS_VALUE_NUMBER)
        return 0;
    emrs_time number = time_of_number(value->text);
    return number.us == 0 ? number.s : 0;
}

/* Reads a date of RFC 3339. Digits after the sixth of a fraction are dropped, as AWS's Python SDK
 * drops them. */
static emrs_time time_of_text(emrs_text text)
{
    emrs_time time = {emrs_clock_read_rfc3339(text), 0};
    size_t at = sizeof "2023-02-06T05:54:46" - 1u;
    if (time.s == 0 || text.bytes[at] != '.')
        return time;
    for (uint32_t unit = 100000u; unit > 0 && emrs_is_digit(text.bytes[++at]); unit /= 10u)
        time.us += unit * (uint32_t)(text.bytes[at] - '0');
    return time;
}

static emrs_time time_of(const emrs_value *value)
{
    return value->kind == EMRS_VALUE_NUMBER   ? time_of_number(value->text)
           : value->kind == EMRS_VALUE_STRING ? time_of_text(value->text)
                                              : (emrs_time){0, 0};
}

static emrs_job_run_state state_of(emrs_text name)
{
    static const char *const names[] = {
        [EMRS_JOB_RUN_OTHER] = "",
        [EMRS_JOB_RUN_SUBMITTED] = "SUBMITTED",
        [EMRS_JOB_RUN_PENDING] = "PENDING",
        [EMRS_JOB_RUN_SCHEDULED] = "SCHEDULED",
        [EMRS_JOB_RUN_RUNNING] = "RUNNING",
        [EMRS_JOB_RUN_SUCCESS] = "SUCCESS",
        [EMRS_JOB_RUN_FAILED] = "FAILED",
        [EMRS_JOB_RUN_CANCELLING] = "CANCELLING",
        [EMRS_JOB_RUN_CANCELLED] = "CANCELLED",
        [EMRS_JOB_RUN_QUEUED] = "QUEUED",
    };
    unsigned state = sizeof names / sizeof names[0];
    while (--state > EMRS_JOB_RUN_OTHER)
        if (emrs_text_spells(name, names[state]))
            break;
    return (emrs_job_run_state)state;
}

/* ret: EMRS_DONE if the answer has both ids and a state */
static int check_kinds(const emrs_value values[])
{
    for (int i = APPLICATION_ID; i <= STATE; i++) {
        bool is_long_state = i == STATE && values[i].kind == EMRS_VALUE_CUT;
        if (values[i].kind > EMRS_VALUE_STRING && !is_long_state)
            return EMRS_E_JSON; /* not an id, or not a state */
    }
    for (int i = APPLICATION_ID; i <= STATE; i++)
        if (values[i].kind == EMRS_VALUE_ABSENT)
            return EMRS_E_UNVERIFIED;
    return EMRS_DONE;
}

/* ret: EMRS_DONE if it is an answer about this job run, with its state */
static int check_answer(const emrs_get_job_run_input *look, const emrs_value values[])
{
    int code = check_kinds(values);
    if (code < 0)
        return code;
    return emrs_text_is(values[APPLICATION_ID].text, look->application_id)
                   && emrs_text_is(values[JOB_RUN_ID].text, look->job_run_id)
               ? EMRS_DONE
               : EMRS_E_MISMATCH;
}

static void read_tags(emrs_job_run *run, const emrs_value values[], uint8_t count)
{
    for (unsigned i = 0; i < count; i++) {
        run->tags[i] = text_of(&values[i]);
        run->tags_there |= (uint8_t)((values[i].kind == EMRS_VALUE_STRING) << i);
    }
}

static int read_answer(const void *input, const emrs_value values[], void *output)
{
    const emrs_get_job_run_input *look = input;
    emrs_job_run *run = output;
    int code = check_answer(look, values);
    if (code < 0)
        return code;
    run->state_name = values[STATE].text;
    run->state = state_of(text_of(&values[STATE]));
    run->state_details = beginning_of(&values[STATE_DETAILS], &run->state_details_cut);
    run->name = beginning_of(&values[NAME], &run->name_cut);
    run->created_by = beginning_of(&values[CREATED_BY], &run->created_by_cut);
    run->arn = text_of(&values[ARN]);
    run->mode = text_of(&values[MODE]);
    run->release_label = text_of(&values[RELEASE_LABEL]);
    run->attempt = count_of(&values[ATTEMPT]);
    run->execution_timeout_minutes = count_of(&values[EXECUTION_TIMEOUT]);
    run->created_at = time_of(&values[CREATED_AT]);
    run->updated_at = time_of(&values[UPDATED_AT]);
    run->started_at = time_of(&values[STARTED_AT]);
    run->ended_at = time_of(&values[ENDED_AT]);
    run->billed_vcpu_hours = digits_of(&values[VCPU_HOURS]);
    run->billed_memory_gb_hours = digits_of(&values[MEMORY_GB_HOURS]);
    run->billed_storage_gb_hours = digits_of(&values[STORAGE_GB_HOURS]);
    read_tags(run, values + FIRST_TAG, look->tag_count);
    return EMRS_DONE;
}

const emrs_operation emrs_operation_get_job_run = {
    .method = EMRS_TEXT_INIT("GET"),
    .service = EMRS_TEXT_INIT("emr-serverless"),
    .check = check_input,
    .put_path = put_path,
    .put_query = put_query,
    .members = members,
    .member_count = MEMBER_COUNT,
    .work_size = EMRS_WORK_SIZE,
    .prepare = prepare,
    .read = read_answer,
};
