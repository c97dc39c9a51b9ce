#include "store/capability.h"

#include "store/db_internal.h"

enum store_rc store_capability_set(struct store_db *db,
                                   const struct store_capability *c)
{
    sqlite3_stmt *st = db_use(db, SQL_CAPABILITY_SET);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, c->target);
    put_text(st, 2, c->name);
    put_text(st, 3, c->verdict);
    put_text(st, 4, c->evidence);
    put_int(st, 5, c->at);
    return db_run(db, st);
}

enum store_rc store_capability_list(struct store_db *db, int64_t target,
                                    store_each_capability *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_CAPABILITY_LIST);
    enum store_rc rc;
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    while ((rc = db_step(db, st)) == STORE_OK) {
        const struct store_capability c = {
            .target = target,
            .name = get_text(st, 0),
            .verdict = get_text(st, 1),
            .evidence = get_text(st, 2),
            .at = get_int(st, 3),
        };
        if (!each(&c, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}
