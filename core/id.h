/* SPDX-License-Identifier: MIT */
/* Checks of the input, before anything is sent. Each returns the rule that is broken, or NONE. */
#ifndef EMRS_CORE_ID_H
#define EMRS_CORE_ID_H

#include "emrs.h"

/* Application and job run ids: [0-9a-z]{1,64} (model: ApplicationId and JobRunId). */
emrs_rule emrs_id_check(emrs_text id);

/* Region: [a-z0-9-]{1,63}. */
emrs_rule emrs_region_check(emrs_text region);

/* Access key id: [A-Za-z0-9_]{1,128} (API references of IAM and STS). Any other byte is refused
 * with EMRS_RULE_KEY_ID: it could change the form of the Authorization header, or show that a
 * secret access key, which often holds '/' or '+', was given instead. */
emrs_rule emrs_access_key_id_check(emrs_text id);

/* Secret or token: bytes 0x21..0x7e only, so that a space or a line end from a paste is found. It
 * looks at every byte, so that its time does not depend on their values. */
emrs_rule emrs_secret_check(emrs_text secret, size_t size_max);

/* User agent suffix: printable ASCII and single spaces inside, at most 64 bytes; empty is fine. */
emrs_rule emrs_user_agent_check(emrs_text suffix);

/* Shutdown grace period: 0 or 15..1800 (user guide; the model has no range). If seconds are given
 * with EMRS_GRACE_ABSENT, the rule is EMRS_RULE_MISSING, since they would be ignored. */
emrs_rule emrs_grace_check(emrs_grace grace, int32_t seconds);

#endif
