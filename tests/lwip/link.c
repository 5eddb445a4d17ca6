/* SPDX-License-Identifier: MIT */
/* lwIP's tap interface, with functions on both sides that lose, double and delay packets. A seed
 * decides which. All of it runs under the core lock. */
#include <netif/tapif.h>

#include <lwip/dns.h>
#include <lwip/ethip6.h>
#include <lwip/memp.h>
#include <lwip/netif.h>
#include <lwip/stats.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include "device.h"

typedef struct {
    struct pbuf *packet;
    bool inward;
} held;

static struct netif tap_netif;
static netif_linkoutput_fn send_packet;
static uint32_t random_state = 1;
static unsigned loss_rate, twice_rate, late_rate, late_most_ms; /* of 1000 */
static unsigned lost_count, held_count;

/* xorshift32 */
static bool happens(unsigned rate)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % 1000u < rate;
}

/* Passes a packet on. As in lwIP, an inward packet is given away, an outward one is still the
 * caller's to free. */
static err_t pass(struct pbuf *packet, bool inward)
{
    if (!inward)
        return send_packet(&tap_netif, packet);
    if (ethernet_input(packet, &tap_netif) != ERR_OK)
        (void)pbuf_free(packet);
    return ERR_OK;
}

static void pass_late(void *context)
{
    held *h = context;
    (void)pass(h->packet, h->inward);
    if (!h->inward)
        (void)pbuf_free(h->packet);
    free(h);
}

static void hold(struct pbuf *packet, bool inward)
{
    held *h = malloc(sizeof *h);
    struct pbuf *copy = pbuf_clone(PBUF_RAW, PBUF_RAM, packet);
    if (h == NULL || copy == NULL)
        abort();
    *h = (held){copy, inward};
    held_count++;
    sys_timeout(1 + random_state % late_most_ms, pass_late, h);
}

/* ret: ERR_OK: the packet is lost, or a copy of it comes later; ERR_INPROGRESS: pass it on now */
static err_t meddle(struct pbuf *packet, bool inward)
{
    if (happens(loss_rate)) {
        lost_count++;
        return ERR_OK;
    }
    if (happens(twice_rate))
        hold(packet, inward);
    if (!happens(late_rate))
        return ERR_INPROGRESS;
    hold(packet, inward);
    return ERR_OK;
}

static err_t faulty_output(struct netif *netif, struct pbuf *packet)
{
    (void)netif;
    err_t error = meddle(packet, false);
    return error == ERR_INPROGRESS ? pass(packet, false) : error;
}

static err_t faulty_input(struct pbuf *packet, struct netif *netif)
{
    (void)netif;
    if (meddle(packet, true) == ERR_INPROGRESS)
        return pass(packet, true);
    (void)pbuf_free(packet);
    return ERR_OK;
}

static err_t input(struct pbuf *packet, struct netif *netif)
{
    return tcpip_inpkt(packet, netif, faulty_input);
}

void link_faults(unsigned seed, unsigned loss, unsigned twice, unsigned late, unsigned late_ms)
{
    LOCK_TCPIP_CORE();
    printf("faults %u %u\n", lost_count, held_count); /* since the last call */
    lost_count = held_count = 0;
    random_state = seed;
    loss_rate = loss;
    twice_rate = twice;
    late_rate = late;
    late_most_ms = late_ms;
    UNLOCK_TCPIP_CORE();
}

static void go_dark(void *unused)
{
    (void)unused;
    loss_rate = 1000;
}

void link_dark(uint32_t after_ms)
{
    LOCK_TCPIP_CORE();
    sys_timeout(after_ms, go_dark, NULL);
    UNLOCK_TCPIP_CORE();
}

/* This end is 10.55.0.2 and fd55::2. The other end of the tap is .1 and ::1, and has a DNS
 * server. */
static void add_tap(void)
{
    ip4_addr_t address, mask, gateway;
    ip6_addr_t address6;
    ip_addr_t server;
    IP4_ADDR(&address, 10, 55, 0, 2);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 55, 0, 1);
    if (netif_add(&tap_netif, &address, &mask, &gateway, NULL, tapif_init, input) == NULL)
        abort();
    send_packet = tap_netif.linkoutput;
    tap_netif.linkoutput = faulty_output;
    netif_set_default(&tap_netif);
    netif_set_up(&tap_netif);
    netif_create_ip6_linklocal_address(&tap_netif, 1);
    netif_ip6_addr_set_state(&tap_netif, 0, IP6_ADDR_PREFERRED);
    (void)ip6addr_aton("fd55::2", &address6);
    (void)netif_add_ip6_address(&tap_netif, &address6, NULL);
    netif_ip6_addr_set_state(&tap_netif, 1, IP6_ADDR_PREFERRED);
    ip_addr_copy_from_ip4(server, gateway);
    dns_setserver(0, &server);
}

static void started(void *context)
{
    sys_sem_signal(context);
}

void link_begin(const char *tap)
{
    sys_sem_t ready;
    if (sys_sem_new(&ready, 0) != ERR_OK)
        abort();
    tcpip_init(started, &ready);
    (void)sys_arch_sem_wait(&ready, 0);
    sys_sem_free(&ready);
    if (tap == NULL)
        return;
    if (setenv("PRECONFIGURED_TAPIF", tap, 1) != 0)
        abort();
    LOCK_TCPIP_CORE();
    add_tap();
    UNLOCK_TCPIP_CORE();
}

/* Hidden from TSan, because the heap's count has another lock than the pools'. It is called only
 * while nothing happens. */
__attribute__((no_sanitize("thread"))) void link_show(void)
{
    LOCK_TCPIP_CORE();
    printf("use heap %lu\n", (unsigned long)lwip_stats.mem.used);
    for (int i = 0; i < MEMP_MAX; i++)
        printf("use %s %lu %lu\n", lwip_stats.memp[i]->name,
               (unsigned long)lwip_stats.memp[i]->used, (unsigned long)lwip_stats.memp[i]->err);
    UNLOCK_TCPIP_CORE();
}
