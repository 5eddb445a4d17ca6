/* SPDX-License-Identifier: MIT */
/* The device's world: its time, its Ethernet, and what may go wrong on it. Time passes only when a
 * test says so, and chance is a number's: the same seed, the same run. */
#ifndef EMRS_TESTS_WIRE_H
#define EMRS_TESTS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lwip/netif.h>

enum { FRAME_SIZE_MAX = 1514, PER_MILLE = 1000 };

/* Of 1000 frames each, in both directions */
typedef struct {
    uint32_t drop, twice, late, corrupt;
    uint32_t late_ms; /* at most */
} wire_faults;

typedef struct {
    wire_faults faults;
    uint32_t ms;     /* sys_now */
    uint32_t random; /* state; never 0 */
    bool dark;       /* no frame passes, and nobody tells the device */
    size_t piece; /* frames come in chains: the rest after 60 bytes in pbufs of so many. 0: whole */
    bool deaf;    /* the device has no pbuf for what comes: counted in `starved` */
    int starved;  /* frames for which there was no pbuf */
    int sent;     /* frames by the device */
    long memory_left; /* what malloc gives before it gives nothing; -1: all it is asked for */
    long memory_used; /* blocks */
} wire_state;

extern wire_state wire;
extern struct netif wire_netif;

#define WIRE_DEVICE_IP 0x0a000002u
#define WIRE_PEER_IP 0x0a000001u

/* lwIP, up, with its address and the peer as its gateway and its DNS. Once a process. */
void wire_start(void);

/* Faults off, what is on its way lost, the link up, and `seed` from here on. */
void wire_calm(uint32_t seed);

/* What the device has to do is done; then time passes. */
void wire_tick(uint32_t ms);

/* Many ticks, short while frames are on their way. */
void wire_pass(uint32_t ms);

/* A frame to the device, by the peer: it suffers what the wire does to it. */
void wire_to_device(const uint8_t *frame, size_t size);

/* What the peer does with a frame, and as time passes. */
void peer_take(const uint8_t *frame, size_t size);
void peer_tick(void);

/* 0 to below - 1 */
uint32_t wire_chance(uint32_t below);

/* What lwIP has taken and not given back, all pools and its heap. */
long wire_in_use(void);

#endif
