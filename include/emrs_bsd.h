/* SPDX-License-Identifier: MIT */
/* What TCP keeps over BSD sockets, the same for POSIX and for lwIP. emrs_posix.h and emrs_lwip.h
 * include it: an application does not. */
#ifndef EMRS_BSD_H
#define EMRS_BSD_H

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const void *owner;          /* for whom connect was called */
    uint32_t share_until_ms;    /* of the address being tried */
    int fd;                     /* -1: none */
    int state;                  /* port/states.h */
    int look_up;                /* of the name */
    int address_count, address; /* how many were found, and which is being tried */
    emrs_reason reason;         /* why the last address failed, */
    int native;                 /* and its errno */
} emrs_bsd;

#ifdef __cplusplus
}
#endif
#endif
