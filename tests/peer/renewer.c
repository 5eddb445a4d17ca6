/* SPDX-License-Identifier: MIT */
/* Renews credentials over the library's POSIX and TLS ports, as port->renew does.
 *
 * usage: renewer NAME=VALUE...
 *   source=container|iot|instance
 *   uri=URI, alias=NAME, thing=NAME     of the source
 *   certificate=FILE, key=FILE          this device's, PEM
 *   ca=FILE                             the CAs that it trusts, PEM
 *   time-ms=NUMBER                      limit of each renewal (10000)
 *   store=NUMBER                        size of the store (8192)
 *   renewals=NUMBER                     how many, one after the other, until one fails (1)
 * environment:
 *   AUTHORIZATION: the container's token
 *   AUTHORIZATION_FILE: a file with the token, which is read before each renewal
 * stdout, for each renewal, also a failed one:
 *   "code=0 status=200 field=0 rule=0 needed=0 opened=1 lifetime=3600"; opened: connections
 *   then those of these lines that have a value: "words: ...", "next: ...", "name: ...",
 *   "message: ...", and of the credentials in the store "id: ...", "secret: ...", "token: ..." */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/x509_crt.h>

#include "emrs_posix.h"
#include "emrs_renew.h"
#include "emrs_tls.h"

#define FILE_SIZE_MAX 65536

static emrs_posix_tcp tcp;
static emrs_tls tls;
static emrs_identity identity;
static emrs_stream counted;
static emrs_provider provider;
static emrs_credentials credentials;
static mbedtls_x509_crt trust;
static char store[65536], work[EMRS_WORK_SIZE];
static int opened;

static const char *word_of(int count, char **words, const char *name, const char *otherwise)
{
    size_t size = strlen(name);
    for (int i = 1; i < count; i++)
        if (strncmp(words[i], name, size) == 0 && words[i][size] == '=')
            return words[i] + size + 1;
    return otherwise;
}

/* Reads a file, and appends a NUL. Ends the program on error.      ret: the size with the NUL */
static size_t read_file(const char *path, char bytes[FILE_SIZE_MAX])
{
    FILE *file = fopen(path, "rb");
    size_t size = file != NULL ? fread(bytes, 1, FILE_SIZE_MAX - 1, file) : 0;
    bytes[size] = '\0';
    if (file == NULL || fclose(file) != 0) {
        fprintf(stderr, "renewer: cannot read %s\n", path);
        exit(2);
    }
    return size + 1;
}

static emrs_report connect_counted(void *context, const emrs_move *move)
{
    emrs_report report = tls.stream.connect(context, move);
    opened += report.news == EMRS_NEWS_CONNECTED;
    return report;
}

static void begin_tls(const char *ca, const char *certificate, const char *key)
{
    static char certificate_bytes[FILE_SIZE_MAX], key_bytes[FILE_SIZE_MAX];
    const emrs_tls_config config = {.inner = &tcp.stream,
                                    .trust = &trust,
                                    .random = emrs_posix_random,
                                    .now = emrs_posix_now,
                                    .identity = certificate != NULL ? &identity : NULL};
    mbedtls_x509_crt_init(&trust);
    if (ca != NULL && mbedtls_x509_crt_parse_file(&trust, ca) != 0) {
        fprintf(stderr, "renewer: cannot read %s\n", ca);
        exit(2);
    }
    if (certificate != NULL) {
        size_t size = read_file(certificate, certificate_bytes);
        emrs_identity_with_key(&identity, certificate_bytes, size, key_bytes,
                               read_file(key, key_bytes));
    }
    (void)emrs_tls_init(&tls, &config);
    counted = tls.stream;
    counted.connect = connect_counted;
}

static emrs_text text_of(const char *words)
{
    return (emrs_text){words, strlen(words)};
}

static void print(const char *name, emrs_text text)
{
    if (text.size > 0)
        printf("%s: %.*s\n", name, (int)text.size, text.bytes);
}

static void print_all(void)
{
    const emrs_result *result = &provider.result;
    uint32_t utc_s = emrs_posix_now(NULL).utc_s;
    printf("code=%d status=%d field=%d rule=%d needed=%zu opened=%d lifetime=%d\n", result->code,
           result->status, result->field, result->rule, result->needed_size, opened,
           credentials.expires_s == 0 ? 0 : (int)(credentials.expires_s - utc_s));
    print("words", text_of(emrs_provider_code_words(&provider)));
    print("next", text_of(emrs_provider_next_step(&provider)));
    print("name", result->error_name);
    print("message", result->message);
    print("id", credentials.access_key_id);
    print("secret", credentials.secret_access_key);
    print("token", credentials.session_token);
}

static void read_authorization(void)
{
    static char bytes[FILE_SIZE_MAX];
    const char *path = getenv("AUTHORIZATION_FILE"), *value = getenv("AUTHORIZATION");
    if (path != NULL)
        provider.config.authorization = (emrs_text){bytes, read_file(path, bytes) - 1u};
    else if (value != NULL)
        provider.config.authorization = text_of(value);
}

static void renew(uint32_t time_ms)
{
    const emrs_port port = {.stream = &counted, .now = emrs_posix_now, .wait = emrs_posix_wait};
    emrs_renewal renewal = {.provider = &provider, .port = &port};
    uint32_t until_ms = emrs_posix_now(NULL).ms + time_ms;
    opened = 0;
    read_authorization();
    while (emrs_renew(&renewal, until_ms).news == EMRS_NEWS_PENDING)
        ;
}

int main(int count, char **words)
{
    const char *source = word_of(count, words, "source", "container");
    emrs_provider_config config = {
        .source = strcmp(source, "iot") == 0        ? &emrs_source_iot
                  : strcmp(source, "instance") == 0 ? &emrs_source_instance
                                                    : &emrs_source_container,
        .uri = text_of(word_of(count, words, "uri", "")),
        .role_alias = text_of(word_of(count, words, "alias", "")),
        .thing_name = text_of(word_of(count, words, "thing", "")),
        .credentials = &credentials,
        .store = store,
        .store_size = strtoul(word_of(count, words, "store", "8192"), NULL, 10),
        .work = work,
        .work_size = sizeof work};
    long left = strtol(word_of(count, words, "renewals", "1"), NULL, 10);
    emrs_posix_tcp_init(&tcp);
    begin_tls(word_of(count, words, "ca", NULL), word_of(count, words, "certificate", NULL),
              word_of(count, words, "key", NULL));
    int code = emrs_provider_init(&provider, &config);
    if (code < 0)
        print_all();
    for (; code >= 0 && left > 0; left--) {
        renew((uint32_t)strtoul(word_of(count, words, "time-ms", "10000"), NULL, 10));
        print_all();
        code = provider.result.code;
    }
    emrs_tls_free(&tls);
    mbedtls_x509_crt_free(&trust);
    return 0;
}
