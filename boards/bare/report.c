/* SPDX-License-Identifier: MIT */
/* boards/host/report.c prints the same facts, but uses stdio and names options of the command. Both
 * use the core's texts (emrs_next_step) and exit_codes.h. */
#include "report.h"

#include <lwip/init.h>
#include <mbedtls/version.h>

#include "iot.h"
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

/* Prints the name of a field, and the rule that it breaks. EMRS_FIELD_URI is printed as the image's
 * setting, iot-endpoint.
 * in:  provider: the field is one of its configuration or answer; NULL: it is one of the call */
static void say_field(const emrs_provider *provider, const emrs_result *result)
{
    emrs_field field = result->field;
    if (provider != NULL)
        say(field == EMRS_FIELD_URI ? "iot-endpoint" : emrs_provider_field_words(field));
    else
        say(emrs_field_words(field));
    say(" ");
    say(provider != NULL ? emrs_provider_rule_words(field, result->rule)
                         : emrs_rule_words(field, result->rule));
}

/* Prints why a call or a renewal failed, after the words of its code, and ends the line. */
static void say_why(const emrs_result *result)
{
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

void report_text(const char *before, emrs_text text)
{
    if (text.size == 0)
        return;
    say(before);
    say_text(text);
    say("\n");
}

/* Prints why the provider gave no credentials. */
static void say_provider(const emrs_provider *provider)
{
    const emrs_result *result = &provider->result;
    say("credentials: ");
    say(emrs_provider_code_words(provider));
    if (result->rule != EMRS_RULE_NONE) {
        say(": ");
        say_field(provider, result);
    }
    if (result->needed_size > 0) {
        say(": it needs ");
        say_number((uint32_t)result->needed_size, 0);
        say(" bytes");
    }
    say_why(result);
    report_text("Request id of the credentials: ", result->request_id);
}

static void say_failure(const emrs_provider *provider, const emrs_result *result)
{
    if (result->code == EMRS_E_ARGUMENT) {
        say_field(provider, result);
        say("\n");
        return;
    }
    say(emrs_code_words(result->code));
    say_why(result);
    if (result->error == EMRS_ERROR_ACCESS_DENIED)
        iot_say_denied();
    if (provider != NULL)
        say_provider(provider);
}

/* The service's texts may repeat secrets that were sent to it. */
static void mask(const emrs_credentials *credentials, emrs_result *result)
{
    emrs_mask_secrets(credentials, result->error_name);
    emrs_mask_secrets(credentials, result->message);
    emrs_mask_secrets(credentials, result->request_id);
}

void report_failure(const char *before, const settings *given, emrs_result *result)
{
    emrs_provider *provider = iot_failed();
    mask(&given->credentials, result);
    if (provider != NULL)
        mask(&given->credentials, &provider->result);
    say(before);
    say_failure(provider, result);
}

void report_job_run(const settings *given, const char *words)
{
    say("Job run ");
    say_text(given->job_run_id);
    say(" of application ");
    say_text(given->application_id);
    say(": ");
    say(words);
    say("\n");
}

void report_next(const char *step)
{
    const emrs_provider *provider = iot_failed();
    if (step[0] == '\0')
        return;
    say("Next: ");
    say(provider != NULL ? emrs_provider_next_step(provider) : step);
    say("\n");
}

void report_result(const settings *given, emrs_result *result)
{
    if (result->code < 0)
        report_failure("emrs: ", given, result);
    report_job_run(given, emrs_effect_words(result->effect));
    report_text("Request id: ", result->request_id);
    report_next(emrs_next_step(result));
}
