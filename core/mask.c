/* SPDX-License-Identifier: MIT */
/* Masks secrets in a text before it is printed. Use it only for that: its branches, and so its
 * running time, depend on the secrets' bytes. */
#include "emrs.h"
#include "emrs_config.h"
#include "emrs_text.h"

/* What each masked byte becomes. */
#define MASK '*'

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t same_size(emrs_text a, emrs_text b)
{
    size_t size = 0;
    while (size < a.size && size < b.size && a.bytes[size] == b.bytes[size])
        size++;
    return size;
}

/* Size of the longest run at the start of the text that also occurs in the secret; 0 if it is too
 * short to tell anything about the secret. */
static size_t run_of_secret(emrs_text text, emrs_text secret)
{
    size_t least = smaller(secret.size, EMRS_MASK_RUN_SIZE_MIN);
    size_t longest = 0;
    for (size_t at = 0; at < secret.size; at++) {
        size_t size = same_size(text, emrs_text_from(secret, at));
        longest = larger(longest, size);
    }
    return longest >= least ? longest : 0;
}

/* Size of the run of hex digits at the start of the text; 0 if it is too short for a signature, or
 * for the beginning of one that was cut. */
static size_t run_of_hex(emrs_text text)
{
    size_t size = 0;
    while (size < text.size && emrs_hex_digit(text.bytes[size]) >= 0)
        size++;
    return size >= EMRS_MASK_HEX_SIZE_MIN ? size : 0;
}

void emrs_mask_secrets(const emrs_credentials *credentials, emrs_text text)
{
    char *bytes = (char *)text.bytes;
    size_t end = 0; /* the end of the bytes to mask that were found so far */
    for (size_t at = 0; at < text.size; at++) {
        emrs_text rest = emrs_text_from(text, at); /* not masked yet, so runs are seen whole */
        end = larger(end, at + run_of_secret(rest, credentials->secret_access_key));
        end = larger(end, at + run_of_secret(rest, credentials->session_token));
        end = larger(end, at + run_of_hex(rest));
        if (at < end)
            bytes[at] = MASK;
    }
}
