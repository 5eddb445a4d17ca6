/* SPDX-License-Identifier: MIT */
/* Secrets for tests, and the search for what is left of them in any memory and on the stack that
 * a call used. The call runs as a coroutine on a stack of this file, which can be searched
 * afterwards. (A thread's stack could not: its pages are freed when it ends.) */
#ifndef EMRS_TESTS_SECRETS_H
#define EMRS_TESTS_SECRETS_H

#include "emrs.h"

/* They are not in the memory that is searched, since there the caller's copy would be found. */
extern const emrs_text secrets_key, secrets_token;

/* Adds to the secrets what is derived from the secret access key for a day ("20270115",
 * us-east-1): "AWS4" and the key, the four derived keys, the two HMAC pads of each in both byte
 * orders, and its complete midstates, with and without the initial hash value added. If this
 * function is never called, only the secret access key and the session token are secrets. */
void secrets_note_day(const char *day);

/* Adds these bytes to the secrets. */
void secrets_note(emrs_text bytes);

/* ret: the number of places where 8 consecutive bytes of a secret begin */
size_t secrets_count(const void *memory, size_t size);

/* ret: whether a client contains any secret except one complete signing key in its place */
bool secrets_are_left_in(const emrs_client *client);

/* Runs a function on the stack that can be searched. */
void secrets_run(void (*function)(void *context), void *context);

/* The same count for the part of that stack that was used since the last search. */
size_t secrets_count_on_stack(void);

#endif
