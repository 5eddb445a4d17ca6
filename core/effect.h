/* SPDX-License-Identifier: MIT */
/* The promise: what became of the job run, by the table of README.md, and by nothing else. */
#ifndef EMRS_CORE_EFFECT_H
#define EMRS_CORE_EFFECT_H

#include "emrs.h"

/* Effect of a call whose earlier attempts came to `before`, with this attempt as it stands now. */
emrs_effect emrs_effect_of(emrs_effect before, const emrs_attempt *attempt);

#endif
