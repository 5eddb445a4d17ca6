/* SPDX-License-Identifier: MIT */
/* One turn of any machine that shows moves, in run.c: emrs_turn is built on it, and so can be what
 * runs another machine with the signature of emrs_step. */
#ifndef EMRS_PORT_TURN_H
#define EMRS_PORT_TURN_H

#include "emrs_port.h"

/* A step of a machine, as emrs_step is for a call: it takes the time and a report, and returns the
 * next move, EMRS_DONE, or an EMRS_E_*. */
typedef int emrs_step_function(void *machine, emrs_now now, emrs_report report, emrs_move *move);

/* Does a step, and then what its move says.
 * in:  now: the port's time
 * out: report: what the port reported; EMRS_NEWS_STOP if the application gives up
 * ret: what the step returned */
int emrs_turn_machine(void *machine, emrs_step_function *step, emrs_now now, const emrs_port *port,
                      emrs_report *report);

#endif
