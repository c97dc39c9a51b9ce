/*
 * bridge/invitation.h - who was invited and has not come yet
 *
 * The extension's `invitation` is where it is remembered:
 *
 *   state     shown while                             next
 *   none      nobody has invited the person           sent
 *   sent      the person can still accept             expired, accepted
 *   expired   its time is over (by the clock)         sent (again), accepted
 *   accepted  the helpdesk showed an active account   -
 *
 * An invitation that expired is sent again by the sync: invitation.resend_after
 * after the last mail at the soonest, invitation.max_resends times, and only
 * while SCIM shows the person as active. The count is durable before each mail,
 * so a crash never sends one too many. Where the helpdesk has no such
 * operation, and after the last time, it is a person's task (`resend`). An
 * account that is deactivated before the person came is revoked
 * (user_change.c).
 */
#ifndef BRIDGE_INVITATION_H
#define BRIDGE_INVITATION_H

#include "bridge/target.h"
#include "store/resource.h"

struct invitation {
    bool pending;                /* sent or expired */
    int64_t sent_at, expires_at; /* ms; 0: unknown */
    int64_t resends;
    bool given_up; /* the bridge sends no more by itself: a person was asked */
};
/* What a resource's extension tells. */
struct invitation invitation_of(const json_t *resource);
bool invitation_expired(const struct invitation *i, int64_t now);

/* Seen in the row's text, without parsing it: an invitation has not ended. */
bool invitation_waits(const struct store_resource *row);

/* Notes in a resource's extension what the helpdesk says of its invitation,
 * with the bridge's own clock where the record has no times. False: memory. */
bool invitation_note(const struct bridge_target *t, json_t *resource,
                     const struct up_user *said, int64_t now);
/* What the row's state says of it: waiting: none; tombstone: it ended with the
 * account. `extension` is the bridge's own. False: memory. */
bool invitation_follow(const struct store_resource *row, json_t *extension);

enum invitation_rc {
    INVITATION_SENT,
    INVITATION_NOT_DUE, /* not pending, too soon, or too often: *why says */
    INVITATION_BY_HAND, /* the helpdesk cannot: a task is open, unless refused
                         */
    INVITATION_FAILED,  /* the helpdesk or the database: *why says */
    INVITATION_BUSY,    /* the row is being written */
};
/*
 * Sends the invitation of a row once more, unless it is not due (`force`: only
 * a pending invitation is asked for), and stores what the helpdesk says then.
 * `by` goes into the audit. `sync`: goes after interactive calls.
 */
enum invitation_rc invitation_resend(struct bridge_target *t,
                                     struct store_db *db, int64_t row,
                                     const char *by, bool force, bool sync,
                                     struct error *why);

#endif
