/*
 * bridge/user.h - the writes to a user, and what they share
 *
 * Each of the first four is one kind of request, on a journey that has its
 * body and nothing else. True: done, and the row to answer with is j->row.
 */
#ifndef BRIDGE_USER_H
#define BRIDGE_USER_H

#include "bridge/account.h"
#include "bridge/journey.h"

bool user_create(struct journey *j);  /* POST; user_create.c */
bool user_replace(struct journey *j); /* PUT; user_change.c */
bool user_patch(struct journey *j);   /* PATCH; user_change.c */
bool user_delete(struct journey *j);  /* DELETE; user_delete.c */

/*
 * Go on with a leave that was promised (bridge/offboard.h), on a journey that
 * has claimed and loaded its row, and has no request: user_leave_on for
 * active: false, user_delete_on for a DELETE. True: it went on, and maybe
 * ended; what became of it is in the database.
 */
bool user_leave_on(struct journey *j);
bool user_delete_on(struct journey *j);

/* Refuses a userName that another living row has (409); claims the names and
 * match keys of `resource` on the way. */
bool user_claim_names(struct journey *j, const json_t *resource);
/* Lays what was read of the account over `resource`: journey.result.resource,
 * and the row's columns of the upstream. `said` with id NULL: nothing was
 * read, the resource stays as it is. */
bool user_absorb(struct journey *j, const json_t *resource,
                 const struct up_user *said);
/*
 * A call failed after something had been done upstream, or nobody knows what:
 * reads the account again and makes the mirror show it, so that the error that
 * is answered (journey.err) is the whole truth. What cannot be read leaves the
 * journal entry open. Nothing done at all: the entry is closed as refused.
 * Always false.
 */
bool user_settle(struct journey *j, const char *upstream_id);
/* The same without an error of its own, for recovery: true when the mirror
 * shows what is there. */
bool user_mirror(struct journey *j, const char *upstream_id);
/* The helpdesk no longer has the account: the row becomes a tombstone, with
 * `resource` and active false. */
bool user_bury(struct journey *j, const json_t *resource, const char *reason);
/* Makes the result an erased user (DELETE was done); `said` as in user_absorb.
 */
bool user_erase(struct journey *j, const struct up_user *said);

#endif
