/* SPDX-License-Identifier: MIT */
/* TCP over lwIP's sockets: bsd.h, and what only lwIP needs. Only lwip_* functions are called, since
 * the BSD names are an option (LWIP_COMPAT_SOCKETS). */
#include "emrs_lwip.h"

#include <string.h>

#include <lwip/sockets.h>
#include <lwip/sys.h>

#include "names.h"

#if !NO_SYS /* else this file is empty: raw.c is used */

#if !LWIP_SOCKET || !LWIP_SOCKET_POLL || !LWIP_TCP
#error "emrs over lwIP's sockets needs LWIP_SOCKET 1 and LWIP_SOCKET_POLL 1 in lwipopts.h"
#endif

enum { LOOK_MS = 10 }; /* the pause between two checks whether the look-up has ended */

#define BSD(name) lwip_##name
typedef emrs_lwip_tcp bsd_tcp;

static uint32_t bsd_now_ms(void)
{
    return sys_now();
}

static emrs_report wait_a_little(const emrs_move *move)
{
    sys_msleep(LWIP_MIN((u32_t)emrs_wait_ms(sys_now(), move->until_ms), LOOK_MS));
    return emrs_report_of(EMRS_NEWS_PENDING);
}

/* If no slot is free, waits a little, and is called again. lwIP's own table is small too, but soon
 * has room again: tasks that look names up at the same time take turns. */
static emrs_report bsd_look_up(bsd_tcp *tcp, const emrs_move *move)
{
    tcp->bsd.look_up = emrs_lwip_look_up(move->host);
    return tcp->bsd.look_up >= 0 ? emrs_connecting(EMRS_PHASE_NAME) : wait_a_little(move);
}

static emrs_report bsd_look_up_wait(bsd_tcp *tcp, const emrs_move *move)
{
    uint32_t begin_ms = sys_now(), wait_ms = (uint32_t)emrs_wait_ms(begin_ms, move->until_ms);
    for (;;) {
        emrs_report report = emrs_lwip_look_up_result(tcp->bsd.look_up, &tcp->address_found);
        if (report.news == EMRS_NEWS_CONNECTED)
            return emrs_moved(EMRS_NEWS_CONNECTED, 1);
        uint32_t waited_ms = sys_now() - begin_ms;
        if (report.news == EMRS_NEWS_FAILED || waited_ms >= wait_ms)
            return report;
        sys_msleep(LWIP_MIN(wait_ms - waited_ms, LOOK_MS));
    }
}

static void bsd_look_up_drop(int look_up)
{
    emrs_lwip_look_up_drop(look_up);
}

static int bsd_family(const bsd_tcp *tcp)
{
    (void)tcp;
#if LWIP_IPV6
    if (IP_IS_V6(&tcp->address_found))
        return AF_INET6;
#endif
    return AF_INET;
}

static int bsd_call(const bsd_tcp *tcp, const emrs_move *move)
{
#if LWIP_IPV6
    if (IP_IS_V6(&tcp->address_found)) {
        struct sockaddr_in6 to = {.sin6_len = sizeof to, .sin6_family = AF_INET6};
        to.sin6_port = lwip_htons(move->port);
        inet6_addr_from_ip6addr(&to.sin6_addr, ip_2_ip6(&tcp->address_found));
        to.sin6_scope_id = ip6_addr_zone(ip_2_ip6(&tcp->address_found));
        return lwip_connect(tcp->bsd.fd, (const struct sockaddr *)&to, sizeof to);
    }
#endif
#if LWIP_IPV4
    struct sockaddr_in to = {.sin_len = sizeof to, .sin_family = AF_INET};
    to.sin_port = lwip_htons(move->port);
    inet_addr_from_ip4addr(&to.sin_addr, ip_2_ip4(&tcp->address_found));
    return lwip_connect(tcp->bsd.fd, (const struct sockaddr *)&to, sizeof to);
#endif
}

/* While connecting, lwIP reports a closed port as a reset, and one that never answered as an
 * abort. */
static int refusal_of(int error)
{
    if (error == ECONNRESET)
        return ECONNREFUSED;
    return error == ECONNABORTED ? ETIMEDOUT : error;
}
#define BSD_REFUSAL(error) refusal_of(error)

#include "../bsd.h"

/* Connects again to be sure. lwIP frees the number of a socket before it reports the last event of
 * the socket. If another task gets the number at once, its new socket is reported as writable
 * although it is not connected yet. A second connect shows this: it fails with EALREADY while the
 * socket still connects. */
static emrs_report connect_for_sure(void *context, const emrs_move *move)
{
    emrs_lwip_tcp *tcp = context;
    emrs_report report = connect_tcp(tcp, move);
    if (report.news != EMRS_NEWS_CONNECTED || bsd_call(tcp, move) == 0 || errno != EALREADY)
        return report;
    tcp->bsd.state = DIALLING;
    return wait_a_little(move);
}

static emrs_report receive_and_note(void *context, const emrs_move *move)
{
    emrs_lwip_tcp *tcp = context;
    emrs_report report = receive_tcp(tcp, move);
    tcp->silent = report.news == EMRS_NEWS_PENDING;
    return report;
}

/* Closes without waiting: lwIP goes on by itself with what is not acknowledged yet. If the peer is
 * silent, it would do so for many minutes, in one of its few pcbs. So such a stream is reset
 * instead, if lwIP can. */
static void close_or_reset(void *context)
{
    emrs_lwip_tcp *tcp = context;
#if LWIP_SO_LINGER
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (tcp->bsd.state == OPEN && tcp->silent)
        (void)lwip_setsockopt(tcp->bsd.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
#endif
    tcp->silent = true;
    close_tcp(tcp);
}

void emrs_lwip_tcp_init(emrs_lwip_tcp *tcp)
{
    init_tcp(tcp);
    tcp->stream.connect = connect_for_sure;
    tcp->stream.receive = receive_and_note;
    tcp->stream.close = close_or_reset;
    tcp->silent = true;
}

uint32_t emrs_lwip_now_ms(void)
{
    return sys_now();
}

void emrs_lwip_wait(void *unused, uint32_t until_ms)
{
    (void)unused;
    sys_msleep((u32_t)emrs_wait_ms(sys_now(), until_ms));
}

#endif
