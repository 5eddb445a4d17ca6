/* SPDX-License-Identifier: MIT */
/* The functions that a board supplies, and the addresses that its linker script defines. Without
 * board_entropy the image does not link. */
#ifndef EMRS_BOARD_H
#define EMRS_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes one line to the console. */
void board_write(const char *line);

/* Reads the settings at boot, "key=value key=value ...", cut to `size`.
 * out: words: a string; empty if the board has none */
void board_arguments(char *words, size_t size);

/* Reads a file that a setting names.      ret: its size, less than `size`; -1 if it cannot be read,
 * or is not smaller */
int board_read_file(const char *path, void *bytes, size_t size);

/* Fills all `size` bytes with true random bytes.      ret: 0; negative if there are none: then
 * no TLS connection is made */
int board_entropy(void *unused, unsigned char *bytes, size_t size);

/* Sets the name of the key in the board's secure element; for the emulated one it is a file. Only
 * for images with a certificate. Their board also defines mbedtls_ecdsa_sign, which asks the
 * element.
 * ret: 0; negative: the name is too long */
int board_element_start(const char *name, size_t size);

/* Ends the firmware, if the board can do that. */
void board_exit(int code);

/* Feeds the watchdog, if the board has one. */
void board_watchdog_feed(void);

/* Ethernet, polled. A frame is a pbuf chain, without its CRC. */
struct pbuf;
void board_ethernet_start(const uint8_t address[6]);
bool board_ethernet_is_up(void);
bool board_ethernet_send(const struct pbuf *frame); /* false: no room now */
struct pbuf *board_ethernet_receive(void);          /* NULL: none, or no pbuf for it */

/* firmware.mk defines BOARD_NAME, and BOARD_CPU_HZ from board.mk. bare.ld defines these
 * addresses: */
extern uint32_t link_stack_low[], link_stack_high[], link_data_low[], link_data_high[],
    link_data_load[], link_bss_low[], link_bss_high[], link_free_low[], link_free_high[];
extern uint8_t link_flash_low[], link_flash_high[];

#endif
