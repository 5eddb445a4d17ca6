/* SPDX-License-Identifier: MIT */
/* The runner on a board: start-up and console are the firmware's own (boards/bare). */
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
