/*
 * test/sim/refdesk_rules.c - what holds in refdesk, whoever acts
 *
 * The API obeys every rule here. A person in the web interface may break the
 * guards (last admin, owner, seats): that is how a test makes odd worlds.
 */
#include "test/sim/refdesk_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 200, EMAIL_MAX = 254 };

const char *user_status(const json_t *user)
{
    const char *status = json_string_value(json_object_get(user, "status"));

    return status ? status : "";
}

const char *user_role(const json_t *user)
{
    const char *role = json_string_value(json_object_get(user, "role"));

    return role ? role : "";
}

bool user_is(const json_t *user, const char *role, const char *status)
{
    return strcmp(user_role(user), role) == 0 &&
           strcmp(user_status(user), status) == 0;
}

static json_t *row_of(struct world *w, enum refdesk_table table,
                      const struct request *r, int64_t *id, struct answer *a)
{
    json_t *row =
        request_id(r, 0, id) ? table_get(&w->tables[table], *id) : NULL;

    if (row == NULL)
        refdesk_missing(a, table == USERS ? "user" : "team", r->arg[0]);
    return row;
}

json_t *refdesk_user_of(struct world *w, const struct request *r, int64_t *id,
                        struct answer *a)
{
    return row_of(w, USERS, r, id, a);
}

json_t *refdesk_team_of(struct world *w, const struct request *r, int64_t *id,
                        struct answer *a)
{
    return row_of(w, TEAMS, r, id, a);
}

static int64_t first_where(const struct table *t, size_t index, const char *key)
{
    size_t count = 0;
    const int64_t *ids = table_where(t, index, key, &count);

    return count ? ids[0] : 0;
}

int64_t refdesk_user_by_email(const struct world *w, const char *email)
{
    return first_where(&w->tables[USERS], USERS_BY_EMAIL, email);
}

int64_t refdesk_team_by_name(const struct world *w, const char *name)
{
    return first_where(&w->tables[TEAMS], TEAMS_BY_NAME, name);
}

int64_t refdesk_own_id(const struct world *w)
{
    return json_integer_value(json_object_get(w->memory, "own_id"));
}

/* ---- users ----------------------------------------------------------------
 */

/* The number freed last, with the time at which its next holder may begin. */
static int64_t freed_id(struct world *w, int64_t *not_before)
{
    json_t *freed = json_object_get(w->memory, "freed");
    size_t count = json_array_size(freed);

    if (!knob_number(&w->knobs, KNOB_REUSE_IDS) || count == 0)
        return 0;
    const json_t *last = json_array_get(freed, count - 1);
    int64_t id = json_integer_value(json_array_get(last, 0));
    *not_before = json_integer_value(json_array_get(last, 1));
    json_array_remove(freed, count - 1);
    return id;
}

static json_t *invitation_json(const struct world *w, const char *status)
{
    int64_t now = world_now(w);
    int64_t life = knob_number(&w->knobs, KNOB_EXPIRE_DAYS) * DAY_S;

    if (strcmp(status, "invited") != 0)
        return json_null();
    return json_pack("{s:o, s:o}", "sent_at", world_time_json(now),
                     "expires_at", world_time_json(now + life));
}

json_t *refdesk_user_new(struct world *w, const struct newcomer *who)
{
    int64_t created = world_now(w), not_before = 0;
    int64_t id = freed_id(w, &not_before);
    bool seen = strcmp(who->status, "active") == 0;

    if (id == 0)
        id = table_new_id(&w->tables[USERS]);
    if (created < not_before)
        created = not_before;
    json_t *user = json_pack(
        "{s:I, s:s, s:s?, s:s, s:s, s:o, s:[], s:s?, s:n, s:o, s:o, s:o, s:o}",
        "id", (json_int_t)id, "email", who->email, "name", who->name, "role",
        who->role, "status", who->status, "team_ids",
        who->team_ids ? json_deep_copy(who->team_ids) : json_array(),
        "permissions", "language", "en", "avatar_url", "created_at",
        world_time_json(created), "updated_at", world_time_json(created),
        "last_login_at", seen ? world_time_json(created) : json_null(),
        "invitation", invitation_json(w, who->status));
    table_put(&w->tables[USERS], id, user);
    return user;
}

void refdesk_user_put(struct world *w, int64_t id, json_t *user)
{
    json_object_set_new(user, "updated_at", world_time_json(world_now(w)));
    table_put(&w->tables[USERS], id, user);
}

void refdesk_user_drop(struct world *w, int64_t id)
{
    json_t *freed = json_object_get(w->memory, "freed");

    refdesk_unassign(w, id);
    if (!table_drop(&w->tables[USERS], id))
        return;
    if (freed == NULL) {
        freed = json_array();
        json_object_set_new(w->memory, "freed", freed);
    }
    json_array_append_new(freed, json_pack("[I, I]", (json_int_t)id,
                                           (json_int_t)world_now(w) + 1));
}

static void ticket_set(struct world *w, int64_t id, const char *member,
                       json_t *value)
{
    json_t *ticket = table_get(&w->tables[TICKETS], id);

    json_object_set_new(ticket, member, value);
    json_object_set_new(ticket, "updated_at", world_time_json(world_now(w)));
    table_put(&w->tables[TICKETS], id, ticket);
    json_decref(ticket);
}

/* Clears `member` of each ticket that has `id` in it and is open, or of all. */
static void tickets_forget(struct world *w, size_t index, const char *member,
                           int64_t id, bool open_only)
{
    char key[24];
    size_t count = 0, kept = 0;

    (void)snprintf(key, sizeof(key), "%" PRId64, id);
    for (;;) {
        const int64_t *ids =
            table_where(&w->tables[TICKETS], index, key, &count);
        if (kept >= count)
            return;
        int64_t ticket_id = ids[kept];
        json_t *ticket = table_get(&w->tables[TICKETS], ticket_id);
        const char *state = json_string_value(json_object_get(ticket, "state"));
        bool open = state != NULL && strcmp(state, "open") == 0;
        json_decref(ticket);
        if (open || !open_only)
            ticket_set(w, ticket_id, member, json_null());
        else
            kept++;
    }
}

void refdesk_unassign(struct world *w, int64_t id)
{
    tickets_forget(w, TICKETS_BY_ASSIGNEE, "assignee_id", id, true);
}

json_t *refdesk_ticket_new(struct world *w, int64_t assignee,
                           const char *subject)
{
    struct table *t = &w->tables[TICKETS];
    int64_t id = table_new_id(t);
    json_t *ticket =
        json_pack("{s:I, s:s, s:s, s:o, s:n, s:o, s:o}", "id", (json_int_t)id,
                  "subject", subject, "state", "open", "assignee_id",
                  assignee ? json_integer(assignee) : json_null(), "team_id",
                  "created_at", world_time_json(world_now(w)), "updated_at",
                  world_time_json(world_now(w)));

    table_put(t, id, ticket);
    return ticket;
}

/* ---- rules ----------------------------------------------------------------
 */

bool rule_email(const struct world *w, const char *email, int64_t self,
                struct problem *p)
{
    const char *at = email ? strchr(email, '@') : NULL;

    if (at == NULL || at == email || strpbrk(email, " \t\r\n<>,;") != NULL ||
        strchr(at + 1, '@') != NULL || at[1] == '\0' ||
        strlen(email) > EMAIL_MAX)
        return problem_set(p, 422, "invalid_email", "email",
                           "The email is no address.");
    int64_t other = refdesk_user_by_email(w, email);
    if (other != 0 && other != self) {
        (void)problem_set(p, 409, "user_exists", "email",
                          "Somebody has this email already.");
        p->id = other;
        return false;
    }
    return true;
}

bool rule_name(const json_t *name, struct problem *p)
{
    size_t len = json_string_length(name);

    if (json_is_null(name))
        return true;
    if (!json_is_string(name) || len == 0 || len > NAME_MAX_BYTES)
        return problem_set(p, 422, "invalid_name", "name",
                           "A name is a text of 1 to %d bytes.",
                           NAME_MAX_BYTES);
    return true;
}

/* Does somebody of this role and status take a seat? */
static bool takes_seat(const struct world *w, const char *role,
                       const char *status)
{
    bool viewer = strcmp(role, "viewer") == 0;

    if (strcmp(status, "deactivated") == 0)
        return false;
    if (knob_is(&w->knobs, KNOB_SEAT_COUNT, "active"))
        return !viewer && strcmp(status, "active") == 0;
    return !viewer || knob_is(&w->knobs, KNOB_SEAT_COUNT, "all");
}

static long seats_taken(const struct world *w)
{
    const struct table *users = &w->tables[USERS];
    long taken = 0;

    for (size_t i = 0; i < users->count; i++) {
        json_t *user = json_loads(users->rows[i].text, 0, NULL);
        taken += takes_seat(w, user_role(user), user_status(user));
        json_decref(user);
    }
    return taken;
}

bool rule_seat(const struct world *w, const char *role, const char *status,
               struct problem *p)
{
    long seats = knob_number(&w->knobs, KNOB_SEATS);
    int answer = (int)strtol(knob_text(&w->knobs, KNOB_SEAT_STATUS), NULL, 10);

    if (seats <= 0 || !takes_seat(w, role, status) || seats_taken(w) < seats)
        return true;
    return problem_set(p, answer, "seat_limit", NULL,
                       "All %ld seats are taken.", seats);
}

bool rule_teams(const struct world *w, const json_t *ids, struct problem *p)
{
    const json_t *id = NULL;
    size_t i = 0;

    if (!json_is_array(ids))
        return problem_set(p, 422, "invalid_team", "team_ids",
                           "team_ids is a list of team ids.");
    json_array_foreach (ids, i, id) {
        if (!json_is_integer(id) ||
            table_text(&w->tables[TEAMS], json_integer_value(id)) == NULL)
            return problem_set(p, 422, "invalid_team", "team_ids",
                               "Element %zu names no team.", i);
    }
    return true;
}

static bool other_admin(const struct world *w, int64_t self)
{
    size_t count = 0;
    const int64_t *ids =
        table_where(&w->tables[USERS], USERS_BY_ROLE, "admin", &count);
    bool found = false;

    for (size_t i = 0; i < count && !found; i++) {
        json_t *user = table_get(&w->tables[USERS], ids[i]);
        found = ids[i] != self && user_is(user, "admin", "active");
        json_decref(user);
    }
    return found;
}

bool rule_leaving_admin(const struct world *w, int64_t id, const json_t *user,
                        struct problem *p)
{
    if (knob_number(&w->knobs, KNOB_GUARDS) == 0)
        return true;
    if (strcmp(user_role(user), "owner") == 0)
        return problem_set(p, 403, "owner_locked", NULL,
                           "The owner can be changed by the owner alone.");
    if (user_is(user, "admin", "active") && !other_admin(w, id))
        return problem_set(p, 403, "last_admin", NULL,
                           "The last admin must stay one.");
    return true;
}

bool change_role(const struct world *w, int64_t id, json_t *user,
                 const char *role, struct problem *p)
{
    if (role == NULL ||
        (strcmp(role, "admin") != 0 && strcmp(role, "agent") != 0 &&
         strcmp(role, "viewer") != 0))
        return problem_set(p, 422, "invalid_role", "role",
                           "The role is one of admin, agent, viewer.");
    if (strcmp(role, user_role(user)) == 0)
        return true;
    if (!rule_leaving_admin(w, id, user, p))
        return false;
    if (!takes_seat(w, user_role(user), user_status(user)) &&
        !rule_seat(w, role, user_status(user), p))
        return false;
    json_object_set_new(user, "role", json_string(role));
    if (strcmp(role, "agent") != 0)
        json_object_set_new(user, "permissions", json_array());
    return true;
}

bool change_deactivate(struct world *w, int64_t id, json_t *user,
                       struct problem *p)
{
    if (strcmp(user_status(user), "invited") == 0)
        return problem_set(p, 422, "not_active", NULL,
                           "Nobody has accepted yet: revoke the invitation.");
    if (!rule_leaving_admin(w, id, user, p))
        return false;
    json_object_set_new(user, "status", json_string("deactivated"));
    refdesk_unassign(w, id);
    return true;
}

/* ---- teams ----------------------------------------------------------------
 */

static size_t team_at(const json_t *team_ids, int64_t team)
{
    size_t i = 0;

    while (i < json_array_size(team_ids) &&
           json_integer_value(json_array_get(team_ids, i)) != team)
        i++;
    return i;
}

bool refdesk_join(struct world *w, int64_t user_id, int64_t team)
{
    json_t *user = table_get(&w->tables[USERS], user_id);
    json_t *team_ids = json_object_get(user, "team_ids");
    bool joins = user && team_at(team_ids, team) == json_array_size(team_ids);

    if (joins) {
        json_array_append_new(team_ids, json_integer(team));
        refdesk_user_put(w, user_id, user);
    }
    json_decref(user);
    return joins;
}

bool refdesk_leave(struct world *w, int64_t user_id, int64_t team)
{
    json_t *user = table_get(&w->tables[USERS], user_id);
    json_t *team_ids = json_object_get(user, "team_ids");
    size_t at = team_at(team_ids, team);
    bool leaves = at < json_array_size(team_ids);

    if (leaves) {
        json_array_remove(team_ids, at);
        refdesk_user_put(w, user_id, user);
    }
    json_decref(user);
    return leaves;
}

void refdesk_team_drop(struct world *w, int64_t team)
{
    char key[24];
    size_t count = 0;
    const int64_t *ids = NULL;

    (void)snprintf(key, sizeof(key), "%" PRId64, team);
    while ((ids = table_where(&w->tables[USERS], USERS_BY_TEAM, key, &count)))
        (void)refdesk_leave(w, ids[count - 1], team);
    tickets_forget(w, TICKETS_BY_TEAM, "team_id", team, false);
    (void)table_drop(&w->tables[TEAMS], team);
}

json_t *refdesk_team_new(struct world *w, const char *name,
                         const char *description)
{
    struct table *t = &w->tables[TEAMS];
    int64_t id = table_new_id(t);
    json_t *team = json_pack("{s:I, s:s, s:s?, s:o, s:o}", "id", (json_int_t)id,
                             "name", name, "description", description,
                             "created_at", world_time_json(world_now(w)),
                             "updated_at", world_time_json(world_now(w)));

    table_put(t, id, team);
    return team;
}
