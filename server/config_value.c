#include "server/config_value.h"

#include "base/quantity.h"

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

bool config_yes_no(const char *text, bool *yes)
{
    *yes = strcmp(text, "yes") == 0;
    return *yes || strcmp(text, "no") == 0;
}

bool config_listen(const char *text, char **host, int *port)
{
    const char *colon = strrchr(text, ':');
    int64_t number;
    if (colon == NULL || !quantity_number(colon + 1, &number) || number > 65535)
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
