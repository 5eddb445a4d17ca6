/* SPDX-License-Identifier: MIT */
/* Reads the command line. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "emrs_text.h"
#include "error_format.h"
#include "stop.h"

/* What follows an option's name */
enum { NOTHING, TEXT, NUMBER, SECONDS, REGION, URL, PATH, FORMAT };

static const struct option table[] = {
#define OPTION(identifier, name, value, use, commands)                                             \
    {name, (value) == NOTHING ? no_argument : required_argument, NULL, OPTION_##identifier},
#include "options.def"
#undef OPTION
    {NULL, 0, NULL, 0},
};

/* ret: place of the option in the table and in o->given */
static int index_of(int option)
{
    return option - OPTION_BEFORE_FIRST - 1;
}

bool is_given(const options *o, int option)
{
    return o->given[index_of(option)];
}

bool parse_number(const char *text, long least, long most, long *value)
{
    char *end = NULL;
    errno = 0;
    *value = strtol(text, &end, 10);
    bool starts_well = *text == '-' || emrs_is_digit(*text);
    return starts_well && errno == 0 && *end == '\0' && *value >= least && *value <= most;
}

static int read_seconds(const options *o, const char *name, const char *text, long least,
                        uint32_t *ms)
{
    long seconds = 0;
    if (!parse_number(text, least, 86400, &seconds))
        return usage_error(
            o, "argument --%s: expected a whole number of seconds from %ld to 86400, not '%s'",
            name, least, text);
    *ms = (uint32_t)seconds * 1000u;
    return -1;
}

static int read_output(options *o)
{
    const char *text = o->output_name.value;
    if (text == NULL)
        return -1;
    bool is_text = strcmp(text, "text") == 0;
    if (!is_text && strcmp(text, "json") != 0)
        return usage_error(
            o, "argument --output: Invalid choice, valid choices are: json | text, not '%s'", text);
    o->output = is_text ? OUTPUT_TEXT : OUTPUT_JSON;
    return -1;
}

/* The reason becomes part of a header, and of a line in CloudTrail. */
static int read_reason(const options *o)
{
    size_t size = 0;
    if (o->reason == NULL)
        return -1;
    while (emrs_is_alnum(o->reason[size])
           || (o->reason[size] != '\0' && strchr("._-", o->reason[size]) != NULL))
        size++;
    if (size > 0 && size <= REASON_SIZE_MAX && o->reason[size] == '\0')
        return -1;
    return usage_error(o,
                       "argument --reason: expected 1 to %d letters, digits, '.', '_' and '-', "
                       "not '%s'",
                       REASON_SIZE_MAX, o->reason);
}

/* Finds where the value of an option is stored unchanged.      ret: NULL if it is not */
static setting *setting_by_option(options *o, int option)
{
    switch (option) {
    case OPTION_APPLICATION_ID:
        return &o->application_id;
    case OPTION_JOB_RUN_ID:
        return &o->job_run_id;
    case OPTION_GRACE:
        return &o->grace;
    case OPTION_REGION_NAME:
        return &o->region;
    case OPTION_ENDPOINT_URL:
        return &o->endpoint;
    case OPTION_CA_BUNDLE:
        return &o->ca_bundle;
    case OPTION_OUTPUT:
        return &o->output_name;
    case OPTION_PROFILE:
        return &o->profile;
    default:
        return NULL;
    }
}

/* Takes an option whose value is not kept as a setting. A switch is only noted in o->given. */
static int take_value(options *o, int option, const char *name, const char *value)
{
    switch (option) {
    case OPTION_TIMEOUT:
        return read_seconds(o, name, value, 1, &o->timeout_ms);
    case OPTION_CONNECT_TIMEOUT:
        return read_seconds(o, name, value, 0, &o->connect_timeout_ms);
    case OPTION_READ_TIMEOUT:
        return read_seconds(o, name, value, 0, &o->receive_timeout_ms);
    case OPTION_ERROR_FORMAT:
        o->error_format = value;
        return -1;
    case OPTION_REASON:
        o->reason = value;
        return -1;
    case OPTION_WAIT_TIMEOUT:
        return read_seconds(o, name, value, 1, &o->wait_ms);
    case OPTION_EXPECT_NAME:
        o->expected_name = value;
        return -1;
    case OPTION_EXPECT_TAG:
        return stop_take_tag(o, value);
    case OPTION_ATTEMPT:
        o->attempt = value;
        return -1;
    case OPTION_QUERY:
        o->query = value;
        return -1;
    case OPTION_VERSION:
        return print_version();
    case OPTION_HELP:
        return print_help(o);
    default:
        return -1;
    }
}

static int take_option(options *o, int option, const char *name, const char *value)
{
    setting *s = setting_by_option(o, option);
    if (s == NULL)
        return take_value(o, option, name, value);
    s->value = value;
    s->source = name;
    s->is_option = true;
    return -1;
}

/* Refuses an option that has an effect in AWS CLI but none here: ignoring it would mislead. */
static int refuse_known(const options *o, int option)
{
    if (option != OPTION_NO_VERIFY_SSL)
        return -1;
    return usage_error(o, "argument --no-verify-ssl: the server's certificate is always verified; "
                          "name a CA of your own with --ca-bundle");
}

/* Notes that an option was given, and refuses a second one, which could silently name another job
 * run. Only --expect-tag may be repeated. */
static int mark_given(options *o, int index)
{
    if (o->given[index] && table[index].val != OPTION_EXPECT_TAG)
        return usage_error(o, "argument --%s: given twice", table[index].name);
    o->given[index] = true;
    return -1;
}

/* Lists the names of the commands. */
static void list_commands(char *names, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < command_count; i++)
        used += (size_t)snprintf(names + used, size - used, "%s%s", i > 0 ? ", " : "",
                                 commands[i].name);
}

/* Takes a word after the command: an ARN, and nothing else. */
static int take_arn(options *o, const char *word)
{
    if (strncmp(word, "arn:", 4) != 0)
        return usage_error(o, "Unknown options: %s", word);
    if (o->has_arn)
        return usage_error(o, "argument ARN: given twice");
    const char *rule = arn_read(&o->arn, word);
    o->has_arn = true;
    return rule != NULL ? usage_error(o, "argument ARN: %s, not '%s'", rule, word) : -1;
}

/* Takes a word that is not an option: the command, the service's name before it, or "help". */
static int take_word(options *o, const char *word)
{
    char names[100];
    if (strcmp(word, "help") == 0)
        return print_help(o);
    if (strcmp(word, "emr-serverless") == 0 && !o->has_service && o->command == NULL) {
        o->has_service = true;
        return -1;
    }
    if (o->command != NULL)
        return take_arn(o, word);
    o->command = command_find(word);
    if (o->command != NULL)
        return -1;
    list_commands(names, sizeof names);
    return usage_error(o, "argument command: Invalid choice '%s', valid choices are: %s", word,
                       names);
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
static int refuse_option(const options *o, int option, const char *word)
{
    char names[256] = "";
    if (option == ':')
        return usage_error(o, "argument %s: expected one argument", word);
    if (optopt != 0 && optopt <= OPTION_BEFORE_FIRST)
        return usage_error(o, "Unknown options: -%c", optopt);
    if (count_matches(word, names, sizeof names) > 1)
        return usage_error(o, "ambiguous option: %.*s could match %s", (int)strcspn(word, "="),
                           word, names);
    return usage_error(o, "Unknown options: %.*s", (int)strcspn(word, "="), word);
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
        return print_help(o);
    if (option == '?' || option == ':')
        return refuse_option(o, option, word);
    int code = mark_given(o, index);
    if (code < 0)
        code = refuse_known(o, option);
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

/* Refuses an option that only other commands have. It may come before the name of the command, so
 * this is checked at the end. */
static int check_options(const options *o)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (o->given[i] && !is_taken_by(OPTION_BEFORE_FIRST + 1 + i, o->command))
            return usage_error(o, "argument --%s: %s does not have this option%s", table[i].name,
                               o->command->name,
                               table[i].val == OPTION_QUERY && o->command->bit == CANCEL
                                   ? "; --output text prints the two ids"
                                   : "");
    return -1;
}

static int check_required(const options *o)
{
    char names[200] = "";
    size_t used = 0;
    for (const int *option = o->command->required; *option != 0; option++)
        if (!is_given(o, *option))
            used += (size_t)snprintf(names + used, sizeof names - used, "%s--%s",
                                     used > 0 ? ", " : "", table[index_of(*option)].name);
    return used > 0 ? usage_error(o, "the following arguments are required: %s", names) : -1;
}

/* ret: a setting with a value of the ARN, which counts as an option */
static setting of_arn(const char *value)
{
    return (setting){.value = value, .source = "ARN", .is_option = true};
}

/* Takes the ids and the region from the ARN. Other options may not set them, except --region
 * with the same region. */
static int use_arn(options *o)
{
    const bool needs_job_run = is_taken_by(OPTION_JOB_RUN_ID, o->command);
    if (is_given(o, OPTION_APPLICATION_ID) || is_given(o, OPTION_JOB_RUN_ID))
        return usage_error(o, "argument ARN: not allowed with --application-id or --job-run-id");
    if (needs_job_run != (o->arn.job_run_id[0] != '\0'))
        return usage_error(o, "argument ARN: %s takes the ARN of %s", o->command->name,
                           needs_job_run ? "a job run" : "an application");
    if (o->region.value != NULL && strcmp(o->region.value, o->arn.region) != 0)
        return usage_error(o, "argument --region: '%s' is not the region of the ARN, %s",
                           o->region.value, o->arn.region);
    o->application_id = of_arn(o->arn.application_id);
    o->job_run_id = of_arn(o->arn.job_run_id);
    o->region = of_arn(o->arn.region);
    return -1;
}

static int check_words(options *o)
{
    char names[100];
    list_commands(names, sizeof names);
    if (o->command == NULL)
        return usage_error(o, "the following arguments are required: command (%s)", names);
    int code = check_options(o);
    if (code >= 0)
        return code;
    return o->has_arn ? use_arn(o) : check_required(o);
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
        code = read_output(o);
    if (code < 0)
        code = error_format_read(o);
    if (code < 0)
        code = read_reason(o);
    if (code >= 0)
        return code;
    o->allow_plain_http = is_given(o, OPTION_ALLOW_PLAIN_HTTP);
    o->persistent = is_given(o, OPTION_PERSISTENT);
    o->dry_run = is_given(o, OPTION_DRY_RUN);
    o->debug = is_given(o, OPTION_DEBUG);
    o->print_policy = is_given(o, OPTION_PRINT_POLICY);
    return o->command->read(o);
}
