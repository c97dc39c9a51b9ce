/* Promises: what a request has no time for is done all the same, and SCIM says
 * how far it is; each conversation has one heir, and closed work stays; access
 * does not stay open because handing over fails, and what cannot be ended is a
 * person's task and an alarm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/hand_over.h"
#include "bridge/policy.h"
#include "bridge/row.h"
#include "store/task.h"
#include "test/bridge/desk.h"

#define DEACTIVATE "{'op':'replace','path':'active','value':false}"
#define ACTIVATE   "{'op':'replace','path':'active','value':true}"
#define PATCH(d, id, ops)                                                      \
    desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS, ops)

struct leave {
    struct desk d;
    char ann[ID_SIZE], bob[ID_SIZE], cy[ID_SIZE];
};

static struct leave *open_leave(const char *profile, const char *offboard)
{
    struct leave *l = calloc(1, sizeof *l);
    const struct desk_wish wishes[] = {
        {"profile", profile}, {"offboard", offboard}, {NULL, NULL}};
    assert_non_null(l);
    desk_open(&l->d, wishes);
    desk_user(&l->d, "ann@example.com", l->ann);
    desk_user(&l->d, "bob@example.com", l->bob);
    desk_user(&l->d, "cy@example.com", l->cy);
    return l;
}

static void close_leave(struct leave *l)
{
    desk_close(&l->d);
    free(l);
}

static void give(struct leave *l, const char *ticket, const char *owner)
{
    (void)json_object_set_new(json_object_get(fake_world(l->d.up), "tickets"),
                              ticket, json_string(owner));
}

static const char *owner(struct leave *l, const char *ticket)
{
    return json_string_value(json_object_get(
        json_object_get(fake_world(l->d.up), "tickets"), ticket));
}

/* A number of the user's task "offboard", or of its tombstone. */
static int number(struct leave *l, const char *key)
{
    const json_t *ext = json_object_get(l->d.body, ROW_URN_USER), *found;
    found = json_object_get(json_object_get(ext, "tombstone"), key);
    if (found == NULL)
        found = json_object_get(
            json_array_get(json_object_get(ext, "tasks"), 0), key);
    return found == NULL ? -1 : (int)json_integer_value(found);
}

static const char *by(struct leave *l)
{
    const json_t *ext = json_object_get(l->d.body, ROW_URN_USER);
    const json_t *task = json_array_get(json_object_get(ext, "tasks"), 0);
    const char *who = json_string_value(json_object_get(task, "by"));
    return who != NULL ? who : "";
}

static void throttle(struct leave *l)
{
    fake_fault(l->d.up, "tickets.assign", 0, UP_THROTTLED, false);
}

static struct leave *with_work(const char *order, const char *offboard)
{
    char profile[64];
    (void)snprintf(profile, sizeof profile, "{\"tickets\":\"%s\"}", order);
    struct leave *l = open_leave(profile, offboard);
    give(l, "t1", "1");
    give(l, "t2", "1");
    give(l, "t3", "1");
    give(l, "t4", "2");
    return l;
}

/* ---- promises -------------------------------------------------------------
 */

static void what_is_promised_is_shown_and_kept(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    throttle(l);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_false(desk_true(&l->d, "active"));
    assert_string_equal(by(l), "bridge");
    assert_int_equal(number(l, "found"), 3);
    assert_int_equal(number(l, "left"), 3);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "active");
    desk_sync(&l->d);
    assert_int_equal(desk_get(&l->d, "User", l->ann), 200);
    assert_false(desk_true(&l->d, "active"));
    give(l, "t5", "1"); /* comes meanwhile */
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    assert_string_equal(owner(l, "t5"), "2");
    assert_int_equal(desk_get(&l->d, "User", l->ann), 200);
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "");
    assert_int_equal(number(l, "openWorkFound"), 4);
    assert_int_equal(number(l, "openWorkMoved"), 4);
    close_leave(l);
}

static void a_retry_joins_and_begins_nothing_anew(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    throttle(l);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    int before = fake_calls(l->d.up, "tickets.assign");
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(by(l), "bridge"); /* the same answer, at once */
    assert_int_equal(fake_calls(l->d.up, "tickets.assign"), before);
    /* Another change of the leaver goes on with it. */
    assert_int_equal(PATCH(&l->d, l->ann,
                           DEACTIVATE ",{'op':'replace',"
                                      "'path':'title','value':'T'}"),
                     200);
    assert_string_equal(by(l), "");
    assert_int_equal(number(l, "openWorkMoved"), 3);
    assert_int_equal(fake_calls(l->d.up, "tickets.assign"), before + 2);
    int calls = fake_calls(l->d.up, NULL);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_int_equal(fake_calls(l->d.up, NULL), calls);
    close_leave(l);
}

static void a_change_of_mind_withdraws_the_rest(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    fake_fault(l->d.up, "tickets.assign", 1, UP_THROTTLED, false);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_int_equal(number(l, "moved"), 2);
    assert_int_equal(PATCH(&l->d, l->ann, ACTIVATE), 200);
    assert_true(desk_true(&l->d, "active"));
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "");
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "active");
    assert_string_equal(owner(l, "t3"), "1");
    assert_string_equal(owner(l, "t1"), "2");
    /* Another leave is another hand-over. */
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_int_equal(number(l, "openWorkFound"), 1);
    close_leave(l);
}

static void a_delete_is_promised_too(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    throttle(l);
    assert_int_equal(desk_write(&l->d, BRIDGE_DELETE, "User", l->ann, "{}"),
                     204);
    assert_int_equal(desk_get(&l->d, "User", l->ann), 404);
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "offboard");
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "active");
    desk_sync(&l->d);
    assert_int_equal(desk_get(&l->d, "User", l->ann), 404);
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "");
    assert_string_equal(owner(l, "t3"), "2");
    close_leave(l);
}

static void who_is_wanted_again_under_a_new_id_stays(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    char again[ID_SIZE];
    (void)state;
    throttle(l);
    assert_int_equal(desk_write(&l->d, BRIDGE_DELETE, "User", l->ann, "{}"),
                     204);
    desk_user(&l->d, "ann@example.com", again);
    assert_string_not_equal(again, l->ann);
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "active");
    assert_string_equal(owner(l, "t3"), "1");
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "");
    close_leave(l);
}

static void access_goes_first_where_the_profile_wants_it(void **state)
{
    struct leave *l = with_work("after", "agent:bob@example.com");
    (void)state;
    throttle(l);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    assert_int_equal(number(l, "openWorkFound"), 3);
    assert_int_equal(number(l, "openWorkMoved"), 0);
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_int_equal(desk_get(&l->d, "User", l->ann), 200);
    assert_int_equal(number(l, "openWorkMoved"), 3);
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "");
    close_leave(l);
}

static void an_answer_that_failed_promises_nothing(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    fake_fault(l->d.up, "user.deactivate", 0, UP_FORBIDDEN, false);
    assert_true(PATCH(&l->d, l->ann, DEACTIVATE) >= 400);
    assert_int_equal(desk_get(&l->d, "User", l->ann), 200);
    assert_true(desk_true(&l->d, "active"));
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "active");
    /* But what was handed over counts in the next try. */
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_int_equal(number(l, "openWorkMoved"), 3);
    close_leave(l);
}

static void a_busy_helpdesk_puts_the_deactivation_off(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    fake_fault(l->d.up, "user.deactivate", 0, UP_THROTTLED, false);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(by(l), "bridge");
    assert_int_equal(number(l, "left"), 0);
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    close_leave(l);
}

static bool take_id(const struct store_task *task, void *ctx)
{
    char *id = ctx;
    if (strcmp(task->kind, "deactivate") == 0)
        (void)snprintf(id, ID_SIZE, "%s", task->id);
    return true;
}

/* The alarm's task, called off by a person, is the leave called off. */
static void a_person_can_stop_it(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    const struct bridge_person who = {.by = "op", .reason = "Not yet."};
    struct error said = {{0}};
    char id[ID_SIZE] = "";
    (void)state;
    throttle(l);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    fake_fault(l->d.up, "user.deactivate", 0, UP_FORBIDDEN, false);
    assert_int_equal(desk_leaves(&l->d, 2), 1);
    assert_int_equal(store_task_list(l->d.db, l->d.t->row, true, take_id, id),
                     STORE_OK);
    if (bridge_task_cancel(l->d.t, id, &who, &said) != BRIDGE_TASK_ENDED)
        fail_msg("%s", said.text);
    assert_int_equal(desk_get(&l->d, "User", l->ann), 200);
    assert_true(desk_true(&l->d, "active"));
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "active");
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "");
    close_leave(l);
}

/* ---- heirs ----------------------------------------------------------------
 */

static void a_team_takes_them_in_turn(void **state)
{
    struct leave *l = with_work(
        "before", "agent:who@example.com, round-robin:Support, nobody");
    (void)state;
    assert_int_equal(
        desk_write(&l->d, BRIDGE_CREATE, "Group", NULL,
                   "{" GROUP_SCHEMAS ",'displayName':'Support','members':["
                   "{'value':'%s'},{'value':'%s'},{'value':'%s'}]}",
                   l->ann, l->bob, l->cy),
        201);
    give(l, "t5", "1");
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    int bobs = 0, cys = 0;
    static const char *const mine[] = {"t1", "t2", "t3", "t5"};
    for (size_t i = 0; i < 4; i++) {
        bobs += strcmp(owner(l, mine[i]), "2") == 0;
        cys += strcmp(owner(l, mine[i]), "3") == 0;
    }
    assert_int_equal(bobs, 2);
    assert_int_equal(cys, 2);
    close_leave(l);
}

static void who_is_leaving_is_nobodys_heir(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com, nobody");
    (void)state;
    throttle(l);
    assert_int_equal(PATCH(&l->d, l->bob, DEACTIVATE), 200);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(owner(l, "t1"), "nobody");
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(owner(l, "t4"), "nobody");
    close_leave(l);
}

static void nobody_to_have_them_is_a_persons_task(void **state)
{
    struct leave *l = with_work("before", "agent:who@example.com, manager");
    (void)state;
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    assert_string_equal(by(l), "person");
    json_t *task = desk_task(&l->d, "User", l->ann, "offboard");
    assert_int_equal(json_array_size(json_object_get(task, "tickets")), 3);
    json_decref(task);
    close_leave(l);
}

/* ---- what fails -----------------------------------------------------------
 */

static void an_answer_is_no_proof(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com, nobody");
    (void)state;
    give(l, "l9", "1");
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(by(l), "bridge");
    assert_int_equal(desk_leaves(&l->d, 200), 0);
    assert_string_equal(owner(l, "l9"), "1");
    json_t *moves = json_object_get(fake_world(l->d.up), "moves");
    assert_null(json_object_get(json_object_get(moves, "l9"), "nobody"));
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "offboard");
    assert_int_equal(desk_get(&l->d, "User", l->ann), 200);
    assert_string_equal(by(l), "person");
    assert_int_equal(number(l, "openWorkMoved"), 3);
    close_leave(l);
}

static void a_list_that_is_refused_does_not_keep_access(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    fake_fault(l->d.up, "tickets.open", 0, UP_FORBIDDEN, false);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    assert_string_equal(by(l), "person");
    close_leave(l);
}

static void a_list_that_was_lost_is_told(void **state)
{
    struct leave *l =
        open_leave("{\"tickets\":\"after\",\"unassigns\":true}", "nobody");
    (void)state;
    give(l, "t1", "1");
    fake_fault(l->d.up, "tickets.open", 0, UP_UNAVAILABLE, false);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    assert_string_equal(by(l), "person");
    close_leave(l);
}

static void one_that_always_fails_does_not_stop_the_others(void **state)
{
    struct leave *l = open_leave("{\"tickets\":\"before\",\"each\":true}",
                                 "agent:bob@example.com");
    (void)state;
    give(l, "t1", "1");
    give(l, "t2", "1");
    give(l, "t3", "1");
    fake_fault(l->d.up, "tickets.assign", 0, UP_FAILED, false);
    fake_fault(l->d.up, "tickets.assign", 2, UP_FAILED, false);
    fake_fault(l->d.up, "tickets.assign", 2, UP_FAILED, false);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    assert_string_equal(owner(l, "t2"), "2");
    assert_string_equal(owner(l, "t3"), "2");
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    assert_string_equal(by(l), "person");
    close_leave(l);
}

static void what_cannot_end_is_an_alarm(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    throttle(l);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    fake_fault(l->d.up, "user.deactivate", 0, UP_FORBIDDEN, false);
    assert_int_equal(desk_leaves(&l->d, 2), 1);
    assert_string_equal(desk_tasks(&l->d, "User", l->ann),
                        "deactivate offboard");
    json_t *task = desk_task(&l->d, "User", l->ann, "deactivate");
    assert_non_null(json_object_get(task, "error"));
    json_decref(task);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "active");
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_string_equal(fake_user_text(l->d.up, "1", "state"), "inactive");
    assert_string_equal(desk_tasks(&l->d, "User", l->ann), "");
    close_leave(l);
}

static void who_is_removed_by_hand_leaves_the_rest_to_a_person(void **state)
{
    struct leave *l = with_work("before", "agent:bob@example.com");
    (void)state;
    fake_fault(l->d.up, "tickets.assign", 1, UP_THROTTLED, false);
    assert_int_equal(PATCH(&l->d, l->ann, DEACTIVATE), 200);
    (void)json_object_del(json_object_get(fake_world(l->d.up), "users"), "1");
    desk_sync(&l->d);
    assert_int_equal(desk_leaves(&l->d, 5), 0);
    assert_int_equal(desk_get(&l->d, "User", l->ann), 200);
    assert_string_equal(by(l), "person");
    assert_int_equal(number(l, "openWorkMoved"), 2);
    close_leave(l);
}

/* ---- the words of `offboard` ----------------------------------------------
 */

static void the_words_are_checked(void **state)
{
    static const struct {
        const char *text, *says; /* NULL: right */
    } cases[] = {
        {"manager, agent:a@b.example, team:T, round-robin:T, nobody", NULL},
        {"a@b.example", NULL},
        {"", NULL},
        {"tema:Support", "team:"},
        {"team:", "must be manager"},
        {"agent: , nobody", "must be manager"},
    };
    struct leave *l = with_work("before", "nobody");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bridge_target_config config = {.name = "t",
                                                    .offboard = cases[i].text};
        struct bridge_policy policy;
        struct error err = {{0}};
        bool ok = policy_read(&config, l->d.up, &policy, &err);
        policy_clear(&policy);
        if (ok != (cases[i].says == NULL) ||
            (!ok && strstr(err.text, cases[i].says) == NULL))
            fail_msg("%s: %d %s", cases[i].text, ok, err.text);
    }
    close_leave(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_promised_is_shown_and_kept),
        cmocka_unit_test(a_retry_joins_and_begins_nothing_anew),
        cmocka_unit_test(a_change_of_mind_withdraws_the_rest),
        cmocka_unit_test(a_delete_is_promised_too),
        cmocka_unit_test(who_is_wanted_again_under_a_new_id_stays),
        cmocka_unit_test(access_goes_first_where_the_profile_wants_it),
        cmocka_unit_test(an_answer_that_failed_promises_nothing),
        cmocka_unit_test(a_busy_helpdesk_puts_the_deactivation_off),
        cmocka_unit_test(a_person_can_stop_it),
        cmocka_unit_test(a_team_takes_them_in_turn),
        cmocka_unit_test(who_is_leaving_is_nobodys_heir),
        cmocka_unit_test(nobody_to_have_them_is_a_persons_task),
        cmocka_unit_test(an_answer_is_no_proof),
        cmocka_unit_test(a_list_that_is_refused_does_not_keep_access),
        cmocka_unit_test(a_list_that_was_lost_is_told),
        cmocka_unit_test(one_that_always_fails_does_not_stop_the_others),
        cmocka_unit_test(what_cannot_end_is_an_alarm),
        cmocka_unit_test(who_is_removed_by_hand_leaves_the_rest_to_a_person),
        cmocka_unit_test(the_words_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
