/* SPDX-License-Identifier: MIT */
/* lwIP's view of the host: what it calls random is the test's, and a broken promise ends it. */
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
