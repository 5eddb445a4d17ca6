/* SPDX-License-Identifier: MIT */
#include "effect.h"

static emrs_effect of_attempt(const emrs_attempt *attempt)
{
    bool answered = attempt->verified && attempt->whole;
    if (answered && attempt->shown && attempt->status == 200 && attempt->confirmed)
        return EMRS_EFFECT_ACCEPTED;
    if (answered && attempt->status / 100 == 4 && attempt->refused)
        return EMRS_EFFECT_REFUSED;
    return attempt->shown ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE;
}

/* ACCEPTED if any attempt is; else UNKNOWN if any is; else REFUSED if any is: the enum's order. */
emrs_effect emrs_effect_of(emrs_effect before, const emrs_attempt *attempt)
{
    emrs_effect effect = of_attempt(attempt);
    return effect > before ? effect : before;
}
