/* SPDX-License-Identifier: MIT */
/* Credentials of an EC2 instance's role, by version 2 of its metadata service: a token, the role's
 * name, the role's credentials.
 * src: Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata",
 *      "Retrieve security credentials from instance metadata" */
#include "credentials.h"
#include "id.h"
#include "emrs_config.h"
#include "emrs_text.h"
#include "provider.h"

#define ROLES "/latest/meta-data/iam/security-credentials/"

static emrs_field set_up(emrs_provider *provider, emrs_config *client, emrs_pen *endpoint,
                         emrs_rule *rule)
{
    (void)endpoint;
    *rule = EMRS_RULE_NONE;
    client->endpoint = provider->config.uri;
    if (client->endpoint.size == 0)
        client->endpoint = EMRS_TEXT("http://169.254.169.254");
    client->allow_plain_http = true; /* the application chose the address */
    client->attempt_count = 1;
    return EMRS_FIELD_NONE;
}

/* The token */

static void put_token_path(emrs_pen *pen, const void *input)
{
    (void)input;
    emrs_put(pen, EMRS_TEXT("/latest/api/token"));
}

static emrs_text token_header(const void *input, emrs_text *value)
{
    (void)input;
    *value = EMRS_TEXT("21600"); /* seconds: the longest; SDKs ask for it too */
    return EMRS_TEXT("x-aws-ec2-metadata-token-ttl-seconds");
}

static int read_token(const void *input, const emrs_value values[], void *output)
{
    emrs_provider *provider = output;
    emrs_rule rule = emrs_secret_check(values[0].text, SIZE_MAX);
    (void)input;
    provider->token = values[0].text;
    provider->room.used = values[0].text.size;
    return rule == EMRS_RULE_NONE
               ? EMRS_DONE
               : emrs_credentials_refuse(&provider->result, EMRS_FIELD_METADATA_TOKEN, rule);
}

/* The role's name */

static void put_roles_path(emrs_pen *pen, const void *input)
{
    (void)input;
    emrs_put(pen, EMRS_TEXT(ROLES));
}

static emrs_text header(const void *input, emrs_text *value)
{
    const emrs_provider *provider = input;
    *value = provider->token;
    return EMRS_TEXT("x-aws-ec2-metadata-token");
}

/* Takes the first line. It is checked because it becomes part of a path.
 * src: IAM API reference, CreateRole: RoleName */
static int read_role(const void *input, const emrs_value values[], void *output)
{
    emrs_provider *provider = output;
    emrs_text role = values[0].text;
    (void)input;
    provider->room.used = role.size;
    role.size = emrs_text_find(role, '\n');
    role.size = emrs_text_find(role, '\r');
    provider->role = role;
    emrs_rule rule = emrs_provider_check_name(role, "_+=,.@-", 64);
    if (rule == EMRS_RULE_NONE && (emrs_text_spells(role, ".") || emrs_text_spells(role, "..")))
        rule = EMRS_RULE_BYTE; /* it would change the path */
    return rule == EMRS_RULE_NONE
               ? EMRS_DONE
               : emrs_credentials_refuse(&provider->result, EMRS_FIELD_ROLE, rule);
}

/* The credentials */

static void put_role_path(emrs_pen *pen, const void *input)
{
    const emrs_provider *provider = input;
    emrs_put(pen, EMRS_TEXT(ROLES));
    emrs_put(pen, provider->role);
}

/* If Code is not "Success", the other members are missing. Code then becomes the error's name. */
static int read_credentials(const void *input, const emrs_value values[], void *output)
{
    emrs_provider *provider = output;
    const emrs_value *code = &values[EMRS_MEMBER_LAST];
    if (code->kind != EMRS_VALUE_STRING)
        return emrs_credentials_refuse(&provider->result, EMRS_FIELD_ANSWER_CODE,
                                       code->kind == EMRS_VALUE_ABSENT ? EMRS_RULE_MISSING
                                                                       : EMRS_RULE_VALUE);
    if (!emrs_text_spells(code->text, "Success")) {
        provider->refusal = code->text;
        return emrs_credentials_refuse(&provider->result, EMRS_FIELD_ANSWER_CODE, EMRS_RULE_VALUE);
    }
    return emrs_provider_read(input, values, output);
}

static const emrs_operation operations[] = {
    {
        .method = EMRS_TEXT_INIT("PUT"),
        .check = emrs_provider_check_nothing,
        .put_path = put_token_path,
        .header = token_header,
        .body_size_max = EMRS_PROVIDER_BODY_SIZE_MAX,
        .work_size = EMRS_WORK_SIZE,
        .prepare = emrs_provider_prepare,
        .read = read_token,
    },
    {
        .method = EMRS_TEXT_INIT("GET"),
        .check = emrs_provider_check_nothing,
        .put_path = put_roles_path,
        .header = header,
        .body_size_max = EMRS_PROVIDER_BODY_SIZE_MAX,
        .work_size = EMRS_WORK_SIZE,
        .prepare = emrs_provider_prepare,
        .read = read_role,
    },
    {
        .method = EMRS_TEXT_INIT("GET"),
        .check = emrs_provider_check_nothing,
        .put_path = put_role_path,
        .header = header,
        .members = emrs_credentials_members,
        .member_count = EMRS_MEMBER_COUNT,
        .body_size_max = EMRS_PROVIDER_BODY_SIZE_MAX,
        .work_size = EMRS_WORK_SIZE,
        .prepare = emrs_provider_prepare,
        .read = read_credentials,
    },
};

const emrs_source emrs_source_instance = {set_up, operations,
                                          sizeof operations / sizeof operations[0], 1000};
