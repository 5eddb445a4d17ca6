/* SPDX-License-Identifier: MIT */
/* What run.c has for the loop of any machine with the signature of emrs_step:
 *
 *     what = step(machine, port->now(port->context), report, &move);
 *     if (what > EMRS_DONE)
 *         report = emrs_act(port, what, &move); */
#ifndef EMRS_PORT_TURN_H
#define EMRS_PORT_TURN_H

#include "emrs_port.h"

/* Does what a move says, by the port.
 * in:  what: the move that a step returned, more than EMRS_DONE
 * ret: what the port reported, for the next step; EMRS_NEWS_STOP if the application gives up */
emrs_report emrs_act(const emrs_port *port, int what, const emrs_move *move);

#endif
