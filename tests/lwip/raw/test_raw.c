/* SPDX-License-Identifier: MIT */
/* TCP over lwIP's callbacks, on the real lwIP, with a peer that breaks the rules. */
#include "stream.h"

#include <lwip/dns.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>

#include "lwip/names.h"

#define HELD_MAX (TCP_WND < UINT16_MAX ? TCP_WND : UINT16_MAX)

static size_t held(void)
{
    return raw.received == NULL ? 0 : raw.received->tot_len;
}

/* Opening */

static void test_echo(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) { /* the struct may be used again */
        peer *p = meet();
        assert_int_equal(send_all(100, 100, false, SOON_MS).news, EMRS_NEWS_SENT);
        peer_send_pattern(p, 0, 300);
        receive_pattern(0, 300, 1000, SOON_MS);
        assert_int_equal(receive(&(char){0}, 1, 100).news, EMRS_NEWS_PENDING);
        assert_int_equal(p->size, 100);
        assert_pattern(p->bytes, 0, 100);
        hang_up();
        wire_pass(10);
        assert_int_equal(p->resets, i + 1);
        assert_int_equal(p->fins, 0);
        assert_int_equal(p->size_at_reset, 100);
    }
}

static void test_phases(void **state)
{
    emrs_move move = {.host = HOST, .port = PEER_PORT};
    static const emrs_phase phases[] = {EMRS_PHASE_NAME, EMRS_PHASE_TCP};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        emrs_report report = raw.stream.connect(&raw, &move);
        assert_int_equal(report.news, EMRS_NEWS_CONNECTING);
        assert_int_equal(report.detail, phases[i]);
    }
    assert_int_equal(raw.stream.connect(&raw, &move).news, EMRS_NEWS_PENDING);
    assert_int_equal(await(raw.stream.connect, &move, SOON_MS).news, EMRS_NEWS_CONNECTED);
}

/* Two owners. An owner is an address that is compared, and never read. */

static const char alice, bob;

static emrs_report dial_for(const void *owner, uint16_t port)
{
    emrs_move move = {.host = HOST, .port = port, .owner = owner};
    return await(raw.stream.connect, &move, SOON_MS);
}

static emrs_report send_for(const void *owner)
{
    emrs_move move = {.send = "ping", .size = 4, .owner = owner};
    return await(raw.stream.send, &move, SOON_MS);
}

static emrs_report receive_for(const void *owner)
{
    char byte;
    emrs_move move = {.receive = &byte, .size = 1, .owner = owner};
    return await(raw.stream.receive, &move, 100);
}

/* The old connection may lead to another host. */
static void test_connecting_again_begins_anew(void **state)
{
    peer *first = peer_on(PEER_PORT), *second = peer_on(OTHER_PORT);
    (void)state;
    assert_int_equal(dial_for(&alice, PEER_PORT).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(dial_for(&alice, OTHER_PORT).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(send_for(&alice).size, 4);
    wire_pass(10);
    assert_int_equal(first->resets, 1);
    assert_int_equal(first->size, 0);
    assert_int_equal(second->size, 4);
}

static void test_no_byte_for_another_owner(void **state)
{
    peer *p = peer_on(PEER_PORT);
    (void)state;
    assert_failed(send_for(NULL), EMRS_REASON_RESET, ERR_CONN); /* nothing is open */
    assert_failed(receive_for(NULL), EMRS_REASON_RESET, ERR_CONN);
    assert_int_equal(dial_for(&alice, PEER_PORT).news, EMRS_NEWS_CONNECTED);
    wire_pass(5);
    peer_send_pattern(p, 0, 1);
    wire_pass(10);
    assert_failed(send_for(&bob), EMRS_REASON_RESET, ERR_CONN);
    assert_failed(receive_for(&bob), EMRS_REASON_RESET, ERR_CONN);
    wire_pass(10);
    assert_int_equal(p->size, 0);
    assert_int_equal(receive_for(&alice).size, 1);
    assert_int_equal(send_for(&alice).size, 4);
}

/* If another owner connects, a look-up or a connection under way of the first one is dropped. */
static void test_another_owner_begins_anew(void **state)
{
    enum { STEP_COUNT = 3 }; /* a look-up is under way; there is a pcb; the peer has not answered */
    (void)state;
    for (int steps = 1; steps <= STEP_COUNT; steps++) {
        emrs_move move = {.host = HOST, .port = OTHER_PORT, .owner = &alice};
        peer_on(OTHER_PORT)->manner = PEER_SILENT;
        for (int i = 0; i < steps; i++)
            assert_true(raw.stream.connect(&raw, &move).news <= EMRS_NEWS_CONNECTING);
        assert_int_equal(dial_for(&bob, PEER_PORT).news, EMRS_NEWS_CONNECTED);
        assert_int_equal(send_for(&bob).size, 4);
        wire_pass(10);
        assert_int_equal(peer_on(PEER_PORT)->size, 4);
        hang_up();
        wire_pass(10);
        peer_reset_all();
    }
}

/* The initial sequence numbers that lwIP makes by default are close together, so that the next can
 * be guessed. The boards' lwipopts.h makes random ones. */
static void test_sequence_numbers_are_random(void **state)
{
    uint32_t first[4];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(first); i++) {
        first[i] = meet()->first;
        hang_up();
        wire_pass(10);
        for (size_t before = 0; before < i; before++)
            assert_true(first[i] - first[before] + 100000u > 200000u);
    }
}

static void test_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        peer_on(PEER_PORT)->manner = PEER_REFUSES;
        assert_failed(dial(HOST, PEER_PORT, SOON_MS), EMRS_REASON_REFUSED, ERR_RST);
        assert_null(raw.pcb);
        assert_failed(dial(HOST, PEER_PORT, SOON_MS), EMRS_REASON_REFUSED, ERR_RST);
        hang_up();
    }
}

static void test_nobody_answers(void **state)
{
    (void)state;
    peer_on(PEER_PORT)->manner = PEER_SILENT;
    assert_int_equal(dial(HOST, PEER_PORT, 10000).news, EMRS_NEWS_PENDING);
    assert_failed(dial(HOST, PEER_PORT, LONG_MS), EMRS_REASON_UNREACHABLE, ERR_ABRT);
    assert_in_range(peer_on(PEER_PORT)->syns, 3, 20);
    hang_up();
    world.arp_silent = true;
    netif_set_link_down(&wire_netif); /* clears the ARP table */
    netif_set_link_up(&wire_netif);
    assert_failed(dial(HOST, PEER_PORT, LONG_MS), EMRS_REASON_UNREACHABLE, ERR_ABRT);
}

static void test_no_route(void **state)
{
    (void)state;
    netif_set_link_down(&wire_netif);
    assert_failed(dial(HOST, PEER_PORT, 10), EMRS_REASON_UNREACHABLE, ERR_RTE);
    hang_up();
    assert_failed(dial("192.0.2.1", PEER_PORT, 10), EMRS_REASON_UNREACHABLE, ERR_RTE);
    hang_up();
    netif_set_link_up(&wire_netif);
    int before = wire.sent;
    assert_failed(dial("127.0.0.1", PEER_PORT, 10), EMRS_REASON_UNREACHABLE, ERR_RTE);
    assert_int_equal(wire.sent, before); /* nothing for a loopback address leaves the device */
}

static void test_no_pcb(void **state)
{
    struct tcp_pcb *pcbs[16];
    int count = 0;
    (void)state;
    while (MEMP_MEM_MALLOC == 0 && count < 16 && (pcbs[count] = tcp_new()) != NULL)
        count++;
    if (MEMP_MEM_MALLOC)
        wire.memory_left = 0;
    assert_failed(dial(HOST, PEER_PORT, 10), EMRS_REASON_RESOURCE, ERR_MEM);
    wire.memory_left = -1;
    while (count > 0)
        tcp_abort(pcbs[--count]);
    hang_up();
    (void)meet();
}

/* Ends */

/* The peer resets while we send. What it sent before can still be received. */
static void test_reset_in_send(void **state)
{
    (void)state;
    peer *p = meet();
    peer_send_pattern(p, 0, 200);
    wire_pass(10);
    assert_int_equal(send_all(100, 100, false, SOON_MS).news, EMRS_NEWS_SENT);
    peer_break(p);
    wire_pass(10);
    assert_null(raw.pcb);
    assert_failed(send_all(100, 100, false, 0), EMRS_REASON_RESET, ERR_RST);
    receive_pattern(0, 200, 150, 0);
    assert_failed(receive(&(char){0}, 1, 0), EMRS_REASON_RESET, ERR_RST);
    assert_failed(receive(&(char){0}, 1, 0), EMRS_REASON_RESET, ERR_RST);
}

static void test_reset_in_receive(void **state)
{
    (void)state;
    peer *p = meet();
    peer_send_pattern(p, 0, 400);
    wire_pass(10);
    receive_pattern(0, 100, 100, 0);
    peer_break(p);
    wire_pass(10);
    assert_null(raw.pcb);
    receive_pattern(100, 300, 77, 0);
    assert_failed(receive(&(char){0}, 1, 0), EMRS_REASON_RESET, ERR_RST);
}

static void test_end(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        peer *p = meet();
        peer_send_pattern(p, 0, 500);
        peer_end(p);
        wire_pass(10);
        if (reset)
            peer_break(p);
        wire_pass(10);
        assert_int_equal(raw.pcb == NULL, reset);
        receive_pattern(0, 500, 400, 0);
        assert_int_equal(receive(&(char){0}, 1, 0).news, EMRS_NEWS_CUT);
        assert_int_equal(receive(&(char){0}, 1, 0).news, EMRS_NEWS_CUT);
        hang_up();
    }
}

/* Bytes and FIN in one segment. Bytes after the FIN are ignored. */
static void test_end_with_bytes(void **state)
{
    uint8_t bytes[50];
    (void)state;
    peer *p = meet();
    fill(bytes, 0, sizeof bytes);
    peer_segment(p, ACK | PSH | FIN, 0, 0, bytes, sizeof bytes);
    peer_segment(p, ACK | PSH, 51, 0, "more", 4);
    peer_segment(p, ACK | PSH, 50, 0, "more", 4);
    wire_pass(10);
    receive_pattern(0, 50, 100, 0);
    assert_int_equal(receive(&(char){0}, 1, 500).news, EMRS_NEWS_CUT);
}

static void test_half_closed(void **state)
{
    (void)state;
    peer *p = meet();
    peer_end(p);
    wire_pass(10);
    assert_int_equal(send_all(5000, 5000, false, SOON_MS).news, EMRS_NEWS_SENT);
    wire_pass(1000);
    assert_int_equal(p->size, 5000);
    assert_pattern(p->bytes, 0, 5000);
    assert_int_equal(receive(&(char){0}, 1, 0).news, EMRS_NEWS_CUT);
}

/* What was sent is transmitted before the reset of close, if the peer's window allows it. */
static void test_last_words(void **state)
{
    static const size_t sizes[] = {1, 31, 536, 1000};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (int more = 0; more < 2; more++) {
            uint8_t bytes[1000];
            peer *p = meet();
            fill(bytes, 0, sizeof bytes);
            emrs_move move = {.send = bytes, .size = sizes[i], .more = more != 0};
            assert_int_equal(raw.stream.send(&raw, &move).size, sizes[i]);
            hang_up();
            wire_pass(20);
            assert_int_equal(p->size_at_reset, sizes[i]);
            assert_pattern(p->bytes, 0, sizes[i]);
        }
}

/* Sending */

static void assert_sent(peer *p, size_t size, size_t window, bool more)
{
    emrs_report report = send_all(size, window, more, LONG_MS);
    assert_int_equal(report.news, EMRS_NEWS_SENT);
    for (uint32_t begin_ms = wire.ms; p->size < size && wire.ms - begin_ms < LONG_MS;)
        wire_pass(1);
    assert_int_equal(p->size, size);
    assert_pattern(p->bytes, 0, size);
    assert_int_equal(p->too_long, 0);
    assert_int_equal(p->too_far, 0);
}

static void test_windows(void **state)
{
    static const size_t windows[] = {1,
                                     2,
                                     100,
                                     TCP_MSS - 1,
                                     TCP_MSS,
                                     TCP_MSS + 1,
                                     TCP_SND_BUF - 1,
                                     TCP_SND_BUF,
                                     TCP_SND_BUF + 1,
                                     65535,
                                     65536,
                                     300000};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(windows); i++)
        for (int more = 0; more < 2; more++) {
            size_t size = windows[i] < 100 ? 2000 : 300000;
            assert_sent(meet(), size, windows[i], more != 0);
            hang_up();
        }
}

/* Bytes sent with `more` are transmitted together with those of the next send, not before. */
static void test_more(void **state)
{
    uint8_t bytes[200] = {0};
    (void)state;
    peer *p = meet();
    int before = wire.sent;
    emrs_move move = {.send = bytes, .size = sizeof bytes, .more = true};
    assert_int_equal(raw.stream.send(&raw, &move).size, sizeof bytes);
    assert_int_equal(wire.sent, before);
    move.more = false;
    assert_int_equal(raw.stream.send(&raw, &move).size, sizeof bytes);
    assert_int_equal(wire.sent, before + 1);
    wire_pass(10);
    assert_int_equal(p->size, 2 * sizeof bytes);
}

/* The peer accepts only tiny segments: a full send buffer would need more segments than there
 * are. */
static void test_small_segments(void **state)
{
    static const uint16_t sizes[] = {1, 5, 64, 100, 132, 535};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        peer_on(PEER_PORT)->mss = sizes[i];
        assert_sent(meet(), 1500, 1500, false);
        hang_up();
    }
}

static void test_small_windows(void **state)
{
    static const uint32_t sizes[] = {1, 2, 3, 10, 50, 100, 535, 537};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        peer_on(PEER_PORT)->window = sizes[i];
        assert_sent(meet(), sizes[i] < 10 ? 100 : 1500, 1500, false);
        hang_up();
    }
}

/* The peer changes window and MSS after lwIP has sized its first segments. No assertion of lwIP may
 * fail. */
typedef struct {
    uint32_t window;
    uint16_t mss;
} allowance;

static void send_while(allowance first, allowance then, size_t size, size_t window)
{
    uint8_t bytes[1000];
    size_t at = 0;
    peer *p = peer_on(PEER_PORT);
    p->window = first.window;
    p->mss = first.mss;
    (void)meet();
    fill(bytes, 0, size);
    for (int turn = 0; turn < 100000 && p->size < size; turn++) {
        size_t left = size - at, now = left < window ? left : window;
        emrs_move move = {.send = bytes + at, .size = now, .more = now < left};
        emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
        if (left > 0)
            report = raw.stream.send(&raw, &move);
        assert_true(report.news == EMRS_NEWS_SENT || report.news == EMRS_NEWS_PENDING);
        at += report.size;
        if (turn == 3) {
            p->window = then.window;
            p->repeats = p->mss != then.mss;
            p->mss = then.mss;
            peer_segment(p, ACK, 0, 0, NULL, 0);
        }
        wire_pass(1);
    }
    p->repeats = false;
    assert_int_equal(p->size, size);
    assert_pattern(p->bytes, 0, size);
    hang_up();
}

static void test_windows_grow(void **state)
{
    static const uint32_t first[] = {0, 1, 2, 3}, then[] = {1, 2, 10, 100, 700, 5000};
    static const size_t windows[] = {1000, 400, 30, 1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(first); i++)
        for (size_t j = 0; j < COUNT_OF(then); j++)
            for (size_t k = 0; k < COUNT_OF(windows); k++)
                send_while((allowance){first[i], 1460}, (allowance){then[j], 1460},
                           then[j] < 10 ? 50 : 1000, windows[k]);
}

/* lwIP accepts the MSS option in any segment, at any time. */
static void test_segments_shrink(void **state)
{
    static const uint16_t sizes[] = {1, 50, 500, 536};
    static const size_t windows[] = {1000, 300, 30};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (size_t k = 0; k < COUNT_OF(windows); k++)
            send_while((allowance){600, 1460}, (allowance){600, sizes[i]}, 1000, windows[k]);
}

/* The peer acknowledges nothing for a while: sends fill the buffer, then send nothing more. All
 * bytes arrive in the end. */
static void test_peer_is_slow(void **state)
{
    enum { SIZE = 400000 };
    (void)state;
    peer *p = meet();
    p->mute = true;
    emrs_report report = send_all(SIZE, 1000, false, 2000);
    assert_int_equal(report.news, EMRS_NEWS_PENDING);
    hang_up();
    wire_pass(100);
    p = meet();
    p->mute = true;
    uint8_t bytes[TCP_MSS];
    size_t at = 0;
    for (int turn = 0; turn < 20000 && at < SIZE; turn++) {
        size_t now = SIZE - at < sizeof bytes ? SIZE - at : sizeof bytes;
        fill(bytes, at, now);
        emrs_move move = {.send = bytes, .size = now};
        at += raw.stream.send(&raw, &move).size;
        assert_true(turn > 500 || at <= TCP_SND_BUF);
        p->mute = turn < 500;
        wire_pass(1);
    }
    wire_pass(10000);
    assert_int_equal(p->size, SIZE);
    assert_pattern(p->bytes, 0, SIZE);
}

/* The test allocates all of lwIP's memory: no byte is lost, and sending goes on when it is
 * freed. */
static void test_no_memory_in_send(void **state)
{
    static struct pbuf *hog[64];
    static void *segments[64];
    int count = 0, segment_count = 0;
    (void)state;
    peer *p = meet();
    wire_pass(1000);
    if (MEMP_MEM_MALLOC) {
        wire.memory_left = 0;
    } else {
        while ((hog[count] = pbuf_alloc(PBUF_RAW, 64, PBUF_RAM)) != NULL)
            count++;
    }
    assert_int_equal(send_all(500, 500, false, 1500).news, EMRS_NEWS_PENDING);
    while (count > 0)
        (void)pbuf_free(hog[--count]);
    wire.memory_left = -1;
    while (!MEMP_MEM_MALLOC && (segments[segment_count] = memp_malloc(MEMP_TCP_SEG)) != NULL)
        segment_count++;
    if (!MEMP_MEM_MALLOC)
        assert_int_equal(send_all(500, 500, false, 1500).news, EMRS_NEWS_PENDING);
    while (segment_count > 0)
        memp_free(MEMP_TCP_SEG, segments[--segment_count]);
    assert_int_equal(p->size, 0);
    assert_sent(p, 3000, 500, false);
}

/* Receiving */

/* Nothing is received for a minute: the peer must stop, and no byte is lost when it goes on. */
static void test_back_pressure(void **state)
{
    enum { SIZE = 900000 };
    (void)state;
    peer *p = meet();
    peer_on(PEER_PORT)->scales = true;
    hang_up();
    p = meet();
    peer_send_pattern(p, 0, SIZE);
    for (int turn = 0; turn < 6000; turn++) {
        wire_tick(10);
        assert_in_range(held(), 0, HELD_MAX);
    }
    assert_in_range(held(), TCP_WND < 60000 ? TCP_WND - TCP_MSS + 1 : 60000, HELD_MAX);
    assert_in_range(p->una - p->out_first, held(), TCP_WND);
    receive_pattern(0, SIZE, 10000, SOON_MS);
    assert_int_equal(receive(&(char){0}, 1, 1000).news, EMRS_NEWS_PENDING);
}

/* One byte per segment. Each needs a pbuf, and pbufs for other frames must be left. */
static void test_tiny_segments(void **state)
{
    enum { SIZE = 2000 };
    (void)state;
    peer *p = meet();
    p->segment_max = 1;
    peer_send_pattern(p, 0, SIZE);
    peer_end(p);
    wire_pass(5000);
    wire.starved = 0;
    wire_pass(5000);
    assert_int_equal(wire.starved, 0);
    assert_int_equal(send_all(100, 100, false, SOON_MS).news, EMRS_NEWS_SENT);
    wire_pass(2000);
    assert_int_equal(p->size, 100); /* the peer's acknowledgments were read */
    assert_true(p->una != p->out_first);
    receive_pattern(0, SIZE, 100, LONG_MS);
    assert_int_equal(receive(&(char){0}, 1, SOON_MS).news, EMRS_NEWS_CUT);
}

/* The network loses, doubles, delays and corrupts frames: each byte arrives once, in order. */
static void test_faults(void **state)
{
    enum { SIZE = 8000 };
    (void)state;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        wire_calm(seed);
        wire.faults = (wire_faults){wire_chance(200), wire_chance(200), wire_chance(500),
                                    wire_chance(100), wire_chance(300)};
        peer *p = peer_on(PEER_PORT);
        assert_int_equal(dial(HOST, PEER_PORT, LONG_MS).news, EMRS_NEWS_CONNECTED);
        assert_int_equal(send_all(SIZE, 700, true, LONG_MS).news, EMRS_NEWS_SENT);
        for (uint32_t begin_ms = wire.ms; p->size < SIZE && wire.ms - begin_ms < LONG_MS;)
            wire_pass(1);
        assert_int_equal(p->size, SIZE);
        assert_pattern(p->bytes, 0, SIZE);
        peer_send_pattern(p, 0, SIZE);
        peer_end(p);
        receive_pattern(0, SIZE, 1 + wire_chance(1000), LONG_MS);
        assert_int_equal(receive(&(char){0}, 1, LONG_MS).news, EMRS_NEWS_CUT);
        hang_up();
        wire_pass(1000);
    }
}

static void test_chains(void **state)
{
    static const size_t pieces[] = {100, 300, 700};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        wire.piece = pieces[i];
        peer *p = meet();
        peer_send_pattern(p, 0, 20000);
        receive_pattern(0, 20000, 61, LONG_MS);
        hang_up();
        wire_pass(50);
        p = meet();
        peer_send_pattern(p, 0, 20000);
        receive_pattern(0, 20000, 100000, LONG_MS);
        hang_up();
    }
}

/* Segments that begin with bytes received already leave lwIP's chain with empty pbufs in front. */
static void test_overlaps(void **state)
{
    uint8_t bytes[400];
    (void)state;
    wire.piece = 150;
    peer *p = meet();
    fill(bytes, 0, sizeof bytes);
    peer_segment(p, ACK | PSH, 0, 0, bytes, 150);
    wire_pass(20);
    peer_segment(p, ACK | PSH, 0, 0, bytes, 300);
    wire_pass(20);
    receive_pattern(0, 270, 100, 0);
    peer_segment(p, ACK | PSH, 100, 0, bytes + 100, 300);
    wire_pass(20);
    receive_pattern(270, 130, 100, 0);
    assert_int_equal(receive(&(char){0}, 1, 10).news, EMRS_NEWS_PENDING);
}

/* A driver may deliver a chain that ends with an empty pbuf. */
static void test_empty_tail(void **state)
{
    (void)state;
    peer *p = meet();
    struct pbuf *first = pbuf_alloc(PBUF_RAW, 10, PBUF_RAM),
                *last = pbuf_alloc(PBUF_RAW, 0, PBUF_RAM);
    assert_true(first != NULL && last != NULL);
    fill(first->payload, 0, 10);
    pbuf_cat(first, last);
    assert_int_equal(raw.pcb->recv(raw.pcb->callback_arg, raw.pcb, first, ERR_OK), ERR_OK);
    receive_pattern(0, 10, 100, 0);
    assert_int_equal(receive(&(char){0}, 1, 0).news, EMRS_NEWS_PENDING);
    peer_end(p);
    wire_pass(10);
    assert_int_equal(receive(&(char){0}, 1, 0).news, EMRS_NEWS_CUT);
}

/* Names */

static void test_names(void **state)
{
    static const struct {
        dns_manner manner;
        const char *host;
        err_t native;
    } rows[] = {{DNS_KNOWS_NOT, "unknown.test", ERR_OK},
                {DNS_FAILS, "failing.test", ERR_OK},
                {DNS_SILENT, "silent.test", ERR_OK},
                {DNS_ANSWERS, "", ERR_ARG},
                {DNS_ANSWERS, "::1", ERR_VAL}};
    (void)state;
    assert_int_equal(dial("known.test", PEER_PORT, SOON_MS).news, EMRS_NEWS_CONNECTED);
    hang_up();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world.manner = rows[i].manner;
        assert_failed(dial(rows[i].host, PEER_PORT, LONG_MS), EMRS_REASON_NAME_FAILED,
                      rows[i].native);
        assert_failed(dial(rows[i].host, PEER_PORT, LONG_MS), EMRS_REASON_NAME_FAILED, 0);
        hang_up();
        wire_pass(20000);
    }
}

/* The answer to a dropped look-up comes after another look-up has begun: it is ignored. */
static void test_answer_comes_late(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char first[32], second[32];
        (void)snprintf(first, sizeof first, "first%d.test", i);
        (void)snprintf(second, sizeof second, "second%d.test", i);
        world.manner = DNS_SILENT;
        assert_int_equal(dial(first, PEER_PORT, 100).news, EMRS_NEWS_PENDING);
        hang_up();
        if (i % 2)
            peer_answer_names(DNS_ANSWERS); /* while no look-up waits */
        wire_pass((uint32_t)i % 3);
        emrs_move move = {.host = second, .port = PEER_PORT};
        (void)raw.stream.connect(&raw, &move);
        wire_pass(100);
        peer_answer_names(DNS_KNOWS_NOT); /* to both */
        assert_failed(await(raw.stream.connect, &move, LONG_MS), EMRS_REASON_NAME_FAILED, ERR_OK);
        hang_up();
        wire_pass(20000);
    }
    world.manner = DNS_ANSWERS;
    assert_int_equal(dial("third.test", PEER_PORT, SOON_MS).news, EMRS_NEWS_CONNECTED);
}

static void test_names_full(void **state)
{
    int count = 0;
    emrs_lwip_raw others[8];
    emrs_report report;
    (void)state;
    world.manner = DNS_SILENT;
    do {
        char host[32];
        (void)snprintf(host, sizeof host, "crowd%d.test", count);
        emrs_move move = {.host = host, .port = PEER_PORT};
        emrs_lwip_raw_init(&others[count]);
        report = others[count].stream.connect(&others[count], &move);
        count++;
    } while (report.news == EMRS_NEWS_CONNECTING && count < 8);
    assert_int_equal(report.news, EMRS_NEWS_PENDING); /* it waits for a slot */
    assert_in_range(count, 2, 5);
    for (int i = 0; i < count; i++)
        others[i].stream.close(&others[i]);
    wire_pass(20000);
    world.manner = DNS_ANSWERS;
    assert_int_equal(dial("after.test", PEER_PORT, SOON_MS).news, EMRS_NEWS_CONNECTED);
}

/* The network changes */

static void test_link(void **state)
{
    (void)state;
    peer *p = meet();
    assert_int_equal(send_all(100, 100, false, SOON_MS).news, EMRS_NEWS_SENT);
    netif_set_link_down(&wire_netif);
    assert_int_equal(receive(&(char){0}, 1, 2000).news, EMRS_NEWS_PENDING);
    uint8_t bytes[200];
    fill(bytes, 100, sizeof bytes);
    emrs_move move = {.send = bytes, .size = sizeof bytes};
    assert_int_equal(raw.stream.send(&raw, &move).size, sizeof bytes);
    wire_pass(5000);
    assert_int_equal(p->size, 100);
    netif_set_link_up(&wire_netif);
    wire_pass(20000);
    assert_int_equal(p->size, 300);
    assert_pattern(p->bytes, 0, 300);
    peer_send_pattern(p, 0, 3000);
    receive_pattern(0, 3000, 1000, SOON_MS);
}

static void test_dark(void **state)
{
    (void)state;
    peer *p = meet();
    wire.dark = true;
    assert_int_equal(send_all(100, 100, false, SOON_MS).news, EMRS_NEWS_SENT);
    emrs_report report = receive(&(char){0}, 1, LONG_MS * 4);
    assert_failed(report, EMRS_REASON_RESET, ERR_ABRT); /* lwIP aborts after about ten minutes */
    assert_int_equal(p->size, 0);
    assert_null(raw.pcb);
}

static void test_netif_goes(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        peer_on(PEER_PORT)->manner = i == 0 ? PEER_SILENT : PEER_ACCEPTS;
        if (i == 0)
            assert_int_equal(dial(HOST, PEER_PORT, 100).news, EMRS_NEWS_PENDING);
        else
            (void)meet();
        if (i == 2) {
            peer_send_pattern(peer_on(PEER_PORT), 0, 100);
            wire_pass(10);
        }
        netif_remove(&wire_netif);
        assert_null(raw.pcb);
        if (i == 0)
            assert_failed(dial(HOST, PEER_PORT, 0), EMRS_REASON_UNREACHABLE, ERR_ABRT);
        if (i == 2)
            receive_pattern(0, 100, 100, 0);
        if (i > 0)
            assert_failed(receive(&(char){0}, 1, 0), EMRS_REASON_RESET, ERR_ABRT);
        hang_up();
        wire_start();
        wire_pass(100);
    }
    peer_on(PEER_PORT)->manner = PEER_ACCEPTS;
    (void)meet();
}

/* Time */

static void test_time_wraps(void **state)
{
    (void)state;
    for (uint32_t before_ms = 0; before_ms < 300; before_ms += 3) {
        world.manner = DNS_ANSWERS;
        wire.ms = 0u - before_ms;
        sys_restart_timeouts();
        char host[32];
        (void)snprintf(host, sizeof host, "wrap%u.test", (unsigned)before_ms);
        assert_int_equal(dial(host, PEER_PORT, SOON_MS).news, EMRS_NEWS_CONNECTED);
        peer *p = peer_on(PEER_PORT);
        assert_int_equal(send_all(3000, 500, false, SOON_MS).news, EMRS_NEWS_SENT);
        wire_pass(50);
        assert_int_equal(p->size, 3000);
        p->size = 0;
        peer_send_pattern(p, 0, 3000);
        receive_pattern(0, 3000, 500, SOON_MS);
        hang_up();
        wire_pass(10);
        assert_int_equal(p->state, PEER_CLOSED);
        p->resets = 0;
    }
}

/* What is lost while the time wraps is sent again. */
static void test_time_wraps_while_waiting(void **state)
{
    (void)state;
    wire.ms = 0u - 700;
    sys_restart_timeouts();
    peer *p = meet();
    wire.dark = true;
    assert_int_equal(send_all(100, 100, false, SOON_MS).news, EMRS_NEWS_SENT);
    wire_pass(500);
    wire.dark = false;
    wire_pass(5000);
    assert_int_equal(p->size, 100);
}

/* Closing */

static void at_rest(void)
{
}
static void resolving(void)
{
    world.manner = DNS_SILENT;
    (void)dial("nobody.test", PEER_PORT, 50);
}
static void dialling(void)
{
    peer_on(PEER_PORT)->manner = PEER_SILENT;
    (void)dial(HOST, PEER_PORT, 50);
}
static void without_route(void)
{
    netif_set_link_down(&wire_netif);
    (void)dial(HOST, PEER_PORT, 50);
}
static void opened(void)
{
    (void)meet();
}
static void just_opened(void) /* the handshake's third segment is still on its way */
{
    (void)dial(HOST, PEER_PORT, SOON_MS);
}
static void unread(void)
{
    peer_send_pattern(meet(), 0, 5000);
    wire_pass(1000);
}
static void partly_read(void)
{
    unread();
    receive_pattern(0, 100, 100, 0);
}
static void unsent(void)
{
    meet()->window = 0;
    peer_segment(peer_on(PEER_PORT), ACK, 0, 0, NULL, 0);
    wire_pass(10);
    (void)send_all(TCP_SND_BUF, TCP_SND_BUF / 2, false, 500);
}
static void unacknowledged(void)
{
    meet()->mute = true;
    (void)send_all(TCP_MSS, TCP_MSS, false, 500);
}
static void unfinished(void) /* written, with more to come */
{
    static const char bytes[100];
    emrs_move move = {.send = bytes, .size = sizeof bytes, .more = true};
    (void)meet();
    (void)raw.stream.send(&raw, &move);
}
static void out_of_order(void)
{
    static const char bytes[100];
    peer_segment(meet(), ACK, 200, 0, bytes, sizeof bytes);
    wire_pass(10);
}
static void ended(void)
{
    peer_end(meet());
    wire_pass(10);
}
static void ended_unread(void)
{
    unread();
    peer_end(peer_on(PEER_PORT));
    wire_pass(10);
}
static void broken(void)
{
    unread();
    peer_break(peer_on(PEER_PORT));
    wire_pass(10);
}
static void dark(void)
{
    unsent();
    wire.dark = true;
}

/* In each state, close frees all elements of these pools at once, and resets an open connection. */
static void test_close(void **state)
{
    static void (*const states[])(void) = {at_rest, resolving,      dialling,   without_route,
                                           opened,  just_opened,    unread,     partly_read,
                                           unsent,  unacknowledged, unfinished, out_of_order,
                                           ended,   ended_unread,   broken,     dark};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        peer_reset_all();
        long before[] = {used(MEMP_TCP_PCB), used(MEMP_TCP_SEG), used(MEMP_PBUF_POOL)};
        states[i]();
        bool was_open = raw.pcb != NULL && raw.pcb->state >= ESTABLISHED;
        bool was_dark = wire.dark;
        hang_up();
        assert_int_equal(used(MEMP_TCP_PCB), before[0]);
        assert_int_equal(used(MEMP_TCP_SEG), before[1]);
        assert_int_equal(used(MEMP_PBUF_POOL), before[2]);
        assert_true(tcp_active_pcbs == NULL && tcp_tw_pcbs == NULL && tcp_bound_pcbs == NULL);
        wire_pass(50);
        if (was_open && !was_dark)
            assert_int_equal(peer_on(PEER_PORT)->state, PEER_CLOSED);
        assert_int_equal(peer_on(PEER_PORT)->fins, 0);
        assert_int_equal(used(MEMP_TCP_PCB), before[0]);
        wire_calm((uint32_t)i + 1);
    }
}

/* The application's own lwIP */

static struct {
    int step, cycles;
    emrs_move move;
} own;

/* Makes one step of a cycle: connect, send, receive, close. */
static void step_own(void)
{
    static uint8_t bytes[100];
    peer *p = peer_on(PEER_PORT);
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    own.move = (emrs_move){.host = HOST, .port = PEER_PORT, .size = sizeof bytes};
    own.move.send = own.move.receive = bytes;
    switch (own.step) {
    case 0:
        report = raw.stream.connect(&raw, &own.move);
        own.step += report.news == EMRS_NEWS_CONNECTED;
        break;
    case 1:
        report = raw.stream.send(&raw, &own.move);
        own.step += report.news == EMRS_NEWS_SENT;
        break;
    case 2:
        if (p->size == sizeof bytes && p->out_size == 0)
            peer_send(p, bytes, sizeof bytes);
        report = raw.stream.receive(&raw, &own.move);
        own.step += report.news == EMRS_NEWS_RECEIVED;
        break;
    default:
        hang_up();
        own.step = 0;
        own.cycles++;
    }
    assert_int_not_equal(report.news, EMRS_NEWS_FAILED);
}

static err_t step_connected(void *unused, struct tcp_pcb *pcb, err_t error)
{
    (void)unused;
    (void)pcb;
    step_own();
    return error;
}
static err_t step_sent(void *unused, struct tcp_pcb *pcb, u16_t size)
{
    (void)unused;
    (void)size;
    step_own();
    (void)tcp_write(pcb, "x", 1, TCP_WRITE_FLAG_COPY);
    return ERR_OK;
}
static err_t step_received(void *unused, struct tcp_pcb *pcb, struct pbuf *bytes, err_t error)
{
    (void)unused;
    step_own();
    tcp_recved(pcb, bytes->tot_len);
    (void)pbuf_free(bytes);
    return error;
}
static err_t step_polled(void *unused, struct tcp_pcb *pcb)
{
    (void)unused;
    (void)pcb;
    step_own();
    return ERR_OK;
}
static void step_timer(void *again)
{
    step_own();
    if (*(bool *)again)
        sys_timeout(20, step_timer, again);
}

/* The stream is used only inside the callbacks of another pcb, or of a timer. */
static void test_steps_inside_callbacks(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        peer *other = peer_on(OTHER_PORT);
        struct tcp_pcb *pcb = tcp_new();
        ip_addr_t address;
        bool again = kind == 3;
        memset(&own, 0, sizeof own);
        assert_true(pcb != NULL && ipaddr_aton(HOST, &address));
        assert_int_equal(tcp_connect(pcb, &address, OTHER_PORT, step_connected), ERR_OK);
        wire_pass(50);
        tcp_sent(pcb, kind == 0 ? step_sent : NULL);
        tcp_recv(pcb, step_received);
        tcp_poll(pcb, kind == 2 ? step_polled : NULL, 1);
        (void)tcp_write(pcb, "x", 1, TCP_WRITE_FLAG_COPY);
        (void)tcp_output(pcb);
        if (again)
            sys_timeout(20, step_timer, &again);
        for (uint32_t begin_ms = wire.ms; own.cycles < 5 && wire.ms - begin_ms < LONG_MS;) {
            if (kind == 1 && other->una == other->out_first + other->out_size)
                peer_send(other, "y", 1);
            wire_pass(1);
        }
        again = false;
        assert_int_equal(own.cycles, 5);
        tcp_abort(pcb);
        hang_up();
        wire_pass(100);
    }
}

#if MEMP_MEM_MALLOC
/* A session in which all allocations fail after the first `left`, for a while. tear_down checks
 * that all memory is freed. Once the stream is open, no byte may be lost. */
static void starve(long left)
{
    emrs_move move = {.host = HOST, .port = PEER_PORT};
    wire.memory_left = left;
    emrs_report report = await(raw.stream.connect, &move, 2000);
    if (report.news != EMRS_NEWS_CONNECTED) {
        wire.memory_left = -1;
        if (report.news == EMRS_NEWS_FAILED)
            assert_int_equal(report.detail, EMRS_REASON_RESOURCE);
        else
            assert_int_equal(await(raw.stream.connect, &move, LONG_MS).news, EMRS_NEWS_CONNECTED);
    }
    if (report.news != EMRS_NEWS_FAILED) {
        peer *p = peer_on(PEER_PORT);
        report = send_all(1000, 300, true, 2000);
        if (report.news == EMRS_NEWS_PENDING)
            wire.memory_left = -1;
        else
            peer_send_pattern(p, 0, 2000);
        wire_pass(2000);
        wire.memory_left = -1;
        if (report.news != EMRS_NEWS_PENDING) {
            receive_pattern(0, 2000, 300, LONG_MS);
            assert_pattern(p->bytes, 0, p->size);
            assert_int_equal(p->size, 1000);
        }
    }
    hang_up();
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    for (long left = 0; left < 120; left++)
        starve(left);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_echo),
        TEST(test_phases),
        TEST(test_connecting_again_begins_anew),
        TEST(test_no_byte_for_another_owner),
        TEST(test_another_owner_begins_anew),
        TEST(test_sequence_numbers_are_random),
        TEST(test_refused),
        TEST(test_nobody_answers),
        TEST(test_no_route),
        TEST(test_no_pcb),
        TEST(test_reset_in_send),
        TEST(test_reset_in_receive),
        TEST(test_end),
        TEST(test_end_with_bytes),
        TEST(test_half_closed),
        TEST(test_last_words),
        TEST(test_windows),
        TEST(test_more),
        TEST(test_small_segments),
        TEST(test_small_windows),
        TEST(test_windows_grow),
        TEST(test_segments_shrink),
        TEST(test_peer_is_slow),
        TEST(test_no_memory_in_send),
        TEST(test_back_pressure),
        TEST(test_tiny_segments),
        TEST(test_faults),
        TEST(test_chains),
        TEST(test_overlaps),
        TEST(test_empty_tail),
        TEST(test_names),
        TEST(test_answer_comes_late),
        TEST(test_names_full),
        TEST(test_link),
        TEST(test_dark),
        TEST(test_netif_goes),
        TEST(test_time_wraps),
        TEST(test_time_wraps_while_waiting),
        TEST(test_close),
        TEST(test_steps_inside_callbacks),
#if MEMP_MEM_MALLOC
        TEST(test_every_allocation_fails),
#endif
    };
    wire_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
