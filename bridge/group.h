/*
 * bridge/group.h - the writes to a group, and what they share
 *
 * A group is a team of the helpdesk, where its API makes teams; otherwise it
 * is local: kept in the mirror alone. Members are users; groups do not nest.
 */
#ifndef BRIDGE_GROUP_H
#define BRIDGE_GROUP_H

#include "bridge/journey.h"

bool group_create(struct journey *j);
bool group_replace(struct journey *j);
bool group_patch(struct journey *j);
bool group_delete(struct journey *j);

/* Who joins and leaves a group. */
struct group_change {
    json_t *joins, *leaves;         /* owned; row numbers: all of them */
    json_t *add, *drop;             /* owned; upstream ids: the linked ones */
    json_t *add_users, *drop_users; /* owned; objects by upstream id: {"n",
                                     "id","name"}, for tasks and messages */
};
void group_change_clear(struct group_change *c);

/* What `desired.members` adds to and takes from `current.members`; looks every
 * new one up. 400 naming the id: no such user, or a group. */
bool group_members_plan(struct journey *j, struct group_change *c);
/* Drops (`adding` false) or adds upstream. What the API cannot do becomes a
 * task of the group. What was done is put into the result at once. */
bool group_members_move(struct journey *j, struct group_change *c, bool adding);
/* Puts everything that is planned into the result: for a local group. */
bool group_members_local(struct journey *j, struct group_change *c);

/* Lays what was read of the team over `resource` (journey.result). */
bool group_take(struct journey *j, const json_t *resource,
                const struct up_team *said);
/* As user_settle: the mirror shows what is there; journey.err stays. */
bool group_settle(struct journey *j, const char *upstream_id);
/* Reads team and members again and commits; false: the helpdesk does not
 * answer. A team that is gone makes the group erased. */
bool group_mirror(struct journey *j, const char *upstream_id);
/* The team with the displayName of j->desired that no living row stands for,
 * from a whole listing. UP_NOT_FOUND: none. */
enum up_rc group_find_team(struct journey *j, struct up_team *out);
/* Makes the result an erased group. */
bool group_erase(struct journey *j);

#endif
