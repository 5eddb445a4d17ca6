/* SPDX-License-Identifier: MIT */
/* The call, from start to end: what belongs into your application, here to be copied. */
#include "yours.h"

static char work[EMRS_WORK_SIZE];
static emrs_client client; /* keeps the signing key of the day between calls */

int yours_cancel(emrs_result *result)
{
    const emrs_credentials credentials = {
        .access_key_id = EMRS_TEXT(""),     /* PORTER: from where you keep secrets */
        .secret_access_key = EMRS_TEXT(""), /* PORTER: likewise */
        .session_token = EMRS_TEXT(""),     /* PORTER: likewise; stays empty for long-term keys */
    };
    const emrs_config config = {
        .region = EMRS_TEXT("us-east-1"), /* PORTER: your region */
        .credentials = &credentials,
        .work = work,
        .work_size = sizeof work,
        .timeout_ms = 60000, /* PORTER: how long the whole call may take */
    };
    const emrs_cancel_job_run_input input = {
        .application_id = EMRS_TEXT("00fabcdefg123456"), /* PORTER: your application's */
        .job_run_id = EMRS_TEXT("00fhijklmn789012"),     /* PORTER: the job run's */
    };
    int code = emrs_init(&client, &config, result);
    if (code == EMRS_OK)
        code = emrs_cancel_job_run(&client, yours_port(), &input, result);
    /* PORTER: log result->code, ->effect, ->reason and ->native; hint.c has them in words */
    emrs_forget(&client);
    return code;
}
