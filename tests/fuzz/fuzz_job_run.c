/* SPDX-License-Identifier: MIT */
/* A call of GetJobRun. The bytes are the body of a 200. The steering sets the size of the store,
 * the number of tags, and the pieces of the body. Checks that the effect is NONE, that nothing is
 * written outside of the store, and that without DONE nothing of a body is left in the output. With
 * DONE libjansson reads the same values: texts, of which some may be cut, and times to a
 * microsecond. */
#include "fuzz.h"

#include <jansson.h>

#include "clock.h"
#include "emrs_job_run.h"

#define APPLICATION_ID "00fabcdefg123456"
#define JOB_RUN_ID "00fhijklmn789012"
enum { TAG_COUNT = 3, DATE_SIZE_MAX = 40 };

static const emrs_credentials credentials = {EMRS_TEXT_INIT("AKIDEXAMPLE"),
                                             EMRS_TEXT_INIT("secret"), EMRS_TEXT_INIT(""), 0, 0};
static const emrs_text keys[TAG_COUNT] = {EMRS_TEXT_INIT("team"), EMRS_TEXT_INIT("n\xc3\xa9"),
                                          EMRS_TEXT_INIT("name")};

typedef struct {
    fuzz_input input;
    emrs_text head, body; /* what is left of the answer */
    emrs_client client;
    emrs_result result;
    emrs_get_job_run_input look;
    emrs_job_run run;
    char work[EMRS_WORK_SIZE];
} world;

/* The port */

static size_t give(emrs_text *from, const emrs_move *move, size_t size)
{
    size = size < move->size ? size : move->size;
    size = size < from->size ? size : from->size;
    memcpy(move->receive, from->bytes, size);
    *from = emrs_text_from(*from, size);
    return size;
}

static emrs_report report_of(world *w, int what, const emrs_move *move)
{
    size_t piece = fuzz_has_steering(&w->input) ? fuzz_next(&w->input) + 1u : SIZE_MAX;
    switch (what) {
    case EMRS_MOVE_CONNECT:
        return emrs_connected(EMRS_PEER_VERIFIED);
    case EMRS_MOVE_SEND:
        return emrs_moved(EMRS_NEWS_SENT, move->size);
    case EMRS_MOVE_RECEIVE:
        piece = give(w->head.size > 0 ? &w->head : &w->body, move, piece);
        return piece > 0 ? emrs_moved(EMRS_NEWS_RECEIVED, piece) : emrs_report_of(EMRS_NEWS_CUT);
    default:
        return emrs_report_of(EMRS_NEWS_CLOSED);
    }
}

static int run_call(world *w)
{
    emrs_now now = {.ms = 1, .utc_s = 1800000000u};
    emrs_call call;
    emrs_move move;
    int code = emrs_get_job_run_start(&call, &w->client, &w->look, &w->run, &w->result);
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    CHECK(code == EMRS_OK);
    while ((code = emrs_step(&call, now, report, &move)) > EMRS_DONE) {
        CHECK(w->result.effect == EMRS_EFFECT_NONE);
        report = report_of(w, code, &move);
    }
    return code;
}

/* The comparison with libjansson */

static void check_inside(const world *w, emrs_text text)
{
    const char *store = w->run.store;
    CHECK(text.size == 0
          || (text.bytes >= store && text.size <= w->run.store_size
              && text.bytes + text.size <= store + w->run.store_size));
}

/* A text is complete, or its beginning if it was cut. It is empty if the value is not a string, or
 * is too long. */
static void check_text(const world *w, const json_t *object, emrs_text name, emrs_text text,
                       bool is_cut)
{
    const json_t *value = json_object_getn(object, name.bytes, name.size);
    emrs_text theirs = {json_string_value(value), json_string_length(value)};
    check_inside(w, text);
    CHECK(!is_cut || theirs.size > text.size);
    CHECK(text.size == 0 || (is_cut ? emrs_text_starts(theirs, text) : emrs_text_is(theirs, text)));
    CHECK(text.size > 0 || theirs.size == 0 || is_cut || theirs.size * 6u > 24u);
}

static void check_time(const json_t *object, const char *name, emrs_time time)
{
    const json_t *value = json_object_get(object, name);
    emrs_text text = {json_string_value(value), json_string_length(value)};
    json_int_t whole = json_integer_value(value);
    double ours = time.s + time.us / 1e6, theirs = json_number_value(value);
    CHECK(time.us <= 999999u);
    if (json_is_string(value))
        CHECK(time.s == (text.size > DATE_SIZE_MAX ? 0 : emrs_clock_read_rfc3339(text)));
    else if (json_is_integer(value))
        CHECK(time.us == 0 && time.s == (whole < 0 || whole > UINT32_MAX ? 0 : whole));
    else if (ours > 0) /* else it may have more bytes than are kept, or be out of range */
        CHECK(theirs - ours < 1.1e-6 && ours - theirs < 1.1e-6);
}

static void check_done(const world *w, emrs_text body)
{
    const emrs_job_run *run = &w->run;
    json_t *root = json_loadb(body.bytes, body.size, JSON_ALLOW_NUL, NULL);
    const json_t *job = json_object_get(root, "jobRun");
    const json_t *tags = json_object_get(job, "tags");
    if (root == NULL)
        return; /* libjansson refuses a number too large for a double, and a NUL in a key */
    check_text(w, job, EMRS_TEXT("state"), run->state_name,
               json_string_length(json_object_get(job, "state")) > run->state_name.size);
    CHECK(strcmp(json_string_value(json_object_get(job, "applicationId")), APPLICATION_ID) == 0);
    CHECK(strcmp(json_string_value(json_object_get(job, "jobRunId")), JOB_RUN_ID) == 0);
    check_text(w, job, EMRS_TEXT("stateDetails"), run->state_details, run->state_details_cut);
    check_text(w, job, EMRS_TEXT("name"), run->name, run->name_cut);
    check_text(w, job, EMRS_TEXT("createdBy"), run->created_by, run->created_by_cut);
    check_text(w, job, EMRS_TEXT("mode"), run->mode, false);
    check_time(job, "createdAt", run->created_at);
    check_time(job, "updatedAt", run->updated_at);
    check_time(job, "startedAt", run->started_at);
    check_time(job, "endedAt", run->ended_at);
    for (unsigned i = 0; i < w->look.tag_count; i++) {
        bool is_there = (run->tags_there >> i & 1u) != 0;
        const json_t *tag = json_object_getn(tags, keys[i].bytes, keys[i].size);
        CHECK(!is_there || json_is_string(tag));
        check_text(w, tags, keys[i], run->tags[i], false);
    }
    CHECK(run->tags_there >> w->look.tag_count == 0);
    json_decref(root);
}

static void check_nothing(const world *w)
{
    emrs_job_run none;
    memset(&none, 0, sizeof none);
    none.store = w->run.store;
    none.store_size = w->run.store_size;
    CHECK(memcmp(&none, &w->run, sizeof none) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world w;
    char head[64];
    memset(&w, 0, sizeof w);
    w.input = fuzz_input_of(data, size);
    char *body = fuzz_copy(w.input.bytes);
    w.body = (emrs_text){body, w.input.bytes.size};
    w.head = (emrs_text){head, (size_t)snprintf(head, sizeof head,
                                                "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                                                w.body.size)};
    w.look = (emrs_get_job_run_input){.application_id = EMRS_TEXT(APPLICATION_ID),
                                      .job_run_id = EMRS_TEXT(JOB_RUN_ID),
                                      .tag_keys = keys,
                                      .tag_count = fuzz_next(&w.input) % (TAG_COUNT + 1u)};
    w.run.attempt = w.body.size > 0 ? 7 : 0; /* as if from an earlier answer */
    w.run.store_size = EMRS_JOB_RUN_STORE_SIZE(w.look.tag_count) + fuzz_next(&w.input);
    w.run.store = malloc(w.run.store_size);
    CHECK(w.run.store != NULL);
    emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                          .credentials = &credentials,
                          .work = w.work,
                          .work_size = sizeof w.work,
                          .attempt_count = 1};
    CHECK(emrs_init(&w.client, &config, &w.result) == EMRS_OK);
    int code = run_call(&w);
    CHECK(w.result.code == code && code != EMRS_E_SPACE);
    if (code == EMRS_DONE)
        check_done(&w, (emrs_text){body, w.input.bytes.size});
    else
        check_nothing(&w);
    emrs_forget(&w.client);
    free(w.run.store);
    free(body);
    return 0;
}
