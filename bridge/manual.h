/*
 * bridge/manual.h - what the helpdesk's API cannot do becomes a person's task
 *
 * A task holds everything that a person needs: what to do, for whom, where
 * (the helpdesk's name; what the profile's `manual` says of the place), by
 * when, and who asked. Kinds: invite, resend, deactivate, update, role, team,
 * inbox, owner, offboard. What is wished stands in these members of a detail:
 *
 *   set     {attribute: value}     clear   [attribute]
 *   role    SCIM value             delete  true (a team)
 *   join, leave  of a team's task: people {"id","upstreamId","userName"};
 *           of a user's task: teams {"id","upstreamId","name"}
 *   tickets [id]
 *   members [upstream id]  who is in the team now; used when the task opens,
 *           not kept
 */
#ifndef BRIDGE_MANUAL_H
#define BRIDGE_MANUAL_H

#include "bridge/journey.h"

/*
 * Opens a task of that kind with the commit of this write, or refuses when the
 * policy says so (`unsupported`): then false, and journey.err is set. `who` is
 * the resource meant; `facts` (stolen, may be NULL) are the members of the
 * detail that only this kind has.
 */
bool manual_or_refuse(struct journey *j, const char *kind, const json_t *who,
                      json_t *facts);
/* Opens it whatever the policy says. */
bool manual_task(struct journey *j, const char *kind, const json_t *who,
                 json_t *facts);
/*
 * Two wishes of one kind for one resource are one task: `detail` (changed in
 * place) takes over what the open task `old` still asks for. Attributes of
 * `set` and `clear`: the newer wish counts. Who is in `join` and then in
 * `leave`, or the other way round, moves only as said last. `tickets` of both.
 * False: memory.
 */
bool manual_merge(json_t *detail, const json_t *old);
/* When a task of that kind that opens now must be done. */
int64_t manual_due(const struct bridge_target *t, const char *kind,
                   int64_t now);
/* False: no such kind. */
bool manual_is_kind(const char *kind);
/* The same as a detail, for a task of another resource. New; NULL: memory. */
json_t *manual_detail(const struct journey *j, const char *kind,
                      const json_t *who, const char *upstream_id,
                      json_t *facts);

#endif
