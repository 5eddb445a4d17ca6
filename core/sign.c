/* SPDX-License-Identifier: MIT */
#include "sign.h"

#include "emrs_config.h"
#include "emrs_sha256.h"
#include "emrs_text.h"

#define HASH_SIZE 32u
#define BLOCK_SIZE 64u
#define DATE_SIZE 16u
#define DAY_SIZE 8u

/* The state of an HMAC. The block is the padded key, XORed with the inner or the outer pad. */
typedef struct {
    emrs_sha256 hash;
    uint8_t block[BLOCK_SIZE];
} hmac;

/* XORs each byte of the block with `flip`, and begins a hash with the block.
 * in:  ok: whether the hash before succeeded; if not, this one fails too */
static void hash_block(hmac *h, unsigned flip, bool ok)
{
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        h->block[i] ^= (uint8_t)flip;
    emrs_sha256_init(&h->hash);
    h->hash.failed = h->hash.failed || !ok;
    emrs_sha256_update(&h->hash, h->block, BLOCK_SIZE);
}

static void hmac_begin(hmac *h, const void *key, size_t key_size)
{
    bool ok = true;
    memset(h->block, 0, BLOCK_SIZE);
    if (key_size > BLOCK_SIZE) {
        emrs_sha256_init(&h->hash);
        emrs_sha256_update(&h->hash, key, key_size);
        ok = emrs_sha256_finish(&h->hash, h->block);
    } else {
        memcpy(h->block, key, key_size);
    }
    hash_block(h, 0x36u, ok);
}

/* Ends the HMAC of what was hashed into h->hash.      ret: whether every step succeeded */
static bool hmac_finish(hmac *h, uint8_t mac[HASH_SIZE])
{
    bool ok = emrs_sha256_finish(&h->hash, mac);
    hash_block(h, 0x36u ^ 0x5cu, ok);
    emrs_sha256_update(&h->hash, mac, HASH_SIZE);
    emrs_wipe(h->block, sizeof h->block);
    return emrs_sha256_finish(&h->hash, mac);
}

static void hash_text(emrs_sha256 *hash, emrs_text text)
{
    emrs_sha256_update(hash, text.bytes, text.size);
}

bool emrs_hmac_of(const void *key, size_t key_size, emrs_text message, uint8_t mac[HASH_SIZE])
{
    hmac h;
    hmac_begin(&h, key, key_size);
    hash_text(&h.hash, message);
    return hmac_finish(&h, mac);
}

void emrs_signing_scope(const emrs_signing *signing, emrs_text scope[EMRS_SCOPE_COUNT])
{
    scope[0] = (emrs_text){signing->date, DAY_SIZE};
    scope[1] = signing->region;
    scope[2] = signing->service;
    scope[3] = EMRS_TEXT("aws4_request");
}

emrs_text emrs_signed_headers(const emrs_signing *signing)
{
    static const char all[] = "host;x-amz-date;x-amz-security-token";
    bool has_token = signing->token.size > 0;
    return (emrs_text){all, has_token ? sizeof all - 1 : sizeof "host;x-amz-date" - 1};
}

static void hash_line(emrs_sha256 *hash, const char *label, const emrs_text *text)
{
    emrs_sha256_update(hash, label, strlen(label));
    emrs_sha256_update(hash, text->bytes, text->size);
    emrs_sha256_update(hash, "\n", 1);
}

/* Hashes region and secret, so that a change of either is noticed without keeping the secret. With
 * a secret of 40 bytes and a region of 14 this takes one block of the hash. */
static bool hash_origin(emrs_text secret, const emrs_signing *signing, uint8_t origin[HASH_SIZE])
{
    emrs_sha256 hash;
    emrs_sha256_init(&hash);
    hash_line(&hash, "", &signing->region);
    hash_text(&hash, secret);
    return emrs_sha256_finish(&hash, origin);
}

/* Compares without branching on the bytes. */
static bool is_same(const uint8_t a[HASH_SIZE], const uint8_t b[HASH_SIZE])
{
    unsigned difference = 0;
    for (size_t i = 0; i < HASH_SIZE; i++)
        difference |= (unsigned)(a[i] ^ b[i]);
    return difference == 0;
}

/* Derives the signing key.      ret: whether every step succeeded */
static bool derive(emrs_signing_key *key, emrs_text secret, const emrs_signing *signing)
{
    char start[4u + EMRS_SECRET_SIZE_MAX];
    emrs_pen pen = emrs_pen_on(start, sizeof start);
    emrs_text scope[EMRS_SCOPE_COUNT];
    emrs_put_form(&pen, "AWS4*", &secret);
    emrs_signing_scope(signing, scope);
    const void *with = start;
    size_t size = pen.used;
    bool ok = true;
    for (size_t i = 0; i < EMRS_SCOPE_COUNT; i++) {
        ok = emrs_hmac_of(with, size, scope[i], key->derived) && ok;
        with = key->derived;
        size = HASH_SIZE;
    }
    emrs_wipe(start, sizeof start);
    return ok;
}

bool emrs_signing_key_make(emrs_signing_key *key, emrs_text secret, const emrs_signing *signing)
{
    uint8_t origin[HASH_SIZE];
    bool ok = hash_origin(secret, signing, origin);
    if (!ok || memcmp(key->day, signing->date, DAY_SIZE) != 0)
        emrs_wipe(key, sizeof *key); /* an origin of zeros is never the same as this one */
    if (is_same(key->origin, origin))
        return ok;
    emrs_wipe(key, sizeof *key);
    if (!ok || secret.size > EMRS_SECRET_SIZE_MAX)
        return false;
    memcpy(key->origin, origin, sizeof origin);
    memcpy(key->day, signing->date, DAY_SIZE);
    ok = derive(key, secret, signing);
    if (!ok)
        emrs_wipe(key, sizeof *key);
    return ok;
}

static void put_hex(char *hex, const uint8_t bytes[HASH_SIZE])
{
    for (size_t i = 0; i < HASH_SIZE; i++) {
        hex[2 * i] = emrs_to_hex(bytes[i] >> 4);
        hex[2 * i + 1] = emrs_to_hex(bytes[i] & 15u);
    }
}

/* Hashes the canonical request.
 * out: the hash in hex
 * ret: whether every step succeeded */
static bool hash_request(const emrs_signing *signing, char hex[2 * HASH_SIZE])
{
    const emrs_text date = {signing->date, DATE_SIZE};
    const emrs_text signed_headers = emrs_signed_headers(signing);
    uint8_t digest[HASH_SIZE];
    emrs_sha256 hash;
    emrs_sha256_init(&hash);
    bool ok = emrs_sha256_finish(&hash, digest); /* of the payload, which is empty */
    put_hex(hex, digest);
    emrs_sha256_init(&hash);
    hash_line(&hash, "", &signing->method);
    hash_line(&hash, "", &signing->path);
    hash_line(&hash, "", &signing->query);
    hash_line(&hash, "host:", &signing->host);
    /* x-amz-date sorts before x-amz-security-token: this is the signed order too */
    hash_line(&hash, "x-amz-date:", &date);
    if (signing->token.size > 0)
        hash_line(&hash, "x-amz-security-token:", &signing->token);
    hash_line(&hash, "\n", &signed_headers);
    hash_text(&hash, (emrs_text){hex, (size_t)2 * HASH_SIZE});
    ok = emrs_sha256_finish(&hash, digest) && ok;
    put_hex(hex, digest);
    return ok;
}

bool emrs_sign(const emrs_signing_key *key, const emrs_signing *signing, char signature[64])
{
    const emrs_text date = {signing->date, DATE_SIZE};
    char request_hash[2 * HASH_SIZE];
    uint8_t mac[HASH_SIZE];
    emrs_text scope[EMRS_SCOPE_COUNT];
    hmac h;
    bool ok = hash_request(signing, request_hash);
    emrs_signing_scope(signing, scope);
    hmac_begin(&h, key->derived, sizeof key->derived);
    hash_line(&h.hash, "AWS4-HMAC-SHA256\n", &date);
    for (size_t i = 0; i < EMRS_SCOPE_COUNT; i++) {
        hash_text(&h.hash, scope[i]);
        hash_text(&h.hash, i + 1 < EMRS_SCOPE_COUNT ? EMRS_TEXT("/") : EMRS_TEXT("\n"));
    }
    hash_text(&h.hash, (emrs_text){request_hash, sizeof request_hash});
    ok = hmac_finish(&h, mac) && ok;
    put_hex(signature, mac);
    emrs_wipe(mac, sizeof mac);
    return ok;
}
