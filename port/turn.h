/* SPDX-License-Identifier: MIT */
/* The loop over the moves, for a call (run.c) and for the machine of emrs_stop.h (stop_run.c). The
 * functions are inline, so that a program contains only the loops that it uses. renew.c has a loop
 * of its own, and uses only emrs_act. */
#ifndef EMRS_PORT_TURN_H
#define EMRS_PORT_TURN_H

#include "emrs_port.h"

/* Does what a move asks for, through the port.
 * in:  what: the move that a step returned, more than EMRS_DONE
 * ret: what the port reported, for the next step; EMRS_NEWS_STOP if the application gives up */
emrs_report emrs_act(const emrs_port *port, int what, const emrs_move *move);

/* Calls renew a last time, if the application gives up during a renewal or the time is over, so
 * that renew frees what it opened. The report of renew is ignored. */
static inline void emrs_end_renewal(const emrs_call *call, uint32_t now_ms, emrs_news news,
                                    const emrs_port *port)
{
    bool is_late = news == EMRS_NEWS_PENDING && emrs_left_ms(now_ms, call->wait_ms) == 0;
    if (call->state == EMRS_MOVE_CREDENTIALS && (is_late || news == EMRS_NEWS_STOP)
        && port->renew != NULL)
        (void)port->renew(port->context, now_ms);
}

/* Does one turn: a step, and what its move says.
 * in:  step: emrs_step, or a function like it; call: the call that the machine makes now */
static inline int
emrs_turn_of(int (*step)(void *machine, emrs_now now, emrs_report report, emrs_move *move),
             void *machine, const emrs_call *call, const emrs_port *port, emrs_report *report)
{
    emrs_move move;
    emrs_now now = port->now(port->context);
    emrs_end_renewal(call, now.ms, report->news, port);
    int what = step(machine, now, *report, &move);
    if (what > EMRS_DONE)
        *report = emrs_act(port, what, &move);
    return what;
}

/* Does all turns. A port without `wait` is stopped at once.
 * ret: the final code; EMRS_E_PORT if there is no `wait` */
static inline int emrs_run_of(int (*turn)(void *machine, const emrs_port *port,
                                          emrs_report *report),
                              void *machine, const emrs_port *port)
{
    bool can_wait = port->wait != NULL;
    emrs_report report = emrs_report_of(can_wait ? EMRS_NEWS_PENDING : EMRS_NEWS_STOP);
    int what;
    do
        what = turn(machine, port, &report);
    while (what > EMRS_DONE);
    return !can_wait && what == EMRS_E_STOPPED ? EMRS_E_PORT : what;
}

#endif
