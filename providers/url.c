#include "providers/url.h"

#include "base/buf.h"
#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

#define URL_MAX 8192

static bool plain(const char *text)
{
    size_t len = 0;
    for (; text[len] != '\0'; len++) {
        unsigned char c = (unsigned char)text[len];
        if (c <= 0x20 || c == 0x7f || c == '\\' || len >= URL_MAX)
            return false;
    }
    return true;
}

/* ":" and a number of 1 to 5 digits, or nothing. */
static bool read_port(const char *from, const char *end, int *port)
{
    if (from == end)
        return true;
    if (*from != ':' || end - from < 2 || end - from > 6)
        return false;
    *port = 0;
    for (from++; from < end; from++) {
        if (*from < '0' || *from > '9')
            return false;
        *port = *port * 10 + (*from - '0');
    }
    return *port > 0 && *port < 65536;
}

bool url_split(const char *text, struct url *out)
{
    *out = (struct url){0};
    if (strncmp(text, "https://", 8) == 0)
        out->https = true;
    else if (strncmp(text, "http://", 7) != 0)
        return false;
    const char *host = text + (out->https ? 8 : 7);
    size_t len = strcspn(host, "/?#");
    if (!plain(text) || memchr(host, '@', len) != NULL)
        return false;
    const char *end = host + len, *host_end;
    if (*host == '[') {
        host_end = memchr(host, ']', len);
        if (host_end == NULL)
            return false;
        host_end++;
    } else {
        const char *colon = memchr(host, ':', len);
        host_end = colon != NULL ? colon : end;
    }
    out->host = host;
    out->host_len = (size_t)(host_end - host);
    out->port = out->https ? 443 : 80;
    out->path = end;
    out->origin_len = (size_t)(end - text);
    return out->host_len > 0 && read_port(host_end, end, &out->port);
}

static bool host_is(const struct url *u, const char *name)
{
    return fold_ascii_equal(u->host, u->host_len, name, strlen(name));
}

/* 127.0.0.0/8 in full dotted form, as a number cannot be mistaken. */
static bool is_loopback(const struct url *u)
{
    if (host_is(u, "localhost") || host_is(u, "[::1]"))
        return true;
    if (u->host_len < 9 || strncmp(u->host, "127.", 4) != 0)
        return false;
    size_t dots = 0;
    for (size_t i = 0; i < u->host_len; i++) {
        char c = u->host[i];
        if (c != '.' && (c < '0' || c > '9'))
            return false;
        dots += c == '.';
    }
    return dots == 3;
}

bool url_allowed(const char *text, const char **why)
{
    struct url u;
    if (!url_split(text, &u)) {
        *why = "it is not a plain http or https URL";
        return false;
    }
    if (!u.https && !is_loopback(&u)) {
        *why = "it must begin with https:// (http is for loopback only)";
        return false;
    }
    return true;
}

static bool same_origin(const struct url *a, const struct url *b)
{
    return a->https == b->https && a->port == b->port &&
           fold_ascii_equal(a->host, a->host_len, b->host, b->host_len);
}

bool url_same_origin(const char *a, const char *b)
{
    struct url ua, ub;
    return url_split(a, &ua) && url_split(b, &ub) && same_origin(&ua, &ub);
}

char *url_follow(const char *base, const char *current, const char *next)
{
    struct url from;
    struct buf b = {0};
    if (!plain(next) || !url_split(base, &from))
        return NULL;
    if (next[0] == '?') {
        buf_add(&b, current, strcspn(current, "?#"));
        buf_str(&b, next);
    } else if (next[0] == '/' && next[1] != '/') {
        buf_add(&b, base, from.origin_len);
        buf_str(&b, next);
    } else {
        buf_str(&b, next);
    }
    char *url = buf_take(&b);
    if (url != NULL && url_same_origin(base, url)) {
        url[strcspn(url, "#")] = '\0';
        return url;
    }
    free(url);
    return NULL;
}

static bool holds_address(const char *segment, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (segment[i] == '@' ||
            (len - i >= 3 && strncmp(segment + i, "%40", 3) == 0))
            return true;
    return false;
}

char *url_path_shown(const char *text)
{
    struct url u;
    struct buf b = {0};
    const char *at = url_split(text, &u) ? u.path : "";
    while (*at == '/') {
        size_t len = strcspn(at + 1, "/?#");
        buf_char(&b, '/');
        if (holds_address(at + 1, len))
            buf_str(&b, "-");
        else
            buf_add(&b, at + 1, len);
        at += len + 1;
    }
    return buf_take(&b);
}
