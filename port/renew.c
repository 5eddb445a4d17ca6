/* SPDX-License-Identifier: MIT */
#include "emrs_renew.h"

#include "turn.h"

/* Does one turn of the provider's machine.      ret: what its step returned */
static int turn(emrs_renewal *renewal, emrs_now now)
{
    emrs_move move;
    int what = emrs_provider_step(renewal->provider, now, renewal->report, &move);
    if (what > EMRS_DONE)
        renewal->report = emrs_act(renewal->port, what, &move);
    return what;
}

static emrs_report report_of(const emrs_renewal *renewal, int what)
{
    const emrs_result *result = &renewal->provider->result;
    if (what > EMRS_DONE)
        return emrs_report_of(EMRS_NEWS_PENDING);
    return what == EMRS_DONE ? emrs_report_of(EMRS_NEWS_RENEWED)
                             : emrs_failed(result->reason, result->native);
}

emrs_report emrs_renew(emrs_renewal *renewal, uint32_t until_ms)
{
    const emrs_port *port = renewal->port;
    emrs_now now = port->now(port->context);
    bool is_over = emrs_left_ms(now.ms, until_ms) == 0;
    if (!renewal->running && is_over)
        return emrs_failed(EMRS_REASON_NONE, 0); /* a start might end the old credentials */
    if (!renewal->running) {
        renewal->until_ms = until_ms;
        emrs_provider_start(renewal->provider, until_ms);
        renewal->report = emrs_report_of(EMRS_NEWS_PENDING);
    }
    if (is_over && emrs_left_ms(now.ms, renewal->until_ms) > 0) /* else its own time ends it */
        renewal->report = emrs_report_of(EMRS_NEWS_STOP);
    int what = turn(renewal, now);
    while (is_over && what > EMRS_DONE) /* only CLOSE is left */
        what = turn(renewal, now);
    renewal->running = what > EMRS_DONE;
    return report_of(renewal, what);
}
