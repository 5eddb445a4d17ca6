/* SPDX-License-Identifier: MIT */
#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* /dev/urandom rather than getrandom(2): the same kernel source, and in every POSIX system. */
int emrs_posix_random(void *unused, unsigned char *bytes, size_t size)
{
    (void)unused;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (size > 0) {
        ssize_t got = read(fd, bytes, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        bytes += got;
        size -= (size_t)got;
    }
    (void)close(fd);
    return size == 0 ? 0 : -1;
}
