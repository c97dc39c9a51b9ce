/* Promises: teams, members in every style, and open work: only what is needed
 * is sent, removals first, and what came of it is read. */
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
    "'errors':[{'status':[404],'as':'not_found'},"                             \
    "{'status':[409],'as':'exists'},"                                          \
    "{'status':[400,422],'as':'invalid'}],'rate':{'retry':{'max':0}},"         \
    "'user':{'id':'id','map':[{'scim':'userName','native':'login'}],"          \
    "'states':[{'when':{},'is':'active'}],'roles':{'op':'users.update',"       \
    "'values':[{'scim':'agent','set':{'role':'agent'},'default':true}]}},"     \
    "'lifecycle':{'deactivate':{'op':'users.off','tickets':{'list':"           \
    "'tickets.open','assign':'tickets.assign','assign_team':"                  \
    "'tickets.assign_team','unassign':'tickets.unassign'}}},"
#define GROUP(members)                                                         \
    "'group':{'id':'id','in_scope':[{'kind':'team'}],'map':[{'scim':"          \
    "'displayName','native':'name','required':true,'max':10},"                 \
    "{'scim':'$ext.desk.about','native':'about'}],'members':" members "},"
#define OPERATIONS                                                             \
    "'operations':{'probe':{'method':'GET','path':'/me'},"                     \
    "'users.list':{'method':'GET','path':'/users','records':'$'},"             \
    "'users.get':{'method':'GET','path':'/users/{{id}}','record':'$'},"        \
    "'users.update':{'method':'PUT','path':'/users/{{id}}','body':"            \
    "'{{changes}}'},"                                                          \
    "'users.off':{'method':'PUT','path':'/users/{{id}}/off'},"                 \
    "'teams.list':{'method':'GET','path':'/teams','records':'$'},"             \
    "'teams.get':{'method':'GET','path':'/teams/{{id}}','record':'$'},"        \
    "'teams.create':{'method':'POST','path':'/teams','record':'$','body':"     \
    "{'name':'{{name}}','kind':'team'}},"                                      \
    "'teams.update':{'method':'PATCH','path':'/teams/{{id}}','body':"          \
    "'{{changes}}'},"                                                          \
    "'teams.delete':{'method':'DELETE','path':'/teams/{{id}}'},"               \
    "'tickets.open':{'method':'GET','path':'/tickets','query':{'of':"          \
    "'{{id}}'},'records':'$'},"                                                \
    "'tickets.assign':{'method':'PUT','path':'/tickets','batch':{'param':"     \
    "'ticket_ids','max':2},'body':{'ids':'{{ticket_ids}}','to':"               \
    "'{{to_user_id|null}}','team':'{{to_team_id|null}}'}},"                    \
    "'tickets.assign_team':{'steps':[{'op':'tickets.assign'}]},"               \
    "'tickets.unassign':{'method':'PUT','path':'/tickets/{{ticket_id}}',"      \
    "'each':'ticket_ids','body':{'to':0}}"
#define END "}}"

#define LIST                                                                   \
    ",'m.list':{'method':'GET','path':'/teams/{{id}}/members','records':'$'}"
#define DELTA                                                                  \
    HEAD GROUP("{'style':'delta','list':'m.list','add':'m.add','remove':"      \
               "'m.remove'}") OPERATIONS LIST                                  \
        ",'m.add':{'method':'POST','path':'/teams/{{id}}/members','body':"     \
        "'{{user_ids}}','batch':{'param':'user_ids','max':2}}"                 \
        ",'m.remove':{'method':'DELETE','path':"                               \
        "'/teams/{{id}}/members/{{user_id}}','ok_as':['not_found']}" END
#define READ                                                                   \
    HEAD GROUP("{'style':'delta','read':'who','add':'m.add'}") OPERATIONS      \
        ",'m.add':{'method':'POST','path':'/teams/{{id}}/members','body':"     \
        "'{{user_ids}}'}" END
#define REPLACE                                                                \
    HEAD GROUP("{'style':'replace','read':'who','set':'m.set'}") OPERATIONS    \
        ",'m.set':{'method':'PUT','path':'/teams/{{id}}','body':"              \
        "{'who':'{{user_ids}}'}}" END
#define LINK                                                                   \
    HEAD GROUP("{'style':'link','list':'m.list','find':'m.find','user':"       \
               "'uid','link_id':'id','add':'m.add','remove':'m.remove'}")      \
        OPERATIONS LIST                                                        \
        ",'m.find':{'method':'GET','path':'/users/{{user_id}}/links',"         \
        "'records':'$','verify':{'path':'gid','equals':'{{id}}'}}"             \
        ",'m.add':{'method':'POST','path':'/links','body':{'uid':"             \
        "'{{user_id}}','gid':'{{id}}'}}"                                       \
        ",'m.remove':{'method':'DELETE','path':'/links/{{link_id}}'}" END
#define USER_LIST                                                              \
    HEAD GROUP("{'style':'user_list','path':'groups','op':'users.update',"     \
               "'read':'who'}") OPERATIONS END
#define USER_MAP                                                               \
    HEAD GROUP("{'style':'user_map','path':'access.groups','value':['full'],"  \
               "'op':'users.update','read':'who'}") OPERATIONS END

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
#define TEAM(more) "{'id':3,'name':'First','kind':'team'" more "}"

/* ---- teams --------------------------------------------------------------- */

static bool count(const struct up_team *t, void *ctx)
{
    size_t *n = ctx;
    *n += t->in_scope ? 1 : 100;
    return true;
}

static void teams_are_listed_with_their_scope(void **state)
{
    (void)state;
    struct play play;
    size_t n = 0;
    /* The second is of another kind; of the third that is not told. */
    play_open(
        &play, DELTA,
        STEPS(STEP("GET /teams", 200,
                   "[" TEAM("") ",{'id':4,'name':'x','kind':'sys'},"
                                "{'id':5,'name':'y'}]"),
              STEP("GET /teams/5", 200, "{'id':5,'name':'y','kind':'team'}")));
    play_rc(&play, up_teams_list(play.p, &play.call, count, &n, &play.err),
            UP_OK);
    assert_int_equal(n, 102);
    play_close(&play);
}

static void create(struct play *play, const char *group, enum up_rc want,
                   struct up_team *t)
{
    json_t *json = play_json(group);
    play_rc(play, up_team_create(play->p, &play->call, json, t, &play->err),
            want);
    json_decref(json);
}

static void a_team_is_created_once(void **state)
{
    (void)state;
    struct play play;
    struct up_team t;
    static const char post[] = "POST /teams {'name':'First','kind':'team'}";
    play_open(&play, DELTA, STEPS(STEP(post, 201, TEAM(""))));
    create(&play, "{'displayName':'First'}", UP_OK, &t);
    assert_string_equal(t.id, "3");
    up_team_clear(&t);
    play_next(&play, STEPS(STEP(post, 400, "{}"),
                           STEP("GET /teams", 200, "[" TEAM("") "]")));
    create(&play, "{'displayName':'First'}", UP_CONFLICT, &t);
    assert_string_equal(play.err.existing_id, "3");
    assert_string_equal(play.err.field, "displayName");
    play_next(&play, STEPS(STEP(post, 0, NULL),
                           STEP("GET /teams", 200, "[" TEAM("") "]"),
                           STEP("GET /teams/3", 200, TEAM(""))));
    create(&play, "{'displayName':'First'}", UP_OK, &t);
    up_team_clear(&t);
    play_next(&play, STEPS({NULL, 0, NULL, NULL}));
    create(&play, "{}", UP_INVALID, &t);
    create(&play, "{'displayName':'Too long a name'}", UP_INVALID, &t);
    /* What create does not take follows. */
    play_next(&play, STEPS(STEP(post, 201, TEAM("")),
                           STEP("PATCH /teams/3 {'about':'a'}", 204, NULL),
                           STEP("GET /teams/3", 200, TEAM(",'about':'a'"))));
    create(&play,
           "{'displayName':'First','urn:scim-bridge:params:scim:schemas:"
           "extension:helpdesk:2.0:Group':{'desk':{'about':'a'}}}",
           UP_OK, &t);
    up_team_clear(&t);
    play_close(&play);
}

static void a_rename_is_read_back(void **state)
{
    (void)state;
    struct play play;
    struct up_team t;
    json_t *before = play_json("{'displayName':'First'}");
    json_t *after = play_json("{'displayName':'Second'}");
    static const char patch[] = "PATCH /teams/3 {'name':'Second'}";
    play_open(&play, DELTA,
              STEPS(STEP(patch, 200, NULL),
                    STEP("GET /teams/3", 200,
                         "{'id':3,'name':'Second','kind':'team'}")));
    play_rc(
        &play,
        up_team_update(play.p, &play.call, "3", before, after, &t, &play.err),
        UP_OK);
    up_team_clear(&t);
    /* 200, and still the old name: another team has it. */
    play_next(&play,
              STEPS(STEP(patch, 200, NULL), STEP("GET /teams/3", 200, TEAM("")),
                    STEP("GET /teams", 200,
                         "[{'id':9,'name':'second','kind':'team'}]")));
    play_rc(
        &play,
        up_team_update(play.p, &play.call, "3", before, after, &t, &play.err),
        UP_CONFLICT);
    assert_string_equal(play.err.existing_id, "9");
    play_next(&play, STEPS({NULL, 0, NULL, NULL}));
    play_rc(
        &play,
        up_team_update(play.p, &play.call, "3", after, after, &t, &play.err),
        UP_OK);
    assert_null(t.id);
    json_decref(before);
    json_decref(after);
    play_close(&play);
}

static void a_deleted_team_is_gone_or_out_of_scope(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, DELTA,
              STEPS(STEP("DELETE /teams/3", 204, NULL),
                    STEP("GET /teams/3", 404, NULL)));
    play_rc(&play, up_team_delete(play.p, &play.call, "3", &play.err), UP_OK);
    play_next(&play, STEPS(STEP("DELETE /teams/3", 204, NULL),
                           STEP("GET /teams/3", 200,
                                "{'id':3,'name':'First','kind':'off'}")));
    play_rc(&play, up_team_delete(play.p, &play.call, "3", &play.err), UP_OK);
    play_next(&play, STEPS(STEP("DELETE /teams/3", 204, NULL),
                           STEP("GET /teams/3", 200, TEAM(""))));
    play_rc(&play, up_team_delete(play.p, &play.call, "3", &play.err),
            UP_FAILED);
    play_close(&play);
}

/* ---- members ------------------------------------------------------------- */

static void change(struct play *play, const char *add, const char *remove,
                   enum up_rc want)
{
    json_t *a = add == NULL ? NULL : play_json(add);
    json_t *r = remove == NULL ? NULL : play_json(remove);
    play_rc(play,
            up_members_change(play->p, &play->call, "3", a, r, &play->err),
            want);
    json_decref(a);
    json_decref(r);
}

#define MEMBERS(answer) STEP("GET /teams/3/members", 200, answer)

static void an_empty_list_is_believed_once_the_team_was_read(void **state)
{
    (void)state;
    struct play play;
    json_t *ids = NULL;
    play_open(&play, DELTA,
              STEPS(MEMBERS("[]"), STEP("GET /teams/3", 200, TEAM(""))));
    play_rc(&play, up_members(play.p, &play.call, "3", &ids, &play.err), UP_OK);
    play_same(ids, "[]");
    json_decref(ids);
    play_next(&play, STEPS(MEMBERS("[]"), STEP("GET /teams/3", 404, NULL)));
    play_rc(&play, up_members(play.p, &play.call, "3", &ids, &play.err),
            UP_NOT_FOUND);
    assert_null(ids);
    play_close(&play);
}

static void delta_sends_what_is_needed_removals_first(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, DELTA,
              STEPS(MEMBERS("[{'id':1},{'id':2}]"),
                    STEP("DELETE /teams/3/members/2", 204, NULL),
                    STEP("POST /teams/3/members [4,5]", 204, NULL),
                    STEP("POST /teams/3/members [6]", 204, NULL),
                    MEMBERS("[{'id':1},{'id':4},{'id':5},{'id':6}]")));
    change(&play, "['1','4','5','6','4']", "['2','9']", UP_OK);
    play_next(&play, STEPS(MEMBERS("[{'id':1}]")));
    change(&play, "['1']", "['2']", UP_OK);
    play_close(&play);
}

static void a_missing_member_is_not_a_missing_team(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, DELTA,
              STEPS(MEMBERS("[{'id':1}]"),
                    STEP("POST /teams/3/members [4,5]", 404, NULL),
                    STEP("GET /teams/3", 200, TEAM("")),
                    STEP("GET /users/4", 200, "{'id':4}"),
                    STEP("GET /users/5", 404, NULL)));
    change(&play, "['4','5']", NULL, UP_INVALID);
    assert_string_equal(play.err.existing_id, "5");
    play_next(&play, STEPS(MEMBERS("[{'id':1}]"),
                           STEP("POST /teams/3/members [4]", 404, NULL),
                           STEP("GET /teams/3", 404, NULL)));
    change(&play, "['4']", NULL, UP_NOT_FOUND);
    /* Accepted, and the member is not there. */
    play_next(&play,
              STEPS(MEMBERS("[{'id':1}]"),
                    STEP("POST /teams/3/members [4]", 204, NULL),
                    MEMBERS("[{'id':1}]"), STEP("GET /users/4", 404, NULL)));
    change(&play, "['4']", NULL, UP_INVALID);
    assert_string_equal(play.err.existing_id, "4");
    /* Accepted, nothing done, and nobody is missing. */
    play_next(&play, STEPS(MEMBERS("[{'id':1}]"),
                           STEP("POST /teams/3/members [4]", 204, NULL),
                           MEMBERS("[{'id':1}]"),
                           STEP("GET /users/4", 200, "{'id':4}")));
    change(&play, "['4']", NULL, UP_FAILED);
    /* The answer was lost, the change was not. */
    play_next(&play, STEPS(MEMBERS("[{'id':1}]"),
                           STEP("POST /teams/3/members [4]", 0, NULL),
                           MEMBERS("[{'id':1},{'id':4}]")));
    change(&play, "['4']", NULL, UP_OK);
    play_close(&play);
}

static void who_was_refused_because_it_was_done_is_a_member(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, READ,
              STEPS(STEP("GET /teams/3", 200, TEAM(",'who':[1]")),
                    STEP("POST /teams/3/members [4]", 404, NULL),
                    STEP("GET /teams/3", 200, TEAM(",'who':[1,4]"))));
    change(&play, "['4']", NULL, UP_OK);
    play_next(&play, STEPS(STEP("GET /teams/3", 200, TEAM(",'who':[1]")),
                           STEP("POST /teams/3/members [4]", 404, NULL),
                           STEP("GET /teams/3", 200, TEAM(",'who':[1]")),
                           STEP("GET /users/4", 200, "{'id':4}")));
    change(&play, "['4']", NULL, UP_FAILED);
    play_close(&play);
}

static void replace_writes_the_whole_list(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, REPLACE,
              STEPS(STEP("GET /teams/3", 200, TEAM(",'who':[1,2]")),
                    STEP("PUT /teams/3 {'who':[1,4]}", 200, NULL),
                    STEP("GET /teams/3", 200, TEAM(",'who':[1,4]"))));
    change(&play, "['4']", "['2']", UP_OK);
    play_close(&play);
}

static void links_are_found_then_removed(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, LINK,
              STEPS(MEMBERS("[{'id':71,'uid':1},{'id':72,'uid':2}]"),
                    STEP("GET /users/2/links", 200,
                         "[{'id':72,'gid':3},{'id':80,'gid':33}]"),
                    STEP("DELETE /links/72", 204, NULL),
                    STEP("POST /links {'uid':4,'gid':3}", 201, NULL),
                    STEP("POST /links {'uid':5,'gid':3}", 201, NULL),
                    MEMBERS("[{'id':71,'uid':1},{'id':73,'uid':4},"
                            "{'id':74,'uid':5}]")));
    change(&play, "['4','5']", "['2']", UP_OK);
    play_close(&play);
}

static void a_list_on_the_user_keeps_its_other_teams(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, USER_LIST,
              STEPS(STEP("GET /teams/3", 200, TEAM(",'who':[1,2]")),
                    STEP("GET /users/2", 200, "{'id':2,'groups':[3,8]}"),
                    STEP("PUT /users/2 {'groups':[8]}", 200, NULL),
                    STEP("GET /users/4", 200, "{'id':4,'groups':[9]}"),
                    STEP("PUT /users/4 {'groups':[9,3]}", 200, NULL),
                    STEP("GET /teams/3", 200, TEAM(",'who':[1,4]"))));
    change(&play, "['4']", "['2']", UP_OK);
    /* Who joins is not there; who leaves need not be. */
    play_next(&play, STEPS(STEP("GET /teams/3", 200, TEAM(",'who':[1,2]")),
                           STEP("GET /users/2", 404, NULL),
                           STEP("GET /users/5", 404, NULL)));
    change(&play, "['5']", "['2']", UP_INVALID);
    assert_string_equal(play.err.existing_id, "5");
    play_close(&play);
}

static void an_object_on_the_user_keeps_its_other_teams(void **state)
{
    (void)state;
    struct play play;
    play_open(
        &play, USER_MAP,
        STEPS(STEP("GET /teams/3", 200, TEAM(",'who':[2]")),
              STEP("GET /users/2", 200,
                   "{'id':2,'access':{'groups':{'3':['full'],'8':['read']}}}"),
              STEP("PUT /users/2 {'access':{'groups':{'8':['read']}}}", 200,
                   NULL),
              STEP("GET /users/4", 200, "{'id':4}"),
              STEP("PUT /users/4 {'access':{'groups':{'3':['full']}}}", 200,
                   NULL),
              STEP("GET /teams/3", 200, TEAM(",'who':[4]"))));
    change(&play, "['4']", "['2']", UP_OK);
    play_close(&play);
}

static void the_record_of_a_user_tells_its_teams(void **state)
{
    (void)state;
    struct play play;
    struct up_user u;
    play_open(&play, USER_MAP,
              STEPS(STEP("GET /users/2", 200,
                         "{'id':2,'access':{'groups':{'3':[],'8':[]}}}")));
    play_rc(&play, up_user_get(play.p, &play.call, "2", &u, &play.err), UP_OK);
    play_same(u.teams, "['3','8']");
    up_user_clear(&u);
    play_close(&play);
}

/* ---- open work ----------------------------------------------------------- */

static void assign(struct play *play, enum up_heir heir, const char *to,
                   const char *left)
{
    json_t *tickets = play_json("['11','12','13']"), *rest = NULL;
    play_rc(play,
            up_tickets_assign(play->p, &play->call, "2", tickets, heir, to,
                              &rest, &play->err),
            UP_OK);
    play_same(rest, left);
    json_decref(tickets);
    json_decref(rest);
}

#define OPEN(answer) STEP("GET /tickets?of=2", 200, answer)

static void work_is_handed_over_in_slices_or_one_by_one(void **state)
{
    (void)state;
    struct play play;
    json_t *ids = NULL;
    play_open(&play, DELTA, STEPS(OPEN("[{'id':11},{'id':12},{'id':13}]")));
    play_rc(&play, up_tickets_open(play.p, &play.call, "2", &ids, &play.err),
            UP_OK);
    play_same(ids, "['11','12','13']");
    json_decref(ids);
    play_next(
        &play,
        STEPS(
            STEP("PUT /tickets {'ids':[11,12],'to':5,'team':null}", 200, NULL),
            STEP("PUT /tickets {'ids':[13],'to':5,'team':null}", 200, NULL)));
    assign(&play, UP_HEIR_USER, "5", "[]");
    play_next(
        &play,
        STEPS(
            STEP("PUT /tickets {'ids':[11,12],'to':null,'team':3}", 200, NULL),
            STEP("PUT /tickets {'ids':[13],'to':null,'team':3}", 200, NULL)));
    assign(&play, UP_HEIR_TEAM, "3", "[]");
    /* One call a ticket: a refused one does not stop the others. */
    play_next(&play, STEPS(STEP("PUT /tickets/11 {'to':0}", 200, NULL),
                           STEP("PUT /tickets/12 {'to':0}", 422, NULL),
                           STEP("PUT /tickets/13 {'to':0}", 200, NULL)));
    assign(&play, UP_HEIR_NOBODY, NULL, "['12']");
    assert_int_equal(up_tickets_batch(play.p, UP_HEIR_USER), 2);
    assert_int_equal(up_tickets_batch(play.p, UP_HEIR_NOBODY), 1);
    play_close(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams_are_listed_with_their_scope),
        cmocka_unit_test(a_team_is_created_once),
        cmocka_unit_test(a_rename_is_read_back),
        cmocka_unit_test(a_deleted_team_is_gone_or_out_of_scope),
        cmocka_unit_test(an_empty_list_is_believed_once_the_team_was_read),
        cmocka_unit_test(delta_sends_what_is_needed_removals_first),
        cmocka_unit_test(a_missing_member_is_not_a_missing_team),
        cmocka_unit_test(who_was_refused_because_it_was_done_is_a_member),
        cmocka_unit_test(replace_writes_the_whole_list),
        cmocka_unit_test(links_are_found_then_removed),
        cmocka_unit_test(a_list_on_the_user_keeps_its_other_teams),
        cmocka_unit_test(an_object_on_the_user_keeps_its_other_teams),
        cmocka_unit_test(the_record_of_a_user_tells_its_teams),
        cmocka_unit_test(work_is_handed_over_in_slices_or_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
