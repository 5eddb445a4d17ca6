/* SPDX-License-Identifier: MIT */
/* --print-policy: the least IAM policy for a command line.
 *
 * The action is the name of the command's operation, o->operation, and the resource is the job run.
 * If o->looks is set, the policy also allows GetJobRun. struct emrs_operation has no member for
 * this name, because firmware images do not print it.
 * src: service authorization reference of EMR Serverless: "CancelJobRun: jobRun*", "GetJobRun:
 * jobRun*" */
#include "command.h"

/* Starts a call and drops it, so that the ids are checked as for a real call. Nothing is signed,
 * since there are no credentials. */
static int check_input(const options *o, emrs_client *client, emrs_result *result)
{
    emrs_call memory, *call = &memory;
    emrs_move move;
    int code = o->command->start(o, &call, client, result);
    if (code == EMRS_OK)
        (void)emrs_step(call, (emrs_now){.ms = 0}, emrs_report_of(EMRS_NEWS_STOP), &move);
    return code;
}

/* The account is known only from an ARN. Without one the policy has * in its place: a role of one
 * account cannot use it in another account. */
int policy_print(const options *o, emrs_client *client)
{
    emrs_result result;
    if (check_input(o, client, &result) < 0)
        return report(o, client, &result);
    (void)printf("{\n"
                 "    \"Version\": \"2012-10-17\",\n"
                 "    \"Statement\": [\n"
                 "        {\n"
                 "            \"Effect\": \"Allow\",\n"
                 "            \"Action\": [\n"
                 "                \"emr-serverless:%s\"%s\n"
                 "            ],\n"
                 "            \"Resource\": \"arn:%s:emr-serverless:%s:%s:/applications/%s/"
                 "jobruns/%s\"\n"
                 "        }\n"
                 "    ]\n"
                 "}\n",
                 o->operation, o->looks ? ",\n                \"emr-serverless:GetJobRun\"" : "",
                 arn_partition_of(o->region.value), o->region.value,
                 o->has_arn ? o->arn.account : "*", o->application_id.value, o->job_run_id.value);
    return close_stdout();
}
