/* SPDX-License-Identifier: MIT */
/* What a TCP stream is doing: one of sockets (bsd.h), and lwip/raw.c. */
#ifndef EMRS_PORT_STATES_H
#define EMRS_PORT_STATES_H

/* ANSWERED: the peer has answered, and connect has not reported it yet (lwip/raw.c). */
enum { IDLE, RESOLVING, DIALLING, ANSWERED, OPEN };

#endif
