/* SPDX-License-Identifier: MIT */
/* Credentials of a device with an X.509 certificate, by the credentials provider of AWS IoT Core.
 * The stream's TLS presents the certificate.
 * src: AWS IoT Core Developer Guide, "Authorizing direct calls to AWS services using AWS IoT Core
 *      credential provider" */
#include "credentials.h"
#include "endpoint.h"
#include "emrs_config.h"
#include "emrs_text.h"
#include "provider.h"

/* Applies the limits of CreateRoleAlias and CreateThing. The bytes that these allow need no
 * encoding in a path or a header.
 * src: AWS IoT API reference */
static emrs_field check(const void *input, emrs_rule *rule)
{
    const emrs_provider_config *config = &((const emrs_provider *)input)->config;
    *rule = emrs_provider_check_name(config->role_alias, "_=,@-", 128);
    if (*rule != EMRS_RULE_NONE)
        return EMRS_FIELD_ROLE_ALIAS;
    if (config->thing_name.size == 0)
        return EMRS_FIELD_NONE;
    *rule = emrs_provider_check_name(config->thing_name, ":_-", 128);
    return *rule == EMRS_RULE_NONE ? EMRS_FIELD_NONE : EMRS_FIELD_THING_NAME;
}

static bool has_scheme(emrs_text uri)
{
    size_t colon = emrs_text_find(uri, ':');
    return emrs_text_starts(emrs_text_from(uri, colon), EMRS_TEXT("://"));
}

/* A path is refused: it would be sent before the path of the credentials provider. */
static emrs_rule check_url(emrs_text url)
{
    emrs_endpoint parsed;
    emrs_rule rule = emrs_endpoint_parse(url, &parsed);
    bool is_more = rule == EMRS_RULE_ENDPOINT_SCHEME || rule == EMRS_RULE_ENDPOINT_PATH
                   || rule == EMRS_RULE_ENDPOINT_EXTRA
                   || (rule == EMRS_RULE_NONE && (!parsed.tls || parsed.base_path.size > 0));
    return is_more ? EMRS_RULE_HOST_ONLY : rule;
}

static emrs_field set_up(emrs_provider *provider, emrs_config *client, emrs_pen *endpoint,
                         emrs_rule *rule)
{
    emrs_text uri = provider->config.uri;
    *rule = EMRS_RULE_MISSING;
    if (uri.size == 0)
        return EMRS_FIELD_URI;
    client->endpoint = uri;
    client->persistent = true; /* a device may come up before its network */
    if (!has_scheme(uri)) {
        emrs_put(endpoint, EMRS_TEXT("https://"));
        emrs_put(endpoint, uri);
        client->endpoint = emrs_pen_text(endpoint);
    }
    *rule = emrs_pen_full(endpoint) ? EMRS_RULE_TOO_LONG : check_url(client->endpoint);
    return *rule == EMRS_RULE_NONE ? check(provider, rule) : EMRS_FIELD_URI;
}

static void put_path(emrs_pen *pen, const void *input)
{
    const emrs_provider *provider = input;
    emrs_put_form(pen, "/role-aliases/*/credentials", &provider->config.role_alias);
}

static emrs_text header(const void *input, emrs_text *value)
{
    const emrs_provider *provider = input;
    *value = provider->config.thing_name;
    return EMRS_TEXT("x-amzn-iot-thingname");
}

static const emrs_member members[EMRS_MEMBER_COUNT] = {
    EMRS_MEMBERS("accessKeyId", "secretAccessKey", "sessionToken", "expiration",
                 1 + EMRS_MEMBER_LAST),
    [EMRS_MEMBER_LAST] = {EMRS_TEXT_INIT("credentials"), 1, false, 0},
};

static const emrs_operation get_credentials = {
    .method = EMRS_TEXT_INIT("GET"),
    .check = check,
    .put_path = put_path,
    .header = header,
    .members = members,
    .member_count = EMRS_MEMBER_COUNT,
    .body_size_max = EMRS_PROVIDER_BODY_SIZE_MAX,
    .work_size = EMRS_WORK_SIZE,
    .prepare = emrs_provider_prepare,
    .read = emrs_provider_read,
};

const emrs_source emrs_source_iot = {set_up, &get_credentials, 1, 0};
