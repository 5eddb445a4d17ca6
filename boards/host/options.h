/* SPDX-License-Identifier: MIT */
/* A number for each option of options.def: OPTION_REGION_NAME and so on. */
#ifndef EMRS_HOST_OPTIONS_H
#define EMRS_HOST_OPTIONS_H

enum {
    OPTION_BEFORE_FIRST = 255, /* getopt_long returns bytes for options of one letter */
#define OPTION(identifier, name, value, use, commands) OPTION_##identifier,
#include "options.def"
#undef OPTION
    OPTION_AFTER_LAST
};

enum { OPTION_COUNT = OPTION_AFTER_LAST - OPTION_BEFORE_FIRST - 1 };

#endif
