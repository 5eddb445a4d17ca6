/* SPDX-License-Identifier: MIT */
#include "network.h"

#include <string.h>

static bool goes_wrong(network *n, unsigned times)
{
    return n->odds > 0 && chance_one_in(n->chance, n->odds * times);
}

/* Mostly short, sometimes very long */
static uint64_t latency(network *n)
{
    return chance_below(n->chance, 1 + (goes_wrong(n, 1) ? n->slow_ms : n->slow_ms / 64u));
}

static network_report report_of(network_news news)
{
    return (network_report){.news = news};
}

uint32_t network_utc(const network *n)
{
    return n->utc_s + (uint32_t)((n->now_ms - n->utc_ms) / 1000u);
}

void network_init(network *n, service *s, source *from)
{
    memset(n, 0, sizeof *n);
    n->chance = s->chance;
    n->service = s;
    n->source = from;
}

/* Delivery */

static void pass_to(network *n, uint64_t now_ms)
{
    if (now_ms > n->now_ms)
        n->now_ms = now_ms;
}

static void answer_begins(network *n)
{
    n->has_answer = true;
    n->answer_at = 0;
    n->answer_ms = n->now_ms + latency(n);
    n->piece_size = 1 + chance_below(n->chance, 2 * SERVICE_ANSWER_SIZE);
    if (goes_wrong(n, 1) && n->answer.size > 0) { /* the answer ends early */
        n->answer.size = chance_below(n->chance, (uint32_t)n->answer.size);
        n->answer.end = chance_one_in(n->chance, 2) ? END_RESET : END_SILENT;
    }
}

static void deliver_next(network *n)
{
    size_t size = n->flights[0].size;
    pass_to(n, n->flights[0].at_ms);
    uint32_t utc_s = network_utc(n);
    bool is_answered =
        n->source != NULL
            ? source_take(n->source, &n->reader, n->sent, size, utc_s, &n->answer)
            : service_take(n->service, &n->reader, n->sent, size, n->now_ms, utc_s, &n->answer);
    n->sent_size -= size;
    memmove(n->sent, n->sent + size, n->sent_size);
    n->flight_count--;
    memmove(n->flights, n->flights + 1, n->flight_count * sizeof n->flights[0]);
    if (is_answered)
        answer_begins(n);
}

static bool is_due(const network *n, uint64_t until_ms)
{
    return n->flight_count > 0 && n->flights[0].at_ms <= until_ms;
}

void network_wait(network *n, uint64_t until_ms)
{
    while (is_due(n, until_ms))
        deliver_next(n);
    pass_to(n, until_ms);
}

/* Connecting */

static void open_stream(network *n)
{
    n->is_open = true;
    n->is_connected = n->is_over = n->is_mute = n->is_deaf = n->has_answer = false;
    n->phase = 0;
    n->phase_ms = n->now_ms + latency(n);
    n->reader.size = n->sent_size = 0;
    n->flight_count = 0;
    n->cut_size = goes_wrong(n, 1) ? chance_below(n->chance, 900) : SIZE_MAX;
    n->open_count++;
}

network_report network_connect(network *n, uint64_t until_ms)
{
    if (!n->is_open)
        open_stream(n);
    n->is_mute = n->is_mute || goes_wrong(n, 8);
    if (n->is_mute || n->is_over || n->phase_ms > until_ms) {
        network_wait(n, until_ms);
        return report_of(NETWORK_PENDING);
    }
    network_wait(n, n->phase_ms);
    if (goes_wrong(n, 4)) {
        n->is_over = true;
        return (network_report){NETWORK_FAILED, chance_below(n->chance, 64), 0};
    }
    n->phase_ms = n->now_ms + latency(n);
    if (++n->phase < NETWORK_PHASE_COUNT)
        return (network_report){NETWORK_CONNECTING, n->phase, 0};
    n->is_connected = true;
    bool is_bad = n->peer_odds > 0 && chance_one_in(n->chance, n->peer_odds);
    return (network_report){NETWORK_CONNECTED, is_bad, 0};
}

/* Sending */

static void take_off(network *n, const void *bytes, size_t size)
{
    uint64_t at_ms = n->now_ms + latency(n);
    if (size == 0 || n->is_deaf || size > sizeof n->sent - n->sent_size)
        return;
    memcpy(n->sent + n->sent_size, bytes, size);
    n->sent_size += size;
    if (n->flight_count == NETWORK_FLIGHT_COUNT) {
        n->flights[n->flight_count - 1].size += size;
        return;
    }
    if (n->flight_count > 0 && n->flights[n->flight_count - 1].at_ms > at_ms)
        at_ms = n->flights[n->flight_count - 1].at_ms;
    n->flights[n->flight_count++] = (network_flight){at_ms, size};
}

/* The stream breaks. The device gets the report of an end or a failure at once, later, or never. */
static network_report broken(network *n, size_t size, bool is_part)
{
    static const network_news any[] = {NETWORK_CUT,  NETWORK_FAILED, NETWORK_CLOSED,
                                       NETWORK_SENT, NETWORK_SENT,   NETWORK_PENDING};
    network_news news = any[chance_below(n->chance, 6)];
    n->is_deaf = true;
    n->is_over = news == NETWORK_CUT || news == NETWORK_FAILED || news == NETWORK_CLOSED;
    n->is_mute = news == NETWORK_PENDING || chance_one_in(n->chance, 4);
    if (is_part && !n->has_answer && chance_one_in(n->chance, 4)) {
        n->flight_count = 0;
        if (n->source != NULL)
            source_refuse_early(n->source, network_utc(n), &n->answer);
        else
            service_refuse_early(n->service, network_utc(n), &n->answer);
        answer_begins(n);
    }
    return (network_report){news, chance_below(n->chance, 64), news == NETWORK_SENT ? size : 0};
}

network_report network_send(network *n, const void *bytes, size_t size, uint64_t until_ms)
{
    if (goes_wrong(n, 1) || n->is_mute) { /* no room, for a while */
        uint64_t at_ms = n->now_ms + latency(n);
        network_wait(n, n->is_mute || at_ms > until_ms ? until_ms : at_ms);
        return report_of(NETWORK_PENDING);
    }
    if (n->odds > 0 && !chance_one_in(n->chance, 4))
        size = 1 + chance_below(n->chance, (uint32_t)size);
    size_t whole = size;
    if (size > n->cut_size)
        size = n->cut_size;
    take_off(n, bytes, size);
    if (size < whole || goes_wrong(n, 16)) /* or all was sent, but is reported otherwise */
        return broken(n, whole, size < whole);
    if (n->cut_size != SIZE_MAX)
        n->cut_size -= size;
    return (network_report){NETWORK_SENT, 0, size};
}

/* Receiving */

static network_report ended(network *n, service_end end)
{
    static const network_news news[] = {
        [END_CLOSED] = NETWORK_CLOSED, [END_CUT] = NETWORK_CUT, [END_RESET] = NETWORK_FAILED};
    n->is_over = true;
    return (network_report){news[end], chance_below(n->chance, 64), 0};
}

static network_report hand_over(network *n, void *bytes, size_t size)
{
    size_t left = n->answer.size - n->answer_at;
    if (left == 0) {
        n->has_answer = n->answer.end == END_SILENT;
        return ended(n, n->answer.end);
    }
    size = size < left ? size : left;
    size = size < n->piece_size ? size : n->piece_size;
    memcpy(bytes, n->answer.bytes + n->answer_at, size);
    n->answer_at += size;
    n->has_answer = n->answer_at < n->answer.size || n->answer.end != END_STAYS;
    if (n->answer_at == n->answer.size || chance_one_in(n->chance, 8))
        n->answer_ms = n->now_ms + latency(n);
    return (network_report){NETWORK_RECEIVED, 0, size};
}

static bool is_there(const network *n, uint64_t until_ms)
{
    bool is_silent = n->answer_at == n->answer.size
                     && (n->answer.end == END_SILENT || n->answer.end == END_STAYS);
    return n->has_answer && !is_silent && n->answer_ms <= until_ms;
}

network_report network_receive(network *n, void *bytes, size_t size, uint64_t until_ms)
{
    while (is_due(n, until_ms) && !is_there(n, n->flights[0].at_ms))
        deliver_next(n);
    if (is_there(n, until_ms)) {
        network_wait(n, n->answer_ms);
        return hand_over(n, bytes, size);
    }
    bool is_lost = n->is_deaf && !n->has_answer && n->flight_count == 0 && !n->is_mute;
    if (is_lost) { /* a request that did not arrive is not answered */
        static const service_end ends[] = {END_CUT, END_RESET, END_CLOSED};
        return ended(n, ends[chance_below(n->chance, 3)]);
    }
    network_wait(n, until_ms);
    return report_of(NETWORK_PENDING);
}

/* Ends */

void network_close(network *n)
{
    bool is_abrupt = n->odds > 0 && chance_one_in(n->chance, 2);
    unsigned count = is_abrupt ? chance_below(n->chance, n->flight_count + 1) : n->flight_count;
    uint64_t now_ms = n->now_ms;
    while (count-- > 0)
        deliver_next(n);
    n->now_ms = now_ms; /* they arrive later, and close does not wait */
    n->flight_count = 0;
    n->close_count += n->is_open;
    n->is_open = n->is_connected = n->is_over = n->has_answer = false;
}

void network_idle(network *n)
{
    if (!n->is_open || !goes_wrong(n, 1) || n->has_answer)
        return;
    n->is_deaf = !chance_one_in(n->chance, 4); /* or it ends after one more request */
    if (!n->is_deaf) {
        n->cut_size = chance_below(n->chance, 900);
        return;
    }
    service_balk(n->service, &n->answer);
    n->has_answer = true;
    n->answer_at = 0;
    n->answer_ms = n->now_ms;
    n->piece_size = SERVICE_ANSWER_SIZE;
}
