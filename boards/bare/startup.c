/* SPDX-License-Identifier: MIT */
/* From reset to main, for any Cortex-M: vectors, memory, the painted stack. */
#include "board.h"
#include "marks.h"
#include "tick.h"

int main(void);

enum { EXIT_FAULT = 99 };

static void fault(void)
{
    board_write("fault: the processor stopped (a stack that overflows ends here)\n");
    board_exit(EXIT_FAULT);
    for (;;) {
    }
}

void reset(void)
{
    for (uint32_t *to = link_data_low, *from = link_data_load; to < link_data_high;)
        *to++ = *from++;
    for (uint32_t *to = link_bss_low; to < link_bss_high;)
        *to++ = 0;
    marks_paint_stack();
    board_exit(main());
    for (;;) {
    }
}

typedef void (*vector)(void);

/* The stack's top, then the system exceptions up to SysTick; no interrupt is ever enabled. */
__attribute__((section(".vectors"), used)) static const struct {
    const void *stack;
    vector exceptions[15];
} vectors = {link_stack_high,
             {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
              fault, fault, tick_interrupt}};
