/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include "emrs_text.h"

#define DAY_S 86400u

static void put_digits(char *at, uint32_t value, int count)
{
    while (count-- > 0) {
        at[count] = (char)('0' + value % 10u);
        value /= 10u;
    }
}

/* Converts a day number to a date. Years begin on 1 March here, so that the leap day is the last
 * day of a year.
 * src: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" */
void emrs_clock_write(uint32_t utc_s, char date[16])
{
    uint32_t day = utc_s / DAY_S + 719468u, second = utc_s % DAY_S;
    uint32_t era = day / 146097u, day_of_era = day % 146097u;
    uint32_t year_of_era =
        (day_of_era - day_of_era / 1460u + day_of_era / 36524u - day_of_era / 146096u) / 365u;
    uint32_t day_of_year =
        day_of_era - (365u * year_of_era + year_of_era / 4u - year_of_era / 100u);
    uint32_t from_march = (5u * day_of_year + 2u) / 153u;
    uint32_t month = from_march < 10u ? from_march + 3u : from_march - 9u;
    put_digits(date, year_of_era + era * 400u + (month <= 2u), 4);
    put_digits(date + 4, month, 2);
    put_digits(date + 6, day_of_year - (153u * from_march + 2u) / 5u + 1u, 2);
    date[8] = 'T';
    put_digits(date + 9, second / 3600u, 2);
    put_digits(date + 11, second / 60u % 60u, 2);
    put_digits(date + 13, second % 60u, 2);
    date[15] = 'Z';
}

bool emrs_clock_is_past(uint32_t now_ms, uint32_t until_ms)
{
    return now_ms - until_ms < 0x80000000u;
}

/* Reads `count` bytes as digits. If one of them is no digit, the value means nothing. */
static uint32_t digits_at(emrs_text text, size_t at, size_t count)
{
    uint32_t value = 0;
    while (count-- > 0)
        value = value * 10u + (uint32_t)(text.bytes[at++] - '0');
    return value;
}

/* The index of the three-letter word at `at`; `count` if it is none of them. */
static uint32_t word_at(const char *words, uint32_t count, const char *at)
{
    size_t word = 0;
    while (word < count
           && (words[3 * word] != emrs_to_lower(at[0])
               || words[3 * word + 1] != emrs_to_lower(at[1])
               || words[3 * word + 2] != emrs_to_lower(at[2])))
        word++;
    return (uint32_t)word;
}

static bool has_form(emrs_text date)
{
    static const char form[] = "***, 00 *** 0000 00:00:00 gmt";
    bool fits = date.size == sizeof form - 1u;
    for (size_t at = 0; fits && at < date.size; at++)
        fits = form[at] == '0'   ? emrs_is_digit(date.bytes[at])
               : form[at] == '*' ? emrs_is_alnum(date.bytes[at])
                                 : form[at] == emrs_to_lower(date.bytes[at]);
    return fits;
}

/* The inverse of the algorithm of emrs_clock_write: days from 1 March of year 0, minus those until
 * 1970. */
static uint32_t day_of(uint32_t year, uint32_t month, uint32_t day)
{
    uint32_t from_march = month > 2u ? month - 3u : month + 9u;
    year -= month <= 2u;
    return year * 365u + year / 4u - year / 100u + year / 400u + (153u * from_march + 2u) / 5u + day
           - 1u - 719468u;
}

/* "08:49:37"      ret: seconds since midnight; DAY_S if there is no such time */
static uint32_t second_of_day(emrs_text date, size_t at)
{
    uint32_t hour = digits_at(date, at, 2), minute = digits_at(date, at + 3, 2),
             second = digits_at(date, at + 6, 2);
    bool is_time = hour <= 23u && minute <= 59u && second <= 59u;
    return is_time ? hour * 3600u + minute * 60u + second : DAY_S;
}

/* Whether the month has this day, and the day of the week is right: the 31st of a shorter month is
 * written as another day. */
static bool is_real_day(emrs_text date, uint32_t utc_s)
{
    static const char days[] = "thufrisatsunmontuewed"; /* 1970 began on a Thursday */
    char written[16];
    emrs_clock_write(utc_s, written);
    return written[6] == date.bytes[5] && written[7] == date.bytes[6]
           && word_at(days, 7, date.bytes) == utc_s / DAY_S % 7u;
}

uint32_t emrs_clock_read(emrs_text date)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (!has_form(date))
        return 0;
    uint32_t year = digits_at(date, 12, 4), month = word_at(months, 12, date.bytes + 8) + 1u;
    uint32_t second = second_of_day(date, 17);
    if (year < 1970u || year > 2105u || month > 12u || second == DAY_S)
        return 0;
    uint32_t utc_s = day_of(year, month, digits_at(date, 5, 2)) * DAY_S + second;
    return is_real_day(date, utc_s) ? utc_s : 0;
}

/* ret: whether the text has the form "+00:00" or "-00:00", with any digits */
static bool is_offset(emrs_text text)
{
    bool fits = text.size == 6 && (text.bytes[0] == '+' || text.bytes[0] == '-');
    for (size_t at = 1; fits && at < 6; at++)
        fits = at == 3 ? text.bytes[at] == ':' : emrs_is_digit(text.bytes[at]);
    return fits;
}

/* Reads "Z", "+01:00" or "-01:00".
 * out: offset_s: seconds to add to get UTC      ret: whether the text is one of these */
static bool read_offset(emrs_text text, int32_t *offset_s)
{
    *offset_s = 0;
    if (text.size == 1)
        return emrs_to_lower(text.bytes[0]) == 'z';
    if (!is_offset(text))
        return false;
    uint32_t hour = digits_at(text, 1, 2), minute = digits_at(text, 4, 2);
    *offset_s = (int32_t)(hour * 3600u + minute * 60u);
    if (text.bytes[0] == '+')
        *offset_s = -*offset_s;
    return hour <= 23u && minute <= 59u;
}

/* The size of ".123"; 0 if there is no fraction.      in: the text is not empty */
static size_t fraction_size(emrs_text text)
{
    size_t size = 1;
    if (text.bytes[0] != '.')
        return 0;
    while (size < text.size && emrs_is_digit(text.bytes[size]))
        size++;
    return size > 1 ? size : 0;
}

/* Reads "2023-02-06T05:54:46": writes it as an HTTP date, and reads that date, so that only one
 * function computes days. An HTTP date also names the day of the week: all seven are tried, and for
 * a real date one fits. */
static uint32_t read_local(emrs_text text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const char days[] = "SunMonTueWedThuFriSat";
    char date[] = "ddd, 06 mmm 2023 05:54:46 GMT";
    size_t month = digits_at(text, 5, 2);
    uint32_t utc_s = 0;
    if (!emrs_is_digit(text.bytes[5]) || !emrs_is_digit(text.bytes[6]) || month - 1u >= 12u)
        return 0;
    memcpy(date + 5, text.bytes + 8, 2);
    memcpy(date + 8, months + 3u * (month - 1u), 3);
    memcpy(date + 12, text.bytes, 4);
    memcpy(date + 17, text.bytes + 11, 8);
    for (unsigned day = 0; day < 7 && utc_s == 0; day++) {
        memcpy(date, days + (size_t)3 * day, 3);
        utc_s = emrs_clock_read((emrs_text){date, sizeof date - 1u});
    }
    return utc_s;
}

static bool has_marks(emrs_text text, size_t size)
{
    return text.size > size && text.bytes[4] == '-' && text.bytes[7] == '-'
           && emrs_to_lower(text.bytes[10]) == 't';
}

uint32_t emrs_clock_read_rfc3339(emrs_text text)
{
    const size_t size = sizeof "2023-02-06T05:54:46" - 1u;
    int32_t offset_s;
    if (!has_marks(text, size))
        return 0;
    emrs_text rest = emrs_text_from(text, size);
    if (!read_offset(emrs_text_from(rest, fraction_size(rest)), &offset_s))
        return 0;
    uint32_t local_s = read_local(text);
    if (local_s == 0 || (offset_s < 0 && local_s < (uint32_t)-offset_s))
        return 0;
    return local_s + (uint32_t)offset_s; /* it cannot wrap: 2105 ends 37 days before 32 bits do */
}

int32_t emrs_clock_skew(uint32_t date_s, uint32_t utc_s, uint32_t took_ms)
{
    return (int32_t)(date_s - (utc_s + took_ms / 2000u));
}
