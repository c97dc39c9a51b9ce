/* Promises: no write is believed. What was sent is compared with what is read,
 * a lost create is looked for, and a role that cannot be given undoes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/providers/user_desk.h"

/* ---- create -------------------------------------------------------------- */

#define INVITE                                                                 \
    "POST /users {'login':'ann','mail':'ann@x','name':'Ann Ash',"              \
    "'role':'agent'}"

static void create(struct play *play, const char *user, const char *role,
                   enum up_rc want, struct up_user *u)
{
    json_t *json = play_json(user);
    play_rc(play,
            up_user_create(play->p, &play->call, json, role, u, &play->err),
            want);
    json_decref(json);
}

static void a_create_is_compared(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK, STEPS(STEP(INVITE, 201, ANN)));
    create(&play, ann, NULL, UP_OK, &u);
    assert_string_equal(u.id, "7");
    up_user_clear(&u);
    /* The helpdesk cut the name. */
    play_next(&play, STEPS(STEP(INVITE, 201,
                                "{'id':7,'login':'ann','mail':'ann@x','name':"
                                "'Ann','kind':'staff','role':'agent'}")));
    create(&play, ann, NULL, UP_INVALID, &u);
    assert_string_equal(play.err.field, "displayName");
    assert_string_equal(play.err.existing_id, "7");
    assert_true(play.err.changed);
    play_close(&play);
}

static void what_create_cannot_take_follows(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK,
              STEPS(STEP(INVITE, 201, ANN),
                    STEP("PATCH /users/7 {'title':'Dr'}", 204, NULL),
                    STEP("PUT /users/7/perms ['p']", 204, NULL),
                    STEP("GET /users/7", 200,
                         ANN_IS("'state':'new','role':'agent','title':'Dr',"
                                "'perms':['p']"))));
    create(&play,
           "{'userName':'ann','displayName':'Ann Ash','title':'Dr',"
           "'entitlements':[{'value':'p'}],"
           "'emails':[{'type':'work','value':'ann@x'}]}",
           NULL, UP_OK, &u);
    assert_int_equal(u.state, UP_PENDING);
    up_user_clear(&u);
    play_close(&play);
}

static void a_role_that_cannot_be_invited_is_set_before_acceptance(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK,
              STEPS(STEP(INVITE, 201, ANN_IS("'state':'new','role':'agent'")),
                    STEP("PUT /users/7/role {'role':'viewer'}", 200,
                         ANN_IS("'state':'new','role':'viewer'"))));
    create(&play, ann, "viewer", UP_OK, &u);
    assert_string_equal(u.role, "viewer");
    up_user_clear(&u);
    /* The role call fails: the invitation is revoked. */
    play_next(&play,
              STEPS(STEP(INVITE, 201, ANN_IS("'state':'new','role':'agent'")),
                    STEP("PUT /users/7/role {'role':'viewer'}", 403, NULL),
                    STEP("DELETE /users/7/invitation", 204, NULL),
                    STEP("GET /users/7", 404, NULL)));
    create(&play, ann, "viewer", UP_PROTECTED, &u);
    assert_false(play.err.changed);
    play_close(&play);
}

static void a_lesser_role_than_asked_is_undone(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK,
              STEPS(STEP("POST /users {'login':'ann','mail':'ann@x','name':"
                         "'Ann Ash','role':'admin'}",
                         201, ANN),
                    STEP("POST /users/7/off", 204, NULL),
                    STEP("GET /users/7", 200,
                         ANN_IS("'state':'off','role':'agent'"))));
    create(&play, ann, "admin", UP_INVALID, &u);
    assert_string_equal(play.err.field, "roles");
    play_close(&play);
}

/* DESK with more after `at`; the caller frees it. */
static char *desk_with(const char *at, const char *more)
{
    const char *place = strstr(DESK, at);
    size_t size = sizeof DESK + strlen(more) + 1;
    char *desk = malloc(size);
    assert_non_null(desk);
    assert_non_null(place);
    place += strlen(at);
    (void)snprintf(desk, size, "%.*s%s%s", (int)(place - DESK), DESK, more,
                   place);
    return desk;
}

static void an_account_with_other_rights_than_asked_is_undone(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    char *desk = desk_with("'users.invite':{",
                           "'expect':{'kind':'staff','perms':'read'},");
    play_open(&play, desk,
              STEPS(STEP(INVITE, 201,
                         ANN_IS("'state':'on','role':'agent',"
                                "'perms':['write']")),
                    STEP("POST /users/7/off", 204, NULL),
                    STEP("GET /users/7", 200,
                         ANN_IS("'state':'off','role':'agent'"))));
    create(&play, ann, NULL, UP_INVALID, &u);
    assert_string_equal(play.err.field, "roles");
    assert_non_null(strstr(play.err.detail, "\"perms\":\"read\""));
    play_next(&play, STEPS(STEP(INVITE, 201,
                                ANN_IS("'state':'on','role':'agent','perms':"
                                       "['write','read']"))));
    create(&play, ann, NULL, UP_OK, &u);
    up_user_clear(&u);
    play_close(&play);
    free(desk);
}

static void a_lost_answer_is_followed_by_a_look(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    /* It was made. */
    play_open(&play, DESK,
              STEPS(STEP(INVITE, 0, NULL),
                    STEP("GET /users?mail=ann%40x", 200, "[" ANN "]"),
                    STEP("GET /users/7", 200, ANN),
                    STEP("GET /users/7", 200, ANN)));
    create(&play, ann, NULL, UP_OK, &u);
    assert_string_equal(u.id, "7");
    up_user_clear(&u);
    /* It was not: nobody knows whether it still will be. */
    play_next(&play, STEPS(STEP(INVITE, 0, NULL),
                           STEP("GET /users?mail=ann%40x", 200, "[]"),
                           STEP("GET /users?login=ann", 200, "[]"),
                           STEP("GET /people?mail=ann%40x", 200, "[]")));
    create(&play, ann, NULL, UP_UNKNOWN, &u);
    /* There is another account with that address. */
    play_next(&play,
              STEPS(STEP(INVITE, 0, NULL),
                    STEP("GET /users?mail=ann%40x", 200, "[" ANN "]"),
                    STEP("GET /users/7", 200, ANN),
                    STEP("GET /users/7", 200,
                         "{'id':7,'login':'bob','mail':'ann@x','name':'Bob',"
                         "'kind':'staff','state':'on','role':'agent'}"),
                    STEP("GET /users?login=ann", 200, "[]")));
    create(&play, ann, NULL, UP_CONFLICT, &u);
    assert_string_equal(play.err.existing_id, "7");
    assert_string_equal(play.err.field, "emails");
    play_close(&play);
}

static void a_refused_create_is_explained_by_who_is_there(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK,
              STEPS(STEP(INVITE, 400, "{'message':'Name in use'}"),
                    STEP("GET /users?mail=ann%40x", 200, "[]"),
                    STEP("GET /users?login=ann", 200, "[{'id':9}]"),
                    STEP("GET /users/9", 200,
                         "{'id':9,'login':'ann','mail':'other@x',"
                         "'kind':'staff','state':'on','role':'agent'}")));
    create(&play, ann, NULL, UP_CONFLICT, &u);
    assert_string_equal(play.err.field, "userName");
    /* Nobody is there: it was the value. */
    play_next(&play, STEPS(STEP(INVITE, 422, "{'message':'No','field':'mail'}"),
                           STEP("GET /users?mail=ann%40x", 200, "[]"),
                           STEP("GET /users?login=ann", 200, "[]"),
                           STEP("GET /people?mail=ann%40x", 200, "[]")));
    create(&play, ann, NULL, UP_INVALID, &u);
    assert_string_equal(play.err.field, "emails[type eq \"work\"].value");
    /* The answer itself says who. */
    play_next(&play, STEPS(STEP(INVITE, 409, "{'id':12}")));
    create(&play, ann, NULL, UP_CONFLICT, &u);
    assert_string_equal(play.err.existing_id, "12");
    play_close(&play);
}

static void nothing_is_sent_that_would_be_refused(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK, STEPS({NULL, 0, NULL, NULL}));
    create(&play, "{'displayName':'x'}", NULL, UP_INVALID, &u);
    assert_string_equal(play.err.field, "userName");
    create(&play, ann, "boss", UP_INVALID, &u);
    assert_string_equal(play.err.field, "roles");
    create(&play,
           "{'userName':'a','emails':[{'type':'work',"
           "'value':'a-very-long-address@example.com'}]}",
           NULL, UP_INVALID, &u);
    assert_string_equal(play.err.field, "emails[type eq \"work\"].value");
    play_close(&play);
}

/* ---- update -------------------------------------------------------------- */

static void update(struct play *play, const char *before, const char *after,
                   enum up_rc want, struct up_user *u)
{
    json_t *b = play_json(before), *a = play_json(after);
    play_rc(
        play,
        up_user_update(play->p, &play->call, "7", b, a, NULL, u, &play->err),
        want);
    json_decref(b);
    json_decref(a);
}

static void an_update_is_read_back(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(
        &play, DESK,
        STEPS(STEP("PATCH /users/7 {'title':'Dr'}", 200, "['ok']"),
              STEP("GET /users/7", 200, ANN_IS("'state':'on','title':'Dr'"))));
    update(&play, "{'title':'x'}", "{'title':'Dr'}", UP_OK, &u);
    assert_string_equal(u.id, "7");
    up_user_clear(&u);
    /* No difference, no call. */
    play_next(&play, STEPS({NULL, 0, NULL, NULL}));
    update(&play, "{'title':'Dr'}", "{'title':'Dr'}", UP_OK, &u);
    assert_null(u.id);
    /* 200, and yet refused. */
    play_next(&play, STEPS(STEP("PATCH /users/7 {'title':'Dr'}", 200, "['no']"),
                           STEP("GET /users/7", 200, ANN)));
    update(&play, "{}", "{'title':'Dr'}", UP_INVALID, &u);
    assert_string_equal(play.err.field, "title");
    /* 200, refused, because somebody else has it. */
    play_next(&play, STEPS(STEP("PATCH /users/7 {'mail':'b@x'}", 200, "['no']"),
                           STEP("GET /users/7", 200, ANN),
                           STEP("GET /users?mail=b%40x", 200, "[{'id':8}]")));
    update(&play, "{'emails':[{'type':'work','value':'ann@x'}]}",
           "{'emails':[{'type':'work','value':'b@x'}]}", UP_CONFLICT, &u);
    assert_string_equal(play.err.existing_id, "8");
    /* The answer was lost, the change was not. */
    play_next(&play, STEPS(STEP("PATCH /users/7 {'title':'Dr'}", 0, NULL),
                           STEP("GET /users/7", 200,
                                ANN_IS("'state':'on','title':'Dr'"))));
    update(&play, "{}", "{'title':'Dr'}", UP_OK, &u);
    up_user_clear(&u);
    /* Both were lost, or so it seems. */
    play_next(&play, STEPS(STEP("PATCH /users/7 {'title':'Dr'}", 0, NULL),
                           STEP("GET /users/7", 200, ANN)));
    update(&play, "{}", "{'title':'Dr'}", UP_UNKNOWN, &u);
    play_close(&play);
}

/* ---- role, off, on, gone ------------------------------------------------- */

static void a_role_is_believed_when_it_is_seen(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    json_t *user = play_json(ann);
    play_open(&play, DESK,
              STEPS(STEP("PUT /users/7/role {'role':'admin'}", 200,
                         ANN_IS("'state':'on','role':'admin'"))));
    play_rc(
        &play,
        up_user_set_role(play.p, &play.call, "7", user, "ADMIN", &u, &play.err),
        UP_OK);
    assert_true(u.elevated);
    up_user_clear(&u);
    play_next(&play,
              STEPS(STEP("PUT /users/7/role {'role':'admin'}", 200, ANN)));
    play_rc(
        &play,
        up_user_set_role(play.p, &play.call, "7", user, "admin", &u, &play.err),
        UP_INVALID);
    assert_string_equal(play.err.field, "roles");
    json_decref(user);
    play_close(&play);
}

static void deactivate(struct play *play, bool pending, enum up_rc want,
                       struct up_user *u)
{
    json_t *known = play_json(ann);
    up_user_leave(play->p, &play->call, "7", known);
    play_rc(play,
            up_user_deactivate(play->p, &play->call, "7", known, pending, u,
                               &play->err),
            want);
    json_decref(known);
}

#define AWAY         STEP("PUT /users/7/away", 500, NULL) /* does not stop it */
#define OFF          STEP("POST /users/7/off", 204, NULL)
#define LOOK(answer) STEP("GET /users/7", 200, ANN_IS(answer))

static void a_deactivation_is_seen(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK, STEPS(AWAY, OFF, LOOK("'state':'off'")));
    deactivate(&play, false, UP_OK, &u);
    assert_int_equal(u.state, UP_INACTIVE);
    up_user_clear(&u);
    /* Answered, and nothing happened. */
    play_next(&play, STEPS(AWAY, OFF, LOOK("'state':'on'")));
    deactivate(&play, false, UP_FAILED, &u);
    assert_null(u.id);
    /* Refused, because it is off already. */
    play_next(&play, STEPS(AWAY, STEP("POST /users/7/off", 422, NULL),
                           LOOK("'state':'off'")));
    deactivate(&play, false, UP_OK, &u);
    up_user_clear(&u);
    /* A helpdesk that forgets whom it deactivates. */
    play_next(&play, STEPS(AWAY, OFF, STEP("GET /users/7", 404, NULL)));
    deactivate(&play, false, UP_OK, &u);
    assert_int_equal(u.state, UP_DELETED);
    assert_null(u.user);
    up_user_clear(&u);
    /* Shielded. */
    play_next(&play, STEPS(AWAY, STEP("POST /users/7/off", 403, NULL)));
    deactivate(&play, false, UP_PROTECTED, &u);
    play_close(&play);
}

static void an_invitation_accepted_meanwhile_is_deactivated(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK,
              STEPS(AWAY, STEP("DELETE /users/7/invitation", 404, NULL),
                    LOOK("'state':'on'"), OFF, LOOK("'state':'off'")));
    deactivate(&play, true, UP_OK, &u);
    assert_int_equal(u.state, UP_INACTIVE);
    up_user_clear(&u);
    play_close(&play);
}

static void a_reactivation_is_seen(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    json_t *user = play_json(ann);
    play_open(&play, DESK,
              STEPS(STEP("POST /users/7/on", 204, NULL), LOOK("'state':'on'")));
    play_rc(&play,
            up_user_reactivate(play.p, &play.call, "7", user, NULL, NULL, &u,
                               &play.err),
            UP_OK);
    up_user_clear(&u);
    play_next(&play, STEPS(STEP("POST /users/7/on", 204, NULL),
                           LOOK("'state':'off'")));
    play_rc(&play,
            up_user_reactivate(play.p, &play.call, "7", user, NULL, NULL, &u,
                               &play.err),
            UP_FAILED);
    json_decref(user);
    play_close(&play);
}

static void another_role_after_a_reactivation_is_put_back(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    char *desk =
        desk_with("'path':'/users/{{id}}/on'", ",'body':{'role':'{{role?}}'}");
    json_t *user = play_json(ann);
    play_open(&play, desk,
              STEPS(STEP("POST /users/7/on {'role':'agent'}", 204, NULL),
                    LOOK("'state':'on','role':'admin'"),
                    STEP("POST /users/7/off", 204, NULL),
                    LOOK("'state':'off','role':'admin'")));
    play_rc(&play,
            up_user_reactivate(play.p, &play.call, "7", user, "agent", NULL, &u,
                               &play.err),
            UP_INVALID);
    assert_string_equal(play.err.field, "roles");
    assert_false(play.err.changed);
    up_user_clear(&u);
    json_decref(user);
    play_close(&play);
    free(desk);
}

static void a_deletion_is_seen(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, DESK,
              STEPS(STEP("DELETE /users/7", 204, NULL),
                    STEP("GET /users/7", 404, NULL)));
    play_rc(&play, up_user_delete(play.p, &play.call, "7", &play.err), UP_OK);
    play_next(&play, STEPS(STEP("DELETE /users/7", 204, NULL),
                           STEP("GET /users/7", 200, ANN)));
    play_rc(&play, up_user_delete(play.p, &play.call, "7", &play.err),
            UP_FAILED);
    play_close(&play);
}

static void a_customer_becomes_staff(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    json_t *user = play_json("{'userName':'ann','title':'Dr'}");
    play_open(&play, DESK,
              STEPS(STEP("POST /people/7/agent {'role':'agent'}", 204, NULL),
                    LOOK("'state':'on','role':'agent'"),
                    STEP("PATCH /users/7 {'mail':null,'name':null,"
                         "'title':'Dr'}",
                         204, NULL),
                    STEP("GET /users/7", 200,
                         "{'id':7,'login':'ann','kind':'staff','state':'on',"
                         "'role':'agent','title':'Dr'}")));
    play_rc(&play,
            up_user_promote(play.p, &play.call, "7", user, NULL, &u, &play.err),
            UP_OK);
    assert_true(u.in_scope);
    up_user_clear(&u);
    json_decref(user);
    play_close(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_create_is_compared),
        cmocka_unit_test(what_create_cannot_take_follows),
        cmocka_unit_test(
            a_role_that_cannot_be_invited_is_set_before_acceptance),
        cmocka_unit_test(a_lesser_role_than_asked_is_undone),
        cmocka_unit_test(an_account_with_other_rights_than_asked_is_undone),
        cmocka_unit_test(a_lost_answer_is_followed_by_a_look),
        cmocka_unit_test(a_refused_create_is_explained_by_who_is_there),
        cmocka_unit_test(nothing_is_sent_that_would_be_refused),
        cmocka_unit_test(an_update_is_read_back),
        cmocka_unit_test(a_role_is_believed_when_it_is_seen),
        cmocka_unit_test(a_deactivation_is_seen),
        cmocka_unit_test(an_invitation_accepted_meanwhile_is_deactivated),
        cmocka_unit_test(a_reactivation_is_seen),
        cmocka_unit_test(another_role_after_a_reactivation_is_put_back),
        cmocka_unit_test(a_deletion_is_seen),
        cmocka_unit_test(a_customer_becomes_staff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
