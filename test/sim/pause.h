/*
 * test/sim/pause.h - waiting that can be cut short
 *
 * Threads that delay or hang an answer wait here, so that a reset frees them
 * and the end of the program does not wait for them.
 */
#ifndef SIM_PAUSE_H
#define SIM_PAUSE_H

#include <pthread.h>
#include <stdbool.h>

struct pause {
    pthread_mutex_t lock;
    pthread_cond_t woken;
    unsigned long round; /* raised by pause_wake() */
    bool over;           /* nobody waits any more */
};

void pause_init(struct pause *p);
void pause_clear(struct pause *p);

/* Waits `ms` milliseconds; false when it was cut short. */
bool pause_for(struct pause *p, long ms);

/* Frees all who wait now. */
void pause_wake(struct pause *p);

/* Frees all, now and from now on. */
void pause_end(struct pause *p);

/* True after pause_end(). */
bool pause_ended(struct pause *p);

#endif
