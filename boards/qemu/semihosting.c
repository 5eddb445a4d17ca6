/* SPDX-License-Identifier: MIT */
/* The board's services through semihosting, which only an emulator or a debugger has: console,
 * settings at boot, files, entropy, exit. A product has its own file instead: on real hardware
 * without a debugger, bkpt causes a fault. */
#include "board.h"

#include <string.h>

/* Semihosting for AArch32, version 3: r0 is the operation's number, r1 the address of its
 * parameters. */
enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE0 = 0x04,
    SYS_READ = 0x06,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT_EXTENDED = 0x20
};
enum { MODE_READ_BINARY = 1, STOPPED_APPLICATION_EXIT = 0x20026 };

static int32_t ask(uint32_t operation, const void *parameters)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameters;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}

void board_write(const char *line)
{
    (void)ask(SYS_WRITE0, line);
}

void board_arguments(char *words, size_t size)
{
    struct {
        char *words;
        uint32_t size;
    } parameters = {words, (uint32_t)size};
    if (ask(SYS_GET_CMDLINE, &parameters) != 0)
        words[0] = '\0';
}

/* ret: bytes read; -1: it cannot be opened or read */
static int read_file(const char *path, void *bytes, size_t size)
{
    const struct {
        const char *path;
        uint32_t mode, size;
    } open = {path, MODE_READ_BINARY, (uint32_t)strlen(path)};
    int32_t file = ask(SYS_OPEN, &open);
    if (file < 0)
        return -1;
    const struct {
        int32_t file;
        void *bytes;
        uint32_t size;
    } read = {file, bytes, (uint32_t)size};
    int32_t left = ask(SYS_READ, &read); /* how many of the requested bytes were not read */
    const struct {
        int32_t file;
    } close = {file};
    (void)ask(SYS_CLOSE, &close);
    return left >= 0 && (uint32_t)left <= size ? (int)(size - (uint32_t)left) : -1;
}

int board_read_file(const char *path, void *bytes, size_t size)
{
    int got = read_file(path, bytes, size);
    return (size_t)got < size ? got : -1; /* if the buffer is full, the file may be longer */
}

/* The emulated boards have no entropy source, so they use the host's. */
int board_entropy(void *unused, unsigned char *bytes, size_t size)
{
    static bool told;
    (void)unused;
    if (!told)
        board_write("entropy: the emulator's host, by /dev/urandom\n");
    told = true;
    return read_file("/dev/urandom", bytes, size) == (int)size ? 0 : -1;
}

/* Not inlined, so that a test can stop here with the debugger and search the memory. */
__attribute__((noinline)) void board_exit(int code)
{
    const struct {
        uint32_t reason, code;
    } parameters = {STOPPED_APPLICATION_EXIT, (uint32_t)code};
    (void)ask(SYS_EXIT_EXTENDED, &parameters);
}

/* No watchdog is emulated. A board with a watchdog writes its register here. */
void board_watchdog_feed(void)
{
}
