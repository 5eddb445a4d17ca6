/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "answer.h"

#include <string.h>
#include <time.h>

void answer_put(service_answer *a, const char *text)
{
    size_t size = strlen(text);
    if (size > sizeof a->bytes - a->size)
        size = sizeof a->bytes - a->size;
    memcpy(a->bytes + a->size, text, size);
    a->size += size;
}

void answer_number(service_answer *a, unsigned long number, unsigned base)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do
        digits[--at] = "0123456789abcdef"[number % base];
    while ((number /= base) > 0);
    answer_put(a, digits + at);
}

static void put_date(service_answer *a, chance *c, unsigned lie_odds, uint32_t utc_s)
{
    static const char days[] = "SunMonTueWedThuFriSat",
                      months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t time = (time_t)utc_s;
    struct tm tm;
    char text[] = "Date: Thu, 00 Jan 0000 00:00:00 GMT\r\n";
    if (lie_odds > 0 && chance_one_in(c, 4 * lie_odds))
        time += 3600 * ((time_t)chance_below(c, 100) - 50);
    gmtime_r(&time, &tm);
    memcpy(text + 6, days + 3 * tm.tm_wday, 3);
    memcpy(text + 14, months + 3 * tm.tm_mon, 3);
    int year = tm.tm_year + 1900;
    const struct {
        int at, value;
    } fields[] = {{11, tm.tm_mday}, {18, year / 100}, {20, year % 100},
                  {23, tm.tm_hour}, {26, tm.tm_min},  {29, tm.tm_sec}};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        text[fields[i].at] = (char)('0' + fields[i].value / 10);
        text[fields[i].at + 1] = (char)('0' + fields[i].value % 10);
    }
    answer_put(a, text);
    if (lie_odds > 0 && chance_one_in(c, 8 * lie_odds))
        answer_put(a, "Age: 5\r\n");
}

void answer_head(service_answer *a, chance *c, unsigned lie_odds, int status, uint32_t utc_s)
{
    if (chance_one_in(c, 16))
        answer_put(a, "HTTP/1.1 100 Continue\r\n\r\n");
    answer_put(a, "HTTP/1.1 ");
    answer_number(a, (unsigned long)status, 10);
    answer_put(a, " x\r\n");
    if (!chance_one_in(c, 8))
        put_date(a, c, lie_odds, utc_s);
    if (chance_one_in(c, 4))
        answer_put(a, "x-amzn-RequestId: 7f0c1a52-7d3e-4f0e-9c55-0a6b1c2d3e4f\r\n");
    if (chance_one_in(c, 16))
        answer_put(a, "x-amz-retry-after: 1700\r\n");
}

void answer_body(service_answer *a, chance *c, const char *body)
{
    size_t size = strlen(body);
    if (chance_one_in(c, 16))
        answer_put(a, "Connection: close\r\n");
    uint32_t framing = chance_below(c, 8);
    if (framing > 1) {
        answer_put(a, "Content-Length: ");
        answer_number(a, size, 10);
        answer_put(a, "\r\n\r\n");
        answer_put(a, body);
    } else if (framing == 1) {
        answer_put(a, "Transfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0, piece; at < size; at += piece) {
            piece = 1 + chance_below(c, (uint32_t)(size - at));
            answer_number(a, piece, 16);
            answer_put(a, "\r\n");
            memcpy(a->bytes + a->size, body + at, piece); /* bodies are short */
            a->size += piece;
            answer_put(a, "\r\n");
        }
        answer_put(a, "0\r\n\r\n");
    } else {
        answer_put(a, "\r\n");
        answer_put(a, body);
        a->end = END_CLOSED;
    }
}
