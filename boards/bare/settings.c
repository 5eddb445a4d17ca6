/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <string.h>

#include "board.h"
#include "identity.h"
#include "iot.h"
#include "stop.h"
#include "emrs_text.h"

#if defined(BARE_TLS_1_3)
#define BARE_TLS 13 /* the highest version to offer */
#else
#define BARE_TLS 12
#endif

enum { WORDS_SIZE = 640, ARENA_SIZE_MIN = 1024 };
#define FILE_SIZE_MAX 1599

/* The texts of the settings point into these. */
static char words[WORDS_SIZE], credentials[SETTINGS_STORE_SIZE];

/* Removes the next word from `left`, and splits it at '='.      ret: false if none is left */
static bool next_word(emrs_text *left, char separator, emrs_text *key, emrs_text *value)
{
    while (left->size > 0) {
        size_t size = emrs_text_find(*left, separator);
        emrs_text word = {left->bytes, size};
        *left = emrs_text_from(*left, size < left->size ? size + 1u : size);
        size_t at = emrs_text_find(word, '=');
        if (at < word.size) {
            *key = (emrs_text){word.bytes, at};
            *value = emrs_text_from(word, at + 1u);
            return true;
        }
    }
    return false;
}

bool settings_number(emrs_text text, uint32_t most, uint32_t *value)
{
    *value = 0;
    for (size_t at = 0; at < text.size; at++) {
        uint32_t digit = (uint32_t)(text.bytes[at] - '0');
        if (digit > 9u || digit > most || *value > (most - digit) / 10u)
            return false;
        *value = *value * 10u + digit;
    }
    return text.size > 0;
}

/* Reads "address" or "address:port". */
static bool parse_address(emrs_text text, ip_addr_t *to, uint16_t *port)
{
    char name[IPADDR_STRLEN_MAX];
    size_t at = emrs_text_find(text, ':');
    uint32_t value = *port;
    if (at >= sizeof name)
        return false;
    memcpy(name, text.bytes, at);
    name[at] = '\0';
    if (at < text.size && !settings_number(emrs_text_from(text, at + 1u), UINT16_MAX, &value))
        return false;
    *port = (uint16_t)value;
    return ipaddr_aton(name, to) != 0;
}

int settings_read_file(emrs_text path, void *bytes, size_t size)
{
    char name[128];
    if (path.size >= sizeof name)
        return -1;
    memcpy(name, path.bytes, path.size);
    name[path.size] = '\0';
    return board_read_file(name, bytes, size);
}

/* Reads the credentials from a file, with the variables of AWS's tools, one per line. Secrets
 * are in a file because every user of a machine can read a command line. */
static const char *read_credentials(settings *s, emrs_text path)
{
    int size = settings_read_file(path, credentials, FILE_SIZE_MAX + 1);
    if (size < 0)
        return SETTINGS_FILE_FAULT(FILE_SIZE_MAX);
    emrs_text left = {credentials, (size_t)size}, key, value;
    while (next_word(&left, '\n', &key, &value)) {
        if (emrs_text_is(key, EMRS_TEXT("AWS_ACCESS_KEY_ID")))
            s->credentials.access_key_id = value;
        else if (emrs_text_is(key, EMRS_TEXT("AWS_SECRET_ACCESS_KEY")))
            s->credentials.secret_access_key = value;
        else if (emrs_text_is(key, EMRS_TEXT("AWS_SESSION_TOKEN")))
            s->credentials.session_token = value;
    }
    return NULL;
}

static const char *arena_fault(const settings *s)
{
    bool is_small = s->arena_size > 0 && s->arena_size < ARENA_SIZE_MIN;
    return is_small ? "less than 1024 bytes" : NULL;
}

static const char *read_number_setting(settings *s, emrs_text key, emrs_text value)
{
    uint32_t n = 0;
    bool is_number = settings_number(value, INT32_MAX, &n);
    if (emrs_text_is(key, EMRS_TEXT("grace"))) {
        s->grace = EMRS_GRACE_SECONDS;
        s->grace_s = (int32_t)n;
    } else if (emrs_text_is(key, EMRS_TEXT("timeout-ms"))) {
        s->timeout_ms = n;
    } else if (emrs_text_is(key, EMRS_TEXT("arena"))) {
        s->arena_size = n;
    } else if (emrs_text_is(key, EMRS_TEXT("tls"))) {
        s->tls_version = (int)n;
    } else if (emrs_text_is(key, EMRS_TEXT("clock-floor"))) {
        s->clock_floor = n != 0;
    } else if (emrs_text_is(key, EMRS_TEXT("icount"))) {
        s->icount_shift = (int)n;
    } else {
        return "no such setting (boards/README.md lists them)";
    }
    return is_number ? arena_fault(s) : "not a number";
}

static const char *read_other_setting(settings *s, emrs_text key, emrs_text value)
{
    const char *fault = NULL;
    if (iot_setting(key, value) || identity_setting(key, value, &fault)
        || stop_setting(key, value, &fault))
        return fault;
    return read_number_setting(s, key, value);
}

static const char *read_setting(settings *s, emrs_text key, emrs_text value)
{
    const struct {
        emrs_text key;
        emrs_text *value;
    } texts[] = {{EMRS_TEXT("endpoint"), &s->endpoint},
                 {EMRS_TEXT("region"), &s->region},
                 {EMRS_TEXT("application-id"), &s->application_id},
                 {EMRS_TEXT("job-run-id"), &s->job_run_id}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (emrs_text_is(key, texts[i].key)) {
            *texts[i].value = value;
            return NULL;
        }
    if (emrs_text_is(key, EMRS_TEXT("credentials")))
        return read_credentials(s, value);
    if (emrs_text_is(key, EMRS_TEXT("dns")))
        return parse_address(value, &s->dns, &s->dns_port) ? NULL
                                                           : "not an address or address:port";
    if (emrs_text_is(key, EMRS_TEXT("sntp")))
        return parse_address(value, &s->sntp, &s->sntp_port) ? NULL
                                                             : "not an address or address:port";
    return read_other_setting(s, key, value);
}

const char *settings_read(settings *s)
{
    *s = (settings){.dns_port = 53, .sntp_port = 123, .tls_version = BARE_TLS, .icount_shift = -1};
    board_arguments(words, sizeof words);
    emrs_text left = {words, strlen(words)}, key, value;
    const char *fault = NULL;
    while (fault == NULL && next_word(&left, ' ', &key, &value)) {
        fault = read_setting(s, key, value);
        s->last_read = key;
    }
    if (fault == NULL && iot_is_set() && s->credentials.access_key_id.size > 0) {
        s->last_read = EMRS_TEXT("credentials");
        fault = "a device with a certificate gets its credentials from AWS IoT: leave this out";
    }
    if (fault == NULL && (fault = stop_fault()) != NULL)
        s->last_read = EMRS_TEXT("wait-ms");
    return fault;
}

char *settings_store(void)
{
    return credentials;
}

void settings_forget(settings *s)
{
    emrs_wipe(credentials, sizeof credentials);
    s->credentials = (emrs_credentials){0};
}
