/* SPDX-License-Identifier: MIT */
/* The checker of hashes: correct hashes pass, and each wrong one fails in the checks that are made
 * for its defect. This program defines emrs_sha256_* itself, so that the linker does not use the
 * library's. Each test uses another engine. */
#include "unit.h"

#include "emrs_check.h"
#include "support/hashes.h"

/* An engine, and the names of the checks that must fail with it. If they end with "...", other
 * checks may fail too. Functions that are not set are plain_*. */
typedef struct {
    const char *failing;
    void (*init)(emrs_sha256 *hash);
    void (*update)(emrs_sha256 *hash, const void *bytes, size_t size);
    bool (*finish)(emrs_sha256 *hash, uint8_t digest[32]);
    size_t sdk_count;   /* handles of the engine */
    size_t table_count; /* slots of the template's table */
} engine;

static const engine *now;

void emrs_sha256_init(emrs_sha256 *hash)
{
    (now->init ? now->init : plain_init)(hash);
}

void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    (now->update ? now->update : plain_update)(hash, bytes, size);
}

bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    return (now->finish ? now->finish : plain_finish)(hash, digest);
}

/* Correct, but slow: hashes one byte at a time, and begins again and again. */
static void init_slowly(emrs_sha256 *hash)
{
    for (int i = 0; i < 10; i++)
        plain_init(hash);
}

static void update_slowly(emrs_sha256 *hash, const void *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++)
        plain_update(hash, (const uint8_t *)bytes + at, 1);
}

/* A vendor's SDK: a handle is one of a few slots of an engine. */
enum { SDK_COUNT_MAX = 1000, BUSY = -1 };

static struct {
    bool is_taken;
    emrs_sha256 hash;
} sdk[SDK_COUNT_MAX];

static int sdk_open(void)
{
    for (size_t i = 0; i < now->sdk_count; i++)
        if (!sdk[i].is_taken) {
            sdk[i].is_taken = true;
            plain_init(&sdk[i].hash);
            return (int)i;
        }
    return BUSY;
}

static bool is_handle(int handle)
{
    return handle >= 0 && (size_t)handle < now->sdk_count && sdk[handle].is_taken;
}

static int sdk_update(int handle, const void *bytes, size_t size)
{
    if (!is_handle(handle))
        return BUSY;
    plain_update(&sdk[handle].hash, bytes, size);
    return 0;
}

static int sdk_finish(int handle, uint8_t digest[32])
{
    if (!is_handle(handle))
        return BUSY;
    (void)plain_finish(&sdk[handle].hash, digest);
    sdk[handle].is_taken = false;
    return 0;
}

static void sdk_close(int handle)
{
    assert_true(is_handle(handle));
    sdk[handle].is_taken = false;
}

/* port/template's file on this SDK */
static bool is_locked;

#define emrs_sha256_init slots_init
#define emrs_sha256_update slots_update
#define emrs_sha256_finish slots_finish
#include "sha256_slots.h"
#undef emrs_sha256_init
#undef emrs_sha256_update
#undef emrs_sha256_finish

/* The same, but it does not notice that a slot was taken by another state. */
static void renumber(emrs_sha256 *hash)
{
    hash->words[NUMBER] = slots[hash->words[SLOT]].number;
}

static void update_any(emrs_sha256 *hash, const void *bytes, size_t size)
{
    renumber(hash);
    slots_update(hash, bytes, size);
}

static bool finish_any(emrs_sha256 *hash, uint8_t digest[32])
{
    renumber(hash);
    return slots_finish(hash, digest);
}

/* The simplest port to this SDK: init takes a slot, finish frees it, and errors are ignored.
 * An abandoned state keeps its slot. When all are taken, the digests are undefined. */
static void init_slot(emrs_sha256 *hash)
{
    memset(hash, 0, sizeof *hash);
    hash->words[SLOT] = (uint32_t)sdk_open();
}

static void update_slot(emrs_sha256 *hash, const void *bytes, size_t size)
{
    (void)sdk_update((int)hash->words[SLOT], bytes, size);
}

static bool finish_slot(emrs_sha256 *hash, uint8_t digest[32])
{
    bool ok = !hash->failed;
    (void)sdk_finish((int)hash->words[SLOT], digest);
    memset(hash, 0, sizeof *hash);
    return ok;
}

/* The same, but errors are reported. */
static void init_slot_or_fail(emrs_sha256 *hash)
{
    init_slot(hash);
    hash->failed = (int)hash->words[SLOT] == BUSY;
}

/* One engine for all states. A state has only a flag for a failure. */
static emrs_sha256 only;

static void init_only(emrs_sha256 *hash)
{
    memset(hash, 0, sizeof *hash);
    plain_init(&only);
}

static void update_only(emrs_sha256 *hash, const void *bytes, size_t size)
{
    (void)hash;
    plain_update(&only, bytes, size);
}

static bool finish_only(emrs_sha256 *hash, uint8_t digest[32])
{
    return plain_finish(&only, digest) && !hash->failed;
}

/* Functions that are wrong in one way */

enum { SIZE_LOW = 24 }; /* the word of core/sha256.c that counts bytes */

static size_t count_of(const emrs_sha256 *hash)
{
    return hash->words[SIZE_LOW];
}

static void update_from_a_block(emrs_sha256 *hash, const void *bytes, size_t size)
{
    size_t lost = size > 0 && count_of(hash) % 64u > 0;
    plain_update(hash, (const uint8_t *)bytes + lost, size - lost);
}

static void update_short_size(emrs_sha256 *hash, const void *bytes, size_t size)
{
    plain_update(hash, bytes, (uint8_t)size);
}

static void update_nothing(emrs_sha256 *hash, const void *bytes, size_t size)
{
    hash->failed = hash->failed || bytes == NULL;
    plain_update(hash, bytes, size);
}

static void update_and_forget_failure(emrs_sha256 *hash, const void *bytes, size_t size)
{
    hash->failed = false;
    plain_update(hash, bytes, size);
}

static bool finish_short_count(emrs_sha256 *hash, uint8_t digest[32])
{
    hash->words[SIZE_LOW] &= 0x1fff; /* 16 bits of a size in bits */
    return plain_finish(hash, digest);
}

static bool finish_little_endian(emrs_sha256 *hash, uint8_t digest[32])
{
    uint8_t bytes[32];
    bool ok = plain_finish(hash, bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        digest[i] = bytes[i ^ 3u];
    return ok;
}

/* Padding needs 9 bytes. This one also pads if only 8 are left. */
static bool finish_at_56(emrs_sha256 *hash, uint8_t digest[32])
{
    bool is_wrong = count_of(hash) % 64u == 56u;
    bool ok = plain_finish(hash, digest);
    digest[0] = (uint8_t)(digest[0] ^ is_wrong);
    return ok;
}

static bool finish_always(emrs_sha256 *hash, uint8_t digest[32])
{
    (void)plain_finish(hash, digest);
    return true;
}

static bool finish_unwiped(emrs_sha256 *hash, uint8_t digest[32])
{
    emrs_sha256 copy = *hash;
    return plain_finish(&copy, digest);
}

static void init_once(emrs_sha256 *hash)
{
    enum { MARK = 28, LIVE = 0x12345678 };
    if (hash->words[MARK] != LIVE)
        plain_init(hash);
    hash->words[MARK] = LIVE;
}

/* Writes past a state, once, where the checker has its guard. */
static void init_behind(emrs_sha256 *hash)
{
    static bool has_written;
    bool is_guarded = hash->words[0] == 0x47474747u && hash->words[28] == 0x47474747u;
    plain_init(hash);
    if (is_guarded && !has_written)
        ((volatile uint8_t *)hash)[sizeof *hash + 3] = 0;
    has_written = has_written || is_guarded;
}

static char failing[500];

static void note(void *context, const emrs_check_result *result)
{
    size_t used = strlen(failing);
    (*(int *)context)++;
    assert_true(strlen(result->name) > 0 && strlen(result->holds) > 0 && strlen(result->look) > 0);
    if (result->verdict == EMRS_CHECK_FAILED) {
        assert_true(strlen(result->found) > 0);
        (void)snprintf(failing + used, sizeof failing - used, "%s%s", used > 0 ? ", " : "",
                       result->name + strlen("hash "));
    } else {
        assert_int_equal(result->verdict, EMRS_CHECK_PASSED);
        assert_string_equal(result->found, "");
    }
}

static void test_engine(void **state)
{
    int count = 0, failed_count = 0;
    now = *state;
    memset(sdk, 0, sizeof sdk);
    memset(slots, 0, sizeof slots);
    tick = 0;
    memset(failing, 0, sizeof failing);
    int told = emrs_check_hash(note, &count);
    assert_int_equal(count, 11);
    const char *more = strstr(now->failing, ", ...");
    if (more == NULL)
        assert_string_equal(failing, now->failing);
    else
        assert_memory_equal(failing, now->failing, (size_t)(more - now->failing));
    for (const char *at = failing; *at != 0; at++)
        failed_count += at == failing || *at == ',';
    assert_int_equal(told, failed_count);
}

#define ENGINE(title, ...)                                                                         \
    {                                                                                              \
        .name = (title), .test_func = test_engine, .initial_state = &(engine)                      \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define LEAKED "init, in turn, abandoned, signature, calls"
#define LEAKED_UNTOLD "init, in turn, abandoned, at once, signature, calls"

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE("passes: core/sha256.c", .failing = ""),
        ENGINE("passes: mbedTLS", "", library_init, library_update, library_finish, 0, 0),
        ENGINE("passes: one byte at a time", .failing = "", .init = init_slowly,
               .update = update_slowly),
        ENGINE("passes: eight slots, taken over", "", slots_init, slots_update, slots_finish, 8, 8),
        ENGINE("passes: two slots, taken over", "", slots_init, slots_update, slots_finish, 8, 2),
        ENGINE("catches: a slot taken by another state, not noticed", "at once", slots_init,
               update_any, finish_any, 8, 8),
        ENGINE("catches: a slot taken by another state, not noticed in update", "at once",
               slots_init, update_any, slots_finish, 8, 8),
        ENGINE("catches: a slot taken by another state, not noticed in finish", "at once",
               slots_init, slots_update, finish_any, 8, 8),
        ENGINE("catches: a table of nine slots for an engine of eight", "init, abandoned, calls",
               slots_init, slots_update, slots_finish, 8, 9),
        ENGINE("catches: eight slots that leak", LEAKED_UNTOLD, init_slot, update_slot, finish_slot,
               8, 0),
        ENGINE("catches: eight slots that leak, with an error", LEAKED, init_slot_or_fail,
               update_slot, finish_slot, 8, 0),
        ENGINE("catches: a thousand slots that leak", "calls", init_slot, update_slot, finish_slot,
               1000, 0),
        ENGINE("catches: one slot, taken over", "in turn", slots_init, slots_update, slots_finish,
               8, 1),
        ENGINE("catches: one engine for all states", "in turn, at once", init_only, update_only,
               finish_only, 0, 0),
        ENGINE("catches: a piece loses a byte", "pieces, in turn, signature, calls",
               .update = update_from_a_block),
        ENGINE("catches: a size cut to 8 bits", "answers", .update = update_short_size),
        ENGINE("catches: an error for no bytes", "pieces", .update = update_nothing),
        ENGINE("catches: a failure that is forgotten", "failure",
               .update = update_and_forget_failure),
        ENGINE("catches: a count cut to 16 bits", "answers", .finish = finish_short_count),
        ENGINE("catches: words in another order",
               "answers, pieces, failure, init, in turn, abandoned, at once, signature, calls",
               .finish = finish_little_endian),
        ENGINE("catches: padding at 56 bytes", "answers, in turn, at once", .finish = finish_at_56),
        ENGINE("catches: a failure that is not reported", "failure", .finish = finish_always),
        ENGINE("catches: a state that is not wiped", "wipe", .finish = finish_unwiped),
        ENGINE("catches: an init that does nothing the second time", "init, ...",
               .init = init_once),
        ENGINE("catches: bytes written past a state", "bounds", .init = init_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
