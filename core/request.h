/* SPDX-License-Identifier: MIT */
/* The request as three windows of bytes: all up to the token, the token where the caller keeps it,
 * and the rest. The last bytes have a window of their own even without a token. So as long as only
 * the first window was shown, the whole request cannot have been sent. */
#ifndef EMRS_CORE_REQUEST_H
#define EMRS_CORE_REQUEST_H

#include "emrs.h"

enum { EMRS_WINDOW_COUNT = 3 };

/* Writes and signs the request of a started call into the pen, and sets the call's windows.
 * in:  utc_s is not 0; the pen has room for EMRS_REQUEST_SIZE_MAX bytes, so it cannot overflow
 * err: RESOURCE: the hash engine failed; nothing is signed, and no window is set */
int emrs_request_write(emrs_call *call, uint32_t utc_s, emrs_pen *pen);

#endif
