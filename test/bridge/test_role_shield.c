/* Promises: the shield holds on all the ways that lead through groups, asks the
 * helpdesk for the administrator that is left, and holds when requests race. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/write.h"
#include "test/bridge/roles.h"

static void the_last_administrator_stays(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE], admins[ID_SIZE];
    desk_user(d, "ann@example.com", ann);
    desk_user(d, "bob@example.com", bob);
    role_group(d, "Helpdesk Admins", "", ann, admins);
    assert_int_equal(role_join(d, admins, bob), 204);
    static const char *const all[] = {
        "{'op':'remove','path':'members'}",
        "{'op':'replace','path':'displayName','value':'Friends'}",
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_int_equal(PATCH_GROUP(d, admins, all[i]), 403);
        role_contains(desk_text(d, "detail"), "last administrator");
    }
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "Group", admins, " "), 403);
    role_expect(d, ann, "admin");
    role_expect(d, bob, "admin");
    assert_int_equal(role_members(d, admins), 2);
    assert_int_equal(role_leave(d, admins, ann), 204);
    assert_int_equal(role_leave(d, admins, bob), 403);
    assert_int_equal(
        PATCH(d, bob, "{'op':'replace','path':'active','value':false}"), 403);
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", bob, " "), 403);
    role_expect(d, bob, "admin");
}

/* Two administrators in the mirror, but one of them was demoted by hand. */
static void the_helpdesk_is_asked_for_the_other_one(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], admins[ID_SIZE];
    const char *spare =
        fake_add_user(d->up, "spare@example.com", "active", "admin");
    json_t *record =
        json_object_get(json_object_get(fake_world(d->up), "users"), spare);
    desk_sync(d);
    desk_user(d, "ann@example.com", ann);
    role_group(d, "Helpdesk Admins", "", ann, admins);
    (void)json_object_set_new(record, "role", json_string("viewer"));
    assert_int_equal(role_leave(d, admins, ann), 403);
    /* Invited is not there yet. */
    (void)json_object_set_new(record, "role", json_string("admin"));
    (void)json_object_set_new(record, "state", json_string("pending"));
    assert_int_equal(role_leave(d, admins, ann), 403);
    (void)json_object_set_new(record, "state", json_string("active"));
    fake_fault(d->up, "user.get", 1, UP_UNAVAILABLE, false);
    assert_int_equal(role_leave(d, admins, ann), 503);
    assert_int_equal(role_leave(d, admins, ann), 204);
}

static void protected_people_keep_their_role(void **state)
{
    struct desk *d = *state;
    char agents[ID_SIZE], owner[ID_SIZE], glass[ID_SIZE];
    role_reopen(d, "protect", "glass@example.com");
    role_spare_admin(d);
    const char *up = fake_add_user(d->up, "own@example.com", "active", "owner");
    (void)json_object_set_new(
        json_object_get(json_object_get(fake_world(d->up), "users"), up),
        "protected", json_true());
    (void)fake_add_user(d->up, "glass@example.com", "active", "viewer");
    desk_sync(d);
    assert_int_equal(desk_count(d, "User", "userName eq \"own@example.com\""),
                     1);
    (void)snprintf(owner, sizeof owner, "%s", desk_text(d, "Resources.0.id"));
    assert_int_equal(desk_count(d, "User", "userName eq \"glass@example.com\""),
                     1);
    (void)snprintf(glass, sizeof glass, "%s", desk_text(d, "Resources.0.id"));
    role_group(d, "Agents", "agents-1", NULL, agents);
    assert_int_equal(role_join(d, agents, owner), 403);
    role_contains(desk_text(d, "detail"), "own@example.com");
    assert_int_equal(role_join(d, agents, glass), 403);
    role_contains(desk_text(d, "detail"), "protect");
    assert_int_equal(role_members(d, agents), 0);
    role_expect(d, glass, "viewer");
}

/* Where a role is a team, whoever joins the team becomes an administrator. */
static void a_team_that_makes_administrators_is_no_way_around(void **state)
{
    struct desk *d = *state;
    char ann[ID_SIZE], bob[ID_SIZE], admins[ID_SIZE];
    desk_close(d);
    static const struct desk_wish as_team[] = {
        {"profile", "{\"admin_team\":true}"}, {NULL, NULL}};
    desk_open(d, as_team);
    const char *up = fake_add_user(d->up, "ann@example.com", "active", "admin");
    json_t *team = json_pack("{s:{s:s}, s:[s]}", "group", "displayName",
                             "Admins", "members", up);
    (void)json_object_set_new(json_object_get(fake_world(d->up), "teams"), "90",
                              team);
    desk_sync(d);
    assert_int_equal(desk_count(d, "User", "userName eq \"ann@example.com\""),
                     1);
    (void)snprintf(ann, sizeof ann, "%s", desk_text(d, "Resources.0.id"));
    assert_int_equal(desk_count(d, "Group", "displayName eq \"Admins\""), 1);
    (void)snprintf(admins, sizeof admins, "%s", desk_text(d, "Resources.0.id"));
    desk_user(d, "bob@example.com", bob);
    assert_int_equal(role_join(d, admins, bob), 403);
    role_contains(desk_text(d, "detail"), "role.admin");
    assert_int_equal(role_leave(d, admins, ann), 403);
    role_contains(desk_text(d, "detail"), "last administrator");
    assert_int_equal(desk_write(d, BRIDGE_DELETE, "Group", admins, " "), 403);
    assert_int_equal(role_members(d, admins), 1);
    assert_int_equal(fake_calls(d->up, "team.members"), 0);
}

/* ---- races --------------------------------------------------------------- */

struct racer {
    struct desk *d;
    pthread_barrier_t *start;
    const char *type, *id;
    enum bridge_op op;
    char body[512];
    int status;
};

static void *race(void *ctx)
{
    struct racer *r = ctx;
    struct error err = {{0}};
    struct store_db *db = store_reader_open(r->d->store, &err);
    struct bridge_request q = {.op = r->op,
                               .type = scim_model_type(r->d->t->model, r->type),
                               .id = r->id,
                               .body = r->body,
                               .body_len = strlen(r->body),
                               .actor = "race",
                               .request_id = "race"};
    struct bridge_reply reply = {0};
    (void)pthread_barrier_wait(r->start);
    write_run(r->d->t, db, &q, &reply);
    r->status = reply.status;
    bridge_reply_clear(&reply);
    store_reader_close(db);
    return NULL;
}

static void fill(struct racer *r, enum bridge_op op, const char *type,
                 const char *id, const char *body)
{
    r->op = op;
    r->type = type;
    r->id = id;
    (void)snprintf(r->body, sizeof r->body, "%s", body);
    for (char *c = r->body; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
}

static int admins_left(struct desk *d)
{
    int left = 0;
    const char *id;
    json_t *user;
    json_object_foreach (json_object_get(fake_world(d->up), "users"), id,
                         user) {
        const char *role = json_string_value(json_object_get(user, "role"));
        const char *is = json_string_value(json_object_get(user, "state"));
        left += strcmp(role, "admin") == 0 && strcmp(is, "active") == 0;
    }
    return left;
}

#define RACERS 4
#define ROUNDS 40

/* Ways to take both of two administrators away, two of each at a time. */
static void plan_race(struct racer *r, int way, char (*ids)[ID_SIZE],
                      const char *admins)
{
    static const char off[] =
        "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
        "'Operations':[{'op':'replace','path':'active','value':false}]}";
    char body[400];
    for (int i = 0; i < RACERS; i++) {
        const char *who = ids[i % 2];
        (void)snprintf(body, sizeof body,
                       "{'schemas':['urn:ietf:params:scim:api:messages:2.0:"
                       "PatchOp'],'Operations':[{'op':'remove','path':'members'"
                       ",'value':[{'value':'%s'}]}]}",
                       who);
        switch ((way + i) % 4) {
        case 0:
            fill(&r[i], BRIDGE_PATCH, "User", who, off);
            break;
        case 1:
            fill(&r[i], BRIDGE_PATCH, "Group", admins, body);
            break;
        case 2:
            fill(&r[i], BRIDGE_DELETE, "User", who, " ");
            break;
        default:
            fill(&r[i], BRIDGE_DELETE, "Group", admins, " ");
            break;
        }
    }
}

static void one_administrator_outlives_every_race(void **state)
{
    struct desk *d = *state;
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char ids[2][ID_SIZE], admins[ID_SIZE], name[64];
        struct racer racers[RACERS] = {{0}};
        pthread_t threads[RACERS];
        pthread_barrier_t start;
        desk_close(d);
        desk_open(d, role_wishes);
        for (int i = 0; i < 2; i++) {
            (void)snprintf(name, sizeof name, "admin%d@example.com", i);
            desk_user(d, name, ids[i]);
        }
        role_group(d, "Helpdesk Admins", "", ids[0], admins);
        assert_int_equal(role_join(d, admins, ids[1]), 204);
        plan_race(racers, round, ids, admins);
        assert_int_equal(pthread_barrier_init(&start, NULL, RACERS), 0);
        for (int i = 0; i < RACERS; i++) {
            racers[i].d = d;
            racers[i].start = &start;
            assert_int_equal(
                pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        }
        for (int i = 0; i < RACERS; i++) {
            (void)pthread_join(threads[i], NULL);
            refused += racers[i].status == 403;
            if (racers[i].status == 503)
                fail_msg("round %d: somebody waited in vain", round);
        }
        (void)pthread_barrier_destroy(&start);
        if (admins_left(d) < 1)
            fail_msg("round %d left no administrator", round);
    }
    assert_true(refused >= ROUNDS);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, role_setup, role_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_last_administrator_stays),
        TEST(the_helpdesk_is_asked_for_the_other_one),
        TEST(protected_people_keep_their_role),
        TEST(a_team_that_makes_administrators_is_no_way_around),
        TEST(one_administrator_outlives_every_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
