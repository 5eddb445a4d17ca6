/* SPDX-License-Identifier: MIT */
/* Writes tests/FAULTS.md, or compares it. The file has two parts: that of the calls is written by
 * test_faults, and that of the sources of credentials by test_provider. */
#ifndef EMRS_TESTS_FAULTS_PAGE_H
#define EMRS_TESTS_FAULTS_PAGE_H

#include "faults/faults.h"

/* The second part begins with it. */
#define PAGE_SOURCES_TITLE "\n## Sources of credentials\n"

typedef enum { PAGE_CALLS, PAGE_SOURCES } page_part;

/* What a run has seen of a row */
typedef struct {
    unsigned triple_count;
    uint32_t codes, retries, effects; /* a bit each */
} fault_tally;

/* The file to write; NULL: FAULTS.md is compared */
extern const char *page_write_to;

void page_count(fault_tally *tally, int code, fault_retry retry, emrs_effect effect);

/* Asserts that the other tests that a row names are there. */
void page_check_elsewhere(const fault_row *row);

/* Add to the page. */
void page_say(const char *text);
void page_number(unsigned number);
void page_head(void);
void page_row(const fault_row *row, const fault_tally *tally);

/* Writes the page in the place of this part of the file, or asserts that they are the same. */
void page_settle(page_part part);

#endif
