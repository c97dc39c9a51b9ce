/*
 * bridge/brake.h - holds a run of departures until a person decides
 *
 * A mistake of scope at the identity provider looks like hundreds of people
 * leaving at once, and so does a helpdesk that lists nobody. Whoever loses
 * access over SCIM is counted; one more than INI `brake` allows within an hour
 * is held: remembered, answered 503, and nothing is done. While something is
 * held, so is every further departure of that target; all else goes on.
 *
 *   release  what is held is done, in the order in which it was asked for,
 *            also after a restart; the count begins anew
 *   discard  what is held is forgotten; the count stays, so that the same run
 *            is held again when it is tried again within the hour
 *
 * What a sync finds missing beyond the limits is held in the same place; once
 * released, the next sync takes it away. The states are those of store/held.h.
 */
#ifndef BRIDGE_BRAKE_H
#define BRIDGE_BRAKE_H

#include "bridge/journey.h"

/*
 * May the user of j->row lose access now? `kind` is "deactivate" or "delete".
 * Asked before the intent is journalled; counts the departure. False: held,
 * which is durable, and journey.err says so.
 */
bool brake_allows(struct journey *j, const char *kind);
/* The request says that the user is active: what is held of it is withdrawn. */
void brake_withdraw(struct journey *j);

/* Counts what is held anew, at opening and after a change. False: the database
 * failed. */
bool brake_count(struct bridge_target *t, struct store_db *db);
/* True while something is held, or released and not yet done. Cheap. */
bool brake_is_on(const struct bridge_target *t);
/* True when so many of `all` are more than INI `brake` allows. */
bool brake_exceeded(const struct bridge_policy *policy, int64_t count,
                    int64_t all);

/* Begins to do what is released; returns at once. Harmless at any time. */
void brake_resume(struct bridge_target *t);

#endif
