/* SPDX-License-Identifier: MIT */
#include "processes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

simulation simulation_read(int count, char *words[])
{
    simulation s = {.seed = count > 1 ? strtoull(words[1], NULL, 10) : 1,
                    .count = count > 2 ? strtoull(words[2], NULL, 10) : 100000,
                    .process_count = count > 3 ? (unsigned)strtoul(words[3], NULL, 10) : 1};
    if (s.process_count < 1 || s.process_count > 64 || s.count < s.process_count)
        s.process_count = 1;
    return s;
}

void *simulation_shared(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        exit(2);
    return at;
}

bool simulation_run(const simulation *s, void (*work)(const simulation *s, unsigned process))
{
    for (unsigned i = 0; i < s->process_count; i++) {
        if (fork() != 0)
            continue;
        work(s, i);
        fflush(stdout);
        _exit(0);
    }
    bool succeeds = true;
    for (int status; wait(&status) > 0;)
        succeeds = succeeds && status == 0;
    return succeeds;
}
