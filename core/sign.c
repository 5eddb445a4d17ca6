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

void emrs_hmac_key(emrs_sha256 *inner, emrs_sha256 *outer, const void *key, size_t key_size)
{
    uint8_t block[BLOCK_SIZE] = {0};
    if (key_size > sizeof block) {
        emrs_sha256_init(inner);
        emrs_sha256_update(inner, key, key_size);
        emrs_sha256_finish(inner, block);
    } else {
        memcpy(block, key, key_size);
    }
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36u;
    emrs_sha256_init(inner);
    emrs_sha256_update(inner, block, sizeof block);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36u ^ 0x5cu;
    emrs_sha256_init(outer);
    emrs_sha256_update(outer, block, sizeof block);
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

void emrs_hmac(const emrs_sha256 *inner, const emrs_sha256 *outer, const void *message, size_t size,
               uint8_t mac[32])
{
    emrs_sha256 hash;
    emrs_sha256_copy(&hash, inner);
    emrs_sha256_update(&hash, message, size);
    hmac_finish(&hash, outer, mac);
}

/* Compares without branching on the bytes; the sizes are no secret. */
static bool same_secret(emrs_text a, emrs_text b)
{
    if (a.size != b.size)
        return false;
    unsigned difference = 0;
    for (size_t at = 0; at < a.size; at++)
        difference |= (unsigned char)(a.bytes[at] ^ b.bytes[at]);
    return difference == 0;
}

static bool is_ready(const emrs_signing_key *key, emrs_text secret, const emrs_signing *signing)
{
    return key->secret_size > 0 && memcmp(key->date, signing->date, DAY_SIZE) == 0
           && text_is((emrs_text){key->region, key->region_size}, signing->region)
           && same_secret((emrs_text){key->secret, key->secret_size}, secret);
}

void emrs_signing_key_ready(emrs_signing_key *key, emrs_text secret, const emrs_signing *signing)
{
    if (is_ready(key, secret, signing))
        return;
    wipe(key, sizeof *key);
    if (secret.size > sizeof key->secret || signing->region.size > sizeof key->region)
        return;
    memcpy(key->date, signing->date, DAY_SIZE);
    memcpy(key->region, signing->region.bytes, signing->region.size);
    memcpy(key->secret, secret.bytes, secret.size);
    key->region_size = (uint8_t)signing->region.size;
    key->secret_size = (uint8_t)secret.size;

    char start[4u + EMRS_SECRET_SIZE_MAX];
    emrs_pen pen = pen_on(start, sizeof start);
    put(&pen, TEXT("AWS4"));
    put(&pen, secret);
    const emrs_text steps[] = {
        {signing->date, DAY_SIZE}, signing->region, signing->service, TEXT("aws4_request")};
    emrs_hmac_key(&key->inner, &key->outer, start, pen.used);
    wipe(start, sizeof start);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        uint8_t mac[HASH_SIZE];
        emrs_hmac(&key->inner, &key->outer, steps[i].bytes, steps[i].size, mac);
        emrs_hmac_key(&key->inner, &key->outer, mac, sizeof mac);
        wipe(mac, sizeof mac);
    }
}

emrs_text emrs_signed_headers(const emrs_signing *signing)
{
    return signing->token.size > 0 ? TEXT("host;x-amz-date;x-amz-security-token")
                                   : TEXT("host;x-amz-date");
}

static void take(emrs_sha256 *hash, emrs_text text)
{
    emrs_sha256_update(hash, text.bytes, text.size);
}

static void put_hex(char *hex, const uint8_t bytes[HASH_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HASH_SIZE; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15u];
    }
}

/* out: hex of the canonical request's hash */
static void hash_request(const emrs_signing *signing, char hex[2 * HASH_SIZE])
{
    const emrs_text date = {signing->date, DATE_SIZE};
    /* x-amz-date sorts before x-amz-security-token: this is the signed order too */
    const emrs_text lines[] = {
        signing->method, TEXT("\n"),    signing->path,         TEXT("\n"), signing->query,
        TEXT("\nhost:"), signing->host, TEXT("\nx-amz-date:"), date,       TEXT("\n")};
    uint8_t digest[HASH_SIZE];
    emrs_sha256 hash;
    emrs_sha256_init(&hash);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        take(&hash, lines[i]);
    if (signing->token.size > 0) {
        take(&hash, TEXT("x-amz-security-token:"));
        take(&hash, signing->token);
        take(&hash, TEXT("\n"));
    }
    take(&hash, TEXT("\n"));
    take(&hash, emrs_signed_headers(signing));
    take(&hash, TEXT("\n" EMPTY_HASH));
    emrs_sha256_finish(&hash, digest);
    put_hex(hex, digest);
}

void emrs_sign(const emrs_signing_key *key, const emrs_signing *signing, char signature[64])
{
    char request_hash[2 * HASH_SIZE];
    hash_request(signing, request_hash);
    const emrs_text parts[] = {TEXT("AWS4-HMAC-SHA256\n"),
                               {signing->date, DATE_SIZE},
                               TEXT("\n"),
                               {signing->date, DAY_SIZE},
                               TEXT("/"),
                               signing->region,
                               TEXT("/"),
                               signing->service,
                               TEXT("/aws4_request\n"),
                               {request_hash, sizeof request_hash}};
    uint8_t mac[HASH_SIZE];
    emrs_sha256 hash;
    emrs_sha256_copy(&hash, &key->inner);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        take(&hash, parts[i]);
    hmac_finish(&hash, &key->outer, mac);
    put_hex(signature, mac);
    wipe(mac, sizeof mac);
}
