/* SPDX-License-Identifier: MIT */
/* Calls the stream, and checks that each function returns in time, and reports only what its
 * comment in emrs_port.h allows. Only check.c includes this file. All functions are static, so that
 * no name collides with one of an application. */
#ifndef EMRS_PORT_WATCH_H
#define EMRS_PORT_WATCH_H

#include <string.h>

#include "emrs_check.h"

#define GUARD 0x47
#define BIT(news) (1u << (news))

/* The ports of peer.py, counted from config->port */
enum { SERVICE, SILENT, REFUSED, UNANSWERED, UNTRUSTED_CA, OTHER_NAME, EXPIRED, SLOW };

typedef emrs_report (*stream_call)(void *context, const emrs_move *move);

/* Records a finding. Only the first one of a check is kept.      ret: false, so that a caller can
 * return it */
static bool find(emrs_checker *c, const char *found, int32_t number)
{
    if (c->found == NULL) {
        c->found = found;
        c->number = number;
    }
    return false;
}

static bool find_news(emrs_checker *c, const char *found, emrs_news news)
{
    return find(c, found, (int32_t)news);
}

/* Whether the current check has found nothing wrong so far. */
static bool is_fine(const emrs_checker *c)
{
    return c->found == NULL;
}

/* Records a finding. Its number is the reason of the report, or 0 if the report is not FAILED. */
static bool find_reason(emrs_checker *c, const char *found, const emrs_report *report)
{
    bool failed = report->news == EMRS_NEWS_FAILED;
    if (is_fine(c) && failed)
        c->reason = (emrs_reason)report->detail;
    return find(c, found, failed ? report->detail : 0);
}

/* The clock. If a difference is above half the range, the clock went back. */

static uint32_t now_ms(emrs_checker *c)
{
    uint32_t ms = c->config->now(c->config->context).ms;
    if (c->last_ms - ms - 1u < 0x7fffffffu && c->last_ms - ms > c->back_ms)
        c->back_ms = c->last_ms - ms;
    return c->last_ms = ms;
}

static uint32_t elapsed_ms(emrs_checker *c, uint32_t since_ms)
{
    return emrs_left_ms(since_ms, now_ms(c));
}

static bool is_past(emrs_checker *c, uint32_t until_ms)
{
    return emrs_left_ms(now_ms(c), until_ms) == 0;
}

/* Moves: connect to a port of the peer, send from c->out, receive into c->in */

static emrs_move move_to(emrs_checker *c, int offset, uint32_t timeout_ms)
{
    return (emrs_move){.until_ms = now_ms(c) + timeout_ms,
                       .host = c->config->host,
                       .port = (uint16_t)(c->config->port + offset),
                       .tls = c->config->tls,
                       .owner = c};
}

static emrs_move move_out(emrs_checker *c, size_t size, uint32_t timeout_ms)
{
    return (emrs_move){
        .until_ms = now_ms(c) + timeout_ms, .owner = c, .send = c->out, .size = size};
}

static emrs_move move_in(emrs_checker *c, size_t size, uint32_t timeout_ms)
{
    return (emrs_move){
        .until_ms = now_ms(c) + timeout_ms, .owner = c, .receive = c->in, .size = size};
}

/* Calls */

static unsigned allowed(const emrs_checker *c, stream_call call)
{
    if (call == c->config->stream->connect)
        return BIT(EMRS_NEWS_PENDING) | BIT(EMRS_NEWS_CONNECTING) | BIT(EMRS_NEWS_CONNECTED)
               | BIT(EMRS_NEWS_FAILED);
    if (call == c->config->stream->send)
        return BIT(EMRS_NEWS_PENDING) | BIT(EMRS_NEWS_SENT) | BIT(EMRS_NEWS_CUT)
               | BIT(EMRS_NEWS_FAILED);
    return BIT(EMRS_NEWS_PENDING) | BIT(EMRS_NEWS_RECEIVED) | BIT(EMRS_NEWS_CLOSED)
           | BIT(EMRS_NEWS_CUT) | BIT(EMRS_NEWS_FAILED);
}

/* Whether the size is wrong: 0, or more than the window holds. */
static bool is_outside(const emrs_move *move, const emrs_report *report)
{
    bool moved = report->news == EMRS_NEWS_SENT || report->news == EMRS_NEWS_RECEIVED;
    return moved && (report->size == 0 || report->size > move->size);
}

static void judge(emrs_checker *c, stream_call call, const emrs_move *move,
                  const emrs_report *report)
{
    if (report->news > EMRS_NEWS_STOP || (allowed(c, call) & BIT(report->news)) == 0)
        find_news(c, "reported news that is not in this function's list", report->news);
    if (is_outside(move, report))
        find(c, "reported a size outside the window", (int32_t)report->size);
    if (report->news == EMRS_NEWS_FAILED && report->detail == EMRS_REASON_NONE)
        find(c, "failed without a reason", report->native);
}

/* Calls a function of the stream, and checks what it does. It must return by until_ms, or at once
 * if that is past. It may be late by slack_ms. */
static emrs_report watch(emrs_checker *c, stream_call call, const emrs_move *move)
{
    uint32_t begin_ms = now_ms(c), left_ms = emrs_left_ms(begin_ms, move->until_ms);
    unsigned char *guard = c->in + EMRS_CHECK_WINDOW_SIZE;
    if (move->receive != NULL) {
        guard = c->in + move->size;
        memset(guard, GUARD, EMRS_CHECK_GUARD_SIZE);
    }
    emrs_report report = call(c->config->stream->context, move);
    uint32_t took_ms = elapsed_ms(c, begin_ms);
    if (took_ms > left_ms + c->slack_ms)
        find(c, "returned after until_ms, by ms", (int32_t)(took_ms - left_ms));
    judge(c, call, move, &report);
    for (size_t i = 0; move->receive != NULL && i < EMRS_CHECK_GUARD_SIZE; i++)
        if (guard[i] != GUARD)
            find(c, "wrote past the window, at byte", (int32_t)(move->size + i));
    return report;
}

/* Calls a function again and again, until there is news or the time of the move is over. */
static emrs_report await(emrs_checker *c, stream_call call, const emrs_move *move)
{
    for (;;) {
        emrs_report report = watch(c, call, move);
        bool has_news = report.news != EMRS_NEWS_PENDING && report.news != EMRS_NEWS_CONNECTING;
        if (has_news || is_past(c, move->until_ms))
            return report;
        if (c->config->idle != NULL)
            c->config->idle(c->config->context);
    }
}

static void watch_close(emrs_checker *c)
{
    uint32_t begin_ms = now_ms(c);
    c->config->stream->close(c->config->stream->context);
    uint32_t took_ms = elapsed_ms(c, begin_ms);
    if (took_ms > c->slack_ms)
        find(c, "close waited, ms", (int32_t)took_ms);
}

#endif
