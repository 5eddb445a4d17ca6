/* SPDX-License-Identifier: MIT */
/* A port to start from: copy the folder, and write the marked lines. Even unchanged it compiles,
 * and every call fails cleanly. */
#ifndef YOURS_H
#define YOURS_H

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ret: the port, made at the first call: a stream, the time, and a wait */
const emrs_port *yours_port(void);

/* Initialises the client, once, at boot.      ret: EMRS_OK, or EMRS_E_*; the result says more */
int yours_start(emrs_result *result);

/* Cancels the job run.      ret: EMRS_DONE, or EMRS_E_*; the result says more */
int yours_cancel(emrs_result *result);

/* Runs the checker on the port, with peer.py at the other end.      ret: how many checks failed */
int yours_check(void);

#ifdef __cplusplus
}
#endif
#endif
