/*
 * store/journal.c - writes in flight
 *
 *   open    closed = 0, outcome NULL: what happened upstream is unknown
 *   closed  closed > 0, outcome set; never opened again
 */
#include "store/journal.h"

#include "store/db_internal.h"

#include <stdio.h>
#include <stdlib.h>

void store_journal_clear(struct store_journal *j)
{
    free(j->action);
    free(j->intent);
    free(j->progress);
    free(j->request_id);
    free(j->actor);
    free(j->outcome);
    *j = (struct store_journal){0};
}

enum store_rc store_journal_open(struct store_db *db, struct store_journal *j)
{
    sqlite3_stmt *st = db_use(db, SQL_JOURNAL_OPEN);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, j->target);
    put_text(st, 2, j->id);
    put_int(st, 3, (int)j->type);
    put_text(st, 4, j->action);
    put_text(st, 5, j->intent);
    put_text(st, 6, j->progress);
    put_text(st, 7, j->request_id);
    put_text(st, 8, j->actor);
    put_int(st, 9, j->opened);
    enum store_rc rc = db_run(db, st);
    if (rc == STORE_OK)
        j->n = sqlite3_last_insert_rowid(db->sql);
    return rc;
}

enum store_rc store_journal_progress(struct store_db *db, int64_t n,
                                     const char *progress)
{
    sqlite3_stmt *st = db_use(db, SQL_JOURNAL_PROGRESS);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    put_text(st, 2, progress);
    return db_run_one(db, st);
}

enum store_rc store_journal_close(struct store_db *db, int64_t n, int64_t now,
                                  const char *outcome)
{
    sqlite3_stmt *st = db_use(db, SQL_JOURNAL_CLOSE);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    put_int(st, 2, now);
    put_text(st, 3, outcome);
    return db_run_one(db, st);
}

enum store_rc store_journal_open_entries(struct store_db *db, int64_t target,
                                         store_each_journal *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_JOURNAL_ENTRIES);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_journal j = {
            .n = get_int(st, 0),
            .target = get_int(st, 1),
            .type = get_int(st, 3) == 0 ? STORE_USER : STORE_GROUP,
            .action = get_text(st, 4),
            .intent = get_text(st, 5),
            .progress = get_text(st, 6),
            .request_id = get_text(st, 7),
            .actor = get_text(st, 8),
            .opened = get_int(st, 9),
            .closed = get_int(st, 10),
            .outcome = get_text(st, 11),
        };
        (void)snprintf(j.id, sizeof j.id, "%s", get_text(st, 2));
        if (!each(&j, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_journal_prune(struct store_db *db, int64_t before)
{
    sqlite3_stmt *st = db_use(db, SQL_JOURNAL_PRUNE);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, before);
    return db_run(db, st);
}
