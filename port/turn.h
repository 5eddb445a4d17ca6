/* SPDX-License-Identifier: MIT */
/* Shared by the loops of run.c and renew.c, over any function with the signature of emrs_step:
 *
 *     what = step(machine, port->now(port->context), report, &move);
 *     if (what > EMRS_DONE)
 *         report = emrs_act(port, what, &move); */
#ifndef EMRS_PORT_TURN_H
#define EMRS_PORT_TURN_H

#include "emrs_port.h"

/* Does what a move asks for, through the port.
 * in:  what: the move that a step returned, more than EMRS_DONE
 * ret: what the port reported, for the next step; EMRS_NEWS_STOP if the application gives up */
emrs_report emrs_act(const emrs_port *port, int what, const emrs_move *move);

#endif
