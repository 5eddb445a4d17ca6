/* SPDX-License-Identifier: MIT */
/* Finds the credentials of the command: its sources, in their order. */
#ifndef EMRS_HOST_CREDENTIALS_H
#define EMRS_HOST_CREDENTIALS_H

#include "host.h"
#include "profile.h"
#include "provider.h"

/* The search, and what it found. `why` has the reason if a source failed, or all reasons if none
 * has credentials. */
typedef struct {
    options *o;
    profile *p;
    emrs_credentials former;    /* of before the last renewal: still masked in texts */
    provider_settings provider; /* a source over the network, if it has a kind */
    emrs_client *client;        /* of the service */
    unsigned source, half;      /* of sources in credentials.c; of its store */
    uint32_t limit_ms;          /* for a program */
    uint32_t spent_ms;          /* in a program */
    bool is_renewal;
    char why[4096];
    size_t why_size;
} credentials_search;

/* Finds credentials, and puts them into o->credentials; those of a source over the network come
 * when the call asks for them.
 * in:  client: of the service, not initialised yet      ret: false: s->why says why not */
bool credentials_find(credentials_search *s, options *o, profile *p, emrs_client *client);

/* After a call that ended without credentials: completes s->why if it turned out that no source has
 * any.      ret: whether that is so */
bool credentials_are_absent(credentials_search *s);

/* For port->renew: reads the source of the credentials again. Prints why that failed.
 * in:  context: a credentials_search      ret: RENEWED or FAILED */
emrs_report credentials_renew(void *context, uint32_t until_ms);

/* Wipes the credentials of files, programs and the network. */
void credentials_wipe(void);

#endif
