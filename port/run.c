/* SPDX-License-Identifier: MIT */
/* The loop over the moves: emrs_turn does one turn, emrs_run does all of them. It knows no
 * operation, and makes no decision. */
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

/* Calls renew for the last time if the application gives up, or if the time is over, so that it
 * frees what it opened before the call goes on. What it returns then is ignored. */
static void end_renewal(const emrs_call *call, uint32_t now_ms, emrs_news news,
                        const emrs_port *port)
{
    bool is_late = news == EMRS_NEWS_PENDING && emrs_left_ms(now_ms, call->wait_ms) == 0;
    if (call->state == EMRS_MOVE_CREDENTIALS && (is_late || news == EMRS_NEWS_STOP))
        (void)renew(port, now_ms);
}

int emrs_turn(emrs_call *call, const emrs_port *port, emrs_report *report)
{
    emrs_move move;
    emrs_now now = port->now(port->context);
    end_renewal(call, now.ms, report->news, port);
    int what = emrs_step(call, now, *report, &move);
    if (what > EMRS_DONE)
        *report = emrs_act(port, what, &move);
    return what;
}

int emrs_run(emrs_call *call, const emrs_port *port)
{
    bool can_wait = port->wait != NULL;
    emrs_report report = emrs_report_of(can_wait ? EMRS_NEWS_PENDING : EMRS_NEWS_STOP);
    int what;
    do
        what = emrs_turn(call, port, &report);
    while (what > EMRS_DONE);
    if (!can_wait && what == EMRS_E_STOPPED) /* stopped by us, not by the application */
        what = call->code = call->result->code = EMRS_E_PORT;
    return what;
}

void emrs_hang_up(emrs_client *client, const emrs_port *port)
{
    if (emrs_release(client))
        port->stream->close(port->stream->context);
}
