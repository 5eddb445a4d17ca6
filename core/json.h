/* SPDX-License-Identifier: MIT */
/* Turns the sieve's output into values, with jsmn. */
#ifndef EMRS_CORE_JSON_H
#define EMRS_CORE_JSON_H

#include "emrs.h"
#include "operation.h"

/* Reads the sieve's output, after emrs_sieve_end returned EMRS_DONE. Strings are unescaped in
 * place.
 * out: one value per member of the sieve, in the same order */
void emrs_json_read(emrs_sieve *sieve, emrs_value values[]);

#endif
