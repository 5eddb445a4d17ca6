/* SPDX-License-Identifier: MIT */
/* Printing without stdio: a line is gathered, and handed to the board when it is whole. */
#ifndef EMRS_BARE_SAY_H
#define EMRS_BARE_SAY_H

#include "emrs.h"

void say(const char *string);
void say_text(emrs_text text); /* what is not printable ASCII goes as '?' */
void say_number(uint32_t value, int width);
void say_signed(int32_t value);

#endif
