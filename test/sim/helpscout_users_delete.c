/*
 * test/sim/helpscout_users_delete.c - a user goes: what is left behind
 */
#include "test/sim/helpscout_internal.h"

#include <stdlib.h>
#include <string.h>

void hs_user_leave_teams(struct world *w, int64_t id)
{
    struct table *t = &w->tables[HS_TEAMS];

    for (size_t i = 0; i < t->count; i++) {
        int64_t team_id = t->rows[i].id;
        json_t *team = table_get(t, team_id);
        if (hs_ids_remove(json_object_get(team, "_userIds"), id))
            table_put(t, team_id, team);
        json_decref(team);
    }
}

void hs_user_leave_rotations(struct world *w, int64_t id)
{
    struct table *t = &w->tables[HS_MAILBOXES];

    for (size_t i = 0; i < t->count; i++) {
        int64_t inbox_id = t->rows[i].id;
        json_t *inbox = table_get(t, inbox_id);
        json_t *routing = json_object_get(inbox, "_routing");
        json_t *ids = json_object_get(routing, "userIds");
        if (hs_ids_remove(ids, id)) {
            if (json_array_size(ids) == 0)
                json_object_set_new(routing, "state", json_string("disabled"));
            table_put(t, inbox_id, inbox);
        }
        json_decref(inbox);
    }
}

void hs_user_drop(struct world *w, int64_t id)
{
    json_t *user = table_get(&w->tables[HS_USERS], id);

    hs_unassign_all(w, id);
    hs_user_leave_teams(w, id);
    hs_user_leave_rotations(w, id);
    table_put(&w->tables[HS_DELETED], id, user);
    (void)table_drop(&w->tables[HS_USERS], id);
    json_decref(user);
}

static bool may_delete(struct world *w, int64_t id, const json_t *user,
                       struct answer *a)
{
    int64_t me = json_integer_value(json_object_get(w->memory, "caller"));
    bool owner = strcmp(hs_text(user, "role"), "owner") == 0;

    if (!hs_caller_is_admin(w, a))
        return false;
    if (id == me || owner) {
        hs_error(w, a, HS_SET(w, SELF_STATUS, "400") ? 400 : 403,
                 "Access denied");
        return false;
    }
    if (hs_is_admin(user) && HS_SET(w, ADMIN_DELETE, "403")) {
        hs_error(w, a, 403, "Access denied");
        return false;
    }
    return true;
}

void hs_users_delete(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;

    if (HS_SET(w, USERS_DELETE, "off")) {
        hs_no_route(w, a);
        return;
    }
    if (HS_SET(w, USERS_DELETE, "off405")) {
        hs_error(w, a, 405, "Method Not Allowed");
        answer_header(a, "Allow", "GET");
        return;
    }
    json_t *user = hs_user_of(w, r, &id, a);
    if (user && may_delete(w, id, user, a)) {
        hs_user_drop(w, id);
        answer_none(a, 204);
    }
    json_decref(user);
}
