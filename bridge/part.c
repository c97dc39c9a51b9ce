#include "bridge/part.h"

#include "bridge/sql_values.h"

#include <stdlib.h>
#include <string.h>

void part_clear(struct part *p)
{
    for (size_t i = 0; i < 2; i++) {
        scim_filter_free(p->pieces[i].filter);
        scim_sql_clear(&p->pieces[i].where);
        scim_sql_clear(&p->pieces[i].key);
        scim_projection_free(p->pieces[i].projection);
    }
    buf_clear(&p->where);
    buf_clear(&p->key);
    buf_clear(&p->order);
    buf_clear(&p->where_page);
    buf_clear(&p->behind);
    free(p->values);
    free(p->beyond);
}

/* ---- one type -------------------------------------------------------------
 */

static bool compile_filter(const struct bridge_target *t, enum store_type type,
                           const struct list_query *l, bool strict,
                           struct part_piece *piece, struct scim_error *err)
{
    if (l->filter == NULL)
        return true;
    piece->filter = scim_filter_parse(target_type(t, type), l->filter,
                                      strlen(l->filter), strict, err);
    if (piece->filter == NULL)
        return false;
    if (scim_filter_sql(piece->filter, target_columns(t, type), &piece->where))
        return true;
    scim_error_memory(err);
    return false;
}

static bool is_sorted(const struct list_query *l)
{
    return l->sort_by != NULL && *l->sort_by != '\0';
}

/* Beside another type, one without the attribute has no value. */
static bool compile_keys(const struct bridge_target *t,
                         const struct list_query *l, struct part *p,
                         struct scim_error *err)
{
    struct scim_error lacks[2] = {{0}, {0}};
    bool any = false;
    for (enum store_type i = p->first; i <= p->last; i++) {
        struct scim_sql *key = &p->pieces[i].key;
        if (scim_sort_key_sql(target_type(t, i), l->sort_by,
                              target_columns(t, i), key, &lacks[i]))
            any = true;
        else
            buf_str(&key->where, "NULL");
    }
    if (!any)
        *err = lacks[p->first];
    return any;
}

/* True for columns that no living row lacks: compared and ordered plainly, they
 * let SQLite walk their index. */
static bool never_null(const char *column)
{
    static const char *const columns[] = {"r.id", "r.name_key", "r.created",
                                          "r.modified", "r.active"};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(column, columns[i]) == 0)
            return true;
    return false;
}

/* SQLite uses the index of names, which leaves out who has none, only when it
 * is told that such rows do not matter. */
static void narrow(struct part *p)
{
    if (strcmp(p->key.data, "r.name_key") != 0)
        return;
    if (p->all.where != NULL)
        buf_fmt(&p->where_page, "(%s) AND ", p->all.where);
    buf_str(&p->where_page, "r.name_key IS NOT NULL");
}

/* ---- all of them ----------------------------------------------------------
 */

static bool is_both(const struct part *p)
{
    return p->first != p->last;
}

/* The whole filter; NULL: none. */
static const char *join_wheres(struct part *p)
{
    const char *user = p->pieces[STORE_USER].where.where.data,
               *group = p->pieces[STORE_GROUP].where.where.data;
    if (!is_both(p))
        return p->first == STORE_USER ? user : group;
    if (user != NULL && group != NULL)
        buf_fmt(&p->where, "(r.type = 0 AND (%s)) OR (r.type = 1 AND (%s))",
                user, group);
    return p->where.data;
}

static void join_keys(struct part *p, bool down)
{
    if (is_both(p))
        buf_fmt(&p->key, "CASE r.type WHEN 0 THEN %s ELSE %s END",
                p->pieces[STORE_USER].key.where.data,
                p->pieces[STORE_GROUP].key.where.data);
    else
        buf_str(&p->key, p->pieces[p->first].key.where.data);
    if (!buf_ok(&p->key))
        return;
    buf_str(&p->order, p->key.data);
    buf_str(&p->order, !never_null(p->key.data) ? scim_sort_direction(down)
                       : down                   ? " DESC"
                                                : " ASC");
    narrow(p);
}

static size_t count_values(const struct part *p, bool keys)
{
    size_t count = 0;
    for (enum store_type i = p->first; i <= p->last; i++)
        count += keys ? p->pieces[i].key.count : p->pieces[i].where.count;
    return count;
}

static struct store_value *add_values(const struct part *p, bool keys,
                                      struct store_value *to)
{
    for (enum store_type i = p->first; i <= p->last; i++)
        to = sql_values(keys ? &p->pieces[i].key : &p->pieces[i].where, to);
    return to;
}

static bool join(const struct bridge_target *t, const struct list_query *l,
                 struct part *p)
{
    p->all = (struct store_query){.target = t->row,
                                  .type = is_both(p) ? -1 : (int)p->first,
                                  .answer = true};
    p->all.ready = !is_both(p) && p->first == STORE_USER &&
                   p->pieces[STORE_USER].projection == NULL;
    p->all.where = join_wheres(p);
    if (is_sorted(l))
        join_keys(p, l->down);
    size_t wheres = count_values(p, false), keys = count_values(p, true);
    p->values = calloc(wheres + keys + 1, sizeof *p->values);
    if (p->values == NULL || !buf_ok(&p->where) || !buf_ok(&p->order))
        return false;
    (void)add_values(p, true, add_values(p, false, p->values));
    p->all.order = p->order.data;
    p->all.values = p->values;
    p->all.value_count = wheres + keys;
    p->all.order_count = keys;
    p->page = p->all;
    if (p->where_page.len > 0)
        p->page.where = p->where_page.data;
    return buf_ok(&p->where_page);
}

bool part_compile(const struct bridge_target *t, const struct list_query *l,
                  bool strict, struct part *p, struct scim_error *err)
{
    for (enum store_type i = p->first; i <= p->last; i++)
        if (!compile_filter(t, i, l, strict, &p->pieces[i], err) ||
            !scim_projection_parse(target_type(t, i), l->attributes,
                                   l->excluded, &p->pieces[i].projection, err))
            return false;
    if (is_sorted(l) && !compile_keys(t, l, p, err))
        return false;
    if (join(t, l, p))
        return true;
    scim_error_memory(err);
    return false;
}

/* ---- behind a cursor ------------------------------------------------------
 */

/* Behind a row, absent values last, or first when the order descends (RFC 7644
 * section 3.4.2.3); equal keys by row number. The key, which may be a query of
 * its own, stands in it once. */
static void behind_sql(struct buf *out, const char *key, bool down, bool absent)
{
    if (key == NULL)
        buf_str(out, "r.n > ?");
    else if (absent)
        buf_fmt(out,
                down ? "(%s IS NOT NULL OR r.n > ?)" : "%s IS NULL AND r.n > ?",
                key);
    else if (down)
        buf_fmt(out, "(%s, -r.n) < (?, ?)", key);
    else
        buf_fmt(out,
                never_null(key) ? "(%s, r.n) > (?, ?)"
                                : "coalesce((%s, r.n) > (?, ?), 1)",
                key);
}

static struct store_value key_value(const struct store_key *key)
{
    return (struct store_value){
        .kind = key->kind == STORE_KEY_TEXT     ? STORE_TEXT
                : key->kind == STORE_KEY_NUMBER ? STORE_NUMBER
                                                : STORE_INTEGER,
        .text = key->text,
        .number = key->number,
        .integer = key->integer,
    };
}

bool part_go_on(struct part *p, const struct cursor *from, bool down)
{
    const char *key = p->key.data;
    if (key == NULL && p->page.ready && p->page.where == NULL) {
        p->page.after = from->n;
        return true;
    }
    bool absent = from->key.kind == STORE_KEY_NULL;
    size_t count = p->all.value_count + p->all.order_count + 2;
    if (p->page.where != NULL)
        buf_fmt(&p->behind, "(%s) AND ", p->page.where);
    behind_sql(&p->behind, key, down, absent);
    p->beyond = calloc(count, sizeof *p->beyond);
    if (p->beyond == NULL || !buf_ok(&p->behind))
        return false;
    struct store_value *at = add_values(p, false, p->beyond);
    at = add_values(p, true, at);
    if (key != NULL && !absent)
        *at++ = key_value(&from->key);
    bool mirrored = key != NULL && !absent && down;
    *at++ = (struct store_value){.kind = STORE_INTEGER,
                                 .integer = mirrored ? -from->n : from->n};
    at = add_values(p, true, at);
    p->page.where = p->behind.data;
    p->page.values = p->beyond;
    p->page.value_count = (size_t)(at - p->beyond);
    return true;
}

bool part_key(const struct part *p, struct store_db *db, struct cursor *out)
{
    struct store_query key = {.order = p->key.data,
                              .value_count = p->all.order_count};
    if (key.order == NULL)
        return true;
    key.values = p->values + (p->all.value_count - p->all.order_count);
    return store_resource_key(db, &key, out->n, &out->key) == STORE_OK;
}
