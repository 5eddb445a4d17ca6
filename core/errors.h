/* SPDX-License-Identifier: MIT */
/* The service's errors as restJson1 carries them, and what each failure is called here. */
#ifndef EMRS_CORE_ERRORS_H
#define EMRS_CORE_ERRORS_H

#include "emrs.h"
#include "operation.h"

enum { EMRS_ERROR_MEMBER_COUNT = 5 };
extern const emrs_member emrs_error_members[EMRS_ERROR_MEMBER_COUNT];

/* "ns#FooError:http://..." -> "FooError": what follows ':' goes first, as a URL may hold a '#'. */
emrs_text emrs_error_trim(emrs_text name);

emrs_error emrs_error_of(emrs_text name);

/* Fills error, error_name and message of a 4xx or 5xx.
 * in:  header is the x-amzn-errortype value, values those of emrs_error_members (none: NULL)
 * ret: EMRS_E_SERVICE, AUTH, THROTTLED or PROXY */
int emrs_error_read(emrs_result *result, emrs_text header, const emrs_value values[]);

/* What a port's failure is called. */
int emrs_error_of_reason(emrs_reason reason);

/* Replace, in place, what could move a terminal or split a log line. */
void emrs_error_clean_message(emrs_text utf8); /* control bytes, C1, characters that reorder text */
void emrs_error_clean_name(emrs_text text);    /* all but visible ASCII */

#endif
