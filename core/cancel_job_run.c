/* SPDX-License-Identifier: MIT */
/* CancelJobRun: DELETE /applications/{applicationId}/jobruns/{jobRunId}
 * [?shutdownGracePeriodInSeconds=N]. src: service model emr-serverless 2021-07-13 */
#include "id.h"
#include "emrs_config.h"
#include "operation.h"
#include "emrs_text.h"

static emrs_field check_input(const void *input, emrs_rule *rule)
{
    const emrs_cancel_job_run_input *cancel = input;
    if ((*rule = emrs_id_check(cancel->application_id)) != EMRS_RULE_NONE)
        return EMRS_FIELD_APPLICATION_ID;
    if ((*rule = emrs_id_check(cancel->job_run_id)) != EMRS_RULE_NONE)
        return EMRS_FIELD_JOB_RUN_ID;
    *rule = emrs_grace_check(cancel->grace, cancel->shutdown_grace_period_s);
    return *rule != EMRS_RULE_NONE ? EMRS_FIELD_SHUTDOWN_GRACE_PERIOD : EMRS_FIELD_NONE;
}

static void put_path(emrs_pen *pen, const void *input)
{
    const emrs_cancel_job_run_input *cancel = input;
    const emrs_text ids[] = {cancel->application_id, cancel->job_run_id};
    emrs_put_form(pen, "/applications/*/jobruns/*", ids);
}

static void put_query(emrs_pen *pen, const void *input)
{
    const emrs_cancel_job_run_input *cancel = input;
    if (cancel->grace == EMRS_GRACE_ABSENT)
        return;
    emrs_put(pen, EMRS_TEXT("shutdownGracePeriodInSeconds="));
    emrs_put_decimal(pen, cancel->shutdown_grace_period_s);
}

enum { APPLICATION_ID, JOB_RUN_ID, MEMBER_COUNT };

static const emrs_member members[MEMBER_COUNT] = {
    [APPLICATION_ID] = {.name = EMRS_TEXT_INIT("applicationId"), .size_max = EMRS_ID_SIZE_MAX},
    [JOB_RUN_ID] = {.name = EMRS_TEXT_INIT("jobRunId"), .size_max = EMRS_ID_SIZE_MAX},
};

static int read_answer(const void *input, const emrs_value values[], void *output)
{
    const emrs_cancel_job_run_input *cancel = input;
    (void)output; /* the answer holds only the ids of the request */
    for (int i = 0; i < MEMBER_COUNT; i++)
        if (values[i].kind > EMRS_VALUE_STRING)
            return EMRS_E_JSON; /* not an id */
    for (int i = 0; i < MEMBER_COUNT; i++)
        if (values[i].kind == EMRS_VALUE_ABSENT)
            return EMRS_E_UNVERIFIED;
    return emrs_text_is(values[APPLICATION_ID].text, cancel->application_id)
                   && emrs_text_is(values[JOB_RUN_ID].text, cancel->job_run_id)
               ? EMRS_DONE
               : EMRS_E_MISMATCH;
}

const emrs_operation emrs_operation_cancel_job_run = {
    .method = EMRS_TEXT_INIT("DELETE"),
    .service = EMRS_TEXT_INIT("emr-serverless"),
    .check = check_input,
    .put_path = put_path,
    .put_query = put_query,
    .members = members,
    .member_count = MEMBER_COUNT,
    .changes = true,
    .body_size_max = EMRS_BODY_SIZE_MAX,
    .work_size = EMRS_WORK_SIZE,
    .read = read_answer,
};
