/* SPDX-License-Identifier: MIT */
/* What an image is told at its start, so that one image serves every device and every test. */
#ifndef EMRS_BARE_SETTINGS_H
#define EMRS_BARE_SETTINGS_H

#include <lwip/ip_addr.h>

#include "emrs.h"

typedef struct {
    emrs_text endpoint, region, application_id, job_run_id;
    emrs_credentials credentials;
    emrs_grace grace;
    int32_t grace_s;
    ip_addr_t dns, sntp; /* any: what DHCP says */
    uint16_t dns_port, sntp_port;
    uint32_t timeout_ms, arena_size;
    int tls_version;     /* 12, 13; 0: the best */
    bool clock_floor;    /* go on without the time */
    int icount_shift;    /* negative: the emulator does not count instructions */
    emrs_text last_read; /* the key that a fault is about */
} settings;

/* ret: NULL, or what is wrong with s->last_read, in words for a person */
const char *settings_read(settings *s);

/* The secrets among them. */
void settings_forget(settings *s);

#endif
