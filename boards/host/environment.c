/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "emrs_text.h"

const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* ret: the name of the first variable that is set; NULL: none is */
static const char *first_variable(const char *one, const char *other)
{
    return variable(one) != NULL ? one : variable(other) != NULL ? other : NULL;
}

static void fall_back(setting *s, const char *name)
{
    if (s->value == NULL && variable(name) != NULL) {
        s->value = variable(name);
        s->source = name;
    }
}

/* Prints a warning about a variable. The cancellation continues. */
static void warn(const char *name, const char *rule, const char *instead)
{
    (void)fprintf(stderr, "emrs: %s %s: %s\n", name, rule, instead);
}

/* Reads a variable that changes where the request goes, so a wrong value is an error.
 * ret: -1, or the exit code */
static int read_switch(const char *name, bool *on)
{
    const char *value = variable(name);
    *on = value != NULL && strcasecmp(value, "true") == 0;
    if (value == NULL || *on || strcasecmp(value, "false") == 0)
        return -1;
    return refuse("%s must be true or false.", name);
}

/* botocore looks for the older name first. */
static void read_token(options *o)
{
    o->token_name =
        variable("AWS_SECURITY_TOKEN") != NULL ? "AWS_SECURITY_TOKEN" : "AWS_SESSION_TOKEN";
    o->credentials.session_token = text_of(variable(o->token_name));
}

static int refuse_no_credentials(void)
{
    const char *profile = first_variable("AWS_PROFILE", "AWS_DEFAULT_PROFILE");
    if (profile != NULL)
        return refuse("Unable to locate credentials. %s is set, but profiles are not read yet: "
                      "export the keys with\n"
                      "eval \"$(aws configure export-credentials --format env)\"",
                      profile);
    return refuse("Unable to locate credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                  "and\nAWS_SESSION_TOKEN for temporary credentials.");
}

static int read_credentials(options *o)
{
    const char *id = variable("AWS_ACCESS_KEY_ID"), *secret = variable("AWS_SECRET_ACCESS_KEY");
    if (id == NULL && secret == NULL)
        return refuse_no_credentials();
    if (id == NULL || secret == NULL)
        return refuse("Partial credentials found in env, missing: %s",
                      id == NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY");
    o->credentials.access_key_id = text_of(id);
    o->credentials.secret_access_key = text_of(secret);
    read_token(o);
    return -1;
}

/* ret: whether the byte is allowed. AWS's SDKs replace all others too. */
static bool fits_user_agent(char c)
{
    return emrs_is_alnum(c) || (c != '\0' && strchr("!$%&'*+-.^_`|~,", c) != NULL);
}

/* The application id in the user agent lets CloudTrail tell one gateway from another. */
static void read_user_agent(options *o)
{
    const char *name = "AWS_SDK_UA_APP_ID", *id = variable(name);
    bool is_replaced = false;
    if (id == NULL)
        return;
    int size = snprintf(o->user_agent, sizeof o->user_agent, "app/%s", id);
    for (char *at = o->user_agent + sizeof "app/" - 1; *at != '\0'; at++)
        if (!fits_user_agent(*at)) {
            *at = '-';
            is_replaced = true;
        }
    if (size >= (int)sizeof o->user_agent)
        warn(name, "is longer than 60 bytes",
             is_replaced ? "its first 60 are sent, with - for each byte that is not allowed"
                         : "its first 60 are sent");
    else if (is_replaced)
        warn(name, "holds bytes that are not allowed", "each is sent as -");
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
        const char *name;
        bool *on;
    } switches[] = {{"AWS_USE_FIPS_ENDPOINT", &o->use_fips},
                    {"AWS_USE_DUALSTACK_ENDPOINT", &o->use_dualstack},
                    {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ignore_endpoint}};
    int code = -1;
    for (size_t i = 0; code < 0 && i < sizeof switches / sizeof switches[0]; i++)
        code = read_switch(switches[i].name, switches[i].on);
    return code;
}

/* Uses the nearest bound if the number is out of bounds, and the default if it is not a number. */
static void read_attempts(options *o)
{
    const char *name = "AWS_MAX_ATTEMPTS", *value = variable(name);
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
    const char *name = "AWS_DEFAULT_OUTPUT", *value = variable(name);
    if (o->output_name.value != NULL || value == NULL)
        return;
    if (strcmp(value, "text") == 0)
        o->output = OUTPUT_TEXT;
    else if (strcmp(value, "json") != 0)
        warn(name, "is neither json nor text", "json is used");
}

/* Reads the variables for settings that the command line does not give. */
static void read_settings(options *o, bool ignore_endpoint)
{
    fall_back(&o->region, "AWS_REGION");
    fall_back(&o->region, "AWS_DEFAULT_REGION");
    if (!ignore_endpoint) {
        fall_back(&o->endpoint, "AWS_ENDPOINT_URL_EMR_SERVERLESS");
        fall_back(&o->endpoint, "AWS_ENDPOINT_URL");
    }
    fall_back(&o->ca_bundle, "AWS_CA_BUNDLE");
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
    if (o->region.value == NULL)
        return refuse("You must specify a region: --region, AWS_REGION or AWS_DEFAULT_REGION.");
    return -1;
}

int environment_read(options *o)
{
    bool ignore_endpoint = false;
    int code = read_switches(o, &ignore_endpoint);
    if (code >= 0)
        return code;
    read_settings(o, ignore_endpoint);
    read_fips_region(o);
    code = check_settings(o);
    if (code >= 0)
        return code;
    read_attempts(o);
    read_output_format(o);
    read_clock_correction(o);
    read_user_agent(o);
    return read_credentials(o);
}
