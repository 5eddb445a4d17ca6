/* SPDX-License-Identifier: MIT */
/* The LM3S6965's own Ethernet controller, polled. src: Stellaris LM3S6965 data sheet, chapter 16.
 * It was run only under QEMU, which emulates no PHY, so the link counts as up. */
#include "board.h"
#include "fifo.h"

#define RCGC2 (*(volatile uint32_t *)0x400fe108u)
#define RCGC2_EMAC_EPHY (1u << 28 | 1u << 30)

typedef struct {
    volatile uint32_t status, mask, receive_control, transmit_control, data, address_0, address_1,
        threshold, mii_control, mii_divider, reserved, mii_transmit, mii_receive, packet_count,
        transmission;
} emac;
#define EMAC ((emac *)0x40048000u)

enum {
    STATUS_ALL = 0x7f,
    RECEIVE_ON = 0x01,
    RECEIVE_FLUSH = 0x10,
    TRANSMIT_FULL_DUPLEX_CRC_PAD_ON = 0x17,
    THRESHOLD_NEVER = 0x3f, /* a frame is sent on request, not when a number of bytes is reached */
    HEADER_SIZE = 14,       /* the length field does not count the header */
    LENGTH_SIZE = 2,
    CRC_SIZE = 4,
    FRAME_SIZE_MAX = 1514
};

void board_ethernet_start(const uint8_t address[6])
{
    RCGC2 |= RCGC2_EMAC_EPHY;
    EMAC->address_0 = (uint32_t)address[0] | (uint32_t)address[1] << 8 | (uint32_t)address[2] << 16
                      | (uint32_t)address[3] << 24;
    EMAC->address_1 = (uint32_t)address[4] | (uint32_t)address[5] << 8;
    EMAC->mask = 0;
    EMAC->threshold = THRESHOLD_NEVER;
    EMAC->receive_control = RECEIVE_FLUSH;
    EMAC->receive_control = 0;
    EMAC->transmit_control = TRANSMIT_FULL_DUPLEX_CRC_PAD_ON;
    EMAC->receive_control = RECEIVE_ON;
    EMAC->status = STATUS_ALL;
}

bool board_ethernet_is_up(void)
{
    return true;
}

bool board_ethernet_send(const struct pbuf *frame)
{
    fifo f = {.fifo = &EMAC->data};
    unsigned length = (unsigned)frame->tot_len - HEADER_SIZE;
    if (EMAC->transmission != 0) /* the previous frame is still being sent */
        return false;
    fifo_put(&f, (uint8_t)length);
    fifo_put(&f, (uint8_t)(length >> 8));
    fifo_put_frame(&f, frame);
    EMAC->transmission = 1;
    return true;
}

struct pbuf *board_ethernet_receive(void)
{
    if (EMAC->packet_count == 0)
        return NULL;
    fifo f = {.fifo = &EMAC->data};
    unsigned length = fifo_get(&f);
    length |= (unsigned)fifo_get(&f) << 8;
    unsigned size = length - LENGTH_SIZE - CRC_SIZE;
    if (size > FRAME_SIZE_MAX) { /* no valid length: reset the FIFO */
        EMAC->receive_control = RECEIVE_FLUSH;
        EMAC->receive_control = RECEIVE_ON;
        return NULL;
    }
    return fifo_get_frame(&f, size, CRC_SIZE);
}
