/*
 * bridge/queue.c - lanes of jobs, and the workers that empty them
 *
 * A lane holds the writes to one resource in the order of their arrival; only
 * its first job can run. A lane is in one of three places:
 *
 *   place     when                                  leaves it
 *   urgent    has a deactivation or a deletion      a worker takes it
 *   normal    has only other jobs                   a worker takes it
 *   none      a worker runs its first job           the job is done: back to
 *                                                   the end of urgent or
 *                                                   normal, or freed if empty
 *
 * Urgent lanes go before normal ones. A deactivation that arrives behind
 * other jobs of its resource makes the whole lane urgent: those jobs stand in
 * its way, and their order is kept. A create has a lane of its own.
 */
#include "bridge/queue.h"

#include "bridge/render.h"
#include "bridge/write.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BUCKETS 1024

struct job {
    struct job *next;
    struct bridge_request request;
    bridge_done *done;
    void *ctx;
    bool urgent;
};

struct lane {
    struct lane *next; /* in its ready list */
    struct lane *same; /* in its bucket */
    char *key;         /* owned; NULL: a create */
    struct job *first, *last;
    size_t urgent; /* jobs that are */
    bool running;
};

struct ready {
    struct lane *first, *last;
};

struct worker {
    struct queue *q;
    struct store_db *db; /* owned */
    pthread_t thread;
    bool started;
};

struct queue {
    struct bridge_target *t;
    pthread_mutex_t lock;
    pthread_cond_t more, idle;
    struct lane *buckets[BUCKETS];
    struct ready urgent, normal;
    size_t waiting, running;
    bool stopping;
    struct worker *workers; /* owned */
    int worker_count;
};

/* ---- what is urgent ------------------------------------------------------ */

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && isspace((unsigned char)*at))
        at++;
    return at;
}

/* The end of `word` at the first place where it stands in the text; without
 * case. NULL: nowhere. */
static const char *behind(const char *at, const char *end, const char *word)
{
    size_t len = strlen(word);
    for (; (size_t)(end - at) >= len; at++)
        if (strncasecmp(at, word, len) == 0)
            return at + len;
    return NULL;
}

/* Looks for "active": false, or, in a PATCH, for both words anywhere: a guess
 * that costs no parsing. Wrong guesses cost an unimportant write some patience
 * of others, no more. */
static bool says_inactive(const struct bridge_request *r)
{
    if (r->body == NULL)
        return false;
    const char *at = r->body, *end = r->body + r->body_len;
    if (r->op == BRIDGE_PATCH)
        return behind(at, end, "active") != NULL &&
               behind(at, end, "false") != NULL;
    while ((at = behind(at, end, "\"active\"")) != NULL) {
        const char *value = skip_blanks(at, end);
        if (value >= end || *value != ':')
            continue;
        value = skip_blanks(value + 1, end);
        value += value < end && *value == '"';
        if (end - value >= 5 && strncasecmp(value, "false", 5) == 0)
            return true;
    }
    return false;
}

static bool is_urgent(const struct bridge_request *r)
{
    return r->op == BRIDGE_DELETE ||
           (r->op != BRIDGE_CREATE && r->op != BRIDGE_BULK && says_inactive(r));
}

/* ---- lanes --------------------------------------------------------------- */

static size_t bucket_of(const char *key)
{
    size_t h = 5381;
    for (const unsigned char *c = (const unsigned char *)key; *c != 0; c++)
        h = h * 33 ^ *c;
    return h % BUCKETS;
}

static void ready_add(struct ready *list, struct lane *lane)
{
    lane->next = NULL;
    if (list->last != NULL)
        list->last->next = lane;
    else
        list->first = lane;
    list->last = lane;
}

static void ready_remove(struct ready *list, struct lane *lane)
{
    struct lane *before = NULL, *at = list->first;
    while (at != NULL && at != lane) {
        before = at;
        at = at->next;
    }
    if (at == NULL)
        return;
    if (before != NULL)
        before->next = at->next;
    else
        list->first = at->next;
    if (list->last == at)
        list->last = before;
}

static struct lane *ready_take(struct queue *q)
{
    struct ready *list = q->urgent.first != NULL ? &q->urgent : &q->normal;
    struct lane *lane = list->first;
    if (lane != NULL)
        ready_remove(list, lane);
    return lane;
}

static struct lane *lane_find(struct queue *q, const char *key)
{
    struct lane *lane = key == NULL ? NULL : q->buckets[bucket_of(key)];
    while (lane != NULL && strcmp(lane->key, key) != 0)
        lane = lane->same;
    return lane;
}

static struct lane *lane_new(struct queue *q, const char *key)
{
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL || key == NULL)
        return lane;
    lane->key = strdup(key);
    if (lane->key == NULL) {
        free(lane);
        return NULL;
    }
    size_t b = bucket_of(key);
    lane->same = q->buckets[b];
    q->buckets[b] = lane;
    return lane;
}

static void lane_free(struct queue *q, struct lane *lane)
{
    if (lane->key != NULL) {
        struct lane **at = &q->buckets[bucket_of(lane->key)];
        while (*at != lane)
            at = &(*at)->same;
        *at = lane->same;
        free(lane->key);
    }
    free(lane);
}

/* Puts a lane where it belongs after a job came or went. */
static void lane_place(struct queue *q, struct lane *lane)
{
    if (lane->running)
        return;
    if (lane->first == NULL) {
        lane_free(q, lane);
        return;
    }
    ready_add(lane->urgent > 0 ? &q->urgent : &q->normal, lane);
}

static void lane_push(struct queue *q, struct lane *lane, struct job *job)
{
    bool waits = lane->first != NULL && !lane->running;
    bool rises = waits && job->urgent && lane->urgent == 0;
    if (lane->last != NULL)
        lane->last->next = job;
    else
        lane->first = job;
    lane->last = job;
    lane->urgent += job->urgent;
    if (rises)
        ready_remove(&q->normal, lane);
    if (rises || !waits)
        lane_place(q, lane);
}

static struct job *lane_pop(struct lane *lane)
{
    struct job *job = lane->first;
    lane->first = job->next;
    if (lane->first == NULL)
        lane->last = NULL;
    lane->urgent -= job->urgent;
    return job;
}

/* ---- workers ------------------------------------------------------------- */

static void answer(struct job *job, struct bridge_reply *reply)
{
    job->done(reply, job->ctx);
    bridge_reply_clear(reply);
    free(job);
}

static void answer_stopped(struct job *job)
{
    struct scim_error err = {0};
    struct bridge_reply reply = {0};
    scim_error_status(&err, 503,
                      "The bridge is stopping; nothing was changed. Try again "
                      "in a few seconds.");
    err.retry_after = 5;
    render_error(&err, &reply);
    answer(job, &reply);
}

/* Waits for a job; its lane is running then. False: the queue stops. */
static bool take(struct queue *q, struct lane **lane, struct job **job)
{
    (void)pthread_mutex_lock(&q->lock);
    *lane = NULL;
    while (!q->stopping && (*lane = ready_take(q)) == NULL)
        (void)pthread_cond_wait(&q->more, &q->lock);
    if (*lane != NULL) {
        *job = lane_pop(*lane);
        (*lane)->running = true;
        q->waiting--;
        q->running++;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return *lane != NULL;
}

static void give_back(struct queue *q, struct lane *lane)
{
    (void)pthread_mutex_lock(&q->lock);
    lane->running = false;
    lane_place(q, lane);
    q->running--;
    (void)pthread_cond_signal(&q->more);
    (void)pthread_cond_broadcast(&q->idle);
    (void)pthread_mutex_unlock(&q->lock);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct lane *lane = NULL;
    struct job *job = NULL;
    while (take(w->q, &lane, &job)) {
        struct bridge_reply reply = {0};
        write_run(w->q->t, w->db, &job->request, &reply);
        answer(job, &reply);
        give_back(w->q, lane);
    }
    return NULL;
}

/* ---- the queue ----------------------------------------------------------- */

struct queue *queue_new(struct bridge_target *t, int workers)
{
    struct queue *q = calloc(1, sizeof *q);
    if (q == NULL)
        return NULL;
    q->t = t;
    q->worker_count = workers > 0 ? workers : 4;
    q->workers = calloc((size_t)q->worker_count, sizeof *q->workers);
    if (q->workers == NULL) {
        free(q);
        return NULL;
    }
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->more, NULL);
    (void)pthread_cond_init(&q->idle, &attr);
    (void)pthread_condattr_destroy(&attr);
    return q;
}

bool queue_start(struct queue *q, struct error *err)
{
    for (int i = 0; i < q->worker_count; i++) {
        struct worker *w = &q->workers[i];
        w->q = q;
        w->db = store_reader_open(q->t->bridge->store, err);
        if (w->db == NULL)
            return false;
        w->started = pthread_create(&w->thread, NULL, work, w) == 0;
        if (!w->started) {
            error_set(err,
                      "A thread for the writes of target %s cannot be "
                      "started; raise the limit of threads.",
                      q->t->name);
            return false;
        }
    }
    return true;
}

bool queue_add(struct queue *q, const struct bridge_request *request,
               bridge_done *done, void *ctx)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return false;
    job->request = *request;
    job->done = done;
    job->ctx = ctx;
    job->urgent = is_urgent(request);
    const char *key = request->op == BRIDGE_CREATE ? NULL : request->id;
    (void)pthread_mutex_lock(&q->lock);
    struct lane *lane = NULL;
    if (!q->stopping && q->waiting < QUEUE_MAX) {
        lane = lane_find(q, key);
        if (lane == NULL)
            lane = lane_new(q, key);
    }
    if (lane != NULL) {
        lane_push(q, lane, job);
        q->waiting++;
        (void)pthread_cond_signal(&q->more);
    }
    (void)pthread_mutex_unlock(&q->lock);
    if (lane == NULL)
        free(job);
    return lane != NULL;
}

/* Moves the jobs of a lane to the front of a list. */
static struct job *empty(struct lane *lane, struct job *onto)
{
    while (lane->first != NULL) {
        struct job *job = lane_pop(lane);
        job->next = onto;
        onto = job;
    }
    return onto;
}

/* Takes every waiting job out, as one list. Lanes whose first job runs are in
 * no ready list; give_back frees them. */
static struct job *drain(struct queue *q)
{
    struct job *all = NULL;
    struct lane *lane;
    while ((lane = ready_take(q)) != NULL) {
        all = empty(lane, all);
        lane_free(q, lane);
    }
    for (size_t b = 0; b < BUCKETS; b++)
        for (lane = q->buckets[b]; lane != NULL; lane = lane->same)
            all = empty(lane, all);
    q->waiting = 0;
    return all;
}

static struct timespec in_ms(int ms)
{
    int64_t at = clock_span_ms() + (ms > 0 ? ms : 0);
    return (struct timespec){.tv_sec = (time_t)(at / 1000),
                             .tv_nsec = (long)(at % 1000) * 1000000L};
}

void queue_stop(struct queue *q, int grace_ms)
{
    struct timespec end = in_ms(grace_ms);
    (void)pthread_mutex_lock(&q->lock);
    q->stopping = true;
    struct job *unserved = drain(q);
    (void)pthread_cond_broadcast(&q->more);
    (void)pthread_mutex_unlock(&q->lock);
    while (unserved != NULL) {
        struct job *job = unserved;
        unserved = job->next;
        answer_stopped(job);
    }
    (void)pthread_mutex_lock(&q->lock);
    while (q->running > 0 &&
           pthread_cond_timedwait(&q->idle, &q->lock, &end) == 0) {
    }
    (void)pthread_mutex_unlock(&q->lock);
}

void queue_free(struct queue *q)
{
    if (q == NULL)
        return;
    queue_stop(q, 0);
    for (int i = 0; i < q->worker_count; i++) {
        if (q->workers[i].started)
            (void)pthread_join(q->workers[i].thread, NULL);
        if (q->workers[i].db != NULL)
            store_reader_close(q->workers[i].db);
    }
    (void)pthread_cond_destroy(&q->more);
    (void)pthread_cond_destroy(&q->idle);
    (void)pthread_mutex_destroy(&q->lock);
    free(q->workers);
    free(q);
}
