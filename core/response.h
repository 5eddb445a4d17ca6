/* SPDX-License-Identifier: MIT */
/* Reads an HTTP/1.1 answer byte by byte, in constant memory, and keeps only what is asked for. It
 * refuses all that two parsers could understand differently: CR or LF alone, folded lines, a blank
 * before a colon, two different lengths, a length together with chunks. It accepts up to two empty
 * lines before the status line, a status line without a reason, and control bytes other than NUL,
 * CR and LF. */
#ifndef EMRS_CORE_RESPONSE_H
#define EMRS_CORE_RESPONSE_H

#include "emrs.h"

/* in:  body_size_max: EMRS_BODY_COUNT_MAX at most; the pens that keep the request id and the error
 *      name, where longer ones are cut */
void emrs_response_init(emrs_response *response, uint32_t body_size_max, emrs_pen request_id,
                        emrs_pen error_name);

/* Reads bytes, up to and including the first run of body bytes.
 * out: body is that run, inside bytes; empty if there is none
 * ret: bytes read; less than size if the answer is done or in error, or body is not empty
 * err: response->error: PROTOCOL, TOO_BIG; it stays set */
size_t emrs_response_take(emrs_response *response, const char *bytes, size_t size, emrs_text *body);

/* Takes the end of the stream. `authenticated`: it was a close_notify. Only such an end completes a
 * body without a length.      err: TRUNCATED */
int emrs_response_end(emrs_response *response, bool authenticated);

/* ret: the status of the final answer, once its status line is read; else 0 */
int emrs_response_status(const emrs_response *response);

bool emrs_response_is_done(const emrs_response *response);

#endif
