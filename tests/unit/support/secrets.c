/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <ucontext.h>

#include "sha256.h"
#include "sign.h"
#include "support/secrets.h"

enum { STACK_SIZE = 128 * 1024, RUN_SIZE = 8, KEY_COUNT = 4, DAY_COUNT = 8, PAINT = 0xa5 };

static const char key[] = "q7XvW2mK9pLd4RzT8bNc6YhJ3sFg5AeU1wQoVixM";
static const char token[] =
    "Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe9Dc8Ba7zY6xW5vU4tS3rQ2pO1nM0lK9jI8hG7fE6dC5bA4"
    "aB3cD4eF5gH6iJ7kL8mN9oP0qR1sT2uV3wX4yZ5Aa6Bb7Cc8Dd9Ee0Ff1Gg2Hh3Ii4Jj5Kk6Ll7Mm8";
const emrs_text secrets_key = {key, sizeof key - 1}, secrets_token = {token, sizeof token - 1};

static struct {
    char day[8];
    uint8_t keys[KEY_COUNT][32]; /* kDate, kRegion, kService, kSigning */
} days[DAY_COUNT];
static size_t day_count;
static emrs_text secrets[2 + DAY_COUNT * KEY_COUNT];
static size_t secret_count;
static bool begins[65536]; /* by a place's first two bytes: whether a run may begin there */

static size_t pair_at(const void *at)
{
    const unsigned char *bytes = at;
    return (size_t)bytes[0] << 8 | bytes[1];
}

static void note(const void *bytes, size_t size)
{
    secrets[secret_count++] = (emrs_text){bytes, size};
    for (size_t from = 0; from + RUN_SIZE <= size; from++)
        begins[pair_at((const char *)bytes + from)] = true;
}

static void note_first(void)
{
    if (secret_count > 0)
        return;
    note(key, sizeof key - 1);
    note(token, sizeof token - 1);
}

/* The day's keys, derived a second time, step by step. */
void secrets_note_day(const char *day)
{
    const emrs_text steps[KEY_COUNT] = {
        {day, 8}, TEXT("us-east-1"), TEXT("emr-serverless"), TEXT("aws4_request")};
    char start[4 + sizeof key] = "AWS4";
    const void *with = start;
    size_t with_size = 4 + sizeof key - 1;
    note_first();
    for (size_t i = 0; i < day_count; i++)
        if (memcmp(days[i].day, day, 8) == 0)
            return;
    assert_true(day_count < DAY_COUNT);
    memcpy(days[day_count].day, day, 8);
    memcpy(start + 4, key, sizeof key);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        emrs_hmac hmac;
        emrs_hmac_init(&hmac, with, with_size);
        emrs_hmac_of(&hmac, steps[i].bytes, steps[i].size, days[day_count].keys[i]);
        with = days[day_count].keys[i];
        with_size = 32;
        note(with, with_size);
    }
    day_count++;
}

static size_t count_at(const char *at)
{
    size_t count = 0;
    for (size_t i = 0; i < secret_count; i++)
        for (size_t from = 0; from + RUN_SIZE <= secrets[i].size; from++)
            count += memcmp(at, secrets[i].bytes + from, RUN_SIZE) == 0;
    return count;
}

size_t secrets_count(const void *memory, size_t size)
{
    const char *bytes = memory;
    size_t count = 0;
    note_first();
    for (size_t at = 0; at + RUN_SIZE <= size; at++)
        if (begins[pair_at(bytes + at)])
            count += count_at(bytes + at);
    return count;
}

/* The stack */

static unsigned char stack[STACK_SIZE] __attribute__((aligned(4096)));
static bool is_painted;

static struct {
    void (*function)(void *);
    void *context;
} entry;

static void enter(void)
{
    entry.function(entry.context);
}

void secrets_run(void (*function)(void *context), void *context)
{
    static ucontext_t here, there;
    if (!is_painted)
        memset(stack, PAINT, sizeof stack);
    is_painted = true;
    entry.function = function;
    entry.context = context;
    assert_int_equal(getcontext(&there), 0);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    there.uc_link = &here;
    makecontext(&there, enter, 0);
    assert_int_equal(swapcontext(&here, &there), 0);
}

/* The stack grows down: below the lowest byte that has changed there is still paint. */
size_t secrets_count_on_stack(void)
{
    static unsigned char paint[1024];
    size_t unused = 0, count;
    memset(paint, PAINT, sizeof paint);
    while (unused + sizeof paint <= sizeof stack
           && memcmp(stack + unused, paint, sizeof paint) == 0)
        unused += sizeof paint;
    count = secrets_count(stack + unused, sizeof stack - unused);
    memset(stack + unused, PAINT, sizeof stack - unused);
    return count;
}
