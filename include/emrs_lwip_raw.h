/* SPDX-License-Identifier: MIT */
/* TCP over lwIP's callbacks (NO_SYS=1), for main loops without an OS. No function waits: each
 * reports what has happened since, and the main loop polls the network in between (emrs_turn in
 * emrs_port.h).
 * Use it only in the context that lwIP runs in, never in an interrupt. The application's own
 * callbacks may step a call, except those of tcp_err: when an address is removed, lwIP calls them
 * while it keeps a pointer to the next pcb. This pcb may be ours, and a step may free it. */
#ifndef EMRS_LWIP_RAW_H
#define EMRS_LWIP_RAW_H

#include <lwip/tcp.h>

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    emrs_stream stream;    /* context is this struct: hand &raw.stream to TLS, or to a port */
    const void *owner;     /* move->owner of the last connect */
    struct tcp_pcb *pcb;   /* NULL: none, or lwIP has freed it */
    struct pbuf *received; /* not yet passed on; the TCP window is smaller by as much */
    int look_up;           /* of the name; -1: none */
    uint16_t segment_size; /* no segment on its way is longer */
    uint8_t state;
    bool ended;  /* the peer's FIN came, after what was received */
    err_t fault; /* why lwIP freed the pcb */
} emrs_lwip_raw;

void emrs_lwip_raw_init(emrs_lwip_raw *raw);

#ifdef __cplusplus
}
#endif
#endif
