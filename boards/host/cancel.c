/* SPDX-License-Identifier: MIT */
/* emrs cancel-job-run */
#include <unistd.h>

#include "command.h"
#include "stop.h"

static int read_grace(options *o)
{
    long seconds = 0;
    if (o->grace.value == NULL)
        return -1;
    if (!parse_number(o->grace.value, INT32_MIN, INT32_MAX, &seconds))
        return usage_error(
            o,
            "argument --shutdown-grace-period-in-seconds: expected a whole number of seconds, "
            "0 or 15 to 1800, not '%s'",
            o->grace.value);
    o->input.grace =
        is_given(o, OPTION_UNCHECKED_GRACE) ? EMRS_GRACE_UNCHECKED : EMRS_GRACE_SECONDS;
    o->input.shutdown_grace_period_s = (int32_t)seconds;
    return -1;
}

int cancel_read(options *o)
{
    o->operation = "CancelJobRun";
    o->input.application_id = text_of(o->application_id.value);
    o->input.job_run_id = text_of(o->job_run_id.value);
    int code = read_grace(o);
    return code < 0 ? stop_read(o) : code;
}

int cancel_start(const options *o, emrs_call **call, emrs_client *client, emrs_result *result)
{
    if (o->stops)
        return stop_start_first(o, call, client, result);
    return emrs_cancel_job_run_start(*call, client, &o->input, result);
}

void cancel_write_outcome(char *text, size_t size, const options *o, const emrs_result *result)
{
    if (o->stops && stop_known() != NULL)
        stop_write_outcome(text, size, o);
    else
        (void)snprintf(text, size, "Job run %s of application %s: %s\n", o->job_run_id.value,
                       o->application_id.value, emrs_effect_words(result->effect));
}

void cancel_tell_acceptance(const options *o, const emrs_result *result)
{
    char look[OUTCOME_SIZE];
    if (isatty(STDERR_FILENO) == 0)
        return;
    write_look(look, sizeof look, o);
    (void)fputs("emrs: accepted, not yet stopped", stderr);
    if (result->request_id.size > 0) {
        (void)fputs("; request id ", stderr);
        print_text(stderr, result->request_id);
    }
    (void)fprintf(stderr, "; to look: %s\n", look);
}

static int report_acceptance(const options *o, const emrs_result *result)
{
    const char *application_id = o->application_id.value, *job_run_id = o->job_run_id.value;
    if (o->output == OUTPUT_TEXT)
        (void)printf("%s\t%s\n", application_id, job_run_id);
    else
        (void)printf("{\n    \"applicationId\": \"%s\",\n    \"jobRunId\": \"%s\"\n}\n",
                     application_id, job_run_id);
    int code = close_stdout();
    cancel_tell_acceptance(o, result);
    if (code != EXIT_ACCEPTED) {
        char text[OUTCOME_SIZE];
        cancel_write_outcome(text, sizeof text, o, result);
        (void)fputs(text, stderr);
    }
    return code;
}

int cancel_report(const options *o, const emrs_client *client, const emrs_result *result)
{
    if (o->stops)
        return stop_report(o, client, result);
    if (result->effect == EMRS_EFFECT_ACCEPTED)
        return report_acceptance(o, result);
    report_failure(o, client, result);
    return exit_code_for(o, result);
}
