#include "store/store.h"

#include "base/clock.h"
#include "store/lock_internal.h"
#include "store/migrate_internal.h"
#include "store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Memory is bounded by these: a page that is not in a cache is still in the
 * kernel's, one call away. */
enum { WRITER_CACHE_KIB = 32768, READER_CACHE_KIB = 3072 };
enum { KEPT_BACK_MAX = 8 << 20 };

/* SQLite would make the file readable for everybody. A new name in a folder is
 * durable once the folder is. */
static bool make_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return true;
    if (fd < 0) {
        error_set(err,
                  "The database %s cannot be made: %s. Make sure that its "
                  "folder exists and that this user may write there.",
                  path, strerror(errno));
        return false;
    }
    (void)close(fd);
    char *copy = strdup(path);
    int folder = copy == NULL ? -1 : open(dirname(copy), O_RDONLY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder);
        (void)close(folder);
    }
    free(copy);
    return true;
}

static bool use_wal(struct store_db *db, const char *path, struct error *err)
{
    int64_t on = 0;
    if (db_exec(db, "PRAGMA journal_mode = WAL") != STORE_OK ||
        db_number(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode",
                  &on) != STORE_OK)
        error_set(err, "The database %s cannot be used. %s", path,
                  store_db_error(db));
    else if (on == 0)
        error_set(err,
                  "The folder of the database %s does not allow a shared "
                  "write-ahead log, as network file systems do not. Name a "
                  "file on a local disk.",
                  path);
    return on != 0;
}

/* The connection of the writer, in WAL mode and in the newest shape. */
static struct store_db *open_writer(const char *path, struct error *err)
{
    static const struct db_options options = {.create = true,
                                              .cache_kib = WRITER_CACHE_KIB};
    if (!make_file(path, err))
        return NULL;
    struct store_db *db = db_open(path, &options, err);
    if (db == NULL)
        return NULL;
    if (migrate_check(db, path, err) && use_wal(db, path, err) &&
        migrate_apply(db, path, err))
        return db;
    db_close(db);
    return NULL;
}

static struct store_db *open_shared_writer(const char *path, struct error *err)
{
    static const struct db_options options = {.cache_kib = READER_CACHE_KIB};
    if (access(path, F_OK) != 0) {
        error_set(err, "There is no database %s. Start the server once.", path);
        return NULL;
    }
    struct store_db *db = db_open(path, &options, err);
    if (db == NULL || migrate_is_current(db, path, err))
        return db;
    db_close(db);
    return NULL;
}

static struct store *store_new(const char *path, struct error *err)
{
    /* Counting allocations costs every thread a common mutex. Refused, and
     * needless, when SQLite has been started already. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    /* What takes one statement, or one write of a group, back stays in memory:
     * in a file it would cost more than the write itself. */
    (void)sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, KEPT_BACK_MAX);
    struct store *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->path = strdup(path);
    if (s == NULL || s->path == NULL) {
        error_set(err, "Memory ran out.");
        free(s);
        return NULL;
    }
    s->lock = -1;
    atomic_init(&s->committed, 1);
    (void)pthread_mutex_init(&s->readers_lock, NULL);
    return s;
}

static bool start(struct store *s, struct store_db *db, struct error *err)
{
    if (!writer_start(&s->writer, db, &s->committed, err))
        return false;
    return s->lock < 0 || checkpoint_start(&s->checkpoint, s, db, err);
}

struct store *store_open(const char *path, struct error *err)
{
    bool held;
    struct store *s = store_new(path, err);
    if (s == NULL)
        return NULL;
    struct store_db *db = NULL;
    s->lock = lock_take(path, &held, err);
    if (s->lock >= 0)
        db = open_writer(path, err);
    if (db != NULL && start(s, db, err))
        return s;
    store_close(s);
    return NULL;
}

struct store *store_open_shared(const char *path, struct error *err)
{
    struct store *s = store_new(path, err);
    if (s == NULL)
        return NULL;
    struct store_db *db = open_shared_writer(path, err);
    if (db != NULL && start(s, db, err))
        return s;
    store_close(s);
    return NULL;
}

bool store_prepare(const char *path, struct error *err)
{
    bool held;
    int lock = lock_take(path, &held, err);
    if (lock < 0)
        return held;
    struct store_db *db = open_writer(path, err);
    bool ok = db != NULL;
    db_close(db);
    lock_drop(lock);
    return ok;
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    checkpoint_stop(&s->checkpoint);
    writer_stop(&s->writer);
    lock_drop(s->lock);
    (void)pthread_mutex_destroy(&s->readers_lock);
    free(s->path);
    free(s);
}

enum store_rc store_write(struct store *s, store_work *work, void *ctx,
                          struct error *err)
{
    struct write_item item = {.work = work, .ctx = ctx, .err = err};
    return writer_run(&s->writer, &item);
}

/* ---- readers --------------------------------------------------------------
 */

struct store_db *store_reader_open(struct store *s, struct error *err)
{
    static const struct db_options options = {.reader = true,
                                              .cache_kib = READER_CACHE_KIB};
    struct store_db *db = db_open(s->path, &options, err);
    if (db == NULL)
        return NULL;
    db->store = s;
    db->committed = &s->committed;
    /* Beside a server nobody here sees that the server commits. */
    db->keeps = s->lock >= 0;
    (void)pthread_mutex_lock(&s->readers_lock);
    db->next = s->readers;
    s->readers = db;
    (void)pthread_mutex_unlock(&s->readers_lock);
    return db;
}

void store_reader_close(struct store_db *db)
{
    if (db == NULL)
        return;
    struct store *s = db->store;
    (void)pthread_mutex_lock(&s->readers_lock);
    struct store_db **at = &s->readers;
    while (*at != NULL && *at != db)
        at = &(*at)->next;
    if (*at != NULL)
        *at = db->next;
    (void)pthread_mutex_unlock(&s->readers_lock);
    db_close(db);
}

bool store_renew_snapshots(struct store *s, int patience_ms)
{
    static const struct timespec pause = {.tv_nsec = 50000};
    int64_t until = clock_span_ms() + patience_ms;
    uint64_t now = 1 + atomic_fetch_add(&s->committed, 1);
    bool all = true;
    (void)pthread_mutex_lock(&s->readers_lock);
    for (struct store_db *db = s->readers; db != NULL; db = db->next) {
        bool newer = db_is_newer(db, now);
        while (!newer && clock_span_ms() < until) {
            (void)nanosleep(&pause, NULL);
            newer = db_is_newer(db, now);
        }
        all = all && newer;
    }
    (void)pthread_mutex_unlock(&s->readers_lock);
    return all;
}

/* ---- facts ----------------------------------------------------------------
 */

enum store_rc store_fact_get(struct store_db *db, const char *key, char **value)
{
    bool ok = true;
    *value = NULL;
    sqlite3_stmt *st = db_use(db, SQL_FACT_GET);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, key);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *value = copy_text(get_text(st, 0), &ok);
    db_end(db, st);
    return ok ? rc : db_no_memory(db);
}

enum store_rc store_fact_set(struct store_db *db, const char *key,
                             const char *value)
{
    sqlite3_stmt *st = db_use(db, SQL_FACT_SET);
    if (st == NULL)
        return STORE_FAILED;
    put_text(st, 1, key);
    put_text(st, 2, value);
    return db_run(db, st);
}
