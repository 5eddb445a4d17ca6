/* SPDX-License-Identifier: MIT */
#include "error_format.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "stop.h"

enum { KEPT_SIZE = 8192 };

/* With json, stderr is a pipe, which this program reads before it ends. What does not fit into the
 * pipe is dropped. A pipe has room for PIPE_BUF bytes at least. */
static int pipe_end = -1, users_fd = STDERR_FILENO;
static char kept[KEPT_SIZE + 1];
static size_t kept_size;

/* What is known of the failure */
static const char *name;
static const options *options_used;
static const emrs_result *last;

/* ret: the value of the option; NULL: it was not given. Its name may be shortened, as with all
 *      options */
static const char *option_value(int argc, char **argv)
{
    static const char full[] = "--cli-error-format";
    const size_t least = sizeof "--cli-e" - 1;
    for (int at = 1; at < argc; at++) {
        size_t size = strcspn(argv[at], "=");
        if (size < least || size >= sizeof full || strncmp(argv[at], full, size) != 0)
            continue;
        return argv[at][size] == '=' ? argv[at] + size + 1 : at + 1 < argc ? argv[at + 1] : NULL;
    }
    return NULL;
}

static void keep_stderr(void)
{
    int ends[2];
    int copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (copy < 0 || pipe(ends) != 0)
        return;
    for (size_t i = 0; i < 2; i++) {
        (void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    (void)dup2(ends[1], STDERR_FILENO);
    (void)close(ends[1]);
    pipe_end = ends[0];
    users_fd = copy;
}

static bool is_format(const char *format)
{
    return strcmp(format, "json") == 0 || strcmp(format, "legacy") == 0;
}

/* ret: whether json is used for this format of AWS CLI. For the others, which are for people,
 *      legacy is used */
static bool is_structured(const char *format)
{
    return strcmp(format, "json") == 0 || strcmp(format, "yaml") == 0;
}

/* A wrong value of the option is refused later. */
void error_format_start(int argc, char **argv)
{
    const char *option = option_value(argc, argv), *set = variable("AWS_CLI_ERROR_FORMAT");
    const char *format = option != NULL ? option : set;
    if (format == NULL)
        return;
    bool is_json = option != NULL ? strcmp(format, "json") == 0 : is_structured(format);
    if (is_json)
        keep_stderr();
    if (option == NULL && !is_format(format))
        (void)fprintf(stderr, "emrs: AWS_CLI_ERROR_FORMAT is neither json nor legacy: %s is used\n",
                      is_json ? "json" : "legacy");
}

int error_format_read(const options *o)
{
    if (o->error_format == NULL || is_format(o->error_format))
        return -1;
    return usage_error(o,
                       "argument --cli-error-format: Invalid choice, valid choices are: json | "
                       "legacy, not '%s'",
                       o->error_format);
}

bool error_format_is_json(void)
{
    return pipe_end >= 0;
}

int error_format_fd(void)
{
    return users_fd;
}

void error_format_name(const char *of_failure)
{
    name = of_failure;
}

void error_format_note(const options *o, const emrs_result *result)
{
    options_used = o;
    last = result;
}

static bool has_service_error(void)
{
    return last != NULL && is_service_error(last->code);
}

/* ret: the name for an exit code; NULL: it has none. AWS CLI has no names for HELD and STOPPING. */
static const char *name_of_exit(int code)
{
    switch (code) {
    case EXIT_USAGE:
        return "ParamValidation";
    case EXIT_HELD:
        return "NotExpected";
    case EXIT_STOPPING:
        return "NotOver";
    default:
        return code > EXIT_SIGNAL && code < EXIT_USAGE ? "Interrupted" : NULL;
    }
}

/* The names are those of AWS CLI and botocore, without "Error". */
static const char *name_of(int code)
{
    static const struct {
        int code;
        const char *name;
    } names[] = {{EMRS_E_CREDENTIALS, "NoCredentials"},
                 {EMRS_E_TIMEOUT, "Timeout"},
                 {EMRS_E_RESOLVE, "EndpointConnection"},
                 {EMRS_E_CONNECT, "EndpointConnection"},
                 {EMRS_E_CERTIFICATE, "SSL"},
                 {EMRS_E_TLS, "SSL"},
                 {EMRS_E_TLS_MEMORY, "SSL"},
                 {EMRS_E_PROXY, "ProxyConnection"}};
    const char *by_exit = name_of_exit(code);
    if (by_exit != NULL)
        return by_exit;
    for (size_t i = 0; last != NULL && i < sizeof names / sizeof names[0]; i++)
        if (names[i].code == last->code)
            return names[i].name;
    return code == EXIT_CONFIGURATION ? "Configuration" : "Unknown";
}

/* ret: the line without "emrs: " at its start */
static emrs_text without_name(const char *line, size_t size)
{
    static const char mark[] = "emrs: ";
    const size_t mark_size = sizeof mark - 1;
    bool is_named = size > mark_size && strncmp(line, mark, mark_size) == 0;
    return (emrs_text){line + (is_named ? mark_size : 0), size - (is_named ? mark_size : 0)};
}

/* Prints what the service answered: its name of the error, or else the HTTP status. */
static void print_refusal(FILE *to)
{
    char status[16];
    (void)snprintf(status, sizeof status, "%d", last->status);
    print_json_text(to, "{\n", "Code",
                    last->error_name.size > 0 ? last->error_name : text_of(status));
    print_json_text(to, ",\n", "Message", last->message);
}

static void print_cause(FILE *to, int code, const char *failure)
{
    if (has_service_error()) {
        print_refusal(to);
        return;
    }
    size_t size = strlen(failure);
    while (size > 0 && failure[size - 1] == '\n')
        size--;
    print_json_text(to, "{\n", "Code", text_of(name != NULL ? name : name_of(code)));
    print_json_text(to, ",\n", "Message", without_name(failure, size));
}

/* Prints what is known of the job run. A command that only reads has no outcome. */
static void print_outcome(FILE *to)
{
    const emrs_stop_result *known = stop_known();
    bool reads = options_used != NULL && options_used->reads;
    emrs_effect effect = last != NULL ? last->effect : EMRS_EFFECT_NONE;
    const char *outcome = known != NULL ? stop_outcome_name(emrs_stop_outcome(known))
                          : reads       ? ""
                                        : stop_outcome_name(stop_outcome_of(effect));
    print_json_text(to, ",\n", "Effect", text_of(stop_effect_name(effect)));
    print_json_text(to, ",\n", "Outcome", text_of(outcome));
    print_json_text(to, ",\n", "State", stop_state());
    print_json_text(to, ",\n", "RequestId", last != NULL ? last->request_id : text_of(""));
    (void)fprintf(to, ",\n    \"Attempts\": %u", last != NULL ? (unsigned)last->attempt_count : 0u);
}

/* Reads what is in the pipe. */
static void take_kept(void)
{
    ssize_t got;
    while (pipe_end >= 0 && kept_size < KEPT_SIZE
           && (got = read(pipe_end, kept + kept_size, KEPT_SIZE - kept_size)) > 0)
        kept_size += (size_t)got;
    kept[kept_size] = '\0';
}

/* ret: where the failure begins in what is kept: at its first empty line */
static const char *failure_in_kept(void)
{
    if (kept[0] == '\n')
        return kept;
    const char *end = strstr(kept, "\n\n");
    return end != NULL ? end + 1 : kept + kept_size;
}

static void print_warnings(FILE *to)
{
    const char *end = failure_in_kept(), *before = "\n        \"";
    (void)fputs(",\n    \"Warnings\": [", to);
    for (const char *at = kept; at < end; at += strcspn(at, "\n") + 1) {
        (void)fputs(before, to);
        print_data(to, without_name(at, strcspn(at, "\n")), true);
        (void)fputc('"', to);
        before = ",\n        \"";
    }
    (void)fputs(end > kept ? "\n    ]\n}\n" : "]\n}\n", to);
}

void error_format_write(FILE *to, int code, const char *failure)
{
    take_kept();
    print_cause(to, code, failure + strspn(failure, "\n"));
    print_outcome(to);
    print_warnings(to);
}

int error_format_end(int code)
{
    if (!error_format_is_json())
        return code;
    take_kept();
    (void)dup2(users_fd, STDERR_FILENO);
    if (code == EXIT_ACCEPTED)
        (void)fputs(kept, stderr);
    else
        error_format_write(stderr, code, failure_in_kept());
    return code;
}
