/* SPDX-License-Identifier: MIT */
/* The network: one Ethernet interface, an address by DHCP, the time by SNTP. The main loop polls
 * it. */
#ifndef EMRS_BARE_NET_H
#define EMRS_BARE_NET_H

#include "emrs.h"
#include "settings.h"

void net_start(const settings *s);
void net_poll(void); /* handles frames and timers: call it in each turn of the main loop */

bool net_has_link(void);
bool net_has_address(void);
bool net_has_time(void);
const char *net_address(void);

/* The port's clock. UTC is 0 until SNTP has answered. */
emrs_now net_now(void *unused);

/* lwipopts.h makes lwIP call these. */
uint16_t net_dns_port(void);
uint16_t net_sntp_port(void);
void net_set_time(uint32_t utc_s);

#endif
