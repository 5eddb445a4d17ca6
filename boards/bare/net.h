/* SPDX-License-Identifier: MIT */
/* The network below a call: one Ethernet, an address by DHCP, the time by SNTP. Polled by whoever
 * has the main loop. */
#ifndef EMRS_BARE_NET_H
#define EMRS_BARE_NET_H

#include "emrs.h"
#include "settings.h"

void net_start(const settings *s);
void net_poll(void); /* frames and timers: as often as there is time */

bool net_has_link(void);
bool net_has_address(void);
bool net_has_time(void);
const char *net_address(void);

/* The port's clock: UTC is 0 until SNTP has said it. */
emrs_now net_now(void *unused);

/* For lwIP, by lwipopts.h */
uint16_t net_dns_port(void);
uint16_t net_sntp_port(void);
void net_set_time(uint32_t utc_s);

#endif
