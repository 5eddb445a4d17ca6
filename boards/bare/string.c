/* SPDX-License-Identifier: MIT */
/* The functions of <string.h> that the images use, written for size: newlib's are unrolled for
 * speed, and take 1.5 KB of flash. memcpy copies words if it can, since TLS copies numbers and
 * records with it. */
#include <stdint.h>
#include <string.h>

/* Without `optimize` the compiler would replace the loop in memset by a call of memset. With LTO
 * the compiler adds calls of these functions late, so `used` keeps them. */
#define OURS __attribute__((used, optimize("no-tree-loop-distribute-patterns")))

/* may_alias, because the copied objects may have any type, and LTO may see their types. */
typedef uint32_t __attribute__((may_alias)) word;

/* Copies upwards from the first byte, so the areas may overlap if `out` begins before `in`. */
OURS static void copy(uint8_t *out, const uint8_t *in, size_t size)
{
    if ((((uintptr_t)out | (uintptr_t)in) & 3u) == 0)
        for (; size >= 4u; size -= 4u, out += 4, in += 4)
            *(word *)(void *)out = *(const word *)(const void *)in;
    while (size-- > 0)
        *out++ = *in++;
}

OURS void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy(to, from, size);
    return to;
}

OURS void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    if (out <= in)
        copy(out, in, size);
    else
        while (size-- > 0)
            out[size] = in[size];
    return to;
}

OURS void *memset(void *to, int byte, size_t size)
{
    for (uint8_t *out = to; size > 0; size--)
        *out++ = (uint8_t)byte;
    return to;
}

OURS int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *left = a, *right = b;
    for (; size > 0; size--, left++, right++)
        if (*left != *right)
            return *left - *right;
    return 0;
}

OURS void *memchr(const void *bytes, int byte, size_t size)
{
    const uint8_t *at = bytes;
    for (; size > 0; size--, at++)
        if (*at == (uint8_t)byte)
            return (void *)(uintptr_t)at;
    return NULL;
}

OURS size_t strlen(const char *string)
{
    size_t size = 0;
    while (string[size] != '\0')
        size++;
    return size;
}

OURS int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

OURS char *strchr(const char *string, int byte)
{
    while (*string != '\0' && *string != (char)byte)
        string++;
    return *string == (char)byte ? (char *)(uintptr_t)string : NULL;
}
