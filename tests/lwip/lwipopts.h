/* SPDX-License-Identifier: MIT */
/* lwIP as the tests of port/lwip build it: with an operating system, sockets, IPv4 and IPv6. It
 * counts all that it has in use. Its timers are short, so that closed connections are freed
 * soon. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#ifndef NO_SYS
#define NO_SYS 0
#endif
#define LWIP_TCPIP_CORE_LOCKING 1
void sys_check_core_locking(void);
#define LWIP_ASSERT_CORE_LOCKED() sys_check_core_locking() /* aborts if the lock is not held */

#define LWIP_SOCKET 1
#define LWIP_COMPAT_SOCKETS 0 /* the BSD names are libc's */
#define LWIP_POSIX_SOCKETS_IO_NAMES 0
#define LWIP_SO_LINGER 1
#define LWIP_NETCONN 1

#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define IPV6_FRAG_COPYHEADER 1 /* pointers of 64 bits */
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_DNS 1
#define DNS_TABLE_SIZE 16 /* a dropped look-up stays in it for some seconds */
#define LWIP_HAVE_LOOPIF 1
#define LWIP_NETIF_LOOPBACK 1

#define MEM_ALIGNMENT 8
#define MEM_SIZE (512 * 1024)
#define MEMP_NUM_TCP_PCB 24
#define MEMP_NUM_TCP_SEG 256
#define MEMP_NUM_NETCONN 24
#define MEMP_NUM_SYS_TIMEOUT 256 /* each delayed packet is one */
#define MEMP_NUM_TCPIP_MSG_INPKT 128
#define PBUF_POOL_SIZE 256

#define TCP_MSS 1460
#define TCP_WND (8 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_MSL 300
#define LWIP_TCP_RTO_TIME 500

#define TCPIP_MBOX_SIZE 128
#define DEFAULT_TCP_RECVMBOX_SIZE 64
#define DEFAULT_UDP_RECVMBOX_SIZE 8
#define DEFAULT_ACCEPTMBOX_SIZE 8

#define LWIP_STATS 1
#define LWIP_STATS_DISPLAY 1 /* the pools have names */
#define LWIP_STATS_LARGE 1
#define SYS_STATS 0 /* contrib's sys_arch counts without a lock */

#endif
