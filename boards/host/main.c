/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/x509_crt.h>

#include "command.h"
#include "emrs_posix.h"
#include "provider.h"

enum {
    WORK_SIZE = 8192,
    PROGRESS_AFTER_MS = 1000,
    DEADLINE_GRACE_MS = 250 /* so that normally the core ends the call first */
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    interrupted = signal_number;
}

bool is_interrupted(void)
{
    return interrupted != 0;
}

/* A first signal ends the call, so that its effect is printed; a second ends the program. A signal
 * that the parent process ignores stays ignored, as in background jobs and under nohup. */
static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction act = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction old;
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            (void)sigaction(numbers[i], &act, NULL);
    }
}

/* A write to a closed pipe, or past a file's size limit, then fails with an error instead of a
 * signal, so that the effect is still printed. */
static void ignore_signals(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
}

/* Opens /dev/null for each standard stream that is closed. Otherwise a socket could get that file
 * descriptor, and printed text would be sent. For stdout, /dev/null is opened for reading, so that
 * a write fails as on a closed stream.
 * ret: whether all three are open */
static bool hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1
            && open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
            return false;
    return true;
}

/* The context of emrs_run's callbacks during a call */
typedef struct {
    const emrs_result *result;
    trace *traced;
    uint32_t start_ms, shown_s;
    bool shows_progress;
} run;

/* Progress is shown only on a terminal, and not with --debug, which prints more. */
static bool wants_progress(const options *o)
{
    const char *terminal = variable("TERM");
    bool is_dumb = terminal != NULL && strcmp(terminal, "dumb") == 0;
    return !o->debug && !is_dumb && isatty(STDERR_FILENO) != 0;
}

static bool stopped(void *context)
{
    run *r = context;
    uint32_t waited_ms = emrs_posix_now(NULL).ms - r->start_ms;
    if (r->shows_progress && waited_ms >= PROGRESS_AFTER_MS && waited_ms / 1000u != r->shown_s) {
        char line[100];
        r->shown_s = waited_ms / 1000u;
        int size =
            r->result->code == EMRS_MOVE_CREDENTIALS
                ? snprintf(line, sizeof line, "\r\033[Kemrs: getting credentials, %u s",
                           (unsigned)r->shown_s)
                : snprintf(line, sizeof line, "\r\033[Kemrs: %s, attempt %u, %u s",
                           r->result->code == EMRS_MOVE_WAIT ? "waiting to try again"
                                                             : emrs_phase_words(r->result->phase),
                           (unsigned)r->result->attempt_count, (unsigned)r->shown_s);
        (void)write_at_once(line, (size_t)size);
    }
    return is_interrupted();
}

static void wait_until(void *context, uint32_t until_ms)
{
    run *r = context;
    trace_wait(r->traced, until_ms);
    emrs_posix_wait(NULL, until_ms);
}

static emrs_report renew(void *context, uint32_t until_ms)
{
    (void)context;
    return environment_renew(until_ms);
}

static void end_progress(const run *r)
{
    if (r->shown_s > 0)
        (void)fputs("\r\033[K", stderr);
}

static int call(options *o, emrs_client *client, mbedtls_x509_crt *trust, emrs_result *result)
{
    emrs_posix_tcp tcp;
    emrs_tls tls;
    emrs_call machine;
    trace traced;
    run r = {.result = result,
             .traced = &traced,
             .start_ms = emrs_posix_now(NULL).ms,
             .shows_progress = wants_progress(o)};
    emrs_posix_tcp_init(&tcp);
    const emrs_tls_config config = trust_config(trust, proxy_over(&o->proxy, &tcp.stream));
    (void)emrs_tls_init(&tls, &config); /* the first connect reports an error */
    const emrs_port port = {.stream = trace_init(&traced, &tls, o, client, &machine, result),
                            .now = emrs_posix_now,
                            .stopped = stopped,
                            .context = &r,
                            .wait = wait_until,
                            .renew = renew};
    provider_connect(trust, result);
    if (o->debug)
        proxy_tell(&o->proxy);
    deadline_start(o->timeout_ms + DEADLINE_GRACE_MS);
    if (o->command->start(o, &machine, client, result) == EMRS_OK)
        (void)emrs_run(&machine, &port);
    end_progress(&r);
    trace_end(&traced);
    emrs_tls_free(&tls);
    emrs_forget(client);
    proxy_forget(&o->proxy);
    int code = report(o, client, result);
    return result->code == EMRS_E_STOPPED ? EXIT_SIGNAL + interrupted : code;
}

static int connect_and_call(options *o, emrs_client *client, emrs_result *result)
{
    mbedtls_x509_crt trust;
    mbedtls_x509_crt_init(&trust);
    int code = client->tls || provider_has_tls() ? trust_load(o, &trust) : -1;
    if (code < 0)
        code = call(o, client, &trust, result);
    mbedtls_x509_crt_free(&trust);
    return code;
}

/* Chooses the proxies of the service and of the source of the credentials.
 * ret: -1 to continue, else the exit code */
static int find_proxies(options *o, const emrs_client *client)
{
    int code = client->tls ? proxy_find(&o->proxy, client->host, client->port) : -1;
    return code < 0 ? provider_find_proxy() : code;
}

static int run_command(int argc, char **argv)
{
    static char work[WORK_SIZE];
    static options o;
    static emrs_client client;
    emrs_result result;
    int code = options_read(&o, argc, argv);
    if (code >= 0)
        return code;
    catch_signals(); /* the environment may name a program that runs for long */
    code = environment_read(&o, &client);
    if (code >= 0)
        return is_interrupted() ? EXIT_SIGNAL + interrupted : code;
    const emrs_config config = {.region = text_of(o.region.value),
                                .endpoint = text_of(o.endpoint.value),
                                .use_fips = o.use_fips,
                                .use_dualstack = o.use_dualstack,
                                .allow_plain_http = o.allow_plain_http,
                                .user_agent = text_of(o.user_agent),
                                .credentials = &o.credentials,
                                .work = work,
                                .work_size = sizeof work,
                                .timeout_ms = o.timeout_ms,
                                .attempt_count = o.attempt_count,
                                .persistent = o.persistent,
                                .no_clock_correction = o.no_clock_correction,
                                .connect_timeout_ms = o.connect_timeout_ms,
                                .receive_timeout_ms = o.receive_timeout_ms};
    if (emrs_init(&client, &config, &result) < 0)
        return report(&o, &client, &result);
    if (o.print_policy)
        return policy_print(&o, &client);
    if (o.dry_run)
        return dry_run(&o, &client);
    code = find_proxies(&o, &client);
    if (code >= 0)
        return code;
    return connect_and_call(&o, &client, &result);
}

int main(int argc, char **argv)
{
    if (!hold_standard_streams())
        return EXIT_CONFIGURATION;
    protect_memory();
    ignore_signals();
    int code = run_command(argc, argv);
    environment_wipe();
    return code;
}
