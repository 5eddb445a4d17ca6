/* SPDX-License-Identifier: MIT */
/* Prints without stdio. Text is collected, and given to the board when a line is complete. */
#ifndef EMRS_BARE_SAY_H
#define EMRS_BARE_SAY_H

#include "emrs.h"

void say(const char *string);
void say_text(emrs_text text); /* prints '?' for each byte that is not printable ASCII */
void say_number(uint32_t value, int width);
void say_signed(int32_t value);

#endif
