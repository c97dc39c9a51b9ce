/*
 * scim/sql_internal.h - what the makers of SQL share
 */
#ifndef SCIM_SQL_INTERNAL_H
#define SCIM_SQL_INTERNAL_H

#include "scim/filter_sql.h"

/* The row of `columns` for an attribute's path; NULL: none. */
const struct scim_sql_column *
sql_column_of(const struct scim_sql_column *columns, const char *path);
/* A row with `exists` among the sub-attributes of `attr`; NULL: the values of
 * `attr` are in no table of their own. */
const struct scim_sql_column *
sql_table_of(const struct scim_sql_column *columns,
             const struct scim_attr *attr);
/* The length of c->exists without the expression at its end. */
size_t sql_table_len(const struct scim_sql_column *c);

/* Adds a bind parameter: a copy of `text`. */
void sql_bind_text(struct scim_sql *s, const char *text, size_t len);
/* Appends an expression for the number of an attribute's path. */
void sql_path(struct scim_sql *s, const char *path);

#endif
