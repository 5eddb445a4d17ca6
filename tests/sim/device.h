/* SPDX-License-Identifier: MIT */
/* What the simulated devices of sim.c and stop.c share. */
#ifndef EMRS_TESTS_SIM_DEVICE_H
#define EMRS_TESTS_SIM_DEVICE_H

#include "emrs.h"
#include "network.h"

/* An application's own source of credentials. It puts new ones at another place, and wipes the old
 * bytes. */
typedef struct {
    struct {
        char key_id[24], secret[SERVICE_SECRET_SIZE + 1], token[64];
    } slots[2];
    unsigned slot;       /* the one in use */
    bool is_told_expiry; /* it says when they expire */
} own_source;

/* No credentials: the memory of the old ones is already used again. */
void own_source_give_none(own_source *own, emrs_credentials *credentials);

/* The service's newest credentials */
void own_source_give_newest(own_source *own, service *from, uint32_t utc_s,
                            emrs_credentials *credentials);

/* ret: a report with news and size; its detail is 0 */
emrs_report device_report(network_report from);

/* For a run whose steps are printed: by move, and by news */
extern const char *const move_names[EMRS_MOVE_CREDENTIALS + 1],
    *const news_names[EMRS_NEWS_STOP + 1];

#endif
