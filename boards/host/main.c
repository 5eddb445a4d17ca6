/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/x509_crt.h>

#include "command.h"
#include "emrs_posix.h"
#include "error_format.h"
#include "progress.h"
#include "provider.h"
#include "stop.h"

enum {
    WORK_SIZE = 8192,
    IDLE_MS = 20000 /* the longest pause between two looks, and some time more */
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

static emrs_report renew(void *context, uint32_t until_ms)
{
    (void)context;
    return environment_renew(until_ms);
}

/* Runs the command's call, or its machine, to the end. */
static void run(const options *o, emrs_client *client, emrs_call *call, const emrs_port *port,
                emrs_result *result)
{
    deadline_start(o->timeout_ms + DEADLINE_GRACE_MS);
    if (o->stops)
        stop_run(o, client, port, result);
    else if (o->command->start(o, &call, client, result) == EMRS_OK)
        (void)emrs_run(call, port);
}

static int call(options *o, emrs_client *client, mbedtls_x509_crt *trust, emrs_result *result)
{
    emrs_posix_tcp tcp;
    emrs_tls tls;
    emrs_call machine;
    trace traced;
    progress shown;
    progress_start(&shown, o, result, &traced);
    emrs_posix_tcp_init(&tcp);
    const emrs_tls_config config = trust_config(trust, proxy_over(&o->proxy, &tcp.stream));
    (void)emrs_tls_init(&tls, &config); /* the first connect reports an error */
    const emrs_port port = {
        .stream = trace_init(&traced, &tls, o, client, o->stops ? stop_call() : &machine, result),
        .now = emrs_posix_now,
        .stopped = progress_stopped,
        .context = &shown,
        .wait = progress_wait,
        .renew = renew};
    provider_connect(trust, result);
    if (o->debug)
        proxy_tell(&o->proxy);
    run(o, client, &machine, &port, result);
    progress_clear();
    trace_end(&traced);
    emrs_tls_free(&tls);
    emrs_forget(client);
    proxy_forget(&o->proxy);
    int code = report(o, client, result);
    if (o->stops)
        code = stop_print(o, code);
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

static emrs_config config_of(const options *o)
{
    static char work[WORK_SIZE];
    return (emrs_config){.region = text_of(o->region.value),
                         .endpoint = text_of(o->endpoint.value),
                         .use_fips = o->use_fips,
                         .use_dualstack = o->use_dualstack,
                         .allow_plain_http = o->allow_plain_http,
                         .user_agent = text_of(o->user_agent),
                         .credentials = &o->credentials,
                         .work = work,
                         .work_size = sizeof work,
                         .timeout_ms = o->timeout_ms,
                         .attempt_count = o->attempt_count,
                         .persistent = o->persistent,
                         .keep_stream = o->stops,
                         .idle_timeout_ms = o->stops ? IDLE_MS : 0,
                         .no_clock_correction = o->no_clock_correction,
                         .connect_timeout_ms = o->connect_timeout_ms,
                         .receive_timeout_ms = o->receive_timeout_ms};
}

static int run_command(int argc, char **argv)
{
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
    const emrs_config config = config_of(&o);
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
    error_format_start(argc, argv);
    int code = run_command(argc, argv);
    code = error_format_end(code);
    environment_wipe();
    return code;
}
