/* SPDX-License-Identifier: MIT */
/* The other end of the network. It answers ARP and DNS, and makes each TCP segment itself, so that
 * it can break the rules. It counts what the device sent, and what it should not have sent. */
#ifndef EMRS_TESTS_PEER_H
#define EMRS_TESTS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PEER_PORT = 443,
    OTHER_PORT = 7777,
    PEER_SEND_MAX = 1 << 20,
    PEER_TAKEN_MAX = 1 << 20,
    FIN = 1,
    SYN = 2,
    RST = 4,
    PSH = 8,
    ACK = 16
};

typedef enum { PEER_ACCEPTS, PEER_REFUSES, PEER_SILENT } peer_manner;
typedef enum { PEER_CLOSED, PEER_SYN_TAKEN, PEER_OPEN } peer_state;

/* One connection per port. The fields that a test may set come first. */
typedef struct {
    peer_manner manner;
    uint16_t mss;         /* for the segments of the device */
    uint32_t window;      /* for the device */
    uint16_t segment_max; /* for the peer's own segments; 0: the device's MSS */
    bool scales;          /* with the window scale option */
    bool mute;            /* reads and acknowledges no bytes, and sends none */
    bool repeats;         /* sends its MSS in every segment */
    bool early;           /* sends although the device's window is closed */

    peer_state state;
    uint16_t port, device_port, device_mss;
    uint32_t next, una, high; /* what it sends: next, oldest unacknowledged, furthest */
    uint32_t first, taken;    /* the device's first and next sequence number */
    uint32_t device_window, device_scale;
    uint32_t timer_ms;
    uint8_t *out; /* what it has to send, from sequence number out_first on */
    size_t out_size;
    uint32_t out_first;
    bool out_fin;
    uint8_t *bytes; /* what came, in order */
    size_t size;

    int syns, resets, fins, too_long, too_far, acks;
    size_t size_at_reset; /* of bytes */
} peer;

typedef enum { DNS_ANSWERS, DNS_KNOWS_NOT, DNS_FAILS, DNS_SILENT } dns_manner;

typedef struct {
    dns_manner manner;
    bool arp_silent;
    int asked;
} peer_world;

extern peer_world world;

/* Forgets everything, and listens on both ports. */
void peer_reset_all(void);

peer *peer_on(uint16_t port);

/* Queues bytes. They are sent as the device's window allows, again and again until acknowledged. */
void peer_send(peer *p, const void *bytes, size_t size);

/* Sends FIN after the queued bytes. */
void peer_end(peer *p);

/* Closes the connection by a reset that the device must accept. */
void peer_break(peer *p);

/* Sends one segment. `seq` is relative to what it would send next, `ack` to what it has
 * received. */
void peer_segment(peer *p, int flags, int32_t seq, int32_t ack, const void *bytes, size_t size);

/* Answers, late, every query that a silent server did not answer. */
void peer_answer_names(dns_manner manner);

#endif
