#include "store/resource.h"

#include "store/resource_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- the struct -----------------------------------------------------------
 */

/* Every text of the struct, for all that is done to each of them. */
#define RESOURCE_TEXTS(X)                                                      \
    X(upstream_id)                                                             \
    X(identity)                                                                \
    X(kind)                                                                    \
    X(role)                                                                    \
    X(external_id)                                                             \
    X(name_key)                                                                \
    X(display_key)                                                             \
    X(match_key)                                                               \
    X(body)                                                                    \
    X(extension)                                                               \
    X(groups)                                                                  \
    X(upstream)

void store_resource_clear(struct store_resource *r)
{
#define X(field) free(r->field);
    RESOURCE_TEXTS(X)
#undef X
    *r = (struct store_resource){0};
}

bool store_resource_copy(struct store_resource *to,
                         const struct store_resource *from)
{
    bool ok = true;
    *to = *from;
#define X(field) to->field = copy_text(from->field, &ok);
    RESOURCE_TEXTS(X)
#undef X
    if (!ok)
        store_resource_clear(to);
    return ok;
}

static void lend_numbers(sqlite3_stmt *st, struct store_resource *r)
{
    r->n = get_int(st, 0);
    r->target = get_int(st, 1);
    r->type = get_int(st, 2) == 0 ? STORE_USER : STORE_GROUP;
    r->state = (enum store_state)get_int(st, 3);
    const char *id = get_text(st, 4);
    size_t len = id == NULL ? 0 : strlen(id);
    if (len < sizeof r->id)
        memcpy(r->id, id == NULL ? "" : id, len + 1);
    r->active = get_int(st, 6) != 0;
    r->version = get_int(st, 7);
    r->created = get_int(st, 8);
    r->modified = get_int(st, 9);
    r->seen = get_int(st, 10);
}

void resource_lend(sqlite3_stmt *st, bool all, struct store_resource *r)
{
    *r = (struct store_resource){0};
    lend_numbers(st, r);
    r->kind = get_text(st, 5);
    r->body = get_text(st, 11);
    r->extension = get_text(st, 12);
    r->groups = get_text(st, 13);
    if (!all)
        return;
    r->upstream_id = get_text(st, 14);
    r->identity = get_text(st, 15);
    r->role = get_text(st, 16);
    r->external_id = get_text(st, 17);
    r->name_key = get_text(st, 18);
    r->display_key = get_text(st, 19);
    r->match_key = get_text(st, 20);
    r->upstream = get_text(st, 21);
}

enum store_rc resource_each(struct store_db *db, sqlite3_stmt *st, bool all,
                            store_each *each, void *ctx)
{
    struct store_resource row;
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        resource_lend(st, all, &row);
        if (!each(&row, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

/* ---- finding one ----------------------------------------------------------
 */

/* The first row of a bound statement, copied. */
static enum store_rc one(struct store_db *db, sqlite3_stmt *st,
                         struct store_resource *out)
{
    struct store_resource row;
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK) {
        resource_lend(st, true, &row);
        if (!store_resource_copy(out, &row))
            rc = db_no_memory(db);
    }
    db_end(db, st);
    return rc;
}

/* The row that a text names within a target and, where `type` >= 0, a type. */
static enum store_rc find(struct store_db *db, enum statement which,
                          int64_t target, int type, const char *text,
                          struct store_resource *out)
{
    *out = (struct store_resource){0};
    sqlite3_stmt *st = db_use(db, which);
    if (st == NULL)
        return STORE_FAILED;
    int at = 1;
    put_int(st, at++, target);
    if (type >= 0)
        put_int(st, at++, type);
    put_text(st, at, text);
    return one(db, st, out);
}

enum store_rc store_resource_get(struct store_db *db, int64_t target,
                                 enum store_type type, const char *id,
                                 struct store_resource *out)
{
    return find(db, SQL_RESOURCE_BY_ID, target, (int)type, id, out);
}

enum store_rc store_resource_get_row(struct store_db *db, int64_t n,
                                     struct store_resource *out)
{
    *out = (struct store_resource){0};
    sqlite3_stmt *st = db_use(db, SQL_RESOURCE_BY_ROW);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    return one(db, st, out);
}

enum store_rc store_resource_by_upstream(struct store_db *db, int64_t target,
                                         enum store_type type,
                                         const char *upstream_id,
                                         struct store_resource *out)
{
    return find(db, SQL_RESOURCE_BY_UPSTREAM, target, (int)type, upstream_id,
                out);
}

enum store_rc store_resource_by_name(struct store_db *db, int64_t target,
                                     enum store_type type, const char *key,
                                     struct store_resource *out)
{
    return find(db, type == STORE_USER ? SQL_USER_BY_NAME : SQL_GROUP_BY_NAME,
                target, -1, key, out);
}

enum store_rc store_resource_by_match(struct store_db *db, int64_t target,
                                      const char *key, bool erased,
                                      struct store_resource *out)
{
    *out = (struct store_resource){0};
    sqlite3_stmt *st = db_use(db, SQL_USER_BY_MATCH);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_text(st, 2, key);
    put_int(st, 3, erased);
    return one(db, st, out);
}

enum store_rc store_resource_lend(struct store_db *db, int64_t target,
                                  enum store_type type, const char *id,
                                  store_each *each, void *ctx)
{
    struct store_resource row;
    sqlite3_stmt *st = db_use(db, SQL_RESOURCE_LEND);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, (int)type);
    put_text(st, 3, id);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK) {
        resource_lend(st, false, &row);
        (void)each(&row, ctx);
    }
    db_end(db, st);
    return rc;
}

enum store_rc store_resource_seats(struct store_db *db, int64_t target,
                                   int64_t but, int64_t *count)
{
    sqlite3_stmt *st = db_use(db, SQL_SEATS);
    *count = 0;
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, but);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *count = get_int(st, 0);
    db_end(db, st);
    return rc;
}

enum store_rc store_resource_in_state(struct store_db *db, int64_t target,
                                      enum store_type type,
                                      enum store_state state,
                                      store_each_row *each, void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_RESOURCE_IN_STATE);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, (int)type);
    put_int(st, 3, (int)state);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK)
        if (!each(get_int(st, 0), ctx))
            break;
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_resource_all(struct store_db *db, int64_t target,
                                 enum store_type type, store_each *each,
                                 void *ctx)
{
    sqlite3_stmt *st = db_use(db, SQL_RESOURCE_EVERY);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, (int)type);
    return resource_each(db, st, true, each, ctx);
}

/* ---- storing one ----------------------------------------------------------
 */

/* The statements that store a row all number its columns alike. */
static void bind_row(sqlite3_stmt *st, const struct store_resource *r)
{
    put_int(st, 3, (int)r->state);
    put_text(st, 5, r->upstream_id);
    put_text(st, 6, r->identity);
    put_text(st, 7, r->kind);
    put_text(st, 8, r->role);
    put_text(st, 9, r->external_id);
    put_text(st, 10, r->name_key);
    put_text(st, 11, r->display_key);
    put_text(st, 12, r->match_key);
    put_int(st, 13, r->active);
    put_int(st, 14, r->version);
    put_int(st, 15, r->created);
    put_int(st, 16, r->modified);
    put_int(st, 17, r->seen);
    put_text(st, 18, r->body);
    put_text(st, 19, r->extension);
    put_text(st, 20, r->upstream);
    put_int(st, 21, r->n);
}

static enum store_rc insert(struct store_db *db, struct store_resource *r)
{
    sqlite3_stmt *st = db_use(db, SQL_RESOURCE_ADD);
    if (st == NULL)
        return STORE_FAILED;
    bind_row(st, r);
    put_int(st, 1, r->target);
    put_int(st, 2, (int)r->type);
    put_text(st, 4, r->id);
    enum store_rc rc = db_run(db, st);
    if (rc == STORE_OK)
        r->n = sqlite3_last_insert_rowid(db->sql);
    return rc;
}

/* SQLite rewrites every index whose column is named in an UPDATE, changed or
 * not; most updates change no key, and name none then. */
static enum store_rc update(struct store_db *db, const struct store_resource *r)
{
    sqlite3_stmt *st = db_use(db, SQL_RESOURCE_SAME_KEYS);
    if (st == NULL)
        return STORE_FAILED;
    bind_row(st, r);
    enum store_rc rc = db_step(db, st);
    bool same = rc == STORE_OK && get_int(st, 0) != 0;
    db_end(db, st);
    if (rc == STORE_NONE)
        return db_refused(db, "A row to be replaced does not exist.");
    if (rc != STORE_OK)
        return rc;
    st = db_use(db, same ? SQL_RESOURCE_SET_BODY : SQL_RESOURCE_SET);
    if (st == NULL)
        return STORE_FAILED;
    bind_row(st, r);
    return db_run(db, st);
}

enum store_rc store_resource_put(struct store_db *db, struct store_resource *r,
                                 const struct store_attr *attrs,
                                 size_t attr_count)
{
    bool born = r->n == 0;
    enum store_rc rc = born ? insert(db, r) : update(db, r);
    if (rc == STORE_OK)
        rc = attr_put(db, r->n, attrs, attr_count, born);
    if (rc == STORE_OK && r->type == STORE_USER)
        rc = born ? shown_put(db, r) : shown_follow(db, r->n);
    if (rc != STORE_OK && born)
        r->n = 0;
    return rc;
}
