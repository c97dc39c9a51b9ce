/*
 * bridge/brake.c - counting, holding, and doing what is released
 *
 * Released rows are done one after the other by ordinary requests: each one's
 * callback closes its row and submits the next. One that fails for the moment
 * ends the run; it is taken up at the end of the next sync, or at the start.
 */
#include "bridge/brake.h"

#include "bridge/explain.h"
#include "store/audit.h"
#include "store/held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MS     3600000LL
#define RETRY_AFTER_S 600

bool brake_exceeded(const struct bridge_policy *policy, int64_t count,
                    int64_t all)
{
    return count > policy->brake_count &&
           count * 100 > all * policy->brake_share;
}

bool brake_count(struct bridge_target *t, struct store_db *db)
{
    struct store_held_count counts;
    if (store_held_counts(db, t->row, &counts) != STORE_OK)
        return false;
    atomic_store(&t->held, counts.asked + counts.vanished + counts.released);
    return true;
}

bool brake_is_on(const struct bridge_target *t)
{
    return atomic_load(&t->held) > 0;
}

/* ---- the gate -------------------------------------------------------------
 */

struct gate {
    struct journey *j;
    const char *kind;
    bool released, held, first;
    struct store_departures seen;
};

static bool see_released(const struct store_held *h, void *ctx)
{
    struct gate *g = ctx;
    g->released = h->released > 0;
    return false;
}

static enum store_rc hold(struct store_db *db, struct gate *g)
{
    const struct journey *j = g->j;
    struct store_held row = {.target = j->t->row,
                             .resource = j->row.n,
                             .kind = g->kind,
                             .actor = j->actor,
                             .request_id = j->request_id,
                             .at = j->now};
    g->held = true;
    if (explain_is_on(j))
        return STORE_OK;
    enum store_rc rc = store_held_add(db, &row);
    if (explain_is_on(j)) /* it will not stay */
        return rc;
    return rc == STORE_OK && !brake_count(j->t, db) ? STORE_FAILED : rc;
}

static enum store_rc pass(struct store_db *db, void *ctx)
{
    struct gate *g = ctx;
    const struct journey *j = g->j;
    struct store_held_count counts;
    int64_t since = j->now - WINDOW_MS;
    enum store_rc rc = store_held_of(db, j->row.n, see_released, g);
    if (rc == STORE_FAILED || g->released)
        return rc;
    if (store_held_counts(db, j->t->row, &counts) != STORE_OK ||
        store_departure_count(db, j->t->row, since, j->row.n, &g->seen) !=
            STORE_OK)
        return STORE_FAILED;
    g->first = counts.asked == 0;
    if (!g->first || brake_exceeded(&j->t->policy, g->seen.departed + 1,
                                    g->seen.departed + g->seen.active))
        return hold(db, g);
    if (explain_is_on(j))
        return STORE_OK;
    return store_departure_add(db, j->t->row, j->row.n, j->now, since);
}

/* The same in a dry run: asked, and rolled back. */
static enum store_rc try_pass(struct store_db *db, void *ctx)
{
    enum store_rc rc = pass(db, ctx);
    return rc == STORE_OK ? STORE_NONE : rc;
}

static bool refuse(struct gate *g)
{
    struct journey *j = g->j;
    const struct bridge_policy *policy = &j->t->policy;
    scim_error_status(
        &j->err, 503,
        "The brake is on: %lld users lost access over SCIM within an hour, and "
        "more than %d with more than %d%% of the users must be confirmed by an "
        "operator. This one is held and nothing was changed; `scim-bridge "
        "brake` shows, releases or discards what is held.",
        (long long)g->seen.departed, policy->brake_count, policy->brake_share);
    j->err.retry_after = RETRY_AFTER_S;
    if (g->first && !explain_is_on(j))
        log_line(j->t->bridge->log, LOG_ERROR, "brake.on", "target", j->t->name,
                 "request_id", j->request_id, "actor", j->actor, "detail",
                 j->err.detail, (char *)NULL);
    return false;
}

bool brake_allows(struct journey *j, const char *kind)
{
    struct gate g = {.j = j, .kind = kind};
    if (j->q == NULL) /* a recovery finishes what was let through */
        return true;
    store_work *work = explain_is_on(j) ? try_pass : pass;
    if (store_write(j->t->bridge->store, work, &g, NULL) == STORE_FAILED)
        return journey_database(j);
    return g.held ? refuse(&g) : true;
}

/* ---- a change of mind -----------------------------------------------------
 */

static enum store_rc withdraw(struct store_db *db, void *ctx)
{
    struct journey *j = ctx;
    enum store_rc rc = store_held_close(db, j->row.n, j->now, "withdrawn");
    return rc == STORE_OK && !brake_count(j->t, db) ? STORE_FAILED : rc;
}

void brake_withdraw(struct journey *j)
{
    if (explain_is_on(j))
        return;
    /* A failure leaves it held, which harms nobody. */
    if (!explain_is_on(j) &&
        store_write(j->t->bridge->store, withdraw, j, NULL) == STORE_OK)
        log_line(j->t->bridge->log, LOG_INFO, "brake.withdrawn", "target",
                 j->t->name, "id", j->row.id, "request_id", j->request_id,
                 (char *)NULL);
}

/* ---- doing what is released -----------------------------------------------
 */

struct doing {
    struct bridge_target *t;
    int64_t n, resource;
    char *id, *actor, *request_id; /* owned */
    bool deletes;
    const char *outcome;
};

static void doing_free(struct doing *d)
{
    if (d == NULL)
        return;
    free(d->id);
    free(d->actor);
    free(d->request_id);
    free(d);
}

static bool take(const struct store_held *h, void *ctx)
{
    struct doing *d = ctx;
    d->n = h->n;
    d->resource = h->resource;
    d->deletes = strcmp(h->kind, "delete") == 0;
    d->id = strdup(h->id);
    d->actor = strdup(h->actor != NULL ? h->actor : "brake");
    d->request_id = strdup(h->request_id != NULL ? h->request_id : "");
    return false;
}

static enum store_rc find_next(struct store_db *db, void *ctx)
{
    struct doing *d = ctx;
    return store_held_next(db, d->t->row, d->n, take, d);
}

static enum store_rc close_row(struct store_db *db, void *ctx)
{
    struct doing *d = ctx;
    int64_t now = clock_now(&d->t->bridge->clock);
    enum store_rc rc = store_held_close(db, d->resource, now, d->outcome);
    return rc == STORE_OK && !brake_count(d->t, db) ? STORE_FAILED : rc;
}

static void do_next(struct bridge_target *t, int64_t after);

static void done(struct bridge_reply *reply, void *ctx)
{
    struct doing *d = ctx;
    struct bridge_target *t = d->t;
    int64_t n = d->n;
    int status = reply->status;
    bool later = status >= 500 || status == 429;
    d->outcome = status < 300 || status == 404 ? "done" : "refused";
    if (!later && strcmp(d->outcome, "refused") == 0)
        log_line(t->bridge->log, LOG_WARN, "brake.refused", "target", t->name,
                 "id", d->id, "answer", reply->body, (char *)NULL);
    if (!later)
        (void)store_write(t->bridge->store, close_row, d, NULL);
    bridge_reply_clear(reply);
    doing_free(d);
    if (later)
        atomic_store(&t->resuming, false);
    else
        do_next(t, n);
}

static void submit(struct doing *d)
{
    static const char off[] =
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
        "\"Operations\":[{\"op\":\"replace\",\"path\":\"active\",\"value\":"
        "false}]}";
    struct bridge_request q = {
        .op = d->deletes ? BRIDGE_DELETE : BRIDGE_PATCH,
        .type = d->t->user,
        .id = d->id,
        .body = d->deletes ? NULL : off,
        .body_len = d->deletes ? 0 : sizeof off - 1,
        .actor = d->actor,
        .request_id = d->request_id,
    };
    bridge_submit(d->t, &q, done, d);
}

static void do_next(struct bridge_target *t, int64_t after)
{
    struct doing *d = calloc(1, sizeof *d);
    enum store_rc rc = STORE_FAILED;
    if (d != NULL) {
        *d = (struct doing){.t = t, .n = after};
        rc = store_write(t->bridge->store, find_next, d, NULL);
    }
    if (rc == STORE_OK && d->id != NULL && d->actor != NULL &&
        d->request_id != NULL) {
        submit(d);
        return;
    }
    doing_free(d);
    atomic_store(&t->resuming, false);
}

void brake_resume(struct bridge_target *t)
{
    bool idle = false;
    if (brake_is_on(t) && t->bridge->scheduler != NULL &&
        atomic_compare_exchange_strong(&t->resuming, &idle, true))
        do_next(t, 0);
}

/* ---- the operator ---------------------------------------------------------
 */

struct decision {
    struct bridge_target *t;
    const char *by;
    bool release;
    int64_t count;
};

static enum store_rc note_decision(struct store_db *db,
                                   const struct decision *d, int64_t now)
{
    char detail[128];
    (void)snprintf(detail, sizeof detail, "%lld held by the brake %s.",
                   (long long)d->count, d->release ? "released" : "discarded");
    struct store_audit row = {.at = now,
                              .target = d->t->row,
                              .actor = d->by,
                              .action = d->release ? "brake.release"
                                                   : "brake.discard",
                              .outcome = "done",
                              .detail = detail};
    return store_audit_append(db, &row);
}

static enum store_rc decide(struct store_db *db, void *ctx)
{
    struct decision *d = ctx;
    int64_t now = clock_now(&d->t->bridge->clock), row = d->t->row;
    enum store_rc rc = d->release
                           ? store_held_release(db, row, now, d->by, &d->count)
                           : store_held_discard(db, row, now, d->by, &d->count);
    if (rc == STORE_OK && d->release)
        rc = store_departure_forget(db, row, now + 1);
    if (rc == STORE_OK)
        rc = note_decision(db, d, now);
    return rc == STORE_OK && !brake_count(d->t, db) ? STORE_FAILED : rc;
}

bool bridge_brake_decide(struct bridge_target *t, bool release, const char *by,
                         int64_t *count, struct error *err)
{
    struct decision d = {.t = t, .by = by, .release = release};
    if (store_write(t->bridge->store, decide, &d, err) != STORE_OK)
        return false;
    *count = d.count;
    log_line(t->bridge->log, LOG_WARN,
             release ? "brake.released" : "brake.discarded", "target", t->name,
             "by", by, (char *)NULL);
    brake_resume(t);
    return true;
}

static bool add_item(const struct store_held *h, void *ctx)
{
    char at[CLOCK_TEXT_SIZE];
    clock_format(h->at, at);
    return json_array_append_new(
               ctx, json_pack("{s:I,s:s,s:s?,s:s,s:s,s:s?,s:s?,s:b}", "n",
                              (json_int_t)h->n, "id", h->id, "display",
                              h->display, "kind", h->kind, "since", at,
                              "askedBy", h->actor, "requestId", h->request_id,
                              "released", h->released > 0)) == 0;
}

json_t *bridge_brake(const struct bridge_target *t, struct store_db *db,
                     int64_t after, int64_t limit)
{
    struct store_held_count counts;
    json_t *items = json_array();
    if (items == NULL || store_held_counts(db, t->row, &counts) != STORE_OK ||
        store_held_list(db, t->row, after, limit, add_item, items) !=
            STORE_OK) {
        json_decref(items);
        return NULL;
    }
    size_t got = json_array_size(items);
    const json_t *last = json_array_get(items, got > 0 ? got - 1 : 0);
    char next[24];
    (void)snprintf(next, sizeof next, "%lld",
                   (long long)json_integer_value(json_object_get(last, "n")));
    return json_pack(
        "{s:b,s:I,s:I,s:I,s:o,s:s?}", "on", counts.asked + counts.vanished > 0,
        "asked", (json_int_t)counts.asked, "vanished",
        (json_int_t)counts.vanished, "released", (json_int_t)counts.released,
        "items", items, "next", (int64_t)got == limit ? next : NULL);
}
