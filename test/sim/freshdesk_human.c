/*
 * test/sim/freshdesk_human.c - what a person does in Freshdesk's web interface
 *
 * Agents are named by "id" or "email", groups by "group" (id or name).
 *
 *   activate                        the address is confirmed
 *   create_user    email name role  role: a role's name, or "customer"
 *   rename         name new_email   (the organisation's console)
 *   change_role    role
 *   deactivate     reactivate       as the API cannot: work goes to nobody, the
 *                                   groups stay
 *   demote         delete_user      the account is gone, as contact too
 *   delete_contact id
 *   set            fields {..}: any field, unchecked
 *   ticket_open    count status     ticket_close  ticket
 *   add_to_group   remove_from_group
 *   create_group   name description rename_group  name       delete_group
 */
#include <string.h>

#include "test/sim/act.h"
#include "test/sim/freshdesk_internal.h"

static json_t *agent_arg(struct world *w, const json_t *args, char *why,
                         size_t size)
{
    const char *email = act_text(args, "email");
    json_t *agent =
        table_get(&w->tables[FD_AGENTS],
                  email ? fd_agent_by_email(w, email) : row_id(args));

    return agent ? agent : act_sorry(why, size, "No such agent.");
}

static json_t *group_arg(struct world *w, const json_t *args, char *why,
                         size_t size)
{
    return act_record(
        w, args, (struct act_name){"group", FD_GROUPS, FD_BY_NAME}, why, size);
}

static json_t *kept(struct world *w, json_t *agent)
{
    if (agent)
        fd_agent_keep(w, agent);
    return agent;
}

static json_t *activate(struct world *w, const json_t *args, char *why,
                        size_t size)
{
    json_t *agent = agent_arg(w, args, why, size);

    if (agent)
        json_object_set_new(json_object_get(agent, "contact"), "active",
                            json_true());
    return kept(w, agent);
}

static json_t *create_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    const char *role = act_text(args, "role");
    struct fd_person who = {.email = act_text(args, "email"),
                            .name = act_text(args, "name"),
                            .active = true};

    if (who.email == NULL || fd_agent_by_email(w, who.email) != 0 ||
        fd_contact_by_email(w, who.email) != 0)
        return act_sorry(why, size, "An address is needed that is free.");
    if (who.name == NULL)
        who.name = who.email;
    if (role && strcmp(role, "customer") == 0)
        return fd_contact_new(w, &who);
    json_t *agent = fd_agent_new(w, &who);
    if (role && fd_role(w, role) != 0)
        json_object_set_new(agent, "role_ids",
                            json_pack("[I]", (json_int_t)fd_role(w, role)));
    return kept(w, agent);
}

static json_t *rename_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *agent = agent_arg(w, args, why, size);
    json_t *contact = json_object_get(agent, "contact");

    if (agent && act_text(args, "name"))
        json_object_set(contact, "name", json_object_get(args, "name"));
    if (agent && act_text(args, "new_email"))
        json_object_set(contact, "email", json_object_get(args, "new_email"));
    return kept(w, agent);
}

static json_t *change_role(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *agent = agent_arg(w, args, why, size);
    const char *role = act_text(args, "role");

    if (agent && (role == NULL || fd_role(w, role) == 0)) {
        json_decref(agent);
        return act_sorry(why, size, "No such role.");
    }
    if (agent)
        json_object_set_new(agent, "role_ids",
                            json_pack("[I]", (json_int_t)fd_role(w, role)));
    return kept(w, agent);
}

static json_t *switch_off(struct world *w, const json_t *args, bool off,
                          char *why, size_t size)
{
    json_t *agent = agent_arg(w, args, why, size);

    if (agent && off)
        fd_unassign(w, row_id(agent), false);
    if (agent)
        json_object_set_new(agent, "deactivated", json_boolean(off));
    return kept(w, agent);
}

static json_t *deactivate(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    return switch_off(w, args, true, why, size);
}

static json_t *reactivate(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    return switch_off(w, args, false, why, size);
}

static json_t *demote(struct world *w, const json_t *args, char *why,
                      size_t size)
{
    json_t *agent = agent_arg(w, args, why, size);
    json_t *contact = agent ? fd_demote(w, agent) : NULL;

    json_decref(agent);
    return contact;
}

static json_t *delete_user(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *contact = demote(w, args, why, size);

    if (contact)
        (void)table_drop(&w->tables[FD_CONTACTS], row_id(contact));
    return contact;
}

static json_t *delete_contact(struct world *w, const json_t *args, char *why,
                              size_t size)
{
    json_t *contact = table_get(&w->tables[FD_CONTACTS], row_id(args));

    if (contact == NULL)
        return act_sorry(why, size, "No such contact.");
    (void)table_drop(&w->tables[FD_CONTACTS], row_id(contact));
    return contact;
}

static json_t *set_fields(struct world *w, const json_t *args, char *why,
                          size_t size)
{
    json_t *agent = agent_arg(w, args, why, size);
    json_t *fields = json_object_get(args, "fields");

    if (agent && json_is_object(fields))
        (void)json_object_update(agent, fields);
    return kept(w, agent);
}

static json_t *ticket_open(struct world *w, const json_t *args, char *why,
                           size_t size)
{
    json_t *agent = agent_arg(w, args, why, size), *made = NULL;
    int64_t count = row_number(args, "count");

    if (agent == NULL)
        return NULL;
    made = json_array();
    for (int64_t i = 0; i < (count > 0 ? count : 1); i++) {
        json_t *ticket = fd_ticket_new(w, row_id(agent), "A question");
        if (json_object_get(args, "status")) {
            json_object_set(ticket, "status", json_object_get(args, "status"));
            row_keep(w, FD_TICKETS, ticket);
        }
        json_array_append_new(made, ticket);
    }
    json_decref(agent);
    return made;
}

static json_t *ticket_close(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    json_t *ticket =
        table_get(&w->tables[FD_TICKETS], row_number(args, "ticket"));

    if (ticket == NULL)
        return act_sorry(why, size, "No such ticket.");
    json_object_set_new(ticket, "status", json_integer(FD_CLOSED));
    row_keep(w, FD_TICKETS, ticket);
    return ticket;
}

static json_t *membership(struct world *w, const json_t *args, bool joins,
                          char *why, size_t size)
{
    json_t *agent = agent_arg(w, args, why, size);
    json_t *group = agent ? group_arg(w, args, why, size) : NULL;

    if (group == NULL) {
        json_decref(agent);
        return NULL;
    }
    fd_move(agent, row_id(group), joins);
    json_decref(group);
    return kept(w, agent);
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

    return name ? fd_group_new(w, name, act_text(args, "description"))
                : act_sorry(why, size, "A group needs a name.");
}

static json_t *rename_group(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    json_t *group = group_arg(w, args, why, size);

    if (group && act_text(args, "name")) {
        json_object_set(group, "name", json_object_get(args, "name"));
        row_keep(w, FD_GROUPS, group);
    }
    return group;
}

static json_t *delete_group(struct world *w, const json_t *args, char *why,
                            size_t size)
{
    json_t *group = group_arg(w, args, why, size);

    if (group)
        fd_group_drop(w, row_id(group));
    return group;
}

const struct act fd_acts[] = {
    {"activate", activate},
    {"create_user", create_user},
    {"rename", rename_user},
    {"change_role", change_role},
    {"deactivate", deactivate},
    {"reactivate", reactivate},
    {"demote", demote},
    {"delete_user", delete_user},
    {"delete_contact", delete_contact},
    {"set", set_fields},
    {"ticket_open", ticket_open},
    {"ticket_close", ticket_close},
    {"add_to_group", add_to_group},
    {"remove_from_group", remove_from_group},
    {"create_group", create_group},
    {"rename_group", rename_group},
    {"delete_group", delete_group},
    {NULL, NULL},
};
