/* SPDX-License-Identifier: MIT */
/* SHA-256 in plain C. No branch and no index depends on what is hashed. src: FIPS 180-4 */
#include "emrs_sha256.h"

#include <string.h>

#include "emrs_text.h"

/* How the words of a state are used. A block is collected as words, so that the byte order of the
 * machine does not matter. Its schedule is computed in the same place. */
enum {
    BLOCK = 8,     /* after the chaining value of 8 words: the block, 16 words */
    SIZE_LOW = 24, /* how many bytes were hashed so far */
    SIZE_HIGH
};

/* The fractional parts of the cube roots of the first 64 primes */
static const uint32_t constants[64] = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u,
    0xab1c5ed5u, 0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu,
    0x9bdc06a7u, 0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu,
    0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u,
    0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
    0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u, 0xa2bfe8a1u, 0xa81a664bu,
    0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u,
    0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u,
    0xc67178f2u,
};

static uint32_t rotate(uint32_t word, unsigned count)
{
    return word >> count | word << (32u - count);
}

/* Computes word t of the schedule. w holds the 16 words before it, each at its number modulo 16.
 * The new word replaces the oldest. */
static uint32_t extend(uint32_t w[16], unsigned t)
{
    uint32_t a = w[(t + 1u) % 16u], b = w[(t + 14u) % 16u];
    uint32_t from_a = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3;
    uint32_t from_b = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10;
    return w[t % 16u] += from_a + w[(t + 9u) % 16u] + from_b;
}

/* Does round t. The standard's variables a to h are v[-t] to v[7 - t], modulo 8. They stay in place
 * here; the standard moves each of them to the next letter. */
static void take_word(uint32_t v[8], unsigned t, uint32_t word)
{
    uint32_t a = v[(0u - t) % 8u], b = v[(1u - t) % 8u], c = v[(2u - t) % 8u];
    uint32_t e = v[(4u - t) % 8u], f = v[(5u - t) % 8u], g = v[(6u - t) % 8u];
    uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
    uint32_t from_a = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    uint32_t from_e = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    uint32_t sum = v[(7u - t) % 8u] + from_e + choice + constants[t] + word;
    v[(3u - t) % 8u] += sum;
    v[(7u - t) % 8u] = sum + from_a + majority;
}

static void take_block(uint32_t chain[8], uint32_t w[16])
{
    uint32_t v[8];
    memcpy(v, chain, sizeof v);
    for (unsigned t = 0; t < 64; t++)
        take_word(v, t, t < 16 ? w[t] : extend(w, t));
    for (unsigned i = 0; i < 8; i++)
        chain[i] += v[i];
    emrs_wipe(v, sizeof v);
}

static void take_byte(emrs_sha256 *hash, unsigned byte)
{
    uint32_t size = hash->words[SIZE_LOW]++;
    unsigned at = BLOCK + size / 4u % 16u;
    hash->words[at] = hash->words[at] << 8 | byte;
    hash->words[SIZE_HIGH] += size == UINT32_MAX;
    if (size % 64u == 63u)
        take_block(hash->words, hash->words + BLOCK);
}

void emrs_sha256_init(emrs_sha256 *hash)
{
    /* The fractional parts of the square roots of the first eight primes */
    static const uint32_t start[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                                      0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
    memset(hash, 0, sizeof *hash);
    memcpy(hash->words, start, sizeof start);
}

void emrs_sha256_update(emrs_sha256 *hash, const void *bytes, size_t size)
{
    const uint8_t *each = bytes;
    for (size_t at = 0; at < size; at++)
        take_byte(hash, each[at]);
}

bool emrs_sha256_finish(emrs_sha256 *hash, uint8_t digest[32])
{
    bool ok = !hash->failed;
    uint32_t low = hash->words[SIZE_LOW], high = hash->words[SIZE_HIGH];
    uint64_t bits = ((uint64_t)high << 32 | low) << 3;
    take_byte(hash, 0x80);
    while (hash->words[SIZE_LOW] % 64u != 56u)
        take_byte(hash, 0);
    for (int shift = 56; shift >= 0; shift -= 8)
        take_byte(hash, (uint8_t)(bits >> shift));
    for (unsigned i = 0; i < 32; i++)
        digest[i] = (uint8_t)(hash->words[i / 4u] >> (24u - i % 4u * 8u));
    emrs_wipe(hash, sizeof *hash);
    return ok;
}
