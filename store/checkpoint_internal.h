/*
 * store/checkpoint_internal.h - the WAL goes back into the file
 *
 * Neither a write nor a read may wait for it, and the WAL must stay bounded
 * while both go on without a break. So a thread of its own does it, in two
 * parts, whenever the WAL has grown by some thousand pages:
 *
 *   bulk    copies what no reader needs, while writer and readers go on
 *   finish  pauses the writer for some milliseconds: has the readers renew
 *           their snapshots, so that none needs an older page; copies the
 *           rest; has them renew again. Then nobody reads from the WAL, and
 *           the next commit starts it from its beginning.
 *
 * When a reader is too long at work the finish is given up and tried again
 * later, with more patience once the WAL is really large.
 *
 * The thread also looks, some times a second, whether another process has
 * written (a command beside the server), so that readers see that too.
 */
#ifndef STORE_CHECKPOINT_INTERNAL_H
#define STORE_CHECKPOINT_INTERNAL_H

#include "store/db_internal.h"

#include <pthread.h>

struct store;

struct checkpoint {
    struct store *store;
    struct store_db *db; /* owned */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_int frames; /* in the WAL after the last commit */
    atomic_int due;    /* frames at which the next one runs */
    int64_t version;   /* PRAGMA data_version when last looked */
    bool started, stop;
};

/* Starts the thread, which listens to the commits of `writer`. */
bool checkpoint_start(struct checkpoint *c, struct store *s,
                      struct store_db *writer, struct error *err);
/* Ends the thread. Safe on a zeroed struct. */
void checkpoint_stop(struct checkpoint *c);

#endif
