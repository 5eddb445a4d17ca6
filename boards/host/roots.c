/* SPDX-License-Identifier: MIT */
#include "roots.h"

/* `make static` sets EMRS_ROOTS to the file that port/tls/roots.sh wrote: the five Amazon roots. */
#ifdef EMRS_ROOTS
#include EMRS_ROOTS
#else
const emrs_root roots[] = {{NULL, 0}};
const size_t root_count = 0;
#endif
