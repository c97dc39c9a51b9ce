#include "bridge/offboard_job.h"

#include "bridge/manual.h"
#include "bridge/offboard.h"
#include "bridge/recover.h"
#include "bridge/row.h"
#include "bridge/task.h"
#include "bridge/user.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a leave is worked on at a time; a request waits no longer. */
#define TURN_MS         3000
#define SHORTEST_MS     500
#define END_MS          60000 /* for the deactivation itself */
#define CLAIM_MS        2000  /* for a request about it to end */
#define BUSY_MS         1000
#define BREATH_MS       20 /* between turns: whoever waits for the person */
#define BACKOFF_MS      1000
#define LAST_BACKOFF_MS 300000
#define ALARM_EVERY_MS  3600000
#define OVERDUE_MS      86400000

/* ---- one leave ------------------------------------------------------------
 */

struct turn {
    struct journey j;
    struct offboard o;
};

static void turn_begin(struct turn *t, struct bridge_target *target,
                       struct store_db *db, const struct store_hand_over *row)
{
    *t = (struct turn){0};
    journey_begin(&t->j, target, db, NULL, STORE_USER);
    t->j.action = "user.offboard";
    t->j.actor = row->actor != NULL ? row->actor : "bridge";
    t->j.request_id = row->request_id;
    t->j.call.background = true;
    t->j.call.stop = &target->bridge->stopping;
    t->j.call.deadline_ms = clock_span_ms() + CLAIM_MS;
}

static void turn_end(struct turn *t)
{
    offboard_clear(&t->o);
    journey_end(&t->j);
}

static bool read_row(struct turn *t, int64_t n)
{
    struct journey *j = &t->j;
    store_resource_clear(&j->row);
    return store_resource_get_row(j->db, n, &j->row) == STORE_OK ||
           journey_database(j);
}

/* A quarter of what a request may wait, within bounds. */
static int64_t turn_ms(const struct bridge_target *t)
{
    int64_t ms = t->policy.deadline_ms / 4;
    return ms > TURN_MS || ms <= 0 ? TURN_MS
           : ms < SHORTEST_MS      ? SHORTEST_MS
                                   : ms;
}

enum loaded {
    LOADED,
    BUSY,   /* somebody else is at it, or ended it a moment ago */
    UNKNOWN /* what became of an earlier write cannot be found out: j.err */
};

/* Claims and loads it. */
static enum loaded turn_load(struct turn *t, const struct store_hand_over *row)
{
    struct journey *j = &t->j;
    if (!read_row(t, row->resource) || !journey_claim(j, "", j->row.id) ||
        !journey_claim(j, "up:", row->leaver))
        return BUSY;
    j->call.deadline_ms = clock_span_ms() + turn_ms(j->t);
    bool known = recover_resource(j, j->row.id);
    const struct scim_error why = j->err;
    if (!read_row(t, row->resource) || !offboard_find(j, &t->o) ||
        t->o.h.row.n != row->n || !t->o.promised)
        return BUSY;
    j->current = row_resource(j->t, j->db, &j->row, false);
    j->err = why;
    return j->current == NULL ? BUSY : known ? LOADED : UNKNOWN;
}

static bool said_inactive(const struct store_resource *row)
{
    json_t *said =
        row->upstream == NULL ? NULL : json_loads(row->upstream, 0, NULL);
    bool off = json_is_false(json_object_get(said, "active"));
    json_decref(said);
    return off;
}

/* ---- telling --------------------------------------------------------------
 */

struct task_search {
    const char *kind;
    char id[ID_SIZE];
};

static bool find_kind(const struct store_task *task, void *ctx)
{
    struct task_search *s = ctx;
    if (strcmp(task->kind, s->kind) == 0)
        memcpy(s->id, task->id, sizeof s->id);
    return s->id[0] == '\0';
}

/* A task's new detail: the open one keeps its time. */
static enum store_rc tell_task(struct store_db *db, struct turn *t,
                               const char *kind, json_t *facts)
{
    struct journey *j = &t->j;
    struct task_search open = {.kind = kind};
    struct task_end who = {
        .by = j->actor, .request_id = j->request_id, .now = j->now};
    enum store_rc rc = store_task_of(db, j->row.n, find_kind, &open);
    json_t *detail =
        manual_detail(j, kind, j->current, j->row.upstream_id, facts);
    if (rc == STORE_OK && detail != NULL && open.id[0] != '\0') {
        char *text = json_dumps(detail, JSON_COMPACT);
        rc = text == NULL ? STORE_FAILED
                          : store_task_set_detail(db, open.id, text);
        free(text);
    } else if (rc == STORE_OK) {
        rc = detail == NULL ? STORE_FAILED
                            : task_open(db, j->t, &j->row, kind, detail, &who);
    }
    json_decref(detail);
    return rc;
}

/* The person's task while access is open that nobody should have. */
static enum store_rc tell_alarm(struct store_db *db, struct turn *t)
{
    const struct store_hand_over *row = &t->o.h.row;
    if (row->alarmed != t->j.now || said_inactive(&t->j.row))
        return STORE_OK;
    return tell_task(
        db, t, "deactivate",
        json_pack("{s:s, s:s*}", "what",
                  "The bridge cannot end this leave, and goes on trying. Take "
                  "this user's access to the helpdesk away by hand now.",
                  "error", row->error));
}

static enum store_rc write_progress(struct store_db *db, void *ctx)
{
    struct turn *t = ctx;
    struct journey *j = &t->j;
    enum store_rc rc = hand_over_write(db, &t->o.h);
    if (rc == STORE_OK)
        rc = tell_task(db, t, "offboard", offboard_progress(&t->o.h));
    if (rc == STORE_OK)
        rc = tell_alarm(db, t);
    json_t *resource =
        rc == STORE_OK ? row_resource(j->t, db, &j->row, false) : NULL;
    if (rc == STORE_OK)
        rc = resource == NULL
                 ? STORE_FAILED
                 : row_store(j->t, db, &j->row, resource, false, j->now);
    json_decref(resource);
    return rc;
}

static void log_stuck(const struct turn *t)
{
    struct buf text = {0};
    const struct store_hand_over *row = &t->o.h.row;
    struct hand_over_counts c = hand_over_count(&t->o.h);
    buf_fmt(&text,
            "a leave does not end: %zu of %zu open conversations are handed "
            "over, and the account %s",
            c.moved, c.found,
            said_inactive(&t->j.row) ? "is inactive" : "is still open");
    log_line(t->j.t->bridge->log, LOG_ERROR, "offboard.stuck", "target",
             t->j.t->name, "id", t->j.row.id, "upstream_id", row->leaver,
             "detail", text.data, "error", row->error, (char *)NULL);
    buf_clear(&text);
}

/* Is it time to alarm somebody? `final`: trying again does not help. */
static bool is_stuck(const struct turn *t, bool final)
{
    const struct store_hand_over *row = &t->o.h.row;
    int64_t now = t->j.now;
    bool stuck =
        final || now - row->opened >= OVERDUE_MS ||
        (row->failures > 0 && now - row->moved_at >= HAND_OVER_PATIENCE_MS);
    return stuck && now - row->alarmed >= ALARM_EVERY_MS;
}

static void keep_progress(struct turn *t, bool final)
{
    struct error why = {0};
    bool stuck = is_stuck(t, final);
    if (stuck)
        t->o.h.row.alarmed = t->j.now;
    if (store_write(t->j.t->bridge->store, write_progress, t, &why) != STORE_OK)
        log_line(t->j.t->bridge->log, LOG_ERROR, "offboard.unstored", "target",
                 t->j.t->name, "id", t->j.row.id, "error", why.text,
                 (char *)NULL);
    if (stuck)
        log_stuck(t);
}

/* ---- ends -----------------------------------------------------------------
 */

/* Nothing can be done upstream any more: only told. */
static bool close_it(struct turn *t, bool lost)
{
    struct journey *j = &t->j;
    j->result.resource = json_deep_copy(j->current);
    t->o.later = false;
    if (j->result.resource == NULL)
        return journey_memory(j);
    return (lost ? offboard_withdraw(j, &t->o)
                 : offboard_conclude(j, j->current, &t->o)) &&
           journey_commit(j);
}

/* A turn that failed: when to try again. */
static void wait_longer(struct turn *t, const struct scim_error *err)
{
    struct store_hand_over *row = &t->o.h.row;
    int64_t wait = BACKOFF_MS;
    bool passes = err->status == 503 || err->status == 429 ||
                  err->status == 504 || err->status == 502;
    for (int64_t i = 0; i < row->failures && wait < LAST_BACKOFF_MS; i++)
        wait *= 2;
    if (err->retry_after * (int64_t)1000 > wait)
        wait = err->retry_after * (int64_t)1000;
    row->failures++;
    row->next_at = t->j.now + wait;
    free(row->error);
    row->error = strdup(err->detail);
    keep_progress(t, !passes);
}

/* The rest of the leave, as a write of its own: look, intent, deactivation,
 * one commit. */
static void end_leave(struct turn *t, const struct store_hand_over *row)
{
    struct journey *j = &t->j;
    bool removal = t->o.h.row.removal || j->row.state == STORE_ERASED;
    j->call.deadline_ms = clock_span_ms() + END_MS;
    if (removal ? user_delete_on(j) : user_leave_on(j))
        return;
    struct scim_error err = j->err;
    struct turn again;
    struct bridge_target *target = j->t;
    struct store_db *db = j->db;
    turn_end(t);
    turn_begin(&again, target, db, row);
    if (!atomic_load(&target->bridge->stopping) &&
        turn_load(&again, row) != BUSY)
        wait_longer(&again, &err);
    *t = again;
}

static bool is_before(const struct turn *t)
{
    const struct bridge_target *target = t->j.t;
    const char *order = up_tickets_order(target->up);
    return (order != NULL && strcmp(order, "before") == 0) ||
           (t->j.row.state == STORE_ERASED &&
            target->policy.removal == REMOVAL_DELETE);
}

static void go_on(struct turn *t, const struct store_hand_over *row)
{
    struct journey *j = &t->j;
    bool before = is_before(t);
    bool mine = j->row.upstream_id != NULL &&
                strcmp(j->row.upstream_id, row->leaver) == 0;
    if (!mine || j->row.state == STORE_WAITING) {
        (void)close_it(t, true);
        return;
    }
    if (j->row.state == STORE_TOMBSTONE) {
        (void)close_it(t, false);
        return;
    }
    /* Only after the account is closed, where the profile wants that. */
    if (before || said_inactive(&j->row)) {
        enum hand_over_end end = hand_over_run(j, &t->o.h, j->current, before);
        if (end == HAND_OVER_LATER)
            keep_progress(t, false);
        if (end != HAND_OVER_DONE)
            return;
    }
    end_leave(t, row);
}

/* One turn for one leave; how long to let it rest, in ms. */
static int64_t take_turn(struct bridge_target *target, struct store_db *db,
                         const struct store_hand_over *row)
{
    struct turn t;
    turn_begin(&t, target, db, row);
    enum loaded how = turn_load(&t, row);
    if (how == LOADED)
        go_on(&t, row);
    else if (how == UNKNOWN)
        wait_longer(&t, &t.j.err);
    turn_end(&t);
    return how == BUSY ? BUSY_MS : 0;
}

int64_t offboard_jobs_run(struct bridge_target *t, struct store_db *db)
{
    struct store_hand_over row = {0};
    int64_t at = -1, n = 0, wait = -1;
    while (!atomic_load(&t->bridge->stopping) &&
           store_hand_over_next(db, t->row, at, n, &row) == STORE_OK) {
        int64_t now = clock_now(&t->bridge->clock), pause;
        at = row.next_at;
        n = row.n;
        pause = row.next_at <= now ? take_turn(t, db, &row) : row.next_at - now;
        wait = wait < 0 || pause < wait ? pause : wait;
        store_hand_over_clear(&row);
    }
    store_hand_over_clear(&row);
    return wait;
}

/* ---- the thread -----------------------------------------------------------
 */

struct offboard_jobs {
    struct bridge_target *t;
    struct store_db *db; /* owned */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more; /* on the monotonic clock */
    bool woken, stopped;
};

/* Until `ms` have passed (< 0: for ever), or there is more. */
static void rest(struct offboard_jobs *j, int64_t ms)
{
    int64_t end = clock_span_ms() + (ms < 0 ? ALARM_EVERY_MS : ms);
    struct timespec until = {.tv_sec = (time_t)(end / 1000),
                             .tv_nsec = (long)(end % 1000) * 1000000};
    (void)pthread_mutex_lock(&j->lock);
    while (!j->woken && clock_span_ms() < end &&
           !atomic_load(&j->t->bridge->stopping))
        (void)pthread_cond_timedwait(&j->more, &j->lock, &until);
    j->woken = false;
    (void)pthread_mutex_unlock(&j->lock);
}

static void *work_on(void *ctx)
{
    struct offboard_jobs *j = ctx;
    while (!atomic_load(&j->t->bridge->stopping)) {
        int64_t ms = offboard_jobs_run(j->t, j->db);
        store_reader_idle(j->db);
        rest(j, ms >= 0 && ms < BREATH_MS ? BREATH_MS : ms);
    }
    return NULL;
}

struct offboard_jobs *offboard_jobs_start(struct bridge_target *t,
                                          struct error *err)
{
    struct offboard_jobs *j = calloc(1, sizeof *j);
    if (j == NULL) {
        error_set(err, "Memory ran out.");
        return NULL;
    }
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&j->more, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&j->lock, NULL);
    j->t = t;
    j->db = store_reader_open(t->bridge->store, err);
    if (j->db != NULL && pthread_create(&j->thread, NULL, work_on, j) == 0)
        return j;
    if (j->db != NULL)
        error_set(err, "No thread can be started for target %s.", t->name);
    store_reader_close(j->db);
    (void)pthread_mutex_destroy(&j->lock);
    (void)pthread_cond_destroy(&j->more);
    free(j);
    return NULL;
}

void offboard_jobs_wake(struct offboard_jobs *j)
{
    if (j == NULL)
        return;
    (void)pthread_mutex_lock(&j->lock);
    j->woken = true;
    (void)pthread_cond_broadcast(&j->more);
    (void)pthread_mutex_unlock(&j->lock);
}

void offboard_jobs_stop(struct offboard_jobs *j)
{
    if (j == NULL || j->stopped)
        return;
    offboard_jobs_wake(j);
    (void)pthread_join(j->thread, NULL);
    j->stopped = true;
}

void offboard_jobs_free(struct offboard_jobs *j)
{
    if (j == NULL)
        return;
    offboard_jobs_stop(j);
    store_reader_close(j->db);
    (void)pthread_mutex_destroy(&j->lock);
    (void)pthread_cond_destroy(&j->more);
    free(j);
}
