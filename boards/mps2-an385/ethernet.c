/* SPDX-License-Identifier: MIT */
/* The LAN9118 Ethernet controller of the MPS2 board, polled. src: SMSC LAN9118 data sheet,
 * chapters 3 and 5. It was run only under QEMU. */
#include "board.h"
#include "fifo.h"

#define REGISTER(at) (*(volatile uint32_t *)(0x40200000u + (at)))
#define RX_DATA REGISTER(0x00)
#define TX_DATA REGISTER(0x20)
#define RX_STATUS REGISTER(0x40)
#define TX_STATUS REGISTER(0x48)
#define INT_STS REGISTER(0x58)
#define INT_EN REGISTER(0x5c)
#define RX_CFG REGISTER(0x6c)
#define TX_CFG REGISTER(0x70)
#define HW_CFG REGISTER(0x74)
#define RX_FIFO_INF REGISTER(0x7c)
#define TX_FIFO_INF REGISTER(0x80)
#define MAC_CSR_CMD REGISTER(0xa4)
#define MAC_CSR_DATA REGISTER(0xa8)
#define AFC_CFG REGISTER(0xac)

#define BUSY (1u << 31)
#define MAC_READ (1u << 30)
#define SOFT_RESET 1u
#define TX_FIFO_5_KB_MUST_BE_ONE (5u << 16 | 1u << 20)
#define FLOW_CONTROL_DEFAULT 0x006e3740u
#define TX_ON 2u
#define FULL_DUPLEX_TX_RX_ON (1u << 20 | 1u << 3 | 1u << 2)
#define FIRST_AND_LAST_SEGMENT (1u << 13 | 1u << 12)
#define RX_ERROR (1u << 15)

enum { MAC_CR = 1, ADDRH, ADDRL, MII_ACC = 6, MII_DATA };
enum { MII_BUSY = 1, PHY_STATUS = 1 << 11 | 1 << 6, PHY_HAS_LINK = 4 }; /* PHY 1, its register 1 */
enum { CRC_SIZE = 4, FRAME_SIZE_MAX = 1514, TX_SPARE = 16 };

static void mac_write(uint32_t at, uint32_t value)
{
    MAC_CSR_DATA = value;
    MAC_CSR_CMD = BUSY | at;
    while ((MAC_CSR_CMD & BUSY) != 0) {
    }
}

static uint32_t mac_read(uint32_t at)
{
    MAC_CSR_CMD = BUSY | MAC_READ | at;
    while ((MAC_CSR_CMD & BUSY) != 0) {
    }
    return MAC_CSR_DATA;
}

void board_ethernet_start(const uint8_t address[6])
{
    HW_CFG = SOFT_RESET;
    while ((HW_CFG & SOFT_RESET) != 0) {
    }
    HW_CFG = TX_FIFO_5_KB_MUST_BE_ONE;
    AFC_CFG = FLOW_CONTROL_DEFAULT;
    INT_EN = 0;
    INT_STS = UINT32_MAX;
    mac_write(ADDRL, (uint32_t)address[0] | (uint32_t)address[1] << 8 | (uint32_t)address[2] << 16
                         | (uint32_t)address[3] << 24);
    mac_write(ADDRH, (uint32_t)address[4] | (uint32_t)address[5] << 8);
    RX_CFG = 0;
    TX_CFG = TX_ON;
    mac_write(MAC_CR, mac_read(MAC_CR) | FULL_DUPLEX_TX_RX_ON);
}

bool board_ethernet_is_up(void)
{
    mac_write(MII_ACC, PHY_STATUS | MII_BUSY);
    while ((mac_read(MII_ACC) & MII_BUSY) != 0) {
    }
    return (mac_read(MII_DATA) & PHY_HAS_LINK) != 0;
}

bool board_ethernet_send(const struct pbuf *frame)
{
    fifo f = {.fifo = &TX_DATA};
    while ((TX_FIFO_INF >> 16 & 0xffu) != 0)
        (void)TX_STATUS; /* reads and drops the status of earlier frames */
    if ((TX_FIFO_INF & 0xffffu) < (unsigned)frame->tot_len + TX_SPARE)
        return false;
    TX_DATA = FIRST_AND_LAST_SEGMENT | frame->tot_len;
    TX_DATA = (uint32_t)frame->tot_len << 16 | frame->tot_len;
    fifo_put_frame(&f, frame);
    return true;
}

struct pbuf *board_ethernet_receive(void)
{
    if ((RX_FIFO_INF >> 16 & 0xffu) == 0)
        return NULL;
    fifo f = {.fifo = &RX_DATA};
    uint32_t status = RX_STATUS;
    unsigned length = status >> 16 & 0x3fffu, size = length - CRC_SIZE;
    bool is_whole = (status & RX_ERROR) == 0 && size <= FRAME_SIZE_MAX;
    struct pbuf *frame = fifo_get_frame(&f, is_whole ? size : 0, is_whole ? CRC_SIZE : length);
    if (is_whole || frame == NULL)
        return frame;
    (void)pbuf_free(frame);
    return NULL;
}
