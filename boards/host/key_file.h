/* SPDX-License-Identifier: MIT */
/* Finds out what the file of a certificate or a key holds, and says it in words. It only looks at
 * the marks of PEM and the first tags of DER; mbedTLS reads the file later. */
#ifndef EMRS_HOST_KEY_FILE_H
#define EMRS_HOST_KEY_FILE_H

#include "emrs.h"

typedef enum {
    HOLDS_CERTIFICATE,
    HOLDS_PRIVATE_KEY,
    HOLDS_ENCRYPTED_KEY,
    HOLDS_REQUEST, /* a certificate signing request */
    HOLDS_PUBLIC_KEY,
    HOLDS_PKCS12,
    HOLDS_OTHER,  /* something else in PEM or DER */
    HOLDS_NOTHING /* neither PEM nor DER */
} key_file_kind;

/* in:  text: the file, with a NUL after it; wanted: CERTIFICATE or PRIVATE_KEY. If a certificate is
 *      wanted, it is found even if the file also holds a key */
key_file_kind key_file_holds(emrs_text text, key_file_kind wanted);

/* ret: "a private key", ... */
const char *key_file_words(key_file_kind kind);

#endif
