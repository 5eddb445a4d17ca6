/* SPDX-License-Identifier: MIT */
/* The result of a renewal in words, and what to do next. Only programs that print link it. The
 * texts name no option, no variable and no command, since they are for hosts and for devices. */
#include "emrs_config.h"
#include "emrs_provider.h"
#include "emrs_text.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

const char *emrs_provider_code_words(const emrs_provider *provider)
{
    const emrs_result *result = &provider->result;
    switch (result->code) {
    case EMRS_E_INSECURE:
        return "the source of the credentials is not secure";
    case EMRS_E_STATE: /* the code until the first renewal */
        return "the provider was not asked for credentials";
    case EMRS_E_SPACE: /* after emrs_provider_init it is about the work buffer */
        return result->field == EMRS_FIELD_STORE ? "the store for the credentials is too small"
                                                 : emrs_code_words(result->code);
    case EMRS_E_PROTOCOL:
        return "the answer is not from a source of credentials";
    case EMRS_E_JSON:
        return "the answer is not valid JSON of credentials";
    case EMRS_E_UNVERIFIED:
        return "the answer lacks credentials";
    case EMRS_E_CREDENTIALS:
        return "the answer holds credentials that cannot be used";
    case EMRS_E_SERVICE:
        return "the source of the credentials answered with an error";
    case EMRS_E_AUTH:
        return "the source of the credentials refused to give any";
    default:
        return emrs_code_words(result->code);
    }
}

const char *emrs_provider_field_words(emrs_field field)
{
    static const char *const words[] = {
        [0] = "URI of the credentials", /* EMRS_FIELD_URI */
        [EMRS_FIELD_AUTHORIZATION - EMRS_FIELD_URI] = "authorization token",
        [EMRS_FIELD_ROLE_ALIAS - EMRS_FIELD_URI] = "role alias",
        [EMRS_FIELD_THING_NAME - EMRS_FIELD_URI] = "thing name",
        [EMRS_FIELD_STORE - EMRS_FIELD_URI] = "store for the credentials",
        [EMRS_FIELD_ROLE - EMRS_FIELD_URI] = "role name in the answer",
        [EMRS_FIELD_METADATA_TOKEN - EMRS_FIELD_URI] = "metadata token in the answer",
        [EMRS_FIELD_ANSWER_CODE - EMRS_FIELD_URI] = "Code in the answer",
        [EMRS_FIELD_EXPIRATION - EMRS_FIELD_URI] = "expiration in the answer",
        [EMRS_FIELD_VERSION - EMRS_FIELD_URI] = "Version in the answer",
    };
    int at = (int)field - (int)EMRS_FIELD_URI;
    return at >= 0 && at < (int)COUNT(words) ? words[at] : emrs_field_words(field);
}

static const char *size_words(emrs_field field)
{
    switch (field) {
    case EMRS_FIELD_URI:
        return "has a host longer than 253 bytes or a path longer than 480";
    case EMRS_FIELD_ROLE_ALIAS:
    case EMRS_FIELD_THING_NAME:
        return "is longer than 128 bytes";
    default:
        return emrs_rule_words(field, EMRS_RULE_TOO_LONG);
    }
}

static const char *byte_words(emrs_field field)
{
    switch (field) {
    case EMRS_FIELD_URI:
        return "has a path with a space, a fragment, a control byte or a byte that is not ASCII";
    case EMRS_FIELD_AUTHORIZATION:
        return "holds a line end or another control byte";
    case EMRS_FIELD_ROLE_ALIAS:
        return "may hold only letters, digits and _ = , @ -";
    case EMRS_FIELD_THING_NAME:
        return "may hold only letters, digits and : _ -";
    case EMRS_FIELD_ROLE:
        return "is not a role name";
    case EMRS_FIELD_METADATA_TOKEN:
        return "holds a space, a line end, a control byte or a byte that is not ASCII";
    default:
        return emrs_rule_words(field, EMRS_RULE_BYTE);
    }
}

const char *emrs_provider_rule_words(emrs_field field, emrs_rule rule)
{
    switch (rule) {
    case EMRS_RULE_TOO_LONG:
        return size_words(field);
    case EMRS_RULE_BYTE:
        return byte_words(field);
    case EMRS_RULE_ENDPOINT_SCHEME:
        return "must begin with http:// or https://";
    case EMRS_RULE_HOST_ONLY:
        return "must be a host name, or https://host[:port], without a path";
    case EMRS_RULE_PLAIN_HOST:
        return "may be http only for loopback and the addresses of ECS and EKS: use https";
    case EMRS_RULE_TYPE:
        return "is not a text";
    case EMRS_RULE_DATE:
        return "is not a date of RFC 3339";
    case EMRS_RULE_PASSED:
        return "has passed";
    case EMRS_RULE_VALUE:
        return field == EMRS_FIELD_VERSION ? "must be 1" : "is not \"Success\"";
    default:
        return emrs_rule_words(field, rule);
    }
}

static bool holds(emrs_text text, const char *part)
{
    const emrs_text start = {part, strlen(part)};
    for (size_t at = 0; at < text.size; at++)
        if (emrs_text_starts(emrs_text_from(text, at), start))
            return true;
    return false;
}

/* Chooses the step by the text of AWS IoT's error. It is only a hint for people: no decision
 * depends on it. */
static const char *iot_step(const emrs_result *result)
{
    static const struct {
        const char *part, *step;
    } steps[] = {
        {"Invalid thing name",
         "Attach the certificate to the thing of this name, or leave the thing name out."},
        {"Certificate is invalid",
         "Register and activate this certificate in the account and region of the endpoint."},
        {"exceeds the MaxSessionDuration", "Lower the role alias's credential duration, or raise "
                                           "the role's maximum session duration."},
        {"nable to assume the role",
         "Check the role alias's role, and that credentials.iot.amazonaws.com may assume it."},
        {"alias does not exist",
         "Check the role alias, and that it is in the account and region of the endpoint."},
    };
    for (size_t i = 0; i < COUNT(steps); i++)
        if (holds(result->message, steps[i].part))
            return steps[i].step;
    if (result->status == 404)
        return "Check the role alias, and that the endpoint is the one for credentials.";
    if (result->status == 403)
        return "Attach an active policy to the certificate that allows "
               "iot:AssumeRoleWithCertificate on the role alias.";
    return NULL;
}

static const char *container_step(const emrs_result *result)
{
    if (result->status == 404)
        return "Check the path of the URI, with its final slash, and the authorization token.";
    if (result->status == 400 || result->status == 401 || result->status == 403)
        return "Check the authorization token: it is new after each start of the container's "
               "agent.";
    return NULL;
}

static const char *instance_step(const emrs_result *result)
{
    if (result->status == 404)
        return "Attach a role to this instance.";
    if (result->status == 401 || result->status == 403)
        return "Allow this instance's metadata service, version 2, for this process.";
    if (result->field == EMRS_FIELD_ANSWER_CODE)
        return "Check the role of this instance, and that EC2 may assume it.";
    return NULL;
}

/* ret: the step for failures of TLS that occur if a server asks for this device's certificate */
static const char *certificate_step(const emrs_result *result)
{
    switch (result->reason) {
    case EMRS_REASON_TLS_ALERT:
    case EMRS_REASON_TLS_CUT:
    case EMRS_REASON_TLS_CLIENT_CERTIFICATE:
        return "Check that this device presents its certificate, and that it is registered and "
               "active.";
    default:
        return NULL;
    }
}

static const char *source_step(const emrs_provider *provider)
{
    const emrs_source *source = provider->config.source;
    if (source == &emrs_source_iot) {
        const char *step = certificate_step(&provider->result);
        return step != NULL ? step : iot_step(&provider->result);
    }
    return source == &emrs_source_container ? container_step(&provider->result)
                                            : instance_step(&provider->result);
}

static const char *code_step(const emrs_result *result)
{
    switch (result->code) {
    case EMRS_E_STATE:
        return "Set renew in the port, to a function that calls emrs_renew for this provider.";
    case EMRS_E_CREDENTIALS:
        return result->rule == EMRS_RULE_PASSED
                   ? "Check the clock of this device: it says that the credentials have expired."
                   : "Check the source of the credentials: its answer cannot be used.";
    case EMRS_E_JSON:
    case EMRS_E_UNVERIFIED:
        return "Look at the log of the source: its answer holds no credentials.";
    case EMRS_E_PROTOCOL:
    case EMRS_E_REDIRECT:
        return "Check the URI of the credentials.";
    case EMRS_E_SPACE:
        return result->field == EMRS_FIELD_STORE ? "Give the provider a larger store." : NULL;
    case EMRS_E_INSECURE:
        return "Use https, or an address of loopback, ECS or EKS.";
    case EMRS_E_SERVICE:
    case EMRS_E_AUTH:
    case EMRS_E_THROTTLED:
        return result->status >= 500 ? "Try again in a moment."
                                     : "Read what the source says, and correct that.";
    case EMRS_E_CONNECT:
    case EMRS_E_TIMEOUT:
        return "Check that the source of the credentials is up, and can be reached from here.";
    default:
        return NULL;
    }
}

const char *emrs_provider_next_step(const emrs_provider *provider)
{
    const emrs_result *result = &provider->result;
    if (result->code >= EMRS_DONE)
        return "";
    const char *step = source_step(provider);
    if (step == NULL)
        step = code_step(result);
    return step != NULL ? step : emrs_next_step(result);
}
