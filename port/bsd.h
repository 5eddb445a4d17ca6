/* SPDX-License-Identifier: MIT */
/* TCP over BSD sockets, non-blocking: every address of the name, each with its share of time. Once,
 * for the two worlds that have such sockets (posix/tcp.c, lwip/sockets.c). Either includes this
 * after its own headers, having said what is its own:
 *
 *   BSD(name)                        the call of that name: name, or lwip_name
 *   bsd_tcp                          its struct, with the members that emrs_posix.h lists
 *   bsd_now_ms()                     the clock that until_ms is told by
 *   bsd_look_up(move)                names: a look-up, or -1: too many under way; ...
 *   bsd_crowded(move)                ... what to report then; ...
 *   bsd_look_up_wait(tcp, move)      ... CONNECTED (size: how many addresses), FAILED, PENDING; ...
 *   bsd_look_up_drop(look_up)
 *   bsd_family(tcp)                  AF_* of the address being tried
 *   bsd_call(tcp, move)              connect() to it
 *   BSD_SOCKET_FLAGS                 of socket()'s type, if there are any
 *   bsd_prepare(fd)                  whatever else a new socket needs      ret: 0, or -1
 *   bsd_refusal(error)               what an error means while dialling */
#ifndef EMRS_PORT_BSD_H
#define EMRS_PORT_BSD_H

enum { IDLE, RESOLVING, DIALLING, OPEN };

#ifndef BSD_SOCKET_FLAGS
#define BSD_SOCKET_FLAGS 0
#endif
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

static void hang_up(bsd_tcp *tcp)
{
    if (tcp->fd >= 0)
        (void)BSD(close)(tcp->fd);
    tcp->fd = -1;
}

/* ret: poll()'s: 0 if nothing happened until then, or for a quarter second */
static int await(const bsd_tcp *tcp, short events, uint32_t until_ms)
{
    struct pollfd wait = {.fd = tcp->fd, .events = events};
    return BSD(poll)(&wait, 1, emrs_wait_ms(bsd_now_ms(), until_ms));
}

/* Names */

static emrs_report resolve(bsd_tcp *tcp, const emrs_move *move)
{
    if (tcp->state == IDLE) {
        tcp->look_up = bsd_look_up(move);
        if (tcp->look_up < 0)
            return bsd_crowded(move);
        tcp->state = RESOLVING;
        return emrs_connecting(EMRS_PHASE_NAME);
    }
    emrs_report report = bsd_look_up_wait(tcp, move);
    if (report.news == EMRS_NEWS_PENDING)
        return report;
    tcp->state = IDLE;
    if (report.news == EMRS_NEWS_FAILED)
        return report;
    tcp->address_count = (int)report.size;
    tcp->address = -1;
    tcp->state = DIALLING;
    return emrs_connecting(EMRS_PHASE_TCP);
}

/* Addresses */

static void give_up_address(bsd_tcp *tcp, int error)
{
    tcp->native = bsd_refusal(error);
    tcp->reason = reason_of(tcp->native);
    hang_up(tcp);
}

/* Without TCP_NODELAY the request waits some 40 ms for the peer's delayed acknowledgement. */
static int open_socket(int family)
{
    const int on = 1;
    int fd = BSD(socket)(family, SOCK_STREAM | BSD_SOCKET_FLAGS, 0);
    if (fd < 0)
        return -1;
    if (bsd_prepare(fd) == 0 && BSD(fcntl)(fd, F_SETFL, O_NONBLOCK) == 0
        && BSD(setsockopt)(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0)
        return fd;
    int error = errno; /* of what failed, not of closing it */
    (void)BSD(close)(fd);
    errno = error;
    return -1;
}

static void dial_next(bsd_tcp *tcp, const emrs_move *move)
{
    uint32_t now_ms = bsd_now_ms(), left_ms = move->until_ms - now_ms;
    tcp->address++;
    uint32_t share_ms =
        left_ms < 0x80000000u ? left_ms / (uint32_t)(tcp->address_count - tcp->address) : 0;
    tcp->share_until_ms = now_ms + share_ms;
    tcp->fd = open_socket(bsd_family(tcp));
    if (tcp->fd < 0 || (bsd_call(tcp, move) != 0 && errno != EINPROGRESS && errno != EINTR))
        give_up_address(tcp, errno);
}

/* Waits for the address being tried. The last one has the rest of the time: the core ends it. */
static emrs_report await_address(bsd_tcp *tcp, const emrs_move *move)
{
    bool is_last = tcp->address + 1 >= tcp->address_count;
    uint32_t until_ms = is_last ? move->until_ms : tcp->share_until_ms;
    int error = 0;
    socklen_t size = sizeof error;
    if (await(tcp, POLLOUT, until_ms) <= 0) {
        if (!is_last && emrs_wait_ms(bsd_now_ms(), until_ms) == 0)
            give_up_address(tcp, ETIMEDOUT);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
    if (BSD(getsockopt)(tcp->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0) {
        give_up_address(tcp, error);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
    tcp->state = OPEN;
    return emrs_connected(EMRS_PEER_PLAIN);
}

static emrs_report dial(bsd_tcp *tcp, const emrs_move *move)
{
    while (tcp->fd < 0) {
        if (tcp->address + 1 >= tcp->address_count)
            return emrs_failed(tcp->reason, tcp->native);
        dial_next(tcp, move);
    }
    return await_address(tcp, move);
}

static emrs_report connect_tcp(void *context, const emrs_move *move)
{
    bsd_tcp *tcp = context;
    if (tcp->state == OPEN || tcp->owner != move->owner)
        tcp->stream.close(tcp);
    tcp->owner = move->owner;
    return tcp->state == DIALLING ? dial(tcp, move) : resolve(tcp, move);
}

/* Bytes */

/* False if the stream was opened for another owner: it may lead to another host. */
static bool is_open_for(const bsd_tcp *tcp, const emrs_move *move)
{
    return tcp->state == OPEN && tcp->owner == move->owner;
}

/* What a failed send or recv is called; waits a little where it only has to. */
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
        BSD(send)(tcp->fd, move->send, move->size, MSG_NOSIGNAL | (move->more ? MSG_MORE : 0));
    return sent > 0 ? emrs_moved(EMRS_NEWS_SENT, (size_t)sent) : explain(tcp, POLLOUT, move);
}

static emrs_report receive_tcp(void *context, const emrs_move *move)
{
    const bsd_tcp *tcp = context;
    if (!is_open_for(tcp, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    ssize_t got = BSD(recv)(tcp->fd, move->receive, move->size, 0);
    if (got == 0)
        return emrs_report_of(EMRS_NEWS_CUT); /* a bare FIN: anybody can send one */
    return got > 0 ? emrs_moved(EMRS_NEWS_RECEIVED, (size_t)got) : explain(tcp, POLLIN, move);
}

static void close_tcp(void *context)
{
    bsd_tcp *tcp = context;
    if (tcp->state == RESOLVING)
        bsd_look_up_drop(tcp->look_up);
    hang_up(tcp);
    tcp->state = IDLE;
}

static void init_tcp(bsd_tcp *tcp)
{
    memset(tcp, 0, sizeof *tcp);
    tcp->stream = (emrs_stream){tcp, connect_tcp, send_tcp, receive_tcp, close_tcp};
    tcp->fd = -1;
}

#endif
