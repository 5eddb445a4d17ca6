/* SPDX-License-Identifier: MIT */
/* TCP over BSD sockets, non-blocking: every address of the name is tried, each with its share of
 * the time. posix/tcp.c and lwip/sockets.c include this file after their own headers. Before that,
 * they define what differs:
 *
 *   BSD(name)                       the function of that name: name, or lwip_name
 *   bsd_tcp                         the stream's struct, with the members `stream` and `bsd`
 *   bsd_now_ms()                    the clock of until_ms
 *   bsd_look_up(tcp, move)          starts the look-up of the name.
 *                                   ret: CONNECTING: bsd.look_up is set; PENDING: ask again; FAILED
 *   bsd_look_up_wait(tcp, move)     ret: CONNECTED (size: how many addresses), FAILED, PENDING
 *   bsd_look_up_drop(look_up)       abandons the look-up
 *   bsd_family(tcp)                 AF_* of the address being tried
 *   bsd_call(tcp, move)             connect() to it
 *
 * They may also define these, if the defaults below are not right:
 *
 *   BSD_SOCKET_FLAGS                flags for the type in socket()
 *   BSD_PREPARE(fd)                 prepares a new socket; not 0: it failed
 *   BSD_REFUSAL(error)              the errno that `error` stands for while connecting */
#ifndef EMRS_PORT_BSD_H
#define EMRS_PORT_BSD_H

#include "states.h"

#ifndef BSD_SOCKET_FLAGS
#define BSD_SOCKET_FLAGS 0
#endif
#ifndef BSD_PREPARE
#define BSD_PREPARE(fd) 0
#endif
#ifndef BSD_REFUSAL
#define BSD_REFUSAL(error) (error)
#endif
#ifndef MSG_MORE
#define MSG_MORE 0 /* each TLS record may then take a segment of its own */
#endif

static emrs_reason reason_of(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return EMRS_REASON_REFUSED;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
        return EMRS_REASON_RESET;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return EMRS_REASON_RESOURCE;
    default:
        return EMRS_REASON_UNREACHABLE;
    }
}

static bool is_later(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void hang_up(bsd_tcp *tcp)
{
    if (tcp->bsd.fd >= 0)
        (void)BSD(close)(tcp->bsd.fd);
    tcp->bsd.fd = -1;
}

/* Waits for the events, until until_ms or for 250 ms.      ret: as poll() */
static int await(const bsd_tcp *tcp, short events, uint32_t until_ms)
{
    struct pollfd wait = {.fd = tcp->bsd.fd, .events = events};
    return BSD(poll)(&wait, 1, emrs_wait_ms(bsd_now_ms(), until_ms));
}

/* Names */

static emrs_report resolve(bsd_tcp *tcp, const emrs_move *move)
{
    emrs_report report;
    if (tcp->bsd.state == IDLE) {
        report = bsd_look_up(tcp, move);
        if (report.news == EMRS_NEWS_CONNECTING)
            tcp->bsd.state = RESOLVING;
        return report;
    }
    report = bsd_look_up_wait(tcp, move);
    if (report.news == EMRS_NEWS_PENDING)
        return report;
    tcp->bsd.state = IDLE;
    if (report.news == EMRS_NEWS_FAILED)
        return report;
    tcp->bsd.address_count = (int)report.size;
    tcp->bsd.address = -1;
    tcp->bsd.state = DIALLING;
    return emrs_connecting(EMRS_PHASE_TCP);
}

/* Addresses */

static void give_up_address(bsd_tcp *tcp, int error)
{
    tcp->bsd.native = BSD_REFUSAL(error);
    tcp->bsd.reason = reason_of(tcp->bsd.native);
    hang_up(tcp);
}

/* Without TCP_NODELAY the request waits some 40 ms for the peer's delayed acknowledgement. */
static int open_socket(int family)
{
    const int on = 1;
    int fd = BSD(socket)(family, SOCK_STREAM | BSD_SOCKET_FLAGS, 0);
    if (fd < 0)
        return -1;
    if (BSD_PREPARE(fd) == 0 && BSD(fcntl)(fd, F_SETFL, O_NONBLOCK) == 0
        && BSD(setsockopt)(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0)
        return fd;
    int error = errno; /* closing it may change errno */
    (void)BSD(close)(fd);
    errno = error;
    return -1;
}

static void dial_next(bsd_tcp *tcp, const emrs_move *move)
{
    uint32_t now_ms = bsd_now_ms();
    tcp->bsd.address++;
    tcp->bsd.share_until_ms = now_ms
                              + emrs_left_ms(now_ms, move->until_ms)
                                    / (uint32_t)(tcp->bsd.address_count - tcp->bsd.address);
    tcp->bsd.fd = open_socket(bsd_family(tcp));
    if (tcp->bsd.fd < 0 || (bsd_call(tcp, move) != 0 && errno != EINPROGRESS && errno != EINTR))
        give_up_address(tcp, errno);
}

/* Waits for the address being tried. The last address has all the time that is left: when it is
 * over, the core ends the attempt. */
static emrs_report await_address(bsd_tcp *tcp, const emrs_move *move)
{
    bool is_last = tcp->bsd.address + 1 >= tcp->bsd.address_count;
    uint32_t until_ms = is_last ? move->until_ms : tcp->bsd.share_until_ms;
    int error = 0;
    socklen_t size = sizeof error;
    if (await(tcp, POLLOUT, until_ms) <= 0) {
        if (!is_last && emrs_wait_ms(bsd_now_ms(), until_ms) == 0)
            give_up_address(tcp, ETIMEDOUT);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
    if (BSD(getsockopt)(tcp->bsd.fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0) {
        give_up_address(tcp, error);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
    tcp->bsd.state = OPEN;
    return emrs_connected(EMRS_PEER_PLAIN);
}

static emrs_report dial(bsd_tcp *tcp, const emrs_move *move)
{
    while (tcp->bsd.fd < 0) {
        if (tcp->bsd.address + 1 >= tcp->bsd.address_count)
            return emrs_failed(tcp->bsd.reason, tcp->bsd.native);
        dial_next(tcp, move);
    }
    return await_address(tcp, move);
}

static emrs_report connect_tcp(void *context, const emrs_move *move)
{
    bsd_tcp *tcp = context;
    if (tcp->bsd.state == OPEN || tcp->bsd.owner != move->owner)
        tcp->stream.close(tcp);
    tcp->bsd.owner = move->owner;
    return tcp->bsd.state == DIALLING ? dial(tcp, move) : resolve(tcp, move);
}

/* Bytes */

/* False if the stream was opened for another owner: it may lead to another host. */
static bool is_open_for(const bsd_tcp *tcp, const emrs_move *move)
{
    return tcp->bsd.state == OPEN && tcp->bsd.owner == move->owner;
}

/* Reports a failed send or recv. If it can be done later, waits a little. */
static emrs_report explain(const bsd_tcp *tcp, short events, const emrs_move *move)
{
    if (!is_later(errno))
        return emrs_failed(reason_of(errno), errno);
    (void)await(tcp, events, move->until_ms);
    return emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report send_tcp(void *context, const emrs_move *move)
{
    const bsd_tcp *tcp = context;
    if (!is_open_for(tcp, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    ssize_t sent =
        BSD(send)(tcp->bsd.fd, move->send, move->size, MSG_NOSIGNAL | (move->more ? MSG_MORE : 0));
    return sent > 0 ? emrs_moved(EMRS_NEWS_SENT, (size_t)sent) : explain(tcp, POLLOUT, move);
}

static emrs_report receive_tcp(void *context, const emrs_move *move)
{
    const bsd_tcp *tcp = context;
    if (!is_open_for(tcp, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    ssize_t got = BSD(recv)(tcp->bsd.fd, move->receive, move->size, 0);
    if (got == 0)
        return emrs_report_of(EMRS_NEWS_CUT); /* a FIN alone is not authenticated */
    return got > 0 ? emrs_moved(EMRS_NEWS_RECEIVED, (size_t)got) : explain(tcp, POLLIN, move);
}

static void close_tcp(void *context)
{
    bsd_tcp *tcp = context;
    if (tcp->bsd.state == RESOLVING)
        bsd_look_up_drop(tcp->bsd.look_up);
    hang_up(tcp);
    tcp->bsd.state = IDLE;
}

static void init_tcp(bsd_tcp *tcp)
{
    memset(tcp, 0, sizeof *tcp);
    tcp->stream = (emrs_stream){tcp, connect_tcp, send_tcp, receive_tcp, close_tcp};
    tcp->bsd.fd = -1;
}

#endif
