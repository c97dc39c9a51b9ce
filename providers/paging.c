#include "providers/paging.h"

#include "base/fold.h"
#include "providers/operation_internal.h"
#include "providers/select.h"
#include "providers/url.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_DEFAULT 1000

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- start --------------------------------------------------------------- */

static enum paging_type type_of(const json_t *style)
{
    static const char *const names[] = {
        [PAGING_PAGE] = "page",        [PAGING_OFFSET] = "offset",
        [PAGING_CURSOR] = "cursor",    [PAGING_NEXT_URL] = "next_url",
        [PAGING_LINK] = "link_header",
    };
    const char *type = text(style, "type");
    for (int i = PAGING_PAGE; type != NULL && i <= PAGING_LINK; i++)
        if (strcmp(type, names[i]) == 0)
            return (enum paging_type)i;
    return PAGING_NONE;
}

static bool add_number(char **url, const char *name, int64_t value)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%" PRId64, value);
    return name == NULL || request_add_query(url, name, number);
}

static const char *counter_name(const struct paging *p)
{
    return text(p->style,
                p->type == PAGING_OFFSET ? "offset_param" : "page_param");
}

/* p->url becomes the first URL with this page, offset or cursor. */
static bool go_to(struct paging *p, const char *name, const char *value)
{
    free(p->url);
    p->url = strdup(p->first_url);
    return p->url != NULL &&
           (name == NULL || request_add_query(&p->url, name, value));
}

static bool count_to(struct paging *p, int64_t value)
{
    char number[24];
    (void)snprintf(number, sizeof number, "%" PRId64, value);
    return go_to(p, counter_name(p), number);
}

bool paging_start(struct paging *p, const json_t *style, const char *base_url,
                  const char *url)
{
    const json_t *first = json_object_get(style, "first");
    const json_t *max = json_object_get(style, "max_pages");
    const json_t *size = json_object_get(style, "size");
    *p = (struct paging){.style = style,
                         .base_url = base_url,
                         .type = type_of(style),
                         .first_url = strdup(url),
                         .seen = json_object(),
                         .total = -1};
    p->max_pages = json_is_integer(max) && json_integer_value(max) > 0
                       ? (int)json_integer_value(max)
                       : PAGES_DEFAULT;
    p->partial = json_is_true(json_object_get(style, "partial"));
    p->first = p->type == PAGING_PAGE ? 1 : 0;
    if (json_is_integer(first))
        p->first = json_integer_value(first);
    if (p->first_url == NULL || p->seen == NULL)
        return false;
    if (json_is_integer(size) &&
        !add_number(&p->first_url, text(style, "size_param"),
                    json_integer_value(size)))
        return false;
    if (p->type == PAGING_PAGE || p->type == PAGING_OFFSET)
        return count_to(p, p->first);
    return go_to(p, NULL, NULL);
}

void paging_clear(struct paging *p)
{
    free(p->url);
    free(p->first_url);
    json_decref(p->seen);
    *p = (struct paging){0};
}

/* ---- numbers of an answer ------------------------------------------------ */

enum told { TOLD_NOTHING, TOLD_NUMBER, TOLD_NONSENSE };

static enum told told_number(const json_t *body, const char *path, int64_t *out)
{
    json_t *value = path == NULL ? NULL : select_path(body, path);
    if (value == NULL || json_is_null(value))
        return TOLD_NOTHING;
    char *written = select_text(value), *end = NULL;
    if (written == NULL)
        return TOLD_NONSENSE;
    long long n = strtoll(written, &end, 10);
    bool sound = end != written && *end == '\0' && n >= 0 && n < 1000000000;
    free(written);
    *out = n;
    return sound ? TOLD_NUMBER : TOLD_NONSENSE;
}

/* ---- counted pages ------------------------------------------------------- */

static enum paging_end more_if(bool more)
{
    return more ? PAGING_MORE : PAGING_LAST;
}

/* Whether a counted list goes on, by its `stop`. */
static enum paging_end counted_end(const struct paging *p, const json_t *body,
                                   size_t rows, const char **why)
{
    const json_t *stop = json_object_get(p->style, "stop");
    const char *pages = text(stop, "total_pages"),
               *count = text(stop, "total_count");
    int64_t told = 0, size = 0;
    if (pages != NULL || count != NULL) {
        if (told_number(body, pages != NULL ? pages : count, &told) !=
            TOLD_NUMBER) {
            *why = "it does not tell its total as a number";
            return PAGING_BROKEN;
        }
        bool more = pages != NULL ? p->pages < told : p->rows < told;
        if (more && rows == 0) {
            *why = "a page is empty before the end that it tells";
            return PAGING_BROKEN;
        }
        return more_if(more);
    }
    size = json_integer_value(json_object_get(p->style, "size"));
    if (json_is_true(json_object_get(stop, "short_page")) && size > 0)
        return more_if((int64_t)rows >= size);
    return more_if(rows > 0);
}

static enum paging_end counted_next(struct paging *p, const json_t *body,
                                    size_t rows, const char **why)
{
    enum paging_end end = counted_end(p, body, rows, why);
    if (end != PAGING_MORE)
        return end;
    int64_t at =
        p->type == PAGING_PAGE ? p->first + p->pages : p->first + p->rows;
    if (count_to(p, at))
        return PAGING_MORE;
    *why = "memory ran out";
    return PAGING_BROKEN;
}

/* ---- pages that name the next -------------------------------------------- */

/* True: it was not named before. */
static bool remember(struct paging *p, const char *name)
{
    return json_object_get(p->seen, name) == NULL &&
           json_object_set_new(p->seen, name, json_true()) == 0;
}

/* What the body names as next: new text in *out, NULL at the end. */
static enum paging_end named_next(const struct paging *p, const json_t *body,
                                  char **out, const char **why)
{
    const char *more_path = text(p->style, "more"),
               *next_path = text(p->style, "next");
    const json_t *more =
        more_path == NULL ? NULL : select_path(body, more_path);
    const json_t *next =
        next_path == NULL ? NULL : select_path(body, next_path);
    *out = NULL;
    if (json_is_false(more))
        return PAGING_LAST;
    bool none = next == NULL || json_is_null(next) || json_is_false(next) ||
                (json_is_string(next) && json_string_length(next) == 0);
    if (none && json_is_true(more)) {
        *why = "it says that there is more, but not where";
        return PAGING_BROKEN;
    }
    if (none)
        return PAGING_LAST;
    *out = p->type == PAGING_NEXT_URL && !json_is_string(next)
               ? NULL
               : select_text(next);
    if (*out != NULL && !json_is_true(next))
        return PAGING_MORE;
    *why = "where the next page should be named stands something else";
    return PAGING_BROKEN;
}

static enum paging_end follow(struct paging *p, const char *next,
                              const char **why)
{
    char *url = url_follow(p->base_url, p->url, next);
    if (url == NULL) {
        *why = "the next page lies on another host, or its address is none";
        return PAGING_BROKEN;
    }
    free(p->url);
    p->url = url;
    if (remember(p, url))
        return PAGING_MORE;
    *why = "a page is named twice";
    return PAGING_BROKEN;
}

static enum paging_end cursor_next(struct paging *p, const char *cursor,
                                   const char **why)
{
    if (!remember(p, cursor)) {
        *why = "a cursor comes twice";
        return PAGING_BROKEN;
    }
    if (go_to(p, text(p->style, "cursor_param"), cursor))
        return PAGING_MORE;
    *why = "memory ran out";
    return PAGING_BROKEN;
}

static enum paging_end body_next(struct paging *p, const json_t *body,
                                 const char **why)
{
    char *next;
    enum paging_end end = named_next(p, body, &next, why);
    if (end == PAGING_MORE)
        end = p->type == PAGING_CURSOR ? cursor_next(p, next, why)
                                       : follow(p, next, why);
    free(next);
    return end;
}

/* ---- Link (RFC 8288 section 3) ------------------------------------------- */

/* The end of a parameter list: the comma outside of quotes, or the NUL. */
static const char *link_end(const char *at)
{
    bool quoted = false;
    for (; *at != '\0' && (quoted || *at != ','); at++) {
        if (*at == '\\' && quoted && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

/* Whether one of the words of `rel` is "next". */
static bool words_hold_next(const char *at, const char *end)
{
    while (at < end) {
        size_t len = 0;
        while (at + len < end && strchr(" \t\"", at[len]) == NULL)
            len++;
        if (fold_ascii_equal(at, len, "next", 4))
            return true;
        at += len + 1;
    }
    return false;
}

static bool rel_is_next(const char *at, const char *end)
{
    while (at < end) {
        while (at < end && strchr("; \t", *at) != NULL)
            at++;
        const char *name = at;
        while (at < end && strchr("=; \t", *at) == NULL)
            at++;
        bool rel = fold_ascii_equal(name, (size_t)(at - name), "rel", 3);
        while (at < end && strchr("= \t", *at) != NULL)
            at++;
        const char *value = at;
        bool quoted = at < end && *at == '"';
        if (quoted)
            at++;
        while (at < end && *at != (quoted ? '"' : ';'))
            at++;
        if (rel)
            return words_hold_next(value, at);
        if (quoted && at < end)
            at++;
    }
    return false;
}

char *paging_link_next(const char *header)
{
    for (const char *at = header; (at = strchr(at, '<')) != NULL;) {
        const char *close = strchr(at, '>');
        if (close == NULL)
            return NULL;
        const char *end = link_end(close + 1);
        if (rel_is_next(close + 1, end))
            return strndup(at + 1, (size_t)(close - at - 1));
        at = end;
    }
    return NULL;
}

/* A server may spread its links over several Link headers. */
static enum paging_end link_next(struct paging *p,
                                 const struct http_response *response,
                                 const char **why)
{
    enum paging_end end = PAGING_LAST;
    for (size_t i = 0; i < response->header_count; i++) {
        const struct http_header *h = &response->headers[i];
        if (!fold_ascii_equal(h->name, strlen(h->name), "Link", 4))
            continue;
        char *next = paging_link_next(h->value);
        if (next != NULL)
            end = follow(p, next, why);
        free(next);
        if (end != PAGING_LAST)
            break;
    }
    return end;
}

/* ---- all ----------------------------------------------------------------- */

static enum paging_end next_of_type(struct paging *p, const json_t *body,
                                    const struct http_response *response,
                                    size_t rows, const char **why)
{
    switch (p->type) {
    case PAGING_NONE:
        return PAGING_LAST;
    case PAGING_PAGE:
    case PAGING_OFFSET:
        return counted_next(p, body, rows, why);
    case PAGING_CURSOR:
    case PAGING_NEXT_URL:
        return body_next(p, body, why);
    case PAGING_LINK:
        return link_next(p, response, why);
    }
    return PAGING_LAST;
}

enum paging_end paging_next(struct paging *p, const json_t *body,
                            const struct http_response *response, size_t rows,
                            const char **why)
{
    p->pages++;
    p->rows += (int64_t)rows;
    if (told_number(body, text(p->style, "total"), &p->total) ==
        TOLD_NONSENSE) {
        *why = "its total is no number";
        return PAGING_BROKEN;
    }
    if (p->pages == 1)
        (void)remember(p, p->url);
    enum paging_end end = next_of_type(p, body, response, rows, why);
    if (end == PAGING_MORE && p->pages >= p->max_pages && p->partial) {
        p->total = -1; /* there is more than can be told */
        return PAGING_LAST;
    }
    if (end == PAGING_MORE && p->pages >= p->max_pages) {
        *why = "it has more pages than max_pages allows";
        return PAGING_BROKEN;
    }
    return end;
}
