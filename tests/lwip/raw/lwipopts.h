/* SPDX-License-Identifier: MIT */
/* lwIP as the tests of port/lwip/raw.c build it, three times:
 * RAW_small  the boards' own options, in pools with guards around each element
 * RAW_tight  a window of one segment; each element is from malloc, so that ASan checks it
 * RAW_wide   scaled windows of more than 64 KB, big segments, out-of-order queue; from malloc */
#ifndef EMRS_TESTS_LWIPOPTS_H
#define EMRS_TESTS_LWIPOPTS_H

#include "../../../boards/bare/lwipopts.h"

#undef MEM_ALIGNMENT
#define MEM_ALIGNMENT 8 /* pointers of 64 bits */
#undef LWIP_DHCP
#define LWIP_DHCP 0 /* the address is fixed */

#if defined(RAW_small)
#define MEMP_OVERFLOW_CHECK 2
#define MEMP_SANITY_CHECK 1
#define MEM_SANITY_CHECK 1
#undef MEM_SIZE
#define MEM_SIZE 2560 /* the boards' 1792, and room for guards and longer pointers */
#else
#include <stddef.h>
#undef MEMP_MEM_MALLOC
#define MEMP_MEM_MALLOC 1
#define MEMP_STATS 1
#define LWIP_DEBUG_TIMERNAMES 1 /* gives timers a size that nothing else has (wire.c) */
#define MEM_CUSTOM_ALLOCATOR 1
#define MEM_CUSTOM_MALLOC wire_malloc
#define MEM_CUSTOM_CALLOC wire_calloc
#define MEM_CUSTOM_FREE wire_free
void *wire_malloc(size_t size);
void *wire_calloc(size_t count, size_t size);
void wire_free(void *memory);
#undef TCP_WND
#undef TCP_SND_BUF
#undef TCP_SND_QUEUELEN
#endif

#if defined(RAW_tight)
#define TCP_WND TCP_MSS
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#elif defined(RAW_wide)
#undef LWIP_SINGLE_NETIF
#undef LWIP_CHKSUM_ALGORITHM
#undef TCP_MSS
#undef TCP_OVERSIZE
#undef TCP_CALCULATE_EFF_SEND_MSS
#undef TCP_QUEUE_OOSEQ
#undef PBUF_POOL_SIZE
#undef PBUF_POOL_BUFSIZE
#define TCP_MSS 1460
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 3
#define TCP_WND (256 * 1024)
#define TCP_SND_BUF (128 * 1024)
#define TCP_SND_QUEUELEN 400
#define TCP_SNDLOWAT 16384
#define TCP_QUEUE_OOSEQ 1
#define PBUF_POOL_SIZE 256
#define PBUF_POOL_BUFSIZE 1536
#endif

#endif
