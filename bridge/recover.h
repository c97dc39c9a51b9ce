/*
 * bridge/recover.h - finding out what became of a write that was cut off
 *
 * For each open journal entry the helpdesk is read again, and the mirror
 * brought to what is there:
 *
 *   entry          found upstream            mirror
 *   create user    the account               a row with the promised SCIM id
 *                  none                      nothing; it was not made
 *   update user    the account               attributes, role and state of it
 *                  none                      a tombstone
 *   delete user    inactive, or none         erased: it was done
 *                  active                    unchanged: it was not done
 *   create group   the team                  a row with the promised SCIM id
 *   update group   the team and its members  name and members of it
 *   delete group   none                      erased
 *   any            does not answer           the entry stays open
 *
 * A leave that was cut off while it handed over open work is promised, and gone
 * on with in the background (bridge/offboard.h): SCIM shows it inactive.
 * Recovering twice changes nothing more.
 */
#ifndef BRIDGE_RECOVER_H
#define BRIDGE_RECOVER_H

#include "bridge/journey.h"

/* Settles open entries of one resource, which the caller has claimed. False:
 * the helpdesk does not answer; journey.err is 503. */
bool recover_resource(struct journey *j, const char *id);

#endif
