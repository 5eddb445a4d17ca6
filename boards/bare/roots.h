/* SPDX-License-Identifier: MIT */
/* The trusted CAs, in flash. port/tls/roots.sh writes the source file when an image is built. */
#ifndef EMRS_BARE_ROOTS_H
#define EMRS_BARE_ROOTS_H

#include "emrs_tls.h"

extern const emrs_root roots[];
extern const size_t root_count;
extern const size_t test_root_count; /* how many are test CAs: if any, do not ship the image */

#endif
