/* SPDX-License-Identifier: MIT */
/* Keeps this process's memory, which holds secrets, from being written to a core file or read by
 * another process of the same user. */
#include "host.h"

#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

void protect_memory(void)
{
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = 0; /* not rlim_max: only root could raise it again, also in a child */
        (void)setrlimit(RLIMIT_CORE, &core);
    }
#ifdef __linux__
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
