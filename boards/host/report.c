/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <string.h>

#include "command.h"
#include "emrs_text.h"
#include "error_format.h"
#include "provider.h"
#include "stop.h"

enum { CLOCK_OFF_S = 60 }; /* a smaller error of the clock is not printed */

/* Closes stdout too: some file systems report a failed write only then. */
int close_stdout(void)
{
    if (ferror(stdout) == 0 && fflush(stdout) == 0 && fclose(stdout) == 0)
        return EXIT_ACCEPTED;
    (void)fprintf(stderr, "\nemrs: could not write to stdout: %s\n", strerror(errno));
    return EXIT_GENERAL;
}

/* Finds the setting that a field of the core was made from. Of a credential it returns only the
 * variable's name. */
static setting setting_by_field(const options *o, emrs_field field)
{
    switch (field) {
    case EMRS_FIELD_APPLICATION_ID:
        return o->application_id;
    case EMRS_FIELD_JOB_RUN_ID:
        return o->job_run_id;
    case EMRS_FIELD_SHUTDOWN_GRACE_PERIOD:
        return o->grace;
    case EMRS_FIELD_TAG_KEY:
        return (setting){.source = "expect-tag", .is_option = true};
    case EMRS_FIELD_REGION:
        return o->region;
    case EMRS_FIELD_ENDPOINT:
        return o->endpoint;
    case EMRS_FIELD_ACCESS_KEY_ID:
        return (setting){.source = o->origin.id_name};
    case EMRS_FIELD_SECRET_ACCESS_KEY:
        return (setting){.source = o->origin.secret_name};
    case EMRS_FIELD_SESSION_TOKEN:
        return (setting){.source = o->origin.token_name};
    case EMRS_FIELD_USER_AGENT:
        return o->app_id;
    default: /* a field that this program's user cannot set */
        return (setting){.source = "input"};
    }
}

/* The rules of AWS's rule set (from EMRS_RULE_CUSTOM_FIPS on) are about several settings, so none
 * is named, except an empty --region. */
static int report_argument(const options *o, const emrs_result *result)
{
    bool is_empty_region = result->rule == EMRS_RULE_MISSING_REGION && o->region.is_option;
    emrs_rule rule = is_empty_region ? EMRS_RULE_MISSING : result->rule;
    const setting s = setting_by_field(o, result->field);
    if (rule >= EMRS_RULE_CUSTOM_FIPS)
        return refuse("%s", emrs_rule_words(result->field, rule));
    return refuse_setting(emrs_field_words(result->field), &s,
                          emrs_rule_words(result->field, rule));
}

void url_of(const emrs_client *client, char *url, size_t size)
{
    bool literal = strchr(client->host, ':') != NULL;
    char port[8] = "";
    if (client->port != (client->tls ? 443 : 80))
        (void)snprintf(port, sizeof port, ":%u", (unsigned)client->port);
    (void)snprintf(url, size, "%s://%s%s%s%s", client->tls ? "https" : "http", literal ? "[" : "",
                   client->host, literal ? "]" : "", port);
}

/* Prints the service's error as AWS CLI does, with the status if the error has no name. */
static void print_service_error(const options *o, const emrs_result *result)
{
    char status[16];
    (void)snprintf(status, sizeof status, "%d", result->status);
    (void)fputs("\nAn error occurred (", stderr);
    print_text(stderr, result->error_name.size > 0 ? result->error_name : text_of(status));
    (void)fprintf(stderr, ") when calling the %s operation: ", o->operation);
    print_text(stderr, result->message);
    (void)fprintf(stderr, "%s\n", result->message_cut ? "..." : "");
}

/* ret: words for the code; for some codes they depend on the phase or the status too */
static const char *failure_words(const emrs_result *result)
{
    if (result->code == EMRS_E_CONNECT)
        return result->phase < EMRS_PHASE_SEND ? "could not connect" : "the connection was lost";
    if (result->code == EMRS_E_PROTOCOL && result->status == 0)
        return "no HTTP/1.1 answer came back";
    return emrs_code_words(result->code);
}

static void print_failure(const options *o, const emrs_client *client, const emrs_result *result)
{
    char url[300];
    url_of(client, url, sizeof url);
    (void)fputs("\nemrs: ", stderr);
    if (o->stops) /* it makes calls of two operations */
        (void)fprintf(stderr, "%s: ", o->operation);
    (void)fputs(failure_words(result), stderr);
    if (result->code == EMRS_E_TIMEOUT)
        (void)fprintf(stderr, " while %s", emrs_phase_words(result->phase));
    (void)fprintf(stderr, ": %s", url);
    if (result->reason != EMRS_REASON_NONE)
        (void)fprintf(stderr, ": %s (%ld)", emrs_reason_words(result->reason),
                      (long)result->native);
    if (result->status > 0)
        (void)fprintf(stderr, " (status %d)", result->status);
    (void)fputs("\n", stderr);
    if (result->reason == EMRS_REASON_ISSUER && o->unread_ca_count > 0)
        (void)fprintf(stderr, "%d certificates of the CA bundle could not be read.\n",
                      o->unread_ca_count);
}

/* Tells the user that this machine's clock is wrong, though the call corrected it. */
static void print_clock(const emrs_result *result)
{
    long off_s =
        result->clock_offset_s < 0 ? -(long)result->clock_offset_s : result->clock_offset_s;
    if (off_s < CLOCK_OFF_S)
        return;
    (void)fprintf(stderr, "emrs: the clock is %ld min %s; the service's time was used\n",
                  off_s / 60, result->clock_offset_s > 0 ? "behind" : "ahead");
}

static void print_attempts(const emrs_result *result)
{
    if (result->attempt_count > 1)
        (void)fprintf(stderr, "Attempts: %u. The error above is that of the last one.\n",
                      (unsigned)result->attempt_count);
    if (result->probably_ended)
        (void)fputs("The job run has probably ended: an earlier attempt may have cancelled it.\n",
                    stderr);
}

static void print_next_step(const options *o, const emrs_client *client, const emrs_result *result)
{
    char text[NEXT_STEP_SIZE];
    write_next_step(text, sizeof text, o, client, result);
    (void)fputs(text, stderr);
}

/* Reports that plain http to another machine was refused before anything was sent. */
static int report_plain_http(const options *o, const emrs_client *client, const emrs_result *result)
{
    int code = refuse_setting("endpoint", &o->endpoint, "is plain http to another machine");
    print_next_step(o, client, result);
    return code;
}

/* ret: whether a source of credentials that was asked over the network gave none */
static bool fails_by_source(const emrs_result *result)
{
    return result->code == EMRS_E_CREDENTIALS && provider_is_used();
}

/* Prints what the source of the credentials said. */
static void print_source_failure(void)
{
    char text[1500];
    provider_write_failure(text, sizeof text);
    (void)fprintf(stderr, "\nemrs: %s gave no credentials: ", provider_name());
    print_text(stderr, text_of(text));
    (void)fputs("\n", stderr);
}

/* Prints which value of renewed credentials breaks a rule. */
static void print_field(const options *o, const emrs_result *result)
{
    const setting s = setting_by_field(o, result->field);
    (void)fprintf(stderr, "\nemrs: %s (", emrs_field_words(result->field));
    print_text(stderr, text_of(s.source));
    (void)fprintf(stderr, ") %s\n", emrs_rule_words(result->field, result->rule));
}

void report_cause(const options *o, const emrs_client *client, const emrs_result *result)
{
    if (is_service_error(result->code))
        print_service_error(o, result);
    else if (fails_by_source(result))
        print_source_failure();
    else if (result->code == EMRS_E_ARGUMENT)
        print_field(o, result);
    else
        print_failure(o, client, result);
}

int exit_code_for(const options *o, const emrs_result *result)
{
    if (o->stops && stop_known() != NULL)
        return exit_code_of_stop(stop_known(), o->waits);
    /* A call that only reads has the effect NONE, so its status shows whether it was answered. */
    bool is_answered = o->reads && result->status > 0;
    return is_answered ? EXIT_SERVICE : exit_code_of(result);
}

void report_failure(const options *o, const emrs_client *client, const emrs_result *result)
{
    char text[OUTCOME_SIZE];
    report_cause(o, client, result);
    print_attempts(result);
    o->command->write_outcome(text, sizeof text, o, result);
    (void)fputs(text, stderr);
    if (result->request_id.size > 0) {
        (void)fputs("Request id: ", stderr);
        print_text(stderr, result->request_id);
        (void)fputs("\n", stderr);
    }
    print_next_step(o, client, result);
}

/* ret: whether nothing was sent. After something was sent, a renewal of the credentials may end the
 *      call with the same codes */
static bool is_unsent(const emrs_result *result)
{
    const emrs_stop_result *known = stop_known();
    return result->attempt_count == 0
           && (known == NULL || known->cancel_count + known->look_count <= 1);
}

int report(const options *o, const emrs_client *client, const emrs_result *result)
{
    error_format_note(o, result);
    print_clock(result);
    if (result->code == EMRS_E_ARGUMENT && is_unsent(result))
        return report_argument(o, result);
    if (result->code == EMRS_E_INSECURE && !client->ready)
        return report_plain_http(o, client, result);
    int code = fails_by_source(result) && is_unsent(result) ? environment_report() : -1;
    return code < 0 ? o->command->report(o, client, result) : code;
}
