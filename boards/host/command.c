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
     .about = "",
     .required = {OPTION_APPLICATION_ID, OPTION_JOB_RUN_ID},
     .operation = "CancelJobRun",
     .read = cancel_read,
     .start = cancel_start,
     .report = cancel_report,
     .write_outcome = cancel_write_outcome},
};
const size_t command_count = sizeof commands / sizeof commands[0];

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}
