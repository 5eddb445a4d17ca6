/* SPDX-License-Identifier: MIT */
/* Calls with poisoned secrets, for valgrind's memcheck: the secret access key and the session token
 * are marked as undefined. memcheck marks all that is computed from them too, and reports a branch
 * or an index on such a byte. run.sh says which reports are allowed. The checks of this program
 * print what failed; then it exits with 1. */
#include <stdio.h>
#include <valgrind/memcheck.h>

#include "id.h"
#include "emrs_port.h"
#include "emrs_text.h"

enum { ROOM = 6000, SIGNATURE_SIZE = 64 };

#define APPLICATION_ID "00fabcdefg123456"
#define JOB_RUN_ID "00fhijklmn789012"

static struct {
    emrs_config config;
    emrs_credentials credentials;
    emrs_cancel_job_run_input input;
    emrs_client client;
    emrs_call call;
    emrs_result result;
    emrs_move move;
    int what;
    char work[EMRS_WORK_SIZE];
} b;
static char secret[ROOM], token[ROOM]; /* the caller's memory */
static int fault_count;

static void must(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "must: %s\n", what);
        fault_count++;
    }
}

/* ret: how many bytes are marked, as computed from a secret */
static size_t count_poisoned(const void *memory, size_t size)
{
    size_t count = 0;
    for (size_t at = 0; at < size; at++) {
        unsigned char bits = 0;
        (void)VALGRIND_GET_VBITS((const char *)memory + at, &bits, 1);
        count += bits != 0;
    }
    return count;
}

static void step(emrs_report report)
{
    const emrs_now now = {.ms = 1000, .utc_s = 1800000000u};
    b.what = emrs_step(&b.call, now, report, &b.move);
}

/* The result of emrs_secret_check is not secret. So the linker replaces the function by this one,
 * which marks the result as defined. */
emrs_rule __real_emrs_secret_check(emrs_text text, size_t size_max);
emrs_rule __wrap_emrs_secret_check(emrs_text text, size_t size_max);
emrs_rule __wrap_emrs_secret_check(emrs_text text, size_t size_max)
{
    emrs_rule rule = __real_emrs_secret_check(text, size_max);
    (void)VALGRIND_MAKE_MEM_DEFINED(&rule, sizeof rule);
    return rule;
}

static emrs_text fill(char *store, size_t size, char first)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(store, ROOM);
    for (size_t at = 0; at < size; at++)
        store[at] = (char)('!' + ((unsigned)(first - '!') + at * 7u) % 94u);
    (void)VALGRIND_MAKE_MEM_UNDEFINED(store, size);
    return (emrs_text){store, size};
}

static void set_secrets(size_t secret_size, size_t token_size, char first)
{
    b.credentials.secret_access_key = fill(secret, secret_size, first);
    b.credentials.session_token = fill(token, token_size, first);
}

/* Of what is sent, only the signature is computed from a secret. The token is sent as it is. */
static void check_window(void)
{
    static const char mark[] = "Signature=";
    char *bytes = b.work;
    size_t size = b.move.size, at = 0;
    if (b.move.send == token) {
        must(size == b.credentials.session_token.size,
             "the token is sent as it is, from the caller's memory");
        return;
    }
    if (b.move.send != b.work) {
        must(count_poisoned(b.move.send, size) == 0, "the request's end is no secret");
        return;
    }
    while (at + sizeof mark - 1 + SIGNATURE_SIZE < size
           && memcmp(bytes + at, mark, sizeof mark - 1) != 0)
        at++;
    at += sizeof mark - 1;
    must(count_poisoned(bytes, at) == 0, "what is before the signature is no secret");
    must(count_poisoned(bytes + at, SIGNATURE_SIZE) == SIGNATURE_SIZE, "the signature is poisoned");
    at += SIGNATURE_SIZE;
    must(count_poisoned(bytes + at, size - at) == 0, "what is after the signature is no secret");
    must(count_poisoned(bytes, sizeof b.work) == SIGNATURE_SIZE,
         "the rest of the buffer is no secret");
}

static void send_request(void)
{
    step(emrs_connected(EMRS_PEER_VERIFIED));
    must(b.what == EMRS_MOVE_SEND, "SEND");
    while (b.what == EMRS_MOVE_SEND) {
        check_window();
        step(emrs_moved(EMRS_NEWS_SENT, b.move.size));
    }
    must(count_poisoned(b.work, sizeof b.work) == 0, "the request is wiped once it is sent");
}

static void check_end(int code)
{
    if (b.what == EMRS_MOVE_CLOSE)
        step(emrs_report_of(EMRS_NEWS_CLOSED));
    must(b.what == code && b.result.code == code, "the code is the expected one");
    must(count_poisoned(b.work, sizeof b.work) == 0, "no secret is left in the work buffer");
    must(count_poisoned(&b.call, sizeof b.call) == 0, "no secret is left in the call");
    must(count_poisoned(&b.result, sizeof b.result) == 0, "no secret is in the result");
    must(count_poisoned(&b.client, sizeof b.client)
             == count_poisoned(&b.client.key, sizeof b.client.key),
         "the client holds nothing secret but the key");
}

static void answer(const char *text)
{
    memcpy(b.move.receive, text, strlen(text));
    step(emrs_moved(EMRS_NEWS_RECEIVED, strlen(text)));
}

static void start(void)
{
    must(emrs_cancel_job_run_start(&b.call, &b.client, &b.input, &b.result) == EMRS_OK, "start");
    step(emrs_report_of(EMRS_NEWS_PENDING));
}

#define GOOD                                                                                       \
    "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n"                                                \
    "{\"applicationId\":\"" APPLICATION_ID "\",\"jobRunId\":\"" JOB_RUN_ID "\"}"
#define EXPIRED                                                                                    \
    "HTTP/1.1 403 x\r\nx-amzn-errortype: ExpiredTokenException\r\nContent-Length: 2\r\n\r\n{}"

static void accepted(void)
{
    start();
    send_request();
    answer(GOOD);
    check_end(EMRS_DONE);
}

static void renewed(void)
{
    start();
    send_request();
    answer(EXPIRED);
    must(count_poisoned(&b.client, sizeof b.client) == 0, "an expired key is forgotten");
    step(emrs_report_of(EMRS_NEWS_CLOSED));
    must(b.what == EMRS_MOVE_CREDENTIALS, "CREDENTIALS");
    set_secrets(40, 800, 'm');
    step(emrs_report_of(EMRS_NEWS_RENEWED));
    send_request();
    answer(GOOD);
    check_end(EMRS_DONE);
}

static void stopped_while_sending(void)
{
    start();
    step(emrs_connected(EMRS_PEER_VERIFIED));
    step(emrs_report_of(EMRS_NEWS_STOP));
    check_end(EMRS_E_STOPPED);
}

static void refused(emrs_field field)
{
    must(emrs_cancel_job_run_start(&b.call, &b.client, &b.input, &b.result) == EMRS_E_ARGUMENT,
         "a bad byte is refused");
    must(b.result.field == field && b.result.rule == EMRS_RULE_BYTE,
         "field and rule are in the result");
}

static void bad_bytes(void)
{
    set_secrets(40, 0, 'a');
    secret[20] = '\n';
    (void)VALGRIND_MAKE_MEM_UNDEFINED(secret, 40);
    refused(EMRS_FIELD_SECRET_ACCESS_KEY);
    set_secrets(40, 800, 'a');
    token[799] = '\x7f';
    (void)VALGRIND_MAKE_MEM_UNDEFINED(token, 800);
    refused(EMRS_FIELD_SESSION_TOKEN);
}

int main(void)
{
    if (RUNNING_ON_VALGRIND == 0)
        return 2;
    b.config.region =
        EMRS_TEXT("us-east-1"); /* one by one: the padding of a literal is undefined */
    b.config.credentials = &b.credentials;
    b.config.work = b.work;
    b.config.work_size = sizeof b.work;
    b.credentials.access_key_id = EMRS_TEXT("AKIDEXAMPLE");
    b.input = (emrs_cancel_job_run_input){.application_id = EMRS_TEXT(APPLICATION_ID),
                                          .job_run_id = EMRS_TEXT(JOB_RUN_ID)};
    must(emrs_init(&b.client, &b.config, &b.result) == EMRS_OK, "emrs_init");
    set_secrets(40, 800, 'a');
    accepted();
    accepted(); /* with the key of the call before */
    set_secrets(40, 800, 'b');
    accepted(); /* the secret has changed */
    set_secrets(128, 5000, 'c');
    accepted();
    set_secrets(1, 0, 'd');
    accepted();
    renewed();
    stopped_while_sending();
    bad_bytes();
    emrs_forget(&b.client);
    must(count_poisoned(&b.client, sizeof b.client) == 0, "nothing is left after emrs_forget");
    return fault_count > 0;
}
