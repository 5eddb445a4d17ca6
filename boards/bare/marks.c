/* SPDX-License-Identifier: MIT */
#include "marks.h"

#include <lwip/memp.h>
#include <lwip/stats.h>

#include "board.h"
#include "say.h"
#include "startup.h"
#include "tick.h"

#define NS_PER_CYCLE (1000000000u / BOARD_CPU_HZ)

typedef struct {
    uint32_t last, longest; /* cycles */
} stretch;

static stretch turns, feeds;

static void measure(stretch *s)
{
    uint32_t now = tick_cycles(), length = now - s->last;
    s->longest = length > s->longest && s->last != 0 ? length : s->longest;
    s->last = now;
}

void marks_returned(void)
{
    measure(&turns);
}

void marks_fed(void)
{
    measure(&feeds);
}

static size_t bytes_between(const void *low, const void *high)
{
    return (size_t)((const uint8_t *)high - (const uint8_t *)low);
}

static void row(const char *name, size_t used, size_t size)
{
    say("  ");
    say(name);
    say(" ");
    say_number((uint32_t)used, 9);
    if (size > 0) {
        say(" of ");
        say_number((uint32_t)size, 6);
    }
    say("\n");
}

static void row_of_stretch(const char *name, const stretch *s, int icount_shift)
{
    say("  ");
    say(name);
    say(" ");
    if (icount_shift >= 0) {
        say_number((uint32_t)(((uint64_t)s->longest * NS_PER_CYCLE) >> icount_shift), 9);
        say(" instructions\n");
    } else {
        say_number(tick_us(s->longest), 9);
        say(" us\n");
    }
}

void marks_say(size_t in_call_size, size_t arena_used, size_t arena_size, int icount_shift)
{
    size_t ram = bytes_between(link_data_low, link_bss_high) + stack_size();
    say("high-water marks, in bytes\n");
    row("TLS arena              ", arena_used, arena_size);
    row("stack                  ", stack_used(), stack_size());
    row("lwIP pbufs (pool)      ", lwip_stats.memp[MEMP_PBUF_POOL]->max, PBUF_POOL_SIZE);
    row("lwIP memory            ", lwip_stats.mem.max, MEM_SIZE);
    row("flash                  ", bytes_between(link_flash_low, link_flash_high), 0);
    row("RAM, static            ", ram, 0);
    row("RAM, resident          ", ram - in_call_size, 0);
    row("RAM, only in a call    ", in_call_size + arena_used, 0);
    row_of_stretch("longest without return ", &turns, icount_shift);
    row_of_stretch("longest without feeding", &feeds, icount_shift);
}
