/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <string.h>

#include <lwip/apps/sntp.h>
#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/timeouts.h>

#include "board.h"
#include "random.h"
#include "tick.h"

static struct netif netif;
static ip_addr_t dns, sntp;
static uint16_t dns_port, sntp_port;
static uint32_t utc_s, utc_ms; /* the last time from SNTP, and the tick then */

static err_t send_frame(struct netif *unused, struct pbuf *frame)
{
    (void)unused;
    return board_ethernet_send(frame) ? ERR_OK : ERR_MEM;
}

static err_t start_netif(struct netif *n)
{
    static const uint8_t address[6] = {0x02, 'e', 'm', 'r', 's', 1}; /* locally administered */
    n->name[0] = 'e';
    n->name[1] = 'n';
    n->mtu = 1500;
    n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    n->hwaddr_len = sizeof address;
    memcpy(n->hwaddr, address, sizeof address);
    n->output = etharp_output;
    n->linkoutput = send_frame;
    board_ethernet_start(address);
    return ERR_OK;
}

void net_start(const settings *s)
{
    dns = s->dns;
    dns_port = s->dns_port;
    sntp = s->sntp;
    sntp_port = s->sntp_port;
    lwip_init();
    (void)netif_add(&netif, NULL, NULL, NULL, NULL, start_netif, netif_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
    (void)dhcp_start(&netif);
    sntp_setoperatingmode(SNTP_OPMODE_POLL);
    sntp_servermode_dhcp(ip_addr_isany(&sntp));
    if (!ip_addr_isany(&sntp))
        sntp_setserver(0, &sntp);
}

static void follow_link(void)
{
    bool is_up = board_ethernet_is_up();
    if (is_up && !netif_is_link_up(&netif))
        netif_set_link_up(&netif);
    else if (!is_up && netif_is_link_up(&netif))
        netif_set_link_down(&netif);
}

/* Once there is an address, starts SNTP. If the settings name a DNS server, replaces DHCP's. */
static void follow_address(void)
{
    if (!net_has_address() || sntp_enabled())
        return;
    if (!ip_addr_isany(&dns))
        dns_setserver(0, &dns);
    sntp_init();
}

void net_poll(void)
{
    struct pbuf *frame;
    follow_link();
    while ((frame = board_ethernet_receive()) != NULL)
        if (netif.input(frame, &netif) != ERR_OK)
            (void)pbuf_free(frame);
    follow_address();
    sys_check_timeouts();
}

bool net_has_link(void)
{
    return netif_is_link_up(&netif) != 0;
}

bool net_has_address(void)
{
    return dhcp_supplied_address(&netif) != 0;
}

bool net_has_time(void)
{
    return utc_s != 0;
}

const char *net_address(void)
{
    return ip4addr_ntoa(netif_ip4_addr(&netif));
}

emrs_now net_now(void *unused)
{
    uint32_t now_ms = tick_ms();
    (void)unused;
    return (emrs_now){now_ms, utc_s == 0 ? 0 : utc_s + (now_ms - utc_ms) / 1000u, random_word()};
}

uint16_t net_dns_port(void)
{
    return dns_port;
}

uint16_t net_sntp_port(void)
{
    return sntp_port;
}

void net_set_time(uint32_t now_s)
{
    utc_s = now_s;
    utc_ms = tick_ms();
}

/* lwIP's clock */

u32_t sys_now(void)
{
    return tick_ms();
}
