/* SPDX-License-Identifier: MIT */
/* Splits a text into words as Python's shlex.split does, which botocore uses for the command of a
 * credential_process and for the names of sections. It is not a shell: nothing is expanded. */
#ifndef EMRS_HOST_WORDS_H
#define EMRS_HOST_WORDS_H

#include "emrs.h"

typedef enum {
    WORDS_SPLIT,
    WORDS_NO_QUOTE,   /* a quotation mark has no second one */
    WORDS_NO_ESCAPED, /* nothing follows the last backslash */
    WORDS_TOO_MANY    /* more than fit */
} words_result;

/* in:  room: memory for the words, each with a NUL; size: text.size + 1 always suffices
 * out: words: pointers into room, then a NULL; most: how many pointers there is space for
 *      count: how many words there are */
words_result words_split(emrs_text text, char *room, size_t size, char **words, size_t most,
                         size_t *count);

#endif
