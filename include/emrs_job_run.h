/* SPDX-License-Identifier: MIT */
/* GetJobRun: reads the state of a job run. It changes nothing: the effect of its result is NONE.
 *
 * Blocking: emrs_get_job_run with a port. Not blocking: emrs_get_job_run_start, then emrs_step.
 * The answer may have any size; what is kept of it has a bounded size. The members jobDriver,
 * configurationOverrides, executionIamPolicy and networkConfiguration often hold passwords: they
 * are never kept. */
#ifndef EMRS_JOB_RUN_H
#define EMRS_JOB_RUN_H

#include "emrs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* src: service model emr-serverless 2021-07-13, JobRunState */
typedef enum {
    EMRS_JOB_RUN_OTHER, /* a state that this version does not know: counts as live */
    EMRS_JOB_RUN_SUBMITTED,
    EMRS_JOB_RUN_PENDING,
    EMRS_JOB_RUN_SCHEDULED,
    EMRS_JOB_RUN_RUNNING,
    EMRS_JOB_RUN_SUCCESS, /* ended by itself */
    EMRS_JOB_RUN_FAILED,  /* ended by itself */
    EMRS_JOB_RUN_CANCELLING,
    EMRS_JOB_RUN_CANCELLED,
    EMRS_JOB_RUN_QUEUED
} emrs_job_run_state;

/* UTC, until 2106. 0 s: the service gave none */
typedef struct {
    uint32_t s, us; /* us: 0 to 999,999 */
} emrs_time;

#define EMRS_TAG_COUNT_MAX 8u
#define EMRS_TAG_KEY_SIZE_MAX 128u /* src: the model, also for the next line */
#define EMRS_TAG_SIZE_MAX 256u     /* bytes kept of a tag's value */

typedef struct {
    emrs_text application_id, job_run_id; /* [0-9a-z]{1,64} */
    uint16_t attempt;                     /* 0: the latest one */
    /* The tags to read: keys of 1 to EMRS_TAG_KEY_SIZE_MAX bytes, all different,
     * EMRS_TAG_COUNT_MAX at most */
    const emrs_text *tag_keys;
    uint8_t tag_count;
} emrs_get_job_run_input;

/* The size of a store that holds every answer. It keeps 256 bytes of name, 256 of state_details and
 * 192 of created_by; a quote or a backslash counts as two bytes, and a control byte as six. In a
 * larger store these three may be longer before they are cut. */
#define EMRS_JOB_RUN_STORE_SIZE(tag_count) (1644u + (tag_count) * (EMRS_TAG_SIZE_MAX + 4u))

/* What is kept of an answer. The application sets store and store_size; the call writes the rest,
 * which is valid with EMRS_DONE. The texts lie in the store, in UTF-8. A text is empty if it is
 * absent, null or not a string. A text that is too long is cut if it has a ..._cut member, else it
 * is empty. A number is 0 if it is absent, null, not whole or out of range.
 * With another result than EMRS_DONE: if the body of an answer had begun, all but store and
 * store_size is zero, since that body may have overwritten the texts. Else nothing changes. */
typedef struct {
    void *store;
    size_t store_size;
    emrs_job_run_state state;
    emrs_text state_name; /* as the service wrote it; at most 32 bytes of it */
    emrs_text state_details, name, arn, created_by, mode, release_label;
    bool state_details_cut, name_cut, created_by_cut; /* the text was longer */
    uint32_t attempt;
    uint32_t execution_timeout_minutes;
    emrs_time created_at, updated_at, started_at, ended_at; /* to a microsecond */
    /* Numbers as the service wrote them, such as 0.25 or 1.5E-4. The service gives them only for
     * job runs that have ended. */
    emrs_text billed_vcpu_hours, billed_memory_gb_hours, billed_storage_gb_hours;
    emrs_text tags[EMRS_TAG_COUNT_MAX]; /* values, in the order of the keys of the input */
    uint8_t tags_there; /* bit i: the job run has tag i, and tags[i] is its whole value */
} emrs_job_run;

extern const emrs_operation emrs_operation_get_job_run;

/* err: as emrs_call_start. The call may end with UNVERIFIED: the answer has no id or no state;
 *      MISMATCH: it is about another job run; JSON: it is not JSON, or an id or the state is not a
 *      string; SPACE: the store is too small (needed_size) */
static inline int emrs_get_job_run_start(emrs_call *call, emrs_client *client,
                                         const emrs_get_job_run_input *input, emrs_job_run *output,
                                         emrs_result *result)
{
    return emrs_call_start(call, client, &emrs_operation_get_job_run, input, output, result);
}

static inline int emrs_get_job_run(emrs_client *client, const struct emrs_port *port,
                                   const emrs_get_job_run_input *input, emrs_job_run *output,
                                   emrs_result *result)
{
    emrs_call call;
    int code = emrs_get_job_run_start(&call, client, input, output, result);
    return code < 0 ? code : emrs_run(&call, port);
}

#ifdef __cplusplus
}
#endif
#endif
