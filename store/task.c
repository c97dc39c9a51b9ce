/*
 * store/task.c - what a person must do
 *
 *   open    closed = 0; one of a kind for a resource at a time
 *   closed  closed > 0, with outcome and by whom; never opened again: the same
 *           need coming back is a new task
 */
#include "store/task.h"

#include "store/db_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void store_task_clear(struct store_task *t)
{
    free(t->kind);
    free(t->detail);
    free(t->outcome);
    free(t->closed_by);
    *t = (struct store_task){0};
}

enum store_rc store_task_open(struct store_db *db, struct store_task *t)
{
    sqlite3_stmt *st = db_use(db, SQL_TASK_OPEN);
    if (st == NULL)
        return STORE_FAILED;
    char wanted[ID_SIZE];
    (void)snprintf(wanted, sizeof wanted, "%s", t->id);
    put_text(st, 1, wanted);
    put_int(st, 2, t->target);
    put_int(st, 3, t->resource);
    put_text(st, 4, t->kind);
    put_text(st, 5, t->detail);
    put_int(st, 6, t->opened);
    put_int(st, 7, t->due);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK) {
        (void)snprintf(t->id, sizeof t->id, "%s", get_text(st, 0));
        t->opened = get_int(st, 1);
        rc = db_step(db, st);
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_task_close(struct store_db *db, const char *id,
                               const char *outcome, const char *by, int64_t now)
{
    sqlite3_stmt *st = db_use(db, SQL_TASK_CLOSE);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, id);
    put_text(st, 2, outcome);
    put_text(st, 3, by);
    put_int(st, 4, now);
    return db_run_one(db, st);
}

enum store_rc store_task_close_kind(struct store_db *db, int64_t resource,
                                    const char *kind, const char *outcome,
                                    const char *by, int64_t now)
{
    sqlite3_stmt *st = db_use(db, SQL_TASK_CLOSE_KIND);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    put_text(st, 2, kind);
    put_text(st, 3, outcome);
    put_text(st, 4, by);
    put_int(st, 5, now);
    return db_run(db, st);
}

enum store_rc store_task_set_detail(struct store_db *db, const char *id,
                                    const char *detail)
{
    sqlite3_stmt *st = db_use(db, SQL_TASK_DETAIL);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, id);
    put_text(st, 2, detail);
    return db_run_one(db, st);
}

enum store_rc store_task_alarm(struct store_db *db, const char *id, int64_t now)
{
    sqlite3_stmt *st = db_use(db, SQL_TASK_ALARM);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, id);
    put_int(st, 2, now);
    return db_run_one(db, st);
}

enum store_rc store_task_count(struct store_db *db, int64_t target, int64_t now,
                               struct store_task_counts *out)
{
    sqlite3_stmt *st = db_use(db, SQL_TASK_COUNT);
    *out = (struct store_task_counts){0};
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, now);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *out = (struct store_task_counts){get_int(st, 0), get_int(st, 1),
                                          get_int(st, 2)};
    db_end(db, st);
    return rc;
}

/* ---- reading --------------------------------------------------------------
 */

static bool same_or_none(char **to, const char *text)
{
    *to = text == NULL ? NULL : strdup(text);
    return text == NULL || *to != NULL;
}

static bool copy_task(const struct store_task *t, void *ctx)
{
    struct store_task *out = ctx;
    *out = *t;
    out->kind = out->detail = out->outcome = out->closed_by = NULL;
    if (!same_or_none(&out->kind, t->kind) ||
        !same_or_none(&out->detail, t->detail) ||
        !same_or_none(&out->outcome, t->outcome) ||
        !same_or_none(&out->closed_by, t->closed_by))
        store_task_clear(out);
    return false;
}

/* Lends each row of a bound statement, and gives it back. */
static enum store_rc each_row(struct store_db *db, sqlite3_stmt *st,
                              store_each_task *each, void *ctx)
{
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_task t = {
            .target = get_int(st, 1),
            .resource = get_int(st, 2),
            .kind = get_text(st, 3),
            .detail = get_text(st, 4),
            .opened = get_int(st, 5),
            .due = get_int(st, 6),
            .closed = get_int(st, 7),
            .outcome = get_text(st, 8),
            .closed_by = get_text(st, 9),
            .alarms = get_int(st, 10),
            .alarmed = get_int(st, 11),
        };
        (void)snprintf(t.id, sizeof t.id, "%s", get_text(st, 0));
        if (!each(&t, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_task_get(struct store_db *db, const char *id,
                             struct store_task *out)
{
    sqlite3_stmt *st = db_use(db, SQL_TASK_GET);
    bool found = false;
    *out = (struct store_task){0};
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, id);
    enum store_rc rc = each_row(db, st, copy_task, out);
    found = out->id[0] != '\0';
    return rc == STORE_OK && !found ? STORE_NONE : rc;
}

enum store_rc store_task_of(struct store_db *db, int64_t resource,
                            store_each_task *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_TASK_OF);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    return each_row(db, st, each, ctx);
}

enum store_rc store_task_list(struct store_db *db, int64_t target,
                              bool open_only, store_each_task *each, void *ctx)
{
    enum statement of_target =
                       open_only ? SQL_TASK_LIST_OPEN : SQL_TASK_LIST_ALL,
                   of_all = open_only ? SQL_TASK_EVERY_OPEN : SQL_TASK_EVERY;
    sqlite3_stmt *st = db_use(db, target == 0 ? of_all : of_target);
    if (st == NULL)
        return STORE_FAILED;
    if (target != 0)
        put_int(st, 1, target);
    return each_row(db, st, each, ctx);
}
