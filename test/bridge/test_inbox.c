/* Promises: a new account gets the inboxes of everybody and of the user's
 * groups; what changes later is a task for a person, about the user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/bridge/roles.h"

static const struct desk_wish wishes[] = {
    {"inbox.General", "*"},
    {"inbox.Billing", "Billing People"},
    {"inbox.Sales", "sales-1"},
    {NULL, NULL},
};

static int setup(void **state)
{
    static struct desk d;
    desk_open(&d, wishes);
    *state = &d;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

/* The inboxes of an account, joined by blanks. */
static const char *inboxes_of(struct desk *d, const char *id)
{
    static char text[128];
    json_t *record =
        json_object_get(json_object_get(fake_world(d->up), "users"), id);
    size_t i;
    json_t *name;
    text[0] = '\0';
    json_array_foreach (json_object_get(record, "inboxes"), i, name) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s%s",
                       len > 0 ? " " : "", json_string_value(name));
    }
    return text;
}

/* The names in a list of the task "inbox", joined by blanks. */
static const char *asked(struct desk *d, const char *user, const char *list)
{
    static char text[128];
    json_t *task = desk_task(d, "User", user, "inbox");
    size_t i;
    json_t *one;
    text[0] = '\0';
    json_array_foreach (json_object_get(task, list), i, one) {
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s%s",
                       len > 0 ? " " : "",
                       json_string_value(json_object_get(one, "name")));
    }
    json_decref(task);
    return text;
}

static void a_new_account_gets_them(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE], billing[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    assert_string_equal(inboxes_of(d, "1"), "General");
    assert_string_equal(desk_tasks(d, "User", ann), "");
    /* Made inactive, so that the account is made when the groups are known. */
    desk_close(d);
    struct desk_wish late[5] = {{"profile", "{\"reactivate\":false}"}};
    memcpy(late + 1, wishes, sizeof wishes);
    desk_open(d, late);
    assert_int_equal(desk_write(d, BRIDGE_CREATE, "User", NULL,
                                "{" USER_SCHEMAS ",'userName':'bob@example.com'"
                                ",'active':false}"),
                     201);
    (void)snprintf(bob, sizeof bob, "%s", desk_text(d, "id"));
    role_group(d, "Billing People", "sales-1", bob, billing);
    assert_string_equal(desk_tasks(d, "User", bob), "");
    assert_int_equal(
        PATCH(d, bob, "{'op':'replace','path':'active','value':true}"), 200);
    assert_int_equal(desk_get(d, "User", bob), 200);
    assert_string_equal(inboxes_of(d, desk_text(d, EXT ".upstreamId")),
                        "General Billing Sales");
}

static void a_later_change_is_a_task(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], billing[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Billing People", "", ann, billing);
    assert_string_equal(asked(d, ann, "join"), "Billing");
    assert_int_equal(desk_get(d, "User", ann), 200);
    assert_string_equal(desk_text(d, EXT ".tasks.0.kind"), "inbox");
    /* A group that means one inbox more, and one less. */
    assert_int_equal(PATCH_GROUP(d, billing,
                                 "{'op':'add','path':'externalId',"
                                 "'value':'sales-1'}"),
                     204);
    assert_string_equal(asked(d, ann, "join"), "Sales Billing");
    assert_int_equal(PATCH_GROUP(d, billing,
                                 "{'op':'replace','path':'displayName',"
                                 "'value':'Others'}"),
                     204);
    assert_string_equal(asked(d, ann, "join"), "Sales");
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "Group", billing, " "), 204);
    assert_string_equal(asked(d, ann, "join"), "");
}

static void what_create_does_not_take_is_a_task(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE];
    desk_close(d);
    struct desk_wish none[5] = {{"profile", "{\"inboxes\":false}"}};
    memcpy(none + 1, wishes, sizeof wishes);
    desk_open(d, none);
    desk_user(d, "ann@example.com", ann);
    assert_string_equal(inboxes_of(d, "1"), "");
    assert_string_equal(asked(d, ann, "join"), "General");
    desk_close(d);
    none[0].value = "{\"create\":\"no\"}";
    desk_open(d, none);
    desk_user(d, "ann@example.com", ann);
    json_t *task = desk_task(d, "User", ann, "invite");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(task, "inboxes"), 0)),
        "General");
    json_decref(task);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_account_gets_them),
        TEST(a_later_change_is_a_task),
        TEST(what_create_does_not_take_is_a_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
