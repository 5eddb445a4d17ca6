/* SPDX-License-Identifier: MIT */
/* Finds the credentials of the command, from several sources in a fixed order. */
#ifndef EMRS_HOST_CREDENTIALS_H
#define EMRS_HOST_CREDENTIALS_H

#include "host.h"
#include "profile.h"
#include "provider.h"

/* The search, and what it found. `why` says why a source failed. If no source has credentials, it
 * says why for each source. */
typedef struct {
    options *o;
    profile *p;
    emrs_credentials former;    /* those before the last renewal: still masked in texts */
    provider_settings provider; /* a source over the network, if it has a kind */
    emrs_client *client;        /* of the service */
    unsigned source, half;      /* index in `sources` of credentials.c; half of its store in use */
    uint32_t limit_ms;          /* how long a credential_process may run */
    uint32_t spent_ms;          /* how long it ran */
    bool is_renewal;
    char why[4096];
    size_t why_size;
} credentials_search;

/* Finds credentials, and puts them into o->credentials. Those of a source over the network are
 * fetched only when the call asks for them.
 * in:  client: of the service, not initialised yet      ret: false: s->why says why not */
bool credentials_find(credentials_search *s, options *o, profile *p, emrs_client *client);

/* For a call that ended without credentials: completes s->why if no source has any.
 * ret: whether no source has any */
bool credentials_are_absent(credentials_search *s);

/* For port->renew: reads or asks the source of the credentials. Prints why that failed.
 * in:  context: a credentials_search      ret: PENDING (network only), RENEWED or FAILED */
emrs_report credentials_renew(void *context, uint32_t until_ms);

/* Wipes the credentials of files, programs and the network. */
void credentials_wipe(void);

#endif
