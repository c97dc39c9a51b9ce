/*
 * store/attr.c - the index of attribute values
 *
 * A write changes few values of a resource, so the stored rows are compared
 * with the wanted ones, both in the order of the key, and only what differs is
 * touched: each row is in two trees, and each page of a tree that is touched
 * goes through the WAL.
 */
#include "store/resource_internal.h"

#include <stdlib.h>
#include <string.h>

struct key {
    int64_t path;
    int element, nth;
};
struct wanted {
    struct key key;
    const struct store_attr *value;
    enum { ABSENT, OTHER, SAME } stored;
};
struct stale {
    struct key *keys; /* owned */
    size_t count, cap;
};

static int compare_keys(const struct key *a, const struct key *b)
{
    if (a->path != b->path)
        return a->path < b->path ? -1 : 1;
    if (a->element != b->element)
        return a->element < b->element ? -1 : 1;
    return (a->nth > b->nth) - (a->nth < b->nth);
}

static int compare_wanted(const void *a, const void *b)
{
    const struct wanted *one = a, *other = b;
    return compare_keys(&one->key, &other->key);
}

/* The wanted rows in the order of the table's key. */
static enum store_rc sort_wanted(struct store_db *db,
                                 const struct store_attr *attrs, size_t count,
                                 struct wanted *rows)
{
    for (size_t i = 0; i < count; i++) {
        struct wanted *row = &rows[i];
        *row = (struct wanted){.value = &attrs[i]};
        enum store_rc rc = db_name(db, attrs[i].path, &row->key.path);
        if (rc != STORE_OK)
            return rc;
        row->key.element = attrs[i].element;
        row->key.nth = (int)i; /* for now: keeps the order of equal ones */
    }
    qsort(rows, count, sizeof *rows, compare_wanted);
    for (size_t i = 0; i < count; i++) {
        struct key *key = &rows[i].key;
        const struct key *before = i == 0 ? NULL : &rows[i - 1].key;
        bool again = before != NULL && before->path == key->path &&
                     before->element == key->element;
        key->nth = again ? before->nth + 1 : 0;
    }
    return STORE_OK;
}

static bool same_value(sqlite3_stmt *st, const struct store_attr *value)
{
    if ((get_int(st, 5) != 0) != value->primary)
        return false;
    const char *key = get_text(st, 3);
    if (key == NULL || value->key == NULL)
        return key == NULL && value->key == NULL &&
               sqlite3_column_double(st, 4) == value->number;
    return strcmp(key, value->key) == 0;
}

static bool add_stale(struct stale *list, const struct key *key)
{
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 16 : list->cap * 2;
        struct key *keys = realloc(list->keys, cap * sizeof *keys);
        if (keys == NULL)
            return false;
        list->keys = keys;
        list->cap = cap;
    }
    list->keys[list->count++] = *key;
    return true;
}

/* Marks the rows that are stored already, and gathers those to delete. */
static enum store_rc compare(struct store_db *db, int64_t resource,
                             struct wanted *rows, size_t count,
                             struct stale *stale)
{
    sqlite3_stmt *st = db_use(db, SQL_ATTR_OF);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, resource);
    enum store_rc rc;
    size_t at = 0;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct key key = {.path = get_int(st, 0),
                          .element = (int)get_int(st, 1),
                          .nth = (int)get_int(st, 2)};
        while (at < count && compare_keys(&rows[at].key, &key) < 0)
            at++;
        if (at < count && compare_keys(&rows[at].key, &key) == 0)
            rows[at].stored = same_value(st, rows[at].value) ? SAME : OTHER;
        else if (!add_stale(stale, &key)) {
            rc = db_no_memory(db);
            break;
        }
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

static void bind_key(sqlite3_stmt *st, int64_t resource, const struct key *key)
{
    put_int(st, 1, resource);
    put_int(st, 2, key->path);
    put_int(st, 3, key->element);
    put_int(st, 4, key->nth);
}

static enum store_rc drop(struct store_db *db, int64_t resource,
                          const struct key *key)
{
    sqlite3_stmt *st = db_use(db, SQL_ATTR_DROP);
    if (st == NULL)
        return STORE_FAILED;
    bind_key(st, resource, key);
    return db_run(db, st);
}

/* Two statements: a REPLACE would keep a copy of each page that it touches, to
 * be able to take itself back. */
static enum store_rc set(struct store_db *db, int64_t resource,
                         const struct wanted *row)
{
    sqlite3_stmt *st =
        db_use(db, row->stored == ABSENT ? SQL_ATTR_ADD : SQL_ATTR_SET);
    if (st == NULL)
        return STORE_FAILED;
    bind_key(st, resource, &row->key);
    put_text(st, 5, row->value->key);
    if (row->value->key == NULL)
        (void)sqlite3_bind_double(st, 6, row->value->number);
    else
        (void)sqlite3_bind_null(st, 6);
    put_int(st, 7, row->value->primary);
    return db_run(db, st);
}

enum store_rc attr_put(struct store_db *db, int64_t resource,
                       const struct store_attr *attrs, size_t count, bool born)
{
    struct stale stale = {0};
    struct wanted *rows = calloc(count + 1, sizeof *rows);
    if (rows == NULL)
        return db_no_memory(db);
    enum store_rc rc = sort_wanted(db, attrs, count, rows);
    if (rc == STORE_OK && !born)
        rc = compare(db, resource, rows, count, &stale);
    for (size_t i = 0; rc == STORE_OK && i < stale.count; i++)
        rc = drop(db, resource, &stale.keys[i]);
    for (size_t i = 0; rc == STORE_OK && i < count; i++)
        if (rows[i].stored != SAME)
            rc = set(db, resource, &rows[i]);
    free(stale.keys);
    free(rows);
    return rc;
}
