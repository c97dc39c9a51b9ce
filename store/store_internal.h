/*
 * store/store_internal.h - what an open file consists of
 */
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include "store/checkpoint_internal.h"
#include "store/db_internal.h"
#include "store/writer_internal.h"

struct store {
    char *path; /* owned */
    int lock;   /* -1: shared */
    /* Counts commits; a reader whose snapshot has another number renews it. */
    atomic_uint_fast64_t committed;
    pthread_mutex_t readers_lock;
    struct store_db *readers;
    struct writer writer;
    struct checkpoint checkpoint;
};

/* Waits, for at most `patience_ms`, until no reader has a snapshot from before
 * this call: idle ones lose theirs at once, busy ones at the end of what they
 * are at. */
bool store_renew_snapshots(struct store *s, int patience_ms);

#endif
