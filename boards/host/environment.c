/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "credentials.h"
#include "emrs_text.h"
#include "error_format.h"
#include "profile.h"

static profile shared;
static credentials_search search;

const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* ret: the name of the first variable that is set; NULL: none is */
static const char *first_variable(const char *one, const char *other)
{
    bool has_one = one != NULL && variable(one) != NULL,
         has_other = other != NULL && variable(other) != NULL;
    return has_one ? one : has_other ? other : NULL;
}

/* The names of a setting, in the order in which they are looked up. NULL: it has no such name. */
typedef struct {
    const char *variable, *older_variable, *key; /* the key in a profile */
    bool is_soft;                                /* a wrong value is replaced, with a warning */
} setting_names;

/* Prints a warning about a setting. The cancellation continues. */
static void warn(const char *name, const char *rule, const char *instead)
{
    (void)fputs("emrs: ", stderr);
    print_text(stderr, text_of(name));
    (void)fprintf(stderr, " %s: %s\n", rule, instead);
}

/* Prints what is wrong with a value that cannot be used.
 * ret: -1 to go on, or the exit code */
static int judge_item(const char *source, bool is_soft, bool is_single, bool is_long)
{
    if (is_single && !is_long)
        return -1;
    if (!is_soft)
        return refuse("%s %s.", source, is_single ? "is too long" : "must be a single line");
    if (is_long)
        warn(source, "is too long", "it is not used");
    else
        warn(source, "has more than one line", "the first is used");
    return -1;
}

/* Keeps a value of a profile as a string, with its file and line.
 * ret: -1, or the exit code */
static int take_item(setting *s, const profile_item *item, const char *key, bool is_soft)
{
    static char texts[16384];
    static size_t used;
    char source[PROFILE_PATH_SIZE + 100];
    (void)snprintf(source, sizeof source, "%s in %s line %u", key, item->file->path, item->line);
    size_t size = item->value.size + strlen(source) + 2;
    bool is_long = size > sizeof texts - used;
    int code = judge_item(source, is_soft, item->more.size == 0, is_long);
    if (code >= 0 || is_long || item->value.size == 0)
        return code;
    (void)snprintf(texts + used, size, "%.*s%c%s", (int)item->value.size, item->value.bytes, '\0',
                   source);
    s->value = texts + used;
    s->source = texts + used + item->value.size + 1;
    used += size;
    return -1;
}

/* Finds a setting that no option gave: in the variables, then in the profile. An empty value
 * counts as not set.
 * ret: -1, or the exit code */
static int look_up(setting *s, const setting_names *names)
{
    const char *name = first_variable(names->variable, names->older_variable);
    if (s->value != NULL)
        return -1;
    if (name != NULL) {
        s->value = variable(name);
        s->source = name;
        return -1;
    }
    const profile_item *item = names->key != NULL ? profile_find(&shared, names->key) : NULL;
    if (item == NULL || item->value.size + item->more.size == 0)
        return -1;
    return take_item(s, item, names->key, names->is_soft);
}

/* Reads a setting that changes where the request goes, so a wrong value is an error.
 * ret: -1, or the exit code */
static int read_switch(const setting_names *names, bool *on)
{
    setting s = {.value = NULL};
    int code = look_up(&s, names);
    *on = s.value != NULL && strcasecmp(s.value, "true") == 0;
    if (code >= 0 || s.value == NULL || *on || strcasecmp(s.value, "false") == 0)
        return code;
    return refuse("%s must be true or false.", s.source);
}

/* ret: whether the byte is allowed. AWS's SDKs replace all others too. */
static bool fits_user_agent(char c)
{
    return emrs_is_alnum(c) || (c != '\0' && strchr("!$%&'*+-.^_`|~,", c) != NULL);
}

/* Adds "app/ID", cut to `size` bytes. ID is AWS_SDK_UA_APP_ID, which is not the id of an EMR
 * Serverless application: in CloudTrail it distinguishes one gateway from another. */
static void add_app_id(options *o, size_t size)
{
    const char *name = o->app_id.source, *id = o->app_id.value;
    char rule[40], instead[80];
    bool is_replaced = false;
    int whole = snprintf(o->user_agent, size + 1, "app/%s", id);
    for (char *at = o->user_agent + sizeof "app/" - 1; *at != '\0'; at++)
        if (!fits_user_agent(*at)) {
            *at = '-';
            is_replaced = true;
        }
    int most = (int)(size - (sizeof "app/" - 1));
    (void)snprintf(rule, sizeof rule, "is longer than %d bytes", most);
    (void)snprintf(instead, sizeof instead, "its first %d are sent%s", most,
                   is_replaced ? ", with - for each byte that is not allowed" : "");
    if (whole > (int)size)
        warn(name, rule, instead);
    else if (is_replaced)
        warn(name, "holds bytes that are not allowed", "each is sent as -");
}

/* Sets the user agent. The reason is never cut; AWS_SDK_UA_APP_ID may be. */
static void read_user_agent(options *o)
{
    const setting_names names = {"AWS_SDK_UA_APP_ID", NULL, "sdk_ua_app_id", true};
    char reason[sizeof " reason/" + REASON_SIZE_MAX] = "";
    (void)look_up(&o->app_id, &names); /* only warns */
    if (o->reason != NULL)
        (void)snprintf(reason, sizeof reason, " reason/%s", o->reason);
    if (o->app_id.value != NULL)
        add_app_id(o, sizeof o->user_agent - 1 - strlen(reason));
    size_t used = strlen(o->user_agent);
    (void)snprintf(o->user_agent + used, sizeof o->user_agent - used, "%s",
                   used > 0 || *reason == '\0' ? reason : reason + 1);
}

/* A wrong value is not an error, because correcting the clock does no harm. */
static void read_clock_correction(options *o)
{
    const char *name = "AWS_DISABLE_CLOCK_SKEW_CORRECTION", *value = variable(name);
    o->no_clock_correction = value != NULL && strcasecmp(value, "true") == 0;
    if (value != NULL && !o->no_clock_correction && strcasecmp(value, "false") != 0)
        warn(name, "is neither true nor false", "false is used");
}

static int read_switches(options *o, bool *ignore_endpoint)
{
    const struct {
        setting_names names;
        bool *on;
    } switches[] = {
        {{"AWS_USE_FIPS_ENDPOINT", NULL, "use_fips_endpoint", false}, &o->use_fips},
        {{"AWS_USE_DUALSTACK_ENDPOINT", NULL, "use_dualstack_endpoint", false}, &o->use_dualstack},
        {{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", NULL, "ignore_configured_endpoint_urls", false},
         ignore_endpoint}};
    int code = -1;
    for (size_t i = 0; code < 0 && i < sizeof switches / sizeof switches[0]; i++)
        code = read_switch(&switches[i].names, switches[i].on);
    return code;
}

/* Uses the nearest bound if the number is out of bounds, and the default if it is not a number. */
static void read_attempts(options *o)
{
    const setting_names names = {"AWS_MAX_ATTEMPTS", NULL, "max_attempts", true};
    setting s = {.value = NULL};
    (void)look_up(&s, &names); /* only warns */
    const char *name = s.source, *value = s.value;
    char *end = NULL;
    if (value == NULL)
        return;
    long count = strtol(value, &end, 10);
    if (end == value || *end != '\0') {
        warn(name, "is not a whole number", "3 is used");
    } else if (count < 1) {
        o->attempt_count = 1;
        warn(name, "is less than 1", "1 is used");
    } else if (count > UINT8_MAX) {
        o->attempt_count = UINT8_MAX;
        warn(name, "is more than 255", "255 is used");
    } else {
        o->attempt_count = (uint8_t)count;
    }
}

static void read_output_format(options *o)
{
    const setting_names names = {"AWS_DEFAULT_OUTPUT", NULL, "output", true};
    setting s = {.value = NULL};
    if (o->output_name.value == NULL)
        (void)look_up(&s, &names); /* only warns */
    if (s.value == NULL)
        return;
    if (strcmp(s.value, "text") == 0)
        o->output = OUTPUT_TEXT;
    else if (strcmp(s.value, "json") != 0)
        warn(s.source, "is neither json nor text", "json is used");
}

/* Only one retry mode is supported. */
static void read_retry_mode(void)
{
    const setting_names names = {"AWS_RETRY_MODE", NULL, "retry_mode", true};
    setting s = {.value = NULL};
    (void)look_up(&s, &names); /* only warns */
    if (s.value != NULL && strcmp(s.value, "standard") != 0)
        warn(s.source, "is not standard", "standard is used");
}

/* Finds the endpoint: two variables, the block of this service in a section that the profile names,
 * then the profile's own.
 * ret: -1, or the exit code */
static int read_endpoint(options *o)
{
    const setting_names variables = {"AWS_ENDPOINT_URL_EMR_SERVERLESS", "AWS_ENDPOINT_URL", NULL,
                                     false},
                        in_profile = {NULL, NULL, "endpoint_url", false};
    profile_item item;
    int code = look_up(&o->endpoint, &variables);
    if (code >= 0 || o->endpoint.value != NULL)
        return code;
    if (!profile_find_service_url(&shared, &item))
        return refuse("%s", shared.why);
    return item.value.size > 0
               ? take_item(&o->endpoint, &item, "endpoint_url of emr_serverless", false)
               : look_up(&o->endpoint, &in_profile);
}

/* With --debug, prints that the ARN's region is used instead of another one that is set. */
static void tell_other_region(const options *o, const setting_names *names)
{
    setting other = {.value = NULL};
    char line[300];
    if (!o->has_arn || !o->debug || look_up(&other, names) >= 0 || other.value == NULL
        || strcmp(other.value, o->region.value) == 0)
        return;
    (void)snprintf(line, sizeof line, "region: %s, of the ARN; not %s, of %s", o->region.value,
                   other.value, other.source);
    debug_start();
    debug_line(text_of(line));
}

/* Reads the settings that no option gave.      ret: -1, or the exit code */
static int read_settings(options *o)
{
    const setting_names region = {"AWS_REGION", "AWS_DEFAULT_REGION", "region", false},
                        ca_bundle = {"AWS_CA_BUNDLE", NULL, "ca_bundle", false};
    bool ignore_endpoint = false;
    int code = read_switches(o, &ignore_endpoint);
    if (code < 0)
        code = look_up(&o->region, &region);
    tell_other_region(o, &region);
    if (code < 0 && !ignore_endpoint)
        code = read_endpoint(o);
    return code < 0 ? look_up(&o->ca_bundle, &ca_bundle) : code;
}

/* Reads "fips-REGION" and "REGION-fips" as that region with FIPS, as AWS's SDKs do. */
static void read_fips_region(options *o)
{
    const char *name = o->region.value;
    const size_t mark = sizeof "-fips" - 1;
    size_t size = name != NULL ? strlen(name) : 0;
    if (size <= mark || size >= sizeof o->region_name)
        return;
    bool is_before = strncmp(name, "fips-", mark) == 0;
    if (!is_before && strcmp(name + size - mark, "-fips") != 0)
        return;
    (void)snprintf(o->region_name, sizeof o->region_name, "%.*s", (int)(size - mark),
                   is_before ? name + mark : name);
    o->region.value = o->region_name;
    o->use_fips = true;
}

static int check_settings(const options *o)
{
    bool is_missing = o->endpoint.is_option && *o->endpoint.value == '\0';
    if (is_missing) /* the core would use the region's endpoint */
        return refuse_setting(emrs_field_words(EMRS_FIELD_ENDPOINT), &o->endpoint,
                              emrs_rule_words(EMRS_FIELD_ENDPOINT, EMRS_RULE_MISSING));
    if (o->region.value != NULL)
        return -1;
    char misnamed[900];
    error_format_name("NoRegion");
    return refuse("You must specify a region: --region, AWS_REGION or AWS_DEFAULT_REGION, or "
                  "region in the profile.%s",
                  profile_write_misnamed(&shared, misnamed, sizeof misnamed));
}

/* Warns of a file that cannot be read. The search for credentials fails if it needs this file. */
static void warn_of_unread_files(void)
{
    const shared_file *files[] = {&shared.config, &shared.credentials};
    for (size_t i = 0; i < 2; i++)
        if (files[i]->error != 0)
            warn(files[i]->path, "cannot be read", strerror(files[i]->error));
}

static int read_profile(const options *o)
{
    if (o->profile.value != NULL && *o->profile.value == '\0')
        return refuse_setting("profile", &o->profile, "must have a name");
    if (!profile_read(&shared, o->profile.value))
        return refuse("%s", shared.why);
    warn_of_unread_files();
    return -1;
}

/* Finds the credentials. The time that a credential_process takes is subtracted from --timeout.
 * ret: -1, or the exit code */
static int read_credentials(options *o, emrs_client *client)
{
    if (o->print_policy) {
        o->credentials = (emrs_credentials){.renew_s = EMRS_RENEW_NOW};
        return -1;
    }
    bool is_found = credentials_find(&search, o, &shared, client);
    profile_wipe(&shared); /* what is used was copied */
    if (!is_found)
        return refuse("%s", search.why);
    o->timeout_ms -= search.spent_ms < o->timeout_ms ? search.spent_ms : o->timeout_ms - 1;
    if (o->debug) {
        char line[sizeof o->origin.words + 20];
        (void)snprintf(line, sizeof line, "credentials: %s", o->origin.words);
        debug_start();
        debug_line(text_of(line));
    }
    return -1;
}

int environment_read(options *o, emrs_client *client)
{
    int code = read_profile(o);
    if (code < 0)
        code = read_settings(o);
    if (code >= 0)
        return code;
    read_fips_region(o);
    code = check_settings(o);
    if (code >= 0)
        return code;
    read_attempts(o);
    read_output_format(o);
    read_retry_mode();
    read_user_agent(o);
    read_clock_correction(o);
    return read_credentials(o, client);
}

void environment_wipe(void)
{
    credentials_wipe();
    profile_wipe(&shared); /* after an error it was not wiped yet */
}

int environment_report(void)
{
    return credentials_are_absent(&search) ? refuse("%s", search.why) : -1;
}

emrs_report environment_renew(uint32_t until_ms)
{
    return credentials_renew(&search, until_ms);
}
