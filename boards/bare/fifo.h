/* SPDX-License-Identifier: MIT */
/* Writes and reads frames through a FIFO of 32-bit words. The first byte of a word is its lowest
 * byte. A pbuf may have any number of bytes. */
#ifndef EMRS_BARE_FIFO_H
#define EMRS_BARE_FIFO_H

#include <lwip/pbuf.h>

typedef struct {
    volatile uint32_t *fifo;
    uint32_t word;
    unsigned bytes; /* how many bytes of `word` are filled (put) or left (get) */
} fifo;

static inline void fifo_put(fifo *f, uint8_t byte)
{
    f->word |= (uint32_t)byte << 8u * f->bytes;
    if (++f->bytes < 4u)
        return;
    *f->fifo = f->word;
    f->word = f->bytes = 0;
}

/* Writes a frame, and zeros that fill the last word. */
static inline void fifo_put_frame(fifo *f, const struct pbuf *frame)
{
    for (const struct pbuf *part = frame; part != NULL; part = part->next)
        for (u16_t at = 0; at < part->len; at++)
            fifo_put(f, ((const uint8_t *)part->payload)[at]);
    while (f->bytes > 0)
        fifo_put(f, 0);
}

static inline uint8_t fifo_get(fifo *f)
{
    if (f->bytes == 0) {
        f->word = *f->fifo;
        f->bytes = 4u;
    }
    uint8_t byte = (uint8_t)f->word;
    f->word >>= 8u;
    f->bytes--;
    return byte;
}

/* Reads a frame of `size` bytes, and drops `extra` bytes after it.      ret: NULL if no pbuf is
 * free: then the frame is dropped too */
static inline struct pbuf *fifo_get_frame(fifo *f, unsigned size, unsigned extra)
{
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)size, PBUF_POOL);
    for (struct pbuf *part = frame; part != NULL; part = part->next)
        for (u16_t at = 0; at < part->len; at++)
            ((uint8_t *)part->payload)[at] = fifo_get(f);
    for (unsigned left = frame == NULL ? size + extra : extra; left > 0; left--)
        (void)fifo_get(f);
    return frame;
}

#endif
