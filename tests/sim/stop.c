/* SPDX-License-Identifier: MIT */
/* The machine of emrs_stop.h in a simulated world, one run per seed: its result is compared with
 * what really happened to the job run.
 * usage: stop [SEED [COUNT [PROCESSES]]]; a COUNT of 1 prints every step of that seed's run */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "emrs_stop.h"
#include "processes.h"

enum { STEP_COUNT_MAX = 400000, LATE_STEP_COUNT_MAX = 12, GUARD_SIZE = 64 };
enum { OUTCOME_COUNT = EMRS_OUTCOME_NOT_SENT + 1, SEEN_COUNT = EMRS_SEEN_GONE + 1 };

typedef struct {
    uint64_t run_count, step_count, look_count, cancel_count, request_count, ms;
    uint64_t outcomes[OUTCOME_COUNT], seen[SEEN_COUNT], effects[EMRS_EFFECT_ACCEPTED + 1];
    uint64_t again_count;      /* runs with more than one CancelJobRun */
    uint64_t unknown_accepted; /* reported as UNKNOWN, and really accepted */
    uint64_t held_over, stopped_count, renewed_count;
} totals;

typedef struct {
    uint64_t seed;
    chance chance;
    service service;
    network network;
    job job;
    totals *totals;
    bool is_told;

    emrs_config config;
    emrs_credentials credentials;
    emrs_client client;
    emrs_stop_config stop_config;
    emrs_tag tag;
    emrs_stop stop;
    emrs_move move;
    int what;
    char work[EMRS_WORK_SIZE + GUARD_SIZE];
    char store[EMRS_STOP_STORE_SIZE(1) + GUARD_SIZE];
    own_source own;

    uint32_t epoch_ms;
    int32_t skew_s;
    bool has_random, is_calm;
    unsigned stop_odds, late_ms;
    service_run *run;
    uint64_t first_end_ms; /* when the machine's own time began */
    uint64_t end_max_ms;   /* it has ended by then */
    unsigned late_step_count, run_step_count;
    bool was_shown, was_accepted; /* the last window of a CancelJobRun; ACCEPTED was reported */
    bool is_open;
} world;

static world w;

#define CHECK(holds, what)                                                                         \
    do {                                                                                           \
        if (!(holds))                                                                              \
            fail(what);                                                                            \
    } while (0)

static void fail(const char *what)
{
    printf("not ok 1 - seed %llu: %s\n# replay: make sim-stop SEED=%llu COUNT=1\n",
           (unsigned long long)w.seed, what, (unsigned long long)w.seed);
    fflush(stdout);
    _exit(1);
}

/* Time */

static uint32_t tick(void)
{
    return (uint32_t)w.network.now_ms + w.epoch_ms;
}

static uint64_t world_of(uint32_t until_ms)
{
    int32_t left_ms = (int32_t)(until_ms - tick());
    return w.network.now_ms + (left_ms > 0 ? (uint32_t)left_ms : 0);
}

static emrs_now now(void)
{
    return (emrs_now){.ms = tick(),
                      .utc_s = network_utc(&w.network) + (uint32_t)w.skew_s,
                      .random = w.has_random ? (uint32_t)chance_next(&w.chance) : 0};
}

/* A run */

static void draw_world(chance *c)
{
    static const unsigned odds[] = {0, 200, 60, 20, 8};
    static const uint32_t slow_ms[] = {200, 2000, 20000, 90000};
    static const int32_t skews_s[] = {0, 0, 0, 1, -200, 3600, -86000};
    service_init(&w.service, c);
    network_init(&w.network, &w.service, NULL);
    w.network.odds = odds[chance_below(c, 5)];
    w.network.slow_ms = slow_ms[chance_below(c, 4)];
    w.network.peer_odds = chance_one_in(c, 32) ? 4 : 0;
    w.network.utc_s = EMRS_BUILD_TIME_S + 100000u + chance_below(c, 1000000000u);
    w.service.lie_odds = odds[chance_below(c, 5)] / 4u;
    w.service.refuse_odds = odds[chance_below(c, 5)] / 2u;
    w.service.earliest_s = EMRS_BUILD_TIME_S;
    w.service.lifetime_s = chance_one_in(c, 3) ? 20 + chance_below(c, 300) : 43200;
    w.own.is_told_expiry = chance_one_in(c, 2);
    w.epoch_ms = chance_one_in(c, 4) ? 0u - chance_below(c, 100000) : (uint32_t)chance_next(c);
    w.skew_s = skews_s[chance_below(c, 7)];
    w.has_random = !chance_one_in(c, 8);
    w.stop_odds = chance_one_in(c, 8) ? 40 : 0;
    w.late_ms = chance_one_in(c, 8) ? 1 + chance_below(c, 20) : 0;
    w.is_calm = chance_one_in(c, 8);
    if (w.is_calm) {
        w.network.odds = w.network.peer_odds = w.service.lie_odds = w.service.refuse_odds = 0;
        w.network.slow_ms = 200;
        w.stop_odds = w.late_ms = 0;
        w.skew_s = 0;
        w.service.lifetime_s = 43200;
    }
}

static void draw_config(chance *c)
{
    static const uint32_t timeouts_ms[] = {0, 0, 0, 400, 3000, 30000, 600000};
    static const uint32_t waits_ms[] = {0, 0, 1, 5000, 60000, 900000};
    w.config =
        (emrs_config){.region = EMRS_TEXT("eu-west-1"),
                      .credentials = &w.credentials,
                      .work = w.work,
                      .work_size = EMRS_WORK_SIZE,
                      .attempt_count = (uint8_t)chance_below(c, 4),
                      .keep_stream = chance_one_in(c, 2),
                      .idle_timeout_ms = chance_one_in(c, 2) ? 0 : 1 + chance_below(c, 30000)};
    w.config.timeout_ms = w.is_calm ? 0 : timeouts_ms[chance_below(c, 7)];
    w.stop_config = (emrs_stop_config){.client = &w.client,
                                       .wait = chance_one_in(c, 2),
                                       .wait_ms = w.is_calm ? 900000 : waits_ms[chance_below(c, 6)],
                                       .store = w.store,
                                       .store_size = sizeof w.store - GUARD_SIZE};
    if (chance_one_in(c, 3))
        w.stop_config.expected_name = EMRS_TEXT("nightly");
    if (chance_one_in(c, 3)) {
        w.tag = (emrs_tag){EMRS_TEXT("team"), EMRS_TEXT("data")};
        w.stop_config.expected_tags = &w.tag;
        w.stop_config.expected_tag_count = 1;
    }
    if (chance_one_in(c, 4)) {
        w.stop_config.input.grace = EMRS_GRACE_SECONDS;
        w.stop_config.input.shutdown_grace_period_s = (int32_t)(15 + chance_below(c, 600));
    }
}

static void begin_run(uint64_t seed)
{
    totals *sum = w.totals;
    bool is_told = w.is_told;
    emrs_result result;
    memset(&w, 0, sizeof w);
    w.totals = sum;
    w.is_told = is_told;
    w.seed = seed;
    w.chance.state = seed;
    draw_world(&w.chance);
    draw_config(&w.chance);
    job_init(&w.job, &w.chance, w.network.now_ms);
    w.service.job = &w.job;
    w.run = &w.service.runs[0];
    w.stop_config.input.application_id =
        (emrs_text){w.service.application_id, strlen(w.service.application_id)};
    w.stop_config.input.job_run_id = (emrs_text){w.run->id, strlen(w.run->id)};
    service_revoke(&w.service);
    own_source_give_newest(&w.own, &w.service, network_utc(&w.network), &w.credentials);
    CHECK(emrs_init(&w.client, &w.config, &result) == EMRS_OK, "the configuration is refused");
    CHECK(emrs_stop_start(&w.stop, &w.stop_config) == EMRS_OK, "the machine does not start");
    w.first_end_ms = UINT64_MAX;
}

/* What really happened, and what the machine reports */

static bool has_guard(void)
{
    return w.stop_config.expected_name.size > 0 || w.stop_config.expected_tag_count > 0;
}

static bool guard_fits(void)
{
    return (w.stop_config.expected_name.size == 0 || strcmp(w.job.name, "nightly") == 0)
           && (w.stop_config.expected_tag_count == 0 || strcmp(w.job.tag, "data") == 0);
}

static unsigned live_said_count(void)
{
    unsigned count = w.job.said[JOB_HOPPING];
    for (job_state state = JOB_SUBMITTED; state <= JOB_RUNNING; state++)
        count += w.job.said[state];
    return count;
}

static void check_effect(void)
{
    const emrs_stop_result *r = &w.stop.result;
    bool accepted = w.run->accepted_count > 0;
    if (r->effect == EMRS_EFFECT_ACCEPTED)
        CHECK(accepted, "ACCEPTED, but the service did not accept");
    if (r->effect == EMRS_EFFECT_NONE || r->effect == EMRS_EFFECT_REFUSED)
        CHECK(!accepted, "NONE or REFUSED, but the service accepted");
    if (r->effect == EMRS_EFFECT_NONE)
        CHECK(!w.was_shown, "NONE, but the last window was shown");
    CHECK(guard_fits() || (!w.was_shown && r->cancel_count == 0),
          "the guard does not match, but a cancellation is sent");
    CHECK(!has_guard() || r->guard == EMRS_GUARD_HOLDS || r->cancel_count == 0,
          "a cancellation is sent before the guard was seen");
    CHECK(r->cancel_count <= EMRS_STOP_CANCEL_COUNT_MAX, "too many cancellations");
}

static void check_seen(void)
{
    const emrs_stop_result *r = &w.stop.result;
    const unsigned *said = w.job.said;
    bool is_over = job_is_over(job_at(&w.job, w.network.now_ms));
    switch (r->seen) {
    case EMRS_SEEN_NOTHING:
        break;
    case EMRS_SEEN_LIVE:
        CHECK(live_said_count() > 0, "LIVE, but no answer said so");
        break;
    case EMRS_SEEN_STOPPING:
        CHECK(said[JOB_CANCELLING] > 0, "CANCELLING, but no answer said so");
        break;
    case EMRS_SEEN_STOPPED:
        CHECK(said[JOB_CANCELLED] > 0 && is_over, "STOPPED, but the job run is not");
        break;
    case EMRS_SEEN_ENDED:
        CHECK(said[JOB_SUCCESS] + said[JOB_FAILED] > 0 && is_over,
              "ENDED, but the job run has not");
        break;
    case EMRS_SEEN_GONE:
        CHECK(said[JOB_UNBORN] > 0 || w.service.refuse_odds > 0, "GONE, but no answer said so");
        break;
    }
    CHECK(r->seen == EMRS_SEEN_NOTHING || r->look_count > 0, "a state was seen without a look");
    CHECK(r->seen_s == 0 || !w.is_calm || r->seen_s <= network_utc(&w.network) + 1u,
          "a state was seen in the future");
}

static void check_outcome(void)
{
    const emrs_stop_result *r = &w.stop.result;
    emrs_outcome outcome = emrs_stop_outcome(r);
    bool accepted = w.run->accepted_count > 0;
    switch (outcome) {
    case EMRS_OUTCOME_OVER:
        CHECK(job_is_over(job_at(&w.job, w.network.now_ms)), "OVER, but the job run is not");
        break;
    case EMRS_OUTCOME_STOPPING:
        CHECK(accepted || w.job.said[JOB_CANCELLING] > 0, "STOPPING, but no client cancelled");
        break;
    case EMRS_OUTCOME_HELD:
        CHECK(!guard_fits(), "HELD, but the guard matches");
        CHECK(!accepted, "HELD, but the service accepted");
        break;
    case EMRS_OUTCOME_REFUSED:
    case EMRS_OUTCOME_NOT_SENT:
        CHECK(!accepted, "REFUSED or NOT_SENT, but the service accepted");
        break;
    case EMRS_OUTCOME_UNKNOWN:
        CHECK(r->effect == EMRS_EFFECT_UNKNOWN, "the outcome is UNKNOWN, the effect is not");
        break;
    }
    if (r->code == EMRS_DONE)
        CHECK(outcome == EMRS_OUTCOME_OVER
                  || (outcome == EMRS_OUTCOME_STOPPING && !w.stop_config.wait),
              "DONE, but the job run is not over");
}

/* In a run without faults the machine finds out everything. */
static void check_calm(void)
{
    const emrs_stop_result *r = &w.stop.result;
    emrs_outcome outcome = emrs_stop_outcome(r);
    if (!w.is_calm)
        return;
    CHECK(outcome != EMRS_OUTCOME_UNKNOWN && r->effect != EMRS_EFFECT_UNKNOWN,
          "UNKNOWN in a run without faults");
    CHECK(guard_fits() || outcome == EMRS_OUTCOME_HELD || r->seen == EMRS_SEEN_GONE,
          "a wrong job run is not held back");
    bool ends = w.job.pace_ms <= 30000 && w.job.said[JOB_UNBORN] == 0 && guard_fits();
    CHECK(!w.stop_config.wait || !ends || outcome != EMRS_OUTCOME_STOPPING || w.job.lag_odds > 0
              || r->code == EMRS_E_TIMEOUT,
          "a wait ends too early");
    CHECK(r->code == EMRS_DONE || r->code == EMRS_E_GUARD || r->code == EMRS_E_SERVICE
              || r->code == EMRS_E_TIMEOUT,
          "an error in a run without faults");
}

/* The time after which the machine must have ended. The guard's look and the first CancelJobRun
 * have the client's timeout each, and then the wait begins. */
static void check_time(void)
{
    uint64_t timeout_ms = w.config.timeout_ms > 0 ? w.config.timeout_ms : 60000u;
    uint64_t wait_ms = w.stop_config.wait ? w.stop_config.wait_ms : timeout_ms;
    if (w.stop_config.wait && wait_ms == 0)
        wait_ms = 180000u
                  + (w.stop_config.input.grace == EMRS_GRACE_SECONDS
                         ? (uint64_t)w.stop_config.input.shutdown_grace_period_s * 1000u
                         : 120000u);
    if (w.network.now_ms > 2u * timeout_ms + wait_ms + 4u + 8u * w.late_ms)
        CHECK(++w.late_step_count <= LATE_STEP_COUNT_MAX, "the machine goes on after its time");
    CHECK(++w.run_step_count < STEP_COUNT_MAX, "the machine never ends");
}

static void check_memory(void)
{
    for (size_t i = 0; i < GUARD_SIZE; i++)
        CHECK(w.work[EMRS_WORK_SIZE + i] == 0 && w.store[sizeof w.store - GUARD_SIZE + i] == 0,
              "a byte after the work buffer or the store has changed");
}

static bool has_text(emrs_text text)
{
    const char *work = w.work, *store = w.store;
    return text.size == 0 || (text.bytes >= work && text.bytes + text.size <= work + EMRS_WORK_SIZE)
           || (text.bytes >= store
               && text.bytes + text.size <= store + sizeof w.store - GUARD_SIZE);
}

static void check_texts(void)
{
    const emrs_stop_result *r = &w.stop.result;
    CHECK(has_text(r->cancel.error_name) && has_text(r->cancel.message)
              && has_text(r->cancel.request_id) && has_text(r->look.error_name)
              && has_text(r->look.message) && has_text(r->look.request_id) && has_text(r->run.name)
              && has_text(r->run.tags[0]) && has_text(r->run.state_name),
          "a text outside of work buffer and store");
    CHECK(r->run.name.size == 0
              || (r->run.name.size == strlen(w.job.name)
                  && memcmp(r->run.name.bytes, w.job.name, r->run.name.size) == 0),
          "another name than the job run's");
}

static void tell(const emrs_report *report)
{
    const emrs_stop_result *r = &w.stop.result;
    printf("# %9llu ms  %-10s -> %3d %-11s until +%-7d effect %d seen %d guard %d cancels %u looks "
           "%u; state %d, accepted %u\n",
           (unsigned long long)w.network.now_ms, news_names[report->news], w.what,
           w.what < 0 ? "" : move_names[w.what], (int)(w.move.until_ms - tick()), r->effect,
           r->seen, r->guard, r->cancel_count, r->look_count, job_at(&w.job, w.network.now_ms),
           w.run->accepted_count);
}

static void step(emrs_report report)
{
    w.what = emrs_stop_step(&w.stop, now(), report, &w.move);
    w.totals->step_count++;
    bool is_cancel =
        w.what == EMRS_MOVE_SEND && w.stop.call.operation == &emrs_operation_cancel_job_run;
    CHECK(!is_cancel || !w.was_accepted, "a cancellation is sent after ACCEPTED");
    w.was_shown = w.was_shown || (is_cancel && !w.move.more);
    w.was_accepted = w.was_accepted || w.stop.result.effect == EMRS_EFFECT_ACCEPTED;
    w.is_open = w.is_open || w.what == EMRS_MOVE_CONNECT;
    if (w.is_told)
        tell(&report);
    if (w.service.fault != NULL)
        fail(w.service.fault);
    CHECK(w.stop.result.code == w.what, "the result's code is not the step's");
    CHECK(w.what <= EMRS_DONE ? w.client.call == NULL : w.client.call == &w.stop.call,
          "the client is not busy before the end, or busy after it");
    CHECK(w.what != EMRS_MOVE_CREDENTIALS || !w.is_open, "CREDENTIALS while a stream is open");
    check_effect();
    check_seen();
    check_time();
    check_memory();
    check_texts();
}

/* The port */

static emrs_report report_of(network_report from)
{
    emrs_report report = device_report(from);
    report.detail = (int)from.detail;
    if (report.news == EMRS_NEWS_CONNECTED)
        report.detail = from.detail == 0 ? EMRS_PEER_VERIFIED : EMRS_PEER_UNVERIFIED;
    else if (report.news == EMRS_NEWS_FAILED)
        report.detail = (int)(from.detail % (EMRS_REASON_PROXY_FAILED + 1u));
    return report;
}

static emrs_report renew(uint64_t until_ms)
{
    uint32_t luck = w.is_calm ? 7 : chance_below(&w.chance, 8);
    if (luck == 0)
        return emrs_failed(EMRS_REASON_NONE, 0);
    if (luck == 1) {
        network_wait(&w.network, until_ms);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
    own_source_give_newest(&w.own, &w.service, network_utc(&w.network), &w.credentials);
    w.totals->renewed_count++;
    return emrs_report_of(EMRS_NEWS_RENEWED);
}

static emrs_report act(void)
{
    network *n = &w.network;
    uint64_t until_ms = world_of(w.move.until_ms);
    if (w.late_ms > 0)
        until_ms += chance_below(&w.chance, w.late_ms);
    switch (w.what) {
    case EMRS_MOVE_CONNECT:
        return report_of(network_connect(n, until_ms));
    case EMRS_MOVE_SEND:
        return report_of(network_send(n, w.move.send, w.move.size, until_ms));
    case EMRS_MOVE_RECEIVE:
        return report_of(network_receive(n, w.move.receive, w.move.size, until_ms));
    case EMRS_MOVE_CREDENTIALS:
        return renew(until_ms);
    case EMRS_MOVE_CLOSE:
        network_close(n);
        w.is_open = false;
        return emrs_report_of(EMRS_NEWS_CLOSED);
    default:
        network_wait(n, until_ms);
        return emrs_report_of(EMRS_NEWS_PENDING);
    }
}

static void end_run(void)
{
    const emrs_stop_result *r = &w.stop.result;
    totals *t = w.totals;
    CHECK(!w.is_open || w.config.keep_stream, "a stream is left open");
    t->ms += w.network.now_ms;
    network_wait(&w.network, w.network.now_ms + 10u * w.network.slow_ms); /* the rest arrives */
    check_effect();
    check_outcome();
    check_calm();
    t->run_count++;
    t->look_count += r->look_count;
    t->cancel_count += r->cancel_count;
    t->request_count += w.service.request_count;
    t->outcomes[emrs_stop_outcome(r)]++;
    t->seen[r->seen]++;
    t->effects[r->effect]++;
    t->again_count += r->cancel_count > 1;
    t->unknown_accepted += r->effect == EMRS_EFFECT_UNKNOWN && w.run->accepted_count > 0;
    t->stopped_count += r->code == EMRS_E_STOPPED;
}

static void run(uint64_t seed)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    begin_run(seed);
    for (;;) {
        step(report);
        if (w.what <= EMRS_DONE)
            break;
        bool stops = w.stop_odds > 0 && chance_one_in(&w.chance, w.stop_odds);
        if (stops && w.what == EMRS_MOVE_CLOSE) {
            network_close(&w.network);
            w.is_open = false;
        }
        report = stops ? emrs_report_of(EMRS_NEWS_STOP) : act();
        if (w.what == EMRS_MOVE_WAIT)
            network_idle(&w.network);
        if (!w.is_calm && chance_one_in(&w.chance, 256))
            service_revoke(&w.service);
    }
    end_run();
}

/* All runs */

#define LONG(number) ((unsigned long long)(number))

static void say(const totals *t, uint64_t seed)
{
    printf("ok 1 - %llu runs from seed %llu: all reports are true\n1..1\n", LONG(t->run_count),
           LONG(seed));
    printf(
        "# %llu CancelJobRun and %llu GetJobRun calls, %llu requests delivered, %llu steps, %.0f "
        "days\n",
        LONG(t->cancel_count), LONG(t->look_count), LONG(t->request_count), LONG(t->step_count),
        (double)t->ms / 86400e3);
    printf("# outcomes: %llu OVER, %llu STOPPING, %llu HELD, %llu REFUSED, %llu UNKNOWN, %llu "
           "NOT_SENT\n",
           LONG(t->outcomes[0]), LONG(t->outcomes[1]), LONG(t->outcomes[2]), LONG(t->outcomes[3]),
           LONG(t->outcomes[4]), LONG(t->outcomes[5]));
    printf("# effects: %llu NONE, %llu REFUSED, %llu UNKNOWN (%llu of these accepted), %llu "
           "ACCEPTED\n",
           LONG(t->effects[0]), LONG(t->effects[1]), LONG(t->effects[2]), LONG(t->unknown_accepted),
           LONG(t->effects[3]));
    printf("# seen: %llu NOTHING, %llu LIVE, %llu STOPPING, %llu STOPPED, %llu ENDED, %llu GONE\n",
           LONG(t->seen[0]), LONG(t->seen[1]), LONG(t->seen[2]), LONG(t->seen[3]), LONG(t->seen[4]),
           LONG(t->seen[5]));
    printf("# %llu runs cancelled again, %llu stopped, %llu renewals of credentials\n",
           LONG(t->again_count), LONG(t->stopped_count), LONG(t->renewed_count));
}

static totals *parts; /* one for each process */

static void work(const simulation *s, unsigned process)
{
    w.totals = &parts[process];
    w.is_told = s->count == 1;
    for (uint64_t at = process; at < s->count; at += s->process_count)
        run(s->seed + at);
}

int main(int count, char *words[])
{
    simulation s = simulation_read(count, words);
    totals sum = {.run_count = 0};
    parts = simulation_shared(s.process_count * sizeof *parts);
    bool succeeds = simulation_run(&s, work);
    for (unsigned i = 0; i < s.process_count; i++)
        for (size_t at = 0; at < sizeof sum / sizeof(uint64_t); at++)
            ((uint64_t *)&sum)[at] += ((const uint64_t *)&parts[i])[at];
    if (succeeds)
        say(&sum, s.seed);
    return !succeeds;
}
