/*
 * store/db_internal.h - one connection, its prepared statements, its snapshot
 *
 *   state of a reader     who may touch it
 *   IDLE, no snapshot     nobody; next use begins a snapshot
 *   IDLE, with snapshot   nobody; next use keeps it unless a commit came since
 *   BUSY                  the thread that made it so: the reader's own, or for
 *                         a moment the store's, which ends the snapshot of an
 *                         idle reader so that the WAL can start again
 *
 * A snapshot that is kept saves the locks of a new transaction on each read.
 * It is never stale: the number of the last commit is looked at when a use
 * begins, and again when it ends, so that an old one does not outlive its use.
 *
 * Every function that runs statements takes one with db_use and gives it back
 * with db_end (or with db_run, which does both): between them the reader is
 * busy. store_read_begin and store_read_end only make that span longer.
 */
#ifndef STORE_DB_INTERNAL_H
#define STORE_DB_INTERNAL_H

#include "store/statement_internal.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>

enum { DB_IDLE, DB_BUSY };
enum { DB_EXTRA = 8, DB_QUERIES = 64 };

/* A prepared query of store_resource_list or _count, by its parts. */
struct db_query {
    uint64_t hash;
    uint64_t used; /* for forgetting the one not used for longest */
    char *text;    /* owned; the parts, joined */
    sqlite3_stmt *st;
};

/* The row number of a path in attr_name. */
struct db_name {
    char *path; /* owned */
    int64_t n;
};

struct store_resource;
struct buf;

struct store_db {
    sqlite3 *sql;
    struct store *store; /* of a reader */
    bool reader;
    bool keeps;    /* a snapshot after its use: somebody watches commits */
    bool snapshot; /* a read transaction is open */
    int depth;     /* uses under way on this connection */
    atomic_int turn;
    atomic_uint_fast64_t generation; /* of the snapshot, or the last one */
    const atomic_uint_fast64_t *committed; /* of the store; NULL: the writer */
    sqlite3_stmt *fixed[STATEMENT_COUNT];
    sqlite3_stmt *extra[DB_EXTRA]; /* for uses inside uses of the same one */
    struct db_query queries[DB_QUERIES];
    uint64_t query_clock;
    struct db_name *names; /* sorted by path */
    size_t name_count;
    int64_t steps_left; /* while a limit is set; <= 0: over */
    bool over;
    char error[512];
    /* Of the writer: makes what is shown (store_render of store/shown.h). */
    bool (*render)(const struct store_resource *row, void *ctx,
                   struct buf *text, size_t *seen_at);
    void *render_ctx;
    struct store_db *next; /* in the store's list of readers */
};

struct db_options {
    bool reader; /* refuses to write */
    bool create;
    int cache_kib;
};

/* A connection with all settings made, or NULL and a sentence. */
struct store_db *db_open(const char *path, const struct db_options *options,
                         struct error *err);
void db_close(struct store_db *db);
/* Runs SQL texts without results (transactions, pragmas). */
enum store_rc db_exec(struct store_db *db, const char *sql);
/* The first column of the first row of a query, 0 without a row. */
enum store_rc db_number(struct store_db *db, const char *sql, int64_t *out);

/* Keeps what SQLite says as a sentence; always STORE_FAILED or STORE_CLASH. */
enum store_rc db_failed(struct store_db *db);
/* The same for errors that SQLite knows nothing of. */
enum store_rc db_refused(struct store_db *db, const char *sentence);
enum store_rc db_no_memory(struct store_db *db);
/* What to do about a result code of SQLite; "" when there is no advice. */
const char *db_advice(int code);

/* Makes a reader busy, on a snapshot that holds the last commit. */
enum store_rc db_enter(struct store_db *db);
void db_leave(struct store_db *db);
/* Ends the snapshot of a reader. Any thread. False: it is busy. */
bool db_drop_snapshot(struct store_db *db);
/* True when the reader has no snapshot from before commit number `since`, or
 * had one and it could be ended. Any thread. */
bool db_is_newer(struct store_db *db, uint64_t since);

/* A statement, reset, to be bound; NULL on failure. */
sqlite3_stmt *db_use(struct store_db *db, enum statement which);
/* The same for a text that is prepared for this use alone. */
sqlite3_stmt *db_use_text(struct store_db *db, const char *sql, size_t len);
/* The same for a statement that somebody else keeps. */
sqlite3_stmt *db_use_kept(struct store_db *db, sqlite3_stmt *st);
void db_end(struct store_db *db, sqlite3_stmt *st);
/* STORE_OK: a row is there. STORE_NONE: no more. */
enum store_rc db_step(struct store_db *db, sqlite3_stmt *st);
/* Steps through to the end and gives the statement back: OK when done. */
enum store_rc db_run(struct store_db *db, sqlite3_stmt *st);
/* The same; STORE_NONE when no row was changed. */
enum store_rc db_run_one(struct store_db *db, sqlite3_stmt *st);

/* Texts are bound without a copy: they must live until db_end. Neither can
 * fail: no memory is taken, and the numbers are those of our own texts. */
void put_int(sqlite3_stmt *st, int at, int64_t value);
void put_text(sqlite3_stmt *st, int at, const char *text);
int64_t get_int(sqlite3_stmt *st, int at);
/* Lent until the next step. Not const, so that a row on loan can be held in
 * the struct that owns its texts elsewhere; nobody writes to it. */
char *get_text(sqlite3_stmt *st, int at);
/* A copy of a text, NULL of NULL; *ok turns false when memory runs out. */
char *copy_text(const char *text, bool *ok);

/* The number of a path, made when there is none yet. Writer only. */
enum store_rc db_name(struct store_db *db, const char *path, int64_t *n);
/* Forgets all names: after a rollback some may not exist. */
void db_forget_names(struct store_db *db);

#endif
