/* SPDX-License-Identifier: MIT */
/* Name look-up with lwIP's DNS, for NO_SYS 0 and 1. lwIP cannot cancel a look-up: an answer that
 * comes after its owner gave up is recognised by its number, and dropped.
 * With NO_SYS=0 each function takes the core lock: do not call it from lwIP's own thread. */
#ifndef EMRS_PORT_LWIP_NAMES_H
#define EMRS_PORT_LWIP_NAMES_H

#include <lwip/ip_addr.h>

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Looks a name up; a numeric address is found at once. lwIP gives one address per name.
 * ret: a look-up, or -1: too many are under way, here or in lwIP */
int emrs_lwip_look_up(const char *host);

/* Reports the outcome. Never waits.
 * ret: PENDING; CONNECTED: address is set, and the look-up has ended; FAILED: it has ended (native:
 *      err_t) */
emrs_report emrs_lwip_look_up_result(int look_up, ip_addr_t *address);

/* Abandons the look-up, in any state. Does nothing if it has ended or was abandoned before. */
void emrs_lwip_look_up_drop(int look_up);

#ifdef __cplusplus
}
#endif
#endif
