#include "store/target.h"

#include "store/resource_internal.h"

#include <stdlib.h>

void store_target_clear(struct store_target *t)
{
    free(t->name);
    free(t->account);
    free(t->public_base);
    *t = (struct store_target){0};
}

static enum store_rc find(struct store_db *db, const char *name, int64_t *n)
{
    sqlite3_stmt *st = db_use(db, SQL_TARGET_FIND);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, name);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *n = get_int(st, 0);
    db_end(db, st);
    return rc;
}

enum store_rc store_target_ensure(struct store_db *db, const char *name,
                                  int64_t now, int64_t *n)
{
    enum store_rc rc = find(db, name, n);
    if (rc != STORE_NONE)
        return rc;
    sqlite3_stmt *st = db_use(db, SQL_TARGET_ADD);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, name);
    put_int(st, 2, now);
    rc = db_run(db, st);
    if (rc == STORE_OK)
        *n = sqlite3_last_insert_rowid(db->sql);
    return rc;
}

enum store_rc store_target_get(struct store_db *db, int64_t n,
                               struct store_target *out)
{
    bool ok = true;
    *out = (struct store_target){0};
    sqlite3_stmt *st = db_use(db, SQL_TARGET_GET);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *out = (struct store_target){
            .n = get_int(st, 0),
            .name = copy_text(get_text(st, 1), &ok),
            .account = copy_text(get_text(st, 2), &ok),
            .public_base = copy_text(get_text(st, 3), &ok),
            .synced_at = get_int(st, 4),
        };
    db_end(db, st);
    if (ok)
        return rc;
    store_target_clear(out);
    return db_no_memory(db);
}

enum store_rc store_target_set_account(struct store_db *db, int64_t n,
                                       const char *account)
{
    sqlite3_stmt *st = db_use(db, SQL_TARGET_ACCOUNT);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    put_text(st, 2, account);
    return db_run_one(db, st);
}

enum store_rc store_target_set_synced(struct store_db *db, int64_t n,
                                      int64_t at)
{
    sqlite3_stmt *st = db_use(db, SQL_TARGET_SYNCED);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    put_int(st, 2, at);
    return db_run_one(db, st);
}

enum store_rc store_target_set_public_base(struct store_db *db, int64_t n,
                                           const char *base)
{
    sqlite3_stmt *st = db_use(db, SQL_TARGET_BASE);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    put_text(st, 2, base);
    enum store_rc rc = db_run_one(db, st);
    if (rc == STORE_NONE) /* it is the recorded one */
        return STORE_OK;
    if (rc == STORE_OK)
        rc = member_rebase(db, n);
    return rc == STORE_OK ? shown_remake(db, n) : rc;
}
