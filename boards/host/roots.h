/* SPDX-License-Identifier: MIT */
/* The CAs that the command trusts where the system has no CA bundle. */
#ifndef EMRS_HOST_ROOTS_H
#define EMRS_HOST_ROOTS_H

#include "emrs_tls.h"

extern const emrs_root roots[];
extern const size_t root_count; /* 0 in every build but `make static` */

#endif
