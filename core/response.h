/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 answer reader: incremental, in constant memory, keeps only what is asked for. It refuses
 * whatever two readers could understand differently: CR or LF alone, folded lines, a blank before a
 * colon, two different lengths, a length beside chunks. It is lenient in two things: it takes up to
 * two empty lines before the status line, and control bytes other than NUL, CR and LF in values. */
#ifndef EMRS_CORE_RESPONSE_H
#define EMRS_CORE_RESPONSE_H

#include "emrs.h"

/* in:  where the request id and the error name may be kept; longer ones are cut */
void emrs_response_init(emrs_response *response, emrs_pen request_id, emrs_pen error_name);

/* Reads up to and including the first run of body bytes.
 * out: body is that run, inside bytes; empty if there is none
 * ret: bytes read; less than size once the answer is done or in error, or body is not empty
 * err: response->error: PROTOCOL, TOO_BIG; sticky */
size_t emrs_response_take(emrs_response *response, const char *bytes, size_t size, emrs_text *body);

/* Takes the end of the stream. `authenticated` says that it was a close_notify: only such an end
 * completes a body without a length.      err: TRUNCATED */
int emrs_response_end(emrs_response *response, bool authenticated);

/* ret: the status of the final answer, once its status line is read; else 0 */
int emrs_response_status(const emrs_response *response);

bool emrs_response_is_done(const emrs_response *response);

#endif
