/* Promises: a user is what its record says, an unknown field is never taken
 * for an absent one, and a list is handed on whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/providers/user_desk.h"

/* ---- reading ------------------------------------------------------------- */

static void a_record_is_read(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK, STEPS(STEP("GET /users/7", 200, ANN)));
    play_rc(&play, up_user_get(play.p, &play.call, "7", &u, &play.err), UP_OK);
    assert_string_equal(u.id, "7");
    assert_string_equal(u.role, "agent");
    assert_string_equal(u.identity, "2024-01-01T00:00:00Z");
    assert_true(u.full && u.in_scope && !u.protected_ && !u.elevated);
    assert_null(u.unknown);
    play_same(u.user,
              "{'userName':'ann','displayName':'Ann Ash','active':true,"
              "'emails':[{'type':'work','value':'ann@x','primary':true}],"
              "'meta':{'created':'2024-01-01T00:00:00.000Z'}}");
    up_user_clear(&u);
    play_close(&play);
}

static const struct {
    const char *why, *record;
    enum up_state state;
    bool active, in_scope, protected_, elevated;
    const char *role;
} records[] = {
    {"invited reads as active", ANN_IS("'state':'new','role':'agent'"),
     UP_PENDING, true, true, false, false, "agent"},
    {"switched off", ANN_IS("'state':'off','role':'agent'"), UP_INACTIVE, false,
     true, false, false, "agent"},
    {"an administrator", ANN_IS("'state':'on','role':'admin'"), UP_ACTIVE, true,
     true, false, true, "admin"},
    {"a role that the profile does not name",
     ANN_IS("'state':'on','role':'robot'"), UP_ACTIVE, true, true, false, false,
     NULL},
    {"a customer",
     "{'id':8,'login':'c','kind':'customer','state':'on','role':'agent'}",
     UP_ACTIVE, true, false, false, false, "agent"},
    {"an excluded id",
     "{'id':1,'login':'c','kind':'staff','state':'on','role':'agent'}",
     UP_ACTIVE, true, false, false, false, "agent"},
    {"a protected account",
     "{'id':8,'login':'root','kind':'staff','state':'on','role':'agent'}",
     UP_ACTIVE, true, true, true, false, "agent"},
    {"a state that the profile does not name: nobody loses sight of it",
     ANN_IS("'state':'sleepy','role':'agent'"), UP_ACTIVE, true, true, false,
     false, "agent"},
};

static void a_record_means_what_the_profile_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct play play;
        struct up_user u;
        play_open(&play, DESK,
                  STEPS(STEP("GET /users/7", 200, records[i].record)));
        play_rc(&play, up_user_get(play.p, &play.call, "7", &u, &play.err),
                UP_OK);
        bool active = json_is_true(json_object_get(u.user, "active"));
        if (u.state != records[i].state || active != records[i].active ||
            u.in_scope != records[i].in_scope ||
            u.protected_ != records[i].protected_ ||
            u.elevated != records[i].elevated ||
            (u.role == NULL) != (records[i].role == NULL) ||
            (u.role != NULL && strcmp(u.role, records[i].role) != 0))
            fail_msg("%s: state %d, scope %d, protected %d, elevated %d, %s",
                     records[i].why, (int)u.state, u.in_scope, u.protected_,
                     u.elevated, u.role == NULL ? "no role" : u.role);
        up_user_clear(&u);
        play_close(&play);
    }
}

static void a_deleted_record_is_not_found(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK,
              STEPS(STEP("GET /users/7", 200, ANN_IS("'state':'gone'"))));
    play_rc(&play, up_user_get(play.p, &play.call, "7", &u, &play.err),
            UP_NOT_FOUND);
    assert_null(u.id);
    play_close(&play);
}

/* ---- lists --------------------------------------------------------------- */

struct seen {
    char ids[256];
    size_t full, unknown;
};

static bool note(const struct up_user *u, void *ctx)
{
    struct seen *s = ctx;
    size_t n = strlen(s->ids);
    (void)snprintf(s->ids + n, sizeof s->ids - n, "%s ", u->id);
    s->full += u->full;
    s->unknown += json_array_size(u->unknown);
    return true;
}

static void a_row_in_doubt_is_read_whole(void **state)
{
    (void)state;
    struct play play;
    struct seen seen = {"", 0, 0};
    /* 7 tells all that decides; 8 lacks its state; 9 lacks its creation time;
     * 10 has vanished since; 11 is deleted. */
    play_open(
        &play, DESK,
        STEPS(STEP("GET /users", 200,
                   "[" ANN ",{'id':8,'kind':'staff','role':'agent',"
                   "'login':'b','made':'2024-01-01T00:00:00Z'},"
                   "{'id':9,'kind':'staff','role':'agent','login':'b',"
                   "'state':'on'},{'id':10},{'id':11,'state':'gone',"
                   "'kind':'staff','role':'agent','login':'x','made':'m'}]"),
              STEP("GET /users/8", 200, ANN_IS("'state':'off'")),
              STEP("GET /users/9", 200, ANN),
              STEP("GET /users/10", 404, NULL)));
    play_rc(&play, up_users_list(play.p, &play.call, note, &seen, &play.err),
            UP_OK);
    assert_string_equal(seen.ids, "7 7 7 ");
    assert_int_equal(seen.full, 2);
    assert_int_equal(seen.unknown, 2); /* title and entitlements of row 7 */
    play_close(&play);
}

static void a_list_that_fails_hands_on_nobody(void **state)
{
    (void)state;
    struct play play;
    struct seen seen = {"", 0, 0};
    play_open(&play, DESK,
              STEPS(STEP("GET /users", 200, "[" ANN ",{'id':8}]"),
                    STEP("GET /users/8", 500, NULL)));
    play_rc(&play, up_users_list(play.p, &play.call, note, &seen, &play.err),
            UP_FAILED);
    assert_string_equal(seen.ids, "");
    play_close(&play);
}

/* ---- searches ------------------------------------------------------------ */

static void a_search_goes_by_address_then_name_then_customers(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    json_t *user = play_json(ann);
    play_open(&play, DESK,
              STEPS(STEP("GET /users?mail=ann%40x", 200, "[]"),
                    STEP("GET /users?login=ann", 200, "[]"),
                    STEP("GET /people?mail=ann%40x", 200, "[{'id':70}]"),
                    STEP("GET /users/70", 404, NULL)));
    play_rc(&play, up_user_find(play.p, &play.call, user, &u, &play.err),
            UP_OK);
    assert_string_equal(u.id, "70");
    assert_false(u.in_scope);
    up_user_clear(&u);
    play_next(&play, STEPS(STEP("GET /users?mail=ann%40x", 200, "[" ANN "]"),
                           STEP("GET /users/7", 200, ANN)));
    play_rc(&play, up_user_find(play.p, &play.call, user, &u, &play.err),
            UP_OK);
    assert_true(u.in_scope && u.full);
    up_user_clear(&u);
    play_next(&play, STEPS(STEP("GET /users?mail=ann%40x", 200, "[]"),
                           STEP("GET /users?login=ann", 200, "[]"),
                           STEP("GET /people?mail=ann%40x", 200, "[]")));
    play_rc(&play, up_user_find(play.p, &play.call, user, &u, &play.err),
            UP_NOT_FOUND);
    json_decref(user);
    play_close(&play);
}

static void staff_is_found_before_a_customer_with_the_same_address(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    json_t *user = play_json(ann);
    play_open(&play, DESK,
              STEPS(STEP("GET /users?mail=ann%40x", 200, "[{'id':5},{'id':7}]"),
                    STEP("GET /users/5", 200,
                         "{'id':5,'login':'c','kind':'customer','state':'on'}"),
                    STEP("GET /users/7", 200, ANN)));
    play_rc(&play, up_user_find(play.p, &play.call, user, &u, &play.err),
            UP_OK);
    assert_string_equal(u.id, "7");
    up_user_clear(&u);
    json_decref(user);
    play_close(&play);
}

/* ---- the bridge's own account -------------------------------------------- */

static void the_own_account_is_protected(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, DESK,
              STEPS(STEP("GET /me", 200, ANN_IS("'role':'admin'"))));
    play_rc(&play, up_probe(play.p, &play.call, &u, &play.err), UP_OK);
    assert_true(u.protected_);
    up_user_clear(&u);
    play_next(&play, STEPS(STEP("GET /users/7", 200, ANN)));
    play_rc(&play, up_user_get(play.p, &play.call, "7", &u, &play.err), UP_OK);
    assert_true(u.protected_);
    up_user_clear(&u);
    play_next(&play, STEPS(STEP("GET /me", 200, ANN)));
    play_rc(&play, up_probe(play.p, &play.call, &u, &play.err), UP_FORBIDDEN);
    assert_non_null(strstr(play.err.detail, "{\"role\":\"admin\"}"));
    play_close(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read),
        cmocka_unit_test(a_record_means_what_the_profile_says),
        cmocka_unit_test(a_deleted_record_is_not_found),
        cmocka_unit_test(a_row_in_doubt_is_read_whole),
        cmocka_unit_test(a_list_that_fails_hands_on_nobody),
        cmocka_unit_test(a_search_goes_by_address_then_name_then_customers),
        cmocka_unit_test(
            staff_is_found_before_a_customer_with_the_same_address),
        cmocka_unit_test(the_own_account_is_protected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
