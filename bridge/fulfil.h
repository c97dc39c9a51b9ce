/*
 * bridge/fulfil.h - is what a task wishes for so in the helpdesk by now?
 *
 *   kind         is fulfilled once the helpdesk shows
 *   invite       an account that is active or invited
 *   deactivate   an account that is inactive or no staff, or none
 *   resend       an invitation that is good, or was accepted
 *   update       each value of `set`, nothing for each of `clear`; of a team
 *                that is to be deleted: none
 *   role, owner  the role
 *   team         each of `join` in the team, none of `leave`
 *   inbox        as `set`, `clear`, `join` and `leave` say
 *   offboard     none of the tickets with the leaver (asked for by a person's
 *                "done" alone: a listing for each leaver would cost too much)
 *
 * Pure: compares, and asks nobody.
 */
#ifndef BRIDGE_FULFIL_H
#define BRIDGE_FULFIL_H

#include "bridge/target.h"
#include "store/task.h"

/* What is known of the helpdesk now; all borrowed. */
struct evidence {
    const struct up_user *user; /* NULL: it was not read */
    bool gone;                  /* there certainly is no such account or team */
    const json_t *group;   /* SCIM-shaped, of a team's own task; NULL: unread */
    const json_t *teams;   /* {team id: [user ids]}; NULL, or without a team:
                              not listed */
    const json_t *tickets; /* [id] that the leaver has; NULL: not listed */
    int64_t now;
};

enum fulfilment {
    FULFIL_YES,
    FULFIL_PART,    /* some of it: the detail was cut down to the rest */
    FULFIL_NO,      /* evidently not */
    FULFIL_UNKNOWN, /* the helpdesk does not show it, or was not asked */
};

/*
 * Compares. `detail` (of the task, parsed) loses what is fulfilled. `saw` (may
 * be NULL) gets a sentence about what the helpdesk shows instead, for NO and
 * PART.
 */
enum fulfilment fulfil_look(const struct bridge_target *t, const char *kind,
                            json_t *detail, const struct evidence *e,
                            struct buf *saw);
/* True when any wish is left in the detail's lists; kinds without a list
 * always have one. */
bool fulfil_is_left(const json_t *detail);

#endif
