/* SPDX-License-Identifier: MIT */
/* The texts of --help, and the usage. */
#include <stdarg.h>

#include <mbedtls/version.h>

#include "command.h"
#include "error_format.h"

/* The options in the order of options.def, without those that are IGNORED or REFUSED */
static const struct {
    int option;
    const char *text;
} helps[] = {
    {OPTION_APPLICATION_ID, "  --application-id <value>      application of the job run: 1 to 64 "
                            "characters, 0-9 and a-z\n"},
    {OPTION_JOB_RUN_ID,
     "  --job-run-id <value>          the job run: 1 to 64 characters, 0-9 and a-z\n"},
    {OPTION_GRACE,
     "  --shutdown-grace-period-in-seconds <value>\n"
     "                                time to stop: 0, or 15 to 1800; default: the service's\n"},
    {OPTION_UNCHECKED_GRACE,
     "  --unchecked-grace-period      send any 32-bit grace period unchecked\n"},
    {OPTION_WAIT,
     "  --wait                        wait until the job run is over: it is billed until then.\n"
     "                                Each look is a GetJobRun, which needs its own permission\n"},
    {OPTION_WAIT_TIMEOUT,
     "  --wait-timeout <seconds>      the longest wait after the cancellation; default: the grace\n"
     "                                period (120 if none is given) plus 180\n"},
    {OPTION_EXPECT_NAME,
     "  --expect-name <value>         a guard: look first, and cancel only a job run with this "
     "name,\n"
     "                                byte by byte; a job run without a name never matches\n"},
    {OPTION_EXPECT_TAG,
     "  --expect-tag <key>=<value>    a guard for a tag; may be repeated, for 8 tags at most\n"},
    {OPTION_IGNORE_ENDED,
     "  --ignore-ended                if the job run has ended already, the exit code is 0;\n"
     "                                --wait and a guard do the same\n"},
    {OPTION_ATTEMPT, "  --attempt <number>            the attempt of a job run that is retried; "
                     "default: the latest\n"},
    {OPTION_READ_ONLY, "  --read-only                   call GetJobRun instead of CancelJobRun\n"},
    {OPTION_REASON,
     "  --reason <word>               a word for CloudTrail's record, such as the ticket "
     "INC-4711,\n"
     "                                added to the user agent: 1 to 32 letters, digits, '.', '_'\n"
     "                                and '-'\n"},
    {OPTION_PROFILE,
     "  --profile <name>              profile of ~/.aws/config and ~/.aws/credentials to use\n"
     "                                instead of the environment's keys; default: AWS_PROFILE,\n"
     "                                then AWS_DEFAULT_PROFILE, then \"default\"\n"},
    {OPTION_REGION_NAME,
     "  --region <value>              default: AWS_REGION, then AWS_DEFAULT_REGION, then the\n"
     "                                profile's region\n"},
    {OPTION_ENDPOINT_URL,
     "  --endpoint-url <value>        default: AWS_ENDPOINT_URL_EMR_SERVERLESS, then\n"
     "                                AWS_ENDPOINT_URL, then the profile's, then the region's\n"
     "                                endpoint\n"},
    {OPTION_ALLOW_PLAIN_HTTP,
     "  --allow-plain-http            allow http:// to another machine: only on a network\n"
     "                                that you trust, as everybody on it can read the request\n"},
    {OPTION_CA_BUNDLE,
     "  --ca-bundle <path>            PEM file of the CAs to trust; default: AWS_CA_BUNDLE,\n"
     "                                then the profile's ca_bundle, then the variables below,\n"
     "                                then the system's\n"},
    {OPTION_TIMEOUT, "  --timeout <seconds>           limit of the whole call, with all its "
                     "attempts; default: 60;\n"
                     "                                with --wait, a guard or --ignore-ended: of "
                     "each call\n"},
    {OPTION_PERSISTENT,
     "  --persistent                  try again until the timeout, without a limit of attempts:\n"
     "                                for many devices that share one quota\n"},
    {OPTION_CONNECT_TIMEOUT, "  --cli-connect-timeout <seconds>\n"
                             "                                limit for DNS, TCP and TLS; default: "
                             "60; 0: --timeout alone\n"},
    {OPTION_READ_TIMEOUT, "  --cli-read-timeout <seconds>  longest wait for the next byte; "
                          "default: 60; 0: --timeout alone\n"},
    {OPTION_OUTPUT,
     "  --output json|text            default: AWS_DEFAULT_OUTPUT, then the profile's\n"
     "                                output, then json\n"},
    {OPTION_QUERY, "  --query <path>                print one member, such as jobRun.state\n"},
    {OPTION_ERROR_FORMAT,
     "  --cli-error-format json|legacy\n"
     "                                json: one JSON object on stderr if the command fails;\n"
     "                                default: AWS_CLI_ERROR_FORMAT, then legacy\n"},
    {OPTION_DRY_RUN,
     "  --dry-run                     print the request and how it is signed, and send nothing;\n"
     "                                the printed signature is valid for some minutes\n"},
    {OPTION_PRINT_POLICY,
     "  --print-policy                print the least IAM policy for this command line, and send\n"
     "                                nothing; it needs no credentials. Without an ARN the "
     "account\n"
     "                                is *\n"},
    {OPTION_DEBUG,
     "  --debug                       print what the call does on stderr: the request without\n"
     "                                secrets, the answer's status, headers and sizes, each\n"
     "                                wait; lines that stderr cannot take at once are dropped\n"},
    {OPTION_VERSION, "  --version                     print the versions of emrs and mbedTLS\n"},
    {OPTION_HELP, "  --help, -h                    print this text\n"},
};

static const char more_help[] =
    "For scripts for AWS CLI, these are accepted and have no effect: emr-serverless before the\n"
    "command, --no-cli-pager, --no-cli-auto-prompt, --no-paginate, --color <value>.\n"
    "An option may be given only once, except --expect-tag.\n"
    "\n"
    "Credentials are searched for in this order, and never read from the command line:\n"
    "  1. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (not with --profile)\n"
    "  2. AWS_IOT_CORE_CREDENTIAL_ENDPOINT and others: a device's certificate (not with "
    "--profile)\n"
    "  3. the profile: keys of the credentials file, credential_process, keys of the config file\n"
    "  4. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI\n"
    "  5. the instance's role (IMDSv2), asked once, for 1 s at most\n"
    "The first source that is found is used. If it fails, the search ends. A profile with "
    "role_arn,\n"
    "sso_* or login_session, and AWS_WEB_IDENTITY_TOKEN_FILE, are refused: the message says how\n"
    "AWS CLI 2 can fetch these credentials. Sources 2, 4 and 5 are asked over the network, within\n"
    "half of --timeout; --dry-run asks none of them.\n"
    "Also read: AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_USE_FIPS_ENDPOINT,\n"
    "AWS_USE_DUALSTACK_ENDPOINT, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_SDK_UA_APP_ID,\n"
    "AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT,\n"
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv4 or IPv6),\n"
    "AWS_MAX_ATTEMPTS (default: 3), AWS_DISABLE_CLOCK_SKEW_CORRECTION, AWS_SECURITY_TOKEN (if it\n"
    "is set, AWS_SESSION_TOKEN is not used). A profile can set some of these too:\n"
    "use_fips_endpoint, use_dualstack_endpoint, ignore_configured_endpoint_urls, sdk_ua_app_id,\n"
    "max_attempts, ec2_metadata_service_endpoint, ec2_metadata_service_endpoint_mode.\n"
    "The proxy for an https endpoint is that of https_proxy or HTTPS_PROXY. Hosts in no_proxy or\n"
    "NO_PROXY are reached without it.\n"
    "If AWS_CA_BUNDLE and the profile's ca_bundle are not set, the CAs are those of\n"
    "REQUESTS_CA_BUNDLE, SSL_CERT_FILE or CURL_CA_BUNDLE.\n"
    "\n"
    "Exit codes:\n"
    "  0    with --wait: the job run is over; else: the cancellation was accepted, a look showed\n"
    "       that the job run is being cancelled or over, or get-job-run or drill succeeded\n"
    "  3    the job run does not have the expected name or tag; nothing was cancelled\n"
    "  4    with --wait: it is being cancelled, but no look showed that it is over\n"
    "  5    with --wait, a guard or --ignore-ended: it may have been cancelled, and no look "
    "showed it\n"
    "  130  Ctrl-C (129 SIGHUP, 143 SIGTERM)\n"
    "  252  invalid input\n"
    "  253  wrong configuration, or no credentials\n"
    "  254  the service answered with an error\n"
    "  255  anything else\n"
    "After a failure, stderr says whether the job run may have been cancelled, and what to do "
    "next.\n";

/* The commands that have each option, as bits, in the order of options.def */
static const unsigned commands_with[] = {
#define OPTION(identifier, name, value, use, commands) (commands),
#include "options.def"
#undef OPTION
};

bool is_taken_by(int option, const struct command *by)
{
    return (commands_with[option - OPTION_BEFORE_FIRST - 1] & by->bit) != 0;
}

/* Prints the usage of a command, or of all if `of` is NULL. */
static void print_usage(FILE *to, const struct command *of)
{
    const char *before = "usage:";
    for (size_t i = 0; i < command_count; i++) {
        if (of != NULL && of != &commands[i])
            continue;
        (void)fprintf(to, "%s emrs %s %s\n       emrs %s %s\n", before, commands[i].name,
                      commands[i].usage, commands[i].name, commands[i].arn_usage);
        before = "      ";
    }
}

int usage_error(const options *o, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)fputs("\n", stderr);
    if (error_format_is_json()) {
        print_text(stderr, text_of(text));
        return EXIT_USAGE;
    }
    print_usage(stderr, o->command);
    (void)fprintf(stderr, "To see help text, run:\n\n  emrs %s%s--help\n\nemrs: error: ",
                  o->command != NULL ? o->command->name : "", o->command != NULL ? " " : "");
    print_text(stderr, text_of(text)); /* masks it: a misplaced word may be a secret */
    (void)fputs("\n\n", stderr);
    return EXIT_USAGE;
}

/* Prints which commands have an option, unless all have it. */
static void print_commands_with(int option)
{
    if (commands_with[option - OPTION_BEFORE_FIRST - 1] == ALL)
        return;
    const char *before = "                                (";
    for (size_t i = 0; i < command_count; i++)
        if (is_taken_by(option, &commands[i])) {
            (void)printf("%s%s", before, commands[i].name);
            before = ", ";
        }
    (void)printf(")\n");
}

static void print_options(const struct command *of)
{
    for (size_t i = 0; i < sizeof helps / sizeof helps[0]; i++) {
        if (of != NULL && !is_taken_by(helps[i].option, of))
            continue;
        (void)fputs(helps[i].text, stdout);
        if (of == NULL)
            print_commands_with(helps[i].option);
    }
    (void)printf("\n");
}

/* Prints what each command does. */
static void print_summaries(void)
{
    (void)printf("emrs " EMRS_VERSION ": Amazon EMR Serverless job runs\n\n");
    for (size_t i = 0; i < command_count; i++)
        (void)printf("  %-16s  %s\n", commands[i].name, commands[i].summary);
    (void)printf("\n");
}

int print_help(const options *o)
{
    const struct command *of = o->command;
    if (of == NULL)
        print_summaries();
    else
        (void)printf("emrs " EMRS_VERSION " %s: %s\n\n", of->name, of->summary);
    print_usage(stdout, of);
    (void)printf("\n%s", of != NULL ? of->about : "");
    print_options(of);
    (void)fputs(more_help, stdout);
    return close_stdout();
}

/* The version comes from the library, since a shared one may be newer than the headers. */
int print_version(void)
{
    char number[sizeof "255.255.255"];
    mbedtls_version_get_string(number);
    (void)printf("emrs/" EMRS_VERSION " mbedTLS/%s\n", number);
    return close_stdout();
}
