/* SPDX-License-Identifier: MIT */
/* Checks a byte stream and a clock against what emrs_port.h asks of them, with peer.py at the other
 * end; and a hash against emrs_sha256.h. No malloc, no printf, no clock of its own: it runs where
 * the port does. README.md: how. */
#ifndef EMRS_CHECK_H
#define EMRS_CHECK_H

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EMRS_CHECK_WINDOW_SIZE = 512, EMRS_CHECK_GUARD_SIZE = 16 };

typedef enum { EMRS_CHECK_PASSED, EMRS_CHECK_FAILED, EMRS_CHECK_SKIPPED } emrs_check_verdict;

/* What became of one check. The strings are static. */
typedef struct {
    emrs_check_verdict verdict;
    const char *name;
    const char *holds;  /* the sentence of the contract that it holds */
    const char *found;  /* what was seen, or why it was skipped; "" if it passed */
    int32_t number;     /* the figure of what was seen: ms, bytes, a reason */
    const char *reason; /* the number in words, if it is an emrs_reason; else "" */
    const char *look;   /* where to look when it fails */
} emrs_check_result;

typedef struct {
    const emrs_stream *stream;
    /* The clock by which the stream waits: the port's. */
    emrs_now (*now)(void *context);
    /* NULL: nothing to do. Called whenever the stream has no news: a main loop lets its network
     * work here. */
    void (*idle)(void *context);
    /* NULL: not looked at. How many sockets, pcbs, buffers or bytes of heap are taken.
     * Nothing else may take any or give any back during the run. */
    long (*in_use)(void *context);
    /* Prints what became of a check. */
    void (*say)(void *context, const emrs_check_result *result);
    /* Handed to each of the functions here. */
    void *context;
    /* Where peer.py runs, by the name of its certificate, and the port that it printed. It listens
     * on the next seven ports too. */
    const char *host;
    uint16_t port;
    /* How the stream is asked to connect, and how peer.py was started. True for verified/. */
    bool tls;
    /* A verified stream whose stack says only that the stream ended: it is always CUT. */
    bool ends_look_alike;
    uint16_t cycle_count;   /* how often to open and close; 0: 50 */
    uint32_t slack_ms;      /* how much after until_ms is still in time; 0: 200 */
    uint32_t timeout_ms;    /* for what should work; 0: 10 s */
    uint32_t full_size_max; /* bytes by which send buffers are full; 0: 8 MB */
} emrs_check_config;

/* Yours, for the run; nothing in it is for you but the counts */
typedef struct {
    unsigned passed_count, failed_count, skipped_count;
    const emrs_check_config *config;
    uint32_t slack_ms, timeout_ms;
    uint32_t last_ms, back_ms; /* the clock as last seen, how far it ever went back */
    long in_use_before;
    const char *kept_by; /* the check after which not all was given back */
    long kept_count;
    const char *found;
    int32_t number;
    emrs_reason reason; /* what number is, if it is one */
    bool skipped, is_hopeless;
    uint32_t sent_size, received_size; /* of the pattern */
    unsigned char out[EMRS_CHECK_WINDOW_SIZE];
    unsigned char in[EMRS_CHECK_WINDOW_SIZE + EMRS_CHECK_GUARD_SIZE];
} emrs_checker;

/* Runs every check: some 10 s, and about a hundred times as long as a connection takes to open.
 * ret: how many failed; 0 with a failed_count of 0 is a stream that keeps the contract */
int emrs_check_stream(emrs_checker *checker, const emrs_check_config *config);

/* Checks the hash that is linked against the rules of emrs_sha256.h, in a few seconds; needs no
 * peer.      ret: how many checks failed */
int emrs_check_hash(void (*say)(void *context, const emrs_check_result *result), void *context);

#ifdef __cplusplus
}
#endif
#endif
