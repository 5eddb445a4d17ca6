/* SPDX-License-Identifier: MIT */
/* The memory that TLS borrows for a call: all that the linker left, or less when told so. This
 * image is emrs's own, so its allocator is ours to set (port/tls/README.md, mode 1). */
#ifndef EMRS_BARE_ARENA_H
#define EMRS_BARE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* in: size in bytes, 0: all there is      ret: bytes that mbedTLS may now allocate */
size_t arena_lend(size_t size);

/* Whether more was asked for than there was, since it was lent: emrs_tls_config's ran_out. */
bool arena_ran_out(void *unused);

/* Takes it back, wiped. Everything of TLS is freed before.      ret: bytes that were ever used */
size_t arena_take_back(void);

#endif
