/* Promises: every call of provider.h does to a whole helpdesk what it says,
 * also when that helpdesk lies, forgets, or loses its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "test/providers/play.h"
#include "test/providers/sim.h"

struct rig {
    struct sim *sim;
    struct provider *p;
    struct up_call call;
    struct up_error err;
};

/* One simulator for all tests; each begins with its first world. */
static struct sim *desk;

static void rig_open(struct rig *r)
{
    static const struct up_setting secrets[] = {{"token", "sim-token"},
                                                {NULL, NULL}};
    struct error err = {""};
    char url[128];
    if (desk == NULL)
        skip();
    json_decref(sim_control(desk, "POST", "/reset", "{}"));
    (void)snprintf(url, sizeof url, "%s/api/v1", sim_url(desk));
    const struct up_config config = {.profile = "providers/refdesk.json",
                                     .base_url = url,
                                     .secrets = secrets,
                                     .user_agent = "test/1"};
    *r = (struct rig){.sim = desk, .p = up_new(&config, &err)};
    if (r->p == NULL)
        fail_msg("%s", err.text);
    r->call.deadline_ms = clock_span_ms() + 30000;
}

static void knob(struct rig *r, const char *settings)
{
    json_decref(sim_control(r->sim, "POST", "/set", settings));
}

static void fault(struct rig *r, const char *what)
{
    json_decref(sim_control(r->sim, "POST", "/fault", what));
}

static void must(const struct rig *r, enum up_rc rc, enum up_rc want)
{
    if (rc != want)
        fail_msg("rc %d, want %d: %s", (int)rc, (int)want, r->err.detail);
}

static void rig_close(struct rig *r)
{
    up_free(r->p);
}

/* ---- people -------------------------------------------------------------- */

static bool take(const struct up_user *u, void *ctx)
{
    json_t *all = ctx;
    json_object_set_new(
        all, json_string_value(json_object_get(u->user, "userName")),
        json_pack("{s:s, s:i, s:s?, s:b}", "id", u->id, "state", (int)u->state,
                  "role", u->role, "full", u->full));
    return true;
}

static json_t *list(struct rig *r, enum up_rc want)
{
    json_t *all = json_object();
    must(r, up_users_list(r->p, &r->call, take, all, &r->err), want);
    return all;
}

/* The id of one of the people at the start; 64 bytes. */
static void id_of(struct rig *r, const char *email, char id[64])
{
    json_t *all = list(r, UP_OK);
    const char *found =
        json_string_value(json_object_get(json_object_get(all, email), "id"));
    assert_non_null(found);
    (void)snprintf(id, 64, "%s", found);
    json_decref(all);
}

static void create(struct rig *r, const char *user, const char *role,
                   enum up_rc want, struct up_user *out)
{
    json_t *json = play_json(user);
    must(r, up_user_create(r->p, &r->call, json, role, out, &r->err), want);
    json_decref(json);
}

static void everybody_is_listed(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    json_t *all = list(&r, UP_OK);
    assert_int_equal(json_object_size(all), 10);
    play_same(json_object_get(all, "gina.gold@desk.example"),
              "{'id':'109','state':1,'role':'agent','full':false}");
    play_same(json_object_get(all, "hans.holm@desk.example"),
              "{'id':'110','state':2,'role':'agent','full':false}");
    json_decref(all);
    rig_close(&r);
}

static void rows_without_state_are_read_whole(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    knob(&r, "{'stateless':1}");
    json_t *all = list(&r, UP_OK);
    play_same(json_object_get(all, "hans.holm@desk.example"),
              "{'id':'110','state':2,'role':'agent','full':true}");
    json_decref(all);
    knob(&r, "{'stateless':0}");
    rig_close(&r);
}

static void a_list_that_lies_teaches_nothing(void **state)
{
    (void)state;
    static const char *const lies[] = {"total_add", "list_end", "shift"};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct rig r;
        char set[64];
        rig_open(&r);
        (void)snprintf(set, sizeof set, "{'page_max':4,'%s':%d}", lies[i],
                       strcmp(lies[i], "list_end") == 0 ? 5 : 1);
        knob(&r, set);
        json_t *all = list(&r, UP_FAILED);
        if (json_object_size(all) != 0)
            fail_msg("%s: handed on %zu", lies[i], json_object_size(all));
        json_decref(all);
        (void)snprintf(set, sizeof set, "{'page_max':100,'%s':0}", lies[i]);
        knob(&r, set);
        rig_close(&r);
    }
}

static void a_person_comes_works_and_leaves(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u;
    rig_open(&r);
    create(&r,
           "{'userName':'Zoe.Zeta@Desk.example','preferredLanguage':'de',"
           "'name':{'givenName':'Zoe','familyName':'Zeta'},"
           "'entitlements':[{'value':'export_data'}],'active':true}",
           "agent", UP_OK, &u);
    assert_int_equal(u.state, UP_PENDING);
    assert_true(u.invited_at > 0 && u.invite_expires_at > u.invited_at);
    json_t *first = json_incref(u.user), *known = json_copy(first);
    char id[64];
    (void)snprintf(id, sizeof id, "%s", u.id);
    play_same(json_object_get(first, "userName"), "'zoe.zeta@desk.example'");
    play_same(json_object_get(first, "preferredLanguage"), "'de'");
    play_same(json_object_get(first, "entitlements"),
              "[{'value':'export_data'}]");
    up_user_clear(&u);
    json_decref(sim_control(r.sim, "POST", "/human",
                            "{'act':'accept_invitation','email':"
                            "'zoe.zeta@desk.example'}"));
    json_object_set_new(known, "displayName", json_string("Zoe Zorro"));
    must(&r,
         up_user_update(r.p, &r.call, id, first, known, "agent", &u, &r.err),
         UP_OK);
    assert_int_equal(u.state, UP_ACTIVE);
    play_same(json_object_get(u.user, "name"),
              "{'formatted':'Zoe Zorro','givenName':'Zoe','familyName':"
              "'Zorro'}");
    up_user_clear(&u);
    must(&r, up_user_set_role(r.p, &r.call, id, known, "admin", &u, &r.err),
         UP_OK);
    assert_true(u.elevated);
    up_user_clear(&u);
    must(&r, up_user_deactivate(r.p, &r.call, id, known, false, &u, &r.err),
         UP_OK);
    assert_int_equal(u.state, UP_INACTIVE);
    up_user_clear(&u);
    must(&r,
         up_user_reactivate(r.p, &r.call, id, known, NULL, NULL, &u, &r.err),
         UP_OK);
    assert_int_equal(u.state, UP_ACTIVE);
    up_user_clear(&u);
    must(&r, up_user_delete(r.p, &r.call, id, &r.err), UP_UNSUPPORTED);
    json_decref(first);
    json_decref(known);
    rig_close(&r);
}

static void a_viewer_is_invited_as_agent_or_not_at_all(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u;
    static const char vic[] =
        "{'userName':'vic@desk.example','displayName':'Vic'}";
    rig_open(&r);
    fault(&r, "{'kind':'status','status':403,'match':{'operation':"
              "'users.set_role'}}");
    create(&r, vic, "viewer", UP_FORBIDDEN, &u);
    json_t *all = list(&r, UP_OK);
    assert_null(json_object_get(all, "vic@desk.example"));
    json_decref(all);
    create(&r, vic, "viewer", UP_OK, &u);
    assert_string_equal(u.role, "viewer");
    up_user_clear(&u);
    rig_close(&r);
}

static void an_invitation_is_revoked(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u;
    char id[64];
    json_t *known = json_object();
    rig_open(&r);
    id_of(&r, "gina.gold@desk.example", id);
    must(&r, up_user_deactivate(r.p, &r.call, id, known, true, &u, &r.err),
         UP_OK);
    assert_int_equal(u.state, UP_DELETED);
    up_user_clear(&u);
    must(&r, up_user_get(r.p, &r.call, id, &u, &r.err), UP_NOT_FOUND);
    json_decref(known);
    rig_close(&r);
}

static void an_invitation_is_sent_again(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u, later;
    char id[64];
    rig_open(&r);
    id_of(&r, "gina.gold@desk.example", id);
    must(&r, up_user_get(r.p, &r.call, id, &u, &r.err), UP_OK);
    must(&r, up_user_resend_invite(r.p, &r.call, id, &later, &r.err), UP_OK);
    assert_int_equal(later.state, UP_PENDING);
    assert_true(later.invite_expires_at >= u.invite_expires_at);
    up_user_clear(&u);
    up_user_clear(&later);
    /* Whoever came meanwhile needs none: what was read says so. */
    id_of(&r, "ben.baker@desk.example", id);
    must(&r, up_user_resend_invite(r.p, &r.call, id, &u, &r.err), UP_OK);
    assert_int_equal(u.state, UP_ACTIVE);
    up_user_clear(&u);
    fault(&r, "{'kind':'status','status':503,'count':0,"
              "'match':{'operation':'users.resend_invite'}}");
    id_of(&r, "gina.gold@desk.example", id);
    must(&r, up_user_resend_invite(r.p, &r.call, id, &u, &r.err),
         UP_UNAVAILABLE);
    struct up_invite_rules rules = up_invite_rules(r.p);
    assert_int_equal(rules.life_ms, 604800000);
    assert_int_equal(rules.gap_ms, 86400000);
    assert_int_equal(rules.max, 3);
    rig_close(&r);
}

static void where_a_person_does_it(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    json_t *place = up_manual(r.p, "deactivate", "7 / 8");
    assert_string_equal(json_string_value(json_object_get(place, "where")),
                        "People, the person, Deactivate");
    json_decref(place);
    assert_null(up_manual(r.p, "owner", NULL));
    rig_close(&r);
}

static void a_create_whose_answer_is_lost_happens_once(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u;
    rig_open(&r);
    fault(&r, "{'kind':'drop_after','match':{'operation':'users.invite'}}");
    create(&r, "{'userName':'lea@desk.example','displayName':'Lea Lind'}", NULL,
           UP_OK, &u);
    up_user_clear(&u);
    json_t *all = list(&r, UP_OK);
    assert_int_equal(json_object_size(all), 11);
    json_decref(all);
    create(&r, "{'userName':'LEA@desk.example','displayName':'Lea'}", NULL,
           UP_CONFLICT, &u);
    assert_true(r.err.existing_id[0] != '\0');
    rig_close(&r);
}

static void a_success_without_effect_is_seen(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u;
    char id[64];
    json_t *known = json_object(), *people = play_json("['103','104']");
    json_t *after = play_json("{'entitlements':[{'value':'export_data'}]}");
    rig_open(&r);
    id_of(&r, "eve.ek@desk.example", id);
    knob(&r, "{'no_effect':'users.deactivate,users.set_permissions,"
             "teams.members.add'}");
    must(&r, up_user_deactivate(r.p, &r.call, id, known, false, &u, &r.err),
         UP_FAILED);
    must(&r, up_user_update(r.p, &r.call, id, known, after, NULL, &u, &r.err),
         UP_INVALID);
    assert_string_equal(r.err.field, "entitlements");
    must(&r, up_members_change(r.p, &r.call, "12", people, NULL, &r.err),
         UP_FAILED);
    knob(&r, "{'no_effect':''}");
    json_decref(known);
    json_decref(after);
    json_decref(people);
    rig_close(&r);
}

static void the_owner_is_shielded(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u;
    char id[64];
    json_t *known = json_object();
    rig_open(&r);
    id_of(&r, "olive.owner@desk.example", id);
    must(&r, up_user_get(r.p, &r.call, id, &u, &r.err), UP_OK);
    assert_true(u.protected_ && u.elevated);
    up_user_clear(&u);
    must(&r, up_user_deactivate(r.p, &r.call, id, known, false, &u, &r.err),
         UP_PROTECTED);
    must(&r, up_user_set_role(r.p, &r.call, id, known, "owner", &u, &r.err),
         UP_INVALID);
    json_decref(known);
    rig_close(&r);
}

static void a_full_house_is_told(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u;
    rig_open(&r);
    knob(&r, "{'seats':1}");
    create(&r, "{'userName':'new@desk.example','displayName':'N'}", NULL,
           UP_NO_SEAT, &u);
    knob(&r, "{'seats':0}");
    rig_close(&r);
}

static void a_credential_in_a_record_goes_nowhere(void **state)
{
    (void)state;
    struct rig r;
    struct up_user u;
    rig_open(&r);
    knob(&r, "{'credential':1}");
    must(&r, up_user_get(r.p, &r.call, "104", &u, &r.err), UP_OK);
    char *text = json_dumps(u.user, JSON_SORT_KEYS);
    play_same(json_object_get(u.user, "userName"), "'ben.baker@desk.example'");
    assert_null(strstr(text, "password"));
    assert_null(strstr(text, "api_key"));
    assert_null(strstr(text, "token"));
    free(text);
    up_user_clear(&u);
    knob(&r, "{'credential':0}");
    rig_close(&r);
}

/* ---- teams and open work ------------------------------------------------- */

static void a_team_lives(void **state)
{
    (void)state;
    struct rig r;
    struct up_team t;
    json_t *group = play_json("{'displayName':'Night'}"), *ids = NULL;
    json_t *other = play_json("{'displayName':'First Line'}");
    json_t *people = play_json("['103','104']"), *wrong = play_json("['9999']");
    rig_open(&r);
    must(&r, up_team_create(r.p, &r.call, group, &t, &r.err), UP_OK);
    char id[64];
    (void)snprintf(id, sizeof id, "%s", t.id);
    up_team_clear(&t);
    must(&r, up_team_update(r.p, &r.call, id, group, other, &t, &r.err),
         UP_CONFLICT);
    must(&r, up_members_change(r.p, &r.call, id, people, NULL, &r.err), UP_OK);
    must(&r, up_members_change(r.p, &r.call, id, wrong, NULL, &r.err),
         UP_INVALID);
    assert_string_equal(r.err.existing_id, "9999");
    must(&r, up_members(r.p, &r.call, id, &ids, &r.err), UP_OK);
    play_same(ids, "['103','104']");
    json_decref(ids);
    must(&r, up_members_change(r.p, &r.call, id, NULL, people, &r.err), UP_OK);
    must(&r, up_members(r.p, &r.call, id, &ids, &r.err), UP_OK);
    play_same(ids, "[]");
    json_decref(ids);
    must(&r, up_team_delete(r.p, &r.call, id, &r.err), UP_OK);
    must(&r, up_members_change(r.p, &r.call, id, people, NULL, &r.err),
         UP_NOT_FOUND);
    json_decref(group);
    json_decref(other);
    json_decref(people);
    json_decref(wrong);
    rig_close(&r);
}

static void work_is_handed_over(void **state)
{
    (void)state;
    struct rig r;
    json_t *open = NULL, *left = NULL;
    rig_open(&r);
    must(&r, up_tickets_open(r.p, &r.call, "106", &open, &r.err), UP_OK);
    assert_int_equal(json_array_size(open), 4);
    must(&r,
         up_tickets_assign(r.p, &r.call, "106", open, UP_HEIR_USER, "9999",
                           &left, &r.err),
         UP_OK);
    assert_int_equal(json_array_size(left), 4);
    json_decref(left);
    must(&r,
         up_tickets_assign(r.p, &r.call, "106", open, UP_HEIR_USER, "107",
                           &left, &r.err),
         UP_OK);
    assert_int_equal(json_array_size(left), 0);
    json_decref(left);
    json_decref(open);
    must(&r, up_tickets_open(r.p, &r.call, "107", &open, &r.err), UP_OK);
    assert_int_equal(json_array_size(open), 4);
    must(&r,
         up_tickets_assign(r.p, &r.call, "107", open, UP_HEIR_TEAM, "11", &left,
                           &r.err),
         UP_OK);
    json_decref(left);
    must(&r,
         up_tickets_assign(r.p, &r.call, "107", open, UP_HEIR_NOBODY, NULL,
                           &left, &r.err),
         UP_OK);
    json_decref(left);
    json_decref(open);
    rig_close(&r);
}

static int start(void **state)
{
    static const char *const settings[] = {"rate=0", NULL};
    (void)state;
    desk = sim_start("refdesk", settings);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (desk != NULL)
        sim_stop(desk);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_is_listed),
        cmocka_unit_test(rows_without_state_are_read_whole),
        cmocka_unit_test(a_list_that_lies_teaches_nothing),
        cmocka_unit_test(a_person_comes_works_and_leaves),
        cmocka_unit_test(a_viewer_is_invited_as_agent_or_not_at_all),
        cmocka_unit_test(an_invitation_is_revoked),
        cmocka_unit_test(an_invitation_is_sent_again),
        cmocka_unit_test(where_a_person_does_it),
        cmocka_unit_test(a_create_whose_answer_is_lost_happens_once),
        cmocka_unit_test(a_success_without_effect_is_seen),
        cmocka_unit_test(the_owner_is_shielded),
        cmocka_unit_test(a_full_house_is_told),
        cmocka_unit_test(a_credential_in_a_record_goes_nowhere),
        cmocka_unit_test(a_team_lives),
        cmocka_unit_test(work_is_handed_over),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
