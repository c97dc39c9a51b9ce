/*
 * test/sim/zendesk_list.c - pages by cursor and by number
 *
 * A cursor is the id of the last row shown, so that rows that come and go do
 * not move the pages. A list by number moves, and ends at 10,000 rows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/text.h"
#include "test/sim/zendesk_internal.h"

enum { NAME = 64 };

/* The next "name=value" of a raw query, decoded; false: there is no more. */
static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static void decode(const char *from, size_t len, char *to, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < len && used + 1 < size; i++) {
        bool escape = from[i] == '%' && i + 2 < len && hex(from[i + 1]) >= 0 &&
                      hex(from[i + 2]) >= 0;
        to[used++] =
            escape ? (char)(hex(from[i + 1]) * 16 + hex(from[i + 2])) : from[i];
        i += escape ? 2 : 0;
    }
    to[used] = '\0';
}

static bool next_pair(const char **at, char name[NAME], char value[NAME])
{
    size_t len = strcspn(*at, "&");
    size_t equals = strcspn(*at, "=&");

    if (len == 0)
        return false;
    decode(*at, equals, name, NAME);
    value[0] = '\0';
    if (equals < len)
        decode(*at + equals + 1, len - equals - 1, value, NAME);
    *at += len + ((*at)[len] == '&');
    return true;
}

bool zd_query_has(const struct request *r, const char *name, const char *value)
{
    const char *at = r->query;
    char n[NAME], v[NAME];

    while (next_pair(&at, n, v))
        if (strcmp(n, name) == 0 && (value == NULL || strcmp(v, value) == 0))
            return true;
    return false;
}

/* The request's own address with one parameter another. */
static char *address(const struct request *r, const char *name,
                     const char *value)
{
    const char *host = request_header(r, "Host"), *at = r->query;
    char n[NAME], v[NAME];
    struct text url = {0};
    size_t shown = 0;

    text_addf(&url, "http://%s%s?", host ? host : "127.0.0.1", r->path);
    for (const char *from = at; next_pair(&at, n, v); from = at) {
        size_t len = strcspn(from, "&");
        if (strcmp(n, name) == 0)
            continue;
        text_add(&url, shown++ ? "&" : "");
        text_add_n(&url, from, len);
    }
    for (text_add(&url, shown ? "&" : ""); *name != '\0'; name++)
        text_addf(&url,
                  *name == '['   ? "%%5B"
                  : *name == ']' ? "%%5D"
                                 : "%c",
                  *name);
    text_addf(&url, "=%s", value);
    return text_take(&url);
}

static void add_text(json_t *object, const char *name, char *text)
{
    json_object_set_new(object, name, text ? json_string(text) : json_null());
    free(text);
}

/* Of `rows` those after the cursor, at most `size`; *more: there are others. */
static json_t *after(json_t *rows, int64_t cursor, size_t size, bool *more)
{
    json_t *page = json_array(), *row = NULL;
    size_t i = 0;

    *more = false;
    json_array_foreach (rows, i, row) {
        if (row_id(row) <= cursor)
            continue;
        *more = json_array_size(page) == size;
        if (*more)
            break;
        json_array_append(page, row);
    }
    return page;
}

static void by_cursor(const struct world *w, const struct request *r,
                      const char *name, json_t *rows, struct answer *a)
{
    long size = request_number(r, "page[size]", 1, 0);
    const char *from = request_query(r, "page[after]");
    int64_t cursor =
        from ? strtoll(from[0] == 'c' ? from + 1 : from, NULL, 10) : 0;
    bool more = false;
    char text[24] = "";

    if (size <= 0 || size > ZD_PAGE || (from && from[0] != 'c')) {
        zd_refuse(a, 400, "InvalidParameter",
                  "page[size] is 1 to 100, page[after] a cursor.");
        return;
    }
    json_t *page = after(rows, cursor, (size_t)size, &more);
    json_t *last = json_array_get(page, json_array_size(page) - 1);
    (void)snprintf(text, sizeof(text), "c%" PRId64, row_id(last));
    json_t *body =
        json_pack("{s:{s:b, s:s?}, s:{s:n}}", "meta", "has_more", more,
                  "after_cursor", last ? text : NULL, "links", "prev");
    bool lie = more && ZD_NUMBER(w, CURSOR_LIE) > 0;
    add_text(json_object_get(body, "links"), "next",
             more && !lie ? address(r, "page[after]", text) : NULL);
    json_object_set_new(body, name, page);
    answer_json(a, 200, body);
}

static void by_number(const struct request *r, const char *name, json_t *rows,
                      struct answer *a)
{
    long page = request_number(r, "page", 1, 1);
    long size = request_number(r, "per_page", 1, ZD_PAGE);
    json_t *shown = json_array(), *row = NULL;
    char text[24];
    size_t i = 0;

    size = size > ZD_PAGE ? ZD_PAGE : size;
    if (page > 100 || page * size > ZD_DEEPEST) {
        json_decref(shown);
        zd_refuse(a, 400, "InvalidPaginationDepth",
                  "Number of results is limited to 10,000.");
        return;
    }
    json_array_foreach (rows, i, row) {
        if ((long)i >= (page - 1) * size && (long)i < page * size)
            json_array_append(shown, row);
    }
    bool more = page * size < (long)json_array_size(rows);
    json_t *body =
        json_pack("{s:o, s:I, s:n}", name, shown, "count",
                  (json_int_t)json_array_size(rows), "previous_page");
    (void)snprintf(text, sizeof(text), "%ld", page + 1);
    add_text(body, "next_page", more ? address(r, "page", text) : NULL);
    answer_json(a, 200, body);
}

void zd_page(const struct world *w, const struct request *r, const char *name,
             json_t *rows, bool cursor, struct answer *a)
{
    json_t *row = NULL, *shown = json_array();
    size_t i = 0;

    json_array_foreach (rows, i, row) {
        json_array_append_new(shown, row_shown(json_incref(row)));
    }
    if (cursor && zd_query_has(r, "page[size]", NULL))
        by_cursor(w, r, name, shown, a);
    else
        by_number(r, name, shown, a);
    json_decref(shown);
    json_decref(rows);
}
