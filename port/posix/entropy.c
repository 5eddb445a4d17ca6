/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* for getentropy, which is in POSIX only since 2024 */
#include "emrs_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/random.h>
#include <sys/stat.h>
#endif

enum { PIECE_SIZE = 256, PAUSE_NS = 10000000 }; /* the kernel never gives a part of so few bytes */

#if defined(GRND_NONBLOCK)
/* Opens /dev/urandom, for a kernel that is older than its C library. */
static int open_device(void)
{
    struct stat status;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISCHR(status.st_mode))
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* Reads from the device, which gives a piece of this size whole. */
static int read_device(unsigned char *bytes, size_t size)
{
    int fd = open_device();
    ssize_t got = -1;
    if (fd < 0)
        return -1;
    do
        got = read(fd, bytes, size);
    while (got < 0 && errno == EINTR);
    (void)close(fd);
    return got == (ssize_t)size ? 0 : -1;
}

static int draw(unsigned char *bytes, size_t size)
{
    ssize_t got;
    do
        got = getrandom(bytes, size, GRND_NONBLOCK);
    while (got < 0 && errno == EINTR);
    if (got == (ssize_t)size)
        return 0;
    if (got >= 0 || errno == EAGAIN)
        return EMRS_RANDOM_LATER;
    return errno == ENOSYS ? read_device(bytes, size) : -1;
}
#else
/* Waits until the kernel is seeded, even past a deadline. */
static int draw(unsigned char *bytes, size_t size)
{
    return getentropy(bytes, size) == 0 ? 0 : -1;
}
#endif

int emrs_posix_random(void *unused, unsigned char *bytes, size_t size)
{
    const struct timespec pause = {0, PAUSE_NS};
    int code = 0;
    (void)unused;
    while (size > 0 && code == 0) {
        size_t now = size < PIECE_SIZE ? size : PIECE_SIZE;
        code = draw(bytes, now);
        bytes += now;
        size -= now;
    }
    if (code == EMRS_RANDOM_LATER) /* pause, so that the caller's loop does not spin */
        (void)nanosleep(&pause, NULL);
    return code;
}
