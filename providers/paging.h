/*
 * providers/paging.h - from one page of a list to the next
 *
 *   type          next page by                      ends when
 *   page, offset  counting                          `stop`
 *   cursor        a value of the body               it is absent, or `more`
 * false next_url      a URL of the body                 it is absent, or `more`
 * false link_header   Link: <URL>; rel=next (RFC 8288)  there is none
 *
 * A list that contradicts itself (a page named twice, a wrong type where a
 * number belongs, more than max_pages, a URL of another origin) ends badly:
 * what was read so far proves nothing.
 */
#ifndef PROVIDERS_PAGING_H
#define PROVIDERS_PAGING_H

#include "providers/http.h"

#include <jansson.h>

enum paging_type {
    PAGING_NONE, /* one page, no style */
    PAGING_PAGE,
    PAGING_OFFSET,
    PAGING_CURSOR,
    PAGING_NEXT_URL,
    PAGING_LINK,
};

struct paging {
    enum paging_type type;
    const json_t *style;  /* borrowed; NULL: PAGING_NONE */
    const char *base_url; /* borrowed; next pages keep its origin */
    char *url;            /* owned; of the page to read now */
    char *first_url;      /* owned; without page, offset or cursor */
    json_t *seen;         /* owned; cursors and URLs so far */
    int pages, max_pages; /* read so far; allowed */
    bool partial;         /* after the last page allowed there may be more */
    int64_t first;        /* number of the first page, or first offset */
    int64_t rows;         /* read so far */
    int64_t total;        /* as last told; < 0: never */
};

/* `url` is the operation's own, with its query; `style` may be NULL. */
bool paging_start(struct paging *p, const json_t *style, const char *base_url,
                  const char *url);
void paging_clear(struct paging *p);

enum paging_end { PAGING_MORE, PAGING_LAST, PAGING_BROKEN };
/* After a page of `rows` rows: more (p->url is the next), the last one, or
 * broken (*why, static, says how). */
enum paging_end paging_next(struct paging *p, const json_t *body,
                            const struct http_response *response, size_t rows,
                            const char **why);
/* The URL of rel=next in a Link header; new text, NULL: none. */
char *paging_link_next(const char *header);

#endif
