/* SPDX-License-Identifier: MIT */
/* The loops over the moves, as in run.c, for the machine of emrs_stop.h. */
#include "emrs_stop.h"

#include "turn.h"

static int step(void *stop, emrs_now now, emrs_report report, emrs_move *move)
{
    return emrs_stop_step(stop, now, report, move);
}

int emrs_stop_turn(emrs_stop *stop, const emrs_port *port, emrs_report *report)
{
    return emrs_turn_of(step, stop, &stop->call, port, report);
}

static int turn(void *stop, const emrs_port *port, emrs_report *report)
{
    return emrs_stop_turn(stop, port, report);
}

int emrs_stop_run(emrs_stop *stop, const emrs_port *port)
{
    int what = emrs_run_of(turn, stop, port);
    if (what == EMRS_E_PORT)
        stop->result.code = what;
    return what;
}
