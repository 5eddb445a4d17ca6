/* SPDX-License-Identifier: MIT */
/* This device's certificate, in images that have one (`.identity` in board.mk). A secure element
 * has its key, and signs with it (board.h). Only AWS IoT sees the certificate (iot.h). */
#ifndef EMRS_BARE_IDENTITY_H
#define EMRS_BARE_IDENTITY_H

#include "emrs_tls.h"

#if defined(BARE_IDENTITY)
/* Reads a setting, if it is one of these: the files of the certificate and of the element's key.
 * out: fault: NULL, or what is wrong with it
 * ret: whether it is one of these */
bool identity_setting(emrs_text key, emrs_text value, const char **fault);

/* ret: for the stream to AWS IoT; NULL: the settings have none */
emrs_identity *identity_of_device(void);
#else
static inline bool identity_setting(emrs_text key, emrs_text value, const char **fault)
{
    (void)key, (void)value, (void)fault;
    return false;
}
#endif

#endif
