/*
 * bridge/sync_internal.h - what the files of the sync share
 *
 *   sync.c       one run: its order, its row, what vanished
 *   sync_user.c  one upstream user and its resource
 *   sync_team.c  one upstream team, its group and members
 *
 * Changes are written in batches, one transaction each. Before a row is
 * touched its claim is tried: a write that is under way knows better than a
 * listing that began before it.
 */
#ifndef BRIDGE_SYNC_INTERNAL_H
#define BRIDGE_SYNC_INTERNAL_H

#include "bridge/rowset.h"
#include "bridge/target.h"
#include "store/sync_run.h"

#define SYNC_BATCH 256

struct sync {
    struct bridge_target *t;
    struct store_db *db; /* the caller's reader */
    struct store_sync_run run;
    struct rowset seen;    /* rows that the listing showed */
    struct up_user *batch; /* users waiting for the next transaction */
    size_t batch_count;
    bool failed;
    struct error err;
};

/* Takes one listed user: unchanged ones are only noted, others batched. */
bool sync_user_each(const struct up_user *u, void *ctx);
/* Writes the batch. False: sync.failed and sync.err are set. */
bool sync_user_flush(struct sync *s);
/* The helpdesk no longer has the user of this row: tombstone. */
enum store_rc sync_user_vanish(struct sync *s, struct store_db *db,
                               struct store_resource *row);

/* Lists the teams, their members, and what became of groups. */
bool sync_teams(struct sync *s);

/* Writes an audit row of this run about a resource. `before` and `after` are
 * canonical; only what differs is kept. */
enum store_rc sync_audit(struct sync *s, struct store_db *db,
                         const char *action, const char *id,
                         const json_t *before, const json_t *after,
                         const char *detail);

#endif
