/*
 * bridge/account.h - finding, adopting or making the account of a user
 *
 *   the helpdesk has           and the mirror          then
 *   nobody of that match key   -                       create, or invite
 *   the account                does not know it        adopt
 *   the account                maps it to an erased    adopt; the erased row
 *                              row                     lets go of it
 *   the account                maps it to another      409, never taken over
 *                              living row
 *   an account of that user    -                       409: not proven to be
 *   name, other match key                              the same person
 *
 * Adopting: a customer is promoted, an inactive account reactivated, what
 * differs updated, the role set that was asked for.
 */
#ifndef BRIDGE_ACCOUNT_H
#define BRIDGE_ACCOUNT_H

#include "bridge/journey.h"

enum account_rc {
    ACCOUNT_OK,
    ACCOUNT_TASK,   /* the helpdesk cannot: a person must (nothing is opened) */
    ACCOUNT_FAILED, /* journey.err is set */
};

struct account {
    struct up_user said; /* owned; as read last; id NULL: nothing is known */
    bool made;           /* a new account */
};

/*
 * Gets the account for j->row (n 0: a new user). `push` is what the helpdesk
 * is to hold, with any password; `role` may be NULL. Sets journey.touched and
 * result.released. The caller clears out->said in any case.
 */
enum account_rc account_obtain(struct journey *j, const json_t *push,
                               const char *role, struct account *out);

/* The record as it is now, in any case; tries the upstream id, then the match
 * key, then (thorough) a whole listing. UP_NOT_FOUND: certainly none. */
enum up_rc account_find(struct journey *j, const char *upstream_id,
                        const json_t *push, bool thorough, struct up_user *out);
/* True when both identities are known and differ: some helpdesks give a freed
 * id to the next person. */
bool account_other_identity(const char *mine, const char *said);
/* True when both SCIM-shaped users have the same match key. */
bool account_same_person(const struct bridge_target *t, const json_t *a,
                         const json_t *b);
/*
 * May access be taken away over SCIM at all? False: INI `deactivation =
 * refuse`, or the helpdesk cannot and `unsupported` refuses; before anything is
 * done.
 */
bool account_may_end(struct journey *j);
/* up_user_deactivate, unless the installation leaves that to a person (INI
 * `deactivation = task`): UP_UNSUPPORTED then. */
enum up_rc account_end(struct journey *j, const char *id, const json_t *known,
                       bool pending, struct up_user *out);
/* After UP_UNSUPPORTED: the task `deactivate`, or false and a refusal. */
bool account_end_by_hand(struct journey *j, const json_t *who);
/* Is a seat free for one more user (INI `seats`)? Waits for other such writes
 * when few are left. False: 403. */
bool account_has_seat(struct journey *j);
/* Replaces `to` by `from` when the call told a record; `from` is cleared. */
void account_take(struct up_user *to, struct up_user *from);

#endif
