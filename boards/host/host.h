/* SPDX-License-Identifier: MIT */
/* The `emrs` command: AWS CLI's names, exit codes and output, on a POSIX host. */
#ifndef EMRS_HOST_H
#define EMRS_HOST_H

#include <stdio.h>

#include "../exit_codes.h"
#include "arn.h"
#include "emrs_job_run.h"
#include "emrs_port.h"
#include "emrs_stop.h"
#include "emrs_tls.h"
#include "emrs_trace.h"
#include "options.h"
#include "proxy.h"

enum {
    NEXT_STEP_SIZE = 2400,
    OUTCOME_SIZE = 1000,
    REASON_SIZE_MAX = 32,
    DEADLINE_GRACE_MS = 250 /* so that normally the core ends the call first */
};

typedef enum { OUTPUT_JSON, OUTPUT_TEXT } output_format;

struct command; /* command.h */

/* A field's value and where it came from: option "region", variable "AWS_REGION", or "region in
 * /home/me/.aws/config line 3". */
typedef struct {
    const char *value, *source; /* no value: not set, or a credential that is never printed */
    bool is_option, is_url;
} setting;

/* Where credentials come from, for messages: a name for each value, and a text about all. */
typedef struct {
    const char *id_name, *secret_name, *token_name;
    char words[700];
} credentials_origin;

typedef struct {
    const struct command *command;
    const char *operation;       /* AWS's name of the operation that it calls */
    const char *attempt, *query; /* NULL: not given */
    arn arn;                     /* if has_arn */
    const char *expected_name;   /* NULL: not given */
    emrs_tag expected_tags[EMRS_TAG_COUNT_MAX];
    const char *error_format; /* NULL: not given */
    const char *reason;       /* for the user agent; NULL: none was given */
    setting application_id, job_run_id, grace, region, endpoint, ca_bundle, output_name, profile,
        app_id;
    bool use_fips, use_dualstack;
    emrs_credentials credentials;
    credentials_origin origin;
    char user_agent[64 + 1], region_name[64];
    emrs_cancel_job_run_input input;
    emrs_get_job_run_input look;
    proxy proxy;
    uint32_t timeout_ms, connect_timeout_ms, receive_timeout_ms;
    output_format output;
    uint32_t wait_ms; /* --wait-timeout; 0: not given */
    uint8_t attempt_count, expected_tag_count;
    int unread_ca_count;      /* certificates of the CA bundle that mbedTLS cannot read */
    bool given[OPTION_COUNT]; /* whether each option was on the command line */
    bool has_service, has_arn, allow_plain_http, debug, dry_run, persistent, no_clock_correction;
    bool print_policy;
    bool reads; /* `operation` changes nothing */
    bool looks; /* it calls GetJobRun besides `operation` */
    bool stops; /* it cancels with the machine of emrs_stop.h (stop.h) */
    bool waits; /* until the job run is over */
} options;

/* Reads argv, and prints errors.      ret: -1 to continue, else the exit code */
int options_read(options *o, int argc, char **argv);

/* Reads from the environment and the shared files what argv did not set, and the credentials.
 * Checks it, and prints errors. Sources over the network are asked later (environment_renew).
 * in:  client: of the service, which may learn the time from a source; not initialised yet
 * ret: -1 to continue, else the exit code */
int environment_read(options *o, emrs_client *client);

/* Loads the trusted CAs (trust.c), and prints errors.
 * ret: -1 to continue, else the exit code */
int trust_load(options *o, mbedtls_x509_crt *trust);

/* ret: a configuration with what trust_load loaded, and this machine's clock and randomness */
emrs_tls_config trust_config(mbedtls_x509_crt *trust, const emrs_stream *inner);

/* Wipes the secrets that were read from files, programs and the network. */
void environment_wipe(void);

/* ret: whether a signal came that ends this command */
bool is_interrupted(void);

/* For port->renew: reads or asks the source of the credentials. */
emrs_report environment_renew(uint32_t until_ms);

/* After EMRS_E_CREDENTIALS: if no source has credentials, prints why each has none.
 * ret: the exit code; -1: the source that is used failed */
int environment_report(void);

/* Forbids core files, and other processes of this user to read the memory (protect.c). Call it
 * before any secret is read. */
void protect_memory(void);

/* ret: value of an environment variable; NULL if it is not set, or empty, as in AWS CLI */
const char *variable(const char *name);

/* Prints the request as it would be sent, and how it is signed. Sends nothing.
 * ret: exit code */
int dry_run(const options *o, emrs_client *client);

/* Prints a text that a peer or a user wrote: '?' for every byte that is not printable ASCII, '*'
 * for secrets and signatures (emrs_mask_secrets), "..." where it is longer than 8 KB. */
void print_text(FILE *to, emrs_text text);

/* Prints a text for scripts, in UTF-8. Control characters, bidirectional controls and line
 * separators (emrs_text_hostile_size) are escaped with `json`, else `?`. Masks secrets as
 * print_text does. But a run of hex digits is masked only if it has 64 or more: a shorter run may
 * be the id of a commit. */
void print_data(FILE *to, emrs_text text, bool json);

/* Prints a member of a JSON object that is a text, or null if it is empty.
 * in:  before: what stands before it: the beginning of the object, or a comma */
void print_json_text(FILE *to, const char *before, const char *name, emrs_text text);

/* Prints lines as print_text does, and a line end. */
void print_lines(FILE *to, const char *lines);

/* Masks in place all secrets that this program knows. */
void mask_text(emrs_text text);

/* Does in place what print_text does to a text. */
void clean_text(char *bytes, size_t size);

/* Sets the credentials that print_text masks besides those of the environment: those in use, and
 * those before the last renewal. */
void hide_credentials(const emrs_credentials *now, const emrs_credentials *former);

/* The same for secrets that are sent to a source of credentials over the network; NULL: none. */
void hide_provider(const emrs_credentials *sent);

/* Writes to stderr without waiting for its reader.      ret: whether it was written */
bool write_at_once(const char *bytes, size_t size);

/* Writes a line for --debug, after "emrs: " and the ms since the first debug_start. The whole line
 * is cleaned and masked as in print_text. A line that stderr cannot take at once is dropped. */
void debug_start(void);
void debug_line(emrs_text text);
void debug_end(void); /* prints how many lines were dropped, if any */

/* A stream over TLS that ends the program if connecting does not end in time (deadline.c). If
 * o->debug is set, a trace (emrs_trace.h) writes what the call does to stderr. */
typedef struct {
    emrs_stream stream;
    const emrs_tls *tls;
    const options *o;
    const emrs_client *client;
    const emrs_result *result;
    const emrs_result *overall; /* of the call that waits for this renewal; else as `result` */
    emrs_trace debug;
} trace;

/* ret: the stream for the port */
const emrs_stream *trace_init(trace *t, const emrs_tls *tls, const options *o,
                              const emrs_client *client, const emrs_call *call,
                              const emrs_result *result);

/* With o->debug: prints that the call waits until `until_ms`, and why. */
void trace_wait(trace *t, uint32_t until_ms);

/* With o->debug: prints the rest of the last answer. */
void trace_end(trace *t);

/* Sets a timer. Once `ms` have passed, it prints the effect and ends the program, but only between
 * deadline_hold and deadline_release (deadline.c says why). An earlier timer of the parent process
 * (alarm, then exec) is not replaced.
 * in:  connecting: of the call or the renewal that connects; result: of the call, whose effect is
 *      printed */
void deadline_start(uint32_t ms);
void deadline_hold(const options *o, const emrs_client *client, const emrs_result *connecting,
                   const emrs_result *result);
void deadline_release(void);

/* "https://host:port" of the client's endpoint */
void url_of(const emrs_client *client, char *url, size_t size);

/* Says what is wrong with the configuration, and that nothing was sent.
 * ret: exit code, CONFIGURATION */
int refuse(const char *format, ...);

/* The same for one setting: "emrs: region (--region 'A') may hold only a-z, 0-9 and '-'". Prints no
 * password and no query of a URL.      ret: exit code: USAGE for an option, else CONFIGURATION */
int refuse_setting(const char *name, const setting *s, const char *rule);

/* Writes and closes stdout. Prints an error if that fails.      ret: exit code */
int close_stdout(void);

/* Prints the answer on stdout, or the error and the next step on stderr.      ret: exit code */
int report(const options *o, const emrs_client *client, const emrs_result *result);

/* A line that says how to trust a CA. */
extern const char to_trust_a_ca[];

/* Writes the command line that looks at this job run, without a line end. */
void write_look(char *text, size_t size, const options *o);

/* Writes what to do after a failure, in whole lines. */
void write_next_step(char *text, size_t size, const options *o, const emrs_client *client,
                     const emrs_result *result);

/* ret: whether it is the service's own error */
static inline bool is_service_error(int code)
{
    return code == EMRS_E_SERVICE || code == EMRS_E_AUTH || code == EMRS_E_THROTTLED;
}

static inline emrs_text text_of(const char *string)
{
    size_t size = 0;
    while (string != NULL && string[size] != '\0')
        size++;
    return (emrs_text){string, size};
}

#endif
