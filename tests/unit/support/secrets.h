/* SPDX-License-Identifier: MIT */
/* Secrets to lose, and the look for what is left of them: in any memory, and on the stack that a
 * call has used. The call runs as a coroutine whose stack lies here, so that all of it can be
 * looked at afterwards (a thread's would not do: its pages are given back, blank, when it ends). */
#ifndef EMRS_TESTS_SECRETS_H
#define EMRS_TESTS_SECRETS_H

#include "emrs.h"

/* They lie in memory of their own: finding the caller's copy would say nothing. */
extern const emrs_text secrets_key, secrets_token;

/* Counts among the secrets what is made for a day ("20270115", us-east-1): "AWS4" and the secret,
 * the four derived keys, of each its two HMAC pads in words of either byte order, and its
 * midstates, whole, also less the start of a hash. Without a day: only the secret access key and
 * the session token. */
void secrets_note_day(const char *day);

/* Counts these bytes among the secrets too. */
void secrets_note(emrs_text bytes);

/* How many places of memory begin a run of 8 secret bytes. */
size_t secrets_count(const void *memory, size_t size);

/* Whether a client holds anything secret but one signing key, whole and in its place. */
bool secrets_are_left_in(const emrs_client *client);

/* Runs a function on a stack of its own. */
void secrets_run(void (*function)(void *context), void *context);

/* The same count, on what that stack was used for since the last look. */
size_t secrets_count_on_stack(void);

#endif
