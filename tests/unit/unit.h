/* SPDX-License-Identifier: MIT */
/* Every unit test includes this file first. It includes the headers that cmocka needs, and then
 * cmocka. */
#ifndef EMRS_TESTS_UNIT_H
#define EMRS_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emrs.h"
#include "emrs_text.h"

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

#endif
