#include "bridge/sync_internal.h"

#include "bridge/account.h"
#include "bridge/claims.h"
#include "bridge/fulfil.h"
#include "bridge/invitation.h"
#include "bridge/row.h"
#include "bridge/task.h"

#include <stdlib.h>
#include <string.h>

/* ---- whom tasks are about --------------------------------------------------
 */

struct watching {
    struct sync *s;
    bool failed;
};

/* The place of a row among the watched, or where it belongs. */
static size_t place_of(const struct sync *s, int64_t row)
{
    size_t low = 0, high = s->watched_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->watched[mid].row < row)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct sync_watched *watched(const struct sync *s, int64_t row)
{
    size_t i = place_of(s, row);
    return i < s->watched_count && s->watched[i].row == row ? &s->watched[i]
                                                            : NULL;
}

static bool watch(const struct store_task *task, void *ctx)
{
    struct watching *w = ctx;
    struct sync *s = w->s;
    if (watched(s, task->resource) != NULL)
        return true;
    struct sync_watched *more =
        realloc(s->watched, (s->watched_count + 1) * sizeof *more);
    w->failed = more == NULL;
    if (more == NULL)
        return false;
    s->watched = more;
    size_t i = place_of(s, task->resource);
    memmove(&more[i + 1], &more[i], (s->watched_count - i) * sizeof *more);
    more[i] = (struct sync_watched){.row = task->resource};
    s->watched_count++;
    return true;
}

bool sync_tasks_watch(struct sync *s)
{
    struct watching w = {.s = s};
    if (store_task_list(s->db, s->t->row, true, watch, &w) == STORE_OK &&
        !w.failed)
        return true;
    error_set(&s->err, "The open tasks could not be read: %s",
              store_db_error(s->db));
    return false;
}

bool sync_tasks_watched(const struct sync *s, int64_t row)
{
    return watched(s, row) != NULL;
}

bool sync_tasks_see(struct sync *s, int64_t row, const struct up_user *u)
{
    struct sync_watched *of = watched(s, row);
    if (of == NULL)
        return true;
    up_user_clear(&of->user);
    return sync_user_copy(&of->user, u);
}

void sync_tasks_forget(struct sync *s, int64_t row)
{
    struct sync_watched *of = watched(s, row);
    if (of != NULL)
        of->old = true;
}

void sync_tasks_clear(struct sync *s)
{
    for (size_t i = 0; i < s->watched_count; i++)
        up_user_clear(&s->watched[i].user);
    free(s->watched);
    json_decref(s->teams);
    json_decref(s->groups);
    rowset_clear(&s->expired);
}

/* ---- what the helpdesk shows ------------------------------------------------
 */

/* Whom the listing did not show, or only in part, is asked for. False: the
 * helpdesk did not say; the task waits for the next sync. */
static bool ask(struct sync *s, const struct store_resource *row, bool whole,
                struct up_user *said, bool *gone)
{
    struct up_call call = {.background = true, .stop = &s->t->bridge->stopping};
    struct up_error err = {0};
    struct up_user now = {0};
    if (said->id != NULL && (said->full || !whole))
        return true;
    if (row->upstream_id == NULL)
        return false;
    enum up_rc rc = up_user_get(s->t->up, &call, row->upstream_id, &now, &err);
    *gone =
        rc == UP_NOT_FOUND ||
        (rc == UP_OK && (now.state == UP_DELETED ||
                         account_other_identity(row->identity, now.identity)));
    if (rc == UP_OK && !*gone)
        account_take(said, &now);
    up_user_clear(&now);
    return rc == UP_OK || rc == UP_NOT_FOUND;
}

static bool wishes_values(const json_t *detail)
{
    return json_object_size(json_object_get(detail, "set")) > 0 ||
           json_array_size(json_object_get(detail, "clear")) > 0;
}

/* ---- one task ---------------------------------------------------------------
 */

struct ending {
    struct sync *s;
    const struct store_task *task; /* as listed */
    struct evidence e;
};

/* Nobody can do this any more: there is no account to do it to. */
static bool is_void(const struct store_resource *row, const char *kind)
{
    bool dead = row->state == STORE_TOMBSTONE || row->state == STORE_ERASED;
    return dead && strcmp(kind, "deactivate") != 0 &&
           strcmp(kind, "offboard") != 0 && strcmp(kind, "invite") != 0 &&
           row->type == STORE_USER;
}

static enum store_rc move(struct ending *g, struct store_db *db,
                          const struct store_task *task, json_t *detail,
                          const struct store_resource *row, bool *moved)
{
    struct task_end end = {.to = TASK_DONE,
                           .by = "sync",
                           .why = "The helpdesk shows it.",
                           .now = g->e.now};
    enum fulfilment met = fulfil_look(g->s->t, task->kind, detail, &g->e, NULL);
    enum store_rc rc = STORE_OK;
    if (is_void(row, task->kind)) {
        end.to = TASK_WITHDRAWN;
        end.why = "The helpdesk no longer has the account.";
        met = FULFIL_YES;
    }
    *moved = met == FULFIL_YES;
    if (met == FULFIL_YES)
        rc = task_end(db, g->s->t, task, &end);
    if (met == FULFIL_PART) {
        char *text = json_dumps(detail, JSON_COMPACT);
        rc = text == NULL ? STORE_FAILED
                          : store_task_set_detail(db, task->id, text);
        free(text);
    }
    return rc;
}

/* The row's extension lists its open tasks. */
static enum store_rc store_again(struct sync *s, struct store_db *db,
                                 struct store_resource *row)
{
    json_t *resource = row_resource(s->t, db, row, false);
    enum store_rc rc = resource == NULL
                           ? STORE_FAILED
                           : row_store(s->t, db, row, resource, false,
                                       clock_now(&s->t->bridge->clock));
    json_decref(resource);
    return rc;
}

/* On the writer: the task and the row as they are now. */
static enum store_rc look_and_move(struct store_db *db, void *ctx)
{
    struct ending *g = ctx;
    struct sync *s = g->s;
    struct store_task task = {0};
    struct store_resource row = {0};
    json_t *detail = NULL;
    bool moved = false;
    enum store_rc rc = store_task_get(db, g->task->id, &task);
    if (rc == STORE_OK)
        rc = store_resource_get_row(db, task.resource, &row);
    bool fresh = row.type == STORE_USER && row.seen > s->flushed;
    if (rc == STORE_OK && task.closed == 0 && !fresh &&
        claims_try(s->t->claims, row.id)) {
        detail = json_loads(task.detail, 0, NULL);
        rc = detail == NULL ? STORE_FAILED
                            : move(g, db, &task, detail, &row, &moved);
        if (rc == STORE_OK && moved)
            rc = store_again(s, db, &row);
        claims_drop(s->t->claims, row.id);
    }
    json_decref(detail);
    store_task_clear(&task);
    store_resource_clear(&row);
    return rc == STORE_NONE ? STORE_OK : rc;
}

/* What there is to compare with; false: nothing, the task waits. */
static bool gather(struct sync *s, const struct store_task *task,
                   const struct store_resource *row, struct evidence *e)
{
    struct sync_watched *of = watched(s, row->n);
    json_t *detail = json_loads(task->detail, 0, NULL);
    bool known = true;
    e->now = clock_now(&s->t->bridge->clock);
    e->teams = s->teams;
    if (row->type == STORE_GROUP) {
        e->group = row->upstream_id == NULL
                       ? NULL
                       : json_object_get(s->groups, row->upstream_id);
        e->gone = s->groups != NULL && e->group == NULL;
        known = s->groups != NULL || s->teams != NULL;
    } else if (row->state == STORE_TOMBSTONE) {
        e->gone = true;
    } else if (of == NULL || of->old) {
        known = false;
    } else {
        known = ask(s, row, wishes_values(detail), &of->user, &e->gone);
        e->user = of->user.id != NULL && !e->gone ? &of->user : NULL;
    }
    json_decref(detail);
    return known;
}

static bool settle(struct sync *s, const struct store_task *task)
{
    struct ending g = {.s = s, .task = task};
    struct store_resource row = {0};
    bool ok = true;
    /* Opened since the listing began; or of a kind that a listing of users
     * says nothing about. */
    if (task->opened >= s->run.started || strcmp(task->kind, "offboard") == 0)
        return true;
    if (store_resource_get_row(s->db, task->resource, &row) == STORE_OK &&
        gather(s, task, &row, &g.e))
        ok = store_write(s->t->bridge->store, look_and_move, &g, &s->err) ==
             STORE_OK;
    store_resource_clear(&row);
    return ok;
}

/* ---- all of them ------------------------------------------------------------
 */

struct list {
    struct store_task *tasks;
    size_t count;
    bool failed;
};

static bool add(const struct store_task *task, void *ctx)
{
    struct list *l = ctx;
    struct store_task *more = realloc(l->tasks, (l->count + 1) * sizeof *more);
    l->failed = more == NULL;
    if (more == NULL)
        return false;
    l->tasks = more;
    struct store_task *to = &more[l->count++];
    *to = *task;
    to->outcome = to->closed_by = NULL;
    to->kind = strdup(task->kind);
    to->detail = strdup(task->detail != NULL ? task->detail : "{}");
    l->failed = to->kind == NULL || to->detail == NULL;
    return !l->failed;
}

bool sync_tasks(struct sync *s)
{
    struct list l = {0};
    bool ok = s->watched_count == 0 ||
              (store_task_list(s->db, s->t->row, true, add, &l) == STORE_OK &&
               !l.failed);
    for (size_t i = 0; ok && i < l.count; i++)
        ok = settle(s, &l.tasks[i]);
    if (!ok && s->err.text[0] == '\0')
        error_set(&s->err, "The open tasks could not be compared with what "
                           "the helpdesk has.");
    for (size_t i = 0; i < l.count; i++)
        store_task_clear(&l.tasks[i]);
    free(l.tasks);
    return ok;
}

/* ---- invitations ------------------------------------------------------------
 */

bool sync_invitations(struct sync *s)
{
    for (size_t i = 0; i < s->expired.size; i++) {
        struct error why = {{0}};
        int64_t row = s->expired.slots[i];
        if (row == 0 || atomic_load(&s->t->bridge->stopping))
            continue;
        /* One that fails is tried again by the next sync. */
        if (invitation_resend(s->t, s->db, row, "sync", false, true, &why) ==
            INVITATION_FAILED)
            log_line(s->t->bridge->log, LOG_WARN, "invitation.failed", "target",
                     s->t->name, "error", why.text, (char *)NULL);
    }
    return true;
}
