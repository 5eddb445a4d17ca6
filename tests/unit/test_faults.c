/* SPDX-License-Identifier: MIT */
/* The fault matrix, one test per row: error class, retry and effect of every case, on a fake stream
 * with a fake clock. Then calls that break at every byte. With --write FILE this program writes its
 * part of tests/FAULTS.md; without, it compares it. */
#include "unit.h"

#include "../vectors/http.h"
#include "../vectors/json.h"
#include "faults/page.h"
#include "emrs_config.h"
#include "support/secrets.h"

static stage s;

static fault_tally tallies[FAULT_ROW_COUNT + 1];
static unsigned cut_count, done_count;

static void count_triple(int row, int code, fault_retry retry, emrs_effect effect)
{
    page_count(&tallies[row], code, retry, effect);
}

/* A call of a case */

static void check_run(const fault_case *c, const char *when, int code, emrs_effect effect,
                      unsigned attempt_count)
{
    if (s.breach != NULL)
        fail_msg("row %d, %s, %s: not true: %s", c->row, c->name, when, s.breach);
    if (s.code != code || s.b.result.effect != effect || s.b.result.attempt_count != attempt_count
        || s.attempt_count > attempt_count)
        fail_msg("row %d, %s, %s: code %d, effect %d, %u attempts; not %d, %d, %u", c->row, c->name,
                 when, s.code, (int)s.b.result.effect, s.b.result.attempt_count, code, (int)effect,
                 attempt_count);
}

static void run(const fault_case *c, unsigned attempt_count, const fault_peer *then)
{
    stage_init(&s);
    s.b.config.attempt_count = (uint8_t)attempt_count;
    if (c->prepare != NULL)
        c->prepare(&s);
    s.peers[0] = &c->peer;
    s.peers[1] = s.peers[2] = then;
    (void)stage_run(&s);
}

/* Runs the case with one attempt, with a good second attempt, and with the fault in each of
 * three. */
static void check_case(const fault_case *c)
{
    static const unsigned most[] = {1, 1, 3, 2, 2, 1};
    run(c, 1, &stage_good);
    unsigned once = s.b.result.attempt_count;
    check_run(c, "alone", c->code, c->effect, once);
    assert_true(once == 1 || (once == 0 && c->effect == EMRS_EFFECT_NONE));
    assert_int_equal(s.b.result.field, c->field);
    bool is_answered = s.b.result.status > 0; /* then the result does not report the stream's end */
    if (c->peer.fault.news == EMRS_NEWS_FAILED && c->code < 0 && s.attempt_count > 0
        && !is_answered)
        assert_int_equal(s.b.result.reason, c->peer.fault.detail);
    run(c, 3, &stage_good);
    if (most[c->retry] > 1)
        check_run(c, "then a good attempt", EMRS_DONE, EMRS_EFFECT_ACCEPTED, 2);
    else
        check_run(c, "before a good attempt", c->code, c->effect, once);
    run(c, 3, &c->peer);
    check_run(c, "every time", c->code, c->effect, once == 0 ? 0 : most[c->retry]);
    count_triple(c->row, c->code, c->retry, c->effect);
}

/* The vectors of a row that are refused. Each is the answer to a call. */

static fault_retry retry_of(int code, const http_vector *v)
{
    return code == EMRS_E_TOO_BIG || v->row == 73 || (v->row == 79 && strstr(v->name, "gzip"))
               ? FAULT_NEVER
               : FAULT_YES;
}

static void check_http_vectors(int row)
{
    static const emrs_news ends[] = {[HTTP_OPEN] = EMRS_NEWS_PENDING,
                                     [HTTP_CLOSED] = EMRS_NEWS_CLOSED,
                                     [HTTP_CUT] = EMRS_NEWS_CUT};
    for (size_t i = 0; i < http_vector_count; i++) {
        const http_vector *v = &http_vectors[i];
        if (v->row != row || v->code >= 0)
            continue;
        fault_case c = {(uint8_t)row,
                        v->name,
                        NULL,
                        {.at = EMRS_PHASE_ANSWER},
                        v->code,
                        retry_of(v->code, v),
                        EMRS_EFFECT_UNKNOWN,
                        EMRS_FIELD_NONE};
        c.peer.fault.news = ends[v->end];
        c.peer.prefix = v->prefix;
        c.peer.unit = v->unit;
        c.peer.unit_count = v->unit_count;
        c.peer.suffix = v->suffix;
        check_case(&c);
    }
}

static bool is_no_id(const json_vector *v)
{
    for (size_t i = 0; i < COUNT_OF(v->values); i++)
        if (v->values[i].kind > EMRS_VALUE_STRING)
            return true;
    return false;
}

static void check_json_vectors(int row)
{
    for (size_t i = 0; i < json_vector_count; i++) {
        const json_vector *v = &json_vectors[i];
        bool is_refused = v->verdict == JSON_REFUSED || is_no_id(v);
        if (v->fault != row || !is_refused)
            continue;
        char head[64];
        int size = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                            json_vector_size(v));
        fault_case c = {(uint8_t)row,
                        v->name,
                        NULL,
                        {.at = EMRS_PHASE_ANSWER},
                        EMRS_E_JSON,
                        FAULT_YES,
                        EMRS_EFFECT_UNKNOWN,
                        EMRS_FIELD_NONE};
        c.peer.head = (emrs_text){head, (size_t)size};
        c.peer.prefix = v->prefix;
        c.peer.unit = v->unit;
        c.peer.unit_count = v->count;
        c.peer.suffix = v->suffix;
        check_case(&c);
    }
}

/* Rows that need more than one call, or different attempts */

static void check_outcome(int row, int code, emrs_effect effect, unsigned attempt_count)
{
    const fault_case c = {.row = (uint8_t)row, .name = "several calls or attempts"};
    check_run(&c, "at the end", code, effect, attempt_count);
}

static emrs_call second;
static emrs_result second_result;

static void start_second(stage *now)
{
    emrs_call *call = &now->b.call;
    bool is_refused =
        emrs_call_start(&second, &now->b.client, now->operation, &now->b.input, NULL,
                        &second_result)
            == EMRS_E_STATE
        && emrs_call_start(call, &now->b.client, now->operation, &now->b.input, NULL,
                           &now->b.result)
               == EMRS_E_STATE
        && emrs_step(&second, now->b.now, emrs_report_of(EMRS_NEWS_STOP), &now->b.move)
               == EMRS_E_STATE;
    now->code = is_refused
                    ? emrs_step(call, now->b.now, emrs_report_of(EMRS_NEWS_PENDING), &now->b.move)
                    : EMRS_E_STATE;
}

static void row_busy(void)
{
    stage_init(&s);
    s.in_flight = start_second;
    stage_run(&s);
    assert_int_equal(second.code, EMRS_E_STATE);
    check_outcome(13, EMRS_DONE, EMRS_EFFECT_ACCEPTED, 1); /* the first call is not disturbed */
    count_triple(13, EMRS_E_STATE, FAULT_NEVER, EMRS_EFFECT_NONE);
}

static void row_not_ready(void)
{
    stage_init(&s);
    s.no_client = true;
    stage_run(&s);
    check_outcome(14, EMRS_E_STATE, EMRS_EFFECT_NONE, 0);
    count_triple(14, EMRS_E_STATE, FAULT_NEVER, EMRS_EFFECT_NONE);
}

static const fault_peer unavailable = {
    .at = EMRS_PHASE_ANSWER,
    .prefix =
        EMRS_TEXT_INIT("HTTP/1.1 503 x\r\nx-amz-retry-after: 5000\r\nContent-Length: 2\r\n\r\n{}")};
static const fault_peer expired = {
    .at = EMRS_PHASE_ANSWER,
    .prefix = EMRS_TEXT_INIT("HTTP/1.1 403 x\r\nx-amzn-errortype: ExpiredTokenException\r\n"
                             "Content-Length: 2\r\n\r\n{}")};
static const fault_peer ended = {
    .at = EMRS_PHASE_ANSWER,
    .prefix = EMRS_TEXT_INIT("HTTP/1.1 400 x\r\nx-amzn-errortype: ValidationException\r\n"
                             "Content-Length: 2\r\n\r\n{}")};
static const fault_peer silent = {.at = EMRS_PHASE_ANSWER};
static const fault_peer cut = {.at = EMRS_PHASE_ANSWER, .fault = {.news = EMRS_NEWS_CUT}};
static const fault_peer nobody = {
    .at = EMRS_PHASE_TCP, .fault = {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_REFUSED}};

static void row_stopped(void)
{
    static const struct {
        int stop_in;
        const fault_peer *peer;
        emrs_effect effect;
    } rows[] = {{EMRS_MOVE_WAIT, &unavailable, EMRS_EFFECT_UNKNOWN},
                {EMRS_MOVE_CLOSE, &cut, EMRS_EFFECT_UNKNOWN},
                {EMRS_MOVE_CLOSE, &nobody, EMRS_EFFECT_NONE},
                {EMRS_MOVE_CREDENTIALS, &expired, EMRS_EFFECT_REFUSED}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        stage_init(&s);
        s.b.config.attempt_count = 3;
        s.peers[0] = rows[i].peer;
        s.stop_in = rows[i].stop_in;
        stage_run(&s);
        check_outcome(33, EMRS_E_STOPPED, rows[i].effect, 1);
        count_triple(33, EMRS_E_STOPPED, FAULT_NEVER, rows[i].effect);
    }
}

/* A good call that leaves its stream open, then a call on that stream with the fault of `peer`. */
static void on_kept_stream(const fault_peer *peer, const fault_peer *then)
{
    stage_init(&s);
    s.b.config.keep_stream = true;
    stage_run(&s);
    check_outcome(57, EMRS_DONE, EMRS_EFFECT_ACCEPTED, 1);
    assert_true(s.open);
    s.b.now.ms += 100;
    s.peers[0] = peer;
    s.peers[1] = s.peers[2] = then;
    stage_run(&s);
}

static void row_dead_stream(void)
{
    static const fault_peer dead[] = {
        {.at = EMRS_PHASE_ANSWER, .fault = {.news = EMRS_NEWS_CUT}},
        {.at = EMRS_PHASE_ANSWER, .fault = {.news = EMRS_NEWS_CLOSED}},
        {.at = EMRS_PHASE_ANSWER, .fault = {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET}},
        {.at = EMRS_PHASE_SEND, .fault = {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_TLS}},
        {.at = EMRS_PHASE_SEND, .fault = {.news = EMRS_NEWS_CUT}},
        {.at = EMRS_PHASE_SEND, .fault = {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET}}};
    for (size_t i = 0; i < COUNT_OF(dead); i++) {
        on_kept_stream(&dead[i], &stage_good);
        assert_int_equal(s.attempt_count, 2); /* the peer saw two attempts, of which one counts */
        s.attempt_count = 1;
        check_outcome(57, EMRS_DONE, EMRS_EFFECT_ACCEPTED, 1);
        assert_int_equal(s.wait_count, 0);
        on_kept_stream(&dead[i], &dead[i]); /* a new stream that fails counts as an attempt */
        assert_true(s.code < 0);
        s.attempt_count = 1;
        check_outcome(57, s.code, s.whole_count > 0 ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE, 1);
        count_triple(57, s.code, FAULT_FREE, s.b.result.effect);
    }
    on_kept_stream(&silent, &stage_good);
    check_outcome(57, EMRS_E_TIMEOUT, EMRS_EFFECT_UNKNOWN, 1);
    count_triple(57, EMRS_E_TIMEOUT, FAULT_NEVER, EMRS_EFFECT_UNKNOWN);
}

static void run_three(const fault_peer *first, const fault_peer *next, const fault_peer *last)
{
    stage_init(&s);
    s.b.config.attempt_count = 3;
    s.peers[0] = first;
    s.peers[1] = next;
    s.peers[2] = last;
    stage_run(&s);
}

static void row_probably_ended(void)
{
    run_three(&cut, &ended, &stage_good);
    check_outcome(106, EMRS_E_SERVICE, EMRS_EFFECT_UNKNOWN, 2);
    assert_true(s.b.result.probably_ended);
    count_triple(106, EMRS_E_SERVICE, FAULT_NEVER, EMRS_EFFECT_UNKNOWN);
    run_three(&nobody, &ended, &stage_good); /* the first was not received */
    check_outcome(106, EMRS_E_SERVICE, EMRS_EFFECT_REFUSED, 2);
    assert_false(s.b.result.probably_ended);
    count_triple(106, EMRS_E_SERVICE, FAULT_NEVER, EMRS_EFFECT_REFUSED);
}

static void row_used_up(void)
{
    static const struct {
        const fault_peer *peers[3];
        int code;
        emrs_effect effect;
    } rows[] = {{{&nobody, &nobody, &nobody}, EMRS_E_CONNECT, EMRS_EFFECT_NONE},
                {{&cut, &nobody, &nobody}, EMRS_E_CONNECT, EMRS_EFFECT_UNKNOWN},
                {{&nobody, &cut, &nobody}, EMRS_E_CONNECT, EMRS_EFFECT_UNKNOWN},
                {{&nobody, &nobody, &unavailable}, EMRS_E_SERVICE, EMRS_EFFECT_UNKNOWN},
                {{&silent, &silent, &silent}, EMRS_E_TIMEOUT, EMRS_EFFECT_UNKNOWN}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        run_three(rows[i].peers[0], rows[i].peers[1], rows[i].peers[2]);
        check_outcome(108, rows[i].code, rows[i].effect, 3);
        count_triple(108, rows[i].code, FAULT_NEVER, rows[i].effect);
    }
}

static void row_power_cut(void)
{
    static const fault_peer *const second_time[] = {&stage_good, &ended};
    for (size_t i = 0; i < COUNT_OF(second_time); i++) {
        run_three(&cut, &cut, &cut); /* the device remembers nothing of it */
        stage_init(&s);
        s.peers[0] = second_time[i];
        stage_run(&s);
        check_outcome(109, i == 0 ? EMRS_DONE : EMRS_E_SERVICE,
                      i == 0 ? EMRS_EFFECT_ACCEPTED : EMRS_EFFECT_REFUSED, 1);
        count_triple(109, s.code, i == 0 ? FAULT_NONE : FAULT_NEVER, s.b.result.effect);
    }
}

/* The peer closes the stream after each answer, without a Connection header. */
static const fault_peer busy = {
    .at = EMRS_PHASE_ANSWER,
    .prefix = EMRS_TEXT_INIT("HTTP/1.1 429 x\r\nx-amzn-errortype: ThrottlingException\r\n"
                             "Content-Length: 2\r\n\r\n{}")};

static void row_peer_that_closes(void)
{
    static const fault_peer *const last[] = {&stage_good, &busy, &ended};
    for (size_t i = 0; i < COUNT_OF(last); i++) {
        stage_init(&s);
        s.b.config.attempt_count = 3;
        const fault_peer *const peers[] = {&busy, &cut, &busy, &cut, last[i]};
        memcpy(s.peers, peers, sizeof peers);
        stage_run(&s);
        assert_int_equal(s.attempt_count, 5); /* the peer saw five attempts, of which three count */
        s.attempt_count = 3;
        check_outcome(110,
                      i == 0   ? EMRS_DONE
                      : i == 1 ? EMRS_E_THROTTLED
                               : EMRS_E_SERVICE,
                      i == 0 ? EMRS_EFFECT_ACCEPTED : EMRS_EFFECT_UNKNOWN, 3);
        assert_int_equal(s.wait_count, 2);
        count_triple(110, s.code, FAULT_FREE, s.b.result.effect);
    }
}

/* Calls emrs_init on the client during its call. */
static void init_again(stage *now)
{
    emrs_result unused;
    assert_int_equal(emrs_init(&now->b.client, &now->b.config, &unused), EMRS_OK);
    now->code =
        emrs_step(&now->b.call, now->b.now, emrs_report_of(EMRS_NEWS_PENDING), &now->b.move);
    now->open = false; /* the port closes it at the next CONNECT */
    now->close_count++;
}

static void row_owners(void)
{
    static const fault_peer others = {
        .at = EMRS_PHASE_SEND, .fault = {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET}};
    on_kept_stream(&others, &stage_good);
    assert_int_equal(s.attempt_count, 2);
    s.attempt_count = 1;
    check_outcome(119, EMRS_DONE, EMRS_EFFECT_ACCEPTED, 1);
    count_triple(119, EMRS_E_CONNECT, FAULT_FREE, EMRS_EFFECT_NONE);
    for (int at = EMRS_MOVE_SEND; at <= EMRS_MOVE_RECEIVE; at++) {
        emrs_effect effect = at == EMRS_MOVE_SEND ? EMRS_EFFECT_NONE : EMRS_EFFECT_UNKNOWN;
        stage_init(&s);
        s.in_flight = init_again;
        s.in_flight_at = at;
        stage_run(&s);
        check_outcome(119, EMRS_E_STATE, effect, 1);
        count_triple(119, EMRS_E_STATE, FAULT_NEVER, effect);
    }
}

static void row_clock_that_is_set(void)
{
    static const fault_peer told = {
        .at = EMRS_PHASE_ANSWER,
        .fault = {.news = EMRS_NEWS_CLOSED},
        .prefix = EMRS_TEXT_INIT("HTTP/1.1 200 OK\r\nDate: Fri, 15 Jan 2027 09:00:00 GMT\r\n"
                                 "Content-Length: 66\r\n\r\n" BENCH_ANSWER_BODY)};
    stage_init(&s);
    s.peers[0] = &told;
    stage_run(&s);
    check_outcome(125, EMRS_DONE, EMRS_EFFECT_ACCEPTED, 1);
    assert_int_equal(s.b.client.offset_s, 3600);
    s.start_utc_s += 3600; /* SNTP has set it */
    s.peers[0] = &stage_good;
    stage_run(&s);
    check_outcome(125, EMRS_DONE, EMRS_EFFECT_ACCEPTED, 1);
    assert_int_equal(s.b.result.clock_offset_s, 0);
    count_triple(125, EMRS_DONE, FAULT_NONE, EMRS_EFFECT_ACCEPTED);
}

static void row_second_start(void)
{
    row_busy();
    assert_int_equal(second_result.code, EMRS_E_STATE);
    assert_int_equal(second_result.effect, EMRS_EFFECT_NONE);
    count_triple(127, EMRS_E_STATE, FAULT_NEVER, EMRS_EFFECT_NONE);
}

static const struct {
    int row;
    void (*check)(void);
} own[] = {{13, row_busy},
           {14, row_not_ready},
           {33, row_stopped},
           {57, row_dead_stream},
           {106, row_probably_ended},
           {108, row_used_up},
           {109, row_power_cut},
           {110, row_peer_that_closes},
           {119, row_owners},
           {125, row_clock_that_is_set},
           {127, row_second_start}};

static void test_row(void **state)
{
    const fault_row *row = *state;
    for (size_t i = 0; i < fault_case_count; i++)
        if (fault_cases[i].row == row->number)
            check_case(&fault_cases[i]);
    check_http_vectors(row->number);
    check_json_vectors(row->number);
    for (size_t i = 0; i < COUNT_OF(own); i++)
        if (own[i].row == row->number)
            own[i].check();
    page_check_elsewhere(row);
    done_count++;
    if (tallies[row->number].triple_count == 0)
        skip();
}

/* Cut at every byte */

static const fault_peer answers[] = {
    {.prefix = EMRS_TEXT_INIT(
         "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 11112222\r\n"
         "Content-Type: application/json\r\nContent-Length: 66\r\n\r\n" BENCH_ANSWER_BODY)},
    {.prefix = EMRS_TEXT_INIT(
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n42\r\n" BENCH_ANSWER_BODY
         "\r\n0\r\nX: y\r\n\r\n")},
    {.prefix =
         EMRS_TEXT_INIT("HTTP/1.1 400 Bad Request\r\nx-amzn-ErrorType: ValidationException\r\n"
                        "Content-Length: 15\r\n\r\n{\"message\":\"m\"}")}};

static const struct {
    const char *name;
    emrs_report report;
    const char *garbage;
} ends[] = {{"a bare end", {.news = EMRS_NEWS_CUT}, NULL},
            {"an authenticated end", {.news = EMRS_NEWS_CLOSED}, NULL},
            {"a reset", {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET}, NULL},
            {"silence", {.news = EMRS_NEWS_PENDING}, NULL},
            {"garbage", {.news = EMRS_NEWS_PENDING}, "\xff\0garbage"}};

/* ret: the answer is cut before each byte up to here. Garbage in place of a refusal's body would
 *      change nothing, since the head alone says what was refused. */
static size_t size_to_cut(const fault_peer *answer, size_t how)
{
    const char *body = strstr(answer->prefix.bytes, "\r\n\r\n") + 4;
    bool is_told = ends[how].garbage != NULL && strncmp(answer->prefix.bytes + 9, "4", 1) == 0;
    return is_told ? (size_t)(body - answer->prefix.bytes) : answer->prefix.size;
}

/* With one attempt the call fails, and its effect is UNKNOWN if the last window was given to the
 * port, else NONE. With three attempts the good second one decides. */
static void check_cut(const fault_peer *peer, const char *what, size_t at, const char *end)
{
    for (unsigned attempts = 1; attempts <= 3; attempts += 2) {
        stage_init(&s);
        s.b.config.attempt_count = (uint8_t)attempts;
        s.peers[0] = peer;
        stage_run(&s);
        emrs_effect alone = s.shown ? EMRS_EFFECT_UNKNOWN : EMRS_EFFECT_NONE;
        bool is_good = attempts == 1 ? s.code < 0 && s.b.result.effect == alone
                                     : s.code == EMRS_DONE && s.b.result.attempt_count == 2;
        if (s.breach != NULL || !is_good)
            fail_msg("%s, byte %zu, %s, %u attempts: code %d, effect %d, %s", what, at, end,
                     attempts, s.code, (int)s.b.result.effect,
                     s.breach ? s.breach : "unexpected result");
        cut_count++;
    }
}

static void end_with(fault_peer *peer, size_t how)
{
    peer->fault = ends[how].report;
    if (ends[how].garbage != NULL)
        peer->unit = (emrs_text){ends[how].garbage, 9};
    peer->unit_count = peer->unit.size > 0 ? 40 : 0;
}

static void test_the_answer_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(answers); i++)
        for (size_t how = 0; how < COUNT_OF(ends); how++)
            for (size_t size = 0; size < size_to_cut(&answers[i], how); size++) {
                fault_peer peer = {.at = EMRS_PHASE_ANSWER};
                peer.prefix = (emrs_text){answers[i].prefix.bytes, size};
                end_with(&peer, how);
                check_cut(&peer, "answer", size, ends[how].name);
            }
}

static void test_the_request_cut_at_every_byte(void **state)
{
    (void)state;
    stage_init(&s);
    assert_int_equal(stage_run(&s), EMRS_DONE);
    size_t whole_size = s.taken_size;
    assert_in_range(whole_size, 600, 1000);
    for (size_t how = 0; how < COUNT_OF(ends); how++)
        for (size_t size = 0; size < whole_size; size++) {
            fault_peer peer = {.at = EMRS_PHASE_SEND, .sent_size = size};
            end_with(&peer, how);
            if (ends[how].garbage != NULL) /* the peer sends it, and resets the stream */
                peer.fault = emrs_failed(EMRS_REASON_RESET, 0);
            check_cut(&peer, "request", size, ends[how].name);
        }
}

enum { RUN_SIZE = 8 };

/* Controls: a secret that is left anywhere during a call must be found after it. */

static void leave_on_stack(void *context)
{
    char copy[4096]; /* deep enough that what runs afterwards does not overwrite it */
    void *(*volatile leave)(void *, const void *, size_t) = memcpy; /* not optimised away */
    (void)context;
    (void)leave(copy, secrets_key.bytes, RUN_SIZE);
}

static void leave_below(stage *now)
{
    (void)now;
    secrets_run(leave_on_stack, NULL);
}

static void leave_in_work(stage *now)
{
    memcpy((char *)now->b.config.work + EMRS_KEPT_SIZE - RUN_SIZE, secrets_key.bytes + 9, RUN_SIZE);
}

static void leave_in_client(stage *now)
{
    memcpy(now->b.client.host + 100, secrets_token.bytes, RUN_SIZE);
}

static void leave_in_key(stage *now)
{
    memcpy(&now->b.client.key.derived, secrets_key.bytes, RUN_SIZE);
}

static void leave_in_call(stage *now)
{
    memcpy(now->b.call.response.part + 24, secrets_token.bytes + 20, RUN_SIZE);
}

static void test_what_is_left_is_found(void **state)
{
    static const struct {
        void (*leave)(stage *s);
        const char *breach;
    } rows[] = {{leave_below, "no secret is left on the stack"},
                {leave_in_work, "no secret is left in the work buffer"},
                {leave_in_client, "the client has no secret except its signing key"},
                {leave_in_key, "the client has no secret except its signing key"},
                {leave_in_call, "no secret is left in the call"}};
    unsigned look_count = stage_look_count;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        stage_init(&s);
        s.in_flight = rows[i].leave;
        s.in_flight_at = EMRS_MOVE_RECEIVE;
        stage_run(&s);
        assert_non_null(s.breach);
        assert_string_equal(s.breach, rows[i].breach);
    }
    stage_look_count = look_count; /* these searches are not part of the matrix */
}

/* The file */

static void say_page(void)
{
    unsigned triple_count = 0, skip_count = 0;
    for (int i = 1; i <= FAULT_ROW_COUNT; i++) {
        triple_count += tallies[i].triple_count;
        skip_count += tallies[i].triple_count == 0;
    }
    page_say("# The fault matrix\n\n"
             "`make faults` writes this page, and `tests/unit/test_faults.c` compares it with its "
             "own run. Each case is\na call on a fake stream: with one attempt, with a good second "
             "attempt, and with the same fault in all three attempts.\n\n");
    page_number(triple_count);
    page_say(" triples of error class, retry and effect are asserted in ");
    page_number(FAULT_ROW_COUNT - skip_count);
    page_say(" rows; ");
    page_number(skip_count);
    page_say(" rows are skipped. ");
    page_number(cut_count);
    page_say(" more\ncalls are cut after each byte of request and answer, by a bare end, an "
             "authenticated end, a reset, silence, or garbage:\nwith one attempt, and with a good "
             "second attempt.\n\n"
             "After every call these are checked: it ended by its deadline, the end is final, no "
             "window is left, each stream was\nclosed once, nothing was written after the work "
             "buffer, and no control byte of the peer was passed on. No 8 consecutive\nbytes of a "
             "secret are in the work buffer, the call, the move, the result, or on the used stack "
             "(searched ");
    page_number(stage_look_count);
    page_say(
        " times,\nafter each step that changed something). The client keeps the signing key, "
        "and nothing after emrs_forget. The secrets are\nthe secret access key, the session "
        "token, the four derived keys, and for each HMAC key its two pads and its complete\n"
        "midstates.\n\n"
        "The effect is that of a call of one attempt. \"Elsewhere\" names other tests of the row, "
        "on a port or with real peers too.\nA note says what may be unexpected, and why.\n\n");
    page_head();
    for (size_t i = 0; i < FAULT_ROW_COUNT; i++)
        page_row(&fault_rows[i], &tallies[fault_rows[i].number]);
}

static void test_the_file_says_what_this_run_says(void **state)
{
    (void)state;
    assert_int_equal(done_count, FAULT_ROW_COUNT); /* every row passed */
    say_page();
    page_settle(PAGE_CALLS);
}

/* At the first call of a library's function the loader leaves the content of registers on the
 * stack. So each such function is called once before the tests (test_secrets.c). */
static int bind_libraries(void **state)
{
    (void)state;
    stage_init(&s);
    stage_run(&s);
    return 0;
}

int main(int count, char **words)
{
    static struct CMUnitTest tests[FAULT_ROW_COUNT + 4];
    static char names[FAULT_ROW_COUNT][128];
    page_write_to = count == 3 && strcmp(words[1], "--write") == 0 ? words[2] : NULL;
    for (size_t i = 0; i < FAULT_ROW_COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "row %d: %s", fault_rows[i].number,
                       fault_rows[i].name);
        tests[i] = (struct CMUnitTest){names[i], test_row, NULL, NULL, (void *)&fault_rows[i]};
    }
    tests[FAULT_ROW_COUNT] = (struct CMUnitTest)cmocka_unit_test(test_the_answer_cut_at_every_byte);
    tests[FAULT_ROW_COUNT + 1] =
        (struct CMUnitTest)cmocka_unit_test(test_the_request_cut_at_every_byte);
    tests[FAULT_ROW_COUNT + 2] = (struct CMUnitTest)cmocka_unit_test(test_what_is_left_is_found);
    tests[FAULT_ROW_COUNT + 3] =
        (struct CMUnitTest)cmocka_unit_test(test_the_file_says_what_this_run_says);
    return cmocka_run_group_tests(tests, bind_libraries, NULL);
}
