/*
 * store/audit.c - a chain that shows whether a row was changed
 *
 * hash of row n = SHA-256 of: the hash of row n - 1 ("" before the first), then
 * n, at and target as decimal numbers, then the texts in the order of the
 * struct. Each part ends with a line end; a text is preceded by its length and
 * a colon, so no two rows make the same bytes; a text that is NULL is "-".
 */
#include "store/audit.h"

#include "base/buf.h"
#include "base/digest.h"
#include "store/db_internal.h"

#include <stdio.h>
#include <string.h>

/* The texts of a row, in the order of the columns and of the hash. */
enum { TEXTS = 9, FIRST_TEXT_COLUMN = 3, HASH_COLUMN = 12 };

static void texts_of(const struct store_audit *row, const char *out[TEXTS])
{
    const char *const texts[TEXTS] = {
        row->actor, row->request_id, row->action,  row->resource, row->before,
        row->after, row->calls,      row->outcome, row->detail};
    memcpy(out, texts, sizeof texts);
}

static bool hash_of(const struct store_audit *row, const char *before,
                    char out[DIGEST_TEXT_SIZE])
{
    struct buf b = {0};
    const char *texts[TEXTS];
    texts_of(row, texts);
    buf_fmt(&b, "%s\n%lld\n%lld\n%lld\n", before, (long long)row->n,
            (long long)row->at, (long long)row->target);
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i] == NULL)
            buf_str(&b, "-\n");
        else
            buf_fmt(&b, "%zu:%s\n", strlen(texts[i]), texts[i]);
    }
    bool ok = buf_ok(&b) && digest_sha256(b.data, b.len, out);
    buf_clear(&b);
    return ok;
}

/* Number and hash of the row written last; 0 and "" when there is none. A row
 * that was cut off since leaves its number and "": the gap stays to be seen. */
static enum store_rc last(struct store_db *db, int64_t *n,
                          char hash[DIGEST_TEXT_SIZE])
{
    *n = 0;
    hash[0] = '\0';
    sqlite3_stmt *st = db_use(db, SQL_AUDIT_LAST);
    if (st == NULL)
        return STORE_FAILED;
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK) {
        *n = get_int(st, 0);
        (void)snprintf(hash, DIGEST_TEXT_SIZE, "%s", get_text(st, 1));
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_audit_append(struct store_db *db,
                                 const struct store_audit *row)
{
    struct store_audit full = *row;
    char before[DIGEST_TEXT_SIZE], hash[DIGEST_TEXT_SIZE];
    const char *texts[TEXTS];
    enum store_rc rc = last(db, &full.n, before);
    if (rc != STORE_OK)
        return rc;
    full.n++;
    if (!hash_of(&full, before, hash))
        return db_refused(db, "The hash of an audit row cannot be computed.");
    sqlite3_stmt *st = db_use(db, SQL_AUDIT_ADD);
    if (st == NULL)
        return STORE_FAILED;
    texts_of(&full, texts);
    put_int(st, 1, full.n);
    put_int(st, 2, full.at);
    put_int(st, 3, full.target);
    for (int i = 0; i < TEXTS; i++)
        put_text(st, FIRST_TEXT_COLUMN + 1 + i, texts[i]);
    put_text(st, HASH_COLUMN + 1, hash);
    return db_run(db, st);
}

static struct store_audit lend(sqlite3_stmt *st)
{
    return (struct store_audit){
        .n = get_int(st, 0),
        .at = get_int(st, 1),
        .target = get_int(st, 2),
        .actor = get_text(st, 3),
        .request_id = get_text(st, 4),
        .action = get_text(st, 5),
        .resource = get_text(st, 6),
        .before = get_text(st, 7),
        .after = get_text(st, 8),
        .calls = get_text(st, 9),
        .outcome = get_text(st, 10),
        .detail = get_text(st, 11),
    };
}

enum store_rc store_audit_list(struct store_db *db, int64_t target,
                               const char *resource, int64_t after_n,
                               int64_t limit, store_each_audit *each, void *ctx)
{
    sqlite3_stmt *st =
        db_use(db, resource == NULL ? SQL_AUDIT_LIST : SQL_AUDIT_OF);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, target);
    put_int(st, 2, after_n);
    put_int(st, 3, limit);
    if (resource != NULL)
        put_text(st, 4, resource);
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_audit row = lend(st);
        if (!each(&row, ctx))
            break;
    }
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

/* The chain from the first row to the last; *rows counts those that hold. */
static enum store_rc follow(struct store_db *db, int64_t *rows, int64_t *bad)
{
    char before[DIGEST_TEXT_SIZE] = "", hash[DIGEST_TEXT_SIZE];
    *rows = *bad = 0;
    sqlite3_stmt *st = db_use(db, SQL_AUDIT_ALL);
    if (st == NULL)
        return STORE_FAILED;
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        struct store_audit row = lend(st);
        const char *stored = get_text(st, HASH_COLUMN);
        if (row.n != *rows + 1 || !hash_of(&row, before, hash) ||
            strcmp(hash, stored) != 0) {
            *bad = row.n;
            break;
        }
        memcpy(before, hash, sizeof before);
        ++*rows;
    }
    db_end(db, st);
    /* Stopped at a row: broken. At the end: whole. */
    return rc == STORE_OK ? STORE_NONE : rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc store_audit_verify(struct store_db *db, int64_t *bad)
{
    char hash[DIGEST_TEXT_SIZE];
    int64_t rows, written = 0;
    enum store_rc rc = store_read_begin(db);
    if (rc != STORE_OK)
        return rc;
    rc = follow(db, &rows, bad);
    if (rc == STORE_OK)
        rc = last(db, &written, hash);
    store_read_end(db);
    if (rc != STORE_OK || written == rows)
        return rc;
    *bad = rows + 1;
    return STORE_NONE;
}
