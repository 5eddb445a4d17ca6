/* SPDX-License-Identifier: MIT */
/* Tells line by line what a call does, for a log or a console: a stream over another stream.
 * Of the request it shows every line, with sizes in place of signature and session token. Of an
 * answer: its status line, the names of its headers, the values of a few of them, its sizes, and
 * what the core kept of its body. It shows nothing else that a peer sent. port/trace/README.md. */
#ifndef EMRS_TRACE_H
#define EMRS_TRACE_H

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EMRS_TRACE_LINE_SIZE = 1000, EMRS_TRACE_HEADER_SIZE = 256 };

/* What is pointed to stays where it is for the struct's life. */
typedef struct {
    /* The stream that does the work: TCP, TLS, verified. */
    const emrs_stream *inner;
    /* The call that the stream is used by. Trace it only once it was started. */
    const emrs_call *call;
    /* The client's: what is masked in each line. */
    const emrs_credentials *credentials;
    /* Takes a line of at most EMRS_TRACE_LINE_SIZE printable ASCII characters, without a line end.
     * It is called in the middle of the call, so it does not wait. */
    void (*write)(void *context, const char *line, size_t size);
    /* NULL: not told. The version of TLS of the open stream, as emrs_tls_version_words has it. */
    const char *(*tls_version)(void *context);
    /* Handed to each of the functions here. */
    void *context;
} emrs_trace_config;

typedef struct {
    emrs_stream stream; /* context is this struct: hand &trace.stream to a port */
    emrs_trace_config config;
    emrs_news news;                             /* of the last report but PENDING */
    int phase;                                  /* told last; -1: none in this attempt */
    unsigned attempt_count;                     /* told last */
    bool is_connecting, is_sending, is_waiting; /* told already */
    bool in_body, has_status, is_interim;
    char header[EMRS_TRACE_HEADER_SIZE]; /* of an answer's head; a longer line is cut */
    size_t header_size, head_size, body_size;
    char line[EMRS_TRACE_LINE_SIZE]; /* what is longer is cut */
    size_t line_size;
} emrs_trace;

void emrs_trace_init(emrs_trace *trace, const emrs_trace_config *config);

/* Tells that the call waits until then, and why. Call it in the port's `wait`, or where emrs_turn
 * returned EMRS_MOVE_WAIT. It tells each wait once. */
void emrs_trace_wait(emrs_trace *trace, uint32_t until_ms);

/* Tells what was not told yet of the last answer. Call it when the call has ended. */
void emrs_trace_end(emrs_trace *trace);

#ifdef __cplusplus
}
#endif
#endif
