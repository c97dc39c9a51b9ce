/*
 * scim/sort.c - the ORDER BY of a query (RFC 7644 section 3.4.2.3)
 */
#include "scim/filter_sql.h"

#include "scim/nearest.h"
#include "scim/sql_internal.h"

#include <string.h>

static bool refuse(struct scim_error *err, const struct scim_type *type,
                   const char *sort_by)
{
    char hint[SCIM_NEAREST_SIZE];
    scim_nearest(type, NULL, sort_by, strlen(sort_by), hint);
    scim_error_set(
        err, SCIM_INVALID_VALUE,
        "sortBy=%.64s: the resource type %s has no such attribute.%s", sort_by,
        type->name, hint);
    return false;
}

/* The simple attribute to sort by: a bare multi-valued one means its value. */
static const struct scim_attr *sort_attr(const struct scim_type *type,
                                         const char *sort_by,
                                         struct scim_error *err)
{
    const struct scim_attr *attr = NULL;
    const struct scim_schema *schema = NULL;
    if (!scim_attr_find(type, sort_by, strlen(sort_by), &attr, &schema) ||
        attr == NULL) {
        (void)refuse(err, type, sort_by);
        return NULL;
    }
    if (attr->returned == SCIM_RETURNED_NEVER) {
        scim_error_set(err, SCIM_INVALID_VALUE,
                       "sortBy=%.64s: this is never disclosed, so nothing can "
                       "be sorted by it.",
                       sort_by);
        return NULL;
    }
    if (attr->kind != SCIM_COMPLEX)
        return attr;
    const struct scim_attr *value =
        attr->multi ? scim_attr_sub(attr, "value", 5) : NULL;
    if (value == NULL)
        scim_error_set(err, SCIM_INVALID_VALUE,
                       "sortBy=%.64s: this attribute has parts; name one of "
                       "them, for example %s.",
                       sort_by,
                       attr->sub_count > 0 ? attr->subs[0].path : "another");
    return value;
}

/* The first value of a table of its own: its "SELECT 1" made to select it. */
static void from_table(struct buf *where, const struct scim_sql_column *c)
{
    static const char head[] = "SELECT 1";
    size_t skip =
        strncmp(c->exists, head, sizeof head - 1) == 0 ? sizeof head - 1 : 0;
    buf_fmt(where, "(SELECT min(%s)", c->column);
    buf_add(where, c->exists + skip, sql_table_len(c) - skip);
    buf_str(where, "1)");
}

static void from_attr(struct scim_sql *out, const struct scim_attr *attr)
{
    buf_str(&out->where,
            "(SELECT coalesce(nullif(a.key, ''), a.number) FROM attr a "
            "WHERE a.resource = r.n AND a.path = ");
    sql_path(out, attr->path);
    buf_str(&out->where, " ORDER BY a.is_primary DESC, a.element LIMIT 1)");
}

bool scim_sort_key_sql(const struct scim_type *type, const char *sort_by,
                       const struct scim_sql_column *columns,
                       struct scim_sql *out, struct scim_error *err)
{
    *out = (struct scim_sql){0};
    const struct scim_attr *attr = sort_attr(type, sort_by, err);
    if (attr == NULL)
        return false;
    const struct scim_sql_column *c = sql_column_of(columns, attr->path);
    if (c == NULL)
        from_attr(out, attr);
    else if (c->exists != NULL)
        from_table(&out->where, c);
    else
        buf_str(&out->where, c->column);
    if (!buf_ok(&out->where))
        scim_error_memory(err);
    return buf_ok(&out->where);
}

const char *scim_sort_direction(bool descending)
{
    return descending ? " DESC NULLS FIRST" : " ASC NULLS LAST";
}

bool scim_sort_sql(const struct scim_type *type, const char *sort_by,
                   bool descending, const struct scim_sql_column *columns,
                   struct scim_sql *out, struct scim_error *err)
{
    if (!scim_sort_key_sql(type, sort_by, columns, out, err))
        return false;
    buf_str(&out->where, scim_sort_direction(descending));
    if (!buf_ok(&out->where))
        scim_error_memory(err);
    return buf_ok(&out->where);
}
