/* SPDX-License-Identifier: MIT */
/* A look-up is a number. The number modulo SLOT_COUNT is the index of its slot, and the slot holds
 * the number while the look-up is under way. An owner that gives up frees the slot at once, even if
 * lwIP never answers. If an answer comes later, the slot no longer holds its number, and the answer
 * is dropped. */
#include "names.h"

#include <string.h>

#include <lwip/dns.h>

#if !LWIP_DNS
#error "emrs looks names up with lwIP's DNS: set LWIP_DNS to 1 in lwipopts.h"
#endif

#if NO_SYS /* one thread, which is also lwIP's */
#define LOCK()
#define UNLOCK()
#else
#include <lwip/tcpip.h>
#if !LWIP_TCPIP_CORE_LOCKING
#error "emrs calls lwIP's DNS from other tasks: set LWIP_TCPIP_CORE_LOCKING to 1 in lwipopts.h"
#endif
#define LOCK() LOCK_TCPIP_CORE()
#define UNLOCK() UNLOCK_TCPIP_CORE()
#endif

enum { SLOT_COUNT = 4, NUMBER_MAX = 0x7ffffff };

typedef struct {
    int look_up; /* 0: the slot is free */
    emrs_report report;
    ip_addr_t address;
} slot;

static slot slots[SLOT_COUNT]; /* under the core lock, which lwIP holds when it calls back */
static int number;

static slot *slot_of(int look_up)
{
    slot *s = &slots[(unsigned)look_up % SLOT_COUNT];
    return look_up > 0 && s->look_up == look_up ? s : NULL;
}

/* A number is used again after 2^27 look-ups, long after lwIP has forgotten the first one. */
static slot *take_slot(void)
{
    int index = 0;
    while (index < SLOT_COUNT && slots[index].look_up != 0)
        index++;
    if (index == SLOT_COUNT)
        return NULL;
    number = number % NUMBER_MAX + 1;
    slots[index].look_up = number * SLOT_COUNT + index;
    slots[index].report = emrs_report_of(EMRS_NEWS_PENDING);
    return &slots[index];
}

/* Stores the outcome. lwIP reports the same error for a name that does not exist, a server that
 * failed and a server that is silent. */
static void settle(slot *s, const ip_addr_t *address, err_t error)
{
    s->report = emrs_failed(EMRS_REASON_NAME_FAILED, error);
    if (address == NULL)
        return;
    s->address = *address;
    s->report = emrs_connected(EMRS_PEER_UNVERIFIED);
}

static void found(const char *name, const ip_addr_t *address, void *argument)
{
    slot *s = slot_of((int)(intptr_t)argument);
    (void)name;
    if (s != NULL)
        settle(s, address, ERR_OK);
}

/* Whether the host is an IPv6 address, and lwIP was built without IPv6. lwIP would send it to the
 * DNS servers as a name. */
static bool is_foreign(const char *host)
{
    return !LWIP_IPV6 && strchr(host, ':') != NULL;
}

/* Asks lwIP, which may call back before it returns.      ret: whether lwIP has room */
static bool ask(slot *s, const char *host)
{
    ip_addr_t address;
    err_t error = is_foreign(host)
                      ? ERR_VAL
                      : dns_gethostbyname(host, &address, found, (void *)(intptr_t)s->look_up);
    if (error != ERR_INPROGRESS)
        settle(s, error == ERR_OK ? &address : NULL, error);
    return error != ERR_MEM;
}

int emrs_lwip_look_up(const char *host)
{
    int look_up = -1;
    LOCK();
    slot *s = take_slot();
    if (s != NULL) {
        look_up = ask(s, host) ? s->look_up : -1;
        if (look_up < 0)
            s->look_up = 0;
    }
    UNLOCK();
    return look_up;
}

emrs_report emrs_lwip_look_up_result(int look_up, ip_addr_t *address)
{
    emrs_report report = emrs_failed(EMRS_REASON_NAME_FAILED, ERR_ARG); /* ended, or never begun */
    LOCK();
    slot *s = slot_of(look_up);
    if (s != NULL) {
        report = s->report;
        if (report.news == EMRS_NEWS_CONNECTED)
            *address = s->address;
        if (report.news != EMRS_NEWS_PENDING)
            s->look_up = 0;
    }
    UNLOCK();
    return report;
}

void emrs_lwip_look_up_drop(int look_up)
{
    LOCK();
    slot *s = slot_of(look_up);
    if (s != NULL)
        s->look_up = 0;
    UNLOCK();
}
