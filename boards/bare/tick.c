/* SPDX-License-Identifier: MIT */
#include "tick.h"

#include <stdbool.h>

#define CYCLES_PER_MS (BOARD_CPU_HZ / 1000u)

/* The SysTick registers of every Cortex-M: Armv7-M Architecture Reference Manual, B3.3. */
typedef struct {
    volatile uint32_t control, reload, current;
} systick;
#define SYSTICK ((systick *)0xe000e010u)
#define ENABLE_INTERRUPT_PROCESSOR_CLOCK 7u
#define INTERRUPT_STATE (*(volatile uint32_t *)0xe000ed04u)
#define TICK_IS_PENDING (1u << 26)

static volatile uint32_t ms;

void tick_start(void)
{
    SYSTICK->reload = CYCLES_PER_MS - 1u;
    SYSTICK->current = 0;
    SYSTICK->control = ENABLE_INTERRUPT_PROCESSOR_CLOCK;
}

void tick_interrupt(void)
{
    ms++;
}

uint32_t tick_ms(void)
{
    return ms;
}

static bool is_due(void)
{
    return (INTERRUPT_STATE & TICK_IS_PENDING) != 0;
}

/* A tick that is due and not yet taken counts, as the counter has begun anew: else time would go
 * backwards. Reads again where a tick came due, or was taken, between the reads. */
uint32_t tick_cycles(void)
{
    uint32_t before, within;
    bool was_due;
    do {
        before = ms;
        was_due = is_due();
        within = CYCLES_PER_MS - 1u - SYSTICK->current;
    } while (was_due != is_due() || before != ms);
    return (before + was_due) * CYCLES_PER_MS + within;
}

/* In two steps: BOARD_CPU_HZ may be no whole number of MHz, and 64 bits would cost flash. */
uint32_t tick_us(uint32_t cycles)
{
    return cycles / CYCLES_PER_MS * 1000u + cycles % CYCLES_PER_MS * 1000u / CYCLES_PER_MS;
}

void tick_sleep(void)
{
    __asm__ volatile("wfi");
}
