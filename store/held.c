#include "store/held.h"

#include "store/db_internal.h"

/* ---- departures -----------------------------------------------------------
 */

enum store_rc store_departure_count(struct store_db *db, int64_t target,
                                    int64_t since, int64_t except,
                                    struct store_departures *out)
{
    *out = (struct store_departures){0};
    sqlite3_stmt *st = db_use(db, SQL_DEPARTURE_COUNT);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, since);
    put_int(st, 3, except);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *out = (struct store_departures){get_int(st, 0), get_int(st, 1)};
    db_end(db, st);
    return rc;
}

enum store_rc store_departure_forget(struct store_db *db, int64_t target,
                                     int64_t before)
{
    sqlite3_stmt *st = db_use(db, SQL_DEPARTURE_FORGET);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, before);
    return db_run(db, st);
}

enum store_rc store_departure_add(struct store_db *db, int64_t target,
                                  int64_t resource, int64_t at, int64_t forget)
{
    enum store_rc rc = store_departure_forget(db, target, forget);
    sqlite3_stmt *st = rc == STORE_OK ? db_use(db, SQL_DEPARTURE_ADD) : NULL;
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, resource);
    put_int(st, 3, at);
    return db_run(db, st);
}

/* ---- held rows ------------------------------------------------------------
 */

enum store_rc store_held_add(struct store_db *db, const struct store_held *h)
{
    sqlite3_stmt *st = db_use(db, SQL_HELD_ADD);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, h->target);
    put_int(st, 2, h->resource);
    put_text(st, 3, h->kind);
    put_text(st, 4, h->actor);
    put_text(st, 5, h->request_id);
    put_int(st, 6, h->at);
    return db_run(db, st);
}

static struct store_held lend(sqlite3_stmt *st)
{
    return (struct store_held){
        .n = get_int(st, 0),
        .resource = get_int(st, 1),
        .id = get_text(st, 2),
        .display = get_text(st, 3),
        .kind = get_text(st, 4),
        .actor = get_text(st, 5),
        .request_id = get_text(st, 6),
        .at = get_int(st, 7),
        .released = get_int(st, 8),
    };
}

/* Hands on every row; STORE_NONE: there was none. */
static enum store_rc hand_on(struct store_db *db, sqlite3_stmt *st,
                             int64_t target, store_each_held *each, void *ctx)
{
    enum store_rc rc;
    bool any = false, more = true;
    while (more && (rc = db_step(db, st)) == STORE_OK) {
        struct store_held h = lend(st);
        h.target = target;
        any = true;
        more = each(&h, ctx);
    }
    db_end(db, st);
    if (more && rc == STORE_FAILED)
        return rc;
    return any ? STORE_OK : STORE_NONE;
}

enum store_rc store_held_of(struct store_db *db, int64_t resource,
                            store_each_held *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_HELD_OF);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    return hand_on(db, st, 0, each, ctx);
}

enum store_rc store_held_list(struct store_db *db, int64_t target,
                              int64_t after, int64_t limit,
                              store_each_held *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_HELD_LIST);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, after);
    put_int(st, 3, limit);
    enum store_rc rc = hand_on(db, st, target, each, ctx);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_held_next(struct store_db *db, int64_t target,
                              int64_t after, store_each_held *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_HELD_NEXT);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, after);
    return hand_on(db, st, target, each, ctx);
}

enum store_rc store_held_counts(struct store_db *db, int64_t target,
                                struct store_held_count *out)
{
    *out = (struct store_held_count){0};
    sqlite3_stmt *st = db_use(db, SQL_HELD_COUNT);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *out = (struct store_held_count){get_int(st, 0), get_int(st, 1),
                                         get_int(st, 2)};
    db_end(db, st);
    return rc;
}

static enum store_rc decide(struct store_db *db, enum statement which,
                            int64_t target, int64_t now, const char *by)
{
    sqlite3_stmt *st = db_use(db, which);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, now);
    put_text(st, 3, by);
    return db_run(db, st);
}

enum store_rc store_held_release(struct store_db *db, int64_t target,
                                 int64_t now, const char *by, int64_t *count)
{
    enum store_rc rc = decide(db, SQL_HELD_RELEASE, target, now, by);
    *count = rc == STORE_OK ? sqlite3_changes64(db->sql) : 0;
    return rc;
}

enum store_rc store_held_discard(struct store_db *db, int64_t target,
                                 int64_t now, const char *by, int64_t *count)
{
    enum store_rc rc = decide(db, SQL_HELD_DISCARD, target, now, by);
    *count = rc == STORE_OK ? sqlite3_changes64(db->sql) : 0;
    return rc;
}

enum store_rc store_held_close(struct store_db *db, int64_t resource,
                               int64_t now, const char *outcome)
{
    sqlite3_stmt *st = db_use(db, SQL_HELD_CLOSE);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    put_int(st, 2, now);
    put_text(st, 3, outcome);
    return db_run_one(db, st);
}

enum store_rc store_held_returned(struct store_db *db, int64_t target,
                                  int64_t now)
{
    sqlite3_stmt *st = db_use(db, SQL_HELD_RETURNED);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, now);
    return db_run(db, st);
}
