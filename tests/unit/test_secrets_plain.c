/* SPDX-License-Identifier: MIT */
/* The same as test_secrets, in a program with core/sha256.c instead of mbedTLS's hash. */
#include "test_secrets.c"
