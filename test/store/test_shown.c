/* Promises: what answers show of a user is made of its row in the transaction
 * that changes it, whichever way that happens; rows without a text are lent
 * whole; pages along the shown users are those of the list. */
#include "test/store/fixture.h"

#include "store/health.h"
#include "store/shown.h"
#include "store/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool blank; /* the renderer has no text */

static bool render(const struct store_resource *row, void *ctx,
                   struct buf *text, size_t *seen_at)
{
    if (blank)
        return false;
    buf_fmt(text, "%s %s v%lld %s %s", (const char *)ctx, row->id,
            (long long)row->version, row->body,
            row->groups == NULL ? "-" : row->groups);
    *seen_at = row->state == STORE_LINKED ? 3 : 0;
    return true;
}

static int shown_setup(void **state)
{
    static char base[] = "a";
    blank = false;
    int rc = fixture_setup(state);
    struct fixture *f = *state;
    store_shown_by(f->store, render, base);
    return rc;
}

struct seen {
    char text[2048];
    size_t len, seen_at;
    int64_t n, last;
    int rows, ready;
};

static bool see(const struct store_resource *row, void *ctx)
{
    struct seen *s = ctx;
    s->rows++;
    s->n = row->n;
    assert_true(row->n > s->last);
    s->last = row->n;
    s->seen_at = row->seen_at;
    s->len = row->shown_len;
    (void)snprintf(s->text, sizeof s->text, "%s",
                   row->shown == NULL ? row->body : row->shown);
    s->ready += row->shown != NULL;
    return true;
}

/* Each shown text is what the renderer makes of the row as it is stored. */
static void expect_true(struct fixture *f)
{
    assert_string_equal(
        fixture_value(
            f, "SELECT count(*) FROM resource r LEFT JOIN shown s "
               "ON s.k = (r.target << 40 | r.n) WHERE CASE WHEN r.type = 1 OR "
               "r.state = 3 THEN s.k IS NOT NULL ELSE s.text IS NOT 'a ' || "
               "r.id || ' v' || r.version || ' ' || r.body || ' ' || "
               "coalesce(r.groups, '-') OR s.version <> r.version OR "
               "s.seen <> r.seen END"),
        "0");
    assert_string_equal(fixture_value(f, "SELECT (SELECT count(*) FROM shown) "
                                         "= (SELECT count(*) FROM resource "
                                         "WHERE type = 0 AND state <> 3)"),
                        "1");
}

static enum store_rc put(struct store_db *db, void *ctx)
{
    return store_resource_put(db, ctx, NULL, 0);
}

static void it_follows_the_row(void **state)
{
    struct fixture *f = *state;
    char body[256];
    struct store_resource r =
        fixture_row(f->target, STORE_USER, 7, "ada", body, sizeof body);
    fixture_write(f, put, &r, STORE_OK);
    expect_true(f);
    r.version = 5;
    r.seen = 99;
    fixture_write(f, put, &r, STORE_OK);
    expect_true(f);
    r.state = STORE_TOMBSTONE;
    fixture_write(f, put, &r, STORE_OK);
    expect_true(f);
    r.state = STORE_ERASED;
    fixture_write(f, put, &r, STORE_OK);
    expect_true(f);
    assert_string_equal(fixture_value(f, "SELECT count(*) FROM shown"), "0");
}

static enum store_rc leave_all(struct store_db *db, void *ctx)
{
    return store_member_remove_everywhere(db, *(int64_t *)ctx, 9000);
}

static enum store_rc clear_group(struct store_db *db, void *ctx)
{
    return store_member_clear_group(db, *(int64_t *)ctx, 9000);
}

struct naming {
    struct fixture *f;
    int64_t group;
};

static enum store_rc rename_group(struct store_db *db, void *ctx)
{
    struct naming *n = ctx;
    char body[256];
    struct store_resource r =
        fixture_row(n->f->target, STORE_GROUP, 3, "Renamed", body, sizeof body);
    r.n = n->group;
    enum store_rc rc = store_resource_put(db, &r, NULL, 0);
    return rc == STORE_OK ? store_member_group_renamed(db, n->group, 9500) : rc;
}

static enum store_rc rebase(struct store_db *db, void *ctx)
{
    struct fixture *f = ctx;
    return store_target_set_public_base(db, f->target, "https://new.example");
}

static void it_follows_the_groups(void **state)
{
    struct fixture *f = *state;
    int64_t ada = fixture_user(f, 1, "ada"), bob = fixture_user(f, 2, "bob");
    struct naming naming = {.f = f, .group = fixture_group(f, 3, "Support")};
    int64_t other = fixture_group(f, 4, "Sales");
    fixture_join(f, naming.group, ada, 5000);
    fixture_join(f, naming.group, bob, 5000);
    fixture_join(f, other, ada, 5000);
    expect_true(f);
    fixture_write(f, rename_group, &naming, STORE_OK);
    expect_true(f);
    assert_string_equal(
        fixture_value(f, "SELECT count(*) FROM shown WHERE text GLOB "
                         "'*Renamed*'"),
        "2");
    fixture_write(f, rebase, f, STORE_OK);
    expect_true(f);
    fixture_leave(f, naming.group, bob, 6000);
    expect_true(f);
    fixture_write(f, leave_all, &ada, STORE_OK);
    expect_true(f);
    fixture_join(f, other, bob, 7000);
    fixture_write(f, clear_group, &other, STORE_OK);
    expect_true(f);
}

static void it_is_lent_by_id(void **state)
{
    struct fixture *f = *state;
    char id[64];
    struct seen s = {0};
    int64_t ada = fixture_user(f, 1, "ada"), group = fixture_group(f, 2, "G");
    (void)snprintf(id, sizeof id, "%s",
                   fixture_value(f, "SELECT id FROM resource WHERE n = 1"));
    assert_int_equal(store_shown_lend(f->reader, f->target, id, see, &s),
                     STORE_OK);
    assert_int_equal(s.n, ada);
    assert_int_equal(s.ready, 1);
    assert_int_equal(s.seen_at, 3);
    assert_int_equal(s.len, strlen(s.text));
    s = (struct seen){0};
    assert_int_equal(store_shown_lend(f->reader, f->target + 1, id, see, &s),
                     STORE_NONE);
    fixture_sql(f, "UPDATE shown SET text = NULL");
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(store_shown_lend(f->reader, f->target, id, see, &s),
                     STORE_OK);
    assert_int_equal(s.n, ada);
    assert_int_equal(s.ready, 0);
    (void)snprintf(id, sizeof id, "%s",
                   fixture_value(f, "SELECT id FROM resource WHERE type = 1"));
    assert_int_equal(store_shown_lend(f->reader, f->target, id, see, &s),
                     STORE_NONE);
    assert_true(group > 0);
}

/* Pages of all sizes and places, along the table and along the rows. */
static void its_pages_are_those_of_the_list(void **state)
{
    struct fixture *f = *state;
    char name[32], body[256];
    for (int i = 1; i <= 700; i++) {
        (void)snprintf(name, sizeof name, "user%d", i);
        blank = i % 11 == 0;
        struct store_resource r =
            fixture_row(f->target, STORE_USER, i, name, body, sizeof body);
        fixture_write(f, put, &r, STORE_OK);
        r.state = i % 3 == 0 ? STORE_ERASED : STORE_LINKED;
        if (i % 3 == 0)
            fixture_write(f, put, &r, STORE_OK);
    }
    blank = false;
    for (int64_t offset = 0; offset < 480; offset += 29) {
        struct store_query q = {.target = f->target,
                                .type = STORE_USER,
                                .offset = offset,
                                .limit = 20,
                                .answer = true};
        struct seen plain = {0}, ready = {0};
        assert_int_equal(store_resource_list(f->reader, &q, see, &plain),
                         STORE_OK);
        q.ready = true;
        assert_int_equal(store_resource_list(f->reader, &q, see, &ready),
                         STORE_OK);
        assert_int_equal(ready.rows, plain.rows);
        assert_int_equal(ready.last, plain.last);
        q.offset = 0;
        q.after = plain.last;
        struct seen next = {0};
        assert_int_equal(store_resource_list(f->reader, &q, see, &next),
                         STORE_OK);
        assert_true(next.rows == 0 || next.last > plain.last);
    }
}

static void a_filter_finds_what_is_shown(void **state)
{
    struct fixture *f = *state;
    static const char *const wheres[] = {"r.name_key = ?",
                                         "r.display_key = ? OR r.n = 2"};
    (void)fixture_user(f, 1, "ada");
    int64_t bob = fixture_user(f, 2, "bob");
    for (size_t i = 0; i < 2; i++) {
        struct store_value value = {.kind = STORE_TEXT, .text = "bob"};
        struct store_query q = {.target = f->target,
                                .type = STORE_USER,
                                .where = wheres[i],
                                .values = &value,
                                .value_count = 1,
                                .limit = 5,
                                .answer = true,
                                .ready = true};
        struct seen s = {0};
        assert_int_equal(store_resource_list(f->reader, &q, see, &s), STORE_OK);
        assert_int_equal(s.rows, 1);
        assert_int_equal(s.n, bob);
        assert_int_equal(s.ready, 1);
        q.target++;
        s = (struct seen){0};
        assert_int_equal(store_resource_list(f->reader, &q, see, &s), STORE_OK);
        assert_int_equal(s.rows, 0);
    }
}

static enum store_rc new_form(struct store_db *db, void *ctx)
{
    return store_shown_form(db, ctx);
}

static void another_form_makes_all_again(void **state)
{
    struct fixture *f = *state;
    static char form[] = "2";
    (void)fixture_user(f, 1, "ada");
    fixture_close(f);
    fixture_sql(f, "UPDATE shown SET text = 'old'");
    fixture_open(f);
    store_shown_by(f->store, render, (char[]){"a"});
    fixture_write(f, new_form, form, STORE_OK);
    expect_true(f);
    fixture_close(f);
    fixture_sql(f, "UPDATE shown SET text = 'kept'");
    fixture_open(f);
    fixture_write(f, new_form, form, STORE_OK);
    assert_string_equal(fixture_value(f, "SELECT text FROM shown"), "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_follows_the_row, shown_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(it_follows_the_groups, shown_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(it_is_lent_by_id, shown_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(its_pages_are_those_of_the_list,
                                        shown_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_filter_finds_what_is_shown,
                                        shown_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(another_form_makes_all_again,
                                        shown_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
