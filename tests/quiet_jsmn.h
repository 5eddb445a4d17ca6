/* SPDX-License-Identifier: MIT */
/* The jsmn.h of core/ without its warnings, for tests that read the same JSON with it. */
#ifndef EMRS_TESTS_QUIET_JSMN_H
#define EMRS_TESTS_QUIET_JSMN_H

#define JSMN_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "jsmn.h"
#pragma GCC diagnostic pop

#endif
