/* SPDX-License-Identifier: MIT */
/* What a word's size, its order or a char's sign may change: hashes, dates, decimals, a call. */
#ifndef EMRS_TESTS_TARGET_WORDS_H
#define EMRS_TESTS_TARGET_WORDS_H

void words_run(void);

/* Says as a comment what the target is: "# words of 32 bits, big-endian, char unsigned". */
void words_note(void);

#endif
