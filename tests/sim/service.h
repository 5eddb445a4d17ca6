/* SPDX-License-Identifier: MIT */
/* The simulated service. It parses a request by itself, decides, records what it did, and writes an
 * answer, true or not. It includes nothing of emrs, so its record does not depend on emrs. */
#ifndef EMRS_TESTS_SIM_SERVICE_H
#define EMRS_TESTS_SIM_SERVICE_H

#include <stddef.h>

#include "job.h"
#include "random.h"

enum {
    SERVICE_RUN_COUNT = 3,
    SERVICE_REQUEST_SIZE = 4096,
    SERVICE_ANSWER_SIZE = 4096,
    SERVICE_SKEW_MAX_S = 300,
    SERVICE_GENERATION_COUNT = 64 /* the most that are valid at a time */
};

typedef enum { RUN_RUNNING, RUN_CANCELLING, RUN_ENDED } service_state;

typedef struct {
    char id[65];
    service_state state;
    unsigned accepted_count; /* what really happened */
} service_run;

/* What comes after the last byte of an answer */
typedef enum { END_STAYS, END_CLOSED, END_CUT, END_RESET, END_SILENT } service_end;

typedef struct {
    char bytes[SERVICE_ANSWER_SIZE];
    size_t size;
    service_end end;
} service_answer;

typedef struct {
    chance *chance;
    char application_id[65];
    service_run runs[SERVICE_RUN_COUNT];
    job *job; /* the life of all job runs, for GetJobRun; NULL: only CancelJobRun is answered */
    /* Generations of credentials. Those from first_good on are good until they expire. */
    unsigned generation, first_good; /* generation: the newest */
    uint32_t lifetime_s;             /* of later ones; 0: the first does not expire */
    uint32_t ends_s[SERVICE_GENERATION_COUNT];
    unsigned lie_odds; /* one answer in lie_odds is a lie; 0: none */
    unsigned refuse_odds;
    uint32_t earliest_s; /* no request may have an earlier date */
    const char *fault;   /* what is wrong with a request that a client must not send, or NULL */
    unsigned request_count;
    /* A quota, if rate_ms is not 0: a token each rate_ms, at most `burst` of them */
    uint32_t rate_ms, burst;
    double tokens;
    uint64_t filled_ms;
    uint64_t accepted_count, throttled_count;
    char signature[65]; /* of the last request; the client must not keep it */
} service;

/* The bytes of a request that have arrived on one stream */
typedef struct {
    char bytes[SERVICE_REQUEST_SIZE];
    size_t size;
} service_reader;

/* Makes a service with new ids. The caller sets odds and quota afterwards. */
void service_init(service *s, chance *c);

/* The access key id, secret and token of a generation. */
enum { SERVICE_SECRET_SIZE = 40 };
void service_credentials(unsigned generation, char key_id[24], char secret[SERVICE_SECRET_SIZE + 1],
                         char token[64]);

bool service_is_good(const service *s, unsigned generation, uint32_t utc_s);
/* The newest generation. Begins another one if this one is not good for half of its lifetime any
 * more; the older ones stay good. */
unsigned service_newest(service *s, uint32_t utc_s);
/* Ends all generations so far. */
void service_revoke(service *s);

/* Adds delivered bytes to a request: a head without a body, which ends with an empty line.
 * ret: 1: it is complete; 0: not yet; -1: more than one request, or one without end */
int service_read(service_reader *reader, const char *bytes, size_t size);

/* Reads delivered bytes. At the last one of a request it decides, and records the decision.
 * ret: whether there is an answer */
bool service_take(service *s, service_reader *reader, const char *bytes, size_t size,
                  uint64_t now_ms, uint32_t utc_s, service_answer *answer);

/* Writes the refusal of a request that never became complete. */
void service_refuse_early(service *s, uint32_t utc_s, service_answer *answer);

/* Writes an answer without a request: what a load balancer sends on an idle stream. */
void service_balk(service *s, service_answer *answer);

#endif
