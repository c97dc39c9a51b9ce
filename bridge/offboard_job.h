/*
 * bridge/offboard_job.h - ends the leaves that were promised
 *
 * One thread a target, in the background: it takes each promised leave
 * (bridge/offboard.h) that is due for a few seconds at a time, and lets go of
 * its resource in between, so that a request about the same person waits for
 * no longer than that.
 *
 *   a turn ends as   then
 *   went on          the next turn follows at once
 *   throttled        it waits as the helpdesk says
 *   failed           it waits, longer each time; when that lasts for
 *                    HAND_OVER_PATIENCE_MS, when it is refused for good, or a
 *                    day after its beginning: an alarm in the log, each hour,
 *                    and a person's task "deactivate" while access is open
 *   done             the account is deactivated or deleted, the receipt is in
 *                    the tombstone, the audit and the user's extension
 *   lost             somebody else owns the account by now: withdrawn
 *
 * A stop of the program loses nothing: all of it is in the database.
 */
#ifndef BRIDGE_OFFBOARD_JOB_H
#define BRIDGE_OFFBOARD_JOB_H

#include "bridge/target.h"

struct offboard_jobs; /* one target's thread */

/* NULL and a sentence: it cannot be started. */
struct offboard_jobs *offboard_jobs_start(struct bridge_target *t,
                                          struct error *err);
/* Ends the thread; the bridge's `stopping` must be set. `j` may be NULL. */
void offboard_jobs_stop(struct offboard_jobs *j);
void offboard_jobs_free(struct offboard_jobs *j);
/* Something was promised. `j` may be NULL. */
void offboard_jobs_wake(struct offboard_jobs *j);

/* One turn for each that is due. How long nothing is to be done, in ms; < 0:
 * nothing is promised. For the thread, and for tests. */
int64_t offboard_jobs_run(struct bridge_target *t, struct store_db *db);

#endif
