/*
 * bridge/role_group.h - groups that stand for a role
 *
 * INI `role.NAME = GROUP`: whoever is in the group of that displayName (in any
 * case) or externalId has the role NAME; of several the highest. Such a group
 * is of the kind "role" unless it is a team of the helpdesk as well. While a
 * user is in one, the groups decide, and `roles` can say nothing else.
 */
#ifndef BRIDGE_ROLE_GROUP_H
#define BRIDGE_ROLE_GROUP_H

#include "bridge/target.h"

/* In place of a group: anybody may get the role by the attribute `roles`. */
#define ROLE_BY_ATTRIBUTE "*"

/* The highest role that a group of that name and externalId (either may be
 * NULL) stands for; NULL: none. Borrowed from the policy. */
const char *role_group_stands_for(const struct bridge_target *t,
                                  const char *display, const char *external_id);
/* The same of a group's canonical resource. */
const char *role_group_of(const struct bridge_target *t, const json_t *group);
/* The kind of a group that is no team: "role" or "local". */
const char *role_group_kind(const struct bridge_target *t, const json_t *group);
/* True when the configuration names a group for any role: groups decide. */
bool role_groups_rule(const struct bridge_target *t);
/* True when INI has `role.NAME = *` for that role. */
bool role_by_attribute(const struct bridge_target *t, const char *role);

/* What the groups of one user give. */
struct role_given {
    const char *role; /* borrowed; NULL: none of them stands for a role */
    char group[128];  /* displayName of the group that gives it */
};

/* One group seen otherwise than the mirror has it: as a group that stands for
 * `role`, which the user is in; NULL: that gives nothing. */
struct role_view {
    int64_t group; /* row number; 0: none is seen otherwise */
    const char *role, *name;
};

/* STORE_FAILED: the database failed. `n` 0: a new user, in no group. */
enum store_rc role_given_to(const struct bridge_target *t, struct store_db *db,
                            int64_t n, const struct role_view *view,
                            struct role_given *out);

#endif
