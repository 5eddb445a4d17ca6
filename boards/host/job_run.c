/* SPDX-License-Identifier: MIT */
#include "job_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emrs_text.h"

typedef enum { WORDS, WHOLE, DECIMAL, TIME, OBJECT } kind;

/* A member of jobRun, or of an object in it */
typedef struct {
    const char *name;
    kind kind;
    bool is_inner;  /* a member of the OBJECT before it */
    emrs_text text; /* of WORDS and DECIMAL */
    uint32_t whole;
    emrs_time time;
} member;

enum { MEMBER_COUNT = 19 };

/* In the order of the service's model, as AWS CLI. src: emr-serverless 2021-07-13, JobRun */
static void list_members(member list[MEMBER_COUNT], const emrs_get_job_run_input *input,
                         const emrs_job_run *r)
{
    const member all[MEMBER_COUNT] = {
        {"applicationId", WORDS, .text = input->application_id},
        {"jobRunId", WORDS, .text = input->job_run_id},
        {"name", WORDS, .text = r->name},
        {"arn", WORDS, .text = r->arn},
        {"createdBy", WORDS, .text = r->created_by},
        {"createdAt", TIME, .time = r->created_at},
        {"updatedAt", TIME, .time = r->updated_at},
        {"state", WORDS, .text = r->state_name},
        {"stateDetails", WORDS, .text = r->state_details},
        {"releaseLabel", WORDS, .text = r->release_label},
        {"executionTimeoutMinutes", WHOLE, .whole = r->execution_timeout_minutes},
        {"billedResourceUtilization", OBJECT, false, .whole = 0},
        {"vCPUHour", DECIMAL, true, .text = r->billed_vcpu_hours},
        {"memoryGBHour", DECIMAL, true, .text = r->billed_memory_gb_hours},
        {"storageGBHour", DECIMAL, true, .text = r->billed_storage_gb_hours},
        {"mode", WORDS, .text = r->mode},
        {"attempt", WHOLE, .whole = r->attempt},
        {"startedAt", TIME, .time = r->started_at},
        {"endedAt", TIME, .time = r->ended_at},
    };
    memcpy(list, all, sizeof all);
}

/* ret: whether the answer had the value */
static bool has_value(const member *m)
{
    return m->kind == WHOLE ? m->whole > 0 : m->kind == TIME ? m->time.s > 0 : m->text.size > 0;
}

/* ret: whether the answer had the member; of an object: one of its members, up to `end` */
static bool is_there(const member *m, const member *end)
{
    if (m->kind != OBJECT)
        return has_value(m);
    for (m++; m < end && m->is_inner; m++)
        if (has_value(m))
            return true;
    return false;
}

void print_time(FILE *to, emrs_time time)
{
    struct tm parts;
    char date[40], zone[8], fraction[12] = "";
    time_t s = (time_t)time.s;
    tzset();
    if (localtime_r(&s, &parts) == NULL)
        return;
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)strftime(zone, sizeof zone, "%z", &parts);
    if (time.us > 0)
        (void)snprintf(fraction, sizeof fraction, ".%06u", (unsigned)time.us);
    (void)fprintf(to, "%s%s%.3s:%s", date, fraction, zone, zone + 3);
}

/* Prints a number as Python does: a whole number as it is written, another one with the fewest
 * digits that give the same double. A number beyond the range of a double is printed as it is
 * written. */
static void print_decimal(emrs_text text)
{
    char digits[32];
    int precision = 0;
    (void)snprintf(digits, sizeof digits, "%.*s", (int)text.size, text.bytes);
    const double value = strtod(digits, NULL);
    if (digits[strspn(digits, "-0123456789")] == '\0' || !isfinite(value)) {
        (void)fputs(digits, stdout);
        return;
    }
    do
        (void)snprintf(digits, sizeof digits, "%.*e", precision++, value);
    while (precision < 17 && strtod(digits, NULL) != value);
    const long exponent = strtol(digits + strcspn(digits, "e") + 1, NULL, 10);
    const int decimals = precision - 1 - (int)exponent;
    if (exponent < -4 || exponent >= 16)
        (void)fputs(digits, stdout);
    else
        (void)printf("%.*f", decimals > 1 ? decimals : 1, value);
}

/* Prints a value. In json a text is quoted. */
static void print_member(const member *m, output_format output)
{
    switch (m->kind) {
    case WHOLE:
        (void)printf("%lu", (unsigned long)m->whole);
        break;
    case DECIMAL:
        print_decimal(m->text);
        break;
    default:
        if (output == OUTPUT_JSON)
            (void)putchar('"');
        if (m->kind == TIME)
            print_time(stdout, m->time);
        else
            print_data(stdout, m->text, output == OUTPUT_JSON);
        if (output == OUTPUT_JSON)
            (void)putchar('"');
    }
}

static void print_name(const char *before, int indent, const char *name)
{
    (void)printf("%s%*s\"%s\": ", before, indent + 4, "", name);
}

/* Prints the object in jobRun. */
static void print_json_inner(const member *object, const member *end, int indent)
{
    const char *before = "{\n";
    for (const member *m = object + 1; m < end && m->is_inner; m++)
        if (has_value(m)) {
            print_name(before, indent, m->name);
            print_member(m, OUTPUT_JSON);
            before = ",\n";
        }
    (void)printf("\n%*s}", indent, "");
}

/* Prints jobRun. */
static void print_json_object(const member *list, const member *end, int indent)
{
    const char *before = "{\n";
    for (const member *m = list; m < end; m++) {
        if (m->is_inner || !is_there(m, end))
            continue;
        print_name(before, indent, m->name);
        before = ",\n";
        if (m->kind == OBJECT)
            print_json_inner(m, end, indent + 4);
        else
            print_member(m, OUTPUT_JSON);
    }
    (void)printf("\n%*s}", indent, "");
}

/* Values of one object, sorted by name */
typedef struct {
    const member *members[MEMBER_COUNT];
    size_t count;
} line;

static void add_value(line *l, const member *m)
{
    size_t at = l->count++;
    for (; at > 0 && strcmp(l->members[at - 1]->name, m->name) > 0; at--)
        l->members[at] = l->members[at - 1];
    l->members[at] = m;
}

static void print_line(const line *l, const char *title)
{
    (void)fputs(title, stdout);
    for (size_t i = 0; i < l->count; i++) {
        (void)fputs(i > 0 || *title != '\0' ? "\t" : "", stdout);
        print_member(l->members[i], OUTPUT_TEXT);
    }
    (void)putchar('\n');
}

static void print_text_inner(const member *object, const member *end, const char *title)
{
    line values = {.count = 0};
    for (const member *m = object + 1; m < end && m->is_inner; m++)
        if (has_value(m))
            add_value(&values, m);
    print_line(&values, title);
}

/* Prints the values of jobRun, then the object in it. */
static void print_text_object(const member *list, const member *end, const char *title)
{
    const member *object = NULL;
    line values = {.count = 0};
    for (const member *m = list; m < end; m++)
        if (m->kind == OBJECT)
            object = is_there(m, end) ? m : NULL;
        else if (!m->is_inner && has_value(m))
            add_value(&values, m);
    print_line(&values, title);
    if (object != NULL)
        print_text_inner(object, end, "BILLEDRESOURCEUTILIZATION");
}

/* ret: the member of a path; `end` for jobRun itself; NULL: there is no such member */
static const member *find(const member *list, const member *end, const char *path)
{
    static const char root[] = "jobRun";
    const member *object = list;
    char name[80];
    if (strncmp(path, root, sizeof root - 1) != 0)
        return NULL;
    path += sizeof root - 1;
    if (*path == '\0')
        return end;
    for (const member *m = list; m < end; m++) {
        object = m->is_inner ? object : m;
        (void)snprintf(name, sizeof name, ".%s%s%s", object->name, m->is_inner ? "." : "",
                       m->is_inner ? m->name : "");
        if (strcmp(name, path) == 0)
            return m;
    }
    return NULL;
}

bool job_run_has(const char *path)
{
    const emrs_get_job_run_input input = {.attempt = 0};
    const emrs_job_run none = {.state = EMRS_JOB_RUN_OTHER};
    member list[MEMBER_COUNT];
    list_members(list, &input, &none);
    return find(list, list + MEMBER_COUNT, path) != NULL;
}

static void print_json(const member *list, const member *end, const member *wanted)
{
    if (wanted == NULL) {
        (void)printf("{\n    \"jobRun\": ");
        print_json_object(list, end, 4);
        (void)printf("\n}");
    } else if (wanted == end) {
        print_json_object(list, end, 0);
    } else if (!is_there(wanted, end)) {
        (void)printf("null");
    } else if (wanted->kind == OBJECT) {
        print_json_inner(wanted, end, 0);
    } else {
        print_member(wanted, OUTPUT_JSON);
    }
    (void)putchar('\n');
}

static void print_columns(const member *list, const member *end, const member *wanted)
{
    if (wanted == NULL) {
        print_text_object(list, end, "JOBRUN");
    } else if (wanted == end) {
        print_text_object(list, end, "");
    } else if (!is_there(wanted, end)) {
        (void)printf("None\n");
    } else if (wanted->kind == OBJECT) {
        print_text_inner(wanted, end, "");
    } else {
        print_member(wanted, OUTPUT_TEXT);
        (void)putchar('\n');
    }
}

void job_run_print(const emrs_get_job_run_input *input, const emrs_job_run *job_run,
                   const char *path, output_format output)
{
    member list[MEMBER_COUNT];
    list_members(list, input, job_run);
    const member *end = list + MEMBER_COUNT;
    const member *wanted = path != NULL ? find(list, end, path) : NULL;
    if (output == OUTPUT_TEXT)
        print_columns(list, end, wanted);
    else
        print_json(list, end, wanted);
}
