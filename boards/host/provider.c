/* SPDX-License-Identifier: MIT */
#include "provider.h"

#include <stdarg.h>
#include <string.h>

#include "emrs_posix.h"
#include "emrs_provider.h"
#include "emrs_renew.h"
#include "emrs_text.h"
#include "key_file.h"
#include "shared_file.h"

enum {
    WORK_SIZE = 4096,
    FILE_SIZE_MAX = 65536, /* of a token, a certificate with its intermediate CAs, or a key */
    URI_SIZE_MAX = 2048,
    WHY_SIZE = 1200,
    SECRET_SIZE_MIN = 16 /* ECS has 36 bytes or more */
};

/* The bytes of a file, with a NUL after them */
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
    const char *step;   /* what to do about it, as a sentence */
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

/* Writes why the settings cannot be used. Leaves out the value, which may be a secret.
 * ret: false */
static bool refuse_field(emrs_field field, emrs_rule rule, char *why, size_t size)
{
    const char *path = field == EMRS_FIELD_AUTHORIZATION ? own.settings->token_file : NULL;
    (void)snprintf(why, size, "%s%s%.900s%s %s.", name_of(field), path != NULL ? " (" : "",
                   path != NULL ? path : "", path != NULL ? ")" : "",
                   emrs_provider_rule_words(field, rule));
    return false;
}

/* Makes the complete URI.
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

/* ret: the last part of a container's path, and its query: a secret, since it may be enough to get
 *      the credentials. Empty if it is short: then it is a word such as "credentials", which
 *      messages have too */
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
    o->origin =
        (credentials_origin){"access key id of the source", "secret access key of the source",
                             "session token of the source", ""};
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

/* Notes why a file cannot be used, and what to do.      ret: false */
static bool refuse_file(const char *variable_name, const char *path, const char *why,
                        const char *step)
{
    (void)snprintf(own.why, sizeof own.why, "%s (%.900s) cannot be used: %s", variable_name, path,
                   why);
    own.step = step;
    return false;
}

/* Reads a file that a variable names.      ret: whether it was read */
static bool load(file *f, const char *path, const char *variable_name)
{
    emrs_wipe(f, sizeof *f);
    const char *why = read_whole(f, path);
    return why == NULL
           || refuse_file(variable_name, path, why,
                          "Check this file, and that this user may read it.");
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

static const char certificate_name[] = "AWS_IOT_CORE_CERT", key_name[] = "AWS_IOT_CORE_PRIVATE_KEY",
                  token_file_name[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                  write_token[] = "Write the token alone into this file, without a line end: "
                                  "printf %s TOKEN.";

/* ret: what to do if a file holds something else than what is wanted */
static const char *step_for(key_file_kind kind, key_file_kind wanted)
{
    bool is_key = kind == HOLDS_PRIVATE_KEY || kind == HOLDS_ENCRYPTED_KEY;
    if (wanted == HOLDS_CERTIFICATE ? is_key : kind == HOLDS_CERTIFICATE)
        return "Check whether AWS_IOT_CORE_CERT and AWS_IOT_CORE_PRIVATE_KEY are swapped.";
    if (kind == HOLDS_ENCRYPTED_KEY)
        return "Write the key unencrypted into another file, and set AWS_IOT_CORE_PRIVATE_KEY to "
               "it: openssl pkey -in FILE -out KEY, then chmod 600 KEY.";
    if (kind == HOLDS_REQUEST && wanted == HOLDS_CERTIFICATE)
        return "Set AWS_IOT_CORE_CERT to the certificate that was made from this request: aws iot "
               "create-certificate-from-csr returns it.";
    return wanted == HOLDS_CERTIFICATE
               ? "Set AWS_IOT_CORE_CERT to the device's certificate, in PEM or DER."
               : "Set AWS_IOT_CORE_PRIVATE_KEY to the private key of the certificate, in PEM or "
                 "DER, unencrypted.";
}

/* ret: whether a file holds what is wanted */
static bool check_kind(const file *f, const char *path, const char *variable_name,
                       key_file_kind wanted)
{
    char why[160];
    key_file_kind kind = key_file_holds((emrs_text){f->bytes, f->size}, wanted);
    if (kind == wanted)
        return true;
    (void)snprintf(why, sizeof why, "it holds %s, not %s", key_file_words(kind),
                   key_file_words(wanted));
    return refuse_file(variable_name, path, why, step_for(kind, wanted));
}

/* Reads the certificate once before TLS does, since a failure there does not say which of the two
 * files it is about. */
static bool check_certificate(void)
{
    char why[80];
    mbedtls_x509_crt parsed;
    mbedtls_x509_crt_init(&parsed);
    int code = mbedtls_x509_crt_parse(&parsed, (const unsigned char *)own.certificate.bytes,
                                      parsed_size(&own.certificate));
    mbedtls_x509_crt_free(&parsed);
    if (code == 0)
        return true;
    (void)snprintf(why, sizeof why, "it holds a certificate that cannot be read (%d)", code);
    return refuse_file(certificate_name, own.settings->certificate, why,
                       step_for(HOLDS_OTHER, HOLDS_CERTIFICATE));
}

static bool load_identity(void)
{
    const provider_settings *settings = own.settings;
    if (!load(&own.certificate, settings->certificate, certificate_name)
        || !load(&own.key, settings->private_key, key_name)
        || !check_kind(&own.certificate, settings->certificate, certificate_name, HOLDS_CERTIFICATE)
        || !check_kind(&own.key, settings->private_key, key_name, HOLDS_PRIVATE_KEY)
        || !check_certificate())
        return false;
    warn_of_readers();
    emrs_identity_with_key(&own.identity, own.certificate.bytes, parsed_size(&own.certificate),
                           own.key.bytes, parsed_size(&own.key));
    return true;
}

/* The token is sent as it is in the file. Like botocore, it refuses one with a line end. */
static bool load_token(void)
{
    if (!load(&own.token, own.settings->token_file, token_file_name))
        return false;
    own.machine.config.authorization = (emrs_text){own.token.bytes, own.token.size};
    own.hidden.secret_access_key = own.machine.config.authorization;
    if (memchr(own.token.bytes, '\n', own.token.size) == NULL
        && memchr(own.token.bytes, '\r', own.token.size) == NULL)
        return true;
    return refuse_file(token_file_name, own.settings->token_file,
                       "it has a line end, which may be its last byte", write_token);
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
 * before a failure is printed. own.token is free for it, since an instance has no token file. */
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
                   ? "The files of AWS_IOT_CORE_CERT and AWS_IOT_CORE_PRIVATE_KEY must be PEM or "
                     "DER, and the key must not be encrypted.\n"
                   : "";
    default:
        return "";
    }
}

/* Writes what to do if TLS cannot use the private key. The certificate was read before, so each
 * code but that of an alert is about the key.      ret: whether the failure is one of these */
static bool write_key_step(char *text, size_t size, const emrs_result *result)
{
    const provider_settings *s = own.settings;
    bool is_alert = result->native == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE;
    if (result->reason != EMRS_REASON_OWN_CERTIFICATE || s->kind != PROVIDER_IOT || is_alert)
        return false;
    if (result->native == MBEDTLS_ERR_PK_TYPE_MISMATCH)
        (void)snprintf(text, size,
                       "Next: Use a certificate and a private key that belong together.\n%s "
                       "(%.400s) is not the key of the certificate in %s (%.400s).\n",
                       key_name, s->private_key, certificate_name, s->certificate);
    else
        (void)snprintf(text, size, "Next: %s\n%s (%.900s) cannot be read.\n",
                       step_for(HOLDS_OTHER, HOLDS_PRIVATE_KEY), key_name, s->private_key);
    return true;
}

/* ret: whether a container refused the token, or a token of a file cannot be sent */
static bool is_about_token(const emrs_result *result)
{
    bool is_refused = result->status == 400 || result->status == 401 || result->status == 403;
    return own.settings->kind == PROVIDER_CONTAINER
           && (is_refused || result->field == EMRS_FIELD_AUTHORIZATION);
}

/* Names where the container's token came from. */
static void write_token_step(char *text, size_t size)
{
    const provider_settings *s = own.settings;
    const char *step = emrs_provider_next_step(&own.machine);
    if (s->token_file != NULL)
        (void)snprintf(text, size, "Next: %s\nThe token is in the file of %s (%.900s). %s\n", step,
                       token_file_name, s->token_file, write_token);
    else
        (void)snprintf(text, size, "Next: %s\n%s\n", step,
                       s->token != NULL ? "The token is in AWS_CONTAINER_AUTHORIZATION_TOKEN."
                                        : "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE and "
                                          "AWS_CONTAINER_AUTHORIZATION_TOKEN are not set.");
}

/* ret: whether the address of the source may be wrong */
static bool is_about_address(const emrs_result *result)
{
    bool is_code = result->code == EMRS_E_PROTOCOL || result->code == EMRS_E_REDIRECT;
    return own.settings->uri_name != NULL
           && (is_code || is_silent(result) || result->status == 404);
}

static void write_source_step(char *text, size_t size, const emrs_result *result)
{
    bool has_address = is_about_address(result);
    (void)snprintf(text, size, "Next: %s\n%s%.1000s%s%s", emrs_provider_next_step(&own.machine),
                   has_address ? "The address of the source is from " : "",
                   has_address ? own.settings->uri_name : "", has_address ? ".\n" : "",
                   line_of(result->reason));
}

const char *provider_absent_step(void)
{
    bool has_no_role = own.machine.result.status == 404 && own.machine.stage > 0;
    return has_no_role ? emrs_provider_next_step(&own.machine) : NULL;
}

void provider_write_denied(char *text, size_t size)
{
    const char *thing = provider_is_used() ? own.settings->thing_name : NULL;
    *text = '\0';
    if (!provider_is_used() || own.settings->kind != PROVIDER_IOT)
        return;
    if (thing == NULL)
        (void)snprintf(text, size,
                       "AWS_IOT_CORE_THING_NAME is not set: a policy that compares a tag of the "
                       "job run with the thing's name then allows nothing.\n");
    else
        (void)snprintf(text, size,
                       "If the policy compares a tag of the job run with the thing's name, the "
                       "job run needs this tag with the value %.128s.\n",
                       thing);
}

void provider_write_next_step(char *text, size_t size)
{
    const emrs_result *result = &own.machine.result;
    if (own.why[0] != '\0')
        (void)snprintf(text, size, "Next: %s\n", own.step);
    else if (is_about_token(result))
        write_token_step(text, size);
    else if (write_key_step(text, size, result))
        return;
    else if (result->code == EMRS_E_SPACE)
        (void)snprintf(text, size,
                       "Next: Let the source give a shorter session token: there is "
                       "room for credentials of 20 KB.\n");
    else if (!proxy_next_step(text, size, &own.proxy, result))
        write_source_step(text, size, result);
}

void provider_free(void)
{
    if (own.is_connected)
        emrs_tls_free(&own.tls);
    hide_provider(NULL);
    emrs_wipe(&own, sizeof own);
}
