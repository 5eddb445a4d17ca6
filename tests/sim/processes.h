/* SPDX-License-Identifier: MIT */
/* Runs a simulation in several processes. Usage of such a program: [SEED [COUNT [PROCESSES]]] */
#ifndef EMRS_TESTS_SIM_PROCESSES_H
#define EMRS_TESTS_SIM_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t seed, count;
    unsigned process_count;
} simulation;

simulation simulation_read(int count, char *words[]);

/* ret: zeroed memory that all processes share */
void *simulation_shared(size_t size);

/* Calls `work` in each of the processes, with its number from 0 on, and waits for their ends.
 * ret: whether all have succeeded */
bool simulation_run(const simulation *s, void (*work)(const simulation *s, unsigned process));

#endif
