/* SPDX-License-Identifier: MIT */
/* The parts of the device under test (device.c). */
#ifndef DEVICE_H
#define DEVICE_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/x509_crt.h>

#include "emrs_lwip.h"

enum { TASK_COUNT_MAX = 8 };

/* link.c: the network interface, what may go wrong on it, and what lwIP has in use */
void link_begin(const char *tap); /* NULL: only lwIP's loopback interface */
void link_faults(unsigned seed, unsigned loss, unsigned twice, unsigned late, unsigned late_ms);
void link_dark(uint32_t after_ms); /* from then on no packet passes */
void link_show(void);

/* memory.c: which memory TLS uses, and what locks it */
typedef enum { ARENA, SHARED, LOCKED } memory_mode;
void memory_begin(memory_mode mode);
void memory_lock(void); /* LOCKED: one lock around all TLS; else nothing */
void memory_unlock(void);
long memory_held(void);           /* SHARED: bytes that this task allocated and has not freed */
unsigned long memory_taken(void); /* SHARED: how often it allocated */

/* foreign.c: the host application's own session with a server that echoes */
/* waits until the session is open */
void foreign_begin(const char *host, uint16_t port, mbedtls_x509_crt *trust);
void foreign_end(void); /* prints the exchanges before and after this, and the bytes held */

/* loop.c: a plain-http service inside the device     ret: its port, 0 without one */
uint16_t loop_begin(void);
void loop_end(void);

emrs_now device_now(void *unused);
int device_random(void *unused, unsigned char *bytes, size_t size);

#endif
