/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/mem.h>
#include <lwip/memp.h>
#include <lwip/stats.h>
#include <lwip/timeouts.h>

enum { QUEUE_COUNT = 4096, LATENCY_MS = 1, HEADERS_SIZE = 60 };

typedef struct {
    uint8_t bytes[FRAME_SIZE_MAX + 200];
    size_t size; /* 0: free */
    uint32_t due_ms;
    bool to_device;
} frame;

wire_state wire = {.random = 1, .memory_left = -1};
struct netif wire_netif;

static frame *frames[QUEUE_COUNT]; /* on their way, in the order in which they left */
static int frame_count;

/* Random numbers, time, failed assertions */

uint32_t random_word(void)
{
    wire.random ^= wire.random << 13;
    wire.random ^= wire.random >> 17;
    wire.random ^= wire.random << 5;
    return wire.random;
}

uint32_t wire_chance(uint32_t below)
{
    return random_word() % below;
}

u32_t sys_now(void)
{
    return wire.ms;
}

void wire_broken(const char *what)
{
    fprintf(stderr, "lwIP: %s\n", what);
    abort();
}

uint16_t net_dns_port(void)
{
    return 53;
}

/* Memory, if it comes from malloc. Timers always get theirs, as lwIP needs them: with pools they
 * have their own pool. */

void *wire_malloc(size_t size)
{
    bool is_timer = size == sizeof(struct sys_timeo);
    void *memory = wire.memory_left == 0 && !is_timer ? NULL : malloc(size);
    if (wire.memory_left > 0 && !is_timer)
        wire.memory_left--;
    wire.memory_used += memory != NULL;
    return memory;
}

void *wire_calloc(size_t count, size_t size)
{
    void *memory = wire_malloc(count * size);
    return memory == NULL ? NULL : memset(memory, 0, count * size);
}

void wire_free(void *memory)
{
    wire.memory_used -= memory != NULL;
    free(memory);
}

/* Measured by the largest block that lwIP's own heap can allocate, because its statistics are wrong
 * after mem_trim. */
static long heap_in_use(void)
{
    long size = MEM_CUSTOM_ALLOCATOR ? 0 : MEM_SIZE;
    void *memory = NULL;
    while (size > 0 && (memory = mem_malloc((mem_size_t)size)) == NULL)
        size -= MEM_ALIGNMENT;
    if (memory != NULL)
        mem_free(memory);
    return MEM_SIZE - size;
}

long wire_in_use(void)
{
    long used = wire.memory_used + heap_in_use();
    for (int i = 0; i < MEMP_MAX; i++)
        used += (long)lwip_stats.memp[i]->used;
    return used;
}

/* Frames */

static void put_frame(const uint8_t *bytes, size_t size, bool to_device)
{
    uint32_t due_ms = wire.ms + LATENCY_MS;
    if (frame_count == QUEUE_COUNT)
        wire_broken("the test's own wire is full");
    if (wire_chance(PER_MILLE) < wire.faults.late)
        due_ms += wire_chance(wire.faults.late_ms + 1);
    frame *f = malloc(sizeof *f);
    if (f == NULL)
        wire_broken("no memory for the test");
    memcpy(f->bytes, bytes, size);
    f->size = size;
    f->due_ms = due_ms;
    f->to_device = to_device;
    if (wire_chance(PER_MILLE) < wire.faults.corrupt)
        f->bytes[14 + wire_chance((uint32_t)size - 14)] ^= (uint8_t)(1u << wire_chance(8));
    frames[frame_count++] = f;
}

static void carry(const uint8_t *bytes, size_t size, bool to_device)
{
    if (wire.dark || wire_chance(PER_MILLE) < wire.faults.drop)
        return;
    put_frame(bytes, size, to_device);
    if (wire_chance(PER_MILLE) < wire.faults.twice)
        put_frame(bytes, size, to_device);
}

void wire_to_device(const uint8_t *bytes, size_t size)
{
    carry(bytes, size, true);
}

static err_t send_frame(struct netif *unused, struct pbuf *p)
{
    uint8_t bytes[FRAME_SIZE_MAX];
    (void)unused;
    if (p->tot_len > sizeof bytes)
        wire_broken("a frame longer than Ethernet's");
    (void)pbuf_copy_partial(p, bytes, p->tot_len, 0);
    wire.sent++;
    carry(bytes, p->tot_len, false);
    return ERR_OK;
}

/* ret: the frame as lwIP gets it; NULL if there is no pbuf */
static struct pbuf *pbuf_of(const frame *f)
{
    size_t first = wire.piece > 0 && f->size > HEADERS_SIZE ? HEADERS_SIZE : f->size;
    struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)first, PBUF_POOL);
    if (p == NULL)
        return NULL;
    (void)pbuf_take(p, f->bytes, (u16_t)first);
    for (size_t at = first; at < f->size;) {
        size_t size = f->size - at < wire.piece ? f->size - at : wire.piece;
        struct pbuf *next = pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_POOL);
        if (next == NULL) {
            (void)pbuf_free(p);
            return NULL;
        }
        (void)pbuf_take(next, f->bytes + at, (u16_t)size);
        pbuf_cat(p, next);
        at += size;
    }
    return p;
}

static void receive_frame(const frame *f)
{
    struct pbuf *p = wire.deaf ? NULL : pbuf_of(f);
    if (p == NULL)
        wire.starved++;
    else if (wire_netif.input == NULL || wire_netif.input(p, &wire_netif) != ERR_OK)
        (void)pbuf_free(p);
}

/* Delivers the frames that are due now, in their order. Frames that are sent meanwhile are due
 * later. */
static void deliver(void)
{
    int count = frame_count, kept = 0;
    for (int i = 0; i < count; i++) {
        frame *f = frames[i];
        frames[i] = NULL;
        if ((int32_t)(wire.ms - f->due_ms) < 0) {
            frames[kept++] = f;
            continue;
        }
        if (f->to_device)
            receive_frame(f);
        else
            peer_take(f->bytes, f->size);
        free(f);
    }
    for (int i = count; i < frame_count; i++)
        frames[kept++] = frames[i];
    frame_count = kept;
}

void wire_tick(uint32_t ms)
{
    deliver();
    peer_tick();
    sys_check_timeouts();
    wire.ms += ms;
}

void wire_pass(uint32_t ms)
{
    for (uint32_t begin_ms = wire.ms; wire.ms - begin_ms < ms;)
        wire_tick(frame_count > 0 ? 1 : 10);
}

void wire_calm(uint32_t seed)
{
    memset(&wire.faults, 0, sizeof wire.faults);
    for (int i = 0; i < frame_count; i++)
        free(frames[i]);
    frame_count = 0;
    wire.dark = wire.deaf = false;
    wire.piece = 0;
    wire.memory_left = -1;
    wire.random = seed != 0 ? seed : 1;
    netif_set_link_up(&wire_netif);
}

/* The interface */

static err_t start_netif(struct netif *n)
{
    static const uint8_t address[6] = {2, 0, 0, 0, 0, 2};
    n->name[0] = 'w';
    n->name[1] = 'i';
    n->mtu = 1500;
    n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    n->hwaddr_len = sizeof address;
    memcpy(n->hwaddr, address, sizeof address);
    n->output = etharp_output;
    n->linkoutput = send_frame;
    return ERR_OK;
}

void wire_start(void)
{
    ip4_addr_t own, mask, gateway;
    ip_addr_t dns;
    static bool once;
    if (!once)
        lwip_init();
    once = true;
    ip4_addr_set_u32(&own, lwip_htonl(WIRE_DEVICE_IP));
    ip4_addr_set_u32(&mask, lwip_htonl(0xffffff00u));
    ip4_addr_set_u32(&gateway, lwip_htonl(WIRE_PEER_IP));
    (void)netif_add(&wire_netif, &own, &mask, &gateway, NULL, start_netif, netif_input);
    netif_set_default(&wire_netif);
    netif_set_up(&wire_netif);
    netif_set_link_up(&wire_netif);
    ip_addr_copy_from_ip4(dns, gateway);
    dns_setserver(0, &dns);
}
