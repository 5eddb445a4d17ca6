/* SPDX-License-Identifier: MIT */
/* Writes HTTP/1.1 answers in the different forms that servers use. */
#ifndef EMRS_TESTS_SIM_ANSWER_H
#define EMRS_TESTS_SIM_ANSWER_H

#include "service.h"

void answer_put(service_answer *a, const char *text);
void answer_number(service_answer *a, unsigned long number, unsigned base);

/* The status line and the first headers. Most have a Date.
 * in:  lie_odds: about one Date in lie_odds is wrong by hours; 0: none */
void answer_head(service_answer *a, chance *c, unsigned lie_odds, int status, uint32_t utc_s);

/* The last headers and the body: by its length, in chunks, or up to the end of the stream. */
void answer_body(service_answer *a, chance *c, const char *body);

#endif
