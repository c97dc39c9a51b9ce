/*
 * test/sim/helpscout_seed.c - who is there at the start
 *
 * Seven people, two teams, two inboxes, and the open conversations of one of
 * them. All invented. The knobs users and conversations add more.
 */
#include "test/sim/helpscout_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_GENERATED = 620001,
    FIRST_EXTRA = 410900,
    OWN_ID = 510003,
    HELP = 7301,
    BILLING = 7302,
};

#define PHOTOS  "https://cdn.lumen-harbor.example/avatars/"
#define MAIL    "@lumen-harbor.example"
#define UPDATED "2026-06-02T16:40:21Z"
#define HIRED   "2024-03-11T09:15:00Z"

/* clang-format off */
static const struct person {
    const char *first, *last, *email, *role, *zone, *created, *mention,
        *initials, *title, *phone;
    bool photo;
    int mailbox;
} people[] = {
    {"Ines", "Carvalho", "ines.carvalho" MAIL, "owner", "Europe/Lisbon",
     "2021-01-18T08:00:00Z", "ines", "IC", "Founder", "+351 21 555 0101", true, 0},
    {"Tomas", "Okafor", "tomas.okafor" MAIL, "admin", "Africa/Lagos",
     "2021-02-01T10:30:00Z", "tomas", "TO", "Support Operations", NULL, false, 0},
    {"Scim", "Bridge", "scim-bridge" MAIL, "admin", "UTC",
     "2026-01-09T12:00:00Z", "scim", "SB", "Integration account", NULL, true, 0},
    {"Maren", "Holst", "maren.holst" MAIL, "user", "Europe/Copenhagen",
     HIRED, "maren", "MH", "Support Specialist", "+45 55 55 01 04", false, HELP},
    {"Devi", "Raman", "devi.raman" MAIL, "user", "Asia/Kolkata",
     HIRED, "devi", "DR", "Support Specialist", NULL, true, HELP},
    {"Piet", "van Loon", "piet.vanloon" MAIL, "user", "Europe/Amsterdam",
     HIRED, "piet", "PV", "Billing Support", NULL, false, BILLING},
    {"Aiko", "Sato", "aiko.sato" MAIL, "light user", "Asia/Tokyo",
     "2026-05-20T07:45:10Z", "aiko", "AS", "Product Manager", NULL, true, 0},
};
/* clang-format on */

static void person(struct world *w, size_t i)
{
    const struct person *p = &people[i];
    int64_t id = 510001 + (int64_t)i;
    char photo[96];

    (void)snprintf(photo, sizeof(photo), PHOTOS "%" PRId64 ".png", id);
    json_t *user = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:s, s:s, "
        "s:s?, s:[], s:b, s:[]}",
        "id", (json_int_t)id, "firstName", p->first, "lastName", p->last,
        "email", p->email, "role", p->role, "timezone", p->zone, "photoUrl",
        p->photo ? photo : NULL, "createdAt", p->created, "updatedAt", UPDATED,
        "type", "user", "mention", p->mention, "initials", p->initials,
        "jobTitle", p->title, "phone", p->phone, "alternateEmails", "_invited",
        0, "_mailboxes");
    if (p->mailbox)
        json_array_append_new(json_object_get(user, "_mailboxes"),
                              json_integer(p->mailbox));
    table_put(&w->tables[HS_USERS], id, user);
    json_decref(user);
}

/* What only single people have. */
static void details(struct world *w)
{
    struct table *t = &w->tables[HS_USERS];
    json_t *ines = table_get(t, 510001), *maren = table_get(t, 510004),
           *devi = table_get(t, 510005);

    json_array_append_new(json_object_get(ines, "alternateEmails"),
                          json_string("ines" MAIL));
    json_object_set_new(
        maren, "_status",
        json_pack("{s:{s:s, s:s, s:i, s:s}, s:{s:s, s:{s:s, s:s}}}", "email",
                  "status", "active", "updatedAt", "2026-08-14T07:31:02Z",
                  "performedBy", 510004, "source", "ui", "chat", "status",
                  "custom", "mailboxStatuses", "7301", "assign", "7302",
                  "unavailable"));
    json_object_set_new(devi, "_status",
                        json_pack("{s:{s:s, s:s, s:i, s:s}, s:{s:s, s:{}}}",
                                  "email", "status", "away", "updatedAt",
                                  "2026-08-14T07:31:02Z", "performedBy", 510003,
                                  "source", "api", "chat", "status",
                                  "unavailable", "mailboxStatuses"));
    table_put(t, 510001, ines);
    table_put(t, 510004, maren);
    table_put(t, 510005, devi);
    json_decref(ines);
    json_decref(maren);
    json_decref(devi);
}

static void put(struct world *w, enum helpscout_table table, json_t *row)
{
    table_put(&w->tables[table], json_integer_value(json_object_get(row, "id")),
              row);
    json_decref(row);
}

static void places(struct world *w)
{
    put(w, HS_TEAMS,
        json_pack("{s:i, s:s, s:s, s:n, s:s, s:s, s:s, s:s, s:[i, i]}", "id",
                  410010, "name", "Tier 1", "timezone", "Europe/Lisbon",
                  "photoUrl", "createdAt", "2023-09-01T09:00:00Z", "updatedAt",
                  "2026-02-10T13:22:08Z", "mention", "tier1", "initials", "T1",
                  "_userIds", 510004, 510005));
    put(w, HS_TEAMS,
        json_pack("{s:i, s:s, s:s, s:n, s:s, s:s, s:s, s:s, s:[]}", "id",
                  410011, "name", "Billing", "timezone", "Europe/Amsterdam",
                  "photoUrl", "createdAt", "2023-09-01T09:05:00Z", "updatedAt",
                  "2025-12-04T10:00:00Z", "mention", "billing", "initials", "B",
                  "_userIds"));
    put(w, HS_MAILBOXES,
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:i, s:s, s:[i, i]}}",
                  "id", HELP, "name", "Help", "slug", "a41c09be27d3f658",
                  "email", "help" MAIL, "createdAt", "2021-01-18T08:05:00Z",
                  "updatedAt", "2026-04-30T15:00:00Z", "_routing", "state",
                  "enabled", "assignmentLimit", 12, "assignmentMethod",
                  "round_robin", "userIds", 510004, 510005));
    put(w, HS_MAILBOXES,
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:i, s:s, s:[]}}",
                  "id", BILLING, "name", "Billing", "slug", "c9d2e17b50a84f36",
                  "email", "billing" MAIL, "createdAt", "2021-01-18T08:05:00Z",
                  "updatedAt", "2026-04-30T15:00:00Z", "_routing", "state",
                  "disabled", "assignmentLimit", 12, "assignmentMethod",
                  "balanced", "userIds"));
    put(w, HS_SYSTEM_USERS,
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:n, s:n, s:s, s:s, s:n, s:s, "
                  "s:s}",
                  "id", 990301, "type", "system_user", "firstName",
                  "Answer Assistant", "lastName", "", "initials", "AA", "email",
                  "mention", "timezone", "UTC", "role", "user", "photoUrl",
                  "createdAt", "2026-05-03T11:02:45Z", "updatedAt",
                  "2026-05-03T11:02:45Z"));
}

static void conversation(struct world *w, int inbox, const char *status,
                         const char *subject)
{
    json_t *row = hs_conversation_new(w, 510005, inbox, status, subject);
    int64_t id = json_integer_value(json_object_get(row, "id"));

    json_object_set_new(row, "createdAt", json_string("2026-08-10T06:12:40Z"));
    json_object_set_new(row, "userUpdatedAt",
                        json_string("2026-08-12T09:01:13Z"));
    json_object_set_new(row, "customerWaitingSince",
                        json_pack("{s:s, s:s, s:s}", "time",
                                  "2026-08-12T09:01:13Z", "friendly",
                                  "2 days ago", "latestReplyFrom", "customer"));
    table_put(&w->tables[HS_CONVERSATIONS], id, row);
    json_decref(row);
}

static void generate(struct world *w)
{
    long users = HS_NUMBER(w, MORE_USERS), each = HS_NUMBER(w, WORK_EACH);
    char email[64], last[64];

    w->tables[HS_USERS].next_id =
        users > 0 ? FIRST_GENERATED : w->tables[HS_USERS].next_id;
    for (long i = 1; i <= users; i++) {
        (void)snprintf(email, sizeof(email), "agent%03ld" MAIL, i);
        (void)snprintf(last, sizeof(last), "Number%ld", i);
        json_t *fields = json_pack(
            "{s:s, s:s, s:s, s:s, s:[{s:i}]}", "firstName", "Agent", "lastName",
            last, "email", email, "role", "user", "mailboxes", "id", HELP);
        json_t *user = hs_user_new(w, fields, false);
        int64_t id = json_integer_value(json_object_get(user, "id"));
        for (long n = 0; n < each; n++)
            json_decref(hs_conversation_new(w, id, HELP, "active", "Question"));
        json_decref(user);
        json_decref(fields);
    }
    for (long i = 0; i < HS_NUMBER(w, EXTRA_TYPES); i++) {
        (void)snprintf(last, sizeof(last), "Crew %ld", i + 1);
        put(w, HS_USERS,
            json_pack("{s:I, s:s, s:n, s:n, s:s, s:s, s:n, s:s, s:s, s:s, s:n, "
                      "s:s, s:n, s:n, s:[]}",
                      "id", (json_int_t)FIRST_EXTRA + i, "firstName", last,
                      "lastName", "email", "role", "user", "timezone", "UTC",
                      "photoUrl", "createdAt", HIRED, "updatedAt", UPDATED,
                      "type", "team", "mention", "initials", "C", "jobTitle",
                      "phone", "alternateEmails"));
    }
}

void hs_seed(struct world *w)
{
    for (size_t i = 0; i < HS_COUNT(people); i++)
        person(w, i);
    details(w);
    places(w);
    json_object_set_new(w->memory, "appOwner", json_integer(OWN_ID));
    conversation(w, HELP, "active", "Password reset link does not arrive");
    conversation(w, BILLING, "active", "Invoice shows the wrong VAT number");
    conversation(w, HELP, "pending", "Waiting for courier to confirm");
    generate(w);
}
