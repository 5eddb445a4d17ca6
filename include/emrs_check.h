/* SPDX-License-Identifier: MIT */
/* Checks whether a byte stream and a clock do what emrs_port.h says, with peer.py at the other end,
 * and whether a hash does what emrs_sha256.h says. It uses no malloc, no printf and no clock of its
 * own, so that it runs on the target. port/checker/README.md explains it. */
#ifndef EMRS_CHECK_H
#define EMRS_CHECK_H

#include "emrs_port.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EMRS_CHECK_WINDOW_SIZE = 512, EMRS_CHECK_GUARD_SIZE = 16 };

typedef enum { EMRS_CHECK_PASSED, EMRS_CHECK_FAILED, EMRS_CHECK_SKIPPED } emrs_check_verdict;

/* The outcome of one check. The strings are static. */
typedef struct {
    emrs_check_verdict verdict;
    const char *name;
    const char *holds;  /* the sentence of the contract that it checks */
    const char *found;  /* what was seen, or why it was skipped; "" if it passed */
    int32_t number;     /* a number that belongs to found: ms, bytes, a reason */
    const char *reason; /* the number in words, if it is an emrs_reason; else "" */
    const char *look;   /* where to look when it fails */
} emrs_check_result;

typedef struct {
    const emrs_stream *stream;
    /* The port's clock, which the stream must use for its waits. */
    emrs_now (*now)(void *context);
    /* Called whenever the stream has no news, so that a main loop can run its network. NULL: not
     * needed. */
    void (*idle)(void *context);
    /* Returns how many sockets, pcbs, buffers or bytes of heap are in use. Nothing else may take or
     * give back any of them during the run. NULL: not checked. */
    long (*in_use)(void *context);
    /* Prints the outcome of a check. */
    void (*say)(void *context, const emrs_check_result *result);
    /* Passed to each of these functions. */
    void *context;
    /* The computer that runs peer.py, by the name in its certificate, and the port that it printed.
     * It listens on the next seven ports too. */
    const char *host;
    uint16_t port;
    /* Whether the stream connects with TLS, and peer.py was started with --tls. True for a
     * stream of emrs_verified.h. */
    bool tls;
    /* True if your TLS stack does not say how a stream ended: every end is then CUT. */
    bool ends_look_alike;
    uint16_t cycle_count;   /* how often to open and close; 0: 50 */
    uint32_t slack_ms;      /* how much later than until_ms is accepted; 0: 200 */
    uint32_t timeout_ms;    /* for what must succeed; 0: 10 s */
    uint32_t full_size_max; /* more bytes than any send buffer holds; 0: 8 MB */
} emrs_check_config;

/* Your memory, for the run. Read nothing of it but the counts. */
typedef struct {
    unsigned passed_count, failed_count, skipped_count;
    const emrs_check_config *config;
    uint32_t slack_ms, timeout_ms;
    uint32_t last_ms, back_ms; /* the last reading of the clock, and how far it went back */
    long in_use_before;
    const char *kept_by; /* the check after which something was not freed */
    long kept_count;
    const char *found;
    int32_t number;
    emrs_reason reason;                /* NONE, or the reason that `number` stands for */
    bool skipped, is_hopeless;         /* is_hopeless: the clock or the first connection failed */
    uint32_t sent_size, received_size; /* bytes of the test pattern */
    unsigned char out[EMRS_CHECK_WINDOW_SIZE];
    unsigned char in[EMRS_CHECK_WINDOW_SIZE + EMRS_CHECK_GUARD_SIZE];
} emrs_checker;

/* Runs every check. This takes some 10 s, and the time to open about a hundred connections.
 * ret: how many checks failed; 0: the stream does what emrs_port.h says */
int emrs_check_stream(emrs_checker *checker, const emrs_check_config *config);

/* Checks the hash that is linked against the rules of emrs_sha256.h, in a few seconds; needs no
 * peer.      ret: how many checks failed */
int emrs_check_hash(void (*say)(void *context, const emrs_check_result *result), void *context);

#ifdef __cplusplus
}
#endif
#endif
