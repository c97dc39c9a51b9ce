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
/* The rows of `shown` begin at target * SHOWN_TARGET. */
#define SHOWN_TARGET ((int64_t)1 << 40)
/* The same for the columns SHOWN_COLUMNS; a row whose text is to be made is
 * lent with what an answer is made of. */
enum store_rc shown_each(struct store_db *db, sqlite3_stmt *st,
                         store_each *each, void *ctx);
/* Makes what is shown of a row again, which holds what an answer is made of;
 * or of the row `n`, as it is stored now. */
enum store_rc shown_put(struct store_db *db, const struct store_resource *row);
enum store_rc shown_follow(struct store_db *db, int64_t n);
/* Of all users of a target. */
enum store_rc shown_remake(struct store_db *db, int64_t target);
/* Makes the index of a row equal to `attrs`. `born`: it has none yet. */
enum store_rc attr_put(struct store_db *db, int64_t resource,
                       const struct store_attr *attrs, size_t count, bool born);
/* Makes the `groups` texts of all users of a target again, versions as they
 * are (member.c). */
enum store_rc member_rebase(struct store_db *db, int64_t target);

#endif
