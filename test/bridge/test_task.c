/* Promises: what the API cannot do is a task that says everything; it ends when
 * the helpdesk shows what was wished, when nobody wishes it any more, or when a
 * person says so; and SCIM shows the truth meanwhile and afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/task_alarm.h"
#include "test/bridge/desk.h"

#define EXT              "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
#define SET(path, value) "{'op':'replace','path':'" path "','value':" value "}"
#define PATCH(d, id, op) desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS, op)
#define HOUR_MS          ((int64_t)3600000)

/* A user of a helpdesk with those options. */
static void open_with(struct desk *d, const struct desk_wish *wishes,
                      char id[ID_SIZE])
{
    desk_open(d, wishes);
    if (id != NULL)
        desk_user(d, "ann@example.com", id);
}

#define OPEN(d, id, ...)                                                       \
    do {                                                                       \
        const struct desk_wish wishes[] = {__VA_ARGS__, {NULL, NULL}};         \
        open_with(d, wishes, id);                                              \
    } while (0)

/* A person changes the account in the helpdesk's own pages. */
static json_t *account(struct desk *d, const char *id)
{
    return json_object_get(json_object_get(fake_world(d->up), "users"), id);
}

static void by_hand(struct desk *d, const char *name, json_t *value)
{
    json_t *user = json_object_get(account(d, "1"), "user");
    assert_int_equal(json_object_set_new(user, name, value), 0);
}

static const char *tasks(struct desk *d, const char *id)
{
    return desk_tasks(d, "User", id);
}

/* The id of the open task of a kind. */
static const char *task_id(struct desk *d, const char *id)
{
    assert_int_equal(desk_get(d, "User", id), 200);
    return desk_text(d, EXT ".tasks.0.id");
}

/* ---- what a task says -----------------------------------------------------
 */

static void a_task_says_everything(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"role\":false,\"manual\":\"https://d\"}"},
         {"due.role", "2h"});
    assert_int_equal(PATCH(&d, id, SET("roles", "[{'value':'viewer'}]")), 200);
    json_t *task = desk_task(&d, "User", id, "role");
    const json_t *who = json_object_get(task, "who");
    assert_string_equal(json_string_value(json_object_get(task, "role")),
                        "viewer");
    assert_string_equal(json_string_value(json_object_get(task, "askedBy")),
                        "test");
    assert_string_equal(json_string_value(json_object_get(task, "requestId")),
                        "req-1");
    assert_string_equal(json_string_value(json_object_get(task, "url")),
                        "https://d/role/1");
    assert_string_equal(json_string_value(json_object_get(who, "email")),
                        "ann@example.com");
    assert_string_equal(json_string_value(json_object_get(who, "id")), id);
    assert_non_null(json_object_get(task, "what"));
    json_decref(task);
    int64_t due = 0, opened = 0;
    assert_int_equal(desk_get(&d, "User", id), 200);
    const char *text = desk_text(&d, EXT ".tasks.0.due");
    assert_true(clock_parse(text, strlen(text), &due));
    text = desk_text(&d, EXT ".tasks.0.opened");
    assert_true(clock_parse(text, strlen(text), &opened));
    assert_int_equal(due - opened, 2 * HOUR_MS);
    desk_close(&d);
}

static void each_kind_may_be_refused(void **state)
{
    static const struct {
        const char *profile, *key, *op;
    } cases[] = {
        {"{\"update\":false}", "unsupported.update",
         SET("displayName", "'Ann'")},
        {"{\"role\":false}", "unsupported.role",
         SET("roles", "[{'value':'viewer'}]")},
        {"{\"deactivate\":false}", "unsupported.deactivate",
         SET("active", "false")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        char id[ID_SIZE];
        OPEN(&d, id, {"profile", cases[i].profile}, {cases[i].key, "refuse"});
        if (PATCH(&d, id, cases[i].op) != 501)
            fail_msg("%s: %d", cases[i].key, d.reply.status);
        assert_string_equal(tasks(&d, id), "");
        desk_close(&d);
        /* The others are tasks all the same. */
        OPEN(&d, id, {"profile", cases[i].profile}, {"unsupported", "refuse"},
             {cases[i].key, "task"});
        if (PATCH(&d, id, cases[i].op) != 200)
            fail_msg("%s: %d", cases[i].key, d.reply.status);
        desk_close(&d);
    }
}

/* ---- done by hand ----------------------------------------------------------
 */

static void attributes_are_compared_one_by_one(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"update\":false}"});
    assert_int_equal(
        desk_write(&d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                   SET("displayName", "'Ann'") "," SET(
                       "name", "{'givenName':'Ann','familyName':'Lee'}")),
        200);
    desk_sync(&d);
    assert_string_equal(tasks(&d, id), "update");
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_string_equal(desk_text(&d, "displayName"), "Ann");
    by_hand(&d, "displayName", json_string("Ann"));
    desk_sync(&d);
    json_t *task = desk_task(&d, "User", id, "update");
    const json_t *set = json_object_get(task, "set");
    assert_null(json_object_get(set, "displayName"));
    assert_non_null(json_object_get(set, "name"));
    json_decref(task);
    by_hand(&d, "name",
            json_pack("{s:s, s:s}", "givenName", "Ann", "familyName", "Lee"));
    desk_sync(&d);
    assert_string_equal(tasks(&d, id), "");
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_string_equal(desk_text(&d, "name.familyName"), "Lee");
    assert_string_equal(desk_text(&d, EXT ".tasks.0.id"), "");
    desk_close(&d);
}

static void a_wrong_value_does_not_end_it_and_is_shown(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"role\":false}"});
    assert_int_equal(PATCH(&d, id, SET("roles", "[{'value':'viewer'}]")), 200);
    (void)json_object_set_new(account(&d, "1"), "role", json_string("admin"));
    desk_sync(&d);
    assert_string_equal(tasks(&d, id), "role");
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_string_equal(desk_text(&d, "roles.0.value"), "admin");
    (void)json_object_set_new(account(&d, "1"), "role", json_string("viewer"));
    desk_sync(&d);
    assert_string_equal(tasks(&d, id), "");
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_string_equal(desk_text(&d, "roles.0.value"), "viewer");
    desk_close(&d);
}

static void a_deactivation_ends_when_access_is_gone(void **state)
{
    static const char *const profiles[] = {
        "{\"deactivate\":false}", "{\"deactivate\":false,\"vanish\":true}"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct desk d;
        char id[ID_SIZE];
        OPEN(&d, id, {"profile", profiles[i]});
        assert_int_equal(PATCH(&d, id, SET("active", "false")), 200);
        desk_sync(&d);
        assert_string_equal(tasks(&d, id), "deactivate");
        assert_int_equal(desk_get(&d, "User", id), 200);
        assert_false(desk_true(&d, "active"));
        (void)json_object_set_new(account(&d, "1"), "state",
                                  json_string("inactive"));
        desk_sync(&d);
        assert_string_equal(tasks(&d, id), "");
        assert_int_equal(desk_get(&d, "User", id), 200);
        assert_false(desk_true(&d, "active"));
        desk_close(&d);
    }
}

static void it_ends_for_an_erased_user_too(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"deactivate\":false}"});
    assert_int_equal(desk_write(&d, BRIDGE_DELETE, "User", id, "{}"), 204);
    assert_string_equal(tasks(&d, id), "deactivate");
    desk_sync(&d);
    assert_string_equal(tasks(&d, id), "deactivate");
    (void)json_object_set_new(account(&d, "1"), "state",
                              json_string("inactive"));
    desk_sync(&d);
    assert_string_equal(tasks(&d, id), "");
    desk_close(&d);
}

static void a_vanished_account_needs_no_more_work(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"update\":false,\"role\":false}"});
    assert_int_equal(PATCH(&d, id, SET("displayName", "'Ann'")), 200);
    (void)json_object_del(json_object_get(fake_world(d.up), "users"), "1");
    desk_sync(&d);
    desk_sync(&d);
    assert_string_equal(tasks(&d, id), "");
    assert_int_equal(desk_audit(&d, "withdrawn"), 1);
    desk_close(&d);
}

/* ---- a change of mind
 * -------------------------------------------------------- */

static void a_wish_taken_back_is_withdrawn(void **state)
{
    static const struct {
        const char *why, *profile, *wish, *back, *kind;
    } cases[] = {
        {"a value", "{\"update\":false}", SET("displayName", "'Ann'"),
         "{'op':'remove','path':'displayName'}", "update"},
        {"a role", "{\"role\":false}", SET("roles", "[{'value':'viewer'}]"),
         SET("roles", "[{'value':'agent'}]"), "role"},
        {"access", "{\"deactivate\":false}", SET("active", "false"),
         SET("active", "true"), "deactivate"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        char id[ID_SIZE];
        OPEN(&d, id, {"profile", cases[i].profile});
        assert_int_equal(PATCH(&d, id, cases[i].wish), 200);
        if (strcmp(tasks(&d, id), cases[i].kind) != 0)
            fail_msg("%s: opens %s", cases[i].why, tasks(&d, id));
        assert_int_equal(PATCH(&d, id, cases[i].back), 200);
        if (strcmp(tasks(&d, id), "") != 0)
            fail_msg("%s: left %s", cases[i].why, tasks(&d, id));
        if (desk_audit(&d, "withdrawn") != 1)
            fail_msg("%s: not in the audit", cases[i].why);
        desk_close(&d);
    }
}

static void a_request_that_fails_takes_no_wish_back(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"update\":false}"});
    assert_int_equal(PATCH(&d, id, SET("displayName", "'Ann'")), 200);
    /* Access goes, then the role fails: half of it is done. */
    fake_fault(d.up, "user.role", 0, UP_UNAVAILABLE, false);
    assert_int_equal(
        desk_write(&d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                   SET("active", "false") "," SET(
                       "roles", "[{'value':'viewer'}]") "," SET("displayName",
                                                                "'Zoe'")),
        503);
    json_t *task = desk_task(&d, "User", id, "update");
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(task, "set"), "displayName")),
                        "Ann");
    json_decref(task);
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_string_equal(desk_text(&d, "displayName"), "Ann");
    desk_close(&d);
}

static void a_waiting_user_who_is_not_wanted_any_more(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"profile", "{\"create\":\"no\"}"});
    assert_string_equal(tasks(&d, id), "invite");
    assert_string_equal(desk_text(&d, EXT ".invitation.state"), "none");
    assert_int_equal(PATCH(&d, id, SET("active", "false")), 200);
    assert_string_equal(tasks(&d, id), "");
    assert_int_equal(desk_audit(&d, "withdrawn"), 1);
    desk_close(&d);
}

/* ---- a person says
 * ------------------------------------------------------------ */

static enum bridge_task_rc say_done(struct desk *d, const char *task,
                                    bool force, struct error *said)
{
    const struct bridge_person who = {.by = "zoe", .force = force};
    d->now += 1000;
    return bridge_task_done(d->t, task, &who, said);
}

static void done_is_believed_when_it_is_seen(void **state)
{
    struct desk d;
    char id[ID_SIZE], task[ID_SIZE];
    struct error said = {{0}};
    (void)state;
    OPEN(&d, id, {"profile", "{\"deactivate\":false}"});
    assert_int_equal(PATCH(&d, id, SET("active", "false")), 200);
    (void)snprintf(task, sizeof task, "%s", task_id(&d, id));
    assert_int_equal(say_done(&d, task, false, &said), BRIDGE_TASK_UNTRUE);
    assert_non_null(strstr(said.text, "still shows the account as active"));
    assert_string_equal(tasks(&d, id), "deactivate");
    fake_fault(d.up, "user.get", 0, UP_UNAVAILABLE, false);
    assert_int_equal(say_done(&d, task, false, &said), BRIDGE_TASK_UNSURE);
    (void)json_object_set_new(account(&d, "1"), "state",
                              json_string("inactive"));
    assert_int_equal(say_done(&d, task, false, &said), BRIDGE_TASK_ENDED);
    assert_string_equal(tasks(&d, id), "");
    assert_int_equal(say_done(&d, task, false, &said), BRIDGE_TASK_CLOSED);
    assert_non_null(strstr(said.text, "zoe"));
    assert_int_equal(say_done(&d, "x", false, &said), BRIDGE_TASK_NONE);
    desk_close(&d);
}

static void force_is_remembered_with_what_was_seen(void **state)
{
    struct desk d;
    char id[ID_SIZE], task[ID_SIZE];
    struct error said = {{0}};
    (void)state;
    OPEN(&d, id, {"profile", "{\"deactivate\":false}"});
    assert_int_equal(PATCH(&d, id, SET("active", "false")), 200);
    (void)snprintf(task, sizeof task, "%s", task_id(&d, id));
    assert_int_equal(say_done(&d, task, true, &said), BRIDGE_TASK_ENDED);
    json_t *after = desk_last_audit(&d);
    const json_t *told = json_object_get(after, "task");
    assert_non_null(
        strstr(json_string_value(json_object_get(told, "saw")), "active"));
    json_decref(after);
    desk_close(&d);
}

static void done_links_the_account_that_was_added(void **state)
{
    struct desk d;
    char id[ID_SIZE], task[ID_SIZE];
    struct error said = {{0}};
    (void)state;
    OPEN(&d, id, {"profile", "{\"create\":\"no\"}"});
    (void)snprintf(task, sizeof task, "%s", task_id(&d, id));
    assert_int_equal(say_done(&d, task, false, &said), BRIDGE_TASK_UNTRUE);
    const char *upstream =
        fake_add_user(d.up, "ann@example.com", "active", "agent");
    assert_int_equal(say_done(&d, task, false, &said), BRIDGE_TASK_ENDED);
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_string_equal(desk_text(&d, EXT ".state"), "linked");
    assert_string_equal(desk_text(&d, EXT ".upstreamId"), upstream);
    assert_string_equal(tasks(&d, id), "");
    desk_close(&d);
}

static void cancelled_work_leaves_the_truth(void **state)
{
    static const struct {
        const char *why, *profile, *wish, *path, *shown;
    } cases[] = {
        {"a value", "{\"update\":false}", SET("displayName", "'Ann'"),
         "displayName", ""},
        {"a role", "{\"role\":false}", SET("roles", "[{'value':'viewer'}]"),
         "roles.0.value", "agent"},
        {"access", "{\"deactivate\":false}", SET("active", "false"), "active",
         "true"},
        {"an account", "{\"create\":\"no\"}", SET("displayName", "'Ann'"),
         "active", "false"},
    };
    const struct bridge_person nobody = {.by = "zoe"},
                               zoe = {.by = "zoe", .reason = "not here"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        char id[ID_SIZE], task[ID_SIZE];
        struct error said = {{0}};
        OPEN(&d, id, {"profile", cases[i].profile});
        assert_int_equal(PATCH(&d, id, cases[i].wish), 200);
        (void)snprintf(task, sizeof task, "%s", task_id(&d, id));
        assert_int_equal(bridge_task_cancel(d.t, task, &nobody, &said),
                         BRIDGE_TASK_WRONG);
        assert_int_equal(bridge_task_cancel(d.t, task, &zoe, &said),
                         BRIDGE_TASK_ENDED);
        assert_string_equal(tasks(&d, id), "");
        assert_int_equal(desk_get(&d, "User", id), 200);
        bool flag = strcmp(cases[i].path, "active") == 0;
        const char *shown = flag ? desk_true(&d, "active") ? "true" : "false"
                                 : desk_text(&d, cases[i].path);
        if (strcmp(shown, cases[i].shown) != 0)
            fail_msg("%s: shows %s", cases[i].why, shown);
        assert_int_equal(desk_audit(&d, "cancelled"), 1);
        desk_sync(&d);
        assert_int_equal(desk_get(&d, "User", id), 200);
        shown = flag ? desk_true(&d, "active") ? "true" : "false"
                     : desk_text(&d, cases[i].path);
        assert_string_equal(shown, cases[i].shown);
        desk_close(&d);
    }
}

/* ---- alarms
 * -------------------------------------------------------------------- */

static void alarms_grow_rarer(void **state)
{
    static const struct {
        const char *kind;
        int64_t alarms, next; /* minutes from its opening, or the last alarm */
    } cases[] = {
        {"deactivate", 0, 0},   {"deactivate", 1, 15},   {"deactivate", 2, 30},
        {"deactivate", 5, 240}, {"deactivate", 50, 240}, {"invite", 0, 600},
        {"invite", 1, 60},      {"invite", 3, 240},      {"invite", 40, 1440},
    };
    const int64_t minute = 60000, opened = 1700000000000;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_task t = {.kind = (char *)cases[i].kind,
                               .opened = opened,
                               .due = opened + 600 * minute,
                               .alarms = cases[i].alarms,
                               .alarmed = opened + 700 * minute};
        int64_t from = cases[i].alarms == 0 ? opened : t.alarmed;
        if (task_alarm_next(&t) != from + cases[i].next * minute)
            fail_msg("%s, %d alarms", cases[i].kind, (int)cases[i].alarms);
    }
}

static void alarms_are_counted(void **state)
{
    struct desk d;
    char id[ID_SIZE], task[ID_SIZE];
    struct store_task t;
    (void)state;
    OPEN(&d, id, {"profile", "{\"deactivate\":false}"});
    assert_int_equal(PATCH(&d, id, SET("active", "false")), 200);
    (void)snprintf(task, sizeof task, "%s", task_id(&d, id));
    for (int64_t want = 1; want <= 3; want++) {
        task_alarms(d.t, d.db);
        task_alarms(d.t, d.db); /* too soon */
        assert_int_equal(store_task_get(d.db, task, &t), STORE_OK);
        assert_int_equal(t.alarms, want);
        store_task_clear(&t);
        d.now += HOUR_MS;
    }
    desk_close(&d);
}

/* ---- deactivation and seats
 * ----------------------------------------------------- */

static void deactivation_can_be_left_to_a_person(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"deactivation", "task"});
    fake_log_clear(d.up);
    assert_int_equal(PATCH(&d, id, SET("active", "false")), 200);
    assert_null(strstr(fake_log(d.up), "user.deactivate"));
    assert_string_equal(tasks(&d, id), "deactivate");
    assert_int_equal(desk_write(&d, BRIDGE_DELETE, "User", id, "{}"), 204);
    assert_null(strstr(fake_log(d.up), "user.deactivate"));
    assert_string_equal(tasks(&d, id), "deactivate");
    desk_close(&d);
}

static void deactivation_can_be_refused(void **state)
{
    struct desk d;
    char id[ID_SIZE];
    (void)state;
    OPEN(&d, id, {"deactivation", "refuse"},
         {"profile", "{\"tickets\":\"before\"}"}, {"offboard", "nobody"});
    fake_log_clear(d.up);
    assert_int_equal(PATCH(&d, id, SET("active", "false")), 403);
    assert_non_null(strstr(desk_text(&d, "detail"), "deactivation = refuse"));
    assert_int_equal(desk_write(&d, BRIDGE_DELETE, "User", id, "{}"), 403);
    assert_int_equal(fake_calls(d.up, "user.deactivate"), 0);
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_true(desk_true(&d, "active"));
    desk_close(&d);
}

static int post(struct desk *d, const char *name)
{
    return desk_write(d, BRIDGE_CREATE, "User", NULL,
                      "{" USER_SCHEMAS ",'userName':'%s',"
                      "'emails':[{'value':'%s','type':'work'}]}",
                      name, name);
}

static void nobody_is_created_past_the_seats(void **state)
{
    static const char *const profiles[] = {"{}", "{\"create\":\"no\"}"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct desk d;
        char id[ID_SIZE];
        OPEN(&d, id, {"seats", "2"}, {"profile", profiles[i]});
        assert_int_equal(post(&d, "bob@example.com"), 201);
        fake_log_clear(d.up);
        assert_int_equal(post(&d, "cy@example.com"), 403);
        assert_non_null(strstr(desk_text(&d, "detail"), "no free seat"));
        assert_null(strstr(fake_log(d.up), "user.create"));
        /* A leaver makes room; coming back takes it again. */
        assert_int_equal(PATCH(&d, id, SET("active", "false")), 200);
        assert_int_equal(post(&d, "cy@example.com"), 201);
        assert_int_equal(PATCH(&d, id, SET("active", "true")), 403);
        desk_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(a_task_says_everything),
        cmocka_unit_test(each_kind_may_be_refused),
        cmocka_unit_test(attributes_are_compared_one_by_one),
        cmocka_unit_test(a_wrong_value_does_not_end_it_and_is_shown),
        cmocka_unit_test(a_deactivation_ends_when_access_is_gone),
        cmocka_unit_test(it_ends_for_an_erased_user_too),
        cmocka_unit_test(a_vanished_account_needs_no_more_work),
        cmocka_unit_test(a_wish_taken_back_is_withdrawn),
        cmocka_unit_test(a_request_that_fails_takes_no_wish_back),
        cmocka_unit_test(a_waiting_user_who_is_not_wanted_any_more),
        cmocka_unit_test(done_is_believed_when_it_is_seen),
        cmocka_unit_test(force_is_remembered_with_what_was_seen),
        cmocka_unit_test(done_links_the_account_that_was_added),
        cmocka_unit_test(cancelled_work_leaves_the_truth),
        cmocka_unit_test(alarms_grow_rarer),
        cmocka_unit_test(alarms_are_counted),
        cmocka_unit_test(deactivation_can_be_left_to_a_person),
        cmocka_unit_test(deactivation_can_be_refused),
        cmocka_unit_test(nobody_is_created_past_the_seats),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
