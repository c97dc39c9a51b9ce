/*
 * bridge/task.c - the one place where a task moves (the table is in task.h)
 */
#include "bridge/task.h"

#include "bridge/fulfil.h"
#include "bridge/manual.h"
#include "bridge/role.h"
#include "base/fold.h"
#include "store/audit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *word, *action;
    bool may[4]; /* where to, by enum task_state */
} states[] = {
    [TASK_OPEN]      = {"open",      "task.opened",    {true, true, true, true}},
    [TASK_DONE]      = {"done",      "task.done",      {false}},
    [TASK_WITHDRAWN] = {"withdrawn", "task.withdrawn", {false}},
    [TASK_CANCELLED] = {"cancelled", "task.cancelled", {false}},
};
/* clang-format on */
#define STATES (sizeof states / sizeof states[0])

const char *task_state_word(enum task_state state)
{
    return states[state].word;
}

enum task_state task_state_of(const struct store_task *task)
{
    for (size_t i = 0; task->closed > 0 && i < STATES; i++)
        if (task->outcome != NULL && strcmp(states[i].word, task->outcome) == 0)
            return (enum task_state)i;
    return task->closed > 0 ? TASK_DONE : TASK_OPEN;
}

/* What holds in each state. */
static void check(const struct store_task *task)
{
    bool open = task->closed == 0;
    assert(open == (task->outcome == NULL));
    assert(open == (task->closed_by == NULL));
    assert(open || task->closed >= task->opened || task->closed == 1);
    (void)open;
}

/* ---- ends -----------------------------------------------------------------
 */

static enum store_rc audit(struct store_db *db, const struct store_task *task,
                           const struct task_end *end)
{
    struct store_resource row = {0};
    enum store_rc rc = store_resource_get_row(db, task->resource, &row);
    json_t *before =
        json_pack("{s:{s:s, s:s, s:s}}", "task", "id", task->id, "kind",
                  task->kind, "state", states[task_state_of(task)].word);
    json_t *after =
        json_pack("{s:{s:s, s:s, s:s, s:s*}}", "task", "id", task->id, "kind",
                  task->kind, "state", states[end->to].word, "saw", end->saw);
    char *was = json_dumps(before, JSON_COMPACT);
    char *is = json_dumps(after, JSON_COMPACT);
    struct store_audit entry = {.at = end->now,
                                .target = task->target,
                                .actor = end->by,
                                .request_id = end->request_id,
                                .action = states[end->to].action,
                                .resource = row.id,
                                .before = was,
                                .after = is,
                                .outcome = states[end->to].word,
                                .detail = end->why};
    if (rc == STORE_OK)
        rc = store_audit_append(db, &entry);
    free(was);
    free(is);
    json_decref(before);
    json_decref(after);
    store_resource_clear(&row);
    return rc;
}

enum store_rc task_end(struct store_db *db, const struct bridge_target *t,
                       const struct store_task *task,
                       const struct task_end *end)
{
    enum task_state from = task_state_of(task);
    int64_t now = end->now > task->opened ? end->now : task->opened;
    (void)t;
    check(task);
    assert(end->to != TASK_OPEN && end->by != NULL);
    if (!states[from].may[end->to])
        return STORE_NONE;
    enum store_rc rc =
        store_task_close(db, task->id, states[end->to].word, end->by, now);
    return rc == STORE_OK ? audit(db, task, end) : rc;
}

/* Copies of the open tasks of a resource: they are changed while walked. */
struct open_tasks {
    struct store_task list[16]; /* there are nine kinds */
    size_t count;
    const char *kind; /* NULL: all */
};

static bool keep(const struct store_task *task, void *ctx)
{
    struct open_tasks *all = ctx;
    if (all->count == sizeof all->list / sizeof all->list[0])
        return false;
    if (all->kind != NULL && strcmp(task->kind, all->kind) != 0)
        return true;
    struct store_task *to = &all->list[all->count];
    *to = *task;
    to->outcome = to->closed_by = NULL;
    to->kind = strdup(task->kind);
    to->detail = strdup(task->detail != NULL ? task->detail : "{}");
    all->count += to->kind != NULL && to->detail != NULL;
    return to->kind != NULL && to->detail != NULL;
}

static void open_tasks_clear(struct open_tasks *all)
{
    for (size_t i = 0; i < all->count; i++)
        store_task_clear(&all->list[i]);
}

enum store_rc task_end_kind(struct store_db *db, const struct bridge_target *t,
                            int64_t resource, const char *kind,
                            const struct task_end *end)
{
    struct open_tasks all = {.kind = kind};
    enum store_rc rc = store_task_of(db, resource, keep, &all);
    for (size_t i = 0; rc == STORE_OK && i < all.count; i++)
        rc = task_end(db, t, &all.list[i], end);
    open_tasks_clear(&all);
    return rc;
}

/* ---- what is left to do ----------------------------------------------------
 */

/* The helpdesk's last word on a row, for comparing attributes and role. */
struct last_word {
    struct up_user user;
    json_t *group; /* owned */
    struct evidence e;
};

static void last_word_init(struct last_word *w,
                           const struct store_resource *row, int64_t now)
{
    json_t *said =
        row->upstream == NULL ? NULL : json_loads(row->upstream, 0, NULL);
    *w = (struct last_word){.e = {.now = now}};
    if (row->type == STORE_GROUP) {
        w->group = said;
        w->e.group = said;
    } else if (said != NULL) {
        w->user = (struct up_user){.user = said, .role = row->role};
        w->e.user = &w->user;
    }
}

static void last_word_clear(struct last_word *w)
{
    json_decref(w->user.user);
    json_decref(w->group);
}

/* Of these kinds the mirror knows what the helpdesk said last. */
static bool is_remembered(const char *kind)
{
    return strcmp(kind, "update") == 0 || strcmp(kind, "role") == 0;
}

static enum store_rc write_detail(struct store_db *db,
                                  const struct store_task *task,
                                  const json_t *detail)
{
    char *text = json_dumps(detail, JSON_COMPACT);
    enum store_rc rc =
        text == NULL ? STORE_FAILED : store_task_set_detail(db, task->id, text);
    free(text);
    return rc;
}

/* ---- opening ---------------------------------------------------------------
 */

static enum store_rc insert(struct store_db *db, const struct bridge_target *t,
                            const struct store_resource *row, const char *kind,
                            const json_t *detail)
{
    int64_t now = clock_now(&t->bridge->clock);
    struct store_task task = {.target = t->row,
                              .resource = row->n,
                              .opened = now,
                              .due = manual_due(t, kind, now)};
    task.kind = strdup(kind);
    task.detail = json_dumps(detail, JSON_COMPACT);
    check(&task);
    enum store_rc rc = STORE_FAILED;
    if (task.kind != NULL && task.detail != NULL &&
        id_new(&t->bridge->ids, task.id))
        rc = store_task_open(db, &task);
    store_task_clear(&task);
    return rc;
}

/* A team's wish, with who is in it now (`members`, taken out of it). */
static json_t *take_members(const struct store_resource *row, json_t *detail)
{
    json_t *members = json_incref(json_object_get(detail, "members"));
    json_t *teams = NULL;
    if (members != NULL && row->upstream_id != NULL)
        teams = json_pack("{s:O}", row->upstream_id, members);
    json_decref(members);
    (void)json_object_del(detail, "members");
    return teams;
}

enum store_rc task_open(struct store_db *db, const struct bridge_target *t,
                        const struct store_resource *row, const char *kind,
                        json_t *detail, const struct task_end *who)
{
    struct open_tasks all = {.kind = kind};
    struct last_word said;
    struct task_end end = *who;
    enum store_rc rc = store_task_of(db, row->n, keep, &all);
    json_t *old =
        all.count > 0 ? json_loads(all.list[0].detail, 0, NULL) : NULL;
    if (rc == STORE_OK && !manual_merge(detail, old))
        rc = STORE_FAILED;
    json_t *teams = take_members(row, detail);
    last_word_init(&said, row, who->now);
    said.e.teams = teams;
    bool met = (is_remembered(kind) || teams != NULL) &&
               fulfil_look(t, kind, detail, &said.e, NULL) == FULFIL_YES;
    end.to = TASK_WITHDRAWN;
    end.why = "What is wished now is what the helpdesk has.";
    if (rc == STORE_OK && !met)
        rc = insert(db, t, row, kind, detail);
    else if (rc == STORE_OK && all.count > 0)
        rc = task_end(db, t, &all.list[0], &end);
    last_word_clear(&said);
    json_decref(teams);
    json_decref(old);
    open_tasks_clear(&all);
    return rc;
}

/* ---- a request that changes the wish ---------------------------------------
 */

/* A request that failed wishes nothing. */
static bool counts(const struct journey *j)
{
    const char *outcome = j->result.outcome;
    return outcome == NULL || (strcmp(outcome, "failed") != 0 &&
                               strcmp(outcome, "recovered") != 0);
}

/* This request says another value than the one that the task wishes. */
static bool rewished(const struct journey *j, const char *name,
                     const json_t *wish)
{
    const json_t *was = json_object_get(j->current, name);
    const json_t *is = json_object_get(j->desired, name);
    bool changed = (was == NULL) != (is == NULL) ||
                   (was != NULL && json_equal(was, is) == 0);
    if (!changed)
        return false;
    return (is == NULL) != (wish == NULL) ||
           (is != NULL && json_equal(is, wish) == 0);
}

/* Drops what is wished no more. True when something was. */
static bool drop_rewished(const struct journey *j, json_t *detail)
{
    json_t *set = json_object_get(detail, "set"), *value;
    json_t *clear = json_object_get(detail, "clear");
    const char *name;
    void *next;
    bool any = false;
    json_object_foreach_safe(set, next, name, value)
    {
        if (rewished(j, name, value)) {
            (void)json_object_del(set, name);
            any = true;
        }
    }
    for (size_t i = json_array_size(clear); i-- > 0;) {
        name = json_string_value(json_array_get(clear, i));
        if (name != NULL && rewished(j, name, NULL)) {
            (void)json_array_remove(clear, i);
            any = true;
        }
    }
    return any;
}

/* Another role is asked for than the task wishes. */
static bool other_role(const struct journey *j, const json_t *detail)
{
    const char *wish = json_string_value(json_object_get(detail, "role"));
    const char *was = role_shown(json_object_get(j->current, "roles"));
    const char *is = role_shown(json_object_get(j->desired, "roles"));
    bool changed = (was == NULL) != (is == NULL) ||
                   (was != NULL && is != NULL && !fold_equal(was, is));
    return wish != NULL && changed && (is == NULL || !fold_equal(wish, is));
}

static bool lists(const json_t *ids, const json_t *id)
{
    size_t i;
    json_t *one;
    json_array_foreach (ids, i, one) {
        if (json_equal(one, id) != 0)
            return true;
    }
    return false;
}

/* Of a team's task: who was to join and leaves now, and the other way round. */
static bool drop_moved(const struct journey *j, json_t *detail)
{
    static const char *const pairs[][2] = {{"join", "removed"},
                                           {"leave", "added"}};
    bool any = false;
    for (size_t p = 0; p < 2; p++) {
        json_t *list = json_object_get(detail, pairs[p][0]);
        const json_t *moved = json_object_get(j->result.moved, pairs[p][1]);
        for (size_t i = json_array_size(list); i-- > 0;) {
            const json_t *id = json_object_get(json_array_get(list, i), "id");
            if (id == NULL || !lists(moved, id))
                continue;
            (void)json_array_remove(list, i);
            any = true;
        }
    }
    return any;
}

/* What this request says otherwise than the task; true when something is. */
static bool drop_wishes(const struct journey *j, const char *kind,
                        json_t *detail)
{
    if (!counts(j))
        return false;
    if (strcmp(kind, "role") == 0)
        return other_role(j, detail);
    return j->type == STORE_GROUP ? drop_moved(j, detail)
                                  : drop_rewished(j, detail);
}

static enum store_rc settle(struct store_db *db, struct journey *j,
                            const struct store_task *task,
                            const struct last_word *said)
{
    json_t *detail = json_loads(task->detail, 0, NULL);
    enum store_rc rc = detail == NULL ? STORE_FAILED : STORE_OK;
    bool role = strcmp(task->kind, "role") == 0;
    struct task_end end = {.to = TASK_DONE,
                           .by = j->actor,
                           .request_id = j->request_id,
                           .why = "The helpdesk shows it.",
                           .now = j->now};
    enum fulfilment met = fulfil_look(j->t, task->kind, detail, &said->e, NULL);
    bool other = drop_wishes(j, task->kind, detail);
    bool over = role ? other : other && !fulfil_is_left(detail);
    if (over) {
        end.to = TASK_WITHDRAWN;
        end.why = "The identity provider wishes something else now.";
    }
    if (rc == STORE_OK && (over || met == FULFIL_YES))
        rc = task_end(db, j->t, task, &end);
    else if (rc == STORE_OK && (other || met == FULFIL_PART))
        rc = write_detail(db, task, detail);
    json_decref(detail);
    return rc;
}

enum store_rc task_settle(struct store_db *db, struct journey *j)
{
    struct open_tasks all = {0};
    struct last_word said;
    if (j->row.n == 0)
        return STORE_OK;
    enum store_rc rc = store_task_of(db, j->row.n, keep, &all);
    if (rc != STORE_OK || all.count == 0)
        return rc;
    last_word_init(&said, &j->row, j->now);
    for (size_t i = 0; rc == STORE_OK && i < all.count; i++)
        if (j->type == STORE_GROUP ? strcmp(all.list[i].kind, "team") == 0
                                   : is_remembered(all.list[i].kind))
            rc = settle(db, j, &all.list[i], &said);
    last_word_clear(&said);
    open_tasks_clear(&all);
    return rc == STORE_NONE ? STORE_OK : rc;
}
