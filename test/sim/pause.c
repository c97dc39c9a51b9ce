/*
 * test/sim/pause.c - waiting that can be cut short
 */
#include "test/sim/pause.h"

#include <time.h>

void pause_init(struct pause *p)
{
    pthread_condattr_t attr;

    *p = (struct pause){0};
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&p->woken, &attr);
    (void)pthread_condattr_destroy(&attr);
}

void pause_clear(struct pause *p)
{
    (void)pthread_cond_destroy(&p->woken);
    (void)pthread_mutex_destroy(&p->lock);
}

bool pause_for(struct pause *p, long ms)
{
    struct timespec until = {0};
    bool lasted = false;

    if (ms <= 0)
        return true;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&p->lock);
    unsigned long round = p->round;
    while (!lasted && !p->over && p->round == round)
        lasted = pthread_cond_timedwait(&p->woken, &p->lock, &until) != 0;
    (void)pthread_mutex_unlock(&p->lock);
    return lasted;
}

static void wake(struct pause *p, bool over)
{
    (void)pthread_mutex_lock(&p->lock);
    p->round++;
    p->over = p->over || over;
    (void)pthread_cond_broadcast(&p->woken);
    (void)pthread_mutex_unlock(&p->lock);
}

void pause_wake(struct pause *p)
{
    wake(p, false);
}

void pause_end(struct pause *p)
{
    wake(p, true);
}

bool pause_ended(struct pause *p)
{
    (void)pthread_mutex_lock(&p->lock);
    bool over = p->over;
    (void)pthread_mutex_unlock(&p->lock);
    return over;
}
