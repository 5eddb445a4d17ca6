/* SPDX-License-Identifier: MIT */
/* After a call no 8 consecutive bytes of a secret are left in the work buffer, the call, the
 * result, or on the stack that the call used, nor in the client after emrs_forget. */
#include "unit.h"

#include "request.h"
#include "emrs_sha256.h"
#include "sign.h"
#include "support/bench.h"
#include "support/secrets.h"

static bench b;
static char echo[512]; /* an answer that contains the token */

static void note_secrets(void)
{
    secrets_note_day("20270115");
    (void)snprintf(echo, sizeof echo,
                   "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n{\"x\":\"%s\"}",
                   secrets_token.size + 8, secrets_token.bytes);
}

static void init_client(void)
{
    bench_init(&b);
    b.credentials.secret_access_key = secrets_key;
    b.credentials.session_token = secrets_token;
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
}

/* How a call goes: its answer and end, or the move that fails. */
typedef struct {
    const char *name;
    const char *answer; /* NULL: none */
    emrs_news end;      /* how the stream ends after it */
    int fail_at;        /* the move that fails instead, 0: none */
} path;

static const path paths[] = {
    {"accepted", "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" BENCH_ANSWER_BODY,
     EMRS_NEWS_CLOSED, 0},
    {"echoed", echo, EMRS_NEWS_CLOSED, 0},
    {"refused", "HTTP/1.1 400 X\r\nx-amzn-ErrorType: E\r\nContent-Length: 2\r\n\r\n{}",
     EMRS_NEWS_CLOSED, 0},
    {"cut", "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n{", EMRS_NEWS_CUT, 0},
    {"silence", NULL, EMRS_NEWS_PENDING, 0},
    {"stopped", NULL, EMRS_NEWS_STOP, 0},
    {"connect fails", NULL, EMRS_NEWS_FAILED, EMRS_MOVE_CONNECT},
    {"send fails", NULL, EMRS_NEWS_FAILED, EMRS_MOVE_SEND},
    {"stopped while sending", NULL, EMRS_NEWS_STOP, EMRS_MOVE_SEND},
};

static void run_call(void *context)
{
    const path *p = context;
    emrs_call call; /* on the stack that is searched */
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    size_t answered = 0, answer_size = p->answer != NULL ? strlen(p->answer) : 0;
    if (emrs_cancel_job_run_start(&call, &b.client, &b.input, &b.result) < 0)
        return;
    for (;;) {
        int what = emrs_step(&call, b.now, report, &b.move);
        bool fails = what == p->fail_at || (what == EMRS_MOVE_RECEIVE && answered == answer_size);
        if (what <= EMRS_DONE)
            return;
        if (what == EMRS_MOVE_CLOSE)
            report = emrs_report_of(EMRS_NEWS_CLOSED);
        else if (fails)
            report = (emrs_report){.news = p->end, .detail = EMRS_REASON_TLS};
        else if (what == EMRS_MOVE_CONNECT)
            report = emrs_connected(EMRS_PEER_VERIFIED);
        else if (what == EMRS_MOVE_SEND)
            report = emrs_moved(EMRS_NEWS_SENT, b.move.size);
        else {
            size_t left = answer_size - answered, size = left < b.move.size ? left : b.move.size;
            memcpy(b.move.receive, p->answer + answered, size);
            answered += size;
            report = emrs_moved(EMRS_NEWS_RECEIVED, size);
        }
        if (fails && p->end == EMRS_NEWS_PENDING)
            b.now.ms += 60000;
    }
}

/* At the first call of a function of a shared library, the loader leaves the content of
 * registers on the stack, which may be secret bytes that were copied last. So these functions
 * are called once before. A device has no loader, as it links its hash statically. */
static void bind_libraries(void)
{
    bench_init(&b);
    assert_int_equal(emrs_init(&b.client, &b.config, &b.result), EMRS_OK);
    secrets_run(run_call, (void *)&paths[0]);
    assert_int_equal(b.result.code, EMRS_DONE);
}

static void test_nothing_secret_is_left(void **state)
{
    (void)state;
    bind_libraries();
    note_secrets();
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        init_client();
        secrets_run(run_call, (void *)&paths[i]);
        assert_true(b.result.code < 0 || i == 0);
        size_t on_stack = secrets_count_on_stack(), in_work = secrets_count(b.work, sizeof b.work);
        size_t in_result =
            secrets_count(&b.result, sizeof b.result) + secrets_count(&b.move, sizeof b.move);
        if (on_stack + in_work + in_result > 0)
            print_message("%s: stack %zu, work %zu, result %zu\n", paths[i].name, on_stack, in_work,
                          in_result);
        assert_int_equal(on_stack + in_work + in_result, 0);
        emrs_forget(&b.client);
        assert_int_equal(secrets_count(&b.client, sizeof b.client), 0);
        assert_int_equal(secrets_count(&b, sizeof b), 0);
    }
}

/* Searched right after the key was derived, since a later step may overwrite the stack. */
static void derive(void *context)
{
    const emrs_signing signing = {.date = "20270115T080000Z",
                                  .region = EMRS_TEXT("us-east-1"),
                                  .service = EMRS_TEXT("emr-serverless")};
    assert_true(emrs_signing_key_make(context, secrets_key, &signing));
}

static void test_deriving_leaves_nothing(void **state)
{
    static const emrs_signing_key none;
    emrs_signing_key key;
    (void)state;
    note_secrets();
    for (int i = 0; i < 2; i++) { /* the first binds the libraries */
        (void)secrets_count_on_stack();
        memset(&key, 0, sizeof key);
        secrets_run(derive, &key);
    }
    assert_memory_not_equal(&key, &none, sizeof none);
    assert_int_equal(secrets_count_on_stack(), 0);
}

/* The first block of a hash contains the key. The state after its rounds is as secret as the
 * key. */
static void hash_block(void *context)
{
    static emrs_sha256 hash;
    emrs_sha256_init(&hash);
    emrs_sha256_update(&hash, context, 64);
}

static void test_a_block_leaves_nothing(void **state)
{
    char block[64] = "AWS4";
    (void)state;
    note_secrets();
    memcpy(block + 4, secrets_key.bytes, secrets_key.size);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(block[i] ^ 0x36);
    for (int i = 0; i < 2; i++) { /* the first binds the libraries */
        (void)secrets_count_on_stack();
        secrets_run(hash_block, block);
    }
    assert_int_equal(secrets_count_on_stack(), 0);
}

/* A signature can be used for some minutes: only the request may hold it. */
static void write_request(void *context)
{
    emrs_pen pen = emrs_pen_on(b.work, sizeof b.work);
    (void)context;
    assert_int_equal(emrs_request_write(&b.call, 1800000000u, &pen), EMRS_OK);
}

static void test_the_signature_is_in_the_request_alone(void **state)
{
    static const char mark[] = "Signature=";
    (void)state;
    init_client();
    assert_int_equal(emrs_cancel_job_run_start(&b.call, &b.client, &b.input, &b.result), EMRS_OK);
    for (int i = 0; i < 2; i++) { /* the first run binds the libraries */
        (void)secrets_count_on_stack();
        secrets_run(write_request, NULL);
    }
    const emrs_text request = b.call.windows[0];
    size_t at = 0;
    while (!emrs_text_starts(emrs_text_from(request, at), EMRS_TEXT("Signature=")))
        at++;
    secrets_note((emrs_text){request.bytes + at + sizeof mark - 1, 64});
    assert_int_equal(secrets_count_on_stack(), 0);
    assert_int_equal(secrets_count(&b.call, sizeof b.call), 0);
    assert_int_equal(secrets_count(b.work, sizeof b.work), 64 - 8 + 1);
}

/* Control: the same search finds a secret that was left on purpose. */
static char left[sizeof(emrs_sha256)];
static size_t left_size;

static void leave_secret(void *context)
{
    char copy[4096]; /* deep enough that what runs afterwards does not overwrite it */
    void *(*volatile leave)(void *, const void *, size_t) = memcpy; /* not optimised away */
    (void)context;
    (void)leave(copy, left, left_size);
}

static bool is_found(const void *bytes, size_t size)
{
    memcpy(left, bytes, size);
    left_size = size;
    (void)secrets_count_on_stack();
    secrets_run(leave_secret, NULL);
    bool is_on_stack = secrets_count_on_stack() > 0;
    b.work[700] = 'x';
    memcpy(b.work + 701, bytes, size);
    bool is_in_work = secrets_count(b.work, sizeof b.work) > 0;
    memset(b.work, 0, sizeof b.work);
    return is_on_stack && is_in_work;
}

/* 8 bytes of each kind of secret are found, 7 are not. */
static void test_the_search_finds_what_is_left(void **state)
{
    enum { RUN = 8 };
    char pad[RUN];
    uint8_t mac[32], block[64];
    emrs_sha256 hash;
    (void)state;
    note_secrets();
    init_client();
    secrets_run(run_call, (void *)&paths[0]);
    assert_true(is_found(secrets_key.bytes + secrets_key.size - RUN, RUN));
    assert_true(is_found(secrets_token.bytes + 60, RUN));
    assert_false(is_found(secrets_key.bytes + 5, RUN - 1));
    for (unsigned flip = 0x36; flip <= 0x5c; flip += 0x5c - 0x36) {
        for (size_t i = 0; i < RUN; i++) /* after "AWS4", in the byte order of the hash's words */
            pad[i] = (char)((unsigned char)secrets_key.bytes[i ^ 3u] ^ flip);
        assert_true(is_found(pad, RUN));
    }
    char start[64] = "AWS4";
    memcpy(start + 4, secrets_key.bytes, secrets_key.size);
    assert_true(emrs_hmac_of(start, 4 + secrets_key.size, EMRS_TEXT("20270115"), mac));
    assert_true(is_found(mac + 24, RUN)); /* the day's key */
    assert_true(is_found(b.client.key.derived + 3, RUN));
    memset(block, 0x5c, sizeof block);
    for (size_t i = 0; i < sizeof b.client.key.derived; i++)
        block[i] ^= b.client.key.derived[i];
    emrs_sha256_init(&hash);
    emrs_sha256_update(&hash, block, sizeof block);
    assert_true(is_found(&hash, sizeof left)); /* a midstate */
    assert_false(secrets_are_left_in(&b.client));
    memcpy(b.client.host + 100, secrets_key.bytes, RUN);
    assert_true(secrets_are_left_in(&b.client));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_secret_is_left),
        cmocka_unit_test(test_deriving_leaves_nothing),
        cmocka_unit_test(test_a_block_leaves_nothing),
        cmocka_unit_test(test_the_signature_is_in_the_request_alone),
        cmocka_unit_test(test_the_search_finds_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
