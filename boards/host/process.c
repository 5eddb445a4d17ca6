/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emrs_posix.h"
#include "emrs_text.h"
#include "host.h"
#include "words.h"

enum {
    COMMAND_SIZE = 16384,
    WORD_COUNT = 512,
    ERRORS_SIZE = 800,
    TICK_MS = 100,   /* time between two checks whether the program has ended */
    GRACE_MS = 1000, /* for a program that is told to end: it may have to restore a terminal */
    FD_COUNT_MAX = 1 << 20 /* of file descriptors to close, if the system has no lower limit */
};

extern char **environ;

static char answer[PROCESS_ANSWER_SIZE_MAX + 1], room[COMMAND_SIZE];

/* A program that runs, and what it has printed so far */
typedef struct {
    pid_t pid;
    bool has_group, is_told; /* is_told: whether it was told to end */
    int out, errors;         /* file descriptors; -1: at the end */
    size_t out_size, errors_size;
    char errors_text[ERRORS_SIZE];
    int status; /* of waitpid */
} child;

/* Writes why it failed.      ret: false */
static bool fail(process_result *result, const char *what, const char *more)
{
    (void)snprintf(result->why, sizeof result->why, "%s%s", what, more);
    return false;
}

static bool split(emrs_text command, char **words, process_result *result)
{
    size_t count = 0;
    words_result got = command.size < COMMAND_SIZE
                           ? words_split(command, room, COMMAND_SIZE, words, WORD_COUNT, &count)
                           : WORDS_TOO_MANY;
    if (got == WORDS_NO_QUOTE)
        return fail(result, "has a quotation mark without a second one", "");
    if (got == WORDS_NO_ESCAPED)
        return fail(result, "ends with a backslash", "");
    if (got == WORDS_TOO_MANY)
        return fail(result, "is too long: 16 KB and 511 words are allowed", "");
    return count > 0 || fail(result, "is empty", "");
}

/* Lets exec close all other file descriptors, also those that a parent process left open. */
static void close_others_on_exec(void)
{
    long count = sysconf(_SC_OPEN_MAX);
    if (count < 0 || count > FD_COUNT_MAX)
        count = FD_COUNT_MAX;
    for (int fd = STDERR_FILENO + 1; fd < (int)count; fd++)
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* fails for one that is not open */
}

/* ret: whether this program is in the foreground of a terminal. If so, the program that it starts
 *      must stay in its process group, to be able to read from the terminal */
static bool is_in_foreground(void)
{
    int terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool is_ours = terminal >= 0 && tcgetpgrp(terminal) == getpgrp();
    if (terminal >= 0)
        (void)close(terminal);
    return is_ours;
}

/* The signals that main.c ignores get their default action in the program. With has_group it gets a
 * process group of its own.      ret: 0, or an errno */
static int set_attributes(posix_spawnattr_t *attributes, bool has_group)
{
    sigset_t usual;
    (void)sigemptyset(&usual);
    (void)sigaddset(&usual, SIGPIPE);
    (void)sigaddset(&usual, SIGXFSZ);
    short flags = POSIX_SPAWN_SETSIGDEF;
    if (has_group)
        flags = (short)(flags | POSIX_SPAWN_SETPGROUP);
    int code = posix_spawnattr_setsigdefault(attributes, &usual);
    if (code == 0)
        code = posix_spawnattr_setpgroup(attributes, 0);
    return code != 0 ? code : posix_spawnattr_setflags(attributes, flags);
}

/* ret: 0, or an errno */
static int spawn(child *c, char **words, const int out[2], const int errors[2])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        code = set_attributes(&attributes, c->has_group);
        if (code == 0)
            code = posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        if (code == 0)
            code = posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
        if (code == 0)
            code = posix_spawnp(&c->pid, words[0], &actions, &attributes, words, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* ret: 0, or an errno */
static int start(child *c, char **words)
{
    int out[2], errors[2];
    if (pipe(out) != 0)
        return errno;
    if (pipe(errors) != 0) {
        int code = errno;
        (void)close(out[0]);
        (void)close(out[1]);
        return code;
    }
    (void)signal(SIGCHLD, SIG_DFL); /* if it were ignored, there would be no exit status */
    (void)fcntl(out[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(errors[0], F_SETFL, O_NONBLOCK);
    close_others_on_exec();
    c->has_group = !is_in_foreground();
    int code = spawn(c, words, out, errors);
    (void)close(out[1]);
    (void)close(errors[1]);
    c->out = out[0];
    c->errors = errors[0];
    return code;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static bool is_failure(ssize_t got)
{
    return got < 0 && errno != EAGAIN && errno != EINTR;
}

/* Reads once from the pipe, and closes it at its end. Bytes beyond `most` are dropped.
 * ret: whether to read again at once. Not if `most` is reached: then the caller must check the
 *      deadline first, since the program may print without end */
static bool drain(int *fd, char *bytes, size_t most, size_t *size)
{
    char dropped[1024];
    bool is_full = *size >= most;
    size_t left = is_full ? sizeof dropped : most - *size;
    ssize_t got = read(*fd, is_full ? dropped : bytes + *size, left);
    if (is_full)
        emrs_wipe(dropped, sizeof dropped);
    if (got == 0 || is_failure(got))
        close_end(fd);
    if (got <= 0 || is_full)
        return false;
    *size += (size_t)got;
    return true;
}

static void drain_both(child *c)
{
    while (c->out >= 0 && drain(&c->out, answer, sizeof answer, &c->out_size))
        ;
    while (c->errors >= 0
           && drain(&c->errors, c->errors_text, sizeof c->errors_text - 1, &c->errors_size))
        ;
}

static void send_signal(const child *c, int number)
{
    (void)kill(c->has_group ? -c->pid : c->pid, number);
}

/* Sends SIGTERM to the program, after a signal that ends this command.
 * ret: when to wait no longer */
static uint32_t tell_to_end(child *c, uint32_t until_ms)
{
    uint32_t now_ms = emrs_posix_now(NULL).ms;
    c->is_told = true;
    send_signal(c, SIGTERM);
    return emrs_left_ms(now_ms, until_ms) < GRACE_MS ? until_ms : now_ms + GRACE_MS;
}

/* Waits until the program prints something, or until it is time to check again. */
static void wait_for_output(const child *c, uint32_t left_ms)
{
    struct pollfd ends[] = {{.fd = c->out, .events = POLLIN}, {.fd = c->errors, .events = POLLIN}};
    (void)poll(ends, 2, left_ms < TICK_MS ? (int)left_ms : TICK_MS);
}

/* Reads until the program has ended. It does not wait for the end of the pipes: a process that the
 * program left behind may hold them open.
 * ret: false: it took too long, or printed too much */
static bool follow(child *c, uint32_t until_ms)
{
    for (;;) {
        pid_t ended = waitpid(c->pid, &c->status, WNOHANG);
        drain_both(c);
        if (ended == c->pid)
            return true;
        if (is_interrupted() && !c->is_told)
            until_ms = tell_to_end(c, until_ms);
        uint32_t left_ms = emrs_left_ms(emrs_posix_now(NULL).ms, until_ms);
        if (left_ms == 0 || ended < 0 || c->out_size > PROCESS_ANSWER_SIZE_MAX)
            return false;
        wait_for_output(c, left_ms);
    }
}

static void stop(const child *c)
{
    int status;
    send_signal(c, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
}

/* Masks in the program's stderr what it also printed on stdout, which may be a secret. Removes
 * white space at the end. */
static void clean_errors(child *c)
{
    const emrs_credentials secrets = {.session_token = {answer, c->out_size}};
    emrs_text errors = {c->errors_text, c->errors_size};
    while (errors.size > 0 && !emrs_is_printable(errors.bytes[errors.size - 1]))
        errors.size--;
    emrs_mask_secrets(&secrets, errors);
    c->errors_text[errors.size] = '\0';
}

static bool judge(child *c, process_result *result)
{
    char what[80];
    if (c->out_size > PROCESS_ANSWER_SIZE_MAX)
        return fail(result, "printed more than 64 KB", "");
    if (WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0)
        return true;
    if (WIFEXITED(c->status))
        (void)snprintf(what, sizeof what, "ended with exit status %d", WEXITSTATUS(c->status));
    else
        (void)snprintf(what, sizeof what, "was ended by signal %d", WTERMSIG(c->status));
    clean_errors(c);
    if (*c->errors_text == '\0')
        return fail(result, what, "");
    (void)snprintf(result->why, sizeof result->why, "%s: %s", what, c->errors_text);
    return false;
}

bool process_run(emrs_text command, uint32_t limit_ms, process_result *result)
{
    static char *words[WORD_COUNT];
    child c = {.out = -1, .errors = -1};
    uint32_t until_ms = emrs_posix_now(NULL).ms + limit_ms;
    char seconds[40];
    if (!split(command, words, result))
        return false;
    int code = start(&c, words);
    if (code != 0) {
        close_end(&c.out);
        close_end(&c.errors);
        return fail(result, "cannot be started: ", strerror(code));
    }
    bool has_ended = follow(&c, until_ms);
    if (!has_ended)
        stop(&c);
    close_end(&c.out);
    close_end(&c.errors);
    (void)snprintf(seconds, sizeof seconds, "%u s", (unsigned)((limit_ms + 999u) / 1000u));
    result->answer = (emrs_text){answer, c.out_size};
    bool is_good = has_ended || c.out_size > PROCESS_ANSWER_SIZE_MAX
                       ? judge(&c, result)
                       : fail(result, "did not end within ", seconds);
    emrs_wipe(c.errors_text, sizeof c.errors_text);
    if (c.is_told && !is_good)
        return fail(result, "was ended, because a signal interrupted this command", "");
    return is_good;
}

void process_wipe(void)
{
    emrs_wipe(answer, sizeof answer);
    emrs_wipe(room, sizeof room); /* a word may be a secret */
}
