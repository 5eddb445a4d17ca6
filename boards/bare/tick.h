/* SPDX-License-Identifier: MIT */
/* Time since start, from the processor's SysTick: in milliseconds, and in cycles. */
#ifndef EMRS_BARE_TICK_H
#define EMRS_BARE_TICK_H

#include <stdint.h>

void tick_start(void);
void tick_interrupt(void);
uint32_t tick_ms(void);     /* wraps */
uint32_t tick_cycles(void); /* of BOARD_CPU_HZ; wraps */
uint32_t tick_us(uint32_t cycles);
void tick_sleep(void); /* sleeps until the next tick at the latest */

#endif
