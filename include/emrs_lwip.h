/* SPDX-License-Identifier: MIT */
/* TCP for tasks of an RTOS, over lwIP's own sockets (NO_SYS=0). It does not include lwIP's
 * sockets.h, as the macros of that header (close, send) may meet names of the application. */
#ifndef EMRS_LWIP_H
#define EMRS_LWIP_H

#include <lwip/ip_addr.h>

#include "emrs_bsd.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    emrs_stream stream; /* context is this struct: hand &tcp.stream to TLS, or to a port */
    emrs_bsd bsd;       /* bsd.native is an errno of lwIP */
    ip_addr_t address_found;
    bool silent; /* nothing came when last asked for */
} emrs_lwip_tcp;

/* Once, at boot: not while the stream is open. Each task has its own. */
void emrs_lwip_tcp_init(emrs_lwip_tcp *tcp);

/* For the ms of the port's `now`: the clock by which the stream waits. With another clock its
 * deadlines are wrong. */
uint32_t emrs_lwip_now_ms(void);

/* For the port's `wait`: sleeps until until_ms, a quarter second at most. */
void emrs_lwip_wait(void *unused, uint32_t until_ms);

#ifdef __cplusplus
}
#endif
#endif
