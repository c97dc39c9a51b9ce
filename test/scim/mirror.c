#include "test/scim/mirror.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fold.h"
#include "schema/embedded.h"

/* clang-format off */
#define GROUPS "SELECT 1 FROM member m JOIN resource g ON g.n = m.grp " \
               "WHERE m.member = r.n AND "
#define MEMBERS "SELECT 1 FROM member m JOIN resource u ON u.n = m.member " \
                "WHERE m.grp = r.n AND "
const struct scim_sql_column mirror_user_columns[] = {
    {"id",             "r.id",          NULL},
    {"externalId",     "r.external_id", NULL},
    {"meta.created",   "r.created",     NULL},
    {"displayName",    "r.display_key", NULL},
    {"userName",       "r.name_key",    NULL},
    {"active",         "r.active",      NULL},
    {"groups.value",   "g.id",          GROUPS},
    {"groups.display", "g.display_key", GROUPS "g.display_key"},
    {NULL, NULL, NULL},
};
const struct scim_sql_column mirror_group_columns[] = {
    {"id",            "r.id",          NULL},
    {"meta.created",  "r.created",     NULL},
    {"displayName",   "r.display_key", NULL},
    {"members.value", "u.id",          MEMBERS},
    {"members.type",  "CASE u.type WHEN 0 THEN 'user' ELSE 'group' END", MEMBERS},
    {NULL, NULL, NULL},
};
const struct scim_sql_column mirror_no_columns[] = {{NULL, NULL, NULL}};
/* clang-format on */

static void check(sqlite3 *db, bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "%s\n%s\n", what, sqlite3_errmsg(db));
    abort();
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    check(db, sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK, sql);
    return s;
}

static void run(sqlite3 *db, sqlite3_stmt *s)
{
    check(db, sqlite3_step(s) == SQLITE_DONE, sqlite3_sql(s));
    sqlite3_finalize(s);
}

sqlite3 *mirror_open(void)
{
    sqlite3 *db = NULL;
    const struct embedded *e = embedded_files;
    check(db, sqlite3_open(":memory:", &db) == SQLITE_OK, "open");
    while (e->name != NULL && strcmp(e->name, "schema/0001_initial.sql") != 0)
        e++;
    check(db, e->name != NULL, "the migration is not compiled in");
    check(db, sqlite3_exec(db, e->text, NULL, NULL, NULL) == SQLITE_OK,
          "tables");
    check(db,
          sqlite3_exec(db, "INSERT INTO target VALUES (1,'t',NULL,NULL,0,0)",
                       NULL, NULL, NULL) == SQLITE_OK,
          "target");
    return db;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
}

static void bind_key(sqlite3_stmt *s, int at, const json_t *value, bool exact)
{
    const char *text = json_string_value(value);
    if (text == NULL)
        return;
    char *key =
        exact ? fold_exact(text, strlen(text)) : fold_key(text, strlen(text));
    bind_text(s, at, key);
    free(key);
}

static void add_row(sqlite3 *db, int n, bool group, const json_t *r)
{
    const char *created = json_string_value(
        json_object_get(json_object_get(r, "meta"), "created"));
    int64_t ms = 0;
    if (created != NULL)
        (void)clock_parse(created, strlen(created), &ms);
    sqlite3_stmt *s = prepare(
        db, "INSERT INTO resource (n, target, type, state, active, version, "
            "created, modified, seen, id, body, external_id, name_key, "
            "display_key) VALUES (?, 1, ?, 0, ?, 1, ?, 0, 0, ?, '{}', ?, ?, "
            "?)");
    sqlite3_bind_int(s, 1, n);
    sqlite3_bind_int(s, 2, group);
    sqlite3_bind_int(s, 3, json_is_true(json_object_get(r, "active")));
    sqlite3_bind_int64(s, 4, ms);
    bind_text(s, 5, json_string_value(json_object_get(r, "id")));
    bind_key(s, 6, json_object_get(r, "externalId"), true);
    bind_key(s, 7, json_object_get(r, "userName"), false);
    bind_key(s, 8, json_object_get(r, "displayName"), false);
    run(db, s);
}

static int path_number(sqlite3 *db, const char *path)
{
    sqlite3_stmt *s =
        prepare(db, "INSERT OR IGNORE INTO attr_name (path) VALUES (?)");
    bind_text(s, 1, path);
    run(db, s);
    s = prepare(db, "SELECT n FROM attr_name WHERE path = ?");
    bind_text(s, 1, path);
    check(db, sqlite3_step(s) == SQLITE_ROW, "path");
    int n = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return n;
}

static void add_index(sqlite3 *db, int n, const struct scim_index_row *row,
                      int nth)
{
    sqlite3_stmt *s = prepare(db, "INSERT INTO attr VALUES (?, ?, ?, ?, ?, ?, "
                                  "?)");
    sqlite3_bind_int(s, 1, n);
    sqlite3_bind_int(s, 2, path_number(db, row->path));
    sqlite3_bind_int(s, 3, row->element);
    sqlite3_bind_int(s, 4, nth);
    if (row->key != NULL)
        bind_text(s, 5, row->key);
    else
        sqlite3_bind_double(s, 6, row->number);
    sqlite3_bind_int(s, 7, row->primary);
    run(db, s);
}

static void add_members(sqlite3 *db, int n, const json_t *members)
{
    size_t i = 0;
    const json_t *member = NULL;
    json_array_foreach (members, i, member) {
        sqlite3_stmt *s = prepare(
            db, "INSERT INTO member SELECT ?, n FROM resource WHERE id = ?");
        sqlite3_bind_int(s, 1, n);
        bind_text(s, 2, json_string_value(json_object_get(member, "value")));
        run(db, s);
    }
}

void mirror_add(sqlite3 *db, int n, const struct scim_type *type,
                const json_t *resource, const struct scim_sql_column *columns)
{
    struct scim_index_row *rows = NULL;
    size_t count = 0;
    bool group = strcmp(type->name, "Group") == 0;
    add_row(db, n, group, resource);
    check(db, scim_index_rows(type, resource, columns, &rows, &count),
          "memory");
    for (size_t i = 0; i < count; i++)
        add_index(db, n, &rows[i], (int)i);
    scim_index_free(rows, count);
    if (group)
        add_members(db, n, json_object_get(resource, "members"));
}

static int bind_all(sqlite3_stmt *s, const struct scim_sql *sql, int at)
{
    for (size_t i = 0; sql != NULL && i < sql->count; i++) {
        const struct scim_sql_value *v = &sql->values[i];
        at++;
        if (v->kind == SCIM_BIND_TEXT)
            bind_text(s, at, v->text);
        else if (v->kind == SCIM_BIND_NUMBER)
            sqlite3_bind_double(s, at, v->number);
        else
            sqlite3_bind_int64(s, at, v->integer);
    }
    return at;
}

static sqlite3_stmt *query(sqlite3 *db, const char *head, const char *type,
                           const struct scim_sql *where,
                           const struct scim_sql *order)
{
    struct buf b = {0};
    buf_fmt(&b,
            "%sSELECT r.n FROM resource r WHERE r.target = 1 AND r.type = %d "
            "AND r.state <> 3 AND (%s) ORDER BY %s%sr.n",
            head, strcmp(type, "Group") == 0,
            where != NULL ? where->where.data : "1",
            order != NULL ? order->where.data : "", order != NULL ? ", " : "");
    sqlite3_stmt *s = prepare(db, b.data);
    int bound = bind_all(s, order, bind_all(s, where, 0));
    check(db, bound == sqlite3_bind_parameter_count(s), b.data);
    buf_clear(&b);
    return s;
}

void mirror_find(sqlite3 *db, const char *type, const struct scim_sql *where,
                 const struct scim_sql *order, void (*each)(int n, void *ctx),
                 void *ctx)
{
    int rc = SQLITE_ROW;
    sqlite3_stmt *s = query(db, "", type, where, order);
    while ((rc = sqlite3_step(s)) == SQLITE_ROW)
        each(sqlite3_column_int(s, 0), ctx);
    check(db, rc == SQLITE_DONE, sqlite3_sql(s));
    sqlite3_finalize(s);
}

char *mirror_plan(sqlite3 *db, const char *type, const struct scim_sql *where)
{
    struct buf b = {0};
    sqlite3_stmt *s = query(db, "EXPLAIN QUERY PLAN ", type, where, NULL);
    while (sqlite3_step(s) == SQLITE_ROW) {
        buf_str(&b, (const char *)sqlite3_column_text(s, 3));
        buf_char(&b, '\n');
    }
    sqlite3_finalize(s);
    return buf_take(&b);
}
