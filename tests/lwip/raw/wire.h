/* SPDX-License-Identifier: MIT */
/* The simulated time and Ethernet of the device, with faults. Time passes only when a test says so.
 * All random numbers come from a seed, so that a run can be repeated. */
#ifndef EMRS_TESTS_WIRE_H
#define EMRS_TESTS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lwip/netif.h>

enum { FRAME_SIZE_MAX = 1514, PER_MILLE = 1000 };

/* How many of 1000 frames, in both directions */
typedef struct {
    uint32_t drop, twice, late, corrupt;
    uint32_t late_ms; /* at most */
} wire_faults;

typedef struct {
    wire_faults faults;
    uint32_t ms;      /* sys_now */
    uint32_t random;  /* state; never 0 */
    bool dark;        /* no frame passes; the link stays up */
    size_t piece;     /* frames come in chains: 60 bytes, then pbufs of this size. 0: in one pbuf */
    bool deaf;        /* the device has no pbuf for a frame: counted in `starved` */
    int starved;      /* frames for which there was no pbuf */
    int sent;         /* frames by the device */
    long memory_left; /* how many allocations still succeed; -1: all */
    long memory_used; /* blocks */
} wire_state;

extern wire_state wire;
extern struct netif wire_netif;

#define WIRE_DEVICE_IP 0x0a000002u
#define WIRE_PEER_IP 0x0a000001u

/* The first call starts lwIP. Each call adds the interface. The peer is the gateway and the DNS
 * server. */
void wire_start(void);

/* Turns the faults off, drops the frames on their way, sets the link up, and sets the seed. */
void wire_calm(uint32_t seed);

/* Delivers the frames that are due, runs the timers of both ends, and then lets time pass. */
void wire_tick(uint32_t ms);

/* Many ticks, short while frames are on their way. */
void wire_pass(uint32_t ms);

/* Sends a frame of the peer to the device, with the faults of the wire. */
void wire_to_device(const uint8_t *frame, size_t size);

/* The peer (peer.c) reads a frame; the peer sends again what was not acknowledged. */
void peer_take(const uint8_t *frame, size_t size);
void peer_tick(void);

/* ret: a random number from 0 to below - 1 */
uint32_t wire_chance(uint32_t below);

/* What lwIP has allocated and not freed, in all pools and its heap. */
long wire_in_use(void);

#endif
