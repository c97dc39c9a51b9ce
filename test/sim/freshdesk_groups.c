/*
 * test/sim/freshdesk_groups.c - groups; their members are the agents that name
 * them
 */
#include <string.h>

#include "test/sim/freshdesk_internal.h"

static size_t position(const json_t *ids, int64_t id)
{
    const json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (ids, i, one) {
        if (json_integer_value(one) == id)
            break;
    }
    return i;
}

bool fd_is_member(const json_t *agent, int64_t group)
{
    const json_t *ids = json_object_get(agent, "group_ids");

    return position(ids, group) < json_array_size(ids);
}

void fd_move(json_t *agent, int64_t group, bool joins)
{
    json_t *ids = json_object_get(agent, "group_ids");
    bool is = fd_is_member(agent, group);

    if (joins && !is)
        json_array_append_new(ids, json_integer(group));
    if (!joins && is)
        (void)json_array_remove(ids, position(ids, group));
}

json_t *fd_group_new(struct world *w, const char *name, const char *description)
{
    json_t *group = json_pack("{s:s, s:s?, s:n, s:n, s:b}", "name", name,
                              "description", description, "escalate_to",
                              "unassigned_for", "auto_ticket_assign", 0);

    row_add(w, FD_GROUPS, group);
    return group;
}

/* Takes the reference; with the ids of the agents. */
static json_t *view(const struct world *w, json_t *group)
{
    json_t *agents = rows_by_id(w, FD_AGENTS, FD_BY_GROUP, row_id(group));
    json_t *ids = json_array(), *agent = NULL;
    size_t i = 0;

    json_array_foreach (agents, i, agent) {
        json_array_append(ids, json_object_get(agent, "id"));
    }
    json_object_set_new(group, "agent_ids", ids);
    json_decref(agents);
    return group;
}

void fd_groups_list(struct world *w, const struct request *r, struct answer *a)
{
    json_t *groups = rows_where(w, FD_GROUPS, NULL, NULL), *group = NULL;
    size_t i = 0;

    json_array_foreach (groups, i, group) {
        json_decref(view(w, json_incref(group)));
    }
    fd_page(w, r, groups, a);
}

void fd_groups_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *group = fd_row_of(w, r, FD_GROUPS, a);

    if (group)
        answer_json(a, 200, view(w, group));
}

/* ---- writes ----------------------------------------------------------------
 */

static bool rule_name(const struct world *w, const json_t *body, int64_t self,
                      bool fresh, struct answer *a)
{
    const json_t *name = json_object_get(body, "name");
    json_t *same = rows_by(w, FD_GROUPS, FD_BY_NAME, json_string_value(name));
    int64_t other = row_id(json_array_get(same, 0));

    json_decref(same);
    if ((fresh || name) && json_string_length(name) == 0)
        return fd_invalid(a, 400, "name", "missing_field",
                          "It should be a non-blank String");
    if (other != 0 && other != self)
        return fd_invalid(a, 409, "name", "duplicate_value",
                          "It should be a unique value");
    return true;
}

/* The whole list: who is not in it leaves. */
static bool set_agents(struct world *w, int64_t group, const json_t *ids,
                       struct answer *a)
{
    json_t *agents = NULL, *agent = NULL;
    const json_t *id = NULL;
    size_t i = 0;

    json_array_foreach (ids, i, id) {
        if (!table_text(&w->tables[FD_AGENTS], json_integer_value(id)))
            return fd_invalid(a, 400, "agent_ids", "invalid_value",
                              "There are no agents matching the ids");
    }
    agents = rows_where(w, FD_AGENTS, NULL, NULL);
    json_array_foreach (agents, i, agent) {
        fd_move(agent, group,
                position(ids, row_id(agent)) < json_array_size(ids));
        fd_agent_keep(w, agent);
    }
    json_decref(agents);
    return true;
}

static bool write_group(struct world *w, json_t *group, const json_t *body,
                        struct answer *a)
{
    static const char *const texts[] = {"name", "description"};
    const json_t *ids = json_object_get(body, "agent_ids");

    if (ids && !set_agents(w, row_id(group), ids, a))
        return false;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (json_object_get(body, texts[i]))
            json_object_set(group, texts[i], json_object_get(body, texts[i]));
    row_keep(w, FD_GROUPS, group);
    return true;
}

void fd_groups_create(struct world *w, const struct request *r,
                      struct answer *a)
{
    if (!rule_name(w, r->json, 0, true, a))
        return;
    json_t *group = fd_group_new(w, row_text(r->json, "name"),
                                 row_text(r->json, "description"));
    if (write_group(w, group, r->json, a))
        answer_json(a, 201, view(w, json_incref(group)));
    else
        (void)table_drop(&w->tables[FD_GROUPS], row_id(group));
    json_decref(group);
}

void fd_groups_update(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *group = fd_row_of(w, r, FD_GROUPS, a);

    if (group == NULL)
        return;
    if (rule_name(w, r->json, row_id(group), false, a) &&
        write_group(w, group, r->json, a))
        answer_json(a, 200, view(w, json_incref(group)));
    json_decref(group);
}

void fd_group_drop(struct world *w, int64_t group)
{
    json_t *agents = rows_by_id(w, FD_AGENTS, FD_BY_GROUP, group), *one = NULL;
    size_t i = 0;

    json_array_foreach (agents, i, one) {
        fd_move(one, group, false);
        fd_agent_keep(w, one);
    }
    json_decref(agents);
    (void)table_drop(&w->tables[FD_GROUPS], group);
}

void fd_groups_delete(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *group = fd_row_of(w, r, FD_GROUPS, a);

    if (group == NULL)
        return;
    fd_group_drop(w, row_id(group));
    json_decref(group);
    answer_none(a, 204);
}
