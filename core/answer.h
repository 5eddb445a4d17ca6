/* SPDX-License-Identifier: MIT */
/* The answer to an attempt, from bytes to a code: the reader takes the bytes, the sieve the body,
 * and the operation judges the values. It uses the work buffer, where the request was. */
#ifndef EMRS_CORE_ANSWER_H
#define EMRS_CORE_ANSWER_H

#include "emrs.h"

/* Readies the readers of an answer. The request must be wiped first, as they use its place. */
void emrs_answer_begin(emrs_call *call);

/* Where bytes are received into. */
emrs_text emrs_answer_window(const emrs_call *call);

enum { EMRS_ANSWER_GOES_ON = 1 };

/* Takes bytes of the window; fills in the result and what the attempt came to.
 * ret: GOES_ON, EMRS_DONE, or EMRS_E_* once it is judged */
int emrs_answer_take(emrs_call *call, size_t size);

/* The stream ended; authenticated if by close_notify.      ret: EMRS_DONE or EMRS_E_* */
int emrs_answer_end(emrs_call *call, bool authenticated);

/* Whether another request may follow on this stream: the answer was whole, it did not say that it
 * ends the stream, and nothing came behind it. */
bool emrs_answer_leaves_stream(const emrs_call *call);

#endif
