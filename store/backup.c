#include "store/backup.h"

#include "base/buf.h"
#include "store/db_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGES_AT_ONCE = 2000, BUSY_PAUSE_MS = 20, BUSY_TRIES = 250 };

struct copy {
    struct store_db *from;
    const char *to;
    char *partial; /* owned */
    sqlite3 *sql;  /* the copy */
    store_backup_progress *each;
    void *ctx;
};

/* Its own name would be taken for a backup that is whole. */
static bool make_partial(struct copy *c, struct error *err)
{
    struct stat info;
    struct buf name = {0};
    if (lstat(c->to, &info) == 0) {
        error_set(err,
                  "%s exists already. Name a new file, or move that one "
                  "away.",
                  c->to);
        return false;
    }
    buf_fmt(&name, "%s.partial", c->to);
    c->partial = buf_take(&name);
    if (c->partial == NULL) {
        error_set(err, "Memory ran out.");
        return false;
    }
    (void)unlink(c->partial); /* of a backup that was cut off */
    int fd = open(c->partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set(err,
                  "%s cannot be made: %s. Make sure that its folder exists "
                  "and that this user may write there.",
                  c->partial, strerror(errno));
        free(c->partial);
        c->partial = NULL;
        return false;
    }
    (void)close(fd);
    return true;
}

static bool say(const struct copy *c, int code, struct error *err)
{
    error_set(err, "The backup %s could not be written: %s.%s", c->to,
              sqlite3_errstr(code), db_advice(code));
    return false;
}

/* All pages. The reader's snapshot is kept, so that writes of others do not
 * make it begin again. */
static bool copy_pages(struct copy *c, struct error *err)
{
    sqlite3_backup *b =
        sqlite3_backup_init(c->sql, "main", c->from->sql, "main");
    int code = b == NULL ? sqlite3_errcode(c->sql) : SQLITE_OK;
    bool wanted = true;
    int tries = 0;
    while (code == SQLITE_OK && wanted) {
        code = sqlite3_backup_step(b, PAGES_AT_ONCE);
        int64_t all = sqlite3_backup_pagecount(b);
        if (c->each != NULL)
            wanted = c->each(all - sqlite3_backup_remaining(b), all, c->ctx);
        bool busy = (code & 0xff) == SQLITE_BUSY || code == SQLITE_LOCKED;
        if (busy && tries++ < BUSY_TRIES) {
            (void)sqlite3_sleep(BUSY_PAUSE_MS);
            code = SQLITE_OK;
        }
    }
    (void)sqlite3_backup_finish(b);
    if (!wanted)
        error_set(err, "The backup was ended before it was whole.");
    else if (code != SQLITE_DONE)
        return say(c, code, err);
    return wanted;
}

/* A backup that cannot be read back is none. A plain file, without a
 * write-ahead log beside it, is all that need be kept. */
static bool check_copy(struct copy *c, struct error *err)
{
    sqlite3_stmt *st = NULL;
    int code =
        sqlite3_exec(c->sql, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code =
            sqlite3_prepare_v2(c->sql, "PRAGMA quick_check(1)", -1, &st, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(st);
    const unsigned char *found =
        code == SQLITE_ROW ? sqlite3_column_text(st, 0) : NULL;
    bool good = found != NULL && strcmp((const char *)found, "ok") == 0;
    if (found != NULL && !good)
        error_set(err,
                  "The database itself is damaged: %.300s. Run `scim-bridge "
                  "doctor`.",
                  (const char *)found);
    else if (!good)
        (void)say(c, code, err);
    (void)sqlite3_finalize(st);
    return good;
}

static bool sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* Gives the copy its name, which is durable once its folder is. link() and not
 * rename(): whoever made a file of that name meanwhile keeps it. */
static bool give_name(const struct copy *c, struct error *err)
{
    char *folder = strdup(c->to);
    bool ok = folder != NULL && sync_path(c->partial, O_RDONLY) &&
              link(c->partial, c->to) == 0 &&
              sync_path(dirname(folder), O_RDONLY);
    if (!ok)
        error_set(err, "The backup %s could not be given its name: %s.", c->to,
                  strerror(errno));
    free(folder);
    return ok;
}

bool store_backup(struct store_db *db, const char *to,
                  store_backup_progress *each, void *ctx, struct error *err)
{
    struct copy c = {.from = db, .to = to, .each = each, .ctx = ctx};
    if (!make_partial(&c, err))
        return false;
    bool ok = false;
    int code = sqlite3_open_v2(c.partial, &c.sql, SQLITE_OPEN_READWRITE, NULL);
    if (code != SQLITE_OK)
        (void)say(&c, code, err);
    else if (store_read_begin(db) != STORE_OK)
        error_set(err, "%s", store_db_error(db));
    else {
        ok = copy_pages(&c, err);
        store_read_end(db);
    }
    ok = ok && check_copy(&c, err);
    if (sqlite3_close(c.sql) != SQLITE_OK)
        ok = false;
    ok = ok && give_name(&c, err);
    (void)unlink(c.partial);
    free(c.partial);
    return ok;
}
