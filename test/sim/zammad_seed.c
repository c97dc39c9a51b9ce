/*
 * test/sim/zammad_seed.c - the people with whom zammad begins
 *
 * User 1 is nobody. World "small" has admins, agents and customers: one whose
 * address begins as an agent's does. "bare" has an admin and the API account
 * alone. Generated people come on top of either.
 */
#include <inttypes.h>
#include <stdio.h>

#include "test/sim/zammad_internal.h"

static const struct {
    const char *email, *first, *last;
    int role;
    int group; /* 1, 2; 0: none */
    int tickets;
} people[] = {
    {"olive.owner@desk.example", "Olive", "Owner", ZA_ADMIN, 0, 0},
    {"scim@desk.example", "Directory", "Sync", ZA_ADMIN, 0, 0},
    {"ada.adler@desk.example", "Ada", "Adler", ZA_ADMIN, 1, 1},
    {"ben.baker@desk.example", "Ben", "Baker", ZA_AGENT, 1, 3},
    {"cleo.chan@desk.example", "Cleo", "Chan", ZA_AGENT, 1, 2},
    {"dev.das@desk.example", "Dev", "Das", ZA_AGENT, 2, 4},
    {"eve.ek@desk.example", "Eve", "Ek", ZA_AGENT, 2, 0},
    {"gina.gold@desk.example", "Gina", "Gold", ZA_AGENT, 2, 0},
    {"ben.baker@desk.example.au", "Ben", "Baker", ZA_CUSTOMER, 0, 0},
    {"carl.kunde@acme.example", "Carl", "Kunde", ZA_CUSTOMER, 0, 0},
};

enum { PEOPLE = sizeof(people) / sizeof(people[0]), BARE = 2 };

static void text(json_t *user, const char *member, const char *value)
{
    json_object_set_new(user, member, json_string(value));
}

/* A person with a role and, perhaps, a group; a new reference. */
static json_t *person(struct world *w, const char *email, int role,
                      int64_t group)
{
    json_t *user = za_user_blank(w);
    char key[24];

    text(user, "email", email);
    text(user, "login", email);
    json_object_set_new(user, "_found_from", json_integer(0));
    json_object_set_new(user, "role_ids",
                        role == ZA_ADMIN ? json_pack("[i, i]", role, ZA_AGENT)
                                         : json_pack("[i]", role));
    (void)snprintf(key, sizeof(key), "%" PRId64, group);
    if (group != 0)
        json_object_set_new(json_object_get(user, "group_ids"), key,
                            json_pack("[s]", "full"));
    return user;
}

static void tickets(struct world *w, const json_t *user, long count)
{
    for (long i = 0; i < count; i++)
        json_decref(za_ticket_new(w, row_id(user), "The door does not close"));
}

static void nobody(struct world *w)
{
    json_t *user = za_user_blank(w);

    text(user, "login", "-");
    text(user, "firstname", "-");
    json_object_set_new(user, "active", json_false());
    json_object_set_new(user, "role_ids", json_array());
    za_user_add(w, user);
    json_decref(user);
}

static void some_people(struct world *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t group = count == PEOPLE ? people[i].group : 0;
        json_t *user = person(w, people[i].email, people[i].role, group);
        text(user, "firstname", people[i].first);
        text(user, "lastname", people[i].last);
        za_user_add(w, user);
        tickets(w, user, people[i].tickets);
        json_decref(user);
    }
}

static void generate(struct world *w)
{
    long users = ZA_NUM(w, MORE_USERS), groups = ZA_NUM(w, MORE_GROUPS);
    long all = users + ZA_NUM(w, CUSTOMERS);
    int64_t first = 0;
    char name[64], email[64];

    for (long i = 0; i < groups; i++) {
        (void)snprintf(name, sizeof(name), "Group %ld", i + 1);
        json_t *group = za_group_new(w, name, NULL);
        first = first ? first : row_id(group);
        json_decref(group);
    }
    for (long i = 1; i <= all; i++) {
        bool agent = i <= users;
        (void)snprintf(email, sizeof(email), "%s%07ld@load.example",
                       agent ? "agent" : "customer", i);
        json_t *user = person(w, email, agent ? ZA_AGENT : ZA_CUSTOMER,
                              agent && groups > 0 ? first + i % groups : 0);
        text(user, "firstname", agent ? "Agent" : "Customer");
        (void)snprintf(name, sizeof(name), "%07ld", i);
        text(user, "lastname", name);
        za_user_add(w, user);
        tickets(w, user, agent ? ZA_NUM(w, MORE_TICKETS) : 0);
        json_decref(user);
    }
}

void za_seed(struct world *w)
{
    static const char *const roles[] = {"Admin", "Agent", "Customer",
                                        "Reporting"};

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        json_t *role = json_pack("{s:s, s:b}", "name", roles[i], "active", 1);
        row_add(w, ZA_ROLES, role);
        json_decref(role);
    }
    nobody(w);
    json_decref(za_group_new(w, "First Line", "Answers first"));
    if (!ZA_IS(w, WORLD, "bare"))
        json_decref(za_group_new(w, "Field Service", NULL));
    some_people(w, ZA_IS(w, WORLD, "bare") ? BARE : PEOPLE);
    generate(w);
}
