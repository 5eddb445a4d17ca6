/* SPDX-License-Identifier: MIT */
/* SHA-256, as the core uses it. Exactly one of these files belongs into a build:
 *
 *   core/sha256.c          plain C, for every C99 compiler
 *   port/mbedtls/sha256.c  mbedTLS's, which a chip's maker may have accelerated
 *   a file of your own     a hardware engine, or another library
 *
 * Whoever writes such a file keeps the rules below; emrs_check_hash (emrs_check.h) checks them. A
 * call hashes about 2 KB: an engine saves little time there, and core/sha256.c is always right.
 *
 * 1. A state is memory of the caller. All that a hash needs is in it: `words` is yours to lay out.
 *    It is neither copied nor moved while it is in use.
 * 2. A state may be abandoned at any time: its memory is wiped, overwritten or used for something
 *    else, and finish is never called. Nothing may stay taken because of that.
 * 3. init works whatever the memory held before, also where a hash was under way: it begins anew.
 * 4. Several states may be in use at once, in one task or in several.
 * 5. update takes any number of bytes in any pieces; if size is 0, bytes may be NULL.
 * 6. A step that fails sets `failed` and leaves it set, and then finish returns false. The core may
 *    set it too. After that nothing is signed and nothing is sent: the call ends with
 *    EMRS_E_RESOURCE. A digest that is wrong, but not told, is worse: the service refuses the
 *    signature, and the error looks like one of the credentials.
 * 7. What is hashed may be secret: finish sets to 0 what it kept in `words`, and no branch and no
 *    index depends on the bytes.
 *
 * An engine with slots, sessions or handles breaks rule 2 if init takes one and only finish gives
 * it back: ten abandoned states keep ten slots for good. Two ways work:
 * - The engine can load and store the eight words of an unfinished hash. Keep these words, the
 *   length and the bytes of the unfinished block in `words`. In update take the engine, load,
 *   process, store, and give it back before you return.
 * - It cannot. Then port/template/sha256_slots.c does the rest: you write your engine's calls. It
 *   keeps a table of slots, no more than the engine can spare. If none is free, init takes over the
 *   slot whose last use is the longest ago: it closes the handle there, and opens another one. Slot
 *   and state get the same new number. If the two differ later, another hash has the slot: update
 *   sets `failed`, and finish returns false. Two slots for each task that calls emrs are enough.
 * Both need a lock if several tasks call emrs. */
#ifndef EMRS_SHA256_H
#define EMRS_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The state of one hash. Its size is the same in every build. */
typedef struct {
    uint32_t words[29];
    bool failed;
} emrs_sha256;

/* Begins a hash. */
void emrs_sha256_init(emrs_sha256 *hash);

/* Hashes more bytes. They may be overwritten once it has returned. */
void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size);

/* Ends the hash and wipes the state.
 * out: 32 bytes, which mean nothing on failure
 * ret: whether this step and each step before it succeeded */
bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32]);

#ifdef __cplusplus
}
#endif

#endif
