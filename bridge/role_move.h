/*
 * bridge/role_move.h - the roles that a write of a group gives and takes away
 *
 * A group that stands for a role (role_group.h) gives it to whoever joins. Who
 * leaves gets the role of the next lower such group, or the default one. The
 * same when the group is renamed, gets another externalId, or is deleted.
 *
 *   step                      when                        durable
 *   plan: claim the users,    before anything is changed  -
 *     look at administrators,
 *     ask the shield
 *   fall: who gets less       before the group's write    each by itself
 *   (the group's own write)                               one commit
 *   rise: who gets more       behind it                   each by itself
 *
 * A user's role and its place in the group are one commit, with a journal
 * entry of its own. So a write that was cut off leaves nobody with a role and
 * without the group, and the same request again does the rest.
 */
#ifndef BRIDGE_ROLE_MOVE_H
#define BRIDGE_ROLE_MOVE_H

#include "bridge/group.h"

struct role_move;
struct role_moves {
    struct role_move *list; /* owned; in the order of the users' ids */
    size_t count;
};

/*
 * What the write of j->desired (NULL: the group is deleted) over j->current
 * means for roles; `c` is planned, and loses those who join with a rise. Holds
 * claims until role_moves_clear. False: 403 of the shield, 503; nothing was
 * changed.
 */
bool role_moves_plan(struct journey *j, struct group_change *c,
                     struct role_moves *m);
/* False: journey.err names the user; those before it are done. */
bool role_moves_fall(struct journey *j, struct role_moves *m);
/* The same; the group's row is stored. */
bool role_moves_rise(struct journey *j, struct role_moves *m);
void role_moves_clear(struct role_moves *m);

#endif
