/* SPDX-License-Identifier: MIT */
/* For programs that show how a request is signed, as the command's --dry-run does. It is not needed
 * to cancel a job run, or to write a port.
 *
 * The signature of AWS Signature Version 4 is the HMAC of the string to sign. Its key is
 * client.key.derived: 32 bytes, from the first request that the client signs until emrs_forget. */
#ifndef EMRS_SIGN_H
#define EMRS_SIGN_H

#include "emrs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* HMAC-SHA-256 with a key of any size, which may lie where the MAC is written.
 * ret: false: the hash engine failed, and the MAC means nothing */
bool emrs_hmac_of(const void *key, size_t key_size, emrs_text message, uint8_t mac[32]);

#ifdef __cplusplus
}
#endif

#endif
