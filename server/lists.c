#include "server/lists.h"

#include "base/clock.h"
#include "store/audit.h"
#include "store/resource.h"
#include "store/sync_run.h"
#include "store/task.h"
#include "store/tombstone.h"

#include <stdio.h>

/* Gathers one page of rows that come one after the other. */
struct page {
    const struct list_page *want;
    json_t *items;
    int64_t seen;   /* rows, those before the page too */
    int64_t cursor; /* of the next page, when `more` */
    bool more;
    bool failed;
};

/* The row belongs to the page; false: it is before it, or behind it. */
static bool on_page(struct page *p)
{
    p->seen++;
    if (p->seen <= p->want->cursor)
        return false;
    if ((int64_t)json_array_size(p->items) < p->want->limit)
        return true;
    p->more = true;
    p->cursor = p->want->cursor + p->want->limit;
    return false;
}

static bool add(struct page *p, json_t *item)
{
    if (item == NULL || json_array_append_new(p->items, item) != 0)
        p->failed = true;
    return !p->failed;
}

static struct page start(const struct list_page *want)
{
    struct page p = {.want = want, .items = json_array()};
    p.failed = p.items == NULL;
    return p;
}

static json_t *finish(struct page *p, enum store_rc rc)
{
    char next[24];
    if (p->failed || rc == STORE_FAILED) {
        json_decref(p->items);
        return NULL;
    }
    (void)snprintf(next, sizeof next, "%lld", (long long)p->cursor);
    return json_pack("{s:o,s:s?}", "items", p->items, "next",
                     p->more ? next : NULL);
}

/* A time as text, or null; new. */
static json_t *when(int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    if (ms == 0)
        return json_null();
    clock_format(ms, text);
    return json_string(text);
}

/* Stored JSON, or null; new. */
static json_t *stored(const char *text)
{
    json_t *value =
        text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
    return value == NULL ? json_null() : value;
}

/* ---- tasks ----------------------------------------------------------------
 */

static const char *task_state(const struct store_task *t)
{
    if (t->closed == 0)
        return "open";
    return t->outcome == NULL ? "done" : t->outcome;
}

/* Of whom it is, in a word. */
static const char *task_who(const json_t *detail)
{
    const json_t *who = json_object_get(detail, "who");
    const char *name = json_string_value(json_object_get(who, "userName"));
    return name != NULL
               ? name
               : json_string_value(json_object_get(who, "displayName"));
}

static json_t *task_json(const struct store_task *t, const char *target)
{
    const struct clock clock = clock_system();
    json_t *detail = stored(t->detail);
    bool overdue = t->closed == 0 && t->due > 0 && t->due <= clock_now(&clock);
    json_t *item = json_pack(
        "{s:s,s:s?,s:s,s:s,s:s?,s:o,s:o,s:b,s:I,s:o,s:s?,s:s?}", "id", t->id,
        "target", target, "kind", t->kind, "state", task_state(t), "who",
        task_who(detail), "opened", when(t->opened), "due", when(t->due),
        "overdue", overdue, "alarms", (json_int_t)t->alarms, "closed",
        when(t->closed), "outcome", t->outcome, "closedBy", t->closed_by);
    (void)json_object_set_new(item, "detail", detail);
    return item;
}

static bool each_task(const struct store_task *t, void *ctx)
{
    struct page *p = ctx;
    if (!on_page(p))
        return !p->more;
    return add(p, task_json(t, p->want->name));
}

json_t *list_task_counts(struct store_db *db, int64_t target)
{
    const struct clock clock = clock_system();
    struct store_task_counts n;
    if (store_task_count(db, target, clock_now(&clock), &n) != STORE_OK)
        return NULL;
    return json_pack("{s:I,s:I,s:I}", "open", (json_int_t)n.open, "overdue",
                     (json_int_t)n.overdue, "deactivate",
                     (json_int_t)n.deactivate);
}

json_t *list_tasks(struct store_db *db, const struct list_page *want)
{
    struct page p = start(want);
    if (p.failed)
        return NULL;
    json_t *list = finish(
        &p, store_task_list(db, want->target, !want->all, each_task, &p));
    json_t *counts = list_task_counts(db, want->target);
    if (list != NULL && counts != NULL &&
        json_object_update(list, counts) != 0) {
        json_decref(list);
        list = NULL;
    }
    json_decref(counts);
    return list;
}

json_t *list_task(struct store_db *db, const char *id, int64_t *target)
{
    struct store_task t;
    json_t *item = NULL;
    *target = 0;
    if (store_task_get(db, id, &t) == STORE_OK) {
        item = task_json(&t, NULL);
        *target = t.target;
    }
    store_task_clear(&t);
    return item;
}

/* ---- tombstones -----------------------------------------------------------
 */

static bool each_tombstone(const struct store_tombstone *t, const char *id,
                           void *ctx)
{
    struct page *p = ctx;
    if (!on_page(p))
        return !p->more;
    return add(p, json_pack("{s:s,s:s?,s:s?,s:s?,s:o}", "target", p->want->name,
                            "id", id, "upstreamId", t->upstream_id, "reason",
                            t->reason, "since", when(t->since)));
}

json_t *list_tombstones(struct store_db *db, const struct list_page *want)
{
    struct page p = start(want);
    if (p.failed)
        return NULL;
    return finish(&p, store_tombstone_list(db, want->target,
                                           want->cursor + want->limit + 1,
                                           each_tombstone, &p));
}

/* ---- audit ----------------------------------------------------------------
 */

static bool each_audit(const struct store_audit *row, void *ctx)
{
    struct page *p = ctx;
    if ((int64_t)json_array_size(p->items) == p->want->limit) {
        p->more = true;
        return false;
    }
    p->cursor = row->n;
    return add(
        p, json_pack("{s:I,s:s,s:o,s:s?,s:s?,s:s?,s:s?,s:o,s:o,s:o,s:s?,s:s?}",
                     "n", (json_int_t)row->n, "target", p->want->name, "at",
                     when(row->at), "actor", row->actor, "requestId",
                     row->request_id, "action", row->action, "resource",
                     row->resource, "before", stored(row->before), "after",
                     stored(row->after), "calls", stored(row->calls), "outcome",
                     row->outcome, "detail", row->detail));
}

json_t *list_audit(struct store_db *db, const struct list_page *want)
{
    struct page p = start(want);
    if (p.failed)
        return NULL;
    return finish(&p, store_audit_list(db, want->target, want->resource,
                                       want->cursor, want->limit + 1,
                                       each_audit, &p));
}

/* ---- syncs ----------------------------------------------------------------
 */

static json_t *sync_json(const struct store_sync_run *r)
{
    return json_pack("{s:o,s:o,s:b,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:s?}",
                     "started", when(r->started), "ended", when(r->ended),
                     "complete", r->complete, "brake", r->brake, "seen",
                     (json_int_t)r->seen, "created", (json_int_t)r->created,
                     "changed", (json_int_t)r->changed, "vanished",
                     (json_int_t)r->vanished, "revived", (json_int_t)r->revived,
                     "held", (json_int_t)r->held, "error", r->error);
}

static bool each_sync(const struct store_sync_run *r, void *ctx)
{
    struct page *p = ctx;
    if (!on_page(p))
        return !p->more;
    json_t *item = sync_json(r);
    if (item != NULL)
        (void)json_object_set_new(item, "target", json_string(p->want->name));
    return add(p, item);
}

json_t *list_syncs(struct store_db *db, const struct list_page *want)
{
    struct page p = start(want);
    if (p.failed)
        return NULL;
    return finish(&p, store_sync_run_list(db, want->target,
                                          want->cursor + want->limit + 1,
                                          each_sync, &p));
}

static bool take_sync(const struct store_sync_run *r, void *ctx)
{
    json_t **out = ctx;
    *out = sync_json(r);
    return false;
}

json_t *list_last_sync(struct store_db *db, int64_t target)
{
    json_t *out = NULL;
    (void)store_sync_run_list(db, target, 1, take_sync, &out);
    return out == NULL ? json_null() : out;
}

/* ---- resources ------------------------------------------------------------
 */

static const char *state_word(enum store_state state)
{
    static const char *const words[] = {"linked", "waiting", "tombstone",
                                        "erased"};
    return words[state];
}

static bool each_resource(const struct store_resource *row, void *ctx)
{
    struct page *p = ctx;
    if (!on_page(p))
        return !p->more;
    json_t *body = stored(row->body);
    const char *name = json_string_value(json_object_get(
        body, row->type == STORE_USER ? "userName" : "displayName"));
    json_t *item = json_pack(
        "{s:s,s:s,s:s?,s:s,s:b,s:s?,s:s?,s:o}", "target", p->want->name, "id",
        row->id, row->type == STORE_USER ? "userName" : "displayName", name,
        "state", state_word(row->state), "active", row->active, "upstreamId",
        row->upstream_id, row->type == STORE_USER ? "role" : "kind",
        row->type == STORE_USER ? row->role : row->kind, "lastModified",
        when(row->modified));
    json_decref(body);
    return add(p, item);
}

static json_t *resources(struct store_db *db, const struct list_page *want,
                         enum store_type type)
{
    struct page p = start(want);
    struct store_query q = {.target = want->target,
                            .type = (int)type,
                            .offset = 0,
                            .limit = want->cursor + want->limit + 1};
    if (p.failed)
        return NULL;
    return finish(&p, store_resource_list(db, &q, each_resource, &p));
}

json_t *list_users(struct store_db *db, const struct list_page *want)
{
    return resources(db, want, STORE_USER);
}

json_t *list_groups(struct store_db *db, const struct list_page *want)
{
    return resources(db, want, STORE_GROUP);
}
