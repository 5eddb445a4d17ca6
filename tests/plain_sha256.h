/* SPDX-License-Identifier: MIT */
/* Defines the core's own SHA-256 as plain_init, plain_update and plain_finish, for tests that use
 * it beside the hash that they link. One file of a program includes this. */
#ifndef EMRS_TESTS_PLAIN_SHA256_H
#define EMRS_TESTS_PLAIN_SHA256_H

#include "emrs_sha256.h"

#define emrs_sha256_init plain_init
#define emrs_sha256_update plain_update
#define emrs_sha256_finish plain_finish
#include "sha256.c"
#undef emrs_sha256_init
#undef emrs_sha256_update
#undef emrs_sha256_finish

#endif
