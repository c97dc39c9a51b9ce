/*
 * server/cmd_backup.c - scim-bridge backup and scim-bridge doctor
 *
 * Both work beside a running server, but for a repair, which owns the file.
 */
#include "server/command.h"

#include "server/config.h"
#include "server/table.h"
#include "store/backup.h"
#include "store/health.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- backup ---------------------------------------------------------------
 */

/* One line that is written over, for a person who waits. */
static bool show_progress(int64_t done, int64_t all, void *ctx)
{
    (void)ctx;
    if (isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r%3d %%%s",
                      (int)(all > 0 ? 100 * done / all : 0),
                      done == all ? "\r     \r" : "");
    return true;
}

static enum exit_code backup(const char *database, const char *to)
{
    struct error err = {{0}};
    struct stat info = {0};
    struct store *store = store_open_shared(database, &err);
    struct store_db *db = store == NULL ? NULL : store_reader_open(store, &err);
    bool ok = db != NULL && store_backup(db, to, show_progress, NULL, &err);
    store_reader_close(db);
    if (store != NULL)
        store_close(store);
    if (!ok)
        return command_fail(CODE_DATABASE, &err);
    (void)stat(to, &info);
    (void)printf("%s: %lld bytes, checked.\n", to, (long long)info.st_size);
    return CODE_DONE;
}

enum exit_code cmd_backup(const struct options *o, const char *word)
{
    struct config c;
    struct error err = {{0}};
    (void)word;
    if (o->args[0] == NULL) {
        error_set(&err, "backup needs the name of the file to write.");
        return command_fail(CODE_USAGE, &err);
    }
    if (!config_load(o->config, false, &c, &err))
        return command_fail(CODE_USAGE, &err);
    enum exit_code code = backup(c.database, o->args[0]);
    config_clear(&c);
    return code;
}

/* ---- doctor ---------------------------------------------------------------
 */

struct findings {
    json_t *items; /* array of {"finding","repairable"} */
    size_t repairable;
};

static bool note(const char *sentence, bool repairable, void *ctx)
{
    struct findings *f = ctx;
    f->repairable += repairable;
    return json_array_append_new(f->items, json_pack("{s:b,s:s}", "repairable",
                                                     repairable, "finding",
                                                     sentence)) == 0;
}

static enum store_rc repair(struct store_db *db, void *ctx)
{
    (void)ctx;
    return store_health_repair(db);
}

static bool look(struct store *store, struct findings *f, struct error *err)
{
    struct store_db *db = store_reader_open(store, err);
    if (db == NULL)
        return false;
    bool ok = store_health_check(db, note, f) == STORE_OK;
    if (!ok)
        error_set(err, "%s", store_db_error(db));
    store_reader_close(db);
    return ok;
}

static enum exit_code tell(const char *path, const struct findings *f,
                           const struct options *o)
{
    static const struct table_column columns[] = {
        {"repairable", "REPAIRABLE"}, {"finding", "FINDING"}, {NULL, NULL}};
    bool sound = json_array_size(f->items) == 0;
    if (o->json || !sound) {
        json_t *list = json_pack("{s:O,s:n}", "items", f->items, "next");
        table_print(list, columns, o->json);
        json_decref(list);
    } else {
        (void)printf("%s: sound.\n", path);
    }
    if (!o->json && f->repairable > 0)
        (void)printf("Stop the server and run doctor --repair.\n");
    return sound ? CODE_DONE : CODE_FINDINGS;
}

static enum exit_code doctor(const char *path, const struct options *o)
{
    struct error err = {{0}};
    struct findings f = {.items = json_array()};
    struct store *store =
        o->repair ? store_open(path, &err) : store_open_shared(path, &err);
    bool ok = store != NULL;
    if (ok && o->repair)
        ok = store_write(store, repair, NULL, &err) == STORE_OK;
    ok = ok && look(store, &f, &err);
    enum exit_code code =
        ok ? tell(path, &f, o) : command_fail(CODE_DATABASE, &err);
    if (store != NULL)
        store_close(store);
    json_decref(f.items);
    return code;
}

enum exit_code cmd_doctor(const struct options *o, const char *word)
{
    struct config c;
    struct error err = {{0}};
    (void)word;
    if (!config_load(o->config, false, &c, &err))
        return command_fail(CODE_USAGE, &err);
    enum exit_code code = doctor(c.database, o);
    config_clear(&c);
    return code;
}
