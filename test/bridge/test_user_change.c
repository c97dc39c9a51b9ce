/* Promises: what changing and deleting a user does upstream, in which order,
 * and what cannot be changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/hand_over.h"
#include "test/bridge/desk.h"

#define EXT              "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
#define POST(d, ...)     desk_write(d, BRIDGE_CREATE, "User", NULL, __VA_ARGS__)
#define PATCH(d, id, op) desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS, op)
#define DEACTIVATE       "{'op':'replace','path':'active','value':false}"
#define ACTIVATE         "{'op':'replace','path':'active','value':true}"

static int setup(void **state)
{
    static struct desk d;
    desk_open(&d, NULL);
    *state = &d;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static void reopen_with(struct desk *d, const char *name, const char *value)
{
    const struct desk_wish wishes[] = {{name, value}, {NULL, NULL}};
    desk_shut(d);
    desk_reopen(d, wishes);
}

/* ---- change -------------------------------------------------------------- */

static void an_unmapped_attribute_makes_no_call(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    fake_log_clear(d->up);
    assert_int_equal(
        PATCH(d, id, "{'op':'replace','path':'title','value':'Boss'}"), 200);
    assert_string_equal(fake_log(d->up), "");
    assert_string_equal(desk_text(d, "title"), "Boss");
    assert_string_equal(d->reply.etag, "W/\"2\"");
}

static void nothing_new_changes_nothing(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PATCH(d, id, ACTIVATE), 200);
    assert_string_equal(d->reply.etag, "W/\"1\"");
}

static void a_manager_is_shown_with_its_address(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE], boss[ID_SIZE], op[400], uri[200];
    desk_user(d, "ann@example.com", id);
    desk_user(d, "bob@example.com", boss);
    (void)snprintf(op, sizeof op,
                   "{'op':'add','path':'" SCIM_URN_ENTERPRISE ":manager',"
                   "'value':{'value':'%s','$ref':'http://old.example/7'}}",
                   boss);
    assert_int_equal(PATCH(d, id, op), 200);
    (void)snprintf(uri, sizeof uri, "%s/Users/%s", d->t->base, boss);
    json_t *manager = json_object_get(
        json_object_get(d->body, SCIM_URN_ENTERPRISE), "manager");
    assert_string_equal(json_string_value(json_object_get(manager, "$ref")),
                        uri);
    assert_int_equal(PATCH(d, id, op), 200);
    assert_string_equal(d->reply.etag, "W/\"2\"");
    /* An id of nobody is kept, and leads nowhere. */
    assert_int_equal(PATCH(d, id,
                           "{'op':'replace','path':'" SCIM_URN_ENTERPRISE
                           ":manager','value':{'value':'nobody'}}"),
                     200);
    manager = json_object_get(json_object_get(d->body, SCIM_URN_ENTERPRISE),
                              "manager");
    assert_null(json_object_get(manager, "$ref"));
}

static void a_rename_keeps_both_ids(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PATCH(d, id,
                           "{'op':'replace','path':'userName',"
                           "'value':'Ann.Lee@example.com'}"),
                     200);
    assert_string_equal(desk_text(d, "userName"), "Ann.Lee@example.com");
    assert_string_equal(desk_text(d, EXT ".upstreamId"), "1");
    assert_string_equal(fake_user_text(d->up, "1", "userName"),
                        "ann.lee@example.com");
    assert_int_equal(
        desk_count(d, "User", "userName eq \"ann.lee@example.com\""), 1);
}

static void a_stale_tag_is_412(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    const char *body =
        "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
        "'Operations':[{'op':'replace','path':'title','value':'A'}]}";
    assert_int_equal(
        desk_write_if(d, BRIDGE_PATCH, "User", id, "W/\"7\"", body), 412);
    assert_int_equal(
        desk_write_if(d, BRIDGE_PATCH, "User", id, "W/\"1\"", body), 200);
    assert_int_equal(
        desk_write_if(d, BRIDGE_DELETE, "User", id, "W/\"1\"", "{}"), 412);
}

static void a_put_clears_what_it_omits_but_active(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PATCH(d, id, DEACTIVATE), 200);
    assert_int_equal(desk_write(d, BRIDGE_REPLACE, "User", id,
                                "{" USER_SCHEMAS
                                ",'userName':'ann@example.com',"
                                "'nickName':'An'}"),
                     200);
    assert_false(desk_true(d, "active"));
    assert_string_equal(desk_text(d, "nickName"), "An");
    assert_string_equal(desk_text(d, "emails.0.value"), "");
}

static void access_goes_first_and_comes_last(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    fake_log_clear(d->up);
    assert_int_equal(
        desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                   "{'op':'replace','path':'displayName','value':'Ann'},"
                   "{'op':'replace','path':'roles',"
                   "'value':[{'value':'viewer'}]}," DEACTIVATE),
        200);
    assert_string_equal(fake_log(d->up),
                        "user.get 1; user.deactivate 1; user.role 1; "
                        "user.update 1; ");
    fake_log_clear(d->up);
    assert_int_equal(desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                                ACTIVATE ",{'op':'replace','path':'roles',"
                                         "'value':[{'value':'agent'}]},"
                                         "{'op':'replace','path':'displayName',"
                                         "'value':'Ann L'}"),
                     200);
    assert_string_equal(fake_log(d->up),
                        "user.get 1; user.update 1; user.role 1; "
                        "user.reactivate 1; ");
    assert_true(desk_true(d, "active"));
    assert_string_equal(desk_text(d, "roles.0.value"), "agent");
}

static void a_locked_account_is_woken_before_it_is_changed(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    reopen_with(d, "profile", "{\"locked\":true}");
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PATCH(d, id, DEACTIVATE), 200);
    assert_int_equal(
        PATCH(d, id, "{'op':'replace','path':'displayName','value':'Ann'}"),
        200);
    assert_string_equal(desk_text(d, "displayName"), "Ann");
    assert_string_equal(desk_tasks(d, "User", id), "update");
    fake_log_clear(d->up);
    assert_int_equal(PATCH(d, id, ACTIVATE), 200);
    assert_string_equal(fake_log(d->up),
                        "user.get 1; user.reactivate 1; user.update 1; ");
    assert_string_equal(fake_user_text(d->up, "1", "displayName"), "Ann");
    assert_string_equal(desk_tasks(d, "User", id), "");
}

static void a_leaver_that_vanishes_stays_readable(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    reopen_with(d, "profile", "{\"vanish\":true}");
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PATCH(d, id, DEACTIVATE), 200);
    assert_false(desk_true(d, "active"));
    assert_string_equal(desk_text(d, EXT ".state"), "tombstone");
    assert_string_equal(desk_text(d, EXT ".tombstone.reason"), "deactivated");
    assert_int_equal(desk_get(d, "User", id), 200);
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann@example.com'}"),
                     409);
}

static void a_tombstone_is_made_anew_under_its_id(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    (void)json_object_clear(json_object_get(fake_world(d->up), "users"));
    /* Deleted by hand: never 404, but inactive. */
    assert_int_equal(
        PATCH(d, id, "{'op':'replace','path':'displayName','value':'Ann'}"),
        200);
    assert_false(desk_true(d, "active"));
    assert_string_equal(desk_text(d, EXT ".state"), "tombstone");
    assert_int_equal(PATCH(d, id, ACTIVATE), 200);
    assert_true(desk_true(d, "active"));
    assert_string_equal(desk_text(d, "id"), id);
    assert_string_equal(desk_text(d, EXT ".state"), "linked");
    assert_string_equal(desk_text(d, EXT ".tombstone.reason"), "");
    assert_int_equal(fake_user_count(d->up), 1);
}

static void who_is_activated_after_vanishing_is_made_anew_at_once(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PATCH(d, id, DEACTIVATE), 200);
    (void)json_object_clear(json_object_get(fake_world(d->up), "users"));
    assert_int_equal(PATCH(d, id, ACTIVATE), 200);
    assert_true(desk_true(d, "active"));
    assert_string_equal(desk_text(d, "id"), id);
    assert_string_equal(desk_text(d, EXT ".state"), "linked");
    assert_int_equal(fake_user_count(d->up), 1);
    assert_int_equal(desk_open_entries(d), 0);
}

static void entra_renames_stay_in_the_mirror(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(
        PATCH(d, id,
              "{'op':'Replace','path':'userName','value':"
              "'6f9619ff8b86d011b42d00c04fc964ffann@example.com'}," DEACTIVATE),
        200);
    assert_string_equal(desk_text(d, "userName"),
                        "6f9619ff8b86d011b42d00c04fc964ffann@example.com");
    assert_string_equal(fake_user_text(d->up, "1", "userName"),
                        "ann@example.com");
    assert_int_equal(fake_calls(d->up, "user.update"), 0);
}

static void what_cannot_be_done_becomes_a_task(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    reopen_with(d, "profile",
                "{\"deactivate\":false,\"update\":false,\"role\":false}");
    desk_user(d, "ann@example.com", id);
    assert_int_equal(
        desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                   "{'op':'replace','path':'displayName','value':'Ann'},"
                   "{'op':'replace','path':'roles',"
                   "'value':[{'value':'viewer'}]}," DEACTIVATE),
        200);
    assert_false(desk_true(d, "active"));
    assert_string_equal(desk_text(d, "displayName"), "Ann");
    assert_string_equal(desk_tasks(d, "User", id), "deactivate role update");
    /* A change of mind withdraws the deactivation. */
    assert_int_equal(PATCH(d, id, ACTIVATE), 200);
    assert_null(strstr(desk_tasks(d, "User", id), "deactivate"));
}

/* ---- shields ------------------------------------------------------------- */

static void listed_accounts_are_shielded(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "root@example.com", id);
    reopen_with(d, "protect", "root@example.com");
    assert_int_equal(PATCH(d, id, DEACTIVATE), 403);
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", id, "{}"), 403);
    assert_int_equal(
        PATCH(d, id, "{'op':'replace','path':'displayName','value':'X'}"), 403);
    assert_int_equal(desk_get(d, "User", id), 200);
    assert_true(desk_true(d, "active"));
    assert_int_equal(fake_calls(d->up, "user.deactivate"), 0);
}

static void the_last_administrator_stays(void **state)
{
    struct desk *d = *state;
    char ids[2][ID_SIZE];
    fake_add_user(d->up, "a@example.com", "active", "admin");
    fake_add_user(d->up, "b@example.com", "active", "admin");
    desk_sync(d);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(desk_count(d, "User",
                                    i == 0 ? "userName eq \"a@example.com\""
                                           : "userName eq \"b@example.com\""),
                         1);
        (void)snprintf(ids[i], ID_SIZE, "%s", desk_text(d, "Resources.0.id"));
    }
    assert_int_equal(PATCH(d, ids[0], DEACTIVATE), 200);
    assert_int_equal(PATCH(d, ids[1], DEACTIVATE), 403);
    assert_int_equal(PATCH(d, ids[1],
                           "{'op':'replace','path':'roles',"
                           "'value':[{'value':'agent'}]}"),
                     403);
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", ids[1], "{}"), 403);
}

/* ---- open work ----------------------------------------------------------- */

static const struct desk_wish offboarding[] = {
    {"profile", "{\"tickets\":\"before\"}"},
    {"offboard", "manager, nobody"},
    {NULL, NULL}};

static void open_work_goes_to_the_first_heir_that_takes_it(void **state)
{
    struct desk *d = *state;
    char boss[ID_SIZE], id[ID_SIZE];
    desk_shut(d);
    desk_reopen(d, offboarding);
    desk_user(d, "boss@example.com", boss);
    desk_user(d, "ann@example.com", id);
    assert_int_equal(
        desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                   "{'op':'add','path':'urn:ietf:params:scim:schemas:"
                   "extension:enterprise:2.0:User:manager',"
                   "'value':{'value':'MANAGER'}}"),
        200);
    char op[256];
    (void)snprintf(op, sizeof op,
                   "{'op':'add','path':'urn:ietf:params:scim:schemas:"
                   "extension:enterprise:2.0:User:manager',"
                   "'value':{'value':'%s'}}",
                   boss);
    assert_int_equal(PATCH(d, id, op), 200);
    json_t *tickets = json_object_get(fake_world(d->up), "tickets");
    json_object_set_new(tickets, "t1", json_string("2"));
    json_object_set_new(tickets, "x2", json_string("2"));
    json_object_set_new(tickets, "t3", json_string("1"));
    fake_log_clear(d->up);
    assert_int_equal(PATCH(d, id, DEACTIVATE), 200);
    assert_string_equal(json_string_value(json_object_get(tickets, "t1")), "1");
    assert_string_equal(json_string_value(json_object_get(tickets, "x2")),
                        "nobody");
    assert_int_equal(
        json_integer_value(json_object_get(
            json_object_get(json_object_get(d->body, EXT), "tombstone"),
            "openWorkMoved")),
        2);
    const char *first = strstr(fake_log(d->up), "tickets.assign");
    assert_non_null(first);
    assert_true(first < strstr(fake_log(d->up), "user.deactivate"));
}

static void a_failing_hand_over_never_keeps_access(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_shut(d);
    desk_reopen(d, offboarding);
    desk_user(d, "ann@example.com", id);
    json_t *tickets = json_object_get(fake_world(d->up), "tickets");
    json_object_set_new(tickets, "t1", json_string("1"));
    fake_fault(d->up, "tickets.assign", 0, UP_UNAVAILABLE, false);
    assert_int_equal(PATCH(d, id, DEACTIVATE), 200);
    assert_false(desk_true(d, "active"));
    assert_string_equal(desk_tasks(d, "User", id), "offboard");
    for (int i = 0; i < 8; i++)
        fake_fault(d->up, "tickets.assign", 0, UP_UNAVAILABLE, false);
    assert_int_equal(desk_leaves(d, 7), 1);
    assert_string_equal(fake_user_text(d->up, "1", "state"), "active");
    d->now += HAND_OVER_PATIENCE_MS;
    assert_int_equal(desk_leaves(d, 1), 0);
    assert_string_equal(fake_user_text(d->up, "1", "state"), "inactive");
    assert_string_equal(desk_tasks(d, "User", id), "offboard");
}

/* ---- delete -------------------------------------------------------------- */

static void delete_deactivates_and_forgets(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", id, "{}"), 204);
    assert_null(d->reply.body);
    assert_string_equal(fake_user_text(d->up, "1", "state"), "inactive");
    assert_int_equal(desk_get(d, "User", id), 404);
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", id, "{}"), 404);
    assert_int_equal(PATCH(d, id, ACTIVATE), 404);
    assert_int_equal(desk_count(d, "User", NULL), 0);
    desk_sync(d);
    assert_int_equal(desk_count(d, "User", NULL), 0);
}

static void delete_removes_where_the_policy_says_so(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    reopen_with(d, "removal", "delete");
    desk_user(d, "ann@example.com", id);
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", id, "{}"), 204);
    assert_int_equal(fake_user_count(d->up), 0);
}

static void delete_of_a_vanished_account_is_done(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    (void)json_object_clear(json_object_get(fake_world(d->up), "users"));
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", id, "{}"), 204);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_unmapped_attribute_makes_no_call),
        TEST(nothing_new_changes_nothing),
        TEST(a_manager_is_shown_with_its_address),
        TEST(a_rename_keeps_both_ids),
        TEST(a_stale_tag_is_412),
        TEST(a_put_clears_what_it_omits_but_active),
        TEST(access_goes_first_and_comes_last),
        TEST(a_locked_account_is_woken_before_it_is_changed),
        TEST(a_leaver_that_vanishes_stays_readable),
        TEST(a_tombstone_is_made_anew_under_its_id),
        TEST(who_is_activated_after_vanishing_is_made_anew_at_once),
        TEST(entra_renames_stay_in_the_mirror),
        TEST(what_cannot_be_done_becomes_a_task),
        TEST(listed_accounts_are_shielded),
        TEST(the_last_administrator_stays),
        TEST(open_work_goes_to_the_first_heir_that_takes_it),
        TEST(a_failing_hand_over_never_keeps_access),
        TEST(delete_deactivates_and_forgets),
        TEST(delete_removes_where_the_policy_says_so),
        TEST(delete_of_a_vanished_account_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
