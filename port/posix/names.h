/* SPDX-License-Identifier: MIT */
/* Name look-up with a deadline. Do not use it in a child of fork() before exec: the child does not
 * have the threads, and their slots stay in use. */
#ifndef EMRS_PORT_POSIX_NAMES_H
#define EMRS_PORT_POSIX_NAMES_H

#include "emrs_posix.h"

/* Looks a name up in a thread; a numeric address is found at once.
 * ret: a look-up to wait for, or -1: too many are still under way */
int emrs_posix_look_up(const char *host, uint16_t port);

/* Waits until until_ms at the latest.
 * out: at most EMRS_ADDRESS_COUNT_MAX addresses
 * ret: PENDING, CONNECTED (size: how many), FAILED */
emrs_report emrs_posix_look_up_wait(int look_up, uint32_t until_ms, emrs_address addresses[]);

/* Abandons the look-up. Its thread ends by itself. */
void emrs_posix_look_up_drop(int look_up);

#endif
