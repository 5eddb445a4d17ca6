/* SPDX-License-Identifier: MIT */
/* What the image prints on its console: what it is, its steps, the result of the call. */
#ifndef EMRS_BARE_REPORT_H
#define EMRS_BARE_REPORT_H

#include "settings.h"

/* Prints what the image is built from and whom it trusts. */
void report_image(void);

/* Prints the time since the start, then `name`. */
void report_step(const char *name);

/* Prints the result, the effect and the next step. Masks the secrets in the result's texts. */
void report_result(const settings *told, emrs_result *result);

#endif
