/* SPDX-License-Identifier: MIT */
/* The trusted CAs, in flash. roots.c is made by roots.sh when an image is built: never by hand. */
#ifndef EMRS_BARE_ROOTS_H
#define EMRS_BARE_ROOTS_H

#include "emrs_tls.h"

extern const emrs_root roots[];
extern const size_t root_count;
extern const size_t test_root_count; /* of them: more than 0 is no image to ship */

#endif
