/* SPDX-License-Identifier: MIT */
/* Dates. libc reads the same second from each date that the core reads, and the date is written
 * back in the same form. Each second can be written and read. A deadline is compared right across
 * the wrap of the tick. */
#include "fuzz.h"

#include <strings.h>
#include <time.h>

#include "clock.h"

static void check_written(uint32_t utc_s)
{
    char ours[16], theirs[32], sent[32];
    time_t seconds = (time_t)utc_s;
    struct tm tm;
    CHECK(gmtime_r(&seconds, &tm) != NULL);
    CHECK(strftime(theirs, sizeof theirs, "%Y%m%dT%H%M%SZ", &tm) == sizeof ours);
    emrs_clock_write(utc_s, ours);
    CHECK(memcmp(ours, theirs, sizeof ours) == 0);
    size_t size = strftime(sent, sizeof sent, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    uint32_t read = emrs_clock_read((emrs_text){sent, size});
    CHECK(read == (tm.tm_year + 1900 > 2105 ? 0 : utc_s)); /* 32 bits end in 2106 */
}

/* strptime must accept each date that we accept. It also accepts dates that RFC 3339 does not
 * allow. */
static void check_read_rfc3339(emrs_text text)
{
    char date[20] = "";
    struct tm tm = {.tm_isdst = 0};
    uint32_t utc_s = emrs_clock_read_rfc3339(text);
    if (utc_s == 0)
        return;
    CHECK(text.size >= 20);
    memcpy(date, text.bytes, 19);
    date[10] = 'T'; /* it may be a 't' */
    CHECK(strptime(date, "%Y-%m-%dT%H:%M:%S", &tm) == date + 19);
    int64_t offset_s = (int64_t)timegm(&tm) - (int64_t)utc_s;
    char last = text.bytes[text.size - 1];
    CHECK(last == 'Z' || last == 'z' ? offset_s == 0 : offset_s > -86400 && offset_s < 86400);
    CHECK(offset_s % 60 == 0);
}

static void check_read(emrs_text text)
{
    char date[64] = "";
    struct tm tm = {.tm_isdst = 0};
    uint32_t utc_s = emrs_clock_read(text);
    if (utc_s == 0)
        return;
    CHECK(text.size == 29);
    memcpy(date, text.bytes, text.size);
    const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    int day = tm.tm_wday;
    CHECK(end == date + text.size || strncasecmp(date + 25, " gmt", 4) == 0);
    if (end == NULL) { /* libc accepts the zone only in upper case */
        memcpy(date + 25, " GMT", 4);
        CHECK(strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm) == date + text.size);
        day = tm.tm_wday;
    }
    CHECK((uint32_t)timegm(&tm) == utc_s && tm.tm_wday == day);
    check_written(utc_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t words[3] = {0, 0, 0};
    char *copy = fuzz_copy((emrs_text){(const char *)data, size});
    check_read((emrs_text){copy, size});
    check_read_rfc3339((emrs_text){copy, size});
    memcpy(words, copy, size < sizeof words ? size : sizeof words);
    check_written(words[0]);
    uint32_t late_ms = words[1] & 0x7fffffffu;
    CHECK(emrs_clock_is_past(words[0] + late_ms, words[0]));
    CHECK(late_ms == 0 || !emrs_clock_is_past(words[0], words[0] + late_ms));
    CHECK((uint32_t)emrs_clock_skew(words[0], words[1], words[2]) + words[1] + words[2] / 2000u
          == words[0]);
    free(copy);
    return 0;
}
