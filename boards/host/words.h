/* SPDX-License-Identifier: MIT */
/* Splits a text into words like Python's shlex.split, which botocore uses for the command of a
 * credential_process and for the names of sections. Nothing is expanded, unlike in a shell. */
#ifndef EMRS_HOST_WORDS_H
#define EMRS_HOST_WORDS_H

#include "emrs.h"

typedef enum {
    WORDS_SPLIT,
    WORDS_NO_QUOTE,   /* a quotation mark has no second one */
    WORDS_NO_ESCAPED, /* nothing follows the last backslash */
    WORDS_TOO_MANY    /* more than fit into `words` or `room` */
} words_result;

/* in:  room: memory for the words, each with a NUL; size: text.size + 1 always suffices
 *      most: how many pointers `words` has space for, with the NULL
 * out: words: pointers into room, then a NULL; count: how many words there are */
words_result words_split(emrs_text text, char *room, size_t size, char **words, size_t most,
                         size_t *count);

#endif
