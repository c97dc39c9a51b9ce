/* Promises: an invitation has a state that is true by the clock; one that
 * expired is sent again within limits, and by nobody else's leave; a person is
 * asked where the helpdesk cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/bridge/desk.h"

#define EXT              "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
#define PATCH(d, id, op) desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS, op)
#define DAY_MS           ((int64_t)86400000)

static json_t *account(struct desk *d)
{
    return json_object_get(json_object_get(fake_world(d->up), "users"), "1");
}

/* When it ends by the helpdesk's record, and when it was sent. */
static void set_times(struct desk *d, int64_t sent, int64_t ends)
{
    (void)json_object_set_new(account(d), "invited_at", json_integer(sent));
    (void)json_object_set_new(account(d), "expires_at", json_integer(ends));
}

/* Somebody who was invited a day ago, for seven days. */
static void open_invited(struct desk *d, const struct desk_wish *wishes,
                         char id[ID_SIZE])
{
    desk_open(d, wishes);
    desk_user(d, "ann@example.com", id);
    set_times(d, d->now - DAY_MS, d->now + 6 * DAY_MS);
    desk_sync(d);
}

#define OPEN(d, id, ...)                                                       \
    do {                                                                       \
        const struct desk_wish wishes[] = {__VA_ARGS__, {NULL, NULL}};         \
        open_invited(d, wishes, id);                                           \
    } while (0)

static const char *told(struct desk *d, const char *id, const char *what)
{
    char path[128];
    assert_int_equal(desk_get(d, "User", id), 200);
    (void)snprintf(path, sizeof path, EXT ".invitation.%s", what);
    return desk_text(d, path);
}

static int resends(struct desk *d, const char *id)
{
    assert_int_equal(desk_get(d, "User", id), 200);
    const json_t *told =
        json_object_get(json_object_get(d->body, EXT), "invitation");
    return (int)json_integer_value(json_object_get(told, "resends"));
}

#define INVITES                                                                \
    {                                                                          \
        "profile", "{\"create\":\"invite\"}"                                   \
    }

static void one_that_expired_is_sent_again(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, INVITES);
    assert_string_equal(told(&d, id, "state"), "sent");
    desk_sync(&d);
    assert_int_equal(fake_calls(d.up, "user.resend"), 0);
    d.now += 7 * DAY_MS;
    desk_sync(&d);
    assert_int_equal(fake_calls(d.up, "user.resend"), 1);
    assert_string_equal(told(&d, id, "state"), "sent");
    assert_int_equal(resends(&d, id), 1);
    assert_true(desk_true(&d, "active"));
    /* The new one is still good. */
    desk_sync(&d);
    assert_int_equal(fake_calls(d.up, "user.resend"), 1);
    desk_close(&d);
}

static void not_too_soon_and_not_too_often(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, INVITES, {"max_resends", "2"});
    /* The fake wants a minute between two mails. */
    set_times(&d, d.now - 30000, d.now - 1000);
    desk_sync(&d);
    assert_int_equal(fake_calls(d.up, "user.resend"), 0);
    assert_string_equal(told(&d, id, "state"), "expired");
    d.now += 60000;
    desk_sync(&d);
    assert_int_equal(fake_calls(d.up, "user.resend"), 1);
    d.now += 8 * DAY_MS;
    desk_sync(&d);
    assert_int_equal(resends(&d, id), 2);
    assert_string_equal(desk_tasks(&d, "User", id), "");
    /* Twice is enough: now a person is asked, once. */
    d.now += 8 * DAY_MS;
    desk_sync(&d);
    desk_sync(&d);
    assert_int_equal(fake_calls(d.up, "user.resend"), 2);
    assert_string_equal(desk_tasks(&d, "User", id), "resend");
    assert_string_equal(told(&d, id, "state"), "expired");
    desk_close(&d);
}

static void where_the_helpdesk_cannot_a_person_is_asked(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"create\":\"invite\",\"resend\":false}"});
    d.now += 7 * DAY_MS;
    desk_sync(&d);
    desk_sync(&d);
    assert_string_equal(desk_tasks(&d, "User", id), "resend");
    assert_int_equal(resends(&d, id), 0);
    assert_int_equal(desk_audit(&d, "unsupported"), 1);
    /* The person did it. */
    set_times(&d, d.now, d.now + 7 * DAY_MS);
    desk_sync(&d);
    assert_string_equal(desk_tasks(&d, "User", id), "");
    assert_string_equal(told(&d, id, "state"), "sent");
    /* And when that one expires as well, they are asked again. */
    d.now += 8 * DAY_MS;
    desk_sync(&d);
    assert_string_equal(desk_tasks(&d, "User", id), "resend");
    desk_close(&d);
}

static void refused_work_opens_no_task(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"create\":\"invite\",\"resend\":false}"},
         {"unsupported.resend", "refuse"});
    d.now += 7 * DAY_MS;
    desk_sync(&d);
    desk_sync(&d);
    assert_string_equal(desk_tasks(&d, "User", id), "");
    assert_string_equal(told(&d, id, "state"), "expired");
    assert_int_equal(desk_audit(&d, "unsupported"), 1);
    desk_close(&d);
}

static void who_came_has_accepted(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"create\":\"invite\",\"resend\":false}"});
    assert_string_equal(told(&d, id, "acceptedAt"), "");
    d.now += 7 * DAY_MS;
    desk_sync(&d);
    assert_string_equal(desk_tasks(&d, "User", id), "resend");
    (void)json_object_set_new(account(&d), "state", json_string("active"));
    desk_sync(&d);
    assert_string_equal(told(&d, id, "state"), "accepted");
    assert_string_not_equal(told(&d, id, "acceptedAt"), "");
    assert_string_equal(desk_tasks(&d, "User", id), "");
    desk_close(&d);
}

static void who_is_not_wanted_is_not_invited_again(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, INVITES);
    assert_int_equal(
        PATCH(&d, id, "{'op':'replace','path':'active','value':false}"), 200);
    assert_null(account(&d)); /* revoked */
    d.now += 8 * DAY_MS;
    desk_sync(&d);
    assert_int_equal(fake_calls(d.up, "user.resend"), 0);
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_string_equal(desk_text(&d, EXT ".state"), "tombstone");
    assert_string_equal(desk_text(&d, EXT ".invitation.state"), "");
    desk_close(&d);
}

static void a_failed_mail_is_not_counted(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, INVITES);
    d.now += 7 * DAY_MS;
    fake_fault(d.up, "user.resend", 0, UP_UNAVAILABLE, false);
    desk_sync(&d);
    assert_int_equal(resends(&d, id), 0);
    assert_string_equal(told(&d, id, "state"), "expired");
    /* One that may have gone out is. */
    fake_fault(d.up, "user.resend", 0, UP_UNKNOWN, false);
    desk_sync(&d);
    assert_int_equal(resends(&d, id), 1);
    desk_sync(&d);
    assert_int_equal(resends(&d, id), 2);
    assert_string_equal(told(&d, id, "state"), "sent");
    desk_close(&d);
}

static void a_person_may_send_one(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    struct error said = {{0}};
    struct bridge_person zoe = {.by = "zoe"};
    (void)state;
    OPEN(&d, id, INVITES);
    set_times(&d, d.now, d.now + 7 * DAY_MS);
    desk_sync(&d);
    assert_int_equal(bridge_user_resend(d.t, id, &zoe, &said),
                     BRIDGE_TASK_WRONG);
    assert_non_null(strstr(said.text, "too young"));
    zoe.force = true;
    assert_int_equal(bridge_user_resend(d.t, id, &zoe, &said),
                     BRIDGE_TASK_ENDED);
    assert_int_equal(resends(&d, id), 1);
    assert_int_equal(bridge_user_resend(d.t, "nobody", &zoe, &said),
                     BRIDGE_TASK_NONE);
    (void)json_object_set_new(account(&d), "state", json_string("active"));
    desk_sync(&d);
    assert_int_equal(bridge_user_resend(d.t, id, &zoe, &said),
                     BRIDGE_TASK_WRONG);
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(one_that_expired_is_sent_again),
        cmocka_unit_test(not_too_soon_and_not_too_often),
        cmocka_unit_test(where_the_helpdesk_cannot_a_person_is_asked),
        cmocka_unit_test(refused_work_opens_no_task),
        cmocka_unit_test(who_came_has_accepted),
        cmocka_unit_test(who_is_not_wanted_is_not_invited_again),
        cmocka_unit_test(a_failed_mail_is_not_counted),
        cmocka_unit_test(a_person_may_send_one),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
