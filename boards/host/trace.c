/* SPDX-License-Identifier: MIT */
/* The stream of the command: TLS, with a deadline for connecting and, for --debug, a trace of what
 * the call does. */
#include "host.h"

static emrs_report connect_in_time(void *context, const emrs_move *move)
{
    const trace *t = context;
    deadline_hold(t->o, t->client, t->result, t->overall);
    emrs_report report = t->tls->stream.connect(t->tls->stream.context, move);
    deadline_release();
    return report;
}

static emrs_report send_on(void *context, const emrs_move *move)
{
    const trace *t = context;
    return t->tls->stream.send(t->tls->stream.context, move);
}

static emrs_report receive_on(void *context, const emrs_move *move)
{
    const trace *t = context;
    return t->tls->stream.receive(t->tls->stream.context, move);
}

static void close_on(void *context)
{
    const trace *t = context;
    t->tls->stream.close(t->tls->stream.context);
}

static void write_line(void *context, const char *line, size_t size)
{
    (void)context;
    debug_line((emrs_text){line, size});
}

static const char *tls_version(void *context)
{
    const trace *t = context;
    return emrs_tls_version_words(t->tls);
}

const emrs_stream *trace_init(trace *t, const emrs_tls *tls, const options *o,
                              const emrs_client *client, const emrs_call *call,
                              const emrs_result *result)
{
    t->stream = (emrs_stream){t, connect_in_time, send_on, receive_on, close_on};
    t->tls = tls;
    t->o = o;
    t->client = client;
    t->result = t->overall = result;
    emrs_trace_init(&t->debug, &(emrs_trace_config){.inner = &t->stream,
                                                    .call = call,
                                                    .credentials = &o->credentials,
                                                    .write = write_line,
                                                    .tls_version = tls_version,
                                                    .context = t});
    debug_start();
    return o->debug ? &t->debug.stream : &t->stream;
}

void trace_wait(trace *t, uint32_t until_ms)
{
    if (t->o->debug)
        emrs_trace_wait(&t->debug, until_ms);
}

void trace_end(trace *t)
{
    if (!t->o->debug)
        return;
    emrs_trace_end(&t->debug);
    debug_end();
}
