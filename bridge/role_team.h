/*
 * bridge/role_team.h - a role that is the membership of a team
 *
 * Some helpdesks have no role field: whoever is in the team "Agents" is an
 * agent. When the bridge gave such a role it has put the user into that team,
 * so the group that stands for it must show the user at once.
 */
#ifndef BRIDGE_ROLE_TEAM_H
#define BRIDGE_ROLE_TEAM_H

#include "bridge/journey.h"

/* Inside the commit of a user's write: the group of its role gains the user,
 * the group of the role that it had before loses it. */
enum store_rc role_team_follow(struct store_db *db, const struct journey *j);

#endif
