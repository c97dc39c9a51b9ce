/*
 * store/sync_run.h - what each sync saw and did
 *
 * Owns the table `sync_run`.
 */
#ifndef STORE_SYNC_RUN_H
#define STORE_SYNC_RUN_H

#include "store/store.h"

struct store_sync_run {
    int64_t n, target, started, ended; /* ended 0: still running, or cut off */
    int64_t seen, created, changed, vanished, revived, held;
    bool complete, brake;
    char *error; /* owned; NULL: none */
};
void store_sync_run_clear(struct store_sync_run *r);
/* Sets r->n. */
enum store_rc store_sync_run_start(struct store_db *db,
                                   struct store_sync_run *r);
enum store_rc store_sync_run_end(struct store_db *db,
                                 const struct store_sync_run *r);
typedef bool store_each_sync_run(const struct store_sync_run *r, void *ctx);
/* Newest first. */
enum store_rc store_sync_run_list(struct store_db *db, int64_t target,
                                  int64_t limit, store_each_sync_run *each,
                                  void *ctx);

#endif
