/* SPDX-License-Identifier: MIT */
/* What an image is told at its start, so that one image fits every device and every test. */
#ifndef EMRS_BARE_SETTINGS_H
#define EMRS_BARE_SETTINGS_H

#include <lwip/ip_addr.h>

#include "emrs.h"

typedef struct {
    emrs_text endpoint, region, application_id, job_run_id;
    emrs_credentials credentials;
    emrs_grace grace;
    int32_t grace_s;
    ip_addr_t dns, sntp; /* any address: the one that DHCP gave */
    uint16_t dns_port, sntp_port;
    uint32_t timeout_ms, arena_size;
    int tls_version;     /* 12, 13, or 0: the best that both sides have */
    bool clock_floor;    /* go on without the time */
    int icount_shift;    /* negative: the emulator does not count instructions */
    emrs_text last_read; /* the key that a fault is about */
} settings;

/* Reads the settings.      ret: NULL, or what is wrong with the setting s->last_read, in words */
const char *settings_read(settings *s);

/* Wipes the secrets. */
void settings_forget(settings *s);

#endif
