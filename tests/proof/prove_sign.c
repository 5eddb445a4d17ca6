/* SPDX-License-Identifier: MIT */
/* function: all of sign.c, with a hash that writes any bytes, or fails
 * method: all inputs, all loops to their end
 * bound: secrets of 0 to 130 bytes; region, path, query, host and token of any size
 * unwind: 132
 * control: sign.c s/secret.size > EMRS_SECRET_SIZE_MAX/secret.size > EMRS_SECRET_SIZE_MAX + 2u/
 * control: sign.c s/key->origin, origin, sizeof origin/key->origin, origin, sizeof origin + 1u/
 * control: sign.c s/hex\[2 \* i + 1\]/hex[2 * i + 2]/
 */
#include "proof.h"

#include "emrs_config.h"
#include "emrs_sha256.h"

#define emrs_wipe unused_wipe
#include "text.c"
#undef emrs_wipe
void emrs_wipe(void *memory, size_t size);

#include "sign.c"

emrs_sha256 nondet_sha256(void);
emrs_signing_key nondet_key(void);
uint8_t nondet_uint8(void);

/* All input of the hash can be read; the output is any 32 bytes, or a failure with 32 bytes that
 * mean nothing. A failure lasts to the end of that hash. */
static uint8_t first[32]; /* the first digest: of what the key is made from */
static bool has_first, has_failed;
void emrs_sha256_init(emrs_sha256 *hash)
{
    *hash = nondet_sha256();
    hash->failed = false;
}
void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    PROVE(size == 0 || __CPROVER_r_ok(bytes, size));
    bool failed = hash->failed;
    *hash = nondet_sha256();
    hash->failed = failed;
}
bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    bool ok = !hash->failed && nondet_bool();
    has_failed = has_failed || !ok;
    PROVE(__CPROVER_w_ok(digest, 32));
    for (int i = 0; i < 32; i++) {
        digest[i] = nondet_uint8();
        first[i] = has_first ? first[i] : digest[i];
    }
    has_first = true;
    emrs_wipe(hash, sizeof *hash);
    return ok;
}
void emrs_wipe(void *memory, size_t size)
{
    PROVE(__CPROVER_w_ok(memory, size));
    memset(memory, 0, size);
}

static emrs_text any_text(size_t most)
{
    size_t size = nondet_size();
    ASSUME(size <= most);
    return (emrs_text){any_bytes(size), size};
}

void proof(void)
{
    const emrs_signing signing = {.method = EMRS_TEXT("DELETE"),
                                  .path = any_text(UINT32_MAX),
                                  .query = any_text(UINT32_MAX),
                                  .host = any_text(UINT32_MAX),
                                  .token = any_text(UINT32_MAX),
                                  .date = any_bytes(16),
                                  .region = any_text(UINT32_MAX),
                                  .service = EMRS_TEXT("emr-serverless")};
    emrs_text secret = any_text(EMRS_SECRET_SIZE_MAX + 2u);
    emrs_signing_key key = nondet_key(), before = key;
    bool ready = emrs_signing_key_make(&key, secret, &signing);
    bool fits = secret.size <= EMRS_SECRET_SIZE_MAX;
    bool is_held = !has_failed && memcmp(before.origin, first, sizeof first) == 0
                   && memcmp(before.day, signing.date, sizeof before.day) == 0;
    size_t at = nondet_size();
    static const uint8_t zeros[32];
    ASSUME(memcmp(first, zeros, sizeof zeros) != 0); /* no digest is all zero */
    PROVE(ready == (!has_failed && (is_held || fits)));
    PROVE(ready || at >= sizeof key || ((char *)&key)[at] == 0);
    PROVE(!is_held || at >= sizeof key || ((char *)&key)[at] == ((char *)&before)[at]);
    PROVE(!ready || at >= sizeof key.origin || key.origin[at] == first[at]);

    char signature[64];
    PROVE(emrs_sign(&key, &signing, signature) || has_failed);
    PROVE(at >= sizeof signature || emrs_is_digit(signature[at])
          || (signature[at] >= 'a' && signature[at] <= 'f'));
    REACHED(has_failed && !ready && fits);
    REACHED(is_held && secret.size == EMRS_SECRET_SIZE_MAX);
    REACHED(!is_held && !fits && signing.token.size > 4096);
}
