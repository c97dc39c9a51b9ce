/* Promises: what is known of a leave, and of each conversation, comes back as
 * it was stored; a person has one open hand-over at a time; the promised ones
 * are told in the order in which they may be tried. */
#include "test/store/fixture.h"

#include "store/hand_over.h"

#include <stdio.h>
#include <string.h>

static enum store_rc put(struct store_db *db, void *ctx)
{
    return store_hand_over_put(db, ctx);
}

struct item {
    int64_t hand_over;
    struct store_hand_over_item item;
};

static enum store_rc put_item(struct store_db *db, void *ctx)
{
    struct item *i = ctx;
    return store_hand_over_item_put(db, i->hand_over, &i->item);
}

/* Texts borrowed: never to be cleared. */
static struct store_hand_over a_leave(const struct fixture *f, int64_t who)
{
    return (struct store_hand_over){.target = f->target,
                                    .resource = who,
                                    .leaver = (char *)"510005",
                                    .actor = (char *)"okta",
                                    .opened = 1000,
                                    .moved_at = 1000};
}

static void a_hand_over_comes_back_as_stored(void **state)
{
    struct fixture *f = *state;
    struct store_hand_over in = a_leave(f, fixture_user(f, 1, "a")), out;
    fixture_write(f, put, &in, STORE_OK);
    assert_true(in.n > 0);
    in.listed = in.blind = in.promised = in.removal = true;
    in.rounds = 2;
    in.failures = 3;
    in.next_at = 5000;
    in.alarmed = 4000;
    in.error = (char *)"The helpdesk is away.";
    fixture_write(f, put, &in, STORE_OK);
    assert_int_equal(store_hand_over_of(f->reader, in.resource, false, &out),
                     STORE_OK);
    assert_int_equal(out.n, in.n);
    assert_true(out.listed && out.blind && out.promised && out.removal);
    assert_int_equal(out.rounds * 10 + out.failures, 23);
    assert_int_equal(out.next_at, 5000);
    assert_int_equal(out.alarmed, 4000);
    assert_string_equal(out.error, in.error);
    assert_string_equal(out.leaver, "510005");
    assert_null(out.outcome);
    store_hand_over_clear(&out);
}

static void one_is_open_at_a_time(void **state)
{
    struct fixture *f = *state;
    int64_t who = fixture_user(f, 1, "a");
    struct store_hand_over one = a_leave(f, who), two = a_leave(f, who), out;
    fixture_write(f, put, &one, STORE_OK);
    fixture_write(f, put, &two, STORE_CLASH);
    one.closed = 9000;
    one.outcome = (char *)"done";
    fixture_write(f, put, &one, STORE_OK);
    assert_int_equal(store_hand_over_of(f->reader, who, false, &out),
                     STORE_NONE);
    assert_int_equal(store_hand_over_of(f->reader, who, true, &out), STORE_OK);
    assert_string_equal(out.outcome, "done");
    store_hand_over_clear(&out);
    /* What is closed stays as it is. */
    one.closed = 9001;
    fixture_write(f, put, &one, STORE_NONE);
    two.n = 0;
    fixture_write(f, put, &two, STORE_OK);
    assert_int_equal(store_hand_over_of(f->reader, who, true, &out), STORE_OK);
    assert_int_equal(out.n, two.n);
    store_hand_over_clear(&out);
}

static void promised_ones_come_in_turn(void **state)
{
    struct fixture *f = *state;
    static const int64_t next_at[] = {700, 0, 300, 300};
    struct store_hand_over rows[4], out;
    char name[8], order[64] = "";
    for (int i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        rows[i] = a_leave(f, fixture_user(f, i + 1, name));
        rows[i].promised = i != 3;
        rows[i].next_at = next_at[i];
        fixture_write(f, put, &rows[i], STORE_OK);
    }
    int64_t at = -1, n = 0;
    while (store_hand_over_next(f->reader, f->target, at, n, &out) ==
           STORE_OK) {
        size_t len = strlen(order);
        (void)snprintf(order + len, sizeof order - len, "%d ",
                       (int)(out.n - rows[0].n));
        at = out.next_at;
        n = out.n;
        store_hand_over_clear(&out);
    }
    assert_string_equal(order, "1 2 0 ");
}

static bool join_items(const struct store_hand_over_item *i, void *ctx)
{
    char *text = ctx;
    size_t len = strlen(text);
    (void)snprintf(text + len, 256 - len, "%s:%d:%s:%s ", i->ticket,
                   (int)i->state, i->heir != NULL ? i->heir : "-",
                   i->name != NULL ? i->name : "-");
    return true;
}

static void items_keep_the_order_of_the_list(void **state)
{
    struct fixture *f = *state;
    struct store_hand_over row = a_leave(f, fixture_user(f, 1, "a"));
    char text[256] = "";
    static const char *const tickets[] = {"31", "7", "9"};
    fixture_write(f, put, &row, STORE_OK);
    for (int i = 0; i < 3; i++) {
        struct item one = {row.n, {.place = i, .ticket = (char *)tickets[i]}};
        fixture_write(f, put_item, &one, STORE_OK);
    }
    struct item changed = {row.n,
                           {.place = 1,
                            .ticket = (char *)"7",
                            .state = ITEM_CHOSEN,
                            .heir = (char *)"510004",
                            .name = (char *)"maren"}};
    fixture_write(f, put_item, &changed, STORE_OK);
    assert_int_equal(store_hand_over_items(f->reader, row.n, join_items, text),
                     STORE_OK);
    assert_string_equal(text, "31:0:-:- 7:1:510004:maren 9:0:-:- ");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_hand_over_comes_back_as_stored),
        TEST(one_is_open_at_a_time),
        TEST(promised_ones_come_in_turn),
        TEST(items_keep_the_order_of_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
