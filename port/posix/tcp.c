/* SPDX-License-Identifier: MIT */
/* TCP over POSIX sockets: bsd.h, and what only POSIX needs. */
#define _POSIX_C_SOURCE 200809L
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define BSD(name) name
typedef emrs_posix_tcp bsd_tcp;

static uint32_t bsd_now_ms(void)
{
    return emrs_posix_now(NULL).ms;
}

/* Starts a look-up. It fails if no slot is free: then earlier look-ups have no answer yet. */
static emrs_report bsd_look_up(bsd_tcp *tcp, const emrs_move *move)
{
    tcp->bsd.look_up = emrs_posix_look_up(move->host, move->port);
    return tcp->bsd.look_up >= 0 ? emrs_connecting(EMRS_PHASE_NAME)
                                 : emrs_failed(EMRS_REASON_NAME_FAILED, EAI_AGAIN);
}

static emrs_report bsd_look_up_wait(bsd_tcp *tcp, const emrs_move *move)
{
    return emrs_posix_look_up_wait(tcp->bsd.look_up, move->until_ms, tcp->addresses);
}

static void bsd_look_up_drop(int look_up)
{
    emrs_posix_look_up_drop(look_up);
}

static int bsd_family(const bsd_tcp *tcp)
{
    return tcp->addresses[tcp->bsd.address].any.sa_family;
}

/* Connects. getaddrinfo has put the port into the address. */
static int bsd_call(const bsd_tcp *tcp, const emrs_move *move)
{
    const emrs_address *to = &tcp->addresses[tcp->bsd.address];
    (void)move;
    return connect(tcp->bsd.fd, &to->any,
                   to->any.sa_family == AF_INET6 ? sizeof to->v6 : sizeof to->v4);
}

#ifdef SOCK_CLOEXEC /* set in socket(), as another thread may fork before BSD_PREPARE */
#define BSD_SOCKET_FLAGS SOCK_CLOEXEC
#endif
#define BSD_PREPARE(fd) fcntl((fd), F_SETFD, FD_CLOEXEC)

#include "../bsd.h"

void emrs_posix_tcp_init(emrs_posix_tcp *tcp)
{
    init_tcp(tcp);
}
