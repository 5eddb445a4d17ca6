/* SPDX-License-Identifier: MIT */
/* SHA-256 by an engine that gives a handle for each hash under way, and has only a few of them.
 * emrs_sha256.h has the rules; this file keeps them, and you write the engine's calls. If it is in
 * use, core/sha256.c stays out of the build. */
#include "emrs_sha256.h"

#define YOURS_ENGINE 0 /* TODO: 1 if your hash comes from such an engine; 0 leaves all this out */

#if YOURS_ENGINE
#include <string.h>

/* TODO: include your engine's header */

typedef int handle; /* TODO: what your engine calls a hash under way */

/* Two for each task that calls emrs, but not more than the engine can spare: else open fails. */
enum { SLOT_COUNT = 2 }; /* TODO: how many handles emrs may have open at a time */

static bool open_engine(handle *h)
{
    (void)h;
    return false; /* TODO: begin a SHA-256 and set *h; return whether it worked */
}

static bool update_engine(handle h, const void *bytes, size_t size)
{
    (void)h, (void)bytes, (void)size;
    return false; /* TODO: hash the bytes; return whether it worked */
}

/* Must close the handle, also if it fails. */
static bool finish_engine(handle h, uint8_t digest[32])
{
    (void)h, (void)digest;
    return false; /* TODO: get the digest; close h, if it is open; return whether it worked */
}

static void close_engine(handle h)
{
    (void)h; /* TODO: close h, in the middle of its hash */
}

/* Only one task at a time may be between lock and unlock. */
static void lock(void)
{
    (void)0; /* TODO: take a mutex, if several tasks call emrs */
}

static void unlock(void)
{
    (void)0; /* TODO: release the mutex */
}

/* You need not change what follows.
 *
 * A state may be abandoned: then finish is never called to close its handle. So init takes over the
 * slot whose last use is the longest ago, and closes the handle that is still open there. Slot and
 * state get the same new number. A state whose number differs from that of its slot has lost the
 * slot, and fails. */

typedef struct {
    bool is_open; /* a flag, because 0 may be a handle */
    handle engine;
    uint32_t number, used_at; /* used_at: 0 if the slot is free */
} slot;

enum { SLOT, NUMBER }; /* what the words of a state hold */

static slot slots[SLOT_COUNT];
static uint32_t tick; /* counts inits and updates */

/* A slot that could not be opened counts as just used. So the next init closes the handle of
 * another slot, and can open one. */
static slot *find_oldest(void)
{
    slot *oldest = &slots[0];
    for (size_t i = 1; i < SLOT_COUNT; i++)
        if (tick - slots[i].used_at > tick - oldest->used_at)
            oldest = &slots[i];
    return oldest;
}

/* ret: NULL if another hash has taken the slot over */
static slot *find_own(const emrs_sha256 *hash)
{
    slot *own = &slots[hash->words[SLOT]];
    return own->is_open && own->number == hash->words[NUMBER] ? own : NULL;
}

void emrs_sha256_init(emrs_sha256 *hash)
{
    lock();
    slot *own = find_oldest();
    if (own->is_open)
        close_engine(own->engine);
    own->is_open = open_engine(&own->engine);
    own->number = own->used_at = ++tick;
    memset(hash, 0, sizeof *hash);
    hash->words[SLOT] = (uint32_t)(own - slots);
    hash->words[NUMBER] = own->number;
    hash->failed = !own->is_open;
    unlock();
}

void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    if (hash->failed || size == 0)
        return;
    lock();
    slot *own = find_own(hash);
    if (own != NULL)
        own->used_at = ++tick;
    hash->failed = own == NULL || !update_engine(own->engine, bytes, size);
    unlock();
}

bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    bool ok = false;
    lock();
    slot *own = find_own(hash);
    if (own != NULL) {
        ok = finish_engine(own->engine, digest) && !hash->failed;
        own->is_open = false;
        own->used_at = 0;
    }
    unlock();
    memset(hash, 0, sizeof *hash);
    return ok;
}
#endif
