/* SPDX-License-Identifier: MIT */
#include "tick.h"

#define CYCLES_PER_MS (BOARD_CPU_HZ / 1000u)

/* The SysTick registers of every Cortex-M: Armv7-M Architecture Reference Manual, B3.3. */
typedef struct {
    volatile uint32_t control, reload, current;
} systick;
#define SYSTICK ((systick *)0xe000e010u)
#define ENABLE_INTERRUPT_PROCESSOR_CLOCK 7u

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

/* Read again where a tick came between the two reads. */
uint32_t tick_cycles(void)
{
    uint32_t before, within;
    do {
        before = ms;
        within = CYCLES_PER_MS - 1u - SYSTICK->current;
    } while (before != ms);
    return before * CYCLES_PER_MS + within;
}

void tick_sleep(void)
{
    __asm__ volatile("wfi");
}
