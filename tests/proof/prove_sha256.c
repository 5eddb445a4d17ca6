/* SPDX-License-Identifier: MIT */
/* function: all of sha256.c, all lengths of a message
 * method: induction over bytes
 * bound: updates of 0 to 8 bytes, in any state
 * unwind: 66
 * instead: sha256.c s/^        take_block(/        any_block(/
 * control: sha256.c s/size \/ 4u % 16u/size \/ 4u % 32u/
 * control: sha256.c s/at < size; at++/at <= size; at++/
 * control: sha256.c s/(t + 14u) % 16u/t + 14u/
 * control: sha256.c s/^    emrs_wipe(hash, sizeof .hash)/    emrs_wipe(hash, 100)/
 */
#include "proof.h"

#include "emrs_text.h"

void emrs_wipe(void *memory, size_t size)
{
    PROVE(__CPROVER_w_ok(memory, size));
    memset(memory, 0, size);
}

/* While bytes are counted, the hash of a block changes nothing: the proof begins with any state. */
static void any_block(uint32_t chain[8], uint32_t w[16])
{
    PROVE(__CPROVER_w_ok(chain, 8 * sizeof *chain));
    PROVE(__CPROVER_w_ok(w, 16 * sizeof *w));
}

#include "sha256.c"

emrs_sha256 nondet_sha256(void);

enum { UPDATE_SIZE_MAX = 8 };

/* From any state, an update counts its bytes and touches nothing else. So this is true for a
 * message of any length, in any pieces. Then the hash ends. The bytes are only read. */
void proof(void)
{
    emrs_sha256 hash = nondet_sha256();
    if (nondet_bool())
        emrs_sha256_init(&hash);
    bool failed = hash.failed;
    uint64_t before = (uint64_t)hash.words[SIZE_HIGH] << 32 | hash.words[SIZE_LOW];
    size_t size = nondet_size();
    ASSUME(size <= UPDATE_SIZE_MAX);
    emrs_sha256_update(&hash, any_bytes(size), size);
    uint64_t after = (uint64_t)hash.words[SIZE_HIGH] << 32 | hash.words[SIZE_LOW];
    PROVE(after == before + size);
    PROVE(hash.failed == failed);
    REACHED(size == UPDATE_SIZE_MAX && before % 64u == 63u);
    REACHED(hash.words[SIZE_HIGH] == 1 && before == UINT32_MAX);

    uint32_t chain[8], block[16]; /* of any values */
    take_block(chain, block);

    uint8_t digest[32];
    bool ok = emrs_sha256_finish(&hash, digest);
    PROVE(ok == !failed);
    size_t at = nondet_size();
    PROVE(at >= sizeof hash || ((char *)&hash)[at] == 0);
    REACHED(ok && after % 64u == 55u);
    REACHED(ok && after % 64u == 56u);
}
