/* SPDX-License-Identifier: MIT */
/* Says what to do after a failure: the core's text, then a line that names the option, variable or
 * command of this program that helps. */

#include <string.h>
#include <time.h>

#include "command.h"
#include "emrs_text.h"
#include "provider.h"
#include "stop.h"

enum { LOOK_SIZE = 800 };

const char to_trust_a_ca[] = "To trust a CA: --ca-bundle or AWS_CA_BUNDLE, a file in PEM.\n";
static const char names_only[] = "mbedTLS before 3.5 reads no addresses in certificates: use a "
                                 "host name.\n",
                  proxy_line[] = "If this network has a proxy, set https_proxy.\n",
                  plain_http[] = "To allow it: --allow-plain-http.\n",
                  quota[] = "The usual quota is one cancellation per second, with bursts of 25. "
                            "To go on trying: --persistent and --timeout.\n",
                  more_time[] = "To give it more time: --timeout for the whole call, "
                                "--cli-connect-timeout and --cli-read-timeout for its parts.\n";

/* Lines without values. Each row has an error, a reason or a code. The first row that matches is
 * used, so errors come first, then reasons, then codes, as in emrs_next_step. */
static const struct {
    emrs_error error;
    emrs_reason reason;
    int code;
    const char *line;
} lines[] = {
    {.error = EMRS_ERROR_THROTTLING, .line = quota},
    {.reason = EMRS_REASON_TRUST, .line = to_trust_a_ca},
    {.reason = EMRS_REASON_ISSUER, .line = to_trust_a_ca},
    {.reason = EMRS_REASON_NAME_UNKNOWN, .line = proxy_line},
    {.reason = EMRS_REASON_NAME_FAILED, .line = proxy_line},
    {.code = EMRS_E_INSECURE, .line = plain_http},
    {.code = EMRS_E_TIMEOUT, .line = more_time},
};

static const char *line_of(const options *o, const emrs_result *result)
{
    if (o->reads && result->error == EMRS_ERROR_THROTTLING)
        return "To go on trying: --persistent and --timeout.\n";
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (lines[i].error != EMRS_ERROR_NONE     ? lines[i].error == result->error
            : lines[i].reason != EMRS_REASON_NONE ? lines[i].reason == result->reason
                                                  : lines[i].code == result->code)
            return lines[i].line;
    return "";
}

/* ret: whether the next step is to look at the job run */
static bool is_about_job_run(const options *o, const emrs_result *result)
{
    const emrs_stop_result *known = o->stops ? stop_known() : NULL;
    const emrs_outcome outcome = known != NULL ? emrs_stop_outcome(known) : EMRS_OUTCOME_NOT_SENT;
    if (outcome == EMRS_OUTCOME_STOPPING || outcome == EMRS_OUTCOME_HELD)
        return true;
    return o->command->bit == CANCEL
           && (result->effect == EMRS_EFFECT_UNKNOWN || result->error == EMRS_ERROR_VALIDATION
               || result->error == EMRS_ERROR_CONFLICT);
}

/* ret: whether it helps to know where the credentials came from */
static bool is_about_credentials(const emrs_result *result)
{
    return result->error == EMRS_ERROR_EXPIRED_TOKEN
           || result->error == EMRS_ERROR_INCOMPLETE_SIGNATURE
           || result->error == EMRS_ERROR_INVALID_SIGNATURE
           || result->error == EMRS_ERROR_UNRECOGNIZED_CLIENT
           || result->error == EMRS_ERROR_ACCESS_DENIED || result->code == EMRS_E_CREDENTIALS;
}

/* A service that listens on ::1 alone cannot be reached at 127.0.0.1. */
static bool is_refused_by_localhost(const emrs_client *client, const emrs_result *result)
{
    return strcmp(client->host, "localhost") == 0 && !client->tls
           && result->reason == EMRS_REASON_REFUSED && result->effect == EMRS_EFFECT_NONE;
}

static bool is_unread_address(const emrs_client *client, const emrs_result *result)
{
    return result->reason == EMRS_REASON_NAME_MISMATCH && !emrs_tls_can_verify(client->host);
}

/* ret: the core's text, or another one for a command that does not cancel: the core's texts are
 *      about cancellations, and some depend on whether the request arrived */
static const char *step_of(const options *o, const emrs_result *result)
{
    if (o->stops && stop_known() != NULL)
        return emrs_stop_next_step(stop_known());
    if (o->command->bit == CANCEL)
        return emrs_next_step(result);
    emrs_result other = *result;
    other.effect = EMRS_EFFECT_NONE;
    switch (result->error) {
    case EMRS_ERROR_ACCESS_DENIED:
        return o->reads ? "Allow emr-serverless:GetJobRun to the caller's role."
                        : "Allow emr-serverless:CancelJobRun to the caller's role.";
    case EMRS_ERROR_VALIDATION:
        return "Read what the service says, correct that, then call again.";
    case EMRS_ERROR_INTERNAL_SERVER:
    case EMRS_ERROR_SERVICE_UNAVAILABLE:
        return "Call again in a moment.";
    default:
        return emrs_next_step(&other);
    }
}

/* Adds " --NAME VALUE", if the setting is an option, quoted for a shell. */
static void add_option(emrs_pen *pen, const char *name, const setting *s)
{
    if (s->value == NULL || !s->is_option)
        return;
    const emrs_text words[] = {text_of(name)};
    emrs_put_form(pen, " --* '", words);
    for (const char *at = s->value; *at != '\0'; at++)
        if (*at == '\'')
            emrs_put(pen, EMRS_TEXT("'\\''"));
        else
            emrs_put_byte(pen, *at);
    emrs_put_byte(pen, '\'');
}

void write_look(char *text, size_t size, const options *o)
{
    emrs_pen pen = emrs_pen_on(text, size - 1);
    const emrs_text ids[] = {text_of(o->application_id.value), text_of(o->job_run_id.value),
                             text_of(o->region.value)};
    emrs_put_form(&pen, "emrs get-job-run --application-id * --job-run-id * --region *", ids);
    add_option(&pen, "profile", &o->profile);
    add_option(&pen, "endpoint-url", &o->endpoint);
    add_option(&pen, "ca-bundle", &o->ca_bundle);
    size_t used = emrs_pen_full(&pen) ? size - 1 : pen.used;
    clean_text(text, used);
    text[used] = '\0';
}

static bool holds(emrs_text text, emrs_text part)
{
    for (size_t at = 0; at < text.size; at++)
        if (emrs_text_starts(emrs_text_from(text, at), part))
            return true;
    return false;
}

/* ret: whether the service refused the signature's time. The words are those of AWS Signature
 *      Version 4. Only the advice depends on them */
static bool is_about_clock(const emrs_result *result)
{
    return result->error == EMRS_ERROR_REQUEST_EXPIRED
           || result->error == EMRS_ERROR_REQUEST_TIME_SKEWED
           || holds(result->message, EMRS_TEXT("Signature expired"))
           || holds(result->message, EMRS_TEXT("Signature not yet current"));
}

static void write_clock_step(char *text, size_t size, const options *o)
{
    char now[sizeof "2026-11-27 20:30:00"] = "unknown";
    time_t seconds = time(NULL);
    const struct tm *utc = gmtime(&seconds);
    if (utc != NULL)
        (void)strftime(now, sizeof now, "%Y-%m-%d %H:%M:%S", utc);
    (void)snprintf(text, size,
                   "Next: Set the clock of this machine, then call again.\nBy this clock it is %s "
                   "UTC.%s\n",
                   now,
                   o->no_clock_correction
                       ? " AWS_DISABLE_CLOCK_SKEW_CORRECTION is true: without it the service's "
                         "time is used."
                       : "");
}

static bool is_scope(const emrs_result *result)
{
    return holds(result->message, EMRS_TEXT("scoped to a valid region"));
}

/* ret: whether the region may be wrong */
static bool is_about_region(const emrs_result *result)
{
    return is_scope(result) || result->error == EMRS_ERROR_RESOURCE_NOT_FOUND
           || result->error == EMRS_ERROR_OPT_IN_REQUIRED
           || result->reason == EMRS_REASON_NAME_UNKNOWN;
}

/* Names the region and the endpoint, and where each came from. */
static void write_region_step(char *text, size_t size, const options *o, const emrs_client *client,
                              const emrs_result *result)
{
    char url[300];
    const setting *region = &o->region, *endpoint = &o->endpoint;
    bool has_endpoint = endpoint->value != NULL;
    url_of(client, url, sizeof url);
    (void)snprintf(text, size,
                   "Next: %s\nThe region is %s (%s%.300s), and the endpoint %s (%s%.300s).\n%s",
                   is_scope(result) ? "Use the region of the endpoint." : step_of(o, result),
                   region->value, region->is_option ? "--" : "", region->source, url,
                   has_endpoint && endpoint->is_option ? "--" : "",
                   has_endpoint ? endpoint->source : "of this region", line_of(o, result));
}

static void write_credentials_step(char *text, size_t size, const options *o,
                                   const emrs_result *result)
{
    char denied[300] = "";
    if (result->error == EMRS_ERROR_ACCESS_DENIED)
        provider_write_denied(denied, sizeof denied);
    (void)snprintf(text, size,
                   "Next: %s\nThe credentials came from %s. To use another profile: --profile "
                   "NAME\n%s",
                   step_of(o, result), o->origin.words, denied);
}

/* Adds the command that looks at the job run. If the last look was not allowed, the same
 * credentials cannot look. */
static void add_look(char *text, size_t size, const options *o)
{
    char look[LOOK_SIZE];
    size_t used = strlen(text);
    const emrs_stop_result *known = o->stops ? stop_known() : NULL;
    bool is_denied = known != NULL && known->look.error == EMRS_ERROR_ACCESS_DENIED;
    write_look(look, sizeof look, o);
    (void)snprintf(text + used, size - used, "To look%s: %s\n",
                   is_denied ? " with other credentials" : "", look);
}

/* Writes the next step after a failure of the service, or of the connection to it. */
static void write_step(char *text, size_t size, const options *o, const emrs_client *client,
                       const emrs_result *result)
{
    const char *step = step_of(o, result);
    if (is_refused_by_localhost(client, result))
        (void)snprintf(text, size,
                       "Next: Check the endpoint's port. localhost is 127.0.0.1 here: a service "
                       "that listens only on IPv6 is at http://[::1]:%u.\n",
                       (unsigned)client->port);
    else if (is_about_job_run(o, result))
        (void)snprintf(text, size, "Next: %s\n", step);
    else if (is_about_clock(result))
        write_clock_step(text, size, o);
    else if (is_about_region(result))
        write_region_step(text, size, o, client, result);
    else if (is_about_credentials(result))
        write_credentials_step(text, size, o, result);
    else
        (void)snprintf(text, size, "Next: %s\n%s", step,
                       is_unread_address(client, result) ? names_only : line_of(o, result));
}

/* Also replaces bytes that are not printable, since names of files may hold any byte. */
void write_next_step(char *text, size_t size, const options *o, const emrs_client *client,
                     const emrs_result *result)
{
    if (result->code == EMRS_E_CREDENTIALS && provider_is_used())
        provider_write_next_step(text, size);
    else if (!proxy_next_step(text, size, &o->proxy, result))
        write_step(text, size, o, client, result);
    if (is_about_job_run(o, result))
        add_look(text, size, o);
    for (; *text != '\0'; text++)
        if (*text != '\n' && !emrs_is_printable(*text))
            *text = '?';
}
