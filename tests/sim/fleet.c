/* SPDX-License-Identifier: MIT */
/* Ten thousand devices cancel at the same moment, and share one quota. The real core runs in
 * simulated time, in one process. The result is compared with AWS's standard mode of three
 * attempts.
 * usage: fleet [SVG [SEED]] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emrs.h"
#include "emrs_port.h"
#include "service.h"

enum {
    DEVICE_COUNT = 10000,
    RATE_MS = 1000, /* Amazon EMR Serverless endpoints and quotas, CancelJobRun: 1/s, burst 25 */
    BURST = 25,
    TIMEOUT_MS = 86400000,
    LATENCY_MS = 100,
    BIN_MS = 60000,
    BIN_COUNT = TIMEOUT_MS / BIN_MS
};
#define BEST_MS ((uint64_t)(DEVICE_COUNT - BURST) * RATE_MS)

typedef struct {
    uint64_t at_ms; /* when it is stepped next */
    emrs_client client;
    emrs_call call;
    emrs_cancel_job_run_input input;
    emrs_result result;
    emrs_report report;
    emrs_move move;
    int what;
    service_reader reader;
    service_answer answer;
    size_t answer_at;
    char work[EMRS_WORK_SIZE];
} device;

typedef struct {
    const char *name;
    bool persistent;
    uint64_t accepted_count, refused_count, done_ms;
    unsigned gave_up_count;
    uint32_t accepted[BIN_COUNT], refused[BIN_COUNT];
} outcome;

static struct {
    chance chance;
    service service;
    emrs_credentials credentials;
    char key_id[24], secret[SERVICE_SECRET_SIZE + 1], token[64];
    device *heap[DEVICE_COUNT];
    unsigned count;
    uint32_t start_s;
} fleet;
static device devices[DEVICE_COUNT];

/* A heap: the device that is stepped next is the first */

static void sink(unsigned at)
{
    device **heap = fleet.heap, *it = heap[at];
    for (unsigned child; (child = 2u * at + 1u) < fleet.count; at = child) {
        if (child + 1u < fleet.count && heap[child + 1u]->at_ms < heap[child]->at_ms)
            child++;
        if (heap[child]->at_ms >= it->at_ms)
            break;
        heap[at] = heap[child];
    }
    heap[at] = it;
}

/* The port of a device */

static uint64_t delay(void)
{
    return LATENCY_MS / 2 + chance_below(&fleet.chance, LATENCY_MS);
}

static void deliver(device *d, outcome *o)
{
    uint64_t refused = fleet.service.throttled_count, accepted = fleet.service.accepted_count;
    uint64_t bin = d->at_ms / BIN_MS < BIN_COUNT ? d->at_ms / BIN_MS : BIN_COUNT - 1;
    uint32_t utc_s = fleet.start_s + (uint32_t)(d->at_ms / 1000u);
    d->answer_at = 0;
    service_take(&fleet.service, &d->reader, d->move.send, d->move.size, d->at_ms, utc_s,
                 &d->answer);
    o->refused[bin] += (uint32_t)(fleet.service.throttled_count - refused);
    o->accepted[bin] += (uint32_t)(fleet.service.accepted_count - accepted);
    if (fleet.service.accepted_count > accepted)
        o->done_ms = d->at_ms;
}

static emrs_report receive(device *d)
{
    size_t left = d->answer.size - d->answer_at, size = left < d->move.size ? left : d->move.size;
    if (left == 0)
        return emrs_report_of(d->answer.end == END_CLOSED ? EMRS_NEWS_CLOSED : EMRS_NEWS_CUT);
    memcpy(d->move.receive, d->answer.bytes + d->answer_at, size);
    d->answer_at += size;
    return emrs_moved(EMRS_NEWS_RECEIVED, size);
}

static void act(device *d, outcome *o)
{
    uint64_t now_ms = d->at_ms;
    switch (d->what) {
    case EMRS_MOVE_CONNECT:
        d->at_ms += 3u * delay();
        d->report = emrs_connected(EMRS_PEER_VERIFIED);
        break;
    case EMRS_MOVE_SEND:
        deliver(d, o);
        d->report = emrs_moved(EMRS_NEWS_SENT, d->move.size);
        break;
    case EMRS_MOVE_RECEIVE:
        d->at_ms += d->answer_at == 0 ? delay() : 0;
        d->report = receive(d);
        break;
    case EMRS_MOVE_CLOSE:
        d->report = emrs_report_of(EMRS_NEWS_CLOSED);
        break;
    default:
        d->at_ms += d->move.until_ms - (uint32_t)now_ms;
        d->report = emrs_report_of(EMRS_NEWS_PENDING);
        break;
    }
}

static void turn(device *d, outcome *o)
{
    emrs_now now = {.ms = (uint32_t)d->at_ms,
                    .utc_s = fleet.start_s + (uint32_t)(d->at_ms / 1000u),
                    .random = (uint32_t)chance_next(&fleet.chance)};
    d->what = emrs_step(&d->call, now, d->report, &d->move);
    if (d->what > EMRS_DONE) {
        act(d, o);
        return;
    }
    o->gave_up_count += d->what < 0;
    fleet.heap[0] = fleet.heap[--fleet.count];
}

/* A fleet */

static void begin_device(device *d, bool persistent)
{
    emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                          .credentials = &fleet.credentials,
                          .work = d->work,
                          .work_size = sizeof d->work,
                          .timeout_ms = TIMEOUT_MS,
                          .persistent = persistent};
    const char *id = fleet.service.runs[0].id;
    memset(d, 0, sizeof *d);
    d->input = (emrs_cancel_job_run_input){
        .application_id = {fleet.service.application_id, strlen(fleet.service.application_id)},
        .job_run_id = {id, strlen(id)}};
    if (emrs_init(&d->client, &config, &d->result) != EMRS_OK
        || emrs_cancel_job_run_start(&d->call, &d->client, &d->input, &d->result) != EMRS_OK)
        exit(2);
    fleet.heap[fleet.count++] = d;
}

static void run(outcome *o, uint64_t seed)
{
    memset(&fleet, 0, sizeof fleet);
    fleet.chance.state = seed;
    fleet.start_s = EMRS_BUILD_TIME_S + 86400u;
    service_init(&fleet.service, &fleet.chance);
    fleet.service.rate_ms = RATE_MS;
    fleet.service.tokens = fleet.service.burst = BURST;
    service_credentials(0, fleet.key_id, fleet.secret, fleet.token);
    fleet.credentials = (emrs_credentials){{fleet.key_id, strlen(fleet.key_id)},
                                           {fleet.secret, strlen(fleet.secret)},
                                           {fleet.token, strlen(fleet.token)},
                                           0,
                                           0};
    for (unsigned i = 0; i < DEVICE_COUNT; i++)
        begin_device(&devices[i], o->persistent);
    while (fleet.count > 0) {
        turn(fleet.heap[0], o);
        if (fleet.count > 0)
            sink(0);
    }
    o->accepted_count = fleet.service.accepted_count;
    o->refused_count = fleet.service.throttled_count;
}

static double refused_each(const outcome *o)
{
    return (double)o->refused_count / (double)(o->accepted_count > 0 ? o->accepted_count : 1);
}

/* The picture: requests per minute over time, on a logarithmic scale */

enum { LEFT = 70, TOP = 60, WIDTH = 700, HEIGHT = 300, SPAN_MS = 12000000, DECADE_COUNT = 5 };

static int x_of(uint64_t ms)
{
    return LEFT + (int)(ms * WIDTH / SPAN_MS);
}

/* A hundred times log10, without libm. 0 and 1 are on the axis. */
static int y_of(uint32_t count)
{
    double value = count, step = 10.0;
    int hundredths = 0;
    for (; value >= 10.0; value /= step)
        hundredths += 100;
    while (value > 1.0233) { /* 10 to the 1/100 */
        value /= 1.0232929922807541;
        hundredths++;
    }
    return TOP + HEIGHT - hundredths * HEIGHT / (100 * DECADE_COUNT);
}

static void draw_curve(FILE *to, const uint32_t counts[], uint64_t end_ms, const char *color)
{
    fprintf(to, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", color);
    for (uint64_t at = 0; at * BIN_MS < end_ms; at++)
        fprintf(to, "%d,%d%s", x_of(at * BIN_MS + BIN_MS / 2), y_of(counts[at]),
                at % 12 == 11 ? "\n" : " ");
    fprintf(to, "\"/>\n");
}

static void draw_words(FILE *to, int x, int y, const char *anchor, const char *words)
{
    fprintf(to, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, words);
}

static void draw_axes(FILE *to)
{
    char words[24];
    uint32_t count = 1;
    for (int decade = 0; decade <= DECADE_COUNT; decade++, count *= 10u) {
        fprintf(to, "<path stroke=\"#ddd\" d=\"M%d %dh%d\"/>\n", LEFT, y_of(count), WIDTH);
        snprintf(words, sizeof words, "%u", (unsigned)count);
        draw_words(to, LEFT - 8, y_of(count) + 4, "end", words);
    }
    for (unsigned s = 0; s <= SPAN_MS / 1000; s += 2000) {
        snprintf(words, sizeof words, "%u s", s);
        draw_words(to, x_of(s * 1000u), TOP + HEIGHT + 20, "middle", words);
    }
}

static void draw(FILE *to, const outcome *persistent, const outcome *standard)
{
    char words[160];
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%%\" height=\"100%%\" "
            "fill=\"#fff\"/>\n",
            LEFT + WIDTH + 30, TOP + HEIGHT + 60);
    snprintf(words, sizeof words, "%u devices cancel at once; the quota is 1 per second, burst %u",
             DEVICE_COUNT, BURST);
    draw_words(to, LEFT, 24, "start", words);
    draw_words(to, LEFT, 44, "start", "requests per minute, persistent mode:");
    fprintf(to, "<g font-weight=\"bold\"><text x=\"300\" y=\"44\" fill=\"#c33\">refused</text>"
                "<text x=\"360\" y=\"44\" fill=\"#282\">accepted</text></g>\n");
    draw_axes(to);
    fprintf(to, "<path stroke=\"#888\" stroke-dasharray=\"4\" d=\"M%d %dv%d\"/>\n", x_of(BEST_MS),
            TOP, HEIGHT);
    draw_words(to, x_of(BEST_MS) - 6, TOP + 14, "end", "the time that the quota needs");
    draw_curve(to, persistent->refused, persistent->done_ms, "#c33");
    draw_curve(to, persistent->accepted, persistent->done_ms, "#282");
    snprintf(words, sizeof words,
             "all done after %llu s, %.1f refused per success; "
             "standard mode, 3 attempts: %llu done, %u gave up",
             (unsigned long long)persistent->done_ms / 1000u, refused_each(persistent),
             (unsigned long long)standard->accepted_count, standard->gave_up_count);
    draw_words(to, LEFT, TOP + HEIGHT + 45, "start", words);
    fprintf(to, "</svg>\n");
}

static void say(const outcome *o)
{
    printf("# %s: %llu of %u done, %u gave up, %llu requests refused; the last after %llu s\n",
           o->name, (unsigned long long)o->accepted_count, DEVICE_COUNT, o->gave_up_count,
           (unsigned long long)o->refused_count, (unsigned long long)o->done_ms / 1000u);
}

static bool verdict(unsigned number, bool holds, const char *what, double figure)
{
    printf("%sok %u - fleet: %s: %.3f\n", holds ? "" : "not ", number, what, figure);
    return holds;
}

int main(int count, char *words[])
{
    static outcome outcomes[] = {{.name = "persistent mode", .persistent = true},
                                 {.name = "standard mode, 3 attempts"}};
    const outcome *o = &outcomes[0];
    FILE *to = count > 1 ? fopen(words[1], "w") : NULL;
    uint64_t seed = count > 2 ? strtoull(words[2], NULL, 10) : 1;
    for (size_t i = 0; i < 2; i++) {
        run(&outcomes[i], seed);
        say(&outcomes[i]);
    }
    if (to != NULL) {
        draw(to, o, &outcomes[1]);
        fclose(to);
    }
    double time = (double)o->done_ms / (double)BEST_MS, done = (double)o->accepted_count;
    bool holds = verdict(1, o->accepted_count == DEVICE_COUNT && o->gave_up_count == 0,
                         "every device is done, of 1", done / DEVICE_COUNT);
    holds = verdict(2, time <= 1.1, "at most 1.1 times what the quota needs", time) && holds;
    holds = verdict(3, refused_each(o) <= 20, "at most 20 refused per success", refused_each(o))
            && holds;
    printf("1..3\n");
    return !holds;
}
