/* SPDX-License-Identifier: MIT */
/* Masks secrets in a text before it is printed. For printing only: it branches on the secrets'
 * bytes, so its time tells of them. Linked only by those who print. */
#include "emrs.h"
#include "limits.h"
#include "text.h"

/* Stands for each byte that is masked. */
#define MASK '*'

static size_t same_size(emrs_text a, emrs_text b)
{
    size_t size = 0;
    while (size < a.size && size < b.size && a.bytes[size] == b.bytes[size])
        size++;
    return size;
}

/* Bytes at the start of the text that stand somewhere in the secret: the longest such run; 0 where
 * it is too short to tell anything of the secret. */
static size_t run_of_secret(emrs_text text, emrs_text secret)
{
    size_t least = secret.size < EMRS_MASK_RUN_SIZE_MIN ? secret.size : EMRS_MASK_RUN_SIZE_MIN;
    size_t longest = 0;
    for (size_t at = 0; at < secret.size; at++) {
        size_t size = same_size(text, text_from(secret, at));
        if (size >= least && size > longest)
            longest = size;
    }
    return longest;
}

/* Hex digits at the start of the text, if they may be a signature. Of one that was cut, in a peer's
 * text or where it was kept, any text may follow. */
static size_t run_of_hex(emrs_text text)
{
    size_t size = 0;
    while (size < text.size && hex_digit(text.bytes[size]) >= 0)
        size++;
    return size >= EMRS_MASK_HEX_SIZE_MIN ? size : 0;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

void emrs_mask_secrets(const emrs_credentials *credentials, emrs_text text)
{
    char *bytes = (char *)text.bytes;
    size_t end = 0; /* of what is to be masked, as far as it is known */
    for (size_t at = 0; at < text.size; at++) {
        emrs_text rest = text_from(text, at); /* not masked yet: every run is seen whole */
        end = larger(end, at + run_of_secret(rest, credentials->secret_access_key));
        end = larger(end, at + run_of_secret(rest, credentials->session_token));
        end = larger(end, at + run_of_hex(rest));
        if (at < end)
            bytes[at] = MASK;
    }
}
