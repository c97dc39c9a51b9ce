#include "store/token.h"

#include "store/db_internal.h"

#include <stdio.h>
#include <stdlib.h>

void store_token_clear(struct store_token *t)
{
    free(t->name);
    free(t->target);
    free(t->scope);
    *t = (struct store_token){0};
}

enum store_rc store_token_add(struct store_db *db, struct store_token *t)
{
    sqlite3_stmt *st = db_use(db, SQL_TOKEN_ADD);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, t->hash);
    put_text(st, 2, t->name);
    put_text(st, 3, t->target);
    put_text(st, 4, t->scope);
    put_int(st, 5, t->created);
    put_int(st, 6, t->expires);
    enum store_rc rc = db_run(db, st);
    if (rc == STORE_OK)
        t->n = sqlite3_last_insert_rowid(db->sql);
    return rc;
}

static struct store_token lend(sqlite3_stmt *st)
{
    struct store_token t = {
        .n = get_int(st, 0),
        .name = get_text(st, 2),
        .target = get_text(st, 3),
        .scope = get_text(st, 4),
        .created = get_int(st, 5),
        .last_used = get_int(st, 6),
        .expires = get_int(st, 7),
        .revoked = get_int(st, 8),
    };
    (void)snprintf(t.hash, sizeof t.hash, "%s", get_text(st, 1));
    return t;
}

static enum store_rc look_up(struct store_db *db, const char *hash,
                             struct store_token *out)
{
    bool ok = true;
    *out = (struct store_token){0};
    sqlite3_stmt *st = db_use(db, SQL_TOKEN_BY_HASH);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, hash);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK) {
        *out = lend(st);
        out->name = copy_text(out->name, &ok);
        out->target = copy_text(out->target, &ok);
        out->scope = copy_text(out->scope, &ok);
    }
    db_end(db, st);
    if (ok)
        return rc;
    store_token_clear(out);
    return db_no_memory(db);
}

enum store_rc store_token_by_hash(struct store_db *db, const char *hash,
                                  struct store_token *out)
{
    enum store_rc rc = look_up(db, hash, out);
    if (rc != STORE_NONE || !db->reader || db->depth > 0)
        return rc;
    /* A command may have made it a moment ago, in a process of its own whose
     * commit this one has not noticed yet. */
    (void)db_drop_snapshot(db);
    return look_up(db, hash, out);
}

enum store_rc store_token_revoke(struct store_db *db, const char *name,
                                 int64_t now)
{
    sqlite3_stmt *st = db_use(db, SQL_TOKEN_REVOKE);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, name);
    put_int(st, 2, now);
    return db_run_one(db, st);
}

enum store_rc store_token_used(struct store_db *db, int64_t n, int64_t now)
{
    sqlite3_stmt *st = db_use(db, SQL_TOKEN_USED);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    put_int(st, 2, now);
    return db_run_one(db, st);
}

enum store_rc store_token_list(struct store_db *db, store_each_token *each,
                               void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_TOKEN_LIST);
    if (st == NULL)
        return STORE_FAILED;
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_token t = lend(st);
        if (!each(&t, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}
