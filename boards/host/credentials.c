/* SPDX-License-Identifier: MIT */
/* The sources of credentials, in the order of botocore, with AWS IoT Core after the environment. If
 * a source is absent, the search goes on. If a source is there but fails, the search ends: the next
 * source could be another identity, with more rights. */
#include "credentials.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "emrs_posix.h"
#include "emrs_provider.h"
#include "emrs_text.h"
#include "error_format.h"
#include "process.h"

enum {
    HALF_SIZE = 20480,
    PROCESS_LIMIT_MS = 60000,
    COMMAND_SIZE = 16384,
    METADATA_SIZE = 512, /* a longer value has no valid host */
    KEY_NAME_SIZE = 64 + PROFILE_PATH_SIZE
};

/* The texts of credentials from files, programs and the network, in two halves: while one is in
 * use, a renewal writes the other. */
static char store[2][HALF_SIZE];

typedef enum { SOURCE_ABSENT, SOURCE_FOUND, SOURCE_FAILED } source_result;

/* Writes why a source gives no credentials. If it is absent, the text is added to the other
 * reasons; if it failed, the text replaces them. */
static source_result say(credentials_search *s, source_result result, const char *format, ...)
{
    va_list arguments;
    if (result == SOURCE_FAILED)
        s->why_size = 0;
    va_start(arguments, format);
    int size = vsnprintf(s->why + s->why_size, sizeof s->why - s->why_size, format, arguments);
    va_end(arguments);
    size_t left = sizeof s->why - 1 - s->why_size;
    s->why_size += (size_t)size < left ? (size_t)size : left; /* an error counts as too long */
    return result;
}

/* The keys in the environment */

static source_result from_environment(credentials_search *s)
{
    options *o = s->o;
    const char *id = variable("AWS_ACCESS_KEY_ID"), *secret = variable("AWS_SECRET_ACCESS_KEY");
    if (id == NULL && secret == NULL)
        return say(s, SOURCE_ABSENT, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    if (id == NULL || secret == NULL)
        return say(s, SOURCE_FAILED, "Partial credentials found in env, missing: %s",
                   id == NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY");
    /* botocore looks for the older name of the token first. */
    const char *token =
        variable("AWS_SECURITY_TOKEN") != NULL ? "AWS_SECURITY_TOKEN" : "AWS_SESSION_TOKEN";
    o->credentials = (emrs_credentials){.access_key_id = text_of(id),
                                        .secret_access_key = text_of(secret),
                                        .session_token = text_of(variable(token))};
    o->origin = (credentials_origin){"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", token, ""};
    (void)snprintf(o->origin.words, sizeof o->origin.words,
                   "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and %s%s", token,
                   variable(token) != NULL ? "" : " (not set)");
    return SOURCE_FOUND;
}

/* Sources over the network. These functions only find out what is configured. */

/* Chooses a source over the network. It is asked when the call begins. */
static source_result use_provider(credentials_search *s, provider_kind kind)
{
    char why[KEY_NAME_SIZE + 300];
    s->provider.kind = kind;
    if (s->o->dry_run)
        return say(s, SOURCE_FAILED,
                   "%s is set, so the credentials come over the network, but --dry-run sends "
                   "nothing. For a dry run use keys of the environment or of a profile.",
                   s->provider.uri_name);
    if (!provider_take(&s->provider, s->o, s->client, store, sizeof store, why, sizeof why))
        return say(s, SOURCE_FAILED, "%s", why);
    return SOURCE_FOUND;
}

/* ret: the first of AWS IoT Core's variables that is set (is_set), or that is needed and missing;
 *      NULL: there is none */
static const char *find_iot(provider_settings *p, bool is_set)
{
    const struct {
        const char *name, **value;
        bool is_optional;
    } settings[] = {{"AWS_IOT_CORE_CREDENTIAL_ENDPOINT", &p->uri, false},
                    {"AWS_IOT_CORE_ROLE_ALIAS", &p->role_alias, false},
                    {"AWS_IOT_CORE_CERT", &p->certificate, false},
                    {"AWS_IOT_CORE_PRIVATE_KEY", &p->private_key, false},
                    {"AWS_IOT_CORE_THING_NAME", &p->thing_name, true}};
    const char *found = NULL;
    for (size_t i = sizeof settings / sizeof settings[0]; i-- > 0;) {
        *settings[i].value = variable(settings[i].name);
        bool is_there = *settings[i].value != NULL;
        if (is_set ? is_there : !is_there && !settings[i].is_optional)
            found = settings[i].name;
    }
    return found;
}

static source_result from_iot(credentials_search *s)
{
    const char *set = find_iot(&s->provider, true), *missing = find_iot(&s->provider, false);
    if (set == NULL)
        return say(s, SOURCE_ABSENT, "AWS_IOT_CORE_CREDENTIAL_ENDPOINT is not set");
    if (missing != NULL)
        return say(s, SOURCE_FAILED, "%s is set, but %s is missing.", set, missing);
    s->provider.uri_name = "AWS_IOT_CORE_CREDENTIAL_ENDPOINT";
    return use_provider(s, PROVIDER_IOT);
}

static source_result from_container(credentials_search *s)
{
    provider_settings *p = &s->provider;
    *p = (provider_settings){.uri_name = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"};
    p->uri = variable(p->uri_name);
    p->is_relative = p->uri != NULL;
    if (!p->is_relative) {
        p->uri_name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
        p->uri = variable(p->uri_name);
    }
    p->token_file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    p->token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (p->uri == NULL)
        return say(s, SOURCE_ABSENT,
                   "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI "
                   "are not set");
    return use_provider(s, PROVIDER_CONTAINER);
}

/* A setting of the instance's metadata, and its name for messages */
typedef struct {
    char value[METADATA_SIZE], name[KEY_NAME_SIZE];
} metadata_setting;

/* Finds such a setting: a variable, then a key of the profile.
 * ret: false: it has more than one line */
static bool find_metadata(const credentials_search *s, const char *name, const char *key,
                          metadata_setting *found)
{
    const profile_item *item = profile_find(s->p, key);
    const char *value = variable(name);
    *found = (metadata_setting){.value = ""};
    (void)snprintf(found->name, sizeof found->name, "%s", name);
    if (value != NULL)
        (void)snprintf(found->value, sizeof found->value, "%s", value);
    if (value != NULL || item == NULL)
        return true;
    (void)snprintf(found->value, sizeof found->value, "%.*s", (int)item->value.size,
                   item->value.bytes);
    (void)snprintf(found->name, sizeof found->name, "%s in %s line %u", key, item->file->path,
                   item->line);
    return item->more.size == 0;
}

static bool is_mode(const char *mode)
{
    return *mode == '\0' || strcasecmp(mode, "ipv4") == 0 || strcasecmp(mode, "ipv6") == 0;
}

/* Finds the address of the metadata: the endpoint that is set, else the usual IPv4 or IPv6 one. */
static source_result find_endpoint(credentials_search *s)
{
    static metadata_setting endpoint, mode;
    bool is_good = find_metadata(s, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                 "ec2_metadata_service_endpoint", &endpoint),
         has_mode = find_metadata(s, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                  "ec2_metadata_service_endpoint_mode", &mode);
    s->provider = (provider_settings){.uri_name = endpoint.name, .uri = endpoint.value};
    if (!is_good)
        return say(s, SOURCE_FAILED, "%s must be a single line.", endpoint.name);
    if (!has_mode || !is_mode(mode.value))
        return say(s, SOURCE_FAILED, "%s must be IPv4 or IPv6.", mode.name);
    if (*endpoint.value != '\0')
        return SOURCE_FOUND;
    bool is_v6 = strcasecmp(mode.value, "ipv6") == 0;
    s->provider.uri_name = is_v6 ? mode.name : NULL;
    s->provider.uri = is_v6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
    return SOURCE_FOUND;
}

static source_result from_instance(credentials_search *s)
{
    const char *disabled = variable("AWS_EC2_METADATA_DISABLED");
    if (disabled != NULL && strcasecmp(disabled, "true") == 0)
        return say(s, SOURCE_ABSENT, "AWS_EC2_METADATA_DISABLED is true");
    if (s->o->dry_run)
        return say(s, SOURCE_ABSENT, "not asked, because --dry-run sends nothing");
    source_result result = find_endpoint(s);
    return result == SOURCE_FOUND ? use_provider(s, PROVIDER_INSTANCE) : result;
}

/* A profile. Its sources, in botocore's order: role_arn, web identity, SSO, the keys of the
 * credentials file, login, a process, the keys of the config file. */

/* ret: the quotation mark that a profile's name needs in a file or a shell; or "" */
static const char *quote_for(const char *name)
{
    while (emrs_is_alnum(*name) || (*name != '\0' && strchr("_-.@/+:", *name) != NULL))
        name++;
    return *name != '\0' ? "\"" : "";
}

static bool is_empty(const profile_item *item)
{
    return item == NULL || item->value.size + item->more.size == 0;
}

/* Writes the settings of the profile that emrs uses, a line each. The user copies them to a second
 * profile (refuse_second), since only the credentials come from the first one. A value with '@',
 * such as a URL with a password, is left out; emrs refuses such a URL anyway. */
static void write_settings(const profile *p, char *text, size_t size)
{
    static const char *const keys[] = {"region",
                                       "endpoint_url",
                                       "services",
                                       "ignore_configured_endpoint_urls",
                                       "use_fips_endpoint",
                                       "use_dualstack_endpoint",
                                       "ca_bundle",
                                       "max_attempts",
                                       "output",
                                       "sdk_ua_app_id"};
    size_t used = 0;
    *text = '\0';
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const profile_item *item = profile_find(p, keys[i]);
        if (is_empty(item) || item->more.size > 0
            || emrs_text_find(item->value, '@') < item->value.size
            || used + strlen(keys[i]) + item->value.size + sizeof " = \n" > size)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s = %.*s\n", keys[i],
                                 (int)item->value.size, item->value.bytes);
    }
}

/* Refuses credentials that AWS CLI has to fetch, and says how it can fetch them for emrs. This
 * needs a second profile: AWS CLI uses the settings of the first, and emrs refuses these.
 * in:  what: where they come from; name: for the new profile's name; option: for AWS CLI */
static source_result refuse_second(credentials_search *s, const char *what, const char *name,
                                   const char *option)
{
    const char *quote = quote_for(name);
    char settings[1500];
    write_settings(s->p, settings, sizeof settings);
    return say(s, SOURCE_FAILED,
               "The credentials come from %s, which emrs does not support. Let AWS CLI 2 fetch "
               "them: add to the config file\n"
               "[profile %s%.200s-emrs%s]\n"
               "credential_process = aws configure export-credentials%.300s --format process\n"
               "%sand use it: --profile %s%.200s-emrs%s",
               what, quote, name, quote, option, settings, quote, name, quote);
}

static source_result refuse_item(credentials_search *s, const profile_item *item)
{
    char what[500], option[300];
    const char *quote = quote_for(s->p->name);
    (void)snprintf(option, sizeof option, " --profile %s%.200s%s", quote, s->p->name, quote);
    (void)snprintf(what, sizeof what, "%.*s of profile %.200s (%.200s line %u)",
                   (int)(item->key.size < 40 ? item->key.size : 40), item->key.bytes, s->p->name,
                   item->file->path, item->line);
    return refuse_second(s, what, s->p->name, option);
}

/* Refuses web identity in the environment. Like botocore, emrs does not look for it if --profile is
 * given. */
static source_result from_web_identity(credentials_search *s)
{
    if (variable("AWS_WEB_IDENTITY_TOKEN_FILE") == NULL)
        return say(s, SOURCE_ABSENT, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    return refuse_second(s, "AWS_WEB_IDENTITY_TOKEN_FILE", "web-identity", "");
}

/* Warns that other users can read the file. This is no error, since the credentials can be used. */
static void warn_of_readers(const shared_file *file)
{
    if (!file->others_read)
        return;
    (void)fputs("emrs: ", stderr);
    print_text(stderr, text_of(file->path));
    (void)fputs(" holds a secret that every user of this machine can read: chmod 600\n", stderr);
}

/* Copies the value of a key into the half that is not in use, and writes its name for messages.
 * ret: false: s->why says why not */
static bool copy_key(credentials_search *s, emrs_pen *pen, const profile_item *item, char *name,
                     emrs_text *text)
{
    *text = EMRS_TEXT("");
    *name = '\0';
    if (item == NULL)
        return true;
    (void)snprintf(name, KEY_NAME_SIZE, "%.*s in %s line %u", (int)item->key.size, item->key.bytes,
                   item->file->path, item->line);
    *text = (emrs_text){pen->bytes + pen->used, item->value.size};
    emrs_put(pen, item->value);
    if (item->more.size > 0)
        (void)say(s, SOURCE_FAILED, "%s has more than one line.", name);
    else if (emrs_pen_full(pen))
        (void)say(s, SOURCE_FAILED, "%s is too long: the keys may have 20 KB in all.", name);
    return item->more.size == 0 && !emrs_pen_full(pen);
}

/* ret: the name of the key that is missing or empty; NULL: none is */
static const char *missing_key(const profile_item *id, const profile_item *secret)
{
    return is_empty(id) ? "aws_access_key_id" : is_empty(secret) ? "aws_secret_access_key" : NULL;
}

/* Takes the static keys of one file. */
static source_result from_keys(credentials_search *s, const profile_part *part,
                               const profile_item *id, const char *provider)
{
    static char names[3][KEY_NAME_SIZE];
    options *o = s->o;
    emrs_credentials fresh = {.expires_s = 0};
    const profile_item *secret = profile_find_in(part, "aws_secret_access_key");
    const profile_item *token = profile_find_in(part, "aws_security_token");
    const char *missing = missing_key(id, secret);
    emrs_pen pen = emrs_pen_on(store[1 - s->half], HALF_SIZE);
    if (token == NULL)
        token = profile_find_in(part, "aws_session_token");
    if (missing != NULL)
        return say(s, SOURCE_FAILED,
                   "Partial credentials found in %s, missing: %s (profile %.200s in %s)", provider,
                   missing, s->p->name, id->file->path);
    if (!copy_key(s, &pen, id, names[0], &fresh.access_key_id)
        || !copy_key(s, &pen, secret, names[1], &fresh.secret_access_key)
        || !copy_key(s, &pen, token, names[2], &fresh.session_token))
        return SOURCE_FAILED;
    o->credentials = fresh;
    o->origin = (credentials_origin){names[0], names[1], names[2], ""};
    (void)snprintf(o->origin.words, sizeof o->origin.words, "profile %.200s (%.300s line %u)",
                   s->p->name, id->file->path, id->line);
    if (!s->is_renewal)
        warn_of_readers(id->file);
    return SOURCE_FOUND;
}

/* ret: whether the program that the item names may be started. If other users may write the item's
 *      file, they could make this user run any program */
static bool is_trusted(credentials_search *s, const profile_item *item)
{
    if (!item->file->others_write)
        return true;
    (void)say(s, SOURCE_FAILED,
              "credential_process (%s line %u) was not started: the file must belong to you or to "
              "root, and nobody else may write it: chmod go-w",
              item->file->path, item->line);
    return false;
}

/* Writes what is wrong with a program or its answer. */
static source_result fail_process(credentials_search *s, const profile_item *item, const char *what)
{
    return say(s, SOURCE_FAILED, "credential_process of profile %.200s (%s line %u) %s", s->p->name,
               item->file->path, item->line, what);
}

static source_result fail_answer(credentials_search *s, const profile_item *item,
                                 const emrs_result *result)
{
    char what[300];
    if (result->code == EMRS_E_SPACE)
        return fail_process(s, item, "gave keys that are too long: they may have 20 KB in all");
    if (result->field == EMRS_FIELD_NONE)
        return fail_process(s, item, "gave no credentials: its answer is not JSON");
    (void)snprintf(what, sizeof what, "gave no credentials: %s %s",
                   emrs_provider_field_words(result->field),
                   emrs_provider_rule_words(result->field, result->rule));
    return fail_process(s, item, what);
}

static source_result read_answer(credentials_search *s, const profile_item *item, emrs_text answer)
{
    options *o = s->o;
    emrs_result result;
    emrs_credentials fresh;
    if (emrs_credentials_read(answer, &fresh, store[1 - s->half], HALF_SIZE, &result) < 0)
        return fail_answer(s, item, &result);
    o->credentials = fresh;
    o->origin = (credentials_origin){"AccessKeyId of credential_process",
                                     "SecretAccessKey of credential_process",
                                     "SessionToken of credential_process", ""};
    (void)snprintf(o->origin.words, sizeof o->origin.words,
                   "credential_process of profile %.200s (%.300s line %u)", s->p->name,
                   item->file->path, item->line);
    return SOURCE_FOUND;
}

static source_result from_process(credentials_search *s, const profile_item *item,
                                  uint32_t limit_ms)
{
    static char command[COMMAND_SIZE];
    static process_result result;
    emrs_text text;
    if (!is_trusted(s, item))
        return SOURCE_FAILED;
    if (!profile_join(item, command, sizeof command, &text))
        return fail_process(s, item, "is too long: 16 KB and 511 words are allowed");
    uint32_t start_ms = emrs_posix_now(NULL).ms;
    bool is_good = process_run(text, limit_ms, &result);
    s->spent_ms = emrs_posix_now(NULL).ms - start_ms;
    source_result found =
        is_good ? read_answer(s, item, result.answer) : fail_process(s, item, result.why);
    process_wipe();
    emrs_wipe(command, sizeof command);
    return found;
}

/* ret: whether a file could not be read. Then the source has failed */
static bool is_unreadable(credentials_search *s)
{
    const shared_file *files[] = {&s->p->credentials, &s->p->config};
    for (size_t i = 0; i < 2; i++)
        if (files[i]->error != 0) {
            (void)say(s, SOURCE_FAILED, "%s cannot be read: %s", files[i]->path,
                      strerror(files[i]->error));
            return true;
        }
    return false;
}

static source_result say_no_keys(credentials_search *s)
{
    const profile *p = s->p;
    char misnamed[900];
    (void)profile_write_misnamed(p, misnamed, sizeof misnamed);
    if (p->in_config.exists || p->in_credentials.exists)
        return say(s, SOURCE_ABSENT, "profile %.200s has no credentials in %.300s and %.300s%s%s",
                   p->name, p->config.path, p->credentials.path, *misnamed != '\0' ? "." : "",
                   misnamed);
    return say(s, SOURCE_ABSENT, "there is no profile %.200s in %.300s%s and %.300s%s%s%s", p->name,
               p->config.path, p->config.absence != NULL ? " (no such file)" : "",
               p->credentials.path, p->credentials.absence != NULL ? " (no such file)" : "",
               *misnamed != '\0' ? "." : "", misnamed);
}

/* ret: the first setting for which AWS CLI would ask another service; NULL: there is none
 * in:  is_after_keys: true: search the settings that come after the keys of the credentials file;
 *      false: those that come before */
static const profile_item *find_foreign(const profile *p, bool is_after_keys)
{
    static const char *const before[] = {"web_identity_token_file", "role_arn", "sso_account_id",
                                         "sso_role_name", NULL},
                             *const after[] = {"login_session", NULL};
    const profile_item *item = NULL;
    for (const char *const *key = is_after_keys ? after : before; item == NULL && *key != NULL;
         key++)
        item = profile_find(p, *key);
    return item;
}

static source_result from_profile(credentials_search *s)
{
    const profile *p = s->p;
    const profile_item *item;
    if (is_unreadable(s))
        return SOURCE_FAILED;
    if ((item = find_foreign(p, false)) != NULL)
        return refuse_item(s, item);
    if ((item = profile_find_in(&p->in_credentials, "aws_access_key_id")) != NULL)
        return from_keys(s, &p->in_credentials, item, "shared-credentials-file");
    if ((item = find_foreign(p, true)) != NULL)
        return refuse_item(s, item);
    if ((item = profile_find(p, "credential_process")) != NULL)
        return from_process(s, item, s->limit_ms);
    if ((item = profile_find_in(&p->in_config, "aws_access_key_id")) != NULL)
        return from_keys(s, &p->in_config, item, "config-file");
    if ((item = profile_find_start(p, "sso_")) != NULL)
        return refuse_item(s, item);
    return say_no_keys(s);
}

/* The search */

static const struct {
    const char *name;
    source_result (*find)(credentials_search *s);
    bool is_variables; /* skipped if --profile is given, as in AWS CLI */
    bool is_profile;
} sources[] = {
    {"environment", from_environment, true, false},
    {"AWS IoT Core", from_iot, true, false},
    {"web identity", from_web_identity, true, false},
    {"profile", from_profile, false, true},
    {"container", from_container, false, false},
    {"instance role", from_instance, false, false},
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Uses the half that a source has filled. */
static void take_half(credentials_search *s)
{
    s->half = 1 - s->half;
    clean_text(s->o->origin.words, strlen(s->o->origin.words));
}

bool credentials_find(credentials_search *s, options *o, profile *p, emrs_client *client)
{
    *s = (credentials_search){.o = o, .p = p, .client = client};
    s->limit_ms = smaller(o->timeout_ms, PROCESS_LIMIT_MS);
    hide_credentials(&o->credentials, &s->former);
    (void)say(s, SOURCE_ABSENT, "Unable to locate credentials. Tried:");
    for (s->source = 0; s->source < sizeof sources / sizeof sources[0]; s->source++) {
        (void)say(s, SOURCE_ABSENT, "\n  %s: ", sources[s->source].name);
        source_result result = p->is_option && sources[s->source].is_variables
                                   ? say(s, SOURCE_ABSENT, "not used, because --profile is given")
                                   : sources[s->source].find(s);
        if (result == SOURCE_FOUND)
            take_half(s);
        if (result != SOURCE_ABSENT)
            return result == SOURCE_FOUND;
    }
    error_format_name("NoCredentials");
    return false;
}

emrs_report credentials_renew(void *context, uint32_t until_ms)
{
    credentials_search *s = context;
    const emrs_credentials old = s->o->credentials;
    if (provider_is_used())
        return provider_renew(until_ms);
    s->limit_ms = smaller(emrs_left_ms(emrs_posix_now(NULL).ms, until_ms), PROCESS_LIMIT_MS);
    if (!sources[s->source].is_profile || s->limit_ms == 0) /* 0: the time is over */
        return emrs_failed(EMRS_REASON_NONE, 0);
    s->is_renewal = true;
    s->why_size = 0;
    source_result result = SOURCE_FAILED;
    if (profile_read(s->p, s->p->is_option ? s->p->name : NULL))
        result = from_profile(s);
    else
        (void)say(s, SOURCE_FAILED, "%s", s->p->why);
    profile_wipe(s->p);
    if (result == SOURCE_FOUND) {
        s->former = old;
        take_half(s);
        return emrs_report_of(EMRS_NEWS_RENEWED);
    }
    (void)fputs("emrs: the credentials could not be renewed: ", stderr);
    print_lines(stderr, s->why);
    return emrs_failed(EMRS_REASON_NONE, 0);
}

bool credentials_are_absent(credentials_search *s)
{
    char text[1000];
    if (!provider_is_absent())
        return false;
    provider_write_failure(text, sizeof text);
    const char *step = provider_absent_step();
    error_format_name("NoCredentials");
    (void)say(s, SOURCE_ABSENT, "%s%s%s", text, step != NULL ? "\nNext: " : "",
              step != NULL ? step : "");
    return true;
}

void credentials_wipe(void)
{
    provider_free();
    emrs_wipe(store, sizeof store);
    process_wipe();
}
