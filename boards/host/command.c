/* SPDX-License-Identifier: MIT */
/* The table of the commands. */
#include "command.h"

#include <string.h>

const struct command commands[] = {
    {.name = "cancel-job-run",
     .bit = CANCEL,
     .usage = "--application-id <value> --job-run-id <value> [options]",
     .arn_usage = "<ARN of a job run> [options]",
     .summary = "cancel an Amazon EMR Serverless job run",
     .about =
         "If the service accepts the cancellation, the job run has not stopped yet. get-job-run\n"
         "prints its state, and --wait waits for its end. With --wait, --expect-name,\n"
         "--expect-tag or --ignore-ended the command also needs the permission\n"
         "emr-serverless:GetJobRun, and prints one JSON object, also after a failure: effect,\n"
         "outcome, state and more.\n\n",
     .required = {OPTION_APPLICATION_ID, OPTION_JOB_RUN_ID},
     .read = cancel_read,
     .start = cancel_start,
     .report = cancel_report,
     .write_outcome = cancel_write_outcome},
    {.name = "get-job-run",
     .bit = GET,
     .usage = "--application-id <value> --job-run-id <value> [options]",
     .arn_usage = "<ARN of a job run> [options]",
     .summary = "look at an Amazon EMR Serverless job run",
     .about =
         "Prints these members of the job run as AWS CLI does: applicationId, jobRunId, name, "
         "arn,\n"
         "createdBy, createdAt, updatedAt, state, stateDetails, releaseLabel,\n"
         "executionTimeoutMinutes, billedResourceUtilization (of a job run that has ended), mode,\n"
         "attempt, startedAt, endedAt. A member that is absent, empty or 0 is left out.\n"
         "jobDriver, configurationOverrides and the rest are never kept or printed: they often\n"
         "hold passwords.\n\n",
     .required = {OPTION_APPLICATION_ID, OPTION_JOB_RUN_ID},
     .read = get_read,
     .start = get_start,
     .report = get_report,
     .write_outcome = get_write_outcome},
    {.name = "drill",
     .bit = DRILL,
     .usage = "--application-id <value> [options]",
     .arn_usage = "<ARN of an application> [options]",
     .summary = "test that a cancellation would work from here, and cancel nothing",
     .about =
         "Finds credentials, and calls CancelJobRun for a job run that cannot exist. If the "
         "service\n"
         "answers that it does not know the job run, then credentials, permission, proxy, TLS,\n"
         "clock and signature are right, and the exit code is 0. Anything else is no proof. A "
         "policy\n"
         "with a condition on tags, or for single job runs, cannot be proved in this way: the\n"
         "answer is AccessDenied. CloudTrail shows the call as a failed one.\n\n",
     .required = {OPTION_APPLICATION_ID},
     .read = drill_read,
     .start = drill_start,
     .report = drill_report,
     .write_outcome = drill_write_outcome},
};
const size_t command_count = sizeof commands / sizeof commands[0];

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
