#include "store/shown.h"

#include "store/resource_internal.h"
#include "store/store_internal.h"

#include <stdlib.h>
#include <string.h>

#define FORM_FACT "shown.form"

void store_shown_by(struct store *s, store_render *render, void *ctx)
{
    s->writer.db->render = render;
    s->writer.db->render_ctx = ctx;
}

/* ---- writing --------------------------------------------------------------
 */

static int64_t key_of(const struct store_resource *row)
{
    return row->target * SHOWN_TARGET + row->n;
}

static enum store_rc drop(struct store_db *db, const struct store_resource *row)
{
    sqlite3_stmt *st = db_use(db, SQL_SHOWN_DROP);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, key_of(row));
    return db_run(db, st);
}

enum store_rc shown_put(struct store_db *db, const struct store_resource *row)
{
    struct buf text = {0};
    size_t seen_at = 0;
    if (row->type != STORE_USER)
        return STORE_OK;
    if (row->state == STORE_ERASED)
        return drop(db, row);
    bool made = db->render != NULL &&
                db->render(row, db->render_ctx, &text, &seen_at) &&
                buf_ok(&text);
    sqlite3_stmt *st = db_use(db, SQL_SHOWN_PUT);
    enum store_rc rc = STORE_FAILED;
    if (st != NULL) {
        put_int(st, 1, key_of(row));
        put_int(st, 2, row->version);
        put_int(st, 3, row->seen);
        put_int(st, 4, made ? (int64_t)seen_at : 0);
        put_text(st, 5, made ? text.data : NULL);
        rc = db_run(db, st);
    }
    buf_clear(&text);
    return rc;
}

/* Lends a row by its number, with what an answer is made of. */
static enum store_rc lend_row(struct store_db *db, int64_t n, store_each *each,
                              void *ctx)
{
    struct store_resource row;
    sqlite3_stmt *st = db_use(db, SQL_ANSWER_BY_ROW);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, n);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK) {
        resource_lend(st, false, &row);
        (void)each(&row, ctx);
    }
    db_end(db, st);
    return rc;
}

struct remaking {
    struct store_db *db;
    enum store_rc rc;
};

static bool put_again(const struct store_resource *row, void *ctx)
{
    struct remaking *r = ctx;
    r->rc = shown_put(r->db, row);
    return true;
}

enum store_rc shown_follow(struct store_db *db, int64_t n)
{
    struct remaking r = {.db = db, .rc = STORE_OK};
    enum store_rc rc = lend_row(db, n, put_again, &r);
    return rc == STORE_OK ? r.rc : rc;
}

enum store_rc shown_remake(struct store_db *db, int64_t target)
{
    sqlite3_stmt *st = db_use(db, SQL_SHOWN_USERS);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        rc = shown_follow(db, get_int(st, 0));
        if (rc != STORE_OK)
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

static enum store_rc remake_all(struct store_db *db)
{
    sqlite3_stmt *st = db_use(db, SQL_TARGET_EVERY);
    if (st == NULL)
        return STORE_FAILED;
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        rc = shown_remake(db, get_int(st, 0));
        if (rc != STORE_OK)
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_shown_form(struct store_db *db, const char *form)
{
    char *stored = NULL;
    enum store_rc rc = store_fact_get(db, FORM_FACT, &stored);
    bool same = rc == STORE_OK && strcmp(stored, form) == 0;
    free(stored);
    if (same || rc == STORE_FAILED)
        return rc;
    rc = remake_all(db);
    return rc == STORE_OK ? store_fact_set(db, FORM_FACT, form) : rc;
}

/* ---- reading --------------------------------------------------------------
 */

static void lend(sqlite3_stmt *st, struct store_resource *r)
{
    int64_t k = get_int(st, 0);
    *r = (struct store_resource){.n = k % SHOWN_TARGET,
                                 .target = k / SHOWN_TARGET,
                                 .type = STORE_USER,
                                 .state = STORE_LINKED,
                                 .version = get_int(st, 1),
                                 .seen = get_int(st, 2),
                                 .seen_at = (size_t)get_int(st, 3),
                                 .shown = get_text(st, 4)};
    r->shown_len = (size_t)sqlite3_column_bytes(st, 4);
}

/* Hands one row on; false: no more are wanted. */
struct handing {
    store_each *each;
    void *ctx;
    bool more;
};

static bool hand(const struct store_resource *row, void *ctx)
{
    struct handing *h = ctx;
    h->more = h->each(row, h->ctx);
    return h->more;
}

enum store_rc shown_each(struct store_db *db, sqlite3_stmt *st,
                         store_each *each, void *ctx)
{
    struct handing h = {.each = each, .ctx = ctx, .more = true};
    struct store_resource row;
    enum store_rc rc = STORE_OK;
    while (h.more && rc == STORE_OK && (rc = db_step(db, st)) == STORE_OK) {
        lend(st, &row);
        if (row.shown != NULL)
            (void)hand(&row, &h);
        else
            rc = lend_row(db, row.n, hand, &h);
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

struct one {
    store_each *each;
    void *ctx;
    const char *id;
    bool found;
};

static bool take_one(const struct store_resource *row, void *ctx)
{
    struct one *one = ctx;
    struct store_resource named = *row;
    size_t len = strlen(one->id);
    one->found = true;
    if (len < sizeof named.id)
        memcpy(named.id, one->id, len + 1);
    (void)one->each(&named, one->ctx);
    return false;
}

enum store_rc store_shown_lend(struct store_db *db, int64_t target,
                               const char *id, store_each *each, void *ctx)
{
    struct one one = {.each = each, .ctx = ctx, .id = id};
    sqlite3_stmt *st = db_use(db, SQL_SHOWN_BY_ID);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_text(st, 2, id);
    enum store_rc rc = shown_each(db, st, take_one, &one);
    return rc == STORE_OK && !one.found ? STORE_NONE : rc;
}
