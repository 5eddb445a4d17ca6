/* SPDX-License-Identifier: MIT */
/* What a board supplies to the rest of this folder, and what its linker script says. A board of
 * yours writes the functions; where there is no entropy source the image does not link. */
#ifndef EMRS_BOARD_H
#define EMRS_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The console, a line at a time. */
void board_write(const char *line);

/* Words that the firmware was started with, "key=value key=value ...", cut to size.
 * out: a string; empty where the board has no such thing */
void board_arguments(char *words, size_t size);

/* Reads a file of whoever started the board.      ret: its size, at most `size`; -1: it cannot be
 * read, or is larger */
int board_read_file(const char *path, void *bytes, size_t size);

/* True randomness, every byte of it.      ret: 0, or negative: then no TLS is spoken */
int board_entropy(void *unused, unsigned char *bytes, size_t size);

/* Ends the firmware, where that means something. */
void board_exit(int code);

/* The watchdog, in whatever form the board has one. */
void board_watchdog_feed(void);

/* Ethernet, polled. A frame is a pbuf chain, its CRC apart. */
struct pbuf;
void board_ethernet_start(const uint8_t address[6]);
bool board_ethernet_is_up(void);
bool board_ethernet_send(const struct pbuf *frame); /* false: no room now */
struct pbuf *board_ethernet_receive(void);          /* NULL: none, or no pbuf for it */

/* firmware.mk defines BOARD_NAME, and BOARD_CPU_HZ from board.mk. bare.ld defines these places: */
extern uint32_t link_stack_low[], link_stack_high[], link_data_low[], link_data_high[],
    link_data_load[], link_bss_low[], link_bss_high[], link_free_low[], link_free_high[];
extern uint8_t link_flash_low[], link_flash_high[];

#endif
