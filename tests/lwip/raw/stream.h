/* SPDX-License-Identifier: MIT */
/* The stream under test, and a main loop around each of its functions. Includes what every test
 * here needs: cmocka with the headers that must come before it, lwIP, the wire and the peer. */
#ifndef EMRS_TESTS_STREAM_H
#define EMRS_TESTS_STREAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <lwip/memp.h>
#include <lwip/stats.h>
#include <lwip/tcp.h>

#include "emrs_lwip_raw.h"
#include "peer.h"
#include "wire.h"

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])
#define HOST "10.0.0.1"

enum { SOON_MS = 3000, LONG_MS = 600000 };

extern emrs_lwip_raw raw;

typedef emrs_report action(void *context, const emrs_move *move);

/* Calls `act` again and again, and lets time pass.
 * ret: the first report but PENDING and CONNECTING; the last one if none came in time */
emrs_report await(action *act, const emrs_move *move, uint32_t limit_ms);

emrs_report dial(const char *host, uint16_t port, uint32_t limit_ms);

/* Sends `size` bytes of the pattern, in windows of `window` bytes. */
emrs_report send_all(size_t size, size_t window, bool more, uint32_t limit_ms);

/* One receive of at most `size`. */
emrs_report receive(void *bytes, size_t size, uint32_t limit_ms);

/* Receives `size` bytes of the pattern, from `from` on, in pieces of at most `piece`. */
void receive_pattern(size_t from, size_t size, size_t piece, uint32_t limit_ms);

void hang_up(void);
peer *meet(void); /* opens the stream; ret: the other end */

/* The byte at an offset of what each side sends. It shows lost, doubled and misplaced bytes. */
uint8_t pattern(size_t at);
void fill(uint8_t *bytes, size_t from, size_t size);
void peer_send_pattern(peer *p, size_t from, size_t size);
void assert_pattern(const uint8_t *bytes, size_t from, size_t size);

void assert_failed(emrs_report report, emrs_reason reason, err_t native);
long used(int pool); /* elements of a pool: MEMP_... */

/* Run before and after each test. tear_down fails if lwIP has more memory in
 * use than before, or a pcb in any state. */
int set_up(void **state);
int tear_down(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
