/* SPDX-License-Identifier: MIT */
/* Runs a call on the real core, with a clock that only the test moves, and without a network. */
#ifndef EMRS_TESTS_BENCH_H
#define EMRS_TESTS_BENCH_H

#include "emrs.h"
#include "emrs_port.h"

#define BENCH_UTC_S 1800000000u /* 2027-01-15T08:00:00Z */
#define BENCH_APPLICATION_ID "00fabcdefg123456"
#define BENCH_JOB_RUN_ID "00fhijklmn789012"
#define BENCH_ANSWER_BODY                                                                          \
    "{\"applicationId\":\"" BENCH_APPLICATION_ID "\",\"jobRunId\":\"" BENCH_JOB_RUN_ID "\"}"

typedef struct {
    emrs_config config;
    emrs_credentials credentials;
    emrs_cancel_job_run_input input;
    emrs_client client;
    emrs_call call;
    emrs_result result;
    emrs_now now;
    emrs_move move;
    int what;            /* what the last step returned */
    bool last_was_shown; /* in this call the last window of a request was given to the port */
    char work[EMRS_WORK_SIZE];
} bench;

/* A valid configuration and input with a session token; change it before bench_start. */
void bench_init(bench *b);

/* emrs_init and emrs_cancel_job_run_start, both of which must succeed. */
void bench_start(bench *b);

/* Makes a step with this report. Stores move and what, and checks what must always be true. */
int bench_step(bench *b, emrs_report report);

/* Step on to the state after CONNECTED, or after the complete request was sent. */
void bench_to_send(bench *b);
void bench_to_receive(bench *b);

/* Steps on from the start of any attempt, on a new or a kept stream, to its RECEIVE. */
void bench_go_on(bench *b);

/* Feeds an answer in pieces of at most `piece` bytes.      ret: the last move */
int bench_answer(bench *b, const char *bytes, size_t size, size_t piece);

/* Answers CLOSE, and checks that the end is final.      ret: the code */
int bench_end(bench *b);

#endif
