/* SPDX-License-Identifier: MIT */
/* Signs CancelJobRun requests as a call does, for comparison with other signers.
 *
 * stdin, one request per line, nine fields of visible ASCII with a tab between them:
 *   access key id, secret, session token or nothing, region, endpoint or nothing (the region's),
 *   application id, job run id, grace ("-": absent, "N": seconds, "!N": unchecked), UTC seconds
 * stdout, one line per request: its bytes, with "%XX" for '%' and for all but printable ASCII;
 *   or "error CODE FIELD RULE" in numbers
 * While region and endpoint are the same, the requests use the same client. So its cached signing
 * key is compared too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emrs.h"

enum { ACCESS_KEY, SECRET, TOKEN, REGION, ENDPOINT, APPLICATION, JOB_RUN, GRACE, UTC, FIELD_COUNT };

#define LINE_SIZE 16384u

static char work[EMRS_WORK_SIZE];
static emrs_credentials credentials;
static emrs_client client;
static bool ready;
static char place[LINE_SIZE]; /* region and endpoint of the client, which points to them */

/* ret: whether the line has FIELD_COUNT fields */
static bool split(char *line, emrs_text fields[FIELD_COUNT])
{
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < FIELD_COUNT; i++) {
        char *end = line + strcspn(line, "\t");
        bool last = *end == '\0';
        fields[i] = (emrs_text){line, (size_t)(end - line)};
        if (last != (i == FIELD_COUNT - 1))
            return false;
        *end = '\0'; /* for strtol */
        line = end + !last;
    }
    return true;
}

static int ready_client(emrs_text region, emrs_text endpoint, emrs_result *result)
{
    char wanted[LINE_SIZE];
    (void)snprintf(wanted, sizeof wanted, "%s\t%s", region.bytes, endpoint.bytes);
    if (ready && strcmp(wanted, place) == 0)
        return EMRS_DONE;
    (void)snprintf(place, sizeof place, "%s", wanted);
    const emrs_config config = {.region = {place, region.size},
                                .endpoint = {place + region.size + 1, endpoint.size},
                                .allow_plain_http = true,
                                .credentials = &credentials,
                                .work = work,
                                .work_size = sizeof work};
    int code = emrs_init(&client, &config, result);
    ready = code == EMRS_DONE;
    return code;
}

static emrs_cancel_job_run_input input_of(const emrs_text fields[FIELD_COUNT])
{
    const char *grace = fields[GRACE].bytes;
    bool unchecked = grace[0] == '!';
    emrs_cancel_job_run_input input = {.application_id = fields[APPLICATION],
                                       .job_run_id = fields[JOB_RUN]};
    if (strcmp(grace, "-") != 0) {
        input.grace = unchecked ? EMRS_GRACE_UNCHECKED : EMRS_GRACE_SECONDS;
        input.shutdown_grace_period_s = (int32_t)strtol(grace + unchecked, NULL, 10);
    }
    return input;
}

static void print_escaped(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] < 0x20 || bytes[i] > 0x7e || bytes[i] == '%')
            printf("%%%02X", (unsigned)bytes[i]);
        else
            putchar(bytes[i]);
}

/* Steps a started call until its request is sent and printed, then stops it.
 * ret: EMRS_DONE, or the error before the first byte */
static int send_all(emrs_call *call, uint32_t utc_s)
{
    /* The ms may have any value, and may wrap. */
    const emrs_now now = {.ms = utc_s * 1000u, .utc_s = utc_s};
    emrs_report report = {.news = EMRS_NEWS_PENDING};
    emrs_move move;
    int code = emrs_step(call, now, report, &move);
    if (code != EMRS_MOVE_CONNECT)
        return code;
    report.news = EMRS_NEWS_CONNECTED;
    report.detail = move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN;
    code = emrs_step(call, now, report, &move);
    bool sending = code == EMRS_MOVE_SEND;
    while (code == EMRS_MOVE_SEND) {
        print_escaped(move.send, move.size);
        report = (emrs_report){.news = EMRS_NEWS_SENT, .size = move.size};
        code = emrs_step(call, now, report, &move);
    }
    report = (emrs_report){.news = EMRS_NEWS_STOP};
    if (code == EMRS_MOVE_RECEIVE)
        code = emrs_step(call, now, report, &move);
    report.news = EMRS_NEWS_CLOSED;
    if (code == EMRS_MOVE_CLOSE)
        code = emrs_step(call, now, report, &move);
    return sending ? EMRS_DONE : code;
}

static int sign(const emrs_text fields[FIELD_COUNT], emrs_result *result)
{
    emrs_call call;
    credentials = (emrs_credentials){.access_key_id = fields[ACCESS_KEY],
                                     .secret_access_key = fields[SECRET],
                                     .session_token = fields[TOKEN]};
    const emrs_cancel_job_run_input input = input_of(fields);
    int code = ready_client(fields[REGION], fields[ENDPOINT], result);
    if (code == EMRS_DONE)
        code = emrs_cancel_job_run_start(&call, &client, &input, result);
    if (code == EMRS_DONE)
        code = send_all(&call, (uint32_t)strtoul(fields[UTC].bytes, NULL, 10));
    return code;
}

int main(void)
{
    static char line[LINE_SIZE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        emrs_text fields[FIELD_COUNT];
        emrs_result result = {.code = EMRS_DONE};
        if (!split(line, fields)) {
            fprintf(stderr, "signer: a line does not have %d fields\n", (int)FIELD_COUNT);
            return 2;
        }
        int code = sign(fields, &result);
        if (code < 0)
            printf("error %d %d %d", code, (int)result.field, (int)result.rule);
        putchar('\n');
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
