/* SPDX-License-Identifier: MIT */
/* lwIP for one connection at a time on a small device, without an OS and without libc's heap. Each
 * size is a little more than the measured need of a call. At its end an image prints size and need
 * of the pbuf pool and of lwIP's own heap. */
#ifndef EMRS_LWIPOPTS_H
#define EMRS_LWIPOPTS_H

#include <stdint.h>

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* no interrupt and no task touches lwIP */
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_RAW 0
#define LWIP_IPV6 0
#define LWIP_SINGLE_NETIF 1
#define LWIP_CHKSUM_ALGORITHM 1 /* the small one */
#define LWIP_IGMP 0
#define LWIP_AUTOIP 0
#define LWIP_ACD 0
#define LWIP_DHCP 1
#define LWIP_DHCP_DOES_ACD_CHECK 0 /* it takes 7.5 s */
#define LWIP_DHCP_GET_NTP_SRV 1
#define LWIP_DHCP_MAX_DNS_SERVERS 1
#define LWIP_DNS 1
#define DNS_MAX_SERVERS 1
#define DNS_TABLE_SIZE 2 /* one in use, and one that was given up and still waits for its answer */
#define DNS_MAX_NAME_LENGTH 254

/* Memory: lwIP's pools and its own small heap, all static. */
#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_ALIGNMENT 4
#define MEM_SIZE 1792
#define MEMP_NUM_PBUF 4
#define MEMP_NUM_UDP_PCB 3 /* DHCP, DNS, SNTP */
#define MEMP_NUM_TCP_PCB 2
#define MEMP_NUM_TCP_PCB_LISTEN 0
#define MEMP_NUM_TCP_SEG 8
#define MEMP_NUM_ARP_QUEUE 2
#define MEMP_NUM_REASSDATA 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1) /* SNTP's */
#define ARP_TABLE_SIZE 4
#define ARP_QUEUEING 0

/* TCP: a full window takes four pbufs, so some are left for ARP, DHCP, DNS and SNTP if the
 * call reads slowly. */
#define TCP_MSS 536
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (3 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_QUEUE_OOSEQ 0
#define TCP_CALCULATE_EFF_SEND_MSS 0 /* 536 fits every path */
#define TCP_OVERSIZE 0
#define LWIP_TCP_TIMESTAMPS 0
/* An initial sequence number that cannot be guessed (RFC 6528). lwIP's own starts at 6510. */
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port) random_word()
#define TCP_LISTEN_BACKLOG 0
#define PBUF_POOL_SIZE 7
#define PBUF_POOL_BUFSIZE 592

#define LWIP_STATS 1
#define LINK_STATS 0
#define ETHARP_STATS 0
#define IP_STATS 0
#define IPFRAG_STATS 0
#define ICMP_STATS 0
#define UDP_STATS 0
#define TCP_STATS 0
#define SYS_STATS 0
#define LWIP_STATS_LARGE 0
#define LWIP_CHECKSUM_ON_COPY 0

/* SNTP: an answer must repeat the random number of our request. The time is not authenticated; the
 * core refuses times before its build date, and the service checks the signed date. */
#define SNTP_SERVER_DNS 0
#define SNTP_GET_SERVERS_FROM_DHCP 1
#define SNTP_CHECK_RESPONSE 2
#define SNTP_STARTUP_DELAY 0
#define SNTP_RETRY_TIMEOUT 3000
#define SNTP_PORT (net_sntp_port())
#define SNTP_SET_SYSTEM_TIME(s) net_set_time(s)
#define SNTP_GET_SYSTEM_TIME(s, us)                                                                \
    do {                                                                                           \
        (s) = random_word(); /* instead of the time: it cannot be guessed */                       \
        (us) = 0;                                                                                  \
    } while (0)
#define DNS_SERVER_PORT (net_dns_port())

uint16_t net_dns_port(void);
uint16_t net_sntp_port(void);
void net_set_time(uint32_t utc_s);
uint32_t random_word(void);

#endif
