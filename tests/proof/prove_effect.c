/* SPDX-License-Identifier: MIT */
/* function: emrs_effect_of: the complete table of core/README.md
 * method: all inputs, all loops to their end
 * bound: none
 * unwind: 1
 * control: effect.c s/\&\& attempt->shown \&\&/\&\&/
 * control: effect.c s/emrs_effect_with(before, of_attempt(attempt))/of_attempt(attempt)/
 * control: effect.c s/return EMRS_EFFECT_REFUSED/return EMRS_EFFECT_NONE/
 */
#include "proof.h"

#include "effect.c"

emrs_attempt nondet_attempt(void);

/* The table, one row per line */
static emrs_effect of_table(const emrs_attempt *a)
{
    return a->status == 200 && a->verified && a->whole && a->confirmed && a->shown
               ? EMRS_EFFECT_ACCEPTED
           : a->status >= 400 && a->status <= 499 && a->verified && a->whole && a->refused
               ? EMRS_EFFECT_REFUSED
           : a->shown ? EMRS_EFFECT_UNKNOWN
                      : EMRS_EFFECT_NONE;
}

void proof(void)
{
    emrs_attempt first = nondet_attempt(), second = nondet_attempt();
    emrs_effect one = emrs_effect_of(EMRS_EFFECT_NONE, &first);
    emrs_effect both = emrs_effect_of(one, &second);
    emrs_effect a = of_table(&first), b = of_table(&second);
    PROVE(one == a);
    PROVE((both == EMRS_EFFECT_ACCEPTED)
          == (a == EMRS_EFFECT_ACCEPTED || b == EMRS_EFFECT_ACCEPTED));
    PROVE((both == EMRS_EFFECT_NONE) == (a == EMRS_EFFECT_NONE && b == EMRS_EFFECT_NONE));
    PROVE(both != EMRS_EFFECT_REFUSED || (a != EMRS_EFFECT_UNKNOWN && b != EMRS_EFFECT_UNKNOWN));
    PROVE(both == emrs_effect_of(b, &first)); /* in either order */
    REACHED(both == EMRS_EFFECT_ACCEPTED && b == EMRS_EFFECT_REFUSED);
    REACHED(both == EMRS_EFFECT_UNKNOWN && b == EMRS_EFFECT_REFUSED);
    REACHED(both == EMRS_EFFECT_REFUSED && a == EMRS_EFFECT_NONE);
}
