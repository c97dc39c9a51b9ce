/*
 * test/sim/refdesk_human.c - what a person does in refdesk's web interface
 *
 * Users are named by "id" or "email", teams by "team" (id or name). Guards of
 * the API do not hold here.
 *
 *   accept_invitation                  login
 *   create_user   email name role status   delete_user
 *   rename        name, new_email      change_role  role
 *   deactivate    reactivate           set  fields {..}: any field, unchecked
 *   ticket_open   count subject        ticket_close  ticket
 *   add_to_team   remove_from_team     create_team  name description
 *   rename_team   name description     delete_team
 */
#include "test/sim/refdesk_internal.h"

#include <stdio.h>
#include <string.h>

static const char *text_arg(const json_t *args, const char *name)
{
    return json_string_value(json_object_get(args, name));
}

static json_t *sorry(char *why, size_t size, const char *text)
{
    (void)snprintf(why, size, "%s", text);
    return NULL;
}

static json_t *user_arg(struct world *w, const json_t *args, int64_t *id,
                        char *why, size_t size)
{
    const char *email = text_arg(args, "email");

    *id = email ? refdesk_user_by_email(w, email)
                : json_integer_value(json_object_get(args, "id"));
    json_t *user = table_get(&w->tables[USERS], *id);
    return user ? user : sorry(why, size, "No such user.");
}

static json_t *team_arg(struct world *w, const json_t *args, int64_t *id,
                        char *why, size_t size)
{
    const json_t *team = json_object_get(args, "team");

    *id = json_is_string(team)
              ? refdesk_team_by_name(w, json_string_value(team))
              : json_integer_value(team);
    json_t *row = table_get(&w->tables[TEAMS], *id);
    return row ? row : sorry(why, size, "No such team.");
}

/* Stores and returns the user. */
static json_t *kept(struct world *w, int64_t id, json_t *user)
{
    refdesk_user_put(w, id, user);
    return user;
}

static void seen_now(struct world *w, int64_t id, json_t *user)
{
    struct table *t = &w->tables[LOGINS];
    json_t *login = json_pack("{s:I, s:o, s:s, s:s}", "user_id", (json_int_t)id,
                              "at", world_time_json(world_now(w)), "ip",
                              "192.0.2.9", "device", "Chrome on Windows");

    json_object_set(user, "last_login_at", json_object_get(login, "at"));
    table_put(t, table_new_id(t), login);
    json_decref(login);
}

static json_t *accept_invitation(struct world *w, const json_t *args, char *why,
                                 size_t size)
{
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, why, size);

    if (user == NULL)
        return NULL;
    const char *until =
        text_arg(json_object_get(user, "invitation"), "expires_at");
    char now[TIME_TEXT];
    bool late = until && strcmp(until, world_time_text(world_now(w), now)) < 0;
    if (late || strcmp(user_status(user), "invited") != 0) {
        json_decref(user);
        return sorry(why, size,
                     late ? "The invitation expired."
                          : "There is no open invitation.");
    }
    json_object_set_new(user, "status", json_string("active"));
    json_object_set_new(user, "invitation", json_null());
    seen_now(w, id, user);
    return kept(w, id, user);
}

static json_t *login(struct world *w, const json_t *args, char *why,
                     size_t size)
{
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, why, size);

    if (user == NULL)
        return NULL;
    if (strcmp(user_status(user), "active") != 0) {
        json_decref(user);
        return sorry(why, size, "Only an active user can sign in.");
    }
    seen_now(w, id, user);
    return kept(w, id, user);
}

static json_t *create_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    const char *role = text_arg(args, "role"),
               *status = text_arg(args, "status");
    struct newcomer who = {
        .email = text_arg(args, "email"),
        .name = text_arg(args, "name"),
        .role = role ? role : "agent",
        .status = status ? status : "active",
    };
    struct problem p;

    if (!rule_email(w, who.email, 0, &p))
        return sorry(why, size, p.message);
    return refdesk_user_new(w, &who);
}

static json_t *delete_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, why, size);

    if (user)
        refdesk_user_drop(w, id);
    return user;
}

static json_t *rename_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, why, size);
    const char *name = text_arg(args, "name");
    const char *email = text_arg(args, "new_email");
    struct problem p;

    if (user == NULL)
        return NULL;
    if (email && !rule_email(w, email, id, &p)) {
        json_decref(user);
        return sorry(why, size, p.message);
    }
    if (name)
        json_object_set_new(user, "name", json_string(name));
    if (email)
        json_object_set_new(user, "email", json_string(email));
    return kept(w, id, user);
}

static json_t *set_text(struct world *w, const json_t *args, const char *member,
                        const char *value, char *why, size_t size)
{
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, why, size);

    if (user == NULL)
        return NULL;
    if (value == NULL) {
        json_decref(user);
        return sorry(why, size, "Say the new value.");
    }
    json_object_set_new(user, member, json_string(value));
    return kept(w, id, user);
}

static json_t *change_user_role(struct world *w, const json_t *args, char *why,
                                size_t size)
{
    return set_text(w, args, "role", text_arg(args, "role"), why, size);
}

static json_t *reactivate(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    return set_text(w, args, "status", "active", why, size);
}

static json_t *deactivate(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    json_t *user = set_text(w, args, "status", "deactivated", why, size);

    if (user)
        refdesk_unassign(w, json_integer_value(json_object_get(user, "id")));
    return user;
}

static json_t *set_fields(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, why, size);
    json_t *fields = json_object_get(args, "fields");

    if (user == NULL)
        return NULL;
    if (json_is_object(fields))
        (void)json_object_update(user, fields);
    table_put(&w->tables[USERS], id, user);
    return user;
}

static json_t *ticket_open(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    const char *subject = text_arg(args, "subject");
    json_int_t count = json_integer_value(json_object_get(args, "count"));
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, why, size), *made = NULL;

    if (user == NULL)
        return NULL;
    json_decref(user);
    made = json_array();
    for (json_int_t i = 0; i < (count > 0 ? count : 1); i++)
        json_array_append_new(
            made, refdesk_ticket_new(w, id, subject ? subject : "A question"));
    return made;
}

static json_t *ticket_close(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    int64_t id = json_integer_value(json_object_get(args, "ticket"));
    json_t *ticket = table_get(&w->tables[TICKETS], id);

    if (ticket == NULL)
        return sorry(why, size, "No such ticket.");
    json_object_set_new(ticket, "state", json_string("closed"));
    table_put(&w->tables[TICKETS], id, ticket);
    return ticket;
}

static json_t *membership(struct world *w, const json_t *args, bool joins,
                          char *why, size_t size)
{
    int64_t user_id = 0, team_id = 0;
    json_t *user = user_arg(w, args, &user_id, why, size);
    json_t *team = user ? team_arg(w, args, &team_id, why, size) : NULL;

    if (user && team)
        (void)(joins ? refdesk_join(w, user_id, team_id)
                     : refdesk_leave(w, user_id, team_id));
    bool ok = user && team;
    json_decref(user);
    json_decref(team);
    return ok ? table_get(&w->tables[USERS], user_id) : NULL;
}

static json_t *add_to_team(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    return membership(w, args, true, why, size);
}

static json_t *remove_from_team(struct world *w, const json_t *args, char *why,
                                size_t size)
{
    return membership(w, args, false, why, size);
}

static json_t *create_team(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    const char *name = text_arg(args, "name");

    if (name == NULL || refdesk_team_by_name(w, name) != 0)
        return sorry(why, size, "A team needs a name that no other has.");
    return refdesk_team_new(w, name, text_arg(args, "description"));
}

static json_t *rename_team(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    int64_t id = 0;
    json_t *team = team_arg(w, args, &id, why, size);

    if (team == NULL)
        return NULL;
    if (text_arg(args, "name"))
        json_object_set(team, "name", json_object_get(args, "name"));
    if (text_arg(args, "description"))
        json_object_set(team, "description",
                        json_object_get(args, "description"));
    json_object_set_new(team, "updated_at", world_time_json(world_now(w)));
    table_put(&w->tables[TEAMS], id, team);
    return team;
}

static json_t *delete_team(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    int64_t id = 0;
    json_t *team = team_arg(w, args, &id, why, size);

    if (team)
        refdesk_team_drop(w, id);
    return team;
}

const struct act refdesk_acts[] = {
    {"accept_invitation", accept_invitation},
    {"login", login},
    {"create_user", create_user},
    {"delete_user", delete_user},
    {"rename", rename_user},
    {"change_role", change_user_role},
    {"deactivate", deactivate},
    {"reactivate", reactivate},
    {"set", set_fields},
    {"ticket_open", ticket_open},
    {"ticket_close", ticket_close},
    {"add_to_team", add_to_team},
    {"remove_from_team", remove_from_team},
    {"create_team", create_team},
    {"rename_team", rename_team},
    {"delete_team", delete_team},
    {NULL, NULL},
};
