/* SPDX-License-Identifier: MIT */
/* Every call of the stream under watch: in time, and only what its line in port.h lets it report. */
#ifndef EMRS_PORT_WATCH_H
#define EMRS_PORT_WATCH_H

#include "check.h"

/* Doors of peer.py, counted from config->port */
enum { SERVICE, SILENT, REFUSED, UNANSWERED, STRANGER, OTHER_NAME, EXPIRED };

typedef emrs_report (*stream_call)(void *context, const emrs_move *move);

/* The first finding of a check stands.      ret: false, for return statements */
bool find(emrs_checker *c, const char *found, int32_t number);

/* How many ms after `since_ms` it is; watches the clock. */
uint32_t elapsed_ms(emrs_checker *c, uint32_t since_ms);
uint32_t now_ms(emrs_checker *c);
bool is_past(emrs_checker *c, uint32_t until_ms);

/* Move on a door, or on a window of out or in. */
emrs_move move_to(emrs_checker *c, int door, uint32_t timeout_ms);
emrs_move move_out(emrs_checker *c, size_t size, uint32_t timeout_ms);
emrs_move move_in(emrs_checker *c, size_t size, uint32_t timeout_ms);

/* One call; then on and on until there is news, or the move's time is up. */
emrs_report watch(emrs_checker *c, stream_call call, const emrs_move *move);
emrs_report await(emrs_checker *c, stream_call call, const emrs_move *move);
void watch_close(emrs_checker *c);

/* Whether the last look found nothing wrong. */
static inline bool is_fine(const emrs_checker *c)
{
    return c->found == NULL;
}

#endif
