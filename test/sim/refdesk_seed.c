/*
 * test/sim/refdesk_seed.c - the people with whom refdesk begins
 *
 * World "small" is for people to read: an owner, admins, agents, a viewer, one
 * invited, one who left, two teams, some open tickets. "bare" has the owner
 * and the API account alone. Generated agents come on top of either.
 */
#include "test/sim/refdesk_internal.h"

#include <stdio.h>

static const struct {
    const char *email, *name, *role, *status;
    int team; /* 1, 2; 0: none */
    int tickets;
} people[] = {
    {"olive.owner@desk.example", "Olive Owner", "owner", "active", 0, 0},
    {"scim@desk.example", "Directory Sync", "admin", "active", 0, 0},
    {"ada.adler@desk.example", "Ada Adler", "admin", "active", 1, 1},
    {"ben.baker@desk.example", "Ben Baker", "agent", "active", 1, 3},
    {"cleo.chan@desk.example", "Cleo Chan", "agent", "active", 1, 2},
    {"dev.das@desk.example", "Dev Das", "agent", "active", 2, 4},
    {"eve.ek@desk.example", "Eve Ek", "agent", "active", 2, 0},
    {"finn.falk@desk.example", "Finn Falk", "viewer", "active", 0, 0},
    {"gina.gold@desk.example", "Gina Gold", "agent", "invited", 2, 0},
    {"hans.holm@desk.example", "Hans Holm", "agent", "deactivated", 0, 0},
};

enum { PEOPLE = sizeof(people) / sizeof(people[0]), BARE = 2, OWN = 1 };

static int64_t id_of(json_t *row)
{
    int64_t id = json_integer_value(json_object_get(row, "id"));

    json_decref(row);
    return id;
}

static int64_t person(struct world *w, const struct newcomer *who, int64_t team)
{
    int64_t id = 0;
    json_t *team_ids = team ? json_pack("[I]", (json_int_t)team) : NULL;
    struct newcomer with_team = *who;

    with_team.team_ids = team_ids;
    id = id_of(refdesk_user_new(w, &with_team));
    json_decref(team_ids);
    return id;
}

static void past(struct world *w, int64_t user)
{
    static const char *const devices[] = {"Firefox on Linux", "Safari on iPad"};
    static const char *const kinds[] = {"tickets_handled", "replies_sent"};
    struct table *logins = &w->tables[LOGINS], *acts = &w->tables[ACTIVITY];

    for (int i = 0; i < 2; i++) {
        int64_t at = world_now(w) - (i + 1) * (int64_t)DAY_S -
                     (int64_t)world_random(w, 3600);
        json_t *login = json_pack("{s:I, s:o, s:s, s:s}", "user_id",
                                  (json_int_t)user, "at", world_time_json(at),
                                  "ip", "192.0.2.17", "device", devices[i]);
        json_t *act =
            json_pack("{s:I, s:o, s:s, s:I}", "user_id", (json_int_t)user, "at",
                      world_time_json(at), "kind", kinds[i], "count",
                      (json_int_t)world_random(w, 20) + 1);
        table_put(logins, table_new_id(logins), login);
        table_put(acts, table_new_id(acts), act);
        json_decref(login);
        json_decref(act);
    }
}

static void tickets(struct world *w, int64_t user, long count)
{
    char subject[64];

    for (long i = 0; i < count; i++) {
        (void)snprintf(subject, sizeof(subject), "Lift %lld stands still",
                       (long long)world_random(w, 900) + 100);
        json_decref(refdesk_ticket_new(w, user, subject));
    }
}

static void small_world(struct world *w, size_t count)
{
    int64_t team[3] = {0};

    if (count == PEOPLE) {
        team[1] = id_of(refdesk_team_new(w, "First Line", "Answers first"));
        team[2] = id_of(refdesk_team_new(w, "Field Service", NULL));
    }
    for (size_t i = 0; i < count; i++) {
        struct newcomer who = {people[i].email, people[i].name, people[i].role,
                               people[i].status, NULL};
        int64_t id =
            person(w, &who, count == PEOPLE ? team[people[i].team] : 0);
        if (i == OWN)
            json_object_set_new(w->memory, "own_id", json_integer(id));
        else
            past(w, id);
        tickets(w, id, people[i].tickets);
    }
}

static void generate(struct world *w)
{
    long users = knob_number(&w->knobs, KNOB_USERS);
    long teams = knob_number(&w->knobs, KNOB_TEAMS);
    long each = knob_number(&w->knobs, KNOB_TICKETS);
    int64_t first_team = 0;
    char name[64], email[64];

    for (long i = 0; i < teams; i++) {
        (void)snprintf(name, sizeof(name), "Team %ld", i + 1);
        int64_t id = id_of(refdesk_team_new(w, name, NULL));
        first_team = first_team ? first_team : id;
    }
    for (long i = 1; i <= users; i++) {
        (void)snprintf(name, sizeof(name), "Agent %07ld", i);
        (void)snprintf(email, sizeof(email), "agent%07ld@load.example", i);
        struct newcomer who = {email, name, "agent", "active", NULL};
        int64_t id = person(w, &who, teams > 0 ? first_team + i % teams : 0);
        tickets(w, id, each);
    }
}

void refdesk_seed(struct world *w)
{
    small_world(w, knob_is(&w->knobs, KNOB_WORLD, "bare") ? BARE : PEOPLE);
    generate(w);
}
