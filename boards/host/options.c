/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/version.h>

static const char usage[] =
    "usage: emrs cancel-job-run --application-id <value> --job-run-id <value> [options]\n"
    "To see help text, run:\n"
    "\n"
    "  emrs --help\n";

static const char help[] =
    "emrs " EMRS_VERSION ": cancel an Amazon EMR Serverless job run\n"
    "\n"
    "usage: emrs cancel-job-run --application-id <value> --job-run-id <value>\n"
    "            [options]\n"
    "\n"
    "  --application-id <value>      application of the job run: 0-9 and a-z, at most 64\n"
    "  --job-run-id <value>          job run to cancel: 0-9 and a-z, at most 64\n"
    "  --shutdown-grace-period-in-seconds <value>\n"
    "                                0, or 15 to 1800; left out: the service's default\n"
    "  --unchecked-grace-period      send any 32-bit grace period as it is\n"
    "  --region <value>              else AWS_REGION, AWS_DEFAULT_REGION\n"
    "  --endpoint-url <value>        else AWS_ENDPOINT_URL_EMR_SERVERLESS, AWS_ENDPOINT_URL,\n"
    "                                else by region\n"
    "  --allow-plain-http            http:// to other than this machine: you vouch for the\n"
    "                                network in between\n"
    "  --ca-bundle <path>            PEM file of trusted CAs; else AWS_CA_BUNDLE, else the\n"
    "                                system's\n"
    "  --timeout <seconds>           for the whole call, attempts included (60)\n"
    "  --persistent                  try again until the timeout is up, however often: for\n"
    "                                fleets that share one quota\n"
    "  --cli-connect-timeout <seconds>  for name, TCP and TLS (60; 0: the whole call's)\n"
    "  --cli-read-timeout <seconds>  without a byte from the server (60; 0: the whole call's)\n"
    "  --output json|text            else AWS_DEFAULT_OUTPUT, else json\n"
    "  --dry-run                     print the request and how it is signed; send nothing\n"
    "                                (for some minutes the signature is good for use)\n"
    "  --debug                       print on stderr what the call does: the request without its\n"
    "                                secrets, the answer's status, headers and sizes, each wait;\n"
    "                                lines that stderr cannot take at once are dropped\n"
    "  --version                     print the versions of emrs and of mbedTLS\n"
    "  --help, -h\n"
    "\n"
    "Accepted for AWS CLI's scripts, without effect: the word emr-serverless before the command,\n"
    "--no-cli-pager, --no-cli-auto-prompt, --no-paginate, --color <value>. No option may be given\n"
    "twice.\n"
    "\n"
    "Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN,\n"
    "never from the command line or from a profile. To use a profile:\n"
    "  eval \"$(aws configure export-credentials --profile <name> --format env)\"\n"
    "Also read: AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT,\n"
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_SDK_UA_APP_ID, AWS_MAX_ATTEMPTS (3),\n"
    "AWS_DISABLE_CLOCK_SKEW_CORRECTION, AWS_SECURITY_TOKEN (before AWS_SESSION_TOKEN).\n"
    "\n"
    "Exit: 0 accepted (not yet stopped), 130 by Ctrl-C (129 by SIGHUP, 143 by SIGTERM),\n"
    "252 invalid input, 253 configuration, 254 the service answered with an error,\n"
    "255 anything else.\n"
    "On stderr it says whether the job run may have been cancelled.\n";

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

static int wrong(const char *format, ...)
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

/* A whole decimal number within bounds. */
static bool number_of(const char *text, long least, long most, long *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtol(text, &end, 10);
    bool starts_well = *text == '-' || (*text >= '0' && *text <= '9');
    return starts_well && errno == 0 && *end == '\0' && *value >= least && *value <= most;
}

static int read_seconds(const char *name, const char *text, long least, uint32_t *ms)
{
    long seconds = 0;
    if (!number_of(text, least, 86400, &seconds))
        return wrong("argument --%s: a whole number of seconds from %ld to 86400, not '%s'", name,
                     least, text);
    *ms = (uint32_t)seconds * 1000u;
    return -1;
}

static int read_grace(options *o)
{
    long seconds = 0;
    if (o->grace.value == NULL)
        return -1;
    if (!number_of(o->grace.value, INT32_MIN, INT32_MAX, &seconds))
        return wrong("argument --shutdown-grace-period-in-seconds: a whole number of seconds, 0 or "
                     "15 to 1800, not '%s'",
                     o->grace.value);
    o->input.grace = o->unchecked_grace ? EMRS_GRACE_UNCHECKED : EMRS_GRACE_SECONDS;
    o->input.shutdown_grace_period_s = (int32_t)seconds;
    return -1;
}

static int read_output(options *o, const char *text)
{
    bool is_text = strcmp(text, "text") == 0;
    if (!is_text && strcmp(text, "json") != 0)
        return wrong("argument --output: Invalid choice, valid choices are: json | text, not '%s'",
                     text);
    o->output = is_text ? OUTPUT_TEXT : OUTPUT_JSON;
    return -1;
}

static int say(const char *text)
{
    (void)fputs(text, stdout);
    return close_stdout();
}

/* The versions of TLS depend on mbedTLS. The shared library may be newer than the headers were. */
static int say_version(void)
{
    char number[sizeof "255.255.255"];
    mbedtls_version_get_string(number);
    (void)printf("emrs/" EMRS_VERSION " mbedTLS/%s\n", number);
    return close_stdout();
}

/* One option with a value that is kept as it is.      ret: NULL if it is another */
static setting *setting_of(options *o, int option)
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
        return say_version();
    case HELP:
        return say(help);
    default: /* AWS CLI's options without effect here */
        return -1;
    }
}

static int take_option(options *o, int option, const char *name, const char *value)
{
    setting *s = setting_of(o, option);
    if (s != NULL) {
        *s = (setting){value, name, true};
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

/* Refuses options that have an effect in AWS CLI but none here: to ignore them would mislead. */
static int refuse_known(int option)
{
    switch (option) {
    case PROFILE:
        return wrong("argument --profile: profiles are not read yet; export the keys of one: "
                     "eval \"$(aws configure export-credentials --profile NAME --format env)\"");
    case QUERY:
        return wrong("argument --query: not supported; --output text prints the two ids");
    case NO_VERIFY_SSL:
        return wrong("argument --no-verify-ssl: the server's certificate is always verified; name "
                     "a CA of your own with --ca-bundle");
    default:
        return -1;
    }
}

/* Refuses an option given twice: a second value would silently cancel another job run. */
static int note_given(options *o, int index)
{
    uint32_t bit = (uint32_t)1 << index;
    if ((o->given & bit) != 0)
        return wrong("argument --%s: given twice", table[index].name);
    o->given |= bit;
    return refuse_known(table[index].val);
}

/* Takes a word that is no option: the command, or the service's name before it, or "help". */
static int take_word(options *o, const char *word)
{
    if (strcmp(word, "help") == 0)
        return say(help);
    if (strcmp(word, "emr-serverless") == 0 && !o->has_service && !o->has_command) {
        o->has_service = true;
        return -1;
    }
    if (o->has_command)
        return wrong("Unknown options: %s", word);
    if (strcmp(word, "cancel-job-run") != 0)
        return wrong("argument command: Invalid choice '%s', valid choices are: cancel-job-run",
                     word);
    o->has_command = true;
    return -1;
}

/* How many options a word may be cut short for; names them. */
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

/* What getopt_long could not read. A value is not repeated: it may be a secret. */
static int refuse_option(int option, const char *word)
{
    char names[256] = "";
    if (option == ':')
        return wrong("argument %s: expected one argument", word);
    if (optopt != 0 && optopt <= BEFORE_FIRST)
        return wrong("Unknown options: -%c", optopt);
    if (count_matches(word, names, sizeof names) > 1)
        return wrong("ambiguous option: %.*s could match %s", (int)strcspn(word, "="), word, names);
    return wrong("Unknown options: %.*s", (int)strcspn(word, "="), word);
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
        return say(help);
    if (option == '?' || option == ':')
        return refuse_option(option, word);
    int code = note_given(o, index);
    return code < 0 ? take_option(o, option, table[index].name, optarg) : code;
}

/* With "-" first, words come in their place, whatever POSIXLY_CORRECT says. */
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
        return wrong("the following arguments are required: command (cancel-job-run)");
    if (has_application && has_job_run)
        return -1;
    return wrong("the following arguments are required: %s%s%s",
                 has_application ? "" : "--application-id",
                 has_application || has_job_run ? "" : ", ", has_job_run ? "" : "--job-run-id");
}

int options_read(options *o, int argc, char **argv)
{
    *o = (options){.timeout_ms = 60000, .connect_timeout_ms = 60000, .receive_timeout_ms = 60000};
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
