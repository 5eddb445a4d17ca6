/* SPDX-License-Identifier: MIT */
/* The request as three windows of bytes: all up to the value of the last header (the token, or the
 * header of an operation that is not signed), this value where the caller keeps it, and the rest.
 * The last bytes have a window of their own even without such a header. So as long as the port
 * was not given the last window, the whole request cannot have been sent. */
#ifndef EMRS_CORE_REQUEST_H
#define EMRS_CORE_REQUEST_H

#include "emrs.h"

enum { EMRS_WINDOW_COUNT = 3 };

/* Writes the request of a started call into the pen, signs it if its operation is signed, and sets
 * the call's windows.
 * in:  utc_s is not 0 if it is signed; the pen has room for EMRS_REQUEST_SIZE_MAX bytes, so it
 *      cannot overflow
 * err: RESOURCE: the hash engine failed; nothing is signed, and no window is set */
int emrs_request_write(emrs_call *call, uint32_t utc_s, emrs_pen *pen);

#endif
