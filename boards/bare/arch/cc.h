/* SPDX-License-Identifier: MIT */
/* lwIP includes this file for what depends on compiler and board. */
#ifndef EMRS_ARCH_CC_H
#define EMRS_ARCH_CC_H

#include <stdint.h>

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_CTYPE_H 1
#define X8_F "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "u"

uint32_t random_word(void);
void lwip_assert_failed(const char *what);
#define LWIP_RAND() random_word()
#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(what) lwip_assert_failed(what)

#endif
