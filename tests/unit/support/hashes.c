/* SPDX-License-Identifier: MIT */
#include "support/hashes.h"

#include "plain_sha256.h"

#define emrs_sha256_init library_init
#define emrs_sha256_update library_update
#define emrs_sha256_finish library_finish
#include "../../../port/mbedtls/sha256.c"
