/* SPDX-License-Identifier: MIT */
/* Finds the credentials of the command: its sources, in their order. */
#ifndef EMRS_HOST_CREDENTIALS_H
#define EMRS_HOST_CREDENTIALS_H

#include "host.h"
#include "profile.h"

typedef enum { PROVIDER_NONE, PROVIDER_IOT, PROVIDER_CONTAINER, PROVIDER_INSTANCE } provider_kind;

/* What the environment says of a source that is asked over the network. Paths are not opened, and
 * values not checked. What is not set is NULL. */
typedef struct {
    provider_kind kind;
    /* Container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, a path at 169.254.170.2, before
     * AWS_CONTAINER_CREDENTIALS_FULL_URI */
    const char *relative_uri, *full_uri;
    /* Container: the file comes before the token, and is read anew each time */
    const char *token_file, *token;
    /* IoT: a host name; paths of PEM files */
    const char *endpoint, *role_alias, *thing_name, *certificate, *private_key;
} provider_settings;

/* The search, and what it found. `why` has the reason if a source failed, or all reasons if none
 * has credentials. */
typedef struct {
    options *o;
    profile *p;
    emrs_credentials former; /* of before the last renewal: still masked in texts */
    provider_settings provider;
    unsigned source, half; /* of sources in credentials.c; of its store */
    uint32_t limit_ms;     /* for a program */
    uint32_t spent_ms;     /* in a program */
    bool is_renewal;
    char why[4096];
    size_t why_size;
} credentials_search;

/* Finds credentials, and puts them into o->credentials.      ret: false: s->why says why not */
bool credentials_find(credentials_search *s, options *o, profile *p);

/* For port->renew: reads the source of the credentials again. Prints why that failed.
 * in:  context: a credentials_search      ret: RENEWED or FAILED */
emrs_report credentials_renew(void *context, uint32_t until_ms);

/* Wipes the credentials of files and programs. */
void credentials_wipe(void);

#endif
