/* SPDX-License-Identifier: MIT */
/* TCP for tasks of an RTOS, over lwIP's own sockets (NO_SYS=0). Not called sockets.h: an -Iport
 * would hide lwIP's. It includes nothing of lwIP's sockets either, whose macros (close, send) are
 * not everybody's. */
#ifndef EMRS_LWIP_H
#define EMRS_LWIP_H

#include <lwip/ip_addr.h>

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    emrs_stream stream; /* context is this struct: hand &tcp.stream to TLS, or to a port */
    ip_addr_t address_found;
    const void *owner; /* for whom connect was called */
    uint32_t share_until_ms;
    int fd, state, look_up, address_count, address;
    emrs_reason reason; /* why the last address failed */
    int native;         /* errno of lwIP */
    bool silent;        /* nothing came when last asked for */
} emrs_lwip_tcp;

/* Each task has its own. Times are sys_now()'s: the port's `now` takes its ms from there. */
void emrs_lwip_tcp_init(emrs_lwip_tcp *tcp);

/* For the port's `wait`: sleeps until until_ms, a quarter second at most. */
void emrs_lwip_wait(void *unused, uint32_t until_ms);

#ifdef __cplusplus
}
#endif
#endif
