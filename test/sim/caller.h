/*
 * test/sim/caller.h - who calls, and how often
 */
#ifndef SIM_CALLER_H
#define SIM_CALLER_H

#include <stdbool.h>

#include "test/sim/message.h"
#include "test/sim/world.h"

/* True when the request proves itself by HTTP Basic as `user:password`; a
 * password of NULL is not looked at. */
bool caller_is(const struct request *r, const char *user, const char *password);

/* Counts a call of the running minute; false: more than `rate` (0: no limit).
 */
bool caller_within(struct world *w, long rate);

/* Calls that are left, and seconds until there are more. */
long caller_left(const struct world *w, long rate);
long caller_wait(const struct world *w);

#endif
