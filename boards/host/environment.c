/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

static void fall_back(setting *s, const char *name)
{
    if (s->value == NULL && variable(name) != NULL)
        *s = (setting){variable(name), name, false};
}

static int wrong(const char *text, const char *name)
{
    (void)fprintf(stderr, "\n");
    (void)fprintf(stderr, text, name);
    (void)fprintf(stderr, "\nNothing was sent.\n");
    return EXIT_CONFIGURATION;
}

/* ret: -1, or the exit code */
static int read_switch(const char *name, bool *on)
{
    const char *value = variable(name);
    *on = value != NULL && strcasecmp(value, "true") == 0;
    if (value == NULL || *on || strcasecmp(value, "false") == 0)
        return -1;
    return wrong("%s must be true or false.", name);
}

static int read_credentials(emrs_credentials *credentials)
{
    const char *id = variable("AWS_ACCESS_KEY_ID"), *secret = variable("AWS_SECRET_ACCESS_KEY");
    if (id == NULL && secret == NULL)
        return wrong(
            "Unable to locate credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and\n"
            "%s for temporary credentials.",
            "AWS_SESSION_TOKEN");
    if (id == NULL || secret == NULL)
        return wrong("Partial credentials found in env, missing: %s",
                     id == NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY");
    *credentials =
        (emrs_credentials){text_of(id), text_of(secret), text_of(variable("AWS_SESSION_TOKEN"))};
    return -1;
}

/* So that CloudTrail can tell one gateway from another. */
static int read_user_agent(options *o)
{
    const char *id = variable("AWS_SDK_UA_APP_ID");
    if (id == NULL)
        return -1;
    int size = snprintf(o->user_agent, sizeof o->user_agent, "app/%s", id);
    return size < (int)sizeof o->user_agent
               ? -1
               : wrong("emrs: user agent (%s) is longer than 60 bytes.", "AWS_SDK_UA_APP_ID");
}

/* We go straight to the endpoint; somebody who counts on a proxy should know. */
static void warn_of_proxy(void)
{
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (variable(names[i]) != NULL) {
            (void)fprintf(stderr,
                          "emrs: %s is set, but proxies are not supported: connecting directly\n",
                          names[i]);
            return;
        }
}

static int read_switches(options *o, bool *ignore_endpoint)
{
    const struct {
        const char *name;
        bool *on;
    } switches[] = {{"AWS_USE_FIPS_ENDPOINT", &o->use_fips},
                    {"AWS_USE_DUALSTACK_ENDPOINT", &o->use_dualstack},
                    {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ignore_endpoint},
                    {"AWS_DISABLE_CLOCK_SKEW_CORRECTION", &o->no_clock_correction}};
    int code = -1;
    for (size_t i = 0; code < 0 && i < sizeof switches / sizeof switches[0]; i++)
        code = read_switch(switches[i].name, switches[i].on);
    return code;
}

/* 0: it is not a whole number, and nothing else */
static unsigned long number_of(const char *text)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' ? number : 0;
}

static int read_attempts(options *o)
{
    const char *name = "AWS_MAX_ATTEMPTS", *value = variable(name);
    if (value == NULL)
        return -1;
    unsigned long count = number_of(value);
    o->attempt_count = (uint8_t)count;
    return count >= 1 && count <= UINT8_MAX
               ? -1
               : wrong("%s must be a whole number from 1 to 255.", name);
}

/* Where the command line says nothing. */
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

static int check_settings(const options *o)
{
    if (o->endpoint.is_option && *o->endpoint.value == '\0') {
        (void)fputs("\nemrs: endpoint (--endpoint-url) is missing or empty\nNothing was sent.\n",
                    stderr);
        return EXIT_USAGE;
    }
    if (o->region.value == NULL)
        return wrong("You must specify a region: %s, AWS_REGION or AWS_DEFAULT_REGION.",
                     "--region");
    return -1;
}

int environment_read(options *o)
{
    bool ignore_endpoint = false;
    int code = read_switches(o, &ignore_endpoint);
    if (code < 0)
        code = read_attempts(o);
    if (code < 0) {
        read_settings(o, ignore_endpoint);
        code = check_settings(o);
    }
    if (code >= 0)
        return code;
    warn_of_proxy();
    code = read_user_agent(o);
    return code < 0 ? read_credentials(&o->credentials) : code;
}
