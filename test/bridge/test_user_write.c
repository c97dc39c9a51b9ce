/* Promises: how a user gets its account, and what the mirror and the answer
 * say when the helpdesk fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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

/* ---- create -------------------------------------------------------------- */

static void creates_an_account_and_answers_with_it(void **state)
{
    struct desk *d = *state;
    assert_int_equal(
        POST(d, "{" USER_SCHEMAS ",'userName':'Ann@Example.com',"
                "'externalId':'x-1','title':'Boss','password':'S3cret!',"
                "'name':{'givenName':'Ann','familyName':'Lee'}}"),
        201);
    assert_string_equal(desk_text(d, "userName"), "Ann@Example.com");
    assert_string_equal(desk_text(d, "title"), "Boss");
    assert_string_equal(desk_text(d, "password"), "");
    assert_true(desk_true(d, "active"));
    assert_string_equal(desk_text(d, EXT ".state"), "linked");
    assert_string_equal(desk_text(d, EXT ".role"), "agent");
    assert_non_null(d->reply.location);
    assert_non_null(d->reply.etag);
    assert_string_equal(d->reply.etag, "W/\"1\"");
    assert_string_equal(fake_user_text(d->up, "1", "userName"),
                        "ann@example.com");
    assert_string_equal(fake_user_text(d->up, "1", "password"), "S3cret!");
    assert_int_equal(desk_open_entries(d), 0);
    assert_int_equal(desk_audit(d, "done"), 1);
}

static void refuses_a_name_that_is_taken(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ANN@example.com'}"),
                     409);
    assert_string_equal(desk_text(d, "scimType"), "uniqueness");
    assert_int_equal(fake_user_count(d->up), 1);
}

static void adopts_an_account_that_nobody_stands_for(void **state)
{
    struct desk *d = *state;
    const char *id = fake_add_user(d->up, "ann@example.com", "active", "agent");
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann@example.com',"
                             "'displayName':'Ann'}"),
                     201);
    assert_string_equal(desk_text(d, EXT ".upstreamId"), id);
    assert_string_equal(fake_user_text(d->up, id, "displayName"), "Ann");
    assert_int_equal(fake_calls(d->up, "user.create"), 0);
}

static void adopts_an_inactive_account_by_waking_it(void **state)
{
    struct desk *d = *state;
    const char *id =
        fake_add_user(d->up, "ann@example.com", "inactive", "agent");
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann@example.com'}"),
                     201);
    assert_true(desk_true(d, "active"));
    assert_string_equal(fake_user_text(d->up, id, "state"), "active");
}

static void never_takes_over_a_mapped_account(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann2',"
                             "'emails':[{'value':'ann@example.com'}]}"),
                     409);
    assert_int_equal(fake_user_count(d->up), 1);
    assert_int_equal(desk_open_entries(d), 0);
}

static void an_equal_name_alone_proves_nothing(void **state)
{
    struct desk *d = *state;
    fake_add_user(d->up, "ann", "active", "agent");
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann',"
                             "'emails':[{'value':'other@example.com'}]}"),
                     409);
    assert_string_equal(desk_text(d, "scimType"), "uniqueness");
}

static void an_erased_person_comes_back_under_a_new_id(void **state)
{
    struct desk *d = *state;
    char old[ID_SIZE], id[ID_SIZE];
    desk_user(d, "ann@example.com", old);
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", old, "{}"), 204);
    assert_string_equal(fake_user_text(d->up, "1", "state"), "inactive");
    desk_user(d, "ann@example.com", id);
    assert_string_not_equal(old, id);
    assert_string_equal(desk_text(d, EXT ".upstreamId"), "1");
    assert_string_equal(fake_user_text(d->up, "1", "state"), "active");
    assert_int_equal(fake_user_count(d->up), 1);
    assert_int_equal(desk_get(d, "User", old), 404);
}

static void without_create_a_person_is_asked_to_invite(void **state)
{
    struct desk *d = *state;
    reopen_with(d, "profile", "{\"create\":\"no\"}");
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann@example.com'}"),
                     201);
    char id[ID_SIZE];
    (void)snprintf(id, sizeof id, "%s", desk_text(d, "id"));
    assert_string_equal(desk_text(d, EXT ".state"), "waiting");
    assert_string_equal(desk_text(d, EXT ".tasks.0.kind"), "invite");
    assert_int_equal(desk_audit(d, "waiting"), 1);
    /* The person was invited: the next sync links the account. */
    fake_add_user(d->up, "ann@example.com", "active", "agent");
    desk_sync(d);
    assert_int_equal(desk_get(d, "User", id), 200);
    assert_string_equal(desk_text(d, EXT ".state"), "linked");
    assert_string_equal(desk_tasks(d, "User", id), "");
}

static void a_policy_of_refusal_refuses(void **state)
{
    struct desk *d = *state;
    const struct desk_wish wishes[] = {{"profile", "{\"create\":\"no\"}"},
                                       {"unsupported", "refuse"},
                                       {NULL, NULL}};
    desk_shut(d);
    desk_reopen(d, wishes);
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann@example.com'}"),
                     501);
    assert_int_equal(desk_count(d, "User", NULL), 0);
    assert_int_equal(desk_open_entries(d), 0);
}

static void an_inactive_create_is_deactivated_at_once(void **state)
{
    struct desk *d = *state;
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann@example.com',"
                             "'active':false}"),
                     201);
    assert_false(desk_true(d, "active"));
    assert_string_equal(fake_user_text(d->up, "1", "state"), "inactive");
}

static void an_inactive_create_invites_nobody(void **state)
{
    struct desk *d = *state;
    reopen_with(d, "profile", "{\"create\":\"invite\"}");
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'ann@example.com',"
                             "'active':false}"),
                     201);
    char id[ID_SIZE];
    (void)snprintf(id, sizeof id, "%s", desk_text(d, "id"));
    assert_int_equal(fake_user_count(d->up), 0);
    assert_string_equal(desk_text(d, EXT ".state"), "waiting");
    assert_int_equal(PATCH(d, id, ACTIVATE), 200);
    assert_string_equal(desk_text(d, EXT ".state"), "linked");
    assert_string_equal(desk_text(d, "id"), id);
    assert_string_equal(fake_user_text(d->up, "1", "state"), "pending");
    /* Deactivated before accepting: the invitation is revoked. */
    assert_int_equal(PATCH(d, id, DEACTIVATE), 200);
    assert_string_equal(desk_text(d, EXT ".state"), "tombstone");
    assert_int_equal(fake_user_count(d->up), 0);
}

static void roles_are_checked_and_given(void **state)
{
    struct desk *d = *state;
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'a@example.com',"
                             "'roles':[{'value':'viewer'}]}"),
                     201);
    assert_string_equal(desk_text(d, EXT ".role"), "viewer");
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'b@example.com',"
                             "'roles':[{'value':'emperor'}]}"),
                     400);
    assert_string_equal(desk_text(d, "scimType"), "invalidValue");
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'b@example.com',"
                             "'roles':[{'value':'admin'}]}"),
                     403);
    assert_int_equal(POST(d, "{" USER_SCHEMAS ",'userName':'b@example.com',"
                             "'roles':[{'value':'owner'}]}"),
                     403);
    assert_int_equal(fake_user_count(d->up), 1);
}

static void what_the_profile_refuses_is_not_sent(void **state)
{
    struct desk *d = *state;
    assert_int_equal(
        POST(d, "{" USER_SCHEMAS ",'userName':'%s@example.com'}",
             "mmmmmmmmmmnnnnnnnnnnooooooooooppppppppppqqqqqqqqqqrrrrrrrrrr"),
        400);
    assert_int_equal(fake_calls(d->up, NULL), 0);
}

/* ---- failures ------------------------------------------------------------ */

static const struct {
    enum up_rc rc;
    int status;
    bool retry;
} failures[] = {
    {UP_THROTTLED, 429, true},     {UP_UNAVAILABLE, 503, true},
    {UP_UNAUTHORIZED, 502, false}, {UP_FORBIDDEN, 403, false},
    {UP_NO_SEAT, 403, false},      {UP_PROTECTED, 403, false},
    {UP_INVALID, 400, false},      {UP_CONFLICT, 409, false},
};

static void a_failed_create_leaves_nothing(void **state)
{
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        fake_fault(d->up, "user.create", 0, failures[i].rc, false);
        int status = POST(d, "{" USER_SCHEMAS ",'userName':'ann@example.com'}");
        if (status != failures[i].status)
            fail_msg("outcome %d: %d", (int)failures[i].rc, status);
        assert_int_equal(d->reply.retry_after > 0, failures[i].retry);
        assert_int_equal(desk_count(d, "User", NULL), 0);
        assert_int_equal(desk_open_entries(d), 0);
    }
    assert_int_equal(desk_audit(d, "refused"),
                     (int)(sizeof failures / sizeof failures[0]));
}

static void a_failed_change_leaves_the_mirror_as_it_was(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    fake_fault(d->up, "user.update", 0, UP_UNAVAILABLE, false);
    assert_int_equal(
        PATCH(d, id, "{'op':'replace','path':'displayName','value':'Ann'}"),
        503);
    assert_int_equal(desk_get(d, "User", id), 200);
    assert_string_equal(desk_text(d, "displayName"), "");
    assert_string_equal(d->reply.etag, "W/\"1\"");
    assert_int_equal(desk_open_entries(d), 0);
}

static void half_a_change_is_an_error_and_the_mirror_is_true(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    fake_fault(d->up, "user.update", 0, UP_INVALID, false);
    assert_int_equal(
        desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                   "{'op':'replace','path':'displayName','value':'Ann'},"
                   "{'op':'replace','path':'title','value':'T'}," DEACTIVATE),
        400);
    assert_non_null(strstr(desk_text(d, "detail"), "attributes"));
    assert_int_equal(desk_get(d, "User", id), 200);
    assert_false(desk_true(d, "active"));
    assert_string_equal(desk_text(d, "displayName"), "");
    assert_string_equal(desk_text(d, "title"), "");
    assert_int_equal(desk_open_entries(d), 0);
    assert_int_equal(desk_audit(d, "failed"), 1);
}

static void an_unknown_outcome_is_found_out_by_the_next_request(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    fake_fault(d->up, "user.deactivate", 0, UP_UNKNOWN, true);
    assert_int_equal(PATCH(d, id, DEACTIVATE), 504);
    assert_true(d->reply.retry_after > 0);
    assert_int_equal(desk_open_entries(d), 1);
    /* The repetition sees that it was done, and does nothing. */
    assert_int_equal(PATCH(d, id, DEACTIVATE), 200);
    assert_false(desk_true(d, "active"));
    assert_int_equal(fake_calls(d->up, "user.deactivate"), 1);
    assert_int_equal(desk_open_entries(d), 0);
}

static void a_lost_create_is_not_repeated(void **state)
{
    struct desk *d = *state;
    for (int done = 0; done < 2; done++) {
        char name[32];
        (void)snprintf(name, sizeof name, "ann%d@example.com", done);
        fake_fault(d->up, "user.create", 0, UP_UNKNOWN, done == 1);
        assert_int_equal(
            POST(d, "{" USER_SCHEMAS ",'userName':'%s','title':'T'}", name),
            504);
        assert_int_equal(
            POST(d, "{" USER_SCHEMAS ",'userName':'%s','title':'T'}", name),
            201);
        assert_string_equal(desk_text(d, "title"), "T");
        assert_int_equal(fake_user_count(d->up), (size_t)done + 1);
        assert_int_equal(desk_open_entries(d), 0);
    }
    assert_int_equal(desk_count(d, "User", NULL), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(creates_an_account_and_answers_with_it),
        TEST(refuses_a_name_that_is_taken),
        TEST(adopts_an_account_that_nobody_stands_for),
        TEST(adopts_an_inactive_account_by_waking_it),
        TEST(never_takes_over_a_mapped_account),
        TEST(an_equal_name_alone_proves_nothing),
        TEST(an_erased_person_comes_back_under_a_new_id),
        TEST(without_create_a_person_is_asked_to_invite),
        TEST(a_policy_of_refusal_refuses),
        TEST(an_inactive_create_is_deactivated_at_once),
        TEST(an_inactive_create_invites_nobody),
        TEST(roles_are_checked_and_given),
        TEST(what_the_profile_refuses_is_not_sent),
        TEST(a_failed_create_leaves_nothing),
        TEST(a_failed_change_leaves_the_mirror_as_it_was),
        TEST(half_a_change_is_an_error_and_the_mirror_is_true),
        TEST(an_unknown_outcome_is_found_out_by_the_next_request),
        TEST(a_lost_create_is_not_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
