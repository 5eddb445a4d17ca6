/* SPDX-License-Identifier: MIT */
/* Prints the image, the steps of the call and its result on the console. */
#ifndef EMRS_BARE_REPORT_H
#define EMRS_BARE_REPORT_H

#include "settings.h"

/* Prints the versions of the image's parts, and how many CAs it trusts. */
void report_image(void);

/* Prints the time since the start, then `name`. */
void report_step(const char *name);

/* Prints `before` and the text as a line. Prints nothing if the text is empty. */
void report_text(const char *before, emrs_text text);

/* Prints `before`, and why a call failed. Masks the secrets in its texts. */
void report_failure(const char *before, const settings *given, emrs_result *result);

/* Prints the ids of the job run, and `words`, which say what became of it. */
void report_job_run(const settings *given, const char *words);

/* Prints what to do next, if `step` is not empty: the provider's step if the provider has failed,
 * else `step`. */
void report_next(const char *step);

/* Prints the result of a call, the effect and the next step. */
void report_result(const settings *given, emrs_result *result);

#endif
