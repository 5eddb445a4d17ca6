/* SPDX-License-Identifier: MIT */
/* boards/host/report.c prints the same facts, but uses stdio and names options of the command. Both
 * use the core's texts (emrs_next_step) and exit_codes.h. */
#include "report.h"

#include <lwip/init.h>
#include <mbedtls/version.h>

#include "roots.h"
#include "say.h"
#include "tick.h"

void report_step(const char *name)
{
    say_number(tick_ms(), 7);
    say(" ms  ");
    say(name);
}

void report_image(void)
{
    say("emrs " EMRS_VERSION " on " BOARD_NAME ", mbedTLS " MBEDTLS_VERSION_STRING
        ", lwIP " LWIP_VERSION_STRING "\n");
    say("trusts ");
    say_number((uint32_t)root_count, 0);
    say(" CAs\n");
    if (test_root_count == 0)
        return;
    say("*** TEST IMAGE: ");
    say_number((uint32_t)test_root_count, 0);
    say(" of its CAs are throw-away test CAs. Anybody may have their keys. Never ship it. ***\n");
}

static void say_argument(const emrs_result *result)
{
    say("emrs: ");
    say(emrs_field_words(result->field));
    say(" ");
    say(emrs_rule_words(result->field, result->rule));
    say("\n");
}

static void say_failure(const emrs_result *result)
{
    say("emrs: ");
    say(emrs_code_words(result->code));
    if (result->code == EMRS_E_TIMEOUT) {
        say(" while ");
        say(emrs_phase_words(result->phase));
    }
    if (result->reason != EMRS_REASON_NONE) {
        say(": ");
        say(emrs_reason_words(result->reason));
        say(" (");
        say_signed(result->native);
        say(")");
    }
    if (result->error_name.size > 0) {
        say(": ");
        say_text(result->error_name);
        say(": ");
        say_text(result->message);
    }
    say("\n");
}

/* The service's texts may repeat secrets that were sent to it. */
static void mask(const emrs_credentials *credentials, emrs_result *result)
{
    emrs_mask_secrets(credentials, result->error_name);
    emrs_mask_secrets(credentials, result->message);
    emrs_mask_secrets(credentials, result->request_id);
}

void report_result(const settings *told, emrs_result *result)
{
    mask(&told->credentials, result);
    if (result->code == EMRS_E_ARGUMENT)
        say_argument(result);
    else if (result->code < 0)
        say_failure(result);
    say("Job run ");
    say_text(told->job_run_id);
    say(" of application ");
    say_text(told->application_id);
    say(": ");
    say(emrs_effect_words(result->effect));
    say("\n");
    if (result->request_id.size > 0) {
        say("Request id: ");
        say_text(result->request_id);
        say("\n");
    }
    if (result->code < 0) {
        say("Next: ");
        say(emrs_next_step(result));
        say("\n");
    }
}
