/* SPDX-License-Identifier: MIT */
/* The answer to an attempt: response.c reads its bytes, the sieve its body, and the operation
 * judges the values. They use the part of the work buffer where the request was. */
#ifndef EMRS_CORE_ANSWER_H
#define EMRS_CORE_ANSWER_H

#include "emrs.h"

/* Prepares the readers of an answer. Wipe the request first, as they use its place. */
void emrs_answer_begin(emrs_call *call);

/* ret: the window: where bytes are received, after the texts that are kept of the answer */
emrs_text emrs_answer_window(const emrs_call *call);

enum { EMRS_ANSWER_GOES_ON = 1 };

/* Takes bytes of the window, and fills in the result and the attempt.
 * ret: GOES_ON; EMRS_DONE or EMRS_E_* once the answer is judged */
int emrs_answer_take(emrs_call *call, size_t size);

/* Takes the end of the stream.
 * in:  authenticated: it was a close_notify
 * ret: EMRS_DONE or EMRS_E_* */
int emrs_answer_end(emrs_call *call, bool authenticated);

/* Whether another request may follow on this stream: the answer was whole, it did not say that the
 * stream ends, and no bytes came after it. */
bool emrs_answer_leaves_stream(const emrs_call *call);

#endif
