/* SPDX-License-Identifier: MIT */
/* Credentials of a container: Amazon ECS, EKS Pod Identity, Greengrass nucleus and Greengrass lite.
 * src: AWS SDKs and Tools Reference Guide, "Container credential provider" */
#include "credentials.h"
#include "endpoint.h"
#include "emrs_config.h"
#include "emrs_text.h"
#include "provider.h"

EMRS_STATIC_ASSERT(target_fits_a_request, /* also with the slash that put_path may add */
                   EMRS_URI_TARGET_SIZE_MAX + sizeof "/Authorization" <= EMRS_TARGET_SIZE_MAX);

/* Besides loopback, plain http goes only to the fixed addresses of ECS and EKS: packets to these do
 * not leave the host. */
static bool is_container_host(emrs_text host)
{
    return emrs_text_spells(host, "169.254.170.2") || emrs_text_spells(host, "169.254.170.23")
           || emrs_text_spells(host, "fd00:ec2::23");
}

static bool ends_host(char c)
{
    return c == '/' || c == '?' || c == '#';
}

/* ret: where host and port end, and path and query of the URI begin */
static size_t target_at(emrs_text uri)
{
    size_t at = emrs_text_starts(uri, EMRS_TEXT("https://")) ? 8 : 7;
    while (at < uri.size && !ends_host(uri.bytes[at]))
        at++;
    return at < uri.size ? at : uri.size;
}

/* Path and query are sent unchanged: Greengrass refuses a path without its final slash. */
static emrs_rule check_target(emrs_text target)
{
    for (size_t at = 0; at < target.size; at++)
        if (target.bytes[at] == ' ' || target.bytes[at] == '#'
            || !emrs_is_printable(target.bytes[at]))
            return EMRS_RULE_BYTE;
    return target.size > EMRS_URI_TARGET_SIZE_MAX ? EMRS_RULE_TOO_LONG : EMRS_RULE_NONE;
}

/* Refuses control bytes: CR and LF would begin another header. It does not branch on the bytes,
 * since they are secret. */
static emrs_rule check_authorization(emrs_text value)
{
    uint32_t is_control = 0;
    for (size_t at = 0; at < value.size; at++) {
        uint32_t byte = (unsigned char)value.bytes[at];
        is_control |=
            (byte - 0x20u) | ((byte ^ 0x7fu) - 1u); /* the top bit is set for 0..0x1f, 0x7f */
    }
    return (is_control >> 31) != 0 ? EMRS_RULE_BYTE : EMRS_RULE_NONE;
}

static emrs_field check(const void *input, emrs_rule *rule)
{
    const emrs_provider *provider = input;
    *rule = check_authorization(provider->config.authorization);
    return *rule == EMRS_RULE_NONE ? EMRS_FIELD_NONE : EMRS_FIELD_AUTHORIZATION;
}

static emrs_field set_up(emrs_provider *provider, emrs_config *client, emrs_pen *endpoint,
                         emrs_rule *rule)
{
    emrs_text uri = provider->config.uri;
    emrs_endpoint parsed;
    (void)endpoint;
    *rule = EMRS_RULE_MISSING;
    if (uri.size == 0) /* it may be NULL */
        return EMRS_FIELD_URI;
    size_t end = target_at(uri);
    provider->target = emrs_text_from(uri, end);
    *rule = check_target(provider->target);
    if (*rule != EMRS_RULE_NONE)
        return EMRS_FIELD_URI;
    client->endpoint = (emrs_text){uri.bytes, end};
    client->persistent = true; /* it may not be up yet: tried again until the time is over */
    client->allow_plain_http = emrs_endpoint_parse(client->endpoint, &parsed) == EMRS_RULE_NONE
                               && is_container_host(parsed.host);
    return check(provider, rule);
}

static void put_path(emrs_pen *pen, const void *input)
{
    const emrs_provider *provider = input;
    if (provider->target.size == 0 || provider->target.bytes[0] != '/')
        emrs_put_byte(pen, '/');
    emrs_put(pen, provider->target);
}

static emrs_text header(const void *input, emrs_text *value)
{
    const emrs_provider *provider = input;
    *value = provider->config.authorization;
    return EMRS_TEXT("Authorization");
}

static const emrs_operation get_credentials = {
    .method = EMRS_TEXT_INIT("GET"),
    .check = check,
    .put_path = put_path,
    .header = header,
    .members = emrs_credentials_members,
    .member_count = EMRS_MEMBER_EXPIRATION + 1, /* no Code */
    .body_size_max = EMRS_PROVIDER_BODY_SIZE_MAX,
    .work_size = EMRS_WORK_SIZE,
    .prepare = emrs_provider_prepare,
    .read = emrs_provider_read,
};

const emrs_source emrs_source_container = {set_up, &get_credentials, 1, 0};
