/* SPDX-License-Identifier: MIT */
/* The only source of random numbers in a simulation. The same seed gives the same run. */
#ifndef EMRS_TESTS_SIM_RANDOM_H
#define EMRS_TESTS_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} chance;

/* S. Vigna, "splitmix64": neighbouring seeds have nothing in common. */
static inline uint64_t chance_next(chance *c)
{
    uint64_t z = c->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* ret: 0 to count - 1 */
static inline uint32_t chance_below(chance *c, uint32_t count)
{
    return (uint32_t)((chance_next(c) >> 32) * count >> 32);
}

static inline bool chance_one_in(chance *c, uint32_t count)
{
    return chance_below(c, count) == 0;
}

#endif
