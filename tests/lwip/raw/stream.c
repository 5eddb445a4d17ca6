/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include <lwip/priv/tcp_priv.h>

emrs_lwip_raw raw;
static long in_use_before;

emrs_report await(action *act, const emrs_move *move, uint32_t limit_ms)
{
    uint32_t begin_ms = wire.ms;
    for (;;) {
        emrs_report report = act(&raw, move);
        bool is_news = report.news != EMRS_NEWS_PENDING && report.news != EMRS_NEWS_CONNECTING;
        if (is_news || wire.ms - begin_ms >= limit_ms)
            return report;
        wire_pass(1);
    }
}

emrs_report dial(const char *host, uint16_t port, uint32_t limit_ms)
{
    emrs_move move = {.until_ms = wire.ms + limit_ms, .host = host, .port = port};
    return await(raw.stream.connect, &move, limit_ms);
}

/* Each window is in memory of exactly its size, which is overwritten and freed after its send. */
emrs_report send_all(size_t size, size_t window, bool more, uint32_t limit_ms)
{
    for (size_t at = 0; at < size;) {
        size_t left = size - at, now = left < window ? left : window;
        uint8_t *bytes = malloc(now);
        assert_non_null(bytes);
        fill(bytes, at, now);
        emrs_move move = {.send = bytes, .size = now, .more = more && now < left};
        emrs_report report = await(raw.stream.send, &move, limit_ms);
        memset(bytes, 0xee, now);
        free(bytes);
        if (report.news != EMRS_NEWS_SENT)
            return report;
        assert_in_range(report.size, 1, now);
        at += report.size;
    }
    return emrs_moved(EMRS_NEWS_SENT, size);
}

emrs_report receive(void *bytes, size_t size, uint32_t limit_ms)
{
    emrs_move move = {.receive = bytes, .size = size};
    return await(raw.stream.receive, &move, limit_ms);
}

void receive_pattern(size_t from, size_t size, size_t piece, uint32_t limit_ms)
{
    for (size_t at = from; at < from + size;) {
        size_t left = from + size - at, now = left < piece ? left : piece;
        uint8_t *bytes = malloc(now);
        assert_non_null(bytes);
        emrs_report report = receive(bytes, now, limit_ms);
        assert_int_equal(report.news, EMRS_NEWS_RECEIVED);
        assert_in_range(report.size, 1, now);
        assert_pattern(bytes, at, report.size);
        free(bytes);
        at += report.size;
    }
}

void hang_up(void)
{
    raw.stream.close(&raw);
}

peer *meet(void)
{
    emrs_report report = dial(HOST, PEER_PORT, SOON_MS);
    assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
    assert_int_equal(report.detail, EMRS_PEER_PLAIN);
    wire_pass(5); /* the handshake's third segment */
    return peer_on(PEER_PORT);
}

uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 167 + (at >> 8) * 13 + (at >> 16));
}

void fill(uint8_t *bytes, size_t from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = pattern(from + i);
}

void assert_pattern(const uint8_t *bytes, size_t from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != pattern(from + i))
            fail_msg("byte %zu is %u, not %u", from + i, bytes[i], pattern(from + i));
}

void peer_send_pattern(peer *p, size_t from, size_t size)
{
    static uint8_t bytes[PEER_SEND_MAX];
    fill(bytes, from, size);
    peer_send(p, bytes, size);
}

void assert_failed(emrs_report report, emrs_reason reason, err_t native)
{
    assert_int_equal(report.news, EMRS_NEWS_FAILED);
    assert_int_equal(report.detail, reason);
    assert_int_equal(report.native, native);
}

long used(int pool)
{
    return (long)lwip_stats.memp[pool]->used;
}

int set_up(void **state)
{
    (void)state;
    wire_calm(20260102);
    peer_reset_all();
    wire_pass(100);
    in_use_before = wire_in_use();
    emrs_lwip_raw_init(&raw);
    return 0;
}

/* Closes twice, which must be allowed. lwIP needs seconds to free the look-ups that were
 * dropped. */
int tear_down(void **state)
{
    (void)state;
    hang_up();
    hang_up();
    bool pcbs = tcp_active_pcbs != NULL || tcp_tw_pcbs != NULL || tcp_bound_pcbs != NULL;
    wire_calm(1);
    wire_pass(20000);
    long left = wire_in_use() - in_use_before;
    if (pcbs || left != 0 || raw.pcb != NULL || raw.received != NULL)
        fprintf(stderr, "# left behind: %ld; pcbs: %d\n", left, pcbs);
    return pcbs || left != 0 ? -1 : 0;
}
