/*
 * store/resource_internal.h - rows of `resource` on loan, and their index
 */
#ifndef STORE_RESOURCE_INTERNAL_H
#define STORE_RESOURCE_INTERNAL_H

#include "store/db_internal.h"
#include "store/resource.h"

/* Fills *r from the columns RESOURCE_ANSWER, or RESOURCE_ALL when `all`. Its
 * texts are SQLite's until the next step. */
void resource_lend(sqlite3_stmt *st, bool all, struct store_resource *r);
/* Hands each row to `each`, and gives the statement back. */
enum store_rc resource_each(struct store_db *db, sqlite3_stmt *st, bool all,
                            store_each *each, void *ctx);
/* Makes the index of a row equal to `attrs`. */
enum store_rc attr_put(struct store_db *db, int64_t resource,
                       const struct store_attr *attrs, size_t count);
/* Makes the `groups` texts of all users of a target again, versions as they
 * are (member.c). */
enum store_rc member_rebase(struct store_db *db, int64_t target);

#endif
