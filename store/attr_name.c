/*
 * store/attr_name.c - the numbers that stand for paths in the attribute index
 *
 * Some dozens of paths stand in millions of rows, so rows hold a number. The
 * writer keeps the pairs that it has met in memory, sorted by path.
 */
#include "store/db_internal.h"

#include <stdlib.h>
#include <string.h>

/* Where `path` stands or would stand; true when it is there. */
static bool find(const struct store_db *db, const char *path, size_t *at)
{
    size_t from = 0, to = db->name_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(db->names[middle].path, path);
        if (order == 0) {
            *at = middle;
            return true;
        }
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    *at = from;
    return false;
}

static enum store_rc look_up(struct store_db *db, const char *path, int64_t *n)
{
    sqlite3_stmt *st = db_use(db, SQL_NAME_FIND);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, path);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *n = get_int(st, 0);
    db_end(db, st);
    return rc;
}

static enum store_rc add(struct store_db *db, const char *path, int64_t *n)
{
    sqlite3_stmt *st = db_use(db, SQL_NAME_ADD);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, path);
    enum store_rc rc = db_run(db, st);
    if (rc == STORE_OK)
        *n = sqlite3_last_insert_rowid(db->sql);
    return rc;
}

/* The cache is an aid: without memory for it, the next call asks again. */
static void remember(struct store_db *db, size_t at, const char *path,
                     int64_t n)
{
    struct db_name *more =
        realloc(db->names, (db->name_count + 1) * sizeof *more);
    if (more == NULL)
        return;
    db->names = more;
    char *copy = strdup(path);
    if (copy == NULL)
        return;
    memmove(more + at + 1, more + at, (db->name_count - at) * sizeof *more);
    more[at] = (struct db_name){.path = copy, .n = n};
    db->name_count++;
}

enum store_rc db_name(struct store_db *db, const char *path, int64_t *n)
{
    size_t at;
    if (find(db, path, &at)) {
        *n = db->names[at].n;
        return STORE_OK;
    }
    enum store_rc rc = look_up(db, path, n);
    if (rc == STORE_NONE)
        rc = add(db, path, n);
    if (rc == STORE_OK)
        remember(db, at, path, *n);
    return rc;
}

void db_forget_names(struct store_db *db)
{
    for (size_t i = 0; i < db->name_count; i++)
        free(db->names[i].path);
    free(db->names);
    db->names = NULL;
    db->name_count = 0;
}
