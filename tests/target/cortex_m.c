/* SPDX-License-Identifier: MIT */
/* The runner on a bare Cortex-M under an emulator: start, semihosting, nothing else. An image of
 * its own, for as long as the boards have no start-up code to share. */
#include <stdint.h>

#include "target.h"

extern uint32_t link_data_from[], link_data[], link_data_end[], link_bss[], link_bss_end[];
extern uint32_t link_stack_end[];
extern char link_window[], link_window_end[]; /* all the RAM that is left */

int main(void);

/* Arm's semihosting, version 2: operations by number, an argument or a block of them */
enum { WRITE0 = 0x04, EXIT_EXTENDED = 0x20, STOPPED_EXIT = 0x20026 };

static void semihost(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void target_say(const char *text)
{
    semihost(WRITE0, text);
}

static void leave(uint32_t status)
{
    const uint32_t block[] = {STOPPED_EXIT, status};
    for (;;)
        semihost(EXIT_EXTENDED, block);
}

int main(void)
{
    return target_run(link_window, (size_t)(link_window_end - link_window)) > 0;
}

static void reset(void)
{
    const uint32_t *from = link_data_from;
    for (uint32_t *at = link_data; at < link_data_end;)
        *at++ = *from++;
    for (uint32_t *at = link_bss; at < link_bss_end;)
        *at++ = 0;
    leave((uint32_t)main());
}

/* No interrupt is ever enabled: whatever comes here is a fault. */
static void fault(void)
{
    target_say("Bail out! a fault of the processor\n");
    leave(99);
}

__attribute__((section(".vectors"), used)) const struct {
    uint32_t *stack;
    void (*handlers[15])(void);
} vectors = {link_stack_end, {reset, fault, fault, fault, fault, fault}};
