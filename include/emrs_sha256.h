/* SPDX-License-Identifier: MIT */
/* SHA-256, as the core uses it. Link exactly one of these files:
 *
 *   core/sha256.c          plain C, for every C99 compiler
 *   port/mbedtls/sha256.c  mbedTLS's, which may use the hash hardware of a chip
 *   a file of your own     a hardware engine, or another library
 *
 * If you write such a file, keep the rules below; emrs_check_hash (emrs_check.h) checks them. A
 * call hashes only about 2 KB, so an engine saves little time.
 *
 * 1. The caller gives the memory of a state. All that a hash needs is in it, and you decide how
 *    `words` is used. A state is neither copied nor moved while it is in use.
 * 2. A state may be abandoned at any time: its memory is wiped, overwritten or used for something
 *    else, and finish is never called. No slot, lock or memory may stay in use because of that.
 * 3. init works whatever the memory held before, even a hash that is under way.
 * 4. Several states may be in use at once, in one task or in several.
 * 5. update takes any number of bytes in any pieces; if size is 0, bytes may be NULL.
 * 6. A step that fails sets `failed`, which stays set until finish returns false. The core may set
 *    it too. After that nothing is signed and nothing is sent: the call ends with EMRS_E_RESOURCE.
 *    If a failure is not reported, the service refuses the signature, and the error looks like a
 *    wrong secret access key.
 * 7. What is hashed may be secret: finish sets to 0 what it kept in `words`, and no branch and no
 *    index depends on the bytes.
 *
 * An engine with slots, sessions or handles breaks rule 2 if init takes one and only finish gives
 * it back: ten abandoned states keep ten slots for good. Two ways work:
 * - The engine can load and store the eight words of an unfinished hash. Keep these words, the
 *   length and the bytes of the unfinished block in `words`. In update take the engine, load,
 *   process, store, and give it back before you return.
 * - The engine cannot do that. Then write your engine's calls into port/template/sha256_slots.c.
 *   It has a table of slots, no more than the engine can spare. If no slot is free, init takes over
 *   the one that was not used for the longest time: it closes its handle and opens another. Slot
 *   and state get the same new number. If the two differ later, another hash has the slot: update
 *   sets `failed`, and finish returns false. Two slots per task that calls emrs are enough.
 * Both ways need a lock if several tasks call emrs. */
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
