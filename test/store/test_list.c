/* Promises: pages are complete and in order at any offset, totals are right,
 * erased rows are never listed, and SQLite uses the indexes. */
#include "test/store/fixture.h"

#include "store/db_internal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 3000 };

struct batch {
    const struct fixture *f;
    int64_t target;
    int first, count;
};

static enum store_rc add_batch(struct store_db *db, void *ctx)
{
    const struct batch *b = ctx;
    enum store_rc rc = STORE_OK;
    for (int i = b->first; rc == STORE_OK && i < b->first + b->count; i++) {
        char name[32], body[128];
        (void)snprintf(name, sizeof name, "user-%05d", i);
        struct store_resource r =
            fixture_row(b->target, STORE_USER, i, name, body, sizeof body);
        const struct store_attr attrs[] = {
            {"emails.value", 0, name, 0, true},
            {"emails.type", 0, i % 2 == 0 ? "work" : "home", 0, true},
            {"level", 0, NULL, i % 10, true},
        };
        r.external_id = name;
        r.active = i % 3 != 0;
        rc = store_resource_put(db, &r, attrs, 3);
    }
    return rc;
}

static void fill(struct fixture *f, int first, int count)
{
    struct batch b = {f, f->target, first, count};
    fixture_write(f, add_batch, &b, STORE_OK);
}

static enum store_rc erase(struct store_db *db, void *ctx)
{
    struct store_resource r;
    enum store_rc rc = store_resource_get_row(db, *(int64_t *)ctx, &r);
    if (rc == STORE_OK) {
        r.state = STORE_ERASED;
        rc = store_resource_put(db, &r, NULL, 0);
        store_resource_clear(&r);
    }
    return rc;
}

struct seen {
    int count, stop_after;
    int64_t first, last;
    bool ordered;
};

static bool see(const struct store_resource *row, void *ctx)
{
    struct seen *s = ctx;
    if (s->count++ == 0)
        s->first = row->n;
    else if (row->n <= s->last)
        s->ordered = false;
    s->last = row->n;
    return s->count != s->stop_after;
}

static struct seen list(struct fixture *f, const struct store_query *q)
{
    struct seen s = {.ordered = true};
    enum store_rc rc = store_resource_list(f->reader, q, see, &s);
    if (rc != STORE_OK)
        fail_msg("%s", store_db_error(f->reader));
    return s;
}

static int64_t count(struct fixture *f, const struct store_query *q)
{
    int64_t n = -1;
    if (store_resource_count(f->reader, q, &n) != STORE_OK)
        fail_msg("%s", store_db_error(f->reader));
    return n;
}

static void pages_at_any_offset_are_right(void **state)
{
    struct fixture *f = *state;
    static const int64_t gone[] = {1, 2, 1024, 1025, 2047, 2999};
    fill(f, 1, MANY);
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        fixture_write(f, erase, (void *)&gone[i], STORE_OK);
    (void)fixture_group(f, 9000, "group");

    char sql[256];
    for (int64_t offset = 0; offset < MANY + 10; offset += 97) {
        struct store_query q = {.target = f->target,
                                .type = STORE_USER,
                                .offset = offset,
                                .limit = 10};
        struct seen s = list(f, &q);
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) || ' ' || coalesce(min(n), 0) || ' ' "
                       "|| coalesce(max(n), 0) FROM (SELECT n FROM resource "
                       "WHERE type = 0 AND state <> 3 ORDER BY n LIMIT 10 "
                       "OFFSET %lld)",
                       (long long)offset);
        char got[64];
        (void)snprintf(got, sizeof got, "%d %lld %lld", s.count,
                       (long long)s.first, (long long)s.last);
        assert_string_equal(got, fixture_value(f, sql));
        assert_true(s.ordered);
    }
}

static void totals_follow_births_and_erasures(void **state)
{
    struct fixture *f = *state;
    struct store_query users = {.target = f->target, .type = STORE_USER},
                       all = {.target = f->target, .type = -1};
    int64_t n = 7;
    assert_int_equal(count(f, &users), 0);
    fill(f, 1, 20);
    (void)fixture_group(f, 9000, "group");
    assert_int_equal(count(f, &users), 20);
    assert_int_equal(count(f, &all), 21);
    fixture_write(f, erase, &n, STORE_OK);
    fixture_write(f, erase, &n, STORE_OK);
    assert_int_equal(count(f, &users), 19);
    assert_int_equal(list(f, &(struct store_query){.target = f->target,
                                                   .type = STORE_USER,
                                                   .limit = 100})
                         .count,
                     19);
}

static void all_types_are_listed_one_after_the_other(void **state)
{
    struct fixture *f = *state;
    (void)fixture_group(f, 9001, "first group");
    fill(f, 1, 1500);
    (void)fixture_group(f, 9002, "second group");
    int total = 0;
    for (int64_t offset = 0; offset < 1502; offset += 50) {
        struct store_query q = {
            .target = f->target, .type = -1, .offset = offset, .limit = 50};
        total += list(f, &q).count;
    }
    assert_int_equal(total, 1502);
    struct store_query last = {
        .target = f->target, .type = -1, .offset = 1501, .limit = 9};
    struct seen s = list(f, &last);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.first, 1502);
}

static void a_filter_finds_pages_and_totals(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 100);
    const struct store_value values[] = {
        {.kind = STORE_INTEGER, .integer = 0},
        {.kind = STORE_NUMBER, .number = 6},
        {.kind = STORE_TEXT, .text = "user-00050"},
    };
    struct store_query q = {
        .target = f->target,
        .type = STORE_USER,
        .where = "r.active = ? AND r.n IN (SELECT a.resource FROM attr a WHERE "
                 "a.path = (SELECT n FROM attr_name WHERE path = 'level') AND "
                 "a.number > ?) OR r.name_key = ?",
        .values = values,
        .value_count = 3,
        .limit = 5};
    /* Multiples of 3 that end in 7, 8 or 9, and number 50. */
    assert_int_equal(count(f, &q), 11);
    struct seen s = list(f, &q);
    assert_int_equal(s.count, 5);
    assert_int_equal(s.first, 9);
    q.offset = 10;
    s = list(f, &q);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.first, 99);
}

struct order_seen {
    char text[256];
};

static bool see_names(const struct store_resource *row, void *ctx)
{
    struct order_seen *s = ctx;
    size_t len = strlen(s->text);
    (void)snprintf(s->text + len, sizeof s->text - len, "%s%s",
                   len == 0 ? "" : " ", row->body + strlen("{\"userName\":\""));
    return true;
}

static void an_order_is_kept_and_ties_go_by_number(void **state)
{
    struct fixture *f = *state;
    struct order_seen s = {""};
    fill(f, 1, 12);
    const struct store_value values[] = {
        {.kind = STORE_TEXT, .text = "user-00004"},
        {.kind = STORE_INTEGER, .integer = 5},
    };
    struct store_query q = {.target = f->target,
                            .type = STORE_USER,
                            .where = "r.name_key > ?",
                            .order = "r.active, (r.n > ?) DESC",
                            .values = values,
                            .value_count = 2,
                            .order_count = 1,
                            .offset = 1,
                            .limit = 3,
                            .answer = true};
    assert_int_equal(store_resource_list(f->reader, &q, see_names, &s),
                     STORE_OK);
    assert_string_equal(s.text, "user-00009\"} user-00012\"} user-00007\"}");
    assert_int_equal(count(f, &q), 8);
}

static struct store_key key_of(struct fixture *f, const char *order,
                               const struct store_value *values, size_t count,
                               int64_t n)
{
    struct store_key key;
    struct store_query q = {.target = f->target,
                            .type = STORE_USER,
                            .order = order,
                            .values = values,
                            .value_count = count,
                            .order_count = count};
    if (store_resource_key(f->reader, &q, n, &key) != STORE_OK)
        fail_msg("%s: %s", order, store_db_error(f->reader));
    return key;
}

static void the_sort_key_of_a_row_is_known(void **state)
{
    struct fixture *f = *state;
    const struct store_value add = {.kind = STORE_INTEGER, .integer = 40};
    const struct store_query q = {.target = f->target, .order = "r.n"};
    fill(f, 1, 3);
    struct store_key key = key_of(f, "r.name_key", NULL, 0, 2);
    assert_int_equal(key.kind, STORE_KEY_TEXT);
    assert_string_equal(key.text, "user-00002");
    free(key.text);
    key = key_of(f, "r.n + ?", &add, 1, 2);
    assert_int_equal(key.kind, STORE_KEY_INTEGER);
    assert_int_equal(key.integer, 42);
    assert_int_equal(key_of(f, "r.role", NULL, 0, 2).kind, STORE_KEY_NULL);
    assert_int_equal(key_of(f, "r.n * 0.5", NULL, 0, 2).kind, STORE_KEY_NUMBER);
    assert_int_equal(store_resource_key(f->reader, &q, 4711, &key), STORE_NONE);
}

static void a_listing_stops_when_told(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 50);
    struct seen s = {.stop_after = 7, .ordered = true};
    struct store_query q = {
        .target = f->target, .type = STORE_USER, .limit = 100};
    assert_int_equal(store_resource_list(f->reader, &q, see, &s), STORE_OK);
    assert_int_equal(s.count, 7);
    s = (struct seen){.ordered = true};
    assert_int_equal(
        store_resource_all(f->reader, f->target, STORE_USER, see, &s),
        STORE_OK);
    assert_int_equal(s.count, 50);
}

static void all_rows_come_in_any_state(void **state)
{
    struct fixture *f = *state;
    struct seen users = {.ordered = true}, groups = {.ordered = true};
    int64_t n = 4;
    fill(f, 1, 10);
    (void)fixture_group(f, 9000, "group");
    fixture_write(f, erase, &n, STORE_OK);
    assert_int_equal(
        store_resource_all(f->reader, f->target, STORE_USER, see, &users),
        STORE_OK);
    assert_int_equal(users.count, 10);
    assert_true(users.ordered);
    assert_int_equal(
        store_resource_all(f->reader, f->target, STORE_GROUP, see, &groups),
        STORE_OK);
    assert_int_equal(groups.count, 1);
}

struct nested {
    struct fixture *f;
    struct store_query q;
    int depth, count;
};

static bool list_again(const struct store_resource *row, void *ctx)
{
    struct nested *n = ctx;
    struct store_resource same;
    n->count++;
    assert_int_equal(store_resource_get_row(n->f->reader, row->n, &same),
                     STORE_OK);
    assert_string_equal(same.body, row->body);
    store_resource_clear(&same);
    if (++n->depth < 3)
        assert_int_equal(
            store_resource_list(n->f->reader, &n->q, list_again, n), STORE_OK);
    n->depth--;
    return true;
}

static void a_query_may_run_inside_itself(void **state)
{
    struct fixture *f = *state;
    struct nested n = {.f = f,
                       .q = {.target = f->target,
                             .type = STORE_USER,
                             .where = "r.active >= 0",
                             .limit = 3}};
    fill(f, 1, 5);
    assert_int_equal(store_resource_list(f->reader, &n.q, list_again, &n),
                     STORE_OK);
    assert_int_equal(n.count, 3 + 9 + 27);
}

static void many_different_queries_stay_right(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 400);
    for (int round = 0; round < 2; round++) {
        for (int i = 1; i <= 200; i++) {
            char where[64];
            (void)snprintf(where, sizeof where, "r.n <= %d", i);
            struct store_query q = {.target = f->target,
                                    .type = STORE_USER,
                                    .where = where,
                                    .limit = 1000};
            assert_int_equal(list(f, &q).count, i);
            assert_int_equal(count(f, &q), i);
        }
    }
}

static void a_wrong_filter_is_an_error_with_a_sentence(void **state)
{
    struct fixture *f = *state;
    struct seen s = {0};
    struct store_query q = {.target = f->target,
                            .type = STORE_USER,
                            .where = "r.nosuch = 1",
                            .limit = 1};
    assert_int_equal(store_resource_list(f->reader, &q, see, &s), STORE_FAILED);
    assert_non_null(strstr(store_db_error(f->reader), "nosuch"));
}

static void targets_do_not_see_each_other(void **state)
{
    struct fixture *f = *state;
    fill(f, 1, 5);
    fixture_sql(f, "INSERT INTO target (name, created) VALUES ('other', 1)");
    struct store_query q = {
        .target = f->target + 1, .type = STORE_USER, .limit = 10};
    assert_int_equal(list(f, &q).count, 0);
    assert_int_equal(count(f, &q), 0);
}

/* ---- plans ----------------------------------------------------------------
 */

static const struct {
    const char *where, *uses;
    bool sorts; /* rows come from several places of the index */
} plans[] = {
    {NULL, "resource_list", false},
    {"r.n > ?", "resource_list", false},
    {"r.name_key = ?", "resource_name", false},
    {"r.name_key >= ? AND r.name_key < ?", "resource_name", true},
    {"r.name_key = ? OR r.external_id = ?", "resource_name", true},
    {"r.external_id = ? OR r.name_key = ?", "resource_external", true},
    {"r.id = ?", "resource_id", false},
    {"r.external_id = ?", "resource_external", false},
    {"r.display_key = ?", "resource_display", false},
    {"r.match_key = ?", "resource_match", false},
    {"r.upstream_id = ?", "resource_upstream", false},
    {"r.created > ?", "resource_created", true},
    {"r.modified > ?", "resource_modified", true},
    {"r.active = ?", "resource_active", false},
    {"r.state = ?", "resource_state", false},
    {"r.n IN (SELECT a.resource FROM attr a WHERE a.path = (SELECT n FROM "
     "attr_name WHERE path = ?) AND a.key = ?)",
     "attr_key (path=? AND key=?)", false},
    {"r.n IN (SELECT a.resource FROM attr a WHERE a.path = (SELECT n FROM "
     "attr_name WHERE path = ?) AND a.number > ?)",
     "attr_number (path=? AND number>?)", false},
    {"r.n IN (SELECT m.grp FROM member m JOIN resource g ON g.n = m.member "
     "WHERE g.id = ?)",
     "member_of (member=?)", false},
    {"r.n IN (SELECT m.member FROM member m JOIN resource g ON g.n = m.grp "
     "WHERE g.id = ?)",
     "PRIMARY KEY (grp=?)", false},
    {"EXISTS (SELECT 1 FROM member m JOIN resource g ON g.n = m.member WHERE "
     "m.grp = r.n AND g.id = ?)",
     "resource_id (id=?)", false},
};

/* The SQL that the connection has used last. */
static const char *last_sql(const struct store_db *db)
{
    for (size_t i = 0; i < DB_QUERIES; i++)
        if (db->queries[i].used == db->query_clock)
            return sqlite3_sql(db->queries[i].st);
    return "";
}

static void read_plan(const struct fixture *f, const char *sql, char *out,
                      size_t size)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    char text[4096];
    (void)snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s", sql);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, text, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    out[0] = '\0';
    while (sqlite3_step(st) == SQLITE_ROW) {
        size_t len = strlen(out);
        (void)snprintf(out + len, size - len, "%s\n",
                       (const char *)sqlite3_column_text(st, 3));
    }
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
}

static void each_filter_is_answered_by_its_index(void **state)
{
    struct fixture *f = *state;
    char plan[2048];
    fill(f, 1, 3);
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        const struct store_value values[2] = {
            {.kind = STORE_TEXT, .text = "a"},
            {.kind = STORE_TEXT, .text = "b"}};
        struct store_query q = {.target = f->target,
                                .type = STORE_USER,
                                .where = plans[i].where,
                                .values = values,
                                .answer = true};
        for (const char *c = q.where; c != NULL && *c != '\0'; c++)
            q.value_count += *c == '?' && c[-1] == ' ';
        (void)list(f, &q);
        read_plan(f, last_sql(f->reader), plan, sizeof plan);
        if (strstr(plan, plans[i].uses) == NULL || strstr(plan, "SCAN r\n") ||
            (strstr(plan, "TEMP B-TREE") != NULL) != plans[i].sorts)
            fail_msg("not by %s alone: %s:\n%s", plans[i].uses,
                     last_sql(f->reader), plan);
    }
}

static void a_reader_stops_at_its_limit_and_goes_on_without(void **state)
{
    struct fixture *f = *state;
    int64_t count = 0;
    struct store_value none = {.kind = STORE_TEXT, .text = "nobody has this"};
    struct store_query q = {.target = f->target,
                            .type = STORE_USER,
                            .where = "instr(r.body, ?) > 0",
                            .values = &none,
                            .value_count = 1,
                            .limit = 1};
    for (int i = 1; i <= 300; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "limited%d", i);
        (void)fixture_user(f, 7000 + i, name);
    }
    store_reader_limit(f->reader, 1000);
    assert_int_equal(store_resource_count(f->reader, &q, &count), STORE_FAILED);
    assert_true(store_reader_over(f->reader));
    store_reader_limit(f->reader, 1000000);
    assert_false(store_reader_over(f->reader));
    assert_int_equal(store_resource_count(f->reader, &q, &count), STORE_OK);
    assert_false(store_reader_over(f->reader));
    store_reader_limit(f->reader, 0);
    assert_int_equal(store_resource_count(f->reader, &q, &count), STORE_OK);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(pages_at_any_offset_are_right),
        T(totals_follow_births_and_erasures),
        T(all_types_are_listed_one_after_the_other),
        T(a_filter_finds_pages_and_totals),
        T(an_order_is_kept_and_ties_go_by_number),
        T(the_sort_key_of_a_row_is_known),
        T(a_listing_stops_when_told),
        T(all_rows_come_in_any_state),
        T(a_query_may_run_inside_itself),
        T(many_different_queries_stay_right),
        T(a_wrong_filter_is_an_error_with_a_sentence),
        T(targets_do_not_see_each_other),
        T(each_filter_is_answered_by_its_index),
        T(a_reader_stops_at_its_limit_and_goes_on_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
