/* SPDX-License-Identifier: MIT */
/* Ends the program at its deadline if a step of connecting does not return. mbedTLS checks all of a
 * peer's certificates in one step. If mbedTLS 3.6 was built without the callback for CAs, port/tls
 * cannot limit that step: a peer that is not verified yet can make it last some ten seconds.
 * A timer's signal interrupts the step and ends the program. While connecting, no byte of this
 * attempt's request was sent, so the effect that the signal handler prints is that of the
 * earlier attempts. */

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "command.h"
#include "error_format.h"
#include "stop.h"

enum {
    AGAIN_US = 250000, /* the first signal may come before deadline_hold */
    FAILURE_SIZE = 4096,
    ANSWER_SIZE = 131072, /* each byte of the longest text may take six */
    TEXT_SIZE = 32768     /* an object with a failure and all warnings that are kept, escaped */
};

/* Written before is_held is set, so that the handler finds it complete. */
static char text[TEXT_SIZE];
static size_t text_size;
static char answer[ANSWER_SIZE]; /* for stdout */
static size_t answer_size;
static int exit_code;
static volatile sig_atomic_t is_held;
static bool is_ours; /* whether deadline_start set the timer */

/* Calls only write_at_once, write and _exit, which are safe in a signal handler. */
static void end_program(int signal_number)
{
    (void)signal_number;
    if (is_held == 0)
        return;
    (void)write_at_once(text, text_size);
    bool is_told = answer_size == 0 || write(STDOUT_FILENO, answer, answer_size) > 0;
    (void)is_told; /* a failed write changes nothing: exit_code is that of a failure already */
    _exit(exit_code);
}

void deadline_start(uint32_t ms)
{
    const struct itimerval timer = {
        .it_interval = {.tv_usec = AGAIN_US},
        .it_value = {.tv_sec = (time_t)(ms / 1000u), .tv_usec = (suseconds_t)(ms % 1000u * 1000u)}};
    struct sigaction act = {.sa_handler = end_program, .sa_flags = SA_RESTART};
    struct itimerval theirs = {.it_value = {0}};
    sigset_t set;
    (void)getitimer(ITIMER_REAL, &theirs); /* set by a parent that wants to end the program */
    if (is_ours)
        theirs.it_value = (struct timeval){.tv_sec = 0};
    bool is_set = theirs.it_value.tv_sec > 0 || theirs.it_value.tv_usec > 0;
    if (is_set && theirs.it_value.tv_sec < timer.it_value.tv_sec)
        return;
    is_ours = true;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGALRM);
    (void)sigaction(SIGALRM, &act, NULL);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL); /* a parent may have blocked it */
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

/* Closes a stream in memory. Its position says nothing about bytes that did not fit.
 * ret: size of what was written; 0: it did not fit */
static size_t close_memory(FILE *to, size_t size_max)
{
    bool is_whole = fflush(to) == 0 && ferror(to) == 0;
    long size = ftell(to);
    (void)fclose(to);
    return is_whole && size > 0 && (size_t)size < size_max ? (size_t)size : 0;
}

/* Prepares what the program prints on stdout if it ends here: the result of the machine. */
static void write_answer(const options *o)
{
    FILE *to = o->stops ? fmemopen(answer, sizeof answer - 1, "w") : NULL;
    if (to == NULL)
        return;
    stop_write_result(to, o);
    answer_size = close_memory(to, sizeof answer - 1);
}

/* Replaces the text by the object of --cli-error-format json. */
static void write_object(const options *o, const emrs_result *ended)
{
    static char failure[FAILURE_SIZE];
    static emrs_result noted;
    (void)snprintf(failure, sizeof failure, "%.*s", FAILURE_SIZE - 1, text);
    noted = *ended;
    error_format_note(o, &noted);
    FILE *object = fmemopen(text, sizeof text - 1, "w");
    if (object == NULL)
        return;
    error_format_write(object, exit_code, failure);
    text_size = close_memory(object, sizeof text - 1);
}

void deadline_hold(const options *o, const emrs_client *client, const emrs_result *connecting,
                   const emrs_result *result)
{
    emrs_result ended = *result;
    char url[300], attempts[80] = "", outcome[OUTCOME_SIZE], next_step[NEXT_STEP_SIZE];
    ended.code = EMRS_E_TIMEOUT;
    if (result->attempt_count > 1)
        (void)snprintf(attempts, sizeof attempts,
                       "Attempts: %u. The error above is that of the last one.\n",
                       (unsigned)result->attempt_count);
    url_of(client, url, sizeof url);
    o->command->write_outcome(outcome, sizeof outcome, o, &ended);
    write_next_step(next_step, sizeof next_step, o, client, &ended);
    int size = snprintf(text, FAILURE_SIZE, "\nemrs: timed out while %s: %s\n%s%s%s",
                        emrs_phase_words(connecting->phase), url, attempts, outcome, next_step);
    text_size = size < FAILURE_SIZE ? (size_t)size : FAILURE_SIZE - 1;
    if (connecting != result)
        ended.code = EMRS_E_CREDENTIALS;
    exit_code = exit_code_for(o, &ended);
    write_answer(o);
    if (error_format_is_json())
        write_object(o, &ended);
    is_held = 1;
}

void deadline_release(void)
{
    is_held = 0;
}
