/*
 * providers/plan_record.c - the records as a plan leaves them
 *
 * A record that was read is kept; planned values are laid over it at the native
 * paths of the map. State and role, which hang on the helpdesk's own rules, are
 * kept beside it.
 */
#include "providers/plan_internal.h"
#include "providers/provider_internal.h"

#include <stdlib.h>
#include <string.h>

static bool planned(const struct up_call *call)
{
    return call != NULL && call->plan != NULL;
}

/* What the plan knows of an id; borrowed. */
static json_t *entry(json_t *all, const char *id)
{
    json_t *one = json_object_get(all, id);
    if (one == NULL && json_object_set_new(all, id, json_object()) == 0)
        one = json_object_get(all, id);
    return one;
}

static json_t *record_of(json_t *all, const char *id)
{
    return json_incref(json_object_get(json_object_get(all, id), "record"));
}

/* The part of a record that the map reads; made where it is not there. */
static json_t *body_of(const struct provider *p, const char *block,
                       json_t *record)
{
    const char *under = json_string_value(
        json_object_get(json_object_get(p->profile, block), "under"));
    if (under == NULL)
        return record;
    if (select_path(record, under) == NULL)
        (void)select_put(record, under, json_object());
    return select_path(record, under);
}

static void lay(json_t *body, const struct map_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->list[i].row->read)
            (void)select_put(body, changes->list[i].row->native,
                             json_incref(changes->list[i].value));
}

/* ---- users --------------------------------------------------------------- */

json_t *plan_user_told(const struct up_call *call, const char *id)
{
    return planned(call) ? record_of(call->plan->users, id) : NULL;
}

void plan_user_now(struct provider *p, struct up_call *call,
                   const json_t *record, struct up_user *out)
{
    if (!planned(call))
        return;
    json_t *e = entry(call->plan->users, out->id);
    if (json_object_get(e, "record") == NULL)
        (void)json_object_set_new(e, "record", json_deep_copy(record));
    const json_t *state = json_object_get(e, "state");
    if (state != NULL) {
        out->state = (enum up_state)json_integer_value(state);
        out->in_scope = true;
        bool active = out->state == UP_ACTIVE || out->state == UP_PENDING;
        (void)json_object_set_new(out->user, "active", json_boolean(active));
    }
    const char *role = json_string_value(json_object_get(e, "role"));
    if (role != NULL)
        (void)user_set_role(out, role_named(p, role));
}

/* Sees to it that the plan has the user's record. */
static enum up_rc read_user(struct provider *p, struct up_call *call,
                            const char *id, struct up_error *err)
{
    struct up_user now = {0};
    const json_t *e = json_object_get(call->plan->users, id);
    if (json_object_get(e, "record") != NULL)
        return UP_OK;
    enum up_rc rc = user_fetch(p, call, id, &now, NULL, err);
    up_user_clear(&now);
    return rc;
}

enum up_rc plan_user_changes(struct provider *p, struct up_call *call,
                             const char *id, const struct map_changes *changes,
                             struct up_error *err)
{
    if (!planned(call))
        return UP_OK;
    enum up_rc rc = read_user(p, call, id, err);
    json_t *record = rc == UP_OK ? plan_user_told(call, id) : NULL;
    if (record != NULL)
        lay(body_of(p, "user", record), changes);
    json_decref(record);
    return rc;
}

void plan_user_field(struct provider *p, struct up_call *call, const char *id,
                     const char *path, json_t *value)
{
    json_t *record = plan_user_told(call, id);
    if (record != NULL && value != NULL)
        (void)select_put(body_of(p, "user", record), path, json_incref(value));
    json_decref(record);
}

void plan_user_state(struct up_call *call, const char *id, enum up_state state)
{
    if (planned(call))
        (void)json_object_set_new(entry(call->plan->users, id), "state",
                                  json_integer((json_int_t)state));
}

void plan_user_role(struct up_call *call, const char *id, const json_t *role)
{
    json_t *scim = json_object_get(role, "scim");
    if (planned(call) && scim != NULL)
        (void)json_object_set(entry(call->plan->users, id), "role", scim);
}

char *plan_user_made(struct provider *p, struct up_call *call,
                     const struct map_changes *sent, const json_t *role)
{
    if (!planned(call))
        return NULL;
    json_t *record = json_object();
    lay(body_of(p, "user", record), sent);
    (void)select_put(record, provider_text(p, "user.id"),
                     json_string(PLAN_NEW_USER));
    (void)json_object_set_new(entry(call->plan->users, PLAN_NEW_USER), "record",
                              record);
    plan_user_state(call, PLAN_NEW_USER,
                    up_creates_by_invitation(p) ? UP_PENDING : UP_ACTIVE);
    plan_user_role(call, PLAN_NEW_USER, role);
    return strdup(PLAN_NEW_USER);
}

static void say_untold(const struct up_plan *plan)
{
    size_t last = json_array_size(plan->steps);
    json_t *step = last > 0 ? json_array_get(plan->steps, last - 1) : NULL;
    if (json_is_object(step))
        (void)json_object_set_new(
            step, "note",
            json_string("What the account holds is told only once it is back; "
                        "what then differs is changed too, or is a task."));
}

/* Values for which there is no call are as they were, which nobody tells. */
static void leave_settable(const struct provider *p, struct map_changes *all)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct map_row *row = all->list[i].row;
        const char *op = row->update_op != NULL ? row->update_op : row->op;
        if (row->write == MAP_ALWAYS &&
            engine_can(p->engine, op != NULL ? op : "users.update"))
            all->list[kept++] = all->list[i];
        else
            json_decref(all->list[i].value);
    }
    all->count = kept;
}

void plan_user_back(struct provider *p, struct up_call *call, const char *id,
                    const json_t *user, const json_t *role)
{
    struct map_changes all = {0};
    struct up_error ignored;
    if (!planned(call))
        return;
    bool unknown = read_user(p, call, id, &ignored) != UP_OK;
    if (unknown && map_diff(&p->users, NULL, user, &all)) {
        json_t *record = json_object();
        leave_settable(p, &all);
        say_untold(call->plan);
        lay(body_of(p, "user", record), &all);
        (void)select_put(record, provider_text(p, "user.id"), json_string(id));
        (void)json_object_set_new(entry(call->plan->users, id), "record",
                                  record);
    }
    map_changes_clear(&all);
    plan_user_state(call, id, UP_ACTIVE);
    plan_user_role(call, id, role);
}

enum up_state plan_off_state(const struct provider *p, const char *op)
{
    const char *deactivate = provider_text(p, "lifecycle.deactivate.op");
    size_t i;
    json_t *rule;
    const char *method =
        json_string_value(json_object_get(provider_op(p, op), "method"));
    bool deletes = method != NULL && strcmp(method, "DELETE") == 0;
    if (deactivate == NULL || strcmp(op, deactivate) != 0 || deletes)
        return UP_DELETED;
    json_array_foreach (provider_json(p, "user.states"), i, rule) {
        const char *is = json_string_value(json_object_get(rule, "is"));
        if (is != NULL && strcmp(is, "inactive") == 0)
            return UP_INACTIVE;
    }
    return UP_DELETED;
}

/* ---- teams --------------------------------------------------------------- */

json_t *plan_team_told(const struct up_call *call, const char *id)
{
    return planned(call) ? record_of(call->plan->teams, id) : NULL;
}

bool plan_team_gone(const struct up_call *call, const char *id)
{
    return planned(call) &&
           json_object_get(json_object_get(call->plan->teams, id), "gone") !=
               NULL;
}

void plan_team_now(struct up_call *call, const char *id, const json_t *record)
{
    if (!planned(call))
        return;
    json_t *e = entry(call->plan->teams, id);
    if (json_object_get(e, "record") == NULL)
        (void)json_object_set_new(e, "record", json_deep_copy(record));
}

enum up_rc plan_team_changes(struct provider *p, struct up_call *call,
                             const char *id, const struct map_changes *changes,
                             struct up_error *err)
{
    struct up_team now = {0};
    if (!planned(call))
        return UP_OK;
    enum up_rc rc = team_fetch(p, call, id, &now, NULL, err);
    json_t *record = rc == UP_OK ? plan_team_told(call, id) : NULL;
    if (record != NULL)
        lay(body_of(p, "group", record), changes);
    json_decref(record);
    up_team_clear(&now);
    return rc;
}

char *plan_team_made(struct provider *p, struct up_call *call,
                     const struct map_changes *sent)
{
    if (!planned(call))
        return NULL;
    json_t *record = json_object();
    lay(body_of(p, "group", record), sent);
    (void)select_put(record, provider_text(p, "group.id"),
                     json_string(PLAN_NEW_TEAM));
    json_t *e = entry(call->plan->teams, PLAN_NEW_TEAM);
    (void)json_object_set_new(e, "record", record);
    (void)json_object_set_new(e, "members", json_array());
    return strdup(PLAN_NEW_TEAM);
}

void plan_team_delete(struct up_call *call, const char *id)
{
    if (planned(call))
        (void)json_object_set_new(entry(call->plan->teams, id), "gone",
                                  json_true());
}

json_t *plan_members_told(const struct up_call *call, const char *id)
{
    const json_t *members =
        planned(call)
            ? json_object_get(json_object_get(call->plan->teams, id), "members")
            : NULL;
    return members == NULL ? NULL : json_deep_copy(members);
}

void plan_members_now(struct up_call *call, const char *id, const json_t *now,
                      const json_t *add, const json_t *remove)
{
    if (!planned(call))
        return;
    json_t *members = json_array(), *gone = provider_id_set(remove), *one;
    size_t i;
    json_array_foreach (now, i, one) {
        if (json_object_get(gone, json_string_value(one)) == NULL)
            (void)json_array_append(members, one);
    }
    (void)json_array_extend(members, (json_t *)add);
    (void)json_object_set_new(entry(call->plan->teams, id), "members", members);
    json_decref(gone);
}

/* ---- tickets ------------------------------------------------------------- */

void plan_tickets_moved(struct up_call *call, const json_t *tickets)
{
    size_t i;
    json_t *one;
    json_array_foreach (tickets, i, one) {
        char *id = planned(call) ? select_text(one) : NULL;
        if (id != NULL)
            (void)json_object_set_new(call->plan->moved, id, json_true());
        free(id);
    }
}

bool plan_ticket_moved(const struct up_call *call, const char *id)
{
    return planned(call) && json_object_get(call->plan->moved, id) != NULL;
}

size_t up_plan_tickets(const struct up_plan *plan)
{
    return json_object_size(plan->moved);
}
