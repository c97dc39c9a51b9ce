/* Promises: Group.members and User.groups agree after every change, from both
 * ends, and a user's text, version and modified follow what it shows. */
#include "test/store/fixture.h"

#include "store/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USERS = 6, GROUPS = 4 };

/* The text that each user should have, made another way than the store does. */
#define DISAGREE                                                               \
    "SELECT count(*) FROM resource u WHERE u.type = 0 AND "                    \
    "coalesce(u.groups, '[]') <> '[' || coalesce((SELECT group_concat(t, ',')" \
    " FROM (SELECT '{\"value\":\"' || g.id || '\",\"$ref\":\"' || "            \
    "coalesce((SELECT public_base FROM target), '') || '/Groups/' || g.id || " \
    "'\",\"display\":\"' || json_extract(g.body, '$.displayName') || "         \
    "'\",\"type\":\"direct\"}' AS t FROM member m JOIN resource g ON g.n = "   \
    "m.grp WHERE m.member = u.n ORDER BY g.id)), '') || ']'"

static void assert_agree(const struct fixture *f)
{
    assert_string_equal(fixture_value(f, DISAGREE), "0");
}

static char *groups_of(struct fixture *f, int64_t user, int64_t *version,
                       int64_t *modified)
{
    struct store_resource r = fixture_get(f, user);
    char *groups = r.groups == NULL ? NULL : strdup(r.groups);
    *version = r.version;
    *modified = r.modified;
    store_resource_clear(&r);
    return groups;
}

static void joining_and_leaving_show_in_the_user(void **state)
{
    struct fixture *f = *state;
    int64_t version, modified, user = fixture_user(f, 1, "ada"),
                               group = fixture_group(f, 2, "Billing \\\"x");
    fixture_join(f, group, user, 5000);
    char *groups = groups_of(f, user, &version, &modified);
    assert_string_equal(
        groups, "[{\"value\":\"00000000-0000-4000-8000-000000000002\","
                "\"$ref\":\"/Groups/00000000-0000-4000-8000-000000000002\","
                "\"display\":\"Billing \\\"x\",\"type\":\"direct\"}]");
    assert_int_equal(version, 2);
    assert_int_equal(modified, 5000);
    free(groups);
    fixture_leave(f, group, user, 6000);
    assert_null(groups_of(f, user, &version, &modified));
    assert_int_equal(version, 3);
    assert_int_equal(modified, 6000);
}

struct call {
    int64_t group, member, now;
    bool changed;
};

static enum store_rc join(struct store_db *db, void *ctx)
{
    struct call *c = ctx;
    return store_member_add(db, c->group, c->member, c->now, &c->changed);
}

static enum store_rc leave(struct store_db *db, void *ctx)
{
    struct call *c = ctx;
    return store_member_remove(db, c->group, c->member, c->now, &c->changed);
}

static void doing_it_twice_changes_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t version, modified, user = fixture_user(f, 1, "ada"),
                               group = fixture_group(f, 2, "Billing");
    struct call c = {group, user, 5000, false};
    fixture_write(f, join, &c, STORE_OK);
    assert_true(c.changed);
    c.now = 6000;
    fixture_write(f, join, &c, STORE_OK);
    assert_false(c.changed);
    free(groups_of(f, user, &version, &modified));
    assert_int_equal(version, 2);
    fixture_write(f, leave, &c, STORE_OK);
    assert_true(c.changed);
    fixture_write(f, leave, &c, STORE_OK);
    assert_false(c.changed);
    free(groups_of(f, user, &version, &modified));
    assert_int_equal(version, 3);
}

static void a_member_that_does_not_exist_is_refused(void **state)
{
    struct fixture *f = *state;
    struct call c = {fixture_group(f, 2, "Billing"), 4711, 5000, false};
    fixture_write(f, join, &c, STORE_FAILED);
}

struct rename {
    int64_t group, now;
    const char *name;
};

static enum store_rc rename_group(struct store_db *db, void *ctx)
{
    const struct rename *re = ctx;
    struct store_resource r;
    char body[128];
    enum store_rc rc = store_resource_get_row(db, re->group, &r);
    if (rc != STORE_OK)
        return rc;
    free(r.body);
    (void)snprintf(body, sizeof body, "{\"displayName\":\"%s\"}", re->name);
    r.body = body;
    rc = store_resource_put(db, &r, NULL, 0);
    r.body = NULL;
    store_resource_clear(&r);
    return rc == STORE_OK ? store_member_group_renamed(db, re->group, re->now)
                          : rc;
}

static void a_renamed_group_is_renamed_in_its_members(void **state)
{
    struct fixture *f = *state;
    int64_t version, modified, in = fixture_user(f, 1, "ada"),
                               out = fixture_user(f, 2, "bob"),
                               group = fixture_group(f, 3, "Billing");
    fixture_join(f, group, in, 5000);
    struct rename re = {group, 7000, "Sales"};
    fixture_write(f, rename_group, &re, STORE_OK);
    char *groups = groups_of(f, in, &version, &modified);
    assert_non_null(strstr(groups, "\"display\":\"Sales\""));
    assert_int_equal(version, 3);
    assert_int_equal(modified, 7000);
    free(groups);
    assert_null(groups_of(f, out, &version, &modified));
    assert_int_equal(version, 1);
    /* The same name again is no change. */
    fixture_write(f, rename_group, &re, STORE_OK);
    free(groups_of(f, in, &version, &modified));
    assert_int_equal(version, 3);
    assert_agree(f);
}

struct op {
    int64_t row, now;
};

static enum store_rc remove_everywhere(struct store_db *db, void *ctx)
{
    const struct op *op = ctx;
    return store_member_remove_everywhere(db, op->row, op->now);
}

static enum store_rc clear_group(struct store_db *db, void *ctx)
{
    const struct op *op = ctx;
    return store_member_clear_group(db, op->row, op->now);
}

static void leaving_everywhere_raises_each_group(void **state)
{
    struct fixture *f = *state;
    int64_t version, modified,
        user = fixture_user(f, 1, "ada"), one = fixture_group(f, 2, "One"),
        two = fixture_group(f, 3, "Two"), other = fixture_group(f, 4, "Other");
    fixture_join(f, one, user, 5000);
    fixture_join(f, two, user, 5000);
    struct op op = {user, 8000};
    fixture_write(f, remove_everywhere, &op, STORE_OK);
    assert_null(groups_of(f, user, &version, &modified));
    assert_int_equal(version, 4);
    free(groups_of(f, one, &version, &modified));
    assert_int_equal(version, 2);
    assert_int_equal(modified, 8000);
    free(groups_of(f, other, &version, &modified));
    assert_int_equal(version, 1);
    assert_string_equal(fixture_value(f, "SELECT count(*) FROM member"), "0");
    /* Who is in no group is left alone. */
    fixture_write(f, remove_everywhere, &op, STORE_OK);
    free(groups_of(f, user, &version, &modified));
    assert_int_equal(version, 4);
}

static void a_cleared_group_has_no_members(void **state)
{
    struct fixture *f = *state;
    int64_t count, group = fixture_group(f, 100, "Team"),
                   keep = fixture_group(f, 101, "Keep");
    for (int i = 0; i < USERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "u%d", i);
        int64_t user = fixture_user(f, i, name);
        fixture_join(f, group, user, 5000);
        if (i % 2 == 0)
            fixture_join(f, keep, user, 5000);
    }
    struct op op = {group, 9000};
    fixture_write(f, clear_group, &op, STORE_OK);
    assert_int_equal(store_member_count(f->reader, group, &count), STORE_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store_member_count(f->reader, keep, &count), STORE_OK);
    assert_int_equal(count, USERS / 2);
    assert_agree(f);
}

static enum store_rc set_base(struct store_db *db, void *ctx)
{
    struct fixture *f = ctx;
    return store_target_set_public_base(db, f->target,
                                        "https://scim.example.com/scim/v2");
}

static void a_new_public_address_is_in_every_link(void **state)
{
    struct fixture *f = *state;
    int64_t version, modified, user = fixture_user(f, 1, "ada"),
                               group = fixture_group(f, 2, "Billing");
    fixture_join(f, group, user, 5000);
    fixture_write(f, set_base, f, STORE_OK);
    char *groups = groups_of(f, user, &version, &modified);
    assert_non_null(strstr(groups,
                           "\"$ref\":\"https://scim.example.com/scim/v2/"
                           "Groups/00000000"));
    assert_int_equal(version, 2);
    free(groups);
    fixture_write(f, set_base, f, STORE_OK);
    fixture_join(f, fixture_group(f, 3, "Sales"), user, 6000);
    assert_agree(f);
}

struct names {
    char text[256];
};

static bool add_name(const struct store_member *m, void *ctx)
{
    struct names *n = ctx;
    size_t len = strlen(n->text);
    (void)snprintf(n->text + len, sizeof n->text - len, "%s:%s:%s ", m->id + 34,
                   m->display, m->kind == NULL ? "-" : m->kind);
    return true;
}

static void members_and_groups_are_listed_by_id(void **state)
{
    struct fixture *f = *state;
    struct names n = {""};
    int64_t outer = fixture_group(f, 30, "Outer"),
            inner = fixture_group(f, 5, "Inner"), b = fixture_user(f, 9, "bob"),
            a = fixture_user(f, 7, "ada");
    fixture_sql(f, "UPDATE resource SET kind = 'team' WHERE type = 1");
    fixture_join(f, outer, b, 1);
    fixture_join(f, outer, a, 2);
    fixture_join(f, outer, inner, 3);
    fixture_join(f, inner, a, 4);
    assert_int_equal(store_members_of(f->reader, outer, add_name, &n),
                     STORE_OK);
    assert_string_equal(n.text, "05:Inner:- 07:ada:- 09:bob:- ");
    n.text[0] = '\0';
    assert_int_equal(store_groups_of(f->reader, a, add_name, &n), STORE_OK);
    assert_string_equal(n.text, "05:Inner:team 30:Outer:team ");
    assert_int_equal(store_member_has(f->reader, outer, inner), STORE_OK);
    assert_int_equal(store_member_has(f->reader, inner, b), STORE_NONE);
    /* A group in a group has no `groups` text: that is the users' alone. */
    struct store_resource r = fixture_get(f, inner);
    assert_null(r.groups);
    store_resource_clear(&r);
}

/* A small generator of its own, so that a failure can be run again. */
static unsigned next(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static void any_sequence_of_changes_keeps_both_ends_alike(void **state)
{
    struct fixture *f = *state;
    int64_t users[USERS], groups[GROUPS];
    unsigned seed = 7;
    char name[32];
    for (int i = 0; i < USERS; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        users[i] = fixture_user(f, i, name);
    }
    for (int i = 0; i < GROUPS; i++) {
        (void)snprintf(name, sizeof name, "g%d", i);
        groups[i] = fixture_group(f, 90 - i, name);
    }
    for (int i = 0; i < 300; i++) {
        int64_t user = users[next(&seed) % USERS],
                group = groups[next(&seed) % GROUPS];
        struct call c = {group, user, 10000 + i, false};
        struct op on_user = {user, 10000 + i}, on_group = {group, 10000 + i};
        (void)snprintf(name, sizeof name, "name %u", next(&seed) % 50);
        struct rename re = {group, 10000 + i, name};
        switch (next(&seed) % 8) {
        case 0:
            fixture_write(f, rename_group, &re, STORE_OK);
            break;
        case 1:
            if (i % 5 == 0)
                fixture_write(f, clear_group, &on_group, STORE_OK);
            break;
        case 2:
            if (i % 3 == 0)
                fixture_write(f, remove_everywhere, &on_user, STORE_OK);
            break;
        case 3:
            fixture_write(f, leave, &c, STORE_OK);
            break;
        default:
            fixture_write(f, join, &c, STORE_OK);
            break;
        }
        if (i % 10 == 0)
            assert_agree(f);
    }
    assert_agree(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(joining_and_leaving_show_in_the_user),
        T(doing_it_twice_changes_nothing),
        T(a_member_that_does_not_exist_is_refused),
        T(a_renamed_group_is_renamed_in_its_members),
        T(leaving_everywhere_raises_each_group),
        T(a_cleared_group_has_no_members),
        T(a_new_public_address_is_in_every_link),
        T(members_and_groups_are_listed_by_id),
        T(any_sequence_of_changes_keeps_both_ends_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
