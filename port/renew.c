/* SPDX-License-Identifier: MIT */
#include "emrs_renew.h"

#include "turn.h"

/* Steps the provider once, and does the move.      ret: what the step returned */
static int turn(emrs_renewal *renewal, emrs_now now)
{
    emrs_move move;
    int what = emrs_provider_step(renewal->provider, now, renewal->report, &move);
    if (what > EMRS_DONE)
        renewal->report = emrs_act(renewal->port, what, &move);
    return what;
}

/* Steps the provider to its end, as emrs_run does if the application gives up: of its moves only
 * CLOSE is done, and nothing waits.      ret: as above */
static int last_turns(emrs_renewal *renewal, emrs_now now)
{
    emrs_move move;
    int what;
    while ((what = emrs_provider_step(renewal->provider, now, renewal->report, &move)) > EMRS_DONE)
        renewal->report = what == EMRS_MOVE_CLOSE ? emrs_act(renewal->port, what, &move)
                                                  : emrs_report_of(EMRS_NEWS_STOP);
    return what;
}

static emrs_report report_of(const emrs_provider *provider, int what)
{
    if (what < EMRS_DONE)
        return emrs_failed(provider->result.reason, provider->result.native);
    return emrs_report_of(what == EMRS_DONE ? EMRS_NEWS_RENEWED : EMRS_NEWS_PENDING);
}

static void begin(emrs_renewal *renewal, uint32_t until_ms)
{
    emrs_provider_start(renewal->provider, until_ms);
    renewal->report = emrs_report_of(EMRS_NEWS_PENDING);
}

emrs_report emrs_renew(emrs_renewal *renewal, uint32_t until_ms)
{
    const emrs_port *port = renewal->port;
    emrs_now now = port->now(port->context);
    bool is_over = emrs_left_ms(now.ms, until_ms) == 0;
    if (!renewal->running)
        begin(renewal, until_ms);
    int what = is_over ? last_turns(renewal, now) : turn(renewal, now);
    renewal->running = what > EMRS_DONE;
    return report_of(renewal->provider, what);
}
