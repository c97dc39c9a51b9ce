#include "bridge/task_undo.h"

#include "bridge/task.h"
#include "store/hand_over.h"
#include "store/member.h"

#include <string.h>

struct undo {
    const struct bridge_target *t;
    struct store_db *db;
    struct store_resource *row;
    json_t *resource;
    json_t *said;   /* owned; what the helpdesk said last */
    json_t *detail; /* owned */
    int64_t now;
};

/* ---- one attribute ---------------------------------------------------------
 */

static bool restore(struct undo *u, const char *name)
{
    json_t *value = json_object_get(u->said, name);
    if (value != NULL)
        return json_object_set(u->resource, name, value) == 0;
    (void)json_object_del(u->resource, name);
    return true;
}

static bool set_active(struct undo *u, bool active)
{
    u->row->active = active;
    return json_object_set_new(u->resource, "active", json_boolean(active)) ==
           0;
}

static enum store_rc undo_invite(struct undo *u)
{
    return set_active(u, false) ? STORE_OK : STORE_FAILED;
}

/* The bridge would end the leave by itself (bridge/offboard.h): it does not,
 * and its other task goes too. STORE_NONE: it would not have. */
static enum store_rc stop_leave(struct undo *u)
{
    struct store_hand_over leave = {0};
    const struct task_end over = {.to = TASK_WITHDRAWN,
                                  .by = "bridge",
                                  .why = "The leave was cancelled.",
                                  .now = u->now};
    enum store_rc rc = store_hand_over_of(u->db, u->row->n, false, &leave);
    if (rc == STORE_OK && !leave.promised)
        rc = STORE_NONE;
    if (rc == STORE_OK) {
        leave.closed = u->now;
        leave.outcome = strdup("withdrawn");
        rc = leave.outcome == NULL ? STORE_FAILED
                                   : store_hand_over_put(u->db, &leave);
    }
    if (rc == STORE_OK)
        rc = task_end_kind(u->db, u->t, u->row->n, "offboard", &over);
    if (rc == STORE_OK)
        rc = task_end_kind(u->db, u->t, u->row->n, "deactivate", &over);
    store_hand_over_clear(&leave);
    return rc;
}

static enum store_rc undo_deactivate(struct undo *u)
{
    enum store_rc rc = stop_leave(u);
    if (rc == STORE_FAILED || u->row->state != STORE_LINKED)
        return rc == STORE_FAILED ? rc : STORE_OK;
    bool active = json_is_true(json_object_get(u->said, "active"));
    return set_active(u, active) ? STORE_OK : STORE_FAILED;
}

static enum store_rc undo_update(struct undo *u)
{
    const char *name;
    json_t *value;
    size_t i;
    bool ok = true;
    json_object_foreach (json_object_get(u->detail, "set"), name, value) {
        ok = ok && restore(u, name);
    }
    json_array_foreach (json_object_get(u->detail, "clear"), i, value) {
        ok =
            ok && json_is_string(value) && restore(u, json_string_value(value));
    }
    return ok ? STORE_OK : STORE_FAILED;
}

static enum store_rc undo_role(struct undo *u)
{
    return restore(u, "roles") ? STORE_OK : STORE_FAILED;
}

/* ---- memberships ------------------------------------------------------------
 */

/* The other side of one entry: the person of a team's task, the team of a
 * person's. */
static enum store_rc move(struct undo *u, const json_t *item, bool joins)
{
    const char *id = json_string_value(json_object_get(item, "id"));
    bool group = u->row->type == STORE_GROUP, changed = false;
    struct store_resource other = {0};
    if (id == NULL)
        return STORE_OK;
    enum store_rc rc = store_resource_get(
        u->db, u->t->row, group ? STORE_USER : STORE_GROUP, id, &other);
    int64_t team = group ? u->row->n : other.n;
    int64_t who = group ? other.n : u->row->n;
    if (rc == STORE_OK && other.state != STORE_ERASED) {
        rc = joins ? store_member_remove(u->db, team, who, u->now, &changed)
                   : store_member_add(u->db, team, who, u->now, &changed);
        if (rc == STORE_OK && changed && !group)
            rc = store_member_touch_group(u->db, team, u->now);
    }
    store_resource_clear(&other);
    return rc == STORE_NONE ? STORE_OK : rc;
}

static enum store_rc undo_team(struct undo *u)
{
    static const char *const lists[] = {"join", "leave"};
    enum store_rc rc = STORE_OK;
    for (size_t l = 0; l < 2; l++) {
        size_t i;
        json_t *item;
        json_array_foreach (json_object_get(u->detail, lists[l]), i, item) {
            if (rc == STORE_OK)
                rc = move(u, item, l == 0);
        }
    }
    return rc;
}

/* ---- by kind ----------------------------------------------------------------
 */

static const struct {
    const char *kind;
    enum store_rc (*undo)(struct undo *u);
} kinds[] = {
    {"invite", undo_invite}, {"deactivate", undo_deactivate},
    {"update", undo_update}, {"inbox", undo_update},
    {"role", undo_role},     {"team", undo_team},
};

enum store_rc task_undo(const struct bridge_target *t, struct store_db *db,
                        struct store_resource *row, json_t *resource,
                        const struct store_task *task)
{
    struct undo u = {.t = t,
                     .db = db,
                     .row = row,
                     .resource = resource,
                     .now = clock_now(&t->bridge->clock)};
    enum store_rc rc = STORE_OK;
    u.said = row->upstream == NULL ? NULL : json_loads(row->upstream, 0, NULL);
    u.detail = task->detail == NULL ? NULL : json_loads(task->detail, 0, NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].kind, task->kind) == 0)
            rc = kinds[i].undo(&u);
    json_decref(u.said);
    json_decref(u.detail);
    return rc;
}
