/*
 * bridge/read.c - the read journey: the mirror answers, and nothing else
 *
 * A query is compiled for each type that it covers; the root query (RFC 7644
 * section 3.4.2.1) asks users first, then groups, as one list.
 */
#include "bridge/render.h"
#include "bridge/row.h"
#include "scim/filter.h"
#include "scim/filter_sql.h"
#include "scim/resource.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The parameters of a list, from the query string or a SearchRequest. */
struct list_query {
    char *attributes, *excluded, *filter, *sort_by, *sort_order; /* owned */
    int64_t start, count;
};

/* One type's part of a list. */
struct part {
    enum store_type type;
    struct scim_filter *filter;
    struct scim_sql where, order;
    struct store_value *values; /* owned; where's, then order's */
    struct scim_projection *projection;
    struct store_query query;
    int64_t total;
};

static void list_query_clear(struct list_query *l)
{
    free(l->attributes);
    free(l->excluded);
    free(l->filter);
    free(l->sort_by);
    free(l->sort_order);
}

static void part_clear(struct part *p)
{
    scim_filter_free(p->filter);
    scim_sql_clear(&p->where);
    scim_sql_clear(&p->order);
    scim_projection_free(p->projection);
    free(p->values);
}

/* ---- parameters -----------------------------------------------------------
 */

/* A whole number, clamped to what counts here. */
static bool number(const char *name, const char *text, int64_t *out,
                   struct scim_error *err)
{
    if (text == NULL)
        return true;
    char *end = NULL;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (end == text || *end != '\0') {
        scim_error_set(err, SCIM_INVALID_VALUE,
                       "%s must be a whole number, not \"%.40s\".", name, text);
        return false;
    }
    const long long most = 1LL << 40;
    *out = n > most ? most : n < -most ? -most : n;
    return true;
}

static char *copy(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

static bool from_request(const struct bridge_request *q, struct list_query *l,
                         struct scim_error *err)
{
    l->attributes = copy(q->attributes);
    l->excluded = copy(q->excluded);
    l->filter = copy(q->filter);
    l->sort_by = copy(q->sort_by);
    l->sort_order = copy(q->sort_order);
    return number("startIndex", q->start_index, &l->start, err) &&
           number("count", q->count, &l->count, err);
}

/* `attributes` of a SearchRequest: a list of texts, or one text. */
static char *joined(const json_t *names)
{
    struct buf b = {0};
    size_t i;
    json_t *name;
    if (names == NULL)
        return NULL;
    if (json_is_string(names))
        return strdup(json_string_value(names));
    json_array_foreach (names, i, name) {
        if (json_is_string(name)) {
            buf_str(&b, b.len > 0 ? "," : "");
            buf_str(&b, json_string_value(name));
        }
    }
    return buf_take(&b);
}

static bool body_number(const json_t *body, const char *name, int64_t *out,
                        struct scim_error *err)
{
    const json_t *value = json_object_get(body, name);
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_integer(value)) {
        scim_error_set(err, SCIM_INVALID_VALUE, "%s must be a whole number.",
                       name);
        return false;
    }
    *out = json_integer_value(value);
    return true;
}

static bool body_text(const json_t *body, const char *name, char **out,
                      struct scim_error *err)
{
    const json_t *value = json_object_get(body, name);
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value)) {
        scim_error_set(err, SCIM_INVALID_VALUE, "%s must be a text.", name);
        return false;
    }
    *out = strdup(json_string_value(value));
    return true;
}

static bool names_search_request(const json_t *body)
{
    static const char urn[] =
        "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    size_t i;
    json_t *schema;
    json_array_foreach (json_object_get(body, "schemas"), i, schema) {
        const char *text = json_string_value(schema);
        if (text != NULL && strcasecmp(text, urn) == 0)
            return true;
    }
    return false;
}

/* RFC 7644 section 3.4.3. */
static bool from_search(const struct bridge_request *q, struct list_query *l,
                        struct scim_error *err)
{
    json_t *body = scim_body_parse(q->body, q->body_len, err);
    if (body == NULL)
        return false;
    bool ok = names_search_request(body);
    if (!ok)
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body of a .search must list the schema "
                       "urn:ietf:params:scim:api:messages:2.0:SearchRequest.");
    l->attributes = joined(json_object_get(body, "attributes"));
    l->excluded = joined(json_object_get(body, "excludedAttributes"));
    ok = ok && body_text(body, "filter", &l->filter, err) &&
         body_text(body, "sortBy", &l->sort_by, err) &&
         body_text(body, "sortOrder", &l->sort_order, err) &&
         body_number(body, "startIndex", &l->start, err) &&
         body_number(body, "count", &l->count, err);
    json_decref(body);
    return ok;
}

static bool descending(const struct list_query *l, bool *out,
                       struct scim_error *err)
{
    const char *order = l->sort_order;
    *out = order != NULL && strcasecmp(order, "descending") == 0;
    if (order == NULL || *out || strcasecmp(order, "ascending") == 0)
        return true;
    scim_error_set(err, SCIM_INVALID_VALUE,
                   "sortOrder must be ascending or descending, not \"%.40s\".",
                   order);
    return false;
}

/* ---- one type's part ------------------------------------------------------
 */

static bool bind_values(struct part *p)
{
    const struct scim_sql *sources[] = {&p->where, &p->order};
    size_t count = p->where.count + p->order.count, at = 0;
    p->values = calloc(count + 1, sizeof *p->values);
    if (p->values == NULL)
        return false;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sources[s]->count; i++) {
            const struct scim_sql_value *v = &sources[s]->values[i];
            struct store_value *to = &p->values[at++];
            to->kind = v->kind == SCIM_BIND_TEXT     ? STORE_TEXT
                       : v->kind == SCIM_BIND_NUMBER ? STORE_NUMBER
                                                     : STORE_INTEGER;
            to->text = v->text;
            to->number = v->number;
            to->integer = v->integer;
        }
    p->query.values = p->values;
    p->query.value_count = count;
    p->query.order_count = p->order.count;
    return true;
}

static bool part_compile(const struct bridge_target *t,
                         const struct list_query *l, bool strict,
                         struct part *p, struct scim_error *err)
{
    const struct scim_type *type = target_type(t, p->type);
    const struct scim_sql_column *columns = target_columns(t, p->type);
    bool down = false;
    p->query = (struct store_query){.target = t->row, .type = (int)p->type};
    if (!descending(l, &down, err))
        return false;
    if (l->filter != NULL) {
        p->filter =
            scim_filter_parse(type, l->filter, strlen(l->filter), strict, err);
        if (p->filter == NULL)
            return false;
        if (!scim_filter_sql(p->filter, columns, &p->where)) {
            scim_error_memory(err);
            return false;
        }
        p->query.where = p->where.where.data;
    }
    if (l->sort_by != NULL && *l->sort_by != '\0') {
        if (!scim_sort_sql(type, l->sort_by, down, columns, &p->order, err))
            return false;
        p->query.order = p->order.where.data;
    }
    if (!scim_projection_parse(type, l->attributes, l->excluded, &p->projection,
                               err))
        return false;
    if (bind_values(p))
        return true;
    scim_error_memory(err);
    return false;
}

/* ---- the list -------------------------------------------------------------
 */

struct page {
    const struct bridge_target *t;
    struct store_db *db;
    const struct scim_projection *projection;
    struct buf *out;
    int64_t shown;
    bool failed;
};

static bool add_row(const struct store_resource *row, void *ctx)
{
    struct page *page = ctx;
    if (page->shown++ > 0)
        buf_char(page->out, ',');
    page->failed =
        !render_row(page->t, page->db, row, page->projection, page->out);
    return !page->failed;
}

/* Writes the resources of all parts that fall on the page. */
static bool write_page(struct page *page, struct part *parts, size_t count,
                       int64_t skip, int64_t room)
{
    for (size_t i = 0; i < count && room > 0; i++) {
        struct part *p = &parts[i];
        int64_t before = page->shown;
        if (skip >= p->total) {
            skip -= p->total;
            continue;
        }
        p->query.offset = skip;
        p->query.limit = room;
        page->projection = p->projection;
        if (store_resource_list(page->db, &p->query, add_row, page) !=
                STORE_OK ||
            page->failed)
            return false;
        room -= page->shown - before;
        skip = 0;
    }
    return true;
}

static bool count_parts(struct store_db *db, struct part *parts, size_t count,
                        int64_t *total)
{
    *total = 0;
    for (size_t i = 0; i < count; i++) {
        if (store_resource_count(db, &parts[i].query, &parts[i].total) !=
            STORE_OK)
            return false;
        *total += parts[i].total;
    }
    return true;
}

static void failed_read(struct store_db *db, struct scim_error *err)
{
    scim_error_status(err, 500,
                      "The mirror could not be read (%s). The bridge's log "
                      "and its disk tell more.",
                      store_db_error(db));
}

static bool write_list(const struct bridge_target *t, struct store_db *db,
                       struct part *parts, size_t count,
                       const struct list_query *l, struct buf *out,
                       struct scim_error *err)
{
    struct buf resources = {0};
    struct page page = {.t = t, .db = db, .out = &resources};
    int64_t total = 0, start = l->start < 1 ? 1 : l->start;
    int64_t most = t->bridge->max_page;
    int64_t room = l->count < 0 ? 0 : l->count > most ? most : l->count;
    bool ok = store_read_begin(db) == STORE_OK;
    ok = ok && count_parts(db, parts, count, &total) &&
         write_page(&page, parts, count, start - 1, room);
    store_read_end(db);
    if (ok) {
        buf_fmt(out,
                "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:"
                "ListResponse\"],\"totalResults\":%lld,\"startIndex\":%lld,"
                "\"itemsPerPage\":%lld,\"Resources\":[",
                (long long)total, (long long)start, (long long)page.shown);
        buf_add(out, resources.data == NULL ? "" : resources.data,
                resources.len);
        buf_str(out, "]}");
        ok = buf_ok(out) && buf_ok(&resources);
    }
    buf_clear(&resources);
    if (!ok)
        failed_read(db, err);
    return ok;
}

static bool read_list(const struct bridge_target *t, struct store_db *db,
                      const struct bridge_request *q, struct buf *out,
                      struct scim_error *err)
{
    struct list_query l = {.start = 1, .count = t->bridge->default_page};
    struct part parts[2] = {{.type = STORE_USER}, {.type = STORE_GROUP}};
    size_t first = q->type == t->group ? 1 : 0;
    size_t last = q->type == t->user ? 1 : 2;
    bool ok = q->search ? from_search(q, &l, err) : from_request(q, &l, err);
    for (size_t i = first; ok && i < last; i++)
        ok = part_compile(t, &l, q->type != NULL, &parts[i], err);
    ok = ok && write_list(t, db, parts + first, last - first, &l, out, err);
    for (size_t i = 0; i < 2; i++)
        part_clear(&parts[i]);
    list_query_clear(&l);
    return ok;
}

/* ---- one resource ---------------------------------------------------------
 */

static bool load(const struct bridge_target *t, struct store_db *db,
                 const struct bridge_request *q, struct store_resource *row,
                 struct scim_error *err)
{
    enum store_type type = q->type == t->user ? STORE_USER : STORE_GROUP;
    enum store_rc rc = store_resource_get(db, t->row, type, q->id, row);
    if (rc == STORE_OK && row->state != STORE_ERASED)
        return true;
    if (rc == STORE_FAILED)
        failed_read(db, err);
    else
        scim_error_status(err, 404, "There is no %s with the id %.64s.",
                          q->type->name, q->id);
    return false;
}

/* RFC 7644 section 3.4.2 lets a filter stand on a resource's own URL. */
static bool read_one(const struct bridge_target *t, struct store_db *db,
                     const struct bridge_request *q, struct bridge_reply *out,
                     struct scim_error *err)
{
    struct store_resource row = {0};
    bool ok = store_read_begin(db) == STORE_OK && load(t, db, q, &row, err);
    if (ok && q->if_none_match != NULL &&
        render_tag_matches(q->if_none_match, &row)) {
        *out = (struct bridge_reply){.status = 304, .etag = render_etag(&row)};
    } else if (ok) {
        render_reply(t, db, q, 200, &row, out);
    }
    store_read_end(db);
    store_resource_clear(&row);
    return ok;
}

void bridge_read(struct bridge_target *t, struct store_db *db,
                 const struct bridge_request *q, struct bridge_reply *out)
{
    struct scim_error err = {0};
    struct buf body = {0};
    *out = (struct bridge_reply){0};
    bool ok = q->op == BRIDGE_GET ? read_one(t, db, q, out, &err)
                                  : read_list(t, db, q, &body, &err);
    if (!ok) {
        buf_clear(&body);
        if (err.status == 0)
            failed_read(db, &err);
        render_error(&err, out);
    } else if (q->op == BRIDGE_LIST) {
        out->status = 200;
        out->len = body.len;
        out->body = buf_take(&body);
    }
}
