/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <stdlib.h>
#include <string.h>

#include "wire.h"

enum {
    ETHERNET = 14,
    IP = 20,
    TCP = 20,
    UDP = 8,
    RESEND_MS = 200,
    QUESTION_COUNT = 16,
    QUESTION_SIZE_MAX = 300
};

static const uint8_t own_mac[6] = {2, 0, 0, 0, 0, 1}, device_mac[6] = {2, 0, 0, 0, 0, 2};

typedef struct {
    uint8_t bytes[QUESTION_SIZE_MAX];
    size_t size; /* 0: none */
    uint16_t port;
} question;

peer_world world;
static peer peers[2];
static question questions[QUESTION_COUNT]; /* not answered yet, because the server was silent */

/* Numbers in frames */

static uint32_t get(const uint8_t *at, int size)
{
    uint32_t value = 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

static void put(uint8_t *at, int size, uint32_t value)
{
    for (int i = size - 1; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
}

static uint32_t sum(const uint8_t *at, size_t size)
{
    uint32_t total = 0;
    for (size_t i = 0; i + 1 < size; i += 2)
        total += get(at + i, 2);
    return size % 2 != 0 ? total + ((uint32_t)at[size - 1] << 8) : total;
}

static uint16_t folded(uint32_t total)
{
    while (total >> 16 != 0)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)~total;
}

static uint32_t sum_of_pseudo(const uint8_t *ip, size_t size)
{
    return sum(ip + 12, 8) + ip[9] + (uint32_t)size;
}

/* Frames from the peer. The payload is in its place in the frame already. */

static void send_ip(uint8_t *frame, int protocol, size_t size)
{
    static uint16_t id;
    uint8_t *ip = frame + ETHERNET;
    memcpy(frame, device_mac, 6);
    memcpy(frame + 6, own_mac, 6);
    put(frame + 12, 2, 0x0800);
    memset(ip, 0, IP);
    ip[0] = 0x45;
    put(ip + 2, 2, (uint32_t)(IP + size));
    put(ip + 4, 2, ++id);
    ip[8] = 64;
    ip[9] = (uint8_t)protocol;
    put(ip + 12, 4, WIRE_PEER_IP);
    put(ip + 16, 4, WIRE_DEVICE_IP);
    put(ip + 10, 2, folded(sum(ip, IP)));
    int at = protocol == 6 ? 16 : 6;
    put(ip + IP + at, 2, 0);
    put(ip + IP + at, 2, folded(sum_of_pseudo(ip, size) + sum(ip + IP, size)));
    wire_to_device(frame, ETHERNET + IP + size);
}

static void send_tcp(peer *p, int flags, uint32_t seq, uint32_t ack, const void *bytes, size_t size)
{
    static const uint8_t scale[4] = {3, 3, 2, 1}; /* shift by 2, and padding */
    uint8_t frame[FRAME_SIZE_MAX] = {0}, *tcp = frame + ETHERNET + IP;
    size_t options = (flags & SYN) == 0 ? (p->repeats ? 4 : 0) : p->scales ? 8 : 4;
    uint32_t window = p->scales && (flags & SYN) == 0 ? p->window >> 2 : p->window;
    put(tcp, 2, p->port);
    put(tcp + 2, 2, p->device_port);
    put(tcp + 4, 4, seq);
    put(tcp + 8, 4, ack);
    tcp[12] = (uint8_t)((TCP + options) / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put(tcp + 14, 2, window > 0xffff ? 0xffff : window);
    if (options > 0)
        put(tcp + TCP, 4, 0x02040000u | p->mss);
    if (options > 4)
        memcpy(tcp + TCP + 4, scale, 4);
    if (size > 0)
        memcpy(tcp + TCP + options, bytes, size);
    send_ip(frame, 6, TCP + options + size);
}

void peer_segment(peer *p, int flags, int32_t seq, int32_t ack, const void *bytes, size_t size)
{
    send_tcp(p, flags, p->next + (uint32_t)seq, p->taken + (uint32_t)ack, bytes, size);
}

/* What the peer has to send */

static size_t out_end(const peer *p)
{
    return p->out_size + (p->out_fin ? 1 : 0);
}

/* Sends what the window allows, from `next` on. */
static void send_more(peer *p)
{
    size_t at = p->next - p->out_first;
    while (p->state == PEER_OPEN && !p->mute && at < out_end(p)) {
        size_t limit = p->segment_max > 0 ? p->segment_max : p->device_mss;
        size_t room = p->una + p->device_window - p->next;
        size_t size = p->out_size - at < limit ? p->out_size - at : limit;
        room = room < 0x80000000u && !p->early ? room : p->early ? limit : 0;
        size = size < room ? size : room;
        bool fin = p->out_fin && at + size == p->out_size;
        if (size == 0 && !fin)
            return;
        send_tcp(p, ACK | PSH | (fin ? FIN : 0), p->next, p->taken, p->out + at, size);
        p->next += (uint32_t)size + fin;
        p->high = (int32_t)(p->next - p->high) > 0 ? p->next : p->high;
        at = p->next - p->out_first;
    }
}

/* Sends again what was not acknowledged in time. If the window is closed, sends one byte. */
static void resend(peer *p)
{
    if (p->state != PEER_OPEN || p->mute || wire.ms - p->timer_ms < RESEND_MS)
        return;
    p->timer_ms = wire.ms;
    size_t at = p->una - p->out_first;
    if (at >= out_end(p))
        return;
    p->next = p->una;
    if (p->device_window == 0 && at < p->out_size) {
        send_tcp(p, ACK, p->next, p->taken, p->out + at, 1);
        p->high = p->high == p->next ? p->next + 1 : p->high; /* the device may accept it */
    } else {
        send_more(p);
    }
}

void peer_send(peer *p, const void *bytes, size_t size)
{
    memcpy(p->out + p->out_size, bytes, size);
    p->out_size += size;
    p->timer_ms = wire.ms;
    send_more(p);
}

void peer_end(peer *p)
{
    p->out_fin = true;
    p->timer_ms = wire.ms;
    send_more(p);
}

void peer_break(peer *p)
{
    send_tcp(p, RST | ACK, p->high, p->taken, NULL, 0);
    p->state = PEER_CLOSED;
}

/* What the device sends */

static void take_options(peer *p, const uint8_t *tcp, size_t size)
{
    bool offers_scale = false;
    p->device_mss = 536;
    p->device_scale = 0;
    for (size_t at = TCP; at < size && tcp[at] != 0;) {
        if (tcp[at] == 2)
            p->device_mss = (uint16_t)get(tcp + at + 2, 2);
        if (tcp[at] == 3) {
            p->device_scale = tcp[at + 2];
            offers_scale = true;
        }
        at += tcp[at] == 1 ? 1 : tcp[at + 1];
    }
    p->scales = p->scales && offers_scale;
    p->device_scale = p->scales ? p->device_scale : 0;
}

/* A repeated SYN is answered like the first one. If the connection is open, it is ignored. */
static void take_syn(peer *p, const uint8_t *tcp, size_t header_size)
{
    uint16_t port = (uint16_t)get(tcp, 2);
    uint32_t first = get(tcp + 4, 4);
    bool again = p->state != PEER_CLOSED && p->device_port == port && p->first == first;
    p->syns++;
    if (p->manner == PEER_SILENT || (again && p->state == PEER_OPEN))
        return;
    p->device_port = port;
    p->first = first;
    p->taken = first + 1;
    if (p->manner == PEER_REFUSES) {
        send_tcp(p, RST | ACK, 0, p->taken, NULL, 0);
        return;
    }
    if (!again)
        p->una = random_word();
    take_options(p, tcp, header_size);
    p->device_window = get(tcp + 14, 2);
    p->next = p->high = p->out_first = p->una + 1;
    p->out_size = p->size = 0;
    p->out_fin = false;
    p->state = PEER_SYN_TAKEN;
    send_tcp(p, SYN | ACK, p->una, p->taken, NULL, 0);
}

/* A reset must have exactly the next sequence number (RFC 5961). Inside the window any other one is
 * answered by an ACK. */
static void take_reset(peer *p, uint32_t seq)
{
    if (p->state == PEER_CLOSED || (p->state == PEER_OPEN && seq - p->taken > p->window))
        return;
    if (p->state == PEER_OPEN && seq != p->taken) {
        peer_segment(p, ACK, 0, 0, NULL, 0);
        return;
    }
    p->state = PEER_CLOSED;
    p->resets++;
    p->size_at_reset = p->size;
}

static void take_ack(peer *p, uint32_t ack, uint32_t window)
{
    bool was_opened = p->device_window == 0 && window > 0;
    p->acks++;
    if ((int32_t)(ack - p->una) < 0 || (int32_t)(ack - p->high) > 0)
        return;
    if (ack != p->una)
        p->timer_ms = wire.ms;
    p->una = ack;
    p->next = (int32_t)(p->next - ack) < 0 ? ack : p->next;
    p->device_window = window;
    if (was_opened)
        p->next = p->una;
    send_more(p);
}

static void take_bytes(peer *p, uint32_t seq, const uint8_t *bytes, size_t size, bool fin)
{
    uint32_t old = p->taken - seq;
    p->too_long += size > p->mss;
    if (size + fin == 0 || p->mute)
        return;
    p->too_far += old == 0 && size > p->window + 1; /* lwIP probes a closed window with one byte */
    if (old <= size && p->size + size < PEER_TAKEN_MAX) {
        size_t fresh = size - old < p->window ? size - old : p->window;
        memcpy(p->bytes + p->size, bytes + old, fresh);
        p->size += fresh;
        p->taken += (uint32_t)fresh;
        p->fins += fin && fresh == size - old;
        p->taken += fin && fresh == size - old;
    }
    peer_segment(p, ACK, 0, 0, NULL, 0);
}

static void take_tcp(const uint8_t *tcp, size_t size)
{
    peer *p = peer_on((uint16_t)get(tcp + 2, 2));
    size_t header_size = (size_t)(tcp[12] >> 4) * 4;
    uint32_t seq = get(tcp + 4, 4), ack = get(tcp + 8, 4), window = get(tcp + 14, 2);
    int flags = tcp[13];
    if (p == NULL || header_size < TCP || header_size > size)
        return;
    if ((flags & SYN) != 0) {
        take_syn(p, tcp, header_size);
        return;
    }
    bool known = p->state != PEER_CLOSED && p->device_port == get(tcp, 2);
    if ((flags & RST) != 0) {
        if (known)
            take_reset(p, seq);
        return;
    }
    if (!known) {
        peer unknown = {.port = p->port, .device_port = (uint16_t)get(tcp, 2)};
        send_tcp(&unknown, RST, ack, 0, NULL, 0);
        return;
    }
    if (p->state == PEER_SYN_TAKEN && ack == p->una + 1) {
        p->state = PEER_OPEN;
        p->una = ack;
    }
    if (p->state != PEER_OPEN)
        return;
    take_ack(p, ack, window << p->device_scale);
    take_bytes(p, seq, tcp + header_size, size - header_size, (flags & FIN) != 0);
}

/* DNS: the answer to each name is the peer's own address */

static void answer(const question *q, dns_manner manner)
{
    static const uint8_t record[16] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 10, 0, 0, 1};
    uint8_t frame[FRAME_SIZE_MAX] = {0}, *udp = frame + ETHERNET + IP, *dns = udp + UDP;
    size_t size = q->size;
    memcpy(dns, q->bytes, size);
    put(dns + 2, 2, manner == DNS_FAILS ? 0x8182 : manner == DNS_KNOWS_NOT ? 0x8183 : 0x8180);
    if (manner == DNS_ANSWERS) {
        put(dns + 6, 2, 1);
        memcpy(dns + size, record, sizeof record);
        size += sizeof record;
    }
    put(udp, 2, 53);
    put(udp + 2, 2, q->port);
    put(udp + 4, 2, (uint32_t)(UDP + size));
    send_ip(frame, 17, UDP + size);
}

void peer_answer_names(dns_manner manner)
{
    for (int i = 0; i < QUESTION_COUNT; i++) {
        if (questions[i].size > 0)
            answer(&questions[i], manner);
        questions[i].size = 0;
    }
}

static void take_udp(const uint8_t *udp, size_t size)
{
    question q = {.port = (uint16_t)get(udp, 2)};
    if (get(udp + 2, 2) != 53 || size <= UDP || size - UDP > sizeof q.bytes)
        return;
    world.asked++;
    q.size = size - UDP;
    memcpy(q.bytes, udp + UDP, q.size);
    if (world.manner != DNS_SILENT)
        answer(&q, world.manner);
    else
        questions[world.asked % QUESTION_COUNT] = q;
}

/* Frames to the peer */

static void take_arp(const uint8_t *frame)
{
    uint8_t reply[60] = {0};
    if (world.arp_silent || get(frame + ETHERNET + 6, 2) != 1
        || get(frame + ETHERNET + 24, 4) != WIRE_PEER_IP)
        return;
    memcpy(reply, device_mac, 6);
    memcpy(reply + 6, own_mac, 6);
    put(reply + 12, 2, 0x0806);
    memcpy(reply + ETHERNET, frame + ETHERNET, 6);
    put(reply + ETHERNET + 6, 2, 2);
    memcpy(reply + ETHERNET + 8, own_mac, 6);
    put(reply + ETHERNET + 14, 4, WIRE_PEER_IP);
    memcpy(reply + ETHERNET + 18, device_mac, 6);
    put(reply + ETHERNET + 24, 4, WIRE_DEVICE_IP);
    wire_to_device(reply, sizeof reply);
}

void peer_take(const uint8_t *frame, size_t size)
{
    const uint8_t *ip = frame + ETHERNET;
    if (get(frame + 12, 2) == 0x0806)
        take_arp(frame);
    if (get(frame + 12, 2) != 0x0800 || size < ETHERNET + IP + UDP || ip[0] != 0x45)
        return;
    size_t whole = get(ip + 2, 2), payload_size = whole - IP;
    if (whole > size - ETHERNET || whole < IP + UDP || folded(sum(ip, IP)) != 0)
        return;
    if (folded(sum_of_pseudo(ip, payload_size) + sum(ip + IP, payload_size)) != 0)
        return;
    if (get(ip + 12, 4) != WIRE_DEVICE_IP || get(ip + 16, 4) != WIRE_PEER_IP)
        return;
    if (ip[9] == 6 && payload_size >= TCP)
        take_tcp(ip + IP, payload_size);
    if (ip[9] == 17)
        take_udp(ip + IP, payload_size);
}

void peer_tick(void)
{
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++)
        resend(&peers[i]);
}

peer *peer_on(uint16_t port)
{
    return port == PEER_PORT ? &peers[0] : port == OTHER_PORT ? &peers[1] : NULL;
}

void peer_reset_all(void)
{
    static uint8_t out[2][PEER_SEND_MAX], bytes[2][PEER_TAKEN_MAX];
    memset(&world, 0, sizeof world);
    memset(questions, 0, sizeof questions);
    for (int i = 0; i < 2; i++)
        peers[i] = (peer){.port = i == 0 ? PEER_PORT : OTHER_PORT,
                          .mss = 1460,
                          .window = 0xffff,
                          .out = out[i],
                          .bytes = bytes[i]};
}
