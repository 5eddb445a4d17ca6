/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/x509_crt.h>

#include "posix/posix.h"
#include "tls/tls.h"

enum { WORK_SIZE = 8192, PROGRESS_AFTER_MS = 1000 };

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    interrupted = signal_number;
}

/* A first signal ends the call, so that its effect is told; a second ends the program. */
static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    (void)sigaction(SIGINT, &act, NULL);
    (void)sigaction(SIGTERM, &act, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* a closed stdout is an error that still tells the effect */
}

/* A socket must not become somebody's stdout.      ret: whether stdout is open */
static bool hold_standard_streams(void)
{
    bool has_stdout = fcntl(STDOUT_FILENO, F_GETFD) != -1;
    int fd = STDIN_FILENO;
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
    if (fd > STDERR_FILENO)
        (void)close(fd);
    return has_stdout;
}

/* Progress: on a terminal only, and only for those who wait. */
typedef struct {
    const emrs_result *result;
    uint32_t start_ms, shown_s;
    bool is_terminal;
} progress;

static bool stopped(void *context)
{
    progress *p = context;
    uint32_t waited_ms = emrs_posix_now(NULL).ms - p->start_ms;
    if (p->is_terminal && waited_ms >= PROGRESS_AFTER_MS && waited_ms / 1000u != p->shown_s) {
        p->shown_s = waited_ms / 1000u;
        (void)fprintf(stderr, "\r\033[Kemrs: %s, %u s", emrs_phase_words(p->result->phase),
                      (unsigned)p->shown_s);
        (void)fflush(stderr);
    }
    return interrupted != 0;
}

static void end_progress(const progress *p)
{
    if (p->shown_s > 0)
        (void)fputs("\r\033[K", stderr);
}

static int load_trust(const options *o, mbedtls_x509_crt *trust)
{
    const char *path = o->ca_bundle.value != NULL ? o->ca_bundle.value : emrs_posix_ca_bundle();
    const char *source =
        o->ca_bundle.value == NULL ? "the system's CA bundle" : o->ca_bundle.source;
    if (path == NULL) {
        (void)fprintf(stderr,
                      "\nemrs: no CA bundle found: install ca-certificates, or name one with"
                      " --ca-bundle or AWS_CA_BUNDLE. Nothing was sent.\n");
        return EXIT_CONFIGURATION;
    }
    errno = 0;
    int code = mbedtls_x509_crt_parse_file(trust, path);
    if (code < 0 || trust->version == 0) {
        (void)fprintf(
            stderr,
            "\nemrs: no CA certificates could be read from %s (%s%s): %s. Nothing was sent.\n",
            path, o->ca_bundle.is_option ? "--" : "", source,
            errno != 0 ? strerror(errno) : "not a PEM file of certificates");
        return EXIT_CONFIGURATION;
    }
    return -1;
}

static int call(const options *o, emrs_client *client, mbedtls_x509_crt *trust, emrs_result *result)
{
    emrs_tcp tcp;
    emrs_tls tls;
    trace debug;
    progress p = {.result = result,
                  .start_ms = emrs_posix_now(NULL).ms,
                  .is_terminal = isatty(STDERR_FILENO) != 0};
    emrs_tcp_init(&tcp);
    const emrs_tls_config config = {
        .inner = &tcp.stream, .trust = trust, .random = emrs_posix_random, .now = emrs_posix_now};
    emrs_reason reason = emrs_tls_init(&tls, &config);
    if (reason != EMRS_REASON_NONE) {
        (void)fprintf(stderr, "\nemrs: TLS could not start: %s. Nothing was sent.\n",
                      emrs_reason_words(reason));
        emrs_tls_free(&tls);
        return EXIT_GENERAL;
    }
    trace_init(&debug, &tls.stream, &o->credentials);
    const emrs_port port = {o->debug ? &debug.stream : &tls.stream, emrs_posix_now, stopped, &p};
    (void)emrs_cancel_job_run(client, &port, &o->input, result);
    end_progress(&p);
    emrs_tls_free(&tls);
    emrs_forget(client);
    return report(o, client, result);
}

static int connect_and_call(const options *o, emrs_client *client, emrs_result *result)
{
    mbedtls_x509_crt trust;
    mbedtls_x509_crt_init(&trust);
    int code = client->tls ? load_trust(o, &trust) : -1;
    if (code < 0)
        code = call(o, client, &trust, result);
    mbedtls_x509_crt_free(&trust);
    return code;
}

int main(int argc, char **argv)
{
    static char work[WORK_SIZE];
    static options o;
    static emrs_client client;
    emrs_result result;
    bool has_stdout = hold_standard_streams();
    int code = options_read(&o, argc, argv);
    if (code < 0)
        code = environment_read(&o);
    if (code >= 0)
        return code;
    if (!has_stdout)
        (void)fputs("emrs: stdout is closed: the answer will be told on stderr\n", stderr);
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
                                .connect_timeout_ms = o.connect_timeout_ms,
                                .receive_timeout_ms = o.receive_timeout_ms};
    if (emrs_init(&client, &config, &result) < 0)
        return report(&o, &client, &result);
    if (o.dry_run)
        return dry_run(&o, &client);
    catch_signals();
    return connect_and_call(&o, &client, &result);
}
