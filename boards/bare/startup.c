/* SPDX-License-Identifier: MIT */
/* From reset to main, for any Cortex-M: vectors, memory, the painted stack. */
#include "startup.h"

#include "board.h"
#include "tick.h"

#define PAINT 0xc0dec0deu

enum { EXIT_FAULT = 99, OWN_WORDS = 16 /* of the stack: this function's frame */ };

int main(void);
void reset(void);

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
    for (size_t i = 0; i < stack_size() / sizeof(uint32_t) - OWN_WORDS; i++)
        link_stack_low[i] = PAINT;
    board_exit(main());
    for (;;) {
    }
}

size_t stack_size(void)
{
    return (size_t)((char *)link_stack_high - (char *)link_stack_low);
}

size_t stack_used(void)
{
    const uint32_t *at = link_stack_low;
    while (at < link_stack_high && *at == PAINT)
        at++;
    return (size_t)((char *)link_stack_high - (const char *)at);
}

typedef void (*vector)(void);

/* The stack's top, then the system exceptions up to SysTick; no interrupt is ever enabled. */
__attribute__((section(".vectors"), used)) static const struct {
    const void *stack;
    vector exceptions[15];
} vectors = {link_stack_high,
             {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
              fault, fault, tick_interrupt}};
