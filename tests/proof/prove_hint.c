/* SPDX-License-Identifier: MIT */
/* function: emrs_code_words and the like, emrs_next_step: a text for every number, valid or not
 * method: all inputs, all loops to their end
 * bound: a message of 0 to 16 bytes
 * unwind: 18
 * control: hint.c s/at >= 0 \&\& at < count/at <= count/
 * control: hint.c s/(size_t)reason < COUNT(steps)/(size_t)reason <= COUNT(steps)/
 */
#include "proof.h"

#include "hint.c"

emrs_result nondet_result(void);

static bool is_text(const char *words)
{
    return words != NULL && __CPROVER_r_ok(words, 1);
}

void proof(void)
{
    int any = nondet_int();
    emrs_result result = nondet_result();
    result.error = (emrs_error)nondet_int();
    result.reason = (emrs_reason)nondet_int();
    result.effect = (emrs_effect)nondet_int();
    result.message.size = nondet_size();
    ASSUME(result.message.size <= 16);
    result.message.bytes = any_bytes(result.message.size);
    PROVE(is_text(emrs_code_words(any)));
    PROVE(is_text(emrs_effect_words((emrs_effect)any)));
    PROVE(is_text(emrs_reason_words((emrs_reason)any)));
    PROVE(is_text(emrs_phase_words((emrs_phase)any)));
    PROVE(is_text(emrs_field_words((emrs_field)any)));
    PROVE(is_text(emrs_rule_words((emrs_field)any, (emrs_rule)nondet_int())));
    const char *step = emrs_next_step(&result);
    PROVE(is_text(step));
    REACHED(step[0] == '\0');
    REACHED(any == INT32_MIN);
    REACHED(step[0] == 'C' && step[1] == 'h' && step[2] == 'a');
}
