/*
 * bridge/sync.c - one sync, from its row in the history to its end
 *
 *   step                          teaches
 *   1 list all users, to the end  what exists, and what changed
 *   2 store what changed          (batches; each a transaction)
 *   3 ask for whoever is missing  what is gone: 404 there, tombstone here
 *   4 the same for teams          memberships too
 *   5 compare the open tasks      what a person did by hand
 *   6 expired invitations         are sent again
 *   7 note the run's end          the target is in step
 *
 * A listing that ended early or contradicts itself ends the run at 1: it says
 * nothing about absence. A run that was cut off is simply run again.
 */
#include "bridge/sync.h"

#include "bridge/brake.h"
#include "bridge/claims.h"
#include "bridge/difference.h"
#include "bridge/sync_internal.h"
#include "bridge/task_alarm.h"
#include "store/audit.h"
#include "store/held.h"
#include "store/target.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum store_rc sync_audit(struct sync *s, struct store_db *db,
                         const char *action, const char *id,
                         const json_t *before, const json_t *after,
                         const char *detail)
{
    char *was = difference(before, after), *is = difference(after, before);
    struct store_audit row = {.at = clock_now(&s->t->bridge->clock),
                              .target = s->t->row,
                              .actor = "sync",
                              .action = action,
                              .resource = id,
                              .before = was,
                              .after = is,
                              .outcome = "done",
                              .detail = detail};
    enum store_rc rc = store_audit_append(db, &row);
    free(was);
    free(is);
    return rc;
}

/* ---- users that were not listed -------------------------------------------
 */

struct absent {
    struct sync *s;
    int64_t *rows; /* owned */
    size_t count, linked;
    size_t free_count; /* of the first rows: the brake lets them go */
    bool failed;
};

/* Inactive because the helpdesk says so, not because a person was asked. */
static bool said_inactive(const struct store_resource *row)
{
    if (row->active)
        return false;
    json_t *said =
        row->upstream == NULL ? NULL : json_loads(row->upstream, 0, NULL);
    bool active = json_is_true(json_object_get(said, "active"));
    json_decref(said);
    return !active;
}

/* One that is known to be inactive may be hidden from the list: it is not asked
 * for again until it is listed or written. */
static bool may_be_gone(struct absent *a, int64_t n)
{
    struct store_resource row = {0};
    a->failed = store_resource_get_row(a->s->db, n, &row) != STORE_OK;
    bool may = !a->failed && row.upstream_id != NULL &&
               row.seen < a->s->run.started && !said_inactive(&row);
    store_resource_clear(&row);
    return may;
}

static bool note_absent(int64_t n, void *ctx)
{
    struct absent *a = ctx;
    a->linked++;
    if (rowset_has(&a->s->seen, n) || !may_be_gone(a, n))
        return !a->failed;
    int64_t *rows = realloc(a->rows, (a->count + 1) * sizeof *rows);
    a->failed = rows == NULL;
    if (rows != NULL) {
        a->rows = rows;
        a->rows[a->count++] = n;
    }
    return !a->failed;
}

struct gone_user {
    struct sync *s;
    int64_t n;
};

static enum store_rc bury_user(struct store_db *db, void *ctx)
{
    struct gone_user *g = ctx;
    struct store_resource row = {0};
    enum store_rc rc = store_resource_get_row(db, g->n, &row);
    if (rc == STORE_OK && row.state == STORE_LINKED &&
        row.seen < g->s->run.started && claims_try(g->s->t->claims, row.id)) {
        rc = sync_user_vanish(g->s, db, &row);
        if (rc == STORE_OK && brake_is_on(g->s->t) &&
            store_held_close(db, row.n, g->s->run.started, "done") ==
                STORE_FAILED)
            rc = STORE_FAILED;
        claims_drop(g->s->t->claims, row.id);
    }
    store_resource_clear(&row);
    return rc;
}

/* Not listed is not gone: the helpdesk is asked for this one user. */
static bool look_for(struct sync *s, int64_t n)
{
    struct store_resource row = {0};
    struct up_call call = {.background = true, .stop = &s->t->bridge->stopping};
    struct up_user user = {0};
    struct up_error err = {0};
    struct gone_user gone = {.s = s, .n = n};
    bool ok = store_resource_get_row(s->db, n, &row) == STORE_OK;
    enum up_rc rc = UP_FAILED;
    if (ok)
        rc = up_user_get(s->t->up, &call, row.upstream_id, &user, &err);
    if (rc == UP_NOT_FOUND || (rc == UP_OK && user.state == UP_DELETED))
        ok = store_write(s->t->bridge->store, bury_user, &gone, &s->err) ==
             STORE_OK;
    else if (rc == UP_OK)
        ok = sync_user_each(&user, s);
    up_user_clear(&user);
    store_resource_clear(&row);
    return ok;
}

static bool see_released(const struct store_held *h, void *ctx)
{
    bool *released = ctx;
    *released = h->released > 0;
    return false;
}

/* Moves those that an operator released to the front; how many they are. */
static size_t released_first(struct sync *s, struct absent *a)
{
    size_t count = 0;
    for (size_t i = 0; brake_is_on(s->t) && i < a->count; i++) {
        bool released = false;
        int64_t n = a->rows[i];
        if (store_held_of(s->db, n, see_released, &released) != STORE_OK ||
            !released)
            continue;
        a->rows[i] = a->rows[count];
        a->rows[count++] = n;
    }
    return count;
}

static enum store_rc hold_rows(struct store_db *db, void *ctx)
{
    struct absent *a = ctx;
    const struct bridge_target *t = a->s->t;
    enum store_rc rc = STORE_OK;
    for (size_t i = a->free_count; rc == STORE_OK && i < a->count; i++) {
        struct store_held h = {.target = t->row,
                               .resource = a->rows[i],
                               .kind = "vanished",
                               .actor = "sync",
                               .at = clock_now(&t->bridge->clock)};
        rc = store_held_add(db, &h);
    }
    return rc;
}

static bool hold(struct sync *s, struct absent *a)
{
    size_t missing = a->count - a->free_count;
    if (!brake_exceeded(&s->t->policy, (int64_t)missing, (int64_t)a->linked))
        return false;
    char count[24];
    (void)snprintf(count, sizeof count, "%zu", missing);
    s->run.brake = true;
    s->run.held = (int64_t)missing;
    log_line(s->t->bridge->log, LOG_ERROR, "sync.brake", "target", s->t->name,
             "missing", count, "detail",
             "too many users are missing at once; nothing was taken away. "
             "`scim-bridge brake` shows, releases or discards them",
             NULL);
    return true;
}

/* Nothing is missing beyond the limits: what was held of a sync is over. */
static enum store_rc close_held(struct store_db *db, void *ctx)
{
    struct sync *s = ctx;
    enum store_rc rc = STORE_OK;
    if (!s->run.brake)
        rc =
            store_held_returned(db, s->t->row, clock_now(&s->t->bridge->clock));
    return rc == STORE_OK && !brake_count(s->t, db) ? STORE_FAILED : rc;
}

static bool end_held(struct sync *s)
{
    return (!brake_is_on(s->t) && !s->run.brake) ||
           store_write(s->t->bridge->store, close_held, s, &s->err) == STORE_OK;
}

static bool find_absent(struct sync *s)
{
    struct absent a = {.s = s};
    bool ok =
        store_resource_in_state(s->db, s->t->row, STORE_USER, STORE_LINKED,
                                note_absent, &a) == STORE_OK &&
        !a.failed;
    if (ok) {
        a.free_count = released_first(s, &a);
        if (hold(s, &a))
            ok = store_write(s->t->bridge->store, hold_rows, &a, &s->err) ==
                 STORE_OK;
        else
            a.free_count = a.count;
    }
    for (size_t i = 0; ok && i < a.free_count; i++)
        ok = look_for(s, a.rows[i]);
    free(a.rows);
    return ok && sync_user_flush(s) && end_held(s);
}

/* ---- the run --------------------------------------------------------------
 */

static bool list_users(struct sync *s)
{
    struct up_known known = {.same = sync_user_known, .ctx = s};
    struct up_call call = {
        .background = true, .stop = &s->t->bridge->stopping, .known = &known};
    memcpy(&known.key, s->t->bridge->cursor_secret, sizeof known.key);
    struct up_error err = {0};
    enum up_rc rc = up_users_list(s->t->up, &call, sync_user_each, s, &err);
    if (rc != UP_OK) {
        error_set(&s->err, "The users could not be listed: %s", err.detail);
        return false;
    }
    return sync_user_flush(s) && !s->failed;
}

/* From here on a row that is newer was written by somebody else. */
static bool note_stored(struct sync *s)
{
    s->flushed = clock_now(&s->t->bridge->clock);
    return true;
}

/* Who the bridge itself is, so that it never shuts itself out. */
static bool learn_own_account(struct sync *s)
{
    struct up_call call = {.background = true, .stop = &s->t->bridge->stopping};
    struct up_error err = {0};
    struct up_user own = {0};
    enum up_rc rc = up_probe(s->t->up, &call, &own, &err);
    if (rc == UP_OK && own.id != NULL) {
        /* Written once: workers read it without a lock. */
        char *none = NULL;
        if (atomic_compare_exchange_strong(&s->t->own_id, &none, own.id))
            own.id = NULL;
    }
    up_user_clear(&own);
    if (rc != UP_OK)
        error_set(&s->err, "The helpdesk could not be asked: %s", err.detail);
    return rc == UP_OK;
}

static enum store_rc start_row(struct store_db *db, void *ctx)
{
    struct sync *s = ctx;
    return store_sync_run_start(db, &s->run);
}

static enum store_rc end_row(struct store_db *db, void *ctx)
{
    struct sync *s = ctx;
    enum store_rc rc = store_sync_run_end(db, &s->run);
    if (rc == STORE_OK && s->run.complete)
        rc = store_target_set_synced(db, s->t->row, s->run.started);
    return rc;
}

static json_t *counts_of(const struct sync *s)
{
    const struct store_sync_run *r = &s->run;
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "seen",
                     (json_int_t)r->seen, "created", (json_int_t)r->created,
                     "changed", (json_int_t)r->changed, "vanished",
                     (json_int_t)r->vanished, "revived", (json_int_t)r->revived,
                     "held", (json_int_t)r->held, "brake", r->brake);
}

static void log_run(const struct sync *s, int64_t took)
{
    char seen[24], created[24], changed[24], vanished[24], ms[24];
    (void)snprintf(seen, sizeof seen, "%lld", (long long)s->run.seen);
    (void)snprintf(created, sizeof created, "%lld", (long long)s->run.created);
    (void)snprintf(changed, sizeof changed, "%lld", (long long)s->run.changed);
    (void)snprintf(vanished, sizeof vanished, "%lld",
                   (long long)s->run.vanished);
    (void)snprintf(ms, sizeof ms, "%lld", (long long)took);
    log_line(s->t->bridge->log, s->run.complete ? LOG_INFO : LOG_WARN,
             s->run.complete ? "sync.done" : "sync.failed", "target",
             s->t->name, "seen", seen, "created", created, "changed", changed,
             "vanished", vanished, "ms", ms, "error",
             s->run.complete ? NULL : s->err.text, NULL);
}

static void finish(struct sync *s, bool complete, int64_t took)
{
    s->run.complete = complete;
    s->run.ended = clock_now(&s->t->bridge->clock);
    s->run.error = complete ? NULL : s->err.text;
    struct error why = {{0}};
    if (store_write(s->t->bridge->store, end_row, s, &why) == STORE_OK) {
        if (complete) {
            atomic_store(&s->t->synced_at, s->run.started);
            atomic_store(&s->t->ready, true);
        }
    } else if (complete) {
        s->run.complete = false;
        s->err = why;
    }
    log_run(s, took);
    s->run.error = NULL;
}

bool sync_run(struct bridge_target *t, struct store_db *db, json_t **counts,
              struct error *err)
{
    struct sync s = {.t = t, .db = db};
    *counts = NULL;
    (void)pthread_mutex_lock(&t->sync_lock);
    int64_t began = clock_span_ms();
    s.run.target = t->row;
    s.run.started = clock_now(&t->bridge->clock);
    s.batch = calloc(SYNC_BATCH, sizeof *s.batch);
    bool ok = s.batch != NULL &&
              store_write(t->bridge->store, start_row, &s, &s.err) == STORE_OK;
    if (ok)
        finish(&s,
               learn_own_account(&s) && sync_tasks_watch(&s) &&
                   list_users(&s) && find_absent(&s) && note_stored(&s) &&
                   sync_teams(&s) && sync_tasks(&s) && sync_invitations(&s),
               clock_span_ms() - began);
    ok = ok && s.run.complete;
    for (size_t i = 0; s.batch != NULL && i < s.batch_count; i++)
        up_user_clear(&s.batch[i]);
    free(s.batch);
    rowset_clear(&s.seen);
    sync_tasks_clear(&s);
    task_alarms(t, db);
    (void)pthread_mutex_unlock(&t->sync_lock);
    brake_resume(t);
    /* A listing takes much memory for a moment, in pieces that the allocator
     * would keep. */
    (void)malloc_trim(0);
    if (ok)
        *counts = counts_of(&s);
    else
        error_set(err, "%s", s.err.text);
    return ok;
}

bool sync_one(struct bridge_target *t, struct store_db *db,
              const struct up_user *user, struct error *err)
{
    struct sync s = {.t = t, .db = db};
    (void)pthread_mutex_lock(&t->sync_lock);
    s.run.started = clock_now(&t->bridge->clock);
    s.batch = calloc(SYNC_BATCH, sizeof *s.batch);
    bool ok =
        s.batch != NULL && sync_user_each(user, &s) && sync_user_flush(&s);
    for (size_t i = 0; s.batch != NULL && i < s.batch_count; i++)
        up_user_clear(&s.batch[i]);
    free(s.batch);
    rowset_clear(&s.seen);
    sync_tasks_clear(&s);
    (void)pthread_mutex_unlock(&t->sync_lock);
    if (!ok)
        error_set(err, "%s", s.err.text);
    return ok;
}
