/* SPDX-License-Identifier: MIT */
/* Settings that an image reads at boot, so that the same image works for every device and test. */
#ifndef EMRS_BARE_SETTINGS_H
#define EMRS_BARE_SETTINGS_H

#include <lwip/ip_addr.h>

#include "emrs.h"

typedef struct {
    emrs_text endpoint, region, application_id, job_run_id;
    emrs_credentials credentials;
    emrs_grace grace;
    int32_t grace_s;
    ip_addr_t dns, sntp; /* 0.0.0.0: use that of DHCP */
    uint16_t dns_port, sntp_port;
    uint32_t timeout_ms, arena_size;
    int tls_version;     /* 12, 13, or 0: the highest that both sides have */
    bool clock_floor;    /* continue without the time */
    int icount_shift;    /* negative: the emulator does not count instructions */
    emrs_text last_read; /* the key of the setting that was read last */
} settings;

/* Reads the settings.      ret: NULL, or a text that says what is wrong with s->last_read */
const char *settings_read(settings *s);

/* Reads a decimal number.      ret: false if the text is not a number, or more than `most` */
bool settings_number(emrs_text text, uint32_t most, uint32_t *value);

/* Reads a file that a setting names.      ret: its size, less than `size`; -1 if it cannot be read,
 * or is not smaller, or its name is too long */
int settings_read_file(emrs_text path, void *bytes, size_t size);

/* What is wrong if that fails. `size_max` is a macro of digits: one less than the buffer's size. */
#define SETTINGS_FILE_FAULT(size_max)                                                              \
    "the file cannot be read, or is larger than " SETTINGS_DIGITS(size_max) " bytes"
#define SETTINGS_DIGITS(number) #number

/* The memory for credentials, which are from a file or from a provider. AWS's temporary credentials
 * take up to 1.3 KB today; their session token has no limit. */
#if defined(BARE_IDENTITY)
enum { SETTINGS_STORE_SIZE = 2048 };
#else
enum { SETTINGS_STORE_SIZE = 1600 };
#endif
char *settings_store(void);

/* Wipes the secrets. */
void settings_forget(settings *s);

#endif
