/* SPDX-License-Identifier: MIT */
/* emrs get-job-run */
#include "job_run.h"

#include <string.h>

#include "command.h"

enum { STORE_SIZE = 16384, ATTEMPT_MAX = 65535 };

static char store[STORE_SIZE];
static emrs_job_run found;

static int read_attempt(options *o)
{
    long attempt = 0;
    if (o->attempt == NULL)
        return -1;
    if (!parse_number(o->attempt, 1, ATTEMPT_MAX, &attempt))
        return usage_error(o, "argument --attempt: expected a whole number from 1 to %d, not '%s'",
                           ATTEMPT_MAX, o->attempt);
    o->look.attempt = (uint16_t)attempt;
    return -1;
}

static int read_query(const options *o)
{
    if (o->query == NULL || job_run_has(o->query))
        return -1;
    return usage_error(o,
                       "argument --query: expected one member that this command prints, such as "
                       "jobRun.state, not '%s'; for other expressions use --output json and jq",
                       o->query);
}

int get_read(options *o)
{
    o->reads = true;
    o->operation = "GetJobRun";
    o->look.application_id = text_of(o->application_id.value);
    o->look.job_run_id = text_of(o->job_run_id.value);
    int code = read_attempt(o);
    return code < 0 ? read_query(o) : code;
}

int get_start(const options *o, emrs_call **call, emrs_client *client, emrs_result *result)
{
    found = (emrs_job_run){.store = store, .store_size = sizeof store};
    return emrs_get_job_run_start(*call, client, &o->look, &found, result);
}

/* Says only that the state was not read, since the command changes nothing. */
void get_write_outcome(char *text, size_t size, const options *o, const emrs_result *result)
{
    (void)result;
    (void)snprintf(text, size, "Job run %s of application %s: its state was not read.\n",
                   o->job_run_id.value, o->application_id.value);
}

int get_report(const options *o, const emrs_client *client, const emrs_result *result)
{
    if (result->code != EMRS_DONE) {
        report_failure(o, client, result);
        return exit_code_for(o, result);
    }
    if (found.name_cut || found.state_details_cut || found.created_by_cut)
        (void)fputs("emrs: a text of the answer is too long, and was cut\n", stderr);
    job_run_print(&o->look, &found, o->query, o->output);
    return close_stdout();
}
