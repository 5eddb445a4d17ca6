/* SPDX-License-Identifier: MIT */
/* One call: the machine of moves. Public side: emrs_init, emrs_forget, emrs_step (emrs.h). */
#ifndef EMRS_CORE_CALL_H
#define EMRS_CORE_CALL_H

#include "emrs.h"
#include "operation.h"

/* Readies a call of any operation; checks everything that can be checked before a byte leaves.
 * err: ARGUMENT, STATE */
int emrs_call_start(emrs_call *call, emrs_client *client, const emrs_operation *operation,
                    const void *input, emrs_result *result);

#endif
