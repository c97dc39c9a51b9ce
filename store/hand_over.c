#include "store/hand_over.h"

#include "store/db_internal.h"

#include <stdlib.h>

void store_hand_over_clear(struct store_hand_over *h)
{
    free(h->leaver);
    free(h->actor);
    free(h->request_id);
    free(h->error);
    free(h->outcome);
    *h = (struct store_hand_over){0};
}

enum store_rc store_hand_over_put(struct store_db *db,
                                  struct store_hand_over *h)
{
    sqlite3_stmt *st =
        db_use(db, h->n == 0 ? SQL_HAND_OVER_ADD : SQL_HAND_OVER_SET);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, h->leaver);
    put_int(st, 2, h->removal);
    put_int(st, 3, h->listed);
    put_int(st, 4, h->promised);
    put_int(st, 5, h->rounds);
    put_int(st, 6, h->failures);
    put_text(st, 7, h->actor);
    put_text(st, 8, h->request_id);
    put_int(st, 9, h->opened);
    put_int(st, 10, h->moved_at);
    put_int(st, 11, h->next_at);
    put_int(st, 12, h->alarmed);
    put_text(st, 13, h->error);
    put_int(st, 14, h->closed);
    put_text(st, 15, h->outcome);
    put_int(st, 18, h->blind);
    if (h->n != 0) {
        put_int(st, 16, h->n);
        return db_run_one(db, st);
    }
    put_int(st, 16, h->target);
    put_int(st, 17, h->resource);
    enum store_rc rc = db_run(db, st);
    if (rc == STORE_OK)
        h->n = sqlite3_last_insert_rowid(db->sql);
    return rc;
}

/* Reads one row of a bound statement into *out, as copies. */
static enum store_rc read_one(struct store_db *db, sqlite3_stmt *st,
                              struct store_hand_over *out)
{
    bool ok = true;
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *out = (struct store_hand_over){
            .n = get_int(st, 0),
            .target = get_int(st, 1),
            .resource = get_int(st, 2),
            .leaver = copy_text(get_text(st, 3), &ok),
            .removal = get_int(st, 4) != 0,
            .listed = get_int(st, 5) != 0,
            .promised = get_int(st, 6) != 0,
            .rounds = get_int(st, 7),
            .failures = get_int(st, 8),
            .actor = copy_text(get_text(st, 9), &ok),
            .request_id = copy_text(get_text(st, 10), &ok),
            .opened = get_int(st, 11),
            .moved_at = get_int(st, 12),
            .next_at = get_int(st, 13),
            .alarmed = get_int(st, 14),
            .error = copy_text(get_text(st, 15), &ok),
            .closed = get_int(st, 16),
            .outcome = copy_text(get_text(st, 17), &ok),
            .blind = get_int(st, 18) != 0,
        };
    db_end(db, st);
    if (ok)
        return rc;
    store_hand_over_clear(out);
    return db_no_memory(db);
}

enum store_rc store_hand_over_of(struct store_db *db, int64_t resource,
                                 bool any, struct store_hand_over *out)
{
    sqlite3_stmt *st = db_use(db, SQL_HAND_OVER_OF);
    *out = (struct store_hand_over){0};
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    put_int(st, 2, any);
    return read_one(db, st, out);
}

enum store_rc store_hand_over_next(struct store_db *db, int64_t target,
                                   int64_t after_next_at, int64_t after_n,
                                   struct store_hand_over *out)
{
    sqlite3_stmt *st = db_use(db, SQL_HAND_OVER_NEXT);
    *out = (struct store_hand_over){0};
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, after_next_at);
    put_int(st, 3, after_n);
    return read_one(db, st, out);
}

enum store_rc store_hand_over_item_put(struct store_db *db, int64_t hand_over,
                                       const struct store_hand_over_item *i)
{
    sqlite3_stmt *st = db_use(db, SQL_HAND_OVER_ITEM_PUT);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, hand_over);
    put_int(st, 2, i->place);
    put_text(st, 3, i->ticket);
    put_int(st, 4, (int)i->state);
    put_int(st, 5, i->entry);
    put_int(st, 6, i->tries);
    put_int(st, 7, i->kind);
    put_text(st, 8, i->heir);
    put_text(st, 9, i->name);
    put_text(st, 10, i->detail);
    return db_run(db, st);
}

enum store_rc store_hand_over_items(struct store_db *db, int64_t hand_over,
                                    store_each_item *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_HAND_OVER_ITEMS);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, hand_over);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_hand_over_item item = {
            .place = get_int(st, 0),
            .ticket = get_text(st, 1),
            .state = (enum store_item)get_int(st, 2),
            .entry = get_int(st, 3),
            .tries = get_int(st, 4),
            .kind = get_int(st, 5),
            .heir = get_text(st, 6),
            .name = get_text(st, 7),
            .detail = get_text(st, 8),
        };
        if (!each(&item, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}
