/* Promises: a row comes back as it was stored, is found by each of its keys,
 * keys that must be unique are, and the index follows with the least work. */
#include "test/store/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct put {
    struct store_resource *r;
    const struct store_attr *attrs;
    size_t count;
};

static enum store_rc put(struct store_db *db, void *ctx)
{
    struct put *p = ctx;
    return store_resource_put(db, p->r, p->attrs, p->count);
}

static void store(struct fixture *f, struct store_resource *r,
                  const struct store_attr *attrs, size_t count,
                  enum store_rc want)
{
    struct put p = {r, attrs, count};
    fixture_write(f, put, &p, want);
}

static struct store_resource full_row(int64_t target)
{
    return (struct store_resource){
        .target = target,
        .type = STORE_USER,
        .state = STORE_WAITING,
        .id = "6f2c8a51-1111-4222-8333-123456789abc",
        .upstream_id = (char *)"510004",
        .identity = (char *)"2020-01-01",
        .kind = NULL,
        .role = (char *)"agent",
        .external_id = (char *)"x-17",
        .name_key = (char *)"ada@example.com",
        .display_key = (char *)"ada ex\xc3\xa4mple",
        .match_key = (char *)"ada@example.com",
        .active = true,
        .version = 3,
        .created = 11,
        .modified = 12,
        .seen = 13,
        .body = (char *)"{\"userName\":\"Ada@example.com\"}",
        .extension = (char *)"{\"state\":\"waiting\"}",
        .upstream = (char *)"{\"userName\":\"ada@example.com\"}",
    };
}

static void assert_same(const struct store_resource *a,
                        const struct store_resource *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->target, b->target);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->state, b->state);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->upstream_id, b->upstream_id);
    assert_string_equal(a->identity, b->identity);
    assert_null(a->kind);
    assert_string_equal(a->role, b->role);
    assert_string_equal(a->external_id, b->external_id);
    assert_string_equal(a->name_key, b->name_key);
    assert_string_equal(a->display_key, b->display_key);
    assert_string_equal(a->match_key, b->match_key);
    assert_int_equal(a->active, b->active);
    assert_int_equal(a->version, b->version);
    assert_int_equal(a->created, b->created);
    assert_int_equal(a->modified, b->modified);
    assert_int_equal(a->seen, b->seen);
    assert_string_equal(a->body, b->body);
    assert_string_equal(a->extension, b->extension);
    assert_null(a->groups);
    assert_string_equal(a->upstream, b->upstream);
}

static void comes_back_as_stored(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target), got;
    store(f, &r, NULL, 0, STORE_OK);
    assert_int_not_equal(r.n, 0);

    assert_int_equal(
        store_resource_get(f->reader, f->target, STORE_USER, r.id, &got),
        STORE_OK);
    assert_same(&r, &got);
    store_resource_clear(&got);
    assert_int_equal(store_resource_by_upstream(f->reader, f->target,
                                                STORE_USER, "510004", &got),
                     STORE_OK);
    assert_same(&r, &got);
    store_resource_clear(&got);
    assert_int_equal(store_resource_by_name(f->reader, f->target, STORE_USER,
                                            "ada@example.com", &got),
                     STORE_OK);
    assert_same(&r, &got);
    store_resource_clear(&got);
    assert_int_equal(store_resource_by_match(f->reader, f->target,
                                             "ada@example.com", false, &got),
                     STORE_OK);
    assert_same(&r, &got);
    store_resource_clear(&got);
}

static void is_not_found_under_another_target_or_type(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target), got;
    store(f, &r, NULL, 0, STORE_OK);
    assert_int_equal(
        store_resource_get(f->reader, f->target, STORE_GROUP, r.id, &got),
        STORE_NONE);
    assert_int_equal(
        store_resource_get(f->reader, f->target + 1, STORE_USER, r.id, &got),
        STORE_NONE);
    assert_int_equal(got.n, 0);
    assert_null(got.body);
}

static void a_replaced_row_keeps_what_never_changes(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target);
    store(f, &r, NULL, 0, STORE_OK);
    struct store_resource changed = r;
    changed.state = STORE_TOMBSTONE;
    changed.active = false;
    changed.version = 4;
    changed.upstream_id = NULL;
    changed.body = (char *)"{\"userName\":\"b\"}";
    changed.name_key = (char *)"b";
    changed.type = STORE_GROUP;
    memcpy(changed.id, "x", 2);
    store(f, &changed, NULL, 0, STORE_OK);

    struct store_resource got = fixture_get(f, r.n);
    assert_int_equal(got.type, STORE_USER);
    assert_string_equal(got.id, r.id);
    assert_int_equal(got.state, STORE_TOMBSTONE);
    assert_false(got.active);
    assert_null(got.upstream_id);
    assert_string_equal(got.name_key, "b");
    assert_string_equal(got.body, "{\"userName\":\"b\"}");
    assert_int_equal(got.version, 4);
    store_resource_clear(&got);
}

static void a_change_without_keys_is_stored_too(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target);
    store(f, &r, NULL, 0, STORE_OK);
    r.version = 9;
    r.modified = 99;
    r.seen = 98;
    r.role = (char *)"admin";
    r.identity = (char *)"2021";
    r.extension = (char *)"{}";
    r.upstream = (char *)"[]";
    r.body = (char *)"{\"displayName\":\"Ada\"}";
    store(f, &r, NULL, 0, STORE_OK);
    struct store_resource got = fixture_get(f, r.n);
    assert_same(&got, &r);
    store_resource_clear(&got);
    assert_string_equal(fixture_value(f, "SELECT display FROM resource"),
                        "Ada");
}

static void a_missing_row_cannot_be_replaced(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target);
    r.n = 4711;
    store(f, &r, NULL, 0, STORE_FAILED);
}

static void a_name_is_unique_but_for_erased_rows(void **state)
{
    struct fixture *f = *state;
    struct store_resource a = full_row(f->target), b = a, got;
    b.upstream_id = NULL;
    memcpy(b.id, "7", 1);
    store(f, &a, NULL, 0, STORE_OK);
    store(f, &b, NULL, 0, STORE_CLASH);
    assert_int_equal(b.n, 0);

    a.state = STORE_ERASED;
    store(f, &a, NULL, 0, STORE_OK);
    store(f, &b, NULL, 0, STORE_OK);
    assert_int_equal(store_resource_get_row(f->reader, a.n, &got), STORE_OK);
    assert_string_equal(got.name_key, "ada@example.com");
    store_resource_clear(&got);
    a.state = STORE_LINKED;
    store(f, &a, NULL, 0, STORE_CLASH);

    assert_int_equal(store_resource_by_name(f->reader, f->target, STORE_USER,
                                            "ada@example.com", &got),
                     STORE_OK);
    assert_int_equal(got.n, b.n);
    store_resource_clear(&got);
}

static void an_upstream_id_is_unique_within_its_type(void **state)
{
    struct fixture *f = *state;
    struct store_resource a = full_row(f->target), b = a;
    b.name_key = (char *)"other";
    memcpy(b.id, "7", 1);
    store(f, &a, NULL, 0, STORE_OK);
    store(f, &b, NULL, 0, STORE_CLASH);
    b.type = STORE_GROUP;
    b.name_key = NULL;
    store(f, &b, NULL, 0, STORE_OK);
}

static void erased_rows_match_last_and_only_when_asked(void **state)
{
    struct fixture *f = *state;
    struct store_resource a = full_row(f->target), b = a, got;
    a.state = STORE_ERASED;
    store(f, &a, NULL, 0, STORE_OK);
    assert_int_equal(store_resource_by_match(f->reader, f->target,
                                             "ada@example.com", false, &got),
                     STORE_NONE);
    assert_int_equal(store_resource_by_match(f->reader, f->target,
                                             "ada@example.com", true, &got),
                     STORE_OK);
    assert_int_equal(got.n, a.n);
    store_resource_clear(&got);

    memcpy(b.id, "7", 1);
    b.upstream_id = NULL;
    store(f, &b, NULL, 0, STORE_OK);
    assert_int_equal(store_resource_by_match(f->reader, f->target,
                                             "ada@example.com", true, &got),
                     STORE_OK);
    assert_int_equal(got.n, b.n);
    store_resource_clear(&got);
}

static void a_group_is_found_by_its_folded_name(void **state)
{
    struct fixture *f = *state;
    struct store_resource got;
    int64_t first = fixture_group(f, 1, "billing");
    (void)fixture_group(f, 2, "billing");
    assert_int_equal(store_resource_by_name(f->reader, f->target, STORE_GROUP,
                                            "billing", &got),
                     STORE_OK);
    assert_int_equal(got.n, first);
    store_resource_clear(&got);
}

static bool keep_body(const struct store_resource *row, void *ctx)
{
    char *out = ctx;
    assert_null(row->upstream);
    assert_null(row->name_key);
    (void)snprintf(out, 64, "%s %lld", row->body, (long long)row->version);
    return true;
}

static void a_row_is_lent_with_what_an_answer_needs(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target);
    char body[64] = "";
    store(f, &r, NULL, 0, STORE_OK);
    assert_int_equal(store_resource_lend(f->reader, f->target, STORE_USER, r.id,
                                         keep_body, body),
                     STORE_OK);
    assert_string_equal(body, "{\"userName\":\"Ada@example.com\"} 3");
    r.state = STORE_ERASED;
    store(f, &r, NULL, 0, STORE_OK);
    assert_int_equal(store_resource_lend(f->reader, f->target, STORE_USER, r.id,
                                         keep_body, body),
                     STORE_NONE);
}

static void a_body_that_is_no_json_is_refused(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target);
    r.body = (char *)"{\"userName\":";
    store(f, &r, NULL, 0, STORE_FAILED);
}

/* ---- the index ------------------------------------------------------------
 */

#define INDEX                                                                  \
    "SELECT group_concat(text, ' ') FROM (SELECT p.path || '/' || a.element "  \
    "|| '=' || coalesce(a.key, a.number) || "                                  \
    "CASE a.is_primary WHEN 1 THEN '*' ELSE '' END AS text FROM attr a "       \
    "JOIN attr_name p ON p.n = a.path "                                        \
    "ORDER BY p.path, a.element, a.nth)"

static void the_index_follows_the_values(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target);
    const struct store_attr first[] = {
        {"title", 0, "boss", 0, true},
        {"emails.value", 1, "b@example.com", 0, false},
        {"emails.value", 0, "a@example.com", 0, true},
        {"desk.level", 0, NULL, 2.5, true},
    };
    const struct store_attr second[] = {
        {"emails.value", 0, "c@example.com", 0, true},
        {"desk.level", 0, "high", 0, true},
        {"nickName", 0, "ad", 0, true},
        {"nickName", 0, "twice", 0, true},
    };
    store(f, &r, first, 4, STORE_OK);
    assert_string_equal(fixture_value(f, INDEX),
                        "desk.level/0=2.5* emails.value/0=a@example.com* "
                        "emails.value/1=b@example.com title/0=boss*");
    store(f, &r, second, 4, STORE_OK);
    assert_string_equal(fixture_value(f, INDEX),
                        "desk.level/0=high* emails.value/0=c@example.com* "
                        "nickName/0=ad* nickName/0=twice*");
    store(f, &r, NULL, 0, STORE_OK);
    assert_string_equal(fixture_value(f, INDEX), "");
}

/* Triggers count what a put really does to the rows. */
static void only_rows_of_the_index_that_differ_are_touched(void **state)
{
    struct fixture *f = *state;
    struct store_resource r = full_row(f->target);
    struct store_attr attrs[] = {
        {"a", 0, "1", 0, true},     {"b", 0, "2", 0, true},
        {"c", 0, NULL, 3, true},    {"d", 0, "4", 0, false},
        {"d", 1, "five", 0, false}, {"d", 2, "6", 0, true},
    };
    store(f, &r, attrs, 6, STORE_OK);
    fixture_sql(f, "CREATE TABLE seen (what TEXT);"
                   "CREATE TRIGGER s1 AFTER INSERT ON attr BEGIN "
                   "INSERT INTO seen VALUES ('+' || new.element || "
                   "coalesce(new.key, new.number)); END;"
                   "CREATE TRIGGER s3 AFTER UPDATE ON attr BEGIN "
                   "INSERT INTO seen VALUES ('~' || new.element || "
                   "coalesce(new.key, new.number)); END;"
                   "CREATE TRIGGER s2 AFTER DELETE ON attr BEGIN "
                   "INSERT INTO seen VALUES ('-' || old.element || "
                   "coalesce(old.key, old.number)); END");
    store(f, &r, attrs, 6, STORE_OK);
    assert_string_equal(fixture_value(f, "SELECT count(*) FROM seen"), "0");

    attrs[4].key = "FIVE";
    attrs[2].number = 3.5;
    store(f, &r, attrs, 5, STORE_OK); /* and d/2 is gone */
    assert_string_equal(fixture_value(f, "SELECT group_concat(what) FROM seen"),
                        "-26,~03.5,~1FIVE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(comes_back_as_stored),
        T(is_not_found_under_another_target_or_type),
        T(a_replaced_row_keeps_what_never_changes),
        T(a_change_without_keys_is_stored_too),
        T(a_missing_row_cannot_be_replaced),
        T(a_name_is_unique_but_for_erased_rows),
        T(an_upstream_id_is_unique_within_its_type),
        T(erased_rows_match_last_and_only_when_asked),
        T(a_group_is_found_by_its_folded_name),
        T(a_row_is_lent_with_what_an_answer_needs),
        T(a_body_that_is_no_json_is_refused),
        T(the_index_follows_the_values),
        T(only_rows_of_the_index_that_differ_are_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
