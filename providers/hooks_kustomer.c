/*
 * providers/hooks_kustomer.c - hands over one conversation of a leaver
 *
 * Kustomer has a list of people on each conversation and replaces it whole;
 * the others on it must stay. So it is read, loses one and gains one, and is
 * written back with the revision that was read: what a profile cannot say.
 * Operations of the profile:
 *
 *   conversations.get   one conversation ({{ticket_id}})
 *   conversations.set   writes it ({{assigned_users}}, {{assigned_teams?}},
 *                       {{rev?}})
 *
 * The list of open work may lag behind: who is no longer on a conversation, or
 * whose conversation is done, is left alone. A revision that is stale is read
 * again.
 */
#include "providers/hooks.h"

#include <string.h>

enum { TRIES = 3 };

static json_t *attribute(const struct op_result *got, const char *name)
{
    return json_object_get(json_object_get(got->record, "attributes"), name);
}

static size_t place(const json_t *list, const json_t *id)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (json_equal(one, id) != 0)
            return i;
    }
    return json_array_size(list);
}

/* The people on it without the leaver, and with the heir; new. */
static json_t *heirs(const struct op_result *got, const json_t *leaver,
                     const json_t *heir)
{
    json_t *list = json_copy(attribute(got, "assignedUsers"));
    if (list == NULL)
        list = json_array();
    size_t at = place(list, leaver);
    if (at < json_array_size(list))
        (void)json_array_remove(list, at);
    if (heir != NULL && place(list, heir) == json_array_size(list))
        (void)json_array_append(list, (json_t *)heir);
    return list;
}

/* True when there is nothing to do. A plan was told nothing. */
static bool not_theirs(const struct op_result *got, const json_t *leaver)
{
    const json_t *list = attribute(got, "assignedUsers");
    const char *status = json_string_value(attribute(got, "status"));
    return (status != NULL && strcmp(status, "done") == 0) ||
           (got->record != NULL &&
            place(list, leaver) == json_array_size(list));
}

static enum up_rc set(struct engine *e, struct up_call *call,
                      const struct vars *v, const struct op_result *got,
                      struct op_result *out, struct up_error *err)
{
    json_t *team = vars_get(v, "to_team_id");
    json_t *rev = attribute(got, "rev");
    json_t *scope = json_pack(
        "{s:O, s:o}", "ticket_id", vars_get(v, "ticket_id"), "assigned_users",
        heirs(got, vars_get(v, "id"), vars_get(v, "to_user_id")));
    struct vars own = {.scope = {scope}, .count = 1};
    if (team != NULL && !json_is_null(team))
        (void)json_object_set_new(scope, "assigned_teams",
                                  json_pack("[O]", team));
    if (rev != NULL)
        (void)json_object_set(scope, "rev", rev);
    enum up_rc rc = engine_run(e, call, "conversations.set", &own, out, err);
    json_decref(scope);
    return rc;
}

enum up_rc kustomer_move(struct engine *e, struct up_call *call,
                         const struct vars *v, struct op_result *out,
                         struct up_error *err)
{
    enum up_rc rc = UP_CONFLICT;
    for (int i = 0; rc == UP_CONFLICT && i < TRIES; i++) {
        struct op_result got = {0};
        rc = engine_run(e, call, "conversations.get", v, &got, err);
        if (rc == UP_OK && !not_theirs(&got, vars_get(v, "id")))
            rc = set(e, call, v, &got, out, err);
        op_result_clear(&got);
    }
    return rc;
}
