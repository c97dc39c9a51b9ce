/*
 * test/sim/helpscout_list.c - pages of a list, as HAL
 */
#include "test/sim/helpscout_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"
#include "test/sim/text.h"

void hs_ids_add(struct hs_ids *ids, int64_t id)
{
    if (ids->count == ids->room) {
        ids->room = ids->room ? ids->room * 2 : 64;
        ids->at = mem_grow(ids->at, ids->room * sizeof(*ids->at));
    }
    ids->at[ids->count++] = id;
}

void hs_ids_all(struct hs_ids *ids, const struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        hs_ids_add(ids, t->rows[i].id);
}

static size_t position(const json_t *list, int64_t id)
{
    const json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (list, i, one) {
        if (json_integer_value(one) == id)
            break;
    }
    return i;
}

bool hs_ids_have(const json_t *list, int64_t id)
{
    return position(list, id) < json_array_size(list);
}

bool hs_ids_remove(json_t *list, int64_t id)
{
    return json_array_remove(list, position(list, id)) == 0;
}

bool hs_number(const char *text, int64_t *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *number > 0;
}

static void add_encoded(struct text *out, const char *value)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                                "uvwxyz0123456789-_.~";

    for (; *value != '\0'; value++) {
        if (strchr(plain, *value))
            text_add_n(out, value, 1);
        else
            text_addf(out, "%%%02X", (unsigned)(unsigned char)*value);
    }
}

/* The address of this list up to where the page's number goes. */
static char *address(const struct request *r, const struct hs_list *list,
                     bool *filtered)
{
    struct text out = {0};

    text_addf(&out, "%s%s", HS_HOST, r->path);
    *filtered = false;
    for (const char *const *name = list->filters; name && *name; name++) {
        const char *value = request_query(r, *name);
        if (value == NULL)
            continue;
        text_addf(&out, "%s%s=", *filtered ? "&" : "?", *name);
        add_encoded(&out, value);
        *filtered = true;
    }
    return text_take(&out);
}

static void add_page_link(json_t *links, const char *name, const char *root,
                          bool filtered, long page)
{
    char href[1200];

    (void)snprintf(href, sizeof(href), "%s%spage=%ld", root,
                   filtered ? "&" : "?", page);
    json_object_set_new(links, name, json_pack("{s:s}", "href", href));
}

static json_t *links_of(const struct request *r, const struct hs_list *list,
                        long page, long pages)
{
    json_t *links = json_object();
    bool filtered = false;
    char *root = address(r, list, &filtered), all[1200];
    long last = pages > 0 ? pages : 1;

    add_page_link(links, "self", root, filtered, page);
    add_page_link(links, "first", root, filtered, 1);
    add_page_link(links, "last", root, filtered, last);
    if (page < last)
        add_page_link(links, "next", root, filtered, page + 1);
    if (page > 1)
        add_page_link(links, "previous", root, filtered, page - 1);
    (void)snprintf(all, sizeof(all), "%s%s", root,
                   filtered ? "&page={page}" : "{?page}");
    json_object_set_new(links, "page",
                        json_pack("{s:s, s:b}", "href", all, "templated", 1));
    free(root);
    return links;
}

static json_t *rows_of(const struct world *w, const struct hs_list *list,
                       long page)
{
    const struct table *t = &w->tables[list->table];
    long shift = (page - 1) * HS_NUMBER(w, SHIFT);
    long from = (page - 1) * list->size + shift;
    json_t *rows = json_array();

    for (long i = from < 0 ? 0 : from;
         i < from + list->size && i < (long)list->ids.count; i++) {
        json_t *row = table_get(t, list->ids.at[i]);
        if (list->view)
            json_array_append_new(rows, list->view(w, row));
        else
            json_array_append_new(rows, hs_view(w, list->table, row));
        json_decref(row);
    }
    return rows;
}

/* The page that is asked for; 0: refused. */
static long page_of(struct world *w, const struct request *r, struct answer *a)
{
    const char *text = request_query(r, "page");
    int64_t number = 1;

    if (text == NULL || HS_SET(w, BAD_PAGE, "first"))
        return text && hs_number(text, &number) && number < 1000000
                   ? (long)number
                   : 1;
    if (hs_number(text, &number) && number < 1000000)
        return (long)number;
    hs_invalid_one(w, a, "page", "must be greater than or equal to 1");
    return 0;
}

static void send_page(struct world *w, const struct request *r,
                      const struct hs_list *list, long page, struct answer *a)
{
    long total = (long)list->ids.count;
    long pages = (total + list->size - 1) / list->size;
    json_t *body = json_object();

    if (total == 0)
        pages = HS_SET(w, EMPTY_PAGES, "1");
    if (page > pages && page > 1 && HS_SET(w, PAST_END, "404")) {
        json_decref(body);
        hs_error(w, a, 404, "Not Found");
        return;
    }
    json_t *rows = rows_of(w, list, page);
    if (json_array_size(rows) > 0)
        json_object_set_new(body, "_embedded",
                            json_pack("{s:O}", list->key, rows));
    json_decref(rows);
    json_object_set_new(body, "_links", links_of(r, list, page, pages));
    json_object_set_new(
        body, "page",
        json_pack("{s:I, s:I, s:I, s:I}", "size", (json_int_t)list->size,
                  "totalElements", (json_int_t)total, "totalPages",
                  (json_int_t)pages, "number", (json_int_t)page));
    hs_data(a, body);
}

void hs_page(struct world *w, const struct request *r, struct hs_list *list,
             struct answer *a)
{
    long page = page_of(w, r, a);

    if (list->size < 1)
        list->size = 50;
    if (page > 0)
        send_page(w, r, list, page, a);
    free(list->ids.at);
    list->ids = (struct hs_ids){0};
}
