/* SPDX-License-Identifier: MIT */
/* Reads the service's errors in the format of the protocol restJson1, and finds the code of each
 * failure. */
#ifndef EMRS_CORE_ERRORS_H
#define EMRS_CORE_ERRORS_H

#include "emrs.h"
#include "operation.h"

enum { EMRS_ERROR_MEMBER_COUNT = 5 };
extern const emrs_member emrs_error_members[EMRS_ERROR_MEMBER_COUNT];

/* Reduces "ns#FooError:http://..." to "FooError". What follows ':' is dropped first, since a URL
 * may hold '#'. */
emrs_text emrs_error_trim(emrs_text name);

emrs_error emrs_error_of(emrs_text name);

/* Fills error, error_name and message of a 4xx or 5xx.
 * in:  header: the value of x-amzn-errortype; values: of emrs_error_members, or NULL
 * ret: EMRS_E_SERVICE, AUTH, THROTTLED or PROXY */
int emrs_error_read(emrs_result *result, emrs_text header, const emrs_value values[]);

/* Moves the texts of a result together: request id, error name, message. The message is cut to what
 * the room leaves, at a character of UTF-8. The room may hold the texts already if they lie in this
 * order.
 * in:  the message is UTF-8; size: enough for request id and error name
 * ret: the size of the texts together */
uint16_t emrs_error_keep_texts(emrs_result *result, char *room, size_t size);

/* The code of a failure that a port reported. */
int emrs_error_of_reason(emrs_reason reason);

/* Replaces by '?', in place, the bytes of the characters that emrs_text_hostile_size finds. */
void emrs_error_clean_message(emrs_text utf8);

/* Replaces by '?', in place, all bytes but visible ASCII. */
void emrs_error_clean_name(emrs_text text);

#endif
