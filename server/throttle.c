#include "server/throttle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Sets of a few places each: the table never grows, whoever knocks. */
#define SETS   256
#define PLACES 4

struct entry {
    char address[48];
    int failures;
    int64_t last;
};
struct throttle {
    pthread_mutex_t lock;
    struct entry entries[SETS][PLACES];
};

struct throttle *throttle_new(void)
{
    struct throttle *t = calloc(1, sizeof *t);
    if (t != NULL && pthread_mutex_init(&t->lock, NULL) != 0) {
        free(t);
        t = NULL;
    }
    return t;
}

void throttle_free(struct throttle *t)
{
    if (t == NULL)
        return;
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

static size_t set_of(const char *address)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *c = address; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return hash % SETS;
}

/* The address's entry, or the one of its set that was quiet longest. */
static struct entry *find(struct throttle *t, const char *address, int64_t now)
{
    struct entry *set = t->entries[set_of(address)];
    struct entry *oldest = &set[0];
    for (size_t i = 0; i < PLACES; i++) {
        if (strcmp(set[i].address, address) == 0) {
            if (now - set[i].last >= (int64_t)THROTTLE_QUIET * 1000)
                set[i].failures = 0;
            return &set[i];
        }
        if (set[i].last < oldest->last)
            oldest = &set[i];
    }
    *oldest = (struct entry){0};
    strncpy(oldest->address, address, sizeof oldest->address - 1);
    return oldest;
}

static int delay_after(int failures)
{
    if (failures <= 1)
        return 0;
    if (failures > 6)
        return THROTTLE_MAX_DELAY;
    int delay = 50 << failures;
    return delay < THROTTLE_MAX_DELAY ? delay : THROTTLE_MAX_DELAY;
}

struct throttle_verdict throttle_failure(struct throttle *t,
                                         const char *address, int64_t now_ms)
{
    struct throttle_verdict v = {0};
    (void)pthread_mutex_lock(&t->lock);
    struct entry *e = find(t, address, now_ms);
    if (e->failures < THROTTLE_REFUSE_FROM)
        e->failures++;
    e->last = now_ms;
    int failures = e->failures;
    (void)pthread_mutex_unlock(&t->lock);
    if (failures >= THROTTLE_REFUSE_FROM)
        v.retry_after = THROTTLE_QUIET;
    else
        v.delay_ms = delay_after(failures);
    return v;
}
