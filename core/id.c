/* SPDX-License-Identifier: MIT */
#include "id.h"

#include "emrs_config.h"
#include "emrs_text.h"

static emrs_rule size_check(emrs_text text, size_t size_max)
{
    if (text.size == 0 || text.bytes == NULL)
        return EMRS_RULE_MISSING;
    return text.size > size_max ? EMRS_RULE_TOO_LONG : EMRS_RULE_NONE;
}

static bool is_id_byte(char c)
{
    return emrs_is_digit(c) || (c >= 'a' && c <= 'z');
}

emrs_rule emrs_id_check(emrs_text id)
{
    emrs_rule rule = size_check(id, EMRS_ID_SIZE_MAX);
    for (size_t at = 0; rule == EMRS_RULE_NONE && at < id.size; at++)
        if (!is_id_byte(id.bytes[at]))
            rule = EMRS_RULE_BYTE;
    return rule;
}

emrs_rule emrs_region_check(emrs_text region)
{
    emrs_rule rule = size_check(region, EMRS_REGION_SIZE_MAX);
    for (size_t at = 0; rule == EMRS_RULE_NONE && at < region.size; at++)
        if (!is_id_byte(region.bytes[at]) && region.bytes[at] != '-')
            rule = EMRS_RULE_BYTE;
    return rule;
}

emrs_rule emrs_access_key_id_check(emrs_text id)
{
    emrs_rule rule = size_check(id, EMRS_ACCESS_KEY_ID_SIZE_MAX);
    for (size_t at = 0; rule == EMRS_RULE_NONE && at < id.size; at++)
        if (!emrs_is_alnum(id.bytes[at]) && id.bytes[at] != '_')
            rule = EMRS_RULE_KEY_ID;
    return rule;
}

emrs_rule emrs_secret_check(emrs_text secret, size_t size_max)
{
    emrs_rule rule = size_check(secret, size_max);
    if (rule != EMRS_RULE_NONE)
        return rule;
    /* For a byte outside 0x21..0x7e, one of the differences is negative, and sets the top bit. */
    uint32_t outside = 0;
    for (size_t at = 0; at < secret.size; at++) {
        uint32_t byte = (unsigned char)secret.bytes[at];
        outside |= (byte - 0x21u) | (0x7eu - byte);
    }
    return (outside >> 31) != 0 ? EMRS_RULE_BYTE : EMRS_RULE_NONE;
}

emrs_rule emrs_user_agent_check(emrs_text suffix)
{
    if (suffix.size > EMRS_USER_AGENT_SIZE_MAX)
        return EMRS_RULE_TOO_LONG;
    char before = ' '; /* refuses a space at the start; the last line refuses one at the end */
    for (size_t at = 0; at < suffix.size; at++) {
        char c = suffix.bytes[at];
        if (!emrs_is_printable(c) || (c == ' ' && before == ' '))
            return EMRS_RULE_BYTE;
        before = c;
    }
    return suffix.size > 0 && before == ' ' ? EMRS_RULE_BYTE : EMRS_RULE_NONE;
}

emrs_rule emrs_grace_check(emrs_grace grace, int32_t seconds)
{
    bool is_in_range = seconds >= EMRS_GRACE_MIN_S && seconds <= EMRS_GRACE_MAX_S;
    switch (grace) {
    case EMRS_GRACE_ABSENT: /* the seconds would be ignored */
        return seconds == 0 ? EMRS_RULE_NONE : EMRS_RULE_MISSING;
    case EMRS_GRACE_SECONDS:
        return seconds == 0 || is_in_range ? EMRS_RULE_NONE : EMRS_RULE_RANGE;
    case EMRS_GRACE_UNCHECKED:
        return EMRS_RULE_NONE;
    }
    return EMRS_RULE_MISSING;
}
