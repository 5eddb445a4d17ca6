/* SPDX-License-Identifier: MIT */
#include "provider.h"

#include <stdarg.h>
#include <string.h>

#include "emrs_posix.h"
#include "emrs_provider.h"
#include "emrs_renew.h"
#include "emrs_text.h"
#include "shared_file.h"

enum {
    WORK_SIZE = 4096,
    FILE_SIZE_MAX = 65536, /* of a token, a certificate with its intermediate CAs, or a key */
    URI_SIZE_MAX = 2048,
    WHY_SIZE = 1200,
    SECRET_SIZE_MIN = 16 /* ECS has 36 bytes or more */
};

/* The bytes of a file, with a NUL behind them */
typedef struct {
    char bytes[FILE_SIZE_MAX + 1];
    size_t size;
    bool others_read;
} file;

static struct {
    const provider_settings *settings;
    options *o;
    const char *name; /* for messages */
    emrs_provider machine;
    emrs_renewal renewal;
    emrs_port port;
    emrs_posix_tcp tcp;
    emrs_identity identity;
    emrs_tls tls;
    trace traced;
    proxy proxy;
    emrs_credentials hidden; /* other secrets that are masked in texts */
    file token, certificate, key;
    char work[WORK_SIZE], uri[URI_SIZE_MAX];
    char why[WHY_SIZE]; /* what is wrong with a file; empty: nothing */
    bool is_connected, was_warned;
} own;

/* Settings */

static const struct {
    const char *name;
    const emrs_source *source;
} kinds[] = {
    [PROVIDER_IOT] = {"AWS IoT Core", &emrs_source_iot},
    [PROVIDER_CONTAINER] = {"the container", &emrs_source_container},
    [PROVIDER_INSTANCE] = {"the instance role", &emrs_source_instance},
};

/* ret: the variable that a field of the machine was made from */
static const char *name_of(emrs_field field)
{
    switch (field) {
    case EMRS_FIELD_AUTHORIZATION:
        return own.settings->token_file != NULL ? "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
                                                : "AWS_CONTAINER_AUTHORIZATION_TOKEN";
    case EMRS_FIELD_ROLE_ALIAS:
        return "AWS_IOT_CORE_ROLE_ALIAS";
    case EMRS_FIELD_THING_NAME:
        return "AWS_IOT_CORE_THING_NAME";
    default:
        return own.settings->uri_name;
    }
}

/* Writes why the settings cannot be used. The text has no value, which may be a secret.
 * ret: false */
static bool refuse_field(emrs_field field, emrs_rule rule, char *why, size_t size)
{
    (void)snprintf(why, size, "%s: the %s %s.", name_of(field), emrs_provider_field_words(field),
                   emrs_provider_rule_words(field, rule));
    return false;
}

/* Puts the whole URI together.
 * out: why: what is wrong with it      ret: whether it can be used */
static bool make_uri(const provider_settings *settings, char *why, size_t size)
{
    if (settings->is_relative && *settings->uri != '/') { /* it would change the host */
        (void)snprintf(why, size, "%s must begin with /.", settings->uri_name);
        return false;
    }
    int uri_size = snprintf(own.uri, sizeof own.uri, "%s%s",
                            settings->is_relative ? "http://169.254.170.2" : "", settings->uri);
    return uri_size < (int)sizeof own.uri
           || refuse_field(EMRS_FIELD_URI, EMRS_RULE_TOO_LONG, why, size);
}

/* ret: the last part of a container's path, and its query: whoever knows them may get the
 * credentials. Empty: it is short, so a word such as "credentials", which messages hold too */
static emrs_text secret_in(emrs_text target)
{
    size_t end = emrs_text_find(target, '?'), at = end;
    while (at > 0 && target.bytes[at - 1] != '/')
        at--;
    target = emrs_text_from(target, at);
    return target.size >= SECRET_SIZE_MIN ? target : EMRS_TEXT("");
}

static void set_origin(options *o)
{
    char url[300];
    url_of(&own.machine.client, url, sizeof url);
    o->origin = (credentials_origin){"access key id of the source", "secret access key of it",
                                     "session token of it", ""};
    (void)snprintf(o->origin.words, sizeof o->origin.words, "%s (%s%s%s)", own.name, url,
                   own.settings->uri_name != NULL ? ", " : "",
                   own.settings->uri_name != NULL ? own.settings->uri_name : "");
}

bool provider_take(const provider_settings *settings, options *o, emrs_client *teaches, void *store,
                   size_t store_size, char *why, size_t why_size)
{
    own.settings = settings;
    own.o = o;
    own.name = kinds[settings->kind].name;
    if (!make_uri(settings, why, why_size))
        return false;
    /* A token file is read when the source is asked. */
    const char *token = settings->token_file == NULL ? settings->token : NULL;
    const emrs_provider_config config = {.source = kinds[settings->kind].source,
                                         .uri = text_of(own.uri),
                                         .authorization = text_of(token),
                                         .role_alias = text_of(settings->role_alias),
                                         .thing_name = text_of(settings->thing_name),
                                         .credentials = &o->credentials,
                                         .store = store,
                                         .store_size = store_size,
                                         .work = own.work,
                                         .work_size = sizeof own.work,
                                         .teaches = teaches};
    own.hidden.secret_access_key = text_of(settings->token);
    hide_provider(&own.hidden);
    if (emrs_provider_init(&own.machine, &config) < 0)
        return refuse_field(own.machine.result.field, own.machine.result.rule, why, why_size);
    own.hidden.session_token = secret_in(own.machine.target);
    set_origin(o);
    return true;
}

const char *provider_name(void)
{
    return own.name;
}

bool provider_is_used(void)
{
    return own.o != NULL;
}

bool provider_has_tls(void)
{
    return provider_is_used() && own.machine.client.tls;
}

int provider_find_proxy(void)
{
    const emrs_client *client = &own.machine.client;
    bool has_proxy = provider_is_used() && own.settings->kind == PROVIDER_IOT;
    return has_proxy ? proxy_find(&own.proxy, client->host, client->port) : -1;
}

/* Files */

/* ret: NULL, or why the file cannot be used */
static const char *read_whole(file *f, const char *path)
{
    struct stat status = {.st_mode = 0};
    const char *why = other_kind(path);
    if (why != NULL)
        return why;
    int error = file_read(path, f->bytes, sizeof f->bytes, &f->size, &status);
    if (error != 0)
        return strerror(error);
    if (f->size == 0)
        return "it is empty";
    if (f->size == sizeof f->bytes)
        return "it is larger than 64 KB";
    f->bytes[f->size] = '\0';
    f->others_read = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    return NULL;
}

/* Reads a file that a variable names.
 * out: own.why: what is wrong      ret: whether it was read */
static bool load(file *f, const char *path, const char *variable_name)
{
    emrs_wipe(f, sizeof *f);
    const char *why = read_whole(f, path);
    if (why != NULL)
        (void)snprintf(own.why, sizeof own.why, "%s (%.900s) cannot be used: %s", variable_name,
                       path, why);
    return why == NULL;
}

/* ret: the size for mbedTLS: with its NUL if it is PEM */
static size_t parsed_size(const file *f)
{
    return f->size + (strstr(f->bytes, "-----BEGIN") != NULL);
}

static void warn_of_readers(void)
{
    bool warns = own.key.others_read && !own.was_warned;
    own.was_warned = true;
    if (!warns)
        return;
    (void)fputs("emrs: AWS_IOT_CORE_PRIVATE_KEY (", stderr);
    print_text(stderr, text_of(own.settings->private_key));
    (void)fputs("): other users of this machine can read this private key: chmod 600\n", stderr);
}

static bool load_identity(void)
{
    if (!load(&own.certificate, own.settings->certificate, "AWS_IOT_CORE_CERT")
        || !load(&own.key, own.settings->private_key, "AWS_IOT_CORE_PRIVATE_KEY"))
        return false;
    warn_of_readers();
    emrs_identity_with_key(&own.identity, own.certificate.bytes, parsed_size(&own.certificate),
                           own.key.bytes, parsed_size(&own.key));
    return true;
}

/* The token is sent as it is in the file. Like botocore, it refuses one with a line end. */
static bool load_token(void)
{
    static const char name[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
    if (!load(&own.token, own.settings->token_file, name))
        return false;
    own.machine.config.authorization = (emrs_text){own.token.bytes, own.token.size};
    own.hidden.secret_access_key = own.machine.config.authorization;
    if (memchr(own.token.bytes, '\n', own.token.size) == NULL
        && memchr(own.token.bytes, '\r', own.token.size) == NULL)
        return true;
    (void)snprintf(own.why, sizeof own.why,
                   "%s (%.900s) cannot be used: it has a line end, also if that is its last byte",
                   name, own.settings->token_file);
    return false;
}

/* Reads the files for each renewal, since they may have changed. */
static bool load_files(void)
{
    own.why[0] = '\0';
    if (own.settings->kind == PROVIDER_IOT)
        return load_identity();
    return own.settings->token_file == NULL || load_token();
}

/* Renewals */

static void wait_until(void *unused, uint32_t until_ms)
{
    (void)unused;
    trace_wait(&own.traced, until_ms);
    emrs_posix_wait(NULL, until_ms);
}

void provider_connect(mbedtls_x509_crt *trust, const emrs_result *result)
{
    if (!provider_is_used())
        return;
    emrs_posix_tcp_init(&own.tcp);
    emrs_tls_config config = trust_config(trust, proxy_over(&own.proxy, &own.tcp.stream));
    config.identity = own.settings->kind == PROVIDER_IOT ? &own.identity : NULL;
    (void)emrs_tls_init(&own.tls, &config); /* the first connect reports an error */
    own.port = (emrs_port){.stream = trace_init(&own.traced, &own.tls, own.o, &own.machine.client,
                                                &own.machine.call, &own.machine.result),
                           .now = emrs_posix_now,
                           .wait = wait_until};
    own.traced.overall = result;
    own.renewal = (emrs_renewal){.provider = &own.machine, .port = &own.port};
    own.is_connected = true;
}

static void tell(const char *what)
{
    char line[400];
    if (!own.o->debug)
        return;
    (void)snprintf(line, sizeof line, "%s %s", own.name, what);
    debug_line(text_of(line));
}

/* Ends a renewal. If it failed and the call may go on with the old credentials, a warning is
 * printed. If there are no old ones, the report at the end says what failed. */
static void end_renewal(bool is_good)
{
    char text[WHY_SIZE];
    bool was_stopped = own.why[0] == '\0' && own.machine.result.code == EMRS_E_STOPPED;
    emrs_wipe(&own.key, sizeof own.key);
    tell(is_good ? "gave credentials" : "gave no credentials");
    if (is_good || was_stopped || own.o->credentials.access_key_id.size == 0)
        return;
    provider_write_failure(text, sizeof text);
    (void)fprintf(stderr, "emrs: %s gave no fresh credentials: ", own.name);
    print_lines(stderr, text);
}

static void announce(void)
{
    tell("is asked for credentials");
    if (own.o->debug)
        proxy_tell(&own.proxy);
}

/* Keeps an instance's token, so that it is masked if the source sends it back: the machine wipes it
 * before a failure is printed. An instance has no token file. */
static void hide_metadata_token(void)
{
    const emrs_text token = own.machine.token;
    if (token.size == 0 || token.size > FILE_SIZE_MAX)
        return;
    memcpy(own.token.bytes, token.bytes, token.size);
    own.hidden.secret_access_key = (emrs_text){own.token.bytes, token.size};
}

emrs_report provider_renew(uint32_t until_ms)
{
    emrs_report report = emrs_failed(EMRS_REASON_NONE, 0);
    bool is_start = !own.renewal.running;
    if (is_start && emrs_left_ms(emrs_posix_now(NULL).ms, until_ms) == 0)
        return report;
    if (is_start)
        announce();
    if (!is_start || load_files())
        report = emrs_renew(&own.renewal, until_ms);
    hide_metadata_token();
    if (!own.renewal.running)
        end_renewal(report.news == EMRS_NEWS_RENEWED);
    return report;
}

/* Failures */

/* ret: whether nothing answered */
static bool is_silent(const emrs_result *result)
{
    bool has_no_stream = result->code == EMRS_E_TIMEOUT || result->code == EMRS_E_CONNECT
                         || result->code == EMRS_E_RESOLVE;
    return has_no_stream && result->status == 0;
}

bool provider_is_absent(void)
{
    const emrs_result *result = &own.machine.result;
    bool is_instance = provider_is_used() && own.settings->kind == PROVIDER_INSTANCE;
    return is_instance && own.why[0] == '\0' && result->code < EMRS_DONE
           && (is_silent(result) || result->status == 404);
}

/* Appends formatted text. */
static void add(emrs_pen *pen, const char *format, ...)
{
    va_list arguments;
    if (pen->used >= pen->size)
        return;
    va_start(arguments, format);
    int size = vsnprintf(pen->bytes + pen->used, pen->size - pen->used, format, arguments);
    va_end(arguments);
    pen->used += size > 0 ? (size_t)size : 0;
}

/* Appends the name and the message of the source's error. */
static void add_error(emrs_pen *pen, const emrs_result *result)
{
    const emrs_text name = result->error_name, message = result->message;
    if (name.size > 0)
        add(pen, ": %.*s", (int)name.size, name.bytes);
    if (message.size > 0)
        add(pen, ": %.*s", (int)message.size, message.bytes);
}

void provider_write_failure(char *text, size_t size)
{
    const emrs_result *result = &own.machine.result;
    emrs_pen pen = emrs_pen_on(text, size);
    char url[300];
    if (own.why[0] != '\0') {
        add(&pen, "%s", own.why);
        return;
    }
    if (result->code == EMRS_E_ARGUMENT) { /* the token of a file breaks a rule */
        (void)refuse_field(result->field, result->rule, text, size);
        return;
    }
    url_of(&own.machine.client, url, sizeof url);
    add(&pen, "%s: %s", emrs_provider_code_words(&own.machine), url);
    if (result->field != EMRS_FIELD_NONE && result->rule != EMRS_RULE_NONE)
        add(&pen, ": %s %s", emrs_provider_field_words(result->field),
            emrs_provider_rule_words(result->field, result->rule));
    if (result->reason != EMRS_REASON_NONE)
        add(&pen, ": %s (%ld)", emrs_reason_words(result->reason), (long)result->native);
    if (result->code == EMRS_E_SPACE)
        add(&pen, ": %zu bytes are needed", result->needed_size);
    if (result->status > 0)
        add(&pen, " (status %d)", result->status);
    add_error(&pen, result);
}

/* ret: a line that names the options and variables that help; empty: none does */
static const char *line_of(emrs_reason reason)
{
    switch (reason) {
    case EMRS_REASON_TRUST:
    case EMRS_REASON_ISSUER:
        return to_trust_a_ca;
    case EMRS_REASON_TLS_ALERT: /* from here: a server may refuse a certificate in these ways */
    case EMRS_REASON_TLS_CUT:
    case EMRS_REASON_TLS_CLIENT_CERTIFICATE:
    case EMRS_REASON_OWN_CERTIFICATE:
    case EMRS_REASON_OWN_CERTIFICATE_REFUSED:
        return own.settings->kind == PROVIDER_IOT
                   ? "Certificate and key are the files of AWS_IOT_CORE_CERT and "
                     "AWS_IOT_CORE_PRIVATE_KEY, in PEM or DER, the key unencrypted.\n"
                   : "";
    default:
        return "";
    }
}

void provider_write_next_step(char *text, size_t size)
{
    const emrs_result *result = &own.machine.result;
    if (own.why[0] != '\0')
        (void)snprintf(text, size, "Next: Check this file, and that this user may read it.\n");
    else if (result->code == EMRS_E_SPACE)
        (void)snprintf(text, size,
                       "Next: Let the source give a shorter session token: there is "
                       "room for credentials of 20 KB.\n");
    else if (!proxy_next_step(text, size, &own.proxy, result))
        (void)snprintf(text, size, "Next: %s\n%s", emrs_provider_next_step(&own.machine),
                       line_of(result->reason));
}

void provider_free(void)
{
    if (own.is_connected)
        emrs_tls_free(&own.tls);
    hide_provider(NULL);
    emrs_wipe(&own, sizeof own);
}
