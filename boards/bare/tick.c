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

/* If the counter has reached zero but the interrupt has not run yet, that tick is counted here:
 * otherwise time would go backwards. If a tick happens between the reads, it reads again. */
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

/* In two steps, because BOARD_CPU_HZ may not be a multiple of 1 MHz, and 64-bit division would cost
 * flash. */
uint32_t tick_us(uint32_t cycles)
{
    return cycles / CYCLES_PER_MS * 1000u + cycles % CYCLES_PER_MS * 1000u / CYCLES_PER_MS;
}

void tick_sleep(void)
{
    __asm__ volatile("wfi");
}
