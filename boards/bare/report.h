/* SPDX-License-Identifier: MIT */
/* Prints the image, the steps of the call and its result on the console. */
#ifndef EMRS_BARE_REPORT_H
#define EMRS_BARE_REPORT_H

#include "settings.h"

/* Prints the versions of the image's parts, and which CAs it trusts. */
void report_image(void);

/* Prints the time since the start, then `name`. */
void report_step(const char *name);

/* Prints the result, the effect and the next step. Masks the secrets in the result's texts. */
void report_result(const settings *told, emrs_result *result);

#endif
