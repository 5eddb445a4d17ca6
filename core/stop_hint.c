/* SPDX-License-Identifier: MIT */
/* The result of the machine of emrs_stop.h in words, and what to do next. Only programs that print
 * link it. The texts name no option, variable or command of a program, since hosts and devices
 * share them. */
#include "emrs_stop.h"
#include "emrs_text.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* in:  a table without gaps */
static const char *pick(const char *const *table, int count, int at)
{
    return at >= 0 && at < count ? table[at] : "unknown";
}

const char *emrs_outcome_words(emrs_outcome outcome)
{
    static const char *const words[] = {
        [EMRS_OUTCOME_OVER] = "over: the job run has stopped",
        [EMRS_OUTCOME_STOPPING] = "stopping: the job run may still be billed",
        [EMRS_OUTCOME_HELD] =
            ("held back: the job run is not the expected one, and was not "
             "cancelled"), /* without the parentheses clang warns of a forgotten comma */
        [EMRS_OUTCOME_REFUSED] = "refused: the job run was not cancelled",
        [EMRS_OUTCOME_UNKNOWN] = "unknown: the job run may have been cancelled",
        [EMRS_OUTCOME_NOT_SENT] = "not sent: the job run was not cancelled",
    };
    return pick(words, COUNT(words), (int)outcome);
}

const char *emrs_seen_words(emrs_seen seen)
{
    static const char *const words[] = {
        [EMRS_SEEN_NOTHING] = "the job run was not seen",
        [EMRS_SEEN_LIVE] = "the job run runs or waits to run",
        [EMRS_SEEN_STOPPING] = "the job run is being cancelled, and is still billed",
        [EMRS_SEEN_STOPPED] = "the job run was cancelled, and has stopped",
        [EMRS_SEEN_ENDED] = "the job run has ended by itself",
        [EMRS_SEEN_GONE] = "the service does not know the job run",
    };
    return pick(words, COUNT(words), (int)seen);
}

const char *emrs_guard_words(emrs_guard guard)
{
    static const char *const words[] = {
        [EMRS_GUARD_HOLDS] = "the job run is the expected one",
        [EMRS_GUARD_NAME] = "the job run does not have the expected name",
        [EMRS_GUARD_TAG] = "the job run does not have the expected tag",
        [EMRS_GUARD_UNSEEN] = "the first look at the job run failed",
    };
    return pick(words, COUNT(words), (int)guard);
}

/* ret: the step if the service did not allow the last look; NULL if that is not the cause */
static const char *look_step(const emrs_stop_result *result)
{
    if (result->look.code != EMRS_E_AUTH || result->look.error != EMRS_ERROR_ACCESS_DENIED)
        return NULL;
    return "Allow emr-serverless:GetJobRun on this job run to the caller's role.";
}

/* ret: the step if the job run was not cancelled. The call that ended the machine decides it. */
static const char *not_sent_step(const emrs_stop_result *result)
{
    const emrs_result only_code = {.code = result->code};
    bool was_look = result->code == EMRS_E_GUARD || result->code == result->look.code;
    if (result->cancel_count > 0 || result->code == result->cancel.code)
        return emrs_next_step(&result->cancel);
    const char *step = was_look ? look_step(result) : NULL;
    return step != NULL ? step : emrs_next_step(was_look ? &result->look : &only_code);
}

static const char *stopping_step(const emrs_stop_result *result)
{
    const char *step = look_step(result);
    if (result->code == EMRS_DONE)
        return "Look at the job run until it is over: it is billed until then.";
    return step != NULL ? step : "Look at the job run again: it is billed until it is over.";
}

static const char *unknown_step(const emrs_stop_result *result)
{
    const char *step = look_step(result);
    return step != NULL ? step
                        : "Look at the job run's state, or cancel again: cancelling twice is safe.";
}

const char *emrs_stop_next_step(const emrs_stop_result *result)
{
    switch (emrs_stop_outcome(result)) {
    case EMRS_OUTCOME_OVER:
        return "";
    case EMRS_OUTCOME_STOPPING:
        return stopping_step(result);
    case EMRS_OUTCOME_HELD:
        return "Check which job run this is before you cancel it.";
    case EMRS_OUTCOME_UNKNOWN:
        return unknown_step(result);
    default: /* REFUSED, NOT_SENT */
        return not_sent_step(result);
    }
}
