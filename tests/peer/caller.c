/* SPDX-License-Identifier: MIT */
/* Makes several calls of one client over the library's POSIX and TLS ports, as an application
 * does. The command cannot test this, because it makes one call and ends.
 *
 * usage: caller ca=FILE WORD...      obeys the words in their order
 *   NAME=NUMBER  a setting for the words after it:
 *                keep=1 (keep_stream), sessions=1 (keep_session), floor=1 (clock_floor of the
 *                client and of TLS), utc (the constant time of the clock), tls (12 or 13), token
 *                (bytes of session token), attempts, timeout-ms, silence-ms (connect_ and
 *                receive_timeout_ms), idle-ms, calls (per URL), pause-ms (between calls)
 *   ca=FILE      closes the connection, and initialises TLS again; it trusts the CAs of this file
 *   certificate=FILE key=FILE  before ca=: this device's certificate and key, PEM. With elsewhere=1
 *                the key is an RSA key that only a callback signs with, and the last line of stdout
 *                is "signatures=N", the number of its signatures
 *   URL          makes `calls` calls to this endpoint; every host name leads to 127.0.0.1
 * stdout, one line per call: "code=0 effect=3 attempts=1 status=200 reason=0 dials=1 hangs=0
 *   sent=412": the result, then how often the call connected (dials) and closed (hangs), and the
 *   bytes of requests that it gave to TLS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/x509_crt.h>

#include "emrs_posix.h"
#include "emrs_tls.h"

enum {
    KEEP,
    SESSIONS,
    FLOOR,
    UTC,
    TLS,
    TOKEN,
    ATTEMPTS,
    TIMEOUT_MS,
    SILENCE_MS,
    IDLE_MS,
    CALLS,
    PAUSE_MS,
    ELSEWHERE
};
static const char *const settings[] = {"keep",  "sessions", "floor",      "utc",        "tls",
                                       "token", "attempts", "timeout-ms", "silence-ms", "idle-ms",
                                       "calls", "pause-ms", "elsewhere"};
enum { COUNT = sizeof settings / sizeof settings[0] };
static long values[COUNT] = {[CALLS] = 1, [ATTEMPTS] = 1, [UTC] = -1, [TIMEOUT_MS] = 10000};

static emrs_client client;
static char work[EMRS_WORK_SIZE];
static emrs_credentials credentials;
static mbedtls_x509_crt trust;
static emrs_posix_tcp tcp;
static emrs_tls tls;
static bool has_tls;
static emrs_identity identity;
static struct {
    char certificate[8192], key[8192];
    size_t certificate_size, key_size; /* with their NUL, which PEM needs; 0: none */
    mbedtls_pk_context pk;             /* the key that the callback signs with */
    int signature_count;
} own;
static struct {
    int dials, hangs;
    size_t sent;
} seen;

static emrs_now now(void *unused)
{
    emrs_now real = emrs_posix_now(unused);
    real.utc_s = values[UTC] < 0 ? real.utc_s : (uint32_t)values[UTC];
    return real;
}

static emrs_now now_of_tls(void *unused)
{
    emrs_now told = now(unused);
    told.utc_s = emrs_utc(&client, told);
    return told;
}

/* The stream below TLS connects to this computer, whatever the host name is. The stream above TLS
 * counts connections, closes and sent bytes. */

static emrs_report connect_here(void *context, const emrs_move *move)
{
    static const int small = 1 << 16; /* the default of some MB would hold any request */
    emrs_move here = *move;
    here.host = "127.0.0.1";
    emrs_report report = tcp.stream.connect(context, &here);
    if (report.news == EMRS_NEWS_CONNECTED)
        (void)setsockopt(tcp.bsd.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    return report;
}

static emrs_report connect_counted(void *context, const emrs_move *move)
{
    emrs_report report = tls.stream.connect(context, move);
    seen.dials += report.news == EMRS_NEWS_CONNECTED;
    return report;
}

static emrs_report send_counted(void *context, const emrs_move *move)
{
    emrs_report report = tls.stream.send(context, move);
    seen.sent += report.news == EMRS_NEWS_SENT ? report.size : 0;
    return report;
}

static void close_counted(void *context)
{
    seen.hangs++;
    tls.stream.close(context);
}

static const emrs_stream *counted(void)
{
    static emrs_stream stream;
    stream = tls.stream;
    stream.connect = connect_counted;
    stream.send = send_counted;
    stream.close = close_counted;
    return &stream;
}

static const emrs_stream *here(void)
{
    static emrs_stream stream;
    stream = tcp.stream;
    stream.connect = connect_here;
    return &stream;
}

static void hang_up(void)
{
    const emrs_port port = {.stream = counted(), .now = now};
    if (has_tls)
        emrs_hang_up(&client, &port);
}

/* This device's certificate and key */

static bool read_file(const char *path, char *text, size_t room, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    *size = fread(text, 1, room - 1, file);
    text[(*size)++] = '\0';
    return fclose(file) == 0;
}

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define RSA_RANDOM emrs_posix_random, NULL, MBEDTLS_RSA_PRIVATE
#define KEY_RANDOM
#else
#define RSA_RANDOM emrs_posix_random, NULL
#define KEY_RANDOM , emrs_posix_random, NULL
#endif

static int sign_elsewhere(void *context, mbedtls_md_type_t hash_type, const unsigned char *hash,
                          size_t hash_size, unsigned char *signature)
{
    (void)context;
    own.signature_count++;
    return mbedtls_rsa_pkcs1_sign(mbedtls_pk_rsa(own.pk), RSA_RANDOM, hash_type,
                                  (unsigned)hash_size, hash, signature);
}

static emrs_identity *own_identity(void)
{
    if (own.certificate_size == 0)
        return NULL;
    mbedtls_pk_free(&own.pk);
    if (values[ELSEWHERE] != 0
        && mbedtls_pk_parse_key(&own.pk, (const unsigned char *)own.key, own.key_size, NULL,
                                0 KEY_RANDOM)
               == 0)
        emrs_identity_with_rsa(&identity, own.certificate, own.certificate_size, sign_elsewhere,
                               NULL);
    else
        emrs_identity_with_key(&identity, own.certificate, own.certificate_size, own.key,
                               own.key_size);
    return &identity;
}

static bool trust_file(const char *path)
{
    const emrs_tls_config config = {
        .inner = here(),
        .trust = &trust,
        .random = emrs_posix_random,
        .now = now_of_tls,
        .version_max = values[TLS] == 12   ? EMRS_TLS_1_2
                       : values[TLS] == 13 ? EMRS_TLS_1_3
                                           : EMRS_TLS_BEST,
        .clock_floor = values[FLOOR] != 0,
        .keep_session = values[SESSIONS] != 0,
        .identity = own_identity(),
    };
    hang_up();
    if (has_tls)
        emrs_tls_free(&tls);
    has_tls = true;
    mbedtls_x509_crt_free(&trust);
    mbedtls_x509_crt_init(&trust);
    return mbedtls_x509_crt_parse_file(&trust, path) == 0
           && emrs_tls_init(&tls, &config) == EMRS_REASON_NONE;
}

static void call(void)
{
    const emrs_port port = {.stream = counted(), .now = now, .wait = emrs_posix_wait};
    const emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT("00app1"),
                                             .job_run_id = EMRS_TEXT("00run1")};
    emrs_result result;
    memset(&seen, 0, sizeof seen);
    int code = emrs_cancel_job_run(&client, &port, &input, &result);
    printf("code=%d effect=%d attempts=%u status=%d reason=%d dials=%d hangs=%d sent=%zu\n", code,
           (int)result.effect, (unsigned)result.attempt_count, result.status, (int)result.reason,
           seen.dials, seen.hangs, seen.sent);
    (void)fflush(stdout);
}

static void pause_between_calls(void)
{
    uint32_t until_ms = now(NULL).ms + (uint32_t)values[PAUSE_MS];
    while (until_ms - now(NULL).ms - 1u < 0x7FFFFFFFu)
        emrs_posix_wait(NULL, until_ms);
}

static emrs_text token(void)
{
    static char bytes[1 << 22];
    size_t size = (size_t)values[TOKEN] < sizeof bytes ? (size_t)values[TOKEN] : sizeof bytes;
    memset(bytes, 't', size);
    return (emrs_text){bytes, size};
}

static bool call_url(const char *url)
{
    credentials = (emrs_credentials){.access_key_id = EMRS_TEXT("AKIDEXAMPLE"),
                                     .secret_access_key = EMRS_TEXT("no/secret"),
                                     .session_token = token()};
    const emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                                .endpoint = {url, strlen(url)},
                                .credentials = &credentials,
                                .work = work,
                                .work_size = sizeof work,
                                .timeout_ms = (uint32_t)values[TIMEOUT_MS],
                                .connect_timeout_ms = (uint32_t)values[SILENCE_MS],
                                .receive_timeout_ms = (uint32_t)values[SILENCE_MS],
                                .attempt_count = (uint8_t)values[ATTEMPTS],
                                .keep_stream = values[KEEP] != 0,
                                .idle_timeout_ms = (uint32_t)values[IDLE_MS],
                                .clock_floor = values[FLOOR] != 0};
    emrs_result result;
    hang_up();
    if (!has_tls || emrs_init(&client, &config, &result) != EMRS_OK)
        return false;
    for (long i = 0; i < values[CALLS]; i++) {
        if (i > 0)
            pause_between_calls();
        call();
    }
    return true;
}

static bool set(const char *word)
{
    size_t size = strcspn(word, "=");
    for (int i = 0; word[size] != '\0' && i < COUNT; i++)
        if (strlen(settings[i]) == size && memcmp(settings[i], word, size) == 0) {
            values[i] = strtol(word + size + 1, NULL, 10);
            return true;
        }
    return false;
}

static bool obey(const char *word)
{
    if (strncmp(word, "https://", 8) == 0)
        return call_url(word);
    if (strncmp(word, "certificate=", 12) == 0)
        return read_file(word + 12, own.certificate, sizeof own.certificate, &own.certificate_size);
    if (strncmp(word, "key=", 4) == 0)
        return read_file(word + 4, own.key, sizeof own.key, &own.key_size);
    return strncmp(word, "ca=", 3) == 0 ? trust_file(word + 3) : set(word);
}

int main(int count, char **words)
{
    emrs_posix_tcp_init(&tcp);
    mbedtls_x509_crt_init(&trust);
    mbedtls_pk_init(&own.pk);
    for (int i = 1; i < count; i++)
        if (!obey(words[i])) {
            (void)fprintf(stderr, "caller: cannot: %s\n", words[i]);
            return 2;
        }
    hang_up();
    if (has_tls)
        emrs_tls_free(&tls);
    mbedtls_x509_crt_free(&trust);
    mbedtls_pk_free(&own.pk);
    if (values[ELSEWHERE] != 0)
        printf("signatures=%d\n", own.signature_count);
    return 0;
}
