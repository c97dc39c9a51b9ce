/* Promises: rows are listed as appended and cannot be changed by the program;
 * whoever changes the file behind its back is found out. */
#include "test/store/fixture.h"

#include "store/audit.h"

#include <stdio.h>
#include <string.h>

static enum store_rc append(struct store_db *db, void *ctx)
{
    return store_audit_append(db, ctx);
}

static void fill(struct fixture *f, int count)
{
    for (int i = 1; i <= count; i++) {
        char at[16];
        (void)snprintf(at, sizeof at, "%d", i);
        struct store_audit row = {.at = 100 + i,
                                  .target = f->target,
                                  .actor = "okta",
                                  .request_id = at,
                                  .action = "user.update",
                                  .resource = i % 2 == 0 ? "even" : "odd",
                                  .before = NULL,
                                  .after = "{\"a\":1}",
                                  .calls = "",
                                  .outcome = "done",
                                  .detail = "It was done."};
        fixture_write(f, append, &row, STORE_OK);
    }
}

struct found {
    char text[256];
};

static bool see(const struct store_audit *row, void *ctx)
{
    struct found *found = ctx;
    size_t len = strlen(found->text);
    assert_string_equal(row->actor, "okta");
    assert_null(row->before);
    assert_string_equal(row->after, "{\"a\":1}");
    assert_string_equal(row->detail, "It was done.");
    (void)snprintf(found->text + len, sizeof found->text - len, "%lld:%s ",
                   (long long)row->n, row->request_id);
    return true;
}

static void rows_are_listed_oldest_first(void **state)
{
    struct fixture *f = *state;
    struct found found = {""};
    fill(f, 6);
    assert_int_equal(
        store_audit_list(f->reader, f->target, NULL, 2, 3, see, &found),
        STORE_OK);
    assert_string_equal(found.text, "3:3 4:4 5:5 ");
    found.text[0] = '\0';
    assert_int_equal(store_audit_list(f->reader, 0, "even", 2, 10, see, &found),
                     STORE_OK);
    assert_string_equal(found.text, "4:4 6:6 ");
    found.text[0] = '\0';
    assert_int_equal(
        store_audit_list(f->reader, f->target + 1, NULL, 0, 10, see, &found),
        STORE_OK);
    assert_string_equal(found.text, "");
}

static int64_t broken_at(struct fixture *f)
{
    int64_t bad = -1;
    enum store_rc rc = store_audit_verify(f->reader, &bad);
    assert_true(rc == STORE_OK || rc == STORE_NONE);
    assert_true((rc == STORE_OK) == (bad == 0));
    return bad;
}

#define UNLOCK                                                                 \
    "DROP TRIGGER audit_is_append_only; DROP TRIGGER audit_keeps_all;"

static const struct {
    const char *why, *sql;
    int64_t bad;
} tampered[] = {
    {"a text", UNLOCK "UPDATE audit SET after = '{}' WHERE n = 3", 3},
    {"NULL for a text", UNLOCK "UPDATE audit SET calls = NULL WHERE n = 2", 2},
    {"the time", UNLOCK "UPDATE audit SET at = at + 1 WHERE n = 1", 1},
    {"text moved from one column to the next",
     UNLOCK "UPDATE audit SET actor = 'okt', request_id = 'a4' WHERE n = 4", 4},
    {"a row and its own hash",
     UNLOCK "UPDATE audit SET hash = (SELECT hash FROM audit WHERE n = 4), "
            "outcome = 'x' WHERE n = 3",
     3},
    {"a row taken out", UNLOCK "DELETE FROM audit WHERE n = 4", 5},
    {"the last taken out", UNLOCK "DELETE FROM audit WHERE n = 5", 5},
    {"one bit", UNLOCK "UPDATE audit SET detail = 'It was dooe.' WHERE n = 2",
     2},
    {"two in another order",
     UNLOCK "UPDATE audit SET n = 9 WHERE n = 3; UPDATE audit SET n = 3 WHERE "
            "n = 4; UPDATE audit SET n = 4 WHERE n = 9",
     3},
    {"the first taken out", UNLOCK "DELETE FROM audit WHERE n = 1", 2},
};

static void a_changed_row_is_found(void **state)
{
    for (size_t i = 0; i < sizeof tampered / sizeof tampered[0]; i++) {
        struct fixture *f = *state;
        fill(f, 5);
        assert_int_equal(broken_at(f), 0);
        fixture_close(f);
        fixture_sql(f, tampered[i].sql);
        fixture_open(f);
        if (broken_at(f) != tampered[i].bad)
            fail_msg("%s: found at %lld", tampered[i].why,
                     (long long)broken_at(f));
        (void)fixture_teardown(state);
        (void)fixture_setup(state);
    }
}

static void the_chain_goes_on_after_a_restart(void **state)
{
    struct fixture *f = *state;
    fill(f, 2);
    fixture_close(f);
    fixture_open(f);
    fill(f, 2);
    assert_int_equal(broken_at(f), 0);
    assert_string_equal(fixture_value(f, "SELECT max(n) FROM audit"), "4");
}

static void a_cut_off_end_is_found_however_much_follows(void **state)
{
    struct fixture *f = *state;
    fill(f, 5);
    fixture_close(f);
    fixture_sql(f, UNLOCK "DELETE FROM audit WHERE n > 3");
    fixture_open(f);
    fill(f, 4);
    assert_int_equal(broken_at(f), 6);
}

static void an_empty_chain_is_whole(void **state)
{
    assert_int_equal(broken_at(*state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(rows_are_listed_oldest_first),
        T(a_changed_row_is_found),
        T(the_chain_goes_on_after_a_restart),
        T(a_cut_off_end_is_found_however_much_follows),
        T(an_empty_chain_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
