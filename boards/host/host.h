/* SPDX-License-Identifier: MIT */
/* The `emrs` command: AWS CLI's names, exit codes and output, on a POSIX host. */
#ifndef EMRS_HOST_H
#define EMRS_HOST_H

#include <stdio.h>

#include "port.h"

/* Exit codes of AWS CLI v2. */
enum {
    EXIT_ACCEPTED = 0,
    EXIT_SIGNAL = 128, /* plus its number: 130 for Ctrl-C */
    EXIT_USAGE = 252,
    EXIT_CONFIGURATION = 253,
    EXIT_SERVICE = 254,
    EXIT_GENERAL = 255
};

typedef enum { OUTPUT_JSON, OUTPUT_TEXT } output_format;

/* A field's value and where it came from: option "region", variable "AWS_REGION". */
typedef struct {
    const char *value, *source;
    bool is_option;
} setting;

typedef struct {
    setting application_id, job_run_id, grace, region, endpoint, ca_bundle;
    bool use_fips, use_dualstack;
    emrs_credentials credentials;
    char user_agent[64 + 1];
    emrs_cancel_job_run_input input;
    uint32_t timeout_ms, connect_timeout_ms, receive_timeout_ms;
    output_format output;
    char signature[64]; /* of the request under way: a secret for as long as it would be accepted */
    uint8_t attempt_count;
    bool has_command, allow_plain_http, unchecked_grace, debug, dry_run;
    bool persistent, no_clock_correction;
} options;

/* Reads argv.      ret: -1 to go on, else the exit code; all is said already */
int options_read(options *o, int argc, char **argv);

/* Fills in what argv left open from the environment, and checks it.
 * ret: -1 to go on, else the exit code; all is said already */
int environment_read(options *o);

/* Prints the request as it would be sent, and how its signature came to be; sends nothing.
 * ret: exit code */
int dry_run(const options *o, emrs_client *client);

/* A stream that notes the signature as it leaves and, where o->debug says so, prints moves and
 * bytes on stderr, secrets masked. */
typedef struct {
    emrs_stream stream;
    const emrs_stream *inner;
    options *o;
    const char *next; /* where the window being sent goes on */
    char held[1024];  /* received, and not yet printed: its end may be the beginning of a secret */
    size_t held_size;
} trace;
void trace_init(trace *t, const emrs_stream *inner, options *o);

/* Prints bytes that anybody may have written. What could move a terminal goes as \xNN; every run of
 * 8 bytes or more of a secret goes as [masked]. As lines: each behind a mark of ours. */
void print_masked(FILE *to, emrs_text bytes, const options *o, bool lines);

/* Size of the end of bytes that may be the beginning of a secret. */
size_t open_end_of(emrs_text bytes, const options *o);

/* Sees to it that stdout was written, or says why not.      ret: exit code */
int close_stdout(void);

/* The answer on stdout, or the error and the next step on stderr.      ret: exit code */
int report(const options *o, const emrs_client *client, const emrs_result *result);

static inline emrs_text text_of(const char *string)
{
    size_t size = 0;
    while (string != NULL && string[size] != '\0')
        size++;
    return (emrs_text){string, size};
}

#endif
