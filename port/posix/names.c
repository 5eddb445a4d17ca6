/* SPDX-License-Identifier: MIT */
/* getaddrinfo has no deadline: it blocks for as long as the resolver's own time-outs last. So it
 * runs in a thread, on memory of this file (the slots), which stays valid if the caller gives
 * up. */
#define _GNU_SOURCE /* EAI_NODATA; without it the file is POSIX.1-2008 */
#include "names.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SLOT_COUNT = 4 };

typedef enum { FREE, RUNNING, FOUND, ABANDONED } slot_state;

typedef struct {
    slot_state state;
    char host[EMRS_HOST_SIZE_MAX + 1u], service[6];
    emrs_address addresses[EMRS_ADDRESS_COUNT_MAX];
    int address_count, error; /* error: EAI_* */
} slot;

static slot slots[SLOT_COUNT];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t found;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Waits use the monotonic clock: a wait on the wall clock would change when that clock is set. */
static void make_condition(void)
{
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&found, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static void look_up(slot *s, int flags)
{
    struct addrinfo hints = {.ai_flags = flags | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM},
                    *list = NULL;
    s->address_count = 0;
    s->error = getaddrinfo(s->host, s->service, &hints, &list);
    if (s->error != 0)
        return;
    for (struct addrinfo *at = list; at != NULL && s->address_count < EMRS_ADDRESS_COUNT_MAX;
         at = at->ai_next)
        if (at->ai_addrlen <= sizeof(emrs_address))
            memcpy(&s->addresses[s->address_count++], at->ai_addr, at->ai_addrlen);
    freeaddrinfo(list);
}

static void *run(void *context)
{
    slot *s = context;
    look_up(s, 0);
    (void)pthread_mutex_lock(&lock);
    s->state = s->state == ABANDONED ? FREE : FOUND;
    (void)pthread_cond_broadcast(&found);
    (void)pthread_mutex_unlock(&lock);
    return NULL;
}

/* Blocks all signals in the thread: they are for the application's threads. */
static int start_thread(slot *s)
{
    pthread_t thread;
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    int error = pthread_create(&thread, NULL, run, s);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        (void)pthread_detach(thread);
    return error;
}

static void set_state(slot *s, slot_state state)
{
    (void)pthread_mutex_lock(&lock);
    s->state = state;
    (void)pthread_mutex_unlock(&lock);
}

static int take_slot(void)
{
    int index = 0;
    (void)pthread_mutex_lock(&lock);
    while (index < SLOT_COUNT && slots[index].state != FREE)
        index++;
    if (index < SLOT_COUNT)
        slots[index].state = RUNNING;
    (void)pthread_mutex_unlock(&lock);
    return index < SLOT_COUNT ? index : -1;
}

int emrs_posix_look_up(const char *host, uint16_t port)
{
    (void)pthread_once(&once, make_condition);
    int index = take_slot();
    if (index < 0)
        return -1;
    slot *s = &slots[index];
    (void)snprintf(s->host, sizeof s->host, "%s", host);
    (void)snprintf(s->service, sizeof s->service, "%u", (unsigned)port);
    look_up(s, AI_NUMERICHOST); /* an address needs no resolver */
    if (s->error == 0) {
        set_state(s, FOUND);
        return index;
    }
    if (start_thread(s) != 0) {
        s->error = EAI_MEMORY;
        set_state(s, FOUND);
    }
    return index;
}

/* A name without addresses will have none next time either. EAI_FAIL does not mean that: a
 * forwarder that has no server yet refuses every query. */
static emrs_reason reason_of(int error)
{
#ifdef EAI_NODATA
    if (error == EAI_NODATA)
        return EMRS_REASON_NAME_UNKNOWN;
#endif
    if (error == EAI_NONAME)
        return EMRS_REASON_NAME_UNKNOWN;
    return error == EAI_MEMORY ? EMRS_REASON_RESOURCE : EMRS_REASON_NAME_FAILED;
}

emrs_report emrs_posix_look_up_wait(int index, uint32_t until_ms, emrs_address addresses[])
{
    slot *s = &slots[index];
    struct timespec end;
    int wait_ms = emrs_wait_ms(emrs_posix_now(NULL).ms, until_ms), error = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += wait_ms * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    (void)pthread_mutex_lock(&lock);
    while (s->state == RUNNING && error == 0)
        error = pthread_cond_timedwait(&found, &lock, &end);
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    if (s->state == FOUND) {
        memcpy(addresses, s->addresses, sizeof s->addresses);
        report = s->error != 0          ? emrs_failed(reason_of(s->error), s->error)
                 : s->address_count > 0 ? emrs_moved(EMRS_NEWS_CONNECTED, (size_t)s->address_count)
                                        : emrs_failed(EMRS_REASON_NAME_FAILED, 0);
        s->state = FREE;
    }
    (void)pthread_mutex_unlock(&lock);
    return report;
}

void emrs_posix_look_up_drop(int index)
{
    (void)pthread_mutex_lock(&lock);
    slots[index].state = slots[index].state == RUNNING ? ABANDONED : FREE;
    (void)pthread_mutex_unlock(&lock);
}
