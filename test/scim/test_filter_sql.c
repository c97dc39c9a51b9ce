/* Promises: the SQL of a filter finds whom the filter matches, by an index
 * where there is one; sorting puts absent values where RFC 7644 wants them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "test/scim/chance.h"
#include "test/scim/filter_cases.h"
#include "test/scim/given.h"
#include "test/scim/mirror.h"

static struct scim_model *model;

static const struct scim_sql_column *columns_of(const struct scim_type *type,
                                                bool columns)
{
    if (!columns)
        return mirror_no_columns;
    return strcmp(type->name, "Group") == 0 ? mirror_group_columns
                                            : mirror_user_columns;
}

/* ---- the table of filters ------------------------------------------------ */

static sqlite3 *people(bool columns)
{
    sqlite3 *db = mirror_open();
    for (size_t i = 0; i < filter_people_count; i++) {
        const struct scim_type *type = given_type(model, filter_people[i].type);
        json_t *who = given(filter_people[i].json);
        mirror_add(db, (int)i + 1, type, who, columns_of(type, columns));
        json_decref(who);
    }
    return db;
}

static void note_name(int n, void *ctx)
{
    struct buf *names = ctx;
    buf_fmt(names, "%s%s", names->len > 0 ? " " : "",
            filter_people[n - 1].name);
}

/* "U1 U3"; false: no such attribute in this type. */
static bool found(sqlite3 *db, const char *type_name, const char *text,
                  bool columns, struct buf *names)
{
    const struct scim_type *type = given_type(model, type_name);
    struct scim_error err = {0};
    struct scim_sql sql;
    struct scim_filter *f =
        scim_filter_parse(type, text, strlen(text), true, &err);
    if (f == NULL)
        return false;
    assert_true(scim_filter_sql(f, columns_of(type, columns), &sql));
    mirror_find(db, type_name, &sql, NULL, note_name, names);
    scim_sql_clear(&sql);
    scim_filter_free(f);
    return true;
}

/* A column of a boolean that is always there has no "absent". */
static bool differs(const struct filter_case *c, bool columns)
{
    return columns && (strstr(c->filter, "active") != NULL);
}

static size_t wrong_cases(bool columns)
{
    size_t wrong = 0;
    sqlite3 *db = people(columns);
    for (size_t i = 0; i < filter_cases_count; i++) {
        const struct filter_case *c = &filter_cases[i];
        struct buf names = {0};
        char *text = filter_text(c->filter);
        if (c->want == NULL || differs(c, columns)) {
            free(text);
            continue;
        }
        assert_true(found(db, "User", text, columns, &names) ||
                    found(db, "Group", text, columns, &names));
        const char *is = names.data == NULL ? "" : names.data;
        if (strcmp(is, c->want) != 0) {
            print_error("%s: %s\n  is \"%s\", want \"%s\"\n", c->why, text, is,
                        c->want);
            wrong++;
        }
        buf_clear(&names);
        free(text);
    }
    sqlite3_close(db);
    return wrong;
}

static void finds_whom_the_table_says(void **state)
{
    (void)state;
    assert_int_equal(wrong_cases(false), 0);
    assert_int_equal(wrong_cases(true), 0);
}

static void no_filter_finds_all(void **state)
{
    (void)state;
    struct scim_sql sql;
    assert_true(scim_filter_sql(NULL, mirror_no_columns, &sql));
    assert_string_equal(sql.where.data, "1");
    assert_int_equal(sql.count, 0);
    scim_sql_clear(&sql);
}

/* ---- indexes ------------------------------------------------------------- */

static void common_filters_use_an_index(void **state)
{
    (void)state;
    static const struct {
        const char *type, *filter, *index;
    } cases[] = {
        {"User", "userName eq \"x\"",
         "resource_name (target=? AND name_key=?)"},
        {"User", "userName sw \"x\"",
         "resource_name (target=? AND name_key>? AND name_key<?)"},
        {"User", "id eq \"x\"", "resource_id (id=?)"},
        {"User", "externalId eq \"x\"", "external_id=?"},
        {"User", "emails eq \"x\"", "attr_key (path=? AND key=?)"},
        {"User", "emails[type eq \"work\"].value eq \"x\"",
         "attr_key (path=? AND key=?)"},
        {"User", "emails[type eq \"work\" and value sw \"x\"]",
         "attr_key (path=? AND key"},
        {"User", "employeeNumber eq \"7\"", "attr_key (path=? AND key=?)"},
        {"User", "title sw \"x\"", "attr_key (path=? AND key>? AND key<?)"},
        {"User", "manager eq \"x\"", "attr_key (path=? AND key=?)"},
        {"User", "id eq \"x\" and manager eq \"y\"", "resource_id (id=?)"},
        {"User", "tombstone.openWorkFound gt 5",
         "attr_number (path=? AND number>?)"},
        {"Group", "displayName eq \"x\"", "display_key=?"},
        {"Group", "members.value eq \"x\"", "resource_id (id=?)"},
    };
    sqlite3 *db = people(true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scim_error err = {0};
        struct scim_sql sql;
        const struct scim_type *type = given_type(model, cases[i].type);
        struct scim_filter *f = scim_filter_parse(
            type, cases[i].filter, strlen(cases[i].filter), true, &err);
        assert_non_null(f);
        assert_true(scim_filter_sql(f, columns_of(type, true), &sql));
        char *plan = mirror_plan(db, cases[i].type, &sql);
        if (strstr(plan, cases[i].index) == NULL)
            fail_msg("%s\n%s\n%s", cases[i].filter, sql.where.data, plan);
        free(plan);
        scim_sql_clear(&sql);
        scim_filter_free(f);
    }
    sqlite3_close(db);
}

/* ---- what SQLite's parser can take --------------------------------------- */

static void nest_left(struct buf *b, int deep)
{
    for (int i = 0; i < deep; i++)
        buf_char(b, '(');
    buf_str(b, "title pr");
    for (int i = 0; i < deep; i++)
        buf_fmt(b, " %s title ne \"x\")", i % 2 == 0 ? "and" : "or");
}

static void nest_right(struct buf *b, int deep)
{
    for (int i = 0; i < deep; i++)
        buf_fmt(b, "title pr %s %s(", i % 2 == 0 ? "and" : "or",
                i % 3 == 0 ? "not " : "");
    buf_str(b, "title ne \"x\"");
    for (int i = 0; i < deep; i++)
        buf_char(b, ')');
}

/* A tree that is as wide as deep, as far as the limits let it grow. */
static void nest_both(struct buf *b, int deep)
{
    if (deep == 0) {
        buf_str(b, "photos sw \"a\"");
        return;
    }
    buf_char(b, '(');
    nest_both(b, deep - 1);
    buf_str(b, deep % 2 == 0 ? " and " : " or ");
    nest_both(b, deep - 1);
    buf_char(b, ')');
}

static void in_brackets(struct buf *b, int deep)
{
    buf_str(b, "title pr and (title pr or (title pr and photos[");
    for (int i = 0; i < deep; i++)
        buf_fmt(b, "type sw \"w\" %s (", i % 2 == 0 ? "and" : "or");
    buf_str(b, "not (value eq \"x\")");
    for (int i = 0; i < deep; i++)
        buf_char(b, ')');
    buf_str(b, "]))");
}

static void chain(struct buf *b, int deep)
{
    buf_str(b, "title pr");
    for (int i = 1; i < deep; i++)
        buf_str(b, i % 2 == 0 ? " or title pr" : " and title pr");
}

static void ignore(int n, void *ctx)
{
    (void)n;
    (void)ctx;
}

static void the_deepest_filters_are_no_trouble_for_sqlite(void **state)
{
    (void)state;
    static const struct {
        void (*make)(struct buf *b, int deep);
        int deep;
    } cases[] = {
        {nest_left, SCIM_FILTER_MAX_DEPTH},
        {nest_right, SCIM_FILTER_MAX_DEPTH},
        {nest_both, 8},
        {in_brackets, SCIM_FILTER_MAX_DEPTH - 4},
        {chain, SCIM_FILTER_MAX_TERMS},
    };
    const struct scim_type *type = given_type(model, "User");
    sqlite3 *db = people(false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf text = {0};
        struct scim_error err = {0};
        struct scim_sql sql;
        cases[i].make(&text, cases[i].deep);
        struct scim_filter *f =
            scim_filter_parse(type, text.data, text.len, true, &err);
        if (f == NULL)
            fail_msg("%zu: %s", i, err.detail);
        assert_true(scim_filter_sql(f, mirror_no_columns, &sql));
        mirror_find(db, "User", &sql, NULL, ignore, NULL);
        scim_sql_clear(&sql);
        scim_filter_free(f);
        buf_clear(&text);
    }
    sqlite3_close(db);
}

/* ---- by chance ----------------------------------------------------------- */

#define RESOURCES 150
#define FILTERS   1000
#define SEED      20240513u

struct world {
    sqlite3 *db;
    const struct scim_type *type;
    bool columns;
    json_t *resources[RESOURCES];
    bool found[RESOURCES];
};

static void note_found(int n, void *ctx)
{
    struct world *w = ctx;
    w->found[n - 1] = true;
}

/* With columns: as a mirror has it, whose `active` is never absent and whose
 * groups and members stand in a table of their own, empty here. */
static void fit_columns(json_t *resource)
{
    if (json_object_get(resource, "active") == NULL)
        json_object_set_new(resource, "active", json_false());
    json_object_del(resource, "groups");
    json_object_del(resource, "members");
    json_t *meta = json_object_get(resource, "meta");
    if (meta == NULL) {
        meta = json_object();
        json_object_set_new(resource, "meta", meta);
    }
    if (json_object_get(meta, "created") == NULL)
        json_object_set_new(meta, "created",
                            json_string("1970-01-01T00:00:00.000Z"));
}

static void make_world(struct world *w, struct chance *c, const char *type,
                       bool columns)
{
    *w = (struct world){.db = mirror_open(),
                        .type = given_type(model, type),
                        .columns = columns};
    (void)sqlite3_exec(w->db, "DROP INDEX resource_name", NULL, NULL, NULL);
    for (int i = 0; i < RESOURCES; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%d", i);
        w->resources[i] = chance_resource(c, w->type, id);
        if (columns)
            fit_columns(w->resources[i]);
        mirror_add(w->db, i + 1, w->type, w->resources[i],
                   columns_of(w->type, columns));
    }
}

static void end_world(struct world *w)
{
    for (int i = 0; i < RESOURCES; i++)
        json_decref(w->resources[i]);
    sqlite3_close(w->db);
}

static void compare(struct world *w, const char *text, size_t *hits)
{
    struct scim_error err = {0};
    struct scim_sql sql;
    struct scim_filter *f =
        scim_filter_parse(w->type, text, strlen(text), true, &err);
    if (f == NULL)
        fail_msg("%s: %s", text, err.detail);
    assert_true(scim_filter_sql(f, columns_of(w->type, w->columns), &sql));
    memset(w->found, 0, sizeof w->found);
    mirror_find(w->db, w->type->name, &sql, NULL, note_found, w);
    for (int i = 0; i < RESOURCES; i++) {
        bool holds = scim_filter_match(f, w->resources[i]);
        *hits += holds;
        if (holds == w->found[i])
            continue;
        char *shown = json_dumps(w->resources[i], JSON_INDENT(1));
        (void)fprintf(stderr, "%s\n%s\n%s\n", text, sql.where.data, shown);
        free(shown);
        fail_msg("only %s finds it", holds ? "the evaluation" : "the SQL");
    }
    scim_sql_clear(&sql);
    scim_filter_free(f);
}

static void sql_and_evaluation_agree(void **state)
{
    (void)state;
    struct chance c = {SEED};
    size_t hits = 0, pairs = 0;
    for (int round = 0; round < 4; round++) {
        struct world w;
        make_world(&w, &c, round < 2 ? "User" : "Group", round % 2 == 1);
        for (int i = 0; i < FILTERS; i++) {
            struct buf text = {0};
            chance_filter(&c, w.type, 4, &text);
            compare(&w, text.data, &hits);
            pairs += RESOURCES;
            buf_clear(&text);
        }
        end_world(&w);
    }
    print_message("seed %u: %zu pairs agree, %zu of them match\n", SEED, pairs,
                  hits);
    assert_true(pairs >= 100000 && hits > pairs / 20);
}

/* ---- members in a table of their own ------------------------------------- */

static void groups_are_found_by_their_members(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *want;
    } cases[] = {
        {"members[value eq \"11111111-1111-4111-8111-111111111111\" and type "
         "eq \"Group\"]",
         ""},
        {"members[not (type eq \"User\")]", ""},
        {"members[value sw \"1\" or type eq \"group\"]", "G1"},
        {"not (members[value sw \"1\"])", "G2"},
        {"members[display pr]", ""},
        {"members[display ne \"x\"]", "G1"},
        {"members.display ne \"x\"", "G1 G2"},
        {"members eq null", "G2"},
        {"displayName pr and members.type eq \"USER\"", "G1"},
    };
    sqlite3 *db = people(true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf names = {0};
        assert_true(found(db, "Group", cases[i].filter, true, &names));
        const char *is = names.data == NULL ? "" : names.data;
        if (strcmp(is, cases[i].want) != 0)
            fail_msg("%s: is \"%s\", want \"%s\"", cases[i].filter, is,
                     cases[i].want);
        buf_clear(&names);
    }
    sqlite3_close(db);
}

/* ---- sorting ------------------------------------------------------------- */

static void sorts_as_the_table_says(void **state)
{
    (void)state;
    static const struct {
        const char *why, *by;
        bool descending;
        const char *want;
    } cases[] = {
        {"SO-001", "userName", false, "U1 U2 U4 U3"},
        {"SO-002", "title", false, "U1 U2 U3 U4"},
        {"SO-003", "title", true, "U2 U3 U4 U1"},
        {"SO-004", "emails", false, "U1 U2 U3 U4"},
        {"the primary value", "emails.value", true, "U3 U4 U2 U1"},
        {"SO-007", "meta.created", true, "U4 U3 U2 U1"},
        {"names in any case", "NAME.familyname", true, "U3 U4 U2 U1"},
        {"extension", "department", false, "U1 U2 U3 U4"},
        {"numbers", "tombstone.openWorkFound", false, "U2 U1 U3 U4"},
        {"false before true", "active", false, "U3 U1 U2 U4"},
        {"an empty text is no value", "nickName", false, "U1 U2 U3 U4"},
        {"a table of its own", "groups.value", true, "U2 U3 U4 U1"},
    };
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof cases[0]); i++) {
        bool columns = i % 2 == 1;
        const size_t n = i / 2;
        struct scim_error err = {0};
        struct scim_sql order;
        struct buf names = {0};
        sqlite3 *db = people(columns);
        const struct scim_type *type = given_type(model, "User");
        if (!scim_sort_sql(type, cases[n].by, cases[n].descending,
                           columns_of(type, columns), &order, &err))
            fail_msg("%s: %s", cases[n].why, err.detail);
        mirror_find(db, "User", NULL, &order, note_name, &names);
        if (strcmp(names.data, cases[n].want) != 0 &&
            !(columns && strcmp(cases[n].by, "active") == 0))
            fail_msg("%s: %s\n%s", cases[n].why, order.where.data, names.data);
        scim_sql_clear(&order);
        buf_clear(&names);
        sqlite3_close(db);
    }
}

static void what_cannot_be_sorted_by_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *by, *fragment;
    } cases[] = {
        {"name", "name.formatted"},
        {"nonsense", "nonsense"},
        {"usrName", "\"userName\""},
        {"password", "disclosed"},
        {"addresses", "addresses"},
        {"emails[type eq \"work\"]", "attribute"},
        {"meta", "meta.resourceType"},
        {"", "attribute"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scim_error err = {0};
        struct scim_sql order;
        assert_false(scim_sort_sql(given_type(model, "User"), cases[i].by,
                                   false, mirror_no_columns, &order, &err));
        assert_true(given_refused(cases[i].by, &err, SCIM_INVALID_VALUE,
                                  cases[i].fragment));
        scim_sql_clear(&order);
    }
}

/* ---- the index ----------------------------------------------------------- */

static bool has_row(const struct scim_index_row *rows, size_t count,
                    const char *path, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].path, path) == 0 &&
            (key == NULL ||
             (rows[i].key != NULL && strcmp(rows[i].key, key) == 0)))
            return true;
    return false;
}

static void the_index_leaves_out_what_has_a_column_and_secrets(void **state)
{
    (void)state;
    const struct scim_type *type = given_type(model, "User");
    json_t *who = given(filter_people[0].json);
    json_object_set_new(who, "password", json_string("s3cret"));
    struct scim_index_row *rows = NULL;
    size_t n = 0;
    assert_true(scim_index_rows(type, who, mirror_user_columns, &rows, &n));
    assert_false(has_row(rows, n, "password", NULL));
    assert_false(has_row(rows, n, "userName", NULL));
    assert_false(has_row(rows, n, "groups.value", NULL));
    assert_true(has_row(rows, n, "title", "tour guide"));
    assert_true(has_row(rows, n, "nickName", ""));
    assert_true(has_row(rows, n, "emails.value", "babs@jensen.org"));
    assert_true(has_row(rows, n, SCIM_URN_ENTERPRISE ":department", "sales"));
    assert_true(has_row(rows, n, SCIM_URN_ENTERPRISE ":manager.value", "m-1"));
    assert_true(has_row(rows, n, "profileUrl",
                        "https://login.example.com/Bjensen\x01"
                        "HTTPS://Login.Example.COM/Bjensen"));
    scim_index_free(rows, n);
    json_decref(who);
}

static int setup(void **state)
{
    (void)state;
    model = given_model();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scim_model_free(model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_whom_the_table_says),
        cmocka_unit_test(no_filter_finds_all),
        cmocka_unit_test(common_filters_use_an_index),
        cmocka_unit_test(the_deepest_filters_are_no_trouble_for_sqlite),
        cmocka_unit_test(sql_and_evaluation_agree),
        cmocka_unit_test(groups_are_found_by_their_members),
        cmocka_unit_test(sorts_as_the_table_says),
        cmocka_unit_test(what_cannot_be_sorted_by_is_refused),
        cmocka_unit_test(the_index_leaves_out_what_has_a_column_and_secrets),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
