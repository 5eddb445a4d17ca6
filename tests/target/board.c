/* SPDX-License-Identifier: MIT */
/* The test runner on a board. The start-up code is that of the firmware
 * (boards/bare), the console that of the emulated boards (boards/qemu). */
#include "board.h"
#include "target.h"

void target_say(const char *text)
{
    board_write(text);
}

int main(void)
{
    char *low = (char *)link_free_low, *high = (char *)link_free_high;
    return target_run(low, (size_t)(high - low)) > 0;
}
