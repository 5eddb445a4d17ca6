/* SPDX-License-Identifier: MIT */
/* function: id.c, clock.c, text.c, errors.c but its read, retry.c, effect.c
 * sources: text.c clock.c id.c errors.c retry.c effect.c
 * method: Eva, precision 3: 0 alarms
 * bound: 0 to 64 unknown bytes, every number
 * control: text.c s/(uint8_t)text.bytes\[last\]/(uint8_t)hostile[i].start[last + 1]/
 * control: clock.c s/fits = date.size == sizeof form - 1u/fits = date.size >= 20u/
 */
#include "__fc_builtin.h"

#include "clock.h"
#include "effect.h"
#include "errors.h"
#include "id.h"
#include "retry.h"
#include "emrs_text.h"

static char bytes[64], written[16], out[32];

static uint32_t any_number(void)
{
    return Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

static bool any_bool(void)
{
    return Frama_C_interval(0, 1) != 0;
}

static void use_numbers(void)
{
    emrs_result result = {.code = (int)any_number(),
                          .status = (int)any_number(),
                          .reason = (emrs_reason)any_number(),
                          .phase = (emrs_phase)any_number(),
                          .error = (emrs_error)any_number()};
    emrs_response response = {.encoded = any_bool(),
                              .not_json = any_bool(),
                              .has_retry_after = any_bool(),
                              .retry_after_ms = any_number()};
    emrs_attempt attempt = {.shown = any_bool(),
                            .verified = any_bool(),
                            .whole = any_bool(),
                            .confirmed = any_bool(),
                            .refused = any_bool(),
                            .status = (int)any_number()};
    uint16_t tokens = (uint16_t)Frama_C_unsigned_int_interval(0, 500);
    emrs_clock_write(any_number(), written);
    emrs_clock_skew(any_number(), any_number(), any_number());
    emrs_clock_is_past(any_number(), any_number());
    emrs_retry retry = emrs_retry_of(&result, &response, any_bool());
    emrs_retry_delay(retry, true, any_number(), any_number(), &response);
    emrs_retry_delay(retry, false, any_number(), any_number(), &response);
    emrs_retry_refund(&tokens, emrs_retry_take(&tokens, retry));
    emrs_effect_of(EMRS_EFFECT_NONE, &attempt);
    emrs_error_of_reason((emrs_reason)any_number());
}

void proof(void)
{
    Frama_C_make_unknown(bytes, sizeof bytes);
    const emrs_text text = {bytes, Frama_C_unsigned_int_interval(0, sizeof bytes)};
    emrs_pen pen = emrs_pen_on(out, sizeof out);

    emrs_id_check(text);
    emrs_region_check(text);
    emrs_user_agent_check(text);
    emrs_secret_check(text, 128);
    emrs_clock_read(text);
    emrs_put(&pen, text);
    emrs_put_byte(&pen, bytes[0]);
    emrs_put_decimal(&pen, Frama_C_int_interval(INT32_MIN, INT32_MAX));
    emrs_pen_text(&pen);
    emrs_error_of(text);
    emrs_error_trim(text);
    emrs_error_clean_message(text);
    emrs_error_clean_name(text);
    use_numbers();
}
