/* SPDX-License-Identifier: MIT */
/* Dates of SigV4, HTTP and RFC 3339 for every day that 32 bits have, and deadlines when the tick
 * wraps. */
#include "unit.h"

#include <time.h>

#include "clock.h"
#include "support/guard.h"

#define DAY_S 86400u

static guard page;

static int open_page(void **state)
{
    (void)state;
    page = guard_open(64);
    return page.bytes != NULL ? 0 : -1;
}

static int close_page(void **state)
{
    (void)state;
    guard_close(&page);
    return 0;
}

static void assert_date(uint32_t utc_s, const char *expected)
{
    char date[16 + 1];
    date[16] = '#';
    emrs_clock_write(utc_s, date);
    assert_int_equal(date[16], '#');
    date[16] = '\0';
    assert_string_equal(date, expected);
}

static void test_known_dates(void **state)
{
    static const struct {
        uint32_t utc_s;
        const char *date;
    } rows[] = {
        {0, "19700101T000000Z"},           {1, "19700101T000001Z"},
        {59, "19700101T000059Z"},          {60, "19700101T000100Z"},
        {3599, "19700101T005959Z"},        {3600, "19700101T010000Z"},
        {86399, "19700101T235959Z"},       {86400, "19700102T000000Z"},
        {68169600, "19720229T000000Z"},    {94694399, "19721231T235959Z"},
        {94694400, "19730101T000000Z"},    {951782399, "20000228T235959Z"},
        {951782400, "20000229T000000Z"},   {951868799, "20000229T235959Z"},
        {951868800, "20000301T000000Z"},   {978307199, "20001231T235959Z"},
        {1440938160, "20150830T123600Z"},  {1767323045, "20260102T030405Z"},
        {1793491200, "20261101T000000Z"},  {1835395200, "20280229T000000Z"},
        {2147483647, "20380119T031407Z"},  {2147483648u, "20380119T031408Z"},
        {4107455999u, "21000227T235959Z"}, {4107456000u, "21000228T000000Z"},
        {4107542399u, "21000228T235959Z"}, {4107542400u, "21000301T000000Z"},
        {4233600000u, "21040228T000000Z"}, {4233686400u, "21040229T000000Z"},
        {4294967295u, "21060207T062815Z"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_date(rows[i].utc_s, rows[i].date);
}

/* Every day from 1970 to 2106, at different seconds, compared with the C library. */
static void test_every_day_against_gmtime(void **state)
{
    uint32_t day_count = 0;
    (void)state;
    for (uint64_t start_s = 0; start_s <= UINT32_MAX; start_s += DAY_S, day_count++) {
        uint64_t utc_s = start_s + (uint64_t)day_count * 7919u % DAY_S;
        time_t at = (time_t)(utc_s > UINT32_MAX ? UINT32_MAX : utc_s);
        struct tm utc;
        char expected[24];
        assert_non_null(gmtime_r(&at, &utc));
        assert_int_equal(strftime(expected, sizeof expected, "%Y%m%dT%H%M%SZ", &utc), 16);
        assert_date((uint32_t)at, expected);
    }
    assert_int_equal(day_count, 49711);
}

/* Every second of a leap day. */
static void test_every_second_against_gmtime(void **state)
{
    (void)state;
    for (uint32_t second = 0; second < DAY_S; second++) {
        time_t at = (time_t)(951782400u + second);
        struct tm utc;
        char expected[24];
        assert_non_null(gmtime_r(&at, &utc));
        assert_int_equal(strftime(expected, sizeof expected, "%Y%m%dT%H%M%SZ", &utc), 16);
        assert_date((uint32_t)at, expected);
    }
}

/* HTTP dates */

/* Reads the text from the end of its memory, so that a read past it faults. */
static uint32_t read_http(const char *text)
{
    size_t size = strlen(text);
    return emrs_clock_read((emrs_text){guard_lay_before_page(&page, text, size), size});
}

static void assert_read(time_t at)
{
    struct tm utc;
    char date[40];
    assert_non_null(gmtime_r(&at, &utc));
    size_t size = strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    assert_int_equal(size, 29);
    if (read_http(date) != (uint32_t)at)
        fail_msg("%s", date);
}

static void test_http_dates_of_every_day(void **state)
{
    (void)state;
    for (uint32_t day = 1; day < 49673; day++) { /* to the end of 2105 */
        assert_read((time_t)day * DAY_S);
        assert_read((time_t)day * DAY_S + (time_t)(day * 7919u % DAY_S));
    }
}

static void test_wrong_http_dates(void **state)
{
    static const char *const wrong[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Mon, 06 Nov 1994 08:49:37 GMT", /* it was a Sunday */
        "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Thu, 31 Foo 2026 08:49:37 GMT", /* this day is right for December */
        "Fri, 01 Foo 2026 08:49:37 GMT", /* this day is right for a 13th month */
        "Foo, 07 Jan 2026 08:49:37 GMT", /* it was a Wednesday */
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Thu, 31 Dec 1969 23:59:59 GMT",
        "Fri, 01 Jan 2106 00:00:00 GMT",
        "Sun, 06 Nov 9994 08:49:37 GMT",
        "Sun, 0a Nov 1994 08:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT",
        "Sun; 06 Nov 1994 08:49:37 GMT",
        "1794553460",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (read_http(wrong[i]) != 0)
            fail_msg("%s", wrong[i]);
    assert_int_equal(read_http("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
    assert_int_equal(read_http("sun, 06 nov 1994 08:49:37 gmt"), 784111777);
}

/* For every month, in leap years too, tries any two digits as the day, with each day of the week. A
 * day that the month has is accepted with one day of the week, any other day with none. Day 0 of
 * January 1970 would be a negative date. */
static void test_days_that_a_month_has(void **state)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec",
                      days[] = "SunMonTueWedThuFriSat";
    static const int years[] = {1970, 1972, 2000, 2027, 2100, 2105},
                     sizes[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    (void)state;
    for (int at = 0; at < (int)COUNT_OF(years) * 12 * 100; at++) {
        int year = years[at / 1200], month = at / 100 % 12, day = at % 100, count = 0;
        bool is_leap = year % 4 == 0 && year != 2100;
        bool has = day >= 1 && day <= sizes[month] + (month == 1 && is_leap);
        for (int week = 0; week < 7; week++) {
            char date[40];
            (void)snprintf(date, sizeof date, "%.3s, %02d %.3s %d 12:34:56 GMT", days + 3 * week,
                           day, months + 3 * month, year);
            count += read_http(date) != 0;
        }
        if (count != has)
            fail_msg("%d-%d-%d is read %d times", year, month + 1, day, count);
    }
}

/* RFC 3339 */

static uint32_t read_rfc3339(const char *text)
{
    size_t size = strlen(text);
    return emrs_clock_read_rfc3339((emrs_text){guard_lay_before_page(&page, text, size), size});
}

static void test_rfc3339_dates_of_every_day(void **state)
{
    (void)state;
    for (uint32_t day = 1; day < 49673; day++) { /* to the end of 2105 */
        time_t at = (time_t)day * DAY_S + (time_t)(day * 7919u % DAY_S);
        struct tm utc;
        char date[40];
        assert_non_null(gmtime_r(&at, &utc));
        assert_int_equal(strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc), 20);
        if (read_rfc3339(date) != (uint32_t)at)
            fail_msg("%s", date);
    }
}

static void test_rfc3339_fractions_and_offsets(void **state)
{
    static const struct {
        const char *date;
        uint32_t utc_s;
    } rows[] = {
        {"2023-02-06T05:54:46Z", 1675662886},
        {"2023-02-06t05:54:46z", 1675662886},
        {"2023-02-06T05:54:46.1Z", 1675662886},
        {"2023-02-06T05:54:46.999999999Z",
         1675662886}, /* fractions are dropped, never rounded up */
        {"2023-02-06T05:54:46+00:00", 1675662886},
        {"2023-02-06T05:54:46-00:00", 1675662886},
        {"2023-02-06T06:54:46+01:00", 1675662886},
        {"2023-02-06T00:24:46-05:30", 1675662886},
        {"2023-02-07T05:53:46.25+23:59", 1675662886},
        {"1970-01-01T00:00:01Z", 1},
        {"1970-01-01T01:00:01+01:00", 1},
        {"1970-01-01T00:59:59+01:00", 0},
        {"2105-12-31T23:59:59Z", 4291747199u},
        {"2105-12-31T23:59:59-23:59", 4291833539u},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (read_rfc3339(rows[i].date) != rows[i].utc_s)
            fail_msg("%s", rows[i].date);
}

static void test_wrong_rfc3339_dates(void **state)
{
    static const char *const wrong[] = {
        "",
        "Z",
        "2023-02-06",
        "2023-02-06T05:54:46",
        "2023-02-06T05:54Z",
        "2023-02-06 05:54:46Z",
        "2023-02-06T05:54:46Z ",
        " 2023-02-06T05:54:46Z",
        "2023-02-06T05:54:46.Z",
        "2023-02-06T05:54:46.xZ",
        "2023-02-06T05:54:46x",
        "2023-02-06T05:54:46.5",
        "2023-02-06T05:54:46,5Z",
        "2023-02-06T05:54:46UTC",
        "2023-02-06T05:54:46+0000",
        "2023-02-06T05:54:46+00",
        "2023-02-06T05:54:46*00:00",
        "2023-02-06T05:54:46+24:00",
        "2023-02-06T05:54:46+00:60",
        "2023-02-06T24:00:00Z",
        "2023-02-06T23:60:00Z",
        "2023-02-06T23:59:60Z",
        "2023-00-06T05:54:46Z",
        "2023-13-06T05:54:46Z",
        "2023-02-00T05:54:46Z",
        "2023-02-29T05:54:46Z",
        "2023-04-31T05:54:46Z",
        "1969-12-31T23:59:59Z",
        "2106-01-01T00:00:00Z",
        "20230206T055446Z",
        "2023/02/06T05:54:46Z",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "1675662886",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (read_rfc3339(wrong[i]) != 0)
            fail_msg("%s", wrong[i]);
}

/* Tries any byte in any place: only another digit is accepted for a digit, and nothing else for a
 * separator. */
static void test_every_byte_of_an_rfc3339_date(void **state)
{
    static const char good[] = "2023-02-06T05:54:46+00:00";
    (void)state;
    for (size_t at = 0; at < sizeof good - 1u; at++)
        for (int byte = 1; byte < 256; byte++) {
            char date[sizeof good];
            memcpy(date, good, sizeof good);
            date[at] = (char)byte;
            bool fits = emrs_is_digit(good[at]) ? emrs_is_digit((char)byte)
                        : good[at] == 'T'       ? byte == 'T' || byte == 't'
                        : good[at] == '+'       ? byte == '+' || byte == '-'
                                                : byte == good[at];
            if (!fits && read_rfc3339(date) != 0)
                fail_msg("%s", date);
        }
}

static void test_skew_is_measured_at_the_midpoint(void **state)
{
    (void)state;
    assert_int_equal(emrs_clock_skew(1001, 1000, 2000), 0);
    assert_int_equal(emrs_clock_skew(1301, 1000, 2000), 300);
    assert_int_equal(emrs_clock_skew(1001, 1300, 2000), -300);
    assert_int_equal(emrs_clock_skew(1000, 1000, 0), 0);
    assert_int_equal(emrs_clock_skew(1000, 1000, UINT32_MAX), -2147483);
}

static void test_past_survives_the_wrap(void **state)
{
    static const uint32_t starts[] = {0,           1,           1000,       0x7fffffffu,
                                      0x80000000u, 0xfffffffeu, 0xffffffffu};
    static const uint32_t ahead[] = {1, 2, 60000, 86400000u, 0x7ffffffeu, 0x7fffffffu};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        assert_true(emrs_clock_is_past(starts[i], starts[i]));
        for (size_t j = 0; j < COUNT_OF(ahead); j++) {
            assert_false(emrs_clock_is_past(starts[i], starts[i] + ahead[j]));
            assert_true(emrs_clock_is_past(starts[i] + ahead[j], starts[i]));
        }
        assert_false(
            emrs_clock_is_past(starts[i] + 0x80000000u, starts[i])); /* half of the range */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_dates),
        cmocka_unit_test(test_every_day_against_gmtime),
        cmocka_unit_test(test_every_second_against_gmtime),
        cmocka_unit_test(test_http_dates_of_every_day),
        cmocka_unit_test(test_wrong_http_dates),
        cmocka_unit_test(test_days_that_a_month_has),
        cmocka_unit_test(test_rfc3339_dates_of_every_day),
        cmocka_unit_test(test_rfc3339_fractions_and_offsets),
        cmocka_unit_test(test_wrong_rfc3339_dates),
        cmocka_unit_test(test_every_byte_of_an_rfc3339_date),
        cmocka_unit_test(test_skew_is_measured_at_the_midpoint),
        cmocka_unit_test(test_past_survives_the_wrap),
    };
    return cmocka_run_group_tests(tests, open_page, close_page);
}
