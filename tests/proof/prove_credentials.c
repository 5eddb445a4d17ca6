/* SPDX-License-Identifier: MIT */
/* function: all of credentials.c, by the contracts of sieve, json, id and clock
 * method: all inputs, all loops to their end
 * bound: a store of 0 to 16 bytes
 * unwind: 18
 * control: credentials.c s/^            return refuse(/            refuse(/
 * control: credentials.c s/        if (rule == EMRS_RULE_NONE)$/        if (member != 2)/
 * control: credentials.c s/>= EMRS_MEMBER_SESSION_TOKEN)/>= EMRS_MEMBER_SECRET_ACCESS_KEY)/
 * control: credentials.c s/kind == EMRS_VALUE_STRING ? value/kind != EMRS_VALUE_ABSENT ? value/
 * control: credentials.c s/quarter_s < RENEW_EARLY_S/quarter_s > RENEW_EARLY_S/
 * control: credentials.c s/        emrs_wipe(store, store_size);//
 */
#include "proof.h"

#include "credentials.c"
#include "text.c"

enum { STORE_MAX = 16, BYTES = 512 };

emrs_value nondet_value(void);
emrs_credentials nondet_credentials(void);
emrs_result nondet_result(void);
emrs_rule nondet_rule(void);
uint32_t nondet_uint32(void);

static char bytes[BYTES]; /* what the values point to, each to its own place */
static emrs_value values[EMRS_MEMBER_COUNT];
static bool is_fit[EMRS_MEMBER_COUNT]; /* whether its text passed the check */

static void any_values(void)
{
    __CPROVER_havoc_object(bytes);
    for (unsigned i = 0; i < EMRS_MEMBER_COUNT; i++) {
        values[i] = nondet_value();
        values[i].text.bytes = bytes + i;
        is_fit[i] = false;
        ASSUME(values[i].text.size <= EMRS_SECRET_SIZE_MAX);
        ASSUME((unsigned)values[i].kind <= EMRS_VALUE_OTHER);
    }
}

/* The functions of lower levels, by their contracts. Each must get the complete text of a
 * member. */

static emrs_rule check_any(unsigned member, emrs_text text, size_t size_max)
{
    emrs_rule rule = nondet_rule();
    PROVE(text.bytes == values[member].text.bytes && text.size == values[member].text.size);
    ASSUME(rule != EMRS_RULE_NONE || (text.size > 0 && text.size <= size_max));
    is_fit[member] = rule == EMRS_RULE_NONE;
    return rule;
}
emrs_rule emrs_access_key_id_check(emrs_text id)
{
    return check_any(EMRS_MEMBER_ACCESS_KEY_ID, id, EMRS_ACCESS_KEY_ID_SIZE_MAX);
}
emrs_rule emrs_secret_check(emrs_text secret, size_t size_max)
{
    bool is_secret = secret.bytes == values[EMRS_MEMBER_SECRET_ACCESS_KEY].text.bytes;
    return check_any(is_secret ? EMRS_MEMBER_SECRET_ACCESS_KEY : EMRS_MEMBER_SESSION_TOKEN, secret,
                     size_max);
}
static uint32_t expires_s; /* the expiration; 0: its text is not a date */
uint32_t emrs_clock_read_rfc3339(emrs_text text)
{
    return text.size > 0 && text.bytes == values[EMRS_MEMBER_EXPIRATION].text.bytes ? expires_s : 0;
}

void emrs_sieve_init(emrs_sieve *sieve, const emrs_member *members, uint8_t count, emrs_pen out)
{
    PROVE(count == EMRS_MEMBER_COUNT && __CPROVER_w_ok(out.bytes, out.size));
    memset(sieve, 0, sizeof *sieve);
    sieve->members = members;
    sieve->out = out;
}
void emrs_sieve_take(emrs_sieve *sieve, const char *from, size_t size)
{
    PROVE(__CPROVER_r_ok(from, size));
    sieve->out.used = nondet_size();
}
static bool is_strict;
int emrs_sieve_end(emrs_sieve *sieve)
{
    is_strict = nondet_bool();
    return !is_strict ? EMRS_E_JSON : emrs_pen_full(&sieve->out) ? EMRS_E_SPACE : EMRS_OK;
}
void emrs_json_read(emrs_sieve *sieve, emrs_value to[])
{
    PROVE(is_strict && !emrs_pen_full(&sieve->out)); /* never a part of a document */
    any_values();
    memcpy(to, values, sizeof values);
}

static bool is_same_text(emrs_text a, emrs_text b)
{
    return a.bytes == b.bytes && a.size == b.size;
}

static bool is_same(const emrs_credentials *a, const emrs_credentials *b)
{
    return is_same_text(a->access_key_id, b->access_key_id)
           && is_same_text(a->secret_access_key, b->secret_access_key)
           && is_same_text(a->session_token, b->session_token) && a->expires_s == b->expires_s
           && a->renew_s == b->renew_s;
}

/* The text is the complete text of the member, is not empty, and has passed its check. */
static bool is_checked(emrs_text text, unsigned member)
{
    return is_same_text(text, values[member].text) && text.size > 0 && is_fit[member]
           && values[member].kind == EMRS_VALUE_STRING;
}

static bool is_missing(unsigned member)
{
    return values[member].kind == EMRS_VALUE_ABSENT || values[member].kind == EMRS_VALUE_NULL;
}

/* The credentials are complete. */
static bool is_whole(const emrs_credentials *c, bool is_optional)
{
    bool has_token = is_checked(c->session_token, EMRS_MEMBER_SESSION_TOKEN);
    bool has_end = c->expires_s > 0 && c->expires_s == expires_s
                   && values[EMRS_MEMBER_EXPIRATION].kind == EMRS_VALUE_STRING;
    bool lacks_token = c->session_token.size == 0 && is_missing(EMRS_MEMBER_SESSION_TOKEN);
    bool lacks_end = c->expires_s == 0 && is_missing(EMRS_MEMBER_EXPIRATION);
    return is_checked(c->access_key_id, EMRS_MEMBER_ACCESS_KEY_ID)
           && is_checked(c->secret_access_key, EMRS_MEMBER_SECRET_ACCESS_KEY)
           && (has_token || (is_optional && lacks_token))
           && (has_end || (is_optional && lacks_end));
}

static void prove_take(void)
{
    emrs_credentials credentials = nondet_credentials(), before = credentials;
    emrs_result result = nondet_result();
    bool is_optional = nondet_bool();
    any_values();
    result.rule = EMRS_RULE_NONE;
    int code = emrs_credentials_take(values, is_optional, &credentials, &result);
    PROVE(code == EMRS_DONE || code == EMRS_E_UNVERIFIED || code == EMRS_E_JSON
          || code == EMRS_E_CREDENTIALS);
    PROVE(code < 0 ? is_same(&credentials, &before) : is_whole(&credentials, is_optional));
    PROVE(code < 0 ? result.rule != EMRS_RULE_NONE && result.field >= EMRS_FIELD_ACCESS_KEY_ID
                   : result.rule == EMRS_RULE_NONE);
    REACHED(code == EMRS_DONE && !is_optional);
    REACHED(code == EMRS_DONE && credentials.session_token.size == 0 && credentials.expires_s > 0);
    REACHED(code == EMRS_E_CREDENTIALS && result.rule == EMRS_RULE_TOO_LONG
            && result.field == EMRS_FIELD_SESSION_TOKEN);
    REACHED(code == EMRS_E_CREDENTIALS && result.rule == EMRS_RULE_DATE);
}

/* New ones are asked for later than now, and at most ten minutes before the end. */
static void prove_plan(void)
{
    emrs_credentials credentials = nondet_credentials();
    uint32_t utc_s = nondet_uint32(), end_s = credentials.expires_s;
    ASSUME(utc_s < end_s);
    emrs_credentials_plan(&credentials, utc_s);
    PROVE(credentials.expires_s == end_s && credentials.renew_s <= end_s);
    PROVE(credentials.renew_s > utc_s && end_s - credentials.renew_s <= RENEW_EARLY_S);
    REACHED(end_s - credentials.renew_s == RENEW_EARLY_S);
    REACHED(credentials.renew_s == end_s);
}

/* The answer of a process: if it is refused, no part of a secret is left in the store. */
static void prove_read(void)
{
    emrs_credentials credentials = nondet_credentials(), before = credentials;
    emrs_result result = nondet_result();
    size_t size = nondet_size(), store_size = nondet_size(), at = nondet_size();
    ASSUME(size <= BYTES && store_size <= STORE_MAX);
    char *store = any_bytes(store_size);
    int code =
        emrs_credentials_read((emrs_text){bytes, size}, &credentials, store, store_size, &result);
    PROVE(code == result.code && code <= EMRS_OK);
    PROVE(code < 0 ? is_same(&credentials, &before) : is_whole(&credentials, true) && is_strict);
    PROVE(code == EMRS_OK || at >= store_size || store[at] == 0);
    PROVE(code < 0 || values[EMRS_MEMBER_LAST].kind == EMRS_VALUE_NUMBER);
    PROVE(code < 0 || (credentials.renew_s > 0) == (credentials.expires_s > 0));
    PROVE(code != EMRS_E_SPACE || result.needed_size > store_size);
    REACHED(code == EMRS_OK && credentials.expires_s > 0);
    REACHED(code == EMRS_OK && credentials.expires_s == 0 && store_size == STORE_MAX);
    REACHED(code == EMRS_E_SPACE && store_size == 0);
    REACHED(code == EMRS_E_UNVERIFIED && result.field == EMRS_FIELD_VERSION);
}

void proof(void)
{
    expires_s = nondet_uint32();
    if (nondet_bool())
        prove_take();
    else if (nondet_bool())
        prove_plan();
    else
        prove_read();
}
