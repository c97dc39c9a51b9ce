#include "server/config_value.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *config_value_allowed(enum config_kind kind)
{
    static const char *const allowed[] = {
#define X(name, text) text,
        CONFIG_KINDS(X)
#undef X
    };
    return allowed[kind];
}

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

bool config_duration(const char *text, int64_t *ms)
{
    static const int64_t factors[] = {1000, 60000, 3600000, 86400000};
    return scaled(text, "smhd", factors, ms);
}

bool config_size(const char *text, int64_t *bytes)
{
    static const int64_t factors[] = {1024, 1048576};
    return config_number(text, bytes) || scaled(text, "km", factors, bytes);
}

bool config_share(const char *text, int64_t *percent)
{
    const char *end = digits(text, percent);
    return end != NULL && strcmp(end, "%") == 0 && *percent <= 100;
}

bool config_number(const char *text, int64_t *number)
{
    const char *end = digits(text, number);
    return end != NULL && *end == '\0';
}

bool config_yes_no(const char *text, bool *yes)
{
    *yes = strcmp(text, "yes") == 0;
    return *yes || strcmp(text, "no") == 0;
}

bool config_brake(const char *text, int64_t *percent, int64_t *number)
{
    const char *at = digits(text, percent);
    if (at == NULL || *at != '%' || *percent > 100)
        return false;
    at += 1 + strspn(at + 1, " \t");
    if (*at != ',')
        return false;
    at += 1 + strspn(at + 1, " \t");
    return config_number(at, number);
}

bool config_listen(const char *text, char **host, int *port)
{
    const char *colon = strrchr(text, ':');
    int64_t number;
    if (colon == NULL || !config_number(colon + 1, &number) || number > 65535)
        return false;
    size_t len = (size_t)(colon - text);
    bool v6 = len > 2 && text[0] == '[' && text[len - 1] == ']';
    if (len == 0 || (!v6 && memchr(text, ':', len) != NULL))
        return false;
    *host = v6 ? strndup(text + 1, len - 2) : strndup(text, len);
    *port = (int)number;
    return *host != NULL;
}

/* The host of a URL with its length; NULL: no URL that we take. */
static const char *url_host(const char *url, size_t *len)
{
    const char *host = NULL;
    if (strncmp(url, "https://", 8) == 0)
        host = url + 8;
    else if (strncmp(url, "http://", 7) == 0)
        host = url + 7;
    else
        return NULL;
    *len = host[0] == '[' ? strcspn(host, "]/") + 1 : strcspn(host, ":/");
    return *len > 0 ? host : NULL;
}

bool config_url(const char *text)
{
    size_t len;
    const char *host = url_host(text, &len);
    if (host == NULL || strpbrk(text, "?#@\\\"<> ") != NULL)
        return false;
    for (const char *c = text; *c != '\0'; c++)
        if (!isprint((unsigned char)*c))
            return false;
    return host[len] == '\0' || host[len] == '/' || host[len] == ':';
}

bool config_host_is_loopback(const char *host, size_t len)
{
    if (len == 9 && strncasecmp(host, "localhost", 9) == 0)
        return true;
    if ((len == 3 && memcmp(host, "::1", 3) == 0) ||
        (len == 5 && memcmp(host, "[::1]", 5) == 0))
        return true;
    if (len < 9 || memcmp(host, "127.", 4) != 0)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)host[i]) && host[i] != '.')
            return false;
    return true;
}

bool config_url_is_loopback(const char *url)
{
    size_t len;
    const char *host = url_host(url, &len);
    return host != NULL && config_host_is_loopback(host, len);
}

bool config_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = choices; len > 0; at++) {
        size_t width = strcspn(at, "|");
        if (width == len && memcmp(at, word, len) == 0)
            return true;
        at += width;
        if (*at == '\0')
            break;
    }
    return false;
}
