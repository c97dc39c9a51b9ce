#include "base/quantity.h"

#include <ctype.h>
#include <string.h>

/* Digits at the start of `text`, 15 at most; NULL: there are none. */
static const char *digits(const char *text, int64_t *number)
{
    const char *at = text;
    *number = 0;
    for (; isdigit((unsigned char)*at); at++) {
        if (at - text >= 15)
            return NULL;
        *number = *number * 10 + (*at - '0');
    }
    return at == text ? NULL : at;
}

static bool scaled(const char *text, const char *units, const int64_t *factors,
                   int64_t *out)
{
    int64_t number;
    const char *unit = digits(text, &number);
    if (unit == NULL || *unit == '\0' || unit[1] != '\0')
        return false;
    const char *at = strchr(units, *unit);
    if (at == NULL)
        return false;
    int64_t factor = factors[at - units];
    if (number > INT64_MAX / factor)
        return false;
    *out = number * factor;
    return true;
}

bool quantity_duration(const char *text, int64_t *ms)
{
    static const int64_t factors[] = {1000, 60000, 3600000, 86400000};
    return scaled(text, "smhd", factors, ms);
}

bool quantity_size(const char *text, int64_t *bytes)
{
    static const int64_t factors[] = {1024, 1048576};
    return quantity_number(text, bytes) || scaled(text, "km", factors, bytes);
}

bool quantity_share(const char *text, int64_t *percent)
{
    const char *end = digits(text, percent);
    return end != NULL && strcmp(end, "%") == 0 && *percent <= 100;
}

bool quantity_number(const char *text, int64_t *number)
{
    const char *end = digits(text, number);
    return end != NULL && *end == '\0';
}

bool quantity_brake(const char *text, int64_t *percent, int64_t *number)
{
    const char *at = digits(text, percent);
    if (at == NULL || *at != '%' || *percent > 100)
        return false;
    at += 1 + strspn(at + 1, " \t");
    if (*at != ',')
        return false;
    at += 1 + strspn(at + 1, " \t");
    return quantity_number(at, number);
}
