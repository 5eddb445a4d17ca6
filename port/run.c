/* SPDX-License-Identifier: MIT */
/* The loop over the moves: a turn of it, and all of it. It names no operation, decides nothing. */
#include "port.h"

static emrs_report act(const emrs_stream *stream, int what, const emrs_move *move)
{
    switch (what) {
    case EMRS_CONNECT:
        return stream->connect(stream->context, move);
    case EMRS_SEND:
        return stream->send(stream->context, move);
    case EMRS_RECEIVE:
        return stream->receive(stream->context, move);
    default:
        stream->close(stream->context);
        return emrs_report_of(EMRS_CLOSED);
    }
}

int emrs_turn(emrs_call *call, const emrs_port *port, emrs_report *report)
{
    emrs_move move;
    int what = emrs_step(call, port->now(port->context), *report, &move);
    if (what <= EMRS_DONE)
        return what;
    bool stop = what != EMRS_CLOSE && port->stopped != NULL && port->stopped(port->context);
    *report = stop ? emrs_report_of(EMRS_STOP) : act(port->stream, what, &move);
    return what;
}

int emrs_run(emrs_call *call, const emrs_port *port)
{
    emrs_report report = emrs_report_of(EMRS_PENDING);
    int what;
    do
        what = emrs_turn(call, port, &report);
    while (what > EMRS_DONE);
    return what;
}
