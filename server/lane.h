/*
 * server/lane.h - where reads go that take long
 *
 * The listener's threads answer many connections each: one search through all
 * users would hold up everybody else's lookups. So they give a read up after a
 * few milliseconds of work, and it is done again here, one after the other, by
 * a thread that yields to theirs.
 */
#ifndef SERVER_LANE_H
#define SERVER_LANE_H

#include "base/error.h"

#include <stdbool.h>

struct lane;

/* `work` is called with each item, on the lane's thread. NULL and a sentence
 * when there is no thread to be had. */
struct lane *lane_start(void (*work)(void *item), struct error *err);
/* Sets a place aside, which lane_add then fills. False: there is none. */
bool lane_reserve(struct lane *l);
void lane_add(struct lane *l, void *item);
/* Works off what it holds, and ends. */
void lane_stop(struct lane *l);

#endif
