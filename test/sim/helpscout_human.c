/*
 * test/sim/helpscout_human.c - what a person does in Help Scout's web pages
 *
 * Users are named by "id" or "email", teams by "team" (id or name). Guards of
 * the API do not hold here.
 *
 *   create_user   email first last role invited mailboxes title phone
 *   accept_invitation   expire_invitation   delete_user   restore_user
 *   rename        first last new_email title     change_role  role
 *   set           fields {..}: any member, unchecked
 *   set_access    mailboxes [ids]
 *   add_to_team   remove_from_team   create_team  name   rename_team  name
 *   delete_team
 *   conversation_open   count mailbox status subject    conversation_close
 *   conversation_merge  conversation into
 *   authorize     a code for grant authorization_code
 *   revoke_tokens       every token ends
 *   send_webhooks       one try of each delivery that is due
 */
#include "test/sim/helpscout_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reason {
    char *text;
    size_t size;
};

static json_t *sorry(const struct reason *why, const char *text)
{
    (void)snprintf(why->text, why->size, "%s", text);
    return NULL;
}

static json_t *user_arg(const struct world *w, const json_t *args, int64_t *id,
                        const struct reason *why)
{
    const char *email = json_string_value(json_object_get(args, "email"));

    *id = email ? hs_user_by_email(w, email)
                : json_integer_value(json_object_get(args, "id"));
    json_t *user = table_get(&w->tables[HS_USERS], *id);
    return user ? user : sorry(why, "No such user.");
}

static json_t *team_arg(const struct world *w, const json_t *args, int64_t *id,
                        const struct reason *why)
{
    const json_t *team = json_object_get(args, "team");
    const struct table *t = &w->tables[HS_TEAMS];
    size_t count = 0;

    *id = json_integer_value(team);
    if (json_is_string(team)) {
        const int64_t *ids =
            table_where(t, BY_NAME, json_string_value(team), &count);
        *id = count > 0 ? ids[0] : 0;
    }
    json_t *row = table_get(t, *id);
    return row ? row : sorry(why, "No such team.");
}

/* Stores and returns the user. */
static json_t *kept(struct world *w, int64_t id, json_t *user)
{
    hs_user_touch(w, id, user);
    return user;
}

static void take(const json_t *args, const char *from, json_t *row,
                 const char *to)
{
    json_t *value = json_object_get(args, from);

    if (value)
        json_object_set(row, to, value);
}

/* ---- users
 * --------------------------------------------------------------------- */

static json_t *create_user(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    json_t *fields = json_pack("{s:s, s:s, s:s}", "firstName", "New",
                               "lastName", "Colleague", "role", "user");
    json_t *user = NULL;

    take(args, "email", fields, "email");
    take(args, "first", fields, "firstName");
    take(args, "last", fields, "lastName");
    take(args, "role", fields, "role");
    take(args, "title", fields, "jobTitle");
    take(args, "phone", fields, "phone");
    if (hs_text(fields, "email")[0] == '\0' ||
        !hs_email_free(w, hs_text(fields, "email"), 0)) {
        user = sorry(&why, "A user needs an address that nobody else has.");
    } else {
        user = hs_user_new(w, fields,
                           json_is_true(json_object_get(args, "invited")));
        take(args, "mailboxes", user, "_mailboxes");
        hs_user_touch(w, json_integer_value(json_object_get(user, "id")), user);
    }
    json_decref(fields);
    return user;
}

static json_t *accept_invitation(struct world *w, const json_t *args,
                                 char *text, size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why);

    if (user == NULL)
        return NULL;
    if (!json_is_true(json_object_get(user, "_invited")) ||
        json_is_true(json_object_get(user, "_expired"))) {
        json_decref(user);
        return sorry(&why, "There is no open invitation.");
    }
    json_object_set_new(user, "_invited", json_false());
    table_put(&w->tables[HS_USERS], id, user);
    return user;
}

/* Nothing that the API shows changes. */
static json_t *expire_invitation(struct world *w, const json_t *args,
                                 char *text, size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why);

    if (user == NULL)
        return NULL;
    json_object_set_new(user, "_expired", json_true());
    table_put(&w->tables[HS_USERS], id, user);
    return user;
}

static json_t *delete_user(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why);

    if (user)
        hs_user_drop(w, id);
    return user;
}

/* Done by Help Scout's support; conversations and teams do not come back. */
static json_t *restore_user(struct world *w, const json_t *args, char *text,
                            size_t size)
{
    struct reason why = {text, size};
    struct table *gone = &w->tables[HS_DELETED], *users = &w->tables[HS_USERS];
    const char *email = hs_text(args, "email");
    size_t count = 0;
    const int64_t *ids = table_where(gone, BY_EMAIL, email, &count);

    if (count == 0 || hs_user_by_email(w, email) != 0)
        return sorry(&why, "Nobody with this address was deleted, or the "
                           "address has a new owner.");
    int64_t old = ids[count - 1];
    int64_t id = HS_SET(w, RESTORE_ID, "new") ? table_new_id(users) : old;
    json_t *user = table_get(gone, old);
    json_object_set_new(user, "id", json_integer(id));
    (void)table_drop(gone, old);
    return kept(w, id, user);
}

static json_t *rename_user(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why);
    const char *email = hs_text(args, "new_email");

    if (user == NULL)
        return NULL;
    if (email[0] != '\0' && !hs_email_free(w, email, id)) {
        json_decref(user);
        return sorry(&why, "Somebody else has this address.");
    }
    take(args, "first", user, "firstName");
    take(args, "last", user, "lastName");
    take(args, "new_email", user, "email");
    take(args, "title", user, "jobTitle");
    return kept(w, id, user);
}

static json_t *change_role(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    const char *role = hs_text(args, "role");
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why);

    if (user == NULL)
        return NULL;
    if (!hs_role_known(role) && strcmp(role, "owner") != 0) {
        json_decref(user);
        return sorry(&why, "There is no such role.");
    }
    json_object_set_new(user, "role", json_string(role));
    if (strcmp(role, "light user") == 0) {
        hs_unassign_all(w, id);
        hs_user_leave_teams(w, id);
        hs_user_leave_rotations(w, id);
    }
    if (HS_SET(w, ROLE_UPDATED, "yes"))
        return kept(w, id, user);
    table_put(&w->tables[HS_USERS], id, user);
    return user;
}

static json_t *set_fields(struct world *w, const json_t *args, char *text,
                          size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why);
    json_t *fields = json_object_get(args, "fields");

    if (user == NULL)
        return NULL;
    if (json_is_object(fields))
        (void)json_object_update(user, fields);
    table_put(&w->tables[HS_USERS], id, user);
    return user;
}

static json_t *set_access(struct world *w, const json_t *args, char *text,
                          size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why);

    if (user == NULL)
        return NULL;
    take(args, "mailboxes", user, "_mailboxes");
    table_put(&w->tables[HS_USERS], id, user);
    return user;
}

/* ---- teams
 * ---------------------------------------------------------------------- */

static json_t *membership(struct world *w, const json_t *args, bool joins,
                          const struct reason *why)
{
    int64_t user_id = 0, team_id = 0;
    json_t *user = user_arg(w, args, &user_id, why);
    json_t *team = user ? team_arg(w, args, &team_id, why) : NULL;
    json_t *ids = json_object_get(team, "_userIds");

    if (team && joins && strcmp(hs_text(user, "role"), "light user") == 0) {
        json_decref(team);
        team = sorry(why, "A light user is in no team.");
    } else if (team) {
        bool member = hs_ids_have(ids, user_id);
        if (joins && !member)
            json_array_append_new(ids, json_integer(user_id));
        if (!joins && member)
            (void)hs_ids_remove(ids, user_id);
        table_put(&w->tables[HS_TEAMS], team_id, team);
    }
    json_decref(user);
    return team;
}

static json_t *add_to_team(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};

    return membership(w, args, true, &why);
}

static json_t *remove_from_team(struct world *w, const json_t *args, char *text,
                                size_t size)
{
    struct reason why = {text, size};

    return membership(w, args, false, &why);
}

static json_t *create_team(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    struct table *t = &w->tables[HS_TEAMS];
    const char *name = hs_text(args, "name");
    size_t count = 0;

    (void)table_where(t, BY_NAME, name, &count);
    if (name[0] == '\0' || count > 0)
        return sorry(&why, "A team needs a name that no other has.");
    int64_t id = table_new_id(t);
    json_t *team = json_pack(
        "{s:I, s:s, s:s, s:n, s:o, s:o, s:n, s:s, s:[]}", "id", (json_int_t)id,
        "name", name, "timezone", "Europe/Lisbon", "photoUrl", "createdAt",
        world_time_json(world_now(w)), "updatedAt",
        world_time_json(world_now(w)), "mention", "initials", "T", "_userIds");
    table_put(t, id, team);
    return team;
}

static json_t *rename_team(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *team = team_arg(w, args, &id, &why);

    if (team == NULL)
        return NULL;
    take(args, "name", team, "name");
    json_object_set_new(team, "updatedAt", world_time_json(world_now(w)));
    table_put(&w->tables[HS_TEAMS], id, team);
    return team;
}

static json_t *delete_team(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *team = team_arg(w, args, &id, &why);

    if (team == NULL)
        return NULL;
    (void)table_drop(&w->tables[HS_TEAMS], id);
    hs_unassign_all(w, id);
    return team;
}

/* ---- conversations, tokens, hooks
 * --------------------------------------------------- */

static json_t *conversation_open(struct world *w, const json_t *args,
                                 char *text, size_t size)
{
    struct reason why = {text, size};
    json_int_t count = json_integer_value(json_object_get(args, "count"));
    json_int_t inbox = json_integer_value(json_object_get(args, "mailbox"));
    const char *status = hs_text(args, "status");
    const char *subject = hs_text(args, "subject");
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why), *made = NULL;

    if (user == NULL)
        return NULL;
    json_decref(user);
    made = json_array();
    for (json_int_t i = 0; i < (count > 0 ? count : 1); i++)
        json_array_append_new(
            made, hs_conversation_new(w, id, inbox ? inbox : 7301,
                                      status[0] ? status : "active",
                                      subject[0] ? subject : "A question"));
    return made;
}

static json_t *conversation_arg(const struct world *w, const json_t *args,
                                int64_t *id, const struct reason *why)
{
    *id = json_integer_value(json_object_get(args, "conversation"));
    json_t *row = table_get(&w->tables[HS_CONVERSATIONS], *id);
    return row ? row : sorry(why, "No such conversation.");
}

static json_t *conversation_close(struct world *w, const json_t *args,
                                  char *text, size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *row = conversation_arg(w, args, &id, &why);

    if (row == NULL)
        return NULL;
    json_object_set_new(row, "status", json_string("closed"));
    table_put(&w->tables[HS_CONVERSATIONS], id, row);
    return row;
}

static json_t *conversation_merge(struct world *w, const json_t *args,
                                  char *text, size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *row = conversation_arg(w, args, &id, &why);

    if (row == NULL)
        return NULL;
    take(args, "into", row, "_mergedInto");
    table_put(&w->tables[HS_CONVERSATIONS], id, row);
    return row;
}

static json_t *authorize(struct world *w, const json_t *args, char *text,
                         size_t size)
{
    struct reason why = {text, size};
    int64_t id = 0;
    json_t *user = user_arg(w, args, &id, &why);
    bool known = user != NULL;

    json_decref(user);
    return known ? hs_token_code(w, id) : NULL;
}

static json_t *revoke_tokens(struct world *w, const json_t *args, char *text,
                             size_t size)
{
    struct table *t = &w->tables[HS_TOKENS];
    json_int_t count = (json_int_t)t->count;

    (void)args;
    (void)text;
    (void)size;
    while (t->count > 0)
        (void)table_drop(t, t->rows[t->count - 1].id);
    return json_integer(count);
}

static json_t *send_webhooks(struct world *w, const json_t *args, char *text,
                             size_t size)
{
    (void)args;
    (void)text;
    (void)size;
    return hs_webhooks_send(w);
}

const struct act hs_acts[] = {
    {"create_user", create_user},
    {"accept_invitation", accept_invitation},
    {"expire_invitation", expire_invitation},
    {"delete_user", delete_user},
    {"restore_user", restore_user},
    {"rename", rename_user},
    {"change_role", change_role},
    {"set", set_fields},
    {"set_access", set_access},
    {"add_to_team", add_to_team},
    {"remove_from_team", remove_from_team},
    {"create_team", create_team},
    {"rename_team", rename_team},
    {"delete_team", delete_team},
    {"conversation_open", conversation_open},
    {"conversation_close", conversation_close},
    {"conversation_merge", conversation_merge},
    {"authorize", authorize},
    {"revoke_tokens", revoke_tokens},
    {"send_webhooks", send_webhooks},
    {NULL, NULL},
};
