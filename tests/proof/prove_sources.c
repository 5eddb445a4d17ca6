/* SPDX-License-Identifier: MIT */
/* function: all of container.c, iot.c and instance.c, and the check of a name
 * method: all inputs, all loops to their end
 * bound: URIs and values of 0 to 20 bytes; the check of a name for 0 to 10, with any limit
 * unwind: 22
 * options: --slice-formula --unwindset emrs_put_form.0:29
 * instead: text.c s/^void emrs_put(/void unused_put(/
 * instead: text.c s/^void emrs_put_byte(/void unused_put_byte(/
 * instead: provider.c s/^emrs_rule emrs_provider_check_name(/emrs_rule real_check_name(/
 * instead: iot.c s/\b\(check\|set_up\|put_path\|header\)\b/iot_\1/g;s/\.iot_/./g
 * instead: iot.c s/\b\(members\|get_credentials\)\b/iot_\1/g;s/\.iot_/./g
 * instead: instance.c s/\b\(set_up\|header\)\b/instance_\1/g;s/\.instance_/./g
 * claims: --no-standard-checks
 * control: instance.c s/provider->role = role;/provider->role = values[0].text;/
 * control: instance.c s/return rule == EMRS_RULE_NONE$/return true/
 * control: iot.c s/^    if (config->thing_name.size == 0)/    if (true)/
 * control: iot.c s/(!parsed.tls || /(/
 * control: container.c s/ || target.bytes.at. == '#'//
 * control: container.c s/((byte ^ 0x7fu) - 1u)/0u/
 * control: container.c s/"169.254.170.2")/"169.254.170.3")/
 * control: provider.c s/name.size > size_max/name.size > size_max + 1/
 * control: provider.c s/ == more.size)/ > more.size)/
 */
#include "proof.h"

#include "container.c"
#include "instance.c"
#include "iot.c"
#include "provider.c"
#include "text.c"

enum { URI_MAX = 20, TEXT_MAX = 20 };

emrs_provider nondet_provider(void);
emrs_config nondet_config(void);
emrs_rule nondet_rule(void);
emrs_value_kind nondet_kind(void);
uint16_t nondet_uint16(void);

static char uri_bytes[URI_MAX];
static char bytes[TEXT_MAX], more[TEXT_MAX]; /* names, values of headers and of answers */
static char url[URI_MAX + 8];
static emrs_provider provider;
static emrs_config client;
static emrs_endpoint parsed; /* what endpoint.c returned */
static emrs_rule parsed_rule;

static emrs_text any_text(const char *from, size_t most)
{
    size_t at = nondet_size(), size = nondet_size();
    ASSUME(at <= most && size <= most - at);
    return (emrs_text){from + at, size};
}

/* The functions of lower levels, by their contracts */

/* prove_endpoint.c: host and path are inside the URL. */
emrs_rule emrs_endpoint_parse(emrs_text text, emrs_endpoint *endpoint)
{
    PROVE(__CPROVER_r_ok(text.bytes, text.size));
    endpoint->host = any_text(text.bytes, text.size);
    endpoint->base_path = any_text(text.bytes, text.size);
    endpoint->port = nondet_uint16();
    endpoint->tls = nondet_bool();
    parsed = *endpoint;
    parsed_rule = nondet_rule();
    return parsed_rule;
}
const emrs_member emrs_credentials_members[EMRS_MEMBER_COUNT] = {
    [EMRS_MEMBER_LAST] = {.size_max = EMRS_DATE_SIZE_MAX}};
int emrs_credentials_refuse(emrs_result *result, emrs_field field, emrs_rule rule)
{
    int code = nondet_int();
    ASSUME(code < 0);
    PROVE(field != EMRS_FIELD_NONE && rule != EMRS_RULE_NONE);
    result->field = field;
    result->rule = rule;
    return code;
}
static unsigned taken_count;
int emrs_credentials_take(const emrs_value values[], bool is_optional,
                          emrs_credentials *credentials, emrs_result *result)
{
    int code = nondet_int();
    ASSUME(code <= EMRS_DONE);
    (void)values;
    PROVE(!is_optional && credentials == &provider.fresh && result == &provider.result);
    taken_count++;
    return code;
}

/* The pen, by its contract: prove_text.c. If a text of a target is from a peer or from the
 * configuration, it must have passed its check. */

static emrs_text checked[4]; /* the texts that have passed a check */
static unsigned checked_count;

static bool is_same(emrs_text a, emrs_text b)
{
    return a.bytes == b.bytes && a.size == b.size;
}

static bool is_checked(emrs_text text)
{
    bool is = false;
    for (unsigned i = 0; i < 4; i++)
        is = is || (i < checked_count && is_same(checked[i], text));
    return is;
}

static emrs_rule check_any(emrs_text text, size_t size_max)
{
    emrs_rule rule = nondet_rule();
    ASSUME(rule != EMRS_RULE_NONE || (text.size > 0 && text.size <= size_max));
    if (rule == EMRS_RULE_NONE && checked_count < 4)
        checked[checked_count++] = text;
    return rule;
}
/* Proved below. The bytes that `others` allows include none that ends a path or a header, or begins
 * another segment. */
emrs_rule emrs_provider_check_name(emrs_text name, const char *others, size_t size_max)
{
    for (size_t at = 0; others[at] != '\0'; at++)
        PROVE(others[at] > ' ' && others[at] < 0x7f && strchr("/?#%\\\"", others[at]) == NULL);
    PROVE(size_max <= 128);
    return check_any(name, size_max);
}
emrs_rule emrs_secret_check(emrs_text secret, size_t size_max)
{
    return check_any(secret, size_max);
}

static bool is_among(char byte, const char *others)
{
    bool is = emrs_is_alnum(byte);
    for (; *others != '\0'; others++)
        is = is || byte == *others;
    return is;
}

static void prove_name(void)
{
    static const char *const sets[] = {"_=,@-", ":_-", "_+=,.@-"};
    emrs_text name = {bytes, nondet_size()};
    unsigned which = nondet_unsigned();
    size_t size_max = nondet_size(), at = nondet_size();
    __CPROVER_havoc_object(bytes);
    ASSUME(name.size <= 10 && which < 3 && at < 10);
    emrs_rule rule = real_check_name(name, sets[which], size_max);
    PROVE(rule != EMRS_RULE_NONE || (name.size > 0 && name.size <= size_max));
    PROVE(rule != EMRS_RULE_NONE || at >= name.size || is_among(bytes[at], sets[which]));
    PROVE((rule == EMRS_RULE_MISSING) == (name.size == 0));
    REACHED(rule == EMRS_RULE_NONE && name.size == 10);
    REACHED(rule == EMRS_RULE_TOO_LONG && name.size == 1);
    REACHED(rule == EMRS_RULE_BYTE);
}

static enum { NO_TARGET, URI_TARGET, NAME_TARGET } writes;
static char first; /* byte of what was written */

void emrs_put(emrs_pen *pen, emrs_text text)
{
    size_t at = nondet_size();
    PROVE(text.size == 0 || __CPROVER_r_ok(text.bytes, text.size));
    if (writes == URI_TARGET && at < text.size)
        PROVE(text.bytes[at] > ' ' && text.bytes[at] < 0x7f && text.bytes[at] != '#');
    PROVE(writes != NAME_TARGET || !__CPROVER_same_object(text.bytes, bytes) || is_checked(text));
    if (pen->used == 0 && text.size > 0)
        first = text.bytes[0];
    pen->used += text.size;
}
void emrs_put_byte(emrs_pen *pen, char byte)
{
    if (pen->used == 0)
        first = byte;
    pen->used++;
}

/* What a call does with an operation. Path and header fit. They have only the operation's words and
 * names that passed their check, and for a container its URI and value, without a byte that would
 * end them. */
static void prove_request(const emrs_operation *operation, bool is_container)
{
    emrs_pen pen = {NULL, 0, 0};
    emrs_text value = {NULL, 0}, name = {NULL, 0};
    size_t at = nondet_size();
    writes = is_container ? URI_TARGET : NAME_TARGET;
    operation->put_path(&pen, &provider);
    writes = NO_TARGET;
    name = operation->header(&provider, &value);
    PROVE(pen.used > 0 && first == '/' && operation->put_query == NULL);
    PROVE(name.size > 0 && pen.used + name.size <= EMRS_TARGET_SIZE_MAX);
    PROVE(value.size == 0 || __CPROVER_r_ok(value.bytes, value.size));
    bool is_given = __CPROVER_same_object(value.bytes, more) && value.size > 0;
    PROVE(is_container || !is_given || is_checked(value));
    PROVE(!is_given || !is_container || at >= value.size
          || ((unsigned char)value.bytes[at] >= ' ' && value.bytes[at] != 0x7f));
    REACHED(is_container && is_given && at < value.size && value.bytes[at] < 0);
    REACHED(is_given && !is_container);
}

/* What provider.c relies on: prove_provider.c */
static void prove_operations(const emrs_source *source)
{
    PROVE(source->operation_count >= 1 && source->operation_count <= 3);
    for (unsigned i = 0; i < source->operation_count; i++) {
        const emrs_operation *o = &source->operations[i];
        PROVE(!o->changes && o->service.size == 0 && o->method.size > 0);
        PROVE(o->prepare == emrs_provider_prepare); /* prove_provider.c proves its room */
        PROVE(o->work_size == EMRS_WORK_SIZE && o->body_size_max == EMRS_PROVIDER_BODY_SIZE_MAX);
        PROVE(o->member_count <= (o->members == NULL ? 0 : EMRS_MEMBER_COUNT));
    }
}

static emrs_field set_up_source(const emrs_source *source)
{
    emrs_pen pen = emrs_pen_on(url, sizeof url);
    emrs_rule rule = EMRS_RULE_NONE;
    checked_count = 0;
    provider = nondet_provider();
    client = nondet_config();
    client.allow_plain_http = client.persistent = false; /* as provider.c sets it */
    __CPROVER_havoc_object(uri_bytes);
    __CPROVER_havoc_object(bytes);
    __CPROVER_havoc_object(more);
    provider.config.uri =
        nondet_bool() ? (emrs_text){NULL, 0} : (emrs_text){uri_bytes, nondet_size()};
    ASSUME(provider.config.uri.size <= URI_MAX);
    provider.config.role_alias = any_text(bytes, TEXT_MAX);
    provider.config.thing_name = any_text(more, TEXT_MAX);
    provider.config.authorization = any_text(more, TEXT_MAX);
    pen.size = nondet_size();
    ASSUME(pen.size <= sizeof url);
    emrs_field field = source->set_up(&provider, &client, &pen, &rule);
    PROVE((field == EMRS_FIELD_NONE) == (rule == EMRS_RULE_NONE) && field != EMRS_FIELD_ENDPOINT);
    PROVE(field != EMRS_FIELD_NONE || __CPROVER_r_ok(client.endpoint.bytes, client.endpoint.size));
    return field;
}

static bool is_host(emrs_text host, const char *word, size_t size)
{
    return host.size == size && memcmp(host.bytes, word, size) == 0;
}

/* Endpoint and target together are the complete URI, and plain http goes only to fixed
 * addresses. */
static void prove_container(void)
{
    emrs_rule rule;
    prove_operations(&emrs_source_container);
    if (set_up_source(&emrs_source_container) != EMRS_FIELD_NONE)
        return;
    emrs_text uri = provider.config.uri, target = provider.target;
    PROVE(uri.size > 0 && client.endpoint.bytes == uri.bytes
          && target.bytes == uri.bytes + client.endpoint.size
          && client.endpoint.size + target.size == uri.size);
    PROVE(!client.allow_plain_http
          || (parsed_rule == EMRS_RULE_NONE
              && (is_host(parsed.host, "169.254.170.2", 13)
                  || is_host(parsed.host, "169.254.170.23", 14)
                  || is_host(parsed.host, "fd00:ec2::23", 12))));
    REACHED(client.allow_plain_http && target.size > 2);
    /* The application may change it between renewals. */
    __CPROVER_havoc_object(more);
    provider.config.authorization = any_text(more, TEXT_MAX);
    if (emrs_source_container.operations->check(&provider, &rule) == EMRS_FIELD_NONE)
        prove_request(emrs_source_container.operations, true);
}

/* AWS IoT is asked only over TLS, without a base path, and with names that passed their check. */
static void prove_iot(void)
{
    emrs_rule rule;
    prove_operations(&emrs_source_iot);
    if (set_up_source(&emrs_source_iot) != EMRS_FIELD_NONE)
        return;
    PROVE(parsed_rule == EMRS_RULE_NONE && parsed.tls && parsed.base_path.size == 0);
    PROVE(!client.allow_plain_http);
    checked_count = 0; /* from here only the check at each start counts, not the set-up's */
    if (emrs_source_iot.operations->check(&provider, &rule) == EMRS_FIELD_NONE)
        prove_request(emrs_source_iot.operations, false);
    REACHED(client.endpoint.bytes == url && provider.config.thing_name.size == 0);
}

static int read(unsigned which, emrs_value values[])
{
    provider.room = (emrs_pen){bytes, TEXT_MAX, 0};
    return emrs_source_instance.operations[which].read(&provider, values, &provider);
}

/* For any answers, the token and the name of the role are used only if they passed their checks. */
static void prove_instance(void)
{
    emrs_value values[EMRS_MEMBER_COUNT];
    const emrs_operation *operations_of = emrs_source_instance.operations;
    prove_operations(&emrs_source_instance);
    emrs_field field = set_up_source(&emrs_source_instance);
    PROVE(field == EMRS_FIELD_NONE);
    PROVE(client.attempt_count == 1
          && !client.persistent); /* so no attempt overwrites what is kept */
    prove_request(&operations_of[0], false);
    values[0].text = any_text(more, TEXT_MAX); /* each answer has its own place in the half */
    int code = read(0, values);
    PROVE(code <= EMRS_DONE && provider.room.used == values[0].text.size);
    if (code < 0)
        return;
    prove_request(&operations_of[1], false);
    values[0].text = any_text(bytes, TEXT_MAX);
    code = read(1, values);
    PROVE(code <= EMRS_DONE && provider.room.used == values[0].text.size);
    if (code < 0)
        return;
    emrs_text role = provider.role;
    PROVE(role.bytes == values[0].text.bytes && is_checked(role) && role.size <= 64);
    PROVE(role.bytes[0] != '.' || (role.size > 1 && (role.bytes[1] != '.' || role.size > 2)));
    prove_request(&operations_of[2], false);
    REACHED(role.size < values[0].text.size);
    REACHED(role.size == 2 && role.bytes[0] == '.');
}

/* The last answer: a refusal keeps the complete Code, which has a limited size. */
static void prove_refusal(void)
{
    emrs_value values[EMRS_MEMBER_COUNT];
    emrs_value *last = &values[EMRS_MEMBER_LAST];
    provider = nondet_provider();
    __CPROVER_havoc_object(bytes);
    provider.refusal.size = 0;
    taken_count = 0;
    last->kind = nondet_kind();
    last->text = any_text(bytes, TEXT_MAX);
    ASSUME(last->kind != EMRS_VALUE_STRING
           || last->text.size
                  <= emrs_source_instance.operations[2].members[EMRS_MEMBER_LAST].size_max);
    int code = read(2, values);
    PROVE(code <= EMRS_DONE && (code < 0 || taken_count == 1));
    PROVE(taken_count == 0 || is_host(last->text, "Success", 7));
    PROVE(provider.refusal.size <= EMRS_DATE_SIZE_MAX);
    PROVE(provider.refusal.size == 0 || (code < 0 && provider.refusal.bytes == last->text.bytes));
    REACHED(code == EMRS_DONE);
    REACHED(provider.refusal.size == TEXT_MAX);
}

void proof(void)
{
    if (nondet_bool())
        prove_container();
    else if (nondet_bool())
        prove_iot();
    else if (nondet_bool())
        prove_instance();
    else if (nondet_bool())
        prove_refusal();
    else
        prove_name();
}
