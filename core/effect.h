/* SPDX-License-Identifier: MIT */
/* What became of the job run: the table of core/README.md, in one function. */
#ifndef EMRS_CORE_EFFECT_H
#define EMRS_CORE_EFFECT_H

#include "emrs.h"

/* The effect of a call, from the effect of its earlier attempts and the current attempt. */
emrs_effect emrs_effect_of(emrs_effect before, const emrs_attempt *attempt);

/* The effect of two calls, or attempts, together: the larger one in the order of the enum, which
 * begins with NONE and ends with ACCEPTED. */
static inline emrs_effect emrs_effect_with(emrs_effect before, emrs_effect effect)
{
    return effect > before ? effect : before;
}

/* Whether the service may have done the work in spite of this error: it says that the service
 * failed while it worked, or that a client or proxy stopped waiting. Such an error is no refusal,
 * and the attempt is made again. */
bool emrs_effect_may_be_late(int status, emrs_error error);

#endif
