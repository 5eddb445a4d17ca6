/* SPDX-License-Identifier: MIT */
/* function: the digits and exponents of numbers, dates and states of get_job_run.c
 * method: all inputs, all loops to their end; the digits by induction
 * bound: exponents of 0 to 24 bytes, dates and states of 0 to 40: as many as the sieve keeps
 * unwind: 42
 * options: --unwindset state_of.0:11,exponent_of.0:26,strlen.0:12,memcmp.0:12
 * instead: clock.c s/^uint32_t emrs_clock_read(/uint32_t unused_read(/
 * control: get_job_run.c s/(UINT32_MAX - digit) \/ 10u/UINT32_MAX \/ 10u/
 * control: get_job_run.c s/exponent = 99;/exponent = 100;/
 * control: get_job_run.c s/; unit \/= 10u)/;)/
 * control: get_job_run.c s/"CANCELLED"/"FAILED"/
 */
#include "proof.h"

#include "clock.c"
#include "get_job_run.c"
#include "text.c"

enum { NUMBER_MAX = EMRS_NUMBER_SIZE_MAX, TEXT_MAX = DATE_SIZE_MAX };

emrs_time nondet_time(void);

/* A function that these do not call */
emrs_rule emrs_id_check(emrs_text id)
{
    (void)id;
    return EMRS_RULE_NONE;
}
/* prove_clock.c */
uint32_t emrs_clock_read(emrs_text date)
{
    uint32_t utc_s = nondet_unsigned();
    ASSUME(date.size == 29 && utc_s <= 4291747199u);
    return utc_s;
}

/* ret: 10^power */
static uint32_t ten_to(int power)
{
    static const uint32_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    return powers[power];
}

/* Adds one digit. The seconds are exact, or add_digit returns false. The microseconds stay below
 * the limit of the digits that were read. */
static void prove_digit(void)
{
    emrs_time number = nondet_time(), before = number;
    uint32_t digit = nondet_unsigned();
    int place = nondet_int();
    ASSUME(digit <= 9u && place >= -7 && place <= NUMBER_MAX + 99);
    ASSUME(number.us < (place >= 0 ? 1u : ten_to(-place - 1)));
    bool fits = add_digit(&number, digit, place);
    uint64_t s = (uint64_t)before.s * 10u + digit;
    PROVE(fits == (place < 0 || s <= UINT32_MAX));
    PROVE(!fits || number.s == (place < 0 ? before.s : s));
    PROVE(number.us < (place >= 0 ? 1u : place == -7 ? 1000001u : ten_to(-place)));
    REACHED(fits && number.s == UINT32_MAX && place == 0);
    REACHED(!fits && before.s == 429496729u);
    REACHED(number.us == 1000000u);
}

static void prove_exponent(void)
{
    size_t size = nondet_size();
    ASSUME(size <= NUMBER_MAX);
    emrs_text text = {any_bytes(size), size};
    int exponent = exponent_of(text);
    PROVE(exponent >= -99 && exponent <= 99);
    REACHED(exponent == -99 && size == NUMBER_MAX);
    REACHED(exponent == 42 && size == 3);
}

static void prove_date(void)
{
    size_t size = nondet_size();
    ASSUME(size <= TEXT_MAX);
    emrs_text text = {any_bytes(size), size};
    emrs_time time = time_of_text(text);
    PROVE(time.us <= 999999u && (time.s > 0 || time.us == 0));
    REACHED(time.us == 123456u && size == TEXT_MAX);
    REACHED(time.s > 0 && size == 20);
}

static const char *const words[] = {
    [EMRS_JOB_RUN_SUBMITTED] = "SUBMITTED",   [EMRS_JOB_RUN_PENDING] = "PENDING",
    [EMRS_JOB_RUN_SCHEDULED] = "SCHEDULED",   [EMRS_JOB_RUN_RUNNING] = "RUNNING",
    [EMRS_JOB_RUN_SUCCESS] = "SUCCESS",       [EMRS_JOB_RUN_FAILED] = "FAILED",
    [EMRS_JOB_RUN_CANCELLING] = "CANCELLING", [EMRS_JOB_RUN_CANCELLED] = "CANCELLED",
    [EMRS_JOB_RUN_QUEUED] = "QUEUED",
};

/* A state is known only if it is the whole word; and each whole word is known. */
static void prove_state(void)
{
    size_t size = nondet_size();
    unsigned which = nondet_unsigned();
    ASSUME(size <= TEXT_MAX);
    ASSUME(which >= EMRS_JOB_RUN_SUBMITTED && which <= EMRS_JOB_RUN_QUEUED);
    emrs_text text = {any_bytes(size), size};
    unsigned state = state_of(text);
    bool is_word = size == strlen(words[which]) && memcmp(text.bytes, words[which], size) == 0;
    PROVE(state <= EMRS_JOB_RUN_QUEUED && (state == which) == is_word);
    REACHED(state == EMRS_JOB_RUN_CANCELLING);
    REACHED(state == EMRS_JOB_RUN_OTHER && size == TEXT_MAX);
}

void proof(void)
{
    if (nondet_bool())
        prove_digit();
    else if (nondet_bool())
        prove_exponent();
    else if (nondet_bool())
        prove_date();
    else
        prove_state();
}
