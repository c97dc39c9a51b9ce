#include "store/listed.h"

#include "store/db_internal.h"

enum store_rc store_listed_put(struct store_db *db, int64_t n,
                               struct siphash digest)
{
    sqlite3_stmt *st = db_use(db, SQL_LISTED_PUT);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    put_int(st, 2, (int64_t)digest.a);
    put_int(st, 3, (int64_t)digest.b);
    return db_run(db, st);
}

enum store_rc store_listed_find(struct store_db *db, int64_t target,
                                const char *upstream_id, struct siphash digest,
                                int64_t *n)
{
    *n = 0;
    sqlite3_stmt *st = db_use(db, SQL_LISTED_FIND);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_text(st, 2, upstream_id);
    put_int(st, 3, (int64_t)digest.a);
    put_int(st, 4, (int64_t)digest.b);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *n = get_int(st, 0);
    db_end(db, st);
    return rc;
}
