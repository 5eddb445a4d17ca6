/* SPDX-License-Identifier: MIT */
#include "effect.h"

static bool was_answered(const emrs_attempt *attempt)
{
    return attempt->verified && attempt->whole;
}

static bool was_accepted(const emrs_attempt *attempt)
{
    return was_answered(attempt) && attempt->shown && attempt->status == 200 && attempt->confirmed;
}

static bool was_refused(const emrs_attempt *attempt)
{
    return was_answered(attempt) && attempt->status / 100 == 4 && attempt->refused;
}

static emrs_effect of_attempt(const emrs_attempt *attempt)
{
    if (was_accepted(attempt))
        return EMRS_EFFECT_ACCEPTED;
    if (was_refused(attempt))
        return EMRS_EFFECT_REFUSED;
    return attempt->shown ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE;
}

/* 408 is a time-out, and 499 is nginx's "client closed request": they count whatever error name
 * comes with them. RequestAborted comes "before a reply is sent".
 * src: "Common Error Types" in any AWS API reference */
bool emrs_effect_may_be_late(int status, emrs_error error)
{
    return status == 408 || status == 499 || error == EMRS_ERROR_INTERNAL_SERVER
           || error == EMRS_ERROR_REQUEST_ABORTED || error == EMRS_ERROR_REQUEST_TIMEOUT
           || error == EMRS_ERROR_SERVICE_UNAVAILABLE;
}

emrs_effect emrs_effect_of(emrs_effect before, const emrs_attempt *attempt)
{
    return emrs_effect_with(before, of_attempt(attempt));
}
