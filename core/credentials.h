/* SPDX-License-Identifier: MIT */
/* The JSON formats in which sources give credentials, and the check of the values. */
#ifndef EMRS_CORE_CREDENTIALS_H
#define EMRS_CORE_CREDENTIALS_H

#include "emrs.h"
#include "operation.h"

/* The order of the members in each format. The LAST one differs: Code, Version, ... */
enum {
    EMRS_MEMBER_ACCESS_KEY_ID,
    EMRS_MEMBER_SECRET_ACCESS_KEY,
    EMRS_MEMBER_SESSION_TOKEN,
    EMRS_MEMBER_EXPIRATION,
    EMRS_MEMBER_LAST,
    EMRS_MEMBER_COUNT
};

/* The rows of a format's table for the first four members, with their names in this format.
 * in:  inside: the object that they are in, as in operation.h */
#define EMRS_MEMBERS(id, secret, token, expiration, inside)                                        \
    [EMRS_MEMBER_ACCESS_KEY_ID] = {EMRS_TEXT_INIT(id), EMRS_ACCESS_KEY_ID_SIZE_MAX, false,         \
                                   inside},                                                        \
    [EMRS_MEMBER_SECRET_ACCESS_KEY] = {EMRS_TEXT_INIT(secret), EMRS_SECRET_SIZE_MAX, false,        \
                                       inside},                                                    \
    [EMRS_MEMBER_SESSION_TOKEN] = {EMRS_TEXT_INIT(token), EMRS_TOKEN_SIZE_MIN, true, inside},      \
    [EMRS_MEMBER_EXPIRATION] = {EMRS_TEXT_INIT(expiration), EMRS_DATE_SIZE_MAX, false, inside}

/* The format of a container's and of an instance's answer. A container's has no Code. */
extern const emrs_member emrs_credentials_members[EMRS_MEMBER_COUNT];

/* Checks values in the order above, and makes credentials of them.
 * in:  is_optional: the token and the expiration may be missing, or null
 * out: credentials: their texts are those of the values. result: field and rule of what is wrong
 * ret: EMRS_DONE      err: UNVERIFIED: a value is missing; JSON: one is not a string; CREDENTIALS:
 *      one cannot be used */
int emrs_credentials_take(const emrs_value values[], bool is_optional,
                          emrs_credentials *credentials, emrs_result *result);

/* Writes field and rule of a value that is wrong into the result.
 * ret: UNVERIFIED: it is missing; JSON: it has the wrong type; else CREDENTIALS */
int emrs_credentials_refuse(emrs_result *result, emrs_field field, emrs_rule rule);

/* Sets renew_s. It is before expires_s by 10 minutes, or by a quarter of the lifetime if that is
 * less.
 * in:  utc_s: now, less than expires_s; 0: unknown */
void emrs_credentials_plan(emrs_credentials *credentials, uint32_t utc_s);

#endif
