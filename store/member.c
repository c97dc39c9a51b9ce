/*
 * store/member.c - who is in which group, kept in both directions
 *
 * A user's `groups` text is made by SQLite from the rows that it speaks of (see
 * GROUPS_TEXT), in the same transaction that changes them. That costs as much
 * as the user has groups, never as much as the group has members.
 */
#include "store/member.h"

#include "store/resource_internal.h"

#include <stdlib.h>

/* Row numbers that are gathered before the rows are changed. */
struct rows {
    int64_t *n; /* owned */
    size_t count, cap;
};

static bool add_row(struct rows *rows, int64_t n)
{
    if (rows->count == rows->cap) {
        size_t cap = rows->cap == 0 ? 64 : rows->cap * 2;
        int64_t *more = realloc(rows->n, cap * sizeof *more);
        if (more == NULL)
            return false;
        rows->n = more;
        rows->cap = cap;
    }
    rows->n[rows->count++] = n;
    return true;
}

/* The first column of all rows of a statement with one parameter. */
static enum store_rc gather(struct store_db *db, enum statement which,
                            int64_t of, struct rows *rows)
{
    sqlite3_stmt *st = db_use(db, which);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, of);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        if (!add_row(rows, get_int(st, 0))) {
            rc = db_no_memory(db);
            break;
        }
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

/* Runs a statement that changes rows, with one or two numbers. */
static enum store_rc change(struct store_db *db, enum statement which,
                            int64_t first, int64_t second)
{
    sqlite3_stmt *st = db_use(db, which);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, first);
    put_int(st, 2, second);
    return db_run(db, st);
}

/* Makes the `groups` text of a user again, and what is shown of it. */
static enum store_rc remake(struct store_db *db, enum statement which,
                            int64_t member, int64_t now)
{
    enum store_rc rc = change(db, which, member, now);
    if (rc != STORE_OK || sqlite3_changes(db->sql) == 0)
        return rc;
    return shown_follow(db, member);
}

static enum store_rc remake_all(struct store_db *db, enum statement which,
                                const struct rows *rows, int64_t now)
{
    enum store_rc rc = STORE_OK;
    for (size_t i = 0; rc == STORE_OK && i < rows->count; i++)
        rc = remake(db, which, rows->n[i], now);
    return rc;
}

/* Adds or drops one row, and makes the member's text again if that did
 * anything. */
static enum store_rc change_one(struct store_db *db, enum statement which,
                                int64_t group, int64_t member, int64_t now,
                                bool *changed)
{
    *changed = false;
    enum store_rc rc = change(db, which, group, member);
    if (rc != STORE_OK || sqlite3_changes(db->sql) == 0)
        return rc;
    *changed = true;
    return remake(db, SQL_GROUPS_REMAKE, member, now);
}

enum store_rc store_member_add(struct store_db *db, int64_t group,
                               int64_t member, int64_t now, bool *changed)
{
    return change_one(db, SQL_MEMBER_ADD, group, member, now, changed);
}

enum store_rc store_member_remove(struct store_db *db, int64_t group,
                                  int64_t member, int64_t now, bool *changed)
{
    return change_one(db, SQL_MEMBER_DROP, group, member, now, changed);
}

enum store_rc store_member_remove_everywhere(struct store_db *db,
                                             int64_t member, int64_t now)
{
    enum store_rc rc = change(db, SQL_GROUPS_TOUCH, member, now);
    if (rc != STORE_OK || sqlite3_changes(db->sql) == 0)
        return rc;
    rc = change(db, SQL_MEMBER_DROP_MEMBER, member, 0);
    return rc == STORE_OK ? remake(db, SQL_GROUPS_REMAKE, member, now) : rc;
}

enum store_rc store_member_clear_group(struct store_db *db, int64_t group,
                                       int64_t now)
{
    struct rows rows = {0};
    enum store_rc rc = gather(db, SQL_MEMBER_ROWS, group, &rows);
    if (rc == STORE_OK)
        rc = change(db, SQL_MEMBER_DROP_GROUP, group, 0);
    if (rc == STORE_OK)
        rc = remake_all(db, SQL_GROUPS_REMAKE, &rows, now);
    free(rows.n);
    return rc;
}

enum store_rc store_member_touch_group(struct store_db *db, int64_t group,
                                       int64_t now)
{
    return change(db, SQL_GROUP_TOUCH, group, now);
}

enum store_rc store_member_group_renamed(struct store_db *db, int64_t group,
                                         int64_t now)
{
    struct rows rows = {0};
    enum store_rc rc = gather(db, SQL_MEMBER_ROWS, group, &rows);
    if (rc == STORE_OK)
        rc = remake_all(db, SQL_GROUPS_REMAKE, &rows, now);
    free(rows.n);
    return rc;
}

enum store_rc member_rebase(struct store_db *db, int64_t target)
{
    struct rows rows = {0};
    enum store_rc rc = gather(db, SQL_TARGET_MEMBERS, target, &rows);
    if (rc == STORE_OK)
        rc = remake_all(db, SQL_GROUPS_REBASE, &rows, 0);
    free(rows.n);
    return rc;
}

/* ---- reading --------------------------------------------------------------
 */

static enum store_rc list(struct store_db *db, enum statement which, int64_t of,
                          const char *id, store_each_member *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, which);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, of);
    if (id != NULL)
        put_text(st, 2, id);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_member m = {
            .n = get_int(st, 0),
            .type = get_int(st, 1) == 0 ? STORE_USER : STORE_GROUP,
            .id = get_text(st, 2),
            .display = get_text(st, 3),
            .upstream_id = get_text(st, 4),
            .kind = get_text(st, 5),
        };
        if (!each(&m, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_members_of(struct store_db *db, int64_t group,
                               store_each_member *each, void *ctx)
{
    return list(db, SQL_MEMBERS_OF, group, NULL, each, ctx);
}

enum store_rc store_member_named(struct store_db *db, int64_t group,
                                 const char *id, store_each_member *each,
                                 void *ctx)
{
    return list(db, id == NULL ? SQL_MEMBER_FIRST : SQL_MEMBER_NAMED, group, id,
                each, ctx);
}

enum store_rc store_groups_of(struct store_db *db, int64_t member,
                              store_each_member *each, void *ctx)
{
    return list(db, SQL_GROUPS_OF, member, NULL, each, ctx);
}

enum store_rc store_member_has(struct store_db *db, int64_t group,
                               int64_t member)
{
    sqlite3_stmt *st = db_use(db, SQL_MEMBER_HAS);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, group);
    put_int(st, 2, member);
    enum store_rc rc = db_step(db, st);
    db_end(db, st);
    return rc;
}

enum store_rc store_member_count(struct store_db *db, int64_t group,
                                 int64_t *count)
{
    *count = 0;
    sqlite3_stmt *st = db_use(db, SQL_MEMBER_COUNT);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, group);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *count = get_int(st, 0);
    db_end(db, st);
    return rc;
}
