/*
 * test/sim/kustomer_seed.c - who is there at the start
 *
 * The people of the samples, and with world=org an organisation around them.
 * All invented. The knobs users and conversations add more.
 */
#include "test/sim/kustomer_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAIL  "@example.com"
#define AGENT "66d3c4e5f607182930415c03"
#define LEAD  "66d3c4e5f607182930415c02"
#define SEEN  "2026-09-03T10:00:00.000Z"
#define HIRED "2026-09-01T08:15:30.412Z"

enum { IN_SAMPLES = 5, FIRST_GENERATED = 0x18300001 };

/* clang-format off */
static const struct person {
    const char *id, *name, *email, *type, *group, *mobile, *verified, *created,
        *login, *deleted;
} people[] = {
    {"66b1a2c3d4e5f60718293a01", "Ana Torres", "ana.torres" MAIL, "user", AGENT,
     "+15555550101", "2026-09-01T09:02:10.000Z", HIRED, "2026-10-14T07:58:44.120Z", NULL},
    {"66b1a2c3d4e5f60718293a02", "Bo Lindqvist", "bo.lindqvist" MAIL, "user", LEAD,
     NULL, "2026-09-02T10:11:12.000Z", HIRED, "2026-10-14T08:10:00.000Z", NULL},
    {KS_MACHINE, "scim-bridge-prod", "scim-bridge-prod@machine.example.com", "machine",
     NULL, NULL, NULL, "2026-08-01T00:00:00.000Z", NULL, NULL},
    {"66b1a2c3d4e5f60718293a03", "Cy Okafor", "cy.okafor" MAIL, "user", AGENT,
     NULL, NULL, "2026-10-14T11:00:00.000Z", NULL, NULL},
    {"66b1a2c3d4e5f60718293a04", "Dee Marsh", "dee.marsh" MAIL, "user", AGENT,
     NULL, SEEN, HIRED, NULL, "2026-10-15T16:20:00.500Z"},
    {"66b1a2c3d4e5f60718293a05", "Olu Adeyemi", "olu.adeyemi" MAIL, "user",
     "66d3c4e5f607182930415c04", NULL, SEEN, HIRED, NULL, NULL},
    {"66b1a2c3d4e5f60718293a06", "Eva Novak", "eva.novak" MAIL, "user",
     KS_ADMINISTRATOR, "+15555550106", SEEN, HIRED, NULL, NULL},
    {"66b1a2c3d4e5f60718293a07", "Finn Berg", "finn.berg" MAIL, "user", AGENT,
     NULL, SEEN, HIRED, NULL, NULL},
    {"66b1a2c3d4e5f60718293a08", "Gus Lange", "gus.lange" MAIL, "limited", NULL,
     NULL, SEEN, HIRED, NULL, NULL},
    {"66b1a2c3d4e5f60718293a09", "Hana Sato", "hana.sato" MAIL, "hourly", AGENT,
     NULL, SEEN, HIRED, NULL, NULL},
};
/* clang-format on */

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *list_of(const char *text)
{
    return text ? json_pack("[s]", text) : json_array();
}

static void person(struct world *w, const struct person *p, int64_t number)
{
    bool machine = strcmp(p->type, "machine") == 0;
    const char *updated = p->deleted ? p->deleted : p->created;
    json_t *user = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:n, s:n, s:o, s:o, s:o, s:o, "
        "s:{s:b, s:b, s:s}, s:s, s:s, s:s, s:o, s:s, s:s, s:b}",
        "id", p->id, "displayName", p->name, "name", p->name, "userType",
        p->type, "email", p->email, "mobile", text_or_null(p->mobile),
        "emailSignature", "avatarUrl", "roleGroups", list_of(p->group), "roles",
        machine
            ? json_pack("[s,s]", "org.permission.user", "org.permission.team")
            : list_of("org.user"),
        "emailVerifiedAt", text_or_null(p->verified), "firstEmailVerifiedAt",
        text_or_null(p->verified), "password", "allowNew", 1, "forceNew", 0,
        "updatedAt", machine || !p->verified ? p->created : HIRED, "createdAt",
        p->created, "updatedAt", updated, "modifiedAt", updated, "deletedAt",
        text_or_null(p->deleted), "_createdBy", KS_MACHINE, "_modifiedBy",
        KS_MACHINE, "_pending", !machine && !p->verified);

    if (p->login != NULL) {
        json_object_set(user, "firstLoginAt",
                        json_object_get(user, "emailVerifiedAt"));
        json_object_set_new(user, "mostRecentLoginAt", json_string(p->login));
    }
    table_put(&w->tables[KS_USERS], number, user);
    json_decref(user);
}

static void group(struct world *w, const char *name, const char *description,
                  bool system, json_t *roles)
{
    json_t *row =
        json_pack("{s:s, s:s, s:b, s:b, s:o, s:s, s:s}", "name", name,
                  "description", description, "display", 1, "system", system,
                  "roles", roles, "createdAt", "2026-07-01T00:00:00.000Z",
                  "updatedAt", "2026-07-01T00:00:00.000Z");
    int64_t number = ks_new_id(w, KS_GROUPS, row);

    table_put(&w->tables[KS_GROUPS], number, row);
    json_decref(row);
}

static void groups(struct world *w, bool samples)
{
    group(w, "Administrator", "Everything in the organization", true,
          json_pack("[s,s,s]", "org.admin", "org.user", "org.permission"));
    group(w, "Manager", "Runs a support team", true,
          json_pack("[s,s,s,s]", "org.user", "org.permission.user.read",
                    "org.permission.team", "org.permission.report.read"));
    group(w, "Support Agent", "Custom set for front-line agents", false,
          json_pack("[s,s,s,s,s]", "org.permission.customer.read",
                    "org.permission.customer.update",
                    "org.permission.conversation", "org.permission.user.read",
                    "org.permission.team.read"));
    if (samples)
        return;
    group(w, "Org Owner", "Owns the organization", true,
          json_pack("[s,s,s,s]", "org.admin", "org.user", "org.permission",
                    "org.owner"));
    group(w, "Tier 2", "Custom set for specialists", false,
          json_pack("[s,s]", "org.permission.conversation",
                    "org.permission.report.read"));
}

static void team(struct world *w, const char *name, json_t *members)
{
    json_t *row = json_pack(
        "{s:s, s:s, s:n, s:o, s:[], s:b, s:n, s:s, s:s, s:s, s:s, s:s}", "name",
        name, "displayName", name, "icon", "members", members, "roleGroups",
        "deleted", 0, "deletedAt", "createdAt", "2026-08-20T10:00:00.000Z",
        "updatedAt", "2026-08-20T10:00:00.000Z", "modifiedAt",
        "2026-08-20T10:00:00.000Z", "_createdBy", KS_MACHINE, "_modifiedBy",
        KS_MACHINE);
    int64_t number = ks_new_id(w, KS_TEAMS, row);

    table_put(&w->tables[KS_TEAMS], number, row);
    json_decref(row);
}

static void conversation(struct world *w, const char *name, const char *status,
                         const char *updated)
{
    json_t *row = ks_conversation_new(w, people[4].id, status, name);
    bool first = strcmp(status, "open") == 0;

    json_object_set_new(row, "rev", json_integer(first ? 7 : 3));
    if (first)
        json_object_set_new(row, "assignedTeams",
                            list_of("66c2b3d4e5f6071829304b01"));
    json_object_set_new(row, "createdAt",
                        json_string("2026-10-10T09:00:05.100Z"));
    json_object_set_new(row, "updatedAt", json_string(updated));
    json_object_set_new(row, "modifiedAt", json_string(updated));
    json_object_set_new(row, "lastActivityAt", json_string(updated));
    table_put(&w->tables[KS_CONVERSATIONS],
              ks_find(w, KS_CONVERSATIONS, ks_text(row, "id")), row);
    json_decref(row);
}

static void keys(struct world *w)
{
    json_t *key =
        ks_key_new(w, "sim-token", "scim-bridge-prod", KS_MACHINE,
                   json_pack("[s,s,s,s,s]", "org.admin", "org.user",
                             "org.permission", "org.hooks", "org.tracking"));

    json_decref(key);
    json_decref(ks_key_new(
        w, "sim-weak", "weak", KS_MACHINE,
        json_pack("[s,s,s,s,s,s,s,s]", "org.permission.user.read",
                  "org.permission.user.create", "org.permission.user.update",
                  "org.permission.team", "org.permission.role_group.read",
                  "org.permission.conversation.read",
                  "org.permission.conversation.update",
                  "org.permission.search.create")));
    key = ks_key_new(w, "sim-elsewhere", "elsewhere", KS_MACHINE,
                     json_pack("[s]", "org"));
    json_object_set_new(key, "_pod", json_string("prod2"));
    table_put(&w->tables[KS_KEYS], ks_find(w, KS_KEYS, ks_text(key, "id")),
              key);
    json_decref(key);
    key = ks_key_new(w, "sim-expired", "expired", KS_MACHINE,
                     json_pack("[s]", "org"));
    json_object_set_new(key, "_expires", json_integer(1));
    table_put(&w->tables[KS_KEYS], ks_find(w, KS_KEYS, ks_text(key, "id")),
              key);
    json_decref(key);
}

static void generate(struct world *w)
{
    long more = KS_NUMBER(w, MORE_USERS), work = KS_NUMBER(w, WORK_EACH);
    char id[48], name[48], email[64];

    for (long i = 0; i < more; i++) {
        int64_t number = FIRST_GENERATED + i;
        (void)snprintf(id, sizeof(id), "66b1a2c3d4e5f607%08" PRIx64, number);
        (void)snprintf(name, sizeof(name), "Agent %06ld", i + 1);
        (void)snprintf(email, sizeof(email), "agent.%06ld" MAIL, i + 1);
        struct person p = {id,   name, email, "user", AGENT,
                           NULL, SEEN, HIRED, NULL,   NULL};
        person(w, &p, number);
        for (long n = 0; n < work; n++)
            json_decref(ks_conversation_new(w, id, "open", "A question"));
    }
}

void ks_seed(struct world *w)
{
    bool samples = KS_SET(w, WORLD, "samples");
    size_t count = samples ? IN_SAMPLES : KS_COUNT(people);

    for (size_t i = 0; i < count; i++)
        person(w, &people[i], 0x18293a01 + (int64_t)i);
    groups(w, samples);
    team(w, "Billing", json_pack("[s,s]", people[0].id, people[1].id));
    team(w, "Tier 2", json_pack("[s]", people[1].id));
    conversation(w, "Refund for order 1182", "open",
                 "2026-10-12T14:03:11.208Z");
    conversation(w, "Card declined", "snoozed", "2026-10-13T10:00:00.000Z");
    keys(w);
    generate(w);
}
