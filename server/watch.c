#include "server/watch.h"

#include "base/clock.h"

#include <netinet/in.h>
#include <linux/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* ms */
#define LOOK_AT_LEAST         60000
#define LOOK_WHEN_CROWDED     100
#define PATIENCE_WHEN_CROWDED 1000

struct watch {
    struct watch_config config;
    pthread_mutex_t lock;
    pthread_cond_t sooner; /* something is due before next_look, or stop */
    pthread_t thread;
    struct watched *first, *last; /* from the newest to the oldest */
    int count;                    /* those that are not GONE */
    int64_t next_look;
    bool stop;
};

/* ---- what is due ----------------------------------------------------------
 */

/* A connection on which nothing ever came is closed without a word. */
static bool has_received(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
           info.tcpi_bytes_received > 0;
}

static void close_softly(struct watch *w, struct watched *c)
{
    c->state = WATCH_GONE;
    w->count--;
    (void)shutdown(c->fd, SHUT_RDWR);
}

static void act(struct watch *w, struct watched *c)
{
    switch (c->state) {
    case WATCH_READING:
        if (!c->fresh || has_received(c->fd))
            w->config.late(w->config.ctx, c);
        close_softly(w, c);
        break;
    case WATCH_IDLE:
        close_softly(w, c);
        break;
    case WATCH_SLEEPING:
        c->state = WATCH_ANSWERING;
        c->woken = true;
        break;
    case WATCH_ANSWERING:
    case WATCH_GONE:
        break;
    }
}

static bool has_due(const struct watched *c)
{
    return c->state != WATCH_ANSWERING && c->state != WATCH_GONE;
}

/* Nothing is lost with it: a client opens another connection. */
static bool can_be_spared(const struct watch *w, const struct watched *c,
                          int64_t now)
{
    return c->state == WATCH_IDLE ||
           (c->state == WATCH_READING &&
            now - (c->due - w->config.request_ms) > PATIENCE_WHEN_CROWDED);
}

static void make_room(struct watch *w, int64_t now)
{
    for (struct watched *c = w->last; c != NULL && w->count > w->config.crowded;
         c = c->previous)
        if (can_be_spared(w, c, now))
            act(w, c);
    if (w->count > w->config.crowded)
        w->next_look = now + LOOK_WHEN_CROWDED;
}

/* Acts on what is due, and finds when to look next. */
static void look(struct watch *w)
{
    int64_t now = clock_span_ms();
    w->next_look = now + LOOK_AT_LEAST;
    for (struct watched *c = w->first; c != NULL; c = c->next) {
        if (has_due(c) && c->due <= now)
            act(w, c);
        if (has_due(c) && c->due < w->next_look)
            w->next_look = c->due;
    }
    make_room(w, now);
}

/* Wakes with the list free: the listener takes locks of its own. A connection
 * that is to be woken is suspended until then, so it cannot go away. */
static void wake_marked(struct watch *w)
{
    for (;;) {
        struct watched *c = w->first;
        while (c != NULL && !c->woken)
            c = c->next;
        if (c == NULL)
            return;
        c->woken = false;
        void *connection = c->ctx;
        (void)pthread_mutex_unlock(&w->lock);
        w->config.wake(w->config.ctx, connection);
        (void)pthread_mutex_lock(&w->lock);
    }
}

static void *run(void *ctx)
{
    struct watch *w = ctx;
    (void)pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        look(w);
        wake_marked(w);
        if (w->stop)
            break;
        struct timespec until = {.tv_sec = w->next_look / 1000,
                                 .tv_nsec = (w->next_look % 1000) * 1000000};
        (void)pthread_cond_timedwait(&w->sooner, &w->lock, &until);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- start and stop -------------------------------------------------------
 */

static bool prepare(struct watch *w)
{
    pthread_condattr_t attr;
    if (pthread_mutex_init(&w->lock, NULL) != 0)
        return false;
    if (pthread_condattr_init(&attr) == 0) {
        /* clock_span_ms counts on the same clock. */
        (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        bool ok = pthread_cond_init(&w->sooner, &attr) == 0;
        (void)pthread_condattr_destroy(&attr);
        if (ok)
            return true;
    }
    (void)pthread_mutex_destroy(&w->lock);
    return false;
}

struct watch *watch_start(const struct watch_config *config, struct error *err)
{
    struct watch *w = calloc(1, sizeof *w);
    if (w == NULL || !prepare(w)) {
        error_set(err, "The listener cannot start: memory ran out.");
        free(w);
        return NULL;
    }
    w->config = *config;
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        error_set(err, "The listener cannot start a thread.");
        (void)pthread_cond_destroy(&w->sooner);
        (void)pthread_mutex_destroy(&w->lock);
        free(w);
        return NULL;
    }
    return w;
}

void watch_stop(struct watch *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->stop = true;
    (void)pthread_cond_signal(&w->sooner);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    (void)pthread_mutex_lock(&w->lock);
    for (struct watched *c = w->first; c != NULL; c = c->next)
        if (c->state == WATCH_SLEEPING)
            act(w, c);
    wake_marked(w);
    (void)pthread_mutex_unlock(&w->lock);
}

void watch_free(struct watch *w)
{
    if (w == NULL)
        return;
    (void)pthread_cond_destroy(&w->sooner);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

/* ---- moves ----------------------------------------------------------------
 */

/* The one place where a state changes on the listener's side. */
static bool move(struct watch *w, struct watched *c, enum watch_state to,
                 int64_t due)
{
    if (c->state == WATCH_GONE)
        return false;
    c->state = to;
    c->due = due;
    if (has_due(c) && due < w->next_look) {
        w->next_look = due;
        (void)pthread_cond_signal(&w->sooner);
    }
    return true;
}

void watch_add(struct watch *w, struct watched *c)
{
    (void)pthread_mutex_lock(&w->lock);
    c->fresh = true;
    c->previous = NULL;
    c->next = w->first;
    if (w->first != NULL)
        w->first->previous = c;
    else
        w->last = c;
    w->first = c;
    if (++w->count > w->config.crowded) {
        w->next_look = 0;
        (void)pthread_cond_signal(&w->sooner);
    }
    move(w, c, WATCH_READING, clock_span_ms() + w->config.request_ms);
    (void)pthread_mutex_unlock(&w->lock);
}

void watch_remove(struct watch *w, struct watched *c)
{
    (void)pthread_mutex_lock(&w->lock);
    if (c->state != WATCH_GONE)
        w->count--;
    if (c->next != NULL)
        c->next->previous = c->previous;
    else
        w->last = c->previous;
    if (c->previous != NULL)
        c->previous->next = c->next;
    else
        w->first = c->next;
    (void)pthread_mutex_unlock(&w->lock);
}

void watch_reading(struct watch *w, struct watched *c, const char *path,
                   const char *id)
{
    (void)pthread_mutex_lock(&w->lock);
    size_t len = strcspn(path, "?");
    len = len < sizeof c->path ? len : sizeof c->path - 1;
    memcpy(c->path, path, len);
    c->path[len] = '\0';
    strncpy(c->id, id, sizeof c->id - 1);
    move(w, c, WATCH_READING, clock_span_ms() + w->config.request_ms);
    c->fresh = false;
    (void)pthread_mutex_unlock(&w->lock);
}

bool watch_answering(struct watch *w, struct watched *c)
{
    (void)pthread_mutex_lock(&w->lock);
    bool ok = move(w, c, WATCH_ANSWERING, 0);
    (void)pthread_mutex_unlock(&w->lock);
    return ok;
}

bool watch_idle(struct watch *w, struct watched *c)
{
    (void)pthread_mutex_lock(&w->lock);
    c->path[0] = '\0';
    bool ok = move(w, c, WATCH_IDLE, clock_span_ms() + w->config.idle_ms);
    (void)pthread_mutex_unlock(&w->lock);
    return ok;
}

bool watch_sleeping(struct watch *w, struct watched *c, int ms, void *ctx)
{
    (void)pthread_mutex_lock(&w->lock);
    bool ok = !w->stop;
    c->ctx = ctx;
    if (ok)
        move(w, c, WATCH_SLEEPING, clock_span_ms() + ms);
    (void)pthread_mutex_unlock(&w->lock);
    return ok;
}
