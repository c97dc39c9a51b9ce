/* Promises: at Kustomer a conversation changes hands without losing the others
 * on it, on the revision that was read, and only while it is the leaver's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test/providers/play.h"

static const char desk[] =
    "{'format':'helpdesk-provider/1','name':'desk','auth':{'type':'none'},"
    "'errors':[{'status':[404],'as':'not_found'},{'status':[409],'as':"
    "'exists'},{'status':[400],'as':'invalid'}],'rate':{'retry':{'max':0}},"
    "'user':{'id':'id','map':[{'scim':'userName','native':'login'}],"
    "'states':[{'when':{},'is':'active'}],'roles':{'values':[{'scim':'agent',"
    "'set':{'role':'agent'},'default':true}]}},'lifecycle':{'deactivate':{"
    "'op':'off','tickets':{'list':'tickets.open','assign':'tickets.assign',"
    "'assign_team':'tickets.assign_team','unassign':'tickets.unassign'}}},"
    "'operations':{'probe':{'method':'GET','path':'/me'},"
    "'users.list':{'method':'GET','path':'/users','records':'$'},"
    "'users.get':{'method':'GET','path':'/users/{{id}}','record':'$'},"
    "'off':{'method':'DELETE','path':'/users/{{id}}'},"
    "'tickets.open':{'method':'GET','path':'/open','records':'$'},"
    "'tickets.assign':{'each':'ticket_ids','steps':[{'op':'move'}]},"
    "'tickets.assign_team':{'each':'ticket_ids','steps':[{'op':'move'}]},"
    "'tickets.unassign':{'each':'ticket_ids','steps':[{'op':'move'}]},"
    "'move':{'hook':'kustomer_move'},"
    "'conversations.get':{'method':'GET','path':'/c/{{ticket_id}}','record':"
    "'$'},'conversations.set':{'method':'PUT','path':'/c/{{ticket_id}}',"
    "'body':{'assignedUsers':'{{assigned_users}}','assignedTeams':"
    "'{{assigned_teams?}}','rev':'{{rev?}}'}}}}";

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
#define READ(attributes)                                                       \
    STEP("GET /c/x", 200, "{'id':'x','attributes':{" attributes "}}")
#define WRITE(body, status) STEP("PUT /c/x " body, status, NULL)

/* Hands x, a conversation of lea, over; `left`: the ids that were refused. */
static void hand_over(struct play *play, enum up_heir heir, const char *to,
                      const char *left)
{
    json_t *tickets = play_json("['x']"), *refused = NULL;
    play_rc(play,
            up_tickets_assign(play->p, &play->call, "lea", tickets, heir, to,
                              &refused, &play->err),
            UP_OK);
    play_same(refused, left);
    json_decref(refused);
    json_decref(tickets);
}

static void the_others_on_it_stay(void **state)
{
    (void)state;
    struct play play;
    play_open(
        &play, desk,
        STEPS(READ("'assignedUsers':['ann','lea','bob'],'rev':7"),
              WRITE("{'assignedUsers':['ann','bob','meg'],'rev':7}", 200)));
    hand_over(&play, UP_HEIR_USER, "meg", "[]");
    play_next(&play, STEPS(READ("'assignedUsers':['lea','meg'],'rev':1"),
                           WRITE("{'assignedUsers':['meg'],'rev':1}", 200)));
    hand_over(&play, UP_HEIR_USER, "meg", "[]");
    play_next(&play, STEPS(READ("'assignedUsers':['lea'],'status':'snoozed'"),
                           WRITE("{'assignedUsers':[]}", 200)));
    hand_over(&play, UP_HEIR_NOBODY, NULL, "[]");
    play_next(
        &play,
        STEPS(READ("'assignedUsers':['ann','lea']"),
              WRITE("{'assignedUsers':['ann'],'assignedTeams':['t']}", 200)));
    hand_over(&play, UP_HEIR_TEAM, "t", "[]");
    play_close(&play);
}

static void what_is_not_the_leavers_is_left_alone(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, desk, STEPS(READ("'assignedUsers':['meg'],'rev':7")));
    hand_over(&play, UP_HEIR_NOBODY, NULL, "[]");
    play_next(&play, STEPS(READ("'assignedUsers':['lea'],'status':'done'")));
    hand_over(&play, UP_HEIR_NOBODY, NULL, "[]");
    play_next(&play, STEPS(READ("'rev':7")));
    hand_over(&play, UP_HEIR_NOBODY, NULL, "[]");
    play_close(&play);
}

static void a_stale_revision_is_read_again_three_times(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, desk,
              STEPS(READ("'assignedUsers':['lea'],'rev':1"),
                    WRITE("{'assignedUsers':['meg'],'rev':1}", 409),
                    READ("'assignedUsers':['lea','bob'],'rev':2"),
                    WRITE("{'assignedUsers':['bob','meg'],'rev':2}", 200)));
    hand_over(&play, UP_HEIR_USER, "meg", "[]");
    play_next(&play, STEPS(READ("'assignedUsers':['lea'],'rev':1"),
                           WRITE("{'assignedUsers':['meg'],'rev':1}", 409),
                           READ("'assignedUsers':['lea'],'rev':1"),
                           WRITE("{'assignedUsers':['meg'],'rev':1}", 409),
                           READ("'assignedUsers':['lea'],'rev':1"),
                           WRITE("{'assignedUsers':['meg'],'rev':1}", 409)));
    hand_over(&play, UP_HEIR_USER, "meg", "['x']");
    play_close(&play);
}

static void who_may_not_have_it_is_told(void **state)
{
    (void)state;
    struct play play;
    play_open(&play, desk,
              STEPS(READ("'assignedUsers':['lea']"),
                    WRITE("{'assignedUsers':['meg']}", 400)));
    hand_over(&play, UP_HEIR_USER, "meg", "['x']");
    play_close(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_others_on_it_stay),
        cmocka_unit_test(what_is_not_the_leavers_is_left_alone),
        cmocka_unit_test(a_stale_revision_is_read_again_three_times),
        cmocka_unit_test(who_may_not_have_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
