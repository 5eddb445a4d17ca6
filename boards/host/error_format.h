/* SPDX-License-Identifier: MIT */
/* --cli-error-format json: a failure is one JSON object on stderr. What the program prints on
 * stderr is kept until its end. Of it, the lines before the first empty line are the warnings,
 * and the rest is the failure. src: AWS CLI User Guide, "Structured error output in the AWS CLI" */
#ifndef EMRS_HOST_ERROR_FORMAT_H
#define EMRS_HOST_ERROR_FORMAT_H

#include "host.h"

/* Finds the format in the arguments and in AWS_CLI_ERROR_FORMAT. With json, stderr is kept from now
 * on. Call it before anything is printed. */
void error_format_start(int argc, char **argv);

/* Checks the option's value, and prints errors.      ret: -1 to continue, else 252 */
int error_format_read(const options *o);

bool error_format_is_json(void);

/* ret: the real stderr, for what must not wait until the end */
int error_format_fd(void);

/* Sets the Code of the failure: a name of AWS CLI, such as NoRegion. */
void error_format_name(const char *name);

/* Notes the result of a call. It and its texts must stay in place. */
void error_format_note(const options *o, const emrs_result *result);

/* Writes the object.
 * in:  failure: the text that the legacy format prints */
void error_format_write(FILE *to, int code, const char *failure);

/* Prints what was kept: unchanged if the program succeeded, else as the object.      ret: code */
int error_format_end(int code);

#endif
