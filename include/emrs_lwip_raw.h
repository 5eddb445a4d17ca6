/* SPDX-License-Identifier: MIT */
/* TCP over lwIP's callbacks (NO_SYS=1), for main loops without an OS. No function waits: each says
 * what has happened since, and the main loop polls the network in between (emrs_turn in
 * emrs_port.h). All of it, and lwIP, in one context: never from an interrupt. A call may be stepped
 * from inside a callback of the application's own, but not from an error's (tcp_err): when an
 * address goes, lwIP holds on to the next pcb meanwhile, and that may be ours. */
#ifndef EMRS_LWIP_RAW_H
#define EMRS_LWIP_RAW_H

#include <lwip/tcp.h>

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    emrs_stream stream;    /* context is this struct: hand &raw.stream to TLS, or to a port */
    const void *owner;     /* for whom connect was called */
    struct tcp_pcb *pcb;   /* NULL: none, or lwIP has freed it */
    struct pbuf *received; /* not yet taken: its window is not yet open again */
    int look_up;           /* -1: none */
    uint16_t segment_size; /* of the longest segment on its way, at most */
    uint8_t state;
    bool ended;  /* the peer's FIN came, behind what was received */
    err_t fault; /* why lwIP freed the pcb */
} emrs_lwip_raw;

void emrs_lwip_raw_init(emrs_lwip_raw *raw);

#ifdef __cplusplus
}
#endif
#endif
