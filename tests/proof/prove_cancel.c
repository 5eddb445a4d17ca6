/* SPDX-License-Identifier: MIT */
/* function: CancelJobRun's read: DONE for both ids equal, and for nothing else
 * method: all inputs, all loops to their end
 * bound: ids of 1 to 64 bytes
 * unwind: 66
 * control: cancel_job_run.c s/emrs_text_is(values\[JOB_RUN_ID\]/!emrs_text_is(values[JOB_RUN_ID]/
 */
#include "proof.h"

#include "cancel_job_run.c"
#include "text.c"

/* Functions that read_answer does not call */
emrs_rule emrs_id_check(emrs_text id)
{
    (void)id;
    return EMRS_RULE_NONE;
}
emrs_rule emrs_grace_check(emrs_grace grace, int32_t seconds)
{
    (void)grace;
    (void)seconds;
    return EMRS_RULE_NONE;
}

emrs_value_kind nondet_kind(void);

static emrs_text any_id(void)
{
    size_t size = nondet_size();
    ASSUME(size <= EMRS_ID_SIZE_MAX);
    return (emrs_text){any_bytes(size), size};
}

static bool is_same(emrs_text a, emrs_text b)
{
    size_t at = nondet_size();
    return a.size == b.size && (at >= a.size || a.bytes[at] == b.bytes[at]);
}

void proof(void)
{
    emrs_cancel_job_run_input input = {.application_id = any_id(), .job_run_id = any_id()};
    emrs_value values[MEMBER_COUNT] = {{any_id(), nondet_kind()}, {any_id(), nondet_kind()}};
    ASSUME((unsigned)values[0].kind <= EMRS_VALUE_OTHER);
    ASSUME((unsigned)values[1].kind <= EMRS_VALUE_OTHER);
    int code = read_answer(&input, values, NULL);
    PROVE(code <= 0);
    PROVE(code != EMRS_DONE
          || (values[APPLICATION_ID].kind == EMRS_VALUE_STRING
              && values[JOB_RUN_ID].kind == EMRS_VALUE_STRING));
    /* is_same compares at any index, so at all of them */
    PROVE(code != EMRS_DONE || is_same(values[APPLICATION_ID].text, input.application_id));
    PROVE(code != EMRS_DONE || is_same(values[JOB_RUN_ID].text, input.job_run_id));
    REACHED(code == EMRS_DONE && input.job_run_id.size == EMRS_ID_SIZE_MAX);
    REACHED(code == EMRS_E_MISMATCH);
}
