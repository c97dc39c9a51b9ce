/*
 * store/store.h - one SQLite file: one writer, many readers
 *
 * All writes run on the writer's own thread, in groups: whatever callers wait
 * at that moment shares one transaction and one fsync, each in a savepoint of
 * its own, so that one failing leaves the others alone. store_write returns
 * when the group is durable.
 *
 * Reads run on connections of their own (WAL), one a thread, and see the last
 * commit. Functions of this room that only read take either kind of struct
 * store_db; functions that write take the one that store_write hands in.
 *
 * Must not: know SCIM's rules, call a helpdesk, read the clock (times are
 * handed in, in milliseconds since 1970).
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum store_rc {
    STORE_OK,
    STORE_NONE,   /* no such row */
    STORE_CLASH,  /* a unique value is taken */
    STORE_FAILED, /* the database failed: store_db_error says how */
};

struct store;    /* the file */
struct store_db; /* one connection to it, with its prepared statements */

/*
 * Opens or creates the file (mode 0600), takes the lock that refuses a second
 * process (by name: the sentence says which process holds it), migrates it,
 * and starts the writer. NULL and a sentence: cannot be opened, is held, is
 * damaged, or was written by a newer program.
 */
struct store *store_open(const char *path, struct error *err);
/*
 * For a command that works beside a running server: without the lock, never
 * makes the file and never migrates. NULL and a sentence: there is no file, it
 * cannot be opened, or its shape is older or newer than this program's. Writes
 * are the same store_write, and wait (at most 5 s) while the server's own are
 * under way; the server's readers see them within half a second.
 */
struct store *store_open_shared(const char *path, struct error *err);
/*
 * Makes and migrates the file, unless a server holds it: then nothing is done.
 * A command that may be the first of all to run calls it before
 * store_open_shared. False and a sentence: as store_open, but for "is held".
 */
bool store_prepare(const char *path, struct error *err);
/* Waits for the writes under way, and closes. Readers must be closed before. */
void store_close(struct store *s);

/* A connection for reading, for one thread. NULL and a sentence on failure. */
struct store_db *store_reader_open(struct store *s, struct error *err);
void store_reader_close(struct store_db *db);
/*
 * Between the two, all reads see one and the same state, in which every write
 * is that was reported done before. May not be nested. A read outside of them
 * is one state by itself.
 *
 * Inside, a snapshot is kept from one pair to the next until somebody commits,
 * which costs next to nothing; the store itself ends the snapshots of threads
 * that do not read, so nobody need call store_reader_idle. It ends it at once.
 */
enum store_rc store_read_begin(struct store_db *db);
void store_read_end(struct store_db *db);
void store_reader_idle(struct store_db *db);
/*
 * Lets the statements of a reader take so many steps from now on, counted
 * roughly; the call that takes more fails, and store_reader_over is true until
 * the next limit is set. 0: no limit.
 */
void store_reader_limit(struct store_db *db, int64_t steps);
bool store_reader_over(const struct store_db *db);
/* What failed last on this connection; "" when nothing did. Borrowed. */
const char *store_db_error(const struct store_db *db);

/*
 * Runs `work` on the writer's thread and returns its result once it is on
 * disk. When work returns other than STORE_OK, or the commit fails, nothing of
 * it stays. `work` must be quick: no network, no waiting, no store_write. After
 * STORE_FAILED *err (may be NULL) holds the sentence.
 */
typedef enum store_rc store_work(struct store_db *db, void *ctx);
enum store_rc store_write(struct store *s, store_work *work, void *ctx,
                          struct error *err);

/* Small facts of the whole file (public URL, secrets of cursors, ...). The
 * value of store_fact_get is new, freed by the caller. */
enum store_rc store_fact_get(struct store_db *db, const char *key,
                             char **value);
enum store_rc store_fact_set(struct store_db *db, const char *key,
                             const char *value);

#endif
