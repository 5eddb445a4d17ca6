/* SPDX-License-Identifier: MIT */
/* Checks whether the hash of a build keeps the rules of emrs_sha256.h. It calls only the functions
 * of that header, so that it can be linked with any hash, and without the rest of emrs. */
#include "emrs_check.h"

#include <string.h>

#include "emrs_sha256.h"

enum {
    DIGEST_SIZE = 32,
    BLOCK_SIZE = 64,
    MESSAGE_SIZE = 2048,
    EACH_SIZE = 200, /* every size up to this one, and every cut of it, is tried */
    GUARD_SIZE = 16,
    GUARD = 0x47,
    ABANDONED_COUNT = 100,
    CALL_COUNT = 1000
};

/* What a check found; `found` is NULL if nothing is wrong */
typedef struct {
    const char *found;
    int32_t number;
} finding;

/* Records a finding. Only the first one of a check is kept.      ret: false, so that a caller can
 * return it */
static bool find(finding *f, const char *found, size_t number)
{
    if (f->found == NULL) {
        f->found = found;
        f->number = (int32_t)number;
    }
    return false;
}

static char digit(unsigned value)
{
    return "0123456789abcdef"[value & 15u];
}

static void put_hex(const uint8_t digest[DIGEST_SIZE], char hex[2 * DIGEST_SIZE])
{
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        hex[2 * i] = digit((unsigned)digest[i] >> 4);
        hex[2 * i + 1] = digit(digest[i]);
    }
}

/* The byte at this position of the message that the checks hash */
static uint8_t message_byte(size_t at)
{
    return (uint8_t)(at * 7u + 3u);
}

static void put_message(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = message_byte(i);
}

/* Digests of the first bytes of the message
 * src: Python's hashlib */
static const struct {
    size_t size;
    const char *hex;
} answers[] = {
    {0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {55, "e7313d333c272e639f790978283f9eb392e843d0f29b7016828bb1daa4aac70b"},
    {56, "4324d65f3c103567f5589c710bc08f8523f929a9272e3af36fc968e52abc6c27"},
    {63, "81c80242132f230c3bd41b3e63bbcff16107339549214a99614ff26664625055"},
    {64, "39e3d7b6b5d075d37d053ad89b24b41bef4f3c29760c84447cab3f3be1882241"},
    {65, "aacca6ff74fdbb296d165a45cecfa04e5127bc008770fbbdd48006f2d2fae95e"},
    {119, "9ce7368e4daf32341631b492e80359dc9f594b48453cd0dd5bf0b19279cc177e"},
    {120, "7836b787757e95e58b3ca5aec90b1b004e8deba1e50e9675af9cabf1a13a04b5"},
    {128, "d2742f1f4ac6bb7ca2b239ee18402ba8b3f9f8e652d2a72973c2b9ba11c08cf6"},
    {200, "2c7e18c942ef065b526a2d4e5546283749cd3ddfb51d8fc71f42717363685f46"},
    {256, "d9c76fa34978cb9620dab8c3f46bbe075fddc145eb282b39009141f98d0cfe82"},
    {2048, "dfff795a6b8cdf421e2e0815987ba9eed246a3474ee26aeff7e70f0f2e5cc16b"},
};

enum { ANSWER_COUNT = sizeof answers / sizeof answers[0] };

static const char *answer_of(size_t size)
{
    size_t at = 0;
    while (at + 1u < ANSWER_COUNT && answers[at].size != size)
        at++;
    return answers[at].hex;
}

/* src: the examples of FIPS 180-4 */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

/* The last of 201 digests. Each is over the previous digest (at first 32 zeros), then the first 0
 * to 200 bytes of the message */
#define CHAIN "ada0b418ea7fd7d69851d0710ede7f43b3fd9c2217852e3b9907b056ddb85703"

/* Ends a hash. Overwrites the digest first, since the right one may still be there. */
static bool end(emrs_sha256 *hash, uint8_t digest[DIGEST_SIZE])
{
    memset(digest, GUARD, DIGEST_SIZE);
    return emrs_sha256_finish(hash, digest);
}

static bool is_answer(const uint8_t digest[DIGEST_SIZE], const char *hex)
{
    char text[2 * DIGEST_SIZE];
    put_hex(digest, text);
    return memcmp(text, hex, sizeof text) == 0;
}

/* Ends a hash of `size` bytes, whose digest is `hex`. */
static bool finish(finding *f, emrs_sha256 *hash, const char *hex, size_t size)
{
    uint8_t digest[DIGEST_SIZE];
    if (!end(hash, digest))
        return find(f, "finish failed; bytes hashed", size);
    return is_answer(digest, hex) || find(f, "wrong digest; bytes hashed", size);
}

static bool hash_abc(finding *f)
{
    emrs_sha256 hash;
    emrs_sha256_init(&hash);
    emrs_sha256_update(&hash, "abc", 3);
    return finish(f, &hash, ABC, 3);
}

/* Begins a hash, and abandons it after `size` bytes of the message. Leaves, wipes or overwrites its
 * memory. */
static void abandon(emrs_sha256 *hash, const uint8_t *message, size_t size)
{
    emrs_sha256_init(hash);
    emrs_sha256_update(hash, message, size);
    if (size % 3u > 0)
        memset(hash, size % 3u == 1u ? 0 : 0xa5, sizeof *hash);
}

/* Hashes messages of each size up to EACH_SIZE. Each digest is hashed with the next message. */
static bool hash_chain(finding *f)
{
    uint8_t bytes[DIGEST_SIZE + EACH_SIZE] = {0};
    emrs_sha256 hash;
    put_message(bytes + DIGEST_SIZE, EACH_SIZE);
    for (size_t size = 0; size < EACH_SIZE; size++) {
        emrs_sha256_init(&hash);
        emrs_sha256_update(&hash, bytes, DIGEST_SIZE + size);
        if (!end(&hash, bytes))
            return find(f, "finish failed; bytes hashed", DIGEST_SIZE + size);
    }
    emrs_sha256_init(&hash);
    emrs_sha256_update(&hash, bytes, sizeof bytes);
    return finish(f, &hash, CHAIN, sizeof bytes);
}

static bool check_answers(finding *f)
{
    static uint8_t bytes[MESSAGE_SIZE]; /* a session token is about as long */
    emrs_sha256 hash;
    put_message(bytes, sizeof bytes);
    for (size_t i = 0; i < ANSWER_COUNT; i++) {
        emrs_sha256_init(&hash);
        emrs_sha256_update(&hash, bytes, answers[i].size);
        if (!finish(f, &hash, answers[i].hex, answers[i].size))
            return false;
    }
    emrs_sha256_init(&hash);
    memset(bytes, 'a', sizeof bytes);
    size_t left = 1000000;
    for (size_t size; left > 0; left -= size) {
        size = left < sizeof bytes ? left : sizeof bytes;
        emrs_sha256_update(&hash, bytes, size);
    }
    return finish(f, &hash, MILLION_A, 1000000) && hash_chain(f);
}

static bool check_pieces(finding *f)
{
    uint8_t bytes[EACH_SIZE];
    emrs_sha256 hash;
    put_message(bytes, sizeof bytes);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        emrs_sha256_init(&hash);
        emrs_sha256_update(&hash, bytes, cut);
        emrs_sha256_update(&hash, NULL, 0);
        emrs_sha256_update(&hash, bytes + cut, sizeof bytes - cut);
        if (!finish(f, &hash, answer_of(sizeof bytes), sizeof bytes))
            return false;
    }
    for (size_t step = 1; step < BLOCK_SIZE; step += 6) {
        emrs_sha256_init(&hash);
        for (size_t at = 0; at < sizeof bytes; at += step)
            emrs_sha256_update(&hash, bytes + at,
                               at + step < sizeof bytes ? step : sizeof bytes - at);
        if (!finish(f, &hash, answer_of(sizeof bytes), sizeof bytes))
            return false;
    }
    return true;
}

static bool check_failure(finding *f)
{
    emrs_sha256 hash;
    uint8_t digest[DIGEST_SIZE];
    emrs_sha256_init(&hash);
    emrs_sha256_update(&hash, "ab", 2);
    hash.failed = true;
    emrs_sha256_update(&hash, "c", 1);
    if (end(&hash, digest))
        return find(f, "finish succeeded where failed was set; bytes hashed", 3);
    hash.failed = true;
    emrs_sha256_init(&hash);
    emrs_sha256_update(&hash, "abc", 3);
    return finish(f, &hash, ABC, 3);
}

/* A state and a digest between guards, all of the same byte */
typedef struct {
    uint8_t before[GUARD_SIZE];
    emrs_sha256 hash;
    uint8_t between[GUARD_SIZE], digest[DIGEST_SIZE], behind[GUARD_SIZE];
} guarded;

static bool check_bounds(finding *f)
{
    guarded g;
    memset(&g, GUARD, sizeof g);
    emrs_sha256_init(&g.hash);
    for (size_t i = 0; i < EACH_SIZE; i++)
        emrs_sha256_update(&g.hash, "a", 1);
    if (!end(&g.hash, g.digest))
        return find(f, "finish failed; bytes hashed", EACH_SIZE);
    for (size_t i = 0; i < GUARD_SIZE; i++)
        if (g.before[i] != GUARD || g.between[i] != GUARD || g.behind[i] != GUARD)
            return find(f, "wrote outside the state or the digest, at byte", i);
    return true;
}

static bool check_wipe(finding *f)
{
    uint8_t bytes[EACH_SIZE], digest[DIGEST_SIZE];
    emrs_sha256 hash;
    put_message(bytes, sizeof bytes);
    for (size_t size = 0; size <= sizeof bytes; size += 50) {
        memset(&hash, 0, sizeof hash); /* what the hash does not use may stay as it is */
        emrs_sha256_init(&hash);
        emrs_sha256_update(&hash, bytes, size);
        (void)end(&hash, digest);
        for (size_t i = 0; i < sizeof hash.words / sizeof hash.words[0]; i++)
            if (hash.words[i] != 0)
                return find(f, "finish left something in words, at word", i);
    }
    return true;
}

/* Begins a hash in memory of any bytes, and in place of a hash that is under way. */
static bool check_init(finding *f)
{
    uint8_t bytes[EACH_SIZE];
    emrs_sha256 hash;
    put_message(bytes, sizeof bytes);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        memset(&hash, message_byte(size), sizeof hash);
        emrs_sha256_init(&hash);
        emrs_sha256_update(&hash, bytes, size);
        emrs_sha256_init(&hash);
        emrs_sha256_update(&hash, "abc", 3);
        if (!finish(f, &hash, ABC, 3))
            return false;
    }
    return true;
}

/* Lets a second hash begin after the first has taken more than a block, and end before the
 * first. */
static bool check_in_turn(finding *f)
{
    enum { LONG = 200, SHORT = 120, BEGIN = 70 };
    emrs_sha256 first, second;
    emrs_sha256_init(&first);
    for (size_t at = 0; at < LONG; at++) {
        const uint8_t byte = message_byte(at);
        emrs_sha256_update(&first, &byte, 1);
        if (at == BEGIN)
            emrs_sha256_init(&second);
        if (at >= BEGIN && at < BEGIN + SHORT) {
            const uint8_t other = message_byte(at - BEGIN);
            emrs_sha256_update(&second, &other, 1);
        }
    }
    return finish(f, &second, answer_of(SHORT), SHORT) && finish(f, &first, answer_of(LONG), LONG);
}

/* Tries a hash after each abandoned state, since an engine may have any number of slots. */
static bool check_abandoned(finding *f)
{
    uint8_t bytes[ABANDONED_COUNT];
    emrs_sha256 hashes[2];
    put_message(bytes, sizeof bytes);
    for (size_t i = 0; i < ABANDONED_COUNT; i++) {
        abandon(&hashes[i % 2u], bytes, i);
        if (!hash_abc(f)) {
            f->found = "a hash failed, or was wrong; states abandoned before it";
            f->number = (int32_t)i + 1;
            return false;
        }
    }
    return true;
}

/* Begins ten hashes. Abandons `more` others after the ten have hashed their bytes (is_early), or
 * before that. Then finishes the ten. If one has lost its slot of an engine, finish must return
 * false. */
static bool check_ten(finding *f, size_t more, bool is_early)
{
    enum { COUNT = ANSWER_COUNT - 2 }; /* not the long ones */
    static emrs_sha256 hashes[COUNT];
    uint8_t bytes[EACH_SIZE], digest[DIGEST_SIZE];
    emrs_sha256 other;
    put_message(bytes, sizeof bytes);
    for (size_t i = 0; i < COUNT; i++) {
        emrs_sha256_init(&hashes[i]);
        if (is_early)
            emrs_sha256_update(&hashes[i], bytes, answers[i].size);
    }
    for (size_t i = 0; i < more; i++)
        abandon(&other, bytes, i);
    for (size_t i = 0; i < COUNT; i++) {
        if (!is_early)
            emrs_sha256_update(&hashes[i], bytes, answers[i].size);
        if (end(&hashes[i], digest) && !is_answer(digest, answers[i].hex))
            return find(f, "finish returned true with a wrong digest; bytes hashed",
                        answers[i].size);
    }
    return true;
}

static bool check_at_once(finding *f)
{
    for (size_t more = 0; more <= ABANDONED_COUNT; more++)
        if (!check_ten(f, more, true) || !check_ten(f, more, false))
            return false;
    return true;
}

/* The signature of a request, as a call computes it */

typedef struct {
    emrs_sha256 hash;
    uint8_t block[BLOCK_SIZE]; /* the key, XORed with a pad of HMAC */
} hmac;

static void begin_block(hmac *h, unsigned flip)
{
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        h->block[i] = (uint8_t)(h->block[i] ^ flip);
    emrs_sha256_init(&h->hash);
    emrs_sha256_update(&h->hash, h->block, BLOCK_SIZE);
}

static void hmac_begin(hmac *h, const void *key, size_t size)
{
    memset(h->block, 0, BLOCK_SIZE);
    memcpy(h->block, key, size);
    begin_block(h, 0x36);
}

static bool hmac_finish(hmac *h, uint8_t mac[DIGEST_SIZE])
{
    bool ok = end(&h->hash, mac);
    begin_block(h, 0x36 ^ 0x5c);
    emrs_sha256_update(&h->hash, mac, DIGEST_SIZE);
    return end(&h->hash, mac) && ok;
}

static void take(emrs_sha256 *hash, const char *text)
{
    emrs_sha256_update(hash, text, strlen(text));
}

/* The request of AWS's own example, and its signature.
 * src: AWS IAM User Guide, "Create a signed AWS API request" */
static const char key[] = "AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static const char *const scope[] = {"20150830", "us-east-1", "iam", "aws4_request"};
static const char *const request[] = {
    "GET\n/\nAction=ListUsers&Version=2010-05-08\n",
    "content-type:application/x-www-form-urlencoded; charset=utf-8\n",
    "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\n", "content-type;host;x-amz-date\n",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};
static const char string_to_sign[] =
    "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n";
static const char signature[] = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

static bool derive(uint8_t mac[DIGEST_SIZE])
{
    hmac h;
    bool ok = true;
    hmac_begin(&h, key, sizeof key - 1);
    for (size_t i = 0; i < sizeof scope / sizeof scope[0]; i++) {
        take(&h.hash, scope[i]);
        ok = hmac_finish(&h, mac) && ok;
        hmac_begin(&h, mac, DIGEST_SIZE); /* after the last part it is abandoned */
    }
    return ok;
}

static bool sign(uint8_t mac[DIGEST_SIZE])
{
    uint8_t digest[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE];
    emrs_sha256 hash;
    hmac h;
    bool ok = derive(mac);
    emrs_sha256_init(&hash);
    for (size_t i = 0; i < sizeof request / sizeof request[0]; i++)
        take(&hash, request[i]);
    ok = end(&hash, digest) && ok;
    put_hex(digest, hex);
    hmac_begin(&h, mac, DIGEST_SIZE);
    take(&h.hash, string_to_sign);
    emrs_sha256_update(&h.hash, hex, sizeof hex);
    return hmac_finish(&h, mac) && ok;
}

static bool check_signature(finding *f)
{
    uint8_t mac[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE];
    if (!sign(mac))
        return find(f, "finish failed in call", 0);
    put_hex(mac, hex);
    return memcmp(hex, signature, sizeof hex) == 0
           || find(f, "another signature than AWS's in call", 0);
}

static bool check_calls(finding *f)
{
    uint8_t bytes[EACH_SIZE];
    put_message(bytes, sizeof bytes);
    for (size_t i = 0; i < CALL_COUNT; i++) {
        emrs_sha256 hash;
        abandon(&hash, bytes, i % sizeof bytes);
        if (!check_signature(f)) {
            f->number = (int32_t)i;
            return false;
        }
    }
    return true;
}

static const struct check {
    const char *name;
    bool (*run)(finding *f);
    const char *holds, *look;
} checks[] = {
    {"hash answers", check_answers, "emrs_sha256.h: the digest of FIPS 180-4",
     "the byte order of words; the size in bits, as 64 bits; padding; a size cut to 8 or 16 bits"},
    {"hash pieces", check_pieces, "emrs_sha256.h, rule 5: any number of bytes in any pieces",
     "bytes that do not fill a block must wait for the next update"},
    {"hash failure", check_failure, "emrs_sha256.h, rule 6: finish fails after a failed step",
     "does finish check failed, does init set it to false, does update keep it?"},
    {"hash bounds", check_bounds, "emrs_sha256.h, rule 1: all that a hash needs is in its state",
     "what you keep in words must fit; a digest has 32 bytes"},
    {"hash wipe", check_wipe, "emrs_sha256.h, rule 7: finish sets to 0 what it kept",
     "is it wiped on each way out of finish?"},
    {"hash init", check_init, "emrs_sha256.h, rule 3: init works whatever the memory held before",
     "does init read the state, or need something that a hash under way has already?"},
    {"hash in turn", check_in_turn, "emrs_sha256.h, rule 4: several states may be in use at once",
     "is part of the state in the engine, or in a global, between two calls, or has your table "
     "of slots fewer than two?"},
    {"hash abandoned", check_abandoned, "emrs_sha256.h, rule 2: a state may be abandoned",
     "a slot, a session, a lock or memory that only finish frees; more slots in your table "
     "than the engine has"},
    {"hash at once", check_at_once, "emrs_sha256.h, rule 6: no wrong digest without an error",
     "do update and finish both check whether another hash has taken their slot?"},
    {"hash signature", check_signature, "emrs_sha256.h: the signature of AWS's own example",
     "the checks before this one"},
    {"hash calls", check_calls, "emrs_sha256.h, rule 2: nothing may stay in use",
     "how many slots, sessions or bytes of heap are there, and which step keeps one?"},
};

int emrs_check_hash(void (*say)(void *context, const emrs_check_result *result), void *context)
{
    int failed_count = 0;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        finding f = {NULL, 0};
        bool ok = checks[i].run(&f);
        const emrs_check_result result = {ok ? EMRS_CHECK_PASSED : EMRS_CHECK_FAILED,
                                          checks[i].name,
                                          checks[i].holds,
                                          ok ? "" : f.found,
                                          f.number,
                                          "",
                                          checks[i].look};
        say(context, &result);
        failed_count += !ok;
    }
    return failed_count;
}
