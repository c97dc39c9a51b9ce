#include "bridge/scheduler.h"

#include "bridge/sync.h"
#include "bridge/task_alarm.h"
#include "bridge/write.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define FIRST_RETRY_MS 1000
#define LAST_RETRY_MS  60000

struct keeper {
    struct scheduler *scheduler;
    struct bridge_target *target;
    struct store_db *db;
    pthread_t thread;
    bool running;
};

struct scheduler {
    struct bridge *bridge;
    pthread_mutex_t lock;
    pthread_cond_t wake; /* on the monotonic clock */
    bool stopping;
    struct keeper *keepers; /* one a target */
};

/* Sleeps; false when the scheduler stops. */
static bool wait_ms(struct scheduler *s, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_mutex_lock(&s->lock);
    int rc = 0;
    while (!s->stopping && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&s->wake, &s->lock, &until);
    bool go_on = !s->stopping;
    (void)pthread_mutex_unlock(&s->lock);
    return go_on;
}

/* The same for a target, whose alarms go on meanwhile. */
static bool rest_ms(struct keeper *k, int64_t ms)
{
    bool go_on = true;
    while (go_on && ms > 0) {
        int64_t piece = ms < TASK_ALARM_EVERY_MS ? ms : TASK_ALARM_EVERY_MS;
        go_on = wait_ms(k->scheduler, piece);
        ms -= piece;
        if (go_on)
            task_alarms(k->target, k->db);
        store_reader_idle(k->db);
    }
    return go_on;
}

/* One of the things that a target must get right before it serves. */
typedef bool step(struct bridge_target *t, struct store_db *db,
                  struct error *err);

static bool sync_step(struct bridge_target *t, struct store_db *db,
                      struct error *err)
{
    json_t *counts = NULL;
    struct error unknown = {{0}};
    /* What a timed-out write left open is found out before a listing could
     * show its effect without its SCIM id. What cannot be is logged there. */
    (void)recover_run(t, db, &unknown);
    bool ok = sync_run(t, db, &counts, err);
    json_decref(counts);
    return ok;
}

/* Tries until it works; false when the scheduler stops. */
static bool until_done(struct keeper *k, step *run, const char *name)
{
    int64_t pause = FIRST_RETRY_MS;
    struct error err = {{0}};
    while (!run(k->target, k->db, &err)) {
        log_line(k->target->bridge->log, LOG_WARN, name, "target",
                 k->target->name, "error", err.text, NULL);
        store_reader_idle(k->db);
        if (!rest_ms(k, pause))
            return false;
        pause = pause * 2 > LAST_RETRY_MS ? LAST_RETRY_MS : pause * 2;
    }
    return true;
}

static void *keep(void *ctx)
{
    struct keeper *k = ctx;
    struct bridge_target *t = k->target;
    if (!until_done(k, recover_run, "recovery.failed"))
        return NULL;
    /* A mirror that was complete before is served at once. */
    if (atomic_load(&t->synced_at) > 0)
        atomic_store(&t->ready, true);
    do {
        if (!until_done(k, sync_step, "sync.retry"))
            return NULL;
        store_reader_idle(k->db);
    } while (rest_ms(k, t->policy.sync_interval_ms));
    return NULL;
}

static bool start_keeper(struct scheduler *s, struct keeper *k,
                         struct bridge_target *t, struct error *err)
{
    k->scheduler = s;
    k->target = t;
    k->db = store_reader_open(s->bridge->store, err);
    if (k->db == NULL)
        return false;
    k->running = pthread_create(&k->thread, NULL, keep, k) == 0;
    if (!k->running)
        error_set(err, "No thread can be started for target %s.", t->name);
    return k->running;
}

struct scheduler *scheduler_start(struct bridge *b, struct error *err)
{
    struct scheduler *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->keepers = calloc(b->target_count, sizeof *s->keepers);
    if (s == NULL || s->keepers == NULL) {
        free(s);
        error_set(err, "Memory ran out.");
        return NULL;
    }
    s->bridge = b;
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->wake, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&s->lock, NULL);
    for (size_t i = 0; i < b->target_count; i++)
        if (!start_keeper(s, &s->keepers[i], &b->targets[i], err)) {
            scheduler_stop(s);
            return NULL;
        }
    return s;
}

void scheduler_stop(struct scheduler *s)
{
    if (s == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)pthread_cond_broadcast(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < s->bridge->target_count; i++) {
        if (s->keepers[i].running)
            (void)pthread_join(s->keepers[i].thread, NULL);
        store_reader_close(s->keepers[i].db);
    }
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_mutex_destroy(&s->lock);
    free(s->keepers);
    free(s);
}
