#include "store/migrate_internal.h"

#include "base/buf.h"
#include "schema/embedded.h"

#include <stdlib.h>
#include <string.h>

/* "scbr"; see file(1) and PRAGMA application_id. */
#define APPLICATION_ID INT64_C(0x73636272)

/* The number of "schema/NNNN_name.sql"; 0 of any other name. */
static int64_t number_of(const char *name)
{
    static const char folder[] = "schema/";
    size_t len = strlen(name);
    if (strncmp(name, folder, sizeof folder - 1) != 0 || len < 17 ||
        strcmp(name + len - 4, ".sql") != 0)
        return 0;
    return strtol(name + sizeof folder - 1, NULL, 10);
}

static int64_t newest(void)
{
    int64_t last = 0;
    for (const struct embedded *f = embedded_files; f->name != NULL; f++)
        if (number_of(f->name) > last)
            last = number_of(f->name);
    return last;
}

/* Both numbers of the file; `empty`: nothing was ever stored in it. */
static bool read_header(struct store_db *db, const char *path, int64_t *version,
                        bool *ours, bool *empty, struct error *err)
{
    int64_t id = 0, tables = 0;
    if (db_number(db, "PRAGMA user_version", version) != STORE_OK ||
        db_number(db, "PRAGMA application_id", &id) != STORE_OK ||
        db_number(db, "SELECT count(*) FROM sqlite_schema", &tables) !=
            STORE_OK) {
        error_set(err, "The database %s cannot be read: %s.%s", path,
                  sqlite3_errmsg(db->sql), db_advice(sqlite3_errcode(db->sql)));
        return false;
    }
    *ours = id == APPLICATION_ID;
    *empty = id == 0 && *version == 0 && tables == 0;
    return true;
}

bool migrate_check(struct store_db *db, const char *path, struct error *err)
{
    int64_t version;
    bool ours, empty;
    if (!read_header(db, path, &version, &ours, &empty, err))
        return false;
    if (!ours && !empty) {
        error_set(err,
                  "%s is a database of another program. Name another file.",
                  path);
        return false;
    }
    if (version > newest()) {
        error_set(err,
                  "The database %s was written by a newer scim-bridge (its "
                  "version is %lld, this program knows %lld). Use that "
                  "program, or put back a backup from before the update.",
                  path, (long long)version, (long long)newest());
        return false;
    }
    return true;
}

bool migrate_is_current(struct store_db *db, const char *path,
                        struct error *err)
{
    int64_t version;
    if (!migrate_check(db, path, err))
        return false;
    if (db_number(db, "PRAGMA user_version", &version) == STORE_OK &&
        version == newest())
        return true;
    error_set(err,
              "The database %s has an older shape (its version is %lld, this "
              "program knows %lld). Restart the server with this program: it "
              "brings the database up to date.",
              path, (long long)version, (long long)newest());
    return false;
}

static bool apply(struct store_db *db, const struct embedded *file,
                  const char *path, struct error *err)
{
    struct buf done = {0};
    buf_fmt(&done,
            "PRAGMA application_id = %lld; PRAGMA user_version = %lld; COMMIT",
            (long long)APPLICATION_ID, (long long)number_of(file->name));
    bool ok = buf_ok(&done) && db_exec(db, "BEGIN IMMEDIATE") == STORE_OK &&
              db_exec(db, file->text) == STORE_OK &&
              db_exec(db, done.data) == STORE_OK;
    if (!ok) {
        error_set(err,
                  "The database %s cannot be brought up to date by %s. It is "
                  "as it was before. %s",
                  path, file->name, store_db_error(db));
        if (!sqlite3_get_autocommit(db->sql))
            (void)db_exec(db, "ROLLBACK");
    }
    buf_clear(&done);
    return ok;
}

bool migrate_apply(struct store_db *db, const char *path, struct error *err)
{
    int64_t version;
    if (db_number(db, "PRAGMA user_version", &version) != STORE_OK) {
        error_set(err, "%s", store_db_error(db));
        return false;
    }
    for (const struct embedded *f = embedded_files; f->name != NULL; f++)
        if (number_of(f->name) > version && !apply(db, f, path, err))
            return false;
    return true;
}
