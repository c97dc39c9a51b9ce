/*
 * providers/url.h - the little that the engine must know of a URL
 *
 * Strict on purpose: a URL comes from a profile or out of an answer, and one
 * that is odd (user info, blanks, backslashes, control characters) is refused.
 */
#ifndef PROVIDERS_URL_H
#define PROVIDERS_URL_H

#include <stdbool.h>
#include <stddef.h>

struct url {
    bool https;
    const char *host; /* within the text; an IPv6 address with brackets */
    size_t host_len;
    int port;         /* the scheme's own when none is written */
    const char *path; /* from the first slash on; "" when there is none */
    size_t origin_len;
};

/* False: not an absolute http or https URL, or an odd one. */
bool url_split(const char *text, struct url *out);
/* https anywhere, http on loopback only. *why (static) says why not. */
bool url_allowed(const char *text, const char **why);
/* Same scheme, host (in any case) and port. */
bool url_same_origin(const char *a, const char *b);
/*
 * The URL that `next` means when it came in the answer to a request of
 * `current`: an absolute URL, a path from the root, or "?query". New text; NULL
 * when it leaves the origin of `base` or has another form.
 */
char *url_follow(const char *base, const char *current, const char *next);
/* The path of a URL for people to read: without the query, and with every
 * segment that holds an address ("@") left out. New text; NULL: no memory. */
char *url_path_shown(const char *text);

#endif
