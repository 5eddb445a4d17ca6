/* SPDX-License-Identifier: MIT */
/* After a call no run of 8 secret bytes is left: not in the work buffer, the call, the result, nor
 * on the stack that the call has used; nor in the client once it was told to forget. The call runs
 * as a coroutine whose stack lies here, so that all of it can be looked at afterwards (a thread's
 * stack would not do: its pages are given back, blank, when it ends). */
#include "unit.h"

#include <ucontext.h>

#include "sha256.h"
#include "sign.h"
#include "support/bench.h"

enum { STACK_SIZE = 256 * 1024, RUN_SIZE = 8, KEY_COUNT = 4, PAINT = 0xa5 };

static unsigned char stack[STACK_SIZE] __attribute__((aligned(4096)));
static bench b;

/* The secrets lie in memory of their own: finding the caller's copy would say nothing. */
static const char secret[] = "q7XvW2mK9pLd4RzT8bNc6YhJ3sFg5AeU1wQoVixM";
static const char token[] =
    "Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe9Dc8Ba7zY6xW5vU4tS3rQ2pO1nM0lK9jI8hG7fE6dC5bA4"
    "aB3cD4eF5gH6iJ7kL8mN9oP0qR1sT2uV3wX4yZ5Aa6Bb7Cc8Dd9Ee0Ff1Gg2Hh3Ii4Jj5Kk6Ll7Mm8";
static uint8_t keys[KEY_COUNT][32]; /* kDate, kRegion, kService, kSigning */
static emrs_text secrets[2 + KEY_COUNT];

static char echo[512]; /* an answer that gives the token back */

/* The day's keys, derived a second time, step by step. */
static void derive(const char *day)
{
    const emrs_text steps[] = {
        {day, 8}, TEXT("us-east-1"), TEXT("emr-serverless"), TEXT("aws4_request")};
    char start[64] = "AWS4";
    memcpy(start + 4, secret, sizeof secret - 1);
    const void *key = start;
    size_t key_size = 4 + sizeof secret - 1;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        emrs_hmac hmac;
        emrs_hmac_init(&hmac, key, key_size);
        emrs_hmac_of(&hmac, steps[i].bytes, steps[i].size, keys[i]);
        key = keys[i];
        key_size = 32;
    }
}

static void note_secrets(void)
{
    derive("20270115");
    (void)snprintf(echo, sizeof echo,
                   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n{\"x\":\"%s\"}",
                   sizeof token - 1 + 8, token);
    secrets[0] = (emrs_text){secret, sizeof secret - 1};
    secrets[1] = (emrs_text){token, sizeof token - 1};
    for (int i = 0; i < KEY_COUNT; i++)
        secrets[2 + i] = (emrs_text){(char *)keys[i], 32};
}

/* How many places of memory begin a run of RUN_SIZE secret bytes. */
static size_t count_runs(const void *memory, size_t size)
{
    const unsigned char *bytes = memory;
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        for (size_t from = 0; from + RUN_SIZE <= secrets[i].size; from++)
            for (size_t at = 0; at + RUN_SIZE <= size; at++)
                if (bytes[at] == (unsigned char)secrets[i].bytes[from]
                    && memcmp(bytes + at, secrets[i].bytes + from, RUN_SIZE) == 0)
                    count++;
    return count;
}

/* The stack grows down: what lies below its lowest changed byte is still paint. */
static size_t count_runs_on_stack(void)
{
    size_t unused = 0;
    while (unused < sizeof stack && stack[unused] == PAINT)
        unused++;
    return count_runs(stack + unused, sizeof stack - unused);
}

/* How a call goes: what it meets once its request is sent, or on the way there. */
typedef struct {
    const char *name;
    const char *answer; /* NULL: none */
    emrs_news end;      /* how the stream ends after it */
    int fail_at;        /* the move that fails instead, 0: none */
} path;

static const path paths[] = {
    {"accepted", "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" BENCH_ANSWER_BODY, EMRS_CLOSED, 0},
    {"echoed", echo, EMRS_CLOSED, 0},
    {"refused", "HTTP/1.1 400 X\r\nx-amzn-ErrorType: E\r\nContent-Length: 2\r\n\r\n{}", EMRS_CLOSED,
     0},
    {"cut", "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n{", EMRS_CUT, 0},
    {"silence", NULL, EMRS_PENDING, 0},
    {"stopped", NULL, EMRS_STOP, 0},
    {"connect fails", NULL, EMRS_FAILED, EMRS_CONNECT},
    {"send fails", NULL, EMRS_FAILED, EMRS_SEND},
    {"stopped while sending", NULL, EMRS_STOP, EMRS_SEND},
};

static void *run_call(void *context)
{
    const path *p = context;
    emrs_call call; /* on the stack that is looked at */
    emrs_report report = emrs_report_of(EMRS_PENDING);
    size_t answered = 0, answer_size = p->answer != NULL ? strlen(p->answer) : 0;
    if (emrs_cancel_job_run_start(&call, &b.client, &b.input, &b.result) < 0)
        return NULL;
    for (;;) {
        int what = emrs_step(&call, b.now, report, &b.move);
        bool fails = what == p->fail_at || (what == EMRS_RECEIVE && answered == answer_size);
        if (what <= EMRS_DONE)
            return NULL;
        if (what == EMRS_CLOSE)
            report = emrs_report_of(EMRS_CLOSED);
        else if (fails)
            report = (emrs_report){.news = p->end, .detail = EMRS_REASON_TLS};
        else if (what == EMRS_CONNECT)
            report = emrs_connected(EMRS_PEER_VERIFIED);
        else if (what == EMRS_SEND)
            report = emrs_moved(EMRS_SENT, b.move.size);
        else {
            size_t left = answer_size - answered, size = left < b.move.size ? left : b.move.size;
            memcpy(b.move.receive, p->answer + answered, size);
            answered += size;
            report = emrs_moved(EMRS_RECEIVED, size);
        }
        if (fails && p->end == EMRS_PENDING)
            b.now.ms += 60000;
    }
}

static struct {
    void *(*function)(void *);
    void *context;
} entry;

static void enter(void)
{
    (void)entry.function(entry.context);
}

static void run_on_own_stack(void *(*function)(void *), void *context)
{
    static ucontext_t here, there;
    memset(stack, PAINT, sizeof stack);
    entry.function = function;
    entry.context = context;
    assert_int_equal(getcontext(&there), 0);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    there.uc_link = &here;
    makecontext(&there, enter, 0);
    assert_int_equal(swapcontext(&here, &there), 0);
}

/* A shared library's function is looked up at its first call, and the loader leaves on the stack
 * what the registers held just then: a block of whatever was copied last. That is nobody's secret
 * here; a device links its hash, and has no loader. */
static void bind_libraries(void)
{
    bench_init(&b);
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    run_on_own_stack(run_call, (void *)&paths[0]);
    assert_int_equal(b.result.code, EMRS_DONE);
}

static void test_nothing_secret_is_left(void **state)
{
    (void)state;
    bind_libraries();
    note_secrets();
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        bench_init(&b);
        b.credentials.secret_access_key = secrets[0];
        b.credentials.session_token = secrets[1];
        assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_DONE);
        run_on_own_stack(run_call, (void *)&paths[i]);
        assert_true(b.result.code < 0 || i == 0);
        size_t on_stack = count_runs_on_stack(), in_work = count_runs(b.work, sizeof b.work);
        size_t in_result =
            count_runs(&b.result, sizeof b.result) + count_runs(&b.move, sizeof b.move);
        if (on_stack + in_work + in_result > 0)
            print_message("%s: stack %zu, work %zu, result %zu\n", paths[i].name, on_stack, in_work,
                          in_result);
        assert_int_equal(on_stack + in_work + in_result, 0);
        emrs_forget(&b.client);
        assert_int_equal(count_runs(&b.client, sizeof b.client), 0);
        assert_int_equal(count_runs(&b, sizeof b), 0);
    }
}

/* The control: the same look does find a secret that was left lying about. */
static void *leave_secret(void *context)
{
    char copy[4096]; /* deep enough that what runs afterwards does not overwrite it */
    void *(*volatile leave)(void *, const void *, size_t) = memcpy; /* no optimiser looks inside */
    (void)leave(copy, secret, sizeof secret);
    return context;
}

static void test_the_look_finds_what_is_left(void **state)
{
    (void)state;
    note_secrets();
    run_on_own_stack(leave_secret, NULL);
    assert_true(count_runs_on_stack() > 0);
    bench_init(&b);
    b.credentials.secret_access_key = secrets[0];
    b.credentials.session_token = secrets[1];
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_DONE);
    run_on_own_stack(run_call, (void *)&paths[0]);
    assert_true(count_runs(&b.client, sizeof b.client) > 0); /* the cached key's own copy */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_secret_is_left),
        cmocka_unit_test(test_the_look_finds_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
