/*
 * providers/member.c - who is in a team
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include <stdlib.h>
#include <string.h>

/* Where a row of the member list has the user's id. */
static const char *user_path(const struct provider *p, const char *op)
{
    const char *style = provider_text(p, "group.members.style");
    if (style != NULL && strcmp(style, "link") == 0)
        return provider_text(p, "group.members.user");
    const char *own =
        json_string_value(json_object_get(provider_op(p, op), "id"));
    return own != NULL ? own : provider_text(p, "user.id");
}

static enum up_rc by_list(struct provider *p, struct up_call *call,
                          const char *op, const char *id, json_t **ids,
                          struct up_error *err)
{
    json_t *own = json_pack("{s:o}", "id", provider_id(&p->team_ids, id)), *row;
    struct vars v = {.scope = {own}, .count = 1};
    struct op_result result;
    size_t i;
    enum up_rc rc = provider_run(p, call, &p->teams, op, &v, &result, err);
    *ids = json_array();
    json_array_foreach (result.records, i, row) {
        const json_t *user = select_path(row, user_path(p, op));
        char *text = select_text(user);
        if (text == NULL && rc == UP_OK)
            rc = provider_fail(err, UP_FAILED,
                               "A member that the helpdesk told has no id.");
        if (text != NULL)
            (void)json_array_append_new(*ids, json_string(text));
        provider_learn_id(&p->user_ids, user);
        free(text);
    }
    op_result_clear(&result);
    json_decref(own);
    return rc;
}

/* The members that the team's own record tells. */
static enum up_rc by_record(struct provider *p, struct up_call *call,
                            const char *id, json_t **ids, struct up_error *err)
{
    struct up_team team;
    enum up_rc rc = team_fetch(p, call, id, &team, NULL, err);
    *ids = json_incref(team.members);
    if (rc == UP_OK && *ids == NULL)
        *ids = json_array();
    up_team_clear(&team);
    return rc;
}

/* "No members" may mean "no such team". */
static enum up_rc believe_empty(struct provider *p, struct up_call *call,
                                const char *id, struct up_error *err)
{
    struct up_team team;
    enum up_rc rc = team_fetch(p, call, id, &team, NULL, err);
    up_team_clear(&team);
    return rc;
}

enum up_rc up_members(struct provider *p, struct up_call *call, const char *id,
                      json_t **ids, struct up_error *err)
{
    const char *op = provider_text(p, "group.members.list");
    const char *path = provider_text(p, "group.members.read");
    enum up_rc rc;
    *ids = plan_members_told(call, id);
    if (*ids != NULL)
        return UP_OK;
    if (op != NULL && engine_can(p->engine, op)) {
        rc = by_list(p, call, op, id, ids, err);
        if (rc == UP_OK && json_array_size(*ids) == 0)
            rc = believe_empty(p, call, id, err);
    } else if (path != NULL) {
        rc = by_record(p, call, id, ids, err);
    } else {
        rc = provider_lacks(err, "tell the members of a team");
    }
    if (rc == UP_OK && *ids == NULL)
        rc = provider_memory(err);
    if (rc != UP_OK) {
        json_decref(*ids);
        *ids = NULL;
    }
    return rc;
}
