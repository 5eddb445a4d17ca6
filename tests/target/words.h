/* SPDX-License-Identifier: MIT */
/* Tests what may depend on the size or order of a word, or on the sign of char: hashes, dates,
 * decimals, a call. */
#ifndef EMRS_TESTS_TARGET_WORDS_H
#define EMRS_TESTS_TARGET_WORDS_H

void words_run(void);

/* Prints a comment that describes the target: "# words of 32 bits, big-endian, char unsigned". */
void words_note(void);

#endif
