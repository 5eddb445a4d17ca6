/* SPDX-License-Identifier: MIT */
/* The exit codes of the command and of the images are those of AWS CLI v2. */
#ifndef EMRS_EXIT_CODES_H
#define EMRS_EXIT_CODES_H

#include "emrs.h"

enum {
    EXIT_ACCEPTED = 0,
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
    return result->code == EMRS_E_CLOCK ? EXIT_CONFIGURATION : EXIT_GENERAL;
}

/* The same for a program whose credentials come from a source. If it got none, nothing was sent. */
static inline int exit_code_with_source(const emrs_result *result)
{
    bool has_none = result->code == EMRS_E_CREDENTIALS && result->effect == EMRS_EFFECT_NONE;
    return has_none ? EXIT_CONFIGURATION : exit_code_of(result);
}

#endif
