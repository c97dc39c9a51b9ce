/*
 * test/sim/kustomer_human.c - what a person does in Kustomer's web pages
 *
 * Users are named by "id" or "email", teams and role groups by name or id.
 * Guards of the API do not hold here.
 *
 *   create_user   email name role_group type invited
 *   accept_invitation   expire_invitation   deactivate   restore   erase
 *   set           fields {..}: any member, unchecked
 *   rename        name new_email              set_role_group  role_group
 *   create_team   name members                rename_team  team name
 *   delete_team   team                        restore_team id
 *   add_to_team   team                        remove_from_team  team
 *   create_role_group  name roles             delete_role_group  role_group
 *   conversation_open  count status name with [ids]
 *   conversation_set   conversation fields {..}
 *   create_key    token roles expires_s pod user
 *   send_webhooks      one try of each delivery that is due; backwards, twice
 */
#include "test/sim/kustomer_internal.h"

#include <stdio.h>
#include <string.h>

#define PERSON KS_MACHINE /* whom changes are said to be by */

struct reason {
    char *text;
    size_t size;
};

static json_t *sorry(const struct reason *why, const char *text)
{
    (void)snprintf(why->text, why->size, "%s", text);
    return NULL;
}

static json_t *user_arg(const struct world *w, const json_t *args,
                        int64_t *number, const struct reason *why)
{
    const char *email = ks_text(args, "email");

    *number = email[0] ? ks_user_by_email(w, email)
                       : ks_find(w, KS_USERS, ks_text(args, "id"));
    json_t *user = table_get(&w->tables[KS_USERS], *number);
    return user ? user : sorry(why, "No such user.");
}

/* `role_group` as a list of ids, new; a name that is not there: []. */
static json_t *group_arg(const struct world *w, const json_t *args)
{
    json_t *group = table_get(&w->tables[KS_GROUPS],
                              ks_group_by_name(w, ks_text(args, "role_group")));
    json_t *ids = json_array();

    if (group != NULL)
        json_array_append(ids, json_object_get(group, "id"));
    json_decref(group);
    return ids;
}

static void take(const json_t *args, const char *from, json_t *row,
                 const char *to)
{
    json_t *value = json_object_get(args, from);

    if (value)
        json_object_set(row, to, value);
}

/* ---- users -------------------------------------------------------------- */

static json_t *create_user(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    json_t *fields =
        json_pack("{s:s, s:[s], s:o}", "name", "New Colleague", "roles",
                  "org.user", "roleGroups", group_arg(w, args));
    json_t *user = NULL;

    take(args, "email", fields, "email");
    take(args, "name", fields, "name");
    take(args, "type", fields, "userType");
    if (ks_text(fields, "email")[0] == '\0' ||
        ks_user_by_email(w, ks_text(fields, "email")) != 0)
        user = sorry(&why, "A user needs an address that nobody else has.");
    else
        user = ks_user_new(
            w, fields, json_is_true(json_object_get(args, "invited")), PERSON);
    json_decref(fields);
    return user;
}

/* What an act does to one user; false: it cannot be done. */
typedef bool change_fn(struct world *w, const json_t *args, json_t *user);

static json_t *change_user(struct world *w, const json_t *args,
                           change_fn *change, const struct reason *why)
{
    int64_t number = 0;
    json_t *user = user_arg(w, args, &number, why);
    json_t *before = json_deep_copy(user);

    if (user != NULL && !change(w, args, user)) {
        json_decref(user);
        user = sorry(why, "That does not hold for this user.");
    }
    if (user != NULL)
        ks_user_changed(w, user, before, PERSON);
    json_decref(before);
    return user;
}

static bool do_accept(struct world *w, const json_t *args, json_t *user)
{
    (void)args;
    if (!json_is_true(json_object_get(user, "_pending")) ||
        json_is_true(json_object_get(user, "_expired")))
        return false;
    json_object_set_new(user, "_pending", json_false());
    json_object_set_new(user, "emailVerifiedAt", ks_now(w));
    json_object_set(user, "firstEmailVerifiedAt",
                    json_object_get(user, "emailVerifiedAt"));
    return true;
}

static bool do_expire(struct world *w, const json_t *args, json_t *user)
{
    (void)w;
    (void)args;
    json_object_set_new(user, "_expired", json_true());
    return json_is_true(json_object_get(user, "_pending"));
}

static bool do_deactivate(struct world *w, const json_t *args, json_t *user)
{
    (void)args;
    ks_user_deactivate(w, user, true);
    return true;
}

static bool do_restore(struct world *w, const json_t *args, json_t *user)
{
    (void)args;
    ks_user_deactivate(w, user, false);
    return true;
}

static bool do_set(struct world *w, const json_t *args, json_t *user)
{
    (void)w;
    return json_object_update(user, json_object_get(args, "fields")) == 0;
}

static bool do_rename(struct world *w, const json_t *args, json_t *user)
{
    (void)w;
    take(args, "name", user, "name");
    take(args, "name", user, "displayName");
    take(args, "new_email", user, "email");
    return true;
}

static bool do_group(struct world *w, const json_t *args, json_t *user)
{
    json_object_set_new(user, "roleGroups", group_arg(w, args));
    return true;
}

#define ON_USER(act, change)                                                   \
    static json_t *act(struct world *w, const json_t *args, char *text,        \
                       size_t size)                                            \
    {                                                                          \
        const struct reason why = {text, size};                                \
        return change_user(w, args, change, &why);                             \
    }
ON_USER(accept_invitation, do_accept)
ON_USER(expire_invitation, do_expire)
ON_USER(deactivate, do_deactivate)
ON_USER(restore, do_restore)
ON_USER(set_fields, do_set)
ON_USER(rename_user, do_rename)
ON_USER(set_role_group, do_group)

/* Done by Kustomer's support alone. */
static json_t *erase(struct world *w, const json_t *args, char *text,
                     size_t size)
{
    struct reason why = {text, size};
    int64_t number = 0;
    json_t *user = user_arg(w, args, &number, &why);

    (void)table_drop(&w->tables[KS_USERS], number);
    return user;
}

/* ---- teams and role groups ------------------------------------------------
 */

static json_t *team_arg(const struct world *w, const json_t *args,
                        const struct reason *why)
{
    json_t *team = table_get(&w->tables[KS_TEAMS],
                             ks_team_by_name(w, ks_text(args, "team")));

    return team ? team : sorry(why, "No such team.");
}

static json_t *create_team(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};

    if (ks_text(args, "name")[0] == '\0')
        return sorry(&why, "A team needs a name.");
    return ks_team_new(w, args, PERSON);
}

static json_t *changed_team(struct world *w, json_t *team, const json_t *before)
{
    ks_team_changed(w, team, before, PERSON);
    return team;
}

static json_t *rename_team(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    json_t *team = team_arg(w, args, &why), *before = json_deep_copy(team);

    if (team != NULL) {
        take(args, "name", team, "name");
        take(args, "name", team, "displayName");
        team = changed_team(w, team, before);
    }
    json_decref(before);
    return team;
}

static json_t *delete_team(struct world *w, const json_t *args, char *text,
                           size_t size)
{
    struct reason why = {text, size};
    json_t *team = team_arg(w, args, &why);

    if (team != NULL) {
        json_object_set_new(team, "deleted", json_true());
        json_object_set_new(team, "deletedAt", ks_now(w));
        table_put(&w->tables[KS_TEAMS],
                  ks_find(w, KS_TEAMS, ks_text(team, "id")), team);
    }
    return team;
}

static json_t *restore_team(struct world *w, const json_t *args, char *text,
                            size_t size)
{
    struct reason why = {text, size};
    int64_t number = ks_find(w, KS_TEAMS, ks_text(args, "id"));
    json_t *team = table_get(&w->tables[KS_TEAMS], number);

    if (team == NULL)
        return sorry(&why, "No such team.");
    json_object_set_new(team, "deleted", json_false());
    json_object_set_new(team, "deletedAt", json_null());
    table_put(&w->tables[KS_TEAMS], number, team);
    return team;
}

static json_t *membership(struct world *w, const json_t *args, bool joins,
                          const struct reason *why)
{
    int64_t number = 0;
    json_t *user = user_arg(w, args, &number, why);
    json_t *team = user ? team_arg(w, args, why) : NULL;
    json_t *before = json_deep_copy(team);
    json_t *members = json_object_get(team, "members");

    if (team != NULL) {
        (void)ks_remove(members, ks_text(user, "id"));
        if (joins)
            json_array_append(members, json_object_get(user, "id"));
        team = changed_team(w, team, before);
    }
    json_decref(before);
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

static json_t *create_role_group(struct world *w, const json_t *args,
                                 char *text, size_t size)
{
    struct reason why = {text, size};
    json_t *group =
        json_pack("{s:s, s:n, s:b, s:b, s:[]}", "name", ks_text(args, "name"),
                  "description", "display", 1, "system", 0, "roles");

    if (ks_text(args, "name")[0] == '\0') {
        json_decref(group);
        return sorry(&why, "A role group needs a name.");
    }
    take(args, "roles", group, "roles");
    int64_t number = ks_new_id(w, KS_GROUPS, group);
    ks_made(w, group, PERSON);
    table_put(&w->tables[KS_GROUPS], number, group);
    return group;
}

static json_t *delete_role_group(struct world *w, const json_t *args,
                                 char *text, size_t size)
{
    struct reason why = {text, size};
    int64_t number = ks_group_by_name(w, ks_text(args, "role_group"));
    json_t *group = table_get(&w->tables[KS_GROUPS], number);

    if (group == NULL)
        return sorry(&why, "No such role group.");
    (void)table_drop(&w->tables[KS_GROUPS], number);
    return group;
}

/* ---- conversations, keys, hooks -------------------------------------------
 */

static json_t *conversation_open(struct world *w, const json_t *args,
                                 char *text, size_t size)
{
    struct reason why = {text, size};
    json_int_t count = json_integer_value(json_object_get(args, "count"));
    const char *status = ks_text(args, "status");
    const char *name = ks_text(args, "name");
    const json_t *with = json_object_get(args, "with");
    int64_t number = 0;
    json_t *user = user_arg(w, args, &number, &why), *made = NULL;

    if (user == NULL)
        return NULL;
    made = json_array();
    for (json_int_t i = 0; i < (count > 0 ? count : 1); i++) {
        json_t *row = ks_conversation_new(w, ks_text(user, "id"),
                                          status[0] ? status : "open",
                                          name[0] ? name : "A question");
        if (json_is_array(with)) {
            (void)json_array_extend(json_object_get(row, "assignedUsers"),
                                    (json_t *)with);
            table_put(&w->tables[KS_CONVERSATIONS],
                      ks_find(w, KS_CONVERSATIONS, ks_text(row, "id")), row);
        }
        json_array_append_new(made, row);
    }
    json_decref(user);
    return made;
}

static json_t *conversation_set(struct world *w, const json_t *args, char *text,
                                size_t size)
{
    struct reason why = {text, size};
    int64_t number =
        ks_find(w, KS_CONVERSATIONS, ks_text(args, "conversation"));
    json_t *row = table_get(&w->tables[KS_CONVERSATIONS], number);
    const json_t *fields = json_object_get(args, "fields");
    struct answer a = {0};
    bool done =
        row != NULL && ks_conversation_change(w, row, fields, false, &a);

    answer_clear(&a);
    if (done)
        return row;
    json_decref(row);
    return sorry(&why, "That does not hold for this conversation.");
}

static json_t *create_key(struct world *w, const json_t *args, char *text,
                          size_t size)
{
    struct reason why = {text, size};
    const char *token = ks_text(args, "token"), *user = ks_text(args, "user");
    json_t *roles = json_object_get(args, "roles");

    if (token[0] == '\0' || !json_is_array(roles))
        return sorry(&why, "A key needs a token and roles.");
    json_t *key = ks_key_new(w, token, "by hand", user[0] ? user : KS_MACHINE,
                             json_deep_copy(roles));
    json_int_t life = json_integer_value(json_object_get(args, "expires_s"));
    if (life > 0)
        json_object_set_new(key, "_expires", json_integer(world_now(w) + life));
    take(args, "pod", key, "_pod");
    table_put(&w->tables[KS_KEYS], ks_find(w, KS_KEYS, ks_text(key, "id")),
              key);
    return key;
}

static json_t *send_webhooks(struct world *w, const json_t *args, char *text,
                             size_t size)
{
    (void)text;
    (void)size;
    return ks_webhooks_send(w, json_is_true(json_object_get(args, "backwards")),
                            json_is_true(json_object_get(args, "twice")));
}

const struct act ks_acts[] = {
    {"create_user", create_user},
    {"accept_invitation", accept_invitation},
    {"expire_invitation", expire_invitation},
    {"deactivate", deactivate},
    {"restore", restore},
    {"erase", erase},
    {"set", set_fields},
    {"rename", rename_user},
    {"set_role_group", set_role_group},
    {"create_team", create_team},
    {"rename_team", rename_team},
    {"delete_team", delete_team},
    {"restore_team", restore_team},
    {"add_to_team", add_to_team},
    {"remove_from_team", remove_from_team},
    {"create_role_group", create_role_group},
    {"delete_role_group", delete_role_group},
    {"conversation_open", conversation_open},
    {"conversation_set", conversation_set},
    {"create_key", create_key},
    {"send_webhooks", send_webhooks},
    {NULL, NULL},
};
