/*
 * test/sim/zammad_human.c - what a person does in Zammad's web interface
 *
 * Users are named by "id" or "email", groups by "group" (id or name). Guards
 * of the API do not hold here.
 *
 *   create_user   email name role        role: Admin, Agent, Customer
 *   rename        name new_email         change_role  role
 *   deactivate    reactivate             delete_user
 *   ldap          the user comes from a directory that is synchronised
 *   set           fields {..}: any field, unchecked
 *   ticket_open   count state            ticket_close  ticket
 *   ticket_note   ticket: a save, with all that comes of it
 *   add_to_group  level                  remove_from_group
 *   create_group  name note              rename_group  name
 *   delete_group  (it is closed)         create_role   name
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test/sim/act.h"
#include "test/sim/zammad_internal.h"

static json_t *user_arg(struct world *w, const json_t *args, char *why,
                        size_t size)
{
    const char *email = act_text(args, "email");
    json_t *user = table_get(&w->tables[ZA_USERS],
                             email ? za_user_by_email(w, email) : row_id(args));

    return user ? user : act_sorry(why, size, "No such user.");
}

static json_t *group_arg(struct world *w, const json_t *args, char *why,
                         size_t size)
{
    return act_record(
        w, args, (struct act_name){"group", ZA_GROUPS, ZA_BY_NAME}, why, size);
}

static json_t *kept(struct world *w, json_t *user)
{
    if (user)
        row_keep(w, ZA_USERS, user);
    return user;
}

static void take_name(json_t *user, const char *name)
{
    const char *blank = strchr(name, ' ');
    size_t len = blank ? (size_t)(blank - name) : strlen(name);

    json_object_set_new(user, "firstname", json_stringn(name, len));
    json_object_set_new(user, "lastname", json_string(blank ? blank + 1 : ""));
}

static bool take_role(const struct world *w, json_t *user, const char *role)
{
    int64_t id = role ? za_by_name(w, ZA_ROLES, role) : 0;

    if (id == ZA_ADMIN)
        json_object_set_new(user, "role_ids",
                            json_pack("[i, i]", ZA_ADMIN, ZA_AGENT));
    else if (id != 0)
        json_object_set_new(user, "role_ids", json_pack("[I]", (json_int_t)id));
    return id != 0;
}

static json_t *create_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    const char *email = act_text(args, "email"), *name = act_text(args, "name");
    const char *role = act_text(args, "role");
    json_t *user = za_user_blank(w);

    if (email == NULL || za_user_by_email(w, email) != 0 ||
        !take_role(w, user, role ? role : "Agent")) {
        json_decref(user);
        return act_sorry(why, size, "A free address and a role are needed.");
    }
    json_object_set_new(user, "email", json_string(email));
    json_object_set_new(user, "login", json_string(email));
    take_name(user, name ? name : email);
    za_user_add(w, user);
    return user;
}

static json_t *rename_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *user = user_arg(w, args, why, size);

    if (user && act_text(args, "name"))
        take_name(user, act_text(args, "name"));
    if (user && act_text(args, "new_email"))
        json_object_set(user, "email", json_object_get(args, "new_email"));
    return kept(w, user);
}

static json_t *change_role(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *user = user_arg(w, args, why, size);

    if (user && !take_role(w, user, act_text(args, "role"))) {
        json_decref(user);
        return act_sorry(why, size, "No such role.");
    }
    return kept(w, user);
}

static json_t *set_active(struct world *w, const json_t *args, bool active,
                          char *why, size_t size)
{
    json_t *user = user_arg(w, args, why, size);

    if (user)
        json_object_set_new(user, "active", json_boolean(active));
    return kept(w, user);
}

static json_t *deactivate(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    return set_active(w, args, false, why, size);
}

static json_t *reactivate(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    return set_active(w, args, true, why, size);
}

static json_t *delete_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *user = user_arg(w, args, why, size);

    if (user)
        (void)table_drop(&w->tables[ZA_USERS], row_id(user));
    return user;
}

static json_t *from_ldap(struct world *w, const json_t *args, char *why,
                         size_t size)
{
    json_t *user = user_arg(w, args, why, size);

    if (user)
        json_object_set_new(user, "source", json_string("Ldap::3"));
    return kept(w, user);
}

static json_t *set_fields(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    json_t *user = user_arg(w, args, why, size);
    json_t *fields = json_object_get(args, "fields");

    if (user && json_is_object(fields))
        (void)json_object_update(user, fields);
    return kept(w, user);
}

static json_t *ticket_open(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *user = user_arg(w, args, why, size), *made = NULL;
    int64_t count = row_number(args, "count");

    if (user == NULL)
        return NULL;
    made = json_array();
    for (int64_t i = 0; i < (count > 0 ? count : 1); i++) {
        json_t *ticket = za_ticket_new(w, row_id(user), "A question");
        if (act_text(args, "state")) {
            json_object_set(ticket, "state", json_object_get(args, "state"));
            row_keep(w, ZA_TICKETS, ticket);
        }
        json_array_append_new(made, ticket);
    }
    json_decref(user);
    return made;
}

static json_t *ticket_arg(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    json_t *ticket =
        table_get(&w->tables[ZA_TICKETS], row_number(args, "ticket"));

    return ticket ? ticket : act_sorry(why, size, "No such ticket.");
}

static json_t *ticket_close(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    json_t *ticket = ticket_arg(w, args, why, size);

    if (ticket) {
        json_object_set_new(ticket, "state", json_string("closed"));
        row_keep(w, ZA_TICKETS, ticket);
    }
    return ticket;
}

static json_t *ticket_note(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *ticket = ticket_arg(w, args, why, size);

    if (ticket)
        za_ticket_save(w, ticket);
    return ticket;
}

static json_t *membership(struct world *w, const json_t *args, bool joins,
                          char *why, size_t size)
{
    json_t *user = user_arg(w, args, why, size);
    json_t *group = user ? group_arg(w, args, why, size) : NULL;
    json_t *map = json_object_get(user, "group_ids");
    const char *level = act_text(args, "level");
    char key[24];

    if (group == NULL) {
        json_decref(user);
        return NULL;
    }
    (void)snprintf(key, sizeof(key), "%" PRId64, row_id(group));
    if (joins)
        json_object_set_new(map, key, json_pack("[s]", level ? level : "full"));
    else
        (void)json_object_del(map, key);
    json_decref(group);
    return kept(w, user);
}

static json_t *add_to_group(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    return membership(w, args, true, why, size);
}

static json_t *remove_from_group(struct world *w, const json_t *args, char *why,
                                 size_t size)
{
    return membership(w, args, false, why, size);
}

static json_t *create_group(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    const char *name = act_text(args, "name");

    return name ? za_group_new(w, name, act_text(args, "note"))
                : act_sorry(why, size, "A group needs a name.");
}

static json_t *change_group(struct world *w, const json_t *args,
                            const char *member, json_t *value, char *why,
                            size_t size)
{
    json_t *group = group_arg(w, args, why, size);

    if (group) {
        json_object_set(group, member, value);
        row_keep(w, ZA_GROUPS, group);
    }
    json_decref(value);
    return group;
}

static json_t *rename_group(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    return change_group(w, args, "name",
                        json_incref(json_object_get(args, "name")), why, size);
}

static json_t *delete_group(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    return change_group(w, args, "active", json_false(), why, size);
}

static json_t *create_role(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    const char *name = act_text(args, "name");
    json_t *role =
        name ? json_pack("{s:s, s:b}", "name", name, "active", 1) : NULL;

    if (role == NULL)
        return act_sorry(why, size, "A role needs a name.");
    row_add(w, ZA_ROLES, role);
    return role;
}

const struct act za_acts[] = {
    {"create_user", create_user},
    {"rename", rename_user},
    {"change_role", change_role},
    {"deactivate", deactivate},
    {"reactivate", reactivate},
    {"delete_user", delete_user},
    {"ldap", from_ldap},
    {"set", set_fields},
    {"ticket_open", ticket_open},
    {"ticket_close", ticket_close},
    {"ticket_note", ticket_note},
    {"add_to_group", add_to_group},
    {"remove_from_group", remove_from_group},
    {"create_group", create_group},
    {"rename_group", rename_group},
    {"delete_group", delete_group},
    {"create_role", create_role},
    {NULL, NULL},
};
