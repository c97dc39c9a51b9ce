/*
 * test/sim/zendesk_seed.c - the people with whom zendesk begins
 *
 * World "small" has an owner, admins, agents, one who has not confirmed her
 * address, one who left, and customers: one whose address begins as an agent's
 * does, and one who is suspended for spam. "bare" has the owner and the API
 * account alone. Generated agents come on top of either.
 */
#include <stdio.h>

#include "test/sim/zendesk_internal.h"

static const struct {
    const char *email, *name, *role;
    bool verified, suspended;
    int group; /* 1, 2; 0: none */
    int tickets;
} people[] = {
    {"olive.owner@desk.example", "Olive Owner", "admin", true, false, 0, 0},
    {"scim@desk.example", "Directory Sync", "admin", true, false, 0, 0},
    {"ada.adler@desk.example", "Ada Adler", "admin", true, false, 1, 1},
    {"ben.baker@desk.example", "Ben Baker", "agent", true, false, 1, 3},
    {"cleo.chan@desk.example", "Cleo Chan", "agent", true, false, 1, 2},
    {"dev.das@desk.example", "Dev Das", "agent", true, false, 2, 4},
    {"eve.ek@desk.example", "Eve Ek", "agent", true, false, 2, 0},
    {"gina.gold@desk.example", "Gina Gold", "agent", false, false, 2, 0},
    {"hans.holm@desk.example", "Hans Holm", "end-user", true, true, 0, 0},
    {"ben.baker@desk.example.au", "Ben Baker", "end-user", true, false, 0, 0},
    {"carl.kunde@acme.example", "Carl Kunde", "end-user", true, false, 0, 0},
    {"spam@spam.example", "Win Money", "end-user", false, true, 0, 0},
};

enum { PEOPLE = sizeof(people) / sizeof(people[0]), BARE = 2 };

static void tickets(struct world *w, int64_t user, long count)
{
    for (long i = 0; i < count; i++)
        json_decref(zd_ticket_new(w, user, "The door does not close"));
}

static void join(struct world *w, int64_t user, json_t *group)
{
    if (group)
        json_decref(zd_link_new(w, user, row_id(group)));
}

static void some_people(struct world *w, size_t count)
{
    json_t *group[3] = {NULL};

    if (count == PEOPLE) {
        group[1] = zd_group_new(w, "First Line", "Answers first");
        group[2] = zd_group_new(w, "Field Service", NULL);
    }
    for (size_t i = 0; i < count; i++) {
        json_t *user =
            zd_user_new(w, people[i].email, people[i].name, people[i].role);
        json_object_set_new(user, "verified", json_boolean(people[i].verified));
        json_object_set_new(user, "suspended",
                            json_boolean(people[i].suspended));
        json_object_set_new(user, "_found_from", json_integer(0));
        row_keep(w, ZD_USERS, user);
        if (i == 0)
            json_object_set(w->memory, "owner_id", json_object_get(user, "id"));
        join(w, row_id(user), group[people[i].group]);
        tickets(w, row_id(user), people[i].tickets);
        json_decref(user);
    }
    json_decref(group[1]);
    json_decref(group[2]);
}

static void generate(struct world *w)
{
    long users = ZD_NUMBER(w, MORE_USERS), groups = ZD_NUMBER(w, MORE_GROUPS);
    int64_t first = 0;
    char name[64], email[64];

    for (long i = 0; i < groups; i++) {
        (void)snprintf(name, sizeof(name), "Group %ld", i + 1);
        json_t *group = zd_group_new(w, name, NULL);
        first = first ? first : row_id(group);
        json_decref(group);
    }
    for (long i = 1; i <= users; i++) {
        (void)snprintf(name, sizeof(name), "Agent %07ld", i);
        (void)snprintf(email, sizeof(email), "agent%07ld@load.example", i);
        json_t *user = zd_user_new(w, email, name, "agent");
        json_object_set_new(user, "verified", json_true());
        json_object_set_new(user, "_found_from", json_integer(0));
        row_keep(w, ZD_USERS, user);
        if (groups > 0)
            json_decref(zd_link_new(w, row_id(user), first + i % groups));
        tickets(w, row_id(user), ZD_NUMBER(w, MORE_TICKETS));
        json_decref(user);
    }
}

static void roles(struct world *w)
{
    static const char *const names[] = {"Staff", "Team lead", "Light agent"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_t *role = json_pack("{s:s}", "name", names[i]);
        row_add(w, ZD_ROLES, role);
        json_decref(role);
    }
}

void zd_seed(struct world *w)
{
    roles(w);
    some_people(w, ZD_SET(w, WORLD, "bare") ? BARE : PEOPLE);
    generate(w);
}
