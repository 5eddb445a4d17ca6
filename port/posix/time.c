/* SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L
#include "emrs_posix.h"

#include <poll.h>
#include <time.h>

emrs_now emrs_posix_now(void *unused)
{
    struct timespec monotonic = {0, 0}, utc = {0, 0};
    (void)unused;
    (void)clock_gettime(CLOCK_MONOTONIC, &monotonic);
    if (clock_gettime(CLOCK_REALTIME, &utc) != 0 || utc.tv_sec < 0
        || (uint64_t)utc.tv_sec > UINT32_MAX)
        utc.tv_sec = 0;
    uint64_t ms = (uint64_t)monotonic.tv_sec * 1000u + (uint64_t)monotonic.tv_nsec / 1000000u;
    /* The nanoseconds differ even on devices that fail at the same time. The factor (2^32 divided
     * by the golden ratio) spreads them over all 32 bits. */
    uint32_t random = (uint32_t)monotonic.tv_nsec * 2654435769u;
    return (emrs_now){(uint32_t)ms, (uint32_t)utc.tv_sec, random};
}

void emrs_posix_wait(void *unused, uint32_t until_ms)
{
    (void)unused;
    (void)poll(NULL, 0, emrs_wait_ms(emrs_posix_now(NULL).ms, until_ms));
}
