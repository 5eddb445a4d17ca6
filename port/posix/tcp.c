/* SPDX-License-Identifier: MIT */
/* TCP over POSIX sockets, non-blocking: every address of the name, each with its share of time. */
#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { IDLE, RESOLVING, DIALLING, OPEN };

#ifndef MSG_MORE
#define MSG_MORE 0 /* then TLS records may take a segment each */
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

static void hang_up(emrs_tcp *tcp)
{
    if (tcp->fd >= 0)
        (void)close(tcp->fd);
    tcp->fd = -1;
}

static void close_tcp(void *context)
{
    emrs_tcp *tcp = context;
    if (tcp->state == RESOLVING)
        emrs_posix_look_up_drop(tcp->look_up);
    hang_up(tcp);
    tcp->state = IDLE;
}

/* Names */

static emrs_report resolve(emrs_tcp *tcp, const emrs_move *move)
{
    if (tcp->state == IDLE) {
        tcp->look_up = emrs_posix_look_up(move->host, move->port);
        if (tcp->look_up < 0)
            return emrs_failed(EMRS_REASON_RESOURCE, EAGAIN);
        tcp->state = RESOLVING;
        return emrs_connecting(EMRS_PHASE_NAME);
    }
    emrs_report report = emrs_posix_look_up_wait(tcp->look_up, move->until_ms, tcp->addresses);
    if (report.news == EMRS_PENDING)
        return report;
    tcp->state = IDLE;
    if (report.news == EMRS_FAILED)
        return report;
    tcp->address_count = (int)report.size;
    tcp->address = -1;
    tcp->state = DIALLING;
    return emrs_connecting(EMRS_PHASE_TCP);
}

/* Addresses */

static void give_up_address(emrs_tcp *tcp, int error)
{
    tcp->native = error;
    tcp->reason = reason_of(error);
    hang_up(tcp);
}

/* Without TCP_NODELAY the request waits some 40 ms for the peer's delayed acknowledgement. */
static int open_socket(int family)
{
    const int on = 1;
    int fd = socket(family, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0
        && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static void dial_next(emrs_tcp *tcp, const emrs_move *move)
{
    const emrs_address *to = &tcp->addresses[++tcp->address];
    uint32_t now_ms = emrs_posix_now(NULL).ms, left_ms = move->until_ms - now_ms;
    uint32_t share_ms =
        left_ms < 0x80000000u ? left_ms / (uint32_t)(tcp->address_count - tcp->address) : 0;
    tcp->share_until_ms = now_ms + share_ms;
    tcp->fd = open_socket(to->any.sa_family);
    if (tcp->fd < 0) {
        give_up_address(tcp, errno);
        return;
    }
    socklen_t size = to->any.sa_family == AF_INET6 ? sizeof to->v6 : sizeof to->v4;
    if (connect(tcp->fd, &to->any, size) != 0 && errno != EINPROGRESS && errno != EINTR)
        give_up_address(tcp, errno);
}

static emrs_report await_address(emrs_tcp *tcp)
{
    struct pollfd wait = {.fd = tcp->fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (poll(&wait, 1, emrs_posix_wait_ms(tcp->share_until_ms)) <= 0) {
        if (emrs_posix_wait_ms(tcp->share_until_ms) == 0)
            give_up_address(tcp, ETIMEDOUT);
        return emrs_report_of(EMRS_PENDING);
    }
    if (getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0) {
        give_up_address(tcp, error);
        return emrs_report_of(EMRS_PENDING);
    }
    tcp->state = OPEN;
    return emrs_connected(EMRS_PEER_PLAIN);
}

static emrs_report dial(emrs_tcp *tcp, const emrs_move *move)
{
    while (tcp->fd < 0) {
        if (tcp->address + 1 >= tcp->address_count)
            return emrs_failed(tcp->reason, tcp->native);
        dial_next(tcp, move);
    }
    return await_address(tcp);
}

static emrs_report connect_tcp(void *context, const emrs_move *move)
{
    emrs_tcp *tcp = context;
    if (tcp->state == OPEN)
        return emrs_connected(EMRS_PEER_PLAIN);
    return tcp->state == DIALLING ? dial(tcp, move) : resolve(tcp, move);
}

/* Bytes */

/* What a failed send or recv is called; waits a little where it only has to. */
static emrs_report explain(const emrs_tcp *tcp, short events, const emrs_move *move)
{
    if (!is_later(errno))
        return emrs_failed(reason_of(errno), errno);
    struct pollfd wait = {.fd = tcp->fd, .events = events};
    (void)poll(&wait, 1, emrs_posix_wait_ms(move->until_ms));
    return emrs_report_of(EMRS_PENDING);
}

static emrs_report send_tcp(void *context, const emrs_move *move)
{
    const emrs_tcp *tcp = context;
    ssize_t sent =
        send(tcp->fd, move->send, move->size, MSG_NOSIGNAL | (move->more ? MSG_MORE : 0));
    return sent > 0 ? emrs_moved(EMRS_SENT, (size_t)sent) : explain(tcp, POLLOUT, move);
}

static emrs_report receive_tcp(void *context, const emrs_move *move)
{
    const emrs_tcp *tcp = context;
    ssize_t got = recv(tcp->fd, move->receive, move->size, 0);
    if (got == 0)
        return emrs_report_of(EMRS_CUT); /* a bare FIN: anybody can send one */
    return got > 0 ? emrs_moved(EMRS_RECEIVED, (size_t)got) : explain(tcp, POLLIN, move);
}

void emrs_tcp_init(emrs_tcp *tcp)
{
    memset(tcp, 0, sizeof *tcp);
    tcp->stream = (emrs_stream){tcp, connect_tcp, send_tcp, receive_tcp, close_tcp};
    tcp->fd = -1;
}
