#include "test/store/fixture.h"

#include "store/target.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum store_rc make_target(struct store_db *db, void *ctx)
{
    struct fixture *f = ctx;
    return store_target_ensure(db, "desk", 1000, &f->target);
}

void fixture_open(struct fixture *f)
{
    struct error err = {0};
    f->store = store_open(f->path, &err);
    if (f->store == NULL)
        fail_msg("%s", err.text);
    f->reader = store_reader_open(f->store, &err);
    if (f->reader == NULL)
        fail_msg("%s", err.text);
    fixture_write(f, make_target, f, STORE_OK);
}

void fixture_close(struct fixture *f)
{
    store_reader_close(f->reader);
    store_close(f->store);
    f->reader = NULL;
    f->store = NULL;
}

int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/store-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/bridge.db", f->folder);
    fixture_open(f);
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    static const char *const files[] = {"bridge.db", "bridge.db-wal",
                                        "bridge.db-shm", "bridge.db.lock"};
    struct fixture *f = *state;
    char name[128];
    fixture_close(f);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", f->folder, files[i]);
        (void)remove(name);
    }
    (void)remove(f->folder);
    free(f);
    return 0;
}

void fixture_sql(const struct fixture *f, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    (void)sqlite3_close(db);
}

const char *fixture_value(const struct fixture *f, const char *sql)
{
    static char text[4096];
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    text[0] = '\0';
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    (void)sqlite3_busy_timeout(db, 5000);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0) != NULL)
        (void)snprintf(text, sizeof text, "%s",
                       (const char *)sqlite3_column_text(st, 0));
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return text;
}

void fixture_write(struct fixture *f, store_work *work, void *ctx,
                   enum store_rc want)
{
    struct error err = {0};
    enum store_rc rc = store_write(f->store, work, ctx, &err);
    if (rc != want)
        fail_msg("result %d, not %d: %s", (int)rc, (int)want, err.text);
}

struct store_resource fixture_row(int64_t target, enum store_type type,
                                  int number, const char *name, char *body,
                                  size_t size)
{
    struct store_resource r = {.target = target,
                               .type = type,
                               .state = STORE_LINKED,
                               .active = true,
                               .version = 1,
                               .created = 1000 + number,
                               .modified = 1000 + number,
                               .body = body};
    const char *attr = type == STORE_USER ? "userName" : "displayName";
    (void)snprintf(r.id, sizeof r.id, "00000000-0000-4000-8000-%012d", number);
    (void)snprintf(body, size, "{\"%s\":\"%s\"}", attr, name);
    if (type == STORE_USER)
        r.name_key = (char *)name;
    else
        r.display_key = (char *)name;
    return r;
}

static enum store_rc put(struct store_db *db, void *ctx)
{
    return store_resource_put(db, ctx, NULL, 0);
}

static int64_t add(struct fixture *f, enum store_type type, int number,
                   const char *name)
{
    char body[256];
    struct store_resource r =
        fixture_row(f->target, type, number, name, body, sizeof body);
    fixture_write(f, put, &r, STORE_OK);
    return r.n;
}

int64_t fixture_user(struct fixture *f, int number, const char *name)
{
    return add(f, STORE_USER, number, name);
}

int64_t fixture_group(struct fixture *f, int number, const char *name)
{
    return add(f, STORE_GROUP, number, name);
}

struct membership {
    int64_t group, member, now;
    bool join;
};

static enum store_rc change(struct store_db *db, void *ctx)
{
    const struct membership *m = ctx;
    bool changed = false;
    enum store_rc rc =
        m->join
            ? store_member_add(db, m->group, m->member, m->now, &changed)
            : store_member_remove(db, m->group, m->member, m->now, &changed);
    assert_true(rc != STORE_OK || changed);
    return rc;
}

void fixture_join(struct fixture *f, int64_t group, int64_t member, int64_t now)
{
    struct membership m = {group, member, now, true};
    fixture_write(f, change, &m, STORE_OK);
}

void fixture_leave(struct fixture *f, int64_t group, int64_t member,
                   int64_t now)
{
    struct membership m = {group, member, now, false};
    fixture_write(f, change, &m, STORE_OK);
}

struct store_resource fixture_get(struct fixture *f, int64_t n)
{
    struct store_resource r;
    assert_int_equal(store_resource_get_row(f->reader, n, &r), STORE_OK);
    return r;
}
