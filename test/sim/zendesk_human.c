/*
 * test/sim/zendesk_human.c - what a person does in Zendesk's web interface
 *
 * Users are named by "id" or "email", groups by "group" (id or name). Guards
 * of the API do not hold here.
 *
 *   verify                                 the address is confirmed
 *   login
 *   create_user   email name role          role end-user: a customer
 *   rename        name new_email
 *   change_role   role                     end-user: a demotion, with all that
 *                                          comes of it
 *   suspend       unsuspend                delete_user
 *   set           fields {..}: any field, unchecked
 *   ticket_open   count subject status     ticket_close  ticket
 *   add_to_group  remove_from_group
 *   create_group  name description         rename_group  name
 *   delete_group  create_custom_role name
 */
#include "test/sim/act.h"
#include "test/sim/zendesk_internal.h"

static json_t *user_arg(struct world *w, const json_t *args, char *why,
                        size_t size)
{
    const char *email = act_text(args, "email");
    json_t *user = table_get(&w->tables[ZD_USERS],
                             email ? zd_holder(w, email) : row_id(args));

    return user ? user : act_sorry(why, size, "No such user.");
}

static json_t *group_arg(struct world *w, const json_t *args, char *why,
                         size_t size)
{
    return act_record(
        w, args, (struct act_name){"group", ZD_GROUPS, ZD_BY_NAME}, why, size);
}

static json_t *kept(struct world *w, json_t *user)
{
    if (user)
        row_keep(w, ZD_USERS, user);
    return user;
}

static json_t *set_value(struct world *w, const json_t *args,
                         const char *member, json_t *value, char *why,
                         size_t size)
{
    json_t *user = user_arg(w, args, why, size);

    if (user)
        json_object_set(user, member, value);
    json_decref(value);
    return kept(w, user);
}

static json_t *verify(struct world *w, const json_t *args, char *why,
                      size_t size)
{
    return set_value(w, args, "verified", json_true(), why, size);
}

static json_t *login(struct world *w, const json_t *args, char *why,
                     size_t size)
{
    json_t *user = user_arg(w, args, why, size);

    if (user && (row_true(user, "suspended") || !row_true(user, "active"))) {
        json_decref(user);
        return act_sorry(why, size, "This user may not sign in.");
    }
    if (user)
        json_object_set_new(user, "last_login_at",
                            world_time_json(world_now(w)));
    return kept(w, user);
}

static json_t *create_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    const char *email = act_text(args, "email"), *name = act_text(args, "name");
    const char *role = act_text(args, "role");

    if (email == NULL || zd_holder(w, email) != 0)
        return act_sorry(why, size, "An address is needed that is free.");
    return zd_user_new(w, email, name ? name : email, role ? role : "agent");
}

static json_t *rename_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *user = user_arg(w, args, why, size), *made = NULL;
    const char *email = act_text(args, "new_email");

    if (user == NULL)
        return NULL;
    if (email && zd_holder(w, email) != 0) {
        json_decref(user);
        return act_sorry(why, size, "Somebody has this address.");
    }
    if (act_text(args, "name"))
        json_object_set(user, "name", json_object_get(args, "name"));
    if (email) {
        made = zd_identity_new(w, row_id(user), email, true, false);
        zd_make_primary(w, user, row_id(made));
        json_decref(made);
    }
    return kept(w, user);
}

static json_t *change_role(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *user = user_arg(w, args, why, size);
    bool was = user && zd_is_staff(user);

    if (user == NULL)
        return NULL;
    json_object_set(user, "role", json_object_get(args, "role"));
    if (was && !zd_is_staff(user))
        zd_loses_work(w, user);
    return kept(w, user);
}

static json_t *suspend(struct world *w, const json_t *args, char *why,
                       size_t size)
{
    return set_value(w, args, "suspended", json_true(), why, size);
}

static json_t *unsuspend(struct world *w, const json_t *args, char *why,
                         size_t size)
{
    return set_value(w, args, "suspended", json_false(), why, size);
}

static json_t *delete_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *user = user_arg(w, args, why, size);

    if (user)
        zd_user_drop(w, user);
    return user;
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
    const char *subject = act_text(args, "subject");
    const char *status = act_text(args, "status");
    int64_t count = row_number(args, "count");

    if (user == NULL)
        return NULL;
    made = json_array();
    for (int64_t i = 0; i < (count > 0 ? count : 1); i++) {
        json_t *ticket =
            zd_ticket_new(w, row_id(user), subject ? subject : "A question");
        if (status) {
            json_object_set_new(ticket, "status", json_string(status));
            row_keep(w, ZD_TICKETS, ticket);
        }
        json_array_append_new(made, ticket);
    }
    json_decref(user);
    return made;
}

static json_t *ticket_close(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    json_t *ticket =
        table_get(&w->tables[ZD_TICKETS], row_number(args, "ticket"));

    if (ticket == NULL)
        return act_sorry(why, size, "No such ticket.");
    json_object_set_new(ticket, "status", json_string("closed"));
    row_keep(w, ZD_TICKETS, ticket);
    return ticket;
}

static json_t *membership(struct world *w, const json_t *args, bool joins,
                          char *why, size_t size)
{
    json_t *user = user_arg(w, args, why, size);
    json_t *group = user ? group_arg(w, args, why, size) : NULL;
    json_t *links = NULL, *one = NULL;
    size_t i = 0;

    if (group == NULL) {
        json_decref(user);
        return NULL;
    }
    links = rows_by_id(w, ZD_LINKS, ZD_BY_USER, row_id(user));
    json_array_foreach (links, i, one) {
        if (!joins && row_number(one, "group_id") == row_id(group))
            zd_link_drop(w, one);
    }
    if (joins && !zd_is_member(w, row_id(user), row_id(group)))
        json_decref(zd_link_new(w, row_id(user), row_id(group)));
    json_decref(links);
    json_decref(group);
    return user;
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

    return name ? zd_group_new(w, name, act_text(args, "description"))
                : act_sorry(why, size, "A group needs a name.");
}

static json_t *rename_group(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    json_t *group = group_arg(w, args, why, size);

    if (group && act_text(args, "name")) {
        json_object_set(group, "name", json_object_get(args, "name"));
        row_keep(w, ZD_GROUPS, group);
    }
    return group;
}

static json_t *delete_group(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    json_t *group = group_arg(w, args, why, size), *links = NULL, *one = NULL;
    size_t i = 0;

    if (group == NULL)
        return NULL;
    links = rows_by_id(w, ZD_LINKS, ZD_BY_GROUP, row_id(group));
    json_array_foreach (links, i, one) {
        zd_link_drop(w, one);
    }
    json_decref(links);
    json_object_set_new(group, "deleted", json_true());
    row_keep(w, ZD_GROUPS, group);
    return group;
}

static json_t *create_custom_role(struct world *w, const json_t *args,
                                  char *why, size_t size)
{
    const char *name = act_text(args, "name");
    json_t *role = name ? json_pack("{s:s}", "name", name) : NULL;

    if (role == NULL)
        return act_sorry(why, size, "A role needs a name.");
    row_add(w, ZD_ROLES, role);
    return role;
}

const struct act zd_acts[] = {
    {"verify", verify},
    {"login", login},
    {"create_user", create_user},
    {"rename", rename_user},
    {"change_role", change_role},
    {"suspend", suspend},
    {"unsuspend", unsuspend},
    {"delete_user", delete_user},
    {"set", set_fields},
    {"ticket_open", ticket_open},
    {"ticket_close", ticket_close},
    {"add_to_group", add_to_group},
    {"remove_from_group", remove_from_group},
    {"create_group", create_group},
    {"rename_group", rename_group},
    {"delete_group", delete_group},
    {"create_custom_role", create_custom_role},
    {NULL, NULL},
};
