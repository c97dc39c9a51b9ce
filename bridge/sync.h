/*
 * bridge/sync.h - the sync journey (docs/architecture.md)
 *
 * Lists every user and team upstream, to the end, before anything is changed;
 * then links, updates, tombstones, revives. Holds target.sync_lock.
 */
#ifndef BRIDGE_SYNC_H
#define BRIDGE_SYNC_H

#include "bridge/target.h"

/* One full sync; counts in *counts (new object, may be NULL on failure). */
bool sync_run(struct bridge_target *t, struct store_db *db, json_t **counts,
              struct error *err);

/* One user, as it was just read: linked, changed, revived as a full sync would
 * do it. False: it could not be stored. */
bool sync_one(struct bridge_target *t, struct store_db *db,
              const struct up_user *user, struct error *err);

#endif
