/*
 * test/sim/kustomer_search.c - POST /v1/customers/search, for conversations
 */
#include "test/sim/kustomer_internal.h"

#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"

static const struct {
    const char *name, *field;
} attributes[] = {
    {"conversation_assigned_users", "assignedUsers"},
    {"conversation_assigned_teams", "assignedTeams"},
    {"conversation_status", "status"},
    {"conversation_queue", "queue"},
    {"conversation_updated_at", "updatedAt"},
    {"conversation_created_at", "createdAt"},
};

static const char *field_of(const char *name)
{
    for (size_t i = 0; i < KS_COUNT(attributes); i++)
        if (strcmp(attributes[i].name, name) == 0)
            return attributes[i].field;
    return NULL;
}

/* ---- criteria ----------------------------------------------------------- */

static bool operator_known(const char *name)
{
    static const char *const names[] = {"equals", "gt", "gte", "lt", "lte"};

    for (size_t i = 0; i < KS_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool compare(const json_t *has, const char *op, const json_t *wants)
{
    const char *want = json_string_value(wants);
    const json_t *one = NULL;
    size_t i = 0;

    if (json_is_array(has)) {
        bool found = false;
        json_array_foreach (has, i, one) {
            found = found || json_equal(one, wants);
        }
        return found && strcmp(op, "equals") == 0;
    }
    if (!json_is_string(has) || want == NULL)
        return false;
    int order = strcmp(json_string_value(has), want);
    return strcmp(op, "equals") == 0 ? order == 0
           : strcmp(op, "gt") == 0   ? order > 0
           : strcmp(op, "gte") == 0  ? order >= 0
           : strcmp(op, "lt") == 0   ? order < 0
                                     : order <= 0;
}

static bool holds(const json_t *row, const json_t *criterion)
{
    const char *name = NULL, *op = NULL;
    json_t *what = NULL, *wants = NULL;
    bool all = true;

    json_object_foreach ((json_t *)criterion, name, what) {
        json_object_foreach (what, op, wants) {
            all =
                all && compare(json_object_get(row, field_of(name)), op, wants);
        }
    }
    return all;
}

static size_t held(const json_t *row, const json_t *list)
{
    const json_t *one = NULL;
    size_t i = 0, count = 0;

    json_array_foreach (list, i, one) {
        count += holds(row, one);
    }
    return count;
}

static bool found(const json_t *row, const json_t *body)
{
    const json_t *all = json_object_get(body, "and");
    const json_t *some = json_object_get(body, "or");

    return held(row, all) == json_array_size(all) &&
           (json_array_size(some) == 0 || held(row, some) > 0) &&
           held(row, json_object_get(body, "not")) == 0;
}

/* A criterion {attribute: {operator: value}}. */
static const char *criterion_fault(const json_t *criterion)
{
    const char *name = NULL, *op = NULL;
    json_t *what = NULL, *wants = NULL;

    if (json_object_size(criterion) == 0)
        return "must hold criteria";
    json_object_foreach ((json_t *)criterion, name, what) {
        if (field_of(name) == NULL)
            return "names an unknown attribute";
        if (json_object_size(what) == 0)
            return "must hold an operator";
        json_object_foreach (what, op, wants) {
            if (!operator_known(op))
                return "has an unknown operator";
        }
    }
    return NULL;
}

static bool criteria_good(struct world *w, const json_t *body, struct answer *a)
{
    static const char *const parts[] = {"and", "or", "not"};
    const json_t *one = NULL;
    size_t n = 0;

    if (strcmp(ks_text(body, "queryContext"), "conversation") != 0) {
        ks_bad_value(w, a, "queryContext", "is missing or unknown");
        return false;
    }
    for (size_t i = 0; i < KS_COUNT(parts); i++) {
        json_array_foreach (json_object_get(body, parts[i]), n, one) {
            const char *fault = criterion_fault(one);
            if (fault != NULL) {
                ks_bad_value(w, a, parts[i], fault);
                return false;
            }
        }
    }
    return true;
}

/* ---- the index ----------------------------------------------------------- */

/* The row as the index has it, new; NULL: it is not there. */
static json_t *indexed(const struct world *w, int64_t number)
{
    json_t *row = table_get(&w->tables[KS_CONVERSATIONS], number);
    const json_t *visible = json_object_get(row, "_visibleAt");

    if (json_integer_value(visible) > ks_now_ms(w)) {
        json_t *old = json_incref(json_object_get(row, "_old"));
        json_decref(row);
        row = old;
    }
    return row;
}

struct hit {
    json_t *row; /* borrowed */
};

static int older(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;

    return strcmp(ks_text(x->row, "updatedAt"), ks_text(y->row, "updatedAt"));
}

/* Every hit, new; in order of the update where that is asked for. */
static json_t *hits_of(struct world *w, const json_t *body)
{
    const struct table *t = &w->tables[KS_CONVERSATIONS];
    json_t *hits = json_array(), *sorted = json_array();
    const json_t *sort = json_array_get(json_object_get(body, "sort"), 0);
    const char *way = ks_text(sort, "conversation_updated_at");

    for (size_t i = 0; i < t->count; i++) {
        json_t *row = indexed(w, t->rows[i].id);
        if (json_is_object(row) && found(row, body))
            json_array_append(hits, row);
        json_decref(row);
    }
    size_t count = json_array_size(hits);
    struct hit *at = mem_new((count + 1) * sizeof(struct hit));
    for (size_t i = 0; i < count; i++)
        at[i].row = json_array_get(hits, i);
    if (way[0] != '\0')
        qsort(at, count, sizeof(struct hit), older);
    for (size_t i = 0; i < count; i++)
        json_array_append(sorted,
                          at[strcmp(way, "desc") == 0 ? count - 1 - i : i].row);
    free(at);
    json_decref(hits);
    return sorted;
}

/* ---- answers ------------------------------------------------------------- */

static json_t *link_to(const char *kept, long page, long size)
{
    return json_sprintf("/v1/customers/search?%spage=%ld&pageSize=%ld", kept,
                        page, size);
}

static json_t *links_of(const struct request *r, long page, long pages,
                        long size)
{
    char *kept = ks_query_kept(r);
    long last = pages > 0 ? pages : 1;
    json_t *links = json_pack(
        "{s:o, s:o, s:o, s:o, s:o}", "self", link_to(kept, page, size), "first",
        link_to(kept, 1, size), "prev",
        page > 1 ? link_to(kept, page - 1, size) : json_null(), "next",
        page < pages ? link_to(kept, page + 1, size) : json_null(), "last",
        link_to(kept, last, size));

    free(kept);
    return links;
}

static json_t *rows_of(struct world *w, const struct request *r,
                       const json_t *hits, long page, long size)
{
    const char *only = request_query(r, "idsOnly");
    json_t *rows = json_array();
    long count = (long)json_array_size(hits);

    for (long i = (page - 1) * size; i < page * size && i < count; i++) {
        const json_t *hit = json_array_get(hits, (size_t)i);
        if (only == NULL || strcmp(only, "true") != 0)
            json_array_append_new(rows, ks_view(w, KS_CONVERSATIONS, hit));
        else if (KS_IS(w, IDS_ONLY, "texts"))
            json_array_append(rows, json_object_get(hit, "id"));
        else
            json_array_append_new(rows, json_pack("{s:s, s:s}", "type",
                                                  "conversation", "id",
                                                  ks_text(hit, "id")));
    }
    return rows;
}

void ks_search(struct world *w, const struct request *r, struct answer *a)
{
    json_t *body = ks_body(w, r, false, a), *hits = NULL, *rows = NULL;
    long page = 0, size = 0;

    ks_bulk_run(w);
    if (body == NULL || !criteria_good(w, body, a) ||
        !ks_page_of(w, r, KS_NUMBER(w, SEARCH_SIZE), &page, &size, a)) {
        json_decref(body);
        return;
    }
    bool past = page > KS_NUMBER(w, SEARCH_PAGES);
    if (past && KS_IS(w, SEARCH_PAST, "400")) {
        ks_error_at(w, a, 400, "page is too large", "?page");
    } else {
        hits = hits_of(w, body);
        long total = (long)json_array_size(hits);
        long pages = (total + size - 1) / size;
        rows = past ? json_array() : rows_of(w, r, hits, page, size);
        answer_json(a, 200,
                    json_pack("{s:{s:I, s:I, s:I, s:I, s:{}}, s:o, s:o}",
                              "meta", "pageSize", (json_int_t)size, "page",
                              (json_int_t)page, "total", (json_int_t)total,
                              "totalPages", (json_int_t)pages, "aggregations",
                              "links", links_of(r, page, pages, size), "data",
                              rows));
        a->type = "application/json; charset=utf-8";
    }
    json_decref(hits);
    json_decref(body);
}
