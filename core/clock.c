/* SPDX-License-Identifier: MIT */
#include "clock.h"

static void put_digits(char *at, uint32_t value, int count)
{
    while (count-- > 0) {
        at[count] = (char)('0' + value % 10u);
        value /= 10u;
    }
}

/* Civil date from a day number, in years that begin on 1 March, so that the leap day comes last:
 * H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
void emrs_clock_write(uint32_t utc_s, char date[16])
{
    uint32_t day = utc_s / 86400u + 719468u, second = utc_s % 86400u;
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
