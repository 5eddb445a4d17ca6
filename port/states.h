/* SPDX-License-Identifier: MIT */
/* The states of a TCP stream, for bsd.h and lwip/raw.c. */
#ifndef EMRS_PORT_STATES_H
#define EMRS_PORT_STATES_H

/* ANSWERED: the peer has answered, but connect has not reported it yet (lwip/raw.c). */
enum { IDLE, RESOLVING, DIALLING, ANSWERED, OPEN };

#endif
