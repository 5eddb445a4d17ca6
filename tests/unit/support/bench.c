/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "operation.h"
#include "support/bench.h"

void bench_init(bench *b)
{
    memset(b, 0, sizeof *b);
    b->credentials = (emrs_credentials){
        EMRS_TEXT("AKIDEXAMPLE"), EMRS_TEXT("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        EMRS_TEXT("IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJH+/=="), 0, 0};
    b->config = (emrs_config){.region = EMRS_TEXT("us-east-1"),
                              .credentials = &b->credentials,
                              .work = b->work,
                              .work_size = sizeof b->work,
                              .timeout_ms = 30000,
                              .attempt_count = 1};
    b->input = (emrs_cancel_job_run_input){.application_id = EMRS_TEXT(BENCH_APPLICATION_ID),
                                           .job_run_id = EMRS_TEXT(BENCH_JOB_RUN_ID)};
    b->now = (emrs_now){.ms = 1000, .utc_s = BENCH_UTC_S};
}

void bench_start(bench *b)
{
    b->last_was_shown = false;
    if (b->client.ready == 0)
        assert_int_equal(emrs_init(&b->client, &b->config, &b->result), EMRS_DONE);
    assert_int_equal(emrs_cancel_job_run_start(&b->call, &b->client, &b->input, &b->result),
                     EMRS_DONE);
}

/* What holds after every step of every test. */
static void check_step(const bench *b)
{
    const emrs_move *m = &b->move;
    bool accepted = b->result.effect == EMRS_EFFECT_ACCEPTED;
    assert_int_equal(b->result.code, b->what);
    bool changes = b->call.operation == NULL || b->call.operation->changes;
    assert_true(b->what != EMRS_DONE || accepted == changes);
    assert_true(!accepted || b->what == EMRS_DONE || b->what == EMRS_MOVE_CLOSE);
    assert_true(!accepted || b->last_was_shown);
    assert_true(b->result.effect != EMRS_EFFECT_NONE || !changes || !b->last_was_shown);
    if (b->what <= EMRS_DONE || b->what == EMRS_MOVE_CLOSE) {
        assert_null(m->send);
        assert_null(m->receive);
        assert_int_equal(m->size, 0);
    }
    if (b->what == EMRS_MOVE_SEND || b->what == EMRS_MOVE_RECEIVE)
        assert_true(m->size > 0);
    if (b->what == EMRS_MOVE_RECEIVE) {
        char *work = b->config.work;
        assert_true((char *)m->receive >= work);
        assert_true((char *)m->receive + m->size <= work + b->config.work_size);
    }
}

int bench_step(bench *b, emrs_report report)
{
    b->what = emrs_step(&b->call, b->now, report, &b->move);
    b->last_was_shown = b->last_was_shown || (b->what == EMRS_MOVE_SEND && !b->move.more);
    check_step(b);
    return b->what;
}

void bench_to_send(bench *b)
{
    assert_int_equal(bench_step(b, emrs_report_of(EMRS_NEWS_PENDING)), EMRS_MOVE_CONNECT);
    emrs_peer peer = b->move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN;
    assert_int_equal(bench_step(b, emrs_connected(peer)), EMRS_MOVE_SEND);
}

void bench_to_receive(bench *b)
{
    bench_to_send(b);
    while (b->what == EMRS_MOVE_SEND)
        bench_step(b, emrs_moved(EMRS_NEWS_SENT, b->move.size));
    assert_int_equal(b->what, EMRS_MOVE_RECEIVE);
}

void bench_go_on(bench *b)
{
    bench_step(b, emrs_report_of(EMRS_NEWS_PENDING));
    if (b->what == EMRS_MOVE_CONNECT)
        bench_step(b, emrs_connected(b->move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN));
    while (b->what == EMRS_MOVE_SEND)
        bench_step(b, emrs_moved(EMRS_NEWS_SENT, b->move.size));
    assert_int_equal(b->what, EMRS_MOVE_RECEIVE);
}

int bench_answer(bench *b, const char *bytes, size_t size, size_t piece)
{
    for (size_t at = 0; at < size && b->what == EMRS_MOVE_RECEIVE;) {
        size_t now = size - at < piece ? size - at : piece;
        now = now < b->move.size ? now : b->move.size;
        memcpy(b->move.receive, bytes + at, now);
        at += now;
        bench_step(b, emrs_moved(EMRS_NEWS_RECEIVED, now));
    }
    return b->what;
}

int bench_end(bench *b)
{
    if (b->what == EMRS_MOVE_CLOSE)
        bench_step(b, emrs_report_of(EMRS_NEWS_CLOSED));
    int code = b->what;
    emrs_effect effect = b->result.effect;
    assert_true(code <= EMRS_DONE);
    static const emrs_news all[] = {EMRS_NEWS_PENDING, EMRS_NEWS_CONNECTING, EMRS_NEWS_CONNECTED,
                                    EMRS_NEWS_SENT,    EMRS_NEWS_RECEIVED,   EMRS_NEWS_CLOSED,
                                    EMRS_NEWS_CUT,     EMRS_NEWS_FAILED,     EMRS_NEWS_STOP};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        emrs_report report = {.news = all[i], .detail = EMRS_PEER_VERIFIED, .size = 1};
        assert_int_equal(bench_step(b, report), code);
        assert_int_equal(b->result.effect, effect);
    }
    return code;
}
