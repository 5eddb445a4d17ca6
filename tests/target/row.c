/* SPDX-License-Identifier: MIT */
#include "row.h"

#include <string.h>

#include "target.h"

enum { TOLD_MAX = 5 }; /* failures that a row prints; the others are only counted */

static uint32_t case_count, wrong_count, row_count;
static unsigned failed_count;

/* Lines are written without include/emrs_text.h, since that code is under test itself. */
typedef struct {
    char text[200];
    size_t size;
} line;

static void add(line *l, const char *text)
{
    for (; *text != '\0' && l->size < sizeof l->text - 2u; text++)
        l->text[l->size++] = *text;
}

static void add_number(line *l, uint32_t number)
{
    char digits[11] = "";
    size_t at = sizeof digits - 1u;
    do
        digits[--at] = (char)('0' + number % 10u);
    while ((number /= 10u) > 0);
    add(l, digits + at);
}

static void say(line *l)
{
    l->text[l->size++] = '\n';
    l->text[l->size] = '\0';
    target_say(l->text);
}

void row_case(const char *name, const char *how, size_t at, const char *wrong)
{
    case_count++;
    if (wrong == NULL || wrong_count++ >= TOLD_MAX)
        return;
    line l = {.size = 0};
    add(&l, "# \"");
    add(&l, name);
    add(&l, "\", ");
    add(&l, how);
    add(&l, " ");
    add_number(&l, (uint32_t)at);
    add(&l, ": ");
    add(&l, wrong);
    say(&l);
}

void row_close(const char *what, const char *how)
{
    bool failed = wrong_count > 0 || case_count == 0;
    line l = {.size = 0};
    add(&l, failed ? "not ok " : "ok ");
    add_number(&l, ++row_count);
    add(&l, " - ");
    add(&l, what);
    add(&l, ": ");
    add_number(&l, case_count);
    add(&l, " ");
    add(&l, how);
    if (failed) {
        add(&l, ": ");
        add_number(&l, wrong_count);
        add(&l, " wrong");
    }
    say(&l);
    failed_count += failed;
    case_count = wrong_count = 0;
}

unsigned row_plan(void)
{
    row_note("1..", row_count, "");
    return failed_count;
}

void row_note(const char *before, uint32_t number, const char *after)
{
    line l = {.size = 0};
    add(&l, before);
    add_number(&l, number);
    add(&l, after);
    say(&l);
}

uint32_t row_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}
