/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <string.h>
#include <unistd.h>

#include "emrs_posix.h"
#include "stop.h"

enum { PROGRESS_AFTER_MS = 1000, TICK_MS = 1000 };

static bool is_line_there;

/* Progress is shown only on a terminal, and not with --debug, which prints more. */
static bool wants_progress(const options *o)
{
    const char *terminal = variable("TERM");
    bool is_dumb = terminal != NULL && strcmp(terminal, "dumb") == 0;
    return !o->debug && !is_dumb && isatty(STDERR_FILENO) != 0;
}

void progress_start(progress *p, const options *o, emrs_result *result, trace *traced)
{
    *p = (progress){.o = o,
                    .result = result,
                    .traced = traced,
                    .start_ms = emrs_posix_now(NULL).ms,
                    .is_shown = wants_progress(o)};
}

/* ret: size of what is written about the call in flight */
static int write_call(const progress *p, char *text, size_t size)
{
    const unsigned waited_s = (unsigned)p->shown_s;
    if (p->result->code == EMRS_MOVE_CREDENTIALS)
        return snprintf(text, size, "getting credentials, %u s", waited_s);
    return snprintf(text, size, "%s, attempt %u, %u s",
                    p->result->code == EMRS_MOVE_WAIT ? "waiting to try again"
                                                      : emrs_phase_words(p->result->phase),
                    (unsigned)p->result->attempt_count, waited_s);
}

static void show(progress *p)
{
    const char start[] = "\r\033[Kemrs: ";
    const size_t size = sizeof start - 1;
    char line[120];
    uint32_t waited_ms = emrs_posix_now(NULL).ms - p->start_ms;
    if (!p->is_shown || waited_ms < PROGRESS_AFTER_MS || waited_ms / 1000u == p->shown_s)
        return;
    p->shown_s = waited_ms / 1000u;
    memcpy(line, start, size);
    int more = p->o->stops ? stop_write_progress(line + size, sizeof line - size, p->shown_s) : 0;
    if (more == 0)
        more = write_call(p, line + size, sizeof line - size);
    is_line_there = true;
    (void)write_at_once(line, size + (size_t)more);
}

void progress_clear(void)
{
    if (is_line_there)
        (void)fputs("\r\033[K", stderr);
    is_line_there = false;
}

bool progress_stopped(void *context)
{
    progress *p = context;
    if (p->o->stops)
        stop_note(p->o, p->result);
    show(p);
    return is_interrupted();
}

/* With a progress line it returns after a second, so that the line is updated. The call then asks
 * for the same WAIT again. */
void progress_wait(void *context, uint32_t until_ms)
{
    const progress *p = context;
    const uint32_t now_ms = emrs_posix_now(NULL).ms;
    trace_wait(p->traced, until_ms);
    if (p->is_shown && emrs_left_ms(now_ms, until_ms) > TICK_MS)
        until_ms = now_ms + TICK_MS;
    emrs_posix_wait(NULL, until_ms);
}
