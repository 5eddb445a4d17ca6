/* SPDX-License-Identifier: MIT */
/* The promise: what became of the job run, by the table of README.md, and by nothing else. */
#ifndef EMRS_CORE_EFFECT_H
#define EMRS_CORE_EFFECT_H

#include "emrs.h"

/* Effect of a call whose earlier attempts came to `before`, with this attempt as it stands now. */
emrs_effect emrs_effect_of(emrs_effect before, const emrs_attempt *attempt);

/* Whether the service may have done the work in spite of this error: it says that the service
 * failed while it worked, or that a client or proxy stopped waiting. Such an error is no refusal,
 * and is tried again. */
bool emrs_effect_may_be_late(int status, emrs_error error);

#endif
