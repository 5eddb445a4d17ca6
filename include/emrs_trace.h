/* SPDX-License-Identifier: MIT */
/* A stream over another stream, which writes line by line what a call does: for a log or a console.
 * port/trace/README.md says what it shows, and what it never shows. */
#ifndef EMRS_TRACE_H
#define EMRS_TRACE_H

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EMRS_TRACE_LINE_SIZE = 1000, EMRS_TRACE_HEADER_SIZE = 256 };

/* What the pointers point to must stay in place as long as the emrs_trace is used. */
typedef struct {
    /* The stream that does the work: TCP, TLS, verified. */
    const emrs_stream *inner;
    /* The call that uses the stream. Start it before the stream is used. */
    const emrs_call *call;
    /* The client's credentials: their secrets are masked in each line. */
    const emrs_credentials *credentials;
    /* Takes a line of at most EMRS_TRACE_LINE_SIZE printable ASCII characters, without a line end.
     * It is called in the middle of the call, so it must not wait. */
    void (*write)(void *context, const char *line, size_t size);
    /* Returns the version of TLS of the open stream, as emrs_tls_version_words does. NULL: the
     * version is not shown. */
    const char *(*tls_version)(void *context);
    /* Passed to each of these functions. */
    void *context;
} emrs_trace_config;

typedef struct {
    emrs_stream stream; /* context is this struct: hand &trace.stream to a port */
    emrs_trace_config config;
    emrs_news news;                             /* the last one that was not PENDING */
    int phase;                                  /* written last; -1: none in this attempt */
    unsigned attempt_count;                     /* written last */
    bool is_connecting, is_sending, is_waiting; /* written already */
    bool in_body, has_status, is_interim;
    char header[EMRS_TRACE_HEADER_SIZE]; /* a line of an answer's head; cut if it is longer */
    size_t header_size, head_size, body_size;
    char line[EMRS_TRACE_LINE_SIZE]; /* cut if it is longer */
    size_t line_size;
} emrs_trace;

void emrs_trace_init(emrs_trace *trace, const emrs_trace_config *config);

/* Writes that the call waits until then, and why. Call it in the port's `wait`, or when emrs_turn
 * returns EMRS_MOVE_WAIT. It writes each wait once. */
void emrs_trace_wait(emrs_trace *trace, uint32_t until_ms);

/* Writes the rest about the last answer. Call it when the call has ended. */
void emrs_trace_end(emrs_trace *trace);

#ifdef __cplusplus
}
#endif
#endif
