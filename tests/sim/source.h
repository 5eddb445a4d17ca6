/* SPDX-License-Identifier: MIT */
/* The simulated sources of credentials: a container's endpoint, AWS IoT Core's credentials
 * provider, and EC2's instance metadata. A source parses the bytes of a request by itself, answers,
 * and records which credentials it gave in a whole answer. Many answers are wrong. Like the service
 * it includes nothing of emrs. */
#ifndef EMRS_TESTS_SIM_SOURCE_H
#define EMRS_TESTS_SIM_SOURCE_H

#include "service.h"

typedef enum { SOURCE_CONTAINER, SOURCE_IOT, SOURCE_INSTANCE, SOURCE_KIND_COUNT } source_kind;

typedef struct {
    chance *chance;
    service *service; /* it accepts the credentials */
    source_kind kind;
    char name[17];   /* container: the end of the path; IoT: the role alias; instance: the role */
    char secret[17]; /* container: the authorization; IoT: the thing's name; instance: the token */
    unsigned fault_odds; /* one answer in fault_odds is wrong; 0: none */
    unsigned row_max;    /* the most wrong answers in a row; 0: no limit. With a limit a client asks
                            again after each of them */
    unsigned row_count;
    unsigned date_odds; /* about one Date in date_odds is wrong by hours; 0: none */

    const char *fault; /* what is wrong with a request that a client must not send, or NULL */
    unsigned request_count, fault_count;
    /* The credentials of the last complete answer that had all values: */
    bool has_given;
    unsigned generation;
    uint32_t ends_s; /* as the answer says */
    bool was_over;   /* they had expired an hour before, by the answer itself */
} source;

/* Makes a source with new names. The caller sets the odds afterwards. */
void source_init(source *s, service *accepts, source_kind kind);

/* Like service_take. */
bool source_take(source *s, service_reader *reader, const char *bytes, size_t size, uint32_t utc_s,
                 service_answer *answer);

/* Answers a request that never became complete. */
void source_refuse_early(source *s, uint32_t utc_s, service_answer *answer);

#endif
