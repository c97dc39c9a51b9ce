/*
 * bridge/explain.h - dry runs: what a write would do, and nothing done
 *
 * A dry run is the write's own journey with two doors closed. Its calls have a
 * plan (providers/plan.h), so nothing that changes the helpdesk is sent. It
 * opens no journal entry, and its one commit is carried out to see what would
 * be there, and then rolled back. So what is told is what would be done.
 *
 * The answer is 200 with an object:
 *
 *   status     what the write would be answered
 *   steps      its native requests (up_plan_steps)
 *   reads      what the dry run itself asked the helpdesk
 *   tasks      {"kind","detail"}: what a person would have to do
 *   closes     {"kind","outcome"}: open tasks that would end
 *   effects    {"state","role": {"from","to"}, "members": {"added","removed"},
 *              "tombstone": reason, "openWork": {"handedOver"}}
 *   resource   as it would read; null after a deletion
 *
 * A write that would be refused is refused with the same error.
 */
#ifndef BRIDGE_EXPLAIN_H
#define BRIDGE_EXPLAIN_H

#include "bridge/journey.h"

#define EXPLAIN_URN "urn:scim-bridge:params:scim:api:messages:2.0:Plan"

/* True when the journey is a dry run. */
bool explain_is_on(const struct journey *j);
/* Says in the tasks of that kind that a dry run cannot be sure of them. */
void explain_doubt(struct journey *j, const char *kind, const char *note);
/* In place of the commit: carries the result out and takes it back. False:
 * journey.err says how the commit would fail. */
bool explain_commit(struct journey *j);
/* The answer of a dry run that was not refused. */
void explain_reply(struct journey *j, struct bridge_reply *out);
/* Refuses a dry run of a whole Bulk request. */
void explain_no_bulk(struct bridge_reply *out);

#endif
