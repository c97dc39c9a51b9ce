#include "base/clock.h"

#include <string.h>
#include <time.h>

static int64_t system_now(void *ctx)
{
    (void)ctx;
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct clock clock_system(void)
{
    return (struct clock){.now_ms = system_now, .ctx = NULL};
}

int64_t clock_now(const struct clock *c)
{
    return c->now_ms(c->ctx);
}

int64_t clock_span_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, counted
 * in eras of 400 years that begin in March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t yoe = year - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

/* The other way round, from days since 0000-03-01 on, in 32 bits: lists are
 * full of times, and this is where theirs are made. */
static void date_of(uint32_t days, uint32_t *year, uint32_t *month,
                    uint32_t *day)
{
    uint32_t era = days / 146097;
    uint32_t doe = days - era * 146097;
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = yoe + era * 400 + (*month <= 2);
}

static void two_digits(char *out, uint32_t n)
{
    out[0] = (char)('0' + n / 10);
    out[1] = (char)('0' + n % 10);
}

void clock_format(int64_t ms, char out[CLOCK_TEXT_SIZE])
{
    const int64_t first = -62167219200000, last = 253402300799999;
    ms = ms < first ? first : ms > last ? last : ms;
    uint64_t since = (uint64_t)(ms - first);
    uint32_t year, month, day;
    uint32_t days = (uint32_t)(since / 86400000);
    uint32_t rest = (uint32_t)(since % 86400000), s = rest / 1000;
    /* 0000-01-01 is 60 days before the first day of date_of: count from 400
     * years before. */
    date_of(days + 146097 - 60, &year, &month, &day);
    year -= 400;
    memcpy(out, "0000-00-00T00:00:00.000Z", CLOCK_TEXT_SIZE);
    two_digits(out, year / 100);
    two_digits(out + 2, year % 100);
    two_digits(out + 5, month);
    two_digits(out + 8, day);
    two_digits(out + 11, s / 3600);
    two_digits(out + 14, s / 60 % 60);
    two_digits(out + 17, s % 60);
    two_digits(out + 20, rest % 1000 / 10);
    out[22] = (char)('0' + rest % 10);
}

/* Reads exactly `digits` digits at *at. */
static bool number(const char **at, const char *end, int digits, int64_t *out)
{
    *out = 0;
    for (; digits > 0; digits--, (*at)++) {
        if (*at == end || **at < '0' || **at > '9')
            return false;
        *out = *out * 10 + (**at - '0');
    }
    return true;
}

static bool literal(const char **at, const char *end, char c)
{
    if (*at == end || **at != c)
        return false;
    (*at)++;
    return true;
}

static bool date_part(const char **at, const char *end, int64_t *days)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30,
                                  31, 31, 30, 31, 30, 31};
    int64_t y, m, d;
    if (!number(at, end, 4, &y) || !literal(at, end, '-') ||
        !number(at, end, 2, &m) || !literal(at, end, '-') ||
        !number(at, end, 2, &d))
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (m < 1 || m > 12 || d < 1 || d > lengths[m - 1] ||
        (m == 2 && d == 29 && !leap))
        return false;
    *days = days_of(y, m, d);
    return true;
}

static bool time_part(const char **at, const char *end, int64_t *ms)
{
    int64_t h, m, s, fraction = 0, unit = 100;
    if (!number(at, end, 2, &h) || !literal(at, end, ':') ||
        !number(at, end, 2, &m) || !literal(at, end, ':') ||
        !number(at, end, 2, &s) || h > 24 || m > 59 || s > 60)
        return false;
    if (literal(at, end, '.')) {
        const char *first = *at;
        for (; *at < end && **at >= '0' && **at <= '9'; (*at)++, unit /= 10)
            fraction += unit * (**at - '0');
        if (*at == first)
            return false;
    }
    *ms = ((h * 60 + m) * 60 + s) * 1000 + fraction;
    return h < 24 || *ms == 86400000;
}

static bool offset_part(const char **at, const char *end, int64_t *ms)
{
    *ms = 0;
    if (*at == end || literal(at, end, 'Z'))
        return true;
    int64_t sign = **at == '-' ? -1 : 1, h, m;
    if ((!literal(at, end, '+') && !literal(at, end, '-')) ||
        !number(at, end, 2, &h) || !literal(at, end, ':') ||
        !number(at, end, 2, &m) || h > 14 || m > 59)
        return false;
    *ms = sign * (h * 60 + m) * 60000;
    return true;
}

bool clock_parse(const char *text, size_t len, int64_t *ms)
{
    const char *at = text, *end = text + len;
    int64_t days, clock_ms, offset;
    if (!date_part(&at, end, &days) || !literal(&at, end, 'T') ||
        !time_part(&at, end, &clock_ms) || !offset_part(&at, end, &offset) ||
        at != end)
        return false;
    *ms = days * 86400000 + clock_ms - offset;
    return true;
}
