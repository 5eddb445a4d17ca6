/* SPDX-License-Identifier: MIT */
/* Region -> partition -> host, exactly as the service's official endpoint rule set (2021-07-13). */
#ifndef EMRS_CORE_ENDPOINT_H
#define EMRS_CORE_ENDPOINT_H

#include "emrs.h"

typedef struct {
    const char *prefix, *global_region; /* of its regions; its pseudo-region, "": none */
    emrs_text dns_suffix, dualstack_dns_suffix;
} emrs_partition;

/* A region that fits no other partition is in partition aws, as the rule set says. */
const emrs_partition *emrs_partition_of(emrs_text region);

/* "emr-serverless[-fips].{region}.{suffix}" */
void emrs_endpoint_host(emrs_pen *host, emrs_text region, bool fips, bool dualstack);

typedef struct {
    emrs_text host;      /* without the brackets of an IPv6 literal */
    emrs_text base_path; /* "" or "/a/b", no slash at its end */
    uint16_t port;
    bool tls;
} emrs_endpoint;

/* "http[s]://host[:port][/base]"      err: EMRS_RULE_ENDPOINT_*, TOO_LONG */
emrs_rule emrs_endpoint_parse(emrs_text url, emrs_endpoint *endpoint);

/* "localhost", 127.0.0.0/8 as a canonical dotted quad, "::1". A name that only resolves there is
 * not. */
bool emrs_endpoint_is_loopback(emrs_text host);

/* Finds the client's host, port, scheme and base path from its configuration, whole.
 * out: field and rule on error      err: ARGUMENT, INSECURE */
int emrs_endpoint_find(emrs_client *client, emrs_result *result);

#endif
