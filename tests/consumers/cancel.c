/* SPDX-License-Identifier: MIT */
/* An application whose TLS is not mbedTLS, but `openssl s_client` in a child process, with
 * port/verified.
 * usage: cancel CA.pem URL [DEVICE.pem DEVICE.key credentials|service]
 * It presents the device's certificate only if the stream is for credentials. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "emrs_verified.h"

/* The child reads and writes plain text on `text`, and prints on `words` when the handshake is
 * over. */
typedef struct {
    const char *ca, *certificate, *key; /* the last two are this device's, or NULL */
    pid_t child;
    int text, words;
    char seen[1024];
    size_t seen_size;
} stack;

static void start(stack *s, emrs_purpose purpose, const char *host, uint16_t port)
{
    bool shows = purpose == EMRS_FOR_CREDENTIALS && s->certificate != NULL;
    int text[2], words[2];
    char place[300];
    (void)snprintf(place, sizeof place, "%s:%u", host, (unsigned)port);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, text) != 0 || pipe(words) != 0)
        return;
    s->child = fork();
    if (s->child == 0) {
        (void)dup2(text[1], STDIN_FILENO);
        (void)dup2(text[1], STDOUT_FILENO);
        (void)dup2(words[1], STDERR_FILENO);
        (void)close(text[0]);
        (void)close(words[0]);
        (void)execlp("openssl", "openssl", "s_client", "-brief", "-ign_eof", "-nocommands",
                     "-connect", place, "-servername", host, "-verify_return_error",
                     "-verify_hostname", host, "-CAfile", s->ca, shows ? "-cert" : NULL,
                     s->certificate, "-key", s->key, (char *)NULL);
        _exit(127);
    }
    (void)close(text[1]);
    (void)close(words[1]);
    s->text = text[0];
    s->words = words[0];
}

static bool is_readable(int fd, uint32_t left_ms)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, left_ms < 250 ? (int)left_ms : 250) > 0;
}

/* OpenSSL prints this once it has verified the chain, the name and the dates. */
static int open_stack(void *context, emrs_purpose purpose, const char *host, uint16_t port,
                      uint32_t left_ms)
{
    stack *s = context;
    if (s->child <= 0)
        start(s, purpose, host, port);
    if (s->child <= 0)
        return -1;
    if (!is_readable(s->words, left_ms))
        return 0;
    ssize_t got = read(s->words, s->seen + s->seen_size, sizeof s->seen - 1 - s->seen_size);
    if (got <= 0)
        return -1;
    s->seen_size += (size_t)got;
    s->seen[s->seen_size] = '\0';
    return strstr(s->seen, "CONNECTION ESTABLISHED") != NULL;
}

static int send_stack(void *context, const void *bytes, size_t size, uint32_t left_ms)
{
    const stack *s = context;
    (void)left_ms;
    ssize_t sent = send(s->text, bytes, size, MSG_NOSIGNAL);
    return sent > 0 ? (int)sent : -errno;
}

static int receive_stack(void *context, void *bytes, size_t size, uint32_t left_ms)
{
    const stack *s = context;
    if (!is_readable(s->text, left_ms))
        return 0;
    ssize_t got = read(s->text, bytes, size);
    return got > 0 ? (int)got : EMRS_VERIFIED_CUT; /* s_client does not say how it ended */
}

static void close_stack(void *context)
{
    stack *s = context;
    if (s->child <= 0)
        return;
    (void)close(s->text);
    (void)close(s->words);
    (void)kill(s->child, SIGKILL);
    (void)waitpid(s->child, NULL, 0);
    *s = (stack){.ca = s->ca, .certificate = s->certificate, .key = s->key};
}

static emrs_now now(void *unused)
{
    struct timespec mono, utc;
    (void)unused;
    (void)clock_gettime(CLOCK_MONOTONIC, &mono);
    (void)clock_gettime(CLOCK_REALTIME, &utc);
    return (emrs_now){.ms = (uint32_t)mono.tv_sec * 1000u + (uint32_t)(mono.tv_nsec / 1000000),
                      .utc_s = (uint32_t)utc.tv_sec};
}

static void wait_until(void *unused, uint32_t until_ms)
{
    (void)unused;
    (void)until_ms;
    (void)poll(NULL, 0, 10);
}

int main(int argc, char **argv)
{
    static char work[EMRS_WORK_SIZE];
    emrs_client client;
    emrs_result result;
    emrs_verified tls;
    stack s = {.ca = argv[1]};
    bool is_device = argc == 6;
    if (argc != 3 && !is_device)
        return 2;
    if (is_device) {
        s.certificate = argv[3];
        s.key = argv[4];
    }
    emrs_verified_init(
        &tls, &(emrs_verified_config){.context = &s,
                                      .open = open_stack,
                                      .send = send_stack,
                                      .receive = receive_stack,
                                      .close = close_stack,
                                      .now = now,
                                      .purpose = is_device && strcmp(argv[5], "credentials") == 0
                                                     ? EMRS_FOR_CREDENTIALS
                                                     : EMRS_FOR_THE_SERVICE,
                                      .confirmation = EMRS_CONFIRMED_CHAIN_NAME_AND_DATES});
    const emrs_port port = {.stream = &tls.stream, .now = now, .wait = wait_until};
    const emrs_credentials credentials = {EMRS_TEXT("AKID"), EMRS_TEXT("secret"), EMRS_TEXT(""), 0,
                                          0};
    const emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                                .endpoint = {argv[2], strlen(argv[2])},
                                .credentials = &credentials,
                                .work = work,
                                .work_size = sizeof work};
    const emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT("00fabcdefg123456"),
                                             .job_run_id = EMRS_TEXT("00fhijklmn789012")};
    if (emrs_init(&client, &config, &result) == EMRS_DONE)
        emrs_cancel_job_run(&client, &port, &input, &result);
    printf("%s; %s\n", emrs_code_words(result.code), emrs_effect_words(result.effect));
    emrs_forget(&client);
    return 0;
}
