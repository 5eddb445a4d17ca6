/* SPDX-License-Identifier: MIT */
/* Reads answers of GetJobRun with the library, for comparison with other parsers.
 *
 * usage: looker STORE_SIZE KEY...   the keys of the tags to read
 * stdin, for each answer: a line "SIZE PIECE", then the SIZE bytes of its body. The call receives
 *   at most PIECE bytes at a time
 * stdout, one line per answer: "code=0 state=5 attempt=2 timeout=720 created=S.US updated=S.US
 *   started=S.US ended=S.US cut=NAME,DETAILS,CREATED_BY there=BITS" (S.US: seconds, microseconds;
 *   cut: 1 if the text was cut; there: a bit per tag), then the texts in hex: "stateName=...
 *   stateDetails=... name=... arn=... createdBy=... mode=... releaseLabel=... vcpu=... memory=...
 *   storage=... tag0=..." */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emrs_job_run.h"
#include "emrs_text.h"

#define APPLICATION_ID "00fabcdefg123456"
#define JOB_RUN_ID "00fhijklmn789012"
#define ANSWER_SIZE_MAX (1024u * 1024u)

static emrs_client client;
static char work[EMRS_WORK_SIZE], answer[ANSWER_SIZE_MAX];

static void begin(void)
{
    static const emrs_credentials credentials = {
        EMRS_TEXT_INIT("AKIDEXAMPLE"), EMRS_TEXT_INIT("secret"), {"", 0}, 0, 0};
    const emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                                .endpoint = EMRS_TEXT("http://127.0.0.1:1"),
                                .credentials = &credentials,
                                .attempt_count = 1,
                                .work = work,
                                .work_size = sizeof work};
    emrs_result result;
    if (emrs_init(&client, &config, &result) < 0)
        exit(2);
}

/* Makes a call without a network. It gets the first `size` bytes of `answer`.      ret: its code */
static int look(const emrs_get_job_run_input *input, emrs_job_run *run, size_t size, size_t piece)
{
    const emrs_now now = {.ms = 1, .utc_s = EMRS_BUILD_TIME_S};
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    emrs_call call;
    emrs_move move;
    emrs_result result;
    size_t at = 0;
    int what = emrs_get_job_run_start(&call, &client, input, run, &result);
    while (what >= 0) {
        what = emrs_step(&call, now, report, &move);
        if (what == EMRS_DONE)
            break;
        if (what == EMRS_MOVE_CONNECT)
            report = emrs_connected(EMRS_PEER_PLAIN);
        else if (what == EMRS_MOVE_SEND)
            report = emrs_moved(EMRS_NEWS_SENT, move.size);
        else if (what == EMRS_MOVE_CLOSE || at == size)
            report = emrs_report_of(EMRS_NEWS_CLOSED);
        else {
            size_t most = move.size < piece ? move.size : piece;
            size_t taken = size - at < most ? size - at : most;
            memcpy(move.receive, answer + at, taken);
            at += taken;
            report = emrs_moved(EMRS_NEWS_RECEIVED, taken);
        }
    }
    return what;
}

static void print_text(const char *name, emrs_text text)
{
    printf(" %s=", name);
    for (size_t i = 0; i < text.size; i++)
        printf("%02x", (unsigned char)text.bytes[i]);
}

static void print_run(int code, const emrs_job_run *run, unsigned tag_count)
{
    printf("code=%d state=%d attempt=%u timeout=%u created=%u.%u updated=%u.%u started=%u.%u "
           "ended=%u.%u cut=%d,%d,%d there=%u",
           code, (int)run->state, run->attempt, run->execution_timeout_minutes, run->created_at.s,
           run->created_at.us, run->updated_at.s, run->updated_at.us, run->started_at.s,
           run->started_at.us, run->ended_at.s, run->ended_at.us, run->name_cut,
           run->state_details_cut, run->created_by_cut, run->tags_there);
    print_text("stateName", run->state_name);
    print_text("stateDetails", run->state_details);
    print_text("name", run->name);
    print_text("arn", run->arn);
    print_text("createdBy", run->created_by);
    print_text("mode", run->mode);
    print_text("releaseLabel", run->release_label);
    print_text("vcpu", run->billed_vcpu_hours);
    print_text("memory", run->billed_memory_gb_hours);
    print_text("storage", run->billed_storage_gb_hours);
    for (unsigned i = 0; i < tag_count; i++) {
        char name[] = "tag0";
        name[3] = (char)('0' + i);
        print_text(name, run->tags[i]);
    }
    printf("\n");
    fflush(stdout);
}

int main(int count, char **words)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    emrs_text keys[EMRS_TAG_COUNT_MAX];
    size_t size, piece;
    if (count < 2 || count - 2 > (int)EMRS_TAG_COUNT_MAX) {
        fprintf(stderr, "usage: looker STORE_SIZE KEY...\n");
        return 2;
    }
    emrs_get_job_run_input input = {.application_id = EMRS_TEXT(APPLICATION_ID),
                                    .job_run_id = EMRS_TEXT(JOB_RUN_ID),
                                    .tag_keys = keys,
                                    .tag_count = (uint8_t)(count - 2)};
    for (int i = 2; i < count; i++)
        keys[i - 2] = (emrs_text){words[i], strlen(words[i])};
    emrs_job_run run = {.store_size = strtoul(words[1], NULL, 10)};
    run.store = malloc(run.store_size); /* not static, so that a sanitizer finds a write past it */
    begin();
    memcpy(answer, head, sizeof head - 1);
    while (run.store != NULL && scanf("%zu %zu", &size, &piece) == 2 && getchar() == '\n') {
        if (size > sizeof answer - sizeof head || piece == 0
            || fread(answer + sizeof head - 1, 1, size, stdin) != size)
            return 2;
        int code = look(&input, &run, sizeof head - 1 + size, piece);
        print_run(code, &run, input.tag_count);
    }
    free(run.store);
    return 0;
}
