#include "store/sync_run.h"

#include "store/db_internal.h"

#include <stdlib.h>

void store_sync_run_clear(struct store_sync_run *r)
{
    free(r->error);
    *r = (struct store_sync_run){0};
}

enum store_rc store_sync_run_start(struct store_db *db,
                                   struct store_sync_run *r)
{
    sqlite3_stmt *st = db_use(db, SQL_SYNC_RUN_START);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, r->target);
    put_int(st, 2, r->started);
    enum store_rc rc = db_run(db, st);
    if (rc == STORE_OK)
        r->n = sqlite3_last_insert_rowid(db->sql);
    return rc;
}

enum store_rc store_sync_run_end(struct store_db *db,
                                 const struct store_sync_run *r)
{
    sqlite3_stmt *st = db_use(db, SQL_SYNC_RUN_END);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, r->n);
    put_int(st, 2, r->ended);
    put_int(st, 3, r->seen);
    put_int(st, 4, r->created);
    put_int(st, 5, r->changed);
    put_int(st, 6, r->vanished);
    put_int(st, 7, r->revived);
    put_int(st, 8, r->held);
    put_int(st, 9, r->complete);
    put_int(st, 10, r->brake);
    put_text(st, 11, r->error);
    return db_run_one(db, st);
}

enum store_rc store_sync_run_list(struct store_db *db, int64_t target,
                                  int64_t limit, store_each_sync_run *each,
                                  void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_SYNC_RUN_LIST);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, limit);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_sync_run r = {
            .n = get_int(st, 0),
            .target = get_int(st, 1),
            .started = get_int(st, 2),
            .ended = get_int(st, 3),
            .seen = get_int(st, 4),
            .created = get_int(st, 5),
            .changed = get_int(st, 6),
            .vanished = get_int(st, 7),
            .revived = get_int(st, 8),
            .held = get_int(st, 9),
            .complete = get_int(st, 10) != 0,
            .brake = get_int(st, 11) != 0,
            .error = get_text(st, 12),
        };
        if (!each(&r, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}
