#include "store/db_internal.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_TIMEOUT_MS = 5000 };

static const struct {
    const char *sql;
    unsigned flags;
} statements[STATEMENT_COUNT] = {
#define X(name, sql) {sql, SQLITE_PREPARE_PERSISTENT},
    STATEMENTS(X)
#undef X
};

/* ---- errors ---------------------------------------------------------------
 */

const char *db_advice(int code)
{
    static const struct {
        int code;
        const char *advice;
    } table[] = {
        {SQLITE_FULL, " Free space on its disk, then try again."},
        {SQLITE_IOERR, " Check its disk, then try again."},
        {SQLITE_CORRUPT, " The file is damaged: stop the bridge and put back "
                         "a backup."},
        {SQLITE_NOTADB, " The file is damaged, or no database at all: stop "
                        "the bridge and put back a backup."},
        {SQLITE_READONLY, " Make the file and its folder writable."},
        {SQLITE_CANTOPEN, " Make sure that its folder exists and that this "
                          "user may write there."},
        {SQLITE_PERM, " Make the file and its folder writable."},
        {SQLITE_BUSY, " Another program holds it: end that, then try again."},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].code == (code & 0xff))
            return table[i].advice;
    return "";
}

enum store_rc db_failed(struct store_db *db)
{
    int code = sqlite3_extended_errcode(db->sql);
    (void)snprintf(db->error, sizeof db->error,
                   "The database failed: %s (%d).%s", sqlite3_errmsg(db->sql),
                   code, db_advice(code));
    bool clash = code == SQLITE_CONSTRAINT_UNIQUE ||
                 code == SQLITE_CONSTRAINT_PRIMARYKEY;
    return clash ? STORE_CLASH : STORE_FAILED;
}

enum store_rc db_refused(struct store_db *db, const char *sentence)
{
    (void)snprintf(db->error, sizeof db->error, "%s", sentence);
    return STORE_FAILED;
}

enum store_rc db_no_memory(struct store_db *db)
{
    return db_refused(db, "Memory ran out.");
}

const char *store_db_error(const struct store_db *db)
{
    return db->error;
}

/* ---- opening --------------------------------------------------------------
 */

enum store_rc db_exec(struct store_db *db, const char *sql)
{
    if (sqlite3_exec(db->sql, sql, NULL, NULL, NULL) == SQLITE_OK)
        return STORE_OK;
    (void)db_failed(db);
    return STORE_FAILED;
}

enum store_rc db_number(struct store_db *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *st = NULL;
    *out = 0;
    int code = sqlite3_prepare_v2(db->sql, sql, -1, &st, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(st);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(st, 0);
    else if (code != SQLITE_DONE)
        (void)db_failed(db);
    (void)sqlite3_finalize(st);
    return code == SQLITE_ROW || code == SQLITE_DONE ? STORE_OK : STORE_FAILED;
}

/* The store itself decides when the WAL goes back into the file (see
 * checkpoint.c), so SQLite's own checkpoints are off. */
static bool configure(struct store_db *db, const struct db_options *options)
{
    char cache[64];
    (void)snprintf(cache, sizeof cache, "PRAGMA cache_size = -%d",
                   options->cache_kib);
    (void)sqlite3_extended_result_codes(db->sql, 1);
    (void)sqlite3_busy_timeout(db->sql, BUSY_TIMEOUT_MS);
    if (db_exec(db, cache) != STORE_OK ||
        db_exec(db, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; "
                    "PRAGMA wal_autocheckpoint = 0;"
                    "PRAGMA synchronous = FULL;"
                    "PRAGMA journal_size_limit = 67108864;") != STORE_OK)
        return false;
    /* Deleted values are overwritten wherever that costs no page more. */
    return db_exec(db, options->reader
                           ? "PRAGMA query_only = ON"
                           : "PRAGMA secure_delete = FAST") == STORE_OK;
}

struct store_db *db_open(const char *path, const struct db_options *options,
                         struct error *err)
{
    struct store_db *db = calloc(1, sizeof *db);
    if (db == NULL) {
        error_set(err, "Memory ran out.");
        return NULL;
    }
    db->reader = options->reader;
    atomic_init(&db->turn, DB_IDLE);
    /* One thread at a time uses a connection, so it needs no mutex. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                (options->create ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(path, &db->sql, flags, NULL);
    if (code == SQLITE_OK && configure(db, options))
        return db;
    if (code == SQLITE_OK)
        code = sqlite3_errcode(db->sql);
    error_set(err, "The database %s cannot be opened: %s.%s", path,
              db->sql == NULL ? "memory ran out" : sqlite3_errmsg(db->sql),
              db_advice(code));
    db_close(db);
    return NULL;
}

void db_close(struct store_db *db)
{
    if (db == NULL)
        return;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(db->fixed[i]);
    for (size_t i = 0; i < DB_EXTRA; i++)
        (void)sqlite3_finalize(db->extra[i]);
    for (size_t i = 0; i < DB_QUERIES; i++) {
        (void)sqlite3_finalize(db->queries[i].st);
        free(db->queries[i].text);
    }
    db_forget_names(db);
    (void)sqlite3_close(db->sql);
    free(db);
}

/* ---- snapshots ------------------------------------------------------------
 */

static sqlite3_stmt *prepared(struct store_db *db, enum statement which)
{
    sqlite3_stmt **st = &db->fixed[which];
    if (*st == NULL &&
        sqlite3_prepare_v3(db->sql, statements[which].sql, -1,
                           statements[which].flags, st, NULL) != SQLITE_OK)
        (void)db_failed(db);
    return *st;
}

/* Runs one of the statements that begin and end transactions of a reader. */
static enum store_rc turn_run(struct store_db *db, enum statement which)
{
    sqlite3_stmt *st = prepared(db, which);
    if (st == NULL)
        return STORE_FAILED;
    (void)sqlite3_step(st);
    if (sqlite3_reset(st) == SQLITE_OK)
        return STORE_OK;
    (void)db_failed(db);
    return STORE_FAILED;
}

static uint64_t generation(const struct store_db *db)
{
    return atomic_load_explicit(&db->generation, memory_order_acquire);
}

static bool end_snapshot(struct store_db *db)
{
    if (db->snapshot && turn_run(db, SQL_END_READ) == STORE_OK)
        db->snapshot = false;
    return !db->snapshot;
}

static enum store_rc renew(struct store_db *db)
{
    /* Read before the snapshot is taken: a commit in between makes it newer
     * than its number says, and only costs one renewal too many. */
    uint64_t now = atomic_load_explicit(db->committed, memory_order_acquire);
    if (db->snapshot && generation(db) == now)
        return STORE_OK;
    if (!end_snapshot(db) || turn_run(db, SQL_BEGIN_READ) != STORE_OK)
        return STORE_FAILED;
    db->snapshot = true;
    atomic_store_explicit(&db->generation, now, memory_order_release);
    return STORE_OK;
}

static bool take_turn(struct store_db *db)
{
    int idle = DB_IDLE;
    return atomic_compare_exchange_strong_explicit(
        &db->turn, &idle, DB_BUSY, memory_order_acquire, memory_order_relaxed);
}

static void give_turn(struct store_db *db)
{
    atomic_store_explicit(&db->turn, DB_IDLE, memory_order_release);
}

enum store_rc db_enter(struct store_db *db)
{
    if (!db->reader)
        return STORE_OK;
    if (db->depth > 0) {
        db->depth++;
        return STORE_OK;
    }
    /* Only db_drop_snapshot can be in the way, and it is soon done. */
    while (!take_turn(db))
        (void)sched_yield();
    if (renew(db) != STORE_OK) {
        give_turn(db);
        return STORE_FAILED;
    }
    db->depth = 1;
    return STORE_OK;
}

void db_leave(struct store_db *db)
{
    if (!db->reader || --db->depth > 0)
        return;
    if (!db->keeps ||
        generation(db) !=
            atomic_load_explicit(db->committed, memory_order_acquire))
        (void)end_snapshot(db);
    give_turn(db);
}

bool db_drop_snapshot(struct store_db *db)
{
    if (!db->reader || !take_turn(db))
        return false;
    bool dropped = end_snapshot(db);
    give_turn(db);
    return dropped;
}

bool db_is_newer(struct store_db *db, uint64_t since)
{
    return generation(db) >= since || db_drop_snapshot(db);
}

enum store_rc store_read_begin(struct store_db *db)
{
    return db_enter(db);
}

void store_read_end(struct store_db *db)
{
    db_leave(db);
}

void store_reader_idle(struct store_db *db)
{
    (void)db_drop_snapshot(db);
}

/* ---- limits ---------------------------------------------------------------
 */

enum { STEPS_AT_ONCE = 500 };

/* sqlite3_progress_handler: anything but 0 ends the statement. */
static int count_steps(void *ctx)
{
    struct store_db *db = ctx;
    db->steps_left -= STEPS_AT_ONCE;
    db->over = db->steps_left <= 0;
    return db->over;
}

void store_reader_limit(struct store_db *db, int64_t steps)
{
    db->over = false;
    db->steps_left = steps;
    sqlite3_progress_handler(db->sql, steps > 0 ? STEPS_AT_ONCE : 0,
                             steps > 0 ? count_steps : NULL, db);
}

bool store_reader_over(const struct store_db *db)
{
    return db->over;
}

/* ---- statements -----------------------------------------------------------
 */

/* A statement for this use alone, which db_end finalizes. */
static sqlite3_stmt *extra(struct store_db *db, const char *sql, size_t len)
{
    size_t free_at = 0;
    while (free_at < DB_EXTRA && db->extra[free_at] != NULL)
        free_at++;
    if (free_at == DB_EXTRA) {
        (void)db_refused(db, "Queries are nested too deeply.");
        return NULL;
    }
    if (sqlite3_prepare_v3(db->sql, sql, (int)len, 0, &db->extra[free_at],
                           NULL) != SQLITE_OK)
        (void)db_failed(db);
    return db->extra[free_at];
}

sqlite3_stmt *db_use(struct store_db *db, enum statement which)
{
    if (db_enter(db) != STORE_OK)
        return NULL;
    sqlite3_stmt *st = prepared(db, which);
    if (st != NULL && sqlite3_stmt_busy(st)) {
        const char *sql = statements[which].sql;
        st = extra(db, sql, strlen(sql));
    }
    if (st == NULL)
        db_leave(db);
    return st;
}

sqlite3_stmt *db_use_text(struct store_db *db, const char *sql, size_t len)
{
    if (db_enter(db) != STORE_OK)
        return NULL;
    sqlite3_stmt *st = extra(db, sql, len);
    if (st == NULL)
        db_leave(db);
    return st;
}

sqlite3_stmt *db_use_kept(struct store_db *db, sqlite3_stmt *st)
{
    return db_enter(db) == STORE_OK ? st : NULL;
}

void db_end(struct store_db *db, sqlite3_stmt *st)
{
    (void)sqlite3_reset(st);
    for (size_t i = 0; i < DB_EXTRA; i++) {
        if (db->extra[i] != st)
            continue;
        (void)sqlite3_finalize(st);
        db->extra[i] = NULL;
    }
    db_leave(db);
}

enum store_rc db_step(struct store_db *db, sqlite3_stmt *st)
{
    switch (sqlite3_step(st)) {
    case SQLITE_ROW:
        return STORE_OK;
    case SQLITE_DONE:
        return STORE_NONE;
    default:
        return db_failed(db);
    }
}

enum store_rc db_run(struct store_db *db, sqlite3_stmt *st)
{
    enum store_rc rc = db_step(db, st);
    while (rc == STORE_OK)
        rc = db_step(db, st);
    db_end(db, st);
    return rc == STORE_NONE ? STORE_OK : rc;
}

enum store_rc db_run_one(struct store_db *db, sqlite3_stmt *st)
{
    enum store_rc rc = db_run(db, st);
    if (rc == STORE_OK && sqlite3_changes(db->sql) == 0)
        return STORE_NONE;
    return rc;
}

void put_int(sqlite3_stmt *st, int at, int64_t value)
{
    (void)sqlite3_bind_int64(st, at, value);
}

void put_text(sqlite3_stmt *st, int at, const char *text)
{
    (void)sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

int64_t get_int(sqlite3_stmt *st, int at)
{
    return sqlite3_column_int64(st, at);
}

char *get_text(sqlite3_stmt *st, int at)
{
    return (char *)sqlite3_column_text(st, at);
}

char *copy_text(const char *text, bool *ok)
{
    if (text == NULL)
        return NULL;
    char *copy = strdup(text);
    if (copy == NULL)
        *ok = false;
    return copy;
}
