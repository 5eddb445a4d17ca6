/* SPDX-License-Identifier: MIT */
/* Runs a provider (emrs_provider.h) on a port, for port->renew. */
#ifndef EMRS_RENEW_H
#define EMRS_RENEW_H

#include "emrs_port.h"
#include "emrs_provider.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Set the first two, and leave the rest 0. */
typedef struct {
    emrs_provider *provider;
    /* A port with a stream of its own, and with the clock of the service's port. Both streams may
     * use the same memory, if nothing else does: only one of them is open at a time. If `wait` is
     * NULL, emrs_renew does not wait. The `renew` of this port is not called. */
    const emrs_port *port;
    emrs_report report;
    bool running;
} emrs_renewal;

/* Does one move of a renewal, and starts one if none is under way. Call it in port->renew, with its
 * until_ms, and return what it returns. If until_ms is past, it starts none; it ends the renewal
 * that is under way and closes the stream, without waiting.
 * ret: PENDING: call it again; RENEWED; FAILED: provider->result says why, if one had started */
emrs_report emrs_renew(emrs_renewal *renewal, uint32_t until_ms);

#ifdef __cplusplus
}
#endif
#endif
