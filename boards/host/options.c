/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/version.h>

#include "emrs_text.h"

static const char usage[] =
    "usage: emrs cancel-job-run --application-id <value> --job-run-id <value> [options]\n"
    "To see help text, run:\n"
    "\n"
    "  emrs --help\n";

static const char help[] =
    "emrs " EMRS_VERSION ": cancel an Amazon EMR Serverless job run\n"
    "\n"
    "usage: emrs cancel-job-run --application-id <value> --job-run-id <value> [options]\n"
    "\n"
    "  --application-id <value>      application of the job run: 1 to 64 characters, 0-9 and a-z\n"
    "  --job-run-id <value>          the job run to cancel: 1 to 64 characters, 0-9 and a-z\n"
    "  --shutdown-grace-period-in-seconds <value>\n"
    "                                time to stop: 0, or 15 to 1800; default: the service's\n"
    "  --unchecked-grace-period      send any 32-bit grace period unchecked\n"
    "  --profile <name>              profile of ~/.aws/config and ~/.aws/credentials to use\n"
    "                                instead of the environment's keys; default: AWS_PROFILE,\n"
    "                                then AWS_DEFAULT_PROFILE, then \"default\"\n"
    "  --region <value>              default: AWS_REGION, then AWS_DEFAULT_REGION, then the\n"
    "                                profile's region\n"
    "  --endpoint-url <value>        default: AWS_ENDPOINT_URL_EMR_SERVERLESS, then\n"
    "                                AWS_ENDPOINT_URL, then the profile's, then the region's\n"
    "                                endpoint\n"
    "  --allow-plain-http            allow http:// to another machine: only on a network\n"
    "                                that you trust, as everybody on it can read the request\n"
    "  --ca-bundle <path>            PEM file of the CAs to trust; default: AWS_CA_BUNDLE,\n"
    "                                then the profile's ca_bundle, then the system's\n"
    "  --timeout <seconds>           limit for the whole call with all attempts; default: 60\n"
    "  --persistent                  try again until the timeout, without a limit of attempts:\n"
    "                                for many devices that share one quota\n"
    "  --cli-connect-timeout <seconds>\n"
    "                                limit for DNS, TCP and TLS; default: 60; 0: --timeout alone\n"
    "  --cli-read-timeout <seconds>  limit for the next byte; default: 60; 0: --timeout alone\n"
    "  --output json|text            default: AWS_DEFAULT_OUTPUT, then the profile's\n"
    "                                output, then json\n"
    "  --dry-run                     print the request and how it is signed, and send nothing;\n"
    "                                the printed signature is valid for some minutes\n"
    "  --debug                       print what the call does on stderr: the request without\n"
    "                                secrets, the answer's status, headers and sizes, each\n"
    "                                wait; lines that stderr cannot take at once are dropped\n"
    "  --version                     print the versions of emrs and mbedTLS\n"
    "  --help, -h                    print this text\n"
    "\n"
    "For scripts for AWS CLI, these are accepted and have no effect: emr-serverless before the\n"
    "command, --no-cli-pager, --no-cli-auto-prompt, --no-paginate, --color <value>.\n"
    "An option may be given only once.\n"
    "\n";

static const char more_help[] =
    "Credentials are searched for in this order, and never read from the command line:\n"
    "  1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (not with --profile)\n"
    "  2. AWS_IOT_CORE_CREDENTIAL_ENDPOINT and others: a device's certificate (not with "
    "--profile)\n"
    "  3. the profile: keys of the credentials file, credential_process, keys of the config file\n"
    "  4. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI\n"
    "  5. the instance's role (IMDSv2), asked once, for 1 s at most\n"
    "The first that is there is used. If it fails, the search ends. A profile with role_arn, "
    "sso_*\n"
    "or login_session, and AWS_WEB_IDENTITY_TOKEN_FILE, are refused: the message says how AWS\n"
    "CLI 2 can fetch them. 2, 4 and 5 are asked over the network, within half of --timeout;\n"
    "--dry-run asks none of them.\n"
    "Also read: AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_USE_FIPS_ENDPOINT,\n"
    "AWS_USE_DUALSTACK_ENDPOINT, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_SDK_UA_APP_ID,\n"
    "AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT,\n"
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv4 or IPv6),\n"
    "AWS_MAX_ATTEMPTS (default: 3), AWS_DISABLE_CLOCK_SKEW_CORRECTION, AWS_SECURITY_TOKEN (before\n"
    "AWS_SESSION_TOKEN). Of these, the profile has use_fips_endpoint, use_dualstack_endpoint,\n"
    "ignore_configured_endpoint_urls, sdk_ua_app_id and max_attempts.\n"
    "The proxy of an https endpoint: https_proxy, HTTPS_PROXY, but not for no_proxy, NO_PROXY.\n"
    "CAs after AWS_CA_BUNDLE and the profile's ca_bundle: REQUESTS_CA_BUNDLE, SSL_CERT_FILE,\n"
    "CURL_CA_BUNDLE.\n"
    "\n"
    "Exit codes: 0 accepted (the job run is not yet stopped), 130 Ctrl-C (129 SIGHUP,\n"
    "143 SIGTERM), 252 invalid input, 253 configuration, 254 the service answered with an\n"
    "error, 255 anything else. After a failure, stderr says whether the job run may have been\n"
    "cancelled, and what to do next.\n";

/* What follows an option's name */
enum { NOTHING, TEXT, NUMBER, SECONDS, REGION, URL, PATH, FORMAT };

enum {
    BEFORE_FIRST = 255, /* getopt_long returns bytes for options of one letter */
#define OPTION(identifier, name, value, use) identifier,
#include "options.def"
#undef OPTION
};

static const struct option table[] = {
#define OPTION(identifier, name, value, use)                                                       \
    {name, (value) == NOTHING ? no_argument : required_argument, NULL, identifier},
#include "options.def"
#undef OPTION
    {NULL, 0, NULL, 0},
};

/* Prints the usage and an error.      ret: exit code */
static int usage_error(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "\n%s\nemrs: error: ", usage);
    print_text(stderr, text_of(text)); /* masks it: a misplaced word may be a secret */
    (void)fputs("\n\n", stderr);
    return EXIT_USAGE;
}

/* ret: false if it is not a whole decimal number from `least` to `most` */
static bool parse_number(const char *text, long least, long most, long *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtol(text, &end, 10);
    bool starts_well = *text == '-' || emrs_is_digit(*text);
    return starts_well && errno == 0 && *end == '\0' && *value >= least && *value <= most;
}

static int read_seconds(const char *name, const char *text, long least, uint32_t *ms)
{
    long seconds = 0;
    if (!parse_number(text, least, 86400, &seconds))
        return usage_error(
            "argument --%s: expected a whole number of seconds from %ld to 86400, not '%s'", name,
            least, text);
    *ms = (uint32_t)seconds * 1000u;
    return -1;
}

static int read_grace(options *o)
{
    long seconds = 0;
    if (o->grace.value == NULL)
        return -1;
    if (!parse_number(o->grace.value, INT32_MIN, INT32_MAX, &seconds))
        return usage_error(
            "argument --shutdown-grace-period-in-seconds: expected a whole number of seconds, "
            "0 or 15 to 1800, not '%s'",
            o->grace.value);
    o->input.grace = o->unchecked_grace ? EMRS_GRACE_UNCHECKED : EMRS_GRACE_SECONDS;
    o->input.shutdown_grace_period_s = (int32_t)seconds;
    return -1;
}

static int read_output(options *o, const char *text)
{
    bool is_text = strcmp(text, "text") == 0;
    if (!is_text && strcmp(text, "json") != 0)
        return usage_error(
            "argument --output: Invalid choice, valid choices are: json | text, not '%s'", text);
    o->output = is_text ? OUTPUT_TEXT : OUTPUT_JSON;
    return -1;
}

static int print_help(void)
{
    (void)fputs(help, stdout);
    (void)fputs(more_help, stdout);
    return close_stdout();
}

/* Asks the library for its version: the shared library may be newer than the headers. */
static int print_version(void)
{
    char number[sizeof "255.255.255"];
    mbedtls_version_get_string(number);
    (void)printf("emrs/" EMRS_VERSION " mbedTLS/%s\n", number);
    return close_stdout();
}

/* Finds where the value of an option is stored unchanged.      ret: NULL if it is not */
static setting *setting_by_option(options *o, int option)
{
    switch (option) {
    case APPLICATION_ID:
        return &o->application_id;
    case JOB_RUN_ID:
        return &o->job_run_id;
    case GRACE:
        return &o->grace;
    case REGION_NAME:
        return &o->region;
    case ENDPOINT_URL:
        return &o->endpoint;
    case CA_BUNDLE:
        return &o->ca_bundle;
    case OUTPUT:
        return &o->output_name;
    case PROFILE:
        return &o->profile;
    default:
        return NULL;
    }
}

static int take_switch(options *o, int option)
{
    switch (option) {
    case UNCHECKED_GRACE:
        o->unchecked_grace = true;
        return -1;
    case ALLOW_PLAIN_HTTP:
        o->allow_plain_http = true;
        return -1;
    case PERSISTENT:
        o->persistent = true;
        return -1;
    case DRY_RUN:
        o->dry_run = true;
        return -1;
    case DEBUG:
        o->debug = true;
        return -1;
    case VERSION:
        return print_version();
    case HELP:
        return print_help();
    default: /* AWS CLI's options without effect here */
        return -1;
    }
}

static int take_option(options *o, int option, const char *name, const char *value)
{
    setting *s = setting_by_option(o, option);
    if (s != NULL) {
        s->value = value;
        s->source = name;
        s->is_option = true;
        return -1;
    }
    switch (option) {
    case TIMEOUT:
        return read_seconds(name, value, 1, &o->timeout_ms);
    case CONNECT_TIMEOUT:
        return read_seconds(name, value, 0, &o->connect_timeout_ms);
    case READ_TIMEOUT:
        return read_seconds(name, value, 0, &o->receive_timeout_ms);
    default:
        return take_switch(o, option);
    }
}

/* Refuses options that have an effect in AWS CLI but none here: ignoring them would mislead. */
static int refuse_known(int option)
{
    switch (option) {
    case QUERY:
        return usage_error("argument --query: not supported; --output text prints the two ids");
    case NO_VERIFY_SSL:
        return usage_error(
            "argument --no-verify-ssl: the server's certificate is always verified; name "
            "a CA of your own with --ca-bundle");
    default:
        return -1;
    }
}

/* Notes that an option was given, and refuses a second one, which could silently name another job
 * run. */
static int mark_given(options *o, int index)
{
    uint32_t bit = (uint32_t)1 << index;
    if ((o->given & bit) != 0)
        return usage_error("argument --%s: given twice", table[index].name);
    o->given |= bit;
    return -1;
}

/* Takes a word that is not an option: the command, the service's name before it, or "help". */
static int take_word(options *o, const char *word)
{
    if (strcmp(word, "help") == 0)
        return print_help();
    if (strcmp(word, "emr-serverless") == 0 && !o->has_service && !o->has_command) {
        o->has_service = true;
        return -1;
    }
    if (o->has_command)
        return usage_error("Unknown options: %s", word);
    if (strcmp(word, "cancel-job-run") != 0)
        return usage_error(
            "argument command: Invalid choice '%s', valid choices are: cancel-job-run", word);
    o->has_command = true;
    return -1;
}

/* Counts the options that a shortened option may mean, and lists their names. */
static int count_matches(const char *word, char *names, size_t size)
{
    size_t word_size = strcspn(word, "="), used = 0;
    int count = 0;
    for (size_t i = 0; table[i].name != NULL; i++)
        if (word_size > 2 && strncmp(table[i].name, word + 2, word_size - 2) == 0) {
            int more =
                snprintf(names + used, size - used, "%s--%s", count > 0 ? ", " : "", table[i].name);
            used += more > 0 && (size_t)more < size - used ? (size_t)more : 0;
            count++;
        }
    return count;
}

/* Refuses what getopt_long could not read. Does not print a value, which may be a secret. */
static int refuse_option(int option, const char *word)
{
    char names[256] = "";
    if (option == ':')
        return usage_error("argument %s: expected one argument", word);
    if (optopt != 0 && optopt <= BEFORE_FIRST)
        return usage_error("Unknown options: -%c", optopt);
    if (count_matches(word, names, sizeof names) > 1)
        return usage_error("ambiguous option: %.*s could match %s", (int)strcspn(word, "="), word,
                           names);
    return usage_error("Unknown options: %.*s", (int)strcspn(word, "="), word);
}

/* Takes all arguments after "--" as words, whatever they begin with. */
static int read_rest(options *o, int argc, char **argv)
{
    int code = -1;
    for (int at = optind; at < argc && code < 0; at++)
        code = take_word(o, argv[at]);
    return code;
}

/* in:  option: what getopt_long returned      ret: -1 to go on, else the exit code */
static int take(options *o, int option, int index, const char *word)
{
    if (option == 1)
        return take_word(o, optarg);
    if (option == 'h')
        return print_help();
    if (option == '?' || option == ':')
        return refuse_option(option, word);
    int code = mark_given(o, index);
    if (code < 0)
        code = refuse_known(option);
    return code < 0 ? take_option(o, option, table[index].name, optarg) : code;
}

/* "-" at the start makes getopt_long return words in their order, despite POSIXLY_CORRECT. */
static int read_words(options *o, int argc, char **argv)
{
    opterr = 0;
    for (;;) {
        int index = 0, option = getopt_long(argc, argv, "-:h", table, &index);
        if (option == -1)
            return read_rest(o, argc, argv);
        int code = take(o, option, index, argv[optind - 1]);
        if (code >= 0)
            return code;
    }
}

static int check_words(const options *o)
{
    bool has_application = o->application_id.value != NULL,
         has_job_run = o->job_run_id.value != NULL;
    if (!o->has_command)
        return usage_error("the following arguments are required: command (cancel-job-run)");
    if (has_application && has_job_run)
        return -1;
    return usage_error(
        "the following arguments are required: %s%s%s", has_application ? "" : "--application-id",
        has_application || has_job_run ? "" : ", ", has_job_run ? "" : "--job-run-id");
}

int options_read(options *o, int argc, char **argv)
{
    *o = (options){.endpoint = {.is_url = true},
                   .timeout_ms = 60000,
                   .connect_timeout_ms = 60000,
                   .receive_timeout_ms = 60000};
    int code = read_words(o, argc, argv);
    if (code < 0)
        code = check_words(o);
    if (code < 0)
        code = read_grace(o);
    if (code < 0 && o->output_name.value != NULL)
        code = read_output(o, o->output_name.value);
    o->input.application_id = text_of(o->application_id.value);
    o->input.job_run_id = text_of(o->job_run_id.value);
    return code;
}
