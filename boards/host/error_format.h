/* SPDX-License-Identifier: MIT */
/* --cli-error-format json: a failure is told on stderr by one JSON object. What the program prints
 * on stderr is kept until its end: lines before the first empty one are warnings, the rest is the
 * failure. src: AWS CLI User Guide, "Structured error output in the AWS CLI" */
#ifndef EMRS_HOST_ERROR_FORMAT_H
#define EMRS_HOST_ERROR_FORMAT_H

#include "host.h"

/* Finds the format in the arguments and in AWS_CLI_ERROR_FORMAT. With json, stderr is kept from now
 * on. Call it before anything is printed. */
void error_format_start(int argc, char **argv);

/* Checks the option's value, and prints errors.      ret: -1 to continue, else 252 */
int error_format_read(const options *o);

bool error_format_is_json(void);

/* Where to write at once: the stderr of this program's user */
int error_format_fd(void);

/* Gives the failure a name of AWS CLI, such as NoRegion. */
void error_format_name(const char *name);

/* Takes note of the end of a call. Its texts stay in place. */
void error_format_note(const options *o, const emrs_result *result);

/* Writes the object.
 * in:  failure: what the user would read */
void error_format_write(FILE *to, int code, const char *failure);

/* Prints what was kept, as it is if the program succeeded.      ret: code */
int error_format_end(int code);

#endif
