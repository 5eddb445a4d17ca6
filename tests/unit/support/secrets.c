/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <ucontext.h>

#include "sign.h"
#include "support/hashes.h"
#include "support/secrets.h"

enum {
    STACK_SIZE = 128 * 1024,
    RUN_SIZE = 8,
    /* The HMAC keys: "AWS4" and the secret, then those derived for the day, the region, the
     * service and the signature */
    KEY_COUNT = 5,
    DAY_COUNT = 8,
    SLOT_COUNT = 1 << 16,
    STATE_SIZE = 32,
    PAINT = 0xa5
};

static const char key[] = "q7XvW2mK9pLd4RzT8bNc6YhJ3sFg5AeU1wQoVixM";
static const char token[] =
    "Zx9Yw8Vu7Ts6Rq5Po4Nm3Lk2Ji1Hg0Fe9Dc8Ba7zY6xW5vU4tS3rQ2pO1nM0lK9jI8hG7fE6dC5bA4"
    "aB3cD4eF5gH6iJ7kL8mN9oP0qR1sT2uV3wX4yZ5Aa6Bb7Cc8Dd9Ee0Ff1Gg2Hh3Ii4Jj5Kk6Ll7Mm8";
const emrs_text secrets_key = {key, sizeof key - 1}, secrets_token = {token, sizeof token - 1};

/* A hash table of every run of 8 secret bytes, as a number; 0: a free slot. Compilers leave single
 * words of a midstate on the stack, which reveal nothing, so only a complete midstate counts. */
static uint64_t runs[SLOT_COUNT];
static uint8_t states[DAY_COUNT * KEY_COUNT * 4 + 1][STATE_SIZE];
static uint8_t
    state_of[SLOT_COUNT]; /* 0: these 8 bytes count by themselves; else the number of a midstate */
static size_t state_count;
static char days[DAY_COUNT][8];
static size_t run_count, day_count;

static uint64_t *slot_of(uint64_t run)
{
    size_t at = (size_t)(run * 0x9e3779b97f4a7c15u >> 48);
    while (runs[at] != 0 && runs[at] != run)
        at = (at + 1u) % SLOT_COUNT;
    return &runs[at];
}

static uint64_t run_at(const void *bytes)
{
    uint64_t run;
    memcpy(&run, bytes, sizeof run);
    return run;
}

static void note(const void *bytes, size_t size)
{
    for (size_t from = 0; from + RUN_SIZE <= size; from++) {
        uint64_t run = run_at((const char *)bytes + from), *slot = slot_of(run);
        run_count += *slot == 0;
        *slot = run;
    }
    assert_true(run_count < SLOT_COUNT / 4);
}

/* Adds the bytes, and the same in words of the other byte order, as a hash loads them. */
static void note_words(const uint8_t *bytes, size_t size)
{
    uint8_t swapped[64];
    note(bytes, size);
    for (size_t i = 0; i < size; i++)
        swapped[i] = bytes[i ^ 3u];
    note(swapped, size / 4u * 4u);
}

static void note_state(const uint32_t words[STATE_SIZE / 4])
{
    uint8_t *state = states[++state_count];
    memcpy(state, words, STATE_SIZE);
    note(state, RUN_SIZE);
    state_of[slot_of(run_at(state)) - runs] = (uint8_t)state_count;
}

/* Adds an HMAC key, its two pads, and their midstates, which are as secret as the key. */
static void note_hmac(const uint8_t *with, size_t size)
{
    note_words(with, size);
    for (unsigned flip = 0x36; flip <= 0x5c; flip += 0x5c - 0x36) {
        emrs_sha256 hash;
        uint8_t pad[64];
        for (size_t i = 0; i < sizeof pad; i++)
            pad[i] = (uint8_t)((i < size ? with[i] : 0) ^ flip);
        note_words(pad, size);
        plain_init(&hash);
        plain_update(&hash, pad, sizeof pad);
        note_state(hash.words);
        /* The state after the rounds, before the initial hash value is added */
        emrs_sha256 start;
        plain_init(&start);
        for (size_t i = 0; i < STATE_SIZE / 4; i++)
            hash.words[i] -= start.words[i];
        note_state(hash.words);
    }
}

static void note_first(void)
{
    if (run_count > 0)
        return;
    note(key, sizeof key - 1);
    note(token, sizeof token - 1);
}

void secrets_note(emrs_text bytes)
{
    note_first();
    note(bytes.bytes, bytes.size);
}

static bool is_noted(const char *day)
{
    for (size_t i = 0; i < day_count; i++)
        if (memcmp(days[i], day, sizeof days[i]) == 0)
            return true;
    return false;
}

/* Derives the keys of the day a second time, step by step. */
void secrets_note_day(const char *day)
{
    const emrs_text steps[KEY_COUNT] = {{day, 8},
                                        EMRS_TEXT("us-east-1"),
                                        EMRS_TEXT("emr-serverless"),
                                        EMRS_TEXT("aws4_request"),
                                        EMRS_TEXT("")};
    uint8_t with[4 + sizeof key] = "AWS4";
    size_t size = 4 + sizeof key - 1;
    note_first();
    if (is_noted(day))
        return;
    assert_true(day_count < DAY_COUNT);
    memcpy(days[day_count++], day, sizeof days[0]);
    memcpy(with + 4, key, sizeof key);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        note_hmac(with, size);
        assert_true(emrs_hmac_of(with, size, steps[i], with));
        size = 32;
    }
}

static bool is_whole(const char *at, size_t size)
{
    uint8_t state = state_of[slot_of(run_at(at)) - runs];
    return state == 0 || (size >= STATE_SIZE && memcmp(at, states[state], STATE_SIZE) == 0);
}

size_t secrets_count(const void *memory, size_t size)
{
    const char *bytes = memory;
    size_t count = 0;
    note_first();
    for (size_t at = 0; at + RUN_SIZE <= size; at++) {
        uint64_t run = run_at(bytes + at);
        count += run != 0 && *slot_of(run) != 0 && is_whole(bytes + at, size - at);
    }
    return count;
}

bool secrets_are_left_in(const emrs_client *client)
{
    const size_t whole = sizeof client->key.derived - RUN_SIZE + 1u;
    size_t count = secrets_count(client->key.derived, sizeof client->key.derived);
    emrs_client rest = *client;
    memset(rest.key.derived, 0, sizeof rest.key.derived);
    return secrets_count(&rest, sizeof rest) > 0 || (count > 0 && count != whole);
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

/* The stack grows down. Below the lowest byte that changed it still has the fill byte. */
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
