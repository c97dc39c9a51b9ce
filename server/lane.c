#include "server/lane.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* More than wait here would be given up by whoever asked. */
#define PLACES 32
/* Of the scheduler: runs when the listener's threads leave it time. */
#define NICE 10

struct lane {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    void (*work)(void *item);
    void *items[PLACES];
    size_t first, count, reserved; /* reserved: with those in `items` */
    bool stop;
};

/* The next item; NULL: the lane ends. */
static void *next(struct lane *l)
{
    void *item = NULL;
    (void)pthread_mutex_lock(&l->lock);
    while (l->count == 0 && !l->stop)
        (void)pthread_cond_wait(&l->changed, &l->lock);
    if (l->count > 0) {
        item = l->items[l->first];
        l->first = (l->first + 1) % PLACES;
        l->count--;
        l->reserved--;
    }
    (void)pthread_mutex_unlock(&l->lock);
    return item;
}

static void *run(void *ctx)
{
    struct lane *l = ctx;
    void *item;
    /* On Linux this is the thread alone. Without it the lane works too. */
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    while ((item = next(l)) != NULL)
        l->work(item);
    return NULL;
}

struct lane *lane_start(void (*work)(void *item), struct error *err)
{
    struct lane *l = calloc(1, sizeof *l);
    if (l != NULL) {
        l->work = work;
        (void)pthread_mutex_init(&l->lock, NULL);
        (void)pthread_cond_init(&l->changed, NULL);
        if (pthread_create(&l->thread, NULL, run, l) == 0)
            return l;
        (void)pthread_cond_destroy(&l->changed);
        (void)pthread_mutex_destroy(&l->lock);
        free(l);
    }
    error_set(err, "No thread can be started for reads that take long.");
    return NULL;
}

bool lane_reserve(struct lane *l)
{
    (void)pthread_mutex_lock(&l->lock);
    bool ok = l->reserved < PLACES && !l->stop;
    l->reserved += ok;
    (void)pthread_mutex_unlock(&l->lock);
    return ok;
}

void lane_add(struct lane *l, void *item)
{
    (void)pthread_mutex_lock(&l->lock);
    l->items[(l->first + l->count++) % PLACES] = item;
    (void)pthread_cond_signal(&l->changed);
    (void)pthread_mutex_unlock(&l->lock);
}

void lane_stop(struct lane *l)
{
    if (l == NULL)
        return;
    (void)pthread_mutex_lock(&l->lock);
    l->stop = true;
    (void)pthread_cond_signal(&l->changed);
    (void)pthread_mutex_unlock(&l->lock);
    (void)pthread_join(l->thread, NULL);
    (void)pthread_cond_destroy(&l->changed);
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}
