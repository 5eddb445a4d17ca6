/* SPDX-License-Identifier: MIT */
/* Prints the result of the machine of emrs_stop.h. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "emrs_text.h"
#include "job_run.h"
#include "progress.h"
#include "stop.h"

const char *stop_effect_name(emrs_effect effect)
{
    static const char *const names[] = {[EMRS_EFFECT_NONE] = "NONE",
                                        [EMRS_EFFECT_REFUSED] = "REFUSED",
                                        [EMRS_EFFECT_UNKNOWN] = "UNKNOWN",
                                        [EMRS_EFFECT_ACCEPTED] = "ACCEPTED"};
    return names[effect];
}

const char *stop_outcome_name(emrs_outcome outcome)
{
    static const char *const names[] = {
        [EMRS_OUTCOME_OVER] = "OVER",       [EMRS_OUTCOME_STOPPING] = "STOPPING",
        [EMRS_OUTCOME_HELD] = "HELD",       [EMRS_OUTCOME_REFUSED] = "REFUSED",
        [EMRS_OUTCOME_UNKNOWN] = "UNKNOWN", [EMRS_OUTCOME_NOT_SENT] = "NOT_SENT"};
    return names[outcome];
}

emrs_outcome stop_outcome_of(emrs_effect effect)
{
    const emrs_stop_result known = {.effect = effect};
    return emrs_stop_outcome(&known);
}

/* Warnings */

/* ret: whether this is a release before emr-7.9.0; false for another form of label
 * src: EMR Serverless User Guide, job cancellation with grace period: "This feature is supported
 * with Amazon EMR releases 7.9.0 and higher" */
static bool is_before_grace(emrs_text release)
{
    char label[24];
    char *end = label;
    (void)snprintf(label, sizeof label, "%.*s", (int)release.size,
                   release.size > 0 ? release.bytes : "");
    if (strncmp(label, "emr-", 4) != 0)
        return false;
    unsigned long major = strtoul(label + 4, &end, 10);
    if (*end != '.')
        return false;
    unsigned long minor = strtoul(end + 1, &end, 10);
    return *end == '.' && (major < 7 || (major == 7 && minor < 9));
}

static bool may_start(emrs_job_run_state state)
{
    return state == EMRS_JOB_RUN_SUBMITTED || state == EMRS_JOB_RUN_PENDING
           || state == EMRS_JOB_RUN_SCHEDULED || state == EMRS_JOB_RUN_QUEUED;
}

/* Prints a warning if is_so, once.
 * in, out: was_printed: whether this warning was printed */
static void warn_once(bool is_so, bool *was_printed, const char *text)
{
    if (is_so && !*was_printed) {
        progress_clear();
        (void)fprintf(stderr, "emrs: %s\n", text);
    }
    *was_printed = *was_printed || is_so;
}

/* src: the same page: "Grace period shutdown is only available for jobs in RUNNING state.",
 * "Subsequent cancel requests during the CANCELLING state are ignored." */
void stop_warn(const options *o, const emrs_stop_result *known)
{
    static bool has_warned[3];
    bool has_grace = o->input.grace != EMRS_GRACE_ABSENT && o->input.shutdown_grace_period_s > 0;
    if (known->look.code != EMRS_DONE || known->effect == EMRS_EFFECT_ACCEPTED)
        return;
    warn_once(has_grace && may_start(known->state), &has_warned[0],
              "the job run is not RUNNING: it gets no grace period");
    warn_once(has_grace && is_before_grace(known->run.release_label), &has_warned[1],
              "the job run's release is before emr-7.9.0: it gets no grace period");
    warn_once(known->seen == EMRS_SEEN_STOPPING && known->cancel_count == 0, &has_warned[2],
              "the job run is being cancelled already: a second cancellation cannot shorten its "
              "grace period, and none is sent now");
}

/* Progress and outcome */

int stop_write_progress(char *text, size_t size, uint32_t waited_s)
{
    const emrs_stop_result *known = stop_known();
    const emrs_text state = stop_state();
    if (known == NULL || emrs_stop_outcome(known) != EMRS_OUTCOME_STOPPING)
        return 0;
    char name[40] = "nothing";
    if (state.size > 0) {
        memcpy(name, state.bytes, state.size);
        name[state.size] = '\0';
        clean_text(name, state.size);
    }
    return snprintf(text, size, "waiting until it is over, last seen: %s, %u s", name,
                    (unsigned)waited_s);
}

void stop_write_outcome(char *text, size_t size, const options *o)
{
    const emrs_stop_result *known = stop_known();
    const emrs_text state = stop_state();
    int used = snprintf(text, size, "Job run %s of application %s: %s\n", o->job_run_id.value,
                        o->application_id.value, emrs_outcome_words(emrs_stop_outcome(known)));
    if (state.size == 0)
        return;
    emrs_pen pen = emrs_pen_on(text + used, size - (size_t)used - 1);
    emrs_put_form(&pen, "Last seen: *\n", &state);
    clean_text(pen.bytes, pen.used - 1);
    pen.bytes[pen.used] = '\0';
}

/* The report on stderr */

static void print_named(const char *before, emrs_text text)
{
    (void)fputs(before, stderr);
    print_text(stderr, text);
    (void)fputs("\n", stderr);
}

/* Prints what was expected, and what the job run has. */
static void print_difference(const options *o, const emrs_stop_result *known)
{
    (void)fprintf(stderr, "\nemrs: %s\n", emrs_guard_words(known->guard));
    if (known->guard == EMRS_GUARD_NAME) {
        print_named("Expected name: ", text_of(o->expected_name));
        print_named("Its name:      ",
                    known->run.name.size > 0 ? known->run.name : EMRS_TEXT("(none)"));
        return;
    }
    const emrs_tag *tag = &o->expected_tags[known->guard_tag];
    bool is_there = emrs_has_bit(known->run.tags_there, known->guard_tag);
    print_named("Tag:            ", tag->key);
    print_named("Expected value: ", tag->value);
    print_named("Its value:      ", is_there ? known->run.tags[known->guard_tag]
                                             : EMRS_TEXT("(none, or more than 256 bytes)"));
}

static void print_rest(const options *o, const emrs_client *client, const emrs_result *result)
{
    const emrs_stop_result *known = stop_known();
    char outcome[OUTCOME_SIZE], next_step[NEXT_STEP_SIZE];
    stop_write_outcome(outcome, sizeof outcome, o);
    (void)fputs(outcome, stderr);
    if (known->cancel.request_id.size > 0)
        print_named("Request id of CancelJobRun: ", known->cancel.request_id);
    if (known->look.request_id.size > 0)
        print_named("Request id of GetJobRun: ", known->look.request_id);
    write_next_step(next_step, sizeof next_step, o, client, result);
    (void)fputs(next_step, stderr);
}

static bool is_denied(const emrs_result *look)
{
    return look->code == EMRS_E_AUTH && look->error == EMRS_ERROR_ACCESS_DENIED;
}

/* Prints why the machine ended before a look showed that the job run is over. */
static void print_not_over(const emrs_stop_result *known)
{
    if (known->code == EMRS_E_STOPPED)
        (void)fprintf(
            stderr, "\nemrs: %s\n%s", emrs_code_words(EMRS_E_STOPPED),
            known->effect >= EMRS_EFFECT_UNKNOWN ? "This does not undo the cancellation.\n" : "");
    else if (known->code == EMRS_E_TIMEOUT)
        (void)fputs("\nemrs: the wait ended before a look showed that the job run is over\n",
                    stderr);
    else if (is_denied(&known->look))
        (void)fprintf(stderr, "emrs: %sa look needs the permission emr-serverless:GetJobRun\n",
                      known->effect == EMRS_EFFECT_ACCEPTED ? "accepted; " : "");
}

/* Prints the call that failed, with the name of its operation. */
static void print_call(const options *o, const emrs_client *client, const emrs_result *result,
                       bool is_look)
{
    static options as;
    as = *o;
    as.operation = is_look ? "GetJobRun" : o->operation;
    report_cause(&as, client, result);
}

static bool has_failed(const emrs_result *call)
{
    return call->code < EMRS_DONE && call->code != EMRS_E_STATE && call->code != EMRS_E_STOPPED;
}

/* ret: whether the last look failed, and its error explains the outcome */
static bool is_look_cause(const emrs_stop_result *known)
{
    const emrs_outcome outcome = emrs_stop_outcome(known);
    return has_failed(&known->look)
           && (outcome == EMRS_OUTCOME_STOPPING || outcome == EMRS_OUTCOME_UNKNOWN
               || known->guard == EMRS_GUARD_UNSEEN || is_denied(&known->look));
}

/* Prints the failures that explain the outcome. */
static void print_failures(const options *o, const emrs_client *client,
                           const emrs_stop_result *known)
{
    if (has_failed(&known->cancel))
        print_call(o, client, &known->cancel, false);
    if (!is_look_cause(known))
        return;
    print_call(o, client, &known->look, true);
    if (known->guard == EMRS_GUARD_UNSEEN)
        (void)fputs("emrs: the look for the guard failed: nothing was cancelled\n", stderr);
}

int stop_report(const options *o, const emrs_client *client, const emrs_result *result)
{
    const emrs_stop_result *known = stop_known();
    int code = exit_code_for(o, result);
    if (known == NULL) {
        report_failure(o, client, result);
        return code;
    }
    stop_warn(o, known);
    const emrs_outcome outcome = emrs_stop_outcome(known);
    if (known->code == EMRS_DONE) {
        if (outcome == EMRS_OUTCOME_STOPPING && known->effect == EMRS_EFFECT_ACCEPTED)
            cancel_tell_acceptance(o, &known->cancel);
        return code;
    }
    if (outcome == EMRS_OUTCOME_HELD)
        print_difference(o, known);
    else
        print_failures(o, client, known);
    if (outcome == EMRS_OUTCOME_STOPPING || known->code == EMRS_E_STOPPED)
        print_not_over(known);
    print_rest(o, client, result);
    return code;
}

/* The result on stdout */

static void print_object(FILE *to, const options *o, const emrs_stop_result *known)
{
    const emrs_job_run *run = &known->run;
    print_json_text(to, "{\n", "applicationId", text_of(o->application_id.value));
    print_json_text(to, ",\n", "jobRunId", text_of(o->job_run_id.value));
    print_json_text(to, ",\n", "arn", run->arn);
    print_json_text(to, ",\n", "effect", text_of(stop_effect_name(known->effect)));
    print_json_text(to, ",\n", "outcome", text_of(stop_outcome_name(emrs_stop_outcome(known))));
    print_json_text(to, ",\n", "state", stop_state());
    print_json_text(to, ",\n", "stateDetails", run->state_details);
    if (run->attempt > 0)
        (void)fprintf(to, ",\n    \"attempt\": %lu", (unsigned long)run->attempt);
    else
        (void)fprintf(to, ",\n    \"attempt\": null");
    print_json_text(to, ",\n", "requestId", known->cancel.request_id);
    (void)fprintf(
        to, ",\n    \"attempts\": %u,\n    \"seenAt\": ", (unsigned)known->cancel.attempt_count);
    if (known->seen_s == 0) {
        (void)fprintf(to, "null\n}\n");
        return;
    }
    (void)fputc('"', to);
    print_time(to, (emrs_time){.s = known->seen_s});
    (void)fprintf(to, "\"\n}\n");
}

static void print_columns(FILE *to, const options *o, const emrs_stop_result *known)
{
    const emrs_text state = stop_state();
    (void)fprintf(to, "%s\t", stop_outcome_name(emrs_stop_outcome(known)));
    print_data(to, state.size > 0 ? state : EMRS_TEXT("None"), false);
    (void)fprintf(to, "\t%s\n", o->job_run_id.value);
}

void stop_write_result(FILE *to, const options *o)
{
    const emrs_stop_result *known = stop_known();
    if (known == NULL)
        return;
    if (o->output == OUTPUT_TEXT)
        print_columns(to, o, known);
    else
        print_object(to, o, known);
}

int stop_print(const options *o, int code)
{
    if (stop_known() == NULL)
        return code;
    stop_write_result(stdout, o);
    const int closed = close_stdout();
    if (closed != EXIT_ACCEPTED) {
        char text[OUTCOME_SIZE];
        stop_write_outcome(text, sizeof text, o);
        (void)fputs(text, stderr);
    }
    return code == EXIT_ACCEPTED ? closed : code;
}
