/*
 * test/sim/freshdesk_seed.c - the people with whom freshdesk begins
 *
 * World "small" has the account's owner, admins, agents, one who has not
 * confirmed her address, and customers. "bare" has the owner and the API
 * account alone. Generated agents come on top of either.
 */
#include <stdio.h>

#include "test/sim/freshdesk_internal.h"

static const char *const roles[] = {"Account Administrator", "Administrator",
                                    "Supervisor", "Agent", "Billing helper"};

static const struct {
    const char *email, *name;
    int role; /* place in `roles` */
    bool active;
    int group; /* 1, 2; 0: none */
    int tickets;
} people[] = {
    {"olive.owner@desk.example", "Olive Owner", 0, true, 0, 0},
    {"scim@desk.example", "Directory Sync", 0, true, 0, 0},
    {"ada.adler@desk.example", "Ada Adler", 1, true, 1, 1},
    {"ben.baker@desk.example", "Ben Baker", 3, true, 1, 3},
    {"cleo.chan@desk.example", "Cleo Chan", 3, true, 1, 2},
    {"dev.das@desk.example", "Dev Das", 3, true, 2, 4},
    {"eve.ek@desk.example", "Eve Ek", 3, true, 2, 0},
    {"gina.gold@desk.example", "Gina Gold", 2, false, 2, 0},
};

enum { PEOPLE = sizeof(people) / sizeof(people[0]), BARE = 2 };

static json_t *agent(struct world *w, const struct fd_person *who,
                     const char *role, int64_t group)
{
    json_t *made = fd_agent_new(w, who);

    json_object_set_new(made, "role_ids",
                        json_pack("[I]", (json_int_t)fd_role(w, role)));
    if (group != 0)
        fd_move(made, group, true);
    fd_agent_keep(w, made);
    return made;
}

static void tickets(struct world *w, int64_t id, long count)
{
    for (long i = 0; i < count; i++)
        json_decref(fd_ticket_new(w, id, "The door does not close"));
}

static int64_t group_id(json_t *group)
{
    int64_t id = row_id(group);

    json_decref(group);
    return id;
}

static void some_people(struct world *w, size_t count)
{
    const struct fd_person carl = {0, "carl.kunde@acme.example", "Carl Kunde",
                                   true};
    const struct fd_person other = {0, "ben.baker@desk.example.au", "Ben Baker",
                                    true};
    int64_t group[3] = {0};

    if (count == PEOPLE) {
        group[1] = group_id(fd_group_new(w, "First Line", "Answers first"));
        group[2] = group_id(fd_group_new(w, "Field Service", NULL));
        json_decref(fd_contact_new(w, &carl));
        json_decref(fd_contact_new(w, &other));
    }
    for (size_t i = 0; i < count; i++) {
        const struct fd_person who = {0, people[i].email, people[i].name,
                                      people[i].active};
        json_t *made = agent(w, &who, roles[people[i].role],
                             count == PEOPLE ? group[people[i].group] : 0);
        tickets(w, row_id(made), people[i].tickets);
        json_decref(made);
    }
}

static void generate(struct world *w)
{
    long users = FD_NUM(w, MORE_USERS), groups = FD_NUM(w, MORE_GROUPS);
    int64_t first = 0;
    char name[64], email[64];

    for (long i = 0; i < groups; i++) {
        (void)snprintf(name, sizeof(name), "Group %ld", i + 1);
        int64_t id = group_id(fd_group_new(w, name, NULL));
        first = first ? first : id;
    }
    for (long i = 1; i <= users; i++) {
        (void)snprintf(name, sizeof(name), "Agent %07ld", i);
        (void)snprintf(email, sizeof(email), "agent%07ld@load.example", i);
        const struct fd_person who = {0, email, name, true};
        json_t *made =
            agent(w, &who, "Agent", groups > 0 ? first + i % groups : 0);
        tickets(w, row_id(made), FD_NUM(w, MORE_TICKETS));
        json_decref(made);
    }
}

void fd_seed(struct world *w)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        json_t *role = json_pack("{s:s, s:s, s:b}", "name", roles[i],
                                 "description", roles[i], "default", i < 4);
        row_add(w, FD_ROLES, role);
        json_decref(role);
    }
    some_people(w, FD_IS(w, WORLD, "bare") ? BARE : PEOPLE);
    generate(w);
}
