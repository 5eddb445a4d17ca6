/* SPDX-License-Identifier: MIT */
/* emrs drill: makes the same call as a cancellation, for a job run that cannot exist. If the
 * service answers that it does not know the job run, then credentials, permission, proxy, TLS,
 * clock and signature are right. */
#include "command.h"
#include "emrs_text.h"

/* The service chooses the ids of job runs. In all of its documents they have 16 characters and
 * begin with 00. This id is valid, since the service's model allows 64 characters, but no job
 * run has it. Readers of CloudTrail's record see from it what the call was for. If the service
 * accepts the cancellation, the drill reports a failure. */
static const char no_job_run[] = "emrsdrillnosuchjobrunxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

int drill_read(options *o)
{
    o->job_run_id = (setting){.value = no_job_run, .source = "drill"};
    return is_given(o, OPTION_READ_ONLY) ? get_read(o) : cancel_read(o);
}

int drill_start(const options *o, emrs_call **call, emrs_client *client, emrs_result *result)
{
    return is_given(o, OPTION_READ_ONLY) ? get_start(o, call, client, result)
                                         : cancel_start(o, call, client, result);
}

void drill_write_outcome(char *text, size_t size, const options *o, const emrs_result *result)
{
    bool is_denied = result->error == EMRS_ERROR_ACCESS_DENIED;
    int used = snprintf(text, size,
                        "It is not proved that a cancellation works from here. Nothing was "
                        "cancelled: there is no job run %s.\n",
                        no_job_run);
    if (is_denied)
        (void)snprintf(text + used, size - (size_t)used,
                       "Missing permission: emr-serverless:%s on "
                       "arn:%s:emr-serverless:%s:%s:/applications/%s/jobruns/*\n"
                       "A policy that names single job runs, or tags of job runs, gives this "
                       "answer too, since this job run does not exist. Only a real job run can "
                       "prove such a policy.\n",
                       o->operation, arn_partition_of(o->region.value), o->region.value,
                       o->has_arn ? o->arn.account : "ACCOUNT", o->application_id.value);
}

/* The answer is the same if there is no such application. The service's message is printed,
 * since it may say which of the two is missing. */
static int report_proof(const options *o, const emrs_client *client, const emrs_result *result)
{
    char url[300];
    url_of(client, url, sizeof url);
    (void)printf(
        "A %s works from here. Nothing was cancelled: the service does not know the job run "
        "of the drill.\n\nThe service says: ",
        o->reads ? "look" : "cancellation");
    print_text(stdout, result->message);
    (void)printf("\n%s"
                 "This does not prove that application %s exists: compare its id.\n\n"
                 "Operation:   %s (CloudTrail shows it as a failed call)\n"
                 "Job run:     %s\n"
                 "Endpoint:    %s\n"
                 "Credentials: ",
                 o->reads ? "This does not prove that a cancellation is allowed: for that, omit "
                            "--read-only.\n"
                          : "",
                 o->application_id.value, o->operation, no_job_run, url);
    print_text(stdout, text_of(o->origin.words));
    (void)printf("\nRequest id:  ");
    print_text(stdout, result->request_id);
    (void)printf("\n");
    return close_stdout();
}

static int report_success(const options *o, const emrs_result *result)
{
    (void)fprintf(
        stderr,
        "\nemrs: the service answered %s with success for job run %s of application %s%s\n"
        "This proves nothing, since there is no such job run. Check that the endpoint is "
        "one of EMR Serverless.\n",
        o->operation, no_job_run, o->application_id.value,
        result->effect == EMRS_EFFECT_ACCEPTED ? ": it accepted the cancellation" : "");
    return EXIT_GENERAL;
}

int drill_report(const options *o, const emrs_client *client, const emrs_result *result)
{
    bool is_unknown_job_run =
        result->error == EMRS_ERROR_RESOURCE_NOT_FOUND && result->status / 100 == 4;
    if (result->code == EMRS_DONE)
        return report_success(o, result);
    if (is_unknown_job_run)
        return report_proof(o, client, result);
    report_failure(o, client, result);
    return exit_code_for(o, result);
}
