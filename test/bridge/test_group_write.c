/* Promises: a write to a group changes the team by its difference, keeps
 * members without an account in the mirror, and never claims what was not
 * done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/bridge/desk.h"

#define POST(d, ...)      desk_write(d, BRIDGE_CREATE, "Group", NULL, __VA_ARGS__)
#define PATCH(d, id, ...) desk_write(d, BRIDGE_PATCH, "Group", id, __VA_ARGS__)
#define OPS(op)                                                                \
    "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"            \
    "'Operations':[" op "]}"
#define EXT_GROUP                                                              \
    "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:Group"
#define EXT_USER                                                               \
    "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"

/* Two users, one team with the first of them. */
struct scene {
    struct desk d;
    char ann[ID_SIZE], bob[ID_SIZE], team[ID_SIZE];
    const char *upstream; /* the team's id */
};

static int setup(void **state)
{
    static struct scene s;
    desk_open(&s.d, NULL);
    desk_user(&s.d, "ann@example.com", s.ann);
    desk_user(&s.d, "bob@example.com", s.bob);
    assert_int_equal(POST(&s.d,
                          "{" GROUP_SCHEMAS ",'displayName':'Support',"
                          "'members':[{'value':'%s'}]}",
                          s.ann),
                     201);
    (void)snprintf(s.team, sizeof s.team, "%s", desk_text(&s.d, "id"));
    s.upstream = "3";
    *state = &s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    desk_close(&s->d);
    return 0;
}

static void reopen_with(struct desk *d, const char *name, const char *value)
{
    const struct desk_wish wishes[] = {{name, value}, {NULL, NULL}};
    desk_shut(d);
    desk_reopen(d, wishes);
}

/* The team's members upstream, joined by blanks. */
static const char *upstream(struct scene *s)
{
    static char text[128];
    json_t *team = json_object_get(
        json_object_get(fake_world(s->d.up), "teams"), s->upstream);
    size_t i, len = 0;
    json_t *id;
    text[0] = '\0';
    json_array_foreach (json_object_get(team, "members"), i, id) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s",
                                len > 0 ? " " : "", json_string_value(id));
    }
    return text;
}

static int members(struct scene *s)
{
    assert_int_equal(desk_get(&s->d, "Group", s->team), 200);
    return (int)json_array_size(json_object_get(s->d.body, "members"));
}

static bool in_groups(struct scene *s, const char *user)
{
    assert_int_equal(desk_get(&s->d, "User", user), 200);
    return strcmp(desk_text(&s->d, "groups.0.value"), s->team) == 0;
}

/* ---- create -------------------------------------------------------------- */

static void a_group_becomes_a_team_with_its_members(void **state)
{
    struct scene *s = *state;
    assert_string_equal(desk_text(&s->d, "members.0.value"), s->ann);
    assert_string_equal(desk_text(&s->d, "members.0.type"), "User");
    assert_string_equal(desk_text(&s->d, EXT_GROUP ".kind"), "team");
    assert_string_equal(desk_text(&s->d, EXT_GROUP ".upstreamId"), "3");
    assert_string_equal(upstream(s), "1");
    assert_true(in_groups(s, s->ann));
    assert_int_equal(desk_open_entries(&s->d), 0);
}

static void names_are_unique_without_case(void **state)
{
    struct scene *s = *state;
    assert_int_equal(POST(&s->d, "{" GROUP_SCHEMAS ",'displayName':'sUPPORT'}"),
                     409);
    assert_string_equal(desk_text(&s->d, "scimType"), "uniqueness");
}

static void unknown_members_are_named(void **state)
{
    struct scene *s = *state;
    const char *nobody = "00000000-0000-4000-8000-000000000000";
    assert_int_equal(POST(&s->d,
                          "{" GROUP_SCHEMAS ",'displayName':'New',"
                          "'members':[{'value':'%s'}]}",
                          nobody),
                     400);
    assert_non_null(strstr(desk_text(&s->d, "detail"), nobody));
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'add','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->team),
                     400);
    assert_non_null(strstr(desk_text(&s->d, "detail"), "nest"));
}

static void without_teams_a_group_is_local(void **state)
{
    struct scene *s = *state;
    reopen_with(&s->d, "profile", "{\"teams\":false}");
    int calls = fake_calls(s->d.up, NULL);
    assert_int_equal(POST(&s->d,
                          "{" GROUP_SCHEMAS ",'displayName':'Local',"
                          "'members':[{'value':'%s'}]}",
                          s->bob),
                     201);
    assert_string_equal(desk_text(&s->d, EXT_GROUP ".kind"), "local");
    assert_int_equal(fake_calls(s->d.up, NULL), calls);
}

/* ---- change -------------------------------------------------------------- */

static void members_move_by_difference(void **state)
{
    struct scene *s = *state;
    fake_log_clear(s->d.up);
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'replace','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->bob),
                     204);
    assert_null(s->d.reply.body);
    assert_non_null(s->d.reply.etag);
    assert_string_equal(fake_log(s->d.up),
                        "members.change 3; members.change 3; ");
    assert_string_equal(upstream(s), "2");
    assert_int_equal(members(s), 1);
    assert_false(in_groups(s, s->ann));
    assert_true(in_groups(s, s->bob));
}

static void a_member_that_is_there_changes_nothing(void **state)
{
    struct scene *s = *state;
    assert_int_equal(desk_get(&s->d, "Group", s->team), 200);
    char tag[32];
    (void)snprintf(tag, sizeof tag, "%s", s->d.reply.etag);
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'add','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->ann),
                     204);
    assert_string_equal(s->d.reply.etag, tag);
}

static void a_rename_reaches_team_and_users(void **state)
{
    struct scene *s = *state;
    assert_int_equal(
        PATCH(&s->d, s->team, "%s",
              OPS("{'op':'replace','path':'displayName','value':'Help'}")),
        204);
    assert_int_equal(desk_get(&s->d, "User", s->ann), 200);
    assert_string_equal(desk_text(&s->d, "groups.0.display"), "Help");
    json_t *team = json_object_get(
        json_object_get(fake_world(s->d.up), "teams"), s->upstream);
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(team, "group"), "displayName")),
                        "Help");
}

static void put_sets_exactly_the_members(void **state)
{
    struct scene *s = *state;
    assert_int_equal(desk_write(&s->d, BRIDGE_REPLACE, "Group", s->team,
                                "{" GROUP_SCHEMAS ",'displayName':'Support',"
                                "'members':[{'value':'%s'},{'value':'%s'}]}",
                                s->ann, s->bob),
                     200);
    assert_string_equal(upstream(s), "1 2");
    assert_int_equal(desk_write(&s->d, BRIDGE_REPLACE, "Group", s->team,
                                "{" GROUP_SCHEMAS ",'displayName':'Support'}"),
                     200);
    assert_string_equal(upstream(s), "");
    assert_int_equal(members(s), 0);
}

static void a_tombstone_stays_a_member_and_joins_again(void **state)
{
    struct scene *s = *state;
    (void)json_object_del(json_object_get(fake_world(s->d.up), "users"), "1");
    json_t *team = json_object_get(
        json_object_get(fake_world(s->d.up), "teams"), s->upstream);
    (void)json_array_clear(json_object_get(team, "members"));
    assert_int_equal(desk_write(&s->d, BRIDGE_PATCH, "User", s->ann, PATCH_OPS,
                                "{'op':'replace','path':'displayName',"
                                "'value':'Ann'}"),
                     200);
    assert_string_equal(desk_text(&s->d, EXT_USER ".state"), "tombstone");
    assert_int_equal(members(s), 1);
    assert_int_equal(desk_write(&s->d, BRIDGE_PATCH, "User", s->ann, PATCH_OPS,
                                "{'op':'replace','path':'active',"
                                "'value':true}"),
                     200);
    assert_string_equal(desk_text(&s->d, EXT_USER ".state"), "linked");
    assert_true(in_groups(s, s->ann));
    assert_string_equal(upstream(s), "4");
}

static void what_the_api_cannot_do_becomes_a_task(void **state)
{
    struct scene *s = *state;
    reopen_with(&s->d, "profile", "{\"members\":false}");
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'add','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->bob),
                     204);
    assert_int_equal(members(s), 2);
    assert_string_equal(upstream(s), "1");
    assert_string_equal(desk_tasks(&s->d, "Group", s->team), "team");
}

static const char *first_id(const json_t *detail, const char *list)
{
    const char *id = json_string_value(json_object_get(
        json_array_get(json_object_get(detail, list), 0), "id"));
    return id != NULL ? id : "";
}

static void wishes_of_several_requests_are_one_task(void **state)
{
    struct scene *s = *state;
    reopen_with(&s->d, "profile", "{\"members\":false}");
    /* Leaves and joins in one request, then the leaver comes back. */
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'replace','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->bob),
                     204);
    json_t *task = desk_task(&s->d, "Group", s->team, "team");
    assert_string_equal(first_id(task, "leave"), s->ann);
    assert_string_equal(first_id(task, "join"), s->bob);
    json_decref(task);
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'add','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->ann),
                     204);
    task = desk_task(&s->d, "Group", s->team, "team");
    /* The helpdesk still has her in the team: nothing is left to do for her. */
    assert_int_equal(json_array_size(json_object_get(task, "join")), 1);
    assert_string_equal(first_id(task, "join"), s->bob);
    assert_int_equal(json_array_size(json_object_get(task, "leave")), 0);
    json_decref(task);
    /* A change of mind about him too, and the task is withdrawn. */
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'replace','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->ann),
                     204);
    assert_string_equal(desk_tasks(&s->d, "Group", s->team), "");
    assert_int_equal(desk_audit(&s->d, "withdrawn"), 1);
}

/* What SCIM shows of the team stays as wished while a person has yet to act,
 * and follows the helpdesk once they have. */
static void a_sync_leaves_wished_memberships_alone(void **state)
{
    struct scene *s = *state;
    reopen_with(&s->d, "profile", "{\"members\":false}");
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'replace','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->bob),
                     204);
    desk_sync(&s->d);
    assert_true(in_groups(s, s->bob));
    assert_false(in_groups(s, s->ann));
    assert_string_equal(desk_tasks(&s->d, "Group", s->team), "team");
    /* A person does half of it, then the rest. */
    json_t *team = json_object_get(
        json_object_get(fake_world(s->d.up), "teams"), s->upstream);
    json_t *ids = json_object_get(team, "members");
    (void)json_array_append_new(ids, json_string("2"));
    desk_sync(&s->d);
    json_t *task = desk_task(&s->d, "Group", s->team, "team");
    assert_int_equal(json_array_size(json_object_get(task, "join")), 0);
    assert_string_equal(first_id(task, "leave"), s->ann);
    json_decref(task);
    (void)json_array_remove(ids, 0);
    desk_sync(&s->d);
    assert_string_equal(desk_tasks(&s->d, "Group", s->team), "");
    assert_true(in_groups(s, s->bob));
    assert_false(in_groups(s, s->ann));
}

static void the_audit_names_who_moved(void **state)
{
    struct scene *s = *state;
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'replace','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->bob),
                     204);
    json_t *after = desk_last_audit(&s->d);
    json_t *moved = json_object_get(after, "members");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(moved, "added"), 0)),
        s->bob);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(moved, "removed"), 0)),
        s->ann);
    json_decref(after);
}

/* ---- delete -------------------------------------------------------------- */

static void delete_takes_team_and_memberships(void **state)
{
    struct scene *s = *state;
    assert_int_equal(desk_write(&s->d, BRIDGE_DELETE, "Group", s->team, "{}"),
                     204);
    assert_int_equal(desk_get(&s->d, "Group", s->team), 404);
    assert_false(in_groups(s, s->ann));
    assert_int_equal(
        json_object_size(json_object_get(fake_world(s->d.up), "teams")), 0);
    assert_int_equal(POST(&s->d, "{" GROUP_SCHEMAS ",'displayName':'Support'}"),
                     201);
}

static void a_deleted_user_is_no_member(void **state)
{
    struct scene *s = *state;
    assert_int_equal(desk_write(&s->d, BRIDGE_DELETE, "User", s->ann, "{}"),
                     204);
    assert_int_equal(members(s), 0);
    assert_string_equal(upstream(s), "");
}

/* ---- failures ------------------------------------------------------------ */

static void half_a_change_shows_what_was_done(void **state)
{
    struct scene *s = *state;
    fake_fault(s->d.up, "members.change", 1, UP_FORBIDDEN, false);
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'replace','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->bob),
                     403);
    assert_string_equal(upstream(s), "");
    assert_int_equal(members(s), 0);
    assert_int_equal(desk_open_entries(&s->d), 0);
}

static void a_missing_account_names_the_member(void **state)
{
    struct scene *s = *state;
    (void)json_object_del(json_object_get(fake_world(s->d.up), "users"), "2");
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'add','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->bob),
                     400);
    assert_non_null(strstr(desk_text(&s->d, "detail"), s->bob));
    assert_int_equal(members(s), 1);
}

static void a_team_deleted_by_hand_is_404_and_gone(void **state)
{
    struct scene *s = *state;
    (void)json_object_clear(json_object_get(fake_world(s->d.up), "teams"));
    assert_int_equal(
        PATCH(&s->d, s->team, "%s",
              OPS("{'op':'replace','path':'displayName','value':'Help'}")),
        404);
    assert_int_equal(desk_get(&s->d, "Group", s->team), 404);
}

static void an_unknown_outcome_is_found_out(void **state)
{
    struct scene *s = *state;
    fake_fault(s->d.up, "members.change", 0, UP_UNKNOWN, true);
    assert_int_equal(PATCH(&s->d, s->team,
                           OPS("{'op':'add','path':'members',"
                               "'value':[{'value':'%s'}]}"),
                           s->bob),
                     504);
    assert_int_equal(members(s), 1);
    assert_true(desk_recover(&s->d));
    assert_int_equal(members(s), 2);
    assert_int_equal(desk_open_entries(&s->d), 0);
}

static void a_lost_team_is_not_made_twice(void **state)
{
    struct scene *s = *state;
    fake_fault(s->d.up, "team.create", 0, UP_UNKNOWN, true);
    for (int i = 0; i < 2; i++)
        assert_int_equal(POST(&s->d,
                              "{" GROUP_SCHEMAS ",'displayName':'New',"
                              "'members':[{'value':'%s'}]}",
                              s->bob),
                         i == 0 ? 504 : 201);
    assert_int_equal(
        json_object_size(json_object_get(fake_world(s->d.up), "teams")), 2);
    assert_int_equal(desk_open_entries(&s->d), 0);
    s->upstream = "4";
    assert_string_equal(upstream(s), "2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_group_becomes_a_team_with_its_members),
        TEST(names_are_unique_without_case),
        TEST(unknown_members_are_named),
        TEST(without_teams_a_group_is_local),
        TEST(members_move_by_difference),
        TEST(a_member_that_is_there_changes_nothing),
        TEST(a_rename_reaches_team_and_users),
        TEST(put_sets_exactly_the_members),
        TEST(a_tombstone_stays_a_member_and_joins_again),
        TEST(what_the_api_cannot_do_becomes_a_task),
        TEST(wishes_of_several_requests_are_one_task),
        TEST(a_sync_leaves_wished_memberships_alone),
        TEST(the_audit_names_who_moved),
        TEST(delete_takes_team_and_memberships),
        TEST(a_deleted_user_is_no_member),
        TEST(half_a_change_shows_what_was_done),
        TEST(a_missing_account_names_the_member),
        TEST(a_team_deleted_by_hand_is_404_and_gone),
        TEST(an_unknown_outcome_is_found_out),
        TEST(a_lost_team_is_not_made_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
