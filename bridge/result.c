/*
 * bridge/result.c - the commit that ends a write: all of it, or nothing
 *
 * Runs on the store's writer. Order: what the row's extension is made of
 * (tombstone, tasks) before the row; memberships, audit and journal behind it.
 */
#include "bridge/difference.h"
#include "bridge/hand_over.h"
#include "bridge/inbox.h"
#include "bridge/journey_internal.h"
#include "bridge/role_team.h"
#include "bridge/row.h"
#include "bridge/task.h"
#include "store/audit.h"
#include "store/member.h"
#include "store/tombstone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A membership written meanwhile raised the row's version. */
static enum store_rc refresh(struct store_db *db, struct journey *j)
{
    struct store_resource stored = {0};
    if (j->row.n == 0)
        return STORE_OK;
    enum store_rc rc = store_resource_get_row(db, j->row.n, &stored);
    if (rc == STORE_OK) {
        j->row.version = stored.version;
        j->row.modified = stored.modified;
    }
    store_resource_clear(&stored);
    return rc;
}

/* An erased row lets its upstream account go to the new resource. */
static enum store_rc release(struct store_db *db, const struct journey *j)
{
    struct store_resource old = {0};
    if (j->result.released == 0)
        return STORE_OK;
    enum store_rc rc = store_resource_get_row(db, j->result.released, &old);
    if (rc == STORE_OK && old.state == STORE_ERASED) {
        free(old.upstream_id);
        old.upstream_id = NULL;
        free(old.match_key);
        old.match_key = NULL;
        rc = store_resource_put(db, &old, NULL, 0);
    }
    store_resource_clear(&old);
    return rc;
}

static enum store_rc bury(struct store_db *db, const struct journey *j)
{
    char reason[16];
    struct store_tombstone dead = {.resource = j->row.n,
                                   .upstream_id = j->row.upstream_id,
                                   .reason = reason,
                                   .since = j->now};
    if (j->result.revived)
        return store_tombstone_revive(db, j->row.n, j->now);
    if (j->result.buried == NULL)
        return j->result.receipt == NULL
                   ? STORE_OK
                   : store_tombstone_receipt(db, j->row.n, j->result.receipt);
    (void)snprintf(reason, sizeof reason, "%s", j->result.buried);
    dead.receipt = (char *)j->result.receipt;
    if (j->result.snapshot != NULL)
        dead.snapshot = json_dumps(j->result.snapshot, JSON_COMPACT);
    enum store_rc rc = store_tombstone_add(db, &dead);
    free(dead.snapshot);
    return rc;
}

/* ---- tasks --------------------------------------------------------------- */

static enum store_rc end_tasks(struct store_db *db, struct journey *j,
                               struct task_end *end)
{
    static const enum task_state ends[] = {TASK_DONE, TASK_WITHDRAWN};
    enum store_rc rc = STORE_OK;
    size_t i;
    json_t *item;
    json_array_foreach (j->result.closing, i, item) {
        const char *kind = json_string_value(json_object_get(item, "kind"));
        const char *how = json_string_value(json_object_get(item, "outcome"));
        if (rc != STORE_OK || kind == NULL || how == NULL)
            continue;
        end->to = ends[strcmp(how, task_state_word(TASK_DONE)) != 0];
        end->why = NULL;
        rc = task_end_kind(db, j->t, j->row.n,
                           strcmp(kind, "*") == 0 ? NULL : kind, end);
    }
    return rc;
}

static enum store_rc tasks(struct store_db *db, struct journey *j)
{
    struct task_end who = {
        .by = j->actor, .request_id = j->request_id, .now = j->now};
    enum store_rc rc = end_tasks(db, j, &who);
    size_t i;
    json_t *item;
    if (rc == STORE_OK)
        rc = task_settle(db, j);
    json_array_foreach (j->result.tasks, i, item) {
        const char *kind = json_string_value(json_object_get(item, "kind"));
        if (rc == STORE_OK && kind != NULL)
            rc = task_open(db, j->t, &j->row, kind,
                           json_object_get(item, "detail"), &who);
    }
    return rc;
}

/* ---- memberships --------------------------------------------------------- */

static enum store_rc join(struct store_db *db, struct journey *j, int64_t who)
{
    struct store_resource row = {0};
    bool changed = false;
    enum store_rc rc = store_resource_get_row(db, who, &row);
    /* Erased since its id was looked up: it is a member of nothing. */
    if (rc == STORE_OK && row.state != STORE_ERASED)
        rc = store_member_add(db, j->row.n, who, j->now, &changed);
    store_resource_clear(&row);
    return rc;
}

/* A role and the group that gives it are one commit. After a crash the group
 * may be gone by now. */
static enum store_rc own_group(struct store_db *db, const struct journey *j)
{
    const struct journey_result *r = &j->result;
    struct store_resource group = {0};
    bool changed = false;
    if (j->type != STORE_USER || r->group == 0)
        return STORE_OK;
    enum store_rc rc = store_resource_get_row(db, r->group, &group);
    if (rc == STORE_OK && r->leaves_group)
        rc = store_member_remove(db, r->group, j->row.n, j->now, &changed);
    else if (rc == STORE_OK && group.state != STORE_ERASED)
        rc = store_member_add(db, r->group, j->row.n, j->now, &changed);
    if (rc == STORE_OK && changed)
        rc = store_member_touch_group(db, r->group, j->now);
    store_resource_clear(&group);
    return rc;
}

static enum store_rc members(struct store_db *db, struct journey *j)
{
    size_t i;
    json_t *n;
    bool changed = false;
    enum store_rc rc = STORE_OK;
    json_array_foreach (j->result.leaves, i, n) {
        if (rc == STORE_OK)
            rc = store_member_remove(db, j->row.n, json_integer_value(n),
                                     j->now, &changed);
    }
    json_array_foreach (j->result.joins, i, n) {
        if (rc == STORE_OK)
            rc = join(db, j, json_integer_value(n));
    }
    if (rc == STORE_OK && j->result.alone)
        rc = j->type == STORE_GROUP
                 ? store_member_clear_group(db, j->row.n, j->now)
                 : store_member_remove_everywhere(db, j->row.n, j->now);
    if (rc == STORE_OK)
        rc = own_group(db, j);
    if (rc == STORE_OK)
        rc = role_team_follow(db, j);
    if (rc == STORE_OK && j->result.renamed)
        rc = store_member_group_renamed(db, j->row.n, j->now);
    return rc;
}

/* ---- audit and journal --------------------------------------------------- */

/* The changed parts, as asked for or as they are now; members by their ids,
 * since a list of thousands would tell less. */
static char *audit_after(const struct journey *j, const json_t *shown)
{
    const json_t *moved = j->result.moved;
    bool any = json_array_size(json_object_get(moved, "added")) > 0 ||
               json_array_size(json_object_get(moved, "removed")) > 0;
    char *text = difference(shown, j->current);
    if (!any)
        return text;
    json_t *parts = text != NULL ? json_loads(text, 0, NULL) : json_object();
    free(text);
    text = NULL;
    if (json_object_set(parts, "members", (json_t *)moved) == 0)
        text = json_dumps(parts, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(parts);
    return text;
}

static enum store_rc audit(struct store_db *db, struct journey *j)
{
    const struct journey_result *r = &j->result;
    /* Of a refusal: what was asked for. */
    const json_t *shown = r->resource != NULL ? r->resource : j->desired;
    char *before = shown == NULL ? NULL : difference(j->current, shown);
    char *after = audit_after(j, shown);
    char *calls = json_dumps(j->call.trace, JSON_COMPACT);
    struct store_audit row = {
        .at = j->now,
        .target = j->t->row,
        .actor = j->actor,
        .request_id = j->request_id,
        .action = j->action,
        .resource = j->row.id[0] != '\0' ? j->row.id : NULL,
        .before = before,
        .after = after,
        .calls = calls,
        .outcome = r->outcome != NULL ? r->outcome : "done",
        .detail = r->note};
    enum store_rc rc = store_audit_append(db, &row);
    free(before);
    free(after);
    free(calls);
    return rc;
}

static enum store_rc close_entry(struct store_db *db, const struct journey *j,
                                 bool all)
{
    const char *outcome =
        j->result.outcome != NULL ? j->result.outcome : "done";
    enum store_rc rc = STORE_OK;
    if (j->entry.n != 0)
        rc = store_journal_close(db, j->entry.n, j->now, outcome);
    if (rc == STORE_OK && all && j->superseded != 0)
        rc = store_journal_close(db, j->superseded, j->now, "superseded");
    return rc;
}

static enum store_rc store_row(struct store_db *db, struct journey *j)
{
    const struct journey_result *r = &j->result;
    bool fresh = j->row.n == 0;
    enum store_rc rc = refresh(db, j);
    if (rc == STORE_OK && fresh) /* tombstone and tasks need its number */
        rc = row_store(j->t, db, &j->row, r->resource, false, j->now);
    if (rc == STORE_OK && r->hand_over != NULL)
        rc = hand_over_write(db, r->hand_over);
    if (rc == STORE_OK)
        rc = bury(db, j);
    if (rc == STORE_OK)
        rc = tasks(db, j);
    if (rc == STORE_OK && (!fresh || r->tasks != NULL || r->buried != NULL))
        rc = row_store(j->t, db, &j->row, r->resource, !fresh && r->changed,
                       j->now);
    return rc;
}

enum store_rc journey_write_result(struct store_db *db, void *ctx)
{
    struct journey *j = ctx;
    enum store_rc rc = release(db, j);
    if (rc == STORE_OK)
        rc = store_row(db, j);
    if (rc == STORE_OK)
        rc = members(db, j);
    if (rc == STORE_OK)
        rc = inbox_open_tasks(db, j);
    if (rc == STORE_OK)
        rc = audit(db, j);
    return rc == STORE_OK ? close_entry(db, j, true) : rc;
}

enum store_rc journey_write_refusal(struct store_db *db, void *ctx)
{
    struct journey *j = ctx;
    enum store_rc rc = audit(db, j);
    return rc == STORE_OK ? close_entry(db, j, false) : rc;
}
