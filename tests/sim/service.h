/* SPDX-License-Identifier: MIT */
/* The fake service: reads the bytes of a request by itself, decides, remembers what it did, and
 * writes an answer, true or not. It knows nothing of emrs: what it says happened, happened. */
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
    SERVICE_GENERATION_COUNT = 64 /* of credentials that are good at a time, at most */
};

typedef enum { RUN_RUNNING, RUN_CANCELLING, RUN_ENDED } service_state;

typedef struct {
    char id[65];
    service_state state;
    unsigned accepted_count; /* the truth */
} service_run;

/* What comes behind the last byte of an answer */
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
    job *
        job; /* the life of all of them, which can be looked at; NULL: they can only be cancelled */
    /* Generations of credentials. Those from first_good on are good until they expire. */
    unsigned generation, first_good; /* generation: the newest */
    uint32_t lifetime_s;             /* of those to come; 0: the first does not expire */
    uint32_t ends_s[SERVICE_GENERATION_COUNT];
    unsigned lie_odds; /* one answer in lie_odds is a lie; 0: none */
    unsigned refuse_odds;
    uint32_t earliest_s; /* no request is signed with a date before */
    const char *fault;   /* a request that no client may send: what is wrong with it */
    unsigned request_count;
    /* A quota, if rate_ms is not 0: a token each rate_ms, at most `burst` of them */
    uint32_t rate_ms, burst;
    double tokens;
    uint64_t filled_ms;
    uint64_t accepted_count, throttled_count;
    char signature[65]; /* of the last request: nobody else may keep it */
} service;

/* One stream's worth of request */
typedef struct {
    char bytes[SERVICE_REQUEST_SIZE];
    size_t size;
} service_reader;

/* A service with new names for everything.      in: odds and quota are set after */
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

/* Adds delivered bytes to a request: a head without a body, which four bytes end.
 * ret: 1: it is whole; 0: not yet; -1: more than one request, or one without end */
int service_read(service_reader *reader, const char *bytes, size_t size);

/* Takes delivered bytes; at the last one of a request decides, and records it.
 * ret: whether there is an answer */
bool service_take(service *s, service_reader *reader, const char *bytes, size_t size,
                  uint64_t now_ms, uint32_t utc_s, service_answer *answer);

/* Says no to a request that never became whole. */
void service_refuse_early(service *s, uint32_t utc_s, service_answer *answer);

/* An answer that nobody asked for: what a balancer says to a stream that idles. */
void service_balk(service *s, service_answer *answer);

#endif
