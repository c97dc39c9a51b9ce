#include "providers/http_date.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int month_of(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const char *at = strlen(name) == 3 ? strstr(names, name) : NULL;
    if (at == NULL || (at - names) % 3 != 0)
        return 0;
    return (int)((at - names) / 3) + 1;
}

struct parts {
    char month[4];
    int day, year, hour, minute, second;
};

static bool to_ms(const struct parts *p, int64_t *ms)
{
    char text[48];
    int month = month_of(p->month);
    if (month == 0 || p->day < 1 || p->hour < 0 || p->minute < 0 ||
        p->second < 0 || p->year < 1000 || p->year > 9999)
        return false;
    int len = snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                       p->year, month, p->day, p->hour, p->minute, p->second);
    return len > 0 && len < (int)sizeof text &&
           clock_parse(text, (size_t)len, ms);
}

bool http_date_parse(const char *text, int64_t *ms)
{
    struct parts p = {0};
    int end = 0;
    /* Sun, 06 Nov 1994 08:49:37 GMT */
    /* NOLINTNEXTLINE(cert-err34-c): every number has a width */
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n",
               &p.day, p.month, &p.year, &p.hour, &p.minute, &p.second,
               &end) == 6 &&
        end > 0 && text[end] == '\0')
        return to_ms(&p, ms);
    /* Sunday, 06-Nov-94 08:49:37 GMT: a year more than fifty years ahead is
     * meant in the past, and no clock is needed for what helpdesks send now. */
    /* NOLINTNEXTLINE(cert-err34-c): every number has a width */
    if (sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n",
               &p.day, p.month, &p.year, &p.hour, &p.minute, &p.second,
               &end) == 6 &&
        end > 0 && text[end] == '\0') {
        p.year += p.year < 70 ? 2000 : 1900;
        return to_ms(&p, ms);
    }
    /* Sun Nov  6 08:49:37 1994 */
    /* NOLINTNEXTLINE(cert-err34-c): every number has a width */
    if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", p.month,
               &p.day, &p.hour, &p.minute, &p.second, &p.year, &end) == 6 &&
        end > 0 && text[end] == '\0')
        return to_ms(&p, ms);
    return false;
}

static int64_t clamp(int64_t ms)
{
    return ms < 0 ? 0 : ms > HTTP_DELAY_MAX_MS ? HTTP_DELAY_MAX_MS : ms;
}

bool http_delay_parse(const char *text, int64_t now_ms, int64_t *delay_ms)
{
    int64_t date;
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && (text[digits] == '\0' || text[digits] == '.')) {
        char *end = NULL;
        double seconds = strtod(text, &end);
        if (*end != '\0')
            return false;
        *delay_ms = seconds > 3600 ? HTTP_DELAY_MAX_MS
                                   : clamp((int64_t)(seconds * 1000 + 0.999));
        return true;
    }
    if (!http_date_parse(text, &date))
        return false;
    *delay_ms = clamp(date - now_ms);
    return true;
}
