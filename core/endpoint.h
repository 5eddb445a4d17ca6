/* SPDX-License-Identifier: MIT */
/* Finds the partition and the host of a region, by the service's endpoint rule set (2021-07-13). */
#ifndef EMRS_CORE_ENDPOINT_H
#define EMRS_CORE_ENDPOINT_H

#include "emrs.h"

typedef struct {
    const char *prefix;        /* of the names of its regions */
    const char *global_region; /* a pseudo-region; "" if it has none */
    const char *dns_suffix, *dualstack_dns_suffix;
} emrs_partition;

/* ret: the region's partition; aws if the region fits no other, as in the rule set */
const emrs_partition *emrs_partition_of(emrs_text region);

/* Writes "emr-serverless[-fips].{region}.{suffix}". */
void emrs_endpoint_host(emrs_pen *host, emrs_text region, bool fips, bool dualstack);

typedef struct {
    emrs_text host;      /* without the brackets of an IPv6 literal */
    emrs_text base_path; /* "" or "/a/b", no slash at its end */
    uint16_t port;
    bool tls;
} emrs_endpoint;

/* Reads "http[s]://host[:port][/base]".      err: EMRS_RULE_ENDPOINT_*, TOO_LONG */
emrs_rule emrs_endpoint_parse(emrs_text url, emrs_endpoint *endpoint);

/* Whether the host is "localhost", "::1", or in 127.0.0.0/8 as a canonical dotted quad. A name that
 * resolves to such an address does not count. */
bool emrs_endpoint_is_loopback(emrs_text host);

/* Finds the client's host, port, scheme and base path from its configuration.
 * out: field and rule on error      err: ARGUMENT, INSECURE */
int emrs_endpoint_find(emrs_client *client, emrs_result *result);

#endif
