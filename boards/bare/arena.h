/* SPDX-License-Identifier: MIT */
/* The memory that TLS uses during a call: all RAM that the linker left free, or less if the
 * settings say so. Only emrs uses mbedTLS in this image, so it may set the allocator
 * (port/tls/README.md, mode 1). */
#ifndef EMRS_BARE_ARENA_H
#define EMRS_BARE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* in: size in bytes; 0: all free RAM      ret: bytes that mbedTLS may now allocate */
size_t arena_lend(size_t size);

/* For emrs_tls_config.ran_out.      ret: whether an allocation has failed since arena_lend */
bool arena_ran_out(void *unused);

/* Wipes the memory. Everything of TLS must be freed before.      ret: most bytes ever used */
size_t arena_take_back(void);

#endif
