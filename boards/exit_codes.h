/* SPDX-License-Identifier: MIT */
/* The exit codes of the command and of the firmware images. They are those of AWS CLI v2, except
 * HELD, STOPPING and UNKNOWN, which come only from the machine of emrs_stop.h. */
#ifndef EMRS_EXIT_CODES_H
#define EMRS_EXIT_CODES_H

#include "emrs_stop.h"

enum {
    EXIT_ACCEPTED = 0, /* success: accepted, seen CANCELLING or over, printed, drill succeeded */
    EXIT_HELD = 3,     /* the guard did not match: nothing was cancelled */
    EXIT_STOPPING = 4, /* being cancelled, but no look showed that it is over: may be billed */
    EXIT_UNKNOWN = 5,  /* it may have been cancelled, and no look showed it */
    EXIT_SIGNAL = 128, /* plus the signal's number: 130 for Ctrl-C */
    EXIT_USAGE = 252,
    EXIT_CONFIGURATION = 253,
    EXIT_SERVICE = 254, /* the service answered, and did not accept */
    EXIT_GENERAL = 255
};

/* ret: exit code for the result of a call that was started */
static inline int exit_code_of(const emrs_result *result)
{
    if (result->effect == EMRS_EFFECT_ACCEPTED)
        return EXIT_ACCEPTED;
    if (result->effect == EMRS_EFFECT_REFUSED
        || (result->effect == EMRS_EFFECT_UNKNOWN && result->status > 0))
        return EXIT_SERVICE;
    bool has_none = result->code == EMRS_E_CREDENTIALS && result->effect == EMRS_EFFECT_NONE;
    return has_none || result->code == EMRS_E_CLOCK ? EXIT_CONFIGURATION : EXIT_GENERAL;
}

/* ret: exit code for the machine of emrs_stop.h, if it sent no whole CancelJobRun, for another
 *      reason than a guard that did not match */
static inline int exit_code_not_sent(const emrs_stop_result *result)
{
    bool was_look = result->guard == EMRS_GUARD_UNSEEN;
    int code = exit_code_of(was_look ? &result->look : &result->cancel);
    return code == EXIT_CONFIGURATION ? code : EXIT_GENERAL;
}

/* ret: exit code for the machine of emrs_stop.h, if it was started
 * in:  waited: emrs_stop_config.wait */
static inline int exit_code_of_stop(const emrs_stop_result *result, bool waited)
{
    switch (emrs_stop_outcome(result)) {
    case EMRS_OUTCOME_OVER:
        return EXIT_ACCEPTED;
    case EMRS_OUTCOME_STOPPING:
        return waited ? EXIT_STOPPING : EXIT_ACCEPTED;
    case EMRS_OUTCOME_HELD:
        return EXIT_HELD;
    case EMRS_OUTCOME_UNKNOWN:
        return EXIT_UNKNOWN;
    case EMRS_OUTCOME_REFUSED:
        return EXIT_SERVICE;
    default:
        return exit_code_not_sent(result);
    }
}

#endif
