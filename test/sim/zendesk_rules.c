/*
 * test/sim/zendesk_rules.c - what holds for users, groups and tickets
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test/sim/zendesk_internal.h"

json_t *zd_row_of(struct world *w, const struct request *r, size_t n,
                  size_t table, struct answer *a)
{
    int64_t id = 0;
    json_t *row =
        request_id(r, n, &id) ? table_get(&w->tables[table], id) : NULL;

    if (row == NULL)
        zd_missing(a);
    return row;
}

bool zd_is_staff(const json_t *user)
{
    return row_true(user, "active") &&
           (row_is(user, "role", "agent") || row_is(user, "role", "admin"));
}

bool zd_is_open(const json_t *ticket)
{
    return !row_is(ticket, "status", "solved") &&
           !row_is(ticket, "status", "closed");
}

int64_t zd_own_id(const struct world *w)
{
    return zd_holder(w, knob_text(&w->knobs, ZD_ACCOUNT));
}

int64_t zd_owner_id(const struct world *w)
{
    return json_integer_value(json_object_get(w->memory, "owner_id"));
}

int64_t zd_holder(const struct world *w, const char *address)
{
    json_t *found = rows_by(w, ZD_IDENTITIES, ZD_BY_VALUE, address);
    int64_t id = row_number(json_array_get(found, 0), "user_id");

    json_decref(found);
    return id;
}

/* ---- roles ----------------------------------------------------------------
 */

static bool staff_test(const struct world *w, const json_t *row,
                       const void *context)
{
    const char *role = context;

    (void)w;
    return zd_is_staff(row) && (role == NULL || row_is(row, "role", role));
}

static long staff_count(const struct world *w, const char *role)
{
    json_t *staff = rows_where(w, ZD_USERS, staff_test, role);
    long count = (long)json_array_size(staff);

    json_decref(staff);
    return count;
}

/* Not one's own: the owner, and where it says so the last admin. */
static bool may_lose_admin(const struct world *w, const json_t *user,
                           struct answer *a)
{
    if (row_id(user) != 0 && row_id(user) == zd_owner_id(w)) {
        zd_refuse(a, 403, "Forbidden", "You cannot change the account owner.");
        return false;
    }
    if (ZD_SET(w, LAST_ADMIN, "refused") && row_is(user, "role", "admin") &&
        staff_count(w, "admin") == 1) {
        zd_refuse(a, 403, "Forbidden", "The account needs an administrator.");
        return false;
    }
    return true;
}

bool zd_rule_role(const struct world *w, const json_t *user, const char *role,
                  struct answer *a)
{
    bool staff = role && strcmp(role, "end-user") != 0;
    long seats = ZD_NUMBER(w, SEATS);

    if (role == NULL ||
        (staff && strcmp(role, "agent") != 0 && strcmp(role, "admin") != 0))
        return zd_invalid(a, "role", "InvalidValue",
                          "Role: is not one of end-user, agent, admin");
    if (row_is(user, "role", "admin") && strcmp(role, "admin") != 0 &&
        !may_lose_admin(w, user, a))
        return false;
    if (seats > 0 && staff && !zd_is_staff(user) &&
        staff_count(w, NULL) >= seats)
        return zd_invalid(a, "base", "AgentLimit",
                          "You have no agent seats left.");
    return true;
}

bool zd_rule_external_id(const struct world *w, const json_t *user,
                         const char *external_id, struct answer *a)
{
    json_t *found = rows_by(w, ZD_USERS, ZD_BY_EXTERNAL_ID, external_id), *one;
    size_t i = 0;
    bool taken = false;

    json_array_foreach (found, i, one) {
        taken =
            taken || (row_true(one, "active") && row_id(one) != row_id(user));
    }
    json_decref(found);
    return !taken || zd_invalid(a, "external_id", "DuplicateValue",
                                "External: has already been taken");
}

/* ---- users ----------------------------------------------------------------
 */

json_t *zd_identity_new(struct world *w, int64_t user, const char *value,
                        bool verified, bool primary)
{
    json_t *identity = json_pack(
        "{s:I, s:s, s:s, s:b, s:b}", "user_id", (json_int_t)user, "type",
        "email", "value", value, "verified", verified, "primary", primary);

    row_add(w, ZD_IDENTITIES, identity);
    return identity;
}

json_t *zd_user_new(struct world *w, const char *email, const char *name,
                    const char *role)
{
    json_int_t found_from = world_now(w) + ZD_NUMBER(w, SEARCH_LAG);
    json_t *user = json_pack(
        "{s:s?, s:s, s:s, s:n, s:n, s:b, s:b, s:b, s:n, s:n, s:n, s:s, s:s, "
        "s:n, s:n, s:[], s:{}, s:I}",
        "email", email, "name", name, "role", role, "custom_role_id",
        "role_type", "active", 1, "suspended", 0, "verified", 0, "external_id",
        "alias", "phone", "locale", "en-US", "iana_time_zone", "Etc/UTC",
        "default_group_id", "last_login_at", "tags", "user_fields",
        "_found_from", found_from);

    row_add(w, ZD_USERS, user);
    if (email)
        json_decref(zd_identity_new(w, row_id(user), email, false, true));
    return user;
}

static void drop_identities(struct world *w, const json_t *user)
{
    json_t *all = rows_by_id(w, ZD_IDENTITIES, ZD_BY_OWNER, row_id(user));
    json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (all, i, one) {
        (void)table_drop(&w->tables[ZD_IDENTITIES], row_id(one));
    }
    json_decref(all);
}

void zd_user_drop(struct world *w, json_t *user)
{
    json_object_set_new(user, "active", json_false());
    zd_loses_work(w, user);
    drop_identities(w, user);
    row_keep(w, ZD_USERS, user);
}

void zd_make_primary(struct world *w, json_t *user, int64_t identity)
{
    json_t *all = rows_by_id(w, ZD_IDENTITIES, ZD_BY_OWNER, row_id(user));
    json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (all, i, one) {
        bool primary = row_id(one) == identity;
        json_object_set_new(one, "primary", json_boolean(primary));
        row_keep(w, ZD_IDENTITIES, one);
        if (!primary)
            continue;
        json_object_set(user, "email", json_object_get(one, "value"));
        json_object_set(user, "verified", json_object_get(one, "verified"));
    }
    json_decref(all);
    row_keep(w, ZD_USERS, user);
}

/* ---- groups ---------------------------------------------------------------
 */

json_t *zd_group_new(struct world *w, const char *name, const char *description)
{
    json_t *group = json_pack("{s:s, s:s, s:b, s:b, s:b}", "name", name,
                              "description", description ? description : "",
                              "deleted", 0, "default", 0, "is_public", 1);

    row_add(w, ZD_GROUPS, group);
    return group;
}

static json_t *link_between(const struct world *w, int64_t user, int64_t group)
{
    json_t *all = rows_by_id(w, ZD_LINKS, ZD_BY_USER, user), *one = NULL;
    json_t *found = NULL;
    size_t i = 0;

    json_array_foreach (all, i, one) {
        if (found == NULL && row_number(one, "group_id") == group)
            found = json_incref(one);
    }
    json_decref(all);
    return found;
}

bool zd_is_member(const struct world *w, int64_t user, int64_t group)
{
    json_t *link = link_between(w, user, group);
    bool is = link != NULL;

    json_decref(link);
    return is;
}

json_t *zd_link_new(struct world *w, int64_t user, int64_t group)
{
    json_t *row = table_get(&w->tables[ZD_USERS], user);
    bool first = json_is_null(json_object_get(row, "default_group_id"));
    json_t *link = json_pack("{s:I, s:I, s:b}", "user_id", (json_int_t)user,
                             "group_id", (json_int_t)group, "default", first);

    row_add(w, ZD_LINKS, link);
    if (first) {
        json_object_set_new(row, "default_group_id", json_integer(group));
        row_keep(w, ZD_USERS, row);
    }
    json_decref(row);
    return link;
}

static void assign(struct world *w, json_t *ticket, int64_t assignee)
{
    json_object_set_new(ticket, "assignee_id",
                        assignee ? json_integer(assignee) : json_null());
    row_keep(w, ZD_TICKETS, ticket);
}

void zd_link_drop(struct world *w, const json_t *link)
{
    json_t *tickets =
        rows_by_id(w, ZD_TICKETS, ZD_BY_USER, row_number(link, "user_id"));
    json_t *one = NULL;
    json_t *user = table_get(&w->tables[ZD_USERS], row_number(link, "user_id"));
    size_t i = 0;

    json_array_foreach (tickets, i, one) {
        if (zd_is_open(one) &&
            row_number(one, "group_id") == row_number(link, "group_id"))
            assign(w, one, 0);
    }
    if (user &&
        row_number(user, "default_group_id") == row_number(link, "group_id")) {
        json_object_set_new(user, "default_group_id", json_null());
        row_keep(w, ZD_USERS, user);
    }
    (void)table_drop(&w->tables[ZD_LINKS], row_id(link));
    json_decref(user);
    json_decref(tickets);
}

/* ---- tickets --------------------------------------------------------------
 */

json_t *zd_ticket_new(struct world *w, int64_t assignee, const char *subject)
{
    json_t *user = table_get(&w->tables[ZD_USERS], assignee);
    json_t *ticket =
        json_pack("{s:s, s:s, s:I, s:O?}", "subject", subject, "status", "open",
                  "assignee_id", (json_int_t)assignee, "group_id",
                  json_object_get(user, "default_group_id"));

    row_add(w, ZD_TICKETS, ticket);
    json_decref(user);
    return ticket;
}

/* Who gets a ticket when its assignee is demoted: the one who demotes, if he
 * is in its group, else the group's agent with the lowest id. */
static int64_t heir(const struct world *w, const json_t *ticket, int64_t leaver)
{
    int64_t group = row_number(ticket, "group_id"), own = zd_own_id(w);
    json_t *links = rows_by_id(w, ZD_LINKS, ZD_BY_GROUP, group), *one = NULL;
    int64_t lowest = 0;
    size_t i = 0;

    json_array_foreach (links, i, one) {
        int64_t user = row_number(one, "user_id");
        if (user != leaver && (lowest == 0 || user < lowest))
            lowest = user;
    }
    json_decref(links);
    return group == 0 || lowest == 0 || zd_is_member(w, own, group) ? own
                                                                    : lowest;
}

void zd_loses_work(struct world *w, const json_t *user)
{
    int64_t id = row_id(user);
    json_t *tickets = rows_by_id(w, ZD_TICKETS, ZD_BY_USER, id), *one = NULL;
    json_t *links = rows_by_id(w, ZD_LINKS, ZD_BY_USER, id);
    size_t i = 0;

    json_array_foreach (tickets, i, one) {
        if (zd_is_open(one))
            assign(w, one, heir(w, one, id));
    }
    json_array_foreach (links, i, one) {
        if (ZD_SET(w, DEMOTE_LINKS, "lost") || !row_true(user, "active"))
            (void)table_drop(&w->tables[ZD_LINKS], row_id(one));
    }
    json_decref(tickets);
    json_decref(links);
}
