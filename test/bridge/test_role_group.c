/* Promises: members of a group that stands for a role have it, whatever makes
 * them members; who leaves gets the next lower one; `roles` cannot contradict.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/bridge/roles.h"

/* ---- members have the role ----------------------------------------------- */

static void the_highest_group_counts_and_leaving_gives_the_next(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], admins[ID_SIZE], agents[ID_SIZE];
    role_spare_admin(d);
    desk_user(d, "ann@example.com", ann);
    role_expect(d, ann, "viewer");
    role_group(d, "Helpdesk Admins", "", NULL, admins);
    assert_string_equal(desk_text(d, EXT_GROUP ".kind"), "role");
    role_group(d, "Agents", "agents-1", ann, agents);
    assert_string_equal(desk_text(d, EXT_GROUP ".kind"), "role");
    role_expect(d, ann, "agent");
    assert_int_equal(role_join(d, admins, ann), 204);
    role_expect(d, ann, "admin");
    assert_int_equal(role_groups(d, ann), 2);
    assert_int_equal(role_members(d, admins), 1);
    assert_int_equal(role_leave(d, admins, ann), 204);
    role_expect(d, ann, "agent");
    assert_int_equal(role_leave(d, agents, ann), 204);
    role_expect(d, ann, "viewer");
    assert_int_equal(role_groups(d, ann), 0);
    /* Nobody made a team of either. */
    assert_int_equal(fake_calls(d->up, "team.create"), 0);
    assert_int_equal(desk_open_entries(d), 0);
}

static void a_group_means_something_else_after_a_change(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], team[ID_SIZE];
    role_spare_admin(d);
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Helpdesk Admins", "", ann, team);
    role_expect(d, ann, "admin");
    /* Renamed: it stands for nothing. */
    assert_int_equal(PATCH_GROUP(d, team,
                                 "{'op':'replace','path':'displayName',"
                                 "'value':'Friends'}"),
                     204);
    role_expect(d, ann, "viewer");
    assert_int_equal(desk_get(d, "Group", team), 200);
    assert_string_equal(desk_text(d, EXT_GROUP ".kind"), "local");
    /* An externalId that the configuration names. */
    assert_int_equal(PATCH_GROUP(d, team,
                                 "{'op':'add','path':'externalId',"
                                 "'value':'agents-1'}"),
                     204);
    role_expect(d, ann, "agent");
    /* Both at once: the higher. */
    assert_int_equal(PATCH_GROUP(d, team,
                                 "{'op':'replace','path':'displayName',"
                                 "'value':'helpdesk ADMINS'}"),
                     204);
    role_expect(d, ann, "admin");
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "Group", team, " "), 204);
    role_expect(d, ann, "viewer");
    assert_int_equal(role_groups(d, ann), 0);
}

/* The next sync sees what the configuration means by now. */
static void a_new_configuration_shows_in_the_kind(void **state)
{
    struct desk *d = *state;
    char group[ID_SIZE];
    static const struct desk_wish other[] = {{"role.agent", "Friends"},
                                             {NULL, NULL}};
    role_group(d, "Helpdesk Admins", "", NULL, group);
    assert_int_equal(PATCH_GROUP(d, group,
                                 "{'op':'replace','path':'displayName',"
                                 "'value':'Friends'}"),
                     204);
    desk_shut(d);
    desk_reopen(d, other);
    desk_sync(d);
    assert_int_equal(desk_get(d, "Group", group), 200);
    assert_string_equal(desk_text(d, EXT_GROUP ".kind"), "role");
    assert_string_equal(d->reply.etag, "W/\"3\"");
    desk_sync(d);
    assert_int_equal(desk_get(d, "Group", group), 200);
    assert_string_equal(d->reply.etag, "W/\"3\"");
}

static void putting_members_gives_and_takes(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE], admins[ID_SIZE];
    role_spare_admin(d);
    desk_user(d, "ann@example.com", ann);
    desk_user(d, "bob@example.com", bob);
    role_group(d, "Helpdesk Admins", "", ann, admins);
    fake_log_clear(d->up);
    assert_int_equal(desk_write(d, BRIDGE_REPLACE, "Group", admins,
                                "{" GROUP_SCHEMAS ",'displayName':"
                                "'Helpdesk Admins','members':"
                                "[{'value':'%s'}]}",
                                bob),
                     200);
    role_expect(d, ann, "viewer");
    role_expect(d, bob, "admin");
    /* Access is taken first, given last. */
    assert_int_equal(desk_get(d, "User", ann), 200);
    char taken[64], given[64];
    (void)snprintf(taken, sizeof taken, "user.role %s;",
                   desk_text(d, EXT ".upstreamId"));
    assert_int_equal(desk_get(d, "User", bob), 200);
    (void)snprintf(given, sizeof given, "user.role %s;",
                   desk_text(d, EXT ".upstreamId"));
    const char *log = fake_log(d->up);
    assert_non_null(strstr(log, taken));
    assert_true(strstr(log, taken) < strstr(log, given));
}

/* A request that was cut off is done by sending it again. */
static void a_failed_rise_is_told_and_done_by_the_next_try(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE], admins[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    desk_user(d, "bob@example.com", bob);
    role_group(d, "Helpdesk Admins", "", NULL, admins);
    fake_fault(d->up, "user.role", 1, UP_UNAVAILABLE, false);
    char both[256];
    (void)snprintf(both, sizeof both,
                   "{'op':'add','path':'members','value':"
                   "[{'value':'%s'},{'value':'%s'}]}",
                   ann, bob);
    assert_int_equal(PATCH_GROUP(d, admins, both), 503);
    role_contains(desk_text(d, "detail"), "The role of ");
    assert_int_equal(role_members(d, admins), 1);
    assert_int_equal(PATCH_GROUP(d, admins, both), 204);
    assert_int_equal(role_members(d, admins), 2);
    role_expect(d, ann, "admin");
    role_expect(d, bob, "admin");
    assert_int_equal(desk_open_entries(d), 0);
}

/* Role and membership are one, also when a lost answer is found out later. */
static void a_lost_answer_is_found_out_with_the_group(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], admins[ID_SIZE];
    role_spare_admin(d);
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Helpdesk Admins", "", NULL, admins);
    for (int i = 0; i < 4; i++) {
        bool joins = i < 2, done = i % 2 == 1;
        fake_fault(d->up, "user.role", 0, UP_UNKNOWN, done);
        assert_true((joins ? role_join : role_leave)(d, admins, ann) >= 500);
        assert_int_equal(desk_open_entries(d), 1);
        assert_true(desk_recover(d));
        assert_int_equal(desk_open_entries(d), 0);
        role_expect(d, ann, joins == done ? "admin" : "viewer");
        assert_int_equal(role_members(d, admins), joins == done ? 1 : 0);
    }
}

static void whoever_waits_is_invited_with_the_role(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], agents[ID_SIZE];
    role_reopen(d, "profile", "{\"create\":\"no\"}");
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Agents", "agents-1", ann, agents);
    json_t *task = desk_task(d, "User", ann, "invite");
    assert_string_equal(json_string_value(json_object_get(task, "role")),
                        "agent");
    json_decref(task);
    assert_int_equal(desk_get(d, "User", ann), 200);
    assert_string_equal(desk_text(d, "roles.0.value"), "agent");
    assert_int_equal(role_groups(d, ann), 1);
    /* Somebody made the account, with another role. */
    const char *up =
        fake_add_user(d->up, "ann@example.com", "active", "viewer");
    desk_sync(d);
    assert_int_equal(desk_get(d, "User", ann), 200);
    assert_string_equal(desk_text(d, EXT ".state"), "linked");
    assert_string_equal(desk_tasks(d, "User", ann), "role");
    assert_string_equal(desk_text(d, EXT ".tasks.0.kind"), "role");
    (void)json_object_set_new(
        json_object_get(json_object_get(fake_world(d->up), "users"), up),
        "role", json_string("agent"));
    desk_sync(d);
    assert_string_equal(desk_tasks(d, "User", ann), "");
    role_expect(d, ann, "agent");
}

/* ---- no call for roles: a person's task ---------------------------------- */

static void without_a_call_for_it_a_person_sets_the_role(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], admins[ID_SIZE];
    role_reopen(d, "profile", "{\"role\":false}");
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Helpdesk Admins", "", ann, admins);
    assert_string_equal(desk_tasks(d, "User", ann), "role");
    assert_int_equal(desk_get(d, "User", ann), 200);
    assert_string_equal(desk_text(d, "roles.0.value"), "admin");
    assert_string_equal(desk_text(d, EXT ".role"), "viewer");
    /* A change of mind ends it. */
    assert_int_equal(role_leave(d, admins, ann), 204);
    assert_string_equal(desk_tasks(d, "User", ann), "");
    assert_int_equal(desk_get(d, "User", ann), 200);
    assert_string_equal(desk_text(d, "roles.0.value"), "viewer");
}

/* ---- `roles` beside the groups ------------------------------------------- */

static void roles_cannot_contradict_a_group(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], agents[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Agents", "agents-1", ann, agents);
    static const char viewer[] =
        "{'op':'replace','path':'roles[primary eq \\\"True\\\"].value',"
        "'value':'viewer'}";
    assert_int_equal(PATCH(d, ann, viewer), 400);
    assert_string_equal(desk_text(d, "scimType"), "invalidValue");
    role_contains(desk_text(d, "detail"), "Agents");
    role_expect(d, ann, "agent");
    /* The same role as the group's is no contradiction, nor is none. */
    assert_int_equal(PATCH(d, ann,
                           "{'op':'add','path':'roles','value':"
                           "[{'value':'agent','primary':true}]}"),
                     200);
    assert_int_equal(PATCH(d, ann, "{'op':'remove','path':'roles'}"), 200);
    assert_int_equal(desk_write(d, BRIDGE_REPLACE, "User", ann,
                                "{" USER_SCHEMAS
                                ",'userName':'ann@example.com','roles':[]}"),
                     200);
    role_expect(d, ann, "agent");
    assert_int_equal(PATCH(d, ann,
                           "{'op':'add','path':'roles','value':"
                           "[{'value':'admin'}]}"),
                     400);
    assert_int_equal(role_leave(d, agents, ann), 204);
    assert_int_equal(PATCH(d, ann,
                           "{'op':'add','path':'roles','value':"
                           "[{'value':'agent'}]}"),
                     200);
    role_expect(d, ann, "agent");
    assert_int_equal(PATCH(d, ann,
                           "{'op':'add','path':'roles','value':"
                           "[{'value':'admin'}]}"),
                     403);
    role_contains(desk_text(d, "detail"), "role.admin");
}

static void only_a_star_lets_roles_make_administrators(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE];
    static const struct desk_wish star[] = {{"role.admin", "*"}, {NULL, NULL}};
    desk_close(d);
    desk_open(d, star);
    desk_user(d, "ann@example.com", ann);
    assert_int_equal(PATCH(d, ann,
                           "{'op':'add','path':'roles','value':"
                           "[{'value':'admin'}]}"),
                     200);
    role_expect(d, ann, "admin");
}

static void who_returns_has_what_the_groups_give(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], admins[ID_SIZE];
    role_spare_admin(d);
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Helpdesk Admins", "", ann, admins);
    static const char off[] = "{'op':'replace','path':'active','value':false}";
    static const char on[] = "{'op':'replace','path':'active','value':true}";
    assert_int_equal(PATCH(d, ann, off), 200);
    assert_int_equal(role_leave(d, admins, ann), 204);
    assert_int_equal(PATCH(d, ann, on), 200);
    role_expect(d, ann, "viewer");
    assert_int_equal(PATCH(d, ann, off), 200);
    assert_int_equal(role_join(d, admins, ann), 204);
    assert_int_equal(PATCH(d, ann, on), 200);
    role_expect(d, ann, "admin");
}

/* ---- an account that is gone --------------------------------------------- */

static void who_is_gone_and_said_active_gets_a_new_account(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], agents[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Agents", "agents-1", ann, agents);
    json_t *users = json_object_get(fake_world(d->up), "users");
    assert_int_equal(json_object_del(users, "1"), 0);
    /* Not a word of active: it is gone, and stays so. */
    assert_int_equal(desk_write(d, BRIDGE_REPLACE, "User", ann,
                                "{" USER_SCHEMAS
                                ",'userName':'ann@example.com','active':true,"
                                "'displayName':'Ann Again','emails':[{'value':"
                                "'ann@example.com','type':'work'}]}"),
                     200);
    assert_true(desk_true(d, "active"));
    assert_string_equal(desk_text(d, EXT ".state"), "linked");
    assert_string_equal(desk_text(d, EXT ".upstreamId"), "2");
    assert_string_equal(desk_text(d, "displayName"), "Ann Again");
    role_expect(d, ann, "agent");
    assert_int_equal(json_object_del(users, "2"), 0);
    assert_int_equal(PATCH(d, ann,
                           "{'op':'replace','path':'displayName',"
                           "'value':'Ann Gone'}"),
                     200);
    assert_false(desk_true(d, "active"));
    assert_string_equal(desk_text(d, EXT ".state"), "tombstone");
    assert_int_equal(desk_open_entries(d), 0);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, role_setup, role_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_highest_group_counts_and_leaving_gives_the_next),
        TEST(a_group_means_something_else_after_a_change),
        TEST(a_new_configuration_shows_in_the_kind),
        TEST(putting_members_gives_and_takes),
        TEST(a_failed_rise_is_told_and_done_by_the_next_try),
        TEST(a_lost_answer_is_found_out_with_the_group),
        TEST(whoever_waits_is_invited_with_the_role),
        TEST(without_a_call_for_it_a_person_sets_the_role),
        TEST(roles_cannot_contradict_a_group),
        TEST(only_a_star_lets_roles_make_administrators),
        TEST(who_returns_has_what_the_groups_give),
        TEST(who_is_gone_and_said_active_gets_a_new_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
