/* Promises: a user shows its manager's address and name, as they are now,
 * whatever became of the manager since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/bridge/desk.h"

#define MANAGER          SCIM_URN_ENTERPRISE ".manager"
#define PATCH(d, id, op) desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS, op)

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

static void set_name(struct desk *d, const char *id, const char *name)
{
    char op[200];
    (void)snprintf(op, sizeof op,
                   "{'op':'replace','path':'displayName','value':'%s'}", name);
    assert_int_equal(PATCH(d, id, op), 200);
}

static void set_manager(struct desk *d, const char *id, const char *manager)
{
    char op[300];
    (void)snprintf(op, sizeof op,
                   "{'op':'replace','path':'" SCIM_URN_ENTERPRISE
                   ":manager','value':{'value':'%s'}}",
                   manager);
    assert_int_equal(PATCH(d, id, op), 200);
}

static void shows(struct desk *d, const char *id, const char *ref,
                  const char *name, const char *tag)
{
    char uri[200] = "";
    if (ref != NULL)
        (void)snprintf(uri, sizeof uri, "%s/Users/%s", d->t->base, ref);
    assert_int_equal(desk_get(d, "User", id), 200);
    assert_string_equal(desk_text(d, MANAGER ".$ref"), uri);
    assert_string_equal(desk_text(d, MANAGER ".displayName"), name);
    assert_string_equal(d->reply.etag, tag);
}

static void the_name_is_the_managers(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    desk_user(d, "bob@example.com", bob);
    set_manager(d, ann, bob);
    shows(d, ann, bob, "", "W/\"2\"");
    set_name(d, bob, "Bob");
    shows(d, ann, bob, "Bob", "W/\"3\"");
    set_name(d, bob, "Robert");
    shows(d, ann, bob, "Robert", "W/\"4\"");
    /* What is no name changes nothing. */
    assert_int_equal(
        PATCH(d, bob, "{'op':'replace','path':'title','value':'Boss'}"), 200);
    shows(d, ann, bob, "Robert", "W/\"4\"");
    /* The name that a client sends is not taken. */
    assert_int_equal(desk_write(d, BRIDGE_REPLACE, "User", ann,
                                "{" USER_SCHEMAS ",'userName':"
                                "'ann@example.com','emails':[{'value':"
                                "'ann@example.com','type':'work'}],'" //
                                SCIM_URN_ENTERPRISE
                                "':{'manager':{'value':'%s','displayName':"
                                "'Mallory'}}}",
                                bob),
                     200);
    shows(d, ann, bob, "Robert", "W/\"4\"");
}

static void who_is_deleted_leaves_the_id_alone(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    desk_user(d, "bob@example.com", bob);
    set_name(d, bob, "Bob");
    set_manager(d, ann, bob);
    shows(d, ann, bob, "Bob", "W/\"2\"");
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", bob, " "), 204);
    shows(d, ann, NULL, "", "W/\"3\"");
    assert_string_equal(desk_text(d, MANAGER ".value"), bob);
}

static void people_may_manage_each_other(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    desk_user(d, "bob@example.com", bob);
    set_manager(d, ann, bob);
    set_manager(d, bob, ann);
    set_manager(d, bob, bob);
    set_name(d, bob, "Bob");
    shows(d, ann, bob, "Bob", "W/\"3\"");
    assert_int_equal(desk_get(d, "User", bob), 200);
    assert_string_equal(desk_text(d, MANAGER ".value"), bob);
    assert_string_equal(desk_text(d, MANAGER ".displayName"), "Bob");
}

static void the_manager_is_found_by_what_is_shown(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE], filter[300];
    desk_user(d, "ann@example.com", ann);
    desk_user(d, "bob@example.com", bob);
    set_manager(d, ann, bob);
    set_name(d, bob, "Bob");
    assert_int_equal(desk_count(d, "User",
                                SCIM_URN_ENTERPRISE
                                ":manager.displayName eq \"bob\""),
                     1);
    (void)snprintf(filter, sizeof filter,
                   SCIM_URN_ENTERPRISE ":manager.$ref eq \"%s/Users/%s\"",
                   d->t->base, bob);
    assert_int_equal(desk_count(d, "User", filter), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_name_is_the_managers, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_is_deleted_leaves_the_id_alone,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(people_may_manage_each_other, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_manager_is_found_by_what_is_shown,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
