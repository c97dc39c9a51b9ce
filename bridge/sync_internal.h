/*
 * bridge/sync_internal.h - what the files of the sync share
 *
 *   sync.c       one run: its order, its row, what vanished
 *   sync_user.c  one upstream user and its resource
 *   sync_team.c  one upstream team, its group and members
 *   sync_task.c  open tasks that the helpdesk shows to be done
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

/* A user that an open task is about, as the listing showed it. */
struct sync_watched {
    int64_t row;
    struct up_user user; /* owned; id NULL: not listed (yet) */
    bool old;            /* the row was written since */
};

struct sync {
    struct bridge_target *t;
    struct store_db *db; /* the caller's reader */
    struct store_sync_run run;
    struct rowset seen;    /* rows that the listing showed */
    struct up_user *batch; /* users waiting for the next transaction */
    size_t batch_count;
    struct sync_watched *watched; /* owned; in the order of their rows */
    size_t watched_count;
    int64_t flushed;       /* when the users of the listing were stored */
    json_t *teams;         /* owned; {team id: [user ids]}, where listed */
    json_t *groups;        /* owned; {team id: SCIM-shaped}; NULL: no listing */
    struct rowset expired; /* rows whose invitation must be sent again */
    bool failed;
    struct error err;
};

/* up_known of the listing: a user of whom there is nothing new. */
bool sync_user_known(const char *id, struct siphash digest, void *ctx);
/* Takes one listed user: unchanged ones are only noted, others batched. */
bool sync_user_each(const struct up_user *u, void *ctx);
/* Writes the batch. False: sync.failed and sync.err are set. */
bool sync_user_flush(struct sync *s);
/* The helpdesk no longer has the user of this row: tombstone. */
enum store_rc sync_user_vanish(struct sync *s, struct store_db *db,
                               struct store_resource *row);

/* Copies what the callee lends; false: memory ran out. */
bool sync_user_copy(struct up_user *to, const struct up_user *from);

/* A user that waited has its account, which a person may have made with another
 * role than its groups give: a task "role" then; the row is stored again. */
enum store_rc sync_user_role(struct sync *s, struct store_db *db,
                             struct store_resource *row);

/* Before the listing: notes which users open tasks are about. */
bool sync_tasks_watch(struct sync *s);
/* True: an open task is about the user of the row. */
bool sync_tasks_watched(const struct sync *s, int64_t row);
/* A user that was listed, or read; a no-op for one that no task is about. */
bool sync_tasks_see(struct sync *s, int64_t row, const struct up_user *u);
/* The row was written since the listing began: what was seen of it is old. */
void sync_tasks_forget(struct sync *s, int64_t row);
/* Ends what is fulfilled, withdraws what nobody can fulfil any more. */
bool sync_tasks(struct sync *s);
void sync_tasks_clear(struct sync *s);

/* Sends invitations again that expired (bridge/invitation.h). */
bool sync_invitations(struct sync *s);

/* Lists the teams, their members, and what became of groups. */
bool sync_teams(struct sync *s);

/* Writes an audit row of this run about a resource. `before` and `after` are
 * canonical; only what differs is kept. */
enum store_rc sync_audit(struct sync *s, struct store_db *db,
                         const char *action, const char *id,
                         const json_t *before, const json_t *after,
                         const char *detail);

#endif
