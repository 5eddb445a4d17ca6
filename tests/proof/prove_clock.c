/* SPDX-License-Identifier: MIT */
/* function: emrs_clock_read, emrs_clock_read_rfc3339, emrs_clock_write
 * method: all inputs, loops whole
 * bound: dates of 0 to 64 bytes: as many as are kept of one
 * unwind: 65
 * instead: clock.c s/utc_s = emrs_clock_read(/utc_s = read_any(/
 * control: clock.c s/fits = date.size == sizeof form - 1u/fits = date.size >= 20u/
 * control: clock.c s/text.size > size \&\&/text.size >= size \&\&/
 * control: clock.c s/return hour <= 23u \&\&/return/
 * control: clock.c s/ || (offset_s < 0 \&\& local_s < (uint32_t)-offset_s)//
 */
#include "proof.h"

#include <stdint.h>

#include "emrs.h"
#include "emrs_config.h"

/* 2105-12-31T23:59:59Z: an HTTP date is not later. */
#define LATEST_S 4291747199u
#define DAY_MOST_S (DAY_S - 1u)

uint32_t nondet_uint32(void);

/* What prove_http proves of emrs_clock_read, and which date it was given */
static uint32_t local_s;
static uint32_t read_any(emrs_text date)
{
    uint32_t utc_s = nondet_uint32();
    PROVE(date.size == sizeof "Mon, 06 Feb 2023 05:54:46 GMT" - 1
          && __CPROVER_r_ok(date.bytes, date.size));
    ASSUME(utc_s <= LATEST_S);
    local_s = utc_s;
    return utc_s;
}

#include "clock.c"

static emrs_text any_date(void)
{
    size_t size = nondet_size();
    ASSUME(size <= EMRS_DATE_SIZE_MAX);
    return (emrs_text){any_bytes(size), size};
}

static void prove_http(void)
{
    emrs_text date = any_date();
    uint32_t utc_s = emrs_clock_read(date);
    PROVE(utc_s == 0 || date.size == 29);
    PROVE(utc_s <= LATEST_S);
    REACHED(utc_s == LATEST_S);
    REACHED(utc_s == 0 && date.size == 29);
}

/* The offset is less than a day, and neither sum wraps. */
static void prove_rfc3339(void)
{
    emrs_text date = any_date();
    local_s = 0;
    uint32_t utc_s = emrs_clock_read_rfc3339(date);
    PROVE(utc_s == 0 || (date.size >= 20 && local_s > 0));
    PROVE(utc_s == 0
          || (utc_s > local_s ? utc_s - local_s <= DAY_MOST_S && date.bytes[date.size - 6] == '-'
                              : local_s - utc_s <= DAY_MOST_S));
    REACHED(utc_s > LATEST_S);
    REACHED(utc_s != 0 && date.size == 20);
    REACHED(utc_s != 0 && date.size == EMRS_DATE_SIZE_MAX); /* a fraction and an offset */
    REACHED(utc_s == 0 && local_s != 0);
}

void proof(void)
{
    if (nondet_bool())
        prove_http();
    else
        prove_rfc3339();
}
