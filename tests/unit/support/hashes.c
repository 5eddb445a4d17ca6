/* SPDX-License-Identifier: MIT */
#include "support/hashes.h"

#define emrs_sha256_init plain_init
#define emrs_sha256_update plain_update
#define emrs_sha256_finish plain_finish
#include "sha256.c"
#undef emrs_sha256_init
#undef emrs_sha256_update
#undef emrs_sha256_finish

#define emrs_sha256_init library_init
#define emrs_sha256_update library_update
#define emrs_sha256_finish library_finish
#include "../../../port/mbedtls/sha256.c"
