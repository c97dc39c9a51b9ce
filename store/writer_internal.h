/*
 * store/writer_internal.h - the one thread that writes, in groups
 *
 * Callers queue items and wait. The thread takes all that wait:
 *
 *   BEGIN IMMEDIATE
 *     per item: SAVEPOINT, work, RELEASE or ROLLBACK TO
 *   COMMIT            one fsync for the whole group
 *   next commit number, so that readers renew their snapshots
 *   wake the callers
 *
 * While one group's fsync runs, the next group gathers: the more callers, the
 * larger the groups.
 */
#ifndef STORE_WRITER_INTERNAL_H
#define STORE_WRITER_INTERNAL_H

#include "store/db_internal.h"

#include <pthread.h>
#include <semaphore.h>

struct write_item {
    store_work *work;
    void *ctx;
    struct error *err; /* may be NULL */
    enum store_rc rc;
    sem_t done;
    struct write_item *next;
};

struct writer {
    struct store_db *db; /* owned */
    atomic_uint_fast64_t *committed;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake;  /* the thread: items, stop or the end of a pause */
    pthread_cond_t quiet; /* whoever pauses it: no group is under way */
    struct write_item *first, **last;
    bool started, stop, busy, paused;
};

/* Starts the thread; takes the connection over in any case. */
bool writer_start(struct writer *w, struct store_db *db,
                  atomic_uint_fast64_t *committed, struct error *err);
/* Runs what waits, then ends the thread and closes the connection. Safe on a
 * zeroed struct. */
void writer_stop(struct writer *w);
enum store_rc writer_run(struct writer *w, struct write_item *item);
/* Between the two no transaction of the writer is open; callers wait. */
void writer_pause(struct writer *w);
void writer_resume(struct writer *w);

#endif
