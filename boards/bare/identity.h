/* SPDX-License-Identifier: MIT */
/* This device's certificate, in images that have one (`.identity` in board.mk). Its key is in a
 * secure element, which signs with it (board.h). Only AWS IoT gets the certificate (iot.h). */
#ifndef EMRS_BARE_IDENTITY_H
#define EMRS_BARE_IDENTITY_H

#include "emrs_tls.h"

#if defined(BARE_IDENTITY)
/* Takes the settings `certificate` and `key`.
 * out: fault: NULL, or what is wrong with the setting
 * ret: false: it is another setting */
bool identity_setting(emrs_text key, emrs_text value, const char **fault);

/* ret: the identity for the stream to AWS IoT; NULL: there is no certificate in the settings */
emrs_identity *identity_of_device(void);
#else
static inline bool identity_setting(emrs_text key, emrs_text value, const char **fault)
{
    (void)key, (void)value, (void)fault;
    return false;
}
#endif

#endif
