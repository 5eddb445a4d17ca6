/* SPDX-License-Identifier: MIT */
/* Runs the checker on your port: as an image of its own, or as a command of your console. */
#include "yours.h"

#include "emrs_check.h"

static void say(void *context, const emrs_check_result *result)
{
    (void)context;
    (void)result; /* TODO: print verdict, name, found, number, reason; if failed, holds, look */
}

int yours_check(void)
{
    static emrs_checker checker;
    const emrs_port *port = yours_port();
    const emrs_check_config config = {
        .stream = port->stream,
        .now = port->now,
        .say = say,
        .host = "192.0.2.1", /* TODO: the computer of peer.py, by the name in its certificate */
        .port = 20000,       /* TODO: the port that it printed */
        .tls = true,         /* TODO: false for bare TCP */
    };
    int failed_count = emrs_check_hash(say, NULL);
    return failed_count + emrs_check_stream(&checker, &config);
}
