/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include "emrs_config.h"
#include "emrs_text.h"

/* The partitions whose host names differ from those of aws. In the rule set each has the regular
 * expression ^prefix-\w+-\d+$, and most have one more region by name. Every partition has FIPS and
 * dual-stack. */
static const emrs_partition partitions[] = {
    {"cn", "aws-cn-global", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"eusc-de", "", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"us-iso", "aws-iso-global", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob", "aws-iso-b-global", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe", "aws-iso-e-global", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof", "aws-iso-f-global", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
};
static const emrs_partition aws = {"", "", "amazonaws.com", "api.aws"};
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* Takes off the last word and the dash before it.      ret: what is left */
static emrs_text take_word(emrs_text text, emrs_text *word)
{
    size_t at = text.size;
    while (at > 0 && text.bytes[at - 1] != '-')
        at--;
    *word = emrs_text_from(text, at);
    return (emrs_text){text.bytes, at > 0 ? at - 1 : 0};
}

static bool is_number(emrs_text text)
{
    size_t at = 0;
    while (at < text.size && emrs_is_digit(text.bytes[at]))
        at++;
    return at > 0 && at == text.size;
}

/* Drops "-\d+" and then "-\w+" from the end of a region.
 * ret: the prefix of the regular expression; empty if the region has another form */
static emrs_text prefix_of(emrs_text region)
{
    emrs_text number, word;
    emrs_text prefix = take_word(take_word(region, &number), &word);
    return is_number(number) && word.size > 0 ? prefix : EMRS_TEXT("");
}

const emrs_partition *emrs_partition_of(emrs_text region)
{
    emrs_text prefix = prefix_of(region);
    for (size_t i = 0; i < COUNT(partitions); i++)
        if (emrs_text_spells(prefix, partitions[i].prefix)
            || (region.size > 0 && emrs_text_spells(region, partitions[i].global_region)))
            return &partitions[i];
    return &aws;
}

void emrs_endpoint_host(emrs_pen *host, emrs_text region, bool fips, bool dualstack)
{
    const emrs_partition *partition = emrs_partition_of(region);
    emrs_put_form(host, fips ? "emr-serverless-fips.*." : "emr-serverless.*.", &region);
    emrs_put_form(host, dualstack ? partition->dualstack_dns_suffix : partition->dns_suffix, NULL);
}

/* Whether the host is a registered name or a dotted quad: letters, digits, '-', '_', and single
 * dots between them. */
static bool is_host_name(emrs_text host)
{
    char before = '.';
    for (size_t at = 0; at < host.size; at++) {
        char c = host.bytes[at];
        if (c == '.' ? before == '.' : !emrs_is_alnum(c) && c != '-' && c != '_')
            return false;
        before = c;
    }
    return before != '.';
}

static bool is_hex_quad(char c)
{
    return emrs_hex_digit(c) >= 0 || c == ':' || c == '.';
}

/* Whether the host has the bytes and colons of an IPv6 literal. The resolver checks its groups. */
static bool is_ipv6(emrs_text host)
{
    size_t colon_count = 0;
    for (size_t at = 0; at < host.size; at++) {
        if (!is_hex_quad(host.bytes[at]))
            return false;
        colon_count += host.bytes[at] == ':';
    }
    return colon_count >= 2 && colon_count <= 8;
}

static bool is_at(emrs_text rest, char byte)
{
    return rest.size > 0 && rest.bytes[0] == byte;
}

static size_t name_size(emrs_text rest)
{
    size_t colon = emrs_text_find(rest, ':'), slash = emrs_text_find(rest, '/');
    return colon < slash ? colon : slash;
}

/* Reads the host.      in: rest: what follows the scheme      out: rest: what follows the host */
static emrs_rule host_parse(emrs_text *rest, emrs_text *host)
{
    bool literal = is_at(*rest, '[');
    *rest = emrs_text_from(*rest, literal);
    size_t end = literal ? emrs_text_find(*rest, ']') : name_size(*rest);
    if (literal && end == rest->size)
        return EMRS_RULE_ENDPOINT_HOST;
    *host = (emrs_text){rest->bytes, end};
    *rest = emrs_text_from(*rest, end + literal);
    if (end > EMRS_HOST_SIZE_MAX)
        return EMRS_RULE_TOO_LONG;
    return (literal ? is_ipv6(*host) : is_host_name(*host)) ? EMRS_RULE_NONE
                                                            : EMRS_RULE_ENDPOINT_HOST;
}

/* Reads at most size_max digits, and moves past them. */
static uint32_t take_digits(emrs_text *rest, size_t size_max)
{
    uint32_t value = 0;
    size_t at = 0;
    while (at < rest->size && at < size_max && emrs_is_digit(rest->bytes[at]))
        value = value * 10u + (uint32_t)(rest->bytes[at++] - '0');
    *rest = emrs_text_from(*rest, at);
    return value;
}

/* Whether the host and the port end here. */
static bool is_path(emrs_text rest)
{
    return rest.size == 0 || is_at(rest, '/');
}

/* Reads ":443" or nothing, and moves past it. */
static emrs_rule port_parse(emrs_text *rest, uint16_t *port)
{
    if (!is_at(*rest, ':'))
        return is_path(*rest) ? EMRS_RULE_NONE : EMRS_RULE_ENDPOINT_HOST;
    *rest = emrs_text_from(*rest, 1);
    uint32_t value = take_digits(rest, 6);
    bool is_port = value > 0 && value <= 65535u;
    *port = (uint16_t)value;
    return is_port && is_path(*rest) ? EMRS_RULE_NONE : EMRS_RULE_ENDPOINT_PORT;
}

static bool is_unreserved(char c)
{
    return emrs_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static bool is_segment(emrs_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (!is_unreserved(text.bytes[at]))
            return false;
    return text.size > 0 && !emrs_text_spells(text, ".") && !emrs_text_spells(text, "..");
}

/* Accepts only unreserved bytes, without an empty segment, "." or "..". So the path on the wire is
 * canonical, and the signer has nothing to encode. A slash at the end is dropped, as SDKs do. */
static emrs_rule base_path_parse(emrs_text rest, emrs_text *base_path)
{
    if (rest.size > 0 && rest.bytes[rest.size - 1] == '/')
        rest.size--;
    *base_path = rest;
    if (rest.size > EMRS_BASE_PATH_SIZE_MAX)
        return EMRS_RULE_TOO_LONG;
    while (rest.size > 0) {
        rest = emrs_text_from(rest, 1); /* a slash */
        size_t size = emrs_text_find(rest, '/');
        if (!is_segment((emrs_text){rest.bytes, size}))
            return EMRS_RULE_ENDPOINT_PATH;
        rest = emrs_text_from(rest, size);
    }
    return EMRS_RULE_NONE;
}

static bool has_extra(emrs_text rest)
{
    for (size_t at = 0; at < rest.size; at++)
        if (rest.bytes[at] == '@' || rest.bytes[at] == '?' || rest.bytes[at] == '#')
            return true;
    return false;
}

emrs_rule emrs_endpoint_parse(emrs_text url, emrs_endpoint *endpoint)
{
    endpoint->tls = emrs_text_starts(url, EMRS_TEXT("https://"));
    if (!endpoint->tls && !emrs_text_starts(url, EMRS_TEXT("http://")))
        return EMRS_RULE_ENDPOINT_SCHEME;
    endpoint->port = endpoint->tls ? 443 : 80;
    emrs_text rest = emrs_text_from(url, endpoint->tls ? 8 : 7);
    if (has_extra(rest))
        return EMRS_RULE_ENDPOINT_EXTRA;
    emrs_rule rule = host_parse(&rest, &endpoint->host);
    if (rule == EMRS_RULE_NONE)
        rule = port_parse(&rest, &endpoint->port);
    if (rule == EMRS_RULE_NONE)
        rule = base_path_parse(rest, &endpoint->base_path);
    return rule;
}

/* Takes a dot and a canonical number of 0..255, and moves past them.
 * ret: whether they are there */
static bool take_octet(emrs_text *rest)
{
    if (!is_at(*rest, '.'))
        return false;
    emrs_text digits = emrs_text_from(*rest, 1);
    *rest = digits;
    uint32_t value = take_digits(rest, 3);
    size_t size = digits.size - rest->size;
    return size > 0 && value <= 255u && (size == 1 || digits.bytes[0] != '0');
}

/* Whether the host is "127" and then exactly three octets. */
static bool is_loopback_quad(emrs_text host)
{
    if (!emrs_text_starts(host, EMRS_TEXT("127")))
        return false;
    emrs_text rest = emrs_text_from(host, 3);
    for (int part = 0; part < 3; part++)
        if (!take_octet(&rest))
            return false;
    return rest.size == 0;
}

bool emrs_endpoint_is_loopback(emrs_text host)
{
    return emrs_text_spells(host, "localhost") || emrs_text_spells(host, "::1")
           || is_loopback_quad(host);
}

/* Reads a custom endpoint. Its host is signed in lower case, as SDKs do. */
static emrs_rule custom_parse(const emrs_config *config, emrs_pen *host, emrs_endpoint *endpoint)
{
    if (config->use_fips)
        return EMRS_RULE_CUSTOM_FIPS;
    if (config->use_dualstack)
        return EMRS_RULE_CUSTOM_DUALSTACK;
    emrs_rule rule = emrs_endpoint_parse(config->endpoint, endpoint);
    for (size_t at = 0; rule == EMRS_RULE_NONE && at < endpoint->host.size; at++)
        emrs_put_byte(host, emrs_to_lower(endpoint->host.bytes[at]));
    return rule;
}

/* Replaces "fips-us-east-1" and "us-east-1-fips" by us-east-1 and use_fips, as AWS's SDKs do: they
 * were regions in older SDKs, but a signature must name the region itself. */
static void take_fips(emrs_config *config)
{
    const emrs_text first = EMRS_TEXT("fips-"), last = EMRS_TEXT("-fips");
    emrs_text *region = &config->region;
    if (region->size > first.size && emrs_text_starts(*region, first)) {
        *region = emrs_text_from(*region, first.size);
        config->use_fips = true;
    }
    if (region->size > last.size
        && emrs_text_starts(emrs_text_from(*region, region->size - last.size), last)) {
        region->size -= last.size;
        config->use_fips = true;
    }
}

int emrs_endpoint_find(emrs_client *client, emrs_result *result)
{
    take_fips(&client->config);
    const emrs_config *config = &client->config;
    emrs_endpoint endpoint = {EMRS_TEXT(""), EMRS_TEXT(""), 443, true};
    emrs_pen host = emrs_pen_on(client->host, EMRS_HOST_SIZE_MAX);
    emrs_rule rule = EMRS_RULE_NONE;
    if (config->endpoint.size > 0)
        rule = custom_parse(config, &host, &endpoint);
    else
        emrs_endpoint_host(&host, config->region, config->use_fips, config->use_dualstack);
    if (rule != EMRS_RULE_NONE) {
        result->field = EMRS_FIELD_ENDPOINT;
        result->rule = rule;
        return EMRS_E_ARGUMENT;
    }
    client->host[host.used] = '\0';
    client->base_path = endpoint.base_path;
    client->port = endpoint.port;
    client->tls = endpoint.tls;
    if (client->tls || config->allow_plain_http)
        return EMRS_DONE;
    /* Connects to 127.0.0.1, so that no resolver can send plain http to another machine. */
    emrs_text name = emrs_pen_text(&host);
    client->is_localhost = emrs_text_spells(name, "localhost");
    return emrs_endpoint_is_loopback(name) ? EMRS_DONE : EMRS_E_INSECURE;
}
