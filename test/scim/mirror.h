/*
 * test/scim/mirror.h - a mirror in memory, to run the SQL of scim/ on
 *
 * The real tables, of the first migration, filled by hand.
 */
#ifndef TEST_SCIM_MIRROR_H
#define TEST_SCIM_MIRROR_H

#include "base/buf.h"
#include "scim/filter_sql.h"

#include <sqlite3.h>

/* Where the mirror of users, or groups, has columns; and nowhere at all. */
extern const struct scim_sql_column mirror_user_columns[];
extern const struct scim_sql_column mirror_group_columns[];
extern const struct scim_sql_column mirror_no_columns[];

/* Ends the process with a sentence when anything fails, as all functions here
 * do: fuzzers use them too. */
sqlite3 *mirror_open(void);
/* Adds a resource as row `n`, its index and (groups) its members. `columns`
 * says what is left out of the index. */
void mirror_add(sqlite3 *db, int n, const struct scim_type *type,
                const json_t *resource, const struct scim_sql_column *columns);
/* Calls `each` with n of every row of the type that matches, in the order of
 * `order` (may be NULL: by n). */
void mirror_find(sqlite3 *db, const char *type, const struct scim_sql *where,
                 const struct scim_sql *order, void (*each)(int n, void *ctx),
                 void *ctx);
/* How SQLite would run it: the text of EXPLAIN QUERY PLAN, freed by the caller.
 */
char *mirror_plan(sqlite3 *db, const char *type, const struct scim_sql *where);

#endif
