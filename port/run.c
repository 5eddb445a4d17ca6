/* SPDX-License-Identifier: MIT */
/* The loop over the moves: emrs_turn does one turn, emrs_run does all of them. It is the same for
 * every operation, and makes no decision. */
#include "turn.h"

/* Without `wait` emrs_turn returns at once, and its caller does other work before the next turn. */
static emrs_report wait(const emrs_port *port, const emrs_move *move)
{
    if (port->wait != NULL)
        port->wait(port->context, move->until_ms);
    return emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report renew(const emrs_port *port, uint32_t until_ms)
{
    return port->renew != NULL ? port->renew(port->context, until_ms)
                               : emrs_failed(EMRS_REASON_NONE, 0);
}

emrs_report emrs_act(const emrs_port *port, int what, const emrs_move *move)
{
    const emrs_stream *stream = port->stream;
    if (what != EMRS_MOVE_CLOSE && port->stopped != NULL && port->stopped(port->context))
        return emrs_report_of(EMRS_NEWS_STOP);
    switch (what) {
    case EMRS_MOVE_CONNECT:
        return stream->connect(stream->context, move);
    case EMRS_MOVE_SEND:
        return stream->send(stream->context, move);
    case EMRS_MOVE_RECEIVE:
        return stream->receive(stream->context, move);
    case EMRS_MOVE_WAIT:
        return wait(port, move);
    case EMRS_MOVE_CREDENTIALS:
        return renew(port, move->until_ms);
    default:
        stream->close(stream->context);
        return emrs_report_of(EMRS_NEWS_CLOSED);
    }
}

static int step(void *call, emrs_now now, emrs_report report, emrs_move *move)
{
    return emrs_step(call, now, report, move);
}

int emrs_turn(emrs_call *call, const emrs_port *port, emrs_report *report)
{
    return emrs_turn_of(step, call, call, port, report);
}

static int turn(void *call, const emrs_port *port, emrs_report *report)
{
    return emrs_turn(call, port, report);
}

int emrs_run(emrs_call *call, const emrs_port *port)
{
    int what = emrs_run_of(turn, call, port);
    if (what == EMRS_E_PORT)
        call->code = call->result->code = what;
    return what;
}

void emrs_hang_up(emrs_client *client, const emrs_port *port)
{
    if (emrs_release(client))
        port->stream->close(port->stream->context);
}
