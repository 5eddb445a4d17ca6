/* SPDX-License-Identifier: MIT */
#include "sign.h"

#include "limits.h"
#include "sha256.h"
#include "text.h"

#define HASH_SIZE 32u
#define BLOCK_SIZE 64u
#define DATE_SIZE 16u
#define DAY_SIZE 8u

/* SHA-256 of nothing: the payload of every request we send. */
#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A hash that has taken the key's block with its bits flipped. */
static void begin(emrs_sha256 *hash, uint8_t block[BLOCK_SIZE], unsigned flip)
{
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        block[i] ^= (uint8_t)flip;
    emrs_sha256_init(hash);
    emrs_sha256_update(hash, block, BLOCK_SIZE);
}

void emrs_hmac_init(emrs_hmac *hmac, const void *key, size_t key_size)
{
    uint8_t block[BLOCK_SIZE] = {0};
    if (key_size > sizeof block) {
        emrs_sha256_init(&hmac->inner);
        emrs_sha256_update(&hmac->inner, key, key_size);
        emrs_sha256_finish(&hmac->inner, block);
    } else {
        memcpy(block, key, key_size);
    }
    begin(&hmac->inner, block, 0x36u);
    begin(&hmac->outer, block, 0x36u ^ 0x5cu);
    wipe(block, sizeof block);
}

/* Turns an inner hash that has taken the whole message into the MAC. */
static void hmac_finish(emrs_sha256 *inner, const emrs_sha256 *outer, uint8_t mac[HASH_SIZE])
{
    emrs_sha256 hash;
    emrs_sha256_finish(inner, mac);
    emrs_sha256_copy(&hash, outer);
    emrs_sha256_update(&hash, mac, HASH_SIZE);
    emrs_sha256_finish(&hash, mac);
}

void emrs_hmac_of(const emrs_hmac *hmac, const void *message, size_t size, uint8_t mac[HASH_SIZE])
{
    emrs_sha256 hash;
    emrs_sha256_copy(&hash, &hmac->inner);
    emrs_sha256_update(&hash, message, size);
    hmac_finish(&hash, &hmac->outer, mac);
}

void emrs_signing_scope(const emrs_signing *signing, emrs_text scope[EMRS_SCOPE_COUNT])
{
    scope[0] = (emrs_text){signing->date, DAY_SIZE};
    scope[1] = signing->region;
    scope[2] = signing->service;
    scope[3] = TEXT("aws4_request");
}

emrs_text emrs_signed_headers(const emrs_signing *signing)
{
    static const char names[] = "host;x-amz-date;x-amz-security-token";
    bool has_token = signing->token.size > 0;
    return (emrs_text){names, has_token ? sizeof names - 1 : sizeof "host;x-amz-date" - 1};
}

static void take(emrs_sha256 *hash, emrs_text text)
{
    emrs_sha256_update(hash, text.bytes, text.size);
}

static void take_line(emrs_sha256 *hash, const char *label, const emrs_text *text)
{
    emrs_sha256_update(hash, label, strlen(label));
    emrs_sha256_update(hash, text->bytes, text->size);
    emrs_sha256_update(hash, "\n", 1);
}

/* Of all that a key is made from but the service: it tells a change, and gives no secret away. */
static void hash_origin(emrs_text secret, const emrs_signing *signing, uint8_t origin[HASH_SIZE])
{
    emrs_sha256 hash;
    emrs_sha256_init(&hash);
    take(&hash, (emrs_text){signing->date, DAY_SIZE});
    take_line(&hash, "", &signing->region);
    take(&hash, secret);
    emrs_sha256_finish(&hash, origin);
}

/* Compares without branching on the bytes. */
static bool is_same(const uint8_t a[HASH_SIZE], const uint8_t b[HASH_SIZE])
{
    unsigned difference = 0;
    for (size_t i = 0; i < HASH_SIZE; i++)
        difference |= (unsigned)(a[i] ^ b[i]);
    return difference == 0;
}

void emrs_signing_key_ready(emrs_signing_key *key, emrs_text secret, const emrs_signing *signing)
{
    uint8_t origin[HASH_SIZE];
    hash_origin(secret, signing, origin);
    if (is_same(key->origin, origin))
        return;
    wipe(key, sizeof *key);
    if (secret.size > EMRS_SECRET_SIZE_MAX)
        return;
    memcpy(key->origin, origin, sizeof origin);

    char start[4u + EMRS_SECRET_SIZE_MAX];
    emrs_pen pen = pen_on(start, sizeof start);
    put_form(&pen, "AWS4*", &secret);
    emrs_text scope[EMRS_SCOPE_COUNT];
    emrs_signing_scope(signing, scope);
    emrs_hmac_init(&key->hmac, start, pen.used);
    wipe(start, sizeof start);
    for (size_t i = 0; i < EMRS_SCOPE_COUNT; i++) {
        uint8_t mac[HASH_SIZE];
        emrs_hmac_of(&key->hmac, scope[i].bytes, scope[i].size, mac);
        emrs_hmac_init(&key->hmac, mac, sizeof mac);
        wipe(mac, sizeof mac);
    }
}

static void put_hex(char *hex, const uint8_t bytes[HASH_SIZE])
{
    for (size_t i = 0; i < HASH_SIZE; i++) {
        hex[2 * i] = to_hex(bytes[i] >> 4);
        hex[2 * i + 1] = to_hex(bytes[i] & 15u);
    }
}

/* out: hex of the canonical request's hash */
static void hash_request(const emrs_signing *signing, char hex[2 * HASH_SIZE])
{
    const emrs_text date = {signing->date, DATE_SIZE};
    const emrs_text signed_headers = emrs_signed_headers(signing);
    uint8_t digest[HASH_SIZE];
    emrs_sha256 hash;
    emrs_sha256_init(&hash);
    take_line(&hash, "", &signing->method);
    take_line(&hash, "", &signing->path);
    take_line(&hash, "", &signing->query);
    take_line(&hash, "host:", &signing->host);
    /* x-amz-date sorts before x-amz-security-token: this is the signed order too */
    take_line(&hash, "x-amz-date:", &date);
    if (signing->token.size > 0)
        take_line(&hash, "x-amz-security-token:", &signing->token);
    take_line(&hash, "\n", &signed_headers);
    take(&hash, TEXT(EMPTY_HASH));
    emrs_sha256_finish(&hash, digest);
    put_hex(hex, digest);
}

void emrs_sign(const emrs_signing_key *key, const emrs_signing *signing, char signature[64])
{
    const emrs_text date = {signing->date, DATE_SIZE};
    char request_hash[2 * HASH_SIZE];
    uint8_t mac[HASH_SIZE];
    emrs_text scope[EMRS_SCOPE_COUNT];
    emrs_sha256 hash;
    hash_request(signing, request_hash);
    emrs_signing_scope(signing, scope);
    emrs_sha256_copy(&hash, &key->hmac.inner);
    take_line(&hash, "AWS4-HMAC-SHA256\n", &date);
    for (size_t i = 0; i < EMRS_SCOPE_COUNT; i++) {
        take(&hash, scope[i]);
        take(&hash, i + 1 < EMRS_SCOPE_COUNT ? TEXT("/") : TEXT("\n"));
    }
    take(&hash, (emrs_text){request_hash, sizeof request_hash});
    hmac_finish(&hash, &key->hmac.outer, mac);
    put_hex(signature, mac);
    wipe(mac, sizeof mac);
}
