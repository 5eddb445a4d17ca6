/* SPDX-License-Identifier: MIT */
#include "credentials.h"

#include "clock.h"
#include "id.h"
#include "json.h"
#include "sieve.h"
#include "emrs_config.h"
#include "emrs_provider.h"
#include "emrs_text.h"

#define RENEW_EARLY_S 600u /* AWS's SDKs renew 5 to 15 minutes before the expiry */

const emrs_member emrs_credentials_members[EMRS_MEMBER_COUNT] = {
    EMRS_MEMBERS("AccessKeyId", "SecretAccessKey", "Token", "Expiration", 0),
    [EMRS_MEMBER_LAST] = {EMRS_TEXT_INIT("Code"), EMRS_DATE_SIZE_MAX, false, 0},
};

static emrs_rule check_kind(emrs_value_kind kind)
{
    switch (kind) {
    case EMRS_VALUE_ABSENT:
    case EMRS_VALUE_NULL:
        return EMRS_RULE_MISSING;
    case EMRS_VALUE_STRING:
        return EMRS_RULE_NONE;
    case EMRS_VALUE_CUT:
        return EMRS_RULE_TOO_LONG;
    default:
        return EMRS_RULE_TYPE;
    }
}

static emrs_rule check_value(unsigned member, emrs_text text)
{
    switch (member) {
    case EMRS_MEMBER_ACCESS_KEY_ID:
        return emrs_access_key_id_check(text);
    case EMRS_MEMBER_SECRET_ACCESS_KEY:
        return emrs_secret_check(text, EMRS_SECRET_SIZE_MAX);
    case EMRS_MEMBER_SESSION_TOKEN:
        return emrs_secret_check(text, SIZE_MAX);
    default:
        return text.size == 0                       ? EMRS_RULE_MISSING
               : emrs_clock_read_rfc3339(text) == 0 ? EMRS_RULE_DATE
                                                    : EMRS_RULE_NONE;
    }
}

int emrs_credentials_refuse(emrs_result *result, emrs_field field, emrs_rule rule)
{
    result->field = field;
    result->rule = rule;
    return rule == EMRS_RULE_MISSING ? EMRS_E_UNVERIFIED
           : rule == EMRS_RULE_TYPE  ? EMRS_E_JSON
                                     : EMRS_E_CREDENTIALS;
}

static int refuse(emrs_result *result, unsigned member, emrs_rule rule)
{
    static const uint8_t fields[] = {EMRS_FIELD_ACCESS_KEY_ID, EMRS_FIELD_SECRET_ACCESS_KEY,
                                     EMRS_FIELD_SESSION_TOKEN, EMRS_FIELD_EXPIRATION};
    return emrs_credentials_refuse(result, (emrs_field)fields[member], rule);
}

/* ret: empty if the value is missing or null */
static emrs_text text_of(const emrs_value *value)
{
    return value->kind == EMRS_VALUE_STRING ? value->text : EMRS_TEXT("");
}

int emrs_credentials_take(const emrs_value values[], bool is_optional,
                          emrs_credentials *credentials, emrs_result *result)
{
    for (unsigned member = 0; member < EMRS_MEMBER_LAST; member++) {
        emrs_rule rule = check_kind(values[member].kind);
        if (rule == EMRS_RULE_MISSING && is_optional && member >= EMRS_MEMBER_SESSION_TOKEN)
            continue;
        if (rule == EMRS_RULE_NONE)
            rule = check_value(member, values[member].text);
        if (rule != EMRS_RULE_NONE)
            return refuse(result, member, rule);
    }
    *credentials = (emrs_credentials){
        .access_key_id = text_of(&values[EMRS_MEMBER_ACCESS_KEY_ID]),
        .secret_access_key = text_of(&values[EMRS_MEMBER_SECRET_ACCESS_KEY]),
        .session_token = text_of(&values[EMRS_MEMBER_SESSION_TOKEN]),
        .expires_s = emrs_clock_read_rfc3339(text_of(&values[EMRS_MEMBER_EXPIRATION])),
    };
    return EMRS_DONE;
}

void emrs_credentials_plan(emrs_credentials *credentials, uint32_t utc_s)
{
    uint32_t quarter_s = (credentials->expires_s - utc_s) / 4u;
    credentials->renew_s =
        credentials->expires_s - (quarter_s < RENEW_EARLY_S ? quarter_s : RENEW_EARLY_S);
}

static const emrs_member process_members[EMRS_MEMBER_COUNT] = {
    EMRS_MEMBERS("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", 0),
    [EMRS_MEMBER_LAST] = {EMRS_TEXT_INIT("Version"), EMRS_DATE_SIZE_MAX, false, 0},
};

/* Reads the values of a whole document into the pen.      err: JSON, UNVERIFIED, SPACE */
static int read_values(emrs_text json, emrs_pen pen, emrs_value values[], emrs_result *result)
{
    emrs_sieve sieve;
    emrs_sieve_init(&sieve, process_members, EMRS_MEMBER_COUNT, pen);
    sieve.more = EMRS_BODY_COUNT_MAX; /* what does not fit is counted */
    emrs_sieve_take(&sieve, json.bytes, json.size);
    int code = emrs_sieve_end(&sieve);
    if (code == EMRS_E_SPACE) {
        result->field = EMRS_FIELD_STORE;
        result->needed_size = sieve.out.used;
    }
    if (code == EMRS_OK)
        emrs_json_read(&sieve, values);
    return code;
}

/* The version decides what the other members mean, so it is checked first.
 * src: AWS SDKs and Tools Reference Guide, "Process credential provider" */
static int check_version(const emrs_value *version, emrs_result *result)
{
    bool is_number = version->kind == EMRS_VALUE_NUMBER;
    if (is_number && emrs_text_spells(version->text, "1"))
        return EMRS_OK;
    return emrs_credentials_refuse(result, EMRS_FIELD_VERSION,
                                   version->kind == EMRS_VALUE_ABSENT ? EMRS_RULE_MISSING
                                                                      : EMRS_RULE_VALUE);
}

int emrs_credentials_read(emrs_text json, emrs_credentials *credentials, void *store,
                          size_t store_size, emrs_result *result)
{
    emrs_value values[EMRS_MEMBER_COUNT];
    emrs_credentials fresh = {.renew_s = 0};
    memset(result, 0, sizeof *result);
    int code = read_values(json, emrs_pen_on(store, store_size), values, result);
    if (code == EMRS_OK)
        code = check_version(&values[EMRS_MEMBER_LAST], result);
    if (code == EMRS_OK)
        code = emrs_credentials_take(values, true, &fresh, result);
    result->code = code;
    if (code < 0) {
        emrs_wipe(store, store_size);
        return code;
    }
    if (fresh.expires_s > 0)
        emrs_credentials_plan(&fresh, 0);
    *credentials = fresh;
    return EMRS_OK;
}
