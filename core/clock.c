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

/* Reads `count` digits, which has_form has found there. */
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

/* Whether the text has the form: '0' stands for a digit, '*' for a letter or a digit, any other
 * byte for itself, in either case. */
static bool has_form(emrs_text text, emrs_text form)
{
    bool fits = text.size == form.size;
    for (size_t at = 0; fits && at < text.size; at++)
        fits = form.bytes[at] == '0'   ? emrs_is_digit(text.bytes[at])
               : form.bytes[at] == '*' ? emrs_is_alnum(text.bytes[at])
                                       : form.bytes[at] == emrs_to_lower(text.bytes[at]);
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

/* Whether the month has the day at `at`: the 31st of a shorter month is written as another day. */
static bool is_real_day(emrs_text date, size_t at, uint32_t utc_s)
{
    char written[16];
    emrs_clock_write(utc_s, written);
    return written[6] == date.bytes[at] && written[7] == date.bytes[at + 1];
}

/* Years that fit into 32 bits as a whole. */
static bool is_year(uint32_t year)
{
    return year >= 1970u && year <= 2105u;
}

uint32_t emrs_clock_read(emrs_text date)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    static const char days[] = "thufrisatsunmontuewed"; /* 1970 began on a Thursday */
    if (!has_form(date, EMRS_TEXT("***, 00 *** 0000 00:00:00 gmt")))
        return 0;
    uint32_t year = digits_at(date, 12, 4), month = word_at(months, 12, date.bytes + 8) + 1u;
    uint32_t second = second_of_day(date, 17);
    if (!is_year(year) || month > 12u || second == DAY_S)
        return 0;
    uint32_t utc_s = day_of(year, month, digits_at(date, 5, 2)) * DAY_S + second;
    bool is_day = is_real_day(date, 5, utc_s) && word_at(days, 7, date.bytes) == utc_s / DAY_S % 7u;
    return is_day ? utc_s : 0;
}

/* Reads "Z", "+01:00" or "-01:00".
 * out: what is to be added for UTC, in seconds      ret: whether it is there, and nothing more */
static bool read_offset(emrs_text text, int32_t *offset_s)
{
    *offset_s = 0;
    if (has_form(text, EMRS_TEXT("z")))
        return true;
    bool is_ahead = has_form(text, EMRS_TEXT("+00:00"));
    if (!is_ahead && !has_form(text, EMRS_TEXT("-00:00")))
        return false;
    uint32_t hour = digits_at(text, 1, 2), minute = digits_at(text, 4, 2);
    *offset_s = (int32_t)(hour * 3600u + minute * 60u);
    if (is_ahead)
        *offset_s = -*offset_s;
    return hour <= 23u && minute <= 59u;
}

/* The size of ".123"; 0 if there is no fraction. */
static size_t fraction_size(emrs_text text)
{
    size_t size = 1;
    if (text.size == 0 || text.bytes[0] != '.')
        return 0;
    while (size < text.size && emrs_is_digit(text.bytes[size]))
        size++;
    return size > 1 ? size : 0;
}

uint32_t emrs_clock_read_rfc3339(emrs_text text)
{
    const emrs_text form = EMRS_TEXT("0000-00-00t00:00:00");
    int32_t offset_s;
    if (text.size < form.size || !has_form((emrs_text){text.bytes, form.size}, form))
        return 0;
    emrs_text rest = emrs_text_from(text, form.size);
    rest = emrs_text_from(rest, fraction_size(rest));
    uint32_t year = digits_at(text, 0, 4), month = digits_at(text, 5, 2);
    uint32_t second = second_of_day(text, 11);
    bool is_in_range = is_year(year) && month >= 1u && month <= 12u && second < DAY_S;
    if (!is_in_range || !read_offset(rest, &offset_s))
        return 0;
    uint32_t local_s = day_of(year, month, digits_at(text, 8, 2)) * DAY_S + second;
    if (!is_real_day(text, 8, local_s) || (offset_s < 0 && local_s < (uint32_t)-offset_s))
        return 0;
    return local_s + (uint32_t)offset_s; /* it cannot wrap: 2105 ends 37 days before 32 bits do */
}

int32_t emrs_clock_skew(uint32_t date_s, uint32_t utc_s, uint32_t took_ms)
{
    return (int32_t)(date_s - (utc_s + took_ms / 2000u));
}
