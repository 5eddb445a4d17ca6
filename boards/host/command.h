/* SPDX-License-Identifier: MIT */
/* The commands: `emrs cancel-job-run` and so on. A command is one entry of the table in command.c,
 * and one file. */
#ifndef EMRS_HOST_COMMAND_H
#define EMRS_HOST_COMMAND_H

#include "host.h"
#include "options.h"

/* A bit for each command, for options.def */
enum { CANCEL = 1, GET = 2, DRILL = 4, ALL = 7 };

struct command {
    const char *name;
    unsigned bit;
    const char *usage, *arn_usage; /* what follows the name: with options, and with an ARN */
    const char *summary;           /* what it does, in a few words */
    const char *about;             /* more for its --help, in whole lines */
    int required[3];               /* its required options; 0 after the last */
    /* Reads the values of its own options, sets o->operation, and prints errors.
     * ret: -1 to continue, else the exit code */
    int (*read)(options *o);
    /* Starts the call. If o->stops is set, starts the machine (stop.h) and its first call.
     * in:  call: memory for a call
     * out: call: the call that was started. The machine uses its own call and its own result
     * ret, err: as emrs_call_start */
    int (*start)(const options *o, emrs_call **call, emrs_client *client, emrs_result *result);
    /* Prints the end of a call that was started.      ret: exit code */
    int (*report)(const options *o, const emrs_client *client, const emrs_result *result);
    /* Writes what is known of the job run after a failure, in whole lines. */
    void (*write_outcome)(char *text, size_t size, const options *o, const emrs_result *result);
};

extern const struct command commands[];
extern const size_t command_count;

/* ret: NULL: there is no such command */
const struct command *command_find(const char *name);

/* The functions of the entries */
int cancel_read(options *o);
int cancel_start(const options *o, emrs_call **call, emrs_client *client, emrs_result *result);
int cancel_report(const options *o, const emrs_client *client, const emrs_result *result);
void cancel_write_outcome(char *text, size_t size, const options *o, const emrs_result *result);

/* On a terminal, prints that the job run has not stopped yet, since users may expect that it
 * has. */
void cancel_tell_acceptance(const options *o, const emrs_result *result);

int get_read(options *o);
int get_start(const options *o, emrs_call **call, emrs_client *client, emrs_result *result);
int get_report(const options *o, const emrs_client *client, const emrs_result *result);
void get_write_outcome(char *text, size_t size, const options *o, const emrs_result *result);
int drill_read(options *o);
int drill_start(const options *o, emrs_call **call, emrs_client *client, emrs_result *result);
int drill_report(const options *o, const emrs_client *client, const emrs_result *result);
void drill_write_outcome(char *text, size_t size, const options *o, const emrs_result *result);

/* Prints the usage of the command, or of all, and an error.      ret: exit code */
int usage_error(const options *o, const char *format, ...);

/* ret: false if it is not a whole decimal number from `least` to `most` */
bool parse_number(const char *text, long least, long most, long *value);

/* ret: whether the option was on the command line */
bool is_given(const options *o, int option);

/* ret: whether the command has the option */
bool is_taken_by(int option, const struct command *by);

/* Prints the help of the command; of all, if none was named.      ret: exit code */
int print_help(const options *o);

/* ret: exit code */
int print_version(void);

/* ret: exit code for a call of this command that was started */
int exit_code_for(const options *o, const emrs_result *result);

/* For --print-policy: prints the least IAM policy for this command line. Sends nothing.
 * ret: exit code */
int policy_print(const options *o, emrs_client *client);

/* Prints what failed: the source of the credentials, the service, or the connection to it. */
void report_cause(const options *o, const emrs_client *client, const emrs_result *result);

/* Prints a failure: what failed, what is known, the request id, and what to do next. */
void report_failure(const options *o, const emrs_client *client, const emrs_result *result);

#endif
