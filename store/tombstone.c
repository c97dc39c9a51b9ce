#include "store/tombstone.h"

#include "store/db_internal.h"

#include <stdlib.h>

void store_tombstone_clear(struct store_tombstone *t)
{
    free(t->upstream_id);
    free(t->snapshot);
    free(t->receipt);
    free(t->reason);
    *t = (struct store_tombstone){0};
}

enum store_rc store_tombstone_add(struct store_db *db,
                                  const struct store_tombstone *t)
{
    sqlite3_stmt *st = db_use(db, SQL_TOMBSTONE_ADD);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, t->resource);
    put_text(st, 2, t->upstream_id);
    put_text(st, 3, t->snapshot);
    put_text(st, 4, t->reason);
    put_int(st, 5, t->since);
    put_int(st, 6, t->revived);
    put_text(st, 7, t->receipt);
    return db_run_one(db, st);
}

static struct store_tombstone lend(sqlite3_stmt *st)
{
    return (struct store_tombstone){
        .n = get_int(st, 0),
        .resource = get_int(st, 1),
        .upstream_id = get_text(st, 2),
        .snapshot = get_text(st, 3),
        .reason = get_text(st, 4),
        .since = get_int(st, 5),
        .revived = get_int(st, 6),
        .receipt = get_text(st, 7),
    };
}

enum store_rc store_tombstone_of(struct store_db *db, int64_t resource,
                                 struct store_tombstone *out)
{
    bool ok = true;
    *out = (struct store_tombstone){0};
    sqlite3_stmt *st = db_use(db, SQL_TOMBSTONE_OF);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK) {
        *out = lend(st);
        out->upstream_id = copy_text(out->upstream_id, &ok);
        out->snapshot = copy_text(out->snapshot, &ok);
        out->reason = copy_text(out->reason, &ok);
        out->receipt = copy_text(out->receipt, &ok);
    }
    db_end(db, st);
    if (ok)
        return rc;
    store_tombstone_clear(out);
    return db_no_memory(db);
}

enum store_rc store_tombstone_receipt(struct store_db *db, int64_t resource,
                                      const char *receipt)
{
    sqlite3_stmt *st = db_use(db, SQL_TOMBSTONE_RECEIPT);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    put_text(st, 2, receipt);
    return db_run(db, st);
}

enum store_rc store_tombstone_revive(struct store_db *db, int64_t resource,
                                     int64_t at)
{
    sqlite3_stmt *st = db_use(db, SQL_TOMBSTONE_REVIVE);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    put_int(st, 2, at);
    return db_run(db, st);
}

enum store_rc store_tombstone_list(struct store_db *db, int64_t target,
                                   int64_t limit, store_each_tombstone *each,
                                   void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_TOMBSTONE_LIST);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, limit);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_tombstone t = lend(st);
        if (!each(&t, get_text(st, 8), ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}
