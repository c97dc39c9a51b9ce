/*
 * bridge/scheduler.h - what happens without being asked
 *
 * One thread a target, so that a slow helpdesk delays no other: journal
 * recovery, the first sync, then a sync every interval; after a failure again
 * soon, then ever more rarely.
 */
#ifndef BRIDGE_SCHEDULER_H
#define BRIDGE_SCHEDULER_H

#include "bridge/target.h"

struct scheduler;

struct scheduler *scheduler_start(struct bridge *b, struct error *err);
/* Ends the threads (a sync under way is finished first) and frees. */
void scheduler_stop(struct scheduler *s);

#endif
