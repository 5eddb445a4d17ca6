/* SPDX-License-Identifier: MIT */
/* What the sieve passed on, as jsmn tokens, as values. */
#ifndef EMRS_CORE_JSON_H
#define EMRS_CORE_JSON_H

#include "emrs.h"
#include "operation.h"

/* Reads the sieve's output, after emrs_sieve_end said EMRS_DONE. Strings are unescaped in place.
 * out: one value for each of the sieve's members, in their order */
void emrs_json_read(emrs_sieve *sieve, emrs_value values[]);

#endif
