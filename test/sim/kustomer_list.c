/*
 * test/sim/kustomer_list.c - pages with links that have no host
 */
#include "test/sim/kustomer_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"
#include "test/sim/text.h"

void ks_list_add(struct ks_list *list, int64_t number)
{
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->at = mem_grow(list->at, list->room * sizeof(*list->at));
    }
    list->at[list->count++] = number;
}

char *ks_query_kept(const struct request *r)
{
    struct text kept = {0};

    text_add(&kept, "");
    for (const char *at = r->query; *at != '\0';) {
        size_t len = strcspn(at, "&"), name = strcspn(at, "=&");
        bool paging = (name == 4 && memcmp(at, "page", 4) == 0) ||
                      (name == 8 && memcmp(at, "pageSize", 8) == 0);
        if (len > 0 && !paging) {
            text_add_n(&kept, at, len);
            text_add(&kept, "&");
        }
        at += len + (at[len] == '&');
    }
    return text_take(&kept);
}

static bool whole(const char *text, long *number)
{
    char *end = NULL;

    *number = strtol(text, &end, 10);
    return end != text && *end == '\0' && *number >= 1 && *number < 1000000;
}

bool ks_page_of(struct world *w, const struct request *r, long most, long *page,
                long *size, struct answer *a)
{
    const char *which = request_query(r, "page");
    const char *rows = request_query(r, "pageSize");

    *page = 1;
    *size = ks_page_size(w) < most ? ks_page_size(w) : most;
    if (which != NULL && !whole(which, page)) {
        ks_error_at(w, a, 400, "invalid page", "?page");
        return false;
    }
    if (rows != NULL && !whole(rows, size)) {
        ks_error_at(w, a, 400, "invalid pageSize", "?pageSize");
        return false;
    }
    if (*size > most && KS_IS(w, PAGE_TOO_BIG, "400")) {
        ks_error_at(w, a, 400, "pageSize is too large", "?pageSize");
        return false;
    }
    if (*size > most)
        *size = most;
    return true;
}

static json_t *link_to(const struct request *r, const char *kept, long page,
                       long size)
{
    return json_sprintf("%s?%spage=%ld&pageSize=%ld", r->path, kept, page,
                        size);
}

static json_t *links_of(const struct request *r, long page, long size,
                        bool more)
{
    char *kept = ks_query_kept(r);
    bool asked = r->query[0] != '\0';
    json_t *self =
        asked ? json_sprintf("%s?%s", r->path, r->query) : json_string(r->path);
    json_t *links = json_pack(
        "{s:o, s:o, s:o, s:o}", "self", self, "first",
        link_to(r, kept, 1, size), "prev",
        page > 1 ? link_to(r, kept, page - 1, size) : json_null(), "next",
        more ? link_to(r, kept, page + 1, size) : json_null());
    free(kept);
    return links;
}

/* The same order for every page, and no natural one. */
static void shuffle(struct ks_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t other = (i * 7 + 3) % list->count;
        int64_t swap = list->at[i];
        list->at[i] = list->at[other];
        list->at[other] = swap;
    }
}

static void send_page(struct world *w, const struct request *r,
                      const struct ks_list *list, long page, long size,
                      struct answer *a)
{
    long from = (page - 1) * (size + KS_NUMBER(w, SHIFT));
    long end = from + size, count = (long)list->count;
    json_t *rows = json_array();

    for (long i = from < 0 ? 0 : from; i < end && i < count; i++) {
        json_t *row = table_get(&w->tables[list->table], list->at[i]);
        json_array_append_new(rows, ks_view(w, list->table, row));
        json_decref(row);
    }
    if (json_array_size(rows) == 0 && page > 1 && KS_IS(w, PAST_END, "404")) {
        json_decref(rows);
        ks_error(w, a, 404, "page not found");
        return;
    }
    answer_json(a, 200,
                json_pack("{s:{s:I, s:I}, s:o, s:o}", "meta", "pageSize",
                          (json_int_t)size, "page", (json_int_t)page, "links",
                          links_of(r, page, size, end < count), "data", rows));
    a->type = "application/json; charset=utf-8";
}

void ks_page(struct world *w, const struct request *r, struct ks_list *list,
             struct answer *a)
{
    long page = 0, size = 0;

    if (KS_IS(w, LIST_ORDER, "shuffled"))
        shuffle(list);
    if (ks_page_of(w, r, list->most > 0 ? list->most : 500, &page, &size, a))
        send_page(w, r, list, page, size, a);
    free(list->at);
    *list = (struct ks_list){0};
}
