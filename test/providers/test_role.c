/* Promises: a role is a field, several fields, ids that are looked up by name,
 * or membership of a team; and it is read as it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/providers/play.h"

#define HEAD                                                                   \
    "{'format':'helpdesk-provider/1','name':'desk','auth':{'type':'none'},"    \
    "'errors':[{'status':[404],'as':'not_found'}],'user':{'id':'id','map':["   \
    "{'scim':'userName','native':'login'}],'states':[{'when':{},'is':"         \
    "'active'}],"
#define TAIL                                                                   \
    "},'operations':{'probe':{'method':'GET','path':'/me'},"                   \
    "'users.list':{'method':'GET','path':'/users','records':'$'},"             \
    "'users.get':{'method':'GET','path':'/users/{{id}}','record':'$'},"        \
    "'users.update':{'method':'PUT','path':'/users/{{id}}','body':"            \
    "'{{changes}}'},"                                                          \
    "'roles.list':{'method':'GET','path':'/roles','records':'$'}}}"

/* As in Zammad: an administrator has the agent's role beside it. */
#define IDS                                                                    \
    HEAD "'in_scope':[{'role_ids':['@Admin','@Agent']}],'roles':{'op':"        \
         "'users.update','keep_unknown':true,'lookup':{'op':'roles.list',"     \
         "'by':'name','value':'id'},'values':[{'scim':'admin','set':"          \
         "{'role_ids':['@Admin','@Agent']},'elevated':true},{'scim':'agent',"  \
         "'set':{'role_ids':['@Agent']},'default':true}]}" TAIL
/* As in Zendesk: roles that the account made itself. */
#define FOUND                                                                  \
    HEAD "'roles':{'op':'users.update','lookup':{'op':'roles.list','by':"      \
         "'name','value':'id','writes':'custom','with':{'role':'agent'}},"     \
         "'values':[{'scim':'admin','set':{'role':'admin'},'elevated':true},"  \
         "{'scim':'agent','set':{'role':'agent'},'default':true}]}" TAIL
/* As in Kustomer: sets of rights by id, of which the profile knows some. */
#define SETS                                                                   \
    HEAD "'roles':{'op':'users.set_role','lookup':{'op':'roles.list','by':"    \
         "'name','value':'id','writes':'sets','optional':['Owner']},"          \
         "'values':[{'scim':'owner','set':{'sets':'@Owner'},'elevated':true,"  \
         "'assign':false},{'scim':'admin','set':{'sets':'@Admin'},"            \
         "'elevated':true},{'scim':'agent','set':{'sets':'@Agent'},"           \
         "'default':true}]},'protect':[{'sets':'@Owner'}]},'operations':{"     \
         "'probe':{'method':'GET','path':'/me'},"                              \
         "'users.list':{'method':'GET','path':'/users','records':'$'},"        \
         "'users.get':{'method':'GET','path':'/users/{{id}}','record':'$'},"   \
         "'users.set_role':{'method':'PUT','path':'/users/{{id}}','body':"     \
         "{'sets':['{{sets?}}']}},"                                            \
         "'roles.list':{'method':'GET','path':'/roles','records':'$'}}}"
#define TEAMS(more)                                                            \
    "{'format':'helpdesk-provider/1','name':'desk','auth':{'type':'none'},"    \
    "'errors':[{'status':[404],'as':'not_found'}],'user':{'id':'id','map':["   \
    "{'scim':'userName','native':'login'}],'states':[{'when':{},'is':"         \
    "'active'}],'roles':{" more                                                \
    "'values':[{'scim':'admin','team':'Bosses','elevated':true},{'scim':"      \
    "'agent','team':'Crew','default':true}]}},'group':{'id':'id','map':["      \
    "{'scim':'displayName','native':'name'}],'members':{'style':'delta',"      \
    "'list':'m.list','add':'m.add','remove':'m.remove'}},'operations':{"       \
    "'probe':{'method':'GET','path':'/me'},"                                   \
    "'users.list':{'method':'GET','path':'/users','records':'$'},"             \
    "'users.get':{'method':'GET','path':'/users/{{id}}','record':'$'},"        \
    "'teams.list':{'method':'GET','path':'/teams','records':'$'},"             \
    "'m.list':{'method':'GET','path':'/teams/{{id}}/members','records':'$'},"  \
    "'m.add':{'method':'PUT','path':'/teams/{{id}}/members','body':"           \
    "'{{user_ids}}'},'m.remove':{'method':'DELETE','path':"                    \
    "'/teams/{{id}}/members/{{user_id}}'}}}"

#define STEPS(...)                                                             \
    (const struct play_step[])                                                 \
    {                                                                          \
        __VA_ARGS__,                                                           \
        {                                                                      \
            NULL, 0, NULL, NULL                                                \
        }                                                                      \
    }
#define STEP(request, status, answer)                                          \
    {                                                                          \
        request, status, answer, NULL                                          \
    }
#define LOOKUP                                                                 \
    STEP("GET /roles", 200,                                                    \
         "[{'id':1,'name':'Admin'},{'id':2,'name':'Agent'},"                   \
         "{'id':9,'name':'Auditor'}]")

#define FOUND_ROLES                                                            \
    STEP("GET /roles", 200,                                                    \
         "[{'id':1,'name':'Admin'},{'id':9,'name':'Auditor'}]")

static void get(struct play *play, const char *role, bool elevated,
                bool in_scope)
{
    struct up_user u;
    play_rc(play, up_user_get(play->p, &play->call, "7", &u, &play->err),
            UP_OK);
    if ((u.role == NULL) != (role == NULL) ||
        (role != NULL && strcmp(u.role, role) != 0))
        fail_msg("role %s", u.role == NULL ? "none" : u.role);
    assert_int_equal(u.elevated, elevated);
    assert_int_equal(u.in_scope, in_scope);
    up_user_clear(&u);
}

static void set(struct play *play, const char *role, enum up_rc want)
{
    struct up_user u;
    json_t *user = play_json("{'userName':'ann'}");
    play_rc(
        play,
        up_user_set_role(play->p, &play->call, "7", user, role, &u, &play->err),
        want);
    up_user_clear(&u);
    json_decref(user);
}

#define USER(body) STEP("GET /users/7", 200, "{'id':7,'login':'ann'," body "}")

static void ids_are_looked_up_once(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, IDS, STEPS(USER("'role_ids':[1,2]"), LOOKUP));
    get(&play, "admin", true, true);
    play_next(&play, STEPS(USER("'role_ids':[9,2]")));
    get(&play, "agent", false, true);
    play_next(&play, STEPS(USER("'role_ids':[9]")));
    get(&play, NULL, false, false);
    /* Not whole, but an administrator all the same. */
    play_next(&play, STEPS(USER("'role_ids':[1]")));
    get(&play, "admin", true, true);
    play_close(&play);
}

static void a_role_that_may_be_missing_is_nobodys(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, SETS, STEPS(USER("'sets':[]"), LOOKUP));
    play_rc(&play, up_user_get(play.p, &play.call, "7", &u, &play.err), UP_OK);
    assert_null(u.role);
    assert_true(u.roleless);
    assert_false(u.protected_);
    up_user_clear(&u);
    play_close(&play);
    play_open(&play, SETS,
              STEPS(USER("'sets':[5]"),
                    STEP("GET /roles", 200,
                         "[{'id':1,'name':'Admin'},{'id':2,'name':'Agent'},"
                         "{'id':5,'name':'Owner'}]")));
    play_rc(&play, up_user_get(play.p, &play.call, "7", &u, &play.err), UP_OK);
    assert_string_equal(u.role, "owner");
    assert_false(u.roleless);
    assert_true(u.protected_);
    up_user_clear(&u);
    play_close(&play);
}

static void a_found_role_hides_no_administrator(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, SETS, STEPS(USER("'sets':[9,1]"), LOOKUP));
    get(&play, "admin", true, true);
    play_next(&play, STEPS(USER("'sets':[9]")));
    get(&play, "Auditor", false, true);
    /* Named by the profile: it is not offered a second time. */
    play_next(&play, STEPS(USER("'sets':[2]")));
    get(&play, "agent", false, true);
    play_next(&play, STEPS(USER("'sets':1")));
    get(&play, "admin", true, true);
    play_next(&play, STEPS(STEP("PUT /users/7 {'sets':[9]}", 204, NULL),
                           USER("'sets':[9]")));
    set(&play, "auditor", UP_OK);
    play_close(&play);
}

static void a_role_that_the_helpdesk_lacks_is_told(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, IDS,
              STEPS(USER("'role_ids':[2]"),
                    STEP("GET /roles", 200, "[{'id':1,'name':'Admin'}]")));
    play_rc(&play, up_user_get(play.p, &play.call, "7", &u, &play.err),
            UP_FAILED);
    assert_non_null(strstr(play.err.detail, "\"Agent\""));
    /* The next call asks again. */
    play_next(&play, STEPS(USER("'role_ids':[2]"), LOOKUP));
    get(&play, "agent", false, true);
    play_close(&play);
}

static void roles_that_the_profile_does_not_name_are_kept(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, IDS,
              STEPS(LOOKUP, USER("'role_ids':[9,2]"),
                    STEP("PUT /users/7 {'role_ids':[1,2,9]}", 200, NULL),
                    USER("'role_ids':[1,2,9]")));
    set(&play, "admin", UP_OK);
    /* A demotion takes the administrator's role away, and that alone. */
    play_next(&play, STEPS(USER("'role_ids':[1,2,9]"),
                           STEP("PUT /users/7 {'role_ids':[2,9]}", 200, NULL),
                           USER("'role_ids':[2,9]")));
    set(&play, "agent", UP_OK);
    play_close(&play);
}

static void found_roles_are_offered_above_the_default(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, FOUND,
              STEPS(USER("'role':'agent','custom':9"), FOUND_ROLES));
    assert_int_equal(json_array_size(up_roles(play.p)), 2);
    get(&play, "Auditor", false, true);
    assert_int_equal(json_array_size(up_roles(play.p)), 3);
    play_same(json_object_get(json_array_get(up_roles(play.p), 1), "scim"),
              "'Auditor'");
    play_next(&play, STEPS(USER("'role':'agent','custom':null")));
    get(&play, "agent", false, true);
    play_next(&play,
              STEPS(STEP("PUT /users/7 {'role':'agent','custom':9}", 200, NULL),
                    USER("'role':'agent','custom':9")));
    set(&play, "auditor", UP_OK);
    play_close(&play);
}

static void a_namesake_of_the_role_that_it_refines_is_refused(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, FOUND, STEPS(USER("'role':'agent','custom':2"), LOOKUP));
    play_rc(&play, up_user_get(play.p, &play.call, "7", &u, &play.err),
            UP_FAILED);
    assert_non_null(strstr(play.err.detail, "\"Agent\""));
    assert_non_null(strstr(play.err.detail, "rename"));
    /* Renamed since. */
    play_next(&play, STEPS(USER("'role':'agent','custom':9"), FOUND_ROLES));
    get(&play, "Auditor", false, true);
    play_close(&play);
}

/* ---- teams --------------------------------------------------------------- */

#define TEAM_LIST                                                              \
    STEP("GET /teams", 200, "[{'id':3,'name':'Bosses'},{'id':4,'name':'Crew'}]")
#define IN(team, answer) STEP("GET /teams/" team "/members", 200, answer)

static void a_role_is_membership_of_a_team(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, TEAMS(""),
              STEPS(USER("'x':1"), TEAM_LIST, IN("3", "[{'id':8}]"),
                    IN("4", "[{'id':7},{'id':8}]")));
    get(&play, "agent", false, true);
    play_next(&play,
              STEPS(IN("4", "[{'id':7},{'id':8}]"),
                    STEP("DELETE /teams/4/members/7", 204, NULL),
                    IN("4", "[{'id':8}]"), IN("3", "[{'id':8}]"),
                    STEP("PUT /teams/3/members [7]", 200, NULL),
                    IN("3", "[{'id':7},{'id':8}]"), USER("'x':1"),
                    IN("3", "[{'id':7},{'id':8}]"), IN("4", "[{'id':8}]")));
    set(&play, "admin", UP_OK);
    play_close(&play);
}

static void a_record_that_tells_its_teams_saves_the_lists(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, TEAMS("'member_of':'in[*].id',"),
              STEPS(USER("'in':[{'id':'4'},{'id':'20'}]"), TEAM_LIST));
    get(&play, "agent", false, true);
    play_next(&play, STEPS(USER("'in':[{'id':'4'}]"),
                           STEP("DELETE /teams/4/members/7", 204, NULL),
                           STEP("PUT /teams/3/members [7]", 200, NULL),
                           USER("'in':[{'id':'3'}]")));
    set(&play, "admin", UP_OK);
    /* Answered, and not done. */
    play_next(&play, STEPS(USER("'in':[{'id':'3'}]"),
                           STEP("DELETE /teams/3/members/7", 204, NULL),
                           STEP("PUT /teams/4/members [7]", 200, NULL),
                           USER("'in':[{'id':'3'},{'id':'4'}]")));
    set(&play, "agent", UP_INVALID);
    play_close(&play);
}

static bool nothing(const struct up_user *u, void *ctx)
{
    json_t *roles = ctx;
    json_object_set_new(roles, u->id,
                        u->role == NULL ? json_null() : json_string(u->role));
    return true;
}

static void a_list_reads_each_team_once(void **state)
{
    (void)state;
    struct play play;
    json_t *roles = json_object();
    play_open(&play, TEAMS(""),
              STEPS(STEP("GET /users", 200,
                         "[{'id':7,'login':'a'},{'id':8,'login':'b'},"
                         "{'id':9,'login':'c'}]"),
                    TEAM_LIST, IN("3", "[{'id':8}]"),
                    IN("4", "[{'id':7},{'id':8}]")));
    play_rc(&play, up_users_list(play.p, &play.call, nothing, roles, &play.err),
            UP_OK);
    play_same(roles, "{'7':'agent','8':'admin','9':null}");
    json_decref(roles);
    play_close(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_looked_up_once),
        cmocka_unit_test(a_role_that_the_helpdesk_lacks_is_told),
        cmocka_unit_test(a_role_that_may_be_missing_is_nobodys),
        cmocka_unit_test(a_found_role_hides_no_administrator),
        cmocka_unit_test(roles_that_the_profile_does_not_name_are_kept),
        cmocka_unit_test(found_roles_are_offered_above_the_default),
        cmocka_unit_test(a_namesake_of_the_role_that_it_refines_is_refused),
        cmocka_unit_test(a_role_is_membership_of_a_team),
        cmocka_unit_test(a_record_that_tells_its_teams_saves_the_lists),
        cmocka_unit_test(a_list_reads_each_team_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
