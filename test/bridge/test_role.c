/* Promises: what adding, replacing and removing `roles` makes of a user's one
 * role, and that SCIM shows it as it was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/bridge/desk.h"

#define EXT              "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
#define PATCH(d, id, op) desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS, op)
#define PUT(d, id, more)                                                       \
    desk_write(d, BRIDGE_REPLACE, "User", id,                                  \
               "{" USER_SCHEMAS ",'userName':'ann@example.com'" more "}")

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

static size_t role_count(struct desk *d)
{
    return json_array_size(json_object_get(d->body, "roles"));
}

static void expect_role(struct desk *d, const char *role)
{
    assert_int_equal(role_count(d), 1);
    assert_string_equal(desk_text(d, "roles.0.value"), role);
    assert_string_equal(desk_text(d, EXT ".role"), role);
    assert_string_equal(fake_user_text(d->up, "1", "role"), role);
}

/* Entra ID adds a role without taking the old one away. */
static void an_added_role_takes_the_place_of_the_old(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    expect_role(d, "agent");
    assert_int_equal(PATCH(d, id,
                           "{'op':'add','path':'roles',"
                           "'value':[{'value':'viewer'}]}"),
                     200);
    expect_role(d, "viewer");
    /* The same again, as the client writes it: still one. */
    assert_int_equal(PATCH(d, id,
                           "{'op':'add','path':'roles',"
                           "'value':[{'value':'Viewer','display':'Looks'}]}"),
                     200);
    assert_int_equal(role_count(d), 1);
    assert_string_equal(desk_text(d, "roles.0.display"), "Looks");
    assert_string_equal(desk_text(d, EXT ".role"), "viewer");
}

static void two_added_roles_are_one_too_many(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PATCH(d, id,
                           "{'op':'replace','path':'roles',"
                           "'value':[{'value':'viewer'},{'value':'emperor'}]}"),
                     400);
    assert_string_equal(desk_text(d, "scimType"), "invalidValue");
    assert_int_equal(fake_calls(d->up, "user.role"), 0);
}

static void a_role_reads_back_as_it_was_sent(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PATCH(d, id,
                           "{'op':'replace','path':'roles','value':[{'value':"
                           "'viewer','display':'Looks','type':'desk'}]}"),
                     200);
    expect_role(d, "viewer");
    assert_string_equal(desk_text(d, "roles.0.display"), "Looks");
    assert_string_equal(desk_text(d, "roles.0.type"), "desk");
    assert_null(json_object_get(
        json_array_get(json_object_get(d->body, "roles"), 0), "primary"));
}

static void removed_roles_leave_the_default_one(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(PATCH(d, id, "{'op':'remove','path':'roles'}"), 200);
        expect_role(d, "agent");
    }
    assert_string_equal(d->reply.etag, "W/\"1\"");
    assert_int_equal(PUT(d, id, ",'roles':[{'value':'viewer'}]"), 200);
    expect_role(d, "viewer");
    assert_int_equal(PATCH(d, id, "{'op':'remove','path':'roles'}"), 200);
    expect_role(d, "agent");
}

static void a_put_without_roles_leaves_them(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PUT(d, id, ",'roles':[{'value':'viewer'}]"), 200);
    assert_int_equal(PUT(d, id, ",'nickName':'An'"), 200);
    expect_role(d, "viewer");
    assert_string_equal(desk_text(d, "nickName"), "An");
}

/* What a person changes in the helpdesk shows, whatever was sent before. */
static void a_role_changed_in_the_helpdesk_shows(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE];
    desk_user(d, "ann@example.com", id);
    assert_int_equal(PUT(d, id, ",'roles':[{'value':'viewer'}]"), 200);
    json_t *user =
        json_object_get(json_object_get(fake_world(d->up), "users"), "1");
    assert_int_equal(json_object_set_new(user, "role", json_string("admin")),
                     0);
    desk_sync(d);
    assert_int_equal(desk_get(d, "User", id), 200);
    expect_role(d, "admin");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_added_role_takes_the_place_of_the_old),
        TEST(two_added_roles_are_one_too_many),
        TEST(a_role_reads_back_as_it_was_sent),
        TEST(removed_roles_leave_the_default_one),
        TEST(a_put_without_roles_leaves_them),
        TEST(a_role_changed_in_the_helpdesk_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
