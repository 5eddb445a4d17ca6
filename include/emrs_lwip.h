/* SPDX-License-Identifier: MIT */
/* TCP for tasks of an RTOS, over lwIP's own sockets (NO_SYS=0). It does not include lwIP's
 * sockets.h, whose macros (close, send) may collide with names of the application. */
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
    bool silent; /* the last receive found nothing */
} emrs_lwip_tcp;

/* Call it once, at boot, not while the stream is open. Each task has its own stream. */
void emrs_lwip_tcp_init(emrs_lwip_tcp *tcp);

/* Returns the milliseconds of the clock that the stream uses, for the port's `now`. With another
 * clock the deadlines are wrong. */
uint32_t emrs_lwip_now_ms(void);

/* For the port's `wait`: sleeps until until_ms, but a quarter second at most. */
void emrs_lwip_wait(void *unused, uint32_t until_ms);

#ifdef __cplusplus
}
#endif
#endif
