/* SPDX-License-Identifier: MIT */
/* The same as test_secrets, of a program that has core/sha256.c instead of mbedTLS's hash. */
#include "test_secrets.c"
