/* SPDX-License-Identifier: MIT */
/* Writes tests/FAULTS.md, or compares it with this run. The file has two parts: test_faults writes
 * the one about calls, and test_provider the one about the sources of credentials. */
#ifndef EMRS_TESTS_FAULTS_PAGE_H
#define EMRS_TESTS_FAULTS_PAGE_H

#include "faults/faults.h"

/* The first line of the second part */
#define PAGE_SOURCES_TITLE "\n## Sources of credentials\n"

typedef enum { PAGE_CALLS, PAGE_SOURCES } page_part;

/* The results of the cases of a row */
typedef struct {
    unsigned triple_count;
    uint32_t codes, retries, effects; /* a bit for each value that occurred */
} fault_tally;

/* The file to write; NULL: FAULTS.md is compared */
extern const char *page_write_to;

void page_count(fault_tally *tally, int code, fault_retry retry, emrs_effect effect);

/* Asserts that the tests in `elsewhere` of the row exist. */
void page_check_elsewhere(const fault_row *row);

/* Append text to the page. */
void page_say(const char *text);
void page_number(unsigned number);
void page_head(void);
void page_row(const fault_row *row, const fault_tally *tally);

/* Replaces this part of the file with the page, or asserts that they are equal. */
void page_settle(page_part part);

#endif
