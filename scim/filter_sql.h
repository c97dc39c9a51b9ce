/*
 * scim/filter_sql.h - a filter as the WHERE of a query on the mirror
 *
 * The mirror answers a comparison in one of two ways: from a column of the
 * resource row, or from the table of attribute values (one row a value, with
 * the element that it belongs to). Which columns there are is data that
 * bridge/ hands in; scim/ knows no table but those names.
 *
 * The text holds no value: every literal is a bind parameter, in order.
 *
 * What it relies on: keys are compared as bytes (BINARY), and of the tables
 *   attr_name(n, path)   path text, unique, and a number for it
 *   attr(resource, path, element, key, number, is_primary)
 *                        resource = r.n, path = attr_name.n
 * an index on attr(path, key) and one by (resource, path, element).
 * Parentheses are as few and as shallow as can be, since SQLite's parser
 * refuses deep ones: negation is brought down to the comparisons, the deeper
 * side of and/or stands first.
 */
#ifndef SCIM_FILTER_SQL_H
#define SCIM_FILTER_SQL_H

#include "base/buf.h"
#include "scim/filter.h"

/* How an attribute is found in the mirror. Rows end with a NULL path. */
struct scim_sql_column {
    const char *path; /* attr->path, for example "userName" */
    /* The SQL expression over the resource row `r`: a key text (folded as the
     * attribute's case rule says), or a number for booleans and times. NULL
     * together with `exists` set. */
    const char *column;
    /* For a multi-valued attribute kept in a table of its own (members.value,
     * groups.value): "SELECT 1 FROM ... WHERE ... AND x" where the comparison
     * is appended to x; `column` is then x. NULL otherwise. The rows of all
     * sub-attributes of one attribute must be alike but for x; then none of
     * them is looked for in attr, and one without a row has no value. */
    const char *exists;
};
/* `column` of a text is NULL for want of a value. That of a reference is made
 * by scim_reference_sql. */

enum scim_bind { SCIM_BIND_TEXT, SCIM_BIND_NUMBER, SCIM_BIND_INTEGER };
struct scim_sql_value {
    enum scim_bind kind;
    char *text; /* owned; SCIM_BIND_TEXT */
    double number;
    int64_t integer;
};
struct scim_sql {
    struct buf where; /* an expression over `r`; "1" without a filter */
    struct scim_sql_value *values; /* owned, in the order of the ?'s */
    size_t count;
};

/*
 * Compiles; a NULL filter holds always. Attributes that no row of `columns`
 * names are looked up in attr, where key is the folded text and number the
 * value of booleans (0, 1), numbers and times (ms); a multi-valued attribute's
 * values of one element share `element`. False: memory ran out. The caller
 * clears *out in any case.
 */
bool scim_filter_sql(const struct scim_filter *f,
                     const struct scim_sql_column *columns,
                     struct scim_sql *out);
/* The ORDER BY term of an attribute (RFC 7644 section 3.4.2.3) with its
 * direction, in out->where: by the primary value, else the first; ascending
 * order puts absent values last, descending first. A tie is left to the caller.
 * 400 invalidValue: no attribute that can be sorted by. False without a status
 * in *err does not occur: memory that ran out is 500. */
bool scim_sort_sql(const struct scim_type *type, const char *sort_by,
                   bool descending, const struct scim_sql_column *columns,
                   struct scim_sql *out, struct scim_error *err);
/* The expression that it orders by, alone: NULL for a resource without a
 * value. For going on behind a resource whose value is known. */
bool scim_sort_key_sql(const struct scim_type *type, const char *sort_by,
                       const struct scim_sql_column *columns,
                       struct scim_sql *out, struct scim_error *err);
/* What stands behind that expression in an ORDER BY. Static. */
const char *scim_sort_direction(bool descending);
void scim_sql_clear(struct scim_sql *s);
/* The expression of a reference that is `start` with the text of the column
 * `id` behind it: its form for eq, byte 1, and itself, as in attr below. */
void scim_reference_sql(const char *start, const char *id, struct buf *out);

/* One row of the attr table above. */
struct scim_index_row {
    const char *path; /* borrowed from the model */
    int element;      /* 0 for single-valued */
    char *key;        /* owned; NULL for a number. Of a reference: its form for
                         eq, the byte 0x01, and its text */
    double number;
    bool primary; /* the element is the primary one (or the only) */
};
/*
 * The rows that make a canonical resource findable: every simple value but
 * those of attributes named in `columns` (with `exists`: nor of the
 * sub-attributes beside it) and of returned-never attributes. Never more than
 * SCIM_MAX_VALUES. The caller frees with scim_index_free. False: memory ran
 * out; *rows is then NULL.
 */
bool scim_index_rows(const struct scim_type *type, const json_t *resource,
                     const struct scim_sql_column *columns,
                     struct scim_index_row **rows, size_t *count);
void scim_index_free(struct scim_index_row *rows, size_t count);

#endif
