/* SPDX-License-Identifier: MIT */
/* What lwIP needs from the host: random numbers from the test's seed, and a failed assertion ends
 * the test. */
#ifndef EMRS_TESTS_ARCH_CC_H
#define EMRS_TESTS_ARCH_CC_H

#include <stddef.h>
#include <stdint.h>

#define LWIP_NO_CTYPE_H 1

uint32_t random_word(void);
void wire_broken(const char *what);
#define LWIP_RAND() random_word()
#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(what) wire_broken(what)

#endif
