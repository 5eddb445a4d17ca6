/* SPDX-License-Identifier: MIT */
/* From reset to main: vectors, memory, the painted stack. It sets up no FPU and no clock: a board
 * that needs an FPU or a faster clock sets them up before it calls emrs. Cortex-M0, M0+ and M3 have
 * no FPU; if the processor is an M4 or later, build for soft float. */
#include "startup.h"

#include "board.h"
#include "tick.h"

#define PAINT 0xc0dec0deu
#define VECTOR_TABLE (*(volatile uint32_t *)0xe000ed08u) /* Armv7-M manual, B3.2.5 */

enum { EXIT_FAULT = 99 };

int main(void);
void reset(void);
void fault_on_fresh_stack(void);

/* `used`, because only the assembler code below calls it, which the compiler does not read. */
__attribute__((used, noreturn)) void fault_on_fresh_stack(void)
{
    board_write("fault: the processor stopped (a stack that overflows ends here)\n");
    board_exit(EXIT_FAULT);
    for (;;) {
    }
}

/* After an overflow the stack has no room for a call, so the handler first resets the stack
 * pointer. */
__attribute__((naked)) static void fault(void)
{
    __asm__ volatile("ldr r0, =link_stack_high\n"
                     "msr msp, r0\n"
                     "ldr r0, =fault_on_fresh_stack\n"
                     "bx r0\n"
                     ".ltorg\n");
}

/* Paints the free part of the stack: all below the frame of the caller, into which it is
 * inlined. */
static inline void paint_stack(void)
{
    const uint32_t *end;
    __asm__ volatile("mov %0, sp" : "=r"(end));
    for (uint32_t *at = link_stack_low; at < end;)
        *at++ = PAINT;
}

void reset(void)
{
    for (uint32_t *to = link_data_low, *from = link_data_load; to < link_data_high;)
        *to++ = *from++;
    for (uint32_t *to = link_bss_low; to < link_bss_high;)
        *to++ = 0;
    VECTOR_TABLE = (uint32_t)link_flash_low; /* a boot loader may have set its own table */
    paint_stack();
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

/* The top of the stack, then the system exceptions up to SysTick. No other interrupt is
 * enabled. */
__attribute__((section(".vectors"), used)) static const struct {
    const void *stack;
    vector exceptions[15];
} vectors = {link_stack_high,
             {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault,
              fault, fault, tick_interrupt}};
