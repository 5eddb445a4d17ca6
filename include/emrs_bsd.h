/* SPDX-License-Identifier: MIT */
/* The state of a TCP stream over BSD sockets, for POSIX and for lwIP. emrs_posix.h and emrs_lwip.h
 * include this file; an application need not. */
#ifndef EMRS_BSD_H
#define EMRS_BSD_H

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const void *owner;          /* move->owner of the last connect */
    uint32_t share_until_ms;    /* when to try the next address instead of this one */
    int fd;                     /* -1: none */
    int state;                  /* port/states.h */
    int look_up;                /* the number of the look-up of the name */
    int address_count, address; /* how many were found, and which is being tried */
    emrs_reason reason;         /* why the last address failed */
    int native;                 /* the errno of that failure */
} emrs_bsd;

#ifdef __cplusplus
}
#endif
#endif
