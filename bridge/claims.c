/*
 * bridge/claims.c - a set of taken keys, and whoever waits for one
 *
 * Few keys are taken at a time (some for each worker, and the sync's), so one
 * mutex and one condition serve all of them; a waiter looks again whenever
 * any key is given back.
 */
#include "bridge/claims.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BUCKETS 1024 /* a power of two */

struct claim {
    struct claim *next;
    size_t hash;
    bool wanted;
    char key[];
};

struct claims {
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    struct claim *buckets[BUCKETS];
};

/* FNV-1a, 64 bit. */
static size_t hash_of(const char *key)
{
    uint64_t h = 14695981039346656037u;
    for (const unsigned char *c = (const unsigned char *)key; *c != 0; c++)
        h = (h ^ *c) * 1099511628211u;
    return (size_t)h;
}

struct claims *claims_new(void)
{
    struct claims *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&c->given_back, &attr);
    (void)pthread_condattr_destroy(&attr);
    (void)pthread_mutex_init(&c->lock, NULL);
    return c;
}

void claims_free(struct claims *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (c->buckets[i] != NULL) {
            struct claim *next = c->buckets[i]->next;
            free(c->buckets[i]);
            c->buckets[i] = next;
        }
    }
    (void)pthread_cond_destroy(&c->given_back);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

/* The link that points to the claim, or to the NULL at the bucket's end. */
static struct claim **find(struct claims *c, const char *key, size_t hash)
{
    struct claim **at = &c->buckets[hash % BUCKETS];
    while (*at != NULL && ((*at)->hash != hash || strcmp((*at)->key, key) != 0))
        at = &(*at)->next;
    return at;
}

static struct claim *claim_new(const char *key)
{
    size_t len = strlen(key) + 1;
    struct claim *one = malloc(sizeof *one + len);
    if (one == NULL)
        return NULL;
    one->next = NULL;
    one->wanted = false;
    one->hash = hash_of(key);
    memcpy(one->key, key, len);
    return one;
}

/* clock_span_ms() counts on the clock of the condition, CLOCK_MONOTONIC. */
static struct timespec moment(int64_t span_ms)
{
    return (struct timespec){.tv_sec = (time_t)(span_ms / 1000),
                             .tv_nsec = (long)(span_ms % 1000) * 1000000L};
}

bool claims_take(struct claims *c, const char *key, int64_t until)
{
    struct claim *mine = claim_new(key);
    if (mine == NULL)
        return false;
    struct timespec end = moment(until > 0 ? until : 0);
    bool late = false;
    (void)pthread_mutex_lock(&c->lock);
    struct claim **at = find(c, key, mine->hash);
    while (*at != NULL && !late) {
        late = clock_span_ms() >= until;
        (*at)->wanted = (*at)->wanted || !late;
        if (!late)
            (void)pthread_cond_timedwait(&c->given_back, &c->lock, &end);
        at = find(c, key, mine->hash);
    }
    bool free_now = *at == NULL;
    if (free_now)
        *at = mine;
    (void)pthread_mutex_unlock(&c->lock);
    if (!free_now)
        free(mine);
    return free_now;
}

bool claims_try(struct claims *c, const char *key)
{
    return claims_take(c, key, 0);
}

void claims_drop(struct claims *c, const char *key)
{
    (void)pthread_mutex_lock(&c->lock);
    struct claim **at = find(c, key, hash_of(key));
    struct claim *gone = *at;
    if (gone != NULL)
        *at = gone->next;
    (void)pthread_cond_broadcast(&c->given_back);
    (void)pthread_mutex_unlock(&c->lock);
    free(gone);
}

bool claims_wanted(struct claims *c, const char *key)
{
    (void)pthread_mutex_lock(&c->lock);
    const struct claim *held = *find(c, key, hash_of(key));
    bool wanted = held != NULL && held->wanted;
    (void)pthread_mutex_unlock(&c->lock);
    return wanted;
}
