/* SPDX-License-Identifier: MIT */
/* function: emrs_signing_key_ready, emrs_sign, emrs_signing_scope, emrs_signed_headers, emrs_hmac_init, emrs_hmac_of
 * method: all inputs, loops whole; the hash writes any bytes
 * bound: secrets of 0 to 130 bytes, regions of 0 to 65; path, query, host and token of any size
 * unwind: 132
 * control: sign.c s/secret.size > sizeof key->secret/secret.size > sizeof key->secret + 4/
 * control: sign.c s/hex\[2 \* i + 1\]/hex[2 * i + 2]/
 */
#include "proof.h"

#include "limits.h"
#include "sha256.h"

#define emrs_wipe unused_wipe
#include "text.c"
#undef emrs_wipe
void emrs_wipe(void *memory, size_t size);

#include "sign.c"

emrs_sha256 nondet_sha256(void);
emrs_signing_key nondet_key(void);
uint8_t nondet_uint8(void);

/* All that goes into the hash can be read; what comes out is 32 bytes, any. */
static size_t hashed_size; /* since the last init, or copy */
void emrs_sha256_init(emrs_sha256 *hash)
{
    *hash = nondet_sha256();
    hashed_size = 0;
}
void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    PROVE(size == 0 || __CPROVER_r_ok(bytes, size));
    *hash = nondet_sha256();
    hashed_size += size;
}
void emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    PROVE(__CPROVER_w_ok(digest, 32));
    for (int i = 0; i < 32; i++)
        digest[i] = nondet_uint8();
    emrs_wipe(hash, sizeof *hash);
}
void emrs_sha256_copy(emrs_sha256 *to, const emrs_sha256 *from)
{
    *to = *from;
    hashed_size = 0;
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

/* The invariant of a key: emrs_forget makes one, and so does each readying. */
static bool holds(const emrs_signing_key *key)
{
    return key->region_size <= EMRS_REGION_SIZE_MAX && key->secret_size <= EMRS_SECRET_SIZE_MAX;
}

void proof(void)
{
    const emrs_signing signing = {.method = TEXT("DELETE"),
                                  .path = any_text(UINT32_MAX),
                                  .query = any_text(UINT32_MAX),
                                  .host = any_text(UINT32_MAX),
                                  .token = any_text(UINT32_MAX),
                                  .date = any_bytes(16),
                                  .region = any_text(EMRS_REGION_SIZE_MAX + 2u),
                                  .service = TEXT("emr-serverless")};
    emrs_text secret = any_text(EMRS_SECRET_SIZE_MAX + 2u);
    emrs_signing_key key = nondet_key(), before = key;
    ASSUME(holds(&key));
    emrs_signing_key_ready(&key, secret, &signing);
    PROVE(holds(&key));
    bool fits = secret.size <= EMRS_SECRET_SIZE_MAX && signing.region.size <= EMRS_REGION_SIZE_MAX;
    PROVE(fits || key.secret_size == 0);
    PROVE(!fits || (key.secret_size == secret.size && key.region_size == signing.region.size));
    size_t at = nondet_size();
    PROVE(!fits || at >= secret.size || key.secret[at] == secret.bytes[at]);
    PROVE(!fits || at >= signing.region.size || key.region[at] == signing.region.bytes[at]);
    PROVE(!fits || at >= sizeof key.date || key.date[at] == signing.date[at]);

    char signature[64];
    emrs_sign(&key, &signing, signature);
    PROVE(at >= sizeof signature || is_digit(signature[at])
          || (signature[at] >= 'a' && signature[at] <= 'f'));
    REACHED(fits && secret.size == EMRS_SECRET_SIZE_MAX && before.secret_size == secret.size);
    REACHED(!fits && signing.token.size > 4096);
}
