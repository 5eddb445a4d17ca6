/* SPDX-License-Identifier: MIT */
/* The call, from start to end: copy this into your application. */
#include "yours.h"

static char work[EMRS_WORK_SIZE];
static emrs_client client; /* keeps the signing key of the day from one call to the next */

/* The client keeps pointers to these and to their bytes: both must stay in place while the client
 * is in use, and may change only between calls. */
static emrs_credentials credentials;

int yours_start(emrs_result *result)
{
    credentials = (emrs_credentials){
        .access_key_id = EMRS_TEXT(""),     /* TODO: from where you keep secrets */
        .secret_access_key = EMRS_TEXT(""), /* TODO: likewise */
        .session_token = EMRS_TEXT(""),     /* TODO: likewise; stays empty for long-term keys */
    };
    const emrs_config config = {
        .region = EMRS_TEXT("us-east-1"), /* TODO: your region; its bytes stay in place */
        .credentials = &credentials,
        .work = work,
        .work_size = sizeof work,
        .timeout_ms = 60000, /* TODO: how long the whole call may take */
    };
    return emrs_init(&client, &config, result);
}

int yours_cancel(emrs_result *result)
{
    const emrs_cancel_job_run_input input = {
        .application_id = EMRS_TEXT("00fabcdefg123456"), /* TODO: your application's */
        .job_run_id = EMRS_TEXT("00fhijklmn789012"),     /* TODO: the job run's */
    };
    int code = emrs_cancel_job_run(&client, yours_port(), &input, result);
    /* TODO: log result->code, ->effect, ->reason, ->native (emrs.h has functions for words) */
    /* TODO: if the signing key must not stay in memory, call emrs_forget(&client) */
    return code;
}
